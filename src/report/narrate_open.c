/* narrate_open: how a connection opened and how it closed, one sentence each. */
#include <inttypes.h>

#include "base/time_text.h"
#include "report/narrate.h"

/* When this end first reached the state; UNKNOWN_NS when it did not. */
static int64_t state_time(const struct connection_report *connection, enum endpoint_id id,
                          enum tcp_state state)
{
    const struct event *event =
        event_entered(connection->events, connection->event_count, id, state);
    return event != NULL ? event->time : UNKNOWN_NS;
}

static void add_times(struct strbuf *out, const char *what, uint32_t n)
{
    strbuf_add(out, what);
    strbuf_add(out, n == 2 ? " twice" : " ");
    if (n == 2)
        return;
    narrate_count(out, n);
    strbuf_add(out, " times");
}

/* "; the SYN had to be sent twice". */
static void add_repeats(struct strbuf *out, const struct summary *summary)
{
    uint32_t syns = summary->endpoints[CLIENT].syns;
    uint32_t answers = summary->endpoints[SERVER].syns;
    if (syns > 1)
        add_times(out, "; the SYN was sent", syns);
    if (answers > 1)
        add_times(out, "; the SYN-ACK was sent", answers);
}

bool narrate_syns_alone(const struct summary *summary)
{
    return summary->role_evidence == ROLE_SIMULTANEOUS &&
           (summary->handshake == HANDSHAKE_UNANSWERED ||
            summary->handshake == HANDSHAKE_HALF_OPEN);
}

bool narrate_reply_unfit(const struct summary *summary)
{
    const struct endpoint_summary *server = &summary->endpoints[SERVER];
    return summary->handshake == HANDSHAKE_UNANSWERED && server->segments > server->syns;
}

/* How long the SYNs were sent, told with how many. */
static void open_unanswered(struct strbuf *out, const struct summary *summary)
{
    uint32_t syns = summary->endpoints[CLIENT].syns;
    if (narrate_syns_alone(summary)) {
        strbuf_add(out, "not at all: each end sent a SYN, and nothing in this capture answers one");
        return;
    }
    const char *none = narrate_reply_unfit(summary) ? " and no reply that fits in this capture"
                                                    : " and no reply of any kind in this capture";
    strbuf_add(out, "not at all: ");
    if (syns == 1) {
        strbuf_printf(out, "one SYN%s", none);
    } else {
        narrate_count(out, syns);
        narrate_duration(out, " SYNs in ", summary->last_time - summary->first_time, none);
    }
    uint32_t segments = summary->endpoints[CLIENT].segments;
    if (segments > syns)
        strbuf_printf(out, "; %" PRIu32 " more segment%s of the client got none either",
                      segments - syns, segments - syns == 1 ? "" : "s");
}

/* The answer that refused it, with how long that took. */
static void open_refused(struct strbuf *out, const struct connection_report *connection)
{
    const struct summary *summary = connection->summary;
    const struct event *reset = narrate_first(connection, EVENT_RESET);
    strbuf_add(out, "refused: the server's answer to the SYN was a RST");
    if (reset != NULL && reset->time > summary->first_time &&
        summary->endpoints[CLIENT].syns <= 1)
        narrate_duration(out, ", ", reset->time - summary->first_time, " later");
}

/* The ICMP error that rejected it, in its own words. */
static void open_rejected(struct strbuf *out, const struct connection_report *connection)
{
    const struct summary *summary = connection->summary;
    const struct event *error =
        event_rejection(connection->events, connection->event_count, summary->ip_version);
    strbuf_add(out, "rejected: an ICMP error came back for the SYN");
    if (error == NULL)
        return;
    if (error->time > summary->first_time)
        narrate_duration(out, ", ", error->time - summary->first_time, " later");
    strbuf_printf(out, ": %s",
                  notice_kind(summary->ip_version, error->detail, error->result)->words);
}

/* "; no frame of the server is in this capture". */
static void add_silent(struct strbuf *out, const struct summary *summary)
{
    enum endpoint_id silent;
    if (narrate_one_sided(summary, &silent))
        strbuf_printf(out, "; no frame of the %s is in this capture", endpoint_name(silent));
}

