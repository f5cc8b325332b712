/* json_connection: connections, endpoints and findings. docs/schema.json describes the same. */
#include "render/json_connection.h"

#include <netinet/in.h>

#include "model/check.h"
#include "model/kinds.h"
#include "render/json_metrics.h"
#include "report/measured.h"
#include "render/json_limits.h"
#include "report/narrate.h"
#include "report/neighbours.h"

static struct json_object *end_object(const struct summary *summary, enum endpoint_id id)
{
    const struct endpoint_summary *end = &summary->endpoints[id];
    char text[INET6_ADDRSTRLEN];
    struct json_object *object = json_object_new_object();
    json_add_text(object, "address",
                  narrate_address(end->address, summary->ip_version, text, sizeof text));
    json_add_number(object, "port", end->port);
    return object;
}

static struct json_object *vlan_array(const struct summary *summary)
{
    struct json_object *array = json_object_new_array();
    for (size_t i = 0; i < summary->vlan_count && i < SEGMENT_VLAN_MAX; i++)
        json_append(array, json_object_new_uint64(summary->vlan[i]));
    return array;
}

static struct json_object *handshake_object(const struct connection_report *connection)
{
    const struct summary *summary = connection->summary;
    struct json_object *object = json_object_new_object();
    json_add_text(object, "kind", handshake_kind_name(summary->handshake));
    json_add_bool(object, "complete", summary->handshake_complete);
    json_add(object, "frames",
             json_numbers(connection->handshake_frames, connection->handshake_frame_count));
    json_add(object, "rtt_s", json_duration(summary->rtt_ns));
    json_add(object, "synack_s", json_duration(summary->synack_ns));
    json_add(object, "ack_s", json_duration(summary->ack_ns));
    return object;
}

static struct json_object *close_object(const struct connection_report *connection)
{
    struct json_object *object = json_object_new_object();
    json_add_text(object, "kind", close_kind_name(connection->summary->close));
    json_add_text(object, "first_closer", closer_name(connection->summary->first_closer));
    json_add(object, "frames",
             json_numbers(connection->close_frames, connection->close_frame_count));
    return object;
}

static struct json_object *known_value(enum known known)
{
    return known == KNOWN_UNKNOWN ? NULL : json_object_new_boolean(known == KNOWN_YES);
}

/* A number that is -1 when it is not known. */
static struct json_object *known_number(int32_t number)
{
    return number < 0 ? NULL : json_object_new_uint64((uint64_t)number);
}

static const char *state_text(enum tcp_state state)
{
    return state == STATE_NONE ? NULL : tcp_state_name(state);
}

/* An assumed number is only a base to count from: it is no initial sequence number. */
static struct json_object *isn_value(const struct endpoint_summary *end)
{
    bool known = end->isn_known && end->isn_certainty != CERTAINTY_ASSUMED;
    return known ? json_object_new_uint64(end->isn) : NULL;
}

static struct json_object *seen_bytes(const struct endpoint_summary *end, uint64_t bytes)
{
    return end->segments > 0 ? json_object_new_uint64(bytes) : NULL;
}

static struct json_object *endpoint_object(const struct connection_report *connection,
                                           enum endpoint_id id, bool details)
{
    const struct endpoint_summary *end = &connection->summary->endpoints[id];
    struct json_object *object = json_object_new_object();
    bool known = end->state != STATE_NONE;
    json_add_text(object, "state", state_text(end->state));
    json_add_text(object, "state_certainty", known ? certainty_name(end->state_certainty) : NULL);
    json_add(object, "isn", isn_value(end));
    json_add_number(object, "segments", end->segments);
    /* Without a frame of this end, what it sent is not known: that is not 0. */
    json_add(object, "payload_bytes", seen_bytes(end, end->payload_bytes));
    json_add(object, "payload_bytes_sent", seen_bytes(end, end->payload_bytes_sent));
    json_add_number(object, "repeated_segments", end->repeated_segments);
    json_add(object, "retransmitted_segments", seen_bytes(end, end->retransmitted_segments));
    json_add(object, "retransmitted_bytes", seen_bytes(end, end->retransmitted_bytes));
    json_add(object, "mss", known_number(end->mss));
    json_add(object, "window_scale", known_number(end->window_scale));
    json_add(object, "sack_permitted", known_value(end->sack_permitted));
    json_add(object, "timestamps", known_value(end->timestamps));
    json_add(object, "rtt_min_s", json_duration(measured_rtt_min(connection)));
    json_add(object, "metrics", json_metrics(connection, id));
    json_add(object, "loss", json_lost(connection, id));
    json_add(object, "limited_by", json_limits(&end->limits, details));
    return object;
}

