/* json_connection: who, when, how it opened and closed, both ends. docs/schema.json describes the
 * same. */
#include "render/json_connection.h"

#include "base/address_text.h"
#include "model/kinds.h"
#include "render/json_events.h"
#include "render/json_finding.h"
#include "render/json_limits.h"
#include "render/json_lost.h"
#include "render/json_metrics.h"
#include "report/measured.h"
#include "report/narrate.h"
#include "report/neighbours.h"

static void put_end(struct json_writer *w, const char *key, const struct summary *summary,
                    enum endpoint_id id)
{
    const struct endpoint_summary *end = &summary->endpoints[id];
    char text[ADDRESS_TEXT_SIZE];
    json_open_object(w, key);
    json_put_text(w, "address",
                  narrate_address(end->address, summary->ip_version, text, sizeof text));
    json_put_number(w, "port", end->port);
    json_close_object(w);
}

static void put_vlans(struct json_writer *w, const struct summary *summary)
{
    json_open_array(w, "vlan");
    for (size_t i = 0; i < summary->vlan_count && i < SEGMENT_VLAN_MAX; i++)
        json_put_number(w, NULL, summary->vlan[i]);
    json_close_array(w);
}

static void put_handshake(struct json_writer *w, const struct connection_report *connection)
{
    const struct summary *summary = connection->summary;
    json_open_object(w, "handshake");
    json_put_text(w, "kind", handshake_kind_name(summary->handshake));
    json_put_bool(w, "complete", summary->handshake_complete);
    json_put_numbers(w, "frames", connection->handshake_frames,
                     connection->handshake_frame_count);
    json_put_duration(w, "rtt_s", summary->rtt_ns);
    json_put_duration(w, "synack_s", summary->synack_ns);
    json_put_duration(w, "ack_s", summary->ack_ns);
    json_close_object(w);
}

static void put_close(struct json_writer *w, const struct connection_report *connection)
{
    json_open_object(w, "close");
    json_put_text(w, "kind", close_kind_name(connection->summary->close));
    json_put_text(w, "first_closer", closer_name(connection->summary->first_closer));
    json_put_numbers(w, "frames", connection->close_frames, connection->close_frame_count);
    json_close_object(w);
}

static void put_answer(struct json_writer *w, const char *key, enum known known)
{
    if (known == KNOWN_UNKNOWN)
        json_put_null(w, key);
    else
        json_put_bool(w, key, known == KNOWN_YES);
}

/* A number that is -1 when it is not known. */
static void put_option(struct json_writer *w, const char *key, int32_t number)
{
    json_put_number_if(w, key, number >= 0, (uint64_t)number);
}

/* Which state it is in, and its numbers. */
static void put_state(struct json_writer *w, const struct endpoint_summary *end)
{
    bool known = end->state != STATE_NONE;
    /* An assumed number is only a base to count from: it is no initial sequence number. */
    bool isn = end->isn_known && end->isn_certainty != CERTAINTY_ASSUMED;
    json_put_text(w, "state", known ? tcp_state_name(end->state) : NULL);
    json_put_text(w, "state_certainty", known ? certainty_name(end->state_certainty) : NULL);
    json_put_number_if(w, "isn", isn, end->isn);
}

/* What it sent. Without a frame of this end that is not known: it is not 0. */
static void put_sent(struct json_writer *w, const struct endpoint_summary *end)
{
    bool seen = end->segments > 0;
    json_put_number(w, "segments", end->segments);
    json_put_number_if(w, "payload_bytes", seen, end->payload_bytes);
    json_put_number_if(w, "payload_bytes_sent", seen, end->payload_bytes_sent);
    json_put_extra_number(w, "repeated_segments", end->repeated_segments);
    json_put_number_if(w, "retransmitted_segments", seen, end->retransmitted_segments);
    json_put_number_if(w, "retransmitted_bytes", seen, end->retransmitted_bytes);
}

