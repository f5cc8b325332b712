/*
 * What an ICMP error does to a connection. RFC 9293 §3.9.2.2 (soft and hard errors), RFC 5461 §4
 * (what stacks do while they open a connection), RFC 5927 §4.1 (which messages are believed).
 * A is 192.0.2.1, B 198.51.100.7.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tracker_case.h"

#define SYN "0.000 A S seq=1000\n"
#define PROHIBITED "0.100 B icmp type=3 code=13 from=192.0.2.254\n"
/* Somebody else's segment: time passes. */
#define LATER(time) "ends A=192.0.2.9:50000 B=192.0.2.8:22\n" time " A A seq=1 ack=1\n"

static const struct event *icmp_event(const struct case_connection *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->events[i].kind == EVENT_ICMP_ERROR)
            return &c->events[i];
    return NULL;
}

/* R6: the SYN was rejected. The capture ends before the client could have tried again. */
static void rejected(void **state)
{
    (void)state;
    static const uint8_t router[16] = { 192, 0, 2, 254 };
    char text[CASE_TEXT];
    uint8_t address[16];
    struct tracker_case *t = case_track(SYN PROHIBITED, NULL);
    const struct case_connection *c = &t->connections[0];
    assert_int_equal(t->count, 1);
    assert_int_equal(t->notices, 1);
    assert_int_equal(t->believed, 1);
    assert_int_equal(t->noticed, 1);
    assert_int_equal(c->summary.handshake, HANDSHAKE_REJECTED);
    assert_int_equal(c->summary.close, CLOSE_OPEN);
    assert_int_equal(c->summary.first_closer, CLOSER_NONE);
    assert_int_equal(c->summary.endpoints[CLIENT].segments, 1);
    assert_int_equal(c->summary.endpoints[SERVER].segments, 0);
    assert_int_equal(c->summary.endpoints[SERVER].state, STATE_NONE);
    assert_int_equal(c->summary.last_frame, 2);
    assert_true(c->summary.last_time - c->summary.first_time == 100000000);
    assert_true(c->summary.capture_end == c->summary.last_time);
    assert_string_equal(case_transitions(c, text), "1 client NONE>SYN_SENT observed\n"
                                                   "2 client SYN_SENT>CLOSED assumed\n");
    case_assert_chain(c);
    const struct event *error = icmp_event(c);
    assert_non_null(error);
    assert_int_equal(error->endpoint, CLIENT);
    assert_int_equal(error->detail, 3);
    assert_int_equal(error->result, 13);
    assert_int_equal(error->observed, 0);
    assert_int_equal(error->addend, REPORTER_ON_WAY);
    assert_true(event_reporter(c->events, c->count, error, &c->summary, address));
    assert_memory_equal(address, router, 16);
    assert_ptr_equal(event_rejection(c->events, c->count, 4), error);
    free(t);
}

/* The next SYN is due 1 s after the first (RFC 6298 §2.1), a fifth more for slow timers; here
 * 1.2 s after the error, which passed at 0.1 s. */
static void given_up(void **state)
{
    (void)state;
    char text[CASE_TEXT];
    struct tracker_case *t = case_track(SYN PROHIBITED LATER("1.299"), NULL);
    assert_true(case_has(case_transitions(&t->connections[0], text),
                         "2 client SYN_SENT>CLOSED assumed"));
    free(t);
    t = case_track(SYN PROHIBITED LATER("1.301"), NULL);
    assert_true(case_has(case_transitions(&t->connections[0], text),
                         "2 client SYN_SENT>CLOSED inferred"));
    free(t);
    /* After the third SYN the next one is due in 4 s: 7.1 + 4.8. */
    t = case_track(SYN "1 A S seq=1000\n3 A S seq=1000\n"
                       "7.1 B icmp type=3 code=1\n" LATER("11.8"),
                   NULL);
    assert_true(case_has(case_transitions(&t->connections[0], text),
                         "4 client SYN_SENT>CLOSED assumed"));
    free(t);
    t = case_track(SYN "1 A S seq=1000\n3 A S seq=1000\n"
                       "7.1 B icmp type=3 code=1\n" LATER("12.0"),
                   NULL);
    assert_true(case_has(case_transitions(&t->connections[0], text),
                         "4 client SYN_SENT>CLOSED inferred"));
    free(t);
}

