/*
 * verdict: RFC 9293 §3.5, §3.6 as a passive observer may tell them; RFC 6298 for the timers.
 */
#include "tcp/verdict.h"

#include <string.h>

#include "base/seq.h"
#include "base/time_text.h"
#include "tcp/arithmetic.h"
#include "tcp/arrival.h"
#include "tcp/machine.h"
#include "tcp/neighbour.h"
#include "tcp/objection.h"
#include "tcp/sequence.h"
#include "tcp/sight.h"

/* The server repeats its SYN-ACK after 1 s (RFC 6298 §2.1) when the third ACK is missing. */
#define SYNACK_PATIENCE (3 * NS_PER_S / 2)
#define ACK_DELAY (200 * NS_PER_MS) /* Linux TCP_DELACK_MAX */
#define RTO_FLOOR (200 * NS_PER_MS) /* Linux TCP_RTO_MIN, on the variance term */

/* The retransmission timeout that this connection's host most likely uses, ns. */
static int64_t rto_estimate(const struct connection *c)
{
    int64_t rtt = connection_leg(c, CLIENT) + connection_leg(c, SERVER);
    if (rtt <= 0)
        return NS_PER_S; /* RFC 6298 §2.1: before any sample */
    return rtt + (2 * rtt > RTO_FLOOR ? 2 * rtt : RTO_FLOOR);
}

/* How long until a segment would come again that was sent so often: the pauses double
 * (RFC 6298 §5.5), up to this many times. */
#define DOUBLINGS_MAX 6u

static int64_t patience_for(int64_t first, unsigned sent)
{
    unsigned doublings = sent == 0 ? 0 : sent - 1;
    return first << (doublings < DOUBLINGS_MAX ? doublings : DOUBLINGS_MAX);
}

/* Payload of this end has been waiting for an acknowledgement longer than its timer; or its FIN
 * came again, toward an end that had repeated its SYN-ACK because nothing reached it. */
static bool is_ignored(const struct connection *c, enum endpoint_id id, int64_t now)
{
    const struct endpoint *end = &c->end[id], *other = &c->end[endpoint_peer(id)];
    bool again = (end->flags & END_REPEAT_TOLD) || now - end->last_time > rto_estimate(c);

    return (other->flags & END_SEEN) && end->snd_una < end->snd_nxt &&
           (((end->flags & END_DATA) && again) || (end->fins > 1 && other->syns > 1));
}

static void decide(struct history_pool *pool, struct connection *c, enum endpoint_id id,
                   enum delivery delivery, int64_t now, int64_t patience)
{
    uint64_t frame = 0;
    int64_t time = c->last_time;

    history_pending(pool, c->log, id, delivery, &frame, &time);
    /* That the ports serve a new connection shows that the old one is over. */
    bool shown = now - time >= patience || (c->flags & CONN_SUPERSEDED);
    uint64_t seen = shown ? 0 : arrival_next_to(pool, c, id, frame);
    machine_decide(pool, c, id, delivery, seen,
                   shown || seen != 0 ? CERTAINTY_INFERRED : CERTAINTY_ASSUMED);
}

/* This end answered none of several keep-alives (RFC 9293 §3.8.4): what it still holds cannot be
 * seen, and a RST sent after them takes the same way. */
static void settle_silent(struct history_pool *pool, struct connection *c, enum endpoint_id id)
{
    struct endpoint *end = &c->end[id];
    if (c->probes[endpoint_peer(id)] < PROBES_MEAN_DEATH)
        return;
    machine_withdraw(pool, c, id, DELIVERY_RST);
    if (end->state != STATE_NONE && end->state != STATE_CLOSED)
        end->certainty = CERTAINTY_ASSUMED;
}

/* Nothing was captured of this end, and nothing shows that it did more than its peer's SYN-ACK
 * says, which answers a forged SYN just so. */
