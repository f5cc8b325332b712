/*
 * clock: what the common segments of inputs say about their clocks. The world: segments sent at a
 * true time by an end, and inputs at places on the way with clocks of their own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow/clock.h"

#define US INT64_C(1000)
#define MS INT64_C(1000000)
#define START (INT64_C(1767323045) * 1000 * MS)

static const struct flow_secret secret = { { 1, 2 } };

/* The n-th segment of a connection, from A (the odd ports) or back to it. */
static struct segment segment_of(unsigned connection, uint32_t n, bool back)
{
    struct segment s = {
        .source = { 192, 0, 2, 1 },
        .destination = { 198, 51, 100, 1 },
        .source_port = (uint16_t)(40001 + connection),
        .destination_port = 80,
        .seq = 1000 + n * 100,
        .ack = 5000 + n * 100,
        .flags = TCP_ACK,
        .payload_len = 100,
        .ip_version = 4,
        .ip_id = (uint16_t)(1 + n % 60000),
    };
    if (back) {
        memcpy(s.source, (uint8_t[]){ 198, 51, 100, 1 }, 4);
        memcpy(s.destination, (uint8_t[]){ 192, 0, 2, 1 }, 4);
        s.source_port = 80;
        s.destination_port = (uint16_t)(40001 + connection);
    }
    return s;
}

/* Where an input is: how long a segment travels from A to there, and how wrong its clock is. */
struct place {
    int64_t way, error;
};

struct exchange {
    unsigned connection;
    unsigned from, count; /* segments from..from+count-1 in each direction, 1 ms apart */
    bool forth, back;
};

/* A is at way 0; B answers at once and is 100 ms away. */
static void feed(struct clocks *clocks, unsigned input, struct place place, struct exchange e)
{
    for (uint32_t n = e.from; n < e.from + e.count; n++) {
        int64_t sent = START + n * MS;
        struct segment s = segment_of(e.connection, n, false);
        s.time = sent + place.way + place.error;
        if (e.forth)
            assert_true(clocks_segment(clocks, &s, input));
        s = segment_of(e.connection, n, true);
        s.time = sent + 200 * MS - place.way + place.error;
        if (e.back)
            assert_true(clocks_segment(clocks, &s, input));
    }
}

static struct clocks *fresh(unsigned inputs)
{
    struct clocks *clocks = clocks_new(inputs, &secret);
    assert_non_null(clocks);
    return clocks;
}

static struct clock_report decide(struct clocks *clocks)
{
    struct clock_report report;
    memset(&report, 0xff, sizeof report);
    clocks_decide(clocks, &report);
    clocks_free(clocks);
    return report;
}

/* Two inputs that see the same exchange. */
static struct clock_report two(struct place first, struct place second, struct exchange e)
{
    struct clocks *clocks = fresh(2);
    feed(clocks, 0, first, e);
    feed(clocks, 1, second, e);
    return decide(clocks);
}

static const struct exchange usual = { .from = 1, .count = 10, .forth = true, .back = true };

/* A at 0 ms, B at 100 ms: θ, the difference of the clocks, is known to within 100 ms each way. */
static void agree(void **state)
{
    (void)state;
    static const int64_t errors[] = { 0, 99 * MS, -99 * MS, 100 * MS + 90 * US };
    for (unsigned i = 0; i < 4; i++) {
        struct place a = { 0, 0 }, b = { 100 * MS, errors[i] };
        struct clock_report report = two(a, b, usual);
        assert_int_equal(report.verdict, CLOCKS_AGREE);
        assert_int_equal(report.shift_ns[1], 0);
        assert_int_equal(report.common[0], 20);
        assert_int_equal(report.common[1], 20);
        report = two(b, a, usual); /* the server's capture given first */
        assert_int_equal(report.verdict, CLOCKS_AGREE);
        assert_int_equal(report.shift_ns[1], 0);
    }
}

