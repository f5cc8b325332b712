/* whole: what shards share. */
#include "tcp/whole.h"

#include <stdlib.h>

#include "tcp/history.h"

struct whole *whole_new(const struct tracker_options *options)
{
    struct whole *whole = calloc(1, sizeof *whole);
    if (whole == NULL)
        return NULL;
    whole->options = *options;
    whole->services = services_new(&options->secret);
    whole->sums = sums_new(&options->secret);
    whole->incarnations = incarnation_pool_new();
    whole->events = malloc(HISTORY_EVENTS_MAX * sizeof *whole->events);
    if (whole->services != NULL && whole->sums != NULL && whole->incarnations != NULL &&
        whole->events != NULL)
        return whole;
    whole_free(whole);
    return NULL;
}

void whole_free(struct whole *whole)
{
    if (whole == NULL)
        return;
    services_free(whole->services);
    sums_free(whole->sums);
    incarnation_pool_free(whole->incarnations);
    free(whole->events);
    free(whole);
}

void whole_note_misorder(struct whole *whole, uint64_t frame)
{
    struct capture_facts *facts = &whole->facts;
    if (frame == whole->misordered) /* for both reasons */
        return;
    whole->misordered = frame;
    if (facts->misordered < CAPTURE_MISORDERED_NAMED)
        facts->misordered_frame[facts->misordered] = frame;
    facts->misordered++;
}

void whole_note_hand_over(struct whole *whole)
{
    bound_hit(&whole->handed_over, clock_now(&whole->clock));
}
