/* What a RST means, from lists of events. */
#include "diagnose_case.h"

static void refused(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    add_reset(&c, SERVER, 2, 10, RESET_REFUSED, 0);
    c.summary.handshake = HANDSHAKE_REFUSED;
    c.summary.endpoints[SERVER].segments = 1;
    const struct finding *f =
        expect_only(&c, TOPIC_HANDSHAKE_REFUSED, SEVERITY_WARNING, CERTAINTY_OBSERVED);
    /* RST,ACK that acknowledges the SYN (RFC 9293 §3.10.7.3), and the SYN. */
    assert_true(f->evidence[0].frame == 2);
    assert_true(f->evidence[1].frame == 2);
    assert_true(f->evidence[1].value == (int64_t)(c.summary.endpoints[CLIENT].isn + 1));
    assert_true(f->evidence[2].frame == 1);
    assert_int_equal(f->endpoint, SERVER);
}

/* Refused at first; the SYN again half a second later is taken: the connection is sound. */
static void refused_then_taken(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    add_reset(&c, SERVER, 2, 10, RESET_REFUSED, 0);
    add(&c, EVENT_SYN_RETRIED, CLIENT, 3, 510);
    add_synack(&c, 4, 520);
    add_third_ack(&c, 5, 530);
    c.summary.handshake_complete = true;
    c.summary.close = CLOSE_OPEN;
    expect_nothing(&c);
    /* Later the server aborts: that RST counts, not the first one. */
    add_reset(&c, SERVER, 7, 600, RESET_ACTIVE, 5001);
    const struct finding *f =
        expect_only(&c, TOPIC_CLOSE_LINGER_ABORT, SEVERITY_NOTE, CERTAINTY_INFERRED);
    assert_true(f->evidence[0].frame == 7);
}

static void aborted(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    add_synack(&c, 2, 10);
    add_reset(&c, CLIENT, 3, 20, RESET_REACTIVE, 1001);
    c.summary.handshake = HANDSHAKE_ABORTED;
    const struct finding *f =
        expect_only(&c, TOPIC_HANDSHAKE_ABORTED, SEVERITY_NOTE, CERTAINTY_OBSERVED);
    assert_int_equal(f->endpoint, CLIENT);
    /* A SYN with another number on the same ports soon after: the answered one was old. */
    c.summary.superseded = true;
    c.summary.capture_end = at(20 + 1999);
    f = expect_only(&c, TOPIC_OLD_DUPLICATE_SYN, SEVERITY_NOTE, CERTAINTY_INFERRED);
    assert_true(f->evidence[0].frame == 3);
    assert_true(f->evidence[1].frame == 1);
    assert_true(f->evidence[2].frame == 2);
    assert_true(f->time == 1999 * MS);
    c.summary.capture_end = at(20 + 2000); /* too late to have to do with it */
    expect_only(&c, TOPIC_HANDSHAKE_ABORTED, SEVERITY_NOTE, CERTAINTY_OBSERVED);
    c.summary.capture_end = at(30);
    c.summary.superseded = false;
    expect_only(&c, TOPIC_HANDSHAKE_ABORTED, SEVERITY_NOTE, CERTAINTY_OBSERVED);
    /* A client that had asked takes it back with its own number and an ACK. */
    c = case_syn();
    add_synack(&c, 2, 10);
    add_reset(&c, CLIENT, 3, 20, RESET_ACTIVE, 1001);
    c.summary.handshake = HANDSHAKE_ABORTED;
    c.summary.superseded = true;
    c.summary.capture_end = at(30);
    expect_only(&c, TOPIC_HANDSHAKE_ABORTED, SEVERITY_NOTE, CERTAINTY_OBSERVED);

    c = case_syn();
    add_synack(&c, 2, 10);
    add_reset(&c, SERVER, 3, 20, RESET_ACTIVE, 5001);
    c.summary.handshake = HANDSHAKE_ABORTED;
    f = expect_only(&c, TOPIC_HANDSHAKE_ABORTED, SEVERITY_WARNING, CERTAINTY_OBSERVED);
    assert_int_equal(f->endpoint, SERVER);
}

/* x + 1 + 100 bytes = 1101 is the client's SND.NXT; y + 1 + 300 = 5301 the server's. */