/* From A: d = way + θ; from B: d = θ - way. The middle is θ, and -θ is added. */
static void shifted(void **state)
{
    (void)state;
    static const int64_t errors[] = { 3000 * MS, -3000 * MS, 101 * MS, -101 * MS,
                                      INT64_C(3600) * 1000 * MS };
    for (unsigned i = 0; i < 5; i++) {
        struct place a = { 0, 0 }, b = { 100 * MS, errors[i] };
        struct clock_report report = two(a, b, usual);
        assert_int_equal(report.verdict, CLOCKS_SHIFTED);
        assert_int_equal(report.shift_ns[0], 0);
        assert_int_equal(report.shift_ns[1], -errors[i]);
        report = two(b, a, usual);
        assert_int_equal(report.verdict, CLOCKS_SHIFTED);
        assert_int_equal(report.shift_ns[0], 0);
        assert_int_equal(report.shift_ns[1], errors[i]);
    }
}

/*
 * One short connection, 5 exchanges, and a clock that is set after the second, third or fourth of
 * them. The round trip between the points is 200 ms; a step that is no longer than that
 * fits, and 200 ms more could be a slow host.
 */
static void set_in_short_connection(void **state)
{
    (void)state;
    static const struct {
        int64_t step;
        bool contradicts;
    } list[] = { { 5000 * MS, true }, { -5000 * MS, true }, { 401 * MS, true },
                 { -401 * MS, true }, { 100 * MS, false },  { -100 * MS, false } };
    for (unsigned i = 0; i < sizeof list / sizeof list[0]; i++)
        for (unsigned kept = 2; kept <= 4; kept++) {
            struct exchange before = { .from = 1, .count = kept, .forth = true, .back = true };
            struct exchange after = { .from = 1 + kept, .count = 5 - kept, .forth = true,
                                      .back = true };
            struct clocks *clocks = fresh(2);
            feed(clocks, 0, (struct place){ 0, 0 }, before);
            feed(clocks, 0, (struct place){ 0, 0 }, after);
            feed(clocks, 1, (struct place){ 100 * MS, 0 }, before);
            feed(clocks, 1, (struct place){ 100 * MS, list[i].step }, after);
            struct clock_report report = decide(clocks);
            assert_int_equal(report.verdict == CLOCKS_CONTRADICT, list[i].contradicts);
            if (!list[i].contradicts)
                continue;
            assert_int_equal(report.rtt_ns, 200 * MS);
            /* d goes from 100 ms to 100 ms + step on one way, -100 ms + step on the other. */
            assert_true(report.spread_ns == (list[i].step < 0 ? -list[i].step : list[i].step));
        }
    /* One segment that waited for 5 s on its way: forth it comes late to the second input. */
    struct clocks *clocks = fresh(2);
    struct exchange one = { .from = 11, .count = 1, .forth = true };
    feed(clocks, 0, (struct place){ 0, 0 }, usual);
    feed(clocks, 1, (struct place){ 100 * MS, 0 }, usual);
    feed(clocks, 0, (struct place){ 0, 0 }, one);
    feed(clocks, 1, (struct place){ 5100 * MS, 0 }, one);
    assert_int_not_equal(decide(clocks).verdict, CLOCKS_CONTRADICT);
}

/* A clock that goes 500 ms ahead in the midst, at 200 ms of round trip between the points. */
static void contradict(void **state)
{
    (void)state;
    for (unsigned same = 0; same < 2; same++) {
        struct clocks *clocks = fresh(3);
        struct place a = { 0, 0 }, b = { 100 * MS, 0 }, b_late = { 100 * MS, 500 * MS };
        struct exchange early = { 0, 1, 200, true, true };
        struct exchange late = { same ? 0 : 1, 201, 200, true, true };
        feed(clocks, 1, a, early);
        feed(clocks, 1, a, late);
        feed(clocks, 2, b, early);
        feed(clocks, 2, b_late, late);
        struct clock_report report = decide(clocks);
        assert_int_equal(report.verdict, CLOCKS_CONTRADICT);
        assert_int_equal(report.worst_input, 1);
        assert_int_equal(report.worst_against, 2);
        assert_int_equal(report.spread_ns, 500 * MS);
        assert_int_equal(report.rtt_ns, 200 * MS);
    }
}

