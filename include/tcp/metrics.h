/*
 * metrics: measures round trips, rates and stalls of what both ends send, beside tcp/loss, which
 * tells it what was sent, what arrived, and which samples count (model/metrics says what they are
 * of). Nothing is measured of a connection that needs no loss state, and nothing without a log.
 */
#ifndef TCP_METRICS_H
#define TCP_METRICS_H

#include "model/summary.h"
#include "tcp/loss_part.h"

/* Before a segment's stages: finds the meters of both directions, or opens one. */
void metrics_begin(struct loss_case *k);

/* Bytes came to be in a SACK block, or (less than 0) are acknowledged now. */
void metrics_sacked(struct loss_case *k, int64_t bytes);

/* After its stages. Before them, una and nxt of both directions were these. */
void metrics_segment(struct loss_case *k, int64_t acked_una, int64_t sent_nxt);

/* It is a repeat: counts it by its class. */
void metrics_repeat(struct loss_case *k);

/* What was measured, into the summary: lent until the next connection is summarised. */
void metrics_summarise(struct losses *losses, const struct metered *metered,
                       int64_t last_time, struct summary *ret_summary);

#endif
