/* verdict: the kinds of opening and closing by the definitions of docs/schema.json, both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tracker_case.h"

#define SYN "0 A S seq=1000 win=64240\n"
#define SYN_SYNACK SYN "0.01 B SA seq=5000 win=65160\n"
#define OPEN CASE_OPEN
#define FAST "0 A S seq=1000 len=100\n0.01 B SA seq=5000 ack=1101\n"

static struct case_connection track_one(const char *lines)
{
    struct tracker_case *tracked = case_track(lines, NULL);
    struct case_connection connection = tracked->connections[0];
    if (tracked->count != 1)
        fail_msg("%zu connections in\n%s", tracked->count, lines);
    case_assert_chain(&connection);
    free(tracked);
    return connection;
}

struct opening {
    const char *lines;
    enum handshake_kind kind;
    bool complete;
};

static void openings(void **state)
{
    (void)state;
    static const struct opening list[] = {
        { "0 A A seq=500 ack=600\n", HANDSHAKE_NOT_CAPTURED, false },
        { "0 A R seq=500\n", HANDSHAKE_NOT_CAPTURED, false },

        /* RFC 9293 Fig. 7: four SYNs; complete when both are proved to be ESTABLISHED. */
        { SYN "0.001 B S seq=5000\n0.02 A SA seq=1000 ack=5001\n0.021 B SA seq=5000 ack=1001\n",
          HANDSHAKE_SIMULTANEOUS, false },
        { SYN "0.001 B S seq=5000\n0.02 A SA seq=1000 ack=5001\n0.021 B SA seq=5000 ack=1001\n"
              "0.03 A PA len=5\n0.04 B PA len=5\n",
          HANDSHAKE_SIMULTANEOUS, true },
        { SYN "0.01 B S seq=5000\n0.02 A SA seq=1000 ack=5001\n0.03 B A seq=5001 ack=1001\n",
          HANDSHAKE_SPLIT, true },
        { SYN "0.01 B A seq=5000 ack=1001\n0.011 B S seq=5000 ack=0\n"
              "0.02 A SA seq=1000 ack=5001\n0.03 B A seq=5001 ack=1001\n",
          HANDSHAKE_SPLIT, true },

        { FAST, HANDSHAKE_FAST_OPEN, false },
        { FAST "0.02 A A\n", HANDSHAKE_FAST_OPEN, true },
        { "0 A S seq=1000 len=100\n0.01 B SA seq=5000 ack=1001\n0.02 A A seq=1001\n",
          HANDSHAKE_THREE_WAY, true },

        { OPEN, HANDSHAKE_THREE_WAY, true },
        { SYN_SYNACK "0.02 A PA seq=1001 ack=5001 len=10\n", HANDSHAKE_THREE_WAY, true },
        { SYN_SYNACK "9 A FA seq=1001 ack=5001\n", HANDSHAKE_THREE_WAY, true }, /* late */
        { "0 B SA seq=5000 ack=1001\n0.02 A A seq=1001 ack=5001\n", HANDSHAKE_THREE_WAY, true },
        { SYN "0.02 A A seq=1001 ack=5001\n", HANDSHAKE_THREE_WAY, true }, /* SYN-ACK unseen */
        { OPEN "0.03 B R seq=5001\n", HANDSHAKE_THREE_WAY, true },

        { SYN "0.01 B RA seq=0 ack=1001\n", HANDSHAKE_REFUSED, false },
        { SYN_SYNACK "0.02 A R seq=1001\n", HANDSHAKE_ABORTED, false },
        { SYN_SYNACK "0.02 B R seq=5001\n", HANDSHAKE_ABORTED, false },
        { SYN_SYNACK, HANDSHAKE_HALF_OPEN, false },
        { "0 B SA seq=5000 ack=1001\n", HANDSHAKE_HALF_OPEN, false },
        { SYN_SYNACK "0.02 A A seq=1001 ack=4000\n", HANDSHAKE_HALF_OPEN, false },
        { SYN, HANDSHAKE_UNANSWERED, false },
        /* Two SYNs may have crossed: only SYNs so far, then a SYN-ACK that nothing acknowledged. */
        { SYN "0.01 B S seq=5000 ack=0\n", HANDSHAKE_UNANSWERED, false },
        { SYN "0.01 B S seq=5000 ack=0\n0.02 A SA seq=1000 ack=5001\n", HANDSHAKE_HALF_OPEN,
          false },
        /* The server had acknowledged the SYN before it sent its own. */
        { SYN "0.01 B A seq=5000 ack=1001\n0.011 B S seq=5000 ack=0\n", HANDSHAKE_SPLIT, false },
        { SYN "1 A S seq=1000\n", HANDSHAKE_UNANSWERED, false },
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        struct case_connection c = track_one(list[i].lines);
        if (c.summary.handshake != list[i].kind)
            fail_msg("%s, not %s:\n%s",
                     handshake_kind_name((enum handshake_kind)c.summary.handshake),
                     handshake_kind_name(list[i].kind), list[i].lines);
        if (c.summary.handshake_complete != list[i].complete)
            fail_msg("complete is not %d:\n%s", list[i].complete, list[i].lines);
    }
}