/* What became of data on the SYN (RFC 7413). */
static void add_fast_open(struct strbuf *out, const struct connection_report *connection)
{
    const struct event *event = narrate_first(connection, EVENT_FAST_OPEN);
    const struct endpoint_summary *client = &connection->summary->endpoints[CLIENT];
    if (event == NULL)
        return;
    switch ((enum fast_open_fate)event->detail) {
    case FAST_OPEN_TAKEN:
        strbuf_printf(out, "; the server took the %" PRIu32 " B on the SYN", event->observed);
        return;
    case FAST_OPEN_REFUSED:
        strbuf_printf(out, "; the server did not take the %" PRIu32 " B on the SYN",
                      event->observed);
        break;
    case FAST_OPEN_UNHEARD:
        strbuf_printf(out, "; the SYN-ACK answers a later SYN, not the one with %" PRIu32 " B: "
                           "that one was lost or dropped, its data was not refused",
                      event->observed);
        break;
    case FAST_OPEN_UNCLEAR:
        strbuf_printf(out, "; whether the SYN with %" PRIu32 " B was lost, or the server did not "
                           "take them, cannot be told", event->observed);
        break;
    }
    if (client->payload_bytes_sent >= client->payload_bytes + event->observed)
        strbuf_add(out, event->detail == FAST_OPEN_REFUSED ? ", so they were sent again"
                                                           : "; they were sent again");
}

static void open_three_way(struct strbuf *out, const struct connection_report *connection)
{
    const struct summary *summary = connection->summary;
    strbuf_add(out, "three-way handshake");
    if (summary->rtt_ns != UNKNOWN_NS) {
        narrate_duration(out, " in ", summary->rtt_ns, "");
        if (summary->synack_ns != UNKNOWN_NS && summary->ack_ns != UNKNOWN_NS) {
            narrate_duration(out, " (the SYN-ACK came after ", summary->synack_ns, "");
                             narrate_duration(out, ", its ACK ", summary->ack_ns, " later)");
        }
    }
    add_repeats(out, summary);
    add_fast_open(out, connection);
    add_silent(out, summary);
}

static void open_half(struct strbuf *out, const struct summary *summary)
{
    enum endpoint_id silent;
    bool client_silent = narrate_one_sided(summary, &silent) && silent == CLIENT;
    if (narrate_syns_alone(summary)) {
        strbuf_add(out, "half-open: each end sent a SYN; nothing acknowledged a SYN-ACK");
        return;
    }
    strbuf_add(out, client_silent ? "the server sent a SYN-ACK"
                                  : "half-open: nothing acknowledged the server's SYN-ACK");
    if (summary->endpoints[SERVER].syns > 1)
        add_times(out, client_silent ? "" : ", sent", summary->endpoints[SERVER].syns);
    if (client_silent)
        strbuf_add(out, "; no frame of the client is in this capture, so whether it answered "
                        "cannot be seen");
}

static void open_aborted(struct strbuf *out, const struct connection_report *connection)
{
    const struct event *reset = narrate_first(connection, EVENT_RESET);
    strbuf_add(out, "aborted: ");
    strbuf_add(out, reset != NULL ? "the " : "");
    strbuf_add(out, reset != NULL ? endpoint_name((enum endpoint_id)reset->endpoint) : "one end");
    strbuf_add(out, " sent a RST before the SYN-ACK was acknowledged");
}

void narrate_opening(struct strbuf *out, const struct connection_report *connection)
{
    const struct summary *summary = connection->summary;
    switch ((enum handshake_kind)summary->handshake) {
    case HANDSHAKE_NOT_CAPTURED:
        strbuf_add(out, summary->no_connection ? "not at all in this capture: no SYN was seen, and no "
                                                 "segment of a connection"
                                               : "before the capture began: no SYN was seen");
        break;
    case HANDSHAKE_SIMULTANEOUS:
        strbuf_add(out, "simultaneously: both ends sent a SYN before the other's arrived");
        break;
    case HANDSHAKE_SPLIT:
        strbuf_add(out, "split handshake: the server answered the SYN with a SYN of its own");
        break;
    case HANDSHAKE_FAST_OPEN:
        strbuf_add(out, "fast open: data came with the SYN and was accepted");
        if (summary->rtt_ns != UNKNOWN_NS)
            narrate_duration(out, ", handshake in ", summary->rtt_ns, "");
        break;
    case HANDSHAKE_REJECTED:
        open_rejected(out, connection);
        break;
    case HANDSHAKE_REFUSED:
        open_refused(out, connection);
        break;
    case HANDSHAKE_ABORTED:
        open_aborted(out, connection);
        break;
    case HANDSHAKE_HALF_OPEN:
        open_half(out, summary);
        break;
    case HANDSHAKE_UNANSWERED:
        open_unanswered(out, summary);
        break;
    case HANDSHAKE_THREE_WAY:
    case HANDSHAKE_N:
        open_three_way(out, connection);
        break;
    }
}

/* Whether this end is known to have sent other segments than RSTs. */
static bool sent_more(const struct endpoint_summary *end)
{
    return end->resets < SUMMARY_COUNT_MAX && end->segments > end->resets;
}

