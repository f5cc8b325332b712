/*
 * loss_ack: what an acknowledgement is for (RFC 5681 §2, RFC 6675 §2, RFC 2883, RFC 9293 §3.10.7.4).
 * The capture is from the middle, 10 ms to either end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tracker_case.h"

/* Frames 1 to 4: A's first 1000 bytes are acknowledged; frames 5 and 6: 2000 more are not. */
#define ONE                                                                                      \
    "0.00 A S seq=1000 win=64240 mss=1460 sackok\n"                                              \
    "0.02 B SA seq=5000 win=65160 mss=1460 sackok\n"                                             \
    "0.04 A A len=1000\n0.06 B A ack=2001 win=65160\n"
#define MORE ONE "0.07 A A seq=2001 len=1000\n0.071 A A len=1000\n"

/* RFC 5681 §2: the five conditions, one after the other violated. */
static void duplicate(void **state)
{
    (void)state;
    case_assert_segment(MORE "0.09 B A ack=2001\n", "7 duplicate-ack: duplicate");
    case_assert_segment(ONE "0.09 B A ack=2001\n", "5 ack (repeated): ack-repeats"); /* (a) */
    case_assert_segment(MORE "0.09 B PA ack=2001 len=5\n", "7 original: next-in-order"); /* (b) */
    case_assert_segment(MORE "0.09 B FA ack=2001\n", "7 fin: next-in-order"); /* (c) */
    case_assert_segment(MORE "0.09 B A ack=3001\n", "7 ack: ack-advances"); /* (d) */
    case_assert_segment(MORE "0.09 B A ack=2001 win=65161\n", "7 window-update: window-moved"); /* e */
}

/* RFC 6675 §2: a SACK block with news counts whatever the window does; RFC 2883: a D-SACK does not. */
static void with_sack(void **state)
{
    (void)state;
    case_assert_segment(MORE "0.09 B A ack=2001 win=65161 sack=3001-4001\n",
                        "7 duplicate-ack (sack): sack-news");
    case_assert_segment(MORE "0.09 B A ack=2001 sack=1001-2001\n", "7 ack (d-sack): ack-repeats");
    /* The same block again is no news; the acknowledgement counts by RFC 5681 all the same. */
    case_assert_segment(MORE "0.09 B A ack=2001 sack=3001-4001\n0.091 B A ack=2001 sack=3001-4001\n",
                        "8 duplicate-ack (sack): duplicate");
}

static void windows(void **state)
{
    (void)state;
    case_assert_segment(ONE "0.09 B A ack=2001 win=0\n", "5 zero-window: window-zero");
    case_assert_segment(ONE "0.09 B A ack=2001 win=0\n0.2 B A ack=2001 win=9000\n",
                        "6 window-update: window-moved");
    /* The window of the SYN-ACK is not scaled: 65535 then is no less than 512 << 7 now (W13). */
    case_assert_segment("0 A S seq=1000 win=64240 ws=7\n0.02 B SA seq=5000 win=65535 ws=7\n"
                        "0.04 A A win=500\n0.05 B A ack=1001 win=512\n",
                        "4 ack: ack-repeats");
    /* Three bytes to the window's edge: 1001 + 3. */
    case_assert_segment("0 A S seq=1000 win=64240\n0.02 B SA seq=5000 win=3\n0.04 A A\n"
                        "0.041 B A ack=1001 win=3\n0.05 A PA len=3\n",
                        "5 original (window-full): next-in-order");
}

static void unseen(void **state)
{
    (void)state;
    /* The capture lacks 3001 to 4000. */
    case_assert_segment(ONE "0.07 A A seq=2001 len=1000\n0.09 B A ack=4001\n",
                        "6 ack (unseen): ack-unseen");
    case_assert_segment(ONE "0.07 A A seq=2001 len=1000\n0.09 B A ack=4001\n"
                            "0.1 A A seq=4001 len=10\n",
                        "7 original: next-in-order");
    /* No window was ever so large. */
    case_assert_segment(ONE "0.09 B A ack=90000000\n", "5 ack: ack-beyond");
    case_assert_segment(ONE "0.09 B A ack=1501\n", "5 ack (old): ack-old");
}

/* RFC 5961 §4: a SYN on an open connection, and a RST that is not exact, are answered with an ACK. */
static void challenge(void **state)
{
    (void)state;
    case_assert_segment(ONE "0.09 A R seq=9000000\n0.11 B A ack=2001\n",
                        "6 challenge-ack: answers-unacceptable");
    case_assert_segment(ONE "0.09 A S seq=70000\n0.11 B A seq=5001 ack=2001\n",
                        "6 challenge-ack: answers-unacceptable");
    case_assert_segment(ONE "0.09 A S seq=70000\n0.11 B A seq=5001 ack=2001\n",
                        "5 not-accepted: outside");
}

