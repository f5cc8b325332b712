/*
 * arrival: one connection, captured next to both ends. A case says when each segment was sent; it
 * passes the sender's input then, and the receiver's WAY later. A line that begins with "lost" is
 * of a segment that never came to the second input.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time_text.h"
#include "decode/decode.h"
#include "flow/twin.h"
#include "segment_builder.h"
#include "tcp/tracker.h"
#include "tracker_case.h"

#define WAY (20 * NS_PER_MS)
#define SIGHTS_MAX 64

/* A handshake whose ends answer after 0.03 ms; frames 1 to 6: SYN, its second view, and so on. */
#define OPEN                                                                                     \
    "0.00000 A S seq=1000 ts=1,0\n"                                                              \
    "0.02003 B SA seq=5000 ts=2,1\n"                                                             \
    "0.04006 A A ts=3,2\n"

static const struct flow_secret secret = { { 3, 4 } };

struct sights {
    struct segment list[SIGHTS_MAX];
    size_t count;
    int64_t way;
};

static void sight_add(struct sights *sights, const struct segment *s, unsigned input, int64_t time)
{
    size_t at = sights->count++;
    assert_true(sights->count <= SIGHTS_MAX);
    for (; at > 0 && sights->list[at - 1].time > time; at--)
        sights->list[at] = sights->list[at - 1];
    sights->list[at] = *s;
    sights->list[at].input = (uint8_t)input;
    sights->list[at].time = time;
}

static void line_take(struct sights *sights, struct segment_builder *builder, const char *line,
                      bool both)
{
    static const size_t size = BUILDER_FRAME_MAX;
    bool lost = strncmp(line, "lost ", 5) == 0;
    uint8_t *bytes = malloc(size);
    struct frame frame;
    struct segment s;
    struct notice notice;
    char error[256] = "";

    assert_non_null(bytes);
    if (!segment_builder_line(builder, lost ? line + 5 : line, bytes, size, &frame, error,
                              sizeof error))
        fail_msg("%s", error);
    assert_int_equal(decode_frame(&frame, &s, &notice), DECODE_SEGMENT);
    unsigned own = s.source_port == builder->end[0].port ? 0 : 1;
    sight_add(sights, &s, own, s.time);
    if (both && !lost)
        sight_add(sights, &s, 1 - own, s.time + sights->way);
    free(bytes);
}

static void keep(void *context, const struct summary *summary, const struct event *events,
                 size_t count)
{
    struct case_connection *connection = context;
    assert_true(count <= CASE_EVENTS);
    connection->summary = *summary;
    connection->count = count;
    memcpy(connection->events, events, count * sizeof *events);
}

/* Tracks a case; with `both` false as if only the senders' own inputs had been given. */
static void track(const char *lines, bool both, int64_t way, struct case_connection *ret)
{
    struct tracker_options options = { .max_connections = 10, .keep_log = true,
                                       .several_inputs = true, .msl_ns = 30 * NS_PER_S };
    struct tracker *tracker = tracker_new(&options);
    struct twins *twins = twins_new(&secret);
    struct sights sights = { .way = way };
    struct segment_builder builder;
    struct twin twin;
    char *copy = strdup(lines), *state = NULL;

    assert_true(tracker != NULL && twins != NULL && copy != NULL);
    segment_builder_init(&builder);
    for (char *line = strtok_r(copy, "\n", &state); line; line = strtok_r(NULL, "\n", &state))
        line_take(&sights, &builder, line, both);
    for (size_t i = 0; i < sights.count; i++) {
        struct segment *s = &sights.list[i];
        s->frame = i + 1;
        if (twins_segment(twins, s, s->input, &twin))
            tracker_view(tracker, s, twin.frame);
        else
            tracker_segment(tracker, s, cursor_init(NULL, 0));
    }
    assert_true(tracker_finish(tracker));
    tracker_each(tracker, keep, ret);
    twins_free(twins);
    tracker_free(tracker);
    free(copy);
}

static const struct event *entered(const struct case_connection *c, enum endpoint_id id,
                                   enum tcp_state to)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->events[i].kind == EVENT_TRANSITION && c->events[i].endpoint == id &&
            c->events[i].to == to)
            return &c->events[i];
    fail_msg("%s never in %s", endpoint_name(id), tcp_state_name(to));
    return NULL;
}

