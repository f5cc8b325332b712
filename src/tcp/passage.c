/* passage: damaged segments, and the order of the parts. */
#include "tcp/passage.h"

#include "tcp/arithmetic.h"
#include "tcp/audit.h"
#include "tcp/condition.h"
#include "tcp/history_pool.h"
#include "tcp/hole.h"
#include "tcp/loss.h"
#include "tcp/machine.h"
#include "tcp/milestone.h"
#include "tcp/neighbour.h"
#include "tcp/plain.h"
#include "tcp/reset.h"
#include "tcp/sequence.h"
#include "tcp/sight.h"
#include "tcp/tempo.h"

/* Counts what is wrong with the checksum; true when the segment is damaged. */
static bool step_damaged(struct step *step)
{
    struct endpoint *x = step->x;
    const struct segment *s = step->s;

    if (s->facts & FACT_CHECKSUM_PARTIAL) {
        if (x->partial_checksums < UINT16_MAX)
            x->partial_checksums++;
        if (!(x->flags & END_PARTIAL_TOLD)) {
            struct event event = step_event_init(step, EVENT_CHECKSUM_PARTIAL, step->x_id);
            step_event(step, &event);
            x->flags |= END_PARTIAL_TOLD;
        }
    }
    if (!(s->facts & FACT_CHECKSUM_BAD))
        return false;
    bool damaged = segment_is_damaged(x, s);
    if (x->bad_checksums < CHECKSUMS_MEAN_NOTHING - (damaged ? 1 : 0))
        x->bad_checksums++;
    if (!damaged)
        return false;
    struct event event = step_event_init(step, EVENT_CHECKSUM_BAD, step->x_id);
    step_event(step, &event);
    step->marks |= MARK_DAMAGED;
    return true;
}

/*
 * The other FIN, which stands before this one in the capture, acknowledges it: its sender had this
 * one, and did not close first. What it was taken for is withdrawn.
 */
static bool fin_taken_for_first(struct step *step)
{
    struct endpoint *y = step->y;
    if (y->state != STATE_FIN_WAIT_1 || !(y->flags & END_FIN_ACKS_PEER))
        return false;
    enum tcp_state before =
        history_withdraw_transition(step->pool, step->c->log, step->y_id, STATE_FIN_WAIT_1);
    y->state = before != STATE_NONE ? (uint8_t)before : STATE_ESTABLISHED;
    y->certainty = CERTAINTY_INFERRED;
    return true;
}

/*
 * The capture holds the acknowledgement of this FIN before the FIN itself: frames were swapped
 * on their way into the file. What that acknowledgement showed about its sender is applied now,
 * as inferred.
 */
static void step_misordered_fin(struct step *step)
{
    struct endpoint *x = step->x;
    bool acked = (step->facts & WHEN_FIN) && !(step->facts & WHEN_REPEATED) &&
                 x->snd_una > x->fin_seq && !(x->flags & END_FIN_ACKED);
    if (!acked)
        return;
    bool closes = fin_taken_for_first(step);
    struct segment answer = *step->s;
    answer.flags = TCP_ACK;
    answer.payload_len = 0;
    answer.seq = (uint32_t)step->y->snd_nxt;
    answer.ack = (uint32_t)x->fin_seq + 1;
    struct step after = { .pool = step->pool,
                          .c = step->c,
                          .s = &answer,
                          .x_id = step->y_id,
                          .y_id = step->x_id,
                          .x = step->y,
                          .y = step->x,
                          .misordered = true };
    sequence_place(&after);
    conditions_find(&after);
    milestone_note(&after);
    machine_sent(&after);
    machine_deliver(&after);
    if (!closes)
        return;
    after.facts |= WHEN_FIN; /* which was counted when it passed */
    machine_sent(&after);
}

/*
 * Whether the segment stands in the capture right behind the acknowledgement of it, and is what its
 * sender sent next. Nothing is acknowledged before it is sent: the recorder mixed the two up.
 */
