/*
 * tombstone: what is left of freed connections. Cases are tracked as NDJSON does: a connection is
 * handed over and freed two MSL (60 s) after its end, 10 s after a reset.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/tombstone.h"
#include "tracker_case.h"

#define S INT64_C(1000000000)

/* CASE_OPEN in frames 1 to 3, closed in 4 to 6; A's numbers end at 1002, B's at 5002. */
#define CLOSED_CASE                                                                              \
    CASE_OPEN "0.030 A FA\n"                                                                     \
              "0.040 B FA ack=1002\n"                                                            \
              "0.050 A A ack=5002\n"

/* What makes time pass: a segment of another connection, frame 7. */
#define LATER(at) at " A S seq=9 ack=0\n"

static struct tracker_case *streamed(const char *lines)
{
    return case_track(lines, &(struct case_options){ .expire = true });
}

static const struct case_connection *with_id(const struct tracker_case *tracked, uint64_t id)
{
    for (size_t i = 0; i < tracked->count; i++)
        if (tracked->connections[i].summary.id == id)
            return &tracked->connections[i];
    return NULL;
}

static const struct event *reuse_of(const struct case_connection *c)
{
    return event_find(c->events, c->count,
                      (struct event_query){ .kind = EVENT_PORT_REUSED, .endpoint = EVENT_ANY,
                                            .detail = EVENT_ANY, .result = EVENT_ANY });
}

/* The second use of the ports, 100 s after the first: what is told in one piece (JSON) is told of
 * freed connections, too. */
static void next_incarnation(void **state)
{
    (void)state;
    const char *lines = CLOSED_CASE "100.0 A S seq=700000 ack=0\n"
                                    "100.1 B SA seq=800000 ack=700001\n";
    for (int expire = 0; expire < 2; expire++) {
        struct tracker_case *tracked =
            case_track(lines, &(struct case_options){ .expire = expire != 0 });
        assert_int_equal(tracked->count, 2);
        const struct case_connection *second = with_id(tracked, 7);
        assert_int_equal(with_id(tracked, 1)->summary.incarnation, 1);
        assert_null(reuse_of(with_id(tracked, 1)));
        assert_int_equal(second->summary.incarnation, 2);
        const struct event *reused = reuse_of(second);
        assert_non_null(reused);
        assert_int_equal(reused->frame, 7);
        assert_int_equal(reused->from, STATE_CLOSED); /* TIME_WAIT was over at 60.05 s */
        assert_int_equal(reused->to, STATE_CLOSED);
        assert_int_equal(reused->observed, 999500); /* 100 - 0.05 s, in units of 0.1 ms */
        free(tracked);
    }
}

/* A connection of which only a SYN-ACK is seen is told likewise. */
static void begins_with_a_synack(void **state)
{
    (void)state;
    struct tracker_case *tracked =
        streamed(CLOSED_CASE "ends A=192.0.2.9:1 B=192.0.2.8:2\n" LATER("99.0")
                 "ends A=192.0.2.1:40000 B=198.51.100.7:80\n"
                 "100.1 B SA seq=800000 ack=700001\n");
    const struct case_connection *second = with_id(tracked, 8);
    assert_non_null(second);
    assert_int_equal(second->summary.incarnation, 2);
    assert_non_null(reuse_of(second));
    free(tracked);
}

/*
 * Late segments, tracked behind a segment at 99 s that lets the connection be freed. It was needed
 * until 60.05 s, two MSL after its last segment; from 120.05 s on the ports are anybody's.
 */
static void late(const char *line, size_t connections, uint32_t incarnation)
{
    char lines[1024];
    strcpy(lines, CLOSED_CASE "ends A=192.0.2.9:1 B=192.0.2.8:2\n" LATER("99.0")
                  "ends A=192.0.2.1:40000 B=198.51.100.7:80\n");
    strcat(lines, line);
    struct tracker_case *tracked = streamed(lines);
    if (tracked->count != connections)
        fail_msg("%s: %zu connections", line, tracked->count);
    assert_int_equal(tracked->absorbed, connections == 2 ? 1 : 0);
    if (connections == 3)
        assert_int_equal(with_id(tracked, 8)->summary.incarnation, incarnation);
    free(tracked);
}

static void late_segments(void **state)
{
    (void)state;
    late("100.0 B FA seq=5001 ack=1002\n", 2, 0); /* the second FIN once more */
    late("100.0 A A seq=1002 ack=5002\n", 2, 0);
    late("100.0 B R seq=5002 ack=0\n", 2, 0);
    late("120.0 B FA seq=5001 ack=1002\n", 2, 0);
    late("120.1 B FA seq=5001 ack=1002\n", 3, 2);        /* too late to be one of it */
    late("100.0 A PA seq=1002 ack=5002 len=10\n", 3, 2); /* nothing follows a FIN */
    late("100.0 A PA seq=700001 ack=800001 len=10\n", 3, 2);
    late("100.0 A S seq=1000 ack=0\n", 3, 2); /* an ISN that is used again (I2) */
}

/* Forgotten for lack of memory: its next segment goes on with it, and who is who stays, although
 * the ports would say otherwise. */
