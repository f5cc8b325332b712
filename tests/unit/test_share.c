/*
 * share: what keeps a sender from sending more, moment by moment, in microseconds.
 *
 * A sends and is beside the capture: it answers in 10 us, B in 20 ms (what reaches B's end of the
 * capture point at t reaches A's program 10 us later). Its first fourteen thousand bytes, ten full
 * segments that its card has not cut up yet, leave at 30 ms, and their acknowledgement comes at
 * 50 ms: 20,010 us in which it waits for the network. From there each case goes on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/narrate.h"
#include "tracker_case.h"

#define OPEN                                                                                     \
    "0.00000 A S seq=1000 win=64240 mss=1460\n"                                                  \
    "0.02000 B SA seq=5000 win=65160 mss=1460\n"                                                 \
    "0.02001 A A\n"
/* Frames 4 and 5. */
#define TEN OPEN "0.03 A A len=14600\n0.05 B A ack=15601\n"
#define TRIP 20010

/* The sums of one end, in microseconds. */
struct sums {
    int64_t parts[SHARE_N];
    int64_t network; /* its three parts together */
    struct limits limits;
};

static struct sums sums_of(const char *lines, enum endpoint_id end)
{
    struct tracker_case *tracked = case_track(lines, &(struct case_options){ 0 });
    assert_int_equal(tracked->count, 1);
    struct sums sums = { .limits = tracked->connections[0].summary.endpoints[end].limits };
    for (unsigned part = 0; part < SHARE_N; part++)
        sums.parts[part] = sums.limits.parts[part] / 1000;
    sums.network = limits_of_cause(&sums.limits, LIMIT_NETWORK) / 1000;
    free(tracked);
    assert_true(sums.limits.known);
    return sums;
}

static struct sums sums_of_client(const char *lines)
{
    return sums_of(lines, CLIENT);
}

/* Whatever is not named in a case is 0. */
static void assert_only(const struct sums *sums, enum share_part part, int64_t time,
                        int64_t program, int64_t network)
{
    for (unsigned other = 0; other < SHARE_N; other++) {
        if (other == (unsigned)part)
            assert_int_equal(sums->parts[other], time);
        else if (other == SHARE_PROGRAM)
            assert_int_equal(sums->parts[other], program);
        else if (share_part_cause((enum share_part)other) != LIMIT_NETWORK)
            assert_int_equal(sums->parts[other], 0);
    }
    assert_int_equal(sums->network, network);
}

/* It has all acknowledged at 50.01 ms, and the next bytes leave at 300 ms. */
static void program(void **state)
{
    (void)state;
    struct sums sums = sums_of_client(TEN "0.3 A A len=14600\n0.32 B A ack=30201\n");
    assert_only(&sums, SHARE_PROGRAM, 300000 - 50010, 300000 - 50010, 2 * TRIP);
    assert_int_equal(sums.limits.cause, LIMIT_APPLICATION);
    assert_int_equal(sums.limits.certainty, CERTAINTY_INFERRED);
    assert_int_equal(sums.limits.active / 1000, 300000 - 50010 + 2 * TRIP);
    assert_int_equal(sums.limits.longest / 1000, 300000 - 50010);
    assert_int_equal(sums.limits.longest_frame, 6);
    /* A short last segment leaves nothing to wait for but the program: 50.1 to 250 ms. */
    sums = sums_of_client(TEN "0.0501 A PA len=100\n0.0701 B A ack=15701\n"
                              "0.25 A A len=14600\n0.27 B A ack=30301\n");
    assert_only(&sums, SHARE_PROGRAM, 250000 - 50010, 250000 - 50010, 2 * TRIP);
}

