/*
 * loss_place: where a segment's bytes stand: copies, probes, bytes that fill a hole, and repeats
 * that later turn out not to have been needed (RFC 791, 2883, 3522, 5682, 7323, 9293).
 *
 * The capture is from the middle, 10 ms to either end and back 20 ms, unless a case says otherwise.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tracker_case.h"

/* Frames 1 to 3; IP IDs of 0 say nothing. */
#define STAMPED                                                                                  \
    "0.00 A S seq=1000 win=64240 mss=1460 sackok ts=100,0 id=0\n"                                \
    "0.02 B SA seq=5000 win=65160 mss=1460 sackok ts=900,100 id=0\n"                             \
    "0.04 A A ts=140,900 id=0\n"
#define MORE                                                                                     \
    "0.041 A A ts=141,900 id=0\n0.042 A A ts=142,900 id=0\n0.043 A A ts=143,900 id=0\n"
#define NO_ID                                                                                    \
    "0.00 A S seq=1000 win=64240 mss=1460 id=0\n"                                                \
    "0.02 B SA seq=5000 win=65160 mss=1460 id=0\n"                                               \
    "0.04 A A id=0\n"
/* Frames 1 to 7: A counts its IP IDs up, as five segments show. */
#define COUNTED                                                                                  \
    "0.00 A S seq=1000 win=64240 mss=1460 id=20\n"                                               \
    "0.02 B SA seq=5000 win=65160 mss=1460\n"                                                    \
    "0.04 A A len=10 id=22\n0.041 A A len=10 id=23\n0.042 A A len=10 id=24\n"                    \
    "0.043 A A len=10 id=25\n0.044 A A len=10 id=26\n"

/* One packet twice: the same IP ID. A host that sends again takes a new one. */
static void copies(void **state)
{
    (void)state;
    case_assert_segment(COUNTED "0.05 A PA seq=1051 len=10 id=27\n0.09 A PA seq=1051 len=10 id=27\n",
                        "9 network-duplicate of 8: same-frame");
    case_assert_segment(COUNTED "0.05 A PA seq=1051 len=10 id=27\n0.09 A PA seq=1051 len=10 id=28\n",
                        "9 rtx-other of 8: seen-before no-trigger");
    /* Another segment between them hides nothing. */
    case_assert_segment(COUNTED "0.05 A PA seq=1051 len=10 id=27\n0.0501 A PA len=10 id=28\n"
                                "0.0502 A PA seq=1051 len=10 id=27\n",
                        "10 network-duplicate of 8: same-frame");
    /* Without an ID the timestamp tells: 15 ms later that of a repeat would be newer. */
    case_assert_segment(STAMPED MORE "0.05 A PA len=10 ts=150,900 id=0\n"
                                     "0.065 A PA seq=1001 len=10 ts=150,900 id=0\n",
                        "8 network-duplicate of 7: same-stamp");
    /* Where one of five comes twice, the capture doubles them. */
    case_assert_segment(STAMPED "0.05 A PA len=10 ts=150,900 id=0\n"
                                "0.055 A PA seq=1001 len=10 ts=150,900 id=0\n",
                        "5 capture-duplicate of 4: same-frame");
    /* What is true so far may be otherwise in the end: one of nine, and three of eleven. */
    case_assert_segment(STAMPED "0.05 A PA len=10 ts=150,900 id=0\n"
                                "0.055 A PA seq=1001 len=10 ts=150,900 id=0\n" MORE
                                "0.06 A A ts=160,900 id=0\n0.07 A A ts=170,900 id=0\n",
                        "5 network-duplicate was capture-duplicate of 4: same-frame");
    case_assert_segment(STAMPED MORE "0.05 A PA len=10 ts=150,900 id=0\n"
                                     "0.055 A PA seq=1001 len=10 ts=150,900 id=0\n"
                                     "0.06 A PA len=10 ts=160,900 id=0\n"
                                     "0.065 A PA seq=1011 len=10 ts=160,900 id=0\n"
                                     "0.066 A PA seq=1011 len=10 ts=160,900 id=0\n",
                        "8 capture-duplicate was network-duplicate of 7: same-frame");
    case_assert_segment(STAMPED "0.05 A PA len=10 ts=150,900 id=0\n"
                                "0.28 A PA seq=1001 len=10 ts=380,900 id=0\n",
                        "5 rtx-timer of 4: seen-before one-outstanding");
    /* A pure ACK may be repeated as it is. */
    case_assert_segment(STAMPED "0.1 A A ts=200,900 id=0\n0.11 A A ts=200,900 id=0\n",
                        "5 ack (repeated): ack-repeats");
}

