/*
 * loss_trigger: why bytes that passed here before were sent again (RFC 5681, 6298, 6582, 6675, 8985).
 *
 * All captures but the last are from the sender's host, A: its answer to the SYN-ACK comes 10 us
 * later, that of B 20 ms later. So A has a smoothed round trip of 20 ms and a variance of 10 ms
 * (RFC 6298 §2.2), and its timeout is 20 + max(4 * 10, 200) = 220 ms, as on Linux.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tracker_case.h"

/* Frames 1 to 3; A's first byte is 1001. */
#define PLAIN                                                                                    \
    "0.00000 A S seq=1000 win=64240 mss=1460\n"                                                  \
    "0.02000 B SA seq=5000 win=65160 mss=1460\n"                                                 \
    "0.02001 A A\n"
#define SACKS                                                                                    \
    "0.00000 A S seq=1000 win=64240 mss=1460 sackok\n"                                           \
    "0.02000 B SA seq=5000 win=65160 mss=1460 sackok\n"                                          \
    "0.02001 A A\n"

/* Frames 4 to 8: five segments, 1001, 2461, 3921, 5381 and 6841. */
#define FIVE                                                                                     \
    "0.03000 A A seq=1001 len=1460\n0.03001 A A len=1460\n0.03002 A A len=1460\n"                \
    "0.03003 A A len=1460\n0.03004 A A len=1460\n"

static void syns(void **state)
{
    (void)state;
    case_assert_segment("0 A S seq=1000 win=64240 mss=1460\n1.014 A S seq=1000 win=64240 mss=1460\n",
                        "2 rtx-syn of 1: seen-before timeout syn-again");
    /* The third ACK is lost: B repeats its SYN-ACK after a second. */
    case_assert_segment("0 A S seq=1000 win=64240\n0.02 B SA seq=5000 win=65160\n"
                        "1.03 B SA seq=5000 ack=1001 win=65160\n",
                        "3 rtx-syn-ack of 2: seen-before timeout syn-again");
}

/* RFC 6298 §5: the timer ends 220 ms after the only segment; at 0.8 of it we take it for ended. */
static void timeout(void **state)
{
    (void)state;
    case_assert_segment(PLAIN "0.03 A PA len=100\n0.25 A PA seq=1001 len=100\n",
                        "5 rtx-rto of 4: seen-before timeout");
    /* 120 ms later no timer can have ended, and nothing else called for it. */
    case_assert_segment(PLAIN "0.03 A PA len=100\n0.15 A PA seq=1001 len=100\n",
                        "5 rtx-other of 4: seen-before no-trigger");
    /* Sent at 0.03, 0.25, and after twice the time, at 0.69. */
    case_assert_segment(PLAIN "0.03 A PA len=100\n0.25 A PA seq=1001 len=100\n"
                              "0.69 A PA seq=1001 len=100\n",
                        "6 rtx-rto of 4 (lost-again): seen-before timeout");
    /* An acknowledgement of other bytes at 0.2 starts the timer anew (§5.3): 0.25 is too soon. */
    case_assert_segment(PLAIN "0.03 A PA seq=1001 len=100\n0.031 A PA len=100\n"
                              "0.2 B A ack=1101\n0.25 A PA seq=1101 len=100\n",
                        "7 rtx-other of 5: seen-before no-trigger");
}

/* RFC 8985 §7.2: with SACK a probe and the timer look alike for one segment, and not the second time. */
static void one_outstanding(void **state)
{
    (void)state;
    case_assert_segment(SACKS "0.03 A PA len=100\n0.25 A PA seq=1001 len=100\n",
                        "5 rtx-timer of 4: seen-before one-outstanding");
    case_assert_segment(SACKS "0.03 A PA len=100\n0.25 A PA seq=1001 len=100\n"
                              "0.47 A PA seq=1001 len=100\n",
                        "6 rtx-rto of 4 (lost-again): seen-before timeout");
    /* The next wait tells them apart: 220 ms again, so that was a probe; or 440, a timeout. */
    case_assert_segment(SACKS "0.03 A PA len=100\n0.25 A PA seq=1001 len=100\n"
                              "0.47 A PA seq=1001 len=100\n",
                        "5 rtx-tlp was rtx-timer of 4: seen-before one-outstanding next-wait");
    case_assert_segment(SACKS "0.03 A PA len=100\n0.25 A PA seq=1001 len=100\n"
                              "0.69 A PA seq=1001 len=100\n",
                        "5 rtx-rto was rtx-timer of 4: seen-before one-outstanding next-wait");
    /* 330 ms are neither. */
    case_assert_segment(SACKS "0.03 A PA len=100\n0.25 A PA seq=1001 len=100\n"
                              "0.58 A PA seq=1001 len=100\n",
                        "5 rtx-timer of 4: seen-before one-outstanding");
    /* A FIN alone as well. */
    case_assert_segment(SACKS "0.03 A FA\n0.25 A FA seq=1001\n",
                        "5 rtx-timer of 4 (fin): seen-before one-outstanding");
}

