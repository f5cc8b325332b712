/*
 * verdict: RFC 9293 §3.5, §3.6 as a passive observer may tell them; RFC 6298 for the timers.
 */
#include "tcp/verdict.h"

#include <string.h>

#include "base/seq.h"
#include "base/time_text.h"
#include "tcp/arithmetic.h"
#include "tcp/loss.h"
#include "tcp/machine.h"
#include "tcp/neighbour.h"
#include "tcp/objection.h"
#include "tcp/sequence.h"
#include "tcp/sight.h"

/* The server repeats its SYN-ACK after 1 s (RFC 6298 §2.1) when the third ACK is missing. */
#define SYNACK_PATIENCE (3 * NS_PER_S / 2)
#define RTO_FLOOR (200 * NS_PER_MS) /* Linux TCP_RTO_MIN, on the variance term */

/* The retransmission timeout that this connection's host most likely uses, ns. */
static int64_t rto_estimate(const struct connection *c)
{
    int64_t rtt = connection_leg(c, CLIENT) + connection_leg(c, SERVER);
    if (rtt <= 0)
        return NS_PER_S; /* RFC 6298 §2.1: before any sample */
    return rtt + (2 * rtt > RTO_FLOOR ? 2 * rtt : RTO_FLOOR);
}

/* Payload of this end has been waiting for an acknowledgement longer than its timer. */
static bool data_ignored(const struct connection *c, enum endpoint_id id, int64_t now)
{
    const struct endpoint *end = &c->end[id];
    return (c->end[endpoint_peer(id)].flags & END_SEEN) && (end->flags & END_DATA) &&
           end->snd_una < end->snd_nxt &&
           ((end->flags & END_REPEAT_TOLD) || now - end->last_time > rto_estimate(c));
}

static void decide(struct history_pool *pool, struct connection *c, enum endpoint_id id,
                   enum delivery delivery, int64_t now, int64_t patience)
{
    uint64_t frame = 0;
    int64_t time = c->last_time;