/* A soft error: the client goes on trying (MUST-56), and each error counts anew. */
static void goes_on(void **state)
{
    (void)state;
    char text[CASE_TEXT];
    struct tracker_case *t = case_track(SYN PROHIBITED "1.000 A S seq=1000\n" LATER("60"), NULL);
    assert_int_equal(t->connections[0].summary.handshake, HANDSHAKE_REJECTED);
    assert_int_equal(t->connections[0].summary.endpoints[CLIENT].state, STATE_SYN_SENT);
    assert_string_equal(case_transitions(&t->connections[0], text),
                        "1 client NONE>SYN_SENT observed\n");
    free(t);
    t = case_track(SYN PROHIBITED "1.000 A S seq=1000\n1.1 B icmp type=3 code=13\n" LATER("60"),
                   NULL);
    assert_string_equal(case_transitions(&t->connections[0], text),
                        "1 client NONE>SYN_SENT observed\n"
                        "4 client SYN_SENT>CLOSED inferred\n");
    assert_int_equal(case_events(&t->connections[0], EVENT_ICMP_ERROR), 2);
    free(t);
}

/* "Nothing else answered" is what makes it rejected. */
static void answered_after_all(void **state)
{
    (void)state;
    static const struct {
        const char *lines;
        enum handshake_kind handshake;
        enum tcp_state client;
    } rows[] = {
        { SYN PROHIBITED "0.2 B SA seq=5000\n0.21 A A\n", HANDSHAKE_THREE_WAY, STATE_ESTABLISHED },
        { SYN PROHIBITED "0.2 B SA seq=5000\n", HANDSHAKE_HALF_OPEN, STATE_SYN_SENT },
        { SYN PROHIBITED "0.2 B RA seq=0 ack=1001\n" LATER("60"), HANDSHAKE_REFUSED,
          STATE_CLOSED },
        /* After the answer no error is believed to reject anything. */
        { SYN "0.05 B SA seq=5000\n" PROHIBITED, HANDSHAKE_HALF_OPEN, STATE_SYN_SENT },
        { SYN "0.05 B RA seq=0 ack=1001\n" PROHIBITED, HANDSHAKE_REFUSED, STATE_CLOSED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tracker_case *t = case_track(rows[i].lines, NULL);
        const struct case_connection *c = &t->connections[0];
        assert_int_equal(t->notices, 1);
        assert_int_equal(c->summary.handshake, rows[i].handshake);
        assert_int_equal(c->summary.endpoints[CLIENT].state, rows[i].client);
        case_assert_chain(c);
        free(t);
    }
}

/* What the client would not take for an answer to its SYN, it is not told about. */
static void not_believed(void **state)
{
    (void)state;
    static const char *const lines[] = {
        SYN "0.1 B icmp type=3 code=13 qseq=999\n",         /* before its first number */
        SYN "0.1 B icmp type=3 code=13 qseq=1001\n",        /* not sent yet */
        SYN "0.1 B icmp type=3 code=13 qseq=0x80000000\n",
        SYN "0.1 B icmp type=3 code=13 badsum\n",
        SYN "ends A=192.0.2.77:40000\n0.1 B icmp type=3 code=13\n", /* addressed to another */
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct tracker_case *t = case_track(lines[i], NULL);
        const struct case_connection *c = &t->connections[0];
        assert_int_equal(t->count, 1);
        assert_int_equal(t->notices, 1);
        assert_int_equal(t->believed, 0);
        assert_int_equal(t->noticed, 1);
        assert_int_equal(c->summary.handshake, HANDSHAKE_UNANSWERED);
        assert_int_equal(c->summary.endpoints[CLIENT].state, STATE_SYN_SENT);
        assert_int_equal(c->summary.last_frame, 1);
        assert_int_equal(case_events(c, EVENT_ICMP_ERROR), 0);
        free(t);
    }
}

/* No connection has these ports; and none begins by it. */
static void of_no_connection(void **state)
{
    (void)state;
    struct tracker_case *t = case_track(SYN "0.1 B icmp type=3 code=13 qport=40001\n", NULL);
    assert_int_equal(t->count, 1);
    assert_int_equal(t->notices, 1);
    assert_int_equal(t->believed, 0);
    assert_int_equal(t->noticed, 0);
    assert_int_equal(t->connections[0].summary.handshake, HANDSHAKE_UNANSWERED);
    free(t);
}

/* Errors that ask for something else than giving up. */
static void no_rejection(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        unsigned mtu;
    } rows[] = {
        { "0.1 B icmp type=3 code=4 mtu=1400\n", 1400 },
        { "0.1 B icmp type=4\n", 0 },
        { "0.1 B icmp type=5 code=1\n", 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char lines[200];
        snprintf(lines, sizeof lines, SYN "%s" LATER("60"), rows[i].line);
        struct tracker_case *t = case_track(lines, NULL);
        const struct case_connection *c = &t->connections[0];
        assert_int_equal(t->believed, 1);
        assert_int_equal(c->summary.handshake, HANDSHAKE_UNANSWERED);
        assert_int_equal(c->summary.endpoints[CLIENT].state, STATE_SYN_SENT);
        assert_int_equal(c->summary.last_frame, 1);
        assert_int_equal(icmp_event(c)->observed, rows[i].mtu);
        assert_int_equal(icmp_event(c)->addend, REPORTER_PEER);
        assert_null(event_rejection(c->events, c->count, 4));
        free(t);
    }
}

/* MUST-56: an error about an open connection closes nothing. Only what is under way is quoted. */
static void open_connection(void **state)
{
    (void)state;
    static const char open[] = CASE_OPEN "0.100 A PA len=100\n";
    static const char *const errors[] = {
        "0.200 B icmp type=3 code=1 from=192.0.2.254\n", /* the data: 1001 */
        "0.200 B icmp type=3 code=2\n",
        "0.200 B icmp type=11 qseq=1101\n", /* a bare ACK after it */
    };
    char lines[400], before[CASE_TEXT], text[CASE_TEXT];
    struct tracker_case *t = case_track(open, NULL);
    case_transitions(&t->connections[0], before);
    free(t);
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        snprintf(lines, sizeof lines, "%s%s", open, errors[i]);
        t = case_track(lines, NULL);
        const struct case_connection *c = &t->connections[0];
        assert_int_equal(t->believed, 1);
        assert_int_equal(icmp_event(c)->endpoint, CLIENT);
        assert_int_equal(icmp_event(c)->frame, 5);
        assert_int_equal(c->summary.handshake, HANDSHAKE_THREE_WAY);
        assert_int_equal(c->summary.close, CLOSE_OPEN);
        assert_int_equal(c->summary.last_frame, 4);
        assert_string_equal(case_transitions(c, text), before);
        free(t);
    }
    /* 1001 to 1100 are acknowledged: what quotes them is old, or made up. */
    snprintf(lines, sizeof lines, "%s0.150 B A ack=1101\n%s", open, errors[0]);
    t = case_track(lines, NULL);
    assert_int_equal(t->believed, 0);
    assert_int_equal(t->noticed, 1);
    assert_int_equal(case_events(&t->connections[0], EVENT_ICMP_ERROR), 0);
    free(t);
}

