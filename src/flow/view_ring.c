/* view_ring: a ring of views and two indexes of doubly linked lists into it. */
#include "flow/view_ring.h"

#include <stdlib.h>
#include <string.h>

#include "base/siphash.h"

/* Most ways are shorter; longer ones are learned from the second views. */
#define LATE_NS (INT64_C(200) * 1000000)

/* Where data stands, for the hash only. */
struct place {
    uint8_t source[16], destination[16];
    uint16_t source_port, destination_port;
    uint32_t block;
};

_Static_assert(sizeof(struct place) == 40, "hashed as bytes: no padding");

struct view_ring *view_ring_new(const struct flow_secret *secret)
{
    struct view_ring *ring = calloc(1, sizeof *ring);
    if (ring == NULL)
        return NULL;
    for (unsigned i = 0; i < RING_BUCKETS; i++)
        ring->buckets[i] = ring->places[i] = RING_NONE;
    ring->secret = *secret;
    return ring;
}

uint32_t view_ring_bucket(const struct view_ring *ring, const struct view_identity *identity)
{
    return view_identity_hash(identity, &ring->secret) % RING_BUCKETS;
}

uint32_t view_ring_place(const struct view_ring *ring, const struct view_identity *identity,
                         uint32_t seq)
{
    struct place place = {
        .source_port = identity->source_port,
        .destination_port = identity->destination_port,
        .block = seq >> RING_PLACE_BITS,
    };
    memcpy(place.source, identity->source, sizeof place.source);
    memcpy(place.destination, identity->destination, sizeof place.destination);
    return (uint32_t)siphash13(ring->secret.key, &place, sizeof place) % RING_BUCKETS;
}

static void bucket_insert(struct view_ring *ring, uint16_t id)
{
    struct ring_view *view = &ring->views[id];
    uint16_t *head = &ring->buckets[view->bucket];
    view->bucket_previous = RING_NONE;
    view->bucket_next = *head;
    if (*head != RING_NONE)
        ring->views[*head].bucket_previous = id;
    *head = id;
}

static void bucket_remove(struct view_ring *ring, uint16_t id)
{
    struct ring_view *view = &ring->views[id];
    if (view->bucket_next != RING_NONE)
        ring->views[view->bucket_next].bucket_previous = view->bucket_previous;
    if (view->bucket_previous != RING_NONE)
        ring->views[view->bucket_previous].bucket_next = view->bucket_next;
    else
        ring->buckets[view->bucket] = view->bucket_next;
}

static void place_insert(struct view_ring *ring, uint16_t id)
{
    struct ring_view *view = &ring->views[id];
    view->place = view_ring_place(ring, &view->identity, view->identity.seq);
    uint16_t *head = &ring->places[view->place];
    view->placed = true;
    view->place_previous = RING_NONE;
    view->place_next = *head;
    if (*head != RING_NONE)
        ring->views[*head].place_previous = id;
    *head = id;
}

static void place_remove(struct view_ring *ring, uint16_t id)
{
    struct ring_view *view = &ring->views[id];
    if (view->place_next != RING_NONE)
        ring->views[view->place_next].place_previous = view->place_previous;
    if (view->place_previous != RING_NONE)
        ring->views[view->place_previous].place_next = view->place_next;
    else
        ring->places[view->place] = view->place_next;
}

/* The ring's oldest view goes. It is the oldest of its group, too, and the next one heads it. */
static void view_forget(struct view_ring *ring, uint16_t id, int64_t now)
{
    struct ring_view *view = &ring->views[id];
    if (!view->used)
        return;
    bool one_input = (view->inputs & (view->inputs - 1u)) == 0;
    int64_t late = ring->longest_ns < LATE_NS / 2 ? LATE_NS : ring->longest_ns * 2;
    if (one_input && !view->by_range && view_time_since(view->time, now) <= late)
        ring->forgotten++;
    if (view->placed)
        place_remove(ring, id);
    bucket_remove(ring, id);
    view->used = false;
    if (view->group_next == RING_NONE)
        return;
    struct ring_view *heir = &ring->views[view->group_next];
    for (unsigned i = 0; i < VIEW_INPUTS_MAX; i++)
        heir->cursor[i] = view->cursor[i] == id ? view->group_next : view->cursor[i];
    heir->group_last = view->group_last;
    bucket_insert(ring, view->group_next);
}

void view_ring_append(struct view_ring *ring, uint16_t group, uint32_t bucket, unsigned input,
                      const struct ring_view *new_view)
{
    uint16_t id = ring->next;
    ring->next = (uint16_t)((id + 1u) % RING_VIEWS);
    if (group == id) /* the group's oldest makes room for its newest */
        group = ring->views[id].group_next;
    view_forget(ring, id, new_view->time);
    struct ring_view *view = &ring->views[id];
    *view = *new_view;
    view->used = true;
    view->placed = false;
    view->group_next = RING_NONE;
    view->bucket = bucket;
    if (group == RING_NONE) {
        group = id;
        for (unsigned i = 0; i < VIEW_INPUTS_MAX; i++)
            view->cursor[i] = RING_NONE;
        bucket_insert(ring, id);
    } else {
        ring->views[ring->views[group].group_last].group_next = id;
    }
    struct ring_view *head = &ring->views[group];
    head->group_last = id;
    for (unsigned i = 0; i < VIEW_INPUTS_MAX; i++)
        if (i != input && head->cursor[i] == RING_NONE)
            head->cursor[i] = id;
    if (view_range_length(&view->identity) > 0)
        place_insert(ring, id);
}
