/* loss_probe: segments that want an answer and carry nothing (§4.4). tcp/sequence knows them. */
#include "tcp/loss_part.h"

#include "tcp/sequence.h"

bool loss_probe(struct loss_case *k)
{
    const struct step *step = k->step;
    const struct segment *s = step->s;
    const struct loss_side *x = k->x;

    if (step->marks & MARK_WINDOW_PROBE) {
        loss_decide(k, CLASS_ZERO_WINDOW_PROBE,
                    step->seq < x->una ? RULE_PROBE_BELOW : RULE_PROBE_AT_EDGE,
                    CERTAINTY_INFERRED);
        return true;
    }
    if (step->marks & MARK_KEEP_ALIVE) {
        loss_decide(k, CLASS_KEEP_ALIVE, RULE_KEEP_ALIVE_BELOW, CERTAINTY_INFERRED);
        return true;
    }
    /* Without a byte and without news, while data is outstanding, it asks for nothing that is known. */
    bool news = step->has_ack && step->ack > k->y->una;
    if (s->payload_len == 0 && !news && !(s->flags & (TCP_SYN | TCP_FIN | TCP_RST)) &&
        (x->flags & SIDE_STARTED) && x->una < x->nxt && step->seq == x->nxt - 1 &&
        !step_window_is_closed(step))
        k->row.tags |= TAG(TAG_STALE_PROBE);
    return false;
}
