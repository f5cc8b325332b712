/*
 * narrate_points: to whom the capture points when something failed or took long: an end, its
 * program, or the network. Only what segments show is used, and where two causes look the same
 * at the point of the capture, both are named.
 */
#include <inttypes.h>
#include <string.h>

#include "base/time_text.h"
#include "report/narrate.h"

/* The capture is near an end when that end's leg of the handshake is so much shorter. */
#define NEAR_RATIO 10
/* A repeat now and then is no cause: one in a hundred segments, and three, are. */
#define REPEATS_SHARE 100
#define REPEATS_MANY 3
/* An acknowledgement may be delayed, but for less than this (RFC 9293 §3.8.6.3). */
#define ACK_LATEST (NS_PER_S / 2)
/* A SYN is given up after at most some minutes (RFC 9293 §3.8.3): longer, and the clock of the
 * capture jumped. */
#define SYN_LASTS (5 * 60 * NS_PER_S)
/* A silence that nobody had to break is told when it lasts so long. */
#define PAUSE_LONG NS_PER_S

/* Whether the capture was taken at this end, or close to it: its leg of the handshake tells. */
static bool is_near(const struct summary *summary, enum endpoint_id id)
{
    int64_t own = id == SERVER ? summary->synack_ns : summary->ack_ns;
    int64_t other = id == SERVER ? summary->ack_ns : summary->synack_ns;
    if (own == UNKNOWN_NS || other == UNKNOWN_NS || other < NS_PER_MS)
        return false;
    return own < other / NEAR_RATIO;
}

/* A silence as long as this is more than the way to and fro. */
static int64_t wait_limit(const struct summary *summary)
{
    if (summary->rtt_ns == UNKNOWN_NS)
        return NS_PER_S;
    return 3 * summary->rtt_ns > WAIT_LEAST ? 3 * summary->rtt_ns : WAIT_LEAST;
}

/* "three round trips, 351 ms". */
static void add_limit(struct strbuf *out, const struct summary *summary)
{
    int64_t limit = wait_limit(summary);
    bool trips = summary->rtt_ns != UNKNOWN_NS && limit > WAIT_LEAST;
    narrate_duration(out, trips ? "three round trips (" : "", limit, trips ? ")" : "");
}

/* What the connection suffered from most. */
struct culprit {
    const struct wait *wait; /* NULL: no silence was long enough */
    enum wait_kind kind;
    enum endpoint_id who;
    bool idle;               /* nobody had to break that silence */
};

/* Whether the other end was kept waiting. Whom nobody asks may be silent. */
static bool kept_waiting(enum wait_kind kind, enum endpoint_id who)
{
    return kind != WAIT_PAUSE && !((kind == WAIT_ANSWER || kind == WAIT_TOGETHER) && who == CLIENT);
}

static struct culprit culprit_find(const struct connection_report *connection)
{
    struct culprit worst = { 0 };
    const struct waits *waits = connection->rows.waits;
    int64_t limit = wait_limit(connection->summary);
    if (waits == NULL || waits->clock_wrong)
        return worst;
    for (int idle = 0; idle < 2 && worst.wait == NULL; idle++) {
        int64_t least = idle ? (limit > PAUSE_LONG ? limit : PAUSE_LONG) : limit;
        for (int i = 0; i < 2 * WAIT_KIND_N; i++) {
            enum endpoint_id who = i % 2 ? SERVER : CLIENT;
            enum wait_kind kind = (enum wait_kind)(i / 2);
            const struct wait *wait = &waits->ends[who].waits[kind];
            if (kind == WAIT_ACK && wait->longest < ACK_LATEST)
                continue;
            if (kept_waiting(kind, who) == !idle && wait->longest >= least &&
                (worst.wait == NULL || wait->longest > worst.wait->longest))
                worst = (struct culprit){ wait, kind, who, idle };
        }
    }
    return worst;
}

/* Two parts are enough for a first look. */
static bool is_full(const struct strbuf *out)
{
    return strstr(strbuf_text(out), "; the ") != NULL;
}

/* A part of the field: "; " before all but the first. */
static void begin_part(struct strbuf *out)
{
    if (out->length > 0)
        strbuf_add(out, "; ");
}

