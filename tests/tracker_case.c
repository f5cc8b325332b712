#include "tracker_case.h"

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time_text.h"
#include "decode/decode.h"
#include "segment_builder.h"
#include "model/mark.h"
#include "tcp/tracker.h"

static void case_keep(void *context, const struct summary *summary, const struct event *events,
                      size_t count)
{
    struct tracker_case *tracked = context;
    assert_true(tracked->count < CASE_CONNECTIONS);
    assert_true(count <= CASE_EVENTS);
    struct case_connection *connection = &tracked->connections[tracked->count++];
    connection->summary = *summary;
    for (unsigned i = 0; i < 2; i++) { /* lent for the call only */
        if (summary->endpoints[i].metrics == NULL)
            continue;
        connection->metrics[i] = *summary->endpoints[i].metrics;
        connection->summary.endpoints[i].metrics = &connection->metrics[i];
    }
    connection->count = count;
    if (count > 0)
        memcpy(connection->events, events, count * sizeof *events);
    for (const struct classified_chunk *chunk = summary->segments; chunk != NULL;
         chunk = chunk->next)
        for (uint32_t i = 0; i < chunk->count && connection->segment_count < CASE_SEGMENTS; i++)
            connection->segments[connection->segment_count++] = chunk->rows[i];
    if (tracked->options->look != NULL)
        tracked->options->look(tracked->options->look_context, summary, events, count);
    connection->summary.segments = NULL; /* lent */
}

/* Whether the first segment of a connection is of the port that was chosen. */
static bool case_wants(void *context, const struct segment *first)
{
    const struct tracker_case *tracked = context;
    uint16_t port = tracked->options->segments_port;
    return port == 0 || first->source_port == port;
}

static void case_taken(void *context, const struct segment *segment,
                       const struct tracked *result)
{
    struct tracker_case *tracked = context;
    tracked->absorbed += result->absorbed;
    if (result->marks & MARK_CHALLENGE && segment->frame < 64)
        tracked->challenges |= UINT64_C(1) << segment->frame;
}

static void case_noticed(void *context, const struct notice *notice,
                         const struct noticed *noticed)
{
    struct tracker_case *tracked = context;
    (void)notice;
    tracked->notices++;
    tracked->believed += noticed->believed;
    tracked->noticed = noticed->id;
}

/* Moves a segment to other initial numbers: A is the end with the port of the builder's A. A RST
 * with number 0 has none of its sender's numbers (RFC 9293 §3.5.2). */
static void segment_shift(struct segment *s, bool from_a, const struct case_options *options)
{
    if (s->seq != 0 || !(s->flags & TCP_RST))
        s->seq += from_a ? options->shift_a : options->shift_b;
    if (s->flags & TCP_ACK)
        s->ack += from_a ? options->shift_b : options->shift_a;
    for (unsigned i = 0; i < s->sack_count && i < SEGMENT_SACK_MAX; i++) {
        s->sack[i].left += from_a ? options->shift_b : options->shift_a;
        s->sack[i].right += from_a ? options->shift_b : options->shift_a;
    }
}

static void track_line(struct tracker *tracker, struct segment_builder *builder,
                       const char *line, const struct case_options *options)
{
    static const size_t size = BUILDER_FRAME_MAX;
    struct frame frame;
    struct segment segment;
    struct notice notice;
    double seconds;
    char error[256] = "";
    if (sscanf(line, "tick %lf", &seconds) == 1) {
        tracker_tick(tracker, builder->start + (int64_t)(seconds * 1e6 + 0.5) * 1000);
        return;
    }
    if (strcmp(line, "lighten") == 0) {
        tracker_flush(tracker);
        tracker_lighten(tracker);
        return;
    }
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    if (!segment_builder_line(builder, line, bytes, size, &frame, error, sizeof error))
        fail_msg("%s", error);
    bool wanted = frame.data != NULL &&
                  (options->frames == 0 || builder->frames <= options->frames);
    enum decode_result decoded =
        wanted ? decode_frame(&frame, &segment, &notice) : DECODE_NOT_TCP;
    if (wanted && decoded == DECODE_NOTICE) {
        notice.seq += notice.source_port == builder->end[0].port ? options->shift_a
                                                                 : options->shift_b;
        tracker_notice(tracker, &notice);
    } else if (decoded == DECODE_HEADER_LENGTH) {
        tracker_malformed(tracker, &segment);
    } else if (wanted) {
        assert_int_equal(decoded, DECODE_SEGMENT);
        bool from_a = segment.source_port == builder->end[0].port &&
                      memcmp(segment.source, builder->end[0].address, 16) == 0;
        segment_shift(&segment, from_a, options);
        if (options->ticking)
            tracker_tick(tracker, segment.time);
        tracker_segment(tracker, &segment, decode_payload(&frame, &segment));
    }
    free(bytes);
}

