/*
 * bound: how often a bound was reached, and when it was first. What is bounded tells it, so that
 * the report can say what was forgotten.
 */
#ifndef BASE_BOUND_H
#define BASE_BOUND_H

#include <stdint.h>

struct bound {
    uint64_t hits;
    int64_t since; /* ns since the epoch; valid with hits */
};

static inline void bound_hit(struct bound *bound, int64_t now)
{
    if (bound->hits++ == 0)
        bound->since = now;
}

#endif
