/*
 * metrics: measures round trips, rates and stalls of what both ends send, beside tcp/loss, which
 * tells it what was sent, what arrived, and which samples count (model/metrics says what they are
 * of). Nothing is measured of a connection that needs no loss state, and nothing without a log.
 */
#ifndef TCP_METRICS_H
#define TCP_METRICS_H

#include "model/summary.h"
#include "tcp/loss_part.h"

/* Before a segment's stages: finds the meters of both directions, or opens one, and the number that
 * it has if it turns out to be a repeat. */
void metrics_begin(struct loss_case *k);

/* Bytes came to be in a SACK block, or (less than 0) are acknowledged now. */
void metrics_sacked(struct loss_case *k, int64_t bytes);

/* After its stages. Before them, una and nxt of both directions were these. */
void metrics_segment(struct loss_case *k, int64_t acked_una, int64_t sent_nxt);

/* It is a repeat: notes it, and whether it is known to be needless. */
void metrics_repeat(struct loss_case *k);

/* One that was noted turns out to have been needless. */
void metrics_needless(struct loss_case *k, uint16_t repeat);

/* The repeat of the same bytes before one; 0: none that is known. */
uint16_t metrics_repeat_before(const struct loss_case *k, uint16_t repeat);

/* What was measured, into the summary: lent until the next connection is summarised. */
void metrics_summarise(struct losses *losses, const struct metered *metered,
                       int64_t last_time, struct summary *ret_summary);

#endif
