/* test_waits: who was silent while what was outstanding. Times in the cases are milliseconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/time_text.h"
#include "model/mark.h"
#include "report/waits.h"

/* One segment; the client's first byte is 101, the server's 501. */
struct step {
    int64_t ms;
    enum endpoint_id from;
    uint16_t flags;
    uint32_t seq, ack, length;
    unsigned marks;
    uint32_t window;
};

/* Frames are numbered from 1, as in a capture. */
static struct waits run(const struct step *steps, size_t count)
{
    struct waits waits;
    memset(&waits, 0, sizeof waits);
    for (size_t i = 0; i < count; i++) {
        struct segment segment = { .frame = i + 1, .time = steps[i].ms * NS_PER_MS,
                                   .flags = steps[i].flags, .seq = steps[i].seq,
                                   .ack = steps[i].ack, .payload_len = steps[i].length };
        waits_segment(&waits, &segment, steps[i].from, steps[i].marks, steps[i].window);
    }
    return waits;
}

#define RUN(steps) run(steps, sizeof steps / sizeof steps[0])

/* Exactly this silence, and no other of any kind of either end. */
static void expect_only(const struct waits *waits, enum endpoint_id who, enum wait_kind kind,
                        int64_t ms, uint64_t data_frame, uint64_t end_frame)
{
    for (int i = 0; i < 2 * WAIT_KIND_N; i++) {
        const struct wait *wait = &waits->ends[i % 2].waits[i / 2];
        if (i % 2 == (int)who && i / 2 == (int)kind) {
            assert_int_equal(wait->longest, ms * NS_PER_MS);
            assert_int_equal(wait->data_frame, data_frame);
            assert_int_equal(wait->end_frame, end_frame);
        } else if (wait->count != 0) {
            fail_msg("kind %d of end %d: %u", i / 2, i % 2, (unsigned)wait->count);
        }
    }
}

/* Shows a segment of a case in another input as well. */
static void view(struct waits *waits, const struct step *step, uint64_t frame)
{
    struct segment segment = { .flags = step->flags, .seq = step->seq,
                               .payload_len = step->length };
    waits_view(waits, &segment, step->from, frame);
}

/*
 * Data of the server, the second part twice. Another input shows the first part (what comes before
 * it is recording); whether it shows the second part's first sending tells where that was lost.
 */
static void test_lost_between(void **state)
{
    (void)state;
    static const struct step steps[] = {
        { 0, SERVER, TCP_ACK, 501, 101, 100, 0, 9000 },
        { 10, SERVER, TCP_ACK, 601, 101, 100, 0, 9000 },
        { 300, SERVER, TCP_ACK, 601, 101, 100, MARK_REPEATED, 9000 },
    };
    for (unsigned viewed = 0; viewed < 4; viewed++) {
        struct waits waits = run(steps, 2);
        struct segment again = { .frame = 3, .time = 300 * NS_PER_MS, .flags = TCP_ACK,
                                 .seq = 601, .ack = 101, .payload_len = 100 };
        if (viewed & 1)
            view(&waits, &steps[0], 1);
        if (viewed & 2)
            view(&waits, &steps[1], 2);
        waits_segment(&waits, &again, SERVER, MARK_REPEATED, 9000);
        expect_only(&waits, SERVER, WAIT_REPEAT, 290, 2, 3);
        assert_int_equal(waits.ends[SERVER].waits[WAIT_REPEAT].lost_frame, viewed == 1 ? 2 : 0);
    }
}

