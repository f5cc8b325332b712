/* Findings of the opening, from lists of events. */
#include "diagnose_case.h"

#include "model/segment.h"

static void plain_handshake(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    expect_nothing(&c);
}

static void unanswered(void **state)
{
    (void)state;
    /* Linux repeats after 1 s and 2 s more (RFC 6298 §5.5); the capture ends at 3.5 s. */
    struct diagnose_case c = case_syn();
    add_repeat(&c, CLIENT, 2, 1014);
    add_repeat(&c, CLIENT, 3, 3030);
    c.summary.capture_end = at(3500);
    const struct finding *f =
        expect_only(&c, TOPIC_HANDSHAKE_UNANSWERED, SEVERITY_ERROR, CERTAINTY_INFERRED);
    assert_int_equal(f->n, 3);
    assert_true(f->time == 3500 * MS);
    assert_int_equal(f->evidence_count, 3);
    assert_true(f->evidence[1].frame == 2);
    assert_string_equal(f->evidence[1].field, "gap");
    assert_true(f->evidence[1].value == 1014 * MS);
    assert_true(f->evidence[2].value == 2016 * MS);
}

static void unanswered_two_syns(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    add_repeat(&c, CLIENT, 2, 1014);
    c.summary.capture_end = at(3000);
    expect_only(&c, TOPIC_HANDSHAKE_UNANSWERED, SEVERITY_WARNING, CERTAINTY_INFERRED);
    /* A millisecond less and the capture ended too early to tell. */
    c.summary.capture_end = at(2999);
    expect_nothing(&c);
}

static void unanswered_keeps_eight(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    for (int i = 1; i <= 10; i++)
        add_repeat(&c, CLIENT, (uint64_t)i + 1, i * 1024);
    const struct finding *f =
        expect_only(&c, TOPIC_HANDSHAKE_UNANSWERED, SEVERITY_ERROR, CERTAINTY_INFERRED);
    assert_int_equal(f->n, 11);
    assert_int_equal(f->evidence_count, FINDING_EVIDENCE_MAX);
}

/* One direction is missing: the client goes on, so it was answered. */
static void unanswered_one_way_capture(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    add_repeat(&c, CLIENT, 2, 1014);
    add_state(&c, CLIENT, STATE_ESTABLISHED, 3, 1030, CERTAINTY_INFERRED, 0);
    c.summary.capture_end = at(9000);
    expect_nothing(&c);
    c = case_syn(); /* the same client refused an answer that was not captured */
    add_repeat(&c, CLIENT, 2, 1014);
    c.summary.endpoints[CLIENT].resets = 1;
    c.summary.capture_end = at(9000);
    expect_nothing(&c);
}

static void unanswered_rejected(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    add_repeat(&c, CLIENT, 2, 1014);
    c.summary.handshake = HANDSHAKE_REJECTED; /* an ICMP error answered */
    c.summary.capture_end = at(9000);
    expect_nothing(&c);
}

static void abandoned(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    c.summary.capture_end = at(2000);
    const struct finding *f =
        expect_only(&c, TOPIC_CONNECT_ABANDONED, SEVERITY_NOTE, CERTAINTY_INFERRED);
    assert_true(f->evidence[0].frame == 1);
    assert_true(f->time == 2000 * MS);
    /* The first repeat is due after 1 s; timers run up to 13 % late. */
    c.summary.capture_end = at(1130);
    expect_nothing(&c);
}

static void syn_repeated(void **state)
{
    (void)state;
    /* The first SYN is lost; the second, at 1.014 s, is answered 10 ms later. */
    struct diagnose_case c = case_syn();
    add_repeat(&c, CLIENT, 2, 1014);
    add_synack(&c, 3, 1024);
    add_third_ack(&c, 4, 1034);
    add_state(&c, SERVER, STATE_ESTABLISHED, 4, 1034, CERTAINTY_PROVED, 6);
    c.summary.handshake_complete = true;
    const struct finding *f =
        expect_only(&c, TOPIC_SYN_RETRANSMISSION, SEVERITY_WARNING, CERTAINTY_OBSERVED);
    assert_int_equal(f->n, 2);
    assert_true(f->time == 1014 * MS);
    assert_true(f->evidence[0].frame == 1);
    assert_int_equal(f->evidence[0].value, TCP_SYN);
    assert_true(f->evidence[1].frame == 2);
    assert_true(f->evidence[1].value == 1014 * MS);
}