bool narrate_not_taken(const struct summary *summary)
{
    const struct endpoint_summary *client = &summary->endpoints[CLIENT];
    const struct endpoint_summary *server = &summary->endpoints[SERVER];
    bool had_time = summary->capture_end - summary->last_time >= NS_PER_S;
    return summary->third_ack_seen && server->state == STATE_SYN_RCVD &&
           (client->repeated_segments > 0 || server->syns > 1 ||
            (had_time && client->unacknowledged > 0));
}

bool narrate_syn_goes_on(const struct connection_report *connection)
{
    bool answered = false;
    for (size_t i = 0; i < connection->event_count; i++) {
        const struct event *event = &connection->events[i];
        if (event->kind == EVENT_CHECK && event->endpoint == SERVER &&
            event->detail == CHECK_SYNACK_ACKS_ISN_PLUS_1)
            answered = true;
        else if (answered && event->kind == EVENT_SYN_REPEATED && event->endpoint == CLIENT)
            return true;
    }
    return false;
}

bool narrate_answer_is_wrong(const struct connection_report *connection)
{
    bool wrong = false;
    for (size_t i = 0; i < connection->event_count; i++) {
        const struct event *event = &connection->events[i];
        if (event->kind != EVENT_CHECK || event->detail != CHECK_SYNACK_ACKS_ISN_PLUS_1)
            continue;
        if (event->result == CHECK_HOLDS)
            return false;
        wrong = wrong || event->result == CHECK_FAILS;
    }
    return wrong;
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

static const struct event *find_reset(const struct connection_report *connection)
{
    for (size_t i = 0; i < connection->event_count; i++)
        if (connection->events[i].kind == EVENT_RESET)
            return &connection->events[i];
    return NULL;
}

/* A connection that did not open. */
static void points_opening(struct strbuf *out, const struct connection_report *connection)
{
    const struct summary *summary = connection->summary;
    const struct event *reset = find_reset(connection);
    switch ((enum handshake_kind)summary->handshake) {
    case HANDSHAKE_UNANSWERED:
        strbuf_add(out, "the network or the server's host; this capture cannot tell which. The SYN "
                        "or its answer was dropped on the way, or the host is down; a capture at "
                        "the server shows whether the SYN arrives");
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
    const struct event *reset = find_reset(connection);
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
    else if (who == SERVER && summary->handshake == HANDSHAKE_THREE_WAY &&
             ends[who].segments == ends[who].syns + ends[who].resets)
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

static bool has_finding(const struct connection_report *connection, enum topic_id topic,
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
    if (has_finding(connection, TOPIC_KEEPALIVE_DEAD, &finding)) {
        enum endpoint_id who = (enum endpoint_id)finding.endpoint;
        strbuf_printf(out, "the network or the %s's host: %" PRId64 "%s keep-alives of the %s in a "
                           "row got no answer (the last is frame %" PRIu64 ")",
                      endpoint_name(endpoint_peer(who)), finding.n,
                      finding.n_or_more ? " or more" : "", endpoint_name(who),
                      finding.evidence[0].frame);
        return;
    }
    if (summary->close == CLOSE_RESET) {
        points_reset(out, connection);
        return;
    }
    if (narrate_one_sided(summary, &silent))
        return;
    if (has_finding(connection, TOPIC_CLOSE_WAIT_STUCK, &finding)) {
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
            begin_part(out);
            strbuf_printf(out, "the network or the %s's host: the %s's FIN was sent ", peer, name);
            strbuf_printf(out, end->fins == 2 ? "twice" : "%" PRIu32 " times", end->fins);
            strbuf_add(out, " and got no answer");
        } else if (end->unacknowledged > 0 && end->repeated_segments > 0 && !end->fin_sent) {
            begin_part(out);
            strbuf_printf(out, "the network or the %s's host: data of the %s was sent again and "
                               "still not acknowledged", peer, name);
        }
    }
}

/* That what it sent next was an answer, no capture can know. */
static void add_answer(struct strbuf *out, const struct summary *summary,
                       const struct culprit *culprit)
{
    const struct wait *wait = culprit->wait;
    strbuf_printf(out, "the program at the %s, if it had to answer frame %" PRIu64 ": its host "
                       "acknowledged that", endpoint_name(culprit->who), wait->data_frame);
    narrate_duration(out, " after ", wait->ack_after, "");
    strbuf_printf(out, " (frame %" PRIu64 "), its data began", wait->ack_frame);
    narrate_duration(out, " ", wait->longest, " later");
    strbuf_printf(out, " (frame %" PRIu64 ")", wait->end_frame);
    if (!is_near(summary, culprit->who))
        strbuf_add(out, ", unless it was first lost before it came here");
}

static void add_wait(struct strbuf *out, const struct summary *summary,
                     const struct culprit *culprit)
{
    const struct wait *wait = culprit->wait;
    const char *who = endpoint_name(culprit->who);
    const char *network = is_near(summary, culprit->who) ? "" : "the network or ";
    begin_part(out);
    switch (culprit->kind) {
    case WAIT_ANSWER:
        add_answer(out, summary, culprit);
        break;
    case WAIT_TOGETHER:
        strbuf_printf(out, "%sthe %s: after frame %" PRIu64 " its next data came", network, who,
                      wait->data_frame);
        narrate_duration(out, " ", wait->longest, " later");
        strbuf_printf(out, " (frame %" PRIu64 "), and no acknowledgement before it is in this "
                           "capture", wait->end_frame);
        break;
    case WAIT_WINDOW:
        strbuf_printf(out, "the program at the %s, which did not read: its receive window was "
                           "closed", who);
        narrate_duration(out, " for ", wait->longest, "");
        strbuf_printf(out, " (frames %" PRIu64 " to %" PRIu64 ")", wait->data_frame,
                      wait->end_frame);
        break;
    case WAIT_REPEAT:
        strbuf_printf(out, "the network or the %s's host: nothing moved",
                      endpoint_name(endpoint_peer(culprit->who)));
        narrate_duration(out, " for ", wait->longest, "");
        strbuf_printf(out, " until the %s sent again (frame %" PRIu64 ")", who, wait->end_frame);
        break;
    case WAIT_ACK:
        strbuf_printf(out, "%sthe %s's host: its acknowledgement of frame %" PRIu64 " came",
                      network, who, wait->data_frame);
        narrate_duration(out, " ", wait->longest, " later");
        strbuf_printf(out, " (frame %" PRIu64 ")", wait->end_frame);
        break;
    case WAIT_PAUSE:
    case WAIT_KIND_N:
        break;
    }
}

/* Segments that were sent again: after they had passed here, or for the first time seen here. */
static void add_repeats(struct strbuf *out, const struct connection_report *connection,
                        enum endpoint_id id)
{
    uint32_t repeats = connection->rows.waits->ends[id].repeats;
    uint32_t segments = connection->summary->endpoints[id].segments;
    if (repeats < REPEATS_MANY || (uint64_t)repeats * REPEATS_SHARE < segments || is_full(out))
        return;
    begin_part(out);
    strbuf_printf(out, "the network, very probably: %" PRIu32 " of %" PRIu32 " segments of the %s "
                       "were sent again", repeats, segments, endpoint_name(id));
    uint32_t unseen = connection->rows.waits->ends[id].unseen;
    if (unseen == 0)
        strbuf_add(out, " after they had passed here");
    else if (unseen >= repeats)
        strbuf_add(out, "; their first sending is not in this capture");
    else
        strbuf_printf(out, "; of %" PRIu32 " the first sending is not in this capture", unseen);
}

/* Segments whose place was empty: where they were all the time can't be seen from here. */
static void add_late(struct strbuf *out, const struct connection_report *connection,
                     enum endpoint_id id)
{
    uint32_t late = connection->rows.waits->ends[id].late;
    uint32_t segments = connection->summary->endpoints[id].segments;
    if (late < REPEATS_MANY || (uint64_t)late * REPEATS_SHARE < segments || is_full(out))
        return;
    begin_part(out);
    strbuf_printf(out, "the network or the recorder: %" PRIu32 " of %" PRIu32 " segments of the %s "
                       "came after later ones: sent again, overtaken, or recorded out of order",
                  late, segments, endpoint_name(id));
}

/* A slow handshake without a repeat: nothing was lost that this capture shows. */
static void add_slow_opening(struct strbuf *out, const struct summary *summary)
{
    int64_t leg[2] = { [CLIENT] = summary->ack_ns, [SERVER] = summary->synack_ns };
    for (int id = SERVER; id >= CLIENT; id--) {
        if (leg[id] < NS_PER_S || leg[id] > SYN_LASTS || is_full(out))
            continue;
        begin_part(out);
        strbuf_printf(out, "the network or the %s's host: its %s took",
                      endpoint_name((enum endpoint_id)id),
                      id == SERVER ? "SYN-ACK" : "answer to the SYN-ACK");
        narrate_duration(out, " ", leg[id], "");
    }
}

/* Data that the server never answered. */
static void add_unanswered(struct strbuf *out, const struct connection_report *connection)
{
    const struct waits *waits = connection->rows.waits;
    enum endpoint_id asker;
    int64_t time;
    if (!waits_unanswered(waits, connection->summary->capture_end, &asker, &time) ||
        asker != CLIENT || time < PAUSE_LONG || is_full(out) ||
        connection->summary->endpoints[SERVER].fin_sent)
        return;
    begin_part(out);
    strbuf_printf(out, "the program at the server, if it had to answer: its host acknowledged "
                       "the client's data (frame %" PRIu64 "), nothing followed",
                  waits->ends[asker].ack_frame);
    narrate_duration(out, " for ", time, "");
}

static void points_delay(struct strbuf *out, const struct connection_report *connection)
{
    const struct culprit culprit = culprit_find(connection);
    bool told = out->length > 0;
    struct finding finding;
    if (has_finding(connection, TOPIC_SYN_RETRANSMISSION, &finding)) {
        begin_part(out);
        strbuf_add(out, narrate_syn_goes_on(connection)
                            ? "the network, very probably: the SYN-ACK passed here, yet the SYN "
                              "was sent again, which took"
                            : "the network or a busy server: the SYN had to be repeated, which "
                              "took");
        narrate_duration(out, " ", finding.time, "");
    }
    add_slow_opening(out, connection->summary);
    /* That it was sent again is told where nothing came of that, too. */
    bool again = culprit.wait != NULL && culprit.kind == WAIT_REPEAT;
    if (culprit.wait != NULL && !culprit.idle && !(told && again) && !is_full(out))
        add_wait(out, connection->summary, &culprit);
    add_unanswered(out, connection);
    if (told && again)
        return;
    for (int id = CLIENT; id <= SERVER; id++) {
        add_repeats(out, connection, (enum endpoint_id)id);
        add_late(out, connection, (enum endpoint_id)id);
    }
}

/* Nothing failed and nobody was kept waiting; a long silence of an end's own is named. */
static void points_nobody(struct strbuf *out, const struct connection_report *connection)
{
    const struct summary *summary = connection->summary;
    const struct culprit idle = culprit_find(connection);
    uint64_t repeats = (uint64_t)connection->rows.waits->ends[CLIENT].repeats +
                       connection->rows.waits->ends[SERVER].repeats;
    if (summary->endpoints[CLIENT].payload_bytes + summary->endpoints[SERVER].payload_bytes == 0)
        return;
    if (connection->rows.waits->clock_wrong)
        return;
    /* A request at the very end: whether it was answered is not in the capture. */
    if (summary->close == CLOSE_OPEN && !connection->rows.waits->ends[SERVER].spoke)
        return;
    strbuf_add(out, "nobody: ");
    if (repeats == 0)
        strbuf_add(out, "nothing was sent again, ");
    else
        strbuf_printf(out, "only %" PRIu64 " %s sent again, ", repeats,
                      repeats == 1 ? "segment was" : "segments were");
    strbuf_add(out, "and neither end kept the other waiting for ");
    add_limit(out, summary);
    if (idle.wait == NULL)
        return;
    strbuf_printf(out, "; the %s itself was silent", endpoint_name(idle.who));
    narrate_duration(out, " for ", idle.wait->longest, "");
    strbuf_printf(out, " (frames %" PRIu64 " to %" PRIu64 ")", idle.wait->data_frame,
                  idle.wait->end_frame);
}

void narrate_wait(struct strbuf *out, const struct connection_report *connection)
{
    static const char *const names[WAIT_KIND_N] = {
        [WAIT_ANSWER] = "silent for",       [WAIT_TOGETHER] = "silent for",
        [WAIT_PAUSE] = "paused for",        [WAIT_WINDOW] = "did not read for",
        [WAIT_REPEAT] = "sent again after", [WAIT_ACK] = "acknowledged after",
    };
    const struct culprit culprit = culprit_find(connection);
    enum endpoint_id silent;
    if (culprit.wait == NULL || culprit.idle || narrate_one_sided(connection->summary, &silent))
        return;
    strbuf_printf(out, "; %s %s", endpoint_name(culprit.who), names[culprit.kind]);
    narrate_duration(out, " ", culprit.wait->longest, "");
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
    points_delay(out, connection);
    /* Where something else is wrong, that nobody was slow would mislead. */
    if (out->length == 0 && !findings_warn(connection->findings))
        points_nobody(out, connection);
}
