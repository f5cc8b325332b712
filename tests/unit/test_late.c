/* late: connections that were handed over soon after their end, and what still comes for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time_text.h"
#include "tracker_case.h"

#define OPEN CASE_OPEN
#define CLOSED OPEN "0.03 A FA\n0.04 B FA\n0.05 A A\n" /* six frames; A is in TIME_WAIT */
#define RESET OPEN "0.03 A PA len=10\n0.05 B RA ack=1011\n"

/* Tracks lines as live NDJSON does: a connection is shown 2 s after its last segment. */
static struct tracker_case *track_live(const char *lines)
{
    const struct case_options live = { .expire = true, .linger_ns = 2 * NS_PER_S };
    struct tracker_case *tracked = case_track(lines, &live);
    assert_int_equal(tracked->begun, tracked->count); /* each once */
    for (size_t i = 0; i < tracked->count; i++)
        case_assert_chain(&tracked->connections[i]);
    return tracked;
}

/* Tracks lines that hold so many connections, with so many late segments in no line. */
static struct tracker_case *assert_live(const char *lines, size_t count, unsigned absorbed)
{
    struct tracker_case *tracked = track_live(lines);
    if (tracked->count != count || tracked->absorbed != absorbed)
        fail_msg("%zu connections, not %zu; %u segments absorbed, not %u, of\n%s", tracked->count,
                 count, tracked->absorbed, absorbed, lines);
    return tracked;
}

/* How long after its first segment a connection was shown, in ms. */
static int shown_after(const struct case_connection *c)
{
    return (int)((c->summary.capture_end - c->summary.first_time) / NS_PER_MS);
}

static void assert_shown_after(const char *lines, const struct case_options *options, int ms)
{
    struct tracker_case *tracked = case_track(lines, options);
    assert_int_equal(tracked->count, 1);
    assert_int_equal(shown_after(&tracked->connections[0]), ms);
    free(tracked);
}

/* The last segment is at 0.05 s: two seconds of linger end at 2.05, two MSL at 60.05. */
static void when_it_is_shown(void **state)
{
    (void)state;
    static const char ticks[] = CLOSED "tick 2.049\ntick 2.05\ntick 60.049\ntick 60.05\ntick 70\n";
    assert_shown_after(ticks, &(struct case_options){ .expire = true, .linger_ns = 2 * NS_PER_S },
                       2050);
    assert_shown_after(ticks, &(struct case_options){ .expire = true }, 60050);
    /* Longer than the record lives: as without. */
    assert_shown_after(ticks,
                       &(struct case_options){ .expire = true, .linger_ns = 61 * NS_PER_S },
                       60050);
    /* Without expire time does not pass: the capture ends with its last segment. */
    assert_shown_after(ticks, &(struct case_options){ .linger_ns = 2 * NS_PER_S }, 50);

    static const char reset[] = RESET "tick 2.049\ntick 2.05\ntick 10.049\ntick 10.05\ntick 70\n";
    assert_shown_after(reset, &(struct case_options){ .expire = true, .linger_ns = 2 * NS_PER_S },
                       2050);
    assert_shown_after(reset, &(struct case_options){ .expire = true }, 10050);
    /* What has not ended waits as ever: a SYN 131 s (PATIENCE_OPENING), here from 0 s. */
    assert_shown_after("0 A S seq=1000\ntick 130.9\ntick 131\ntick 200\n",
                       &(struct case_options){ .expire = true, .linger_ns = 2 * NS_PER_S },
                       131000);
}

/* Segments do for the clock what ticks do. */
static void shown_by_segments(void **state)
{
    (void)state;
    struct tracker_case *tracked = assert_live(
        CLOSED "ends A=192.0.2.9:999 B=192.0.2.10:22\n+1.9 A S seq=1\n+0.2 A S seq=1 id=9\n"
               "+0.1 A S seq=1 id=10\n", 2, 0);
    assert_int_equal(tracked->connections[0].summary.id, 1);
    assert_int_equal(shown_after(&tracked->connections[0]), 2250);
    free(tracked);
}

