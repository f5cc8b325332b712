/* Findings about numbers, ports and checksums, and the registry's order. x = 1000, y = 5000. */
#include <string.h>

#include "diagnose_case.h"

static struct event *add_check(struct diagnose_case *c, enum check_id id,
                               enum endpoint_id endpoint, uint64_t frame, uint32_t observed,
                               uint32_t expected)
{
    struct event *e = add(c, EVENT_CHECK, endpoint, frame, 30);
    e->time = 0; /* checks have none */
    e->detail = (uint8_t)id;
    e->observed = observed;
    e->expected = expected;
    e->result = observed == expected ? CHECK_HOLDS : CHECK_FAILS;
    return e;
}

static void checks_hold(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_check(&c, CHECK_SYNACK_ACKS_ISN_PLUS_1, SERVER, 2, 1001, 1001);
    add_check(&c, CHECK_ACK_OF_FIN, SERVER, 5, 0, 2)->result = CHECK_SKIPPED;
    expect_nothing(&c);
}

static void handshake_number(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    struct event *check = add_check(&c, CHECK_SYNACK_ACKS_ISN_PLUS_1, SERVER, 2, 1005, 1001);
    const struct finding *f =
        expect_only(&c, TOPIC_HANDSHAKE_NUMBER_WRONG, SEVERITY_ERROR, CERTAINTY_OBSERVED);
    assert_int_equal(f->n, 1005);
    assert_int_equal(f->m, 1001);
    assert_int_equal(f->evidence_count, 2);
    assert_string_equal(f->evidence[0].field, "ack");
    assert_int_equal(f->evidence[0].value, 1005);
    assert_string_equal(f->evidence[1].field, "expected");
    assert_int_equal(f->evidence[1].value, 1001);

    /* On an assumed or inferred number it is a remark. */
    check->certainty = CERTAINTY_ASSUMED;
    expect_only(&c, TOPIC_HANDSHAKE_NUMBER_WRONG, SEVERITY_NOTE, CERTAINTY_ASSUMED);
    check->certainty = CERTAINTY_INFERRED;
    expect_only(&c, TOPIC_HANDSHAKE_NUMBER_WRONG, SEVERITY_NOTE, CERTAINTY_INFERRED);
    check->certainty = CERTAINTY_PROVED;
    expect_only(&c, TOPIC_HANDSHAKE_NUMBER_WRONG, SEVERITY_ERROR, CERTAINTY_PROVED);
}

/* The worst comes first, whatever the order of frames. */
static void handshake_numbers(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_check(&c, CHECK_SYN_ACK_FIELD_ZERO, CLIENT, 1, 77, 0);
    expect_only(&c, TOPIC_HANDSHAKE_NUMBER_WRONG, SEVERITY_NOTE, CERTAINTY_OBSERVED);
    add_check(&c, CHECK_HANDSHAKE_ACK_NUMBER, CLIENT, 3, 0xfffffff0u, 5001);
    const struct finding *f =
        expect_only(&c, TOPIC_HANDSHAKE_NUMBER_WRONG, SEVERITY_ERROR, CERTAINTY_OBSERVED);
    assert_true(f->n == INT64_C(4294967280)); /* a sequence number is never negative */
    assert_true(f->evidence[0].frame == 3);
    assert_true(f->evidence[2].frame == 1);
    assert_int_equal(f->evidence_count, 4);
}

static void close_number(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    c.summary.endpoints[CLIENT].fin_seq = 1101;
    c.summary.endpoints[SERVER].fin_seq = 5301;
    /* Last ACK: SEQ has to be u + 1 = 1102 and ACK w + 1 = 5302; the ACK is one short. */
    struct event *check = add_check(&c, CHECK_LAST_ACK_NUMBERS, CLIENT, 9, 1102, 5301);
    const struct finding *f =
        expect_only(&c, TOPIC_CLOSE_NUMBER_WRONG, SEVERITY_ERROR, CERTAINTY_OBSERVED);
    assert_string_equal(f->evidence[0].field, "ack");
    assert_int_equal(f->n, 5301);
    assert_int_equal(f->m, 5302);
    /* The same with a wrong SEQ. */
    check->observed = 1101;
    check->expected = 5302;
    f = expect_only(&c, TOPIC_CLOSE_NUMBER_WRONG, SEVERITY_ERROR, CERTAINTY_OBSERVED);
    assert_string_equal(f->evidence[0].field, "seq");
    assert_int_equal(f->n, 1101);
    assert_int_equal(f->m, 1102);
    /* A moved FIN weighs less (TCP-wise it can still be one sender). */
    check->detail = CHECK_FIN_SEQ_STABLE;
    check->observed = 1103;
    check->expected = 1101;
    expect_only(&c, TOPIC_CLOSE_NUMBER_WRONG, SEVERITY_WARNING, CERTAINTY_OBSERVED);
}

