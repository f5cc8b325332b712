/*
 * machine: the state machine as data. Read the tables from top to bottom: a segment goes through
 * all TX rows once, and a row sees the state that the rows above it left behind (so an ACK with
 * FIN in SYN_SENT passes ESTABLISHED, then FIN_WAIT_1).
 */
#include "tcp/machine.h"

#define IN(state) (1u << (state))
#define SYNCHRONIZED                                                                             \
    (IN(STATE_ESTABLISHED) | IN(STATE_FIN_WAIT_1) | IN(STATE_FIN_WAIT_2) | IN(STATE_CLOSING) |   \
     IN(STATE_TIME_WAIT) | IN(STATE_CLOSE_WAIT) | IN(STATE_LAST_ACK))

/* Where a FIN of the peer still changes something. */
#define CAN_TAKE_FIN                                                                             \
    (IN(STATE_SYN_RCVD) | IN(STATE_ESTABLISHED) | IN(STATE_FIN_WAIT_1) | IN(STATE_FIN_WAIT_2))

const struct tx_row machine_tx[] = {
    /* --- opening --- */
    { "T1", IN(STATE_NONE), WHEN_SYN, 0, STATE_SYN_SENT, CERTAINTY_OBSERVED, DATED_SEGMENT,
      STATE_NONE, "sends its SYN" },
    { "T2", IN(STATE_NONE), WHEN_SYNACK | WHEN_PEER_SYN | WHEN_ACKS_SYN, 0, STATE_LISTEN,
      CERTAINTY_INFERRED, DATED_FIRST, STATE_NONE, "answers a SYN: it was listening" },
    { "T2", IN(STATE_LISTEN), WHEN_SYNACK | WHEN_PEER_SYN | WHEN_ACKS_SYN, 0, STATE_SYN_RCVD,
      CERTAINTY_OBSERVED, DATED_SEGMENT, STATE_NONE, "answers the SYN" },
    { "T2", IN(STATE_CLOSED), WHEN_SYNACK | WHEN_PEER_SYN | WHEN_ACKS_SYN, 0, STATE_SYN_RCVD,
      CERTAINTY_OBSERVED, DATED_SEGMENT, STATE_NONE, "answers a SYN that it refused before" },
    { "T3", IN(STATE_NONE), WHEN_SYNACK, 0, STATE_SYN_RCVD, CERTAINTY_OBSERVED, DATED_SEGMENT,
      STATE_SYN_SENT, "answers a SYN that is not in the capture" },
    { "T18", IN(STATE_NONE), WHEN_DATA | WHEN_PEER_SYN | WHEN_ACKS_SYN, 0, STATE_ESTABLISHED,
      CERTAINTY_INFERRED, DATED_SEGMENT, STATE_NONE, "sends data: its SYN-ACK was not captured" },
    { "T18", IN(STATE_NONE), WHEN_FIN | WHEN_PEER_SYN | WHEN_ACKS_SYN, 0, STATE_ESTABLISHED,
      CERTAINTY_INFERRED, DATED_SEGMENT, STATE_NONE, "closes: its SYN-ACK was not captured" },
    { "T18", IN(STATE_NONE), WHEN_ACK | WHEN_PEER_SYN | WHEN_ACKS_MORE, 0, STATE_ESTABLISHED,
      CERTAINTY_INFERRED, DATED_SEGMENT, STATE_NONE,
      "acknowledges data: its SYN-ACK was not captured" },
    { "T5", IN(STATE_NONE), WHEN_FIN, WHEN_PEER_SYN, STATE_FIN_WAIT_1, CERTAINTY_ASSUMED,
      DATED_SEGMENT, STATE_ESTABLISHED, "picked up in the middle, closing" },
    { "T4", IN(STATE_NONE), WHEN_ACK, WHEN_PEER_SYN, STATE_ESTABLISHED, CERTAINTY_ASSUMED,
      DATED_SEGMENT, STATE_ESTABLISHED, "picked up in the middle" },
    { "T6", IN(STATE_NONE) | IN(STATE_LISTEN), WHEN_RST, 0, STATE_CLOSED, CERTAINTY_OBSERVED,
      DATED_SEGMENT, STATE_NONE, "refuses, or knows nothing of the connection" },
    { "T11", IN(STATE_SYN_SENT), WHEN_SYNACK | WHEN_PEER_SYN | WHEN_ACKS_SYN, 0, STATE_SYN_RCVD,
      CERTAINTY_OBSERVED, DATED_SEGMENT, STATE_NONE, "answers a SYN that crossed its own" },
    { "T11", IN(STATE_SYN_SENT), WHEN_SYNACK, WHEN_PEER_SYN, STATE_SYN_RCVD, CERTAINTY_OBSERVED,
      DATED_SEGMENT, STATE_SYN_SENT,
      "answers a SYN that is not in the capture, and crossed its own" },
    { "T10", IN(STATE_SYN_SENT), WHEN_ACK | WHEN_ACKS_SYN, WHEN_Y_UNKNOWN, STATE_ESTABLISHED,
      CERTAINTY_OBSERVED, DATED_SEGMENT, STATE_NONE, "acknowledges the SYN-ACK" },
    { "T12", IN(STATE_SYN_SENT), WHEN_ACK, WHEN_PEER_SYN, STATE_ESTABLISHED,
      CERTAINTY_INFERRED, DATED_SEGMENT, STATE_SYN_RCVD,
      "acknowledges a SYN-ACK that is not in the capture" },
    { "T14", IN(STATE_SYN_SENT), WHEN_RST, 0, STATE_CLOSED, CERTAINTY_OBSERVED, DATED_SEGMENT,
      STATE_NONE, "gives up after the answer" },

    /* --- the opening is complete at the other end --- */
    { "T17", IN(STATE_SYN_RCVD), WHEN_ACK | WHEN_ACKS_MORE | WHEN_SYN_ACKED, 0,
      STATE_ESTABLISHED, CERTAINTY_PROVED, DATED_ACK_OF_SYN, STATE_NONE,
      "acknowledges what came with or after the third ACK" },
    { "T17", IN(STATE_SYN_RCVD), WHEN_DATA | WHEN_SYN_ACKED, WHEN_FAST_OPEN, STATE_ESTABLISHED,
      CERTAINTY_PROVED, DATED_ACK_OF_SYN, STATE_NONE, "sends data: it has the third ACK" },
    { "T17", IN(STATE_SYN_RCVD), WHEN_FIN | WHEN_SYN_ACKED, WHEN_FAST_OPEN, STATE_ESTABLISHED,
      CERTAINTY_PROVED, DATED_ACK_OF_SYN, STATE_NONE, "closes: it has the third ACK" },
    { "T18", IN(STATE_SYN_RCVD), WHEN_ACK | WHEN_ACKS_MORE, WHEN_SYN_ACKED, STATE_ESTABLISHED,
      CERTAINTY_PROVED, DATED_SEGMENT, STATE_ESTABLISHED,
      "acknowledges data, which it takes only after the third ACK; that was not captured" },
    { "T18", IN(STATE_SYN_RCVD), WHEN_DATA, WHEN_SYN_ACKED | WHEN_FAST_OPEN, STATE_ESTABLISHED,
      CERTAINTY_INFERRED, DATED_SEGMENT, STATE_NONE,
      "sends data: the third ACK is not in the capture" },
    { "T17", IN(STATE_SYN_RCVD), WHEN_RST | WHEN_RST_ALIVE | WHEN_SYN_ACKED | WHEN_ACKS_MORE, 0,
      STATE_ESTABLISHED, CERTAINTY_PROVED, DATED_ACK_OF_SYN, STATE_NONE,
      "its RST acknowledges what came with or after the third ACK" },
    { "R7", IN(STATE_SYN_RCVD), WHEN_RST | WHEN_RST_ALIVE | WHEN_SYN_ACKED, 0,
      STATE_ESTABLISHED, CERTAINTY_INFERRED, DATED_ACK_OF_SYN, STATE_NONE,
      "resets as a program does that has the connection, so the third ACK came" },
    { "T19", IN(STATE_SYN_RCVD), WHEN_FIN, 0, STATE_FIN_WAIT_1, CERTAINTY_OBSERVED,
      DATED_SEGMENT, STATE_NONE, "closes before the opening is complete" },
    { "T20", IN(STATE_SYN_RCVD), WHEN_RST, 0, STATE_CLOSED, CERTAINTY_OBSERVED, DATED_SEGMENT,
      STATE_NONE, "takes its answer back" },

    /* --- closing --- */
    { "T21", IN(STATE_ESTABLISHED), WHEN_ACK | WHEN_ACKS_FIN | WHEN_FIN_MAY_WAIT,
      WHEN_X_PAST_UNKNOWN, STATE_CLOSE_WAIT, CERTAINTY_ASSUMED, DATED_FIN, STATE_NONE,
      "acknowledges the FIN, unless its own waits behind its data" },
    { "T21", IN(STATE_ESTABLISHED), WHEN_ACK | WHEN_ACKS_FIN, WHEN_X_PAST_UNKNOWN,
      STATE_CLOSE_WAIT, CERTAINTY_PROVED, DATED_FIN, STATE_NONE, "acknowledges the FIN" },
    { "T22", IN(STATE_ESTABLISHED), WHEN_FIN, 0, STATE_FIN_WAIT_1, CERTAINTY_OBSERVED,
      DATED_SEGMENT, STATE_NONE, "closes first" },
    { "T23", IN(STATE_CLOSE_WAIT), WHEN_FIN | WHEN_FIN_MAY_WAIT, 0, STATE_LAST_ACK,
      CERTAINTY_ASSUMED, DATED_SEGMENT, STATE_NONE,
      "closes after the other, unless its FIN waited behind its data" },
    { "T23", IN(STATE_CLOSE_WAIT), WHEN_FIN, 0, STATE_LAST_ACK, CERTAINTY_OBSERVED,
      DATED_SEGMENT, STATE_NONE, "closes after the other" },
    { "T25", IN(STATE_FIN_WAIT_1), WHEN_ACK | WHEN_ACKS_FIN, WHEN_FIN_ACKED, STATE_CLOSING,
      CERTAINTY_PROVED, DATED_FIN, STATE_NONE, "has the other FIN before its own is acknowledged" },
    { "T25", IN(STATE_FIN_WAIT_1), WHEN_ACK | WHEN_ACKS_FIN | WHEN_FIN_ACKED | WHEN_FIN_ACK_LATE,
      WHEN_FIN_ACKED_BY_FIN, STATE_CLOSING, CERTAINTY_INFERRED, DATED_FIN, STATE_NONE,
      "most likely acknowledged the other FIN before the acknowledgement of its own came" },
    { "T26", IN(STATE_FIN_WAIT_1), WHEN_ACK | WHEN_ACKS_FIN | WHEN_FIN_ACKED_BY_FIN, 0,
      STATE_TIME_WAIT, CERTAINTY_OBSERVED, DATED_SEGMENT, STATE_NONE,
      "FIN and acknowledgement came in one segment" },
    { "R12", IN(STATE_FIN_WAIT_1), WHEN_ACK | WHEN_FIN_ACKED | WHEN_FIN_ACK_PROVED,
      WHEN_FIN_ACKED_BY_FIN, STATE_FIN_WAIT_2, CERTAINTY_PROVED, DATED_ACK_OF_FIN, STATE_NONE,
      "acknowledges data that came with the acknowledgement of its FIN" },
    { "R12", IN(STATE_FIN_WAIT_1), WHEN_ACK | WHEN_ACKS_FIN | WHEN_FIN_ACKED,
      WHEN_FIN_ACKED_BY_FIN, STATE_FIN_WAIT_2, CERTAINTY_INFERRED, DATED_ACK_OF_FIN, STATE_NONE,
      "the acknowledgement of its FIN came before the other FIN, if it came" },
    { "T27", IN(STATE_FIN_WAIT_2), WHEN_ACK | WHEN_ACKS_FIN | WHEN_FIN_ACK_HAD, 0,
      STATE_TIME_WAIT, CERTAINTY_OBSERVED, DATED_SEGMENT, STATE_NONE,
      "acknowledges the other FIN" },
    { "T27", IN(STATE_FIN_WAIT_2), WHEN_ACK | WHEN_ACKS_FIN, 0, STATE_TIME_WAIT,
      CERTAINTY_INFERRED, DATED_SEGMENT, STATE_NONE,
      "acknowledges the other FIN, which did not carry the acknowledgement of its own" },

    /* --- abort --- */
    { "T21", IN(STATE_ESTABLISHED),
      WHEN_RST | WHEN_RST_ALIVE | WHEN_ACKS_FIN | WHEN_FIN_MAY_WAIT, WHEN_X_PAST_UNKNOWN,
      STATE_CLOSE_WAIT, CERTAINTY_ASSUMED, DATED_FIN, STATE_NONE,
      "its RST acknowledges the FIN, unless its own FIN waits behind its data" },
    { "T21", IN(STATE_ESTABLISHED), WHEN_RST | WHEN_RST_ALIVE | WHEN_ACKS_FIN,
      WHEN_X_PAST_UNKNOWN, STATE_CLOSE_WAIT, CERTAINTY_PROVED, DATED_FIN, STATE_NONE,
      "its RST acknowledges the FIN" },
    { "T22", IN(STATE_ESTABLISHED), WHEN_RST | WHEN_RST_REFUSES, 0, STATE_FIN_WAIT_1,
      CERTAINTY_INFERRED, DATED_SEGMENT, STATE_NONE,
      "takes no more: its program has closed, and its FIN waits behind its data" },
    { "R12", IN(STATE_FIN_WAIT_1), WHEN_RST | WHEN_FIN_ACKED, 0, STATE_FIN_WAIT_2,
      CERTAINTY_INFERRED, DATED_ACK_OF_FIN, STATE_NONE,
      "its FIN was acknowledged before it reset, if that came" },
    { "T31", SYNCHRONIZED & ~IN(STATE_TIME_WAIT), WHEN_RST, 0, STATE_CLOSED, CERTAINTY_OBSERVED,
      DATED_SEGMENT, STATE_NONE, "resets" },
    { "R19", IN(STATE_TIME_WAIT), WHEN_RST | WHEN_RST_CAME, 0, STATE_CLOSED, CERTAINTY_PROVED,
      DATED_RST, STATE_NONE, "has no connection any more: the RST cut TIME_WAIT short" },
    { "R19", IN(STATE_TIME_WAIT), WHEN_RST, 0, STATE_CLOSED, CERTAINTY_OBSERVED, DATED_SEGMENT,
      STATE_NONE, "has no connection any more" },
};
const size_t machine_tx_count = sizeof machine_tx / sizeof machine_tx[0];

