/*
 * points_case: a connection that opened and closed well, for tests of whom a capture points to.
 */
#ifndef TESTS_POINTS_CASE_H
#define TESTS_POINTS_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/time_text.h"
#include "report/narrate.h"

/* A connection that opened in 30 ms, seen half way, and closed well. */
struct scene {
    struct summary summary;
    struct event events[4];
    struct findings findings;
    struct waits waits;
    struct connection_report report;
};

/* Borrows from itself. */
static inline void scene_make(struct scene *scene)
{
    memset(scene, 0, sizeof *scene);
    struct summary *summary = &scene->summary;
    summary->id = 1;
    summary->ip_version = 4;
    summary->handshake = HANDSHAKE_THREE_WAY;
    summary->handshake_complete = summary->third_ack_seen = true;
    summary->rtt_ns = 30 * NS_PER_MS;
    summary->synack_ns = summary->ack_ns = 15 * NS_PER_MS;
    summary->close = CLOSE_FOUR_SEGMENT;
    summary->first_closer = CLOSER_CLIENT;
    summary->capture_end = 9 * NS_PER_S;
    for (int id = CLIENT; id <= SERVER; id++) {
        summary->endpoints[id].segments = 10;
        summary->endpoints[id].payload_bytes = 100;
        summary->endpoints[id].port = id == CLIENT ? 5 : 80;
        summary->endpoints[id].state = STATE_CLOSED;
        scene->waits.ends[id].spoke = true;
        scene->waits.ends[id].acked = true;
        scene->waits.ends[id].bytes = 100;
    }
    scene->waits.last_talker = SERVER;
    scene->waits.closed = true;
    scene->report = (struct connection_report){ .summary = summary, .events = scene->events,
                                                .findings = &scene->findings };
    scene->report.rows.waits = &scene->waits;
}

static inline void add_wait(struct scene *scene, enum endpoint_id who, enum wait_kind kind, int64_t ms)
{
    scene->waits.ends[who].waits[kind] =
        (struct wait){ .count = 1, .longest = ms * NS_PER_MS, .data_frame = 4, .ack_frame = 5,
                       .ack_after = 20 * NS_PER_MS, .end_frame = 9 };
}

static inline void add_reset(struct scene *scene, enum endpoint_id who, enum reset_origin origin)
{
    scene->events[scene->report.event_count++] =
        (struct event){ .kind = EVENT_RESET, .endpoint = (uint8_t)who, .result = (uint8_t)origin,
                        .frame = 12 };
    scene->summary.endpoints[who].resets++;
    scene->summary.close = CLOSE_RESET;
}

static inline void expect_points(const struct scene *scene, const char *expected)
{
    struct strbuf text = { 0 };
    narrate_points(&text, &scene->report);
    assert_string_equal(strbuf_text(&text), expected);
    strbuf_done(&text);
}

static inline void expect_brief(const struct scene *scene, const char *expected)
{
    struct strbuf text = { 0 };
    narrate_brief(&text, &scene->report);
    assert_string_equal(strbuf_text(&text), expected);
    strbuf_done(&text);
}

#endif
