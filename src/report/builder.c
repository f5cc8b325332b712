/* builder: from settled connections to what renderers show. */
#include "report/builder.h"

#include <stdlib.h>
#include <string.h>

#include "diagnose/registry.h"
#include "report/community_id.h"
#include "report/narrate.h"
#include "report/rank.h"

struct builder {
    struct registry *counting;  /* keeps state over the capture */
    struct registry *showing;   /* the second pass must not count again */
    struct capture_report capture;
    struct facts facts;               /* of the connection at hand, */
    struct findings findings;         /* and what was found of it */
    struct findings capture_findings;
    struct ranks ranks;
    uint32_t connection_ranks[FINDINGS_MAX], capture_ranks[FINDINGS_MAX];
    const struct reader *reader; /* knows where frames came from; NULL: one input */
    enum vantage vantage;        /* given by the user */
    bool with_ids;               /* connections get their Community ID */
    bool quiet;                 /* no connection is shown: only other findings are ranked */
    struct connection_report report;
};

struct builder *builder_new(bool quiet)
{
    struct builder *b = calloc(1, sizeof *b);
    if (b == NULL)
        return NULL;
    b->quiet = quiet;
    b->capture.clean_unknown = quiet;
    b->counting = registry_new();
    b->showing = registry_new();
    if (b->counting == NULL || b->showing == NULL) {
        builder_free(b);
        return NULL;
    }
    return b;
}

void builder_free(struct builder *b)
{
    if (b == NULL)
        return;
    registry_free(b->counting);
    registry_free(b->showing);
    segment_list_done(&b->report.segments);
    free(b);
}

void builder_origins(struct builder *b, const struct reader *reader)
{
    b->reader = reader;
}

void builder_community_ids(struct builder *b)
{
    b->with_ids = true;
}

void builder_vantage(struct builder *b, enum vantage vantage)
{
    b->vantage = vantage;
}

/* Several inputs were hardly taken at one place; of a connection in two of them it is unknown. */
static struct vantage_verdict vantage_of(const struct builder *b)
{
    if (b->vantage != VANTAGE_UNKNOWN)
        return (struct vantage_verdict){ .vantage = (uint8_t)b->vantage,
                                         .evidence = VANTAGE_BY_OPTION,
                                         .certainty = CERTAINTY_ASSUMED };
    if (b->reader != NULL)
        return (struct vantage_verdict){ .vantage = VANTAGE_UNKNOWN };
    return b->facts.vantage;
}

/* Names the inputs that the frames of the evidence came from. */
static void origins_fill(const struct builder *b, struct findings *findings)
{
    for (size_t i = 0; b->reader != NULL && i < findings->count; i++) {
        struct finding *finding = &findings->list[i];
        for (size_t j = 0; j < finding->evidence_count; j++) {
            struct evidence *evidence = &finding->evidence[j];
            unsigned input;
            if (reader_origin(b->reader, evidence->frame, &input, &evidence->input_frame))
                evidence->input = reader_info(b->reader, input)->name;
        }
    }
}

static void topics_count(struct builder *b, const struct findings *findings,
                         const struct summary *summary)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        struct topic_report *topic = &b->capture.topics[finding->topic];
        if (topic->count == 0) {
            topic->example = *finding;
            if (summary != NULL)
                topic->example_summary = *summary;
        }
        if (topic->count == 0 || finding->severity > topic->severity)
            topic->severity = finding->severity;
        if (topic->count < sizeof topic->worst / sizeof topic->worst[0])
            topic->worst[topic->count] = finding->connection;
        topic->count++;
    }
}

/* Opened and closed (or still open) as connections should, and nothing worth a warning. */
static bool connection_is_fine(const struct builder *b, const struct summary *summary)
{
    static const bool opened[HANDSHAKE_N] = { [HANDSHAKE_NOT_CAPTURED] = true,
                                              [HANDSHAKE_SIMULTANEOUS] = true,
                                              [HANDSHAKE_FAST_OPEN] = true,
                                              [HANDSHAKE_THREE_WAY] = true };
    static const bool closed[CLOSE_N] = { [CLOSE_SIMULTANEOUS] = true,
                                          [CLOSE_THREE_SEGMENT] = true,
                                          [CLOSE_FOUR_SEGMENT] = true,
                                          [CLOSE_OPEN] = true };
    if (findings_warn(&b->findings))
        return false;
    if (narrate_not_taken(summary))
        return false;
    return opened[summary->handshake] && closed[summary->close];
}

