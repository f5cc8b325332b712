/* role: choosing client and server. */
#include "tcp/role.h"

#include "tcp/incarnation.h"
#include "tcp/neighbour.h"
#include "tcp/sight.h"

#define WELL_KNOWN_PORTS 1024
#define PEERS_OF_A_SERVICE 3

static void client_set(struct connection *c, bool client_second, enum role_evidence evidence,
                       enum certainty certainty)
{
    c->flags &= (uint16_t)~CONN_SWAPPED;
    if (client_second)
        c->flags |= CONN_SWAPPED;
    c->role_evidence = (unsigned)evidence & 7u;
    c->role_certainty = (unsigned)certainty & 3u;
}

void role_begin(struct connection *c, const struct segment *segment, bool source_second)
{
    uint16_t from = segment->source_port, to = segment->destination_port;

    if ((segment->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN) {
        client_set(c, source_second, ROLE_SYN, CERTAINTY_OBSERVED);
        return;
    }
    if (segment_has(segment, TCP_SYN | TCP_ACK)) {
        client_set(c, !source_second, ROLE_SYN_ACK, CERTAINTY_OBSERVED);
        return;
    }
    c->flags |= CONN_MIDSTREAM;
    /* No end of a connection sends without ACK; who scans is no server, whatever the ports. */
    if (!(segment->flags & (TCP_SYN | TCP_ACK | TCP_RST)))
        client_set(c, source_second, ROLE_FIRST_SENDER, CERTAINTY_INFERRED);
    else if ((from < WELL_KNOWN_PORTS) != (to < WELL_KNOWN_PORTS))
        client_set(c, from < to ? !source_second : source_second, ROLE_PORT, CERTAINTY_INFERRED);
    else if (from != to) /* rule 8: the lower port is the service, an assumption */
        client_set(c, from < to ? !source_second : source_second, ROLE_PORT, CERTAINTY_ASSUMED);
    else
        client_set(c, source_second, ROLE_FIRST_SENDER, CERTAINTY_ASSUMED);
}

void role_resume(struct connection *c, bool client_second, enum role_evidence evidence,
                 enum certainty certainty)
{
    if (!(c->flags & CONN_MIDSTREAM)) /* a SYN or SYN-ACK tells better */
        return;
    client_set(c, client_second, evidence, certainty);
}

static void ends_swap(struct history_pool *pool, struct connection *c)
{
    struct endpoint client = c->end[CLIENT];
    c->end[CLIENT] = c->end[SERVER];
    c->end[SERVER] = client;
    uint8_t probes = c->probes[CLIENT];
    c->probes[CLIENT] = c->probes[SERVER];
    c->probes[SERVER] = probes;
    unsigned holes = c->holes, behind = c->fin_behind;
    c->holes = (holes >> 1 | holes << 1) & 3u;
    c->fin_behind = (behind >> 1 | behind << 1) & 3u;
    c->flags ^= CONN_SWAPPED;
    if (c->flags & CONN_FIRST_CLOSER_KNOWN)
        c->flags ^= CONN_FIRST_CLOSER_SERVER;
    sight_swap(c);
    history_swap(pool, c->log);
    neighbour_swap(history_neighbour(pool, c->log));
}

/* Which end the payload shows to be the client. False: it does not say. */
static bool payload_client(const struct segment *segment, enum endpoint_id sender,
                           enum endpoint_id *ret_client)
{
    switch ((enum payload_kind)segment->payload_kind) {
    case PAYLOAD_HTTP_REQUEST:
    case PAYLOAD_TLS_CLIENT:
        *ret_client = sender;
        return true;
    case PAYLOAD_HTTP_RESPONSE:
    case PAYLOAD_TLS_SERVER:
    case PAYLOAD_BANNER:
        *ret_client = endpoint_peer(sender);
        return true;
    case PAYLOAD_NONE:
        break;
    }
    return false;
}

/* Rule 5, for the first payload of each end; true when the ends changed places. */
static bool payload_review(struct history_pool *pool, struct connection *c,
                           const struct segment *segment, enum endpoint_id sender)
{
    enum endpoint_id client;
    bool control = segment->flags & (TCP_SYN | TCP_RST);
    if (control || c->role_evidence <= ROLE_PAYLOAD || (c->end[sender].flags & END_DATA) ||
        !payload_client(segment, sender, &client))
        return false;
    c->role_evidence = ROLE_PAYLOAD;
    c->role_certainty = CERTAINTY_INFERRED;
    if (client == CLIENT)
        return false;
    ends_swap(pool, c);
    return true;
}

bool role_review(struct history_pool *pool, struct connection *c, const struct segment *segment,
                 bool source_second)
{
    enum endpoint_id sender = role_sender(c, source_second);
    bool syn = (segment->flags & (TCP_SYN | TCP_RST)) == TCP_SYN;

    if (!syn)
        return segment->payload_kind != PAYLOAD_NONE &&
               payload_review(pool, c, segment, sender);
    if (!(segment->flags & TCP_ACK)) {
        if (sender == SERVER && (c->end[CLIENT].flags & END_SYN))
            c->role_evidence = ROLE_SIMULTANEOUS;
        return false;
    }
    if (c->role_evidence <= ROLE_SIMULTANEOUS)
        return false;
    c->role_evidence = ROLE_SYN_ACK;
    c->role_certainty = CERTAINTY_OBSERVED;
    if (sender == SERVER)
        return false;
    ends_swap(pool, c);
    return true;
}

/* A connection without a SYN counts as a peer of both its ends while it lasts. */
static void count_peers(struct connection *c, struct lessons *lessons, bool lasts)
{
    bool counts = (c->flags & CONN_MIDSTREAM) && lasts;
    if (counts == c->joined)
        return;
    c->joined = counts;
    if (counts)
        lessons_join(lessons, &c->entry.key, c->last_time);
    else
        lessons_leave(lessons, &c->entry.key);
}

void role_learn_from(const struct step *step, struct lessons *lessons)
{
    struct connection *c = step->c;
    unsigned swapped = (c->flags & CONN_SWAPPED) ? 1 : 0;
    bool answers = (step->facts & WHEN_SYNACK) && (step->facts & WHEN_ACKS_SYN) &&
                   (step->y->flags & END_SYN);

    if (c->flags & CONN_MIDSTREAM)
        count_peers(c, lessons, !connection_ended(c));
    if (answers && !(step->x->flags & END_SYN)) /* of crossing SYNs neither is a service's */
        lessons_answered(lessons, &c->entry.key, swapped ^ (unsigned)step->x_id, step->s->time);
}

/* Rules 4 and 7; true with the service's end of the key, 0 or 1. */
static bool service_of(const struct connection *c, const struct services *services,
                       enum role_evidence *ret_evidence, unsigned *ret_which)
{
    const struct flow_key *key = &c->entry.key;
    bool answered[2], several[2];

    for (unsigned which = 0; which < 2; which++) {
        answered[which] = services_has_answered(services, key, which);
        several[which] = services_peers(services, key, which) >= PEERS_OF_A_SERVICE;
    }
    if (c->role_evidence > ROLE_KNOWN_SERVICE && answered[0] != answered[1]) {
        *ret_evidence = ROLE_KNOWN_SERVICE;
        *ret_which = answered[1];
        return true;
    }
    /* After rule 6, which infers, and before rule 8, which only assumes. */
    if (c->role_certainty == CERTAINTY_ASSUMED && several[0] != several[1]) {
        *ret_evidence = ROLE_PEERS;
        *ret_which = several[1];
        return true;
    }
    return false;
}

void role_settle(struct history_pool *pool, struct connection *c, struct lessons *lessons,
                 const struct services *services)
{
    enum role_evidence evidence;
    unsigned which;

    count_peers(c, lessons, false);
    if ((c->flags & CONN_SETTLED) || c->role_certainty == CERTAINTY_OBSERVED ||
        !service_of(c, services, &evidence, &which))
        return;
    c->role_evidence = (unsigned)evidence & 7u;
    c->role_certainty = CERTAINTY_INFERRED;
    bool client_second = c->flags & CONN_SWAPPED;
    if ((which == 1) != client_second) /* the server is where it was */
        return;
    ends_swap(pool, c);
    c->roles_settled_anew = 1;
}