struct closing {
    const char *lines; /* after OPEN, by the end that is written 1 and its peer 2 */
    enum close_kind kind;
    int first; /* 1, 2, 0 nobody, 3 both */
};

static const struct closing closings[] = {
    { "", CLOSE_OPEN, 0 },
    { "0.03 1 PA len=5\n0.04 2 PA len=5\n", CLOSE_OPEN, 0 },
    { "0.03 1 RA\n", CLOSE_RESET, 1 },
    { "0.03 1 FA\n0.04 2 A\n0.05 2 RA\n", CLOSE_RESET, 1 },
    { "0.03 1 FA\n0.04 2 R\n", CLOSE_RESET, 1 },
    /* After both FINs were acknowledged a RST changes nothing. */
    { "0.03 1 FA\n0.04 2 FA\n0.05 1 A\n0.06 2 R\n", CLOSE_THREE_SEGMENT, 1 },
    { "0.03 1 FA\n0.04 2 FA\n0.05 1 R\n", CLOSE_RESET, 1 },
    /* Outside the window: not believed. */
    { "0.03 1 R seq=3000000000\n", CLOSE_OPEN, 0 },
    { "0.03 1 FA id=1\n0.031 2 FA ack=@1\n0.05 1 A seq=@2 ack=@3\n0.051 2 A seq=@3 ack=@2\n",
      CLOSE_SIMULTANEOUS, 3 },
    { "0.03 1 FA\n0.031 2 FA ack=@1\n", CLOSE_SIMULTANEOUS, 3 }, /* and would have */
    { "0.03 1 FA\n0.04 2 FA\n0.05 1 A\n", CLOSE_THREE_SEGMENT, 1 },
    { "0.03 1 FA\n0.04 2 FPA len=10\n0.05 1 A\n", CLOSE_THREE_SEGMENT, 1 },
    { "0.03 1 FA\n0.04 2 A\n0.05 2 FA\n0.06 1 A\n", CLOSE_FOUR_SEGMENT, 1 },
    { "0.03 1 FA\n0.04 2 A\n0.05 2 PA len=50\n0.06 1 A\n0.07 2 FA\n0.08 1 A\n",
      CLOSE_FOUR_SEGMENT, 1 },
    { "0.03 1 FA\n", CLOSE_FIN_UNANSWERED, 1 },
    { "0.03 1 FA\n0.04 2 A ack=@1\n", CLOSE_FIN_UNANSWERED, 1 }, /* not of the FIN */
    { "0.03 1 FA\n0.04 2 A\n", CLOSE_HALF_CLOSED, 1 },
    { "0.03 1 FA\n0.04 2 FA\n", CLOSE_HALF_CLOSED, 1 },
    { "0.03 1 FA\n0.04 2 A\n0.05 2 FA\n", CLOSE_HALF_CLOSED, 1 },
};

/*
 * Writes the closing's lines with 1 = A or 1 = B. @1 is the number of 1's FIN, @2 the one after,
 * @3 the one after 2's FIN; before the close A is at 1001 and B at 5001.
 */
static void closing_lines(char *ret, size_t room, const struct closing *closing, bool client)
{
    size_t used = (size_t)snprintf(ret, room, "%s", OPEN);
    for (const char *p = closing->lines; *p != '\0'; p++) {
        unsigned one = client ? 1001 : 5001, two = client ? 5001 : 1001;
        bool is_end = (p[0] == '1' || p[0] == '2') && p[-1] == ' ' && p[1] == ' ';
        if (p[0] == '@') {
            unsigned value = p[1] == '1' ? one : p[1] == '2' ? one + 1 : two + 1;
            used += (size_t)snprintf(ret + used, room - used, "%u", value);
            p++;
        } else if (is_end) {
            used += (size_t)snprintf(ret + used, room - used, "%c",
                                     (p[0] == '1') == client ? 'A' : 'B');
        } else {
            used += (size_t)snprintf(ret + used, room - used, "%c", *p);
        }
        assert_true(used < room);
    }
}

static void closes(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * sizeof closings / sizeof closings[0]; i++) {
        const struct closing *closing = &closings[i / 2];
        bool client = i % 2 == 0;
        char lines[2000];
        closing_lines(lines, sizeof lines, closing, client);
        struct case_connection c = track_one(lines);
        const enum closer closer[] = { CLOSER_NONE, client ? CLOSER_CLIENT : CLOSER_SERVER,
                                       client ? CLOSER_SERVER : CLOSER_CLIENT, CLOSER_BOTH };
        if (c.summary.close != closing->kind)
            fail_msg("%s, not %s:\n%s", close_kind_name((enum close_kind)c.summary.close),
                     close_kind_name(closing->kind), lines);
        if (c.summary.first_closer != closer[closing->first])
            fail_msg("first closer %d, not %d:\n%s", c.summary.first_closer,
                     closer[closing->first], lines);
    }
}