/* ns since the case began. */
static int64_t since(const struct case_connection *c, int64_t time)
{
    return time - c->summary.first_time;
}

/* The legs are those at the client: SYN 0, SYN-ACK there at 20.03 + 20, third ACK 40.06 ms. */
static void legs_at_the_client(void **state)
{
    (void)state;
    struct case_connection c;
    track(OPEN, true, WAY, &c);
    assert_int_equal(c.summary.synack_ns, 40030000);
    assert_int_equal(c.summary.ack_ns, 30000);
    assert_int_equal(c.summary.rtt_ns, 40060000);
    assert_int_equal(c.summary.second_views, 3);
}

/* The SYN-ACK was lost behind the server's input and never came to the client's: then no input
 * holds all three, and what is left is the time from SYN to third ACK. (How the client came to
 * acknowledge it is the other way's secret: its input lost the frame.) */
static void no_input_has_all(void **state)
{
    (void)state;
    struct case_connection c;
    track("lost 0.00000 A S seq=1000 ts=1,0\n"
          "lost 0.02003 B SA seq=5000 ts=2,1\n"
          "0.04006 A A ts=3,2\n", true, WAY, &c);
    assert_int_equal(c.summary.synack_ns, UNKNOWN_NS);
    assert_int_equal(c.summary.ack_ns, UNKNOWN_NS);
    assert_int_equal(c.summary.rtt_ns, 40060000); /* both in the client's input */
}

/* A handshake that was not completed has one leg, at the client: 20.03 + 20 ms. */
static void half_open(void **state)
{
    (void)state;
    struct case_connection c;
    track("0.00000 A S seq=1000 ts=1,0\n"
          "0.02003 B SA seq=5000 ts=2,1\n", true, WAY, &c);
    assert_int_equal(c.summary.synack_ns, 40030000);
    assert_int_equal(c.summary.ack_ns, UNKNOWN_NS);
    assert_int_equal(c.summary.rtt_ns, UNKNOWN_NS);
}

/* The client's input lacks the SYN-ACK, the server's has all: SYN there at 20, SYN-ACK 20.03, third
 * ACK 60.06 ms. */
static void legs_at_the_server(void **state)
{
    (void)state;
    struct case_connection c;
    track("0.00000 A S seq=1000 ts=1,0\n"
          "lost 0.02003 B SA seq=5000 ts=2,1\n"
          "0.04006 A A ts=3,2\n", true, WAY, &c);
    assert_int_equal(c.summary.synack_ns, 30000);
    assert_int_equal(c.summary.ack_ns, 40030000);
    assert_int_equal(c.summary.rtt_ns, 40060000);
}

/*
 * What an end does by receiving is dated where it received: the client's FIN, sent at 1.0 s, came
 * to the server's input at 1.02 s; what it does by sending, where it sent.
 */
#define CLOSE                                                                                    \
    OPEN "1.00000 A FA ts=4,2\n"                                                                 \
         "1.02002 B A ack=1002 ts=5,4\n"                                                         \
         "1.10000 B FA ts=6,4\n"                                                                 \
         "1.12002 A A ack=5002 ts=7,6\n"

static void dated_where_received(void **state)
{
    (void)state;
    struct case_connection c;
    track(CLOSE, true, WAY, &c);
    assert_int_equal(since(&c, entered(&c, CLIENT, STATE_FIN_WAIT_1)->time), 1000000000);
    assert_int_equal(since(&c, entered(&c, SERVER, STATE_CLOSE_WAIT)->time), 1020000000);
    assert_int_equal(since(&c, entered(&c, CLIENT, STATE_FIN_WAIT_2)->time), 1040020000);
    assert_int_equal(since(&c, entered(&c, SERVER, STATE_LAST_ACK)->time), 1100000000);
    assert_int_equal(since(&c, entered(&c, CLIENT, STATE_TIME_WAIT)->time), 1120020000);
    assert_int_equal(since(&c, entered(&c, SERVER, STATE_CLOSED)->time), 1140020000);
    assert_int_equal(c.summary.last_way_ns, WAY);
    case_assert_chain(&c);
}