static struct json_object *endpoints_object(const struct connection_report *connection,
                                            bool details)
{
    struct json_object *object = json_object_new_object();
    json_add(object, "client", endpoint_object(connection, CLIENT, details));
    json_add(object, "server", endpoint_object(connection, SERVER, details));
    return object;
}

static struct json_object *transition_object(const struct event *event)
{
    struct json_object *object = json_object_new_object();
    json_add_number(object, "frame", event->frame);
    json_add(object, "time", json_time(event->time));
    json_add_text(object, "endpoint", endpoint_name(event->endpoint));
    json_add_text(object, "from", state_text(event->from));
    json_add_text(object, "to", state_text(event->to));
    json_add_text(object, "certainty", certainty_name(event->certainty));
    json_add_known(object, "evidence_frame", event->evidence);
    return object;
}

/* The check's sum in words and numbers; null when it could not be made. */
static struct json_object *arithmetic_value(const struct event *check,
                                            const struct summary *summary, bool relative)
{
    struct strbuf text = { 0 };
    if (check->result == CHECK_SKIPPED || !narrate_arithmetic(&text, check, summary, relative)) {
        strbuf_done(&text);
        return NULL;
    }
    return json_text_take(&text);
}

/* One of the two numbers of a check; null where it has two pairs of them, or was not made. */
static struct json_object *check_number(const struct event *check, uint32_t number)
{
    bool single = check->result != CHECK_SKIPPED && check->detail < CHECK_N &&
                  checks[check->detail].subject != SUBJECT_SEQ_AND_ACK;
    return single ? json_object_new_uint64(number) : NULL;
}

static struct json_object *check_object(const struct event *check, const struct summary *summary)
{
    struct json_object *object = json_object_new_object();
    bool skipped = check->result == CHECK_SKIPPED;
    json_add_text(object, "id", check->detail < CHECK_N ? checks[check->detail].name : NULL);
    json_add_number(object, "frame", check->frame);
    json_add_text(object, "endpoint", endpoint_name(check->endpoint));
    json_add_text(object, "result", check_result_name(check->result));
    json_add_text(object, "reason", skipped ? check_reason_name(check->expected) : NULL);
    json_add(object, "observed", check_number(check, check->observed));
    json_add(object, "expected", check_number(check, check->expected));
    json_add(object, "arithmetic", arithmetic_value(check, summary, false));
    json_add(object, "arithmetic_relative", arithmetic_value(check, summary, true));
    json_add_text(object, "certainty", certainty_name(check->certainty));
    return object;
}

static struct json_object *transitions_array(const struct connection_report *connection)
{
    struct json_object *array = json_object_new_array();
    for (size_t i = 0; i < connection->event_count; i++)
        if (connection->events[i].kind == EVENT_TRANSITION)
            json_append(array, transition_object(&connection->events[i]));
    return array;
}

static struct json_object *checks_array(const struct connection_report *connection)
{
    struct json_object *array = json_object_new_array();
    for (size_t i = 0; i < connection->event_count; i++)
        if (connection->events[i].kind == EVENT_CHECK)
            json_append(array, check_object(&connection->events[i], connection->summary));
    return array;
}

