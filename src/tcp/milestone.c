/*
 * milestone: RFC 9293 §3.5 (opening), §3.6 (closing), RFC 7413 (fast open).
 */
#include "tcp/milestone.h"

#include "base/seq.h"
#include "model/summary.h"
#include "tcp/machine.h"
#include "tcp/objection.h"
#include "tcp/reset.h"
#include "tcp/sequence.h"

#define MSS_DEFAULT 536      /* RFC 9293 §3.7.1 */
#define WINDOW_SCALE_MAX 14u /* RFC 7323 §2.3 */

_Static_assert(SUMMARY_COUNT_MAX == UINT8_MAX, "where the counters end, their readers say so");

static void count(uint8_t *counter)
{
    if (*counter < UINT8_MAX)
        ++*counter;
}

static void note_options(struct endpoint *x, const struct segment *s)
{
    if (s->options & OPTION_MSS)
        x->mss = s->mss;
    if (s->options & OPTION_WINDOW_SCALE) {
        x->window_scale =
            (s->window_scale <= WINDOW_SCALE_MAX ? s->window_scale : WINDOW_SCALE_MAX) & 15u;
        x->flags |= END_SCALE;
    }
    if (s->options & OPTION_SACK_PERMITTED)
        x->flags |= END_SACK;
    if (s->options & OPTION_TIMESTAMPS)
        x->flags |= END_TIMESTAMPS;
    if (s->facts & (FACT_OPTIONS_TRUNCATED | FACT_OPTION_MALFORMED))
        x->flags |= END_OPTIONS_UNKNOWN;
}

/*
 * Why the SYN-ACK acknowledges no data: it may answer a SYN that was sent again without, and its
 * timestamp tells (RFC 7323 §3.2). The newest SYN's is known; what lies between is not.
 */
static enum fast_open_fate fast_open_missed(const struct step *step)
{
    const struct endpoint *y = step->y;
    if (y->syns <= 1 || y->last_len > 1) /* one SYN, or none without data */
        return FAST_OPEN_REFUSED;
    if (!(step->s->options & OPTION_TIMESTAMPS) || !(y->flags & END_LAST_TSVAL))
        return FAST_OPEN_UNCLEAR;
    if (step->s->tsecr == y->last_tsval)
        return FAST_OPEN_UNHEARD;
    return y->syns == 2 ? FAST_OPEN_REFUSED : FAST_OPEN_UNCLEAR;
}

/* What the SYN-ACK says about data on the SYN. */
static void note_fast_open(struct step *step)
{
    struct endpoint *y = step->y;
    if (y->syn_payload == 0 || !step->has_ack)
        return;
    int64_t taken = step->ack - endpoint_isn(y) - 1;
    struct event event = step_event_init(step, EVENT_FAST_OPEN, step->y_id);
    event.detail = taken > 0 ? FAST_OPEN_TAKEN : (uint8_t)fast_open_missed(step);
    event.observed = y->syn_payload;
    step_event(step, &event);
    if (taken > 0)
        step->c->flags |= CONN_FAST_OPEN;
    /* What was not taken is sent after the handshake as if for the first time: no loss. */
    if (taken >= 0 && taken < y->syn_payload && !(y->flags & END_DATA))
        y->snd_nxt = step->ack;
}

/* The refusal by this end does not hold any more. */
static void refusal_forget(struct connection *c, struct endpoint *refuser)
{
    c->flags &= (uint16_t)~(CONN_REFUSED | CONN_RESET | CONN_FIRST_CLOSER_KNOWN |
                            CONN_FIRST_CLOSER_SERVER);
    refuser->flags &= ~(unsigned)END_RST;
}

/* The number that Y acknowledged in SYN_SENT was not that of a SYN-ACK: it had none (T12). */
static void unseen_synack_forget(struct step *step)
{
    struct connection *c = step->c;
    struct endpoint *y = step->y;

    if (y->state != STATE_ESTABLISHED || !(y->flags & END_SYN))
        return;
    history_withdraw_transition(step->pool, c->log, step->y_id, STATE_ESTABLISHED);
    machine_withdraw(step->pool, c, step->x_id, DELIVERY_ACK_OF_SYN);
    c->flags &= (uint16_t)~CONN_SYNACK_ACKED;
    y->state = STATE_SYN_SENT;
    y->certainty = CERTAINTY_OBSERVED;
}

