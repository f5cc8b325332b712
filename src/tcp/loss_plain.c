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
    int64_t edge = step->ack + step->window;
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

/* Places of ranges that are acknowledged. */
struct places {
    struct flight_view view; /* valid where there is one */
    unsigned first, end;
};

/* Whether the ranges that are acknowledged now were sent once, are whole, and nothing was known of
 * them. */
static inline bool ranges_are_plain(const struct flights *flights, const struct loss_side *y,
                                    int64_t ack, struct places *ret)
{
    const unsigned told = RANGE_HOLE | RANGE_COARSE | RANGE_ACKED | RANGE_SACKED;
    if (y->flight.count == 0)
        return true;
    ret->view = flight_view(flights, &y->flight);
    unsigned i = ret->first = flight_guess(flights, &y->flight, &ret->view, y->una);
    for (; i < y->flight.count; i++) {
        const struct range *r = flight_view_at(&ret->view, i);
        if (r->seq >= ack)
            break;
        if ((r->flags & told) || r->times != 1 || r->end > ack || r->seq < y->una)
            return false;
    }
    ret->end = i;
    return true;
}

/* Ranges of the peer's arrived: how long it took, ns; less than 0: there was none. */
static inline int64_t ranges_arrive(const struct step *step, struct loss_side *y,
                                    const struct places *places)
{
    int64_t sample = -1, now = step->s->time;
    for (unsigned i = places->first; i < places->end; i++) {
        struct range *r = flight_view_at(&places->view, i);
        r->flags |= RANGE_ACKED;
        r->delivered = now;
        sample = now - r->last;
        if (r->last < y->delivered_last ||
            (r->last == y->delivered_last && r->end <= y->delivered_end))
            continue;
        y->delivered_last = r->last;
        y->delivered_end = r->end;
        y->delivered_frame = r->frame;
        y->delivered_told = step->s->frame & FRAME_MAX;
    }
    y->flight.guess = (uint16_t)places->end;
    return sample;
}

/* Those that nothing more is to be learned of are dropped; what was sent twice is kept longer. */
static inline void ranges_drop(struct loss_case *k, const struct places *places)
{
    unsigned drop = places->end - LOSS_ACKED_KEPT;
    for (unsigned i = 0; i < drop; i++) {
        if (flight_view_at(&places->view, i)->times <= 1)
            continue;
        loss_find_legs(k);
        loss_drop_acked(k, places->end);
        return;
    }
    flight_drop(&k->y->flight, drop);
}

static void news_take(struct loss_case *k, const struct places *places)
{
    struct loss_side *y = k->y;
    int64_t sample = ranges_arrive(k->step, y, places);

    k->far = loss_leg(k->step->c, k->step->y_id, k->x);
    loss_take_sample(k, sample, RANGE_ACKED, false);
    loss_advance(k, k->step->ack);
    if (places->end > LOSS_ACKED_KEPT)
        ranges_drop(k, places);
}

/* What the stages do with it. */
static void case_pass(struct loss_case *k, uint32_t digest, const struct places *places)
{
    const struct step *step = k->step;
    struct loss_side *x = k->x, *y = k->y;

    loss_note_ids(k);
    loss_digest_note(x, digest, step->s);
    y->flags &= ~(unsigned)SIDE_BASE_ASSUMED;
    if (step->ack > y->una)
        news_take(k, places);
    y->heard = k->now;
    x->flags &= ~(unsigned)SIDE_CHALLENGED;
    if (step->end > step->seq) {
        x->probe_record = 0;
        x->flags &= ~(unsigned)(SIDE_KEEP_ALIVE | SIDE_ZERO_PROBE);
        loss_bytes_new(k, step->seq);
    }
    loss_note_edge(k, step->ack + step->window);
    if (step->s->payload_len > 0 && cursor_left(&step->payload) == step->s->payload_len)
        loss_keep_bytes(k->step, k->book);
}

bool loss_plain(struct step *step, struct losses *losses, struct loss_book *book)
{
    if (!counts_only(step, losses, book) || !segment_is_plain(step))
        return false;
    struct loss_state *state = loss_state_at(losses, book);
    struct loss_side *x = &state->side[step->x_id], *y = &state->side[step->y_id];
    enum segment_class class = class_of(step, x, y);
    struct places places = { .first = 0, .end = 0 };
    if (class == CLASS_NONE || !sides_stand(step, x, y) || !bytes_are_next(step, x) ||
        step->ack < y->una || step->ack > y->nxt || y->nxt - step->ack > INT32_MAX)
        return false;
    if (step->ack > y->una &&
        (y->mode != MODE_OPEN || !ranges_are_plain(&losses->flights, y, step->ack, &places)))
        return false;
    uint32_t digest = loss_digest(step->s);
    if (loss_digest_is_among(x, digest))
        return false;
    int64_t una = y->una, nxt = x->nxt;
    struct loss_case k = { .step = step, .losses = losses, .book = book, .x = x, .y = y,
                           .now = step->s->time, .counted = true };
    k.row.class = (unsigned)class & 0xff;
    if (!step->c->light) {
        loss_find_legs(&k);
        metrics_begin(&k);
    }
    case_pass(&k, digest, &places);
    if (!step->c->light)
        metrics_segment(&k, una, nxt);
    step->class = (uint8_t)class;
    return true;
}
