/*
 * exchange: requests, and how long their answers took. The capture is beside the client, A; B
 * answers the SYN after 20 ms, which is the way to it and back, and is taken off.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/narrate.h"
#include "tracker_case.h"

#define OPEN                                                                                     \
    "0.00000 A S seq=1000 win=64240 mss=1460\n"                                                  \
    "0.02000 B SA seq=5000 win=65160 mss=1460\n"                                                 \
    "0.02001 A A\n"
#define MS INT64_C(1000000)

static struct exchanges exchanges_of(const char *lines)
{
    struct tracker_case *tracked = case_track(lines, &(struct case_options){ 0 });
    assert_int_equal(tracked->count, 1);
    struct exchanges exchanges = tracked->connections[0].summary.exchanges;
    free(tracked);
    return exchanges;
}

/* Of two segments the request ends with the second, at 31 ms; 25 ms later comes the answer. */
static void one(void **state)
{
    (void)state;
    struct exchanges e = exchanges_of(OPEN "0.03 A PA len=100\n0.031 A PA len=100\n"
                                           "0.056 B PA len=500\n0.066 B PA len=500\n"
                                           "0.0661 A A ack=6001\n");
    assert_true(e.known && e.timed);
    assert_int_equal(e.count, 1);
    assert_int_equal(e.wait_min, 5 * MS);
    assert_int_equal(e.wait_max, 5 * MS);
    assert_int_equal(e.leg, 20 * MS);
    assert_int_equal(e.slowest_request, 5);
    assert_int_equal(e.slowest_answer, 6);
    assert_int_equal(e.first_byte, 26 * MS);
    assert_int_equal(e.transfer, 10 * MS);
    assert_int_equal(e.thinks, 0);
    assert_int_equal(e.certainty, CERTAINTY_INFERRED);
}

/* 5 ms and 100 ms; between them the client takes 10 ms less its own 10 us. */
static void several(void **state)
{
    (void)state;
    struct exchanges e = exchanges_of(OPEN "0.03 A PA len=100\n0.055 B PA len=500\n"
                                           "0.065 A PA len=100\n0.185 B PA len=500\n");
    assert_int_equal(e.count, 2);
    assert_int_equal(e.wait_min, 5 * MS);
    assert_int_equal(e.wait_max, 100 * MS);
    assert_int_equal(e.wait_sum, 105 * MS);
    assert_int_equal(e.slowest_request, 6);
    assert_int_equal(e.slowest_answer, 7);
    assert_int_equal(e.thinks, 1);
    assert_int_equal(e.think_sum, 10 * MS - 10000);
}

/* A greeting answers nothing. */
static void greeting(void **state)
{
    (void)state;
    struct exchanges e = exchanges_of(OPEN "0.5 B PA len=20\n");
    assert_false(e.known);
    e = exchanges_of(OPEN "0.5 B PA len=20\n0.51 A PA len=10\n0.54 B PA len=10\n");
    assert_int_equal(e.count, 1);
    assert_int_equal(e.wait_max, 10 * MS);
    assert_int_equal(e.first_byte, UNKNOWN_NS); /* the server was first */
}

/* The answer does not acknowledge the second request: it is none to that. */
static void overlap(void **state)
{
    (void)state;
    struct exchanges e = exchanges_of(OPEN "0.03 A PA len=100\n0.04 A PA len=100\n"
                                           "0.055 B PA ack=1101 len=500\n");
    assert_true(e.known);
    assert_false(e.timed);
    assert_int_equal(e.count, 0);
    assert_int_equal(e.overlapped, 1);
    assert_int_equal(e.first_byte, 25 * MS);
    /* Nor does the client's next request acknowledge all of the answer. */
    e = exchanges_of(OPEN "0.03 A PA len=100\n0.055 B PA len=500\n0.056 B PA len=500\n"
                          "0.057 A PA ack=5501 len=100\n0.08 B PA len=500\n");
    assert_false(e.timed);
    assert_int_equal(e.count, 2);
    assert_int_equal(e.overlapped, 1);
}

