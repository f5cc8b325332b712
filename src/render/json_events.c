/* json_events: docs/schema.json describes the same. */
#include "render/json_events.h"

#include "base/address_text.h"
#include "model/check.h"
#include "report/narrate.h"

static void put_transition(struct json_writer *w, const struct event *event)
{
    bool from = event->from != STATE_NONE, to = event->to != STATE_NONE;
    json_open_object(w, NULL);
    json_put_number(w, "frame", event->frame);
    json_put_time(w, "time", event->time);
    json_put_text(w, "endpoint", endpoint_name(event->endpoint));
    json_put_text(w, "from", from ? tcp_state_name(event->from) : NULL);
    json_put_text(w, "to", to ? tcp_state_name(event->to) : NULL);
    json_put_text(w, "certainty", certainty_name(event->certainty));
    json_put_known(w, "evidence_frame", event->evidence);
    json_close_object(w);
}

void json_put_transitions(struct json_writer *w, const struct connection_report *connection)
{
    json_open_array(w, "transitions");
    for (size_t i = 0; i < connection->event_count; i++)
        if (connection->events[i].kind == EVENT_TRANSITION)
            put_transition(w, &connection->events[i]);
    json_close_array(w);
}

/* The check's sum in words and numbers; null when it could not be made. */
static void put_arithmetic(struct json_writer *w, const char *key, const struct event *check,
                           const struct summary *summary, bool relative)
{
    bool made = check->result != CHECK_SKIPPED &&
                narrate_arithmetic(json_words(w), check, summary, relative);
    if (made)
        json_put_words(w, key);
    else
        json_put_null(w, key);
}

static void put_check(struct json_writer *w, const struct event *check,
                      const struct summary *summary)
{
    bool known = check->detail < CHECK_N, skipped = check->result == CHECK_SKIPPED;
    /* Null where a check has two pairs of numbers, or was not made. */
    bool single = !skipped && known && checks[check->detail].subject != SUBJECT_SEQ_AND_ACK;
    json_open_object(w, NULL);
    json_put_text(w, "id", known ? checks[check->detail].name : NULL);
    json_put_number(w, "frame", check->frame);
    json_put_text(w, "endpoint", endpoint_name(check->endpoint));
    json_put_text(w, "result", check_result_name(check->result));
    json_put_text(w, "reason", skipped ? check_reason_name(check->expected) : NULL);
    json_put_number_if(w, "observed", single, check->observed);
    json_put_number_if(w, "expected", single, check->expected);
    put_arithmetic(w, "arithmetic", check, summary, false);
    put_arithmetic(w, "arithmetic_relative", check, summary, true);
    json_put_text(w, "certainty", certainty_name(check->certainty));
    json_close_object(w);
}

void json_put_checks(struct json_writer *w, const struct connection_report *connection)
{
    json_open_array(w, "checks");
    for (size_t i = 0; i < connection->event_count; i++)
        if (connection->events[i].kind == EVENT_CHECK)
            put_check(w, &connection->events[i], connection->summary);
    json_close_array(w);
}

/* Who sent an ICMP error; null when the log had no room for it. */
static void put_reporter(struct json_writer *w, const struct connection_report *connection,
                         const struct event *error)
{
    const struct summary *summary = connection->summary;
    uint8_t address[16];
    char text[ADDRESS_TEXT_SIZE];
    bool known = event_reporter(connection->events, connection->event_count, error, summary,
                                address);
    json_put_text(w, "reporter",
                  known ? narrate_address(address, summary->ip_version, text, sizeof text)
                        : NULL);
}

static void put_error(struct json_writer *w, const struct connection_report *connection,
                      const struct event *error)
{
    uint8_t ip_version = connection->summary->ip_version;
    json_open_object(w, NULL);
    json_put_number(w, "frame", error->frame);
    json_put_time(w, "time", error->time);
    json_put_text(w, "endpoint", endpoint_name(error->endpoint));
    put_reporter(w, connection, error);
    json_put_number(w, "type", error->detail);
    json_put_number(w, "code", error->result);
    json_put_text(w, "meaning", notice_kind(ip_version, error->detail, error->result)->words);
    json_put_known(w, "mtu", error->observed);
    json_close_object(w);
}

void json_put_errors(struct json_writer *w, const struct connection_report *connection)
{
    if (w->lean && narrate_first(connection, EVENT_ICMP_ERROR) == NULL)
        return;
    json_open_array(w, "icmp_errors");
    for (size_t i = 0; i < connection->event_count; i++)
        if (connection->events[i].kind == EVENT_ICMP_ERROR)
            put_error(w, connection, &connection->events[i]);
    json_close_array(w);
}
