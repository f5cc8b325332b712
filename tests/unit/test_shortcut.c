/*
 * shortcut: plain segments take short ways (tcp/plain, audit_plain, loss_plain). With and without
 * them all that is told of a connection, and of each segment, is the same: of every capture in
 * pcaps/, and of made-up traffic.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time_text.h"
#include "capture/reader.h"
#include "decode/decode.h"
#include "model/metrics.h"
#include "tcp/tracker.h"
#include "traffic_case.h"

#define CONNECTIONS_MAX 20000u
#define TRAFFIC_SEGMENTS 15000u
#define PAYLOAD_MAX 4096u

/* Which of the outputs the traffic is tracked for. */
enum mode { MODE_ALL, MODE_LIGHT, MODE_SEGMENTS, MODE_QUIET, MODE_N };

/* What a tracker told, in a number for each connection. */
struct told {
    uint64_t sum[CONNECTIONS_MAX];
    uint64_t first_frame[CONNECTIONS_MAX];
    size_t count;
    uint64_t segments;
    bool common; /* only what a light connection has, too */
};

static uint64_t mixed(uint64_t sum, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ at[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
    return sum;
}

static uint64_t event_mixed(uint64_t sum, const struct event *e)
{
    const uint64_t fields[] = { e->kind,   e->endpoint, e->certainty, e->detail,
                                e->from,   e->to,       e->result,    e->addend,
                                e->observed, e->expected, e->frame,   e->evidence,
                                (uint64_t)e->time };
    return mixed(sum, fields, sizeof fields);
}

/* What is noted only of connections that are shown. */
static void detail_drop(struct summary *summary)
{
    summary->neighbours_known = false;
    summary->completeness = 0;
    memset(summary->zeek_states, 0, sizeof summary->zeek_states);
    memset(summary->zeek_history, 0, sizeof summary->zeek_history);
    memset(&summary->exchanges, 0, sizeof summary->exchanges);
    for (int id = 0; id < 2; id++) {
        memset(&summary->endpoints[id].limits, 0, sizeof summary->endpoints[id].limits);
        summary->endpoints[id].metrics = NULL;
    }
}

static void connection_told(void *context, const struct summary *summary,
                            const struct event *events, size_t count)
{
    struct told *told = context;
    struct summary plain = *summary;
    uint64_t sum = 1;
    assert_true(told->count < CONNECTIONS_MAX);
    if (told->common)
        detail_drop(&plain);
    for (int id = 0; id < 2; id++) {
        if (plain.endpoints[id].metrics != NULL)
            sum = mixed(sum, plain.endpoints[id].metrics, sizeof *plain.endpoints[id].metrics);
        plain.endpoints[id].metrics = NULL;
    }
    plain.segments = NULL;
    sum = mixed(sum, &plain, sizeof plain);
    for (size_t i = 0; i < count; i++)
        sum = event_mixed(sum, &events[i]);
    told->first_frame[told->count] = summary->first_frame;
    told->sum[told->count++] = sum;
}

static void segment_told(void *context, const struct segment *s, const struct tracked *tracked)
{
    struct told *told = context;
    const uint64_t fields[] = { s->frame,         tracked->id,       tracked->from, tracked->marks,
                                tracked->class,   tracked->notable,  tracked->absorbed,
                                tracked->nth,     tracked->window };
    told->segments = mixed(told->segments, fields, sizeof fields);
}

static struct tracker *tracker_made(struct told *told, enum mode mode, bool no_shortcut)
{
    *told = (struct told){ .common = told->common };
    const struct tracker_options options = { .max_connections = CONNECTIONS_MAX,
                                             .keep_log = mode != MODE_QUIET,
                                             .segments_max = mode == MODE_SEGMENTS ? 1000000 : 0,
                                             .no_shortcut = no_shortcut,
                                             .msl_ns = 30 * NS_PER_S,
                                             .settled = connection_told,
                                             .taken = segment_told,
                                             .context = told };
    struct tracker *tracker = tracker_new(&options);
    assert_non_null(tracker);
    if (mode == MODE_LIGHT)
        tracker_lighten(tracker);
    return tracker;
}

static void tracker_told(struct told *told, struct tracker *tracker)
{
    assert_true(tracker_finish(tracker));
    tracker_each(tracker, connection_told, told);
    tracker_free(tracker);
}

static void file_told(struct told *told, const char *name, enum mode mode, bool no_shortcut)
{
    char error[256];
    struct tracker *tracker = tracker_made(told, mode, no_shortcut);
    struct reader *reader = reader_new();
    struct capture *capture = capture_open(name, NULL, error, sizeof error);
    struct frame frame;
    assert_non_null(reader);
    if (capture == NULL)
        fail_msg("%s: %s", name, error);
    assert_true(reader_add(reader, capture));
    while (reader_next(reader, &frame) == CAPTURE_FRAME) {
        struct segment segment;
        struct notice notice;
        enum decode_result result = decode_frame(&frame, &segment, &notice);
        if (result == DECODE_SEGMENT)
            tracker_segment(tracker, &segment, decode_payload(&frame, &segment));
        else if (result == DECODE_NOTICE)
            tracker_notice(tracker, &notice);
        else if (result == DECODE_HEADER_LENGTH)
            tracker_malformed(tracker, &segment);
    }
    reader_free(reader);
    tracker_told(told, tracker);
}

static void told_compare(const char *name, enum mode mode, const struct told *one,
                         const struct told *other)
{
    assert_int_equal(one->count, other->count);
    for (size_t i = 0; i < one->count; i++)
        if (one->sum[i] != other->sum[i])
            fail_msg("%s, mode %d: the connection of frame %llu is told otherwise", name,
                     (int)mode, (unsigned long long)one->first_frame[i]);
    if (one->segments != other->segments)
        fail_msg("%s, mode %d: segments are told otherwise", name, (int)mode);
}

static void captures(void **state)
{
    (void)state;
    struct told *one = calloc(1, sizeof *one), *other = calloc(1, sizeof *other);
    const char *folder = getenv("srcdir");
    char path[1000];
    unsigned files = 0;
    snprintf(path, sizeof path, "%s/pcaps", folder != NULL ? folder : ".");
    DIR *dir = opendir(path);
    assert_non_null(dir);
    assert_non_null(one);
    assert_non_null(other);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        const char *dot = strrchr(entry->d_name, '.');
        if (dot == NULL || strncmp(dot, ".pcap", 5) != 0)
            continue;
        snprintf(path, sizeof path, "%s/pcaps/%s", folder != NULL ? folder : ".", entry->d_name);
        for (enum mode mode = 0; mode < MODE_N; mode++) {
            file_told(one, path, mode, false);
            file_told(other, path, mode, true);
            told_compare(path, mode, one, other);
        }
        files++;
    }
    closedir(dir);
    free(one);
    free(other);
    assert_true(files > 30);
}

