/* audit_window: the window of RFC 9293 §3.8.6, and numbers too far from it (RFC 5961 §5.2). */
#include "tcp/audit_flow.h"
#include "tcp/sequence.h"

enum check_reason audit_window_reason(const struct audit *audit)
{
    const struct step *step = audit->step;
    if (step->c->mptcp || (step->s->options & OPTION_MPTCP))
        return REASON_MPTCP;
    if (step_scale_is_known(step))
        return REASON_NONE;
    return (step->x->flags | step->y->flags) & END_OPTIONS_UNKNOWN ? REASON_OPTIONS_UNKNOWN
                                                                   : REASON_SCALE_UNKNOWN;
}

bool audit_edge(const struct endpoint *sender, const struct ledger_side *granted, int64_t *ret)
{
    if (!(granted->known & LEDGER_REACH))
        return false;
    *ret = seq_unwrap(sender->snd_nxt, granted->reach);
    return true;
}

bool audit_window_closed(const struct ledger_side *granted)
{
    return (granted->known & LEDGER_ACK) && granted->wl_edge == granted->wl_ack;
}

/* RFC 9293 §3.10.7.4, first, with room for what the capture point sees otherwise than the
 * receiver: from one window below what it acknowledged to the highest edge that it granted. What
 * is below may be late, unless it is below the ISN, too. False when the segment may be none of this
 * connection's. */
static bool window_of_seq(const struct audit *audit, int64_t edge)
{
    const struct step *step = audit->step;
    const struct endpoint *x = step->x, *y = step->y;
    int64_t window = y->window_max > 1 ? y->window_max : 1;
    int64_t low = (audit->other->known & LEDGER_ACK) ? audit->other->ack - window : step->end;
    /* A FIN may stand behind a full window, and what follows behind it; a bare ACK shows SND.NXT,
     * wherever that came to be. */
    int64_t high = edge + ((x->flags & END_FIN) || (step->s->flags & TCP_FIN) ? 1 : 0);
    bool stands = step->end == step->seq && step->seq <= x->snd_nxt;
    bool above = step->seq > high && !stands;

    bool late = step->end >= endpoint_isn(x) && !audit_sent_later(audit);
    if (step->end < low && late)
        audit_skip(audit, CHECK_SEQ_IN_WINDOW, REASON_REORDERED);
    else if (step->end < low)
        audit_doubt(audit, DOUBT_BELOW, (uint32_t)step->end, 0);
    else if (above)
        audit_doubt(audit, DOUBT_ABOVE, (uint32_t)step->seq, 0);
    else if (step->seq <= edge)
        audit_result(audit, CHECK_SEQ_IN_WINDOW, true,
                     (struct audit_sum){ .observed = (uint32_t)step->seq,
                                         .expected = (uint32_t)edge });
    return step->end >= low && !above;
}

static void window_of_data(const struct audit *audit, int64_t edge)
{
    const struct step *step = audit->step;
    int64_t end = step->seq + step->s->payload_len;

    if (step->s->payload_len == 0 || step->seq > edge)
        return;
    if (end <= edge)
        audit_result(audit, CHECK_BEYOND_WINDOW, true,
                     (struct audit_sum){ .observed = (uint32_t)end, .expected = (uint32_t)edge });
    else if (!audit_window_closed(audit->other) || step->seq != edge) /* a byte at a closed window's edge asks: §3.8.6.1 */
        audit_doubt(audit, DOUBT_BEYOND, (uint32_t)end, 0);
}

/* RFC 5961 §5.2: SND.UNA - MAX.SND.WND <= SEG.ACK. An old ACK may have been overtaken; one that is
 * below the ISN is none of this connection's. */
static void window_of_ack(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct endpoint *x = step->x, *y = step->y;
    int64_t low = y->snd_una - (int64_t)x->window_max;

    if (!(step->s->flags & TCP_ACK) || (step->s->flags & TCP_RST) || !(y->flags & END_ISN_KNOWN))
        return;
    bool holds = step->ack >= low;
    if (!holds && step->ack >= endpoint_isn(y) && !audit_sent_later(audit))
        audit_skip(audit, CHECK_ACK_TOO_OLD, REASON_REORDERED);
    else
        audit_result(audit, CHECK_ACK_TOO_OLD, holds,
                     (struct audit_sum){ .observed = step->s->ack, .expected = (uint32_t)low });
}

/* RFC 9293 §3.8.6: the right edge does not move back, but for what scaling rounds off (RFC 7323
 * §2.4). Of two segments with one ACK the later one must be known. */
static void window_shrinks(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct ledger_side *own = audit->own;

    if (!step->has_ack || !(own->known & LEDGER_ACK) || step->ack < own->ack)
        return;
    bool scaled = step->x->flags & step->y->flags & END_SCALE;
    int32_t rounding = scaled ? (1 << step->x->window_scale) - 1 : 0;
    uint32_t edge = (uint32_t)step->ack + step_window(step);
    int32_t grown = seq_diff(edge, own->wl_edge);
    if (grown < 0 && grown >= -rounding)
        return;
    bool later = grown >= 0 || step->ack > own->ack || audit_sent_later(audit);
    if (!later) {
        audit_skip(audit, CHECK_WINDOW_SHRUNK, REASON_REORDERED);
        return;
    }
    audit_result(audit, CHECK_WINDOW_SHRUNK, grown >= 0,
                 (struct audit_sum){ .observed = edge,
                                     .expected = own->wl_edge,
                                     .certainty = step->ack > own->ack || grown >= 0
                                                      ? CERTAINTY_OBSERVED
                                                      : CERTAINTY_INFERRED });
}

static void window_skip(const struct audit *audit, enum check_reason reason)
{
    audit_skip(audit, CHECK_SEQ_IN_WINDOW, reason);
    if (audit->step->s->payload_len > 0)
        audit_skip(audit, CHECK_BEYOND_WINDOW, reason);
}

void audit_window(const struct audit *audit)
{
    const struct step *step = audit->step;
    enum check_reason reason = audit_window_reason(audit);
    int64_t edge = 0;

    if (step->s->flags & TCP_SYN)
        return;
    if (reason != REASON_NONE) {
        window_skip(audit, reason);
        audit_skip(audit, CHECK_ACK_TOO_OLD, reason);
        audit_skip(audit, CHECK_WINDOW_SHRUNK, reason);
        return;
    }
    if (!audit_edge(step->x, audit->other, &edge)) {
        window_skip(audit, REASON_PEER_UNSEEN);
    } else {
        if (window_of_seq(audit, edge))
            window_of_ack(audit);
        if (!(step->s->flags & TCP_RST))
            window_of_data(audit, edge);
    }
    if (!(step->s->flags & TCP_RST))
        window_shrinks(audit);
}