/* In a simultaneous open the SYN-ACK repeats its sender's own number: 5000, and 1000 + 1. */
static void crossing_syns(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_check(&c, CHECK_SIMULTANEOUS_ACKS, SERVER, 4, 5001, 1001)->result = CHECK_FAILS;
    const struct finding *f =
        expect_only(&c, TOPIC_HANDSHAKE_NUMBER_WRONG, SEVERITY_ERROR, CERTAINTY_OBSERVED);
    assert_int_equal(f->n, 5001);
    assert_int_equal(f->m, 5000);
}

static struct event *add_reuse(struct diagnose_case *c, enum tcp_state client,
                               enum tcp_state server, uint32_t ms)
{
    struct event *e = add(c, EVENT_PORT_REUSED, CLIENT, 1, 0);
    e->from = (uint8_t)client;
    e->to = (uint8_t)server;
    e->observed = ms * 10; /* REUSE_UNIT_NS is a tenth of a millisecond */
    return e;
}

static void time_wait_reused(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    struct event *reuse = add_reuse(&c, STATE_CLOSED, STATE_TIME_WAIT, 59999);
    const struct finding *f =
        expect_only(&c, TOPIC_TIME_WAIT_REUSE, SEVERITY_NOTE, CERTAINTY_INFERRED);
    assert_true(f->time == 59999 * MS);
    assert_int_equal(f->peer_state, STATE_TIME_WAIT);
    /* After 60 s Linux has left TIME_WAIT. */
    reuse->observed = 600000;
    expect_only(&c, TOPIC_PORT_REUSED, SEVERITY_NOTE, CERTAINTY_OBSERVED);
}

static void port_reused(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_reuse(&c, STATE_CLOSED, STATE_CLOSED, 1500); /* ended by a RST */
    const struct finding *f =
        expect_only(&c, TOPIC_PORT_REUSED, SEVERITY_NOTE, CERTAINTY_OBSERVED);
    assert_true(f->time == 1500 * MS);
    assert_true(f->evidence[0].frame == 1);
}

static void checksum_bad(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    c.summary.endpoints[CLIENT].segments = 90;
    c.summary.endpoints[CLIENT].checksums_bad = 10;
    for (uint64_t frame = 10; frame < 20; frame++)
        add(&c, EVENT_CHECKSUM_BAD, CLIENT, frame, 50);
    const struct finding *f =
        expect_only(&c, TOPIC_CHECKSUM_BAD, SEVERITY_WARNING, CERTAINTY_OBSERVED);
    assert_int_equal(f->n, 10);
    assert_int_equal(f->evidence_count, FINDING_EVIDENCE_MAX);
    assert_true(f->evidence[0].frame == 10);
}

static void registry_finish(struct registry *registry, struct findings *ret_findings)
{
    *ret_findings = (struct findings){ .count = 0 };
    const struct capture_facts facts = { .segments = 1000 };
    registry_end(registry, &facts, ret_findings);
    registry_free(registry);
}

static void set_address(struct diagnose_case *c, enum endpoint_id id, uint8_t last)
{
    memcpy(c->summary.endpoints[id].address, (uint8_t[]){ 10, 0, 0, last }, 4);
}