/* A request, its ACK 10 ms later, the answer 1490 ms after that: the server's program. */
static void test_answer(void **state)
{
    (void)state;
    static const struct step steps[] = {
        { 0, CLIENT, TCP_ACK, 101, 501, 300, 0, 9000 },
        { 10, SERVER, TCP_ACK, 501, 401, 0, 0, 9000 },
        { 1500, SERVER, TCP_ACK, 501, 401, 700, 0, 9000 },
        { 1501, CLIENT, TCP_ACK, 401, 1201, 0, 0, 9000 },
    };
    struct waits waits = RUN(steps);
    expect_only(&waits, SERVER, WAIT_ANSWER, 1490, 1, 3);
    assert_int_equal(waits.ends[SERVER].waits[WAIT_ANSWER].ack_frame, 2);
    assert_int_equal(waits.ends[SERVER].waits[WAIT_ANSWER].ack_after, 10 * NS_PER_MS);
    /* Seen with the roles the other way round, it is the other end's. */
    waits_swap(&waits);
    expect_only(&waits, CLIENT, WAIT_ANSWER, 1490, 1, 3);
}

/* The same without an ACK of its own: who kept it can't be told. */
static void test_together(void **state)
{
    (void)state;
    static const struct step steps[] = {
        { 0, CLIENT, TCP_ACK, 101, 501, 300, 0, 9000 },
        { 1500, SERVER, TCP_ACK, 501, 401, 700, 0, 9000 },
    };
    struct waits waits = RUN(steps);
    expect_only(&waits, SERVER, WAIT_TOGETHER, 1500, 1, 2);
}

/* An ACK of half of the request is not the ACK of the request. */
static void test_partial_ack(void **state)
{
    (void)state;
    static const struct step steps[] = {
        { 0, CLIENT, TCP_ACK, 101, 501, 300, 0, 9000 },
        { 10, SERVER, TCP_ACK, 501, 251, 0, 0, 9000 },
        { 900, SERVER, TCP_ACK, 501, 401, 700, 0, 9000 },
    };
    struct waits waits = RUN(steps);
    expect_only(&waits, SERVER, WAIT_TOGETHER, 900, 1, 3);
}

/* Who has everything acknowledged and goes on later, paused; probes in between change nothing. */
static void test_pause(void **state)
{
    (void)state;
    static const struct step steps[] = {
        { 0, CLIENT, TCP_ACK, 101, 501, 300, 0, 9000 },
        { 20, SERVER, TCP_ACK, 501, 401, 0, 0, 9000 },
        { 1000, CLIENT, TCP_ACK, 400, 501, 0, MARK_KEEP_ALIVE, 9000 },
        { 1020, SERVER, TCP_ACK, 501, 401, 0, 0, 9000 },
        { 2020, CLIENT, TCP_ACK, 401, 501, 100, 0, 9000 },
    };
    struct waits waits = RUN(steps);
    expect_only(&waits, CLIENT, WAIT_PAUSE, 2000, 1, 5);
    /* 199 ms are not told: any short pause would be. */
    static const struct step quick[] = {
        { 0, CLIENT, TCP_ACK, 101, 501, 300, 0, 9000 },
        { 20, SERVER, TCP_ACK, 501, 401, 0, 0, 9000 },
        { 219, CLIENT, TCP_ACK, 401, 501, 100, 0, 9000 },
    };
    waits = RUN(quick);
    assert_int_equal(waits.ends[CLIENT].waits[WAIT_PAUSE].count, 0);
}

/* A closed window (RFC 9293 §3.8.6.1): the receiver's silence, and no pause of the sender. */
static void test_window(void **state)
{
    (void)state;
    static const struct step steps[] = {
        { 0, CLIENT, TCP_ACK, 101, 501, 300, 0, 9000 },
        { 10, SERVER, TCP_ACK, 501, 401, 0, 0, 0 },
        { 500, CLIENT, TCP_ACK, 400, 501, 0, MARK_WINDOW_PROBE, 9000 },
        { 510, SERVER, TCP_ACK, 501, 401, 0, 0, 0 },
        { 3010, SERVER, TCP_ACK, 501, 401, 0, 0, 9000 },
        { 3011, CLIENT, TCP_ACK, 401, 501, 100, 0, 9000 },
    };
    struct waits waits = RUN(steps);
    expect_only(&waits, SERVER, WAIT_WINDOW, 3000, 2, 5);
}

