/* A full accept queue: which connections count, and how many of them make a finding. */
#include "diagnose_case.h"
#include "model/segment.h"

/* Server 192.0.2.20:80; the last byte of the client's address is given. */
static void set_ends(struct diagnose_case *c, uint8_t client)
{
    memcpy(c->summary.endpoints[CLIENT].address, "\xc0\0\x02", 3);
    c->summary.endpoints[CLIENT].address[3] = client;
    memcpy(c->summary.endpoints[SERVER].address, "\xc0\0\x02\x14", 4);
    c->summary.endpoints[SERVER].port = 80;
}

/* The third ACK (3) and the request (4) pass; the server repeats its SYN-ACK (5). */
static struct diagnose_case case_untaken(uint8_t client, int64_t ms)
{
    struct diagnose_case c = case_syn();
    add_synack(&c, 2, 10);
    add_third_ack(&c, 3, 20);
    c.summary.endpoints[CLIENT].payload_bytes = 100;
    add_repeat(&c, SERVER, 5, 1020);
    c.summary.first_time = at(ms);
    c.summary.handshake_complete = false;
    set_ends(&c, client);
    return c;
}

/* tcp_abort_on_overflow: a RST (4) with the number that the third ACK acknowledged. */
static struct diagnose_case case_aborted(uint8_t client, int64_t ms)
{
    struct diagnose_case c = case_syn();
    add_synack(&c, 2, 10);
    add_third_ack(&c, 3, 20);
    add_reset(&c, SERVER, 4, 30, RESET_REACTIVE, 5001);
    c.summary.endpoints[SERVER].segments++;
    c.summary.endpoints[SERVER].state = STATE_CLOSED;
    c.summary.first_time = at(ms);
    set_ends(&c, client);
    return c;
}

static const struct capture_facts unknown_place = { .vantage = VANTAGE_UNKNOWN };
static const struct capture_facts at_server = { .vantage = VANTAGE_SERVER };

/* Runs the connections; the finding of this topic at the end, or none. */
static bool overflow_of(struct diagnose_case *cases, size_t count,
                        const struct capture_facts *facts, struct finding *ret_finding)
{
    struct registry *registry = registry_new();
    assert_non_null(registry);
    for (size_t i = 0; i < count; i++)
        run_with(&cases[i], registry);
    struct findings findings = { .count = 0 };
    registry_end(registry, facts, &findings);
    registry_free(registry);
    assert_in_range(findings.count, 0, 1);
    *ret_finding = findings.list[0];
    if (findings.count == 1)
        assert_int_equal(ret_finding->topic, TOPIC_LISTEN_QUEUE_OVERFLOW);
    return findings.count == 1;
}

/* Three within a minute, seen at the server: what they sent arrived there. */
static void three_at_the_server(void **state)
{
    (void)state;
    struct diagnose_case cases[] = { case_untaken(9, 0), case_untaken(9, 60000),
                                     case_untaken(9, 30000) };
    struct finding f;
    assert_true(overflow_of(cases, 3, &at_server, &f));
    assert_int_equal(f.severity, SEVERITY_ERROR);
    assert_int_equal(f.scope, SCOPE_HOST);
    assert_int_equal(f.certainty, CERTAINTY_INFERRED);
    assert_int_equal(f.n, 3);
    assert_int_equal(f.m, 80);
    assert_int_equal(f.host_port, 80);
    assert_true(f.time == 60000 * MS);
    assert_int_equal(f.host_ip_version, 4);
    assert_memory_equal(f.host, "\xc0\0\x02\x14", 4);
    assert_int_equal(f.evidence_count, 3);
    assert_true(f.evidence[0].frame == 5);
    assert_int_equal(f.evidence[0].value, TCP_SYN | TCP_ACK);
    expect_frames_named(&f, topic_row(f.topic)->text);

    assert_false(overflow_of(cases, 2, &at_server, &f));
    cases[1].summary.first_time = at(60001); /* three, but never three within a minute */
    assert_false(overflow_of(cases, 3, &at_server, &f));
}

/* Elsewhere their segments may have been lost behind the capture, unless they took several ways. */
static void three_elsewhere(void **state)
{
    (void)state;
    static const struct capture_facts at_client = { .vantage = VANTAGE_CLIENT };
    struct diagnose_case cases[] = { case_untaken(9, 0), case_untaken(9, 1), case_untaken(9, 2) };
    struct finding f;
    assert_false(overflow_of(cases, 3, &unknown_place, &f));
    assert_false(overflow_of(cases, 3, &at_client, &f));
    set_ends(&cases[1], 10);
    assert_false(overflow_of(cases, 3, &unknown_place, &f));
    set_ends(&cases[2], 11);
    assert_true(overflow_of(cases, 3, &unknown_place, &f));
    /* Of three services each has one. */
    cases[1].summary.endpoints[SERVER].port = 81;
    assert_false(overflow_of(cases, 3, &unknown_place, &f));
}

