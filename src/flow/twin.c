/* twin: equal segments first, then data with other bounds. */
#include "flow/twin.h"

#include <stdlib.h>

#include "flow/view.h"
#include "flow/view_cover.h"
#include "flow/view_ring.h"

/* Groups that one segment looks at, at most. */
#define GROUPS_MAX 64u

struct twins {
    struct view_ring *ring;
    uint64_t count;
};

struct twins *twins_new(const struct flow_secret *secret)
{
    struct twins *twins = calloc(1, sizeof *twins);
    if (twins == NULL)
        return NULL;
    twins->ring = view_ring_new(secret);
    if (twins->ring == NULL) {
        free(twins);
        return NULL;
    }
    return twins;
}

void twins_free(struct twins *twins)
{
    if (twins == NULL)
        return;
    free(twins->ring);
    free(twins);
}

uint64_t twins_count(const struct twins *twins)
{
    return twins->count;
}

uint64_t twins_forgotten(const struct twins *twins)
{
    return twins->ring->forgotten;
}

/* The group's first view from id on that the input may match, or RING_NONE. */
static uint16_t group_open(const struct view_ring *ring, uint16_t id, unsigned input,
                           int64_t time)
{
    while (id != RING_NONE) {
        const struct ring_view *view = &ring->views[id];
        if (!(view->closed & 1u << input) && view_time_near(view->time, time))
            break;
        id = view->group_next;
    }
    return id;
}

struct search {
    uint32_t bucket;
    uint16_t own;   /* the group of these very timestamps, or RING_NONE */
    uint16_t match; /* the oldest view that the input may match, or RING_NONE */
    uint16_t group; /* its group */
    bool several;   /* another group has one, too */
};

/* The group of the same timestamps goes first; timestamps that were cut off fit all. */
static struct search equal_search(struct view_ring *ring, const struct ring_view *view,
                                  unsigned input)
{
    struct search search = {
        .bucket = view_ring_bucket(ring, &view->identity),
        .own = RING_NONE,
        .match = RING_NONE,
        .group = RING_NONE,
    };
    uint16_t id = ring->buckets[search.bucket];
    for (unsigned steps = 0; id != RING_NONE && steps < GROUPS_MAX; steps++) {
        struct ring_view *head = &ring->views[id];
        if (view_identity_equal(&head->identity, &view->identity) &&
            view_stamp_may_equal(head->stamp, view->stamp)) {
            bool own = view_stamp_equal(head->stamp, view->stamp);
            uint16_t match = group_open(ring, head->cursor[input], input, view->time);
            head->cursor[input] = match;
            if (own)
                search.own = id;
            if (match != RING_NONE) {
                search.several = search.match != RING_NONE;
                bool older = search.match == RING_NONE ||
                             ring->views[match].time < ring->views[search.match].time;
                if (own || (older && (search.own == RING_NONE || search.group != search.own))) {
                    search.match = match;
                    search.group = id;
                }
            }
        }
        id = head->bucket_next;
    }
    return search;
}

static void equal_take(struct view_ring *ring, const struct search *search,
                       const struct ring_view *view, unsigned input, struct twin *ret_twin)
{
    struct ring_view *first = &ring->views[search->match];
    struct ring_view *head = &ring->views[search->group];
    uint16_t following = group_open(ring, first->group_next, input, view->time);
    head->cursor[input] = following;
    first->inputs |= (uint16_t)(1u << input);
    *ret_twin = (struct twin){
        .frame = first->first_frame,
        .input = first->first_input,
        .delay_ns = view_time_since(first->first_time, view->time),
        .by_range = first->by_range,
        .of_several = search->several || following != RING_NONE,
    };
    if (!ret_twin->of_several && ret_twin->delay_ns > ring->longest_ns)
        ring->longest_ns = ret_twin->delay_ns;
}

/* The view becomes one of what the cover's first view shows. */
static void range_take(const struct view_ring *ring, const struct view_cover *cover,
                       struct ring_view *view, struct twin *ret_twin)
{
    const struct ring_view *first = &ring->views[cover->first];
    view->first_frame = first->first_frame;
    view->first_time = first->first_time;
    view->first_input = first->first_input;
    view->closed = cover->inputs;
    view->by_range = true;
    *ret_twin = (struct twin){
        .frame = first->first_frame,
        .input = first->first_input,
        .delay_ns = view_time_since(first->first_time, view->time),
        .by_range = true,
        .of_several = cover->of_several,
    };
}

bool twins_segment(struct twins *twins, const struct segment *segment, unsigned input,
                   struct twin *ret_twin)
{
    if (input >= VIEW_INPUTS_MAX)
        return false;
    struct ring_view view = {
        .identity = view_identity(segment),
        .stamp = view_stamp(segment),
        .time = segment->time,
        .first_frame = segment->frame,
        .first_time = segment->time,
        .inputs = (uint16_t)(1u << input),
        .first_input = (uint8_t)input,
    };
    struct search search = equal_search(twins->ring, &view, input);
    if (search.match != RING_NONE) {
        equal_take(twins->ring, &search, &view, input, ret_twin);
        twins->count++;
        return true;
    }
    struct view_cover cover;
    bool second = view_cover_find(twins->ring, &view, input, &cover);
    if (second) {
        range_take(twins->ring, &cover, &view, ret_twin);
        twins->count++;
    }
    view_ring_append(twins->ring, search.own, search.bucket, input, &view);
    return second;
}