/* One round trip and 1 ms is the limit. */
static void limit(void **state)
{
    (void)state;
    static const struct {
        int64_t step;
        enum clock_verdict verdict;
    } cases[] = {
        { 200 * MS, CLOCKS_AGREE },
        { 201 * MS, CLOCKS_AGREE },
        { 201 * MS + 2 * US, CLOCKS_CONTRADICT },
        { -201 * MS, CLOCKS_AGREE },
        { -201 * MS - 2 * US, CLOCKS_CONTRADICT },
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct clocks *clocks = fresh(2);
        struct exchange other = usual;
        other.connection = 1;
        /* Half of the step before and after, so that 0 is in the middle. */
        struct place a = { 0, 0 };
        struct place before = { 100 * MS, -cases[i].step / 2 };
        struct place after = { 100 * MS, cases[i].step / 2 };
        feed(clocks, 0, a, usual);
        feed(clocks, 0, a, other);
        feed(clocks, 1, before, usual);
        feed(clocks, 1, after, other);
        assert_int_equal(decide(clocks).verdict, cases[i].verdict);
    }
}

/* One direction, here of data, shows the way and the clocks in one sum: up to 1 s it is a way. */
static void one_direction(void **state)
{
    (void)state;
    for (unsigned back = 0; back < 2; back++) {
        struct exchange e = { 0, 1, 10, !back, back };
        struct place a = { 0, 0 }, b = { 100 * MS, 0 };
        assert_int_equal(two(a, b, e).verdict, CLOCKS_AGREE);
        b.error = 850 * MS;
        assert_int_equal(two(a, b, e).verdict, CLOCKS_AGREE);
        b.error = -850 * MS;
        assert_int_equal(two(a, b, e).verdict, CLOCKS_AGREE);
        b.error = 5000 * MS;
        struct clock_report report = two(a, b, e);
        assert_int_equal(report.verdict, CLOCKS_SHIFTED);
        /* as if it took no time: 5 s and the way of 100 ms, forth or back */
        assert_int_equal(report.shift_ns[1], back ? -4900 * MS : -5100 * MS);
    }
}

/* Files one after the other from one place have nothing in common but what is sent again. */
static void rotated(void **state)
{
    (void)state;
    for (unsigned again = 0; again < 2; again++) {
        struct clocks *clocks = fresh(2);
        struct exchange second = usual;
        struct place a = { 0, 0 };
        second.from = 11;
        feed(clocks, 0, a, usual);
        feed(clocks, 1, a, second);
        /* A keep-alive and its answer in each file, IPv6: no IP id, here no timestamps. */
        for (unsigned i = 0; again && i < 4; i++) {
            struct segment s = segment_of(9, 1, i % 2);
            s.ip_version = 6;
            s.ip_id = 0;
            s.time = START + (i / 2) * 75000 * MS + i % 2 * MS;
            assert_true(clocks_segment(clocks, &s, i / 2));
        }
        struct clock_report report = decide(clocks);
        assert_int_equal(report.verdict, CLOCKS_AGREE);
        assert_int_equal(report.shift_ns[1], 0);
        assert_int_equal(report.common[0], 0);
        assert_int_equal(report.common[1], 0);
    }
}

/* IPv6 without timestamps: many equal segments are common ones, too. */
static void without_ids(void **state)
{
    (void)state;
    struct clocks *clocks = fresh(2);
    for (unsigned input = 0; input < 2; input++)
        for (unsigned n = 0; n < 20; n++) {
            struct segment s = segment_of(0, n, n % 2);
            s.ip_version = 6;
            s.ip_id = 0;
            s.time = START + n * MS + input * 7000 * MS;
            assert_true(clocks_segment(clocks, &s, input));
        }
    struct clock_report report = decide(clocks);
    assert_int_equal(report.verdict, CLOCKS_SHIFTED);
    assert_int_equal(report.shift_ns[1], -7000 * MS);
    assert_int_equal(report.common[1], 20);
}

