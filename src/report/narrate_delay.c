/*
 * narrate_delay: silences and repeats in words. Only what segments show is used, and where two
 * causes look the same at the point of the capture, both are named.
 */
#include "report/narrate_delay.h"

#include <inttypes.h>
#include <string.h>

#include "base/time_text.h"
#include "report/narrate.h"
#include "report/narrate_error.h"

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
/* A silence that nobody had to break, and a late FIN, are told when they last so long. */
#define PAUSE_LONG NS_PER_S
/* Short times of a closed window count together when they are this part of the connection. */
#define CLOSED_SHARE 10

/* Whether the capture was taken at this end, or close to it: its leg of the handshake tells. */
static bool is_near(const struct summary *summary, enum endpoint_id id)
{
    if (summary->second_views > 0) /* at both ends, or wherever: the way is within the times */
        return false;
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

/* What the connection suffered from most. */
struct culprit {
    const struct wait *wait; /* NULL: no silence was long enough */
    enum wait_kind kind;
    enum endpoint_id who;
    int64_t time;
};

/* Whether the other end was kept waiting. Whom nobody asks may be silent; a late FIN is told by
 * itself. */
static bool kept_waiting(enum wait_kind kind, enum endpoint_id who)
{
    return kind != WAIT_PAUSE && !((kind == WAIT_ANSWER || kind == WAIT_TOGETHER) && who == CLIENT);
}

/* How long a silence was; of a window that closed again and again, all times together, where they
 * are a good part of the connection. */
static int64_t wait_time(const struct connection_report *connection, enum endpoint_id who,
                         enum wait_kind kind)
{
    const struct wait_end *end = &connection->rows.waits->ends[who];
    const struct summary *summary = connection->summary;
    int64_t together = kind == WAIT_WINDOW && end->closings > 1 ? waits_closed_time(end) : 0;
    if (together > (summary->last_time - summary->first_time) / CLOSED_SHARE)
        return together;
    return end->waits[kind].longest;
}

/* The longest silence that kept the other waiting, or, with `idle`, that did not. */
static struct culprit culprit_find(const struct connection_report *connection, bool idle)
{
    struct culprit worst = { 0 };
    const struct waits *waits = connection->rows.waits;
    int64_t least = wait_limit(connection->summary);
    if (waits == NULL || waits->clock_wrong)
        return worst;
    if (idle && least < PAUSE_LONG)
        least = PAUSE_LONG;
    for (int i = 0; i < 2 * WAIT_KIND_N; i++) {
        enum endpoint_id who = i % 2 ? SERVER : CLIENT;
        enum wait_kind kind = (enum wait_kind)(i / 2);
        int64_t time = wait_time(connection, who, kind);
        if (kind == WAIT_FIN || (kind == WAIT_ACK && time < ACK_LATEST))
            continue;
        if (kept_waiting(kind, who) == !idle && time >= least && time > worst.time)
            worst = (struct culprit){ &waits->ends[who].waits[kind], kind, who, time };
    }
    return worst;
}

/* Two parts are enough for a first look. */
static bool is_full(const struct strbuf *out)
{
    return strstr(strbuf_text(out), "; the ") != NULL;
}

void delay_begin(struct strbuf *out)
{
    if (out->length > 0)
        strbuf_add(out, "; ");
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
    narrate_duration(out, " ", wait->longest, "");
    if (wait->go_frame == 0)
        strbuf_add(out, " later");
    else
        strbuf_printf(out, " after %s in frame %" PRIu64,
                      wait->go_by_fin ? "the FIN" : "its window opened", wait->go_frame);
    strbuf_printf(out, " (frame %" PRIu64 ")", wait->end_frame);
    if (!is_near(summary, culprit->who))
        strbuf_add(out, ", unless it was first lost before it came here");
}

/* "closed for 2.9 s (frames 4 to 9)", or "15 times, for 1.1 s together (frames 8 to 2400)". */
static void add_window(struct strbuf *out, const struct waits *waits,
                       const struct culprit *culprit)
{
    const struct wait_end *end = &waits->ends[culprit->who];
    const struct wait *wait = culprit->wait;
    bool together = culprit->time != wait->longest;
    strbuf_printf(out, "the program at the %s, which did not read: its receive window was closed",
                  endpoint_name(culprit->who));
    if (together)
        strbuf_printf(out, " %" PRIu32 " times,", end->closings);
    narrate_duration(out, " for ", culprit->time, together ? " together" : "");
    strbuf_printf(out, " (frames %" PRIu64 " to %" PRIu64 ")",
                  together ? end->closed_first : wait->data_frame,
                  together ? end->closed_last : wait->end_frame);
    if (end->window_closed)
        strbuf_add(out, ", and did not open again");
}

static void add_wait(struct strbuf *out, const struct connection_report *connection,
                     const struct culprit *culprit)
{
    const struct summary *summary = connection->summary;
    const struct waits *waits = connection->rows.waits;
    const struct wait *wait = culprit->wait;
    const char *who = endpoint_name(culprit->who);
    const char *network = is_near(summary, culprit->who) ? "" : "the network or ";
    delay_begin(out);
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
        add_window(out, waits, culprit);
        break;
    case WAIT_REPEAT:
        error_lost(out, connection, culprit->who, wait);
        narrate_duration(out, " for ", wait->longest, "");
        strbuf_printf(out, " (frames %" PRIu64 " to %" PRIu64 ") until the %s sent again",
                      wait->data_frame, wait->end_frame, who);
        break;
    case WAIT_ACK:
        strbuf_printf(out, "%sthe %s's host: its acknowledgement of frame %" PRIu64 " came",
                      network, who, wait->data_frame);
        narrate_duration(out, " ", wait->longest, " later");
        strbuf_printf(out, " (frame %" PRIu64 ")", wait->end_frame);
        break;
    case WAIT_PAUSE:
    case WAIT_FIN:
    case WAIT_KIND_N:
        break;
    }
}