static void settle_unheard(struct history_pool *pool, struct connection *c, enum endpoint_id id)
{
    struct endpoint *end = &c->end[id];
    if (end->state != STATE_SYN_SENT || (end->flags & END_SEEN))
        return;
    history_doubt(pool, c->log, id, STATE_SYN_SENT, CERTAINTY_ASSUMED);
    end->certainty = CERTAINTY_ASSUMED;
}

/*
 * The peer's FIN, and then its RST, passed toward this end, which was still to acknowledge the FIN:
 * it does not do so at once (RFC 9293 §3.8.6.3), and its answer needs its time to the capture.
 */
static bool reset_behind_fin(const struct history_pool *pool, const struct connection *c,
                             enum endpoint_id id)
{
    const unsigned both = 1u << DELIVERY_FIN | 1u << DELIVERY_RST;
    uint64_t fin_frame, reset_frame;
    int64_t fin, reset;
    if ((c->end[id].pending & both) != both || !history_pending(pool, c->log, id, DELIVERY_FIN, &fin_frame, &fin) ||
        !history_pending(pool, c->log, id, DELIVERY_RST, &reset_frame, &reset))
        return false;
    bool in_order = !((c->holes | c->fin_behind) >> endpoint_peer(id) & 1);
    int64_t leg = connection_leg(c, id);

    return in_order && fin_frame < reset_frame && reset - fin <= leg + ACK_DELAY &&
           c->end[id].last_time - fin <= leg;
}

/*
 * Only an acknowledgement shows that the peer's FIN arrived; but it may have. And where this end may
 * have closed before the capture began, an acknowledgement does not show where it leads (T5).
 */
static void settle_fin(struct history_pool *pool, struct connection *c, enum endpoint_id id)
{
    struct endpoint *end = &c->end[id];
    bool acked = c->end[endpoint_peer(id)].flags & END_FIN_ACKED;
    bool on_its_way = (end->pending & 1u << DELIVERY_FIN) && end->state != STATE_CLOSED;

    if ((acked && connection_past_unknown(c, id)) || reset_behind_fin(pool, c, id)) {
        machine_decide(pool, c, id, DELIVERY_FIN, 0, CERTAINTY_ASSUMED);
        return;
    }
    if (on_its_way && !acked && end->certainty < CERTAINTY_INFERRED)
        end->certainty = CERTAINTY_INFERRED;
    machine_withdraw(pool, c, id, DELIVERY_FIN);
}

/* RFC 5961 §3.2: a RST in the window is answered and changes nothing; but without the answer it is
 * only the usual. A stack from before would be CLOSED, or the capture lacks what led there. */
static void settle_challenged(struct history_pool *pool, struct connection *c,
                              enum endpoint_id id)
{
    struct endpoint *end = &c->end[id];
    bool pending = end->pending & 1u << DELIVERY_RST_IN_WINDOW;

    if (pending && end->state != STATE_CLOSED && end->certainty < CERTAINTY_INFERRED)
        end->certainty = CERTAINTY_INFERRED;
    machine_withdraw(pool, c, id, DELIVERY_RST_IN_WINDOW);
}

/* The newest number of this end is in no captured segment: a byte, or its FIN. */
static bool tail_is_unseen(const struct endpoint *end)
{
    return (end->flags & (END_UNSEEN_TOLD | END_FIN)) == END_UNSEEN_TOLD && end->last_len > 0 &&
           end->last_seq + end->last_len != (uint32_t)end->snd_nxt;
}

/* Such a FIN would have led on both its sender and who acknowledged it. */
static void settle_unseen(struct connection *c, enum endpoint_id id)
{
    struct endpoint *end = &c->end[id];
    bool leads_on = endpoint_is_open(end) || end->state == STATE_FIN_WAIT_1 ||
                    end->state == STATE_FIN_WAIT_2 || end->state == STATE_CLOSE_WAIT;

    if (leads_on && end->certainty < CERTAINTY_INFERRED &&
        (tail_is_unseen(end) || tail_is_unseen(&c->end[endpoint_peer(id)])))
        end->certainty = CERTAINTY_INFERRED;
}

