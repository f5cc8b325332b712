/*
 * reset: judging RSTs. Nothing is believed blindly: a RST outside the receiver's window changes
 * no state, and one that its own sender contradicts is taken back.
 */
#include "tcp/reset.h"

#include "base/seq.h"
#include "tcp/machine.h"
#include "tcp/sequence.h"

/* A receiver whose window was never seen accepts at least this many numbers. */
#define WINDOW_DEFAULT INT64_C(65535)
/* Segments under way when a RST was sent may pass the capture point this much later, ns. */
#define UNDER_WAY_MIN INT64_C(100000000)
#define IGNORED_MIN INT64_C(20000000)
/* So long after its own last segment a host still has the connection, ns. */
#define REFUSES_WITHIN INT64_C(1000000000)

enum reset_verdict reset_verdict(const struct step *step)
{
    const struct endpoint *x = step->x, *y = step->y;
    int64_t seq = step->seq;
    int64_t window = y->window_max > WINDOW_DEFAULT ? y->window_max : WINDOW_DEFAULT;

    if (!(y->flags & END_SEEN)) /* nothing is known of what the receiver expects */
        return RESET_EXACT;
    if (seq == x->snd_una || seq == x->snd_nxt)
        return RESET_EXACT;
    if ((x->flags & END_FIN) && (seq == x->fin_seq || seq == x->fin_seq + 1))
        return RESET_EXACT;
    if (seq > x->snd_una && seq < x->snd_una + window)
        return RESET_IN_WINDOW;
    return RESET_OUTSIDE;
}

/* A host without the connection answers a segment that had no ACK (a scan's FIN) with number 0
 * and the end of that segment (RFC 9293 §3.10.7.1). Had the peer acknowledged anything, this
 * end's numbers would be counted from there. */
static bool answers_without_ack(const struct step *step)
{
    const struct endpoint *x = step->x, *y = step->y;
    return (step->s->flags & TCP_ACK) && step->s->seq == 0 && !(x->flags & END_SEEN) &&
           x->isn == UINT32_MAX && (y->flags & END_SEEN) &&
           step->s->ack == (uint32_t)y->snd_nxt;
}

/* The same, and what it answers is not in the capture: nothing is. An end that knows a connection
 * resets it with its own next number, which is 0 once in 2^32. */
static bool answers_unseen_without_ack(const struct step *step)
{
    return (step->s->flags & TCP_ACK) && step->s->seq == 0 &&
           !((step->x->flags | step->y->flags) & END_SEEN);
}

static enum reset_origin origin_of(const struct step *step)
{
    bool has_ack = step->s->flags & TCP_ACK;
    if (answers_without_ack(step) || answers_unseen_without_ack(step))
        return RESET_REACTIVE;
    /* Of a sender never seen before, what it would send next is known from this RST only. */
    if (has_ack && (step->x->flags & END_SEEN) && step->seq == step->x->snd_nxt)
        return RESET_ACTIVE;
    /* But a bare RST may take its number from an ACK of the peer (RFC 9293 §3.10.7.1). */
    if (!has_ack && ((step->x->flags | step->y->flags) & END_SEEN) &&
        step->seq == step->x->snd_una)
        return RESET_REACTIVE;
    return RESET_OTHER;
}

/* Nothing passed since the peer's last segment. */
static bool peer_spoke_last(const struct step *step)
{
    const struct endpoint *y = step->y;
    return (y->flags & END_SEEN) && y->last_time == step->c->last_time &&
           y->last_time > step->x->last_time;
}

/*
 * Whether X refuses payload that came just now, as a host does whose program has closed (RFC 9293
 * §3.6.1), although it is about to send more itself: then its FIN waits behind what it sends. A
 * host that forgot the connection would not have sent a moment ago, unless it was reset since.
 */
static bool refuses_payload(const struct step *step)
{
    const struct endpoint *x = step->x, *y = step->y;
    bool was_reset = x->pending & 1u << DELIVERY_RST;
    bool payload = y->last_len > 1 && !(y->flags & END_PURE_ACK);
    return !was_reset && payload && peer_spoke_last(step) && x->snd_una < x->snd_nxt &&
           (x->flags & END_DATA) && step->s->time - x->last_time < REFUSES_WITHIN;
}

/* The segment that this RST answers: the newest one, if only its data waits for an answer. */
static void cause_log(struct step *step)
{
    const struct connection *c = step->c;
    const struct endpoint *y = step->y;
    bool newest = peer_spoke_last(step);
    bool alone = y->snd_nxt - y->snd_una == (int64_t)y->last_len && y->last_len > 0 &&
                 y->last_seq == (uint32_t)y->snd_una;

    if (!newest || !alone)
        return;
    struct event event = step_event_init(step, EVENT_RESET_CAUSE, step->y_id);
    event.frame = c->last_frame;
    event.time = c->last_time;
    step_event(step, &event);
}