/* Another connection of that host tells by its delays that the capture was taken near it. */
static void place_by_another(void **state)
{
    (void)state;
    static const struct capture_facts two_places = { .several_inputs = true };
    struct diagnose_case cases[] = { case_open(), case_untaken(9, 1), case_untaken(9, 2),
                                     case_untaken(9, 3), case_open() };
    struct finding f;
    set_ends(&cases[0], 9);
    cases[0].summary.synack_ns = MS / 100; /* the client's leg is 10 ms */
    assert_true(overflow_of(cases, 4, &unknown_place, &f));
    assert_false(overflow_of(cases, 4, &two_places, &f));
    /* And one that was captured near another server. */
    set_ends(&cases[4], 9);
    cases[4].summary.endpoints[SERVER].address[3] = 21;
    cases[4].summary.synack_ns = MS / 100;
    assert_false(overflow_of(cases, 5, &unknown_place, &f));
}

/* RSTs in place of the data's acknowledgement, wherever they are seen. A closed listener sends
 * the same. */
static void aborted(void **state)
{
    (void)state;
    struct diagnose_case cases[] = { case_aborted(9, 0), case_aborted(9, 1), case_aborted(9, 2) };
    struct finding f;
    assert_true(overflow_of(cases, 3, &unknown_place, &f));
    assert_int_equal(f.severity, SEVERITY_WARNING);
    assert_int_equal(f.certainty, CERTAINTY_ASSUMED);
    assert_int_equal(f.evidence[0].value, TCP_RST);
    /* A RST with its own number and an ACK: a program that had the connection gave it up. */
    cases[2].events[cases[2].count - 1].result = RESET_ACTIVE;
    assert_false(overflow_of(cases, 3, &unknown_place, &f));
    /* And one after an acknowledgement of the server. */
    cases[2] = case_aborted(9, 2);
    cases[2].summary.endpoints[SERVER].segments++;
    assert_false(overflow_of(cases, 3, &unknown_place, &f));
}

/* What is no full queue. */
static void not_counted(void **state)
{
    (void)state;
    struct diagnose_case cases[] = { case_untaken(9, 0), case_untaken(9, 1), case_untaken(9, 2) };
    struct finding f;
    /* A silent client: the server may wait for data (TCP_DEFER_ACCEPT). */
    cases[2].summary.endpoints[CLIENT].payload_bytes = 0;
    assert_false(overflow_of(cases, 3, &at_server, &f));
    /* The SYN-ACK came twice before the third ACK did. */
    cases[2] = case_untaken(9, 2);
    cases[2].events[cases[2].count - 1].frame = 2;
    assert_false(overflow_of(cases, 3, &at_server, &f));
    /* With cookies it forgets its SYN-ACK: then the data comes again. */
    cases[2].events[cases[2].count - 1] =
        (struct event){ .kind = EVENT_BYTES_REPEATED, .endpoint = CLIENT, .frame = 6 };
    assert_true(overflow_of(cases, 3, &at_server, &f));
    /* It was taken up in the end. */
    cases[2].summary.endpoints[SERVER].state = STATE_ESTABLISHED;
    assert_false(overflow_of(cases, 3, &at_server, &f));
}

/* More than are kept, latest first: all are counted, the earliest are named. */
static void many(void **state)
{
    (void)state;
    struct registry *registry = registry_new();
    assert_non_null(registry);
    for (int i = 99; i >= 0; i--) {
        struct diagnose_case c = case_untaken(9, i * 1000);
        for (size_t k = 0; k < c.count; k++)
            c.events[k].frame += (uint64_t)i * 10;
        run_with(&c, registry);
    }
    struct findings findings = { .count = 0 };
    registry_end(registry, &at_server, &findings);
    registry_free(registry);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.list[0].n, 100);
    assert_true(findings.list[0].time == 99000 * MS);
    assert_int_equal(findings.list[0].evidence_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_true(findings.list[0].evidence[i].frame == 5 + i * 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_at_the_server), cmocka_unit_test(three_elsewhere),
        cmocka_unit_test(place_by_another),    cmocka_unit_test(aborted),
        cmocka_unit_test(not_counted),         cmocka_unit_test(many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
