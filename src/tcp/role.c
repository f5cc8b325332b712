/* role: choosing client and server. */
#include "tcp/role.h"

#include "tcp/neighbour.h"

#define WELL_KNOWN_PORTS 1024

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

bool role_review(struct history_pool *pool, struct connection *c, const struct segment *segment,
                 bool source_second)
{
    enum endpoint_id sender = role_sender(c, source_second);
    bool syn = (segment->flags & (TCP_SYN | TCP_RST)) == TCP_SYN;

    if (!syn)
        return false;
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
    struct endpoint client = c->end[CLIENT];
    c->end[CLIENT] = c->end[SERVER];
    c->end[SERVER] = client;
    uint8_t probes = c->probes[CLIENT];
    c->probes[CLIENT] = c->probes[SERVER];
    c->probes[SERVER] = probes;
    c->holes = (c->holes >> 1 | c->holes << 1) & 3u;
    c->fin_behind = (c->fin_behind >> 1 | c->fin_behind << 1) & 3u;
    c->flags ^= CONN_SWAPPED;
    if (c->flags & CONN_FIRST_CLOSER_KNOWN)
        c->flags ^= CONN_FIRST_CLOSER_SERVER;
    history_swap(pool, c->log);
    neighbour_swap(history_neighbour(pool, c->log));
    return true;
}