static void window_probes(void **state)
{
    (void)state;
#define CLOSED NO_ID "0.05 A PA len=10 id=0\n0.07 B A ack=1011 win=0\n"
    /* As Linux asks: the number below, no bytes. */
    case_assert_segment(CLOSED "0.3 A A seq=1010 id=0\n", "6 zero-window-probe: probe-below");
    case_assert_segment(CLOSED "0.3 A A seq=1010 id=0\n0.32 B A ack=1011 win=0\n",
                        "7 zero-window-probe-ack: answers-probe");
    /* As BSD does: a byte at the edge. It is refused, and asked again. */
    case_assert_segment(CLOSED "0.3 A A seq=1011 len=1 id=0\n",
                        "6 zero-window-probe: probe-at-edge");
    case_assert_segment(CLOSED "0.3 A A seq=1011 len=1 id=0\n0.32 B A ack=1011 win=0\n"
                               "0.6 A A seq=1011 len=1 id=0\n",
                        "8 zero-window-probe: probe-at-edge");
    /* Bytes that the window has closed over are sent again by the timer, as others are. */
    case_assert_segment(NO_ID "0.05 A PA len=10 id=0\n0.051 A PA len=10 id=0\n"
                              "0.07 B A ack=1011 win=0\n0.31 A PA seq=1011 len=10 id=0\n",
                        "7 rtx-rto of 5: seen-before timeout");
    /* With an open window the number below is a keep-alive. */
    case_assert_segment(NO_ID "0.05 A PA len=10 id=0\n0.07 B A ack=1011\n3 A A seq=1010 id=0\n",
                        "6 keep-alive: keep-alive-below");
}

static void keep_alives(void **state)
{
    (void)state;
#define QUIET NO_ID "0.05 A PA len=10 id=0\n0.07 B A ack=1011\n"
    case_assert_segment(QUIET "1.05 A A seq=1010 id=0\n1.07 B A ack=1011\n",
                        "7 keep-alive-ack: answers-keep-alive");
    case_assert_segment(QUIET "1.05 A A seq=1010 len=1 id=0\n", "6 keep-alive: keep-alive-below");
    /* An acknowledgement that the FIN overtook has the number below, too. */
    case_assert_segment(NO_ID "0.05 A FA id=0\n0.07 B A ack=1002\n0.073 A A seq=1001 id=0\n",
                        "6 ack (repeated): ack-repeats");
    /* Before 0.9 s it is its last byte, sent again without need. */
    case_assert_segment(QUIET "0.12 A A seq=1010 len=1 id=0\n",
                        "6 rtx-unneeded of 4 (resegmented): seen-before acked-before");
    /* Its last byte again, while it is outstanding: no keep-alive (ssh, telnet). */
    case_assert_segment(NO_ID "0.05 A PA len=1 id=0\n0.28 A PA seq=1001 len=1 id=0\n",
                        "5 rtx-rto of 4: seen-before timeout");
    /* Without bytes it asks for nothing that is known. */
    case_assert_segment(NO_ID "0.05 A PA len=10 id=0\n0.06 A A seq=1010 id=0\n",
                        "5 ack (stale-probe repeated): ack-repeats");
}

