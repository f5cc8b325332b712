/*
 * loss_plain: segments that only go on with what is known: new bytes in their order, and
 * acknowledgements of bytes that passed once. Nearly all of a transfer are such, and no stage has
 * anything to decide of them.
 *
 * What is done here is what the stages do with them, in their order, and the conditions are those
 * under which they do no more. Nothing is changed before all conditions are known to hold.
 */
#include "tcp/history_pool.h"
#include "tcp/loss_part.h"
#include "tcp/metrics.h"
#include "tcp/sequence.h"

/* Its connection counts, and keeps no segments: then there is no record to write. */
static bool counts_only(const struct step *step, const struct losses *losses,
                        const struct loss_book *book)
{
    return book != NULL && book->state != 0 && book->counted && !losses_keep(losses, book) &&
           !losses->several_inputs && !step->pool->no_shortcut;
}

/* It tells bytes, an acknowledgement and a window, and is no probe, nor a copy by its numbers. */
static bool segment_is_plain(const struct step *step)
{
    const unsigned others = TCP_SYN | TCP_RST | TCP_ACK;
    const struct segment *s = step->s;
    return (s->flags & others) == TCP_ACK && step->marks == 0 && step->has_ack &&
           s->window != 0 && !(s->options & OPTION_SACK) && !(s->facts & FACT_OPTIONS_TRUNCATED);
}

/* U-space stands, and both directions are known. */
static bool sides_stand(const struct step *step, const struct loss_side *x,
                        const struct loss_side *y)
{
    return (x->flags & y->flags & SIDE_STARTED) && x->base == endpoint_isn(step->x) &&
           y->base == endpoint_isn(step->y);
}

/* §4.5: the next bytes. */
static bool bytes_are_next(const struct step *step, const struct loss_side *x)
{
    return step->end == step->seq || (step->seq == x->nxt && step->seq != x->base);
}

/* §4.9, of a bare ACK: it answers nothing that was asked, and is no duplicate. */
static enum segment_class ack_class(const struct step *step, const struct loss_side *x,
                                    const struct loss_side *y)
{
    int64_t edge = step->ack + step_window(step);
    if (y->flags & (SIDE_CHALLENGED | SIDE_ZERO_PROBE | SIDE_KEEP_ALIVE))
        return CLASS_NONE;
    if (step->ack > y->una || !(x->flags & SIDE_EDGE) || edge < x->edge)
        return CLASS_ACK;
    if (edge > x->edge)
        return CLASS_WINDOW_UPDATE;
    return y->una < y->nxt ? CLASS_NONE : CLASS_ACK;
}

static enum segment_class class_of(const struct step *step, const struct loss_side *x,
                                   const struct loss_side *y)
{
    if (step->end == step->seq)
        return ack_class(step, x, y);
    return step->s->payload_len > 0 ? CLASS_ORIGINAL : CLASS_FIN;
}

/* Whether the ranges from this place on that are acknowledged were sent once, are whole, and nothing
 * was known of them; the place behind them. */
static bool ranges_are_plain(const struct flights *flights, const struct loss_side *y, int64_t ack,
                             unsigned first, unsigned *ret_end)
{
    const unsigned told = RANGE_HOLE | RANGE_COARSE | RANGE_ACKED | RANGE_SACKED;
    unsigned i = first;
    for (; i < y->flight.count; i++) {
        const struct range *r = flight_at(flights, &y->flight, i);
        if (r->seq >= ack)
            break;
        if ((r->flags & told) || r->times != 1 || r->end > ack || r->seq < y->una)
            return false;
    }
    *ret_end = i;
    return true;
}

/* These ranges of the peer's arrived. */
static void ranges_arrive(struct loss_case *k, unsigned first, unsigned end)
{
    struct loss_side *y = k->y;
    int64_t sample = -1;
    for (unsigned i = first; i < end; i++) {
        struct range *r = flight_at(&k->losses->flights, &y->flight, i);
        r->flags |= RANGE_ACKED;
        r->delivered = k->now;
        sample = k->now - r->last;
        if (r->last < y->delivered_last ||
            (r->last == y->delivered_last && r->end <= y->delivered_end))
            continue;
        y->delivered_last = r->last;
        y->delivered_end = r->end;
        y->delivered_frame = r->frame;
        y->delivered_told = k->step->s->frame & FRAME_MAX;
    }
    loss_take_sample(k, sample, RANGE_ACKED, false);
    loss_advance(k, k->step->ack);
    if (end > LOSS_ACKED_KEPT)
        loss_drop_acked(k, end);
}

static void side_sends(struct loss_case *k)
{
    const struct step *step = k->step;
    struct loss_side *x = k->x;
    x->flags &= ~(unsigned)SIDE_CHALLENGED;
    if (step->end > step->seq) {
        x->probe_record = 0;
        loss_bytes_new(k, step->seq);
        x->flags &= ~(unsigned)(SIDE_KEEP_ALIVE | SIDE_ZERO_PROBE);
    }
    loss_note_edge(k, step->ack + step_window(step));
}

/* What the stages do with it; the ranges from first to end are acknowledged. */
static void case_pass(struct loss_case *k, uint32_t digest, unsigned first, unsigned end)
{
    const struct step *step = k->step;
    struct loss_side *y = k->y;
    int64_t una = y->una, nxt = k->x->nxt;
    bool measured = !history_is_light(step->pool);

    if (measured || step->ack > una)
        loss_find_legs(k);
    loss_note_ids(k);
    if (measured)
        metrics_begin(k);
    loss_digest_note(k->x, digest, step->s);
    y->flags &= ~(unsigned)SIDE_BASE_ASSUMED;
    if (step->ack > una)
        ranges_arrive(k, first, end);
    y->heard = k->now;
    side_sends(k);
    if (step->s->payload_len > 0)
        loss_keep_bytes(k->step, k->book);
    if (measured)
        metrics_segment(k, una, nxt);
}

bool loss_plain(struct step *step, struct losses *losses, struct loss_book *book)
{
    if (!counts_only(step, losses, book) || !segment_is_plain(step))
        return false;
    struct loss_state *state = loss_state_at(losses, book);
    struct loss_side *x = &state->side[step->x_id], *y = &state->side[step->y_id];
    enum segment_class class = class_of(step, x, y);
    if (class == CLASS_NONE || !sides_stand(step, x, y) || !bytes_are_next(step, x) ||
        step->ack < y->una || step->ack > y->nxt || y->nxt - step->ack > INT32_MAX)
        return false;
    unsigned first = 0, end = 0;
    if (step->ack > y->una) {
        first = flight_find(&losses->flights, &y->flight, y->una);
        if (y->mode != MODE_OPEN || !ranges_are_plain(&losses->flights, y, step->ack, first, &end))
            return false;
    }
    uint32_t digest = loss_digest(step->s);
    if (loss_digest_is_among(x, digest))
        return false;
    struct loss_case k = { .step = step, .losses = losses, .book = book, .x = x, .y = y,
                           .now = step->s->time, .counted = true };
    k.row.class = (unsigned)class & 0xff;
    case_pass(&k, digest, first, end);
    step->class = (uint8_t)class;
    return true;
}