/* So many of an end's segments that they are told, if there is room. */
static bool is_a_share(const struct strbuf *out, uint32_t some, uint32_t segments)
{
    return some >= REPEATS_MANY && (uint64_t)some * REPEATS_SHARE >= segments && !is_full(out);
}

/* Segments that were sent again: after they had passed here, or for the first time seen here. */
static void add_repeats(struct strbuf *out, const struct connection_report *connection,
                        enum endpoint_id id)
{
    uint32_t repeats = connection->rows.waits->ends[id].repeats;
    uint32_t segments = connection->summary->endpoints[id].segments;
    if (!is_a_share(out, repeats, segments))
        return;
    delay_begin(out);
    strbuf_printf(out, "the network, very probably: %" PRIu32 " of %" PRIu32 " segments of the %s "
                       "were sent again", repeats, segments, endpoint_name(id));
    uint32_t unseen = connection->rows.waits->ends[id].unseen;
    if (unseen == 0)
        strbuf_add(out, " after they had passed here");
    else if (unseen >= repeats)
        strbuf_add(out, "; their first sending is not in this capture");
    else
        strbuf_printf(out, "; of %" PRIu32 " the first sending is not in this capture", unseen);
    const struct endpoint_summary *end = &connection->summary->endpoints[id];
    uint32_t needless = end->lost_known ? end->lost.part[LOST_NEVER].segments : 0;
    if (needless > 0 && needless < repeats)
        strbuf_printf(out, "; %" PRIu32 " without need", needless);
    else if (needless >= repeats)
        strbuf_add(out, ", all of them without need");
}

