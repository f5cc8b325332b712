/* audit_stamp: timestamps, RFC 7323. Their values go around the clock as sequence numbers do. */
#include "tcp/audit_flow.h"
#include "tcp/sequence.h"

static bool has_stamp(const struct segment *s)
{
    return s->options & OPTION_TIMESTAMPS;
}

void audit_stamp_syn(const struct audit *audit)
{
    const struct segment *s = audit->step->s;
    if ((s->flags & TCP_SYN) && !(s->flags & (TCP_ACK | TCP_RST)) && has_stamp(s))
        audit_result(audit, CHECK_TS_ECHO_SYN_ZERO, s->tsecr == 0,
                     (struct audit_sum){ .observed = s->tsecr });
}

/* Why it is not known whether they are; REASON_NONE when it is. */
static enum check_reason stamps_reason(const struct step *step, bool may_be)
{
    const unsigned syns = END_SYN | END_SYNACK;
    unsigned x = step->x->flags, y = step->y->flags;
    if ((x | y) & END_OPTIONS_UNKNOWN)
        return REASON_OPTIONS_UNKNOWN;
    return may_be && (!(x & syns) || !(y & syns)) ? REASON_SYN_NOT_CAPTURED : REASON_NONE;
}

/* X's ACK to a SYN that it did not take, with the numbers of an older connection (RFC 9293
 * §3.10.7.4, RFC 5961 §4.2): what was agreed on there is not known here. */
static bool stamps_are_older(const struct step *step)
{
    const struct endpoint *x = step->x, *y = step->y;
    int64_t after_syn = endpoint_isn(y) + 1;
    return !(x->flags & (END_SYN | END_SYNACK)) && y->state == STATE_SYN_SENT && step->has_ack &&
           step->ack != after_syn && step->ack != after_syn + y->syn_payload;
}

/*
 * RFC 7323 §3.2: on every segment but a RST, or on none. A SYN that is sent again may leave
 * them out; so where nobody ever sent one after the SYNs, the SYN-ACK may have answered that one.
 */
static void stamp_negotiated(const struct audit *audit, bool in_use)
{
    const struct step *step = audit->step;
    bool stamped = has_stamp(step->s);
    enum check_reason reason = stamps_reason(step, in_use);
    if (reason == REASON_NONE && step->seq <= endpoint_isn(step->x))
        return; /* before its SYN, or overtaken by it (a split handshake) */
    if (stamps_are_older(step))
        return;

    if (step->s->facts & FACT_OPTIONS_TRUNCATED)
        reason = REASON_CUT;
    else if (reason == REASON_NONE && in_use && !stamped &&
             !((audit->own->known | audit->other->known) & LEDGER_ECHO))
        reason = REASON_OPTIONS_UNKNOWN;
    if (reason != REASON_NONE)
        audit_skip(audit, CHECK_TS_NEGOTIATED, reason);
    else
        audit_result(audit, CHECK_TS_NEGOTIATED, stamped == in_use,
                     (struct audit_sum){ .saying = !stamped });
}

/* Whether the sender made this segment after all before, with no help from its clock: it
 * acknowledges more, or has the next IP ID. */
static bool follows_without_clock(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct ledger_side *own = audit->own;
    bool next =
        audit->ledger->ip_id_run[step->x_id] > 0 && audit_ip_id_is_next(own, step->s);
    return next || (step->has_ack && (own->known & LEDGER_ACK) && step->ack > own->ack);
}

/* Of segments that take the connection further: others may be late. */
static void stamp_monotonic(const struct audit *audit)
{
    const struct step *step = audit->step;
    struct ledger_side *own = audit->own;

    if (!(own->known & LEDGER_STAMP) || step->end <= step->x->snd_nxt)
        return;
    bool holds = seq_diff(step->s->tsval, own->tsval_newest) >= 0;
    if (!holds && !follows_without_clock(audit)) {
        audit_skip(audit, CHECK_TS_MONOTONIC, REASON_REORDERED);
        return;
    }
    audit_result(audit, CHECK_TS_MONOTONIC, holds,
                 (struct audit_sum){ .observed = step->s->tsval, .expected = own->tsval_newest });
    if (!holds) { /* from here on by its new clock */
        own->known |= LEDGER_CLOCKS;
        own->tsval_newest = step->s->tsval;
    }
}

/* TS.Recent is at least the timestamp of the SYN once more than the SYN was acknowledged: the
 * segment that brought it was sent after every SYN, and it came in order (RFC 7323 §4.3). */
static bool echo_is_bounded(const struct audit *audit)
{
    const struct endpoint *y = audit->step->y;
    return (audit->other->known & LEDGER_STAMP_SYN) &&
           audit->step->ack > endpoint_isn(y) + 1 + (int64_t)y->syn_payload;
}

static void stamp_echo(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct ledger_side *other = audit->other;
    uint32_t tsecr = step->s->tsecr;

    if (!step->has_ack)
        return;
    if (!(other->known & LEDGER_STAMP)) {
        if (!(step->y->flags & END_SEEN))
            audit_skip(audit, CHECK_TS_ECHO_VALID, REASON_PEER_UNSEEN);
        return;
    }
    if (other->known & LEDGER_CLOCKS)
        audit_skip(audit, CHECK_TS_ECHO_VALID, REASON_CLOCKS);
    else if (seq_diff(tsecr, other->tsval_newest) > 0)
        audit_doubt(audit, DOUBT_ECHO, tsecr, 0);
    else if (seq_diff(tsecr, other->tsval_first) >= 0)
        audit_result(audit, CHECK_TS_ECHO_VALID, true,
                     (struct audit_sum){ .observed = tsecr, .expected = other->tsval_newest });
    else if (!echo_is_bounded(audit))
        audit_skip(audit, CHECK_TS_ECHO_VALID, REASON_SYN_NOT_CAPTURED);
    else
        audit_result(audit, CHECK_TS_ECHO_VALID, false,
                     (struct audit_sum){ .saying = 1, .observed = tsecr,
                                         .expected = other->tsval_first });
}

/* RFC 7323 §5.3, R1: data that its receiver waits for, with a timestamp older than TS.Recent,
 * which the receiver echoes. Whether it was dropped for that its answer tells. */
static void stamp_paws(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct ledger_side *other = audit->other;
    uint32_t tsval = step->s->tsval;

    if (step->s->payload_len == 0)
        return;
    if (!(step->y->flags & END_SEEN))
        audit_skip(audit, CHECK_PAWS_REJECT, REASON_PEER_UNSEEN);
    else if (!(other->known & LEDGER_ECHO))
        return; /* it has spoken with its SYN only, or without timestamps */
    else if (seq_diff(tsval, other->tsecr) >= 0)
        audit_result(audit, CHECK_PAWS_REJECT, true,
                     (struct audit_sum){ .observed = tsval, .expected = other->tsecr });
    else if ((other->known & LEDGER_ACK) && step->seq >= other->ack)
        audit_doubt(audit, DOUBT_PAWS, step->s->seq, tsval);
}

void audit_stamp(const struct audit *audit)
{
    const struct segment *s = audit->step->s;
    bool in_use = audit_stamps_may_be_used(audit->step);
    if ((s->flags & (TCP_SYN | TCP_RST)) || (s->facts & FACT_OPTION_MALFORMED))
        return;
    stamp_negotiated(audit, in_use);
    if (!has_stamp(s) || !in_use)
        return;
    stamp_monotonic(audit);
    stamp_echo(audit);
    stamp_paws(audit);
}