/* A FIN again, the answer of TIME_WAIT, a late RST: one connection, one line. */
static void late_segments(void **state)
{
    (void)state;
    struct tracker_case *tracked =
        assert_live(CLOSED "tick 3\n10 B FA seq=5001 ack=1002\n10.01 A A seq=1002 ack=5002\n"
                           "11 A R seq=1002\n11.5 B RA seq=5002 ack=1002\ntick 30\n", 1, 4);
    const struct summary *s = &tracked->connections[0].summary;
    assert_int_equal(s->endpoints[CLIENT].segments, 4);
    assert_int_equal(s->endpoints[SERVER].segments, 2);
    assert_int_equal(s->close, CLOSE_THREE_SEGMENT);
    assert_int_equal(s->last_frame, 6);
    assert_int_equal(s->endpoints[CLIENT].state, STATE_TIME_WAIT);
    free(tracked);
    free(assert_live(CLOSED "tick 3\n10 A FA seq=1001 ack=5001\n", 1, 1)); /* alone */
    free(assert_live(CLOSED "tick 3\n10 A S seq=1000\n10.1 B SA seq=5000 ack=1001\n", 2, 0));
    /* Its data, once more, and a keep-alive byte where the FIN was. */
    free(assert_live(OPEN "0.03 A PA len=10\n0.04 A FA\n0.05 B FA ack=1012\n0.06 A A\ntick 3\n"
                          "4 A PA seq=1001 len=10\n5 B A seq=5002 ack=1012\n"
                          "6 A A seq=1011 ack=5002 len=1\n", 1, 3));
}

/* Two MSL after the last late segment, and no later, the record is gone; what is left of it takes
 * late segments in for two more. */
static void two_msl(void **state)
{
    (void)state;
    free(assert_live(CLOSED "tick 3\n50 B FA seq=5001 ack=1002\ntick 109.9\n"
                            "109.95 B FA seq=5001 ack=1002\n", 1, 2));
    free(assert_live(CLOSED "tick 3\n50 B FA seq=5001 ack=1002\ntick 110\n"
                            "169.9 B FA seq=5001 ack=1002\n", 1, 2));
    struct tracker_case *tracked = assert_live(
        CLOSED "tick 3\n50 B FA seq=5001 ack=1002\ntick 110\n170 B FA seq=5001 ack=1002\n", 2, 1);
    assert_int_equal(tracked->connections[1].summary.incarnation, 2);
    free(tracked);
}

/* A SYN after the hand-over begins the next connection of the ports, by the rules of reuse. */
static void reuse(void **state)
{
    (void)state;
    struct tracker_case *tracked = assert_live(
        CLOSED "tick 3\n4 B FA seq=5001 ack=1002\n4.5 A S seq=70000\n"
               "4.51 B SA seq=90000 ack=70001\n4.52 A A seq=70001\n", 2, 1);
    const struct case_connection *c = tracked->connections;
    assert_false(c[0].summary.superseded); /* it was shown before */
    assert_int_equal(c[1].summary.id, 8);
    assert_int_equal(c[1].summary.incarnation, 2);
    assert_int_equal(c[1].summary.handshake, HANDSHAKE_THREE_WAY);
    assert_int_equal(c[1].events[0].kind, EVENT_PORT_REUSED);
    assert_int_equal(c[1].events[0].from, STATE_TIME_WAIT);
    assert_int_equal(c[1].events[0].to, STATE_CLOSED);
    assert_int_equal(c[1].events[0].observed, 5000); /* 0.5 s in tenths of a millisecond */
    free(tracked);
}