/* Segments whose place was empty: where they were all the time can't be seen from here. */
static void add_late(struct strbuf *out, const struct connection_report *connection,
                     enum endpoint_id id)
{
    uint32_t late = connection->rows.waits->ends[id].late;
    uint32_t segments = connection->summary->endpoints[id].segments;
    if (!is_a_share(out, late, segments))
        return;
    delay_begin(out);
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
        delay_begin(out);
        strbuf_printf(out, "the network or the %s's host: its %s took",
                      endpoint_name((enum endpoint_id)id),
                      id == SERVER ? "SYN-ACK" : "answer to the SYN-ACK");
        narrate_duration(out, " ", leg[id], "");
    }
}

/* Data that the server never answered. */
static void add_unanswered(struct strbuf *out, const struct connection_report *connection)
{
    struct wait_question question;
    if (!waits_unanswered(connection->rows.waits, connection->summary->capture_end, &question) ||
        question.asker != CLIENT || question.time < PAUSE_LONG || is_full(out))
        return;
    delay_begin(out);
    strbuf_printf(out, "the program at the server, if it had to answer frame %" PRIu64 ": its host "
                       "acknowledged that (frame %" PRIu64 "), nothing followed",
                  question.data_frame, question.ack_frame);
    narrate_duration(out, " for ", question.time, "");
    if (question.close_frame == 0)
        strbuf_add(out, connection->summary->superseded
                            ? ", until its ports served a new connection"
                            : ", to the end of the capture");
    else
        strbuf_printf(out, "%s %s (frame %" PRIu64 ")",
                      question.closer == SERVER ? ", and then only its" : ", until the client's",
                      question.by_reset ? "RST" : "FIN", question.close_frame);
}

/* A second FIN that came late, or not at all before the capture ended. */
static void add_late_fin(struct strbuf *out, const struct connection_report *connection)
{
    const struct waits *waits = connection->rows.waits;
    struct wait wait;
    enum endpoint_id who;
    bool never = waits_unclosed(waits, connection->summary->capture_end, &who, &wait);
    if (!never) {
        who = waits->ends[SERVER].waits[WAIT_FIN].longest > 0 ? SERVER : CLIENT;
        wait = waits->ends[who].waits[WAIT_FIN];
    }
    /* Its program's time begins with the acknowledgement: what comes before is the way's. */
    bool data = wait.data_frame != waits->ends[endpoint_peer(who)].fin_frame;
    int64_t time = wait.longest - (data ? 0 : wait.ack_after);
    if (time < PAUSE_LONG || time < wait_limit(connection->summary) || waits->clock_wrong ||
        is_full(out) || (never && wait.ack_frame == 0))
        return;
    const char *name = endpoint_name(who), *peer = endpoint_name(endpoint_peer(who));
    delay_begin(out);
    strbuf_printf(out, "%sthe program at the %s", wait.ack_frame == 0 ? "the network or " : "",
                  name);
    strbuf_add(out, never ? ", if it has nothing more to send: its FIN did not come"
                          : ": its FIN came");
    narrate_duration(out, never ? " for " : " ", wait.longest, "");
    strbuf_add(out, never ? "" : " later");
    if (data)
        strbuf_printf(out, never ? " after its last data (frame %" PRIu64 ")"
                                 : " than its last data (frame %" PRIu64 ")", wait.data_frame);
    else
        strbuf_printf(out, never ? " after the %s's (frame %" PRIu64 ")"
                                 : " than the %s's (frame %" PRIu64 ")", peer, wait.data_frame);
}

/* SYNs that had to be sent again. */
static void add_syns(struct strbuf *out, const struct connection_report *connection)
{
    struct finding finding;
    if (!narrate_has_finding(connection, TOPIC_SYN_RETRANSMISSION, &finding))
        return;
    const struct event *error = error_of_syns(connection);
    delay_begin(out);
    if (narrate_syn_goes_on(connection)) {
        strbuf_add(out, "the network, very probably: the SYN-ACK passed here, yet the SYN was sent "
                        "again, which took");
    } else {
        if (error != NULL)
            error_culprit(out, connection, error);
        else
            strbuf_add(out, "the network or a busy server");
        strbuf_add(out, ": the SYN had to be repeated, which took");
    }
    narrate_duration(out, " ", finding.time, "");
}