struct tracker_case *case_track(const char *lines, const struct case_options *options)
{
    static const struct case_options usual = { 0 };
    const struct case_options *o = options != NULL ? options : &usual;
    struct tracker_case *tracked = calloc(1, sizeof *tracked);
    assert_non_null(tracked);
    struct tracker_options tracking = {
        .max_connections = o->max_connections ? o->max_connections : 100,
        .keep_log = !o->no_log,
        .all_checks = o->all_checks,
        .segments_max = o->segments ? 1000 : 0,
        .segments_each = o->segments_each,
        .segments_of = o->segments_each > 0 ? case_wants : NULL,
        .expire = o->expire,
        .linger_ns = o->linger_ns,
        .msl_ns = 30 * NS_PER_S, /* as Linux has it */
        .settled = o->uncounted ? NULL : case_keep,
        .taken = case_taken,
        .noticed = case_noticed,
        .context = tracked,
    };
    tracked->options = o;
    struct tracker *tracker = tracker_new(&tracking);
    struct segment_builder builder;
    struct tracker_counts counts;
    char *copy = strdup(lines), *state = NULL;
    assert_non_null(tracker);
    assert_non_null(copy);
    segment_builder_init(&builder);
    for (char *line = strtok_r(copy, "\n", &state); line != NULL;
         line = strtok_r(NULL, "\n", &state))
        track_line(tracker, &builder, line, o);
    assert_true(tracker_finish(tracker));
    if (!o->uncounted)
        tracker_each(tracker, case_keep, tracked);
    if (!o->uncounted)
        tracked->traits = traits_hold(tracker);
    tracker_counts(tracker, &counts);
    tracked->begun = counts.connections;
    tracked->handed_over = counts.handed_over.hits;
    tracked->events_lost = counts.events_lost.hits;
    tracked->copies = counts.facts.copies;
    tracked->misordered = counts.facts.misordered;
    tracked->tombstones_lost = counts.tombstones_lost.hits;
    tracked->waiting_refused = counts.waiting_refused.hits;
    tracker_free(tracker);
    free(copy);
    tracked->options = NULL;
    return tracked;
}

static void text_add(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void text_add(char *text, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(text + used, CASE_TEXT - used, format, arguments);
    va_end(arguments);
    assert_true(n >= 0 && (size_t)n < CASE_TEXT - used);
}

const char *case_transitions(const struct case_connection *connection, char *text)
{
    text[0] = '\0';
    for (size_t i = 0; i < connection->count; i++) {
        const struct event *e = &connection->events[i];
        if (e->kind != EVENT_TRANSITION)
            continue;
        text_add(text, "%" PRIu64 " %s %s>%s %s", e->frame,
                 endpoint_name((enum endpoint_id)e->endpoint),
                 tcp_state_name((enum tcp_state)e->from), tcp_state_name((enum tcp_state)e->to),
                 certainty_name((enum certainty)e->certainty));
        if (e->evidence != 0)
            text_add(text, " by %" PRIu64, e->evidence);
        text_add(text, "\n");
    }
    return text;
}

const char *case_segments(const struct case_connection *connection, char *text)
{
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < connection->segment_count; i++) {
        const struct classified *row = &connection->segments[i];
        const char *sign = " (";
        length += (size_t)snprintf(text + length, CASE_TEXT - length, "%u %s",
                                   (unsigned)row->frame, segment_class_name(row->class));
        if (row->revised_from != CLASS_NONE)
            length += (size_t)snprintf(text + length, CASE_TEXT - length, " was %s",
                                       segment_class_name((enum segment_class)row->revised_from));
        if (row->original != 0)
            length += (size_t)snprintf(text + length, CASE_TEXT - length, " of %u",
                                       (unsigned)row->original);
        for (unsigned tag = 0; tag < TAG_N; tag++) {
            if (!(row->tags & TAG(tag)))
                continue;
            length += (size_t)snprintf(text + length, CASE_TEXT - length, "%s%s", sign,
                                       segment_tag_name(tag));
            sign = " ";
        }
        length += (size_t)snprintf(text + length, CASE_TEXT - length, "%s:", row->tags ? ")" : "");
        for (unsigned rule = 0; rule < RULE_N; rule++)
            if (row->rules & RULE(rule))
                length += (size_t)snprintf(text + length, CASE_TEXT - length, " %s",
                                           segment_rules[rule].id);
        length += (size_t)snprintf(text + length, CASE_TEXT - length, "\n");
        assert_true(length < CASE_TEXT);
    }
    return text;
}