/* Bytes 1051 to 1060 come behind 1061 to 1070, which have the ID 28 (or the timestamp 160). */
static void holes(void **state)
{
    (void)state;
#define HOLE COUNTED "0.05 A A seq=1061 len=10 id=28\n"
    case_assert_segment(HOLE "0.053 A A seq=1051 len=10 id=27\n", "9 reordered: hole-ip-id");
    case_assert_segment(HOLE "0.053 A A seq=1051 len=10 id=29\n",
                        "9 rtx-unseen-original: hole-ip-id");
    /* However late. */
    case_assert_segment(HOLE "0.95 A A seq=1051 len=10 id=27\n", "9 reordered: hole-ip-id");
#define STAMPED_HOLE STAMPED "0.06 A A seq=1011 len=10 ts=160,900 id=0\n"
    case_assert_segment(STAMPED_HOLE "0.061 A A seq=1001 len=10 ts=159,900 id=0\n",
                        "5 reordered: hole-timestamp");
    case_assert_segment(STAMPED_HOLE "0.061 A A seq=1001 len=10 ts=161,900 id=0\n",
                        "5 rtx-unseen-original: hole-timestamp");
    /* The same tick as the bytes behind it, but older than what came since. */
    case_assert_segment(STAMPED_HOLE "0.1 A A seq=1021 len=10 ts=200,900 id=0\n"
                                     "0.101 A A seq=1001 len=10 ts=160,900 id=0\n",
                        "6 reordered: hole-timestamp");
}

/* Neither ID nor timestamp: a repeat needs a round trip, 40 ms here; four fifths of it are 32. */
static void holes_by_time(void **state)
{
    (void)state;
#define BARE_HOLE NO_ID "0.06 A A seq=1011 len=10 id=0\n"
    case_assert_segment(BARE_HOLE "0.091 A A seq=1001 len=10 id=0\n", "5 reordered: hole-timing");
    case_assert_segment(BARE_HOLE "0.093 A A seq=1001 len=10 id=0\n", "5 ambiguous: hole-timing");
    /* Three duplicate ACKs called for it. */
    case_assert_segment(BARE_HOLE "0.08 B A ack=1001\n0.081 B A ack=1001\n0.082 B A ack=1001\n"
                                  "0.103 A A seq=1001 len=10 id=0\n",
                        "8 rtx-unseen-original: sacked-beyond");
    /* The timer: the round trip is 40 ms, its variance 20: 40 + 200 ms, of which 0.8 are 192. */
    case_assert_segment(BARE_HOLE "0.253 A A seq=1001 len=10 id=0\n",
                        "5 rtx-unseen-original: timeout");
    /* B had acknowledged it: the capture lacks its first sending. */
    case_assert_segment(BARE_HOLE "0.08 B A ack=1021\n0.253 A A seq=1001 len=10 id=0\n",
                        "6 rtx-unneeded (missed-original): hole-acked");
    /* At the sender's host nothing can have overtaken it but in the capture. */
    case_assert_segment("0 A S seq=1000 win=64240 id=0\n0.02 B SA seq=5000 win=65160 id=0\n"
                        "0.02001 A A id=0\n0.06 A A seq=1011 len=10 id=0\n"
                        "0.06001 A A seq=1001 len=10 id=0\n",
                        "5 capture-reordered: hole-timing");
}

/* W1 of the list of what Wireshark gets wrong: bytes that passed here can not have been overtaken,
 * but when this is the first sending and that was the repeat. */
static void late_original(void **state)
{
    (void)state;
#define REPEATED HOLE "0.09 A A seq=1051 len=10 id=30\n0.1 A A seq=1051 len=10 id=27\n"
    case_assert_segment(REPEATED, "10 reordered of 9: seen-before hole-ip-id");
    case_assert_segment(REPEATED, "9 rtx-other was rtx-unseen-original (spurious): hole-ip-id late-original");
}

/* Nor is a repeat that a later one has overtaken: its first sending passed here (§4.13 W1). */
static void late_repeat(void **state)
{
    (void)state;
    case_assert_segment(COUNTED "0.05 A PA seq=1051 len=10 id=27\n0.4 A PA seq=1051 len=10 id=29\n"
                                "0.41 A PA seq=1051 len=10 id=28\n",
                        "10 rtx-other of 8 (lost-again): seen-before no-trigger");
}