/* Where the capture begins in the middle, what is acknowledged may lie before its first byte. */
static void begun_late(void **state)
{
    (void)state;
    case_assert_segment("0 A A seq=90001 ack=1 win=500 len=1000\n"
                        "0.001 B A seq=1 ack=80001 sack=81001-90001 win=9000\n"
                        "0.002 A A seq=80001 ack=1 len=1000\n",
                        "3 rtx-unseen-original: hole-timing");
}

/* With and without --segments an end has sent as much again. */
static void counted(void **state)
{
    (void)state;
    static const char lines[] =
        MORE "0.09 B A ack=2001\n0.4 A A seq=2001 len=1000\n0.42 B A ack=4001\n"
             "0.43 A FA seq=4001\n0.7 A FA seq=4001\n0.72 B FA ack=4002\n0.74 A A\n"
             "1.1 B FA seq=5001 ack=4002\n1.12 A A\n";
    static const struct case_options kept = { .segments = true };
    for (int i = 0; i < 2; i++) {
        struct tracker_case *tracked = case_track(lines, i == 0 ? &kept : NULL);
        const struct endpoint_summary *ends = tracked->connections[0].summary.endpoints;
        assert_int_equal(ends[CLIENT].retransmitted_segments, 2); /* frames 8 and 11 */
        assert_int_equal(ends[CLIENT].retransmitted_bytes, 1000);
        assert_int_equal(ends[SERVER].retransmitted_segments, 1); /* frame 14 */
        assert_int_equal(ends[SERVER].retransmitted_bytes, 0);
        free(tracked);
    }
}

/* How often an end sent again, with and without --segments. */
static void assert_counted(const char *lines, enum endpoint_id end, uint32_t wanted)
{
    static const struct case_options kept = { .segments = true };
    for (int i = 0; i < 2; i++) {
        struct tracker_case *tracked = case_track(lines, i == 0 ? &kept : NULL);
        assert_int_equal(tracked->connections[0].summary.endpoints[end].retransmitted_segments,
                         wanted);
        free(tracked);
    }
}

/* Nothing was outstanding when the first of them was sent: without --segments little is kept of
 * it. */
static void counted_lone(void **state)
{
    (void)state;
    static const char copy[] = CASE_OPEN "0.03 A PA len=100 id=30\n0.05 B A\n"
                               "0.1 A PA seq=1001 len=100 id=30 ttl=50\n";
    static const char again[] = CASE_OPEN "0.03 A PA len=100 id=30\n0.05 B A\n"
                                "0.4 A PA seq=1001 len=100 id=31 ttl=50\n";
    /* An IP ID comes round: after a second it proves no copy, and before it was used none. */
    static const char late[] = CASE_OPEN "0.03 A PA len=100 id=30\n0.05 B A\n"
                               "1.1 A PA seq=1001 len=100 id=30 ttl=50\n";
    static const char other[] = CASE_OPEN "0.03 A PA len=100 id=30\n0.05 B A\n"
                                "0.1 A PA seq=1001 len=90 id=30 ttl=50\n";
    assert_counted(copy, CLIENT, 0);
    assert_counted(again, CLIENT, 1);
    assert_counted(late, CLIENT, 1);
    assert_counted(other, CLIENT, 1);
    /* Both ends have closed when the FINs come again: these bytes were seen. */
    assert_counted(CASE_OPEN "0.1 A FA\n0.1001 B FA ack=1001\n0.1002 B FA seq=5001 ack=1002\n"
                             "0.1003 A FA seq=1001 ack=5002\n0.1004 B FA seq=5001 ack=1002\n",
                   SERVER, 2);
    /* A byte at the edge of a closed window, refused: a probe, and then the first sending. */
    assert_counted(CASE_OPEN "0.03 A PA len=4\n0.05 B A win=0\n0.3 A A seq=1005 len=1\n"
                             "0.32 B A ack=1005 win=0\n0.5 B A ack=1005 win=500\n"
                             "0.51 A PA seq=1005 len=10\n",
                   CLIENT, 0);
    /* The recorder put the answer first. */
    assert_counted(CASE_OPEN "0.1 B A ack=1101\n0.1001 A PA seq=1001 len=100\n", CLIENT, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(duplicate), cmocka_unit_test(with_sack),  cmocka_unit_test(windows),
        cmocka_unit_test(unseen),    cmocka_unit_test(challenge),  cmocka_unit_test(begun_late),
        cmocka_unit_test(counted),   cmocka_unit_test(counted_lone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
