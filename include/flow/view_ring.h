/*
 * view_ring: the views that twins remembers; the newest replaces the oldest.
 *
 * Views of equal segments form a group, oldest first. Each input has a cursor into the group:
 * the first view that it has not matched. So the n-th equal segment of an input pairs with the
 * n-th of another without a search. The hash leaves the timestamps out, because who lost them
 * must find the group, too.
 *
 * Views with data stand also in a list of their place: a direction of a connection and 64 KiB of
 * its sequence space, where data of other bounds is looked for.
 *
 * Owned by twins; about 10 MB, never more.
 */
#ifndef FLOW_VIEW_RING_H
#define FLOW_VIEW_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow_key.h"
#include "flow/view.h"

#define RING_VIEWS UINT16_MAX /* indexes 0 to 65534 */
#define RING_NONE UINT16_MAX
#define RING_BUCKETS 65536u
#define RING_PLACE_BITS 16 /* sequence numbers of a place: 2 to the power of this */

struct ring_view {
    struct view_identity identity;
    struct view_stamp stamp;
    int64_t time;         /* of this view */
    uint64_t first_frame; /* of the view that was counted: this one unless by_range */
    int64_t first_time;
    uint16_t inputs; /* a bit for each input that showed it */
    uint16_t closed; /* inputs that showed these bytes with other bounds: not to be matched */
    uint8_t first_input;
    bool by_range;

    /* The rest is the ring's own. */
    bool used, placed;
    uint16_t cursor[VIEW_INPUTS_MAX]; /* the group's; valid in its oldest view */
    uint16_t group_next, group_last;   /* last: valid in the oldest */
    uint16_t bucket_next, bucket_previous; /* valid in the oldest */
    uint16_t place_next, place_previous;
    uint32_t bucket, place;
};

struct view_ring {
    struct ring_view views[RING_VIEWS];
    uint16_t buckets[RING_BUCKETS];
    uint16_t places[RING_BUCKETS];
    uint16_t next;      /* the oldest, the next to be replaced */
    int64_t longest_ns; /* the longest that a second view came after the first, if that is sure */
    uint64_t forgotten; /* replaced so early that a second view could well come later */
    struct flow_secret secret;
};

/* To be freed with free(); NULL: out of memory. */
struct view_ring *view_ring_new(const struct flow_secret *secret);

/* Which of the buckets has the identity's groups: bucket_next leads on. */
uint32_t view_ring_bucket(const struct view_ring *ring, const struct view_identity *identity);

/* Which of the places has data that begins in the block of seq, newest first: place_next leads
 * on. Other data may stand in it, too. */
uint32_t view_ring_place(const struct view_ring *ring, const struct view_identity *identity,
                         uint32_t seq);

/*
 * Copies a view that the input showed into the ring, as the newest of the group that begins with
 * view `group`, or as a group of its own (RING_NONE) in this bucket.
 */
void view_ring_append(struct view_ring *ring, uint16_t group, uint32_t bucket, unsigned input,
                      const struct ring_view *new_view);

#endif
