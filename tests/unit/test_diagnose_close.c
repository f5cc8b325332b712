/* Findings of the close, from lists of events. Sequence numbers: x = 1000, y = 5000. */
#include "diagnose_case.h"

/* The client closes in frame 6 at 100 ms; frame 7 acknowledges it (u = 1000 + 1 + 100). */
static struct diagnose_case case_half_closed(void)
{
    struct diagnose_case c = case_open();
    add_fin(&c, CLIENT, 6, 100);
    add_state(&c, SERVER, STATE_CLOSE_WAIT, 6, 100, CERTAINTY_PROVED, 7);
    c.summary.endpoints[CLIENT].fin_acked = true;
    c.summary.close = CLOSE_HALF_CLOSED;
    c.summary.first_closer = CLOSER_CLIENT;
    c.summary.last_frame = 7;
    c.summary.last_time = at(110);
    return c;
}

static void half_closed_until(struct diagnose_case *c, int64_t ms)
{
    c->summary.capture_end = at(ms);
    c->summary.close_wait_ns = (ms - 100) * MS;
}

static void half_closed(void **state)
{
    (void)state;
    struct diagnose_case c = case_half_closed();
    half_closed_until(&c, 60099);
    const struct finding *f =
        expect_only(&c, TOPIC_END_HALF_CLOSED, SEVERITY_NOTE, CERTAINTY_INFERRED);
    assert_int_equal(f->endpoint, SERVER); /* its move */
    assert_int_equal(f->state, STATE_CLOSE_WAIT);
    assert_true(f->time == 59999 * MS);
    assert_true(f->evidence[0].frame == 6);
    assert_true(f->evidence[0].value == 1101);
    assert_true(f->evidence[1].frame == 7);
    assert_true(f->evidence[1].value == 1102);
}

static void close_wait_stuck(void **state)
{
    (void)state;
    struct diagnose_case c = case_half_closed();
    half_closed_until(&c, 60100);
    const struct finding *f =
        expect_only(&c, TOPIC_CLOSE_WAIT_STUCK, SEVERITY_WARNING, CERTAINTY_INFERRED);
    assert_int_equal(f->endpoint, SERVER);
    assert_true(f->time == 60000 * MS);
}

/* A download that goes on after the client's FIN is work, not a leak. */
static void close_wait_busy(void **state)
{
    (void)state;
    struct diagnose_case c = case_half_closed();
    add(&c, EVENT_PAYLOAD_AFTER_FIN, SERVER, 8, 200);
    half_closed_until(&c, 184100);
    c.summary.endpoints[SERVER].last_time = at(184000);
    expect_only(&c, TOPIC_END_HALF_CLOSED, SEVERITY_NOTE, CERTAINTY_INFERRED);
    /* It stopped sending a minute ago: now it has been forgotten. */
    c.summary.endpoints[SERVER].last_time = at(124100);
    expect_only(&c, TOPIC_CLOSE_WAIT_STUCK, SEVERITY_WARNING, CERTAINTY_INFERRED);
}

/* It closed in the end, after 184 s. */
static void close_wait_stuck_then_closed(void **state)
{
    (void)state;
    struct diagnose_case c = case_half_closed();
    add_fin(&c, SERVER, 8, 184100);
    c.summary.endpoints[SERVER].fin_acked = true;
    c.summary.close = CLOSE_FOUR_SEGMENT;
    const struct finding *f =
        expect_only(&c, TOPIC_CLOSE_WAIT_STUCK, SEVERITY_WARNING, CERTAINTY_PROVED);
    assert_true(f->time == 184000 * MS);
}

static void closed_soon(void **state)
{
    (void)state;
    struct diagnose_case c = case_half_closed();
    add_fin(&c, SERVER, 8, 300);
    c.summary.endpoints[SERVER].fin_acked = true;
    c.summary.close = CLOSE_FOUR_SEGMENT;
    c.summary.capture_end = at(600000);
    expect_nothing(&c);
}