/* Timestamps that differ, and what an input shows twice, say nothing. */
static void unsure(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 4; kind++) {
        struct clocks *clocks = fresh(2);
        feed(clocks, 0, (struct place){ 0, 0 }, usual);
        feed(clocks, 1, (struct place){ 0, 0 }, usual);
        for (unsigned i = 0; i < 6; i++) { /* both directions; 9 s apart; one input twice */
            struct segment s = segment_of(3, 1, i % 2);
            unsigned input = i / 2 > 0;
            if (i >= 4 && kind != 0)
                continue;
            s.time = START + (i / 2) * 9000 * MS;
            if (kind != 0) {
                s.ip_id = kind == 1 ? 0 : 7;
                s.options = OPTION_TIMESTAMPS;
                s.tsval = kind == 3 ? 5 : input;
            }
            assert_true(clocks_segment(clocks, &s, input));
        }
        struct clock_report report = decide(clocks);
        /* kind 3, with equal timestamps, is the proof that the others would be noticed */
        assert_int_equal(report.verdict, kind == 3 ? CLOCKS_CONTRADICT : CLOCKS_AGREE);
        assert_int_equal(report.common[0], kind == 3 ? 22 : 20);
        if (kind == 3) {
            assert_int_equal(report.spread_ns, 9000 * MS);
            assert_int_equal(report.rtt_ns, 0);
        }
    }
}

/* Input 0 and 2 share nothing; 1 has segments of both. Inputs 3 and 4 are a world apart. */
static void chain(void **state)
{
    (void)state;
    struct clocks *clocks = fresh(5);
    struct exchange other = usual, third = usual;
    other.connection = 1;
    third.connection = 2;
    feed(clocks, 0, (struct place){ 0, 0 }, usual);
    feed(clocks, 1, (struct place){ 50 * MS, 3000 * MS }, usual);
    feed(clocks, 1, (struct place){ 50 * MS, 3000 * MS }, other);
    feed(clocks, 2, (struct place){ 100 * MS, -4000 * MS }, other);
    feed(clocks, 3, (struct place){ 0, 7000 * MS }, third);
    feed(clocks, 4, (struct place){ 100 * MS, 6000 * MS }, third);
    struct clock_report report = decide(clocks);
    static const int64_t shifts[] = { 0, -3000 * MS, 4000 * MS, 0, 1000 * MS };
    assert_int_equal(report.verdict, CLOCKS_SHIFTED);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(report.shift_ns[i], shifts[i]);
    assert_int_equal(report.common[1], 40);
    assert_int_equal(report.common[4], 20);
}

/* Each two of three agree on something, and all three on nothing: 3 + 3 is not 0. */
static void round_in_circles(void **state)
{
    (void)state;
    struct clocks *clocks = fresh(3);
    static const struct {
        unsigned input, connection;
        int64_t error;
    } feeds[] = { { 0, 0, 0 }, { 0, 2, 0 },           { 1, 0, 3000 * MS },
                  { 1, 1, 0 }, { 2, 1, 3000 * MS }, { 2, 2, 0 } };
    for (unsigned i = 0; i < 6; i++) {
        struct exchange e = usual;
        e.connection = feeds[i].connection;
        feed(clocks, feeds[i].input, (struct place){ feeds[i].input * 10 * MS, feeds[i].error }, e);
    }
    struct clock_report report = decide(clocks);
    assert_int_equal(report.verdict, CLOCKS_CONTRADICT);
    assert_true(report.worst_input < report.worst_against);
    assert_true(report.spread_ns > report.rtt_ns + MS);
}

