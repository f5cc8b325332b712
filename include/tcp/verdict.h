/*
 * verdict: what became of a connection: the pending deliveries are decided, and its opening and
 * close have a name.
 */
#ifndef TCP_VERDICT_H
#define TCP_VERDICT_H

#include "model/kinds.h"
#include "model/segment.h"
#include "tcp/connection.h"

/*
 * Decides what is still pending: inferred when the timer that would have shown the contrary has
 * run out by `now`, assumed when the capture ended before. msl: ns. Done once per connection.
 */
void verdict_settle(struct history_pool *pool, struct connection *c, int64_t now, int64_t msl);

/* A new connection takes the ports of an old one. */
struct takeover {
    const struct segment *syn; /* it begins with this */
    enum endpoint_id sender;   /* of the old connection */
    uint64_t answer;           /* frame of the other end's answer that was awaited; 0: none was */
};

/*
 * Settles the old connection and ends what its ends still held. ret_states: what each was in
 * before, by enum endpoint_id.
 */
void verdict_supersede(struct history_pool *pool, struct connection *c,
                       const struct takeover *takeover, int64_t now, int64_t msl,
                       uint8_t ret_states[2]);

/* How it opened and closed, by the definitions of the JSON contract. */
enum handshake_kind verdict_handshake(const struct connection *c);
enum close_kind verdict_close(const struct connection *c);
enum closer verdict_first_closer(const struct connection *c);

/*
 * Nothing but a segment without ACK and the RST that answers it, with number 0: its sender had no
 * connection (RFC 9293 §3.10.7.1), nor had the other end, for all its segments would have an ACK.
 */
bool verdict_no_connection(const struct connection *c);

#endif