/* The capture swapped B's acknowledging FIN and A's FIN: A was first all the same. */
static void swapped_frames(void **state)
{
    (void)state;
    struct case_connection c =
        track_one(OPEN "0.04 B FA seq=5001 ack=1002\n0.041 A FA seq=1001 ack=5001\n"
                       "0.05 A A seq=1002 ack=5002\n");
    assert_int_equal(c.summary.first_closer, CLOSER_CLIENT);
    assert_true(c.summary.close != CLOSE_SIMULTANEOUS);
}

/* A RST that is taken back leaves no closer behind; a FIN before it stays the first. */
static void closer_after_a_false_reset(void **state)
{
    (void)state;
    struct case_connection c =
        track_one(OPEN "0.03 A PA len=5\n0.04 B A\n0.05 B R seq=5001\n0.5 B PA len=5\n");
    assert_int_equal(c.summary.close, CLOSE_OPEN);
    assert_int_equal(c.summary.first_closer, CLOSER_NONE);
    c = track_one(OPEN "0.03 A FA\n0.04 B A\n0.05 B R seq=5001\n0.5 B PA len=5\n");
    assert_int_equal(c.summary.close, CLOSE_HALF_CLOSED);
    assert_int_equal(c.summary.first_closer, CLOSER_CLIENT);
}

#define MS INT64_C(1000000)

static void assert_times(const char *lines, int64_t rtt, int64_t synack, int64_t ack)
{
    struct case_connection c = track_one(lines);
    assert_int_equal(c.summary.rtt_ns, rtt);
    assert_int_equal(c.summary.synack_ns, synack);
    assert_int_equal(c.summary.ack_ns, ack);
}

/* SYN to third ACK, unknown when one of the three was repeated (Karn). */
static void round_trip_time(void **state)
{
    (void)state;
    assert_times(OPEN, 20 * MS, 10 * MS, 10 * MS);
    assert_times(SYN_SYNACK "0.035 A PA seq=1001 ack=5001 len=5\n", 35 * MS, 10 * MS, 25 * MS);
    assert_times(SYN "1 A S seq=1000\n1.01 B SA seq=5000\n1.02 A A\n", UNKNOWN_NS, UNKNOWN_NS,
                 10 * MS);
    assert_times(SYN_SYNACK "1.01 B SA seq=5000 ack=1001\n1.02 A A\n", UNKNOWN_NS, 10 * MS,
                 UNKNOWN_NS);
    assert_times(SYN, UNKNOWN_NS, UNKNOWN_NS, UNKNOWN_NS);
    assert_times("0 B SA seq=5000 ack=1001\n0.02 A A seq=1001 ack=5001\n", UNKNOWN_NS,
                 UNKNOWN_NS, UNKNOWN_NS);
    assert_times(SYN "0.001 B S seq=5000\n0.02 A SA seq=1000 ack=5001\n"
                     "0.021 B SA seq=5000 ack=1001\n0.04 A A\n",
                 UNKNOWN_NS, UNKNOWN_NS, UNKNOWN_NS);
    /* A server that may send at once: the legs are those of the handshake, not of its data. */
    assert_times(FAST "0.012 B PA len=30\n0.02 A A ack=5001\n", 20 * MS, 10 * MS, 10 * MS);
}

/* Which SYN the SYN-ACK answers shows in its TSecr: that SYN's TSval (RFC 7323 §3.2). */
static void fast_open_fates(void **state)
{
    (void)state;
#define DATA_SYN "0 A S seq=1000 len=100"
#define BARE_SYN "A S seq=1000"
#define SYNACK "+0.01 B SA seq=5000 ack=1001"
    static const struct {
        const char *lines;
        enum fast_open_fate fate;
    } list[] = {
        { "0 A S seq=1000 len=100\n+0.01 B SA seq=5000 ack=1101\n", FAST_OPEN_TAKEN },
        { DATA_SYN "\n" SYNACK "\n", FAST_OPEN_REFUSED },
        { DATA_SYN " ts=7,0\n" SYNACK " ts=9,7\n", FAST_OPEN_REFUSED },
        /* Two SYNs, one answer: to the second, to the first, not known. */
        { DATA_SYN " ts=7,0\n1 " BARE_SYN " ts=8,0\n" SYNACK " ts=9,8\n", FAST_OPEN_UNHEARD },
        { DATA_SYN " ts=7,0\n1 " BARE_SYN " ts=8,0\n" SYNACK " ts=9,7\n", FAST_OPEN_REFUSED },
        { DATA_SYN "\n1 " BARE_SYN "\n" SYNACK "\n", FAST_OPEN_UNCLEAR },
        { DATA_SYN " ts=7,0\n1 " BARE_SYN " ts=8,0\n" SYNACK "\n", FAST_OPEN_UNCLEAR },
        /* Each SYN had the data. */
        { DATA_SYN "\n1 " BARE_SYN " len=100\n" SYNACK "\n", FAST_OPEN_REFUSED },
        /* Of three, the answer to one that is not the newest. */
        { DATA_SYN " ts=7,0\n1 " BARE_SYN " ts=8,0\n3 " BARE_SYN " ts=10,0\n" SYNACK
          " ts=9,8\n", FAST_OPEN_UNCLEAR },
    };
#undef DATA_SYN
#undef BARE_SYN
#undef SYNACK
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        struct case_connection c = track_one(list[i].lines);
        const struct event *event =
            event_find(c.events, c.count,
                       (struct event_query){ .kind = EVENT_FAST_OPEN, .endpoint = CLIENT,
                                             .detail = EVENT_ANY, .result = EVENT_ANY });
        assert_non_null(event);
        assert_int_equal(event->observed, 100);
        if (event->detail != list[i].fate)
            fail_msg("%u, not %u:\n%s", event->detail, list[i].fate, list[i].lines);
        assert_int_equal(c.summary.handshake, list[i].fate == FAST_OPEN_TAKEN
                                                  ? HANDSHAKE_FAST_OPEN
                                                  : HANDSHAKE_HALF_OPEN);
    }
}