/* B speaks at 250 ms, which A hears at 250.01; until then it was B's turn, from then on A's. */
static void peer(void **state)
{
    (void)state;
    struct sums sums = sums_of_client(TEN "0.25 B PA len=100\n0.26 A A len=14600\n"
                                          "0.28 B A ack=30201\n");
    assert_only(&sums, SHARE_PEER, 200000, 9990, 2 * TRIP);
    assert_int_equal(sums.limits.active / 1000, 9990 + 2 * TRIP);
    assert_int_equal(sums.limits.cause, LIMIT_NETWORK);
    /* 10 of 50 ms: no quarter. */
    assert_int_equal(sums.limits.also, 0);
}

/* Nothing is sent after the last byte: what follows is nobody's delay. */
static void done(void **state)
{
    (void)state;
    struct sums sums = sums_of_client(TEN "9 B PA len=100\n");
    assert_only(&sums, SHARE_PEER, 9000010 - 50010, 0, TRIP);
    sums = sums_of_client(TEN "9 A FA\n9.02 B A ack=15602\n");
    assert_int_equal(sums.parts[SHARE_PROGRAM], 0);
    assert_int_equal(sums.network, TRIP);
}

/* The window closes with the acknowledgement and opens at 550 ms; A's next bytes follow at once. */
static void window_zero(void **state)
{
    (void)state;
    struct sums sums = sums_of_client(OPEN "0.03 A A len=14600\n0.05 B A ack=15601 win=0\n"
                                           "0.55 B A win=65160\n0.5501 A A len=14600\n"
                                           "0.5701 B A ack=30201\n");
    assert_only(&sums, SHARE_WINDOW_ZERO, 500000, 90, 2 * TRIP);
    assert_int_equal(sums.limits.cause, LIMIT_RECEIVER);
    assert_int_equal(limits_of_cause(&sums.limits, LIMIT_RECEIVER), sums.limits.longest);
    /* 250 ms after it opened the program is no longer quick: it had nothing to send. */
    sums = sums_of_client(OPEN "0.03 A A len=14600\n0.05 B A ack=15601 win=0\n"
                               "0.55 B A win=65160\n0.8 A A len=14600\n"
                               "0.82 B A ack=30201\n");
    assert_only(&sums, SHARE_WINDOW_ZERO, 0, 800000 - 50010, 2 * TRIP);
}

/* A window probe shows that there is something to send, also when the window never opens. */
static void probed(void **state)
{
    (void)state;
    struct sums sums = sums_of_client(OPEN "0.03 A A len=14600\n0.05 B A ack=15601 win=0\n"
                                           "0.26 A A seq=15600\n0.28 B A\n"
                                           "0.68 A A seq=15600\n0.7 B A\n");
    assert_only(&sums, SHARE_WINDOW_ZERO, 680000 - 50010, 0, TRIP);
}

/* Ten segments fit into the window, and each ten leave as soon as the ones before are acknowledged:
 * from 50.1 to 70.11 ms and from 70.2 to 90.21 the window is full. */
static void window_full(void **state)
{
    (void)state;
    struct sums sums = sums_of_client(OPEN
                                      "0.03 A A len=14600\n0.05 B A ack=15601 win=14600\n"
                                      "0.0501 A A len=14600\n0.0701 B A ack=30201 win=14600\n"
                                      "0.0702 A A len=14600\n0.0902 B A ack=44801 win=14600\n"
                                      "0.0903 A A len=1460\n0.1103 B A ack=46261\n");
    assert_only(&sums, SHARE_WINDOW_FULL, 2 * TRIP, 3 * 90, 2 * TRIP);
    assert_int_equal(sums.limits.window, 65160); /* as the SYN-ACK offers */
}

/* The timer ends at 250 ms: 220 ms were waited for it, and 20.01 until the repeat is acknowledged. */
static void loss(void **state)
{
    (void)state;
    struct sums sums = sums_of_client(OPEN "0.03 A A len=14600\n0.25 A A seq=1001 len=1460\n"
                                           "0.27 B A ack=15601\n");
    assert_int_equal(sums.parts[SHARE_TIMEOUT], 220000);
    assert_int_equal(sums.parts[SHARE_REPAIR], TRIP);
    assert_int_equal(sums.network, 0);
    assert_int_equal(sums.limits.cause, LIMIT_LOSS);
    assert_int_equal(sums.limits.longest_frame, 5);
    assert_int_equal(sums.limits.repeats, 1);
}