static void partly_new(void **state)
{
    (void)state;
    case_assert_segment(NO_ID "0.05 A PA len=10 id=0\n0.3 A PA seq=1001 len=20 id=0\n",
                        "5 rtx-rto of 4 (partial): seen-before timeout");
    /* What comes next is in order: the edge moved along (W7). */
    case_assert_segment(NO_ID "0.05 A PA len=10 id=0\n0.3 A PA seq=1001 len=20 id=0\n"
                              "0.301 A PA seq=1021 len=10 id=0\n",
                        "6 original: next-in-order");
    case_assert_segment(NO_ID "0.05 A PA seq=1011 len=10 id=0\n",
                        "4 original (after-gap): leaves-gap");
}

/* Frames 4 and 5: bytes at 0.05 s, and again by the timer at 0.3 s. */
#define AGAIN "0.05 A PA len=10 ts=150,900 id=0\n0.3 A PA seq=1001 len=10 ts=400,900 id=0\n"

static void needless(void **state)
{
    (void)state;
    /* RFC 3522: B echoes the timestamp of the first sending. */
    case_assert_segment(STAMPED AGAIN "0.32 B A ack=1011 ts=1200,150\n",
                        "5 rtx-timer of 4 (spurious): seen-before one-outstanding eifel");
    /* It echoes that of the repeat: this proves nothing. */
    case_assert_segment(STAMPED AGAIN "0.32 B A ack=1011 ts=1200,400\n",
                        "5 rtx-timer of 4: seen-before one-outstanding");
    /* RFC 2883: and then that it has it twice. */
    case_assert_segment(STAMPED AGAIN "0.32 B A ack=1011 ts=1200,400 sack=1001-1011\n",
                        "5 rtx-timer of 4 (spurious): seen-before one-outstanding d-sack");
    /* The way to B and back takes 20 ms: an ACK after 5 is of the first sending. */
    case_assert_segment(NO_ID "0.05 A PA len=10 id=0\n0.07 B A ack=1011\n"
                              "0.1 A PA len=10 id=0\n0.35 A PA seq=1011 len=10 id=0\n"
                              "0.355 B A ack=1021\n",
                        "7 rtx-rto of 6 (spurious): seen-before timeout early-ack");
    case_assert_segment(NO_ID "0.05 A PA len=10 id=0\n0.07 B A ack=1011\n"
                              "0.1 A PA len=10 id=0\n0.35 A PA seq=1011 len=10 id=0\n"
                              "0.37 B A ack=1021\n",
                        "7 rtx-rto of 6: seen-before timeout");
    /* The ACK had passed here 5 ms before the repeat: they crossed between here and A. */
    case_assert_segment(NO_ID "0.05 A PA len=10 id=0\n0.295 B A ack=1011\n"
                              "0.3 A PA seq=1001 len=10 id=0\n",
                        "6 rtx-other of 4 (spurious): seen-before no-trigger crossing");
}

/* An early ACK that echoes the repeat's own timestamp is its answer all the same (RFC 7323 §4.3):
 * the ways measured before were slow ones. */
static void early_but_echoed(void **state)
{
    (void)state;
#define EARLY STAMPED "0.05 A PA len=10 ts=150,900 id=0\n0.07 B A ack=1011 ts=950,150\n"         \
                      "0.1 A PA len=10 ts=200,950 id=0\n0.35 A PA seq=1011 len=10 ts=450,950 id=0\n"
    case_assert_segment(EARLY "0.355 B A ack=1021 ts=1235,450\n",
                        "7 rtx-timer of 6: seen-before one-outstanding");
    case_assert_segment(EARLY "0.355 B A ack=1021 ts=1235,200\n",
                        "7 rtx-timer of 6 (spurious): seen-before one-outstanding eifel");
}