static void unread_data(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_reset(&c, CLIENT, 6, 100, RESET_ACTIVE, 1101)->expected = 1;
    /* The client had been talking: SO_LINGER 0 after reading the answer looks the same. */
    const struct finding *f =
        expect_only(&c, TOPIC_CLOSE_UNREAD_DATA_RST, SEVERITY_NOTE, CERTAINTY_ASSUMED);
    assert_int_equal(f->endpoint, CLIENT);
    assert_true(f->evidence[0].value == 1101);
    /* It never answered: unread input is the likelier. */
    c.summary.endpoints[CLIENT].payload_bytes = 0;
    expect_only(&c, TOPIC_CLOSE_UNREAD_DATA_RST, SEVERITY_WARNING, CERTAINTY_INFERRED);
}

/* A SYN on a live connection is challenged, the RST answers that (RFC 9293 Fig. 9). */
static void challenged(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add(&c, EVENT_SYN_CHALLENGED, SERVER, 6, 100);
    add_reset(&c, CLIENT, 7, 101, RESET_REACTIVE, 1101);
    const struct finding *f =
        expect_only(&c, TOPIC_SYN_CHALLENGED, SEVERITY_NOTE, CERTAINTY_OBSERVED);
    assert_true(f->evidence[0].frame == 7);
    assert_true(f->evidence[1].frame == 6);
    /* The handshake went on after it: this RST answers something else. */
    c = case_syn();
    add(&c, EVENT_SYN_CHALLENGED, SERVER, 2, 10);
    struct diagnose_case open = case_open();
    for (size_t i = 1; i < open.count; i++) {
        c.events[c.count] = open.events[i];
        c.events[c.count++].frame += 2;
    }
    c.summary = open.summary;
    c.summary.last_frame = 9;
    add_reset(&c, CLIENT, 9, 101, RESET_REACTIVE, 1101);
    expect_only(&c, TOPIC_HALF_OPEN_DEAD_PEER, SEVERITY_WARNING, CERTAINTY_INFERRED);
}

/* The same RST without pending input is a deliberate abort. */
static void linger_abort(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_reset(&c, SERVER, 6, 100, RESET_ACTIVE, 5301);
    const struct finding *f =
        expect_only(&c, TOPIC_CLOSE_LINGER_ABORT, SEVERITY_NOTE, CERTAINTY_INFERRED);
    assert_int_equal(f->endpoint, SERVER);
}

static void plain_abort(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_reset(&c, SERVER, 6, 100, RESET_OTHER, 5301);
    expect_only(&c, TOPIC_CLOSE_RST_ABORT, SEVERITY_WARNING, CERTAINTY_OBSERVED);
    /* Its number is not exact: the receiver asks back first (RFC 5961 §3.2). */
    c.events[c.count - 1].detail = RESET_IN_WINDOW;
    expect_only(&c, TOPIC_CLOSE_RST_ABORT, SEVERITY_WARNING, CERTAINTY_INFERRED);
    /* And then it does not have the shape of a living socket's RST either. */
    c.events[c.count - 1].result = RESET_ACTIVE;
    expect_only(&c, TOPIC_CLOSE_RST_ABORT, SEVERITY_WARNING, CERTAINTY_INFERRED);
}

/* A RST from either end, each in the shape of an abort: perhaps neither end sent its one. */
static void both_ends_abort(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_reset(&c, SERVER, 6, 100, RESET_ACTIVE, 5301);
    add_reset(&c, CLIENT, 7, 101, RESET_ACTIVE, 1101)->expected = 1;
    expect_only(&c, TOPIC_CLOSE_RST_ABORT, SEVERITY_WARNING, CERTAINTY_INFERRED);
    /* The second answers a segment under way: then the first is an abort. */
    c.events[c.count - 1].result = RESET_REACTIVE;
    expect_only(&c, TOPIC_CLOSE_LINGER_ABORT, SEVERITY_NOTE, CERTAINTY_INFERRED);
}

/* A RST right after the third ACK, before any data: nothing was lost. */
static void abort_without_data(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    c.summary.endpoints[CLIENT].payload_bytes = 0;
    c.summary.endpoints[SERVER].payload_bytes = 0;
    add_reset(&c, SERVER, 4, 30, RESET_REACTIVE, 5001);
    expect_only(&c, TOPIC_CLOSE_RST_ABORT, SEVERITY_NOTE, CERTAINTY_OBSERVED);
}

