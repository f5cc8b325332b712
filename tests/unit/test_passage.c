/* A socket that is connected to itself: one endpoint, kept twice. Both are in the states of
 * RFC 9293 §3.5 (SYNs that cross) and §3.6 (FINs that cross); a Linux kernel that does this ends
 * in TIME_WAIT. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tracker_case.h"

#define SELF "ends A=127.0.0.1:4000 B=127.0.0.1:4000\n"

/* The segments that Linux sends; each goes from the socket to itself. */
#define LIFE                                                                                     \
    SELF "0 A S seq=1000\n0.00001 A SA seq=1000 ack=1001\n0.00002 A A seq=1001 ack=1001\n"       \
    "0.1 A PA seq=1001 ack=1001 len=5 partialsum\n0.10001 A A seq=1006 ack=1006\n"               \
    "0.2 A FA seq=1006 ack=1006\n0.20001 A A seq=1007 ack=1007\n"

static void connected_to_itself(void **state)
{
    (void)state;
    static const enum tcp_state path[] = { STATE_SYN_SENT,   STATE_SYN_RCVD, STATE_ESTABLISHED,
                                           STATE_FIN_WAIT_1, STATE_CLOSING,  STATE_TIME_WAIT };
    struct tracker_case *tracked = case_track(LIFE, NULL);
    const struct case_connection *c = &tracked->connections[0];
    size_t at[2] = { 0, 0 };
    assert_int_equal(tracked->count, 1);
    assert_int_equal(c->summary.handshake, HANDSHAKE_SIMULTANEOUS);
    assert_int_equal(c->summary.close, CLOSE_SIMULTANEOUS);
    for (size_t i = 0; i < c->count; i++) {
        const struct event *e = &c->events[i];
        if (e->kind != EVENT_TRANSITION || e->to == STATE_CLOSED)
            continue;
        assert_true(at[e->endpoint] < sizeof path / sizeof path[0]);
        assert_string_equal(tcp_state_name(e->to), tcp_state_name(path[at[e->endpoint]]));
        at[e->endpoint]++;
    }
    for (int id = CLIENT; id <= SERVER; id++) {
        assert_int_equal(at[id], sizeof path / sizeof path[0]);
        assert_int_equal(c->summary.endpoints[id].state, STATE_TIME_WAIT);
        assert_int_equal(c->summary.endpoints[id].payload_bytes, 5);
        assert_int_equal(c->summary.endpoints[id].segments, 7);
        assert_int_equal(c->summary.endpoints[id].isn, 1000);
    }
    case_assert_chain(c);
    free(tracked);
}

/* What counts segments of the capture counts each once, and each sum is checked once. */
static void counted_once(void **state)
{
    (void)state;
    char text[CASE_TEXT];
    struct tracker_case *tracked = case_track(LIFE, NULL);
    const struct case_connection *c = &tracked->connections[0];
    assert_int_equal(c->summary.endpoints[CLIENT].checksums_partial, 1);
    assert_int_equal(c->summary.endpoints[SERVER].checksums_partial, 0);
    assert_int_equal(case_events(c, EVENT_CHECKSUM_PARTIAL), 1);
    case_checks(c, text);
    assert_true(case_has(text, "1 client syn-ack-field-zero holds 0=0"));
    assert_false(case_has(text, "1 server syn-ack-field-zero holds 0=0"));
    free(tracked);
}

/* A SYN to its own address and port that nothing follows may be forged: it has not opened. */
static void syn_alone(void **state)
{
    (void)state;
    struct tracker_case *tracked = case_track(SELF "0 A S seq=1000\n", NULL);
    assert_int_equal(tracked->connections[0].summary.handshake, HANDSHAKE_UNANSWERED);
    assert_int_equal(tracked->connections[0].summary.close, CLOSE_OPEN);
    free(tracked);
}

/* A RST has one sender; it closes the socket, which is both ends. */
static void reset(void **state)
{
    (void)state;
    struct tracker_case *tracked = case_track(
        SELF "0 A S seq=1000\n0.00001 A SA seq=1000 ack=1001\n0.00002 A A seq=1001 ack=1001\n"
        "0.1 A RA seq=1001 ack=1001\n", NULL);
    const struct case_connection *c = &tracked->connections[0];
    assert_int_equal(c->summary.close, CLOSE_RESET);
    assert_int_equal(c->summary.endpoints[CLIENT].resets, 1);
    assert_int_equal(c->summary.endpoints[SERVER].resets, 0);
    assert_int_equal(c->summary.endpoints[CLIENT].state, STATE_CLOSED);
    assert_int_equal(c->summary.endpoints[SERVER].state, STATE_CLOSED);
    case_assert_chain(c);
    free(tracked);
}

/* Equal ports alone, or equal addresses alone, are two ends. */
static void two_ends(void **state)
{
    (void)state;
    static const char *const ends[] = { "ends A=127.0.0.1:4000 B=127.0.0.2:4000\n",
                                        "ends A=127.0.0.1:4000 B=127.0.0.1:4001\n" };
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char lines[200] = "";
        snprintf(lines, sizeof lines, "%s%s", ends[i], CASE_OPEN);
        struct tracker_case *tracked = case_track(lines, NULL);
        assert_int_equal(tracked->connections[0].summary.handshake, HANDSHAKE_THREE_WAY);
        free(tracked);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connected_to_itself),
        cmocka_unit_test(counted_once),
        cmocka_unit_test(syn_alone),
        cmocka_unit_test(reset),
        cmocka_unit_test(two_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