/* Frames 4 to 6: three sendings. What is told of them is told of the newest, then of another. */
static void needless_twice(void **state)
{
    (void)state;
#define THRICE STAMPED AGAIN "0.8 A PA seq=1001 len=10 ts=900,900 id=0\n"
/* After 0.25 s and then 0.5: the timer has doubled. */
#define FIRST_REPEAT "5 rtx-rto was rtx-timer "
#define TWICE(ms) "0.8" ms " B A ack=1011 ts=1710,150 sack=1001-1011\n"
    case_assert_segment(THRICE "0.82 B A ack=1011 ts=1700,400\n",
                        "6 rtx-rto of 4 (spurious lost-again): seen-before timeout eifel");
    case_assert_segment(THRICE "0.82 B A ack=1011 ts=1700,400\n",
                        FIRST_REPEAT "of 4: seen-before one-outstanding next-wait");
    /* The echo of the first repeat leaves the two behind it, also the one that is not the newest. */
    case_assert_segment(THRICE "1.9 A PA seq=1001 len=10 ts=2000,900 id=0\n"
                               "1.92 B A ack=1011 ts=2800,400\n",
                        "6 rtx-rto of 4 (spurious lost-again): seen-before timeout eifel");
    case_assert_segment(THRICE "0.82 B A ack=1011 ts=1700,900\n" TWICE("3"),
                        FIRST_REPEAT "of 4: seen-before one-outstanding next-wait");
    case_assert_segment(THRICE "0.82 B A ack=1011 ts=1700,900\n" TWICE("3") TWICE("4"),
                        FIRST_REPEAT "of 4 (spurious): seen-before one-outstanding d-sack next-wait");
    /* One that the echo gave away is what the first D-SACK is of. */
    case_assert_segment(THRICE "0.82 B A ack=1011 ts=1700,400\n" TWICE("3"),
                        FIRST_REPEAT "of 4: seen-before one-outstanding next-wait");
}

/* Both ends ask whether the other one lives: B right after it has answered, 10 ms later. */
static void asks_behind_answer(void **state)
{
    (void)state;
#define ASKED STAMPED "0.05 B PA len=10 ts=930,140 id=0\n0.06 A A ts=160,930 id=0\n"              \
                      "2.00 A A seq=1000 ts=2100,930 id=0\n2.02 B A ts=2900,2100 id=0\n"
    case_assert_segment(ASKED "2.03 B A seq=5010 ts=2910,2100 id=0\n",
                        "8 keep-alive: keep-alive-below");
}

/* Twenty segments that are acknowledged: nothing is kept of the ranges before them. */
#define TEN_MS(at)                                                                               \
    at "0 A PA len=10 ts=500,1000 id=0\n" at "1 A PA len=10 ts=501,1000 id=0\n"                  \
    at "2 A PA len=10 ts=502,1000 id=0\n" at "3 A PA len=10 ts=503,1000 id=0\n"                  \
    at "4 A PA len=10 ts=504,1000 id=0\n"
#define MANY(ack)                                                                                \
    TEN_MS("0.40") TEN_MS("0.41") TEN_MS("0.42") TEN_MS("0.43")                                   \
    "0.45 B A ack=" ack " ts=1300,504\n0.451 A PA len=10 ts=551,1300 id=0\n"                     \
    "0.471 B A ts=1321,551\n"

/* What tells of a repeat may come when its range is no longer kept. */
static void forgotten(void **state)
{
    (void)state;
    /* Bytes 1001 to 1010 pass first in frame 5; then, sent before that, in frame 29. */
#define REPEAT_FIRST STAMPED "0.05 A PA seq=1011 len=10 ts=150,900 id=0\n"                        \
                             "0.09 A PA seq=1001 len=10 ts=190,900 id=0\n"                        \
                             "0.11 B A ack=1021 ts=990,190\n"
    case_assert_segment(REPEAT_FIRST MANY("1221") "0.5 A PA seq=1001 len=10 ts=149,900 id=0\n",
                        "30 reordered: hole-timestamp");
    case_assert_segment(REPEAT_FIRST MANY("1221") "0.5 A PA seq=1001 len=10 ts=149,900 id=0\n",
                        "5 rtx-other was rtx-unseen-original (spurious): hole-timestamp late-original");
    /* With a newer timestamp it was sent once more. */
    case_assert_segment(REPEAT_FIRST MANY("1221") "0.5 A PA seq=1001 len=10 ts=600,900 id=0\n",
                        "30 rtx-unneeded: acked-before");
    /* RFC 2883: B tells late that it has those of frame 5 twice. */
    case_assert_segment(STAMPED AGAIN "0.32 B A ack=1011 ts=1200,400\n" MANY("1211")
                        "0.5 B A ts=1350,551 sack=1001-1011\n",
                        "5 rtx-timer of 4 (spurious): seen-before one-outstanding d-sack");
}

