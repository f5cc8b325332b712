/*
 * narrate_again: sentences about repeats, from packets. Their times are those of the lines: a
 * duration in a sentence is the difference of two of them, to three digits.
 *
 * At A's host A answers the SYN-ACK after 10 us and B the SYN after 20 ms: A's smoothed round trip
 * is 20 ms, its variation 10 ms (RFC 6298 §2.2), its timeout 20 + max(4 * 10, 200) = 220 ms.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/builder.h"
#include "report/class_words.h"
#include "report/narrate_again.h"
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
/* In the middle: 20 ms to either end and back. */
#define MIDDLE                                                                                   \
    "0.00 A S seq=1000 win=64240 mss=1460 sackok ts=100,0 id=0\n"                                \
    "0.02 B SA seq=5000 win=65160 mss=1460 sackok ts=900,100 id=0\n"                             \
    "0.04 A A ts=140,900 id=0\n"
/* Frames 1 to 7: A counts its IP IDs up. */
#define COUNTED                                                                                  \
    "0.00 A S seq=1000 win=64240 mss=1460 id=20\n"                                               \
    "0.02 B SA seq=5000 win=65160 mss=1460\n"                                                    \
    "0.04 A A len=10 id=22\n0.041 A A len=10 id=23\n0.042 A A len=10 id=24\n"                    \
    "0.043 A A len=10 id=25\n0.044 A A len=10 id=26\n"
/* Frames 4 to 8: five segments, 1001, 2461, 3921, 5381 and 6841. */
#define FIVE                                                                                     \
    "0.03000 A A seq=1001 len=1460\n0.03001 A A len=1460\n0.03002 A A len=1460\n"                \
    "0.03003 A A len=1460\n0.03004 A A len=1460\n"
#define TWO "0.03 A PA seq=1001 len=100\n0.03001 A PA len=100\n"

#define TO_B "; lost between the capture point and 198.51.100.7 (inferred)"
/* With nothing of B in a capture, it may lack other things, too. */
#define TO_B_ASSUMED "; lost between the capture point and 198.51.100.7 (assumed)"
#define TO_B_OR_BACK_ASSUMED                                                                     \
    "; it or its acknowledgement was lost between the capture point and 198.51.100.7 (assumed)"
#define TO_B_OR_BACK                                                                             \
    "; it or its acknowledgement was lost between the capture point and 198.51.100.7 (inferred)"
/* Nothing tells whether its receiver was there, or lacked it. */
#define NOT_KNOWN "; lost, late or not needed, and where is not known: no frame tells (assumed)"

/* What is asked of the one connection. */
struct question {
    uint64_t frame;
    enum endpoint_id end;
    struct strbuf sentence, counts;
};

static void answer(void *context, const struct summary *summary, const struct event *events,
                   size_t count)
{
    static const struct journal_row row;
    struct question *question = context;
    struct builder *builder = builder_new(false);
    assert_non_null(builder);
    const struct connection_report *report = builder_show(
        builder, summary, events, count, (struct journal_rows){ .list = &row, .count = 1 });
    const struct classified *segment = segment_list_find(&report->segments, question->frame);
    if (segment != NULL && narrate_again_has(segment))
        narrate_again(&question->sentence, report, segment);
    class_words_count(&question->counts, report, question->end);
    builder_free(builder);
}

/* Fails unless this is told of the frame, and of A's repeats. */
static void expect(const char *lines, uint64_t frame, const char *sentence, const char *counts)
{
    struct question question = { .frame = frame };
    struct case_options options = { .segments = true, .look = answer,
                                    .look_context = &question };
    free(case_track(lines, &options));
    assert_string_equal(strbuf_text(&question.sentence), sentence);
    assert_string_equal(strbuf_text(&question.counts), counts);
    strbuf_done(&question.sentence);
    strbuf_done(&question.counts);
}

