/*
 * loss_book: segments that are kept of chosen connections only, so many of each, and given back when
 * they are not wanted after all. What was sent again is counted the same in all of these cases.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tracker_case.h"

#define OPEN(port)                                                                               \
    "ends A=192.0.2.1:" port " B=192.0.2.2:80\n"                                                 \
    "+0 A S seq=1000 win=64240 mss=1460\n+0.02 B SA seq=5000 ack=1001 win=65160\n"               \
    "+0.00001 A A seq=1001 ack=5001\n"
/* Byte 1001 is sent again after a quarter of a second, and acknowledged. */
#define AGAIN                                                                                    \
    "+0.01 A PA seq=1001 ack=5001 len=100\n+0.25 A PA seq=1001 ack=5001 len=100\n"               \
    "+0.02 B A seq=5001 ack=1101\n"

/* Two connections: frames 1 to 6, and 7 to 12. */
static void chosen(void **state)
{
    (void)state;
    static const struct case_options options = { .segments = true, .segments_each = 100,
                                                 .segments_port = 40002 };
    struct tracker_case *tracked =
        case_track(OPEN("40001") AGAIN OPEN("40002") AGAIN, &options);
    char text[CASE_TEXT];
    assert_int_equal(tracked->count, 2);
    assert_int_equal(tracked->connections[0].segment_count, 0);
    assert_int_equal(tracked->connections[1].segment_count, 6);
    for (unsigned i = 0; i < 2; i++) {
        const struct summary *summary = &tracked->connections[i].summary;
        assert_int_equal(summary->endpoints[CLIENT].retransmitted_segments, 1);
        assert_int_equal(summary->segments_left_out, 0);
    }
    case_segments(&tracked->connections[1], text);
    assert_true(case_has(text, "11 rtx-rto of 10: seen-before timeout"));
    free(tracked);
}

/* Of eight, the first five: then only what is not plain, which frames 4 to 8 and 10 are. */
static void bounded(void **state)
{
    (void)state;
    static const struct case_options options = { .segments = true, .segments_each = 8,
                                                 .segments_port = 40001 };
    static const char lines[] =
        OPEN("40001")                                          /* 1 to 3 */
        "+0.01 A PA seq=1001 ack=5001 len=100\n"               /* 4 */
        "+0.02 B A seq=5001 ack=1101\n"                        /* 5: one more than half of eight, */
        "+0.01 A PA seq=1101 ack=5001 len=100\n"               /* 6: so the next plain one is not */
        "+0.25 A PA seq=1101 ack=5001 len=100\n"               /* 7: kept; this one is, */
        "+0.44 A PA seq=1101 ack=5001 len=100\n"               /* 8: and this */
        "+0.02 B A seq=5001 ack=1201\n"                        /* 9 */
        "+0.01 A FA seq=1201 ack=5001\n"                       /* 10: the eighth */
        "+0.02 B FA seq=5001 ack=1202\n+0.00001 A A seq=1202 ack=5002\n"; /* 11, 12 */
    struct tracker_case *tracked = case_track(lines, &options);
    const struct case_connection *only = &tracked->connections[0];
    static const unsigned frames[] = { 1, 2, 3, 4, 7, 8, 10, 11 };
    char text[CASE_TEXT];
    assert_int_equal(tracked->count, 1);
    assert_int_equal(only->segment_count, 8);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(only->segments[i].frame, frames[i]);
    assert_int_equal(only->summary.segments_left_out, 4);
    case_segments(only, text);
    /* Their first sending is known, although it is not in the list. */
    assert_true(case_has(text, "7 rtx-rto of 6: seen-before timeout"));
    assert_true(case_has(text, "8 rtx-rto of 6 (lost-again): seen-before timeout"));
    assert_int_equal(only->summary.endpoints[CLIENT].retransmitted_segments, 2);
    free(tracked);
}

/* With records of earlier segments still named by what is outstanding. */
static void released(void **state)
{
    (void)state;
    static const struct case_options options = { .segments = true, .segments_each = 100 };
    struct tracker_case *tracked = case_track(
        OPEN("40001") "+0.01 A PA seq=1001 ack=5001 len=100\n+0.25 A PA seq=1001 ack=5001 len=100\n"
        "lighten\n+0.44 A PA seq=1001 ack=5001 len=100\n+0.0001 B A seq=5001 ack=1101\n"
        OPEN("40002") AGAIN, &options);
    assert_int_equal(tracked->count, 2);
    for (unsigned i = 0; i < 2; i++) {
        const struct case_connection *c = &tracked->connections[i];
        assert_int_equal(c->segment_count, 0);
        assert_int_equal(c->summary.endpoints[CLIENT].retransmitted_segments, i == 0 ? 2 : 1);
    }
    free(tracked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chosen),
        cmocka_unit_test(bounded),
        cmocka_unit_test(released),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