/* A refused SYN tried again after its line was written: the second try may succeed. */
static void refused_again(void **state)
{
    (void)state;
    struct tracker_case *tracked = assert_live(
        "0 A S seq=1000\n0.01 B RA seq=0 ack=1001\ntick 3\n3.5 A S seq=1000\n"
        "3.51 B SA seq=5000 ack=1001\n3.52 A A\n", 2, 0);
    assert_int_equal(tracked->connections[0].summary.handshake, HANDSHAKE_REFUSED);
    assert_int_equal(tracked->connections[1].summary.handshake, HANDSHAKE_THREE_WAY);
    free(tracked);
    /* Somebody else had refused: the server answers after all. */
    tracked = assert_live("0 A S seq=1000\n0.01 B RA seq=0 ack=1001\ntick 3\n"
                          "3.1 B SA seq=5000 ack=1001\n3.2 A A\n", 2, 0);
    assert_int_equal(tracked->connections[1].summary.handshake, HANDSHAKE_THREE_WAY);
    free(tracked);
}

/* After a RST: data of an end that had not heard of it, and the RSTs that it gets. */
static void after_a_reset(void **state)
{
    (void)state;
    free(assert_live(RESET "tick 3\n4 A PA seq=1011 ack=5001 len=20\n4.01 B R seq=5001\n"
                           "5 A A seq=1031 ack=5001\n", 1, 3));
    /* Ten seconds after the last of them the record is gone, and its tombstone two MSL later; a
     * stream that grows keeps it no longer. Here the end is at 0.05 s. */
    free(assert_live(RESET "tick 3\n4 A R seq=1011\ntick 13.9\n13.95 A R seq=1011\n", 1, 2));
    free(assert_live(RESET "tick 3\n4 A R seq=1011\ntick 14\n73.9 A R seq=1011\n", 1, 2));
    free(assert_live(RESET "tick 3\n4 A R seq=1011\ntick 14\n74 A R seq=1011\n", 2, 1));
    free(assert_live(RESET "tick 3\n4 A PA seq=1011 ack=5001 len=20\n8 A PA len=20\ntick 10.05\n"
                           "10.1 A PA len=20\n10.2 A PA len=20\n", 2, 2));
    /* Nor does it wait behind a record that ended after it. */
    free(assert_live(RESET "ends A=192.0.2.9:999 B=192.0.2.10:22\n5 A S seq=1\n"
                           "5.01 B RA seq=0 ack=2\ntick 7.5\n"
                           "ends A=192.0.2.1:40000 B=198.51.100.7:80\n"
                           "8 A PA seq=1011 ack=5001 len=20\ntick 10.05\n10.1 A PA len=20\n",
                     3, 1));
}

/* The sender of the RST goes on: it did not send it, and there is more to tell. */
static void reset_contradicted(void **state)
{
    (void)state;
    struct tracker_case *tracked =
        assert_live(RESET "tick 3\n4 B PA seq=5001 ack=1011 len=20\n4.1 A A seq=1011 ack=5021\n",
                    2, 0);
    const struct case_connection *c = &tracked->connections[1];
    assert_int_equal(c->summary.id, 6);
    assert_int_equal(c->summary.handshake, HANDSHAKE_NOT_CAPTURED);
    assert_int_equal(c->summary.endpoints[CLIENT].port, 40000);
    assert_int_equal(case_events(c, EVENT_PORT_REUSED), 0); /* no SYN says so */
    free(tracked);
}

/* Payload beyond both FINs is of a connection whose SYN was missed. */
static void other_stream(void **state)
{
    (void)state;
    struct tracker_case *tracked = assert_live(
        CLOSED "tick 3\n4 A PA seq=800000 ack=900000 len=20\n4.1 B A seq=900000 ack=800020\n"
               "4.2 B PA len=7\n", 2, 0);
    assert_int_equal(tracked->connections[1].summary.id, 7);
    assert_int_equal(tracked->connections[1].summary.endpoints[SERVER].segments, 2);
    free(tracked);
    free(assert_live(CLOSED "tick 3\n4 A A seq=800000 ack=900000\n", 1, 1)); /* no payload */
}

