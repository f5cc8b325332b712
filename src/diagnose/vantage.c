/*
 * vantage: the rows of §1.6 of the reference specification, each a little stricter where hosts
 * that forward packets would look like ends.
 */
#include "diagnose/vantage.h"

#include <string.h>

#include "base/time_text.h"

/* Hosts answer a SYN or a SYN-ACK at once; what takes longer has a way to go. */
#define AT_ONCE (200 * NS_PER_MS / 1000)
/* In the middle both ends are at least so far: slow hosts look like a short way. */
#define A_WAY NS_PER_MS

static enum vantage on_end(enum endpoint_id id)
{
    return id == CLIENT ? VANTAGE_CLIENT : VANTAGE_SERVER;
}

static enum vantage near_end(enum endpoint_id id)
{
    return id == CLIENT ? VANTAGE_NEAR_CLIENT : VANTAGE_NEAR_SERVER;
}

static unsigned sight_of(const struct summary *summary, enum endpoint_id id)
{
    return summary->endpoints[id].sight;
}

/* No router has passed on any of its packets. */
static bool no_router_before(const struct summary *summary, enum endpoint_id id)
{
    return (sight_of(summary, id) & (SIGHT_TTL_FIRST | SIGHT_TTL_LATER)) == SIGHT_TTL_FIRST;
}

/* A router has passed on all of its packets. */
static bool routers_before(const struct summary *summary, enum endpoint_id id)
{
    return (sight_of(summary, id) & (SIGHT_TTL_FIRST | SIGHT_TTL_LATER)) == SIGHT_TTL_LATER;
}

static bool address_is_loopback(const uint8_t address[16], uint8_t ip_version)
{
    static const uint8_t loopback6[16] = { [15] = 1 };
    return ip_version == 4 ? address[0] == 127 : memcmp(address, loopback6, 16) == 0;
}

/* Both ends on one host: its place is that of either, and what tells ends apart tells nothing. */
static bool host_talks_to_itself(const struct summary *summary)
{
    const uint8_t *client = summary->endpoints[CLIENT].address;
    const uint8_t *server = summary->endpoints[SERVER].address;
    return memcmp(client, server, 16) == 0 ||
           (address_is_loopback(client, summary->ip_version) &&
            address_is_loopback(server, summary->ip_version));
}

/* A router that rewrites addresses sends packets, too: hence the TTL. */
static enum vantage by_packet_type(const struct summary *summary)
{
    for (int i = CLIENT; i <= SERVER; i++) {
        enum endpoint_id id = (enum endpoint_id)i;
        unsigned sight = sight_of(summary, id), peer = sight_of(summary, endpoint_peer(id));
        if ((sight & SIGHT_SENT) && !(sight & SIGHT_RECEIVED) && !(peer & SIGHT_SENT) &&
            (peer == 0 || (peer & SIGHT_RECEIVED)) && no_router_before(summary, id))
            return on_end(id);
    }
    return VANTAGE_UNKNOWN;
}

/* Both directions unfinished are virtual machines or containers of one host. */
static enum vantage by_checksum(const struct summary *summary)
{
    for (int i = CLIENT; i <= SERVER; i++) {
        enum endpoint_id id = (enum endpoint_id)i;
        const struct endpoint_summary *end = &summary->endpoints[id];
        const struct endpoint_summary *peer = &summary->endpoints[endpoint_peer(id)];
        if (2 * (uint64_t)end->checksums_partial > end->segments &&
            peer->checksums_partial == 0 && (peer->sight & SIGHT_CHECKSUM_GOOD) &&
            no_router_before(summary, id))
            return on_end(id);
    }
    return VANTAGE_UNKNOWN;
}

/* How soon an end answers in the handshake, seen from the capture; UNKNOWN_NS. */
static int64_t delay_of(const struct summary *summary, enum endpoint_id id)
{
    return id == CLIENT ? summary->ack_ns : summary->synack_ns;
}

/* Answers at once, and clearly sooner than its peer. */
static bool answers_at_once(const struct summary *summary, enum endpoint_id id, bool relative)
{
    int64_t delay = delay_of(summary, id), peer = delay_of(summary, endpoint_peer(id));
    if (delay < 0 || peer < 0 || delay >= peer / 10)
        return false;
    return delay < AT_ONCE || (relative && delay < (delay + peer) / 20);
}

/*
 * A card cuts large segments up after the sender's capture (TSO), or joins small ones before the
 * receiver's (GRO). Which of the two it is, the delay tells.
 */
