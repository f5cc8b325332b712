/*
 * flood: SYNs from sources that never come back, to one victim, among other traffic: as a share of
 * all frames, or so many within a span of time.
 */
#ifndef BENCH_FLOOD_H
#define BENCH_FLOOD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "frame_writer.h"
#include "random.h"

struct flood_options {
    double share;        /* of all frames */
    uint64_t syns;       /* besides that, so many */
    int64_t after, span; /* ns: from so long after the epoch on, for so long */
    bool crafted;        /* addresses and ports cancel out in sums and exclusive ors */
};

struct flood {
    struct flood_options options;
    uint64_t seed;
    int64_t epoch;
    struct frame_writer *writer; /* borrowed, as is: */
    FILE *truth;                 /* NULL: none is written */
    struct random timed;         /* numbers of the SYNs within the span */
    uint64_t sent, sent_timed;
};

/* SYNs that are due when another frame passes at this time, which are written before it. False
 * with errno. */
bool flood_before(struct flood *flood, int64_t time);

/* Keeps the share, behind a frame that passed at this time. False with errno. */
bool flood_keep(struct flood *flood, int64_t time, struct random *random);

#endif