static void resumed(void **state)
{
    (void)state;
    struct tracker_case *tracked =
        case_track("ends A=192.0.2.1:80 B=192.0.2.2:40000\n" CASE_OPEN
                   "ends A=192.0.2.3:1 B=192.0.2.4:2\n"
                   "1.0 A S seq=9 ack=0\n"
                   "ends A=192.0.2.1:80 B=192.0.2.2:40000\n"
                   "2.0 B PA seq=5001 ack=1001 len=10\n",
                   &(struct case_options){ .max_connections = 1 });
    const struct case_connection *again = with_id(tracked, 5);
    assert_int_equal(tracked->count, 3);
    assert_non_null(again);
    assert_int_equal(again->summary.incarnation, 1);
    assert_int_equal(again->summary.endpoints[CLIENT].port, 80);
    assert_null(reuse_of(again));
    free(tracked);
}

/* Freed 10 s after a RST, which was not accepted: the stream goes on. */
static void not_reset_after_all(void **state)
{
    (void)state;
    struct tracker_case *tracked =
        streamed(CASE_OPEN "0.1 B R seq=5001 ack=0\n"
                           "ends A=192.0.2.9:1 B=192.0.2.8:2\n" LATER("20.0")
                           "ends A=192.0.2.1:40000 B=198.51.100.7:80\n"
                           "21.0 A PA seq=1001 ack=5001 len=10\n");
    const struct case_connection *again = with_id(tracked, 6);
    assert_non_null(again);
    assert_int_equal(again->summary.incarnation, 1);
    free(tracked);
}

static struct connection made(uint16_t port, uint64_t id)
{
    struct connection c = { .first_frame = id & FRAME_MAX, .incarnation = 3, .flags = CONN_RESET };
    c.entry.key.port[1] = port;
    return c;
}

/* Room for two: the oldest makes room; that is counted where it was still needed. */
static void bounded(void **state)
{
    (void)state;
    struct flow_secret secret = { { 1, 2 } };
    struct tombstones *stones = tombstones_new(2, &secret);
    struct tombstone stone;
    int64_t since;
    assert_non_null(stones);
    struct connection c[5];
    for (unsigned i = 0; i < 5; i++)
        c[i] = made((uint16_t)(i + 1), i + 1);
    assert_false(tombstones_find(stones, &c[0].entry.key, &stone));
    tombstones_add(stones, &c[0], 10 * S, 10 * S, 60 * S);
    tombstones_add(stones, &c[1], 20 * S, 20 * S, 60 * S);
    assert_int_equal(tombstones_lost(stones, &since), 0);
    tombstones_add(stones, &c[2], 70 * S, 70 * S, 60 * S); /* the first lay there for 60 s */
    assert_int_equal(tombstones_lost(stones, &since), 0);
    assert_false(tombstones_find(stones, &c[0].entry.key, &stone));
    tombstones_add(stones, &c[3], 79 * S, 79 * S, 60 * S); /* the second for 59 s */
    assert_int_equal(tombstones_lost(stones, &since), 1);
    assert_int_equal(since, 79 * S);
    assert_true(tombstones_find(stones, &c[2].entry.key, &stone));
    assert_int_equal(stone.id, 3);
    assert_int_equal(stone.incarnation, 3);
    tombstones_take(stones, &c[2].entry.key); /* its place is free: nothing is lost for the next */
    assert_false(tombstones_find(stones, &c[2].entry.key, &stone));
    tombstones_add(stones, &c[4], 80 * S, 80 * S, 60 * S);
    assert_int_equal(tombstones_lost(stones, &since), 1);
    assert_true(tombstones_find(stones, &c[3].entry.key, &stone));
    assert_true(tombstones_find(stones, &c[4].entry.key, &stone));
    tombstones_free(stones);
}

/* A tracker of two connections keeps two tombstones: of three that are freed at once the first is
 * lost, and told. */
static void told_by_the_tracker(void **state)
{
    (void)state;
    const char *three = "ends A=192.0.2.1:1 B=192.0.2.9:80\n0.0 A S seq=1 ack=0\n"
                        "0.1 B RA seq=0 ack=2\n"
                        "ends A=192.0.2.1:2 B=192.0.2.9:80\n0.2 A S seq=1 ack=0\n"
                        "0.3 B RA seq=0 ack=2\n"
                        "ends A=192.0.2.1:3 B=192.0.2.9:80\n0.4 A S seq=1 ack=0\n"
                        "0.5 B RA seq=0 ack=2\n"
                        "ends A=192.0.2.1:4 B=192.0.2.9:80\n20 A S seq=1 ack=0\n"
                        "ends A=192.0.2.1:5 B=192.0.2.9:80\n21 A S seq=1 ack=0\n";
    struct case_options options = { .expire = true, .max_connections = 2 };
    struct tracker_case *tracked = case_track(three, &options);
    assert_int_equal(tracked->begun, 5);
    assert_int_equal(tracked->tombstones_lost, 1);
    free(tracked);
    options.max_connections = 3;
    tracked = case_track(three, &options);
    assert_int_equal(tracked->tombstones_lost, 0);
    free(tracked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(next_incarnation), cmocka_unit_test(begins_with_a_synack),
        cmocka_unit_test(late_segments),    cmocka_unit_test(resumed),
        cmocka_unit_test(not_reset_after_all), cmocka_unit_test(bounded),
        cmocka_unit_test(told_by_the_tracker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