/* Who closed first and how, who still has to, and what was sent again. */
static void blame_count(struct capture_report *capture, const struct summary *summary)
{
    bool opened = summary->handshake < HANDSHAKE_REJECTED && !summary->no_connection;
    enum closer first = (enum closer)summary->first_closer;
    bool fin = first == CLOSER_BOTH || summary->close != CLOSE_RESET ||
               (first != CLOSER_NONE &&
                summary->endpoints[first == CLOSER_SERVER ? SERVER : CLIENT].fin_sent);
    uint64_t repeats = summary_repeated_segments(summary);
    for (int id = CLIENT; id <= SERVER; id++)
        capture->fin_waits[id] += summary->endpoints[id].state == STATE_CLOSE_WAIT &&
                                  !narrate_fin_may_be_second(summary);
    capture->not_taken += narrate_not_taken(summary);
    if (!opened)
        return;
    if (narrate_fin_may_be_second(summary) && summary->close == CLOSE_HALF_CLOSED)
        capture->closed_unclear++;
    else
        capture->closed_first[first][fin ? 0 : 1]++;
    for (int id = CLIENT; id <= SERVER && summary->close == CLOSE_RESET; id++)
        capture->resets[id] += summary->endpoints[id].resets > 0;
    capture->repeating += repeats > 0;
    capture->repeats += repeats;
}

static void totals_count(struct builder *b, const struct summary *summary, bool listed)
{
    struct capture_report *capture = &b->capture;

    capture->connections++;
    capture->by_handshake[summary->handshake]++;
    capture->by_close[summary->close]++;
    blame_count(capture, summary);
    capture->never_opened[summary->close] +=
        summary->handshake >= HANDSHAKE_REJECTED || /* the kinds from there on did not open */
        summary->no_connection;
    capture->no_connection += summary->no_connection;
    if (listed) {
        uint64_t *first = &capture->first_of[summary->handshake];
        if (*first == 0 || summary->id < *first) /* they may come in another order */
            *first = summary->id;
        capture->listed++;
        capture->clean += connection_is_fine(b, summary);
    }
}

bool builder_reads_events(const struct builder *b, uint64_t traits)
{
    return registry_reads_events(b->counting, traits);
}

void builder_count(struct builder *b, const struct summary *summary, const struct event *events,
                   size_t count, bool listed)
{
    b->facts = facts_read(summary, events, count);
    memset(&b->findings, 0, offsetof(struct findings, list));
    if (listed && !b->quiet) /* without logs few of these would be found: rather none */
        registry_connection(b->counting, &b->facts, &b->findings);
    else
        registry_count(b->counting, &b->facts);
    totals_count(b, summary, listed);
    struct vantage_verdict vantage = vantage_of(b);
    place_count(&b->capture.place, summary, &vantage);
    if (b->findings.count == 0)
        return;
    topics_count(b, &b->findings, summary);
    ranks_count(&b->ranks, &b->findings);
}

void builder_rank(struct builder *b, const struct capture_facts *facts)
{
    memset(&b->capture_findings, 0, offsetof(struct findings, list));
    b->capture.copies = facts->copies;
    struct capture_facts all = *facts;
    all.vantage = (uint8_t)b->vantage;
    all.several_inputs = b->reader != NULL;
    registry_end(b->counting, &all, &b->capture_findings);
    origins_fill(b, &b->capture_findings);
    b->capture.findings = &b->capture_findings;
    topics_count(b, &b->capture_findings, NULL);
    ranks_settle(&b->ranks, &b->capture_findings, b->capture_ranks);
    b->capture.ranks = b->capture_ranks;
}

static void frame_add(uint64_t *frames, size_t *count, uint64_t frame)
{
    for (size_t i = 0; i < *count; i++)
        if (frames[i] == frame)
            return;
    if (*count == REPORT_FRAMES_MAX)
        return;
    size_t at = *count;
    while (at > 0 && frames[at - 1] > frame) {
        frames[at] = frames[at - 1];
        at--;
    }
    frames[at] = frame;
    ++*count;
}

/* A state that was left by a timer, later than the segment that the event is dated to, or by the
 * first segment of another connection on the same ports. */
