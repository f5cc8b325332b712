/* loss_probe: segments that want an answer and carry nothing (§4.4). */
#include "tcp/loss_part.h"

#include "base/time_text.h"
#include "tcp/sequence.h"

/* No host asks sooner after its newest byte: Linux allows a second at the least. */
#define SILENT (900 * NS_PER_MS)

/*
 * Linux asks with an old number and nothing in it, others with new bytes at the edge of the window.
 * Bytes that were sent before the window closed over them are sent again by the retransmission
 * timer, as others are.
 */
static bool is_window_probe(const struct loss_case *k)
{
    const struct step *step = k->step;
    const struct loss_side *x = k->x, *y = k->y;
    uint32_t length = step->s->payload_len;
    if (!step_window_is_closed(step))
        return false;
    if (length == 0)
        return step->seq == x->una - 1;
    return (y->flags & SIDE_EDGE) && step->seq == y->edge && step->seq == x->nxt;
}

bool loss_probe(struct loss_case *k)
{
    const struct step *step = k->step;
    const struct segment *s = step->s;
    const struct loss_side *x = k->x;
    bool outstanding = x->una < x->nxt;

    if ((s->flags & (TCP_SYN | TCP_FIN | TCP_RST)) || !(s->flags & TCP_ACK) ||
        !(x->flags & SIDE_STARTED))
        return false;
    if (is_window_probe(k)) {
        loss_decide(k, CLASS_ZERO_WINDOW_PROBE,
                    s->payload_len == 0 ? RULE_PROBE_BELOW : RULE_PROBE_AT_EDGE,
                    CERTAINTY_INFERRED);
        return true;
    }
    if (s->payload_len > 1 || step->seq != x->nxt - 1 || step_window_is_closed(step))
        return false;
    if (outstanding) { /* a byte is sent again; without one it asks for nothing that is known, */
        if (s->payload_len == 0 && !(step->has_ack && step->ack > k->y->una)) /* or has news */
            k->row.tags |= TAG(TAG_STALE_PROBE);
        return false;
    }
    /* Its own last byte or FIN is not so old: an acknowledgement that was overtaken, or that byte
     * again. */
    if (k->now - x->sent < SILENT)
        return false;
    loss_decide(k, CLASS_KEEP_ALIVE, RULE_KEEP_ALIVE_BELOW, CERTAINTY_INFERRED);
    return true;
}
