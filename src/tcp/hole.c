/* hole: what a receiver says that it lacks, and what brings it. */
#include "tcp/hole.h"

#include "tcp/machine.h"
#include "tcp/sequence.h"

/* Whether X tells of a block beyond its acknowledgement; with `end`, of one that ends there. */
static bool block_beyond(const struct step *step, const int64_t *end)
{
    const struct segment *s = step->s;
    if (!(s->options & OPTION_SACK))
        return false;
    for (unsigned i = 0; i < s->sack_count; i++) {
        int64_t left = seq_unwrap(step->y->snd_nxt, s->sack[i].left);
        int64_t right = seq_unwrap(step->y->snd_nxt, s->sack[i].right);
        if (left > step->ack && right > left && (end == NULL || right == *end))
            return true;
    }
    return false;
}

/* Without SACK: the acknowledgement is repeated while more is outstanding. */
static bool ack_is_duplicate(const struct step *step)
{
    const struct segment *s = step->s;
    return segment_seq_len(s) == 0 && step->ack == step->y->snd_una &&
           step->y->snd_nxt > step->y->snd_una && s->window == step->x->window_last;
}

void hole_note(struct step *step)
{
    struct connection *c = step->c;
    const struct endpoint *x = step->x, *y = step->y;
    unsigned bit = 1u << step->y_id;
    bool sacks = (x->flags & y->flags & END_SACK) && !(step->s->facts & FACT_OPTIONS_TRUNCATED);

    if (!step->has_ack || (step->s->flags & (TCP_SYN | TCP_RST)))
        return;
    if (block_beyond(step, NULL) || (!sacks && ack_is_duplicate(step)))
        c->holes = (c->holes | bit) & 3u;
    else if (sacks || step->ack >= y->snd_nxt) /* less may be as far as to the next hole */
        c->holes = c->holes & ~bit & 3u;
    int64_t end = y->fin_seq + 1;
    if ((y->flags & END_FIN) && block_beyond(step, &end) && !(c->fin_behind & bit))
        machine_withdraw(step->pool, c, step->x_id, DELIVERY_FIN);
}

void hole_find(struct step *step)
{
    const struct endpoint *x = step->x;
    struct connection *c = step->c;
    unsigned bit = 1u << step->x_id;
    bool after_fin = (x->flags & END_FIN) && !(x->flags & END_FIN_ACKED) &&
                     !(step->facts & WHEN_FIN) && !(step->marks & MARK_COPY);

    if (!after_fin || !(step->facts & WHEN_DATA))
        return;
    /* What passes behind the FIN for the first time is a hole before its receiver can say so. */
    bool known = (c->holes & bit) || (step->marks & MARK_LATE) || (x->flags & END_GAP);
    bool next = step->seq <= x->snd_una && step->end > x->snd_una;
    /* Of several holes the last to be filled counts; with SACK only they are sent again. */
    bool other = step->seq > x->snd_una && (x->flags & step->y->flags & END_SACK) &&
                 (step->marks & (MARK_REPEATED | MARK_LATE));
    if (!known || !(next || other) || step->end > x->fin_seq)
        return;
    step->facts |= WHEN_FILLS_HOLE;
    c->fin_behind = (c->fin_behind | bit) & 3u;
}
