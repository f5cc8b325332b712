/* incarnation: one 4-tuple, several connections: which SYN begins one (rules I1 to I8). */
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
#define OPEN CASE_OPEN
#define CLOSED OPEN "0.03 A FA\n0.04 B FA\n0.05 A A\n" /* six frames; A is in TIME_WAIT */
#define LATER "ends A=192.0.2.9:999 B=192.0.2.10:22\n+20 A S seq=1\n"

/* Tracks lines that hold so many connections, each with a chain of states of its own. */
static struct tracker_case *assert_connections(const char *lines, size_t count)
{
    struct tracker_case *tracked = case_track(lines, NULL);
    if (tracked->count != count)
        fail_msg("%zu connections, not %zu, of\n%s", tracked->count, count, lines);
    for (size_t i = 0; i < count; i++) {
        case_assert_chain(&tracked->connections[i]);
        assert_true(i == 0 || tracked->connections[i].summary.id >
                                  tracked->connections[i - 1].summary.id);
    }
    assert_int_equal(tracked->begun, count);
    return tracked;
}

static void assert_count(const char *lines, size_t count)
{
    free(assert_connections(lines, count));
}

/* The second connection begins with this frame, opened and ended so. */
static void assert_second(const char *lines, uint64_t id, enum handshake_kind first,
                          enum handshake_kind second)
{
    struct tracker_case *tracked = assert_connections(lines, 2);
    const struct case_connection *c = tracked->connections;
    assert_int_equal(c[0].summary.handshake, first);
    assert_int_equal(c[1].summary.id, id);
    assert_int_equal(c[1].summary.handshake, second);
    assert_int_equal(c[0].summary.incarnation, 1);
    assert_int_equal(c[1].summary.incarnation, 2);
    assert_int_equal(case_events(&c[0], EVENT_PORT_REUSED), 0);
    assert_int_equal(case_events(&c[1], EVENT_PORT_REUSED), 1);
    free(tracked);
}

/* I1: the same ISN again while it is open. */
static void same_syn_again(void **state)
{
    (void)state;
    struct tracker_case *tracked = assert_connections(SYN "1 A S seq=1000 id=2\n", 1);
    assert_int_equal(case_events(&tracked->connections[0], EVENT_SYN_REPEATED), 1);
    assert_int_equal(tracked->connections[0].summary.endpoints[CLIENT].syns, 2);
    free(tracked);
    tracked = assert_connections(
        "0 A S seq=1000 id=5\n0.01 B SA seq=5000\n0.02 A A\n0.5 A S seq=1000 id=5\n", 1);
    assert_int_equal(tracked->connections[0].summary.handshake, HANDSHAKE_THREE_WAY);
    free(tracked);
}

/* I2a: Windows tries a refused SYN again after half a second. */
static void again_after_refusal(void **state)
{
    (void)state;
#define REFUSED SYN "0.01 B RA seq=0 ack=1001\n0.5 A S seq=1000\n"
    struct tracker_case *tracked = assert_connections(REFUSED, 1);
    assert_int_equal(case_events(&tracked->connections[0], EVENT_SYN_RETRIED), 1);
    assert_int_equal(tracked->connections[0].summary.handshake, HANDSHAKE_UNANSWERED);
    free(tracked);
    tracked = assert_connections(REFUSED "0.51 B RA seq=0 ack=1001\n5 A S seq=1000\n"
                                         "5.01 B RA seq=0 ack=1001\n", 1);
    assert_int_equal(case_events(&tracked->connections[0], EVENT_SYN_RETRIED), 2);
    assert_int_equal(tracked->connections[0].summary.handshake, HANDSHAKE_REFUSED);
    assert_int_equal(tracked->connections[0].summary.close, CLOSE_RESET);
    free(tracked);
    tracked = assert_connections(REFUSED "0.51 B SA seq=5000 ack=1001\n0.52 A A\n"
                                         "0.6 B RA seq=5001 ack=1001\n", 1);
    assert_int_equal(tracked->connections[0].summary.handshake, HANDSHAKE_THREE_WAY);
    assert_int_equal(tracked->connections[0].summary.close, CLOSE_RESET);
    assert_int_equal(case_events(&tracked->connections[0], EVENT_RESET), 2); /* refusal, abort */
    free(tracked);
    /* The next attempt has another number: a connection of its own. */
    assert_second(SYN "0.01 B RA seq=0 ack=1001\n0.5 A S seq=2000\n", 3, HANDSHAKE_REFUSED,
                  HANDSHAKE_UNANSWERED);
}