/* 100 bytes at 50.1 ms, acknowledged 40 ms later, and at once the next 100: they were held back
 * (RFC 9293 §3.7.4). Two times 40.01 ms, and what A took to send; the last ones wait for nothing. */
static void held_back(void **state)
{
    (void)state;
    struct sums sums = sums_of_client(TEN "0.0501 A PA len=100\n0.0901 B A ack=15701\n"
                                          "0.0902 A PA len=100\n0.1302 B A ack=15801\n"
                                          "0.1303 A PA len=100\n0.1503 B A ack=15901\n");
    assert_only(&sums, SHARE_HELD_BACK, 2 * (40010 + 90), 90, 2 * TRIP);
    assert_int_equal(sums.limits.cause, LIMIT_APPLICATION);
}

/*
 * From here on B is beside the capture, and A 20 ms away: an acknowledgement is A's 20 ms after it
 * passed.
 */
#define FAR                                                                                      \
    "0.00000 A S seq=1000 win=64240 mss=1460\n"                                                  \
    "0.00001 B SA seq=5000 win=65160 mss=1460\n"                                                 \
    "0.02001 A A\n"
#define FAR_TEN FAR "0.03 A A len=14600\n0.0301 B A ack=15601\n"

/* All is acknowledged at 30.1 ms, but A knows at 50.1 ms only, and sends at once. */
static void far_network(void **state)
{
    (void)state;
    struct sums sums = sums_of_client(FAR_TEN "0.0502 A A len=14600\n0.0503 B A ack=30201\n");
    assert_only(&sums, SHARE_PROGRAM, 100, 100, 2 * 20100);
    assert_int_equal(sums.limits.certainty, CERTAINTY_ASSUMED);
}

/* A silence of 300 ms, longer than a timer: with nothing known of A's IP IDs it may be either. */
static void far_silence(void **state)
{
    (void)state;
    struct sums sums = sums_of_client(FAR_TEN "0.3501 A A len=14600\n0.3502 B A ack=30201\n");
    assert_only(&sums, SHARE_UNCLEAR, 300000, 0, 2 * 20100);
    assert_int_equal(sums.limits.cause, LIMIT_NONE);
}

/* Ten segments with IP IDs that count up: the next ID tells whether some were lost before here. */
#define FAR_COUNTED                                                                              \
    FAR "id A=100\n0.03 A A len=1460\n0.03 A A len=1460\n0.03 A A len=1460\n0.03 A A len=1460\n" \
        "0.03 A A len=1460\n0.03 A A len=1460\n0.03 A A len=1460\n0.03 A A len=1460\n"          \
        "0.03 A A len=1460\n0.03 A A len=1460\n0.03 A A len=1460\n0.03 A A len=1460\n"          \
        "0.0301 B A ack=18521\n"

static void far_counted(void **state)
{
    (void)state;
    struct sums sums = sums_of_client(FAR_COUNTED "0.3501 A A len=1460\n0.3502 B A ack=19981\n");
    assert_only(&sums, SHARE_PROGRAM, 300000, 300000, 2 * 20100);
    sums = sums_of_client(FAR_COUNTED "id A=115\n0.3501 A A len=1460\n0.3502 B A ack=19981\n");
    assert_only(&sums, SHARE_TIMEOUT, 300000, 0, 2 * 20100);
    assert_int_equal(sums.limits.cause, LIMIT_LOSS);
}

