/*
 * condition: from numbers and flags to what the rows of the state machine ask for.
 */
#include "tcp/condition.h"

#include "base/time_text.h"
#include "tcp/sequence.h"

/* What a program takes at most that closes as soon as it hears of a FIN, ns; and the way to it and
 * back, where that was not measured. */
#define CLOSES_AT_ONCE (20 * NS_PER_MS)
#define WAY_UNKNOWN (80 * NS_PER_MS)

static void facts_of_flags(struct step *step)
{
    const struct segment *s = step->s;
    if (s->flags & TCP_RST)
        return; /* tcp/reset decides whether it counts */
    if (s->flags & TCP_SYN) {
        step->facts |= (s->flags & TCP_ACK) ? WHEN_SYNACK : WHEN_SYN;
        return;
    }
    if (s->flags & TCP_ACK)
        step->facts |= WHEN_ACK;
    if (s->payload_len > 0)
        step->facts |= WHEN_DATA;
    if (s->flags & TCP_FIN)
        step->facts |= WHEN_FIN;
}

static void facts_of_ack(struct step *step)
{
    const struct endpoint *y = step->y;
    if (!step->has_ack)
        return;
    int64_t after_syn = endpoint_isn(y) + 1;
    int64_t after_syn_data = after_syn + ((step->c->flags & CONN_FAST_OPEN) ? y->syn_payload : 0);
    bool isn_known = y->flags & END_ISN_KNOWN;
    /* A SYN-ACK that acknowledges more answers another SYN. */
    bool answers_other = (step->facts & WHEN_SYNACK) && (y->flags & END_SYN) &&
                         step->ack > after_syn + y->syn_payload;

    if (isn_known && step->ack >= after_syn && !answers_other)
        step->facts |= WHEN_ACKS_SYN;
    if (isn_known && step->ack > after_syn_data)
        step->facts |= WHEN_ACKS_MORE;
    /* More than the FIN + 1 acknowledges what can't have been sent: that counts for nothing. */
    if ((y->flags & END_FIN) && step->ack == y->fin_seq + 1)
        step->facts |= WHEN_ACKS_FIN;
}

/*
 * Whether X most likely had the peer's FIN before the acknowledgement of its own: it passed
 * first. How soon this segment follows says nothing: a capture at X sees the answer at once.
 */
static bool fin_ack_is_late(const struct step *step)
{
    uint64_t ack_frame, fin_frame;
    int64_t unused;
    uint32_t log = step->c->log;

    return history_pending(step->pool, log, step->x_id, DELIVERY_ACK_OF_FIN, &ack_frame,
                           &unused) &&
           history_pending(step->pool, log, step->x_id, DELIVERY_FIN, &fin_frame, &unused) &&
           fin_frame < ack_frame;
}

/* May an end have sent its FIN before the capture began? Not one that sends payload or a FIN now;
 * and what follows X's payload without a number between shows that none was sent. */
static void facts_of_past(struct step *step)
{
    bool shows = (step->facts & (WHEN_DATA | WHEN_FIN)) &&
                 !(step->marks & (MARK_KEEP_ALIVE | MARK_WINDOW_PROBE));
    bool number_between = step->seq != step->x->snd_nxt;

    if ((step->c->flags & CONN_MIDSTREAM) && !shows &&
        (connection_past_unknown(step->c, step->x_id) ||
         (number_between && !(step->x->flags & END_FIN))))
        step->facts |= WHEN_X_PAST_UNKNOWN;
    if (connection_past_unknown(step->c, step->y_id))
        step->facts |= WHEN_Y_PAST_UNKNOWN;
}

/* Whether this delivery toward X passed so long ago that X had it when it sent this segment. */
static bool delivery_was_there(const struct step *step, enum delivery delivery)
{
    uint64_t frame;
    int64_t time, leg = connection_leg(step->c, step->x_id);

    return history_pending(step->pool, step->c->log, step->x_id, delivery, &frame, &time) &&
           step->s->time - time >= leg / 10 * 8;
}

/*
 * Whether X's RST may have been sent knowing the acknowledgement of its FIN: that was there in
 * time, and a RST that answers a segment carries its ACK (RFC 9293 §3.10.7.1), which shows it. To
 * an end that was reset before it came it meant nothing, nor to one that sent RSTs before this
 * one, whose numbers were too old to count.
 */
static bool reset_knows_ack(const struct step *step)
{
    bool numbered = (step->s->flags & TCP_ACK) || step->seq == step->x->fin_seq + 1;
    uint64_t ack_frame, reset_frame;
    int64_t unused;
    uint32_t log = step->c->log;
    bool reset_before =
        history_pending(step->pool, log, step->x_id, DELIVERY_ACK_OF_FIN, &ack_frame, &unused) &&
        history_pending(step->pool, log, step->x_id, DELIVERY_RST, &reset_frame, &unused) &&
        reset_frame < ack_frame;

    return numbered && !reset_before && step->x->resets == 0 &&
           delivery_was_there(step, DELIVERY_ACK_OF_FIN);
}

/*
 * What X acknowledges the peer's FIN with comes behind a number that the capture does not hold:
 * that may have been X's own FIN.
 */
static bool fin_may_be_unseen(const struct step *step)
{
    return (step->facts & WHEN_ACKS_FIN) && endpoint_is_open(step->x) &&
           step->seq > step->x->snd_nxt;
}