/* Queues fill in one direction: the ways get longer, the clocks stay as they are. */
static void queue(void **state)
{
    (void)state;
    struct clocks *clocks = fresh(2);
    for (unsigned input = 0; input < 2; input++)
        for (uint32_t n = 0; n < 1000; n++)
            for (unsigned back = 0; back < 2; back++) {
                struct segment s = segment_of(0, n, back);
                int64_t way = back ? -10 * MS : 10 * MS + n * MS; /* up to a second */
                s.time = START + n * MS + (input ? way : 0);
                assert_true(clocks_segment(clocks, &s, input));
            }
    assert_int_equal(decide(clocks).verdict, CLOCKS_AGREE);
}

/*
 * More than can be remembered: the sample is the same in both inputs, though one holds four times
 * as much, and does not depend on the secret. What both show is 4 s apart.
 */
static void sampled(void **state)
{
    (void)state;
    struct clock_report reports[2];
    for (unsigned run = 0; run < 2; run++) {
        const struct flow_secret other = { { run, 77 } };
        struct clocks *clocks = clocks_new(2, &other);
        struct exchange e = { 0, 1, 100000, true, true };
        feed(clocks, 0, (struct place){ 0, 0 }, e);
        e.from = 75001;
        e.count = 25000;
        feed(clocks, 1, (struct place){ 100 * MS, 4000 * MS }, e);
        clocks_decide(clocks, &reports[run]);
        clocks_free(clocks);
    }
    assert_memory_equal(&reports[0], &reports[1], sizeof reports[0]);
    assert_int_equal(reports[0].verdict, CLOCKS_SHIFTED);
    assert_int_equal(reports[0].shift_ns[1], -4000 * MS);
    /* 200,000 segments are thinned out to 12,500 (a sixteenth, below 16,384 on average), and of
     * the 50,000 in common the same sixteenth is left: 3,125, give or take five times its root. */
    assert_in_range(reports[0].common[0], 3125 - 280, 3125 + 280);
    assert_int_equal(reports[0].common[0], reports[0].common[1]);
}

/* An end to it: four times 2^20 segments are looked at. One segment again and again is one. */
static void enough(void **state)
{
    (void)state;
    struct clocks *clocks = fresh(2);
    struct segment s = segment_of(0, 1, false);
    for (uint32_t i = 0; i < 4u << 20; i++)
        if (!clocks_segment(clocks, &s, 0))
            fail_msg("full after %u", i);
    assert_false(clocks_segment(clocks, &s, 0));
    assert_true(clocks_segment(clocks, &s, 1));
    assert_false(clocks_segment(clocks, &s, 2)); /* there is no such input */
    assert_int_equal(decide(clocks).verdict, CLOCKS_AGREE);
}

static void edges(void **state)
{
    (void)state;
    assert_null(clocks_new(0, &secret));
    assert_null(clocks_new(CLOCK_INPUTS_MAX + 1, &secret));
    clocks_free(NULL);
    assert_int_equal(decide(fresh(CLOCK_INPUTS_MAX)).verdict, CLOCKS_AGREE);

    /* Times come from the file. */
    static const int64_t times[] = { INT64_MIN, INT64_MAX, -1, INT64_MAX, INT64_MIN, 1 };
    struct clocks *clocks = fresh(CLOCK_INPUTS_MAX);
    for (unsigned input = 0; input < CLOCK_INPUTS_MAX; input++)
        for (unsigned n = 0; n < 6; n++) {
            struct segment s = segment_of(n / 2, n, n % 2);
            s.time = times[(n + input) % 6];
            assert_true(clocks_segment(clocks, &s, input));
        }
    assert_int_equal(decide(clocks).verdict, CLOCKS_CONTRADICT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agree),         cmocka_unit_test(shifted),
        cmocka_unit_test(set_in_short_connection),
        cmocka_unit_test(contradict),    cmocka_unit_test(limit),
        cmocka_unit_test(one_direction), cmocka_unit_test(rotated),
        cmocka_unit_test(without_ids),   cmocka_unit_test(unsure),
        cmocka_unit_test(chain),         cmocka_unit_test(round_in_circles),
        cmocka_unit_test(queue),         cmocka_unit_test(sampled),
        cmocka_unit_test(enough),        cmocka_unit_test(edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