static void by_timer(void **state)
{
    (void)state;
#define UNANSWERED "0.03 A PA len=100\n0.25 A PA seq=1001 len=100\n0.69 A PA seq=1001 len=100\n"
#define TWICE UNANSWERED "0.71 B A ack=1101\n"
    expect(PLAIN TWICE, 5,
           "100 B sent again by the retransmission timer: 220 ms without news, the timer is "
           "estimated at 220 ms (smoothed round trip 20 ms + at least 200 ms); first sent in "
           "frame 4, 220 ms before" TO_B_OR_BACK, "all by a timeout");
    expect(PLAIN TWICE, 6,
           "100 B sent again by the retransmission timer: 440 ms without news, the timer is "
           "estimated at 440 ms (smoothed round trip 20 ms + at least 200 ms, doubled once); first "
           "sent in frame 4, 660 ms before, and again since then" TO_B_OR_BACK, "all by a timeout");
    /* RFC 6298 §2.2: 200 ms, and 200 / 2 as variation: 200 + 4 * 100 ms. */
    expect("0 A S seq=1000 win=64240\n0.2 B SA seq=5000 win=65160\n0.20001 A A\n"
           "0.21 A PA len=100\n0.81 A PA seq=1001 len=100\n1.01 B A ack=1101\n", 5,
           "100 B sent again by the retransmission timer: 600 ms without news, the timer is "
           "estimated at 600 ms (smoothed round trip 200 ms + 4 x variation 100 ms); first sent in "
           "frame 4, 600 ms before" TO_B_OR_BACK, "by a timeout");
    /* B may have been gone: nothing came after the SYN-ACK. */
    expect(PLAIN UNANSWERED, 5,
           "100 B sent again by the retransmission timer: 220 ms without news, the timer is "
           "estimated at 220 ms (smoothed round trip 20 ms + at least 200 ms); first sent in "
           "frame 4, 220 ms before" NOT_KNOWN, "all by a timeout");
    /* B was there, and lacked it. */
    expect(PLAIN UNANSWERED "0.8 B A ack=1001 len=9\n", 5,
           "100 B sent again by the retransmission timer: 220 ms without news, the timer is "
           "estimated at 220 ms (smoothed round trip 20 ms + at least 200 ms); first sent in "
           "frame 4, 220 ms before" TO_B_OR_BACK, "all by a timeout");
    expect(SACKS "0.03 A PA len=100\n0.25 A PA seq=1001 len=100\n0.27 B A ack=1101\n", 5,
           "100 B sent again by a timer, after 220 ms without news: alone outstanding, where a "
           "tail loss probe and the retransmission timer look alike; first sent in frame 4, 220 ms "
           "before" TO_B_OR_BACK, "by a timeout or a probe");
    /* The next one after 440 ms, twice as long: the timer had ended before, and was doubled. */
    expect(SACKS TWICE, 5,
           "100 B sent again by a timer, after 220 ms without news: alone outstanding; how long "
           "the next repeat waited tells that this one was by the retransmission timer; first sent in "
           "frame 4, 220 ms before" TO_B_OR_BACK, "all by a timeout");
    /* 0.0725 - 0.03001 = 42.49 ms. */
    expect(SACKS TWO "0.0725 A PA seq=1101 len=100\n0.0925 B A ack=1201\n", 6,
           "100 B sent again as a tail loss probe: 42.5 ms without news, and two round trips take "
           "40 ms; first sent in frame 5, 42.5 ms before" TO_B_OR_BACK, "as a tail loss probe");
    /* Frame 9 at 0.2505 is the timeout; frame 11 at 0.27051 carries bytes of 0.03001. Without SACK
     * A does not know which of them arrived. */
    expect(PLAIN FIVE "0.2505 A A seq=1001 len=1460\n0.2705 B A ack=2461\n"
                      "0.27051 A A seq=2461 len=1460\n", 11,
           "1460 B sent again behind the timeout (frame 9), like other bytes that were outstanding "
           "then; first sent in frame 5, 241 ms before" NOT_KNOWN,
           "1 by a timeout, 1 behind a timeout");
}