/* I2: the same ISN after the end: a copy that was late, or a generator that repeats itself. */
static void same_syn_after_the_end(void **state)
{
    (void)state;
    assert_count(CLOSED "1 A S seq=1000\n", 1);
    assert_second(CLOSED "5 A S seq=1000\n5.01 B SA seq=9000 ack=1001\n5.02 A A seq=1001\n", 7,
                  HANDSHAKE_THREE_WAY, HANDSHAKE_THREE_WAY);
}

/* The connection has this transition, and its client ends in this state. */
static void assert_states(const struct case_connection *c, const char *transition,
                          enum tcp_state client)
{
    char text[CASE_TEXT];
    if (!case_has(case_transitions(c, text), transition))
        fail_msg("missing \"%s\" in\n%s", transition, text);
    assert_string_equal(tcp_state_name((enum tcp_state)c->summary.endpoints[CLIENT].state),
                        tcp_state_name(client));
}

/* I3: reuse of the ports after the end, out of TIME_WAIT too (RFC 9293 §3.6.1 MAY-2). */
static void reuse(void **state)
{
    (void)state;
    struct tracker_case *tracked = assert_connections(
        CLOSED "0.5 A S seq=70000\n0.51 B SA seq=90000 ack=70001\n0.52 A A\n", 2);
    const struct case_connection *second = &tracked->connections[1];
    assert_int_equal(second->summary.id, 7);
    assert_int_equal(second->events[0].kind, EVENT_PORT_REUSED);
    assert_int_equal(second->events[0].from, STATE_TIME_WAIT);
    assert_int_equal(second->events[0].to, STATE_CLOSED);
    /* 450 ms since frame 6 at 0.05, in tenths of a millisecond */
    assert_int_equal(second->events[0].observed, 4500);
    assert_int_equal(tracked->connections[0].summary.last_frame, 6);
    /* TIME_WAIT of A is over when A sends that SYN. */
    assert_states(&tracked->connections[0], "7 client TIME_WAIT>CLOSED observed", STATE_CLOSED);
    free(tracked);
    /* B's SYN shows that B is done with the old connection, not yet that A takes it. */
    tracked = assert_connections(CLOSED "0.5 B S seq=70000\n", 2);
    assert_states(&tracked->connections[0], "7 client TIME_WAIT>CLOSED inferred", STATE_CLOSED);
    assert_int_equal(tracked->connections[1].events[0].from, STATE_TIME_WAIT);
    free(tracked);
    /* Two MSL were over before: that ended it, not the SYN. */
    tracked = assert_connections(CLOSED "60.05 A S seq=70000\n", 2);
    assert_states(&tracked->connections[0], "6 client TIME_WAIT>CLOSED inferred", STATE_CLOSED);
    assert_int_equal(tracked->connections[1].events[0].from, STATE_CLOSED);
    free(tracked);
    assert_second(OPEN "0.03 A RA\n0.5 A S seq=70000\n", 5, HANDSHAKE_THREE_WAY,
                  HANDSHAKE_UNANSWERED);
    /* The other end connects back. */
    tracked = assert_connections(CLOSED "0.5 B S seq=70000\n", 2);
    assert_int_equal(tracked->connections[0].summary.endpoints[CLIENT].port, 40000);
    assert_int_equal(tracked->connections[1].summary.endpoints[CLIENT].port, 80);
    free(tracked);
    /* A SYN-ACK that fits nothing: the SYN was missed. */
    assert_second(CLOSED "0.5 B SA seq=90000 ack=70001\n", 7, HANDSHAKE_THREE_WAY,
                  HANDSHAKE_HALF_OPEN);
    assert_count(CLOSED "0.5 B SA seq=5000 ack=1001\n", 1); /* that one is a late copy */
}

/* RFC 9293 Fig. 8: an old copy of the SYN comes to the server after the end; its answer, with a new
 * number, meets a client that has nothing open. The same answer to a SYN that is not in the capture
 * shows a client in SYN_SENT. */