/*
 * How long this end must be silent until that shows that a RST reached it: until it would have
 * repeated its SYN or SYN-ACK, with time to spare, or for three of its timers, data that nobody
 * acknowledged. With nothing to repeat its silence shows nothing.
 */
static int64_t reset_patience(const struct connection *c, enum endpoint_id id)
{
    const struct endpoint *end = &c->end[id];
    int64_t quiet = 3 * rto_estimate(c);

    if (end->state == STATE_SYN_SENT)
        return patience_for(2 * NS_PER_S, end->syns);
    if (end->state == STATE_SYN_RCVD)
        return patience_for(SYNACK_PATIENCE, end->syns);
    if (end->snd_una >= end->snd_nxt)
        return INT64_MAX;
    return quiet > NS_PER_S ? quiet : NS_PER_S;
}

/* Whether this is on its way to an end, and not decided yet. */
static bool waits(const struct endpoint *end, enum delivery delivery)
{
    return end->pending & 1u << delivery;
}

static void settle_endpoint(struct history_pool *pool, struct connection *c, enum endpoint_id id,
                            int64_t now)
{
    const struct endpoint *end = &c->end[id];

    /* Nothing is on its way to most ends. Of one whose past is unknown settle_fin() says more. */
    if (end->pending == 0 && !(c->flags & CONN_MIDSTREAM)) {
        settle_silent(pool, c, id);
        settle_unheard(pool, c, id);
        settle_unseen(c, id);
        return;
    }
    if (waits(end, DELIVERY_ACK_OF_SYN) &&
        is_ignored(c, endpoint_peer(id), now)) /* the third ACK was dropped, like what followed */
        machine_withdraw(pool, c, id, DELIVERY_ACK_OF_SYN);
    if (waits(end, DELIVERY_ACK_OF_SYN))
        decide(pool, c, id, DELIVERY_ACK_OF_SYN, now, patience_for(SYNACK_PATIENCE, end->syns));
    settle_fin(pool, c, id);
    if (waits(end, DELIVERY_ACK_OF_FIN))
        decide(pool, c, id, DELIVERY_ACK_OF_FIN, now,
               patience_for(rto_estimate(c) * 3 / 2, end->fins));
    settle_silent(pool, c, id);
    if (waits(end, DELIVERY_RST))
        decide(pool, c, id, DELIVERY_RST, now, reset_patience(c, id));
    settle_challenged(pool, c, id);
    if (!objection_stands(c, id)) /* something answered: the opening went on */
        objection_withdraw(pool, c, id);
    if (waits(end, DELIVERY_ERROR))
        decide(pool, c, id, DELIVERY_ERROR, now, objection_patience(c, id));
    settle_unheard(pool, c, id);
    settle_unseen(c, id);
}

/* TIME_WAIT ends two MSL after the last segment (RFC 9293 §3.6.1). */
static void settle_time_wait(struct history_pool *pool, struct connection *c,
                             enum endpoint_id id, int64_t now, int64_t msl)
{
    struct endpoint *end = &c->end[id];
    if (end->state != STATE_TIME_WAIT)
        return;
    int64_t last = c->last_time + arrival_way(pool, c);
    if (now - last < 2 * msl)
        return;
    struct event event = { .kind = EVENT_TRANSITION,
                           .endpoint = (uint8_t)id,
                           .certainty = CERTAINTY_INFERRED,
                           .from = STATE_TIME_WAIT,
                           .to = STATE_CLOSED,
                           .frame = c->last_frame,
                           .time = last + 2 * msl };
    history_add(pool, c->log, &event);
    end->state = STATE_CLOSED;
    end->certainty = CERTAINTY_INFERRED;
}