/* What is sent again after a silence, and how much; copies count for nothing. */
static void test_repeat(void **state)
{
    (void)state;
    static const struct step steps[] = {
        { 0, CLIENT, TCP_ACK, 101, 501, 300, 0, 9000 },
        { 1, CLIENT, TCP_ACK, 101, 501, 300, MARK_COPY, 9000 },
        { 400, CLIENT, TCP_ACK, 101, 501, 300, MARK_REPEATED, 9000 },
        { 410, SERVER, TCP_ACK, 501, 401, 0, 0, 9000 },
    };
    struct waits waits = RUN(steps);
    assert_int_equal(waits.ends[CLIENT].waits[WAIT_REPEAT].longest, 400 * NS_PER_MS);
    assert_int_equal(waits.ends[CLIENT].waits[WAIT_REPEAT].end_frame, 3);
    assert_int_equal(waits.ends[CLIENT].repeats, 1);
    assert_int_equal(waits.ends[CLIENT].waits[WAIT_REPEAT].data_frame, 1);
    /* The ACK came 410 ms after the data was first sent, but only 10 ms after the repeat. */
    assert_int_equal(waits.ends[SERVER].waits[WAIT_ACK].count, 0);
}

/* What fills a gap was overtaken, or sent again while its first sending was not captured. */
static void test_gap_filled(void **state)
{
    (void)state;
    static const struct step steps[] = {
        { 0, CLIENT, TCP_ACK, 301, 501, 100, MARK_GAP, 9000 },
        { 1, CLIENT, TCP_ACK, 101, 501, 100, MARK_LATE, 9000 },
        { 90, CLIENT, TCP_ACK, 201, 501, 100, MARK_LATE | MARK_REPEATED, 9000 },
        { 91, CLIENT, TCP_ACK, 201, 501, 100, MARK_REPEATED, 9000 },
    };
    struct waits waits = RUN(steps);
    assert_int_equal(waits.ends[CLIENT].late, 1);
    assert_int_equal(waits.ends[CLIENT].repeats, 2);
    assert_int_equal(waits.ends[CLIENT].unseen, 1);
}

/* An acknowledgement that let all wait. */
static void test_late_ack(void **state)
{
    (void)state;
    static const struct step steps[] = {
        { 0, CLIENT, TCP_ACK, 101, 501, 300, 0, 9000 },
        { 700, SERVER, TCP_ACK, 501, 401, 0, 0, 9000 },
    };
    struct waits waits = RUN(steps);
    expect_only(&waits, SERVER, WAIT_ACK, 700, 1, 2);
}

/* More than 3 s without an acknowledgement and without a repeat: it was not captured. */
static void test_missing_ack(void **state)
{
    (void)state;
    struct step steps[] = {
        { 0, CLIENT, TCP_ACK, 101, 501, 300, 0, 9000 },
        { 3000, SERVER, TCP_ACK, 501, 401, 700, 0, 9000 },
    };
    struct waits waits = RUN(steps);
    expect_only(&waits, SERVER, WAIT_TOGETHER, 3000, 1, 2);
    steps[1].ms = 3001;
    assert_false(waits.answer_unclear);
    waits = RUN(steps);
    assert_int_equal(waits.ends[SERVER].waits[WAIT_TOGETHER].count, 0);
    assert_true(waits.answer_unclear);
}

/* Sent again twice: a repeat brings nothing new, so the silence goes on. */
static void test_repeats(void **state)
{
    (void)state;
    static const struct step steps[] = {
        { 0, CLIENT, TCP_ACK, 101, 501, 300, 0, 9000 },
        { 500, CLIENT, TCP_ACK, 101, 501, 300, MARK_REPEATED, 9000 },
        { 1500, CLIENT, TCP_ACK, 101, 501, 300, MARK_REPEATED, 9000 },
        { 1510, SERVER, TCP_ACK, 501, 401, 0, 0, 9000 },
    };
    struct waits waits = RUN(steps);
    expect_only(&waits, CLIENT, WAIT_REPEAT, 1500, 1, 3);
    assert_int_equal(waits.ends[CLIENT].bytes, 300);
}