static void traffic_told(struct told *told, enum mode mode, unsigned strange, bool no_shortcut)
{
    static const uint8_t payload[PAYLOAD_MAX] = { 'x' };
    struct traffic traffic = traffic_begin(strange, strange);
    struct tracker *tracker = tracker_made(told, mode, no_shortcut);
    for (unsigned i = 0; i < TRAFFIC_SEGMENTS; i++) {
        const struct segment s = traffic_next(&traffic);
        tracker_segment(tracker, &s, cursor_init(payload, s.payload_len));
    }
    tracker_told(told, tracker);
}

static void traffic(void **state)
{
    (void)state;
    static const unsigned strange[] = { 3, 12, 40 };
    struct told *one = calloc(1, sizeof *one), *other = calloc(1, sizeof *other);
    assert_non_null(one);
    assert_non_null(other);
    for (unsigned i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        for (enum mode mode = 0; mode < MODE_N; mode++) {
            traffic_told(one, mode, strange[i], false);
            traffic_told(other, mode, strange[i], true);
            told_compare("traffic", mode, one, other);
        }
        assert_true(one->count > 200);
    }
    free(one);
    free(other);
}

/* Of a light connection all the same is told, but for what needs one that is shown; and that is not
 * told of it. */
static void light(void **state)
{
    (void)state;
    struct told *one = calloc(1, sizeof *one), *other = calloc(1, sizeof *other);
    assert_non_null(one);
    assert_non_null(other);
    traffic_told(one, MODE_LIGHT, 12, false);
    other->common = true;
    traffic_told(other, MODE_ALL, 12, false);
    told_compare("light traffic", MODE_LIGHT, one, other);
    other->common = false;
    traffic_told(other, MODE_ALL, 12, false);
    unsigned detailed = 0;
    for (size_t i = 0; i < one->count; i++)
        detailed += one->sum[i] != other->sum[i];
    assert_true(detailed > one->count / 2);
    free(one);
    free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captures),
        cmocka_unit_test(traffic),
        cmocka_unit_test(light),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
