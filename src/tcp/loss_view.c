/*
 * loss_view: several inputs show a connection. What passed at one and never at the other was lost
 * between the two, provided that the other was watching: it shows something of that end from
 * before, and the repeat.
 */
#include "tcp/loss.h"

#include "base/seq.h"
#include "flow/view.h"
#include "tcp/loss_part.h"

uint8_t loss_view_again(const struct loss_case *k, const struct range *before)
{
    uint8_t views = loss_view_init(k->step->s);
    bool same_input = before->views >> RANGE_VIEW_SHIFT == views >> RANGE_VIEW_SHIFT;
    bool once = !(before->views & (RANGE_VIEW_SECOND | RANGE_VIEW_PART));
    if (!(k->x->flags & SIDE_VIEWED) || !same_input || !once || (before->flags & RANGE_HOLE))
        return views;
    unsigned lost = (before->views & RANGE_VIEW_ONCE_MASK) + RANGE_VIEW_ONCE;
    return (uint8_t)(views | (lost < RANGE_VIEW_ONCE_MASK ? lost : RANGE_VIEW_ONCE_MASK));
}

/* Whether the view shows the newest sending of these bytes; not known: no. */
static bool shows_newest(const struct range *r, const struct segment *view, uint64_t frame)
{
    if (r->times == 1)
        return r->frame == frame;
    if (segment_has_ip_id(view) && r->ip_id != 0)
        return view->ip_id == r->ip_id;
    return (view->options & OPTION_TIMESTAMPS) && (r->flags & RANGE_STAMPED) &&
           view->tsval == r->tsval;
}

/* A range within the view; of how many sendings before it proves where they were lost. */
static unsigned range_viewed(struct range *r, const struct segment *view, uint64_t frame,
                             bool whole)
{
    unsigned views = r->views, once = (views & RANGE_VIEW_ONCE_MASK) / RANGE_VIEW_ONCE;
    if (!shows_newest(r, view, frame)) { /* an older sending came through after all */
        r->views &= (uint8_t)~RANGE_VIEW_ONCE_MASK;
        return 0;
    }
    if (!whole) {
        r->views |= RANGE_VIEW_PART;
        return 0;
    }
    r->views = (r->views | RANGE_VIEW_SECOND) & (uint8_t)~RANGE_VIEW_ONCE_MASK;
    if (once == 0 || r->lost != LOST_AFTER + 1)
        return 0;
    r->lost = LOST_BETWEEN + 1;
    return once;
}

void loss_view(struct history_pool *pool, const struct connection *c, enum endpoint_id sender,
               const struct segment *view, uint64_t frame)
{
    struct losses *losses = history_losses(pool);
    const uint32_t *number = history_loss(pool, c->log);
    struct loss_book *book = number != NULL ? loss_book_at(losses, *number) : NULL;
    if (book == NULL || book->state == 0 || segment_seq_len(view) == 0)
        return;
    struct loss_side *x = &loss_state_at(losses, book)->side[sender];
    int64_t seq = seq_unwrap(x->nxt, view->seq), end = seq + segment_seq_len(view);
    int64_t lost = 0;
    unsigned sendings = 0;

    /* What came damaged was damaged between the two. */
    if (!(x->flags & SIDE_STARTED) || segment_is_damaged(&c->end[sender], view))
        return;
    for (unsigned i = flight_find(&losses->flights, &x->flight, seq); i < x->flight.count; i++) {
        struct range *r = flight_at(&losses->flights, &x->flight, i);
        if (r->seq >= end)
            break;
        if (r->flags & (RANGE_HOLE | RANGE_COARSE))
            continue;
        unsigned proved = range_viewed(r, view, frame, r->seq >= seq && r->end <= end);
        lost += proved * (r->end - r->seq);
        sendings = proved > sendings ? proved : sendings;
    }
    x->flags |= SIDE_VIEWED;
    struct loss_tally *tally = lost > 0 ? loss_tally_open(losses, book) : NULL;
    if (tally != NULL)
        lost_move(&tally->end[sender], LOST_AFTER, LOST_BETWEEN, sendings, lost);
}

/* Acknowledged, and one input alone shows it: the other one lacks frames. */
void loss_view_missing(struct loss_case *k, const struct range *r)
{
    bool once = r->times == 1 && !(r->views & (RANGE_VIEW_SECOND | RANGE_VIEW_PART)) &&
                !(r->flags & (RANGE_HOLE | RANGE_COARSE));
    struct loss_tally *tally = once && (k->y->flags & SIDE_VIEWED)
                                   ? loss_tally_open(k->losses, k->book) : NULL;
    if (tally != NULL)
        tally->end[k->step->y_id].views_missing = true;
}
