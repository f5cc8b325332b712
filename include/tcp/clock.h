/*
 * clock: how far the capture has come, by the times of its segments. One segment whose recorder
 * had a wild clock must not end the wait of every timer: a time counts when the segment after it
 * is not earlier. Plain data of whoever holds it; all zero at the start.
 */
#ifndef TCP_CLOCK_H
#define TCP_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock {
    bool started;
    int64_t newest;    /* time of the newest segment, ns since the epoch */
    int64_t sure;      /* the earlier one of the newest two */
    int64_t confirmed; /* the latest that `sure` ever was */
};

/* A segment with this time is read. */
void clock_segment(struct clock *clock, int64_t time);

/* Time passes to `now` by a clock that is right. */
void clock_tick(struct clock *clock, int64_t now);

/* The time now: that of the newest segment too, unless it is more than a day ahead. */
int64_t clock_now(const struct clock *clock);

#endif