/* A FIN without acknowledgement proves nothing about the other end. */
static void fin_unanswered(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_fin(&c, CLIENT, 6, 100);
    c.summary.close = CLOSE_FIN_UNANSWERED;
    c.summary.capture_end = at(200000);
    expect_nothing(&c);
}

static void left_open(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    c.summary.capture_end = at(3600000);
    expect_nothing(&c);
}

static void fin_repeated(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_fin(&c, CLIENT, 6, 100);
    add(&c, EVENT_FIN_REPEATED, CLIENT, 7, 330);
    c.summary.close = CLOSE_FIN_UNANSWERED;
    const struct finding *f =
        expect_only(&c, TOPIC_FIN_RETRANSMISSION, SEVERITY_NOTE, CERTAINTY_OBSERVED);
    assert_int_equal(f->n, 1);
    assert_true(f->evidence[0].frame == 6);
    assert_true(f->evidence[0].value == 1101);
    assert_true(f->evidence[1].value == 230 * MS);
    assert_false(f->n_or_more);
    add(&c, EVENT_FIN_REPEATED, CLIENT, 8, 790);
    expect_only(&c, TOPIC_FIN_RETRANSMISSION, SEVERITY_NOTE, CERTAINTY_OBSERVED);
    add(&c, EVENT_FIN_REPEATED, CLIENT, 9, 1710);
    f = expect_only(&c, TOPIC_FIN_RETRANSMISSION, SEVERITY_WARNING, CERTAINTY_OBSERVED);
    assert_int_equal(f->n, 3);
    assert_true(f->evidence[3].value == 920 * MS);
    /* The summary counts on where the log ends, up to 255. */
    c.summary.endpoints[CLIENT].fins = 255;
    f = expect_only(&c, TOPIC_FIN_RETRANSMISSION, SEVERITY_WARNING, CERTAINTY_OBSERVED);
    assert_int_equal(f->n, 254);
    assert_true(f->n_or_more);
}

/* Each end repeats its FIN once: two findings, neither of them a warning. */
static void fins_repeated_by_both(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_fin(&c, CLIENT, 6, 100);
    add(&c, EVENT_FIN_REPEATED, CLIENT, 7, 330);
    add(&c, EVENT_FIN_REPEATED, SERVER, 8, 331);
    run(&c);
    assert_int_equal(c.findings.count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(c.findings.list[i].topic, TOPIC_FIN_RETRANSMISSION);
        assert_int_equal(c.findings.list[i].severity, SEVERITY_NOTE);
        assert_int_equal(c.findings.list[i].n, 1);
    }
    assert_int_not_equal(c.findings.list[0].endpoint, c.findings.list[1].endpoint);
}

static void simultaneous(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_fin(&c, CLIENT, 6, 100);
    add_fin(&c, SERVER, 7, 105);
    add_state(&c, CLIENT, STATE_CLOSING, 7, 105, CERTAINTY_INFERRED, 8);
    c.summary.close = CLOSE_SIMULTANEOUS;
    const struct finding *f =
        expect_only(&c, TOPIC_CLOSE_SIMULTANEOUS, SEVERITY_NOTE, CERTAINTY_OBSERVED);
    /* The FINs' own numbers show that they crossed, however CLOSING is known. */
    assert_true(f->evidence[0].frame == 6);
    assert_true(f->evidence[1].frame == 7);
    assert_true(f->evidence[1].value == 5301); /* w = 5000 + 1 + 300 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_closed),
        cmocka_unit_test(close_wait_stuck),
        cmocka_unit_test(close_wait_busy),
        cmocka_unit_test(close_wait_stuck_then_closed),
        cmocka_unit_test(closed_soon),
        cmocka_unit_test(fin_unanswered),
        cmocka_unit_test(left_open),
        cmocka_unit_test(fin_repeated),
        cmocka_unit_test(fins_repeated_by_both),
        cmocka_unit_test(simultaneous),
    };
    return cmocka_run_group_tests_name("diagnose_close", tests, NULL, NULL);
}