/* A FIN completes what an end asks: the time of the answer begins there, whenever the host
 * acknowledges it, for who answers the request alone would have begun before. */
static void test_fin(void **state)
{
    (void)state;
    static const struct step steps[] = {
        { 0, CLIENT, TCP_ACK, 101, 501, 300, 0, 9000 },
        { 10, SERVER, TCP_ACK, 501, 401, 0, 0, 9000 },
        { 500, CLIENT, TCP_FIN | TCP_ACK, 401, 501, 0, 0, 9000 },
        { 540, SERVER, TCP_ACK, 501, 402, 0, 0, 9000 },
        { 710, SERVER, TCP_ACK, 501, 402, 700, 0, 9000 },
    };
    struct waits waits = RUN(steps);
    const struct wait *answer = &waits.ends[SERVER].waits[WAIT_ANSWER];
    expect_only(&waits, SERVER, WAIT_ANSWER, 210, 1, 5); /* 710 - 500 */
    assert_int_equal(answer->ack_frame, 2);
    assert_int_equal(answer->ack_after, 10 * NS_PER_MS);
    assert_int_equal(answer->go_frame, 3);
    assert_true(answer->go_by_fin);
    /* The FIN's own acknowledgement, when it comes too late: as of data. */
    static const struct step slow[] = {
        { 0, CLIENT, TCP_ACK, 101, 501, 300, 0, 9000 },
        { 10, SERVER, TCP_ACK, 501, 401, 0, 0, 9000 },
        { 20, CLIENT, TCP_FIN | TCP_ACK, 401, 501, 0, 0, 9000 },
        { 720, SERVER, TCP_ACK, 501, 402, 0, 0, 9000 },
    };
    waits = RUN(slow);
    expect_only(&waits, SERVER, WAIT_ACK, 700, 3, 4);
}

/* The FIN follows before the request is acknowledged: the acknowledgement starts the time. */
static void test_fin_at_once(void **state)
{
    (void)state;
    static const struct step apart[] = {
        { 0, CLIENT, TCP_ACK, 101, 501, 300, 0, 9000 },
        { 1, CLIENT, TCP_FIN | TCP_ACK, 401, 501, 0, 0, 9000 },
        { 10, SERVER, TCP_ACK, 501, 401, 0, 0, 9000 },
        { 50, SERVER, TCP_ACK, 501, 402, 0, 0, 9000 },
        { 310, SERVER, TCP_ACK, 501, 402, 700, 0, 9000 },
    };
    struct waits waits = RUN(apart);
    expect_only(&waits, SERVER, WAIT_ANSWER, 300, 1, 5); /* 310 - 10 */
    assert_int_equal(waits.ends[SERVER].waits[WAIT_ANSWER].ack_frame, 3);
    assert_int_equal(waits.ends[SERVER].waits[WAIT_ANSWER].go_frame, 0);
    static const struct step in_one[] = {
        { 0, CLIENT, TCP_FIN | TCP_ACK, 101, 501, 300, 0, 9000 },
        { 10, SERVER, TCP_ACK, 501, 402, 0, 0, 9000 },
        { 310, SERVER, TCP_ACK, 501, 402, 700, 0, 9000 },
    };
    waits = RUN(in_one);
    expect_only(&waits, SERVER, WAIT_ANSWER, 300, 1, 3);
    assert_int_equal(waits.ends[SERVER].waits[WAIT_ANSWER].go_frame, 0);
    /* Neither was acknowledged before the answer: since the FIN, and who kept it is not known. */
    static const struct step together[] = {
        { 0, CLIENT, TCP_ACK, 101, 501, 300, 0, 9000 },
        { 100, CLIENT, TCP_FIN | TCP_ACK, 401, 501, 0, 0, 9000 },
        { 500, SERVER, TCP_ACK, 501, 402, 700, 0, 9000 },
    };
    waits = RUN(together);
    expect_only(&waits, SERVER, WAIT_TOGETHER, 400, 2, 3);
}

