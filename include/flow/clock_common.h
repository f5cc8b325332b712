/*
 * clock_common: the segments that two inputs hold, as far as their clocks are learned from them.
 * Plain data. Internal to flow/clock.
 */
#ifndef FLOW_CLOCK_COMMON_H
#define FLOW_CLOCK_COMMON_H

#include <stdbool.h>
#include <stdint.h>

/* 36 years, in ns: beyond all differences, and sums don't overflow. */
#define COMMON_FAR (INT64_C(1) << 60)

struct common {
    uint64_t flow;
    int64_t time;
    int64_t difference; /* the time in the second input less that in the first */
    bool backward;      /* direction */
};

/* The least or the greatest difference of one direction; plus or minus COMMON_FAR without one. */
int64_t common_extreme(const struct common *commons, uint32_t count, bool backward,
                       bool greatest);

/* How many differences of one direction are greater (`above`) or less than a limit. */
uint32_t common_beyond(const struct common *commons, uint32_t count, bool backward, bool above,
                       int64_t limit);

/* The first difference of one direction; 0 without one. */
int64_t common_first(const struct common *commons, uint32_t count, bool backward);

#endif