static void checksum_offload(void **state)
{
    (void)state;
    struct registry *registry = registry_new();
    struct diagnose_case c = case_open();
    set_address(&c, CLIENT, 1);
    set_address(&c, SERVER, 2);
    c.summary.endpoints[SERVER].checksums_partial = 4;
    add(&c, EVENT_CHECKSUM_PARTIAL, SERVER, 22, 10);
    run_with(&c, registry);
    assert_int_equal(c.findings.count, 0); /* told once, at the end */
    /* The same host as the client of another connection, and one more host. */
    c = case_open();
    set_address(&c, CLIENT, 2);
    set_address(&c, SERVER, 3);
    c.summary.endpoints[CLIENT].checksums_partial = 6;
    c.summary.endpoints[SERVER].checksums_partial = 1;
    add(&c, EVENT_CHECKSUM_PARTIAL, CLIENT, 12, 10);
    add(&c, EVENT_CHECKSUM_PARTIAL, SERVER, 13, 10);
    run_with(&c, registry);
    assert_int_equal(c.findings.count, 0);

    struct findings findings;
    registry_finish(registry, &findings);
    assert_int_equal(findings.count, 1);
    const struct finding *f = &findings.list[0];
    assert_int_equal(f->topic, TOPIC_CHECKSUM_OFFLOAD);
    assert_int_equal(f->severity, SEVERITY_NOTE);
    assert_int_equal(f->scope, SCOPE_HOST);
    assert_true(f->connection == 0);
    assert_int_equal(f->n, 11);
    assert_int_equal(f->m, 2);
    assert_true(f->evidence[0].frame == 12);
    assert_int_equal(f->host_ip_version, 0); /* of two hosts none is named */
}

static void checksums_good(void **state)
{
    (void)state;
    struct registry *registry = registry_new();
    struct diagnose_case c = case_open();
    run_with(&c, registry);
    struct findings findings;
    registry_finish(registry, &findings);
    assert_int_equal(findings.count, 0);
}

/* Nine of a host's ten checksums are wrong, and the peer took its segments all the same. */
static void checksum_wrong_but_taken(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    c.summary.endpoints[CLIENT].segments = 10;
    c.summary.endpoints[CLIENT].checksums_bad = 9;

    struct registry *registry = registry_new();
    run_with(&c, registry);
    assert_int_equal(c.findings.count, 0);
    struct findings findings;
    registry_finish(registry, &findings);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.list[0].topic, TOPIC_CHECKSUM_OFFLOAD);
    assert_int_equal(findings.list[0].certainty, CERTAINTY_PROVED);
    assert_int_equal(findings.list[0].n, 9);

    /* Eight of ten, or nothing taken: neither offload nor damage is shown. */
    for (int i = 0; i < 2; i++) {
        c.summary.endpoints[CLIENT].checksums_bad = i == 0 ? 8 : 9;
        c.summary.handshake_complete = i == 0;
        registry = registry_new();
        run_with(&c, registry);
        assert_int_equal(c.findings.count, 0);
        registry_finish(registry, &findings);
        assert_int_equal(findings.count, 0);
    }
}

/* More hosts than there is room for: their segments still count, nothing overflows. */
static void checksum_many_hosts(void **state)
{
    (void)state;
    struct registry *registry = registry_new();
    for (int i = 0; i < 100; i++) {
        struct diagnose_case c = case_open();
        set_address(&c, CLIENT, (uint8_t)i);
        c.summary.endpoints[CLIENT].checksums_partial = 2;
        add(&c, EVENT_CHECKSUM_PARTIAL, CLIENT, 10 + (uint64_t)i, 10);
        run_with(&c, registry);
    }
    struct findings findings;
    registry_finish(registry, &findings);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.list[0].n, 200);
    assert_int_equal(findings.list[0].evidence_count, FINDING_EVIDENCE_MAX);
}

/* Severity first, then certainty, then the catalogue's order. */
static void order(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_reuse(&c, STATE_TIME_WAIT, STATE_CLOSED, 500);      /* note, inferred */
    add(&c, EVENT_FIN_REPEATED, CLIENT, 8, 330);            /* note, observed */
    add_reset(&c, SERVER, 9, 400, RESET_OTHER, 5301);       /* warning, observed */
    add_check(&c, CHECK_SYN_CONSUMES_ONE, CLIENT, 4, 1, 2); /* error, observed */
    add(&c, EVENT_CHECKSUM_BAD, CLIENT, 10, 410);           /* warning, observed */
    run(&c);
    const enum topic_id expected[] = { TOPIC_HANDSHAKE_NUMBER_WRONG, TOPIC_CLOSE_RST_ABORT,
                                       TOPIC_CHECKSUM_BAD, TOPIC_FIN_RETRANSMISSION,
                                       TOPIC_TIME_WAIT_REUSE };
    assert_int_equal(c.findings.count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < c.findings.count; i++) {
        assert_int_equal(c.findings.list[i].topic, expected[i]);
        assert_true(c.findings.list[i].connection == 1);
    }
}