void verdict_settle(struct history_pool *pool, struct connection *c, int64_t now, int64_t msl)
{
    if (c->flags & CONN_SETTLED)
        return;
    c->flags |= CONN_SETTLED;
    settle_endpoint(pool, c, CLIENT, now);
    settle_endpoint(pool, c, SERVER, now);
    settle_time_wait(pool, c, CLIENT, now, msl);
    settle_time_wait(pool, c, SERVER, now, msl);
    arithmetic_finish(pool, c);
}

/*
 * Whether an end in TIME_WAIT may take this SYN of its peer x for a new connection: what comes of
 * it can't be mistaken for the old one's (RFC 6191 §2).
 */
static bool syn_is_acceptable(const struct endpoint *x, const struct segment *s)
{
    bool stamped = (s->options & OPTION_TIMESTAMPS) && (x->flags & END_LAST_TSVAL);
    int32_t newer = stamped ? seq_diff(s->tsval, x->last_tsval) : 0;
    return newer > 0 || (newer == 0 && seq_diff(s->seq, (uint32_t)x->snd_nxt) >= 0);
}

/*
 * What an end still held of the old connection is over when the ports serve a new one: who sends
 * the SYN has begun it (T1), and who answers it has no other; that the other end takes the SYN
 * is the usual (RFC 9293 §3.6.1 MAY-2), and in most states the only way on, but no segment shows
 * it yet.
 */
static void end_superseded(struct history_pool *pool, struct connection *c, enum endpoint_id id,
                           const struct takeover *takeover)
{
    const struct segment *s = takeover->syn;
    struct endpoint *end = &c->end[id];
    bool sends = id == takeover->sender;
    enum certainty certainty = sends                   ? CERTAINTY_OBSERVED
                               : takeover->answer != 0 ? CERTAINTY_PROVED
                                                       : CERTAINTY_INFERRED;

    if (end->state == STATE_NONE || end->state == STATE_LISTEN || end->state == STATE_CLOSED)
        return;
    if (end->state == STATE_TIME_WAIT && certainty == CERTAINTY_INFERRED &&
        !syn_is_acceptable(&c->end[takeover->sender], s)) {
        end->certainty = CERTAINTY_INFERRED; /* it answers with its last ACK, if it is there */
        return;
    }
    /* Who answers a SYN listens (RFC 9293 §3.10.7.4: a RST takes SYN_RCVD back there). */
    bool passive = end->state == STATE_SYN_RCVD && !(end->flags & END_SYN) && !sends;
    enum tcp_state to = passive ? STATE_LISTEN : STATE_CLOSED;
    /* A SYN that waited is older than what decided about it. */
    struct event event = { .kind = EVENT_TRANSITION,
                           .endpoint = (uint8_t)id,
                           .certainty = (uint8_t)certainty,
                           .from = end->state,
                           .to = (uint8_t)to,
                           .evidence = sends ? 0 : takeover->answer,
                           .frame = s->frame > c->last_frame ? s->frame : c->last_frame,
                           .time = s->time > c->last_time ? s->time : c->last_time };
    history_add(pool, c->log, &event);
    end->state = (uint8_t)to;
    end->certainty = certainty & 15u;
}

void verdict_supersede(struct history_pool *pool, struct connection *c,
                       const struct takeover *takeover, int64_t now, int64_t msl,
                       uint8_t ret_states[2])
{
    c->flags |= CONN_SUPERSEDED;
    verdict_settle(pool, c, now, msl);
    for (int i = 0; i < 2; i++) {
        enum endpoint_id id = (enum endpoint_id)i;
        settle_time_wait(pool, c, id, now, msl); /* what was shown was settled before */
        ret_states[i] = c->end[i].state;
        end_superseded(pool, c, id, takeover);
    }
}

enum handshake_kind verdict_handshake(const struct connection *c)
{
    unsigned client = c->end[CLIENT].flags, server = c->end[SERVER].flags;
    unsigned any = client | server;