/* The server's SYN-ACK does not get through. */
static void about_the_server(void **state)
{
    (void)state;
    struct tracker_case *t =
        case_track(SYN "0.010 B SA seq=5000\n0.1 A icmp type=3 code=1 from=198.51.100.254\n", NULL);
    const struct case_connection *c = &t->connections[0];
    assert_int_equal(t->believed, 1);
    assert_int_equal(icmp_event(c)->endpoint, SERVER);
    assert_int_equal(c->summary.handshake, HANDSHAKE_HALF_OPEN);
    assert_int_equal(c->summary.endpoints[SERVER].state, STATE_SYN_RCVD);
    free(t);
    /* The same from the client's own address. */
    t = case_track(SYN "0.010 B SA seq=5000\n0.1 A icmp type=3 code=3\n", NULL);
    assert_int_equal(icmp_event(&t->connections[0])->addend, REPORTER_PEER);
    free(t);
}

/* The client's own host found no way. */
static void from_its_own_host(void **state)
{
    (void)state;
    static const uint8_t a[16] = { 192, 0, 2, 1 };
    uint8_t address[16];
    struct tracker_case *t =
        case_track(SYN "3 B icmp type=3 code=1 from=192.0.2.1\n", NULL);
    const struct case_connection *c = &t->connections[0];
    assert_int_equal(icmp_event(c)->addend, REPORTER_SENDER);
    assert_true(event_reporter(c->events, c->count, icmp_event(c), &c->summary, address));
    assert_memory_equal(address, a, 16);
    free(t);
}

