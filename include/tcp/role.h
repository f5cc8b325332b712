/*
 * role: which end is the client (initiator) and how we know: rules 1 to 8 of the reference
 * specification, as far as they exist here: SYN, SYN-ACK, crossing SYNs, port, first sender.
 */
#ifndef TCP_ROLE_H
#define TCP_ROLE_H

#include "tcp/connection.h"

/* Decides by the connection's first segment; `source_second`: its source is the key's second. */
void role_begin(struct connection *c, const struct segment *segment, bool source_second);

/*
 * A later segment may know better (a SYN-ACK whose SYN was not seen). True when client and
 * server changed places.
 */
bool role_review(struct history_pool *pool, struct connection *c, const struct segment *segment,
                 bool source_second);

/* Which end sent a segment. */
static inline enum endpoint_id role_sender(const struct connection *c, bool source_second)
{
    bool client_second = c->flags & CONN_SWAPPED;
    return source_second == client_second ? CLIENT : SERVER;
}

#endif
