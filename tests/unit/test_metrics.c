/*
 * metrics: what is measured of data, against sums made by hand. The capture is from the middle: 10 ms
 * to the server and back, 10 ms to the client and back. Data goes from A, the client, to B.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time_text.h"
#include "report/measured.h"
#include "tcp/metrics_meter.h"
#include "tracker_case.h"

#define US INT64_C(1000)

/* Ten segments of 1460 bytes, two at a time; of each two one acknowledgement comes back, 10, 14,
 * 12, 20 and 10 ms after the second. Frames 4 to 18. */
#define PAIRS                                                                                    \
    CASE_OPEN "0.030 A A len=1460\n0.031 A A len=1460\n0.041 B A ack=3921\n"                     \
              "0.051 A A seq=3921 len=1460\n0.052 A A len=1460\n0.066 B A ack=6841\n"            \
              "0.076 A A seq=6841 len=1460\n0.077 A A len=1460\n0.089 B A ack=9761\n"            \
              "0.099 A A seq=9761 len=1460\n0.100 A A len=1460\n0.120 B A ack=12681\n"           \
              "0.130 A A seq=12681 len=1460\n0.131 A A len=1460\n0.141 B A ack=15601\n"

/* Two segments of 7300 bytes, as a card puts five together, in frames 4 and 5. */
#define BULK CASE_OPEN "0.030 A A len=7300\n0.031 A A len=7300\n"

/* What is measured of the client's data; fails when nothing is. */
static struct metrics measure(const char *lines, const struct case_options *options)
{
    struct tracker_case *result = case_track(lines, options);
    assert_int_equal(result->count, 1);
    const struct metrics *metrics = result->connections[0].summary.endpoints[CLIENT].metrics;
    assert_non_null(metrics);
    struct metrics copy = *metrics;
    free(result);
    return copy;
}

static struct metrics measured(const char *lines)
{
    return measure(lines, &(struct case_options){ .frames = 0 });
}

static bool is_measured(const char *lines)
{
    struct tracker_case *result = case_track(lines, &(struct case_options){ .frames = 0 });
    bool known = result->connections[0].summary.endpoints[CLIENT].metrics != NULL;
    free(result);
    return known;
}

/*
 * RFC 6298 §2: R = 10: SRTT 10, RTTVAR 5. R = 14: RTTVAR 5 + (4 - 5) / 4 = 4.75, SRTT 10 + 4 / 8 =
 * 10.5. R = 12: 4.75 + (1.5 - 4.75) / 4 = 3.9375, 10.6875. R = 20: 3.9375 + (9.3125 - 3.9375) / 4 =
 * 5.28125, 11.8515625. R = 10: 5.28125 + (1.8515625 - 5.28125) / 4 = 4.4238, 11.6201.
 */
static void trips(void **state)
{
    (void)state;
    struct metrics m = measured(PAIRS);
    assert_int_equal(m.leg.samples, 5);
    assert_int_equal(m.leg.min, 10 * NS_PER_MS);
    assert_int_equal(m.leg.max, 20 * NS_PER_MS);
    assert_int_equal(m.leg.mean, 13200 * US);
    assert_int_equal(m.leg.smoothed / US, 11620);
    assert_int_equal(m.leg.variation / US, 4423);
    assert_int_equal(m.leg_p95, 20 * NS_PER_MS); /* of five the longest */
    assert_int_equal(m.other_leg, 10 * NS_PER_MS);
    /* 11.620 + 10 + 200, for 4 * 4.42 is less: Linux. */
    assert_int_equal(m.timeout / US, 221620);
    assert_int_equal(m.acks_bare, 5);
}

/* 14,600 bytes from 0.030 to 0.141. On the way are 2920 bytes after each second segment and 1460
 * after the others; the very first passed before anything was measured: 5 * 2920 + 4 * 1460 = 20440
 * over 9 sendings. */
static void volume(void **state)
{
    (void)state;
    struct metrics m = measured(PAIRS);
    assert_int_equal(m.transfer, 111 * NS_PER_MS);
    assert_int_equal(m.acknowledged_bytes, 14600);
    assert_int_equal(m.sent_bytes, 14600);
    assert_int_equal(m.data_segments, 10);
    assert_int_equal(m.acks, 5);
    assert_int_equal(m.flight_max, 2920);
    assert_int_equal(m.flight_mean, 20440 / 9);
    /* From 0.030 to 0.130, where the last two do not belong: 8 * 1460. */
    assert_int_equal(m.peak_bytes, 11680);
    /* The fourth acknowledgement, 21 ms after the first of its segments. */
    assert_int_equal(m.stall.duration, 21 * NS_PER_MS);
    assert_int_equal(m.stall.first_frame, 13);
    assert_int_equal(m.stall.last_frame, 15);
}