static void version_6(void **state)
{
    (void)state;
    static const uint8_t router[16] = { 0x20, 1, 0x0d, 0xb8, 0xff, 1, 2, 3,
                                        4,    5, 6,    7,    8,    9, 10, 0xfe };
    uint8_t address[16];
    struct tracker_case *t =
        case_track("ends A=[2001:db8::1]:40000 B=[2001:db8::2]:443\n" SYN
                   "0.1 B icmp type=1 code=0 from=2001:db8:ff01:203:405:607:809:afe\n",
                   NULL);
    const struct case_connection *c = &t->connections[0];
    assert_int_equal(c->summary.handshake, HANDSHAKE_REJECTED);
    assert_true(event_reporter(c->events, c->count, icmp_event(c), &c->summary, address));
    assert_memory_equal(address, router, 16);
    free(t);
}

/* Without a log (-q), and where the numbers wrap. */
static void without_a_log(void **state)
{
    (void)state;
    static const struct case_options options[] = { { .no_log = true },
                                                   { .shift_a = 0u - 1000 },
                                                   { .shift_a = 0u - 1001 } };
    for (size_t i = 0; i < 3; i++) {
        struct tracker_case *t = case_track(SYN PROHIBITED LATER("60"), &options[i]);
        assert_int_equal(t->believed, 1);
        assert_int_equal(t->connections[0].summary.handshake, HANDSHAKE_REJECTED);
        assert_int_equal(t->connections[0].summary.endpoints[CLIENT].state, STATE_CLOSED);
        assert_int_equal(t->connections[0].summary.endpoints[CLIENT].state_certainty,
                         CERTAINTY_INFERRED);
        free(t);
    }
}

/* Handed over while it is read: 131 s after the error, and later errors change nothing. */
static void handed_over(void **state)
{
    (void)state;
    static const struct case_options expire = { .expire = true };
    struct tracker_case *t = case_track(SYN PROHIBITED "tick 131\n", &expire);
    assert_int_equal(t->count, 1); /* 130.9 s: not by the tick, but at the end */
    free(t);
    t = case_track(SYN PROHIBITED "tick 131.2\n0.2 B icmp type=3 code=13\n", &expire);
    assert_int_equal(t->count, 1);
    assert_int_equal(t->noticed, 0); /* it is forgotten */
    assert_int_equal(t->believed, 1);
    assert_int_equal(t->connections[0].summary.endpoints[CLIENT].state_certainty,
                     CERTAINTY_INFERRED);
    free(t);
}

/* The connection that was rejected at 100 s waits until 231 s, and keeps none waiting: the SYN of
 * 50 s is due at 181 s. */
