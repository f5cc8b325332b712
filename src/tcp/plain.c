/*
 * plain: the conditions, in groups by the part of tcp/ whose work is nothing where they hold, and
 * what is left to do. Where a comment names a function, its conditions stand here again: who
 * changes one changes both.
 */
#include "tcp/plain.h"

#include "tcp/history_pool.h"
#include "tcp/reset.h"
#include "tcp/sequence.h"
#include "tcp/sight.h"

/* Of the segment alone. */
static bool segment_is_usual(const struct segment *s)
{
    /* SYN, FIN and RST are what conditions, milestones, the machine, resets and most checks are
     * about. Without ACK it belongs to no connection (machine.c, step_lacks_ack()). */
    return (s->flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) == TCP_ACK &&
           /* passage.c, step_damaged(): counted, or damaged. */
           !(s->facts & FACT_CHECKSUM_BAD) &&
           /* hole.c, block_beyond(). */
           !(s->options & OPTION_SACK) &&
           /* sequence.c, marks_find(): MARK_WINDOW_CLOSED. */
           s->window != 0;
}

/*
 * Neither end has closed. machine_sent(): no row applies to an end that is ESTABLISHED, without a
 * FIN or RST or the acknowledgement of a FIN. machine_deliver() and note_challenge(): Y waits for
 * nothing. END_FIN of X: what follows its own FIN (arithmetic.c, hole.c, milestone.c); of Y: what
 * follows the other's.
 */
static bool ends_are_open(const struct endpoint *x, const struct endpoint *y)
{
    return x->state == STATE_ESTABLISHED && y->state == STATE_ESTABLISHED &&
           !((x->flags | y->flags) & END_FIN);
}

/*
 * One end has closed, and knows that the other has its FIN: no row applies to X in CLOSE_WAIT without
 * a FIN or RST, nor in FIN_WAIT_2 without the acknowledgement of a FIN. What the first segment after
 * the FIN tells is noted.
 */
static bool ends_are_half_open(const struct endpoint *x, const struct endpoint *y,
                               const struct segment *s)
{
    const unsigned told = END_LATE_PAYLOAD | END_PAYLOAD_ACKS_FIN;
    if (x->state == STATE_CLOSE_WAIT && y->state == STATE_FIN_WAIT_2)
        /* check_ack_of_fin(), note_ack_of_fin(); note_payload() and update_conversation(). */
        return !(x->flags & END_FIN) && (y->flags & END_FIN_ACKED) &&
               (s->payload_len == 0 || (x->flags & told) == told);
    /* check_fin(); hole_find() and take_fin_back(): no payload beyond the FIN. */
    return x->state == STATE_FIN_WAIT_2 && y->state == STATE_CLOSE_WAIT &&
           (x->flags & END_FIN_CHECKED) && !(y->flags & END_FIN) && s->payload_len == 0;
}

/* Both directions have their first numbers, and nothing of them is in doubt. */
static bool ends_are_known(const struct endpoint *x, const struct endpoint *y)
{
    const unsigned bases = END_ISN_KNOWN | END_ISN_ASSUMED;
    /* END_SEEN: sequence_update() sets it, milestones and marks ask for it. END_RESET_BELIEVED:
     * what follows its own RST (reset.c, passage.c). */
    return (x->flags & (END_SEEN | END_RESET_BELIEVED)) == END_SEEN &&
           /* reset.c, review_receiver(). */
           !(x->pending & RESETS_PENDING) &&
           /* sequence.c, bases_learn() and isn_choose(). */
           (x->flags & bases) && (y->flags & bases) && !(y->flags & END_ISN_OTHER) &&
           /* condition.c and milestone_note(): END_SYN_ACKED. */
           (y->flags & (END_ISN_KNOWN | END_SYN_ACKED)) != END_ISN_KNOWN;
}

/* The opening is over: what is noted of it once is noted. */
static bool opening_is_noted(const struct connection *c, const struct endpoint *x,
                             const struct endpoint *y)
{
    const unsigned syns = END_SYN | END_SYNACK;
    /* milestone.c, note_third_ack(). */
    return ((c->flags & CONN_SYNACK_ACKED) || !((x->flags | y->flags) & syns)) &&
           /* arithmetic.c, check_third(). */
           ((c->flags & CONN_THIRD_CHECKED) || !(x->flags & END_SYN)) &&
           /* arithmetic.c, check_after_pure_ack(): made once. */
           (x->flags & (END_PURE_ACK | END_PURE_ACK_CHECKED)) != END_PURE_ACK;
}

