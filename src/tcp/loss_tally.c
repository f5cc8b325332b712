/* loss_tally: where what was sent again was lost, in numbers (§4.12). Sums are the same whether
 * segments are kept or not, so nothing here reads their records. */
#include "tcp/loss_part.h"

#include "tcp/sequence.h"

static struct lost *lost_of(struct loss_case *k, enum endpoint_id end)
{
    struct loss_tally *tally = k->counted ? loss_tally_open(k->losses, k->book) : NULL;
    return tally != NULL ? &tally->end[end] : NULL;
}

/* Its first sending was on the SYN, where a server need not take it (RFC 7413 §4.2). */
static bool was_on_syn(const struct loss_case *k)
{
    const struct endpoint *x = k->step->x;
    return x->syn_payload > 0 && k->step->seq <= endpoint_isn(x) + x->syn_payload;
}

enum lost_kind loss_kind(const struct loss_case *k)
{
    bool spurious = k->row.tags & TAG(TAG_SPURIOUS);
    switch ((enum segment_class)k->row.class) {
    case CLASS_REORDERED:
        return LOST_OVERTAKEN;
    case CLASS_AMBIGUOUS:
        return LOST_UNKNOWN;
    case CLASS_RTX_UNNEEDED:
        return LOST_NEVER;
    case CLASS_RTX_UNSEEN_ORIGINAL:
        return spurious ? LOST_NEVER : k->from_before ? LOST_UNKNOWN : LOST_BEFORE;
    case CLASS_RTX_SYN: /* until it is answered nobody may be there */
    case CLASS_RTX_SYN_ACK:
        return k->arrived ? LOST_NEVER : LOST_UNKNOWN;
    case CLASS_RTX_GO_BACK_N: /* without SACK its sender does not know what arrived */
        return spurious ? LOST_NEVER : k->sack ? LOST_AFTER : LOST_UNKNOWN;
    default:
        if (!class_is_repeat((enum segment_class)k->row.class))
            return LOST_KINDS;
        return spurious ? LOST_NEVER : was_on_syn(k) ? LOST_UNKNOWN : LOST_AFTER;
    }
}

void loss_tally_sent(struct loss_case *k)
{
    enum lost_kind kind = k->other_bytes ? LOST_KINDS : loss_kind(k);
    struct lost *lost = kind < LOST_KINDS ? lost_of(k, k->step->x_id) : NULL;
    if (lost == NULL)
        return;
    lost->part[kind].segments++;
    lost->part[kind].bytes += (uint64_t)k->old_bytes;
}

/* Whether the range beside this one was sent with it, and counted as needless already. */
static bool neighbour_moved(const struct flights *flights, const struct flight *flight,
                            unsigned i)
{
    const struct range *r = flight_at(flights, flight, i);
    for (unsigned side = 0; side < 2; side++) {
        unsigned place = side == 0 ? i - 1 : i + 1;
        if (place >= flight->count) /* also i - 1 of the first */
            continue;
        const struct range *other = flight_at(flights, flight, place);
        if (other->last == r->last && other->lost == LOST_NEVER + 1)
            return true;
    }
    return false;
}

void loss_tally_needless(struct loss_case *k, enum endpoint_id end, unsigned i,
                         unsigned sendings)
{
    struct loss_side *side = end == k->step->x_id ? k->x : k->y;
    struct range *r = flight_at(&k->losses->flights, &side->flight, i);
    struct lost *lost = r->lost != 0 ? lost_of(k, end) : NULL;

    if (lost == NULL)
        return;
    int64_t bytes = r->end - r->seq;
    if (r->lost != LOST_NEVER + 1) {
        bool moved = neighbour_moved(&k->losses->flights, &side->flight, i);
        lost_move(lost, (enum lost_kind)(r->lost - 1), LOST_NEVER, moved ? 0 : 1, bytes);
        r->lost = LOST_NEVER + 1;
    }
    for (unsigned earlier = 1; earlier < sendings; earlier++) {
        bool unseen = (r->flags & RANGE_UNSEEN) && earlier + 1 == sendings;
        bool syn = lost->part[LOST_AFTER].segments == 0;
        lost_move(lost, unseen ? LOST_BEFORE : syn ? LOST_UNKNOWN : LOST_AFTER, LOST_NEVER, 1,
                  bytes);
    }
}