/* What passes before the acknowledgement at 0.041 is of the initial window: two segments. A third
 * that passes at 0.050 may be, for an answer can be here at 0.051. */
static void initial(void **state)
{
    (void)state;
    struct metrics m = measured(PAIRS);
    assert_true(m.initial_known);
    assert_int_equal(m.initial_bytes, 2920);
    assert_int_equal(m.initial_segments, 2);
    assert_false(m.initial_at_least); /* it went on at once */
    m = measured(BULK "0.041 B A ack=15601\n0.050 A A seq=15601 len=100\n0.061 B A ack=15701\n");
    assert_int_equal(m.initial_bytes, 14600);
    assert_int_equal(m.initial_segments, 10); /* 5 + 5 */
    assert_true(m.initial_at_least);
    m = measured(BULK "0.041 B A ack=15601\n0.051 A A seq=15601 len=100\n0.061 B A ack=15701\n");
    assert_int_equal(m.initial_bytes, 14600);
    assert_false(m.initial_at_least);
    /* It goes on a second later: its program had no more. */
    m = measured(BULK "0.041 B A ack=15601\n1.050 A A seq=15601 len=100\n1.061 B A ack=15701\n");
    assert_int_equal(m.initial_segments, 10);
    assert_true(m.initial_at_least);
    /* It was still sending when the first acknowledgement could arrive, at 0.033: with legs of 1 ms
     * it did not have to wait. */
    const char *near = "0.000 A S seq=1000 win=64240 mss=1460\n0.001 B SA seq=5000 win=65160\n"
                       "0.002 A A\n0.030 A A len=7300\n0.0319 A A len=7300\n"
                       "0.032 B A ack=8301\n0.0321 A A seq=15601 len=100\n0.034 B A ack=15701\n";
    m = measured(near);
    assert_int_equal(m.initial_bytes, 14600);
    assert_true(m.initial_at_least);
    /* Its peer's window has room for 15,000 bytes: not for another segment. */
    m = measured("0.000 A S seq=1000 win=64240 mss=1460\n0.010 B SA seq=5000 win=15000 mss=1460\n"
                 "0.020 A A\n0.030 A A len=7300\n0.031 A A len=7300\n0.041 B A ack=15601\n"
                 "0.051 A A seq=15601 len=1460\n0.061 B A ack=17061\n");
    assert_int_equal(m.initial_segments, 10);
    assert_true(m.initial_at_least);
    /* Nothing was acknowledged: there is no telling. */
    assert_false(measured(BULK).initial_known);
    /* Its first data was acknowledged before anything was measured. */
    m = measured(CASE_OPEN "0.022 A A len=10\n0.025 B A ack=1011\n0.030 A A seq=1011 len=7300\n"
                           "0.031 A A len=7300\n0.041 B A ack=15611\n");
    assert_false(m.initial_known);
}

/* RFC 6298 §3: what was sent twice tells nothing, nor does an acknowledgement that fills a hole. */
static void karn(void **state)
{
    (void)state;
    struct metrics m = measured(BULK "0.3 A A seq=1001 len=7300\n0.31 B A ack=15601\n");
    assert_int_equal(m.leg.samples, 0);
    assert_int_equal(m.leg_p95, UNKNOWN_NS);
    /* The first was late; without SACK the second arrived at 0.036, not 10 ms before 0.046. */
    m = measured(BULK "0.041 B A ack=1001\n0.0411 B A ack=1001\n0.046 B A ack=15601\n");
    assert_int_equal(m.leg.samples, 0);
    m = measured(BULK "0.046 B A ack=15601\n");
    assert_int_equal(m.leg.samples, 1);
    assert_int_equal(m.leg.min, 15 * NS_PER_MS);
}

#define SACKED                                                                                   \
    "0.000 A S seq=1000 win=64240 mss=1460 sackok\n0.010 B SA seq=5000 win=65160 mss=1460 sackok\n"\
    "0.020 A A\n0.030 A A len=7300\n0.031 A A len=7300\n"