/* Its field and value, both text by the contract; durations in seconds, as elsewhere. */
static void evidence_fill(struct json_object *object, const struct evidence *evidence)
{
    char seconds[JSON_SECONDS_SIZE];
    bool duration = evidence->format == EVIDENCE_DURATION;
    struct strbuf field = { 0 }, value = { 0 };
    strbuf_printf(&field, "%s%s", evidence->field != NULL ? evidence->field : "frame",
                  duration ? "_s" : "");
    if (duration)
        strbuf_add(&value, json_seconds_text(evidence->value, seconds));
    else if (evidence->format == EVIDENCE_NONE)
        strbuf_add(&value, "seen"); /* the frame alone speaks */
    else
        narrate_evidence_value(&value, evidence);
    json_add(object, "field", json_text_take(&field));
    json_add(object, "value", json_text_take(&value));
}

static struct json_object *evidence_array(const struct finding *finding)
{
    struct json_object *array = json_object_new_array();
    for (size_t i = 0; i < finding->evidence_count && i < FINDING_EVIDENCE_MAX; i++) {
        const struct evidence *evidence = &finding->evidence[i];
        struct json_object *object = json_object_new_object();
        json_add_number(object, "frame", evidence->frame);
        evidence_fill(object, evidence);
        if (evidence->input != NULL) {
            json_add_text(object, "input", evidence->input);
            json_add_number(object, "input_frame", evidence->input_frame);
        }
        json_append(array, object);
    }
    return array;
}

static struct json_object *sentence_value(const char *template, const struct finding *finding,
                                          const struct summary *summary)
{
    struct strbuf text = { 0 };
    narrate_template(&text, template, finding, summary);
    narrate_capital(&text);
    return json_text_take(&text);
}

/* The host that a finding names; which port, none says yet. */
static struct json_object *host_value(const struct finding *finding)
{
    char text[INET6_ADDRSTRLEN];
    if (finding->host_ip_version == 0)
        return NULL;
    struct json_object *object = json_object_new_object();
    json_add_text(object, "address", narrate_address(finding->host, finding->host_ip_version, text,
                                                     sizeof text));
    json_add_known(object, "port", finding->host_port);
    return object;
}

void json_finding_fill(struct json_object *object, const struct finding *finding, uint32_t rank,
                       const struct summary *summary)
{
    const struct topic *topic = topic_row(finding->topic);
    bool caused = finding->caused_by >= 0 && finding->caused_by < TOPIC_N;
    json_add_text(object, "id", topic->id);
    json_add_text(object, "severity", severity_name(finding->severity));
    json_add_text(object, "scope", scope_name(finding->scope));
    json_add_text(object, "certainty", certainty_name(finding->certainty));
    json_add_known(object, "rank", rank);
    json_add(object, "title", sentence_value(topic->title, finding, summary));
    json_add(object, "text", sentence_value(topic->text, finding, summary));
    json_add(object, "advice", sentence_value(topic->advice, finding, summary));
    json_add_text(object, "reference", finding_reference(finding));
    json_add(object, "evidence", evidence_array(finding));
    json_add(object, "alternatives", json_object_new_array());
    json_add_text(object, "caused_by", caused ? topic_row(finding->caused_by)->id : NULL);
    json_add_known(object, "connection", finding->connection);
    json_add(object, "host", host_value(finding));
}

struct json_object *json_findings(const struct findings *findings, const uint32_t *ranks,
                                  const struct summary *summary)
{
    struct json_object *array = json_object_new_array();
    for (size_t i = 0; findings != NULL && i < findings->count; i++) {
        struct json_object *object = json_object_new_object();
        json_finding_fill(object, &findings->list[i], ranks != NULL ? ranks[i] : 0, summary);
        json_append(array, object);
    }
    return array;
}

/* Who sent an ICMP error; null when the log had no room for it. */
static struct json_object *reporter_value(const struct connection_report *connection,
                                          const struct event *error)
{
    const struct summary *summary = connection->summary;
    uint8_t address[16];
    char text[INET6_ADDRSTRLEN];
    if (!event_reporter(connection->events, connection->event_count, error, summary, address))
        return NULL;
    return json_text(narrate_address(address, summary->ip_version, text, sizeof text));
}