/* Who sent the RST, and what its shape tells about why. */
static void close_reset(struct strbuf *out, const struct connection_report *connection)
{
    const struct event *reset = narrate_first(connection, EVENT_RESET);
    const struct summary *summary = connection->summary;
    if (summary->handshake == HANDSHAKE_REFUSED || summary->handshake == HANDSHAKE_ABORTED) {
        strbuf_add(out, "it never opened");
        return;
    }
    if (reset == NULL || summary->no_connection) {
        strbuf_add(out, summary->no_connection ? "there was no connection to close" : "by a RST");
        return;
    }
    enum endpoint_id who = reset->endpoint == SERVER ? SERVER : CLIENT;
    if (summary->endpoints[CLIENT].resets > 0 && summary->endpoints[SERVER].resets > 0) {
        strbuf_printf(out, "by RSTs in the name of both ends, first of the %s: a device between "
                           "them may have sent both", endpoint_name(who));
        return;
    }
    if (summary->endpoints[who].fin_sent) {
        strbuf_printf(out, "by the %s%s, with a FIN; it answered what came after that with a RST",
                      endpoint_name(who), summary->first_closer == CLOSER_NONE ? "" : " first");
        return;
    }
    enum endpoint_id peer = endpoint_peer(who);
    bool peer_first = summary->first_closer == (peer == CLIENT ? CLOSER_CLIENT : CLOSER_SERVER);
    if (peer_first)
        strbuf_printf(out, "by the %s first, with a FIN; then ", endpoint_name(peer));
    strbuf_printf(out, "by a RST from the %s", endpoint_name(who));
    if (who == SERVER && narrate_refused_late(summary))
        strbuf_add(out, ", which had answered the SYN and then refused");
    else if (reset->result == RESET_ACTIVE)
        strbuf_add(out, ", which knew the connection and gave it up");
    else if (reset->result == RESET_REACTIVE)
        strbuf_printf(out, ", which did not know this connection%s",
                      sent_more(&summary->endpoints[who]) ? " any more" : "");
    if (summary->endpoints[peer].fin_sent && !peer_first)
        strbuf_printf(out, ", after the %s's FIN", endpoint_name(peer));
}

enum endpoint_id narrate_first_fin(const struct summary *summary)
{
    if (summary->first_closer == CLOSER_NONE && !summary->endpoints[CLIENT].fin_sent &&
        summary->endpoints[SERVER].fin_sent)
        return SERVER;
    return summary->first_closer == CLOSER_SERVER ? SERVER : CLIENT;
}

bool narrate_fin_missing(const struct summary *summary, enum endpoint_id *ret_who)
{
    *ret_who = summary->endpoints[CLIENT].fin_may_be_missing ? CLIENT : SERVER;
    return summary->endpoints[*ret_who].fin_may_be_missing && summary->close != CLOSE_RESET;
}

bool narrate_fin_may_be_second(const struct summary *summary)
{
    return summary->first_closer == CLOSER_NONE &&
           (summary->close == CLOSE_HALF_CLOSED || summary->close == CLOSE_FIN_UNANSWERED);
}

/* "; the server 1.3 s later". */
static void add_second_closer(struct strbuf *out, const struct connection_report *connection,
                              enum endpoint_id first)
{
    enum endpoint_id second = endpoint_peer(first);
    int64_t from = state_time(connection, first, STATE_FIN_WAIT_1);
    int64_t to = state_time(connection, second, STATE_LAST_ACK);
    if (from == UNKNOWN_NS || to == UNKNOWN_NS || to < from)
        return;
    strbuf_printf(out, "; the %s", endpoint_name(second));
    narrate_duration(out, " ", to - from, " later");
}

/* "; the server sent more data in between": after the first FIN (RFC 9293 §3.6.1). */
static void add_late_payload(struct strbuf *out, const struct connection_report *connection,
                             enum endpoint_id first, const char *when)
{
    if (event_first(connection->events, connection->event_count, EVENT_PAYLOAD_AFTER_FIN,
                    endpoint_peer(first)) != NULL)
        strbuf_printf(out, "; the %s sent more data %s", endpoint_name(endpoint_peer(first)), when);
}

/* Of a close of which only one end is seen, what can be told. */
static bool close_one_sided(struct strbuf *out, const struct summary *summary,
                            enum endpoint_id first)
{
    enum endpoint_id silent;
    if (!narrate_one_sided(summary, &silent) || silent == first)
        return false;
    strbuf_printf(out, "by the %s, with a FIN; no frame of the %s is in this capture, so whether "
                       "it answered that cannot be seen", endpoint_name(first), endpoint_name(silent));
    return true;
}

