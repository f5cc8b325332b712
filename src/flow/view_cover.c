/* view_cover: views as a start and an end each, swept from edge to edge. */
#include "flow/view_cover.h"

#include <stdlib.h>

#include "base/seq.h"

/* Work for one segment at most: neighbours looked at, and those that overlap. A frame of 64 KiB
 * has 45 segments of 1448 bytes or 122 of 536. */
#define NEIGHBOURS_MAX 512u
#define OVERLAPS_MAX 192u

/* At this offset from the first byte, these inputs have shown the bytes once more or less. */
struct edge {
    uint32_t at;
    uint16_t inputs;
    int16_t step;
};

struct sweep {
    const struct ring_view *view;
    unsigned input;
    uint32_t length;
    uint16_t oldest, newest; /* views of other inputs only that hold the first byte */
    bool repeated;           /* this input has shown the first byte before */
    unsigned count;
    struct edge edges[2 * OVERLAPS_MAX];
};

/* Notes a view that could be of the first byte. */
static void sweep_begin(struct sweep *sweep, const struct view_ring *ring, uint16_t id)
{
    const struct ring_view *view = &ring->views[id];
    if (view->inputs & 1u << sweep->input) {
        sweep->repeated = true;
        return;
    }
    if (view->by_range)
        return;
    if (sweep->oldest == RING_NONE ||
        view->first_frame < ring->views[sweep->oldest].first_frame)
        sweep->oldest = id;
    if (sweep->newest == RING_NONE ||
        view->first_frame > ring->views[sweep->newest].first_frame)
        sweep->newest = id;
}

/*
 * The same bounds and another IP id: not these bytes cut up, but sent again. That is the case
 * when the other input's clock is late and its view of this very segment is still to come.
 */
static bool sweep_sent_again(const struct sweep *sweep, const struct ring_view *view)
{
    const struct view_identity *a = &view->identity, *b = &sweep->view->identity;
    return !(view->inputs & 1u << sweep->input) && a->seq == b->seq &&
           a->payload_len == b->payload_len && a->ip_id != 0 && b->ip_id != 0 &&
           a->ip_id != b->ip_id;
}

/* False: too many. */
static bool sweep_add(struct sweep *sweep, const struct view_ring *ring, uint16_t id)
{
    const struct ring_view *view = &ring->views[id];
    int64_t start = seq_diff(view->identity.seq, sweep->view->identity.seq);
    int64_t end = start + view_range_length(&view->identity);
    if (start >= sweep->length || end <= 0 || sweep_sent_again(sweep, view))
        return true;
    if (sweep->count == 2 * OVERLAPS_MAX)
        return false;
    uint32_t from = start < 0 ? 0 : (uint32_t)start;
    uint32_t to = end > sweep->length ? sweep->length : (uint32_t)end;
    sweep->edges[sweep->count++] = (struct edge){ from, view->inputs, 1 };
    sweep->edges[sweep->count++] = (struct edge){ to, view->inputs, -1 };
    if (from == 0)
        sweep_begin(sweep, ring, id);
    return true;
}

/* All that overlaps; what does may begin in the block before. False: too many. */
static bool sweep_collect(struct sweep *sweep, const struct view_ring *ring)
{
    const struct ring_view *view = sweep->view;
    uint32_t last = view->identity.seq + sweep->length - 1;
    uint32_t block = view->identity.seq - (1u << RING_PLACE_BITS);
    unsigned steps = 0;
    for (bool more = true; more; block += 1u << RING_PLACE_BITS) {
        more = block >> RING_PLACE_BITS != last >> RING_PLACE_BITS;
        uint16_t id = ring->places[view_ring_place(ring, &view->identity, block)];
        for (; id != RING_NONE; id = ring->views[id].place_next) {
            const struct ring_view *other = &ring->views[id];
            bool near = view_time_near(other->time, view->time);
            if (!near && other->time < view->time)
                break; /* newest first: the rest is older still */
            if (++steps > NEIGHBOURS_MAX)
                return false;
            if (near && view_same_stream(&other->identity, &view->identity) &&
                view_stamp_may_equal(other->stamp, view->stamp) && !sweep_add(sweep, ring, id))
                return false;
        }
    }
    return true;
}

static int edge_compare(const void *a, const void *b)
{
    const struct edge *left = a, *right = b;
    return (left->at > right->at) - (left->at < right->at);
}

/* The inputs that have shown some byte more often; 0 when none has for some other byte. */
static uint16_t sweep_run(struct sweep *sweep)
{
    int shown[VIEW_INPUTS_MAX] = { 0 };
    unsigned inputs = 0, next = 0;
    uint32_t at = 0;
    qsort(sweep->edges, sweep->count, sizeof sweep->edges[0], edge_compare);
    while (at < sweep->length) {
        for (; next < sweep->count && sweep->edges[next].at == at; next++)
            for (unsigned i = 0; i < VIEW_INPUTS_MAX; i++)
                if (sweep->edges[next].inputs & 1u << i)
                    shown[i] += sweep->edges[next].step;
        unsigned ahead = 0;
        for (unsigned i = 0; i < VIEW_INPUTS_MAX; i++)
            if (shown[i] > shown[sweep->input])
                ahead |= 1u << i;
        if (ahead == 0)
            return 0;
        inputs |= ahead;
        at = next < sweep->count ? sweep->edges[next].at : sweep->length;
    }
    return (uint16_t)inputs;
}

bool view_cover_find(const struct view_ring *ring, const struct ring_view *view, unsigned input,
                     struct view_cover *ret_cover)
{
    struct sweep sweep;
    sweep.view = view;
    sweep.input = input;
    sweep.length = view_range_length(&view->identity);
    sweep.oldest = sweep.newest = RING_NONE;
    sweep.repeated = false;
    sweep.count = 0;
    if (sweep.length == 0 || !sweep_collect(&sweep, ring) || sweep.oldest == RING_NONE)
        return false;
    ret_cover->inputs = sweep_run(&sweep);
    /* What this input shows again is likely what the other one showed again. */
    ret_cover->first = sweep.repeated ? sweep.newest : sweep.oldest;
    ret_cover->of_several = sweep.oldest != sweep.newest;
    return ret_cover->inputs != 0;
}