void loss_tally_forgotten(struct loss_case *k, enum endpoint_id end, const struct repeat *again)
{
    bool counted = again->lost != 0 && again->lost <= LOST_KINDS && again->lost != LOST_NEVER + 1;
    struct lost *lost = counted ? lost_of(k, end) : NULL;
    if (lost != NULL)
        lost_move(lost, (enum lost_kind)(again->lost - 1), LOST_NEVER, 1, again->end - again->seq);
}

void loss_tally_answered(struct loss_case *k, const struct range *r)
{
    bool syn = r->seq == endpoint_isn(k->step->y) && r->times > 1 && r->lost != 0;
    struct lost *lost = syn ? lost_of(k, k->step->y_id) : NULL;
    if (lost == NULL)
        return;
    const struct lost_part *part = &lost->part[LOST_UNKNOWN]; /* nothing else was sent so far */
    lost_move(lost, LOST_UNKNOWN, LOST_AFTER, part->segments, (int64_t)part->bytes);
}

void loss_tally_missed(struct loss_case *k, const struct range *hole)
{
    /* Of an end of which nothing was captured the capture lacks all: that is told otherwise. */
    if (hole->lost != 0 || !(k->step->y->flags & END_SEEN))
        return;
    struct lost *lost = lost_of(k, k->step->y_id);
    if (lost == NULL)
        return;
    lost->missed_bytes += (uint64_t)(hole->end - hole->seq);
    if (lost->missed_frame != 0)
        return;
    lost->missed_frame = k->step->s->frame;
    lost->missed_time = k->now;
}

void loss_tally_found(struct loss_case *k, const struct range *hole)
{
    uint64_t bytes = (uint64_t)(hole->end - hole->seq);
    struct lost *lost = hole->lost == 0 ? lost_of(k, k->step->x_id) : NULL;
    if (lost == NULL)
        return;
    lost->missed_bytes -= bytes < lost->missed_bytes ? bytes : lost->missed_bytes;
    if (lost->missed_bytes == 0)
        lost->missed_frame = 0;
}

/* Not acknowledged to the end. Its receiver was there, and lacked it: it acknowledged other bytes
 * before, and spoke when it should have had these. Otherwise nobody may have been there. */
static bool is_unanswered(const struct connection *c, const struct loss_side *side,
                          enum endpoint_id end, const struct range *r)
{
    bool heard = side->heard > r->first + side->leg_far + side->leg_far / 2 &&
                 side->una > endpoint_isn(&c->end[end]) + 1;
    bool one_way = !(c->end[endpoint_peer(end)].flags & END_SEEN); /* no answer could be seen */
    return !one_way && r->times > 1 && r->lost == LOST_AFTER + 1 &&
           !(r->flags & (RANGE_ACKED | RANGE_SACKED)) && !heard;
}

/* What nothing answered may not have been lost. */
static void unanswered_move(const struct losses *losses, const struct loss_book *book,
                            const struct connection *c, enum endpoint_id end, struct lost *lost)
{
    const struct loss_side *side = &loss_state_at(losses, book)->side[end];
    int64_t newest = 0;

    for (unsigned i = 0; i < side->flight.count; i++) {
        const struct range *r = flight_at(&losses->flights, &side->flight, i);
        if (!is_unanswered(c, side, end, r))
            continue;
        lost_move(lost, LOST_AFTER, LOST_UNKNOWN, r->last == newest ? 0 : r->times - 1u,
                  (r->times - 1) * (r->end - r->seq));
        newest = r->last;
    }
}

void loss_tally_close(const struct losses *losses, const struct loss_book *book,
                      const struct connection *c)
{
    struct loss_tally *tally = loss_tally_at(losses, book);
    for (unsigned i = 0; i < 2 && tally != NULL; i++)
        unanswered_move(losses, book, c, (enum endpoint_id)i, &tally->end[i]);
}

void loss_tally_read(const struct losses *losses, const struct loss_book *book,
                     const struct connection *c, enum endpoint_id end, struct lost *ret)
{
    const struct loss_tally *tally = loss_tally_at(losses, book);
    if (tally == NULL)
        return;
    *ret = tally->end[end];
    if (book->state != 0 && book->counted)
        unanswered_move(losses, book, c, end, ret);
}