/* Less than ten segments, no way known, and no log: nothing is said. */
static void unknown(void **state)
{
    static const char *const lines[] = {
        OPEN "0.03 A A len=13140\n0.05 B A ack=14141\n",
        "0.03 A A seq=1001 ack=5001 win=64240 len=14600\n0.05 B A seq=5001 ack=15601 win=65160\n",
        OPEN "0.03 B A seq=5001 len=14600\n",
    };
    (void)state;
    for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct tracker_case *tracked = case_track(lines[i], &(struct case_options){ 0 });
        assert_false(tracked->connections[0].summary.endpoints[CLIENT].limits.known);
        free(tracked);
    }
    struct tracker_case *quiet = case_track(TEN, &(struct case_options){ .no_log = true });
    assert_false(quiet->connections[0].summary.endpoints[CLIENT].limits.known);
    free(quiet);
}

/* 20 acknowledgements are on their way to A at a time, a millisecond apart: more than have a place
 * each, so those of a seventh of 20 ms arrive as one, with the last of them. From 50.05 to 89.05 ms
 * A sends half a segment for each half that it hears of, as far as its window reaches. That is told
 * by the first three, at 52.1 ms; until then short segments look like all that it has. */
static void far_queue(void **state)
{
    char lines[8000];
    size_t used = (size_t)snprintf(lines, sizeof lines, FAR "0.03 A A len=14600\n");
    unsigned ack = 1001;
    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        ack += 730;
        if (i >= 20)
            used += (size_t)snprintf(lines + used, sizeof lines - used,
                                     "0.%03u05 A A len=730\n", 30 + i);
        used += (size_t)snprintf(lines + used, sizeof lines - used,
                                 "0.%03u1 B A ack=%u win=15330\n", 30 + i, ack);
    }
    struct sums sums = sums_of_client(lines);
    assert_only(&sums, SHARE_WINDOW_FULL, 89050 - 52100, 2000, 2 * 20050 + 50);
}

/* Half of the time or more is the cause, a quarter or more counts too. */
static void verdict(void **state)
{
    (void)state;
    struct limits limits = { .parts = { [SHARE_PROGRAM] = 50, [SHARE_HELD_BACK] = 0,
                                        [SHARE_WINDOW_ZERO] = 25, [SHARE_REPAIR] = 24,
                                        [SHARE_QUEUE] = 1, [SHARE_PEER] = 900 } };
    limits_judge(&limits);
    assert_int_equal(limits.active, 100);
    assert_int_equal(limits.cause, LIMIT_APPLICATION);
    assert_int_equal(limits.also, 1u << LIMIT_RECEIVER);
    limits.parts[SHARE_PROGRAM] = 49;
    limits.parts[SHARE_UNCLEAR] = 1;
    limits_judge(&limits);
    assert_int_equal(limits.active, 100);
    assert_int_equal(limits.cause, LIMIT_NONE);
    assert_int_equal(limits.also, 1u << LIMIT_APPLICATION | 1u << LIMIT_RECEIVER);
}

/* 64,000 bytes in 100 ms are 640,000 a second; 1000 / 0.1 s * 1.22 / sqrt(1 / 100) is 122,000. */
/* Clocks that jump by a century: 3e18 ns, a hundred times which no integer of 64 bits holds. */
static void wild_clock(void **state)
{
    (void)state;
    struct limits limits = { .parts = { [SHARE_UNCLEAR] = INT64_C(1000000000000000000) } };
    unsigned part = SHARE_UNCLEAR + 1;
    while (share_part_cause((enum share_part)part) == LIMIT_NONE)
        part++;
    limits.parts[part] = INT64_C(3000000000000000000);
    limits_judge(&limits); /* three of four parts */
    assert_int_equal(limits.cause, share_part_cause((enum share_part)part));
    assert_int_equal(limits.also, 0);
}