static void by_report(void **state)
{
    (void)state;
    expect(PLAIN FIVE "0.05001 B A ack=1001\n0.05002 B A ack=1001\n"
                      "0.05003 B A ack=1001\n0.05004 A A seq=1001 len=1460\n", 12,
           "1460 B sent again after 3 duplicate ACKs (frames 9 to 11), 10 us after the last; first "
           "sent in frame 4, 20 ms before" TO_B, "after duplicate ACKs");
    /* In the middle nobody knows which of them its sender had by then. */
    expect(MIDDLE "0.05 A A seq=1001 len=10 ts=150,900 id=0\n0.051 A A len=10 ts=151,900 id=0\n"
                  "0.052 A A len=10 ts=152,900 id=0\n0.053 A A len=10 ts=153,900 id=0\n"
                  "0.071 B A ack=1001 sack=1011-1021\n0.072 B A ack=1001 sack=1011-1031\n"
                  "0.073 B A ack=1001 sack=1011-1041\n0.092 A A seq=1001 len=10 ts=192,900 id=0\n",
           11, "10 B sent again after 3 duplicate ACKs (frames 8 to 10), as many as had passed the "
               "capture point; first sent in frame 4, 42 ms before" TO_B, "after duplicate ACKs");
    expect(PLAIN FIVE "0.05001 B A ack=1001\n0.05004 A A seq=1001 len=1460\n", 10,
           "1460 B sent again after 1 duplicate ACK (frame 9), 30 us after it; first sent in frame "
           "4, 20 ms before" TO_B, "after duplicate ACKs");
    /* 6841 - 2461 = 4380 B, more than two segments, in one ACK. */
    expect(SACKS FIVE "0.05001 B A ack=1001 sack=2461-6841\n0.05004 A A seq=1001 len=1460\n", 10,
           "1460 B sent again because SACK blocks (frame 9) tell of 4380 B beyond it; first sent "
           "in frame 4, 20 ms before" TO_B, "after duplicate ACKs");
    /* Frame 8 was sent last of what frame 9 reports. */
    expect(SACKS FIVE "0.05001 B A ack=1001 sack=2461-3921,5381-8301\n"
                      "0.05002 A A seq=1001 len=1460\n0.05003 A A seq=3921 len=1460\n", 11,
           "1460 B sent again in the same recovery, because frame 8, sent later, had arrived, as "
           "frame 9 tells; first sent in frame 6, 20 ms before" TO_B,
           "1 after duplicate ACKs, 1 in recovery by SACK");
    expect(PLAIN FIVE "0.05001 B A ack=1001\n0.05002 B A ack=1001\n"
                      "0.05003 B A ack=1001\n0.05004 A A seq=1001 len=1460\n"
                      "0.07005 B A ack=3921\n0.07006 A A seq=3921 len=1460\n", 14,
           "1460 B sent again in the same recovery, without SACK: an ACK of a part only (frame 13) "
           "left it as the next that was missing; first sent in frame 6, 40 ms before" TO_B,
           "1 after duplicate ACKs, 1 in recovery after a partial ACK");
    expect(SACKS TWO "0.05001 B A ack=1001 sack=1101-1201\n0.05502 A PA seq=1001 len=100\n", 7,
           "100 B sent again because frame 5, sent later, had arrived, as frame 6 tells; first "
           "sent in frame 4, 25 ms before" TO_B, "because newer data arrived");
    /* Frame 11 was sent after the repeat in frame 10. */
    expect(SACKS FIVE "0.05001 B A ack=1001 sack=2461-8301\n"
                      "0.05002 A A seq=1001 len=1460\n0.05003 A A seq=8301 len=1460\n"
                      "0.07004 B A ack=1001 sack=2461-9761\n0.0751 A A seq=1001 len=1460\n", 13,
           "1460 B sent again once more, because frame 11, sent later, had arrived, as frame 12 "
           "tells; first sent in frame 4, 45.1 ms before, and again since then" TO_B,
           "1 after duplicate ACKs, 1 because newer data arrived");
}