static void reset_log(struct step *step, enum reset_verdict verdict, enum reset_origin origin)
{
    struct event event = step_event_init(step, EVENT_RESET, step->x_id);
    event.detail = (uint8_t)verdict;
    event.result = (uint8_t)origin;
    event.from = step->x->state;
    event.to = step->y->state;
    event.observed = step->s->seq;
    if (step_ttl_differs(step))
        event.certainty = CERTAINTY_INFERRED;
    bool unread = (step->x->flags & END_PEER_SPOKE_LAST) && !(step->x->flags & END_FIN);
    event.expected = unread ? 1 : 0;
    step_event(step, &event);
    step->notable = true;
    if (origin == RESET_REACTIVE)
        cause_log(step);
}

static void reset_disbelieve(struct step *step)
{
    struct event event = step_event_init(step, EVENT_RESET_NOT_BELIEVED, step->x_id);
    event.observed = step->s->seq;
    step_event(step, &event);
    step->marks |= MARK_NOT_BELIEVED;
    step->notable = true;
}

static void first_closer_note(struct step *step)
{
    if (step->c->flags & CONN_FIRST_CLOSER_KNOWN)
        return;
    step->c->flags |= CONN_FIRST_CLOSER_KNOWN;
    if (step->x_id == SERVER)
        step->c->flags |= CONN_FIRST_CLOSER_SERVER;
}

/* A RST that answers a SYN: acceptable if it acknowledges it (RFC 9293 §3.10.7.3). */
static void judge_refusal(struct step *step)
{
    const struct endpoint *y = step->y;
    bool acceptable = step->has_ack && step->ack > endpoint_isn(y) && step->ack <= y->snd_nxt;

    if (!acceptable) { /* it refuses nothing: the client goes on as if it had not come */
        reset_disbelieve(step);
        return;
    }
    step->c->flags |= CONN_REFUSED;
    if (!(step->x->flags & END_RST))
        reset_log(step, RESET_EXACT, RESET_REFUSED);
    step->facts |= WHEN_RST;
    step->c->flags |= CONN_RESET;
    step->x->flags |= END_RST;
    first_closer_note(step);
}

/* An end resets with its own next number, or with one that was acknowledged (RFC 9293 §3.10.7.1).
 * One beyond these, from another distance, is somebody's guess. */
static bool is_blind(const struct step *step, enum reset_verdict verdict)
{
    return verdict == RESET_IN_WINDOW && step_ttl_differs(step) &&
           step->seq > step->x->snd_nxt && !(step->x->flags & END_RST);
}

static void judge_other(struct step *step)
{
    struct endpoint *x = step->x, *y = step->y;
    enum reset_verdict verdict = reset_verdict(step);

    if (verdict == RESET_OUTSIDE) {
        if (!(x->flags & END_RST)) /* later ones of a burst carry older numbers */
            reset_disbelieve(step);
        return;
    }
    if (is_blind(step, verdict)) {
        reset_disbelieve(step);
        machine_pend(step, DELIVERY_RST_IN_WINDOW);
        return;
    }
    bool handshake_open = (y->flags & END_SYNACK || x->flags & END_SYNACK) &&
                          !(step->c->flags & CONN_SYNACK_ACKED);
    enum reset_origin origin = origin_of(step);
    bool own = !step_ttl_differs(step); /* a device on the way does not know the state */
    if (own && origin == RESET_ACTIVE)
        step->facts |= WHEN_RST_ALIVE;
    if (own && origin == RESET_REACTIVE && refuses_payload(step))
        step->facts |= WHEN_RST_REFUSES;
    if (!(x->flags & END_RST))
        reset_log(step, verdict, origin);
    if (handshake_open)
        step->c->flags |= CONN_ABORTED;
    step->facts |= WHEN_RST | (verdict == RESET_IN_WINDOW ? WHEN_RST_IN_WINDOW : 0u);
    step->c->flags |= CONN_RESET;
    x->flags |= END_RST | END_RESET_BELIEVED;
    if (!(x->flags & END_FIN) && !(step->c->flags & CONN_FIN_ACKS_UNSEEN))
        x->fin_seq = y->snd_nxt;
    if (step->s->options & OPTION_TIMESTAMPS) { /* what is older was sent before it */
        x->last_tsval = step->s->tsval;
        x->flags |= END_LAST_TSVAL;
    }
    first_closer_note(step);
}