static void ceilings(void **state)
{
    struct limits limits = { .parts = { [SHARE_NETWORK] = 1 },
                             .trip = 100000000,
                             .bytes = 100000,
                             .span = 1000000000,
                             .window = 64000,
                             .segment = 1000,
                             .segments = 100,
                             .repeats = 1 };
    (void)state;
    limits_judge(&limits);
    assert_int_equal(limits_goodput(&limits) + 0.5, 100000);
    assert_int_equal(limits_ceiling(&limits, CEILING_WINDOW) + 0.5, 640000);
    assert_int_equal(limits_ceiling(&limits, CEILING_LOSS) + 0.5, 122000);
    assert_int_equal(limits.near, CEILING_LOSS);
    limits.repeats = 0;
    limits_judge(&limits);
    assert_int_equal(limits.near, CEILING_WINDOW);
}

/* Of 1 s: 600 ms of one part and 400 ms of another of the same cause. The larger one is named, with
 * its own share. */
static void causes(void **state)
{
    static const struct {
        enum share_part more, less;
        const char *cause, *shows;
    } list[] = {
        { SHARE_PROGRAM, SHARE_HELD_BACK, "the program", "it had nothing to send" },
        { SHARE_HELD_BACK, SHARE_PROGRAM, "the program",
          "short segments waited for an ACK (Nagle)" },
        { SHARE_WINDOW_FULL, SHARE_WINDOW_ZERO, "the receiver", "its window was full" },
        { SHARE_WINDOW_ZERO, SHARE_WINDOW_FULL, "the receiver", "its window was closed" },
        { SHARE_TIMEOUT, SHARE_REPAIR, "loss", "the sender waited for its timer" },
        { SHARE_REPAIR, SHARE_TIMEOUT, "loss", "data was being sent again" },
        { SHARE_QUEUE, SHARE_NETWORK, "the network",
          "round trips had grown, as in a queue on the way" },
        { SHARE_NETWORK, SHARE_QUEUE, "the network", "the sender waited for ACKs" },
        { SHARE_SLOW_START, SHARE_NETWORK, "the network",
          "the sender waited for ACKs in slow start" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        struct summary summary = { .endpoints[SERVER].limits = {
            .known = true, .certainty = CERTAINTY_INFERRED } };
        summary.endpoints[SERVER].limits.parts[list[i].more] = 600000000;
        summary.endpoints[SERVER].limits.parts[list[i].less] = 400000000;
        struct connection_report report = { .summary = &summary };
        struct strbuf text = { 0 }, wanted = { 0 };
        limits_judge(&summary.endpoints[SERVER].limits);
        narrate_limits(&text, &report);
        strbuf_printf(&wanted, "the download was limited by %s 100 %% of 1 s (60 %% because %s), "
                      "we infer", list[i].cause, list[i].shows);
        assert_string_equal(strbuf_text(&text), strbuf_text(&wanted));
        strbuf_done(&text);
        strbuf_done(&wanted);
    }
}

/* Of 1 s 996 ms, 4 ms and nothing: what was there is never 0 %. */
static void percents(void **state)
{
    struct summary summary = { .endpoints[CLIENT].limits = {
        .known = true, .parts = { [SHARE_NETWORK] = 996000000, [SHARE_TIMEOUT] = 4000000 } } };
    struct connection_report report = { .summary = &summary };
    struct strbuf text = { 0 };
    (void)state;
    limits_judge(&summary.endpoints[CLIENT].limits);
    narrate_shares(&text, &report);
    assert_string_equal(strbuf_text(&text), "the upload, of 1 s: waiting for the timer under 1 %, "
                                            "waiting for ACKs 100 %; goodput 0 B/s");
    strbuf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program),     cmocka_unit_test(peer),
        cmocka_unit_test(done),        cmocka_unit_test(window_zero),
        cmocka_unit_test(probed),      cmocka_unit_test(window_full),
        cmocka_unit_test(loss),        cmocka_unit_test(held_back),
        cmocka_unit_test(far_network), cmocka_unit_test(far_silence),
        cmocka_unit_test(far_counted), cmocka_unit_test(unknown),
        cmocka_unit_test(far_queue),   cmocka_unit_test(verdict),
        cmocka_unit_test(wild_clock), cmocka_unit_test(ceilings),    cmocka_unit_test(percents),
        cmocka_unit_test(causes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