static void syn_ack_for_old_syn(void **state)
{
    (void)state;
    struct tracker_case *tracked =
        assert_connections(CLOSED "1 B SA seq=9000 ack=1001\n1.02 A R seq=1001\n", 2);
    char text[CASE_TEXT];
    case_transitions(&tracked->connections[1], text);
    assert_string_equal(text, "7 client NONE>CLOSED inferred\n"
                              "7 server NONE>SYN_RCVD observed\n"
                              "8 server SYN_RCVD>LISTEN assumed\n");
    free(tracked);
    tracked = assert_connections(CLOSED "1 B SA seq=9000 ack=3001\n", 2);
    case_transitions(&tracked->connections[1], text);
    assert_true(case_has(text, "7 client NONE>SYN_SENT assumed"));
    free(tracked);
}

/* I4: picked up in the middle with one direction only; both directions: I7. */
static void after_a_piece(void **state)
{
    (void)state;
    assert_second("0 A A seq=500 ack=600\n0.5 A S seq=70000\n", 2, HANDSHAKE_NOT_CAPTURED,
                  HANDSHAKE_UNANSWERED);
    assert_count("0 A A seq=500 ack=600\n0.1 B A seq=600 ack=500\n0.5 A S seq=70000\n", 1);
}

/* I5: nothing for a keep-alive cycle (7200 + 9 * 75 s), or longer than a SYN is tried (131 s). */
static void after_silence(void **state)
{
    (void)state;
    assert_second(OPEN "7876 A S seq=70000\n", 4, HANDSHAKE_THREE_WAY, HANDSHAKE_UNANSWERED);
    assert_count(OPEN "7800 A S seq=70000\n", 1);
    assert_second(SYN "131 A S seq=70000\n", 2, HANDSHAKE_UNANSWERED, HANDSHAKE_UNANSWERED);
}

/* I6: SYNs that cross. */
static void crossing_syns(void **state)
{
    (void)state;
    struct tracker_case *tracked = assert_connections(SYN "0.001 B S seq=5000\n", 1);
    assert_int_equal(tracked->connections[0].summary.role_evidence, ROLE_SIMULTANEOUS);
    assert_int_equal(tracked->connections[0].summary.endpoints[CLIENT].port, 40000);
    free(tracked);
}

/* I7: a SYN on a live connection; what the other end answers decides. */
static void syn_on_a_live_connection(void **state)
{
    (void)state;
#define WAITS OPEN "5 A S seq=70000\n"
    assert_count(WAITS LATER, 2); /* silence: the old one goes on; the other is LATER's */
    assert_second(WAITS "5.01 B SA seq=90000 ack=70001\n5.02 A A seq=70001\n", 4,
                  HANDSHAKE_THREE_WAY, HANDSHAKE_THREE_WAY);
    assert_second(WAITS "5.01 B RA seq=0 ack=70001\n", 4, HANDSHAKE_THREE_WAY,
                  HANDSHAKE_REFUSED);
    /* What was open when the ports were taken is open no more. */
    struct tracker_case *taken = assert_connections(
        WAITS "5.01 B SA seq=90000 ack=70001\n5.02 A A seq=70001\n", 2);
    assert_states(&taken->connections[0], "4 client ESTABLISHED>CLOSED observed", STATE_CLOSED);
    assert_states(&taken->connections[0], "4 server ESTABLISHED>CLOSED proved by 5", STATE_CLOSED);
    assert_int_equal(taken->connections[1].events[0].from, STATE_ESTABLISHED);
    free(taken);
    assert_count(WAITS "5.01 B SA seq=90000 ack=70000\n", 1); /* that is no answer */
    /* Data of the old connection is no challenge; its numbers again are (RFC 5961 §4.2). */
    struct tracker_case *tracked = assert_connections(WAITS "5.01 B PA len=5\n", 1);
    assert_int_equal(case_events(&tracked->connections[0], EVENT_SYN_CHALLENGED), 0);
    free(tracked);
    tracked = assert_connections(WAITS "5.01 B A ack=1001\n5.5 B A ack=1001\n", 1);
    assert_int_equal(case_events(&tracked->connections[0], EVENT_SYN_CHALLENGED), 1);
    assert_int_equal(tracked->connections[0].summary.close, CLOSE_OPEN);
    assert_true(tracked->challenges == 1u << 5);
    free(tracked);
}

/* RFC 5961 §3.2: B asks back about a RST that is not exactly what it expects (1011, not 1500), and
 * 10 ms later that passes here; not sooner, and not much later. And a SYN is answered out of an
 * older connection. */
