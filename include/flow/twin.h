/*
 * twin: is this segment another input's view of one that was taken already?
 *
 * A segment that two captures hold is one segment with two views. The first view in the merged
 * order is the segment; each later view from another input is a second view and is not counted.
 * Equal means what no router and no capture changes: addresses, ports, sequence numbers, flags,
 * window, length of the payload, IP id, timestamps. TTL, checksums (they may be left to the
 * card), VLAN tags, the IP ECN field and what a short snapshot length cut off do not count.
 *
 * What repeats within one input is a repeat there, never a second view: equal segments of an
 * input pair one by one with those of another, oldest first. Data that a card cut up or joined
 * (offload) has other bounds in each input; it is a second view when another input has shown
 * each of its bytes once more often than this one has, with the same ACK number and timestamps.
 *
 * Owned by its caller, about 10 MB, fixed at creation. Time corrections between the inputs come
 * before it (flow/clock). Address translation between two capture points hides the twins.
 */
#ifndef FLOW_TWIN_H
#define FLOW_TWIN_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow_key.h"
#include "flow/view.h"
#include "model/segment.h"

struct twins;

/* What a second view is a view of. */
struct twin {
    uint64_t frame;   /* the first view */
    unsigned input;   /* the first view's */
    int64_t delay_ns; /* from the first view to this one */
    bool by_range;    /* other bounds than the first view; with several, the one that begins it */
    bool of_several;  /* equal segments were waiting: that it is the oldest of them is assumed */
};

/* NULL: out of memory. */
struct twins *twins_new(const struct flow_secret *secret);

/*
 * Segments in the merged order. True: a second view, not to be counted. False: a first view,
 * remembered. An input number of VIEW_INPUTS_MAX or more is neither and gives false.
 */
bool twins_segment(struct twins *twins, const struct segment *segment, unsigned input,
                   struct twin *ret_twin);

/* Second views so far. */
uint64_t twins_count(const struct twins *twins);

/*
 * Views that made room for others so early that a second view could well come later: within
 * 200 ms, or twice the longest that one has taken. Not 0: some segments may be counted twice.
 */
uint64_t twins_forgotten(const struct twins *twins);

void twins_free(struct twins *twins);

#endif