/* The request was sent again: what the server took cannot be told from what the network lost. */
static void lost(void **state)
{
    (void)state;
    struct exchanges e = exchanges_of(OPEN "0.03 A PA len=100\n0.25 A PA seq=1001 len=100\n"
                                           "0.275 B PA len=500\n");
    assert_int_equal(e.count, 0);
    assert_int_equal(e.unclear, 1);
    assert_false(e.timed);
    /* And the first segment of the answer is missing. */
    e = exchanges_of(OPEN "0.03 A PA len=100\n0.055 B PA seq=5501 len=500\n"
                          "0.056 A A ack=5001\n0.06 A PA len=100\n");
    assert_int_equal(e.unclear, 1);
    /* An answer that is repeated was in time all the same. */
    e = exchanges_of(OPEN "0.03 A PA len=100\n0.055 B PA len=500\n0.3 B PA seq=5001 len=500\n");
    assert_int_equal(e.count, 1);
    assert_int_equal(e.unclear, 0);
}

/* Keep-alives with a byte, and probes, are nobody's turn. */
static void probes(void **state)
{
    (void)state;
    struct exchanges e = exchanges_of(OPEN "0.03 A PA len=100\n0.055 B PA len=500\n0.0551 A A\n"
                                           "1 A A seq=1100 len=1\n1.02 B A\n");
    assert_int_equal(e.count, 1);
    assert_int_equal(e.unclear, 0);
    assert_int_equal(e.thinks, 0);
}

/* Without a handshake the way is not known: the time stays as it passed here. */
static void no_way(void **state)
{
    (void)state;
    struct exchanges e =
        exchanges_of("0.03 A PA seq=1001 ack=5001 win=64240 data=\"GET / HTTP/1.1\\r\\n\\r\\n\"\n"
                     "0.055 B PA seq=5001 win=65160 len=500\n");
    assert_int_equal(e.count, 1);
    assert_int_equal(e.wait_max, 25 * MS);
    assert_int_equal(e.leg, 0);
    assert_int_equal(e.certainty, CERTAINTY_ASSUMED);
}

/* Who is the client is understood at the answer, which only servers send; the first sender was
 * taken for it before. */
static void roles(void **state)
{
    (void)state;
    struct exchanges e = exchanges_of("0.03 B PA seq=5001 ack=1001 win=65160 len=10\n"
                                      "0.04 A PA seq=1001 win=64240 "
                                      "data=\"GET / HTTP/1.1\\r\\n\\r\\n\"\n"
                                      "0.065 B PA len=500\n");
    assert_int_equal(e.count, 1);
    assert_int_equal(e.wait_max, 25 * MS);
    assert_int_equal(e.slowest_request, 2);
}

static void told(const struct exchanges *exchanges, const char *wanted)
{
    struct summary summary = { .exchanges = *exchanges };
    struct connection_report report = { .summary = &summary };
    struct strbuf text = { 0 };
    narrate_exchanges(&text, &report);
    assert_string_equal(strbuf_text(&text), wanted);
    strbuf_done(&text);
}

/* Times less the way to the server are inferred; as they passed here they were seen. */
static void words(void **state)
{
    (void)state;
    struct exchanges e = { .known = true, .timed = true, .count = 2, .leg = 20 * MS,
                           .wait_min = 1 * MS, .wait_max = 5 * MS, .wait_sum = 6 * MS,
                           .slowest_request = 4, .slowest_answer = 9 };
    told(&e, "2 answered; the server took 3 ms on average, 1 ms to 5 ms (frames 4 to 9), we infer");
    e.wait_min = 0; /* no longer than the way: less than can be told */
    told(&e, "2 answered; the server took 3 ms on average, at most 5 ms (frames 4 to 9), we infer");
    e.leg = 0;
    e.wait_min = e.wait_max = e.wait_sum = 25 * MS;
    e.count = e.unclear = 1;
    told(&e, "1 answered; the server and the way to it took 25 ms; 1 not timed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one),  cmocka_unit_test(several), cmocka_unit_test(greeting),
        cmocka_unit_test(overlap), cmocka_unit_test(lost), cmocka_unit_test(probes),
        cmocka_unit_test(no_way), cmocka_unit_test(roles),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