static void put_endpoint(struct json_writer *w, const char *key,
                         const struct connection_report *connection, enum endpoint_id id,
                         bool details)
{
    const struct endpoint_summary *end = &connection->summary->endpoints[id];
    json_open_object(w, key);
    put_state(w, end);
    put_sent(w, end);
    put_option(w, "mss", end->mss);
    put_option(w, "window_scale", end->window_scale);
    put_answer(w, "sack_permitted", end->sack_permitted);
    put_answer(w, "timestamps", end->timestamps);
    json_put_duration(w, "rtt_min_s", measured_rtt_min(connection));
    json_put_metrics(w, "metrics", connection, id);
    json_put_lost(w, "loss", connection, id);
    json_put_limits(w, "limited_by", &end->limits, details);
    json_close_object(w);
}

static void put_endpoints(struct json_writer *w, const struct connection_report *connection,
                          bool details)
{
    json_open_object(w, "endpoints");
    put_endpoint(w, "client", connection, CLIENT, details);
    put_endpoint(w, "server", connection, SERVER, details);
    json_close_object(w);
}

static void put_vantage(struct json_writer *w, const struct vantage_verdict *verdict)
{
    bool known = verdict->vantage != VANTAGE_UNKNOWN;
    json_put_text(w, "vantage", vantage_name((enum vantage)verdict->vantage));
    json_put_extra_text(w, "vantage_certainty",
                        known ? certainty_name(verdict->certainty) : NULL);
    json_put_extra_text(w, "vantage_evidence",
                        vantage_evidence_name((enum vantage_evidence)verdict->evidence));
}

/* Who it is. */
static void put_identity(struct json_writer *w, const struct connection_report *connection)
{
    const struct summary *summary = connection->summary;
    json_put_number(w, "id", summary->id);
    json_put_number(w, "incarnation", summary->incarnation);
    json_put_text(w, "community_id", connection->community_id);
    json_put_number(w, "ip_version", summary->ip_version);
    put_vlans(w, summary);
    json_open_array(w, "tunnel");
    json_close_array(w);
    put_end(w, "client", summary, CLIENT);
    put_end(w, "server", summary, SERVER);
    json_put_text(w, "role_certainty", certainty_name(summary->role_certainty));
    json_put_text(w, "role_evidence", role_evidence_name(summary->role_evidence));
    put_vantage(w, &connection->vantage);
}

/* When. */
static void put_times(struct json_writer *w, const struct summary *summary)
{
    json_put_time(w, "first", summary->first_time);
    json_put_time(w, "last", summary->last_time);
    json_put_seconds(w, "duration_s", summary->last_time - summary->first_time);
    json_put_number(w, "first_frame", summary->first_frame);
    json_put_number(w, "last_frame", summary->last_frame);
    if (summary->neighbours_known)
        json_put_extra_number(w, "second_views", summary->second_views);
    else
        json_put_null(w, "second_views"); /* that is not 0 */
}

/* What Zeek and Wireshark would say; null without a log of the connection. */
static void put_neighbours(struct json_writer *w, const struct summary *summary)
{
    if (!summary->neighbours_known) {
        json_put_null(w, "zeek");
        json_put_null(w, "wireshark");
        return;
    }
    json_open_object(w, "zeek");
    json_put_text(w, "conn_state", neighbours_conn_state(summary));
    json_put_text(w, "history", summary->zeek_history);
    json_close_object(w);
    json_open_object(w, "wireshark");
    json_put_number(w, "completeness", summary->completeness);
    json_close_object(w);
}

void json_connection_fill(struct json_writer *w, const struct connection_report *connection,
                          bool details)
{
    const struct summary *summary = connection->summary;
    put_identity(w, connection);
    put_times(w, summary);
    put_handshake(w, connection);
    put_close(w, connection);
    put_endpoints(w, connection, details);
    json_put_exchanges(w, "exchanges", &summary->exchanges, details);
    if (details) {
        json_put_transitions(w, connection);
        json_put_checks(w, connection);
    }
    json_put_errors(w, connection);
    json_put_findings(w, "findings", connection->findings, connection->ranks, summary);
    json_put_extra_bool(w, "events_lost", summary->events_lost);
    put_neighbours(w, summary);
}
