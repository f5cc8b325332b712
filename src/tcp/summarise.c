/* summarise: the plain facts of a settled connection. */
#include "tcp/summarise.h"

#include <string.h>

#include "base/time_text.h"
#include "model/trait.h"
#include "tcp/arrival.h"
#include "tcp/loss.h"
#include "tcp/neighbour.h"
#include "tcp/sequence.h"
#include "tcp/sight.h"
#include "tcp/tempo.h"
#include "tcp/verdict.h"

/*
 * Of this end no FIN was captured, but the peer, which has closed, acknowledged a number behind all
 * that was: a byte, or the FIN, which the capture lost (acknowledged bytes have passed).
 */
static bool fin_may_be_missing(const struct connection *c, enum endpoint_id id)
{
    const struct endpoint *end = &c->end[id];
    return (c->end[endpoint_peer(id)].flags & END_FIN) &&
           (end->flags & (END_SEEN | END_UNSEEN_TOLD | END_FIN | END_RST)) ==
               (END_SEEN | END_UNSEEN_TOLD) &&
           end->snd_una == end->snd_nxt && end->last_len > 0 &&
           end->last_seq + end->last_len != (uint32_t)end->snd_nxt;
}

/* Then both ends may have gone on: to LAST_ACK and TIME_WAIT, and beyond. */
static void doubt_fin_missing(const struct connection *c, struct summary *s)
{
    for (int id = CLIENT; id <= SERVER; id++) {
        struct endpoint_summary *end = &s->endpoints[id];
        if (!fin_may_be_missing(c, (enum endpoint_id)id))
            continue;
        end->fin_may_be_missing = true;
        end->payload_bytes -= end->payload_bytes > 0 ? 1 : 0;
        s->endpoints[CLIENT].state_certainty = CERTAINTY_ASSUMED;
        s->endpoints[SERVER].state_certainty = CERTAINTY_ASSUMED;
    }
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

static void summarise_times(const struct connection *c, const struct history_pool *pool,
                            uint64_t traits, struct summary *ret)
{
    struct arrival_legs legs;
    bool client_once = c->end[CLIENT].syns == 1, server_once = c->end[SERVER].syns == 1;
    bool three_way = (c->end[CLIENT].flags & END_SYN) && (c->end[SERVER].flags & END_SYNACK) &&
                     !(c->end[SERVER].flags & END_SYN);

    ret->synack_ns = three_way && client_once && c->leg_server >= 0 ? c->leg_server : UNKNOWN_NS;
    ret->ack_ns = three_way && server_once && c->leg_client >= 0 ? c->leg_client : UNKNOWN_NS;
    ret->rtt_ns = ret->synack_ns >= 0 && ret->ack_ns >= 0 && client_once && server_once
                      ? ret->synack_ns + ret->ack_ns
                      : UNKNOWN_NS;
    if (!(traits & TRAIT_EVENT(EVENT_VIEW)) || !arrival_legs(pool, c, &legs))
        return;
    ret->synack_ns = ret->synack_ns >= 0 ? legs.synack_ns : UNKNOWN_NS;
    ret->ack_ns = ret->ack_ns >= 0 ? legs.ack_ns : UNKNOWN_NS;
    ret->rtt_ns = ret->rtt_ns >= 0 ? legs.rtt_ns : UNKNOWN_NS;
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

void connection_summarise(const struct connection *c, const struct history_pool *pool,
                          uint64_t traits, int64_t capture_end, struct summary *ret_summary)
{
    const uint64_t connected = TRAIT_CLIENT_CONNECTED | TRAIT_SERVER_CONNECTED;
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
    bool answered =
        s->handshake == HANDSHAKE_SPLIT && c->role_evidence == ROLE_SIMULTANEOUS;
    s->role_evidence = answered ? ROLE_SYN : c->role_evidence;
    s->close = (uint8_t)verdict_close(c);
    s->first_closer = (uint8_t)verdict_first_closer(c);
    s->third_ack_seen = c->flags & CONN_SYNACK_ACKED;
    s->handshake_complete = s->third_ack_seen || (traits & connected) == connected;
    s->no_connection = verdict_no_connection(c);
    s->superseded = c->flags & CONN_SUPERSEDED;
    s->events_lost = (c->flags & CONN_LOG_LOST) || history_overflowed(pool, c->log);
    s->first_frame = c->first_frame;
    s->last_frame = c->last_frame;
    s->first_time = c->first_time;
    s->last_time = c->last_time;
    s->capture_end = capture_end;
    summarise_endpoint(c, CLIENT, &s->endpoints[CLIENT]);
    summarise_endpoint(c, SERVER, &s->endpoints[SERVER]);
    doubt_fin_missing(c, s);
    s->last_way_ns = arrival_way(pool, c);
    s->second_views = history_second_views(pool, c->log);
    summarise_times(c, pool, traits, s);
    s->close_wait_ns = UNKNOWN_NS;
    loss_summarise(pool, c, s);
}

void summary_close_wait(struct summary *summary, const struct event *events, size_t count)
{
    summary->close_wait_ns = close_wait_time(summary, events, count);
}

void connection_detail(const struct connection *c, const struct history_pool *pool,
                       struct summary *summary)
{
    loss_detail(pool, c, summary);
    tempo_summarise(pool, c, summary);
    neighbour_summarise(c->light ? NULL : history_neighbour(pool, c->log), summary);
}