const struct tx_rows machine_tx_rows[STATE_N] = {
    [STATE_NONE] = { WHEN_SYN | WHEN_SYNACK | WHEN_ACK | WHEN_DATA | WHEN_FIN | WHEN_RST, 0 },
    [STATE_CLOSED] = { WHEN_SYNACK, 3 },
    [STATE_LISTEN] = { WHEN_SYNACK | WHEN_RST, 2 },
    [STATE_SYN_SENT] = { WHEN_SYNACK | WHEN_ACK | WHEN_RST, 11 },
    [STATE_SYN_RCVD] = { WHEN_ACKS_MORE | WHEN_DATA | WHEN_FIN | WHEN_RST, 16 },
    [STATE_ESTABLISHED] = { WHEN_FIN | WHEN_ACKS_FIN | WHEN_RST, 25 },
    [STATE_FIN_WAIT_1] = { WHEN_ACKS_FIN | WHEN_FIN_ACK_PROVED | WHEN_RST, 30 },
    [STATE_FIN_WAIT_2] = { WHEN_ACKS_FIN | WHEN_RST, 35 },
    [STATE_CLOSING] = { WHEN_RST, 41 },
    [STATE_TIME_WAIT] = { WHEN_RST, 42 },
    [STATE_CLOSE_WAIT] = { WHEN_FIN | WHEN_RST, 28 },
    [STATE_LAST_ACK] = { WHEN_RST, 41 },
};

