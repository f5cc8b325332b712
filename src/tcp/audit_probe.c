/* audit_probe: what asks for an answer: keep-alives (RFC 9293 §3.8.4) and probes of a closed
 * window (§3.8.6.1). */
#include "tcp/audit_flow.h"
#include "tcp/sequence.h"

/*
 * A bare ACK one below SND.NXT while data is outstanding at the capture point. Where the newest
 * segment, or a FIN, begins just there, it is an older ACK that was overtaken.
 */
static bool asks_while_outstanding(const struct step *step)
{
    const struct endpoint *x = step->x;
    bool bare = step->end == step->seq && !(step->s->flags & TCP_RST) && step->has_ack;
    return bare && (x->flags & END_SEEN) && step->seq == x->snd_nxt - 1 &&
           step->seq > endpoint_isn(x) && x->snd_una < x->snd_nxt && step->y->window_last != 0 &&
           !(x->flags & (END_FIN | END_GAP | END_UNSEEN_TOLD)) && x->last_seq != step->s->seq;
}

static void probe_keep_alive(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct endpoint *x = step->x;
    if (step->marks & MARK_KEEP_ALIVE)
        audit_result(audit, CHECK_KEEPALIVE_FORMAT, true,
                     (struct audit_sum){ .observed = step->s->seq,
                                         .expected = (uint32_t)x->snd_nxt - 1 });
    else if (asks_while_outstanding(step))
        audit_doubt(audit, DOUBT_KEEP_ALIVE, (uint32_t)x->snd_nxt, 0);
}

/* Zero is zero at any scale; only how far the window once reached needs the scale. */
static void probe_window(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct ledger_side *other = audit->other;
    int64_t end = step->seq + step->s->payload_len;

    if ((step->marks & MARK_WINDOW_PROBE) && step->seq < step->x->snd_una) {
        audit_result(audit, CHECK_ZWP_FORMAT, true,
                     (struct audit_sum){ .observed = step->s->seq,
                                         .expected = (uint32_t)step->x->snd_una - 1 });
        return;
    }
    if (!audit_window_closed(other) || step->s->payload_len == 0 || (step->s->flags & TCP_RST) ||
        end <= step->x->snd_nxt)
        return;
    enum check_reason reason = audit_window_reason(audit);
    if (step->s->seq == other->wl_edge)
        audit_result(audit, CHECK_ZWP_FORMAT, true,
                     (struct audit_sum){ .saying = 1, .observed = step->s->seq,
                                         .expected = other->wl_edge });
    else if (reason != REASON_NONE)
        audit_skip(audit, CHECK_ZWP_FORMAT, reason);
    else if ((other->known & LEDGER_REACH) && seq_diff(step->s->seq, other->reach) > 0)
        audit_doubt(audit, DOUBT_PROBE, step->s->seq, 0);
}

void audit_probe(const struct audit *audit)
{
    if (audit->step->s->flags & TCP_SYN)
        return;
    probe_keep_alive(audit);
    probe_window(audit);
}