/* A FIN that had to be sent again had not arrived: until then nobody's program let anyone wait. */
static void test_fin_again(void **state)
{
    (void)state;
    static const struct step steps[] = {
        { 0, CLIENT, TCP_ACK, 101, 501, 300, 0, 9000 },
        { 10, SERVER, TCP_ACK, 501, 401, 0, 0, 9000 },
        { 20, CLIENT, TCP_FIN | TCP_ACK, 401, 501, 0, 0, 9000 },
        { 420, CLIENT, TCP_FIN | TCP_ACK, 401, 501, 0, MARK_REPEATED, 9000 },
        { 430, SERVER, TCP_ACK, 501, 402, 700, 0, 9000 },
    };
    struct waits waits = RUN(steps);
    expect_only(&waits, CLIENT, WAIT_REPEAT, 400, 3, 4); /* 420 - 20 */
}

/* An answer that a closed window of the asker kept back, too. */
static void test_answer_after_window(void **state)
{
    (void)state;
    static const struct step steps[] = {
        { 0, CLIENT, TCP_ACK, 101, 501, 300, 0, 9000 },
        { 10, SERVER, TCP_ACK, 501, 401, 0, 0, 0 },
        { 110, SERVER, TCP_ACK, 501, 401, 0, 0, 9000 },
        { 410, SERVER, TCP_ACK, 501, 401, 700, 0, 9000 },
    };
    struct waits waits = RUN(steps);
    const struct wait *answer = &waits.ends[SERVER].waits[WAIT_ANSWER];
    expect_only(&waits, SERVER, WAIT_ANSWER, 300, 1, 4); /* 410 - 110 */
    assert_int_equal(answer->ack_after, 10 * NS_PER_MS);
    assert_int_equal(answer->go_frame, 3);
    assert_false(answer->go_by_fin);
}

/* Data that was acknowledged and never answered: until the first FIN, or the capture's end. */
static void test_unanswered(void **state)
{
    (void)state;
    static const struct step steps[] = {
        { 0, CLIENT, TCP_ACK, 101, 501, 300, 0, 9000 },
        { 10, SERVER, TCP_ACK, 501, 401, 0, 0, 9000 },
        { 5010, CLIENT, TCP_FIN | TCP_ACK, 401, 501, 0, 0, 9000 },
        { 5020, SERVER, TCP_FIN | TCP_ACK, 501, 402, 0, 0, 9000 },
    };
    struct wait_question question;
    struct waits waits = run(steps, 2);
    assert_true(waits_unanswered(&waits, 2010 * NS_PER_MS, &question));
    assert_int_equal(question.asker, CLIENT);
    assert_int_equal(question.time, 2 * NS_PER_S);
    assert_int_equal(question.data_frame, 1);
    assert_int_equal(question.ack_frame, 2);
    assert_int_equal(question.close_frame, 0);
    waits = RUN(steps);
    assert_true(waits_unanswered(&waits, 90 * NS_PER_S, &question));
    assert_int_equal(question.time, 5 * NS_PER_S);
    assert_int_equal(question.close_frame, 3);
    assert_int_equal(question.closer, CLIENT);
    waits_swap(&waits);
    assert_true(waits_unanswered(&waits, 90 * NS_PER_S, &question));
    assert_int_equal(question.asker, SERVER);
    assert_int_equal(question.closer, SERVER);
    /* Not acknowledged: that it was asked is not shown. */
    waits = run(steps, 1);
    assert_false(waits_unanswered(&waits, 90 * NS_PER_S, &question));
}