/* Of a close whose first FIN may stand before the capture, what can be told. */
static bool close_unclear(struct strbuf *out, const struct summary *summary,
                          enum endpoint_id first)
{
    enum endpoint_id who;
    if (narrate_fin_missing(summary, &who)) {
        strbuf_printf(out, "by the %s, with a FIN; whether the recorder missed the %s's cannot be "
                           "seen", endpoint_name(first), endpoint_name(who));
        return true;
    }
    if (!narrate_fin_may_be_second(summary))
        return false;
    strbuf_printf(out, "by the %s, with a FIN%s; whether the %s had closed before the capture began "
                       "cannot be seen", endpoint_name(first),
                  summary->close == CLOSE_HALF_CLOSED ? " that was acknowledged" : "",
                  endpoint_name(endpoint_peer(first)));
    return true;
}

/* ", which the capture ends too early to see acknowledged": where it ends soon after that FIN. */
static bool add_too_early(struct strbuf *out, const struct connection_report *connection,
                          enum endpoint_id id)
{
    int64_t since = narrate_fin_just_sent(connection, id);
    if (since > 0)
        narrate_duration(out, " is not acknowledged in this capture, which ends ", since, " later");
    else if (since == 0)
        strbuf_add(out, " is not acknowledged in this capture, which ends with it");
    return since != UNKNOWN_NS;
}

static void close_unanswered(struct strbuf *out, const struct connection_report *connection,
                             enum endpoint_id first)
{
    const struct summary *summary = connection->summary;
    if (close_one_sided(out, summary, first) || close_unclear(out, summary, first))
        return;
    bool just_sent = narrate_fin_just_sent(connection, first) != UNKNOWN_NS;
    strbuf_printf(out, "by the %s first%s its FIN", endpoint_name(first), just_sent ? ";" : ", but");
    if (add_too_early(out, connection, first))
        return;
    if (summary->endpoints[first].fins > 1)
        add_times(out, ", sent", summary->endpoints[first].fins);
    strbuf_add(out, summary->endpoints[first].fins > 1 ? ", was never acknowledged"
                                                       : " was never acknowledged");
}

static void close_half(struct strbuf *out, const struct connection_report *connection,
                       enum endpoint_id first)
{
    const struct summary *summary = connection->summary;
    enum endpoint_id second = endpoint_peer(first);
    if (close_one_sided(out, summary, first) || close_unclear(out, summary, first))
        return;
    if (narrate_fin_just_sent(connection, second) != UNKNOWN_NS) {
        strbuf_printf(out, "by the %s first, with a FIN; the %s's FIN", endpoint_name(first),
                      endpoint_name(second));
        add_too_early(out, connection, second);
        add_late_payload(out, connection, first, "after it");
        return;
    }
    bool both = summary->endpoints[second].fin_sent;
    strbuf_printf(out, "by the %s %s, with a FIN; the %s%s", endpoint_name(first),
                  both ? "first" : "only", endpoint_name(second),
                  both ? "'s FIN was never acknowledged" : " sent no FIN");
    add_late_payload(out, connection, first, "after it");
}

void narrate_close(struct strbuf *out, const struct connection_report *connection)
{
    const struct summary *summary = connection->summary;
    enum endpoint_id first = narrate_first_fin(summary);
    switch ((enum close_kind)summary->close) {
    case CLOSE_RESET:
        close_reset(out, connection);
        break;
    case CLOSE_SIMULTANEOUS:
        strbuf_add(out, "by both ends at the same time: their FINs crossed");
        break;
    case CLOSE_THREE_SEGMENT:
        strbuf_printf(out, "by the %s first, with a FIN, in three segments: the %s's FIN came with "
                           "its ACK",
                      endpoint_name(first), endpoint_name(endpoint_peer(first)));
        break;
    case CLOSE_FOUR_SEGMENT:
        strbuf_printf(out, "by the %s first, with a FIN, in four segments", endpoint_name(first));
        add_second_closer(out, connection, first);
        add_late_payload(out, connection, first, "in between");
        break;
    case CLOSE_FIN_UNANSWERED:
        close_unanswered(out, connection, first);
        break;
    case CLOSE_HALF_CLOSED:
        close_half(out, connection, first);
        break;
    case CLOSE_OPEN:
    case CLOSE_N:
        strbuf_add(out, summary->handshake_complete ||
                            summary->handshake == HANDSHAKE_NOT_CAPTURED
                            ? "not in this capture"
                            : "it never opened");
        break;
    }
}
