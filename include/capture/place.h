/*
 * place: where frames of a file begin, of one in so many, so that a second look at a frame need not
 * read all before it. Takes at most PLACES_MAX offsets: when it is full, every other one goes.
 */
#ifndef CAPTURE_PLACE_H
#define CAPTURE_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLACES_MAX 65536u /* half a megabyte */
#define PLACES_APART 1024u

struct places {
    uint64_t *offsets; /* the nth: where the frames behind the first (n + 1) * apart begin */
    size_t count;
    uint64_t apart;
};

/* False: out of memory. */
bool places_init(struct places *places);

/* Whether the offset behind so many frames is wanted. */
static inline bool places_want(const struct places *places, uint64_t frames)
{
    return places->offsets != NULL && frames % places->apart == 0;
}

/* The frame behind so many begins at this offset. Every wanted one is added, in order. */
void places_add(struct places *places, uint64_t offset);

/* The last place that is known at or before the frame of this number: so many frames lie before it.
 * False: none is known. */
bool places_find(const struct places *places, uint64_t number, uint64_t *ret_frames,
                 uint64_t *ret_offset);

void places_done(struct places *places);

#endif