/* A server that answered the first request, and not the second; and one that answers after all,
 * 200 ms after the client has given up. */
static void test_second_unanswered(void **state)
{
    (void)state;
    static const struct step steps[] = {
        { 0, CLIENT, TCP_ACK, 101, 501, 300, 0, 9000 },
        { 10, SERVER, TCP_ACK, 501, 401, 20, 0, 9000 },
        { 20, CLIENT, TCP_ACK, 401, 521, 300, 0, 9000 },
        { 30, SERVER, TCP_ACK, 521, 701, 0, 0, 9000 },
        { 3030, CLIENT, TCP_FIN | TCP_ACK, 701, 521, 0, 0, 9000 },
        { 3230, SERVER, TCP_ACK, 521, 702, 900, 0, 9000 },
    };
    struct wait_question question;
    struct waits waits = run(steps, 4);
    assert_true(waits_unanswered(&waits, 6030 * NS_PER_MS, &question));
    assert_int_equal(question.time, 6 * NS_PER_S);
    assert_int_equal(question.data_frame, 3);
    waits = RUN(steps);
    assert_true(waits_unanswered(&waits, 90 * NS_PER_S, &question));
    assert_int_equal(question.time, 3 * NS_PER_S);
    assert_int_equal(question.close_frame, 5);
    /* An answer in time leaves nothing open. */
    waits = run(steps, 2);
    waits_unanswered(&waits, 90 * NS_PER_S, &question);
    assert_int_equal(question.time, 0);
}

/* A window that never opens again: closed as long as its end says so, or until a RST. */
static void test_window_stuck(void **state)
{
    (void)state;
    struct step steps[] = {
        { 0, CLIENT, TCP_ACK, 101, 501, 300, 0, 9000 },
        { 10, SERVER, TCP_ACK, 501, 401, 0, 0, 0 },
        { 500, CLIENT, TCP_ACK, 400, 501, 0, MARK_WINDOW_PROBE, 9000 },
        { 510, SERVER, TCP_ACK, 501, 401, 0, 0, 0 },
        { 5010, CLIENT, TCP_RST, 401, 0, 0, 0, 0 },
    };
    struct wait_question question;
    struct waits waits = run(steps, 4);
    expect_only(&waits, SERVER, WAIT_WINDOW, 500, 2, 4);
    assert_int_equal(waits.ends[SERVER].waits[WAIT_WINDOW].count, 1);
    waits = RUN(steps);
    expect_only(&waits, SERVER, WAIT_WINDOW, 5000, 2, 5);
    assert_int_equal(waits.ends[SERVER].waits[WAIT_WINDOW].count, 1);
    assert_true(waits.ends[SERVER].window_closed);
    /* Who may not send is not left without an answer. */
    assert_false(waits_unanswered(&waits, 90 * NS_PER_S, &question));
    /* Nobody waits at the window of an end to which nothing was ever to be sent. */
    steps[0].length = 0;
    steps[2].marks = 0;
    waits = RUN(steps);
    assert_int_equal(waits_closed_time(&waits.ends[SERVER]), 0);
}

/* Short closings count together: 100 ms, and 150 ms; the FIN of the peer ends the last. */
static void test_window_sum(void **state)
{
    (void)state;
    static const struct step steps[] = {
        { 0, CLIENT, TCP_ACK, 101, 501, 300, 0, 9000 },
        { 10, SERVER, TCP_ACK, 501, 401, 0, 0, 0 },
        { 110, SERVER, TCP_ACK, 501, 401, 0, 0, 9000 },
        { 120, CLIENT, TCP_ACK, 401, 501, 300, 0, 9000 },
        { 130, SERVER, TCP_ACK, 501, 701, 0, 0, 0 },
        { 280, CLIENT, TCP_FIN | TCP_ACK, 701, 501, 0, 0, 9000 },
        { 990, SERVER, TCP_ACK, 501, 702, 0, 0, 0 },
    };
    struct waits waits = RUN(steps);
    assert_int_equal(waits.ends[SERVER].closings, 2);
    assert_int_equal(waits_closed_time(&waits.ends[SERVER]), 250 * NS_PER_MS);
    assert_int_equal(waits.ends[SERVER].closed_first, 2);
    assert_int_equal(waits.ends[SERVER].closed_last, 6);
    assert_int_equal(waits.ends[SERVER].waits[WAIT_WINDOW].count, 0);
}