/* Data on the SYN: accepted, and refused, which makes its repeat no loss (RFC 7413). */
static void fast_open(void **state)
{
    (void)state;
    struct case_connection c = track_one(FAST "0.02 A A\n0.03 A PA len=50\n0.04 B A\n");
    assert_int_equal(c.summary.endpoints[CLIENT].payload_bytes, 150);
    assert_int_equal(c.summary.endpoints[CLIENT].payload_bytes_sent, 150);
    assert_int_equal(c.summary.endpoints[CLIENT].repeated_segments, 0);
    c = track_one("0 A S seq=1000 len=100\n0.01 B SA seq=5000 ack=1001\n"
                  "0.02 A PA seq=1001 ack=5001 len=100\n0.03 B A ack=1101\n");
    assert_int_equal(c.summary.handshake, HANDSHAKE_THREE_WAY);
    assert_int_equal(c.summary.endpoints[CLIENT].payload_bytes, 100);
    assert_int_equal(c.summary.endpoints[CLIENT].payload_bytes_sent, 200);
    assert_int_equal(c.summary.endpoints[CLIENT].repeated_segments, 1); /* the same 100 bytes */
    assert_int_equal(case_events(&c, EVENT_BYTES_REPEATED), 0);
    assert_int_equal(case_events(&c, EVENT_FAST_OPEN), 1);
    /* Half of them was taken: the other half comes again, then what is new. */
    c = track_one("0 A S seq=1000 len=100\n0.01 B SA seq=5000 ack=1051\n"
                  "0.02 A PA seq=1051 ack=5001 len=50\n0.021 A PA len=50\n0.03 B A ack=1151\n");
    assert_int_equal(c.summary.endpoints[CLIENT].payload_bytes, 150);
    assert_int_equal(c.summary.endpoints[CLIENT].payload_bytes_sent, 200);
    assert_int_equal(c.summary.endpoints[CLIENT].repeated_segments, 1);
    /* More than was on the SYN in one segment brings something new, too, but is sent again. */
    c = track_one("0 A S seq=1000 len=100\n0.01 B SA seq=5000 ack=1001\n"
                  "0.02 A A seq=1001 ack=5001\n0.03 A PA seq=1001 len=101\n0.04 B A ack=1102\n");
    assert_int_equal(c.summary.endpoints[CLIENT].repeated_segments, 1);
    /* A FIN in the place of its first byte was not seen before; with bytes of it, these were. */
    c = track_one("0 A S seq=1000 len=100\n0.01 B SA seq=5000 ack=1001\n"
                  "0.02 A FA seq=1001 ack=5001\n0.03 B FA ack=1002\n");
    assert_int_equal(c.summary.endpoints[CLIENT].repeated_segments, 0);
    c = track_one("0 A S seq=1000 len=100\n0.01 B SA seq=5000 ack=1001\n"
                  "0.02 A FPA seq=1001 ack=5001 len=50\n0.03 B FA ack=1052\n");
    assert_int_equal(c.summary.endpoints[CLIENT].repeated_segments, 1);
}

/* Data that waits for its acknowledgement when the capture ends was not ignored because a SYN was
 * repeated, or came again after a SYN-ACK that did not take it: the third ACK stands. */