static void note_first_syn(struct step *step)
{
    struct endpoint *x = step->x;
    const struct segment *s = step->s;
    bool synack = step->facts & WHEN_SYNACK;

    x->flags |= synack ? END_SYNACK : END_SYN;
    count(&x->syns);
    note_options(x, s);
    if (!synack || !(x->flags & END_SYN))
        x->syn_payload = (uint16_t)(s->payload_len < UINT16_MAX ? s->payload_len : UINT16_MAX);
    if (!synack)
        return;
    if (step->misfit)
        unseen_synack_forget(step);
    if ((step->y->flags & END_SYN) && !(x->flags & END_SYN))
        step->c->leg_server =
            s->time - (step->y->syns == 1 && step->c->role_evidence == ROLE_SYN
                           ? step->c->first_time
                           : step->y->last_time);
    if (step->c->flags & CONN_REFUSED) /* it answers after all: the RST was not its last word */
        refusal_forget(step->c, x);
    note_fast_open(step);
}

/* Whether an answer to a delivery toward X that passed at `time` could not have stopped this
 * repeat: it was sent before the delivery reached X. */
static bool crossed(const struct step *step, enum delivery delivery)
{
    uint64_t frame;
    int64_t time;
    int64_t leg = connection_leg(step->c, step->x_id);
    return history_pending(step->pool, step->c->log, step->x_id, delivery, &frame, &time) &&
           step->s->time - time < leg / 10 * 8;
}

static void note_syn_again(struct step *step)
{
    struct endpoint *x = step->x;
    struct event event = step_event_init(step, EVENT_SYN_REPEATED, step->x_id);

    step->notable = true;
    if (step->marks & MARK_COPY) {
        if (step->facts & WHEN_SYN)
            connection_note_syn_copy(step->c);
        event.kind = EVENT_SYN_DUPLICATED;
        step_event(step, &event);
        return;
    }
    if (step->s->seq != x->isn) {
        event.kind = EVENT_ISN_CHANGED;
        event.observed = step->s->seq;
        step_event(step, &event);
        if (!(x->flags & END_SYN_ACKED)) { /* the one that is acknowledged will win (T16) */
            x->isn_other = step->s->seq;
            x->flags |= END_ISN_OTHER;
        }
        return;
    }
    count(&x->syns);
    event.observed = x->syns;
    objection_withdraw(step->pool, step->c, step->x_id);
    if ((step->facts & WHEN_SYN) && (step->c->flags & CONN_REFUSED)) {
        event.kind = EVENT_SYN_RETRIED;
        refusal_forget(step->c, step->y);
        machine_withdraw(step->pool, step->c, step->x_id, DELIVERY_RST);
    }
    if (x->syns <= REPEATS_LOGGED)
        step_event(step, &event);
    /* A SYN-ACK again: the third ACK had not arrived (T15), nor a RST (R9). */
    if ((step->facts & WHEN_SYNACK) && !crossed(step, DELIVERY_ACK_OF_SYN))
        machine_withdraw(step->pool, step->c, step->x_id, DELIVERY_ACK_OF_SYN);
    if ((step->facts & WHEN_SYNACK) && !crossed(step, DELIVERY_RST))
        machine_withdraw(step->pool, step->c, step->x_id, DELIVERY_RST);
}

static void note_syn(struct step *step)
{
    const struct endpoint *x = step->x;
    unsigned kind = (step->facts & WHEN_SYNACK) ? END_SYNACK : END_SYN;

    if (!(step->facts & (WHEN_SYN | WHEN_SYNACK)))
        return;
    if (x->flags & kind)
        note_syn_again(step);
    else
        note_first_syn(step);
}

/* An ACK with other numbers answers the SYN: its sender has an older connection
 * (RFC 5961 §4.2). */
static void note_challenge(struct step *step)
{
    if (!(step->facts & WHEN_ACK) || (step->facts & (WHEN_ACKS_SYN | WHEN_DATA | WHEN_FIN)) ||
        step->y->state != STATE_SYN_SENT || !(step->y->flags & END_SYN) ||
        (step->x->flags & (END_SYN | END_SYNACK)))
        return;
    struct event event = step_event_init(step, EVENT_SYN_CHALLENGED, step->x_id);
    step_event(step, &event);
    step->marks |= MARK_CHALLENGE;
    step->notable = true;
}

/* The SYN-ACK is acknowledged, or must have been. */
static void note_third_ack(struct step *step)
{
    struct connection *c = step->c;
    const struct endpoint *x = step->x, *y = step->y;

    if (!(step->facts & WHEN_ACK) || (c->flags & CONN_SYNACK_ACKED))
        return;
    bool acks_synack = (step->facts & WHEN_ACKS_SYN) && (y->flags & END_SYNACK);
    bool acks_unseen = (x->flags & END_SYN) && !(step->facts & WHEN_PEER_SYN);
    bool implied = (x->flags & END_SYNACK) && (step->facts & WHEN_ACKS_MORE) &&
                   (step->facts & WHEN_Y_UNKNOWN);
    if (!acks_synack && !acks_unseen && !implied)
        return;
    c->flags |= CONN_SYNACK_ACKED;
    step->notable = true;
    if (!acks_synack || c->leg_client >= 0)
        return;
    /* Not from the newest segment of Y: it may have sent data right behind its SYN-ACK. */
    bool once = c->role_evidence == ROLE_SYN && c->leg_server >= 0 && x->syns == 1 && y->syns == 1;
    c->leg_client = once ? step->s->time - c->first_time - c->leg_server
                         : step->s->time - y->last_time;
}

