/*
 * role: which end is the client (initiator) and how we know: rules 1 to 8 of the reference
 * specification. What the connection's own segments show is decided as they pass; what other
 * connections show (tcp/services) when it is settled.
 */
#ifndef TCP_ROLE_H
#define TCP_ROLE_H

#include "tcp/lessons.h"
#include "tcp/services.h"
#include "tcp/step.h"

/* Decides by the connection's first segment; `source_second`: its source is the key's second. */
void role_begin(struct connection *c, const struct segment *segment, bool source_second);

/* The connection, of which this is another segment, was known before and forgotten: who was who
 * then counts, unless its opening begins now. */
void role_resume(struct connection *c, bool client_second, enum role_evidence evidence,
                 enum certainty certainty);

/*
 * A later segment may know better (a SYN-ACK whose SYN was not seen, the first payload of an
 * end). Call before it is tracked. True when client and server changed places.
 */
bool role_review(struct history_pool *pool, struct connection *c, const struct segment *segment,
                 bool source_second);

/* What a segment that was tracked teaches for connections that lack their SYN: a SYN-ACK, or one of
 * such a connection. */
void role_learn_from(const struct step *step, struct lessons *lessons);

static inline void role_learn(const struct step *step, struct lessons *lessons)
{
    if ((step->c->flags & CONN_MIDSTREAM) || (step->facts & WHEN_SYNACK))
        role_learn_from(step, lessons);
}

/*
 * Before the connection is settled: what the services that were learned say, where no segment of
 * its own decided. Sets roles_settled_anew when client and server changed places.
 */
void role_settle(struct history_pool *pool, struct connection *c, struct lessons *lessons,
                 const struct services *services);

/* Which end sent a segment. */
static inline enum endpoint_id role_sender(const struct connection *c, bool source_second)
{
    bool client_second = c->flags & CONN_SWAPPED;
    return source_second == client_second ? CLIENT : SERVER;
}

#endif