static bool step_is_behind_answer(const struct step *step)
{
    const struct segment *s = step->s;
    const struct endpoint *x = step->x;
    int64_t after = s->time - step->y->last_time;
    bool first_syn = (s->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && x->syns == 1;
    bool next = !(s->flags & TCP_SYN) && x->last_len > 0 && s->seq == x->last_seq + x->last_len &&
                (step->marks & (MARK_LATE | MARK_REPEATED)) == MARK_LATE;

    return (first_syn || next) && segment_seq_len(s) > 0 && (step->y->flags & END_SEEN) &&
           step->end <= x->snd_una && after < MISORDER_MAX && after > -MISORDER_MAX;
}

/* What the segment shows of both ends' states, and its numbers. */
static void segment_apply(struct step *step)
{
    milestone_note(step);
    machine_sent(step);
    milestone_note_fin(step);
    step->behind_answer = step_is_behind_answer(step);
    sequence_update(step);
    machine_deliver(step);
}

static void segment_finish(const struct step *step)
{
    struct connection *c = step->c;

    if (step->s->frame > c->last_frame)
        c->last_frame = step->s->frame & FRAME_MAX;
    if (step->s->time > c->last_time)
        c->last_time = step->s->time;
}

/* The parts that keep a log. Of one that is light the last keeps nothing, nor does tcp/neighbour. */
static void segment_log(struct step *step)
{
    step->window = step_window(step);
    audit_check(step);
    loss_segment(step);
    if (!step->c->light)
        tempo_segment(step);
}

static void segment_pass(struct step *step)
{
    struct connection *c = step->c;
    bool logged = c->log != 0 && !step->mirrored; /* with -q nothing is */

    bool damaged = step_damaged(step);
    if (!damaged) {
        sight_note(step);
        sequence_place(step);
        conditions_find(step);
    }
    if (logged && !step->c->light)
        neighbour_note(step);
    if (damaged) {
        audit_damaged(step);
        loss_damaged(step);
    } else {
        if (step->s->flags & TCP_RST) {
            if (step->x->resets < UINT8_MAX)
                step->x->resets++;
            reset_judge(step);
        } else {
            reset_review(step);
        }
        hole_find(step);
        hole_note(step);
        arithmetic_check(step);
        if (logged)
            segment_log(step);
        segment_apply(step);
        if (logged)
            audit_note(step);
        if (c->log != 0)
            loss_close(step);
        step_misordered_fin(step);
        /* Of the sender of a RST it stays the RST's: what still comes is measured from there. */
        if (!(step->x->flags & END_RESET_BELIEVED) || (step->s->flags & TCP_RST))
            step->x->last_time = step->s->time;
    }
    segment_finish(step);
}

/* The same of a plain segment, where most parts have nothing to do. */
static void segment_pass_plain(struct step *step)
{
    bool logged = step->c->log != 0;

    if (logged) {
        if (!step->c->light)
            neighbour_note(step);
        segment_log(step);
    }
    if (step->marks == 0) {
        plain_update(step);
    } else { /* it is not so plain: tcp/loss knows more of what was sent before */
        conditions_find(step);
        segment_apply(step);
    }
    if (logged) {
        audit_note(step);
        loss_close(step);
    }
    step->x->last_time = step->s->time;
    segment_finish(step);
}

/* The other one's view of a segment that a socket sent to itself. */
static void step_run_mirrored(const struct step *step)
{
    struct segment again = *step->s;
    struct step mirrored = { .pool = step->pool,
                             .c = step->c,
                             .s = &again,
                             .x_id = step->y_id,
                             .y_id = step->x_id,
                             .x = step->y,
                             .y = step->x,
                             .mirrored = true };
    /* A RST is one end's: the other end is told by its arrival. */
    if ((step->marks & MARK_DAMAGED) || (step->s->flags & TCP_RST))
        return;
    /* Its checksum was counted. */
    again.facts &= ~(uint32_t)(FACT_CHECKSUM_GOOD | FACT_CHECKSUM_BAD | FACT_CHECKSUM_PARTIAL);
    segment_pass(&mirrored);
}

void step_run(struct step *step)
{
    if (step->plain) {
        segment_pass_plain(step);
        return;
    }
    segment_pass(step);
    if (flow_key_is_self(&step->c->entry.key))
        step_run_mirrored(step);
}
