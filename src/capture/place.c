/* place: a list of offsets that halves itself. */
#include "capture/place.h"

#include <stdlib.h>

bool places_init(struct places *places)
{
    *places = (struct places){ .offsets = calloc(PLACES_MAX, sizeof *places->offsets),
                               .apart = PLACES_APART };
    return places->offsets != NULL;
}

/* Keeps those that lie at multiples of twice the distance: the second, the fourth, ... */
static void places_halve(struct places *places)
{
    places->count /= 2;
    for (size_t i = 0; i < places->count; i++)
        places->offsets[i] = places->offsets[2 * i + 1];
    places->apart *= 2;
}

void places_add(struct places *places, uint64_t offset)
{
    places->offsets[places->count++] = offset;
    if (places->count == PLACES_MAX)
        places_halve(places);
}

bool places_find(const struct places *places, uint64_t number, uint64_t *ret_frames,
                 uint64_t *ret_offset)
{
    if (places->count == 0 || number <= places->apart)
        return false;
    uint64_t n = (number - 1) / places->apart; /* frames before it, in steps */
    if (n > places->count)
        n = places->count;
    *ret_frames = n * places->apart;
    *ret_offset = places->offsets[n - 1];
    return true;
}

void places_done(struct places *places)
{
    free(places->offsets);
    *places = (struct places){ .offsets = NULL };
}