static void handed_over_in_order(void **state)
{
    (void)state;
    static const struct case_options expire = { .expire = true };
    struct tracker_case *t =
        case_track(SYN "ends A=192.0.2.1:40001 B=198.51.100.7:80\n50 A S seq=7\n"
                       "100 B icmp type=3 code=1 qport=40000 qseq=1000\n"
                       "tick 190\n",
                   &expire);
    assert_int_equal(t->believed, 1);
    assert_int_equal(t->count, 2);
    assert_int_equal(t->connections[0].summary.id, 2);
    assert_int_equal(t->connections[1].summary.handshake, HANDSHAKE_REJECTED);
    free(t);
}

/* After a rejection another number is another attempt, at once. */
static void next_attempt(void **state)
{
    (void)state;
    char text[CASE_TEXT];
    struct tracker_case *t =
        case_track(SYN PROHIBITED "0.300 A S seq=9000\n0.310 B SA seq=5000\n0.320 A A\n", NULL);
    assert_int_equal(t->count, 2);
    assert_int_equal(t->connections[0].summary.handshake, HANDSHAKE_REJECTED);
    assert_string_equal(case_transitions(&t->connections[0], text),
                        "1 client NONE>SYN_SENT observed\n"
                        "2 client SYN_SENT>CLOSED inferred\n");
    assert_int_equal(t->connections[1].summary.id, 3);
    assert_int_equal(t->connections[1].summary.handshake, HANDSHAKE_THREE_WAY);
    free(t);
    /* It may be rejected in its turn. */
    t = case_track(SYN PROHIBITED "0.300 A S seq=9000\n0.400 B icmp type=3 code=13\n", NULL);
    assert_int_equal(t->count, 2);
    assert_int_equal(t->believed, 2);
    assert_int_equal(t->noticed, 3);
    assert_int_equal(t->connections[1].summary.handshake, HANDSHAKE_REJECTED);
    free(t);
    /* But a connection that opened in spite of an error is no attempt that failed. */
    t = case_track(SYN PROHIBITED "0.2 B SA seq=5000\n0.21 A A\n0.3 A S seq=9000\n0.31 A A seq=1001\n",
                   NULL);
    assert_int_equal(t->connections[0].summary.handshake, HANDSHAKE_THREE_WAY);
    assert_false(t->connections[0].summary.superseded);
    free(t);
}

/* Somebody sends error after error: so many are noted, and what is decided later still is. */
static void flood(void **state)
{
    (void)state;
    static const char error[] = "+0.001 B icmp type=3 code=13 from=192.0.2.254\n";
    char *lines = malloc(sizeof SYN + 2000 * sizeof error);
    assert_non_null(lines);
    strcpy(lines, SYN);
    char *at = lines + strlen(lines);
    for (int i = 0; i < 2000; i++)
        at = stpcpy(at, error);
    struct tracker_case *t = case_track(lines, NULL);
    const struct case_connection *c = &t->connections[0];
    assert_int_equal(t->believed, 2000);
    assert_int_equal(case_events(c, EVENT_ICMP_ERROR), 32);
    assert_int_equal(case_events(c, EVENT_ICMP_REPORTER), 32);
    assert_int_equal(t->events_lost, 0);
    assert_int_equal(c->summary.endpoints[CLIENT].state, STATE_CLOSED);
    free(t);
    free(lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rejected),
        cmocka_unit_test(given_up),
        cmocka_unit_test(goes_on),
        cmocka_unit_test(answered_after_all),
        cmocka_unit_test(not_believed),
        cmocka_unit_test(of_no_connection),
        cmocka_unit_test(no_rejection),
        cmocka_unit_test(open_connection),
        cmocka_unit_test(about_the_server),
        cmocka_unit_test(from_its_own_host),
        cmocka_unit_test(version_6),
        cmocka_unit_test(without_a_log),
        cmocka_unit_test(handed_over),
        cmocka_unit_test(handed_over_in_order),
        cmocka_unit_test(next_attempt),
        cmocka_unit_test(flood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