static bool by_timer(const struct connection_report *report, const struct event *event)
{
    if (summary_frame_supersedes(report->summary, event->frame))
        return true;
    if (event->frame == report->summary->last_frame &&
        event->time > report->summary->last_time + report->summary->last_way_ns)
        return true;
    /* Those of one frame stand together. */
    const struct event *first = event, *end = report->events + report->event_count;
    while (first > report->events && first[-1].frame == event->frame)
        first--;
    for (const struct event *other = first; other < end && other->frame == event->frame; other++)
        if (other->time != 0 && other->time < event->time &&
            event_arrival(report->events, report->event_count, event->frame, other->time) <
                event->time)
            return true;
    return false;
}

/* Whether the segment of this event belongs to the opening. */
static bool event_opens(const struct connection_report *report, const struct event *event)
{
    switch (event->kind) {
    case EVENT_TRANSITION:
        /* Where the third ACK was not captured, a later segment proves the state by itself. */
        return event->to == STATE_SYN_SENT || event->to == STATE_SYN_RCVD ||
               (event->from == STATE_SYN_RCVD && event->to == STATE_ESTABLISHED &&
                event->evidence != event->frame && !by_timer(report, event));
    case EVENT_SYN_REPEATED:
    case EVENT_SYN_RETRIED:
        return true;
    case EVENT_ICMP_ERROR:
        return report->summary->handshake == HANDSHAKE_REJECTED;
    case EVENT_RESET:
        return event->result == RESET_REFUSED || event->to == STATE_SYN_RCVD ||
               event->to == STATE_SYN_SENT;
    case EVENT_CHECK:
        return event->detail == CHECK_SYN_SEQ_IS_ISN ||
               event->detail == CHECK_HANDSHAKE_THIRD_SEQ ||
               event->detail == CHECK_SIMULTANEOUS_ACKS;
    default:
        return false;
    }
}

static bool event_closes(const struct connection_report *report, const struct event *event)
{
    switch (event->kind) {
    case EVENT_TRANSITION:
        return event->to == STATE_FIN_WAIT_1 || event->to == STATE_LAST_ACK ||
               (event->from == STATE_LAST_ACK && event->to == STATE_CLOSED &&
                !by_timer(report, event));
    case EVENT_FIN_REPEATED:
    case EVENT_RESET:
        return true;
    case EVENT_CHECK:
        return event->detail == CHECK_ACK_OF_FIN && event->result == CHECK_HOLDS;
    default:
        return false;
    }
}

static void frames_collect(struct connection_report *report)
{
    report->handshake_frame_count = report->close_frame_count = 0;
    for (size_t i = 0; i < report->event_count; i++) {
        const struct event *event = &report->events[i];
        if (event_opens(report, event))
            frame_add(report->handshake_frames, &report->handshake_frame_count, event->frame);
        if (event_closes(report, event))
            frame_add(report->close_frames, &report->close_frame_count, event->frame);
    }
}

const struct connection_report *builder_show(struct builder *b, const struct summary *summary,
                                             const struct event *events, size_t count,
                                             struct journal_rows rows)
{
    b->facts = facts_read(summary, events, count);
    memset(&b->findings, 0, offsetof(struct findings, list));
    registry_connection(b->showing, &b->facts, &b->findings);
    return builder_show_counted(b, rows);
}

const struct connection_report *builder_show_counted(struct builder *b, struct journal_rows rows)
{
    struct connection_report *report = &b->report;
    const struct summary *summary = b->facts.summary;

    origins_fill(b, &b->findings);
    report->summary = summary;
    report->events = b->facts.events;
    report->event_count = b->facts.count;
    report->vantage = vantage_of(b);
    report->findings = &b->findings;
    bool ranked = ranks_give(&b->ranks, &b->findings, b->connection_ranks);
    report->ranks = ranked ? b->connection_ranks : NULL;
    report->rows = rows;
    report->segments.count = 0;
    if (rows.count > 0)
        segment_list_fill(&report->segments, summary);
    report->some_twice = b->capture.second_views > 0;
    report->all_twice = b->capture.input_count == 2 && report->some_twice &&
                        b->capture.second_views == b->capture.segments;
    if (b->with_ids)
        community_id(summary, report->community_id);
    frames_collect(report);
    return report;
}

struct capture_report *builder_capture(struct builder *b)
{
    return &b->capture;
}