static struct json_object *errors_array(const struct connection_report *connection)
{
    struct json_object *array = json_object_new_array();
    for (size_t i = 0; i < connection->event_count; i++) {
        const struct event *event = &connection->events[i];
        if (event->kind != EVENT_ICMP_ERROR)
            continue;
        struct json_object *object = json_object_new_object();
        json_add_number(object, "frame", event->frame);
        json_add(object, "time", json_time(event->time));
        json_add_text(object, "endpoint", endpoint_name(event->endpoint));
        json_add(object, "reporter", reporter_value(connection, event));
        json_add_number(object, "type", event->detail);
        json_add_number(object, "code", event->result);
        json_add_text(object, "meaning",
                      notice_kind(connection->summary->ip_version, event->detail, event->result)
                          ->words);
        json_add_known(object, "mtu", event->observed);
        json_append(array, object);
    }
    return array;
}

static void fill_vantage(struct json_object *object, const struct vantage_verdict *verdict)
{
    bool known = verdict->vantage != VANTAGE_UNKNOWN;
    json_add_text(object, "vantage", vantage_name((enum vantage)verdict->vantage));
    json_add_text(object, "vantage_certainty", known ? certainty_name(verdict->certainty) : NULL);
    json_add_text(object, "vantage_evidence",
                  vantage_evidence_name((enum vantage_evidence)verdict->evidence));
}

/* Who it is and when. */
static void fill_identity(struct json_object *object, const struct connection_report *connection)
{
    const struct summary *summary = connection->summary;
    json_add_number(object, "id", summary->id);
    json_add_number(object, "incarnation", summary->incarnation);
    json_add_text(object, "community_id", connection->community_id);
    json_add_number(object, "ip_version", summary->ip_version);
    json_add(object, "vlan", vlan_array(summary));
    json_add(object, "tunnel", json_object_new_array());
    json_add(object, "client", end_object(summary, CLIENT));
    json_add(object, "server", end_object(summary, SERVER));
    json_add_text(object, "role_certainty", certainty_name(summary->role_certainty));
    json_add_text(object, "role_evidence", role_evidence_name(summary->role_evidence));
    fill_vantage(object, &connection->vantage);
    json_add(object, "first", json_time(summary->first_time));
    json_add(object, "last", json_time(summary->last_time));
    json_add(object, "duration_s", json_seconds(summary->last_time - summary->first_time));
    json_add_number(object, "first_frame", summary->first_frame);
    json_add_number(object, "last_frame", summary->last_frame);
    json_add(object, "second_views",
             summary->neighbours_known ? json_object_new_uint64(summary->second_views) : NULL);
}

/* What Zeek would say; null without a log of the connection. */
static struct json_object *zeek_value(const struct summary *summary)
{
    if (!summary->neighbours_known)
        return NULL;
    struct json_object *object = json_object_new_object();
    json_add_text(object, "conn_state", neighbours_conn_state(summary));
    json_add_text(object, "history", summary->zeek_history);
    return object;
}

static struct json_object *wireshark_value(const struct summary *summary)
{
    if (!summary->neighbours_known)
        return NULL;
    struct json_object *object = json_object_new_object();
    json_add_number(object, "completeness", summary->completeness);
    return object;
}

void json_connection_fill(struct json_object *object, const struct connection_report *connection,
                          bool details)
{
    const struct summary *summary = connection->summary;
    fill_identity(object, connection);
    json_add(object, "handshake", handshake_object(connection));
    json_add(object, "close", close_object(connection));
    json_add(object, "endpoints", endpoints_object(connection, details));
    json_add(object, "exchanges", json_exchanges(&summary->exchanges, details));
    if (details) {
        json_add(object, "transitions", transitions_array(connection));
        json_add(object, "checks", checks_array(connection));
    }
    json_add(object, "icmp_errors", errors_array(connection));
    json_add(object, "findings",
             json_findings(connection->findings, connection->ranks, summary));
    json_add_bool(object, "events_lost", summary->events_lost);
    json_add(object, "zeek", zeek_value(summary));
    json_add(object, "wireshark", wireshark_value(summary));
}
