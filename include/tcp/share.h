/*
 * share: what kept an endpoint from sending more, moment by moment (the reference specification,
 * section 5.3). Time is cut where something changes for the sender: it sends, an acknowledgement
 * reaches it, its window moves. Each piece is charged to one part of enum share_part.
 *
 * A sender is seen from the capture point. What passes toward it reaches it half a round trip of
 * `near` later, and what it does then passes another half later: an acknowledgement counts from
 * `near` after it passed. It waits in a short queue until then.
 *
 * Some pieces are only understood by what comes next, and are held back until then: had the sender
 * nothing to send, or was it waiting?
 */
#ifndef TCP_SHARE_H
#define TCP_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/limits.h"
#include "tcp/exchange.h"
#include "tcp/tempo_state.h"

/* Whether this segment's sender has sent enough to be looked at. */
static inline bool share_is_wanted(const struct step *step)
{
    uint32_t most = step->y->mss != 0 ? step->y->mss : 536;
    return step->x->payload_sent + step->s->payload_len > 2 * (uint64_t)most &&
           !(step->s->flags & TCP_SYN);
}

/* Begins with this segment of its sender, in a turn of this exchange. */
void share_begin(struct share *share, const struct step *step, const struct exchange *exchange);

/* A segment of the sender, and one toward it: after tcp/loss, before sequence_update(). */
void share_sent(struct share *share, const struct step *step);
void share_acked(struct share *share, const struct step *step);

/* What it comes to, for an endpoint that was measured enough; else ret->known is false. */
void share_result(const struct share *share, struct limits *ret);

#endif