/* It answers a segment without ACK: there was no connection that it could have ended. */
static void no_connection(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    c.count = 0;
    c.summary.handshake = HANDSHAKE_NOT_CAPTURED;
    c.summary.endpoints[CLIENT].state = STATE_NONE;
    add_reset(&c, SERVER, 2, 1, RESET_REACTIVE, 0);
    expect_only(&c, TOPIC_CLOSE_RST_ABORT, SEVERITY_NOTE, CERTAINTY_INFERRED);
    c.summary.no_connection = true;
    expect_nothing(&c);
}

static void dead_peer(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_reset(&c, SERVER, 7, 600000, RESET_REACTIVE, 5301);
    const struct finding *f =
        expect_only(&c, TOPIC_HALF_OPEN_DEAD_PEER, SEVERITY_WARNING, CERTAINTY_INFERRED);
    assert_int_equal(f->endpoint, SERVER);
    assert_int_equal(f->evidence_count, 1);
    /* The segment that it answers, where the tracker knows which that is. */
    c.events[c.count] = c.events[c.count - 1];
    c.events[c.count - 1] = (struct event){ .kind = EVENT_RESET_CAUSE, .endpoint = CLIENT,
                                            .frame = 6, .time = at(599000) };
    c.count++;
    f = expect_only(&c, TOPIC_HALF_OPEN_DEAD_PEER, SEVERITY_WARNING, CERTAINTY_INFERRED);
    assert_int_equal(f->evidence_count, 2);
    assert_true(f->evidence[1].frame == 6);
    /* One-way data: no sign that it ever knew the connection. */
    c.summary.endpoints[SERVER].payload_bytes = 0;
    expect_only(&c, TOPIC_CLOSE_RST_ABORT, SEVERITY_WARNING, CERTAINTY_OBSERVED);
}

/* Keep-alives in frames 6 to 8 after the server's last segment in frame 5; the first is not noted.
 * A RST behind them is the giving up of who asked. */
static void keepalive_dead(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    c.summary.endpoints[SERVER].last_time = at(40);
    add(&c, EVENT_KEEP_ALIVE_UNANSWERED, CLIENT, 7, 2000)->observed = 2;
    expect_nothing(&c);
    add(&c, EVENT_KEEP_ALIVE_UNANSWERED, CLIENT, 8, 3000)->observed = 3;
    const struct finding *f =
        expect_only(&c, TOPIC_KEEPALIVE_DEAD, SEVERITY_WARNING, CERTAINTY_INFERRED);
    assert_int_equal(f->endpoint, CLIENT);
    assert_int_equal(f->n, 3);
    assert_true(f->evidence[0].frame == 8);
    assert_true(f->evidence[1].frame == 7);
    add_reset(&c, CLIENT, 9, 4000, RESET_ACTIVE, 1101)->expected = 1;
    f = expect_only(&c, TOPIC_KEEPALIVE_DEAD, SEVERITY_WARNING, CERTAINTY_INFERRED);
    assert_int_equal(f->evidence_count, 3);
    assert_true(f->evidence[2].frame == 9);
    /* Something of the server came after all: an abort like any other. */
    c.summary.endpoints[SERVER].last_time = at(3500);
    expect_only(&c, TOPIC_CLOSE_UNREAD_DATA_RST, SEVERITY_NOTE, CERTAINTY_ASSUMED);
}

/* The server acknowledged the FIN, so it knew the connection: its RST is an abort. */
static void known_a_moment_ago(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_fin(&c, CLIENT, 6, 100);
    add_state(&c, SERVER, STATE_CLOSE_WAIT, 6, 100, CERTAINTY_PROVED, 7);
    add_reset(&c, SERVER, 8, 120, RESET_REACTIVE, 5301);
    c.summary.endpoints[SERVER].state = STATE_CLOSED;
    expect_only(&c, TOPIC_CLOSE_RST_ABORT, SEVERITY_WARNING, CERTAINTY_OBSERVED);
    /* In LAST_ACK it had sent its FIN, though the log does not have it: not an abort. */
    c.events[c.count - 1].from = STATE_LAST_ACK;
    expect_nothing(&c);
}