/* The connection is not in doubt. */
static bool connection_is_usual(const struct step *step)
{
    const struct connection *c = step->c;
    const struct segment *s = step->s;
    /* passage.c, step_run(): a socket that is connected to itself has the same port twice. */
    return s->source_port != s->destination_port &&
           /* incarnation_challenged(): no SYN waits. */
           c->provisional == 0 &&
           /* role_review(): payload tells who is the client. */
           (s->payload_kind == PAYLOAD_NONE || (step->x->flags & END_DATA) ||
            c->role_evidence <= ROLE_PAYLOAD) &&
           /* hole_note(): Y is not known to lack anything of X's peer; no news of that follows. */
           !(c->holes & 1u << step->y_id) &&
           /* sequence.c, step_window_is_closed(): no probe, and Y was seen. */
           step->y->window_last != 0 &&
           /* sight_note(): nothing new. */
           !(step_sight(step) & ~connection_sight(c, step->x_id)) &&
           /* passage.c, step_damaged(): told once. */
           (!(s->facts & FACT_CHECKSUM_PARTIAL) || (step->x->flags & END_PARTIAL_TOLD));
}

/* Bytes that are new and come next. X's SND.NXT is the segment's number. */
static bool data_is_usual(const struct step *step)
{
    const struct endpoint *x = step->x;
    const struct segment *s = step->s;
    /* arithmetic.c, check_first_data(): made once. */
    return ((x->flags & END_DATA_CHECKED) || !(x->flags & (END_SYN | END_SYNACK))) &&
           /* sequence.c, segment_is_copy(): the segment before began elsewhere. */
           x->last_seq != s->seq &&
           /* sequence.c, payload_was_on_syn(). */
           x->snd_nxt > endpoint_isn(x) + x->syn_payload &&
           /* sequence.c, base_lower(). */
           (!(x->flags & END_ISN_ASSUMED) || seq_diff(s->seq, x->isn + 1) >= 0);
}

bool plain_begin(struct step *step)
{
    struct endpoint *x = step->x;
    const struct endpoint *y = step->y;
    const struct segment *s = step->s;

    if (step->pool->no_shortcut || !segment_is_usual(s) || s->seq != (uint32_t)x->snd_nxt ||
        !(ends_are_open(x, y) || ends_are_half_open(x, y, s)) || !ends_are_known(x, y) ||
        !opening_is_noted(step->c, x, y) || !connection_is_usual(step))
        return false;
    int64_t ack = seq_unwrap(y->snd_nxt, s->ack);
    /* It acknowledges what was seen, and no less than before: reset.c, was_overtaken(); sequence.c,
     * ack_believable() and update_ack(). */
    if (ack < y->snd_una || ack > y->snd_nxt || ack < endpoint_isn(y))
        return false;
    /* hole.c, ack_is_duplicate(), whatever the window: nothing new while more is outstanding. */
    if (s->payload_len > 0 ? !data_is_usual(step) : ack == y->snd_una && ack < y->snd_nxt)
        return false;
    step->seq = x->snd_nxt;
    step->end = step->seq + s->payload_len;
    step->ack = ack;
    step->has_ack = true;
    step->after_ack = (x->flags & END_PURE_ACK) != 0;
    x->flags &= ~(unsigned)END_PURE_ACK;
    if (s->payload_len == 0)
        x->flags |= END_PURE_ACK;
    if ((s->facts & FACT_CHECKSUM_PARTIAL) && x->partial_checksums < UINT16_MAX)
        x->partial_checksums++;
    return true;
}

/* New payload. */
static void data_update(struct step *step)
{
    struct connection *c = step->c;
    struct endpoint *x = step->x;
    const struct segment *s = step->s;
    unsigned bit = 1u << step->x_id;

    x->flags &= ~(unsigned)(END_PEER_SPOKE_LAST | END_LAST_TSVAL);
    if (!(step->y->flags & END_FIN)) /* milestone.c, note_fin_may_wait() */
        x->flags &= ~(unsigned)END_FIN_MAY_WAIT;
    x->flags |= END_DATA | ((s->options & OPTION_TIMESTAMPS) ? END_LAST_TSVAL : 0u);
    c->probed &= ~bit & 3u;
    c->probes[step->x_id] = 0;
    x->payload_sent += s->payload_len;
    x->snd_nxt = step->end;
    x->last_seq = s->seq;
    x->last_len = s->payload_len & INT32_MAX;
    x->last_late = 0;
    x->last_ip_id = s->ip_version == 4 ? s->ip_id : 0;
    x->last_tsval = s->tsval;
}

void plain_update(struct step *step)
{
    struct endpoint *x = step->x, *y = step->y;
    const struct segment *s = step->s;
    uint32_t window = step_window(step);

    if (s->payload_len > 0)
        data_update(step);
    if (step->ack > y->snd_una) {
        y->snd_una = step->ack;
        if (y->flags & END_DATA)
            x->flags |= END_PEER_SPOKE_LAST;
    }
    x->flags &= ~(unsigned)END_JUMP;
    step->c->probes[step->y_id] = 0;
    x->ttl = s->ttl;
    x->window_last = s->window;
    if (window > x->window_max)
        x->window_max = window;
    if (x->segments < UINT32_MAX)
        x->segments++;
}