/* No events at all, as when the log was lost: no finding needs one. */
static void without_events(void **state)
{
    (void)state;
    for (int handshake = 0; handshake < HANDSHAKE_N; handshake++) {
        for (int close = 0; close < CLOSE_N; close++) {
            struct diagnose_case c = case_open();
            c.count = 0;
            c.summary.handshake = (uint8_t)handshake;
            c.summary.close = (uint8_t)close;
            run(&c);
            assert_true(c.findings.count <= 2);
        }
    }
}

/* From two copies on that are one in a hundred; the frames of the first few are named. */
static void frames_twice(void **state)
{
    (void)state;
    static const struct {
        uint64_t segments, copies;
        bool told;
    } list[] = { { 50, 50, true }, { 1, 1, false }, { 2, 2, true },   { 98, 2, true },
                 { 198, 2, true }, { 199, 2, false }, { 0, 0, false } };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        struct findings findings = { .count = 0 };
        struct registry *registry = registry_new();
        assert_non_null(registry);
        const struct capture_facts facts = { .segments = list[i].segments,
                                             .copies = list[i].copies,
                                             .copies_named = 1,
                                             .copy = { { .frame = 8, .original = 5 } } };
        registry_end(registry, &facts, &findings);
        registry_free(registry);
        assert_int_equal(findings.count, list[i].told);
        if (!list[i].told)
            continue;
        const struct finding *f = &findings.list[0];
        assert_int_equal(f->topic, TOPIC_CAPTURE_DUPLICATES);
        assert_int_equal(f->severity, SEVERITY_NOTE);
        assert_int_equal(f->certainty, CERTAINTY_INFERRED);
        assert_true(f->n == (int64_t)list[i].copies);
        assert_true(f->m == (int64_t)(list[i].segments + list[i].copies));
        assert_int_equal(f->evidence_count, 1);
        assert_true(f->evidence[0].frame == 8 && f->evidence[0].value == 5);
    }
}

/* Three times, and it is the recorder; once or twice may be chance. */
static void frames_mixed_up(void **state)
{
    (void)state;
    for (uint64_t times = 2; times <= 3; times++) {
        struct findings findings = { .count = 0 };
        struct registry *registry = registry_new();
        assert_non_null(registry);
        const struct capture_facts facts = { .segments = 90, .misordered = times,
                                             .misordered_frame = { 7, 9, 12 } };
        registry_end(registry, &facts, &findings);
        registry_free(registry);
        assert_int_equal(findings.count, times == 3);
        if (findings.count == 0)
            continue;
        const struct finding *f = &findings.list[0];
        assert_int_equal(f->topic, TOPIC_CAPTURE_REORDERED);
        assert_int_equal(f->certainty, CERTAINTY_INFERRED);
        assert_true(f->n == 3 && f->m == 90);
        assert_int_equal(f->evidence_count, 3);
        assert_true(f->evidence[2].frame == 12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_twice),
        cmocka_unit_test(frames_mixed_up),
        cmocka_unit_test(checks_hold),
        cmocka_unit_test(handshake_number),
        cmocka_unit_test(handshake_numbers),
        cmocka_unit_test(close_number),
        cmocka_unit_test(crossing_syns),
        cmocka_unit_test(time_wait_reused),
        cmocka_unit_test(port_reused),
        cmocka_unit_test(checksum_bad),
        cmocka_unit_test(checksum_offload),
        cmocka_unit_test(checksums_good),
        cmocka_unit_test(checksum_wrong_but_taken),
        cmocka_unit_test(checksum_many_hosts),
        cmocka_unit_test(order),
        cmocka_unit_test(without_events),
    };
    return cmocka_run_group_tests_name("diagnose_numbers", tests, NULL, NULL);
}