const char *case_checks(const struct case_connection *connection, char *text)
{
    text[0] = '\0';
    for (size_t i = 0; i < connection->count; i++) {
        const struct event *e = &connection->events[i];
        if (e->kind != EVENT_CHECK)
            continue;
        text_add(text, "%" PRIu64 " %s %s %s ", e->frame,
                 endpoint_name((enum endpoint_id)e->endpoint), checks[e->detail].name,
                 check_result_name((enum check_result)e->result));
        if (e->result == CHECK_SKIPPED)
            text_add(text, "%s\n", check_reason_name((enum check_reason)e->expected));
        else if (checks[e->detail].subject >= SUBJECT_SEQ_AND_ACK)
            text_add(text, "%" PRIu32 ",%" PRIu32 "\n", e->observed, e->expected);
        else
            text_add(text, "%" PRIu32 "=%" PRIu32 "\n", e->observed, e->expected);
    }
    return text;
}

/* A check as case_checks() has it, and how sure it is; `room` is that of a line. */
static void rule_line(const struct case_connection *connection, size_t i, char *ret, size_t room)
{
    struct case_connection one = { .count = 1 };
    char text[CASE_TEXT];
    const struct event *e = &connection->events[i];
    bool sure = e->result == CHECK_SKIPPED || e->certainty == CERTAINTY_OBSERVED;
    one.events[0] = *e;
    case_checks(&one, text);
    text[strcspn(text, "\n")] = '\0';
    snprintf(ret, room, "%.160s%s%s", text, sure ? "" : " ",
             sure ? "" : certainty_name((enum certainty)e->certainty));
}

void case_assert_rule(const char *packets, const char *wanted)
{
    struct tracker_case *tracked =
        case_track(packets, &(struct case_options){ .all_checks = true });
    const struct case_connection *connection = &tracked->connections[0];
    bool absent = wanted[0] == '-', found = false;
    char line[200], text[CASE_TEXT];
    for (size_t i = 0; i < connection->count; i++) {
        rule_line(connection, i, line, sizeof line);
        found = found || (absent ? strstr(line, wanted + 1) != NULL : strcmp(line, wanted) == 0);
    }
    if (found == absent)
        fail_msg("%s \"%s\" in\n%s", absent ? "unwanted" : "missing", wanted + absent,
                 case_checks(connection, text));
    free(tracked);
}

bool case_has(const char *text, const char *line)
{
    size_t length = strlen(line);
    for (const char *at = text; (at = strstr(at, line)) != NULL; at++)
        if ((at == text || at[-1] == '\n') && at[length] == '\n')
            return true;
    return false;
}

unsigned case_events(const struct case_connection *connection, enum event_kind kind)
{
    unsigned found = 0;
    for (size_t i = 0; i < connection->count; i++)
        found += connection->events[i].kind == kind;
    return found;
}

void case_assert_chain(const struct case_connection *connection)
{
    uint8_t state[2] = { STATE_NONE, STATE_NONE };
    uint64_t frame = 0;
    for (size_t i = 0; i < connection->count; i++) {
        const struct event *e = &connection->events[i];
        assert_true(e->frame >= frame);
        frame = e->frame;
        if (e->kind != EVENT_TRANSITION)
            continue;
        assert_string_equal(tcp_state_name((enum tcp_state)e->from),
                            tcp_state_name((enum tcp_state)state[e->endpoint]));
        state[e->endpoint] = e->to;
    }
    for (int i = 0; i < 2; i++)
        assert_string_equal(
            tcp_state_name((enum tcp_state)connection->summary.endpoints[i].state),
            tcp_state_name((enum tcp_state)state[i]));
}

void case_assert_segment(const char *lines, const char *wanted)
{
    static const struct case_options options = { .segments = true };
    char text[CASE_TEXT];
    struct tracker_case *tracked = case_track(lines, &options);
    assert_int_equal(tracked->count, 1);
    case_segments(&tracked->connections[0], text);
    if (!case_has(text, wanted))
        fail_msg("missing: \"%s\" in\n%s", wanted, text);
    free(tracked);
}

char *case_file(const char *name)
{
    const char *folder = getenv("srcdir");
    char path[1000];
    snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : ".", name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_msg("%s: %s", path, strerror(errno));
    size_t room = 200000;
    char *text = malloc(room);
    assert_non_null(text);
    size_t length = fread(text, 1, room, file);
    assert_true(length > 0 && length < room);
    text[length] = '\0';
    fclose(file);
    return text;
}
