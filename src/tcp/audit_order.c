/* audit_order: data follows data, and acknowledgements what was sent. RFC 9293 §3.4. */
#include "tcp/audit_flow.h"

#include "base/time_text.h"
#include "tcp/sequence.h"

/* The shortest MTU that every IPv4 host takes leaves so much for data: no network cuts it up. */
#define NEVER_CUT 536u
#define OPTIONS_MAX 40u

/* So often in a row, and the IP IDs count up and not by chance. */
#define IP_ID_RUN 8u
/* Without them a newer timestamp after so long a silence, ns. A host may date its data a little
 * into the future and let a bare ACK overtake it (Linux, where it paces). */
#define STAMP_SILENCE NS_PER_S

bool audit_sent_later(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct segment *s = step->s;
    const struct ledger_side *own = audit->own;

    if (segment_has_ip_id(s) && audit->ledger->ip_id_run[step->x_id] >= IP_ID_RUN)
        return segment_follows_ip_id(s, own->ip_id);
    return (s->options & OPTION_TIMESTAMPS) && (own->known & LEDGER_STAMP) &&
           !(own->known & LEDGER_CLOCKS) && seq_diff(s->tsval, own->tsval_newest) > 0 &&
           s->time - step->x->last_time > STAMP_SILENCE;
}

/*
 * New data behind a hole: the capture may have missed what comes between, unless the sender's IP
 * IDs show that it sent nothing between the segment before, which was the newest, and this one.
 * (A translator of addresses may have numbered them behind a loss: then the bytes come again.)
 */
static bool hole_is_the_senders(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct endpoint *x = step->x;
    const struct ledger_side *own = audit->own;

    return step->s->ip_version == 4 && audit->ledger->ip_id_run[step->x_id] >= IP_ID_RUN &&
           (uint16_t)(x->last_ip_id + 1) == step->s->ip_id && own->ip_id == x->last_ip_id &&
           (own->known & LEDGER_FRONTIER) && x->last_seq + x->last_len == (uint32_t)x->snd_nxt &&
           !(x->flags & (END_GAP | END_UNSEEN_TOLD));
}

static void order_of_data(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct endpoint *x = step->x;

    if (step->end == step->seq || (step->marks & (MARK_KEEP_ALIVE | MARK_WINDOW_PROBE)) ||
        (step->s->flags & TCP_RST))
        return;
    bool follows = step->seq == x->snd_nxt;
    bool hole = step->seq > x->snd_nxt;
    if (hole && hole_is_the_senders(audit))
        audit_doubt(audit, DOUBT_HOLE, step->s->seq, (uint32_t)x->snd_nxt);
    else if (hole)
        audit_skip(audit, CHECK_DATA_CONTINUITY, REASON_GAP);
    else if (follows && (x->flags & END_SEEN))
        audit_result(audit, CHECK_DATA_CONTINUITY, true,
                     (struct audit_sum){ .observed = step->s->seq,
                                         .expected = (uint32_t)x->snd_nxt });
    if (follows)
        audit->own->known |= LEDGER_FRONTIER;
    else
        audit->own->known &= (uint16_t)~LEDGER_FRONTIER;
}

/* Whether this ACK, inside the other end's newest segment, names no end: that segment came in
 * one piece and for the first time, too short for a network or a card to have cut it up. */
static bool ends_are_known(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct endpoint *x = step->x, *y = step->y;
    uint32_t whole = x->mss != 0 && x->mss < NEVER_CUT ? x->mss : NEVER_CUT;
    bool before_fin = (y->flags & END_FIN) && step->ack == y->fin_seq;
    bool cut_by_window = (audit->own->known & LEDGER_REACH) && step->s->ack == audit->own->reach;

    return (audit->other->known & LEDGER_FRONTIER) && whole > OPTIONS_MAX &&
           y->last_len <= whole - OPTIONS_MAX && !before_fin && !cut_by_window;
}

static void order_of_ack(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct endpoint *y = step->y;
    uint32_t into = (uint32_t)step->ack - y->last_seq, end = y->last_seq + y->last_len;

    if (step->ack <= y->snd_una || step->ack > y->snd_nxt || step->s->sack_count > 0)
        return;
    bool starts = into == 0 && (audit->other->known & LEDGER_FRONTIER);
    if (step->ack == y->snd_nxt || into == y->last_len || starts)
        audit_result(audit, CHECK_ACK_EQUALS_RECEIVED, true,
                     (struct audit_sum){ .observed = step->s->ack, .expected = step->s->ack });
    else if (y->flags & (END_GAP | END_UNSEEN_TOLD))
        audit_skip(audit, CHECK_ACK_EQUALS_RECEIVED, REASON_GAP);
    else if (into > 0 && into < y->last_len && ends_are_known(audit))
        audit_result(audit, CHECK_ACK_EQUALS_RECEIVED, false,
                     (struct audit_sum){ .observed = step->s->ack,
                                         .expected = end,
                                         .certainty = CERTAINTY_INFERRED });
    else
        audit_skip(audit, CHECK_ACK_EQUALS_RECEIVED, REASON_ENDS_UNKNOWN);
}

/* What an end has acknowledged it acknowledges for good. An ACK that was overtaken is older. */
static void order_of_acks(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct ledger_side *own = audit->own;

    if (!step->has_ack || !(own->known & LEDGER_ACK))
        return;
    bool holds = step->ack >= own->ack;
    if (!holds && (step->seq < step->x->snd_nxt || !audit_sent_later(audit)))
        audit_skip(audit, CHECK_ACK_MONOTONIC, REASON_REORDERED);
    else
        audit_result(audit, CHECK_ACK_MONOTONIC, holds,
                     (struct audit_sum){ .observed = step->s->ack,
                                         .expected = (uint32_t)own->ack,
                                         .certainty = holds ? CERTAINTY_OBSERVED
                                                            : CERTAINTY_INFERRED });
}

/* An ACK of what was not seen: within the window the capture missed it; beyond, the other end's
 * next bare ACK shows what it had sent. */
static void order_beyond(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct endpoint *y = step->y;
    int64_t edge = 0;

    if (step->ack <= y->snd_nxt) {
        if (step->has_ack && (y->flags & END_SEEN))
            audit_result(audit, CHECK_ACK_BEYOND_SENT, true,
                         (struct audit_sum){ .observed = step->s->ack,
                                             .expected = (uint32_t)y->snd_nxt });
        return;
    }
    enum check_reason reason = audit_window_reason(audit);
    if (!(y->flags & END_SEEN))
        reason = REASON_PEER_UNSEEN;
    else if (reason == REASON_NONE &&
             (!audit_edge(y, audit->own, &edge) || step->ack <= edge))
        reason = REASON_GAP;
    if (reason != REASON_NONE)
        audit_skip(audit, CHECK_ACK_BEYOND_SENT, reason);
    else
        audit_doubt(audit, DOUBT_ACK, step->s->ack, (uint32_t)y->snd_nxt);
}

void audit_order(const struct audit *audit)
{
    const struct segment *s = audit->step->s;
    if (s->flags & TCP_SYN)
        return;
    order_of_data(audit);
    if (!(s->flags & TCP_ACK) || (s->flags & TCP_RST))
        return;
    order_of_ack(audit);
    order_of_acks(audit);
    order_beyond(audit);
}
