/*
 * traits: diagnoses that are asked only where they may find something find as much as when they are
 * asked of everything, in every capture of pcaps/, with and without logs. Vectors are compared in
 * case_track().
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "capture/capture.h"
#include "decode/decode.h"
#include "model/trait.h"
#include "tracker_case.h"

static struct traits_held capture_hold(const char *name, bool keep_log, bool all_checks)
{
    const struct tracker_options options = { .max_connections = 1000,
                                             .keep_log = keep_log,
                                             .all_checks = all_checks,
                                             .msl_ns = 30 * NS_PER_S };
    char error[256];
    struct frame frame;
    struct segment segment;
    struct notice notice;
    struct capture *capture = capture_open(name, NULL, error, sizeof error);
    struct tracker *tracker = tracker_new(&options);
    assert_true(capture != NULL && tracker != NULL);
    while (capture_next(capture, &frame) == CAPTURE_FRAME) {
        enum decode_result result = decode_frame(&frame, &segment, &notice);
        if (result == DECODE_SEGMENT)
            tracker_segment(tracker, &segment, decode_payload(&frame, &segment));
        else if (result == DECODE_NOTICE)
            tracker_notice(tracker, &notice);
        else if (result == DECODE_HEADER_LENGTH)
            tracker_malformed(tracker, &segment);
    }
    assert_true(tracker_finish(tracker));
    const struct traits_held held = traits_hold(tracker);
    tracker_free(tracker);
    capture_free(capture);
    return held;
}

static struct traits_held captures_hold(bool keep_log, bool all_checks)
{
    const char *top = getenv("abs_srcdir");
    char pattern[4096];
    glob_t files;
    struct traits_held all = { 0 };
    snprintf(pattern, sizeof pattern, "%s/pcaps/*.pcap*", top != NULL ? top : ".");
    assert_int_equal(glob(pattern, 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        const struct traits_held held = capture_hold(files.gl_pathv[i], keep_log, all_checks);
        all.connections += held.connections;
        all.unread += held.unread;
        all.findings += held.findings;
    }
    assert_true(files.gl_pathc > 50 && all.connections > files.gl_pathc);
    globfree(&files);
    return all;
}

static void with_logs(void **state)
{
    (void)state;
    const struct traits_held held = captures_hold(true, false);
    assert_true(held.findings > 50 && held.unread > 0); /* else nothing was compared, or spared */
}

static void with_all_checks(void **state)
{
    (void)state;
    const struct traits_held held = captures_hold(true, true);
    assert_true(held.findings > 50 && held.unread > 0);
}

static void without_logs(void **state)
{
    (void)state;
    assert_int_equal(captures_hold(false, false).unread, 0); /* there are none */
}

/* One that the server does not take up: it answers the SYN, and then nothing. */
#define NOT_TAKEN(client)                                                                        \
    "ends A=" client ":40000 B=198.51.100.7:80\n"                                                \
    "+1 A S seq=1000\n+0.01 B SA seq=5000\n+0.01 A A\n+0.01 A PA len=10\n"                       \
    "+0.5 A PA seq=1001 len=10\n"

/* Three clients within a minute. Nothing else is to be found of them, so that only the accept queue
 * asks for their events. */
static void accept_queue(void **state)
{
    (void)state;
    struct tracker_case *tracked = case_track(
        NOT_TAKEN("192.0.2.1") NOT_TAKEN("192.0.2.2") NOT_TAKEN("192.0.2.3"), NULL);
    assert_int_equal(tracked->traits.connections, 3);
    assert_int_equal(tracked->traits.findings, 0);
    assert_int_equal(tracked->traits.unread, 0);
    assert_true(tracked->traits.queue_full);
    free(tracked);
}

/* A stay in CLOSE_WAIT, and what a span of 60 s is: between the first and the last of them. */
static void close_wait(void **state)
{
    (void)state;
    struct event list[] = {
        { .kind = EVENT_TRANSITION, .endpoint = SERVER, .from = STATE_ESTABLISHED,
          .to = STATE_CLOSE_WAIT, .time = 5 * NS_PER_S },
        { .kind = EVENT_TRANSITION, .endpoint = CLIENT, .from = STATE_TIME_WAIT,
          .to = STATE_CLOSED, .time = 500 * NS_PER_S },
        { .kind = EVENT_TRANSITION, .endpoint = SERVER, .from = STATE_CLOSE_WAIT,
          .to = STATE_LAST_ACK, .time = 65 * NS_PER_S - 1 },
    };
    assert_false(traits_of_events(list, 3) & TRAIT_CLOSE_WAIT_LASTED);
    list[2].time++;
    assert_true(traits_of_events(list, 3) & TRAIT_CLOSE_WAIT_LASTED);
    assert_false(traits_of_events(list, 2) & TRAIT_CLOSE_WAIT_LASTED); /* it goes on */
    list[0].time = INT64_MIN; /* the greatest distance there is */
    list[2].time = INT64_MAX;
    assert_true(traits_of_events(list, 3) & TRAIT_CLOSE_WAIT_LASTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_logs),
        cmocka_unit_test(with_all_checks),
        cmocka_unit_test(without_logs),
        cmocka_unit_test(accept_queue),
        cmocka_unit_test(close_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