static void challenge_marked(void **state)
{
    (void)state;
#define RESET_6 OPEN "0.03 A PA len=10\n0.04 B A\n0.05 A R seq=1500\n"
    static const struct {
        const char *lines;
        uint64_t challenges;
    } list[] = {
        { RESET_6 "0.060 B A ack=1011\n", 1u << 7 },
        { RESET_6 "0.052 B A ack=1011\n", 0 },
        { RESET_6 "9.060 B A ack=1011\n", 0 },
        { RESET_6 "0.060 B PA len=9 ack=1011\n", 0 },
        { OPEN "0.03 A PA len=10\n0.04 B A\n0.05 A R seq=900000\n0.06 B A ack=1011\n", 0 },
        { SYN "0.01 B A seq=7000 ack=90000000\n", 1u << 2 },
        { SYN "0.01 B A seq=7000 ack=1001\n", 0 },
    };
#undef RESET_6
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        struct tracker_case *tracked = case_track(list[i].lines, NULL);
        if (tracked->challenges != list[i].challenges)
            fail_msg("frames %#llx, not %#llx, of\n%s", (unsigned long long)tracked->challenges,
                     (unsigned long long)list[i].challenges, list[i].lines);
        free(tracked);
    }
}

static void assert_segments(const struct case_connection *c, unsigned client, unsigned server)
{
    assert_int_equal(c->summary.endpoints[CLIENT].segments, client);
    assert_int_equal(c->summary.endpoints[SERVER].segments, server);
}

/* RFC 9293 Fig. 9: challenged, A resets the old connection and sends its SYN again. */
static void half_open_discovery(void **state)
{
    (void)state;
    struct tracker_case *tracked = assert_connections(
        WAITS "5.01 B A ack=1001\n5.02 A R seq=1001\n6 A S seq=70000\n"
              "6.01 B SA seq=90000 ack=70001\n6.02 A A seq=70001\n", 2);
    const struct case_connection *c = tracked->connections;
    assert_int_equal(case_events(&c[0], EVENT_SYN_CHALLENGED), 1);
    assert_int_equal(c[0].summary.close, CLOSE_RESET);
    assert_segments(&c[0], 3, 2);
    assert_int_equal(c[1].summary.id, 4); /* with the SYN that was challenged */
    assert_segments(&c[1], 3, 1);
    assert_int_equal(c[1].summary.handshake, HANDSHAKE_THREE_WAY);
    assert_int_equal(c[1].summary.endpoints[CLIENT].syns, 2);
    assert_true(c[1].summary.rtt_ns == UNKNOWN_NS); /* the SYN was repeated */
    assert_int_equal(case_events(&c[1], EVENT_SYN_REPEATED), 1);
    assert_int_equal(case_events(&c[1], EVENT_SYN_CHALLENGED), 1);
    assert_int_equal(c[1].events[0].kind, EVENT_PORT_REUSED);
    assert_int_equal(c[1].events[0].frame, 4);
    assert_int_equal(c[1].events[0].observed, 49800); /* 5 s - 0.02 s, in tenths of ms */
    free(tracked);
    /* With another number it is another attempt. */
    tracked = assert_connections(
        WAITS "5.01 B A ack=1001\n5.02 A R seq=1001\n6 A S seq=80000\n"
              "6.01 B SA seq=90000 ack=80001\n6.02 A A seq=80001\n", 2);
    assert_segments(&tracked->connections[0], 4, 2);
    assert_int_equal(tracked->connections[1].summary.id, 7);
    assert_true(tracked->connections[1].summary.rtt_ns == 20000000);
    free(tracked);
    /* So it is when nobody would go on trying for so long (131 s, PATIENCE_OPENING). */
    tracked = assert_connections(
        WAITS "5.01 B A ack=1001\n5.02 A R seq=1001\n136.1 A S seq=70000\n", 2);
    assert_int_equal(tracked->connections[1].summary.id, 7);
    free(tracked);
    /* The same when the old connection is not in the capture. */
    tracked = assert_connections("0 A S seq=70000\n0.01 B A seq=5001 ack=1001\n0.02 A R seq=1001\n"
                                 "1 A S seq=70000\n1.01 B SA seq=90000 ack=70001\n1.02 A A\n", 1);
    assert_int_equal(case_events(&tracked->connections[0], EVENT_SYN_CHALLENGED), 1);
    assert_int_equal(tracked->connections[0].summary.handshake, HANDSHAKE_THREE_WAY);
    assert_int_equal(tracked->connections[0].summary.close, CLOSE_OPEN);
    free(tracked);
}