/* What its sender could have known, or what the capture lacks. */
static void without_cause(void **state)
{
    (void)state;
    expect(PLAIN "0.03 A PA len=100\n0.05 B A ack=1101\n0.06 A PA seq=1001 len=100\n", 6,
           "100 B sent again although it had been acknowledged in frame 5, 10 ms before; first "
           "sent in frame 4, 30 ms before; that acknowledgement was lost between the capture point "
           "and 192.0.2.1, or was late (inferred)", "needless");
    expect(SACKS FIVE "0.05 B A ack=1001 sack=2461-8301\n0.06 A A seq=2461 len=1460\n", 10,
           "1460 B sent again although a SACK block had told that it arrived in frame 9, 10 ms "
           "before; first sent in frame 5, 30 ms before", "needless");
    expect(PLAIN "0.03 A PA len=100\n0.15 A PA seq=1001 len=100\n0.17 B A ack=1101\n", 5,
           "100 B sent again and nothing in this capture called for it; first sent in frame 4, "
           "120 ms before" TO_B_OR_BACK, "for no reason that is seen");
    expect("0.03 A A seq=1001 ack=1 win=9 len=100\n0.031 A A len=100\n0.05 A A seq=1001 len=100\n",
           3, "100 B sent again only 20 ms after it was sent: no timer ends so soon, so that its "
              "sender was told of a loss by an ACK that is not in this capture; first sent in "
              "frame 1, 20 ms before" TO_B_ASSUMED,
           "called for by ACKs that are not captured");
    /* Numbers from before frame 1, which frame 2 acknowledges with all others. */
    expect("0.03 A A seq=1001 ack=1 win=9 len=100\n0.05 B A seq=1 ack=1101 win=9\n"
           "0.3 A A seq=801 ack=1 len=100\n",
           3, "100 B sent again (needless); an acknowledgement of it was lost between the capture "
              "point and 192.0.2.1, or was late (inferred)", "needless");
    /* Nothing acknowledges these: where the first sending was lost, or whether, is not known. */
    expect("0.03 A A seq=1001 ack=1 win=9 len=100\n0.031 A A len=100\n"
           "0.3 A A seq=801 ack=1 len=100\n",
           3, "100 B sent again, the first sending is not in this capture; these numbers are from "
              "before the capture began" NOT_KNOWN, "whose first sending is not in the capture");
    expect("0.03 A A seq=1001 ack=1 win=9 len=100\n0.031 A A len=100\n0.3 A A seq=1001 len=100\n",
           3, "100 B sent again by a timer, we assume: 270 ms without news; first sent in frame 1, "
              "270 ms before" TO_B_OR_BACK_ASSUMED, "by a timeout");
}

/* A's timer ends 250 ms after frame 4, at 0.3. */
#define AGAIN "0.05 A PA len=10 ts=150,900 id=0\n0.3 A PA seq=1001 len=10 ts=400,900 id=0\n"
#define ALONE                                                                                    \
    "10 B sent again by a timer, after 250 ms without news: alone outstanding, where a tail loss " \
    "probe and the retransmission timer look alike; first sent in frame 4, 250 ms before"

static void needless(void **state)
{
    (void)state;
    expect(MIDDLE AGAIN "0.32 B A ack=1011 ts=1200,150\n", 5,
           ALONE ". It was not needed: frame 6 acknowledges it and echoes the timestamp 150, older "
                 "than its own 400: the first sending had arrived", "needless");
    expect(MIDDLE AGAIN "0.32 B A ack=1011 ts=1200,400\n", 5, ALONE TO_B_OR_BACK,
           "by a timeout or a probe");
    expect(MIDDLE AGAIN "0.32 B A ack=1011 ts=1200,400 sack=1001-1011\n", 5,
           ALONE ". It was not needed: frame 6 reports these bytes as received twice (D-SACK)",
           "needless");
    /* The ACK of frame 4 at 0.07 came 20 ms after it; that of frame 7 after 5 ms. */
    expect(MIDDLE "0.05 A PA len=10 id=0\n0.07 B A ack=1011\n0.1 A PA len=10 id=0\n"
                  "0.35 A PA seq=1011 len=10 id=0\n0.355 B A ack=1021\n", 7,
           "10 B sent again by a timer, after 250 ms without news: alone outstanding, where a tail "
           "loss probe and the retransmission timer look alike; first sent in frame 6, 250 ms "
           "before. It was not needed: frame 8 acknowledged it 5 ms later; the way to the receiver "
           "and back takes 20 ms", "needless");
    expect(MIDDLE "0.05 A PA len=10 id=0\n0.295 B A ack=1011\n0.3 A PA seq=1001 len=10 id=0\n", 6,
           "10 B sent again and nothing in this capture called for it; first sent in frame 4, "
           "250 ms before. It was not needed: its acknowledgement had passed before in frame 5, "
           "5 ms before", "needless");
}