static void after_fin(void **state)
{
    (void)state;
    /* The server closes in frame 6, the client sends in frame 8, frame 9 is the RST. */
    struct diagnose_case c = case_open();
    add_fin(&c, SERVER, 6, 100);
    add_state(&c, CLIENT, STATE_CLOSE_WAIT, 6, 100, CERTAINTY_PROVED, 7);
    add(&c, EVENT_PAYLOAD_AFTER_FIN, CLIENT, 8, 200);
    add_reset(&c, SERVER, 9, 210, RESET_REACTIVE, 5302);
    const struct finding *f =
        expect_only(&c, TOPIC_CLOSE_RST_AFTER_FIN, SEVERITY_WARNING, CERTAINTY_OBSERVED);
    assert_int_equal(f->endpoint, SERVER);
    assert_true(f->evidence[0].frame == 9);
    assert_true(f->evidence[1].frame == 6);
    assert_true(f->evidence[2].frame == 8);
    assert_int_equal(f->n, 0);
    c.summary.endpoints[CLIENT].unacknowledged = 500; /* sent before the FIN came, and after */
    assert_int_equal(expect_only(&c, TOPIC_CLOSE_RST_AFTER_FIN, SEVERITY_WARNING,
                                 CERTAINTY_OBSERVED)->n, 500);

    /* Without the late data in sight, what the RST answers is inferred. */
    c.events[c.count - 2].kind = EVENT_NONE;
    expect_only(&c, TOPIC_CLOSE_RST_AFTER_FIN, SEVERITY_WARNING, CERTAINTY_INFERRED);
}

/* A bare RST takes its number from what it answers (RFC 9293 §3.5.2). The FIN has the number 5301:
 * a RST of that number answers data that had not acknowledged the FIN, one of 5302 data that had. */
static void after_fin_by_number(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_fin(&c, SERVER, 6, 100);
    add_state(&c, CLIENT, STATE_CLOSE_WAIT, 6, 100, CERTAINTY_PROVED, 8);
    struct event *acked = add(&c, EVENT_CHECK, CLIENT, 8, 200);
    acked->detail = CHECK_ACK_OF_FIN;
    acked->result = CHECK_HOLDS;
    add(&c, EVENT_PAYLOAD_AFTER_FIN, CLIENT, 8, 200);
    struct event *reset = add_reset(&c, SERVER, 9, 210, RESET_REACTIVE, 5302);
    assert_int_equal(c.summary.endpoints[SERVER].fin_seq, 5301);
    const struct finding *f =
        expect_only(&c, TOPIC_CLOSE_RST_AFTER_FIN, SEVERITY_WARNING, CERTAINTY_OBSERVED);
    assert_int_equal(f->evidence_count, 3);
    reset->observed = 5301;
    f = expect_only(&c, TOPIC_CLOSE_RST_AFTER_FIN, SEVERITY_WARNING, CERTAINTY_INFERRED);
    assert_int_equal(f->evidence_count, 2); /* frame 8 is not what it answers */
    reset->result = RESET_OTHER; /* the number of an ACK that a later one has overtaken */
    expect_only(&c, TOPIC_CLOSE_RST_AFTER_FIN, SEVERITY_WARNING, CERTAINTY_INFERRED);
    /* With a number of its own it tells nothing of that. */
    reset->result = RESET_ACTIVE;
    expect_only(&c, TOPIC_CLOSE_RST_AFTER_FIN, SEVERITY_WARNING, CERTAINTY_OBSERVED);
    reset->result = RESET_REACTIVE;
    /* The late data was sent before the FIN came, and frame 9 acknowledged the FIN. */
    acked->frame = 9;
    reset->frame = 10;
    f = expect_only(&c, TOPIC_CLOSE_RST_AFTER_FIN, SEVERITY_WARNING, CERTAINTY_OBSERVED);
    assert_int_equal(f->evidence_count, 3);
    reset->observed = 5302;
    f = expect_only(&c, TOPIC_CLOSE_RST_AFTER_FIN, SEVERITY_WARNING, CERTAINTY_INFERRED);
    assert_int_equal(f->evidence_count, 2);
}

/* A RST in the place of the last ACK: its sender has forgotten the connection, no data is late. */
static void in_place_of_last_ack(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_fin(&c, CLIENT, 6, 100);
    add_state(&c, SERVER, STATE_CLOSE_WAIT, 6, 100, CERTAINTY_PROVED, 7);
    add_fin(&c, SERVER, 8, 200);
    add_reset(&c, CLIENT, 9, 210, RESET_REACTIVE, 1102);
    expect_nothing(&c);
}