const struct rx_row machine_rx[] = {
    { "R3", IN(STATE_SYN_SENT), DELIVERY_RST, STATE_CLOSED, "its SYN was refused" },
    { "R6", IN(STATE_SYN_SENT), DELIVERY_ERROR, STATE_CLOSED, "gives up after an ICMP error" },
    { "R7", IN(STATE_SYN_RCVD), DELIVERY_ACK_OF_SYN, STATE_ESTABLISHED, "the third ACK arrived" },
    { "R9", IN(STATE_SYN_RCVD), DELIVERY_RST, STATE_LISTEN, "back to listening" },
    { "R11", IN(STATE_ESTABLISHED), DELIVERY_FIN, STATE_CLOSE_WAIT,
      "has the FIN, unless its own stands before the capture" },
    { "R12", IN(STATE_FIN_WAIT_1), DELIVERY_ACK_OF_FIN, STATE_FIN_WAIT_2,
      "its FIN was acknowledged" },
    { "R16", IN(STATE_CLOSING), DELIVERY_ACK_OF_FIN, STATE_TIME_WAIT, "its FIN was acknowledged" },
    { "R17", IN(STATE_LAST_ACK), DELIVERY_ACK_OF_FIN, STATE_CLOSED, "the last ACK arrived" },
    { "R19", IN(STATE_TIME_WAIT), DELIVERY_RST, STATE_CLOSED, "TIME_WAIT was cut short" },
    { "R22", SYNCHRONIZED & ~IN(STATE_TIME_WAIT), DELIVERY_RST, STATE_CLOSED, "was reset" },
};
const size_t machine_rx_count = sizeof machine_rx / sizeof machine_rx[0];