/* Both streams are complete. */
static void judge_after_close(struct step *step)
{
    const struct endpoint *x = step->x, *y = step->y;
    bool answers = !(step->s->flags & TCP_ACK) && step->seq == x->snd_nxt;

    /* All it can do is to cut TIME_WAIT short (RFC 1337 §2). */
    if (y->state == STATE_TIME_WAIT && step->seq == x->snd_nxt)
        machine_pend(step, DELIVERY_RST);
    /* An end in TIME_WAIT would answer with an ACK: this one has no connection any more. */
    if (x->state == STATE_TIME_WAIT && answers)
        step->facts |= WHEN_RST;
}

/*
 * T13: the RST of an end in SYN_SENT answers an ACK that fits nothing, seen or not; the opening
 * goes on (RFC 9293 Fig. 9). Who gives up in SYN_SENT by itself sends no RST (§3.10.5).
 */
static bool answers_misfit(const struct step *step)
{
    const struct endpoint *x = step->x;
    int64_t after_syn = endpoint_isn(x) + 1;
    return x->state == STATE_SYN_SENT && !(step->s->flags & TCP_ACK) && step->seq != after_syn &&
           step->seq != after_syn + x->syn_payload;
}

/*
 * The ACK that this RST answers was taken for one of bytes that were not captured (T18), for its
 * number lies not far ahead: it was of an older connection (RFC 5961 §4.2).
 */
static void misfit_take_back(struct step *step)
{
    struct endpoint *x = step->x, *y = step->y;

    if (y->state != STATE_ESTABLISHED || (y->flags & (END_SYN | END_SYNACK | END_DATA)) ||
        step->seq != x->snd_nxt)
        return;
    struct event event = step_event_init(step, EVENT_SYN_CHALLENGED, step->y_id);
    event.frame = step->c->last_frame;
    event.time = step->c->last_time;
    step_event(step, &event);
    history_withdraw_transition(step->pool, step->c->log, step->y_id, STATE_ESTABLISHED);
    y->state = STATE_NONE;
    y->certainty = CERTAINTY_OBSERVED;
    x->snd_nxt = endpoint_isn(x) + 1 + x->syn_payload;
    x->snd_una = endpoint_isn(x);
    x->flags &= ~(unsigned)(END_UNSEEN_TOLD | END_SYN_ACKED | END_FIN_MAY_WAIT);
}

static bool answers_syn(const struct step *step)
{
    const struct endpoint *x = step->x, *y = step->y;
    return (y->flags & END_SYN) && !(y->flags & END_SYNACK) &&
           !(x->flags & (END_SYN | END_SYNACK)) && y->state == STATE_SYN_SENT;
}

bool reset_answers_no_ack(const struct step *step)
{
    return answers_syn(step) || answers_without_ack(step);
}

void reset_judge(struct step *step)
{
    const struct endpoint *x = step->x, *y = step->y;

    step->notable = true;
    if ((x->flags & END_FIN_ACKED) && (y->flags & END_FIN_ACKED)) {
        judge_after_close(step);
        return;
    }
    if (answers_misfit(step)) {
        misfit_take_back(step);
        return;
    }
    /* The same in SYN_RCVD (RFC 9293 §3.10.7.4), as long as no third ACK was seen: an ACK of an
     * older connection is answered with its own number, and the opening goes on. */
    bool fits = step->seq > endpoint_isn(x) && step->seq <= x->snd_nxt;
    bool third_seen = x->pending & 1u << DELIVERY_ACK_OF_SYN;
    if (x->state == STATE_SYN_RCVD && !third_seen && !(step->s->flags & TCP_ACK) && !fits) {
        reset_disbelieve(step);
        return;
    }
    if (answers_syn(step))
        judge_refusal(step);
    else
        judge_other(step);
}

void reset_closer_review(struct connection *c)
{
    unsigned client_fin = c->end[CLIENT].flags & END_FIN;
    unsigned server_fin = c->end[SERVER].flags & END_FIN;

    if (client_fin && server_fin)
        return;
    c->flags &= (uint16_t)~(CONN_FIRST_CLOSER_KNOWN | CONN_FIRST_CLOSER_SERVER);
    if (client_fin || server_fin)
        c->flags |= CONN_FIRST_CLOSER_KNOWN;
    if (server_fin)
        c->flags |= CONN_FIRST_CLOSER_SERVER;
}