static void syn_repeated_synack_lost(void **state)
{
    (void)state;
    /* The first SYN-ACK passes and is lost behind: SYN and SYN-ACK come again. */
    struct diagnose_case c = case_syn();
    add_synack(&c, 2, 10);
    add_repeat(&c, CLIENT, 3, 1014);
    add_repeat(&c, SERVER, 4, 1024);
    add_third_ack(&c, 5, 1034);
    add_state(&c, SERVER, STATE_ESTABLISHED, 5, 1034, CERTAINTY_PROVED, 7);
    c.summary.handshake_complete = true;
    const struct finding *f =
        expect_only(&c, TOPIC_SYN_RETRANSMISSION, SEVERITY_WARNING, CERTAINTY_OBSERVED);
    assert_int_equal(f->n, 2);
    assert_true(f->evidence[2].frame == 2); /* the SYN-ACK that was seen before the repeat */
    assert_int_equal(f->evidence[2].value, TCP_SYN | TCP_ACK);
}

/* The way there and back takes 1.2 s: the SYN is repeated though nothing was lost. */
static void syn_repeat_crossed(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    add_synack(&c, 2, 10);
    add_repeat(&c, CLIENT, 3, 1014);
    add_third_ack(&c, 4, 1210); /* acknowledges the only SYN-ACK there was */
    add_state(&c, SERVER, STATE_ESTABLISHED, 4, 1210, CERTAINTY_PROVED, 6);
    c.summary.handshake_complete = true;
    expect_nothing(&c);
}

/* A SYN that comes by after the handshake was delayed, not sent for want of an answer. */
static void syn_after_handshake(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_repeat(&c, SERVER, 3, 15); /* two SYN-ACKs before the ACK: nothing crossed for sure */
    c.summary.endpoints[SERVER].syns = 2;
    for (size_t i = 0; i < c.count; i++)
        if (c.events[i].frame == 3 && c.events[i].kind == EVENT_TRANSITION)
            c.events[i].frame = 4;
    add_repeat(&c, CLIENT, 6, 60);
    expect_nothing(&c);
}

/* A copy made by the network is no repeat. */
static void syn_duplicated(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    add(&c, EVENT_SYN_DUPLICATED, CLIENT, 2, 0);
    add_synack(&c, 3, 10);
    add_third_ack(&c, 4, 20);
    c.summary.handshake_complete = true;
    expect_nothing(&c);
}

/* A SYN that met TIME_WAIT is repeated at once after the RST, not by a timer. */
static void syn_repeat_after_challenge(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    add(&c, EVENT_SYN_CHALLENGED, SERVER, 2, 10);
    add_repeat(&c, CLIENT, 4, 29);
    add_synack(&c, 5, 39);
    add_third_ack(&c, 6, 49);
    c.summary.handshake_complete = true;
    expect_nothing(&c);
}

static struct diagnose_case case_synacks(void)
{
    struct diagnose_case c = case_syn();
    add_synack(&c, 2, 10);
    add_repeat(&c, SERVER, 3, 1017);
    add_repeat(&c, SERVER, 4, 3033);
    return c;
}

static void synack_unanswered(void **state)
{
    (void)state;
    struct diagnose_case c = case_synacks();
    c.summary.capture_end = at(63010);
    const struct finding *f =
        expect_only(&c, TOPIC_SYNACK_UNANSWERED, SEVERITY_WARNING, CERTAINTY_INFERRED);
    assert_int_equal(f->n, 3);
    assert_int_equal(f->endpoint, SERVER);
    assert_true(f->time == 63000 * MS);
    assert_true(f->evidence[0].frame == 2);
    /* The server keeps its entry for 63 s (1+2+4+8+16+32); an ACK could still come. */
    c.summary.capture_end = at(63009);
    expect_nothing(&c);
}

static void synack_unanswered_once(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    add_synack(&c, 2, 10);
    c.summary.capture_end = at(70000);
    expect_nothing(&c); /* a server behind SYN cookies does not repeat */
}

static void third_ack_lost(void **state)
{
    (void)state;
    /* ACK at 20 ms, SYN-ACK again at 1.017 s, ACK again, then the server's banner (frame 6). */
    struct diagnose_case c = case_syn();
    add_synack(&c, 2, 10);
    add_third_ack(&c, 3, 20);
    add_repeat(&c, SERVER, 4, 1017);
    add_state(&c, SERVER, STATE_ESTABLISHED, 5, 1027, CERTAINTY_PROVED, 6);
    c.summary.synack_ns = 10 * MS;
    c.summary.handshake_complete = true;
    const struct finding *f =
        expect_only(&c, TOPIC_THIRD_ACK_LOST, SEVERITY_NOTE, CERTAINTY_INFERRED);
    assert_int_equal(f->evidence_count, 4);
    assert_true(f->evidence[0].frame == 3);
    assert_true(f->evidence[1].frame == 4);
    assert_true(f->evidence[2].frame == 5); /* what healed it */
    assert_true(f->evidence[3].frame == 6); /* what proves that */
    assert_true(f->time == 997 * MS);
}

/* The server repeated before it could have the ACK: 0.8 x 400 ms after it is too early. */
static void third_ack_crossed(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    add_synack(&c, 2, 400);
    add_third_ack(&c, 3, 1100);
    add_repeat(&c, SERVER, 4, 1419); /* 319 ms after the ACK passed */
    add_state(&c, SERVER, STATE_ESTABLISHED, 3, 1100, CERTAINTY_PROVED, 6);
    c.summary.synack_ns = 400 * MS;
    c.summary.handshake_complete = true;
    expect_nothing(&c);
}

