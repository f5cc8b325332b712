/* loss_hole: bytes that come behind others and were not seen before (§4.6): overtaken on the way,
 * or sent again because their first sending was lost before the capture point. */
#include "tcp/loss_part.h"

#include "base/time_text.h"
#include "tcp/sequence.h"

#define IP_ID_NEXT 32
#define TIMEOUT_LEAST (200 * NS_PER_MS)

/* Against the segment that made the hole show: -1 sent before it, 1 after it, 0 not known. */
static int order_by_id(const struct loss_case *k, const struct range *hole)
{
    const struct segment *s = k->step->s;
    int16_t apart = (int16_t)(uint16_t)(s->ip_id - hole->ip_id);
    if (!segment_has_ip_id(s) || hole->ip_id == 0 || apart == 0)
        return 0;
    /* Random ones are seldom neighbours: so near to each other they count up, too. */
    if (!loss_counts_ids(k) && (apart < -IP_ID_NEXT || apart > IP_ID_NEXT))
        return 0;
    return apart < 0 ? -1 : 1;
}

static int order_by_stamp(const struct loss_case *k, const struct range *hole)
{
    const struct segment *s = k->step->s;
    if (!(s->options & OPTION_TIMESTAMPS) || !(hole->flags & RANGE_STAMPED))
        return 0;
    if (s->tsval == hole->tsval) { /* within a tick of it; and older than what came since? */
        bool ticked = (k->x->flags & SIDE_STAMP) && seq_before(s->tsval, k->x->stamp);
        return ticked ? -1 : 0;
    }
    return seq_before(s->tsval, hole->tsval) ? -1 : 1;
}

/* At its sender nothing can have overtaken it but in the capture itself. */
static enum segment_class class_of_late(const struct loss_case *k)
{
    return loss_is_beside(k->near, k->far) ? CLASS_CAPTURE_REORDERED : CLASS_REORDERED;
}

static void by_timing(struct loss_case *k, const struct range *hole)
{
    const struct loss_side *x = k->x;
    int64_t lag = k->now - hole->first;
    bool called_for = x->sacked_end >= hole->end || x->duplicates >= 3 ||
                      x->mode != MODE_OPEN;

    if (lag < k->trip * 4 / 5 && lag < TIMEOUT_LEAST)
        loss_decide(k, class_of_late(k), RULE_HOLE_TIMING, CERTAINTY_INFERRED);
    else if (called_for)
        loss_decide(k, CLASS_RTX_UNSEEN_ORIGINAL, RULE_SACKED_BEYOND, CERTAINTY_INFERRED);
    else if (lag >= loss_timeout(x) * 4 / 5)
        loss_decide(k, CLASS_RTX_UNSEEN_ORIGINAL, RULE_TIMEOUT, CERTAINTY_INFERRED);
    else
        loss_decide(k, CLASS_AMBIGUOUS, RULE_HOLE_TIMING, CERTAINTY_ASSUMED);
}

void loss_hole(struct loss_case *k, const struct range *hole)
{
    int id = order_by_id(k, hole), stamp = order_by_stamp(k, hole);
    bool counted = loss_counts_ids(k);
    bool by_id = id != 0 && (counted || stamp == 0);
    int order = by_id ? id : stamp;
    bool arrived = hole->flags & (RANGE_ACKED | RANGE_SACKED);
    enum certainty certainty =
        (id != 0 && stamp != 0 && id != stamp) || (by_id && !counted)
            ? CERTAINTY_INFERRED
            : CERTAINTY_PROVED;

    loss_tell_behind(k, hole->first, hole);
    if (arrived && order <= 0 && k->now - hole->delivered < MISORDER_MAX) {
        loss_decide(k, CLASS_CAPTURE_REORDERED, RULE_BEHIND_ANSWER, CERTAINTY_INFERRED);
        return;
    }
    if (id != 0)
        k->row.rules |= RULE(RULE_HOLE_IP_ID);
    if (stamp != 0)
        k->row.rules |= RULE(RULE_HOLE_TIMESTAMP);
    if (arrived && order >= 0 && k->now - hole->first >= k->trip / 4) {
        loss_decide(k, CLASS_RTX_UNNEEDED, RULE_HOLE_ACKED, CERTAINTY_INFERRED);
        k->row.tags |= TAG(TAG_MISSED);
        return;
    }
    if (order < 0)
        loss_decide(k, class_of_late(k), by_id ? RULE_HOLE_IP_ID : RULE_HOLE_TIMESTAMP,
                    certainty);
    else if (order > 0)
        loss_decide(k, CLASS_RTX_UNSEEN_ORIGINAL, by_id ? RULE_HOLE_IP_ID : RULE_HOLE_TIMESTAMP,
                    certainty);
    else
        by_timing(k, hole);
}