/* A SACK block times what it tells of; the acknowledgement that jumps over it does not. On the way
 * are 14,600 bytes, then 7300 less and 100 more. */
static void sack(void **state)
{
    (void)state;
    struct metrics m = measured(SACKED "0.042 B A ack=1001 sack=8301-15601\n"
                                       "0.043 A A seq=15601 len=100\n"
                                       "0.047 B A ack=15601\n");
    assert_int_equal(m.leg.samples, 1);
    assert_int_equal(m.leg.max, 11 * NS_PER_MS);
    assert_int_equal(m.flight_max, 14600);
    assert_int_equal(m.flight_mean, (14600 + 7400) / 2);
}

/* RFC 7323 §4: the echo of a timestamp is timed, also of what was sent twice; one at a time. The
 * first one that is waited for is 31, and 30 is no echo of it; then 300. */
static void stamps(void **state)
{
    (void)state;
#define STAMPED                                                                                  \
    "0.000 A S seq=1000 win=64240 mss=1460 ts=0,0\n0.010 B SA seq=5000 win=65160 mss=1460 ts=9,0\n"\
    "0.020 A A ts=20,9\n0.030 A A len=7300 ts=30,9\n0.031 A A len=7300 ts=31,9\n"
    struct metrics m = measured(STAMPED "0.041 B A ack=15601 ts=50,31\n");
    assert_int_equal(m.stamps.samples, 1);
    assert_int_equal(m.stamps.min, 10 * NS_PER_MS);
    m = measured(STAMPED "0.041 B A ack=15601 ts=50,30\n");
    assert_int_equal(m.stamps.samples, 0);
    m = measured(STAMPED "0.300 A A seq=1001 len=7300 ts=300,9\n0.311 B A ack=15601 ts=320,300\n"
                         "0.330 A A seq=15601 len=10 ts=330,9\n0.342 B A ack=15611 ts=350,330\n");
    assert_int_equal(m.stamps.samples, 1); /* 31 was never echoed; then 330 */
    assert_int_equal(m.stamps.min, 12 * NS_PER_MS);
    assert_int_equal(m.leg.samples, 2);
    assert_int_equal(m.leg.min, 11 * NS_PER_MS); /* the echo tells which sending, and that only */
    assert_int_equal(m.leg.max, 12 * NS_PER_MS);
}

static void repeats(void **state)
{
    (void)state;
    struct metrics m = measured(BULK "0.3 A A seq=1001 len=7300\n0.31 B A ack=15601\n");
    uint32_t all = 0;
    for (unsigned i = 0; i < METRICS_REPEATS; i++)
        all += m.repeats[i];
    assert_int_equal(all, 1);
    assert_int_equal(m.repeats[CLASS_RTX_RTO - CLASS_RTX_SYN], 1);
    assert_int_equal(m.repeated_bytes, 7300);
    assert_int_equal(m.sent_bytes, 21900);
    assert_int_equal(m.acknowledged_bytes, 14600);
    assert_int_equal(m.stall.duration, 280 * NS_PER_MS);
    assert_int_equal(m.stall.first_frame, 4);
    assert_int_equal(m.stall.last_frame, 7);
}

/* 100 connections may have 64 meters and a few; for the others nothing is measured, and that is
 * counted once each. */
static void no_room(void **state)
{
    (void)state;
    struct meters meters;
    struct metered metered[200] = { { .begun = false } };
    unsigned had = 0;
    meters_init(&meters, 100);
    for (unsigned i = 0; i < 200; i++) {
        metered[i].meter[CLIENT] = slab_take(&meters.meters);
        had += metered[i].meter[CLIENT] != 0;
    }
    assert_in_range(had, 64, 64 + 100 * METERS_BYTES / sizeof(struct meter));
    metered_close(&meters, &metered[0], true);
    assert_int_not_equal(slab_take(&meters.meters), 0);
    meters_done(&meters);
}

/* Nothing acknowledges the end: that goes on until the connection's last segment. */
static void stall_at_end(void **state)
{
    (void)state;
    struct metrics m = measured(BULK "0.041 B A ack=8301\n2.041 A A seq=8301 len=7300\n");
    assert_int_equal(m.stall.duration, 2000 * NS_PER_MS);
    assert_int_equal(m.stall.first_frame, 6);
    assert_int_equal(m.stall.last_frame, 0);
}