static enum delivery dated_delivery(enum dated dated)
{
    switch (dated) {
    case DATED_ACK_OF_SYN:
        return DELIVERY_ACK_OF_SYN;
    case DATED_FIN:
        return DELIVERY_FIN;
    case DATED_ACK_OF_FIN:
        return DELIVERY_ACK_OF_FIN;
    case DATED_RST:
        return DELIVERY_RST;
    case DATED_SEGMENT:
    case DATED_FIRST:
        break;
    }
    return DELIVERY_N;
}

static bool row_applies(const struct tx_row *row, const struct endpoint *x, unsigned facts)
{
    return (row->before & IN(x->state)) && (facts & row->when) == row->when &&
           (facts & row->unless) == 0;
}

/*
 * Whether the last that is known of Y is only that X acknowledged it: then it may be a FIN that
 * the capture does not hold, and a FIN of X was the second one. A byte of data would look the same.
 */
static bool peer_fin_possible(const struct step *step)
{
    const struct endpoint *y = step->y;
    /* A number that can't be believed may be right, and what is known of Y wrong. */
    bool acks_unseen =
        step->has_ack ? step->ack > y->snd_nxt : (step->s->flags & TCP_ACK) != 0;

    if ((y->flags & END_FIN) || (!acks_unseen && !(y->flags & END_UNSEEN_TOLD)))
        return false;
    return acks_unseen || y->last_len == 0 || y->last_seq + y->last_len != (uint32_t)y->snd_nxt;
}