static void after_both_fins(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_fin(&c, CLIENT, 6, 100);
    add_state(&c, SERVER, STATE_CLOSE_WAIT, 6, 100, CERTAINTY_PROVED, 7);
    add(&c, EVENT_PAYLOAD_AFTER_FIN, SERVER, 8, 199); /* a half-close with data in between */
    add_fin(&c, SERVER, 8, 200);
    add_state(&c, CLIENT, STATE_TIME_WAIT, 9, 210, CERTAINTY_OBSERVED, 0);
    add_reset(&c, CLIENT, 10, 211, RESET_ACTIVE, 1102);
    c.summary.close = CLOSE_FOUR_SEGMENT;
    expect_nothing(&c);
}

/* One finding for a burst: the first RST counts. */
static void burst(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_reset(&c, CLIENT, 6, 100, RESET_ACTIVE, 1101);
    add_reset(&c, CLIENT, 7, 101, RESET_REACTIVE, 1101)->from = STATE_CLOSED;
    add(&c, EVENT_RESET_NOT_BELIEVED, SERVER, 8, 102);
    expect_only(&c, TOPIC_CLOSE_LINGER_ABORT, SEVERITY_NOTE, CERTAINTY_INFERRED);
}

static void blind_once(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add(&c, EVENT_RESET_NOT_BELIEVED, SERVER, 6, 100)->observed = 900000;
    const struct finding *f =
        expect_only(&c, TOPIC_RST_BLIND, SEVERITY_NOTE, CERTAINTY_OBSERVED);
    assert_int_equal(f->n, 1);
    assert_true(f->evidence[0].value == 900000);
}

static void blind_series(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    /* Steps of one window, over the wrap. */
    add(&c, EVENT_RESET_NOT_BELIEVED, SERVER, 6, 100)->observed = 0xffff0000u;
    add(&c, EVENT_RESET_NOT_BELIEVED, SERVER, 7, 101)->observed = 0xffffff00u;
    expect_only(&c, TOPIC_RST_BLIND, SEVERITY_NOTE, CERTAINTY_OBSERVED);
    add(&c, EVENT_RESET_NOT_BELIEVED, SERVER, 8, 102)->observed = 0x0000fe00u;
    expect_only(&c, TOPIC_RST_BLIND, SEVERITY_ATTACK, CERTAINTY_INFERRED);
    /* The same number again is no series: copies of one stray. */
    c.events[c.count - 1].observed = 0xffffff00u;
    expect_only(&c, TOPIC_RST_BLIND, SEVERITY_NOTE, CERTAINTY_OBSERVED);
}

/* The RST in frame 6 was believed until its sender went on in frame 8. */
static void contradicted(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_reset(&c, SERVER, 6, 100, RESET_ACTIVE, 5301);
    add(&c, EVENT_RESET_NOT_BELIEVED, SERVER, 8, 900)->observed = 5301;
    c.summary.close = CLOSE_OPEN;
    const struct finding *f =
        expect_only(&c, TOPIC_RST_BLIND, SEVERITY_NOTE, CERTAINTY_OBSERVED);
    assert_true(f->evidence[0].frame == 6); /* the RST, not the segment that contradicts it */

    /* Later the client aborts for real. */
    add_reset(&c, CLIENT, 9, 1000, RESET_ACTIVE, 1101);
    run(&c);
    assert_int_equal(c.findings.count, 2);
    for (size_t i = 0; i < 2; i++)
        if (c.findings.list[i].topic == TOPIC_CLOSE_LINGER_ABORT)
            assert_int_equal(c.findings.list[i].endpoint, CLIENT);
        else
            assert_int_equal(c.findings.list[i].topic, TOPIC_RST_BLIND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused),
        cmocka_unit_test(refused_then_taken),
        cmocka_unit_test(aborted),
        cmocka_unit_test(unread_data),
        cmocka_unit_test(challenged),
        cmocka_unit_test(linger_abort),
        cmocka_unit_test(plain_abort),
        cmocka_unit_test(both_ends_abort),
        cmocka_unit_test(abort_without_data),
        cmocka_unit_test(no_connection),
        cmocka_unit_test(dead_peer),
        cmocka_unit_test(keepalive_dead),
        cmocka_unit_test(known_a_moment_ago),
        cmocka_unit_test(after_fin),
        cmocka_unit_test(after_fin_by_number),
        cmocka_unit_test(in_place_of_last_ack),
        cmocka_unit_test(after_both_fins),
        cmocka_unit_test(burst),
        cmocka_unit_test(blind_once),
        cmocka_unit_test(blind_series),
        cmocka_unit_test(contradicted),
    };
    return cmocka_run_group_tests_name("diagnose_reset", tests, NULL, NULL);
}