static void data_under_way(void **state)
{
    (void)state;
    static const char *const lists[] = {
        SYN "1 A S seq=1000 id=2\n1.01 B SA seq=5000\n1.02 A A\n1.03 A PA len=10\n",
        "0 A S seq=1000 len=100\n0.01 B SA seq=5000 ack=1001\n"
        "0.02 A PA seq=1001 ack=5001 len=100\n",
    };
    for (size_t i = 0; i < 2; i++) {
        struct case_connection c = track_one(lists[i]);
        assert_int_equal(c.summary.endpoints[SERVER].state, STATE_ESTABLISHED);
        assert_int_equal(c.summary.endpoints[SERVER].state_certainty, CERTAINTY_ASSUMED);
    }
    struct case_connection c = track_one(OPEN "0.03 A PA len=10\n0.3 A PA seq=1001 len=10\n");
    assert_int_equal(c.summary.endpoints[SERVER].state, STATE_SYN_RCVD);
}

/* TIME_WAIT ends two MSL (here 60 s) after the last segment, and not before. */
static void time_wait(void **state)
{
    (void)state;
#define CLOSE OPEN "0.03 A FA\n0.04 B FA\n0.05 A A\nends A=192.0.2.9:999 B=192.0.2.10:22\n"
    static const struct {
        const char *lines;
        enum tcp_state state;
    } list[] = { { CLOSE "60.049 A S seq=1\n", STATE_TIME_WAIT },
                 { CLOSE "60.05 A S seq=1\n", STATE_CLOSED } };
    for (size_t i = 0; i < 2; i++) {
        struct tracker_case *tracked = case_track(list[i].lines, NULL);
        assert_int_equal(tracked->connections[0].summary.endpoints[CLIENT].state,
                         list[i].state);
        free(tracked);
    }
}

/* How long the application has not closed: from the FIN to the end of the capture. */
static void close_wait(void **state)
{
    (void)state;
    struct tracker_case *tracked = case_track(
        OPEN "0.03 A FA\n0.04 B A\nends A=192.0.2.9:999 B=192.0.2.10:22\n5.03 A S seq=1\n",
        NULL);
    assert_int_equal(tracked->connections[0].summary.close_wait_ns, 5000 * MS);
    assert_true(tracked->connections[1].summary.close_wait_ns == UNKNOWN_NS);
    free(tracked);
}

/* Who is the client when no SYN says it. */
static void roles(void **state)
{
    (void)state;
    static const struct {
        const char *lines;
        uint16_t client_port;
        enum role_evidence evidence;
        enum certainty certainty;
    } list[] = {
        { SYN, 40000, ROLE_SYN, CERTAINTY_OBSERVED },
        { "0 B SA seq=5000 ack=1001\n", 40000, ROLE_SYN_ACK, CERTAINTY_OBSERVED },
        { "0 A A seq=1 ack=2\n", 40000, ROLE_PORT, CERTAINTY_INFERRED },
        { "0 B A seq=1 ack=2\n", 40000, ROLE_PORT, CERTAINTY_INFERRED },
        { "ends A=192.0.2.1:9000 B=192.0.2.2:8000\n0 B A seq=1 ack=2\n", 9000,
          ROLE_PORT, CERTAINTY_ASSUMED },
        { "ends A=192.0.2.1:50 B=192.0.2.2:60\n0 B A seq=1 ack=2\n", 60, ROLE_PORT,
          CERTAINTY_ASSUMED },
        { "ends A=192.0.2.1:50 B=192.0.2.2:50\n0 B A seq=1 ack=2\n", 50, ROLE_FIRST_SENDER,
          CERTAINTY_ASSUMED },
        /* Frame 1 was B's; the SYN-ACK of A then says that A is the server. */
        { "0 B A seq=1 ack=2\n0.1 A SA seq=1000 ack=2\n", 80, ROLE_SYN_ACK, CERTAINTY_OBSERVED },
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        struct case_connection c = track_one(list[i].lines);
        assert_int_equal(c.summary.endpoints[CLIENT].port, list[i].client_port);
        assert_int_equal(c.summary.role_evidence, list[i].evidence);
        assert_int_equal(c.summary.role_certainty, list[i].certainty);
    }
}

/* A split handshake (its SYN-ACK is acknowledged): the second SYN answered the first, which shows
 * who is the client. The bare ACK before it has its number; it is its first all the same. */
static void split_roles(void **state)
{
    (void)state;
    struct case_connection c =
        track_one(SYN "0.01 B A seq=5000 ack=1001\n0.011 B S seq=5000 ack=0\n"
                      "0.02 A SA seq=1000 ack=5001\n0.03 B A seq=5001 ack=1001\n");
    assert_int_equal(c.summary.role_evidence, ROLE_SYN);
    assert_int_equal(c.summary.endpoints[SERVER].repeated_segments, 0);
    assert_int_equal(c.summary.endpoints[SERVER].syns, 1);
    c = track_one(SYN "0.01 B S seq=5000\n0.5 B S seq=5000 id=9\n");
    assert_int_equal(c.summary.endpoints[SERVER].repeated_segments, 1);
    assert_int_equal(c.summary.role_evidence, ROLE_SIMULTANEOUS); /* so far they may have crossed */
}