/* The capture ends at once: that the last ACK arrived is assumed, unless it is seen to arrive next
 * to the server; what its socket did with it nobody saw, so it is inferred and no more. */
static void seen_to_arrive(void **state)
{
    (void)state;
    struct case_connection c;
    track(CLOSE, true, WAY, &c);
    const struct event *closed = entered(&c, SERVER, STATE_CLOSED);
    assert_int_equal(closed->certainty, CERTAINTY_INFERRED);
    assert_int_equal(closed->frame, 13); /* 7 segments: 14 frames, the last ACK's are 13 and 14 */
    assert_int_equal(closed->evidence, 14);
    track(OPEN "1.00000 A FA ts=4,2\n"
               "1.02002 B A ack=1002 ts=5,4\n"
               "1.10000 B FA ts=6,4\n"
               "lost 1.12002 A A ack=5002 ts=7,6\n", true, WAY, &c);
    closed = entered(&c, SERVER, STATE_CLOSED);
    assert_int_equal(closed->certainty, CERTAINTY_ASSUMED);
    assert_int_equal(closed->evidence, 0);
    track(CLOSE, false, WAY, &c);
    assert_int_equal(entered(&c, SERVER, STATE_CLOSED)->certainty, CERTAINTY_ASSUMED);
}

/* The second input stands 15 ms before the server, which answers there after 10 ms: what arrives at
 * that input may still be lost. */
static void not_next_to_it(void **state)
{
    (void)state;
    struct case_connection c;
    track("0.00000 A S seq=1000 ts=1,0\n"
          "0.03000 B SA seq=5000 ts=2,1\n" /* 10 ms after the SYN passed there */
          "0.05003 A A ts=3,2\n"
          "1.00000 A FA ts=4,2\n"
          "1.03000 B FA ack=1002 ts=6,4\n"
          "1.05003 A A ack=5002 ts=7,6\n", true, WAY, &c);
    assert_int_equal(entered(&c, SERVER, STATE_CLOSED)->certainty, CERTAINTY_ASSUMED);
}

/* On a short way, 0.05 ms, each end seems to answer at once, also where the same capture is given
 * twice: taken at the client, where the server's SYN-ACK comes after 0.13 ms. */
static void short_way(void **state)
{
    (void)state;
    struct case_connection c;
    track("0.00000 A S seq=1000 ts=1,0\n"
          "0.00013 B SA seq=5000 ts=2,1\n"
          "0.00014 A A ts=3,2\n"
          "1.00000 A FA ts=4,2\n"
          "1.00013 B FA ack=1002 ts=6,4\n"
          "1.00014 A A ack=5002 ts=7,6\n", true, 0, &c);
    assert_int_equal(entered(&c, SERVER, STATE_CLOSED)->certainty, CERTAINTY_ASSUMED);
}

/*
 * FINs that cross, sent at 1.000 and 1.007 s: each arrives after the other end has sent its own, so
 * CLOSING begins at 1.027 and 1.020 s. The acknowledgements, sent at 1.027 and 1.020 s, arrive at
 * 1.047 and 1.040 s, where TIME_WAIT begins.
 */
static void crossing_fins(void **state)
{
    (void)state;
    struct case_connection c;
    track(OPEN "1.00000 A FA ts=4,2\n"
               "1.00700 B FA ack=1001 ts=5,3\n"
               "1.02003 B A ack=1002 ts=6,4\n"
               "1.02703 A A seq=1002 ack=5002 ts=7,5\n", true, WAY, &c);
    assert_int_equal(since(&c, entered(&c, CLIENT, STATE_CLOSING)->time), 1027000000);
    assert_int_equal(since(&c, entered(&c, SERVER, STATE_CLOSING)->time), 1020000000);
    assert_int_equal(since(&c, entered(&c, CLIENT, STATE_TIME_WAIT)->time), 1040030000);
    assert_int_equal(since(&c, entered(&c, SERVER, STATE_TIME_WAIT)->time), 1047030000);
    case_assert_chain(&c);
}