/*
 * X answers the peer's FIN with its own, and not at once. Who closes later acknowledges the FIN
 * first (RFC 9293 §3.8.6.3: within 0.5 s, and at once in most stacks); that nothing of it was
 * captured may mean that this FIN was sent before, too, and that it was lost before the capture.
 */
static bool fin_may_be_repeat(const struct step *step)
{
    const struct endpoint *y = step->y;
    uint64_t frame;
    int64_t time;

    if (!(step->facts & WHEN_FIN) || !(step->facts & WHEN_ACKS_FIN) ||
        !endpoint_is_open(step->x) || step->misordered)
        return false;
    int64_t leg = connection_leg(step->c, step->x_id);
    /* Of a FIN that came again it may be an answer to the first, unless its timestamp tells. */
    bool to_newest = y->fins <= 1 || ((step->s->options & OPTION_TIMESTAMPS) &&
                                      (y->flags & END_LAST_TSVAL) &&
                                      step->s->tsecr == y->last_tsval);
    int64_t patience = (leg > 0 ? leg + leg / 4 : WAY_UNKNOWN) + CLOSES_AT_ONCE;

    return history_pending(step->pool, step->c->log, step->x_id, DELIVERY_FIN, &frame, &time) &&
           (!to_newest || step->s->time - time > patience);
}

/* The acknowledgement of X's FIN: whether it came, and with what. */
static void facts_of_fin_ack(struct step *step)
{
    const struct endpoint *x = step->x, *y = step->y;
    /* Who acknowledges a FIN has the acknowledgement that is in it, whatever was lost before. */
    bool in_fin = (step->facts & WHEN_ACK) && (step->facts & WHEN_ACKS_FIN) &&
                  (x->flags & END_FIN) && (y->flags & END_FIN_ACKS_PEER);
    bool pending = x->pending & 1u << DELIVERY_ACK_OF_FIN;

    if (x->state == STATE_FIN_WAIT_2 && x->certainty <= CERTAINTY_PROVED)
        step->facts |= WHEN_FIN_ACK_HAD;
    if (!pending && !in_fin)
        return;
    if ((step->s->flags & TCP_RST) && !reset_knows_ack(step))
        return;
    bool late = pending && (step->facts & WHEN_ACKS_FIN) && fin_ack_is_late(step);
    step->facts |= WHEN_FIN_ACKED;
    if ((x->flags & END_FIN_ACKED_BY_FIN) || (in_fin && (late || !pending)))
        step->facts |= WHEN_FIN_ACKED_BY_FIN;
    if ((y->flags & END_PAYLOAD_ACKS_FIN) && step->has_ack &&
        seq_diff((uint32_t)step->ack, y->ack_carried_end) >= 0)
        step->facts |= WHEN_FIN_ACK_PROVED;
    if (in_fin || (step->facts & WHEN_FIN_ACK_PROVED))
        step->facts |= WHEN_FIN_ACK_HAD;
    if (late)
        step->facts |= WHEN_FIN_ACK_LATE;
}

/*
 * X echoes a timestamp that is newer than Y's SYN (RFC 7323 §3.2): what brought it carried the
 * acknowledgement of X's SYN, as all of Y's segments after its SYN do.
 */
static bool echo_is_newer(const struct step *step)
{
    const struct endpoint *y = step->y;
    bool known = (step->s->options & OPTION_TIMESTAMPS) && (step->s->flags & TCP_ACK) &&
                 (y->flags & END_LAST_TSVAL);
    bool only_syn = y->last_seq == y->isn;
    int32_t newer = seq_diff(step->s->tsecr, y->last_tsval);

    return known && (only_syn ? newer > 0 : newer >= 0);
}

static void facts_of_connection(struct step *step)
{
    const struct endpoint *x = step->x, *y = step->y;

    if (y->flags & (END_SYN | END_SYNACK))
        step->facts |= WHEN_PEER_SYN;
    if (!(y->flags & END_SEEN))
        step->facts |= WHEN_Y_UNKNOWN;
    if ((step->c->flags & CONN_FAST_OPEN) && !echo_is_newer(step))
        step->facts |= WHEN_FAST_OPEN;
    facts_of_past(step);
    /* A RST may have left before the third ACK came. */
    if ((x->pending & 1u << DELIVERY_ACK_OF_SYN) &&
        (!(step->s->flags & TCP_RST) || delivery_was_there(step, DELIVERY_ACK_OF_SYN)))
        step->facts |= WHEN_SYN_ACKED;
    if (x->pending & 1u << DELIVERY_RST)
        step->facts |= WHEN_RST_CAME;
    if ((x->flags & END_FIN_MAY_WAIT) || fin_may_be_unseen(step) || fin_may_be_repeat(step))
        step->facts |= WHEN_FIN_MAY_WAIT;
    facts_of_fin_ack(step);
}

void conditions_find(struct step *step)
{
    facts_of_flags(step);
    facts_of_ack(step);
    facts_of_connection(step);
    bool fin_again = (step->x->flags & END_FIN) && step->end - 1 == step->x->fin_seq;
    bool syn_again = step->x->flags & (END_SYN | END_SYNACK);
    if (((step->facts & WHEN_FIN) && fin_again) ||
        ((step->facts & (WHEN_SYN | WHEN_SYNACK)) && syn_again))
        step->facts |= WHEN_REPEATED;
}
