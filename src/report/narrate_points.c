/*
 * narrate_points: to whom the capture points when something failed or took long: an end, its
 * program, or the network. Only what segments show is used, and where two causes look the same
 * at the point of the capture, both are named.
 */
#include <inttypes.h>

#include "base/time_text.h"
#include "report/narrate.h"
#include "report/narrate_delay.h"

bool narrate_not_taken(const struct summary *summary)
{
    const struct endpoint_summary *client = &summary->endpoints[CLIENT];
    const struct endpoint_summary *server = &summary->endpoints[SERVER];
    bool had_time = summary->capture_end - summary->last_time >= NS_PER_S;
    return summary->third_ack_seen && server->state == STATE_SYN_RCVD &&
           (client->repeated_segments > 0 || server->syns > 1 ||
            (had_time && client->unacknowledged > 0));
}

bool narrate_refused_late(const struct summary *summary)
{
    const struct endpoint_summary *server = &summary->endpoints[SERVER];
    return summary->handshake == HANDSHAKE_THREE_WAY && server->resets > 0 && server->syns > 0 &&
           server->segments == server->syns + server->resets;
}

/* The first check of what a SYN-ACK acknowledges, with this result; EVENT_ANY: with any. */
static const struct event *answer_check(const struct connection_report *connection, int endpoint,
                                        int result)
{
    return event_find(connection->events, connection->event_count,
                      (struct event_query){ .kind = EVENT_CHECK,
                                            .endpoint = endpoint,
                                            .detail = CHECK_SYNACK_ACKS_ISN_PLUS_1,
                                            .result = result });
}

bool narrate_syn_goes_on(const struct connection_report *connection)
{
    const struct event *answer = answer_check(connection, SERVER, EVENT_ANY);
    const struct event *end = connection->events + connection->event_count;
    return answer != NULL &&
           event_first(answer, (size_t)(end - answer), EVENT_SYN_REPEATED, CLIENT) != NULL;
}

bool narrate_answer_is_wrong(const struct connection_report *connection)
{
    return answer_check(connection, EVENT_ANY, CHECK_HOLDS) == NULL &&
           answer_check(connection, EVENT_ANY, CHECK_FAILS) != NULL;
}

static void points_half_open(struct strbuf *out, const struct connection_report *connection)
{
    enum endpoint_id silent;
    if (narrate_one_sided(connection->summary, &silent))
        return;
    if (narrate_answer_is_wrong(connection))
        strbuf_add(out, "whoever sent the SYN-ACK: its number does not fit the SYN");
    else if (narrate_syn_goes_on(connection))
        strbuf_add(out, "the way from the server to the client, very probably: the SYN-ACK passed "
                        "here, yet the client went on with its SYN");
    else
        strbuf_add(out, "the client or the way to it: the SYN-ACK passed here, and nothing "
                        "acknowledged it");
}

/* Nothing answered the SYN. Who has a second capture knows more than one of them tells. */
static void points_unanswered(struct strbuf *out, const struct connection_report *connection)
{
    uint32_t syns = connection->summary->endpoints[CLIENT].syns;
    if (narrate_reply_unfit(connection->summary)) {
        strbuf_add(out, "whoever answered in the server's name: that does not acknowledge the SYN; "
                        "what else came, or did not, this capture cannot tell");
        return;
    }
    if (connection->all_twice) {
        strbuf_add(out, "the server's host, or the way to it behind the second capture point: ");
        if (syns == 1)
            strbuf_add(out, "the SYN is in both inputs, so it");
        else
            strbuf_printf(out, "all %" PRIu32 " SYNs are in both inputs, so they", syns);
        strbuf_add(out, " got as far as that, and no answer came back to there");
        return;
    }
    strbuf_add(out, "the network or the server's host; this capture cannot tell which. The SYN or "
                    "its answer was dropped on the way, or the host is down; ");
    strbuf_add(out, connection->some_twice
                        ? "whether the SYN is in the input from nearer the server shows how far "
                          "it got"
                        : "a capture at the server shows whether the SYN arrives");
}

/* A connection that did not open. */
static void points_opening(struct strbuf *out, const struct connection_report *connection)
{
    const struct summary *summary = connection->summary;
    const struct event *reset = narrate_first(connection, EVENT_RESET);
    if (narrate_syns_alone(summary))
        return;
    switch ((enum handshake_kind)summary->handshake) {
    case HANDSHAKE_UNANSWERED:
        points_unanswered(out, connection);
        break;
    case HANDSHAKE_REJECTED:
        strbuf_add(out, "the device that sent the ICMP error");
        break;
    case HANDSHAKE_REFUSED:
        strbuf_add(out, "the server's host, or a firewall that refuses in its name; not to loss, "
                        "for the SYN was answered");
        break;
    case HANDSHAKE_ABORTED:
        if (reset != NULL)
            strbuf_printf(out, "the %s, or a device that spoke in its name: RST in frame %" PRIu64,
                          endpoint_name((enum endpoint_id)reset->endpoint), reset->frame);
        break;
    case HANDSHAKE_HALF_OPEN:
        points_half_open(out, connection);
        break;
    case HANDSHAKE_NOT_CAPTURED:
    case HANDSHAKE_SIMULTANEOUS:
    case HANDSHAKE_SPLIT:
    case HANDSHAKE_FAST_OPEN:
    case HANDSHAKE_THREE_WAY:
    case HANDSHAKE_N:
        if (narrate_not_taken(summary))
            strbuf_add(out, "the server: it answered the SYN but took nothing that followed (a "
                            "full accept queue looks so), unless that was lost behind this point");
        break;
    }
}