static void assert_end(const char *lines, enum endpoint_id id, enum tcp_state wanted,
                       enum certainty certainty)
{
    struct case_connection c = track_one(lines);
    const struct endpoint_summary *end = &c.summary.endpoints[id];
    if (end->state != wanted || end->state_certainty != certainty)
        fail_msg("%s %s, not %s %s:\n%s", tcp_state_name((enum tcp_state)end->state),
                 certainty_name((enum certainty)end->state_certainty), tcp_state_name(wanted),
                 certainty_name(certainty), lines);
}

/* A FIN that nothing acknowledged may have arrived: the other end is where it was, or beyond. */
static void fin_never_acknowledged(void **state)
{
    (void)state;
#define TALKED OPEN "0.03 A PA len=5\n0.04 B A\n"
    assert_end(TALKED, SERVER, STATE_ESTABLISHED, CERTAINTY_PROVED);
    assert_end(TALKED "0.05 A FA\n", SERVER, STATE_ESTABLISHED, CERTAINTY_INFERRED);
    assert_end(TALKED "0.05 A FA\n0.06 B A\n0.07 B FA\n", CLIENT, STATE_FIN_WAIT_2,
               CERTAINTY_ASSUMED);
    /* Who reset before is CLOSED, whatever comes. */
    assert_end(TALKED "0.05 A FA\n0.051 B RA seq=5001\n", SERVER, STATE_CLOSED,
               CERTAINTY_OBSERVED);
    /* An acknowledged one has arrived: what its receiver shows is as sure as before. */
    assert_end(TALKED "0.05 A FA\n0.06 B FA\n0.07 A A\n", CLIENT, STATE_TIME_WAIT,
               CERTAINTY_OBSERVED);
}

/* RFC 9293 §3.8.4: three keep-alives without an answer. Their sender's RST takes the same way, so
 * what the silent end still holds is assumed. */
static void silent_end(void **state)
{
    (void)state;
#define PROBE(t) t " A A seq=1005\n"
#define THREE TALKED PROBE("1") PROBE("2") PROBE("3")
    assert_end(THREE, SERVER, STATE_ESTABLISHED, CERTAINTY_ASSUMED);
    assert_end(THREE "4 A RA seq=1006\n", SERVER, STATE_ESTABLISHED, CERTAINTY_ASSUMED);
    assert_end(THREE "4 A RA seq=1006\n", CLIENT, STATE_CLOSED, CERTAINTY_OBSERVED);
    /* Two prove nothing (MUST-29), nor copies, nor those that were answered. */
    assert_end(TALKED PROBE("1") PROBE("2") "4 A RA seq=1006\n", SERVER, STATE_CLOSED,
               CERTAINTY_ASSUMED);
    assert_end(TALKED PROBE("1") PROBE("1.000001") PROBE("2") PROBE("2.000001")
               "4 A RA seq=1006\n", SERVER, STATE_CLOSED, CERTAINTY_ASSUMED);
    assert_end(THREE "3.01 B A\n4 A RA seq=1006\n", SERVER, STATE_CLOSED, CERTAINTY_ASSUMED);
    assert_end(THREE "3.01 B A\n", SERVER, STATE_ESTABLISHED, CERTAINTY_PROVED);
    /* The second and the third were noted. */
    struct case_connection c = track_one(THREE);
    assert_int_equal(case_events(&c, EVENT_KEEP_ALIVE_UNANSWERED), 2);
}

/* What passed shows whether a RST was sent knowing the acknowledgement of its sender's FIN: B is
 * 10 ms away, and a RST without ACK carries the ACK of what it answers. */
static void reset_after_fin(void **state)
{
    (void)state;
    static const struct {
        const char *lines;
        bool waited; /* in FIN_WAIT_2 */
    } list[] = {
        { TALKED "0.05 B FA\n0.06 A PA len=9\n0.08 B R seq=5002\n", true },
        { TALKED "0.05 B FA\n0.06 A PA len=9\n0.062 B R seq=5002\n", false },
        { TALKED "0.05 B FA\n0.06 A PA len=9\n0.08 B R seq=5001\n", false },
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        char text[CASE_TEXT];
        struct case_connection c = track_one(list[i].lines);
        bool waited = strstr(case_transitions(&c, text), "FIN_WAIT_2") != NULL;
        assert_int_equal(c.summary.endpoints[SERVER].state, STATE_CLOSED);
        if (waited != list[i].waited)
            fail_msg("%s\n%s", list[i].lines, text);
    }
}