void delay_points(struct strbuf *out, const struct connection_report *connection)
{
    const struct culprit culprit = culprit_find(connection, false);
    bool told = out->length > 0;
    add_syns(out, connection);
    add_slow_opening(out, connection->summary);
    /* That it was sent again is told where nothing came of that, too. */
    bool again = culprit.wait != NULL && culprit.kind == WAIT_REPEAT;
    if (culprit.wait != NULL && !(told && again) && !is_full(out))
        add_wait(out, connection, &culprit);
    add_unanswered(out, connection);
    if (!told)
        add_late_fin(out, connection);
    if (told && again)
        return;
    for (int id = CLIENT; id <= SERVER; id++) {
        add_repeats(out, connection, (enum endpoint_id)id);
        add_late(out, connection, (enum endpoint_id)id);
    }
}

/* Whether something was open so long that nobody knows who kept it waiting. */
static bool is_unclear(const struct connection_report *connection)
{
    const struct waits *waits = connection->rows.waits;
    const struct summary *summary = connection->summary;
    int64_t limit = wait_limit(summary);
    struct wait_question question;
    struct wait wait;
    enum endpoint_id who;
    if (waits->clock_wrong || waits->answer_unclear)
        return true;
    /* A request at the very end: whether it was answered is not in the capture. */
    if (summary->close == CLOSE_OPEN && !waits->ends[SERVER].spoke)
        return true;
    if (waits_unanswered(waits, summary->capture_end, &question) && question.asker == CLIENT &&
        question.time >= limit)
        return true;
    if (waits_unclosed(waits, summary->capture_end, &who, &wait) && wait.longest >= limit)
        return true;
    for (int id = CLIENT; id <= SERVER; id++) {
        const struct wait_end *end = &waits->ends[id];
        const struct endpoint_summary *told = &summary->endpoints[id];
        if (end->spoke && !end->acked && summary->capture_end - end->data_time >= limit)
            return true;
        if (told->fin_sent && !told->fin_acked && summary->capture_end - end->fin_time >= limit)
            return true;
    }
    return false;
}

/* What was sent again, in numbers small enough to be nobody's fault. */
static void add_few_repeats(struct strbuf *out, const struct connection_report *connection)
{
    const struct waits *waits = connection->rows.waits;
    uint64_t repeats = 0, late = 0, again = 0;
    for (int id = CLIENT; id <= SERVER; id++) {
        uint64_t bytes = connection->summary->endpoints[id].payload_bytes;
        repeats += waits->ends[id].repeats;
        late += waits->ends[id].late;
        again += waits->ends[id].bytes > bytes ? waits->ends[id].bytes - bytes : 0;
    }
    if (repeats > 0)
        strbuf_printf(out, "only %" PRIu64 " %s sent again", repeats,
                      repeats == 1 ? "segment was" : "segments were");
    else if (again > 0)
        strbuf_printf(out, "only %" PRIu64 " B were sent again", again);
    else if (late > 0)
        strbuf_printf(out, "nothing is known to have been sent again (%" PRIu64 " %s after later "
                           "ones)", late, late == 1 ? "segment came" : "segments came");
    else
        strbuf_add(out, "nothing was sent again");
}

/* "three round trips (351 ms)": what no wait reached. Acknowledgements may take half a second. */
static void add_limit(struct strbuf *out, const struct connection_report *connection)
{
    const struct wait_end *ends = connection->rows.waits->ends;
    int64_t limit = wait_limit(connection->summary);
    bool trips = connection->summary->rtt_ns != UNKNOWN_NS && limit > WAIT_LEAST;
    if (ends[CLIENT].waits[WAIT_ACK].longest >= limit ||
        ends[SERVER].waits[WAIT_ACK].longest >= limit)
        narrate_duration(out, "", ACK_LATEST, "");
    else
        narrate_duration(out, trips ? "three round trips (" : "", limit, trips ? ")" : "");
}