/* I8: another ISN while the opening is not answered. */
static void another_attempt(void **state)
{
    (void)state;
#define ATTEMPTS SYN "0.1 A S seq=2000\n"
    assert_second(ATTEMPTS "0.11 B SA seq=5000 ack=2001\n", 2, HANDSHAKE_UNANSWERED,
                  HANDSHAKE_HALF_OPEN);
    assert_count(ATTEMPTS "0.11 B SA seq=5000 ack=1001\n", 1);
    assert_count(ATTEMPTS, 1); /* the capture ends before anything is decided */
    struct tracker_case *tracked = assert_connections(ATTEMPTS "1.2 A S seq=2000\n", 2);
    assert_int_equal(tracked->connections[1].summary.id, 2);
    assert_int_equal(tracked->connections[1].summary.endpoints[CLIENT].syns, 2);
    free(tracked);
    assert_count(ATTEMPTS LATER, 3); /* with LATER's own */
    /* Each of several attempts is one. */
    tracked = assert_connections(SYN "1 A S seq=2000\n3 A S seq=3000\n6 A S seq=4000\n" LATER, 5);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(tracked->connections[i].summary.id, i + 1);
        assert_int_equal(tracked->connections[i].summary.endpoints[CLIENT].isn, 1000 * (i + 1));
    }
    free(tracked);
}

/* Among SYNs with other numbers one comes again: it is an attempt of its own, and began when it was
 * first sent. */
static void attempt_among_others(void **state)
{
    (void)state;
#define AMONG SYN "0.1 A S seq=2000 id=20\n0.2 A S seq=3000\n0.3 A S seq=4000\n"
    struct tracker_case *tracked = assert_connections(
        AMONG "0.9 A S seq=2000 id=21\n0.91 B SA seq=5000 ack=2001\n0.92 A A seq=2001\n", 2);
    const struct case_connection *c = tracked->connections;
    assert_int_equal(c[0].summary.endpoints[CLIENT].segments, 3); /* 1000, 3000, 4000 */
    assert_int_equal(c[1].summary.id, 2);
    assert_int_equal(c[1].summary.endpoints[CLIENT].isn, 2000);
    assert_int_equal(c[1].summary.endpoints[CLIENT].syns, 2);
    assert_int_equal(c[1].summary.endpoints[CLIENT].segments, 3);
    assert_int_equal(c[1].summary.handshake, HANDSHAKE_THREE_WAY);
    assert_int_equal(case_events(&c[1], EVENT_SYN_REPEATED), 1);
    free(tracked);
    /* It gave way to another one meanwhile, and came a third time. */
    tracked = assert_connections(AMONG "0.8 A S seq=2000 id=21\n0.85 A S seq=6000\n"
                                       "0.9 A S seq=2000 id=22\n0.91 B SA seq=5000 ack=2001\n",
                                 2);
    assert_int_equal(tracked->connections[1].summary.id, 2);
    assert_int_equal(tracked->connections[1].summary.endpoints[CLIENT].syns, 3);
    free(tracked);
    /* Eight others are remembered: the SYN of frame 2 is forgotten behind nine. */
    tracked = assert_connections(
        AMONG "0.31 A S seq=11\n0.32 A S seq=12\n0.33 A S seq=13\n0.34 A S seq=14\n"
              "0.35 A S seq=15\n0.36 A S seq=16\n0.37 A S seq=17\n"
              "0.9 A S seq=2000 id=21\n0.91 B SA seq=5000 ack=2001\n", 2);
    assert_int_equal(tracked->connections[1].summary.id, 12);
    assert_int_equal(tracked->connections[1].summary.endpoints[CLIENT].syns, 1);
    free(tracked);
}

/* RFC 9293 Fig. 8: the SYN of a former connection comes late and is answered. */
static void old_duplicate_syn(void **state)
{
    (void)state;
    struct tracker_case *tracked = assert_connections(
        "0 A S seq=90\n0.01 B SA seq=300 ack=91\n0.02 A R seq=91\n"
        "0.03 A S seq=100\n0.04 B SA seq=400 ack=101\n0.05 A A\n", 2);
    const struct case_connection *c = tracked->connections;
    assert_int_equal(c[0].summary.handshake, HANDSHAKE_ABORTED);
    assert_int_equal(c[1].summary.id, 4);
    assert_int_equal(c[1].summary.handshake, HANDSHAKE_THREE_WAY);
    free(tracked);
}