int64_t reset_under_way(const struct connection *c)
{
    int64_t rtt = connection_leg(c, CLIENT) + connection_leg(c, SERVER);
    return 2 * rtt > UNDER_WAY_MIN ? 2 * rtt : UNDER_WAY_MIN;
}

/* Its timestamp is older than the RST's, or it acknowledges less than its sender did before and
 * brings nothing new: it was overtaken on the way, and shows nothing of what its sender does now. */
static bool was_overtaken(const struct step *step)
{
    const struct endpoint *x = step->x;
    bool stamped = (step->s->options & OPTION_TIMESTAMPS) && (x->flags & END_LAST_TSVAL);

    if ((x->flags & END_RESET_BELIEVED) && stamped &&
        seq_diff(step->s->tsval, x->last_tsval) < 0)
        return true;
    return step->has_ack && step->ack < step->y->snd_una && step->end <= step->x->snd_nxt;
}

/* It acknowledges what passed toward the RST's sender only after the RST. */
static bool took_since_reset(const struct step *step)
{
    const struct endpoint *x = step->x, *y = step->y;
    bool known = !(x->flags & END_FIN) && !(step->c->flags & CONN_FIN_ACKS_UNSEEN);

    return known && !step->misordered && step->has_ack && y->last_time > x->last_time &&
           step->ack > x->fin_seq && step->ack <= y->snd_nxt;
}

/* The RST's sender goes on, so that it never sent it: it has taken what came after the RST, or
 * what was under way has passed long ago. */
static void review_sender(struct step *step)
{
    struct endpoint *x = step->x;

    if (!(x->flags & END_RESET_BELIEVED) || x->state != STATE_CLOSED)
        return;
    bool late = step->s->time - x->last_time > reset_under_way(step->c);
    if (!late && !took_since_reset(step))
        return;
    history_withdraw_transition(step->pool, step->c->log, step->x_id, STATE_CLOSED);
    machine_withdraw(step->pool, step->c, step->y_id, DELIVERY_RST);
    machine_withdraw(step->pool, step->c, step->y_id, DELIVERY_RST_IN_WINDOW);
    x->state = x->before_reset;
    x->certainty = x->before_certainty;
    if (x->state == STATE_FIN_WAIT_1 && !(x->flags & END_FIN)) { /* WHEN_RST_REFUSES */
        history_withdraw_transition(step->pool, step->c->log, step->x_id, STATE_FIN_WAIT_1);
        x->state = STATE_ESTABLISHED;
    }
    x->flags &= ~(unsigned)(END_RESET_BELIEVED | END_RST);
    if (!(step->y->flags & END_RST)) {
        step->c->flags &= (uint16_t)~(CONN_RESET | CONN_ABORTED);
        reset_closer_review(step->c);
    }
    reset_disbelieve(step);
    step->marks &= ~(unsigned)MARK_NOT_BELIEVED; /* this segment is no RST */
}

/* The receiver goes on so long after a RST passed: it did not take it, or has not got it. How long,
 * or -1: not yet so long. */
static int64_t review_delivery(struct step *step, enum delivery delivery, int64_t patience)
{
    uint64_t frame;
    int64_t time;

    if (!(step->x->pending & 1u << delivery) ||
        !history_pending(step->pool, step->c->log, step->x_id, delivery, &frame, &time) ||
        step->s->time - time <= patience)
        return -1;
    machine_withdraw(step->pool, step->c, step->x_id, delivery);
    return step->s->time - time;
}

/* A bare ACK with the numbers that it has anyhow. */
static bool asks_back(const struct step *step)
{
    bool bare = (step->s->flags & (TCP_SYN | TCP_FIN | TCP_RST)) == 0 && step->end == step->seq;
    return bare && step->has_ack && step->seq == step->x->snd_nxt && step->ack == step->y->snd_una;
}

static void review_receiver(struct step *step)
{
    if (!(step->x->pending & RESETS_PENDING))
        return;
    int64_t leg = connection_leg(step->c, step->x_id);

    review_delivery(step, DELIVERY_RST, 3 * leg > IGNORED_MIN ? 3 * leg : IGNORED_MIN);
    /* The answer to it comes at once (RFC 5961 §3.2). */
    int64_t answer = review_delivery(step, DELIVERY_RST_IN_WINDOW, leg / 10 * 8);
    if (answer >= 0 && answer <= reset_under_way(step->c) && asks_back(step)) {
        step->marks |= MARK_CHALLENGE;
        step->notable = true;
    }
}

void reset_review(struct step *step)
{
    if ((step->s->flags & TCP_SYN) || was_overtaken(step))
        return;
    review_sender(step);
    review_receiver(step);
}