    if (!(c->end[id].pending & 1u << delivery))
        return;
    history_pending(pool, c->log, id, delivery, &frame, &time);
    /* That the ports serve a new connection shows that the old one is over. */
    bool shown = now - time >= patience || (c->flags & CONN_SUPERSEDED);
    machine_decide(pool, c, id, delivery, shown ? CERTAINTY_INFERRED : CERTAINTY_ASSUMED);
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
 * Only an acknowledgement shows that the peer's FIN arrived; but it may have. And where this end may
 * have closed before the capture began, an acknowledgement does not show where it leads (T5).
 */
static void settle_fin(struct history_pool *pool, struct connection *c, enum endpoint_id id)
{
    struct endpoint *end = &c->end[id];
    bool acked = c->end[endpoint_peer(id)].flags & END_FIN_ACKED;
    bool on_its_way = (end->pending & 1u << DELIVERY_FIN) && end->state != STATE_CLOSED;

    if (acked && connection_past_unknown(c, id)) {
        machine_decide(pool, c, id, DELIVERY_FIN, CERTAINTY_ASSUMED);
        return;
    }
    if (on_its_way && !acked && end->certainty < CERTAINTY_INFERRED)
        end->certainty = CERTAINTY_INFERRED;
    machine_withdraw(pool, c, id, DELIVERY_FIN);
}

static void settle_endpoint(struct history_pool *pool, struct connection *c, enum endpoint_id id,
                            int64_t now)
{
    int64_t rto = rto_estimate(c);
    int64_t quiet = 3 * rto > NS_PER_S ? 3 * rto : NS_PER_S;

    if (data_ignored(c, endpoint_peer(id), now)) /* the third ACK was dropped, like the data */
        machine_withdraw(pool, c, id, DELIVERY_ACK_OF_SYN);
    decide(pool, c, id, DELIVERY_ACK_OF_SYN, now, SYNACK_PATIENCE);
    settle_fin(pool, c, id);
    decide(pool, c, id, DELIVERY_ACK_OF_FIN, now, rto * 3 / 2);
    settle_silent(pool, c, id);
    decide(pool, c, id, DELIVERY_RST, now, quiet);
    if (!objection_stands(c, id)) /* something answered: the opening went on */
        objection_withdraw(pool, c, id);
    decide(pool, c, id, DELIVERY_ERROR, now, objection_patience(c, id));
    settle_unheard(pool, c, id);
}

/* TIME_WAIT ends two MSL after the last segment (RFC 9293 §3.6.1). */
static void settle_time_wait(struct history_pool *pool, struct connection *c,
                             enum endpoint_id id, int64_t now, int64_t msl)
{
    struct endpoint *end = &c->end[id];
    if (end->state != STATE_TIME_WAIT || now - c->last_time < 2 * msl)
        return;
    struct event event = { .kind = EVENT_TRANSITION,
                           .endpoint = (uint8_t)id,
                           .certainty = CERTAINTY_INFERRED,
                           .from = STATE_TIME_WAIT,
                           .to = STATE_CLOSED,
                           .frame = c->last_frame,
                           .time = c->last_time + 2 * msl };
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
 * What an end still held of the old connection is over when the ports serve a new one: who sends
 * the SYN has begun it (T1); that the other end takes the SYN is the usual (RFC 9293 §3.6.1
 * MAY-2), and in most states the only way on, but no segment shows it yet.
 */
static void end_superseded(struct history_pool *pool, struct connection *c, enum endpoint_id id,
                           const struct segment *s, enum certainty certainty)
{
    struct endpoint *end = &c->end[id];
    if (end->state == STATE_NONE || end->state == STATE_LISTEN || end->state == STATE_CLOSED)
        return;
    /* A SYN that waited is older than what decided about it. */
    struct event event = { .kind = EVENT_TRANSITION,
                           .endpoint = (uint8_t)id,
                           .certainty = (uint8_t)certainty,
                           .from = end->state,
                           .to = STATE_CLOSED,
                           .frame = s->frame > c->last_frame ? s->frame : c->last_frame,
                           .time = s->time > c->last_time ? s->time : c->last_time };
    history_add(pool, c->log, &event);
    end->state = STATE_CLOSED;
    end->certainty = (uint8_t)certainty;
}

void verdict_supersede(struct history_pool *pool, struct connection *c, const struct segment *s,
                       enum endpoint_id sender, int64_t now, int64_t msl, uint8_t ret_states[2])
{
    c->flags |= CONN_SUPERSEDED;
    verdict_settle(pool, c, now, msl);
    for (int i = 0; i < 2; i++) {
        enum endpoint_id id = (enum endpoint_id)i;
        settle_time_wait(pool, c, id, now, msl); /* what was shown was settled before */
        ret_states[i] = c->end[i].state;
        end_superseded(pool, c, id, s, id == sender ? CERTAINTY_OBSERVED : CERTAINTY_INFERRED);
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
    if (client & server & END_SYN) /* one SYN from a socket to itself has no answer yet */
        return flow_key_is_self(&c->entry.key) ? HANDSHAKE_UNANSWERED : HANDSHAKE_SPLIT;
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

/*
 * Nothing but a segment without ACK and the RST that answers it, with number 0: its sender had no
 * connection (RFC 9293 §3.10.7.1), nor had the other end, for all its segments would have an ACK.
 */
static bool shows_no_connection(const struct connection *c)
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
    if (!(c->flags & CONN_FIRST_CLOSER_KNOWN) || !opened || shows_no_connection(c))
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

static bool reached_established(const struct event *events, size_t count, unsigned endpoint)
{
    for (size_t i = 0; i < count; i++)
        if (events[i].kind == EVENT_TRANSITION && events[i].endpoint == endpoint &&
            events[i].to == STATE_ESTABLISHED && events[i].certainty <= CERTAINTY_PROVED)
            return true;
    return false;
}

static void summarise_endpoint(const struct connection *c, enum endpoint_id id,
                               struct endpoint_summary *ret)
{
    const struct endpoint *end = &c->end[id];
    unsigned flags = end->flags;
    unsigned which = ((c->flags & CONN_SWAPPED) ? 1u : 0u) ^ (unsigned)id;
    bool offered = (flags & (END_SYN | END_SYNACK)) && !(flags & END_OPTIONS_UNKNOWN);
    bool fin = flags & END_FIN;

    memcpy(ret->address, c->entry.key.address[which], sizeof ret->address);
    ret->port = c->entry.key.port[which];
    ret->state = end->state;
    ret->state_certainty = end->certainty;
    /* What is known of an end that was not captured was true once; it may have gone on since. */
    if (!(flags & END_SEEN) && end->certainty < CERTAINTY_INFERRED)
        ret->state_certainty = CERTAINTY_INFERRED;
    /* Where nothing of the peer was captured, its answer to the FIN may have gone unseen. */
    if (end->state == STATE_FIN_WAIT_1 && !(c->end[endpoint_peer(id)].flags & END_SEEN))
        ret->state_certainty = CERTAINTY_ASSUMED;
    ret->isn = end->isn;
    ret->isn_known = flags & END_ISN_KNOWN;
    ret->isn_certainty = (flags & (END_SYN | END_SYNACK)) ? CERTAINTY_OBSERVED
                         : (flags & END_ISN_KNOWN)        ? CERTAINTY_INFERRED
                                                          : CERTAINTY_ASSUMED;
    ret->fin_sent = fin;
    ret->fin_acked = flags & END_FIN_ACKED;
    ret->fin_seq = fin ? (uint32_t)end->fin_seq : 0;
    ret->segments = end->segments;
    ret->payload_bytes_sent = end->payload_sent;
    bool heard = c->end[endpoint_peer(id)].flags & END_SEEN;
    if (heard && (flags & END_DATA) && end->snd_nxt > end->snd_una)
        ret->unacknowledged = (uint64_t)(end->snd_nxt - end->snd_una);
    int64_t bytes = end->snd_nxt - seq_base(end->isn) - 1 - (fin ? 1 : 0);
    bool based = flags & (END_ISN_KNOWN | END_ISN_ASSUMED);
    ret->payload_bytes = based && bytes > 0 ? (uint64_t)bytes : 0;
    ret->repeated_segments = end->repeated;
    ret->syns = end->syns;
    ret->fins = end->fins;
    ret->resets = end->resets;
    ret->checksums_bad = end->bad_checksums;
    ret->checksums_partial = end->partial_checksums;
    ret->sight = (uint8_t)connection_sight(c, id);
    ret->mss = end->mss != 0 ? end->mss : -1;
    ret->window_scale = (flags & END_SCALE) ? end->window_scale : -1;
    ret->sack_permitted = (flags & END_SACK) ? KNOWN_YES : offered ? KNOWN_NO : KNOWN_UNKNOWN;
    ret->timestamps = (flags & END_TIMESTAMPS) ? KNOWN_YES : offered ? KNOWN_NO : KNOWN_UNKNOWN;
    ret->last_time = (flags & END_SEEN) ? end->last_time : UNKNOWN_NS;
}

static void summarise_times(const struct connection *c, struct summary *ret)
{
    bool client_once = c->end[CLIENT].syns == 1, server_once = c->end[SERVER].syns == 1;
    bool three_way = (c->end[CLIENT].flags & END_SYN) && (c->end[SERVER].flags & END_SYNACK) &&
                     !(c->end[SERVER].flags & END_SYN);

    ret->synack_ns = three_way && client_once && c->leg_server >= 0 ? c->leg_server : UNKNOWN_NS;
    ret->ack_ns = three_way && server_once && c->leg_client >= 0 ? c->leg_client : UNKNOWN_NS;
    ret->rtt_ns = ret->synack_ns >= 0 && ret->ack_ns >= 0 && client_once && server_once
                      ? ret->synack_ns + ret->ack_ns
                      : UNKNOWN_NS;
}

/* How long the end that is in CLOSE_WAIT has been there. */
static int64_t close_wait_time(const struct summary *s, const struct event *events, size_t count)
{
    for (size_t i = count; i-- > 0;) {
        const struct event *event = &events[i];
        if (event->kind == EVENT_TRANSITION && event->to == STATE_CLOSE_WAIT &&
            s->endpoints[event->endpoint].state == STATE_CLOSE_WAIT)
            return s->capture_end > event->time ? s->capture_end - event->time : 0;
    }
    return UNKNOWN_NS;
}

void verdict_summarise(const struct connection *c, const struct history_pool *pool,
                       const struct event *events, size_t count, int64_t capture_end,
                       struct summary *ret_summary)
{
    struct summary *s = ret_summary;
    memset(s, 0, sizeof *s);
    s->id = c->first_frame;
    s->incarnation = c->incarnation;
    s->ip_version = c->entry.key.ip_version;
    s->vlan_count = c->vlan_count;
    memcpy(s->vlan, c->vlan, sizeof s->vlan);
    s->role_certainty = c->role_certainty;
    s->roles_settled_anew = c->roles_settled_anew;
    s->handshake = (uint8_t)verdict_handshake(c);
    /* In a split handshake the second SYN answers the first: that one shows who is the client. */
    bool answered = s->handshake == HANDSHAKE_SPLIT && (c->flags & CONN_SYNACK_ACKED) &&
                    c->role_evidence == ROLE_SIMULTANEOUS;
    s->role_evidence = answered ? ROLE_SYN : c->role_evidence;
    s->close = (uint8_t)verdict_close(c);
    s->first_closer = (uint8_t)verdict_first_closer(c);
    s->third_ack_seen = c->flags & CONN_SYNACK_ACKED;
    s->handshake_complete = s->third_ack_seen || (reached_established(events, count, CLIENT) &&
                                                  reached_established(events, count, SERVER));
    s->no_connection = shows_no_connection(c);
    s->superseded = c->flags & CONN_SUPERSEDED;
    s->events_lost = (c->flags & CONN_LOG_LOST) || history_overflowed(pool, c->log);
    s->first_frame = c->first_frame;
    s->last_frame = c->last_frame;
    s->first_time = c->first_time;
    s->last_time = c->last_time;
    s->capture_end = capture_end;
    summarise_endpoint(c, CLIENT, &s->endpoints[CLIENT]);
    summarise_endpoint(c, SERVER, &s->endpoints[SERVER]);
    summarise_times(c, s);
    s->close_wait_ns = close_wait_time(s, events, count);
    loss_summarise(pool, c, s);
    neighbour_summarise(history_neighbour(pool, c->log), s);
}