/* Bytes 1051 to 1060 come behind 1061 to 1070 in frame 8, which has the ID 28. */
static void late(void **state)
{
    (void)state;
#define HOLE COUNTED "0.05 A A seq=1061 len=10 id=28\n"
    expect(HOLE "0.053 A A seq=1051 len=10 id=27\n", 9,
           "10 B came late, overtaken by 1 segment (frame 8), 3 ms behind it; its IP ID 27 is "
           "older than 28 of frame 8", "");
    expect(HOLE "0.051 A A len=10 id=29\n0.053 A A seq=1051 len=10 id=27\n", 10,
           "10 B came late, overtaken by 2 segments (frames 8 to 9), 3 ms behind the first; its IP "
           "ID 27 is older than 28 of frame 8", "");
    expect(HOLE "0.053 A A seq=1051 len=10 id=29\n", 9,
           "10 B sent again, the first sending is not in this capture: it fills a hole that frame "
           "8 showed 3 ms before; its IP ID 29 is newer than 28 of frame 8; lost between 192.0.2.1 "
           "and the capture point (inferred)", "whose first sending is not in the capture");
    expect(HOLE "0.09 A A seq=1051 len=10 id=30\n0.1 A A seq=1051 len=10 id=27\n", 10,
           "10 B came late, behind its own repeat; its IP ID 27 is older than 30 of frame 9",
           "needless");
    expect(MIDDLE "0.06 A A seq=1011 len=10 ts=160,900 id=0\n"
                  "0.061 A A seq=1001 len=10 ts=159,900 id=0\n", 5,
           "10 B came late, overtaken by 1 segment (frame 4), 1 ms behind it; its timestamp 159 is "
           "not newer than 160 of frame 4", "");
    expect(COUNTED "0.05 A PA seq=1051 len=10 id=27\n0.09 A PA seq=1051 len=10 id=27\n", 9,
           "10 B twice: a copy of frame 8, 40 ms behind it, made by the network; the same in all "
           "fields", "");
}

/* The SYN-ACK answers the SYN that came again in frame 3. */
static void syns(void **state)
{
    (void)state;
#define SYNS "0 A S seq=1000 win=64240 mss=1460\n1.014 A S seq=1000 win=64240 mss=1460\n"
    expect(SYNS, 2,
           "SYN sent again by the retransmission timer: 1.014 s after it was sent last, the timer "
           "is estimated at 1 s (as no round trip was measured); first sent in frame 1, 1.014 s "
           "before; it or its answer was lost between the capture point and 198.51.100.7 "
           "(assumed)",
           "by a timeout");
    expect("0 A S seq=1000 win=64240\n0.02 B SA seq=5000 win=65160\n"
           "1.02 A S seq=1000 win=64240\n1.04 B SA seq=5000 ack=1001 win=65160\n", 4,
           "SYN,ACK sent again because the SYN came again (frame 3); first sent in frame 2, 1.02 s "
           "before", "by a timeout");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_timer), cmocka_unit_test(by_report), cmocka_unit_test(without_cause),
        cmocka_unit_test(needless), cmocka_unit_test(late),      cmocka_unit_test(syns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