/* What a RST without ACK answers is named where only one segment can be meant. */
static void reset_cause(void **state)
{
    (void)state;
    static const struct {
        const char *lines;
        unsigned frame; /* 0: not named */
    } list[] = {
        { TALKED "0.05 B PA len=5\n0.06 A A\n9 A PA len=7\n9.01 B R seq=5006\n", 8 },
        { TALKED "0.05 B PA len=5\n9 A PA len=7\n9.001 A PA len=7\n9.01 B R seq=5006\n", 0 },
        { TALKED "0.05 B PA len=5\n9 A PA len=7\n9.01 B RA seq=5006\n", 0 }, /* it aborts */
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        struct case_connection c = track_one(list[i].lines);
        const struct event *cause =
            event_find(c.events, c.count,
                       (struct event_query){ .kind = EVENT_RESET_CAUSE, .endpoint = CLIENT,
                                             .detail = EVENT_ANY, .result = EVENT_ANY });
        assert_int_equal(cause != NULL ? cause->frame : 0, list[i].frame);
    }
}

/* One direction only: the server takes bytes 1001 to 1010, so it has left SYN_RCVD, and the client
 * had acknowledged its SYN-ACK (RFC 9293 §3.10.7.4). Where the client is now nothing shows. */
static void server_only(void **state)
{
    (void)state;
    struct case_connection c =
        track_one("0 B SA seq=5000 ack=1001\n0.05 B A seq=5001 ack=1011\n");
    assert_int_equal(c.summary.handshake, HANDSHAKE_THREE_WAY);
    assert_true(c.summary.handshake_complete);
    assert_int_equal(c.summary.endpoints[SERVER].state_certainty, CERTAINTY_PROVED);
    assert_int_equal(c.summary.endpoints[CLIENT].state, STATE_ESTABLISHED);
    assert_int_equal(c.summary.endpoints[CLIENT].state_certainty, CERTAINTY_INFERRED);
    c = track_one("0 B SA seq=5000 ack=1001\n0.05 B A seq=5001 ack=1001\n");
    assert_int_equal(c.summary.handshake, HANDSHAKE_HALF_OPEN);
    assert_false(c.summary.handshake_complete);
}

/* More connections than are kept: the oldest are shown at once, and counted; none is lost. */
static void bounded(void **state)
{
    (void)state;
    static const char lines[] = "ends A=192.0.2.1:1001 B=192.0.2.2:80\n0 A S seq=1\n"
                                "ends A=192.0.2.1:1002 B=192.0.2.2:80\n1 A S seq=1\n"
                                "ends A=192.0.2.1:1003 B=192.0.2.2:80\n2 A S seq=1\n";
    struct tracker_case *tracked =
        case_track(lines, &(struct case_options){ .max_connections = 2 });
    assert_int_equal(tracked->count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(tracked->connections[i].summary.id, i + 1);
    free(tracked);
}

/*
 * RFC 9293 §3.10.7.1: a host without the connection answers a segment without ACK with SEQ 0 and an
 * ACK of its end. All segments of a connection but the first SYN have an ACK (§3.10.7.4), so there
 * was none: nothing opened, nobody closed, and of the other end no state is known.
 */
static void no_connection(void **state)
{
    (void)state;
    static const struct {
        const char *lines;
        bool none;
        enum tcp_state a, b;
    } list[] = {
        { "0 A FPU seq=1000\n0.01 B RA seq=0 ack=1001\n", true, STATE_NONE, STATE_CLOSED },
        { "0 A . seq=1000\n0.01 B RA seq=0 ack=1000\n", true, STATE_NONE, STATE_CLOSED },
        { "0 A P seq=1000 len=9\n0.01 B RA seq=0 ack=1009\n", true, STATE_NONE, STATE_CLOSED },
        { "0 B RA seq=0 ack=1001\n", true, STATE_NONE, STATE_CLOSED },
        /* The answer to another one that the capture missed. */
        { "0 A F seq=1000\n0.01 B RA seq=0 ack=1003\n", true, STATE_NONE, STATE_CLOSED },
        /* Another number: it knows of something. Less than the FIN: to what it answers is open. */
        { "0 A F seq=1000\n0.01 B RA seq=7 ack=1001\n", false, STATE_NONE, STATE_CLOSED },
        { "0 B RA seq=7 ack=1001\n", false, STATE_NONE, STATE_CLOSED },
        { "0 A F seq=1000\n0.01 B RA seq=0 ack=1000\n", false, STATE_NONE, STATE_CLOSED },
        /* A segment with ACK: an end that believes that it is connected. */
        { "0 A FA seq=1000 ack=5000\n0.01 B R seq=5000\n", false, STATE_CLOSED, STATE_CLOSED },
        { "0 A F seq=1000\n+1 A A seq=1000 ack=0\n", false, STATE_ESTABLISHED,
          STATE_ESTABLISHED },
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        struct tracker_case *tracked =
            case_track(list[i].lines, &(struct case_options){ .no_log = i % 2 != 0 });
        const struct summary *s = &tracked->connections[0].summary;
        if (s->no_connection != list[i].none)
            fail_msg("%d:\n%s", s->no_connection, list[i].lines);
        assert_int_equal(s->handshake, HANDSHAKE_NOT_CAPTURED);
        if (list[i].none) {
            assert_int_equal(s->close, CLOSE_RESET);
            assert_int_equal(s->first_closer, CLOSER_NONE);
            assert_int_equal(s->endpoints[SERVER].state_certainty, CERTAINTY_OBSERVED);
        }
        assert_int_equal(s->endpoints[CLIENT].state, list[i].a);
        assert_int_equal(s->endpoints[SERVER].state, list[i].b);
        free(tracked);
    }
}

/* A FIN without ACK is dropped by its receiver (RFC 9293 §3.10.7.4): no end changes its state. */
static void fin_without_ack(void **state)
{
    (void)state;
    struct case_connection c = track_one(CASE_OPEN "0.03 A PA len=5\n0.04 B A\n0.05 A F\n");
    assert_int_equal(c.summary.endpoints[CLIENT].state, STATE_ESTABLISHED);
    assert_int_equal(c.summary.endpoints[SERVER].state, STATE_ESTABLISHED);
    c = track_one(CASE_OPEN "0.03 A PA len=5\n0.04 B A\n0.05 A F\n0.06 A FA seq=1006\n");
    assert_int_equal(c.summary.endpoints[CLIENT].state, STATE_FIN_WAIT_1);
}

/* Without a log the kinds are the same. */
static void without_log(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof closings / sizeof closings[0]; i++) {
        char lines[2000];
        closing_lines(lines, sizeof lines, &closings[i], true);
        struct tracker_case *tracked =
            case_track(lines, &(struct case_options){ .no_log = true });
        assert_int_equal(tracked->connections[0].count, 0);
        assert_int_equal(tracked->connections[0].summary.close, closings[i].kind);
        assert_int_equal(tracked->connections[0].summary.handshake, HANDSHAKE_THREE_WAY);
        free(tracked);
    }
}