/* At the receiver's host what passed has arrived, but where the receiver had no room for it. */
static void received(void **state)
{
    (void)state;
#define AT_RECEIVER                                                                              \
    "0 A S seq=1000 win=64240 id=0\n0.00001 B SA seq=5000 win=4000\n0.04 A A id=0\n"             \
    "0.041 A PA len=1000 id=0\n0.04101 B A ack=2001 win=4000\n"                                  \
    "0.05 A PA seq=3001 len=1000 id=0\n"
    case_assert_segment(AT_RECEIVER "0.05001 B A ack=2001 win=4000\n"
                                    "0.4 A PA seq=3001 len=1000 id=0\n",
                        "8 rtx-other of 6 (spurious): seen-before no-trigger received");
    case_assert_segment(AT_RECEIVER "0.05001 B A ack=2001 win=0\n"
                                    "0.4 A PA seq=3001 len=1000 id=0\n",
                        "8 rtx-other of 6: seen-before no-trigger");
}

/* A duplicate that the network made answers for the D-SACK. */
static void copy_came_twice(void **state)
{
    (void)state;
    case_assert_segment(COUNTED "0.05 A PA seq=1051 len=10 id=27\n0.0501 A PA seq=1051 len=10 id=27\n"
                                "0.35 A PA seq=1051 len=10 id=28\n0.37 B A ack=1061 sack=1051-1061\n",
                        "10 rtx-other of 8: seen-before no-trigger");
}

/* RFC 5682 §2.1: after the timeout the second ACK covers what was sent before it only. */
static void frto(void **state)
{
    (void)state;
#define THREE "0.05 A A len=10 id=0\n0.051 A A len=10 id=0\n0.052 A A len=10 id=0\n"              \
              "0.35 A A seq=1001 len=10 id=0\n"
    case_assert_segment(NO_ID THREE "0.38 B A ack=1011\n0.381 B A ack=1021\n",
                        "7 rtx-rto of 4 (spurious): seen-before timeout f-rto");
    /* The second ACK covers a repeat: it was needed, as far as is known. */
    case_assert_segment(NO_ID THREE "0.38 B A ack=1011\n0.39 A A seq=1011 len=10 id=0\n"
                                    "0.41 B A ack=1021\n",
                        "7 rtx-rto of 4: seen-before timeout");
}

static void not_accepted(void **state)
{
    (void)state;
    case_assert_segment(NO_ID "0.05 A PA len=10 id=0\n0.06 A PA len=10 id=0 badsum\n",
                        "5 not-accepted: damaged");
    case_assert_segment(NO_ID "0.05 A R seq=900001\n", "4 not-accepted: outside");
    case_assert_segment(NO_ID "0.05 A R seq=1001\n", "4 rst: flags");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies),        cmocka_unit_test(window_probes),
        cmocka_unit_test(keep_alives),   cmocka_unit_test(holes),
        cmocka_unit_test(holes_by_time), cmocka_unit_test(late_original),
        cmocka_unit_test(late_repeat),   cmocka_unit_test(early_but_echoed),
        cmocka_unit_test(forgotten),     cmocka_unit_test(received),
        cmocka_unit_test(needless_twice), cmocka_unit_test(asks_behind_answer),
        cmocka_unit_test(partly_new),    cmocka_unit_test(needless),
        cmocka_unit_test(copy_came_twice), cmocka_unit_test(frto),
        cmocka_unit_test(not_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