/* A SYN that waited was sent again meanwhile: its repeats are the new connection's. */
static void repeats_of_a_waiting_syn(void **state)
{
    (void)state;
    struct tracker_case *tracked = assert_connections(
        WAITS "6 A S seq=70000\n6.001 B SA seq=90000 ack=70001\n6.002 A A seq=70001\n", 2);
    const struct case_connection *c = tracked->connections;
    assert_segments(&c[0], 2, 1);
    assert_segments(&c[1], 3, 1);
    assert_int_equal(case_events(&c[0], EVENT_SYN_REPEATED), 0);
    assert_int_equal(case_events(&c[1], EVENT_SYN_REPEATED), 1);
    assert_int_equal(c[1].summary.endpoints[CLIENT].syns, 2);
    assert_true(c[1].summary.rtt_ns == UNKNOWN_NS); /* which SYN was answered? */
    free(tracked);

    char lines[2000] = WAITS; /* more repeats than are kept one by one */
    for (int i = 0; i < 20; i++)
        strcat(lines, "+1 A S seq=70000\n");
    strcat(lines, "+0.001 B SA seq=90000 ack=70001\n+0.001 A A seq=70001\n");
    tracked = assert_connections(lines, 2);
    assert_segments(&tracked->connections[0], 2, 1);
    assert_segments(&tracked->connections[1], 22, 1);
    free(tracked);

    /* Not answered: they stay with the connection that they came to. */
    tracked = assert_connections(WAITS "6 A S seq=70000\n6.01 B A ack=1001\n", 1);
    assert_segments(&tracked->connections[0], 4, 2);
    free(tracked);
}

/* A SYN that waits is an attempt of its own, also where connections are handed over early. */
static void waiting_at_an_early_end(void **state)
{
    (void)state;
    for (int expire = 0; expire < 2; expire++) {
        const struct case_options options = { .expire = expire };
        /* 131 s after its SYN the first one has timed out; LATER's is 400 s behind. */
        struct tracker_case *tracked = case_track(
            SYN "0.1 A S seq=2000\nends A=192.0.2.9:999 B=192.0.2.10:22\n+400 A S seq=1\n"
                "+1 A S seq=1\n", &options);
        assert_int_equal(tracked->count, 3);
        assert_int_equal(tracked->begun, 3);
        assert_int_equal(tracked->connections[0].summary.id, 1);
        assert_int_equal(tracked->connections[1].summary.id, 2);
        assert_int_equal(tracked->connections[1].summary.endpoints[CLIENT].isn, 2000);
        assert_segments(&tracked->connections[0], 1, 0);
        assert_segments(&tracked->connections[1], 1, 0);
        free(tracked);
    }
    /* Room for two: the third drives the first out, and its SYN with it. */
    struct tracker_case *tracked = case_track(
        SYN "0.1 A S seq=2000\nends A=192.0.2.9:999 B=192.0.2.10:22\n+3 A S seq=1\n"
            "ends A=192.0.2.9:998 B=192.0.2.10:22\n+3 A S seq=1\n",
        &(struct case_options){ .max_connections = 2 });
    assert_int_equal(tracked->count, 4);
    assert_int_equal(tracked->connections[1].summary.id, 2);
    assert_int_equal(tracked->connections[1].summary.endpoints[CLIENT].isn, 2000);
    assert_segments(&tracked->connections[0], 1, 0);
    free(tracked);
}

/* More SYNs than may wait: the rest is counted, not lost in silence. */
static void waiting_is_bounded(void **state)
{
    (void)state;
    enum { MANY = 1024 + 3 }; /* INCARNATION_WAITING_MAX and three */
    char *lines = calloc(MANY, 200), *at = lines;
    assert_non_null(lines);
    for (unsigned i = 0; i < MANY; i++)
        at += sprintf(at, "ends A=192.0.2.1:%u B=192.0.2.2:80\n+0 A S seq=1\n+0 A S seq=99\n",
                      1000 + i);
    struct tracker_case *tracked =
        case_track(lines, &(struct case_options){ .max_connections = 2000, .uncounted = true });
    assert_int_equal(tracked->begun, MANY);
    assert_int_equal(tracked->waiting_refused, 3);
    free(tracked);
    free(lines);
}