/* Moves X by a row: the event goes to the log, dated as the row says. */
static void row_apply(struct step *step, const struct tx_row *row)
{
    struct endpoint *x = step->x;
    struct event event = step_event_init(step, EVENT_TRANSITION, step->x_id);
    enum certainty certainty = row->certainty;

    /* T14 or T13: which SYN it sent is only known from what answered one. */
    bool unheard = x->state == STATE_SYN_SENT && !(x->flags & END_SYN);
    bool doubtful = step->misordered || ((step->facts & WHEN_RST) && unheard) ||
                    ((row->when & (WHEN_RST | WHEN_FIN)) && step_ttl_differs(step));
    if (doubtful && certainty < CERTAINTY_INFERRED)
        certainty = CERTAINTY_INFERRED;
    /* What its FIN led to is no surer than that the FIN was its own, and the first of two. */
    if (x->state == STATE_FIN_WAIT_1 && row->after != STATE_CLOSED && x->certainty > certainty)
        certainty = x->certainty;
    /* It may answer a FIN that was not seen (T5). */
    if (row->after == STATE_FIN_WAIT_1 &&
        ((x->certainty == CERTAINTY_ASSUMED && (step->facts & WHEN_Y_PAST_UNKNOWN)) ||
         peer_fin_possible(step)))
        certainty = CERTAINTY_ASSUMED;
    event.from = x->state;
    event.to = (uint8_t)row->after;
    event.certainty = (uint8_t)certainty;

    enum delivery delivery = dated_delivery(row->dated);
    if (delivery != DELIVERY_N && (x->pending & 1u << delivery)) {
        /* A RST without ACK says nothing about what its sender had received. */
        bool silent = (step->facts & WHEN_RST) && !(step->facts & WHEN_RST_ALIVE) &&
                      row->dated != DATED_RST;
        event.evidence = silent ? 0 : step->s->frame;
        history_commit(step->pool, step->c->log, step->x_id, delivery, &event);
        x->pending &= (uint8_t)~(1u << delivery);
    } else {
        if (row->dated == DATED_FIRST) {
            event.frame = step->c->first_frame;
            event.time = step->c->first_time;
            event.evidence = step->s->frame;
        } else if (certainty == CERTAINTY_PROVED) { /* what brought it was not captured */
            event.evidence = step->s->frame;
        }
        step_event(step, &event);
    }
    if (row->after == STATE_CLOSED) { /* by a RST, which may turn out not to be its own */
        x->before_reset = x->state & 15u;
        x->before_certainty = x->certainty;
    }
    x->state = (uint8_t)row->after;
    x->certainty = certainty & 15u;
    step->notable = true;
}