    if (!(any & (END_SYN | END_SYNACK)))
        return HANDSHAKE_NOT_CAPTURED;
    if ((client & server & END_SYN) && (client & server & END_SYNACK))
        return HANDSHAKE_SIMULTANEOUS;
    /* That the server's SYN was an answer, and did not only cross the other, is shown when it
     * acknowledges the client's, before or after, without a SYN-ACK of its own. */
    bool acked = (client & END_SYN_ACKED) && !(server & END_SYNACK);
    if ((client & server & END_SYN) && acked && !flow_key_is_self(&c->entry.key))
        return HANDSHAKE_SPLIT;
    if (c->flags & CONN_FAST_OPEN)
        return HANDSHAKE_FAST_OPEN;
    if (c->flags & CONN_SYNACK_ACKED)
        return HANDSHAKE_THREE_WAY;
    if ((c->flags & CONN_REJECTED) && (client & server & END_SEEN) == 0)
        return HANDSHAKE_REJECTED;
    if (c->flags & CONN_REFUSED)
        return HANDSHAKE_REFUSED;
    if (c->flags & CONN_ABORTED)
        return HANDSHAKE_ABORTED;
    return (any & END_SYNACK) ? HANDSHAKE_HALF_OPEN : HANDSHAKE_UNANSWERED;
}

enum close_kind verdict_close(const struct connection *c)
{
    unsigned client = c->end[CLIENT].flags, server = c->end[SERVER].flags;

    if (c->flags & CONN_RESET)
        return CLOSE_RESET;
    if (connection_fins_crossed(c))
        return CLOSE_SIMULTANEOUS;
    if (!((client | server) & END_FIN))
        return CLOSE_OPEN;
    if (client & server & END_FIN_ACKED) {
        bool client_first = !(client & END_FIN_ACKS_PEER);
        unsigned first = client_first ? client : server;
        return (first & END_FIN_ACKED_BY_FIN) ? CLOSE_THREE_SEGMENT : CLOSE_FOUR_SEGMENT;
    }
    return ((client | server) & END_FIN_ACKED) ? CLOSE_HALF_CLOSED : CLOSE_FIN_UNANSWERED;
}

bool verdict_no_connection(const struct connection *c)
{
    for (int i = 0; i < 2 && (c->flags & CONN_MIDSTREAM); i++) {
        const struct endpoint *x = &c->end[i], *y = &c->end[endpoint_peer((enum endpoint_id)i)];
        bool from_nothing = x->state == STATE_CLOSED && x->before_reset == STATE_NONE &&
                            y->state == STATE_NONE;
        bool number_zero = (x->flags & END_RST) && (x->flags & END_ISN_ASSUMED) &&
                           x->isn == UINT32_MAX && x->segments == x->resets;
        if (from_nothing && number_zero && (y->flags & END_ISN_ASSUMED) &&
            y->snd_una == y->snd_nxt)
            return true;
    }
    return false;
}

enum closer verdict_first_closer(const struct connection *c)
{
    if (connection_fins_crossed(c))
        return CLOSER_BOTH;
    bool opened = !(c->flags & (CONN_REFUSED | CONN_ABORTED)) || (c->flags & CONN_SYNACK_ACKED);
    if (!(c->flags & CONN_FIRST_CLOSER_KNOWN) || !opened || verdict_no_connection(c))
        return CLOSER_NONE;
    /* A FIN that knows the other's was not first, whatever the order in the file. */
    if (c->end[CLIENT].flags & END_FIN_ACKS_PEER)
        return CLOSER_SERVER;
    if (c->end[SERVER].flags & END_FIN_ACKS_PEER)
        return CLOSER_CLIENT;
    /* One FIN, of a connection picked up in the middle: it may answer one that was not seen. */
    for (int i = 0; i < 2; i++)
        if ((c->end[i].flags & END_FIN) &&
            connection_past_unknown(c, endpoint_peer((enum endpoint_id)i)))
            return CLOSER_NONE;
    return (c->flags & CONN_FIRST_CLOSER_SERVER) ? CLOSER_SERVER : CLOSER_CLIENT;
}