/* The SYN-ACK came again before any ACK: it was lost itself, not the ACK. */
static void third_ack_after_repeats(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    add_synack(&c, 2, 10);
    add_repeat(&c, SERVER, 3, 1017);
    add_third_ack(&c, 4, 1027);
    add_state(&c, SERVER, STATE_ESTABLISHED, 4, 1027, CERTAINTY_PROVED, 6);
    c.summary.synack_ns = 10 * MS;
    c.summary.handshake_complete = true;
    expect_nothing(&c);
}

/* ACK and data passed, and the server still repeats: its accept queue is full. */
static void third_ack_overflow(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    add_synack(&c, 2, 10);
    add_third_ack(&c, 3, 20);
    struct event *data = add(&c, EVENT_CHECK, CLIENT, 4, 21);
    data->detail = CHECK_SYN_CONSUMES_ONE;
    add_repeat(&c, SERVER, 5, 1017);
    add_state(&c, SERVER, STATE_ESTABLISHED, 6, 1027, CERTAINTY_PROVED, 7);
    c.summary.synack_ns = 10 * MS;
    c.summary.handshake_complete = true;
    expect_nothing(&c);
}

/* The server had answered data (frame 5) before its SYN-ACK came by again: a late one. */
static void third_ack_proved_before(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_repeat(&c, SERVER, 6, 1017);
    expect_nothing(&c);
}

/* SYN-ACKs that acknowledge something else answer nothing. */
static void synack_misfit(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    add_repeat(&c, SERVER, 2, 10);
    add_repeat(&c, SERVER, 3, 1010);
    c.summary.handshake = HANDSHAKE_HALF_OPEN;
    c.summary.capture_end = at(90000);
    expect_nothing(&c);
}

/* Two SYNs, two SYN-ACKs: the second answers the second SYN. */
static void third_ack_two_syns(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    add_repeat(&c, CLIENT, 2, 1014);
    add_synack(&c, 3, 1300);
    add_third_ack(&c, 4, 1310);
    add_repeat(&c, SERVER, 5, 2314);
    add_state(&c, SERVER, STATE_ESTABLISHED, 6, 2320, CERTAINTY_PROVED, 7);
    c.summary.synack_ns = 286 * MS;
    c.summary.handshake_complete = true;
    expect_only(&c, TOPIC_SYN_RETRANSMISSION, SEVERITY_WARNING, CERTAINTY_OBSERVED);
}

static void unusual_openings(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    add_state(&c, SERVER, STATE_SYN_SENT, 2, 1, CERTAINTY_OBSERVED, 0);
    c.summary.handshake = HANDSHAKE_SIMULTANEOUS;
    /* Where nothing of one end is captured nothing is sure. */
    c.summary.endpoints[SERVER].segments = 0;
    expect_only(&c, TOPIC_SIMULTANEOUS_OPEN, SEVERITY_NOTE, CERTAINTY_INFERRED);
    c.summary.endpoints[SERVER].segments = 1;
    const struct finding *f =
        expect_only(&c, TOPIC_SIMULTANEOUS_OPEN, SEVERITY_NOTE, CERTAINTY_OBSERVED);
    assert_true(f->evidence[1].frame == 2);
    c.summary.handshake = HANDSHAKE_SPLIT;
    expect_only(&c, TOPIC_SPLIT_HANDSHAKE, SEVERITY_WARNING, CERTAINTY_INFERRED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_handshake),
        cmocka_unit_test(unanswered),
        cmocka_unit_test(unanswered_two_syns),
        cmocka_unit_test(unanswered_keeps_eight),
        cmocka_unit_test(unanswered_one_way_capture),
        cmocka_unit_test(unanswered_rejected),
        cmocka_unit_test(abandoned),
        cmocka_unit_test(syn_repeated),
        cmocka_unit_test(syn_repeated_synack_lost),
        cmocka_unit_test(syn_repeat_crossed),
        cmocka_unit_test(syn_after_handshake),
        cmocka_unit_test(syn_duplicated),
        cmocka_unit_test(syn_repeat_after_challenge),
        cmocka_unit_test(synack_unanswered),
        cmocka_unit_test(synack_unanswered_once),
        cmocka_unit_test(third_ack_lost),
        cmocka_unit_test(third_ack_crossed),
        cmocka_unit_test(third_ack_after_repeats),
        cmocka_unit_test(third_ack_overflow),
        cmocka_unit_test(third_ack_proved_before),
        cmocka_unit_test(synack_misfit),
        cmocka_unit_test(third_ack_two_syns),
        cmocka_unit_test(unusual_openings),
    };
    return cmocka_run_group_tests_name("diagnose_handshake", tests, NULL, NULL);
}
