/*
 * audit_plain: the segments that no check can fail, told by comparing numbers: nearly all of a
 * transfer. They have nothing but ACK, PSH, FIN and timestamps, begin where their sender's bytes
 * end, acknowledge what passed, and go back in nothing.
 *
 * Each condition stands for a check, or for several, that would hold or be skipped, and the families
 * (audit_*.c) say why. One that is too strict costs time only, so the plainest were taken. Where
 * checks that hold are wanted too, no segment is plain.
 */
#include "tcp/audit_flow.h"
#include "tcp/sequence.h"

#define HEADER_MIN 20u

/* What the header says by itself: audit_form, _checksum, _options, _sack, _reset, _ecn, _stamp_syn. */
static bool header_is_plain(const struct step *step)
{
    const unsigned flags = TCP_PSH | TCP_FIN | TCP_ECE | TCP_CWR;
    const uint32_t facts = FACT_OPTION_MALFORMED | FACT_SACK_MALFORMED | FACT_OPTIONS_TRUNCATED |
                           FACT_FRAGMENT_FIRST | FACT_IP_CHECKSUM_BAD | FACT_HEADER_BEYOND;
    const struct segment *s = step->s;
    unsigned congestion = s->ip_flags >> 1 & 3u; /* a bare ACK, and what is sent again, has none */

    return (s->flags & ~flags) == TCP_ACK && (s->options & ~(unsigned)OPTION_TIMESTAMPS) == 0 &&
           (s->facts & facts) == 0 && (s->urgent | s->reserved) == 0 &&
           s->header_len >= HEADER_MIN && step->marks == 0 && step->has_ack &&
           (congestion == 0 || s->payload_len > 0);
}

/* Nothing waits for a later segment to judge it: a SACK block to be repeated, damage, a segment
 * longer than the MSS, a doubt. */
static bool nothing_waits(const struct audit *audit)
{
    const struct ledger_side *own = audit->own;
    return own->long_frame == 0 && own->damaged_frame == 0 && !(own->known & LEDGER_SACK) &&
           audit->ledger->doubt.kind == DOUBT_NONE;
}

/* audit_order: the next bytes, and an ACK of what passed, no older than one before. One inside of the
 * other end's newest segment may name bytes that end nowhere. */
static bool order_holds(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct endpoint *y = step->y;
    const struct ledger_side *own = audit->own;
    uint32_t into = (uint32_t)step->ack - y->last_seq;

    return step->seq == step->x->snd_nxt && step->ack >= y->snd_una && step->ack <= y->snd_nxt &&
           (into == 0 || into >= y->last_len || step->ack == y->snd_nxt) &&
           (!(own->known & LEDGER_ACK) ||
            step->ack >= seq_unwrap(y->snd_nxt, (uint32_t)own->ack));
}

/* audit_window and, of data, audit_probe: within the window, which was not closed. */
static bool room_holds(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct ledger_side *other = audit->other;
    bool acked = other->known & LEDGER_ACK;

    if (acked && step->end < seq_unwrap(step->x->snd_nxt, (uint32_t)other->ack))
        return false;
    if (step->end == step->seq)
        return true;
    if (acked && audit_window_closed(other))
        return false;
    return !(other->known & LEDGER_REACH) ||
           seq_diff(other->reach, (uint32_t)step->seq) >= (int64_t)step->s->payload_len;
}

/* audit_window: the window's edge does not go back, but for what scaling rounds off. */
static bool grant_holds(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct ledger_side *own = audit->own;

    if (!(own->known & LEDGER_ACK))
        return true;
    bool scaled = step->x->flags & step->y->flags & END_SCALE;
    int32_t rounding = scaled ? (1 << step->x->window_scale) - 1 : 0;
    uint32_t edge = (uint32_t)step->ack + step_window(step);
    return seq_diff(edge, own->wl_edge) >= -rounding;
}

/* audit_stamp: timestamps where they are in use, none older than before, and none from nowhere. */
static bool stamps_hold(const struct audit *audit)
{
    const struct segment *s = audit->step->s;
    const struct ledger_side *own = audit->own, *other = audit->other;
    bool in_use = audit_stamps_may_be_used(audit->step);

    if (!(s->options & OPTION_TIMESTAMPS))
        return !in_use || !((own->known | other->known) & LEDGER_ECHO);
    if (!in_use)
        return false;
    if ((own->known & LEDGER_STAMP) && seq_diff(s->tsval, own->tsval_newest) < 0)
        return false;
    if ((other->known & LEDGER_STAMP) && (seq_diff(s->tsecr, other->tsval_newest) > 0 ||
                                          seq_diff(s->tsecr, other->tsval_first) < 0))
        return false;
    return !(other->known & LEDGER_ECHO) || seq_diff(s->tsval, other->tsecr) >= 0;
}

bool audit_is_plain(const struct audit *audit)
{
    const struct step *step = audit->step;
    if (audit->ledger == NULL || audit->all || !header_is_plain(step) || !nothing_waits(audit) ||
        !order_holds(audit))
        return false;
    if (!(audit->own->known & audit->other->known & LEDGER_BEGUN))
        audit_flow_begin(audit);
    bool windows = (room_holds(audit) && grant_holds(audit)) ||
                   audit_window_reason(audit) != REASON_NONE;
    if (!windows || !stamps_hold(audit))
        return false;
    if (step->end > step->seq)
        audit->own->known |= LEDGER_FRONTIER;
    return true;
}