/* A probe takes new bytes where there are any (RFC 8985 §7.3): after 42 ms of silence, as below; then
 * the receiver tells that what came before it is missing. */
static void tail_probe_of_new(void **state)
{
    (void)state;
#define PAIR SACKS "0.03 A PA seq=1001 len=100\n0.03001 A PA len=100\n"
#define MISSING "0.0825 B A ack=1001 sack=1201-1301\n"
    case_assert_segment(PAIR "0.0725 A PA seq=1201 len=100\n" MISSING,
                        "6 original (tlp-new-data): next-in-order tail-probe");
    /* A program that writes just then: nothing is missing. */
    case_assert_segment(PAIR "0.0725 A PA seq=1201 len=100\n0.0825 B A ack=1301\n",
                        "6 original: next-in-order");
    /* Too soon: a probe waits 42 ms, of which three quarters are 31.5; and too late: 63 and 10. */
    case_assert_segment(PAIR "0.0610 A PA seq=1201 len=100\n" MISSING, "6 original: next-in-order");
    case_assert_segment(PAIR "0.1050 A PA seq=1201 len=100\n0.115 B A ack=1001 sack=1201-1301\n",
                        "6 original: next-in-order");
    /* More than one segment, or none outstanding before it, is no probe; nor without SACK. */
    case_assert_segment(PAIR "0.0725 A PA seq=1201 len=100\n0.0726 A PA len=100\n"
                             "0.0825 B A ack=1001 sack=1201-1301\n",
                        "6 original: next-in-order");
    case_assert_segment(PAIR "0.0501 B A ack=1201\n0.0925 A PA seq=1201 len=100\n",
                        "7 original: next-in-order");
    case_assert_segment(PLAIN "0.03 A PA seq=1001 len=100\n0.03001 A PA len=100\n"
                              "0.0725 A PA seq=1201 len=100\n0.0825 B A ack=1001\n",
                        "6 original: next-in-order");
}

/* PTO = 2 * 20 ms + 2 ms = 42 ms after the last segment, which it sends again. */
static void tail_probe(void **state)
{
    (void)state;
#define TWO "0.03 A PA seq=1001 len=100\n0.03001 A PA len=100\n"
    case_assert_segment(SACKS TWO "0.0725 A PA seq=1101 len=100\n",
                        "6 rtx-tlp of 5: seen-before tail-probe");
    /* 20 ms are too few. */
    case_assert_segment(SACKS TWO "0.05 A PA seq=1101 len=100\n",
                        "6 rtx-other of 5: seen-before no-trigger");
    /* Without SACK there is no probe. */
    case_assert_segment(PLAIN TWO "0.0725 A PA seq=1101 len=100\n",
                        "6 rtx-other of 5: seen-before no-trigger");
    /* Then the timer, which sends the first one: it began with the probe, 220 ms before. */
    case_assert_segment(SACKS TWO "0.0725 A PA seq=1101 len=100\n0.2925 A PA seq=1001 len=100\n",
                        "7 rtx-rto of 4: seen-before timeout");
}

/* RFC 5681 §3.2: the third duplicate ACK; the window has to be the same. */
static void fast(void **state)
{
    (void)state;
    case_assert_segment(PLAIN FIVE "0.05001 B A ack=1001\n0.05002 B A ack=1001\n"
                                   "0.05003 B A ack=1001\n0.05004 A A seq=1001 len=1460\n",
                        "12 rtx-fast of 4: seen-before three-duplicates");
    /* Two are told as two. */
    case_assert_segment(PLAIN FIVE "0.05001 B A ack=1001\n0.05002 B A ack=1001\n"
                                   "0.05004 A A seq=1001 len=1460\n",
                        "11 rtx-fast of 4: seen-before few-duplicates");
    /* RFC 6675 §2: more than two segments in SACK blocks say the same as three ACKs. */
    case_assert_segment(SACKS FIVE "0.05001 B A ack=1001 sack=2461-6841\n"
                                   "0.05004 A A seq=1001 len=1460\n",
                        "10 rtx-fast of 4: seen-before three-duplicates");
}