/* 40 ms is late, 37 is not; nor is what comes with data counted. */
static void delayed(void **state)
{
    (void)state;
    struct metrics m = measured(BULK "0.071 B A ack=15601\n");
    assert_int_equal(m.acks_late[ACK_DELAY_40], 1);
    assert_int_equal(m.acks_late[ACK_DELAY_100], 0);
    m = measured(BULK "0.068 B A ack=15601\n");
    assert_int_equal(m.acks_bare, 1);
    assert_int_equal(m.acks_late[ACK_DELAY_40], 0);
    m = measured(BULK "0.131 B A ack=15601\n");
    assert_int_equal(m.acks_late[ACK_DELAY_100], 1);
    m = measured(BULK "0.231 B A ack=15601\n");
    assert_int_equal(m.acks_late[ACK_DELAY_200], 1);
    m = measured(BULK "0.071 B PA ack=15601 len=10\n");
    assert_int_equal(m.acks_bare, 0);
    assert_int_equal(m.acks_late[ACK_DELAY_40], 0);
}

/* Little is not worth telling; ten round trips are, however short the segments. */
static void enough(void **state)
{
    (void)state;
    char lines[4096] = CASE_OPEN;
    assert_false(is_measured(CASE_OPEN "0.030 A A len=7300\n0.031 A A len=7299\n"
                                       "0.041 B A ack=15600\n"));
    assert_true(is_measured(BULK "0.041 B A ack=15601\n"));
    for (int i = 0; i < 10; i++) {
        size_t at = strlen(lines);
        assert_false(is_measured(lines));
        snprintf(lines + at, sizeof lines - at,
                 "0.%03d A A seq=%d len=5\n0.%03d A A len=5\n0.%03d B A ack=%d\n", 30 + 30 * i,
                 1001 + 10 * i, 31 + 30 * i, 42 + 30 * i, 1011 + 10 * i);
    }
    assert_true(is_measured(lines));
    /* One segment at a time needs no state. */
    assert_false(is_measured(CASE_OPEN "0.030 A A len=15000\n0.041 B A ack=16001\n"));
    struct tracker_case *quiet = case_track(PAIRS, &(struct case_options){ .no_log = true });
    assert_null(quiet->connections[0].summary.endpoints[CLIENT].metrics);
    free(quiet);
}

/* Clocks that go back or wild: such times are not measured, and nothing else suffers. */
static void clocks(void **state)
{
    (void)state;
    struct metrics m = measured(BULK "0.029 B A ack=15601\n");
    assert_int_equal(m.leg.samples, 0);
    assert_int_equal(m.transfer, UNKNOWN_NS);
    assert_int_equal(m.acknowledged_bytes, 14600);
    m = measured(BULK "90000 B A ack=8301\n90000.001 B A ack=15601\n");
    assert_int_equal(m.leg.samples, 0);
    m = measured(BULK "90000 A A seq=15601 len=10\n0.041 B A ack=8301\n0.042 B A ack=15611\n");
    assert_int_equal(m.leg.samples, 1); /* of the first */
    assert_int_equal(m.leg.max, 11 * NS_PER_MS);
}

/* Numbers that wrap in the middle of the data measure the same. */
static void wrap(void **state)
{
    (void)state;
    struct metrics plain = measured(PAIRS);
    struct metrics wrapped =
        measure(PAIRS, &(struct case_options){ .shift_a = (uint32_t)-8000 });
    assert_int_equal(wrapped.acknowledged_bytes, plain.acknowledged_bytes);
    assert_int_equal(wrapped.leg.smoothed, plain.leg.smoothed);
    assert_int_equal(wrapped.flight_max, plain.flight_max);
    assert_int_equal(wrapped.initial_bytes, plain.initial_bytes);
    assert_int_equal(wrapped.peak_bytes, plain.peak_bytes);
    assert_int_equal(wrapped.stall.duration, plain.stall.duration);
}

/* A FIN takes a number and is no byte; what the network doubled was sent once. */
static void no_payload(void **state)
{
    (void)state;
    struct metrics m = measured(BULK "0.032 A FA\n0.042 B A ack=15602\n");
    assert_int_equal(m.acknowledged_bytes, 14600);
    assert_int_equal(m.data_segments, 10);
    m = measured("id A=7 B=7\n" BULK "0.0312 A A seq=8301 len=7300 id=10\n"
                 "0.041 B A ack=15601\n");
    assert_int_equal(m.sent_bytes, 14600);
}