/* A second FIN that lets the first wait; with data in between, it is late after that. */
static void test_second_fin(void **state)
{
    (void)state;
    struct step steps[] = {
        { 0, CLIENT, TCP_FIN | TCP_ACK, 101, 501, 0, 0, 9000 },
        { 10, SERVER, TCP_ACK, 501, 102, 0, 0, 9000 },
        { 1500, SERVER, TCP_ACK, 501, 102, 0, 0, 8000 },
        { 4968, SERVER, TCP_FIN | TCP_ACK, 501, 102, 0, 0, 9000 },
    };
    enum endpoint_id who = CLIENT;
    struct wait wait;
    struct waits waits = run(steps, 3);
    assert_true(waits_unclosed(&waits, 3 * NS_PER_S, &who, &wait));
    assert_int_equal(who, SERVER);
    assert_int_equal(wait.longest, 3 * NS_PER_S);
    waits = RUN(steps);
    expect_only(&waits, SERVER, WAIT_FIN, 4968, 1, 4);
    assert_int_equal(waits.ends[SERVER].waits[WAIT_FIN].ack_frame, 2);
    assert_false(waits_unclosed(&waits, 9 * NS_PER_S, &who, &wait));
    /* The first FIN waits for nobody. */
    waits = run(steps, 1);
    assert_int_equal(waits.ends[CLIENT].waits[WAIT_FIN].count, 0);
    steps[2].length = 40;
    steps[3].seq = 541;
    waits = RUN(steps);
    expect_only(&waits, SERVER, WAIT_FIN, 3468, 3, 4);
    /* A RST ends it all. */
    steps[3].flags = TCP_RST;
    waits = RUN(steps);
    assert_false(waits_unclosed(&waits, 9 * NS_PER_S, &who, &wait));
}

/* A clock that was set back: what it measured before is worth nothing either. */
static void test_clock(void **state)
{
    (void)state;
    struct step steps[] = {
        { 5000, CLIENT, TCP_ACK, 101, 501, 300, 0, 9000 },
        { 5010, SERVER, TCP_ACK, 501, 401, 0, 0, 9000 },
        { 4010, CLIENT, TCP_ACK, 401, 501, 100, 0, 9000 },
    };
    struct waits waits = RUN(steps);
    assert_false(waits.clock_wrong); /* one second may be a mixed-up capture */
    steps[2].ms = 4009;
    waits = RUN(steps);
    assert_true(waits.clock_wrong);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer), cmocka_unit_test(test_lost_between), cmocka_unit_test(test_together),
        cmocka_unit_test(test_partial_ack), cmocka_unit_test(test_pause),
        cmocka_unit_test(test_window), cmocka_unit_test(test_repeat), cmocka_unit_test(test_gap_filled),
        cmocka_unit_test(test_late_ack), cmocka_unit_test(test_missing_ack),
        cmocka_unit_test(test_fin), cmocka_unit_test(test_fin_at_once),
        cmocka_unit_test(test_fin_again), cmocka_unit_test(test_answer_after_window),
        cmocka_unit_test(test_unanswered), cmocka_unit_test(test_clock),
        cmocka_unit_test(test_repeats), cmocka_unit_test(test_second_unanswered),
        cmocka_unit_test(test_window_stuck), cmocka_unit_test(test_window_sum),
        cmocka_unit_test(test_second_fin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