/* A SYN waits on the connection that ended: whose segment it is must be known first. */
static void waiting_syn(void **state)
{
    (void)state;
    static const char waits[] = OPEN "5 A S seq=70000\n5.01 B RA seq=5001 ack=1001\ntick 8\n";
    char lines[500];
    snprintf(lines, sizeof lines, "%s9 B SA seq=90000 ack=70001\n9.1 A A seq=70001\n", waits);
    struct tracker_case *tracked = assert_live(lines, 2, 0);
    const struct case_connection *c = tracked->connections;
    assert_int_equal(c[0].summary.endpoints[CLIENT].segments, 2);
    assert_int_equal(c[1].summary.id, 4);
    assert_int_equal(c[1].summary.endpoints[CLIENT].segments, 2);
    free(tracked);
    snprintf(lines, sizeof lines, "%stick 15.009\ntick 15.01\ntick 30\n", waits);
    tracked = assert_live(lines, 1, 0);
    assert_int_equal(shown_after(tracked->connections), 15010); /* ten seconds after the RST */
    assert_int_equal(tracked->connections[0].summary.endpoints[CLIENT].segments, 3);
    free(tracked);
}

/* Room for two: the record of what was shown goes first, and that is no loss. */
static void pressure(void **state)
{
    (void)state;
    const struct case_options two = { .expire = true, .linger_ns = 2 * NS_PER_S,
                                      .max_connections = 2 };
    struct tracker_case *tracked = case_track(
        OPEN "ends A=192.0.2.9:999 B=192.0.2.10:22\n+0 A S seq=1\n+0.01 B RA seq=0 ack=2\n"
             "tick 3\nends A=192.0.2.9:998 B=192.0.2.10:22\n+4 A S seq=1\n"
             "ends A=192.0.2.1:40000 B=198.51.100.7:80\n+1 A PA seq=1001 ack=5001 len=9\n", &two);
    assert_int_equal(tracked->count, 3);
    assert_int_equal(tracked->handed_over, 0);
    assert_int_equal(tracked->connections[0].summary.id, 4);
    assert_int_equal(tracked->connections[1].summary.id, 1);
    assert_int_equal(tracked->connections[1].summary.endpoints[CLIENT].segments, 3);
    free(tracked);
}

/*
 * Records that are kept hold no log. 5000 connections have room for 5000 * 5 / 4 + 1024 = 7274
 * blocks of 30 events. Each of these has more events than fit into one, and all are kept when
 * the last one begins: 10000 blocks if the logs were kept too.
 */
static void logs_are_freed(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    char *lines = calloc(MANY, 400), *at = lines;
    assert_non_null(lines);
    for (unsigned i = 0; i < MANY; i++) {
        at += sprintf(at, "ends A=192.0.2.1:%u B=192.0.2.2:80\n+0 A S seq=1000\n+0 B SA seq=5000\n"
                          "+0 A A\n+0 A FA\n", 1000 + i);
        for (unsigned k = 0; k < 8; k++)
            at += sprintf(at, "+0 A FA seq=1001 id=%u\n", k + 1);
        at += sprintf(at, "+0 B FA\n+0.004 A A seq=1002\n");
    }
    const struct case_options options = { .expire = true, .linger_ns = 10 * NS_PER_MS,
                                          .max_connections = MANY, .uncounted = true };
    struct tracker_case *tracked = case_track(lines, &options);
    assert_int_equal(tracked->begun, MANY);
    assert_int_equal(tracked->handed_over, 0);
    assert_int_equal(tracked->events_lost, 0);
    free(tracked);
    /* The same held open: the logs of the last ones do not fit. */
    const struct case_options held = { .max_connections = MANY, .uncounted = true };
    tracked = case_track(lines, &held);
    assert_int_not_equal(tracked->events_lost, 0);
    free(tracked);
    free(lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(when_it_is_shown),
        cmocka_unit_test(shown_by_segments),
        cmocka_unit_test(late_segments),
        cmocka_unit_test(two_msl),
        cmocka_unit_test(reuse),
        cmocka_unit_test(refused_again),
        cmocka_unit_test(after_a_reset),
        cmocka_unit_test(reset_contradicted),
        cmocka_unit_test(other_stream),
        cmocka_unit_test(waiting_syn),
        cmocka_unit_test(pressure),
        cmocka_unit_test(logs_are_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
