/*
 * share_charge: which part of enum share_part a piece of time belongs to. Internal to tcp/share*.
 */
#ifndef TCP_SHARE_CHARGE_H
#define TCP_SHARE_CHARGE_H

#include <stdbool.h>

#include "tcp/tempo_state.h"

/* Up to `time` the sender stood as it does now. frame: what comes next. */
void share_until(struct share *share, int64_t time, uint64_t frame);

/* Whether what the sender does can be told from here as if it were here. */
static inline bool share_is_beside(const struct share *share)
{
    return share->near * 10 < share->near + share->far;
}

/* Whether the sender was silent for as long as a retransmission timeout takes at least. */
bool share_timer_ended(const struct share *share, int64_t time);

/* What is held back is understood: the sender sent new bytes at `time`, */
void share_settle_sent(struct share *share, int64_t time, uint64_t frame);
/* it sent again what was lost, because a timer had ended or not, */
void share_settle_repeat(struct share *share, int64_t time, bool timeout, uint64_t frame);
/* or nothing of it came before the peer's payload, or the end. */
void share_settle_done(struct share *share);

#endif