static void note_ack_of_fin(struct step *step)
{
    struct endpoint *y = step->y;
    if (!(step->facts & WHEN_ACKS_FIN) || (y->flags & END_FIN_ACKED))
        return;
    y->flags |= END_FIN_ACKED;
    if ((step->facts & WHEN_FIN) && !(step->facts & WHEN_REPEATED))
        y->flags |= END_FIN_ACKED_BY_FIN;
    step->notable = true;
}

/*
 * Whether Y could have had to hold back what it had queued when X's FIN came: too much was not
 * acknowledged until then, or the window left no room for a segment (RFC 9293 §3.8.6.2.1), before
 * the FIN or with it. Without the options of both SYNs the scale is not known.
 */
static bool peer_may_be_blocked(const struct step *step)
{
    const unsigned syns = END_SYN | END_SYNACK;
    const struct endpoint *x = step->x, *y = step->y;
    bool known = (x->flags & syns) && (y->flags & syns) &&
                 !((x->flags | y->flags) & END_OPTIONS_UNKNOWN);
    int64_t mss = x->mss ? x->mss : MSS_DEFAULT;
    int64_t outstanding = y->snd_nxt - y->snd_una;

    if (outstanding >= mss || step->s->window == 0)
        return true;
    if (!known)
        return false;
    bool scaled = x->flags & y->flags & END_SCALE;
    int64_t before = (int64_t)x->window_last << (scaled ? x->window_scale : 0);
    return step_window(step) < mss || before - outstanding < mss;
}

/* The newest number of this end is not in the capture: a byte, or its FIN. With payload that
 * reaches as far it was none. */
static void note_unseen_tail(struct endpoint *end, bool unseen, bool payload_to_there)
{
    if (unseen && endpoint_is_open(end))
        end->flags |= END_FIN_MAY_WAIT;
    else if (payload_to_there)
        end->flags &= ~END_FIN_MAY_WAIT;
}

/*
 * X has sent more than the peer's FIN acknowledges, or cannot send: a FIN of its own, queued by
 * CLOSE before that FIN came, would not have left yet (RFC 9293 §3.10.4). What the FIN does not
 * acknowledge has passed before it, or is sent before X acknowledges it.
 */
static void note_fin_may_wait(struct step *step)
{
    struct endpoint *x = step->x, *y = step->y;
    bool data = step->facts & WHEN_DATA, had_fin = y->flags & END_FIN;

    if ((step->facts & WHEN_ACK) && !(step->facts & WHEN_FIN) && (x->flags & END_SEEN))
        note_unseen_tail(x, !data && step->seq > x->snd_nxt,
                         data && !had_fin && step->end >= x->snd_nxt);
    if (step->has_ack && (step->facts & WHEN_ACK))
        note_unseen_tail(y, step->ack > y->snd_nxt, false);
    bool acks_fin = step->facts & WHEN_ACKS_FIN;
    if ((acks_fin && (step->facts & WHEN_FIN_MAY_WAIT)) ||
        (data && had_fin && !acks_fin && endpoint_is_open(x)))
        x->flags |= END_FIN_MAY_WAIT;
    if ((step->facts & WHEN_FIN) && endpoint_is_open(y) && step->has_ack &&
        (y->snd_nxt > step->ack || peer_may_be_blocked(step)))
        y->flags |= END_FIN_MAY_WAIT;
}

static void note_payload(struct step *step)
{
    struct endpoint *x = step->x;
    if (!(step->facts & WHEN_DATA) || (step->marks & MARK_COPY))
        return;
    if ((step->y->flags & END_FIN) && !(x->flags & END_LATE_PAYLOAD)) {
        struct event event = step_event_init(step, EVENT_PAYLOAD_AFTER_FIN, step->x_id);
        event.observed = step->s->payload_len;
        step_event(step, &event);
        x->flags |= END_LATE_PAYLOAD;
    }
    /* Not what was on the SYN: it is sent anew because it was not taken, not because it was lost. */
    if ((step->marks & MARK_REPEATED) && (x->flags & END_DATA) &&
        !(x->flags & END_REPEAT_TOLD)) {
        struct event event = step_event_init(step, EVENT_BYTES_REPEATED, step->x_id);
        event.observed = step->s->payload_len;
        step_event(step, &event);
        x->flags |= END_REPEAT_TOLD;
    }
}