/* Who sent the RST, and what may have made it do so. */
static void points_reset(struct strbuf *out, const struct connection_report *connection)
{
    const struct summary *summary = connection->summary;
    const struct event *reset = narrate_first(connection, EVENT_RESET);
    if (reset == NULL || connection->summary->no_connection)
        return;
    enum endpoint_id who = reset->endpoint == SERVER ? SERVER : CLIENT;
    const struct endpoint_summary *ends = summary->endpoints;
    if (ends[CLIENT].resets > 0 && ends[SERVER].resets > 0)
        strbuf_printf(out, "a device between the ends, or the %s, whose RST came first",
                      endpoint_name(who));
    else if (ends[who].fin_sent)
        strbuf_printf(out, "the %s, which had closed and took nothing more",
                      endpoint_name(who));
    else if (who == SERVER && narrate_refused_late(summary))
        strbuf_add(out, "the server's host, which answered the SYN and then refused (a full accept "
                        "queue, or a listener that closed), or a device that spoke in its name");
    else if (reset->result == RESET_REACTIVE)
        strbuf_printf(out, "the %s's host, which %s the connection, or a device on the way that "
                           "forgot it and spoke in its name", endpoint_name(who),
                      ends[who].segments > ends[who].resets
                          ? "no longer knew" : "did not know");
    else
        strbuf_printf(out, "the %s%s, or a device that spoke in its name",
                      reset->result == RESET_ACTIVE ? "program at the " : "", endpoint_name(who));
    strbuf_printf(out, " (RST in frame %" PRIu64 ")", reset->frame);
}

bool narrate_has_finding(const struct connection_report *connection, enum topic_id topic,
                         struct finding *ret_finding)
{
    for (size_t i = 0; connection->findings != NULL && i < connection->findings->count; i++) {
        if (connection->findings->list[i].topic != topic)
            continue;
        *ret_finding = connection->findings->list[i];
        return true;
    }
    return false;
}

/* A connection that opened, by how it ended. */
static void points_ending(struct strbuf *out, const struct connection_report *connection)
{
    const struct summary *summary = connection->summary;
    struct finding finding;
    enum endpoint_id silent;
    if (narrate_has_finding(connection, TOPIC_KEEPALIVE_DEAD, &finding)) {
        enum endpoint_id who = (enum endpoint_id)finding.endpoint;
        strbuf_printf(out, "the network or the %s's host: %" PRId64 "%s keep-alives of the %s in a "
                           "row got no answer (the last is frame %" PRIu64 ")",
                      endpoint_name(endpoint_peer(who)), finding.n,
                      finding.n_or_more ? " or more" : "", endpoint_name(who),
                      finding.evidence[0].frame);
        return;
    }
    enum endpoint_id stray = summary->endpoints[CLIENT].resets > 0 ? SERVER : CLIENT;
    if (summary->no_connection && summary->endpoints[stray].segments > 0) {
        strbuf_printf(out, "the %s, which sent what belongs to no connection (frame %" PRIu64
                           "); many such segments are a port scan",
                      endpoint_name(stray), summary->first_frame);
        return;
    }
    if (summary->close == CLOSE_RESET) {
        points_reset(out, connection);
        return;
    }
    if (narrate_one_sided(summary, &silent))
        return;
    if (narrate_has_finding(connection, TOPIC_CLOSE_WAIT_STUCK, &finding)) {
        strbuf_printf(out, "the program at the %s: the other end's FIN was acknowledged, its own "
                           "did not come", endpoint_name((enum endpoint_id)finding.endpoint));
        narrate_duration(out, " for ", finding.time, "");
        return;
    }
    for (int i = CLIENT; i <= SERVER; i++) {
        enum endpoint_id id = (enum endpoint_id)i;
        const struct endpoint_summary *end = &summary->endpoints[id];
        const char *name = endpoint_name(id), *peer = endpoint_name(endpoint_peer(id));
        if (end->fin_sent && !end->fin_acked && end->fins > 1) {
            delay_begin(out);
            strbuf_printf(out, "the network or the %s's host: the %s's FIN was sent ", peer, name);
            strbuf_printf(out, end->fins == 2 ? "twice" : "%" PRIu32 " times", end->fins);
            strbuf_add(out, " and got no answer");
        } else if (end->unacknowledged > 0 && end->repeated_segments > 0 && !end->fin_sent) {
            delay_begin(out);
            strbuf_printf(out, "the network or the %s's host: data of the %s was sent again and "
                               "still not acknowledged", peer, name);
        }
    }
}

void narrate_points(struct strbuf *out, const struct connection_report *connection)
{
    enum endpoint_id silent;
    points_opening(out, connection);
    if (connection->summary->handshake >= HANDSHAKE_REJECTED)
        return;
    if (out->length == 0)
        points_ending(out, connection);
    /* Who is not seen can't be accused, nor found to be in time. */
    if (connection->rows.waits == NULL || narrate_one_sided(connection->summary, &silent))
        return;
    delay_points(out, connection);
    /* Where something else is wrong, that nobody was slow would mislead. */
    if (out->length == 0 && !findings_warn(connection->findings))
        delay_nobody(out, connection);
}