/* The recorder lost B's FIN: A, which closed, acknowledged one number more than was captured of B.
 * That may be a byte, so nothing is sure; where nothing is missing, B has not closed. */
static void fin_not_recorded(void **state)
{
    (void)state;
    const char *open = CASE_OPEN "0.030 B PA len=10\n"
                                 "0.040 A A ack=5011\n"
                                 "0.050 A FA\n"
                                 "0.060 B A ack=1002\n";
    char lines[400];
    for (int lost = 0; lost < 2; lost++) {
        snprintf(lines, sizeof lines, "%s%s", open, lost ? "0.080 A A ack=5012\n" : "");
        struct tracker_case *tracked = case_track(lines, NULL);
        const struct summary *s = &tracked->connections[0].summary;
        const struct endpoint_summary *client = &s->endpoints[CLIENT];
        const struct endpoint_summary *server = &s->endpoints[SERVER];
        assert_int_equal(server->fin_may_be_missing, lost);
        assert_false(client->fin_may_be_missing);
        assert_int_equal(server->state, STATE_CLOSE_WAIT);
        assert_int_equal(server->state_certainty, lost ? CERTAINTY_ASSUMED : CERTAINTY_PROVED);
        assert_int_equal(client->state, STATE_FIN_WAIT_2);
        assert_int_equal(client->state_certainty, CERTAINTY_ASSUMED);
        assert_int_equal(server->payload_bytes, 10);
        assert_int_equal(s->close, CLOSE_HALF_CLOSED);
        free(tracked);
    }
}

/* Data that was lost before, and later data that was not: nothing is missing at the end. */
static void data_not_recorded(void **state)
{
    (void)state;
    struct tracker_case *tracked = case_track(CASE_OPEN "0.030 A A ack=5011\n"
                                                        "0.040 B PA seq=5011 len=10\n"
                                                        "0.050 A FA ack=5021\n"
                                                        "0.060 B A seq=5021 ack=1002\n", NULL);
    const struct endpoint_summary *server = &tracked->connections[0].summary.endpoints[SERVER];
    assert_false(server->fin_may_be_missing);
    assert_int_equal(server->state_certainty, CERTAINTY_PROVED);
    assert_int_equal(server->payload_bytes, 20);
    free(tracked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fin_not_recorded), cmocka_unit_test(data_not_recorded),
        cmocka_unit_test(openings),
        cmocka_unit_test(closes),
        cmocka_unit_test(swapped_frames),
        cmocka_unit_test(closer_after_a_false_reset),
        cmocka_unit_test(round_trip_time),
        cmocka_unit_test(fast_open),
        cmocka_unit_test(fast_open_fates),
        cmocka_unit_test(data_under_way),
        cmocka_unit_test(time_wait),
        cmocka_unit_test(close_wait),
        cmocka_unit_test(roles),
        cmocka_unit_test(split_roles),
        cmocka_unit_test(fin_never_acknowledged),
        cmocka_unit_test(silent_end),
        cmocka_unit_test(reset_after_fin),
        cmocka_unit_test(reset_cause),
        cmocka_unit_test(server_only),
        cmocka_unit_test(bounded),
        cmocka_unit_test(no_connection),
        cmocka_unit_test(fin_without_ack),
        cmocka_unit_test(without_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