/* Payload beyond its FIN, which nothing has acknowledged: that FIN was somebody else's, for an end
 * sends nothing more after CLOSE (RFC 9293 §3.6). */
static void take_fin_back(struct step *step)
{
    struct endpoint *x = step->x;
    int64_t payload_end = step->end - ((step->s->flags & TCP_FIN) != 0);
    bool beyond = (step->facts & WHEN_DATA) && !(step->marks & MARK_COPY) &&
                  (x->flags & END_FIN) && payload_end > x->fin_seq;

    if (!beyond || (x->flags & END_FIN_ACKED) || x->state != STATE_FIN_WAIT_1 || step->misordered)
        return;
    enum tcp_state before = history_withdraw_transition(step->pool, step->c->log, step->x_id,
                                                        STATE_FIN_WAIT_1);
    machine_withdraw(step->pool, step->c, step->y_id, DELIVERY_FIN);
    x->state = (uint8_t)(step->c->log != 0 ? before : STATE_ESTABLISHED);
    if (x->state == STATE_NONE) /* T5: picked up with that FIN */
        x->certainty = CERTAINTY_OBSERVED;
    else if (x->certainty < CERTAINTY_INFERRED)
        x->certainty = CERTAINTY_INFERRED;
    x->flags &= ~(unsigned)(END_FIN | END_FIN_ACKS_PEER);
    reset_closer_review(step->c);
}

void milestone_note(struct step *step)
{
    take_fin_back(step);
    note_syn(step);
    note_challenge(step);
    note_third_ack(step);
    if (step->facts & WHEN_ACKS_SYN)
        step->y->flags |= END_SYN_ACKED;
    if (step->facts & WHEN_FIN) {
        step->notable = true;
        if ((step->facts & WHEN_REPEATED) && !(step->marks & MARK_COPY) &&
            !crossed(step, DELIVERY_ACK_OF_FIN))
            machine_withdraw(step->pool, step->c, step->x_id, DELIVERY_ACK_OF_FIN);
    }
    note_ack_of_fin(step);
    note_fin_may_wait(step);
    note_payload(step);
}

void milestone_note_fin(struct step *step)
{
    struct endpoint *x = step->x;
    struct connection *c = step->c;

    if (!(step->facts & WHEN_FIN) || (step->marks & MARK_COPY))
        return;
    count(&x->fins);
    if (x->flags & END_FIN) {
        struct event event = step_event_init(step, EVENT_FIN_REPEATED, step->x_id);
        event.observed = x->fins;
        if (x->fins <= REPEATS_LOGGED)
            step_event(step, &event);
        /* Two FINs at different places: the one that is acknowledged is the real one. */
        if (step->end - 1 > x->fin_seq && !(x->flags & END_FIN_ACKED)) {
            x->fin_seq = step->end - 1;
            machine_withdraw(step->pool, c, step->y_id, DELIVERY_FIN);
        }
        return;
    }
    int64_t awaited = x->fin_seq; /* with CONN_FIN_ACKS_UNSEEN */
    x->flags |= END_FIN;
    x->fin_seq = step->end - 1;
    if (step->facts & WHEN_ACKS_FIN)
        x->flags |= END_FIN_ACKS_PEER;
    /* Two frames were swapped: the other FIN, which came first in the file, acknowledged this. */
    if ((c->flags & CONN_FIN_ACKS_UNSEEN) && (step->y->flags & END_FIN) &&
        awaited == step->end) {
        step->y->flags |= END_FIN_ACKS_PEER;
        x->flags |= END_FIN_ACKED_BY_FIN;
    }
    /* Or an ACK right before it did, and the number that it takes is missing since. */
    struct endpoint *y = step->y;
    bool missing = (y->flags & END_UNSEEN_TOLD) && !(y->flags & END_FIN) &&
                   step->ack == y->snd_nxt && y->last_seq + y->last_len != (uint32_t)y->snd_nxt;
    if (step->has_ack && (step->ack > y->snd_nxt || missing)) {
        c->flags |= CONN_FIN_ACKS_UNSEEN;
        if (!(y->flags & END_FIN))
            y->fin_seq = step->ack;
    }
    if (!(c->flags & CONN_FIRST_CLOSER_KNOWN)) {
        c->flags |= CONN_FIRST_CLOSER_KNOWN;
        if (step->x_id == SERVER)
            c->flags |= CONN_FIRST_CLOSER_SERVER;
    }
}