/* The receiver drops a damaged SYN: it begins nothing, and promotes nothing. */
static void damaged_syn(void **state)
{
    (void)state;
    assert_count(CLOSED "1 A S seq=70000 badsum\n", 1);
    assert_count(CLOSED "1 A S seq=70000\n", 2);
    assert_count(WAITS "5.01 B SA seq=90000 ack=70001\n", 2);
    assert_count(OPEN "0.03 B A\n0.04 B A\n5 A S seq=70000\n"
                      "5.01 B SA seq=90000 ack=70001 badsum\n", 1);
    /* All checksums of this sender are wrong: the card fills them in. */
    assert_count("0 A S seq=1000 badsum\n0.01 B SA seq=5000\n0.02 A A badsum\n"
                 "0.03 A FA badsum\n0.04 B FA\n0.05 A A badsum\n1 A S seq=70000 badsum\n", 2);
}

/* Behind a SYN that waited stands another one that begins a connection at once. */
static void two_begin_at_once(void **state)
{
    (void)state;
    struct tracker_case *tracked = assert_connections(
        SYN "1 A S seq=2000\n200 A S seq=3000\n+0.01 B SA seq=5000\n+0.01 A A\n", 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(tracked->connections[i].summary.id, i + 1);
    assert_segments(&tracked->connections[1], 1, 0);
    assert_segments(&tracked->connections[2], 2, 1);
    assert_int_equal(tracked->connections[2].summary.handshake, HANDSHAKE_THREE_WAY);
    free(tracked);
}

/* The pause in units of 0.1 ms, rounded: 1.23456 s are 12346; a clock that steps back has none. */
static void pause_before_reuse(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        uint32_t pause;
    } list[] = { { "+1.23456 A S seq=70000\n", 12346 }, { "+1.23454 A S seq=70000\n", 12345 } };
    for (size_t i = 0; i < 2; i++) {
        char lines[500] = CLOSED;
        strcat(lines, list[i].line);
        struct tracker_case *tracked = assert_connections(lines, 2);
        const struct case_connection *c = &tracked->connections[1];
        bool found = false;
        for (size_t k = 0; k < c->count; k++)
            if (c->events[k].kind == EVENT_PORT_REUSED) {
                assert_int_equal(c->events[k].observed, list[i].pause);
                found = true;
            }
        assert_true(found);
        free(tracked);
    }
}

/* A refusal that does not acknowledge the SYN ends nothing (RFC 9293 §3.10.7.3). */
static void unacceptable_refusal(void **state)
{
    (void)state;
    struct tracker_case *tracked = assert_connections(
        SYN "0.01 B RA seq=0 ack=5555\n0.02 B SA seq=5000 ack=1001\n0.03 A A\n"
            "0.04 A S seq=2000\n", 1);
    assert_int_equal(tracked->connections[0].summary.handshake, HANDSHAKE_THREE_WAY);
    assert_int_equal(tracked->connections[0].summary.close, CLOSE_OPEN);
    assert_int_equal(case_events(&tracked->connections[0], EVENT_RESET_NOT_BELIEVED), 1);
    free(tracked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(syn_ack_for_old_syn),
        cmocka_unit_test(same_syn_again),
        cmocka_unit_test(again_after_refusal),
        cmocka_unit_test(same_syn_after_the_end),
        cmocka_unit_test(reuse),
        cmocka_unit_test(after_a_piece),
        cmocka_unit_test(after_silence),
        cmocka_unit_test(crossing_syns),
        cmocka_unit_test(syn_on_a_live_connection),
        cmocka_unit_test(challenge_marked),
        cmocka_unit_test(half_open_discovery),
        cmocka_unit_test(another_attempt),
        cmocka_unit_test(attempt_among_others),
        cmocka_unit_test(old_duplicate_syn),
        cmocka_unit_test(unacceptable_refusal),
        cmocka_unit_test(repeats_of_a_waiting_syn),
        cmocka_unit_test(waiting_at_an_early_end),
        cmocka_unit_test(waiting_is_bounded),
        cmocka_unit_test(damaged_syn),
        cmocka_unit_test(two_begin_at_once),
        cmocka_unit_test(pause_before_reuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