/* Silences within the limits of what was just said, or beside it. */
static void add_silences(struct strbuf *out, const struct connection_report *connection)
{
    const struct waits *waits = connection->rows.waits;
    int64_t limit = wait_limit(connection->summary);
    const struct culprit idle = culprit_find(connection, true);
    for (int id = CLIENT; id <= SERVER; id++) {
        const struct wait *fin = &waits->ends[id].waits[WAIT_FIN];
        if (fin->longest < limit)
            continue;
        strbuf_printf(out, ", but for the close: the %s's FIN came",
                      endpoint_name((enum endpoint_id)id));
        narrate_duration(out, " ", fin->longest, " after ");
        if (fin->data_frame == waits->ends[1 - id].fin_frame)
            strbuf_printf(out, "the %s's", endpoint_name(endpoint_peer((enum endpoint_id)id)));
        else
            strbuf_add(out, "its last data");
    }
    /* Who sent more by itself may have been waited for, or may have waited in vain. */
    for (int id = CLIENT; id <= SERVER; id++) {
        const struct wait *pause = &waits->ends[id].waits[WAIT_PAUSE];
        if (pause->longest < limit)
            continue;
        strbuf_printf(out, "; but after frame %" PRIu64 " the %s sent its next data only",
                      pause->data_frame, endpoint_name((enum endpoint_id)id));
        narrate_duration(out, " ", pause->longest, " later");
        strbuf_printf(out, " (frame %" PRIu64 "), and %s", pause->end_frame,
                      id == CLIENT ? "may have waited for an answer"
                                   : "the client may have waited for that");
    }
    if (idle.wait == NULL || idle.kind == WAIT_PAUSE)
        return;
    strbuf_printf(out, "; the %s itself sent no data", endpoint_name(idle.who));
    narrate_duration(out, " for ", idle.wait->longest, "");
    strbuf_printf(out, " (frames %" PRIu64 " to %" PRIu64 ")", idle.wait->data_frame,
                  idle.wait->end_frame);
}

void delay_nobody(struct strbuf *out, const struct connection_report *connection)
{
    const struct endpoint_summary *ends = connection->summary->endpoints;
    if (ends[CLIENT].payload_bytes + ends[SERVER].payload_bytes == 0 || is_unclear(connection))
        return;
    strbuf_add(out, "nobody: ");
    add_few_repeats(out, connection);
    strbuf_add(out, ", and neither end kept the other waiting for ");
    add_limit(out, connection);
    narrate_queue(out, connection->summary);
    add_silences(out, connection);
}

void narrate_wait(struct strbuf *out, const struct connection_report *connection)
{
    static const char *const names[WAIT_KIND_N] = {
        [WAIT_ANSWER] = "sent no data for", [WAIT_TOGETHER] = "sent nothing for",
        [WAIT_PAUSE] = "paused for",        [WAIT_WINDOW] = "did not read for",
        [WAIT_REPEAT] = "sent again after", [WAIT_ACK] = "acknowledged after",
        [WAIT_FIN] = "sent its FIN after",
    };
    const struct culprit culprit = culprit_find(connection, false);
    enum endpoint_id silent;
    struct wait_question question;
    if (connection->rows.waits == NULL || narrate_one_sided(connection->summary, &silent))
        return;
    if (culprit.wait != NULL) {
        strbuf_printf(out, "; %s %s", endpoint_name(culprit.who), names[culprit.kind]);
        narrate_duration(out, " ", culprit.time, "");
    } else if (waits_unanswered(connection->rows.waits, connection->summary->capture_end,
                                &question) &&
               question.asker == CLIENT && question.time >= PAUSE_LONG) {
        strbuf_add(out, "; server sent no data");
        narrate_duration(out, " for ", question.time, "");
    }
}