static enum vantage by_offload(const struct summary *summary)
{
    bool client = sight_of(summary, CLIENT) & SIGHT_OVERSIZE;
    bool server = sight_of(summary, SERVER) & SIGHT_OVERSIZE;
    if (client == server)
        return VANTAGE_UNKNOWN;
    for (int i = CLIENT; i <= SERVER; i++) {
        enum endpoint_id id = (enum endpoint_id)i;
        if (answers_at_once(summary, id, false) && no_router_before(summary, id))
            return on_end(id);
    }
    return VANTAGE_UNKNOWN;
}

/* With routers before one end only, the capture is not nearer to that end. */
static enum vantage by_delay(const struct summary *summary)
{
    for (int i = CLIENT; i <= SERVER; i++) {
        enum endpoint_id id = (enum endpoint_id)i;
        bool nearer_to_peer =
            routers_before(summary, id) && no_router_before(summary, endpoint_peer(id));
        if (answers_at_once(summary, id, true))
            return nearer_to_peer ? VANTAGE_UNKNOWN : near_end(id);
    }
    int64_t client = summary->ack_ns, server = summary->synack_ns;
    bool one_sided = (sight_of(summary, CLIENT) ^ sight_of(summary, SERVER)) & SIGHT_TTL_FIRST;
    if (client >= A_WAY && server >= A_WAY && client >= server / 4 && server >= client / 4 &&
        !one_sided)
        return VANTAGE_MIDDLE;
    return VANTAGE_UNKNOWN;
}

/* Next to a host that begins with these TTLs it may be that host's own machine (containers). */
static enum vantage by_forwarding(const struct summary *summary)
{
    const unsigned both = SIGHT_SENT | SIGHT_RECEIVED;
    unsigned client = sight_of(summary, CLIENT), server = sight_of(summary, SERVER);
    bool forwards = (client & both) == both || (server & both) == both;
    return forwards && !((client | server) & SIGHT_TTL_FIRST) ? VANTAGE_MIDDLE : VANTAGE_UNKNOWN;
}

const struct vantage_row vantage_rows[] = {
    { VANTAGE_BY_PACKET_TYPE, by_packet_type,
      "cooked capture: all packets of one end are outgoing, all of the other incoming, and the "
      "first end's TTL is one that hosts begin with" },
    { VANTAGE_BY_CHECKSUM, by_checksum,
      "most checksums of one end cover the pseudo-header only, those of the other are right" },
    { VANTAGE_BY_OFFLOAD, by_offload,
      "one direction has segments larger than the MSS, and one end answers within 200 us and a "
      "tenth of the other's time" },
    { VANTAGE_BY_DELAY, by_delay,
      "one end answers within 200 us or a twentieth of the round trip, and a tenth of the "
      "other's time: near it; both need 1 ms or more and neither four times the other: middle" },
    { VANTAGE_BY_FORWARDING, by_forwarding,
      "cooked capture: the same end's packets come in and go out, and neither end is adjacent" },
};

const size_t vantage_row_count = sizeof vantage_rows / sizeof vantage_rows[0];

bool vantage_end(enum vantage vantage, enum endpoint_id *ret_end)
{
    bool client = vantage == VANTAGE_CLIENT || vantage == VANTAGE_NEAR_CLIENT;
    bool server = vantage == VANTAGE_SERVER || vantage == VANTAGE_NEAR_SERVER;
    *ret_end = server ? SERVER : CLIENT;
    return client || server;
}

struct vantage_verdict vantage_judge(const struct summary *summary)
{
    struct vantage_verdict verdict = { .vantage = VANTAGE_UNKNOWN,
                                       .certainty = CERTAINTY_INFERRED };
    if (host_talks_to_itself(summary))
        return verdict;
    for (size_t i = 0; i < vantage_row_count; i++) {
        enum vantage said = vantage_rows[i].rule(summary);
        enum endpoint_id end, before;
        if (said == VANTAGE_UNKNOWN)
            continue;
        if (verdict.vantage == VANTAGE_UNKNOWN) {
            verdict.vantage = (uint8_t)said;
            verdict.evidence = (uint8_t)vantage_rows[i].evidence;
        } else if (vantage_end(said, &end) && vantage_end(verdict.vantage, &before) &&
                   end != before) {
            return (struct vantage_verdict){ .vantage = VANTAGE_UNKNOWN };
        }
    }
    return verdict;
}