/* In recovery: with SACK each hole below a block; without, the next after a partial ACK. */
static void recovery(void **state)
{
    (void)state;
    case_assert_segment(SACKS FIVE "0.05001 B A ack=1001 sack=2461-3921,5381-8301\n"
                                   "0.05002 A A seq=1001 len=1460\n"
                                   "0.05003 A A seq=3921 len=1460\n",
                        "11 rtx-sack of 6: seen-before sacked-beyond");
    case_assert_segment(PLAIN FIVE "0.05001 B A ack=1001\n0.05002 B A ack=1001\n"
                                   "0.05003 B A ack=1001\n0.05004 A A seq=1001 len=1460\n"
                                   "0.07005 B A ack=3921\n0.07006 A A seq=3921 len=1460\n",
                        "14 rtx-newreno of 6: seen-before partial-ack");
}

/* RFC 8985: one segment sent later has arrived, which is less than three duplicates. */
static void rack(void **state)
{
    (void)state;
    case_assert_segment(SACKS TWO "0.05001 B A ack=1001 sack=1101-1201\n"
                                  "0.05502 A PA seq=1001 len=100\n",
                        "7 rtx-rack of 4: seen-before newer-delivered");
    /* The repeat of frame 4 at 0.05004 was lost: frame 12, sent after it, has arrived. */
    case_assert_segment(SACKS FIVE "0.05001 B A ack=1001 sack=2461-8301\n"
                                   "0.05002 A A seq=1001 len=1460\n0.05003 A A seq=8301 len=1460\n"
                                   "0.07004 B A ack=1001 sack=2461-9761\n"
                                   "0.07505 A A seq=1001 len=1460\n",
                        "13 rtx-rack of 4 (lost-again): seen-before lost-repeat");
}

/* RFC 5681 §3.1: after the timeout what was outstanding is sent again in order. */
static void after_timeout(void **state)
{
    (void)state;
    case_assert_segment(PLAIN FIVE "0.2505 A A seq=1001 len=1460\n0.2705 B A ack=2461\n"
                                   "0.27051 A A seq=2461 len=1460\n",
                        "11 rtx-go-back-n of 5: seen-before after-timeout");
    /* Not what was sent after it: that is lost anew. */
    case_assert_segment(PLAIN FIVE "0.2505 A A seq=1001 len=1460\n0.2705 B A ack=8301\n"
                                   "0.28 A A seq=8301 len=1460\n0.5005 A A seq=8301 len=1460\n",
                        "12 rtx-rto of 11: seen-before timeout");
}

/* What the receiver had said long enough before: at A that is a millisecond. */
static void unneeded(void **state)
{
    (void)state;
    case_assert_segment(PLAIN "0.03 A PA len=100\n0.05 B A ack=1101\n0.06 A PA seq=1001 len=100\n",
                        "6 rtx-unneeded of 4: seen-before acked-before");
    case_assert_segment(SACKS FIVE "0.05001 B A ack=1001 sack=2461-8301\n"
                                   "0.06 A A seq=2461 len=1460\n",
                        "10 rtx-unneeded of 5: seen-before sacked-before");
}

/* Only A's direction: no timer ends within 20 ms, so B has told of a loss; and it has not when more
 * than the least timeout went by. */
static void one_direction(void **state)
{
    (void)state;
    case_assert_segment("0.03 A A seq=1001 ack=1 win=9 len=100\n0.031 A A len=100\n"
                        "0.05 A A seq=1001 len=100\n",
                        "3 rtx-fast of 1: seen-before too-soon");
    case_assert_segment("0.03 A A seq=1001 ack=1 win=9 len=100\n0.031 A A len=100\n"
                        "0.3 A A seq=1001 len=100\n",
                        "3 rtx-rto of 1: seen-before quiet");
}

/* The recorder's clock jumps by 31 years between a segment and its ACK: that is no round trip, so
 * the timer is what it was, 220 ms. */
static void clock_jump(void **state)
{
    (void)state;
    case_assert_segment(PLAIN "0.03 A PA len=100\n1000000000.0 B A ack=1101\n"
                              "1000000000.1 A PA len=100\n1000000000.33 A PA seq=1101 len=100\n",
                        "7 rtx-rto of 6: seen-before timeout");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(syns),          cmocka_unit_test(timeout),
        cmocka_unit_test(one_outstanding), cmocka_unit_test(tail_probe),
        cmocka_unit_test(tail_probe_of_new),
        cmocka_unit_test(fast),          cmocka_unit_test(recovery),
        cmocka_unit_test(rack),          cmocka_unit_test(after_timeout),
        cmocka_unit_test(unneeded),      cmocka_unit_test(one_direction),
        cmocka_unit_test(clock_jump),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