/* Two views change no state and no order of states, only how sure they are and when. */
static void same_states(void **state)
{
    (void)state;
    struct case_connection one, two;
    track(CLOSE, false, WAY, &one);
    track(CLOSE, true, WAY, &two);
    size_t at = 0;
    for (size_t i = 0; i < one.count; i++) {
        if (one.events[i].kind != EVENT_TRANSITION)
            continue;
        while (at < two.count && two.events[at].kind != EVENT_TRANSITION)
            at++;
        assert_true(at < two.count);
        assert_int_equal(two.events[at].endpoint, one.events[i].endpoint);
        assert_int_equal(two.events[at].to, one.events[i].to);
        assert_true(two.events[at].certainty <= one.events[i].certainty);
        at++;
    }
    assert_int_equal(one.summary.second_views, 0);
    assert_int_equal(two.summary.second_views, 7);
}

/*
 * What passed at one input and never at the other was lost between them. B's acknowledgements leave
 * when what they tell has come, 20 ms after it was sent.
 */
#define SENT OPEN "0.10 A A len=1000 ts=10,2\n0.12 B A ack=2001 ts=11,10\n"

static void lost_is(const char *lines, uint32_t after, uint32_t between, bool missing)
{
    struct case_connection connection;
    track(lines, true, WAY, &connection);
    const struct lost *lost = &connection.summary.endpoints[CLIENT].lost;
    assert_int_equal(lost->part[LOST_AFTER].segments, after);
    assert_int_equal(lost->part[LOST_BETWEEN].segments, between);
    assert_int_equal(lost->part[LOST_BETWEEN].bytes, between * 1000u);
    assert_int_equal(lost->views_missing, missing);
}

static void lost_between(void **state)
{
    (void)state;
    /* Both inputs show the first sending: it was lost behind them. */
    lost_is(SENT "0.2 A A len=1000 ts=20,11\n0.5 A A seq=2001 len=1000 ts=50,11\n"
                 "0.52 B A ack=3001 ts=51,50\n", 1, 0, false);
    lost_is(SENT "lost 0.2 A A len=1000 ts=20,11\n0.5 A A seq=2001 len=1000 ts=50,11\n"
                 "0.52 B A ack=3001 ts=51,50\n", 0, 1, false);
    /* The repeat was lost there, too. */
    lost_is(SENT "lost 0.2 A A len=1000 ts=20,11\nlost 0.5 A A seq=2001 len=1000 ts=50,11\n"
                 "1.1 A A seq=2001 len=1000 ts=110,11\n1.12 B A ack=3001 ts=111,110\n", 0, 2, false);
    /* The other input shows no repeat: it may have ended. */
    lost_is(SENT "lost 0.2 A A len=1000 ts=20,11\nlost 0.5 A A seq=2001 len=1000 ts=50,11\n"
                 "0.54 B A ack=3001 ts=51,50\n", 1, 0, false);
    /* It showed nothing of A before: it may have begun later. */
    lost_is("lost 0.00000 A S seq=1000 ts=1,0\n0.02003 B SA seq=5000 ts=2,1\n"
            "lost 0.04006 A A ts=3,2\nlost 0.1 A A len=1000 ts=10,2\n"
            "0.5 A A seq=1001 len=1000 ts=50,2\n0.52 B A ack=2001 ts=51,50\n", 1, 0, false);
    /* It lacks another segment, which arrived: it may have lost this one itself. */
    lost_is(SENT "lost 0.15 A A len=1000 ts=15,11\n0.19 B A ack=3001 ts=19,15\n"
                 "lost 0.2 A A len=1000 ts=20,19\n0.5 A A seq=3001 len=1000 ts=50,19\n"
                 "0.52 B A ack=4001 ts=51,50\n", 0, 1, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(legs_at_the_client), cmocka_unit_test(no_input_has_all),
        cmocka_unit_test(half_open),
        cmocka_unit_test(legs_at_the_server), cmocka_unit_test(dated_where_received),
        cmocka_unit_test(seen_to_arrive),     cmocka_unit_test(not_next_to_it),
        cmocka_unit_test(short_way),
        cmocka_unit_test(crossing_fins),      cmocka_unit_test(same_states),
        cmocka_unit_test(lost_between),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
