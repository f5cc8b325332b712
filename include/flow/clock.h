/*
 * clock: how far apart are the clocks of the inputs?
 *
 * Learned from segments that two inputs hold. Let d be the time in input k less the time in
 * input j of the same segment: the way from j to k plus the clocks' difference for segments that
 * pass j first, the difference less the way for those that pass k first. With both directions
 * of a connection the clocks differ by something between the two medians, whose distance is the
 * round trip between the two capture points. Nothing but the way can be told from one direction.
 *
 * Owned by its caller, memory bounded and fixed per input. Inputs are fed one after the other,
 * before anything is merged, times as they stand in the file.
 */
#ifndef FLOW_CLOCK_H
#define FLOW_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow_key.h"
#include "model/segment.h"

#define CLOCK_INPUTS_MAX 16

struct clocks;

enum clock_verdict {
    CLOCKS_AGREE,      /* every second view comes after the first: nothing to add */
    CLOCKS_SHIFTED,    /* add shift_ns, then they agree */
    CLOCKS_CONTRADICT, /* no one shift makes all estimates agree: do not merge */
};

struct clock_report {
    enum clock_verdict verdict;
    /* To add to this input's times; 0 for the first and for inputs without common segments. */
    int64_t shift_ns[CLOCK_INPUTS_MAX];
    uint64_t common[CLOCK_INPUTS_MAX]; /* of the segments looked at, those that others have, too */
    /* With CLOCKS_CONTRADICT: the two inputs, how far apart two estimates of their clocks are,
     * and the round trip between the capture points, which is all that they may be apart. */
    unsigned worst_input, worst_against;
    int64_t spread_ns, rtt_ns;
};

/* NULL: out of memory, or inputs is 0 or more than CLOCK_INPUTS_MAX. */
struct clocks *clocks_new(unsigned inputs, const struct flow_secret *secret);

/* Inputs are fed one after the other. False: has seen enough of this input. */
bool clocks_segment(struct clocks *clocks, const struct segment *segment, unsigned input);

void clocks_decide(struct clocks *clocks, struct clock_report *ret_report);

void clocks_free(struct clocks *clocks);

#endif
