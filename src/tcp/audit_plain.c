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

/* What the header says by itself: audit_form, _checksum, _options, _sack, _reset, _ecn, _stamp_syn.
 * A bare ACK, and what is sent again, is not marked for congestion control. */
static inline bool header_is_plain(const struct step *step)
{
    const unsigned flags = TCP_PSH | TCP_FIN | TCP_ECE | TCP_CWR;
    const uint32_t facts = FACT_OPTION_MALFORMED | FACT_SACK_MALFORMED | FACT_OPTIONS_TRUNCATED |
                           FACT_FRAGMENT_FIRST | FACT_IP_CHECKSUM_BAD | FACT_HEADER_BEYOND;
    const struct segment *s = step->s;
    uint32_t others = (s->options & ~(unsigned)OPTION_TIMESTAMPS) | (s->facts & facts) |
                      s->urgent | s->reserved | step->marks;

    return (s->flags & ~flags) == TCP_ACK && others == 0 && s->header_len >= AUDIT_HEADER_MIN &&
           step->has_ack && ((s->ip_flags >> 1 & 3u) == 0 || s->payload_len > 0);
}

/* audit_order: the next bytes, and an ACK of what passed, no older than one before. One inside of the
 * other end's newest segment may name bytes that end nowhere. */
static inline bool order_holds(const struct step *step, struct ledger_side *own)
{
    const struct endpoint *y = step->y;
    uint32_t into = (uint32_t)step->ack - y->last_seq;

    if (step->seq != step->x->snd_nxt || step->ack < y->snd_una || step->ack > y->snd_nxt ||
        (step->ack != y->snd_nxt && into != 0 && into < y->last_len))
        return false;
    own->ack = seq_unwrap(y->snd_nxt, (uint32_t)own->ack); /* as audit_flow_begin() does */
    return !(own->known & LEDGER_ACK) || step->ack >= own->ack;
}

/* audit_window and, of data, audit_probe: within the window, which was not closed. */
static inline bool room_holds(const struct step *step, const struct ledger_side *other)
{
    bool acked = other->known & LEDGER_ACK;

    if (acked && step->end < seq_unwrap(step->x->snd_nxt, (uint32_t)other->ack))
        return false;
    if (step->end == step->seq)
        return true;
    if (acked && other->wl_edge == other->wl_ack)
        return false;
    return !(other->known & LEDGER_REACH) ||
           seq_diff(other->reach, (uint32_t)step->seq) >= (int64_t)step->s->payload_len;
}

/* audit_window: the window's edge does not go back, but for what scaling rounds off. */
static inline bool grant_holds(const struct step *step, const struct ledger_side *own)
{
    if (!(own->known & LEDGER_ACK))
        return true;
    uint32_t edge = (uint32_t)step->ack + step->window;
    if (seq_diff(edge, own->wl_edge) >= 0)
        return true;
    bool scaled = step->x->flags & step->y->flags & END_SCALE;
    return scaled && seq_diff(edge, own->wl_edge) >= -((1 << step->x->window_scale) - 1);
}

/* audit_stamp: timestamps where they are in use, none older than before, and none from nowhere. */
static inline bool stamps_hold(const struct step *step, const struct ledger_side *own,
                               const struct ledger_side *other)
{
    const struct segment *s = step->s;
    bool in_use = audit_stamps_may_be_used(step);

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

/* What stands first in audit_flow_begin(): nothing waits, so that is all it does. */
static void ledger_begin(struct step *step)
{
    const struct audit audit = { .step = step,
                                 .ledger = step->ledger,
                                 .own = &step->ledger->side[step->x_id],
                                 .other = &step->ledger->side[step->y_id] };
    audit_flow_begin(&audit);
}

static bool scale_is_unknown(struct step *step)
{
    const struct audit audit = { .step = step };
    return audit_window_reason(&audit) != REASON_NONE;
}

bool audit_is_plain(struct step *step)
{
    struct ledger *ledger = step->ledger;
    if (ledger == NULL || ledger->waits || !header_is_plain(step))
        return false;
    struct ledger_side *own = &ledger->side[step->x_id], *other = &ledger->side[step->y_id];
    if (!order_holds(step, own))
        return false;
    if (!(own->known & other->known & LEDGER_BEGUN))
        ledger_begin(step);
    if (!(room_holds(step, other) && grant_holds(step, own)) && !scale_is_unknown(step))
        return false;
    if (!stamps_hold(step, own, other))
        return false;
    if (step->end > step->seq)
        own->known |= LEDGER_FRONTIER;
    return true;
}

bool ledger_waits(const struct ledger *ledger)
{
    bool waits = ledger->doubt.kind != DOUBT_NONE;
    for (unsigned i = 0; i < 2; i++) {
        const struct ledger_side *side = &ledger->side[i];
        waits |= side->long_frame != 0 || side->damaged_frame != 0 || (side->known & LEDGER_SACK);
    }
    return waits;
}