/* Picked up in the middle: what is acknowledged first was sent before. */
static void midstream(void **state)
{
    (void)state;
    struct metrics m = measured("0.000 A A seq=1001 len=7300 ack=77\n0.001 A A len=7300\n"
                                "0.011 B A seq=77 ack=15601\n");
    assert_false(m.initial_known);
    assert_int_equal(m.acknowledged_bytes, 14600);
    assert_int_equal(m.other_leg, UNKNOWN_NS);
}

/*
 * The client's SYN comes again after a second, and 8 ms later a SYN-ACK that answered the first one.
 * The server's data is acknowledged at once, and sent 20 ms after it was asked for: nothing but that
 * SYN-ACK tells of the way to the server, and it is not known what it answered. With one SYN it is.
 */
static void doubtful_handshake(void **state)
{
    static const char *const openings[] = {
        "0 A S seq=1000\n1 A S seq=1000\n1.008 B SA seq=5000 ack=1001\n",
        "1 A S seq=1000\n1.008 B SA seq=5000 ack=1001\n",
    };
    static const int64_t legs[] = { UNKNOWN_NS, 8000 * US };
    (void)state;
    for (int i = 0; i < 2; i++) {
        char lines[2048];
        int length = snprintf(lines, sizeof lines, "%s1.009 A A seq=1001 ack=5001\n", openings[i]);
        for (int pair = 0; pair < 6; pair++) {
            int at = 30 + pair * 20, seq = 5001 + pair * 2920;
            length += snprintf(lines + length, sizeof lines - (size_t)length,
                               "1.%03d B A seq=%d ack=1001 len=1460\n1.%03d B A len=1460\n"
                               "1.%03d A A seq=1001 ack=%d\n",
                               at, seq, at + 1, at + 2, seq + 2920);
        }
        struct tracker_case *result = case_track(lines, &(struct case_options){ .frames = 0 });
        const struct metrics *metrics = result->connections[0].summary.endpoints[SERVER].metrics;
        assert_non_null(metrics);
        assert_int_equal(metrics->other_leg, legs[i]);
        free(result);
    }
}

/* 500 of 10,000 bytes are 5 %; 9 are 0.09 %, which is more than nothing. */
static void again_told(void **state)
{
    struct metrics metrics = { .sent_bytes = 10000, .repeated_bytes = 500 };
    char text[32];
    (void)state;
    assert_string_equal(measured_again_text(&metrics, text, sizeof text), "5.0 %");
    metrics.repeated_bytes = 9;
    assert_string_equal(measured_again_text(&metrics, text, sizeof text), "<0.1 %");
    metrics.repeated_bytes = 0;
    assert_string_equal(measured_again_text(&metrics, text, sizeof text), "");
}

/* The way to the server is 9 ms in the handshake and 10 in the data, the other one 3 in the data
 * and 4 in the handshake: 9 + 3. Smoothed 12 + 3. 95 of 100 exceed 10 by 14 - 10 at most. */
static void whole_trip(void **state)
{
    struct metrics metrics = { .leg = { .samples = 5, .min = 10, .smoothed = 12, .max = 20 },
                               .leg_p95 = 14, .other_leg = 3 };
    struct summary summary = { .synack_ns = 9, .ack_ns = 4, .rtt_ns = 13,
                               .endpoints[CLIENT].metrics = &metrics };
    struct connection_report report = { .summary = &summary };
    struct measured measured;
    (void)state;
    assert_true(measured_read(&report, CLIENT, &measured));
    assert_int_equal(measured.trip_min, 12);
    assert_int_equal(measured.trip_smoothed, 15);
    assert_int_equal(measured.jitter, 4);
    assert_int_equal(measured_rtt_min(&report), 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubtful_handshake),
        cmocka_unit_test(trips),       cmocka_unit_test(volume),
        cmocka_unit_test(initial),     cmocka_unit_test(karn),
        cmocka_unit_test(sack),        cmocka_unit_test(stamps),
        cmocka_unit_test(repeats),
        cmocka_unit_test(stall_at_end), cmocka_unit_test(delayed),
        cmocka_unit_test(enough),      cmocka_unit_test(clocks),
        cmocka_unit_test(wrap),        cmocka_unit_test(no_payload),
        cmocka_unit_test(midstream),   cmocka_unit_test(no_room),
        cmocka_unit_test(again_told),  cmocka_unit_test(whole_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
