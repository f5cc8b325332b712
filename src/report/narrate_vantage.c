/*
 * narrate_vantage: where a capture was taken, and what tells that.
 */
#include "report/narrate.h"

#include "diagnose/vantage.h"

/* "it answers in 45 us, the server in 10.5 ms". */
static void add_delays(struct strbuf *out, const struct summary *summary, enum vantage vantage)
{
    enum endpoint_id near;
    int64_t delays[2] = { [CLIENT] = summary->ack_ns, [SERVER] = summary->synack_ns };
    bool end = vantage_end(vantage, &near);
    if (delays[CLIENT] < 0 || delays[SERVER] < 0)
        return;
    narrate_duration(out, end ? "it answers in " : "the client answers in ", delays[near], "");
    strbuf_printf(out, ", the %s in ", endpoint_name(endpoint_peer(near)));
    narrate_duration(out, "", delays[endpoint_peer(near)], "");
}

static void add_evidence(struct strbuf *out, const struct summary *summary,
                         const struct vantage_verdict *verdict)
{
    switch ((enum vantage_evidence)verdict->evidence) {
    case VANTAGE_BY_PACKET_TYPE:
        strbuf_add(out, "its packets are marked as sent by the recording host");
        break;
    case VANTAGE_BY_CHECKSUM:
        strbuf_add(out, "its checksums are left to its card, the other end's are right");
        break;
    case VANTAGE_BY_OFFLOAD:
        strbuf_add(out, "segments are larger than the MSS, and ");
        add_delays(out, summary, (enum vantage)verdict->vantage);
        break;
    case VANTAGE_BY_FORWARDING:
        strbuf_add(out, "packets come in and go out again");
        break;
    case VANTAGE_BY_DELAY:
        add_delays(out, summary, (enum vantage)verdict->vantage);
        break;
    case VANTAGE_BY_OPTION:
    case VANTAGE_BY_NOTHING:
    case VANTAGE_EVIDENCE_N:
        break;
    }
}

/* "on the client", "near the server", "between client and server". */
static void add_place(struct strbuf *out, enum vantage vantage)
{
    enum endpoint_id end;
    bool on = vantage == VANTAGE_CLIENT || vantage == VANTAGE_SERVER;
    if (vantage_end(vantage, &end))
        strbuf_printf(out, "%s the %s", on ? "on" : "near", endpoint_name(end));
    else
        strbuf_add(out, "between client and server");
}

void narrate_vantage(struct strbuf *out, const struct summary *summary,
                     const struct vantage_verdict *verdict)
{
    if (verdict->vantage == VANTAGE_UNKNOWN || verdict->vantage >= VANTAGE_N)
        return;
    add_place(out, (enum vantage)verdict->vantage);
    if (verdict->evidence == VANTAGE_BY_OPTION) {
        strbuf_add(out, ", as --vantage says");
        return;
    }
    strbuf_add(out, ", we infer: ");
    add_evidence(out, summary, verdict);
}

void narrate_place(struct strbuf *out, const struct place *place)
{
    char address[64];
    if (!place_agreed(place))
        return;
    if (place->middle) {
        strbuf_add(out, "between clients and servers");
    } else {
        bool client = place->roles & 1u << CLIENT, server = place->roles & 1u << SERVER;
        strbuf_printf(out, "%s %s%s", place->on ? "on" : "near",
                      client && server ? "" : client ? "the client " : "the server ",
                      narrate_address(place->host, place->ip_version, address, sizeof address));
    }
    strbuf_add(out, place->given ? ", as --vantage says" : ", we infer");
}