/* Nothing is known of the peer, or only that it must have sent a SYN. */
static bool peer_is_guess(const struct step *step)
{
    return step->y->state == STATE_NONE ||
           (step->y->state == STATE_SYN_SENT && !(step->y->flags & END_SEEN));
}

/* What a row tells about such a peer. */
static void row_apply_peer(struct step *step, const struct tx_row *row)
{
    struct endpoint *y = step->y;
    struct event event = step_event_init(step, EVENT_TRANSITION, step->y_id);
    enum certainty certainty =
        row->certainty == CERTAINTY_ASSUMED ? CERTAINTY_ASSUMED : CERTAINTY_INFERRED;

    if (row->certainty == CERTAINTY_PROVED && !step->misordered) {
        certainty = CERTAINTY_PROVED; /* X acknowledges what only this state sends */
        event.evidence = step->s->frame;
    }
    event.from = y->state;
    event.to = (uint8_t)row->peer_after;
    event.certainty = (uint8_t)certainty;
    step_event(step, &event);
    y->state = (uint8_t)row->peer_after;
    y->certainty = certainty & 15u;
}

/* A segment without ACK belongs to no connection: scans send such, and its receiver drops it, or has
 * no connection and answers with a RST (RFC 9293 §3.10.7). It shows nothing of its sender's state. */
static bool step_lacks_ack(const struct step *step)
{
    return !(step->s->flags & (TCP_SYN | TCP_ACK | TCP_RST));
}

void machine_sent(struct step *step)
{
    if (step_lacks_ack(step))
        return;
    const struct endpoint *x = step->x;
    for (size_t i = 0; step->facts & machine_tx_rows[x->state].asks; i++) {
        if (i < machine_tx_rows[x->state].first)
            i = machine_tx_rows[x->state].first;
        while (i < machine_tx_count && !row_applies(&machine_tx[i], x, step->facts))
            i++;
        if (i == machine_tx_count)
            return;
        row_apply(step, &machine_tx[i]);
        if (machine_tx[i].peer_after != STATE_NONE && peer_is_guess(step))
            row_apply_peer(step, &machine_tx[i]);
    }
}

void machine_pend(struct step *step, enum delivery delivery)
{
    struct endpoint *y = step->y;
    if (y->pending & 1u << delivery)
        return;
    y->pending |= (uint8_t)(1u << delivery);
    history_pend(step->pool, step->c->log, step->y_id, delivery, step->s->frame, step->s->time);
    step->notable = true;
}

