/*
 * rank: the place of each finding over the whole output, worst first: by severity, then certainty,
 * then the catalogue's order, and equal ones as they came. Nothing is sorted and no finding is kept:
 * it is enough to know how many there are of each kind, if they come a second time in the same order.
 */
#ifndef REPORT_RANK_H
#define REPORT_RANK_H

#include <stdbool.h>
#include <stdint.h>

#include "model/finding.h"
#include "model/tcp_state.h"

/* Findings that are equally bad. */
#define RANK_KINDS ((unsigned)SEVERITY_N * CERTAINTY_N * TOPIC_N)

/* Zero-initialised is empty. */
struct ranks {
    bool settled;                /* all were counted */
    uint32_t counted[RANK_KINDS];
    uint32_t given[RANK_KINDS];  /* how many of them came a second time */
};

/* First time: counts them. */
void ranks_count(struct ranks *ranks, const struct findings *findings);

/* No more to come but these, which are ranked at once, behind their equals. */
void ranks_settle(struct ranks *ranks, const struct findings *last,
                  uint32_t ret_ranks[FINDINGS_MAX]);

/* Second time, in the same order: their ranks. False, and nothing written, before all were
 * counted: those keep their places. */
bool ranks_give(struct ranks *ranks, const struct findings *findings,
                uint32_t ret_ranks[FINDINGS_MAX]);

#endif