void machine_deliver(struct step *step)
{
    const struct endpoint *y = step->y;

    if (step_lacks_ack(step))
        return;
    if (step->facts & WHEN_RST) {
        bool answers = (step->facts & WHEN_RST_IN_WINDOW) && y->state != STATE_SYN_SENT; /* R23 */
        if (y->state != STATE_NONE && y->state != STATE_CLOSED && y->state != STATE_LISTEN)
            machine_pend(step, answers ? DELIVERY_RST_IN_WINDOW : DELIVERY_RST);
        return;
    }
    bool acks_syn = (step->facts & WHEN_ACKS_SYN) ||
                    ((step->facts & WHEN_ACK) && !(step->facts & WHEN_PEER_SYN));
    /* In a simultaneous opening the SYN-ACK may pass before its receiver's own. */
    bool crossing = (step->facts & WHEN_SYNACK) && (step->x->flags & END_SYN) &&
                    y->state == STATE_SYN_SENT && (y->flags & END_SYN);
    if (acks_syn && (y->state == STATE_SYN_RCVD || crossing))
        machine_pend(step, DELIVERY_ACK_OF_SYN);
    if (step->facts & (WHEN_FIN | WHEN_FILLS_HOLE)) {
        /* The first one evidently did not arrive, or waited behind a hole that this segment
         * fills; a copy says nothing about that. */
        if ((step->facts & (WHEN_REPEATED | WHEN_FILLS_HOLE)) && !(step->marks & MARK_COPY))
            machine_withdraw(step->pool, step->c, step->y_id, DELIVERY_FIN);
        if (IN(y->state) & CAN_TAKE_FIN)
            machine_pend(step, DELIVERY_FIN);
    }
    if ((step->facts & WHEN_ACKS_FIN) &&
        (y->state == STATE_FIN_WAIT_1 || y->state == STATE_CLOSING || y->state == STATE_LAST_ACK))
        machine_pend(step, DELIVERY_ACK_OF_FIN);
}

void machine_withdraw(struct history_pool *pool, struct connection *c, enum endpoint_id id,
                      enum delivery delivery)
{
    struct endpoint *end = &c->end[id];
    if (!(end->pending & 1u << delivery))
        return;
    end->pending &= (uint8_t)~(1u << delivery);
    history_withdraw(pool, c->log, id, delivery);
}

bool machine_decide(struct history_pool *pool, struct connection *c, enum endpoint_id id,
                    enum delivery delivery, uint64_t evidence, enum certainty certainty)
{
    struct endpoint *end = &c->end[id];
    for (size_t i = 0; i < machine_rx_count; i++) {
        const struct rx_row *row = &machine_rx[i];
        if (row->delivery != delivery || !(row->before & IN(end->state)))
            continue;
        /* Whether its FIN was the first or the second of two was assumed (T5, T23). */
        if (delivery == DELIVERY_ACK_OF_FIN && end->certainty == CERTAINTY_ASSUMED)
            certainty = CERTAINTY_ASSUMED;
        /* R9 after an active opening: there is no listener to go back to (RFC 9293 §3.10.7.4). */
        bool active = row->after == STATE_LISTEN && (end->flags & END_SYN);
        enum tcp_state after = active ? STATE_CLOSED : row->after;
        struct event event = { .kind = EVENT_TRANSITION,
                               .endpoint = (uint8_t)id,
                               .certainty = (uint8_t)certainty,
                               .from = end->state,
                               .to = (uint8_t)after,
                               .evidence = evidence };
        history_commit(pool, c->log, id, delivery, &event);
        end->pending &= (uint8_t)~(1u << delivery);
        end->state = (uint8_t)after;
        end->certainty = certainty & 15u;
        return true;
    }
    machine_withdraw(pool, c, id, delivery);
    return false;
}

void machine_begin_closed(struct history_pool *pool, struct connection *c, enum endpoint_id id,
                          const struct segment *s)
{
    struct endpoint *end = &c->end[id];
    struct event event = { .kind = EVENT_TRANSITION,
                           .endpoint = (uint8_t)id,
                           .certainty = CERTAINTY_INFERRED,
                           .from = end->state,
                           .to = STATE_CLOSED,
                           .frame = s->frame,
                           .time = s->time };
    history_add(pool, c->log, &event);
    end->state = STATE_CLOSED;
    end->certainty = CERTAINTY_INFERRED;
}
