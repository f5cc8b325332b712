/* Findings about rules that were broken. x = 1000, y = 5000; a case is open at frame 5. */
#include <stdlib.h>
#include <string.h>

#include "diagnose_case.h"
#include "tracker_case.h"

/* The capture was taken on this end: its own packets are sent by the recorder. */
static void record_on(struct diagnose_case *c, enum endpoint_id end)
{
    struct endpoint_summary *near = &c->summary.endpoints[end];
    struct endpoint_summary *far = &c->summary.endpoints[endpoint_peer(end)];
    near->address[0] = 192;
    far->address[0] = 198;
    near->sight = SIGHT_SENT | SIGHT_TTL_FIRST;
    far->sight = SIGHT_RECEIVED | SIGHT_TTL_LATER;
}

static struct event *add_failure(struct diagnose_case *c, enum check_id id, unsigned saying,
                                 enum endpoint_id endpoint, uint64_t frame, uint32_t observed,
                                 uint32_t expected)
{
    struct event *e = add(c, EVENT_CHECK, endpoint, frame, 50);
    e->time = 0; /* checks have none */
    e->detail = (uint8_t)id;
    e->observed = observed;
    e->expected = expected;
    e->addend = CHECK_ADDEND(true, saying);
    e->result = CHECK_FAILS;
    return e;
}

/* Notes, and what holds or was skipped, are no finding. */
static void nothing(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_failure(&c, CHECK_RST_SEQ_EXACT, 0, SERVER, 6, 1, 2);
    add_failure(&c, CHECK_SACK_FIRST_IS_NEWEST, 0, SERVER, 7, 1, 2);
    add_failure(&c, CHECK_WSCALE_BOUNDS, 0, SERVER, 8, 1, 14)->result = CHECK_HOLDS;
    add_failure(&c, CHECK_WINDOW_SHRUNK, 0, SERVER, 9, 1, 2)->result = CHECK_SKIPPED;
    add_failure(&c, CHECK_CHECKSUM_TCP, 0, SERVER, 10, 1, 2); /* has findings of its own */
    expect_nothing(&c);
}

static void rule_broken(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    struct event *e = add_failure(&c, CHECK_SACK_BLOCKS_DISJOINT, 0, SERVER, 6, 1101, 1102);
    const struct finding *f =
        expect_only(&c, TOPIC_RULE_BROKEN, SEVERITY_WARNING, CERTAINTY_OBSERVED);
    assert_int_equal(f->endpoint, SERVER);
    assert_int_equal(f->n, 1);
    assert_int_equal(f->rule.check, CHECK_SACK_BLOCKS_DISJOINT);
    assert_string_equal(finding_reference(f), "RFC 2018 §4");
    assert_int_equal(f->evidence_count, 2);
    assert_string_equal(f->evidence[0].field, "left edge");
    assert_int_equal(f->evidence[0].value, 1101);
    assert_string_equal(f->evidence[1].field, "expected");
    assert_int_equal(f->evidence[1].value, 1102);

    /* Where nothing is compared, the rule is named. */
    e->detail = CHECK_SACK_WITHOUT_PERMISSION;
    f = expect_only(&c, TOPIC_RULE_BROKEN, SEVERITY_WARNING, CERTAINTY_OBSERVED);
    assert_int_equal(f->evidence_count, 1);
    assert_string_equal(f->evidence[0].field, "sack-without-permission");

    /* On what was not seen it is a remark. */
    e->certainty = CERTAINTY_PROVED;
    expect_only(&c, TOPIC_RULE_BROKEN, SEVERITY_WARNING, CERTAINTY_PROVED);
    e->certainty = CERTAINTY_INFERRED;
    expect_only(&c, TOPIC_RULE_BROKEN, SEVERITY_NOTE, CERTAINTY_INFERRED);
}

/* One finding for both ends; the worst is named, and comes first in the evidence. */
static void rules_broken(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    for (uint64_t frame = 6; frame < 15; frame++)
        add_failure(&c, CHECK_SACK_BLOCKS_DISJOINT, 0, SERVER, frame, 1101, 1102);
    add_failure(&c, CHECK_SACK_BLOCK_VALID, 1, CLIENT, 15, 1001, 1101);
    add_failure(&c, CHECK_ACK_FLAG_SET, 0, CLIENT, 16, TCP_PSH, 0);
    const struct finding *f =
        expect_only(&c, TOPIC_RULE_BROKEN, SEVERITY_ERROR, CERTAINTY_OBSERVED);
    assert_int_equal(f->n, 11);
    assert_int_equal(f->endpoint, CLIENT);
    assert_int_equal(f->rule.check, CHECK_SACK_BLOCK_VALID);
    assert_int_equal(f->evidence_count, FINDING_EVIDENCE_MAX);
    assert_true(f->evidence[0].frame == 15);
    assert_true(f->evidence[2].frame == 6);
    assert_string_equal(f->evidence[2].field, "left edge");

    /* A remark is no broken rule: it does not count among them, before or after one. */
    c = case_open();
    add_failure(&c, CHECK_SACK_RENEGE, 1, SERVER, 6, 1101, 1201)->certainty = CERTAINTY_INFERRED;
    f = expect_only(&c, TOPIC_RULE_BROKEN, SEVERITY_NOTE, CERTAINTY_INFERRED);
    assert_int_equal(f->n, 1);
    add_failure(&c, CHECK_SACK_BLOCKS_DISJOINT, 0, SERVER, 7, 1101, 1102);
    add_failure(&c, CHECK_SACK_RENEGE, 1, SERVER, 8, 1101, 1201)->certainty = CERTAINTY_INFERRED;
    f = expect_only(&c, TOPIC_RULE_BROKEN, SEVERITY_WARNING, CERTAINTY_OBSERVED);
    assert_int_equal(f->n, 1);
    assert_int_equal(f->rule.check, CHECK_SACK_BLOCKS_DISJOINT);
    assert_int_equal(f->evidence_count, 2); /* both numbers of frame 7 */
    assert_true(f->evidence[0].frame == 7 && f->evidence[1].frame == 7);
}

static void illegal_flags(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_failure(&c, CHECK_FLAGS_LEGAL, 0, CLIENT, 6, TCP_FIN | TCP_PSH | TCP_URG, 0);
    /* The same segment: that it lacks ACK is told with it. */
    add_failure(&c, CHECK_ACK_FLAG_SET, 0, CLIENT, 6, TCP_FIN | TCP_PSH | TCP_URG, 0);
    const struct finding *f =
        expect_only(&c, TOPIC_ILLEGAL_FLAGS, SEVERITY_ATTACK, CERTAINTY_OBSERVED);
    assert_int_equal(f->evidence[0].format, EVIDENCE_FLAGS);
    assert_int_equal(f->evidence[0].value, TCP_FIN | TCP_PSH | TCP_URG);
    assert_int_equal(f->n, 1);

    /* In another one it is a rule. */
    c = case_open();
    add_failure(&c, CHECK_ACK_FLAG_SET, 0, CLIENT, 6, TCP_PSH, 0);
    expect_only(&c, TOPIC_RULE_BROKEN, SEVERITY_ERROR, CERTAINTY_OBSERVED);
}

static void window_shrunk(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    /* 66537 - 66000 = 537 bytes. */
    struct event *e = add_failure(&c, CHECK_WINDOW_SHRUNK, 0, SERVER, 6, 66000, 66537);
    const struct finding *f =
        expect_only(&c, TOPIC_WINDOW_SHRUNK, SEVERITY_WARNING, CERTAINTY_OBSERVED);
    assert_int_equal(f->n, 537);
    assert_int_equal(f->endpoint, SERVER);
    /* Over the end of the number space. */
    e->observed = 4294967290u;
    e->expected = 10;
    assert_int_equal(
        expect_only(&c, TOPIC_WINDOW_SHRUNK, SEVERITY_WARNING, CERTAINTY_OBSERVED)->n, 16);
    e->certainty = CERTAINTY_INFERRED;
    expect_only(&c, TOPIC_RULE_BROKEN, SEVERITY_NOTE, CERTAINTY_INFERRED);
}

static void mss_exceeded(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    struct event *e = add_failure(&c, CHECK_LENGTH_MSS, 0, CLIENT, 6, 2000, 1448);
    const struct finding *f =
        expect_only(&c, TOPIC_MSS_EXCEEDED, SEVERITY_WARNING, CERTAINTY_OBSERVED);
    assert_int_equal(f->n, 2000);
    assert_int_equal(f->m, 1448);
    e->certainty = CERTAINTY_INFERRED;
    expect_only(&c, TOPIC_MSS_EXCEEDED, SEVERITY_NOTE, CERTAINTY_INFERRED);
    /* Recorded on its sender: the card cuts it up. */
    record_on(&c, SERVER);
    expect_only(&c, TOPIC_MSS_EXCEEDED, SEVERITY_NOTE, CERTAINTY_INFERRED);
    record_on(&c, CLIENT);
    expect_nothing(&c);
}

/* Blocks off by 0x44444444, less the 0, 1448 and 2896 bytes that are under way. */
static void sequence_rewriting(void **state)
{
    (void)state;
    const uint32_t off = 0x44444444;
    struct diagnose_case c = case_open();
    add_failure(&c, CHECK_SACK_BLOCK_VALID, 2, SERVER, 6, 9000 + off, 9000);
    add_failure(&c, CHECK_SACK_BLOCK_VALID, 2, SERVER, 7, 10448 + off, 11896);
    expect_only(&c, TOPIC_RULE_BROKEN, SEVERITY_ERROR, CERTAINTY_OBSERVED);
    struct event *third =
        add_failure(&c, CHECK_SACK_BLOCK_VALID, 2, SERVER, 8, 11896 + off, 14792);
    const struct finding *f =
        expect_only(&c, TOPIC_SEQUENCE_REWRITING, SEVERITY_ERROR, CERTAINTY_OBSERVED);
    assert_int_equal(f->n, 3);
    assert_int_equal(f->m, off);
    /* Not the same, or too small to be told from another error. */
    third->observed += 100000;
    expect_only(&c, TOPIC_RULE_BROKEN, SEVERITY_ERROR, CERTAINTY_OBSERVED);
    for (size_t i = 1; i <= 3; i++)
        c.events[c.count - i].observed = c.events[c.count - i].expected + 70000;
    expect_only(&c, TOPIC_RULE_BROKEN, SEVERITY_ERROR, CERTAINTY_OBSERVED);
}

static void optimistic_ack(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    /* As the tracker notes them: inferred from what the sender acknowledges next. */
    for (uint64_t frame = 6; frame < 9; frame++)
        add_failure(&c, CHECK_ACK_BEYOND_SENT, 0, CLIENT, frame, 90000, 70000)->certainty =
            CERTAINTY_INFERRED;
    /* Somewhere: the capture may lack what was acknowledged. */
    expect_only(&c, TOPIC_RULE_BROKEN, SEVERITY_NOTE, CERTAINTY_INFERRED);
    /* On the server, which sends what the client acknowledges. */
    record_on(&c, CLIENT);
    expect_only(&c, TOPIC_RULE_BROKEN, SEVERITY_NOTE, CERTAINTY_INFERRED);
    record_on(&c, SERVER);
    const struct finding *f =
        expect_only(&c, TOPIC_OPTIMISTIC_ACK, SEVERITY_ATTACK, CERTAINTY_INFERRED);
    assert_int_equal(f->endpoint, CLIENT);
    assert_int_equal(f->n, 3);
    c.count--;
    expect_only(&c, TOPIC_RULE_BROKEN, SEVERITY_NOTE, CERTAINTY_INFERRED);
}

/* The same from segments. The server's own checksums are left to its card, so the capture is near
 * it; 7001 is the number behind the 2000 bytes that it sent, and its ACKs say so each time. */
static void optimistic_ack_tracked(void **state)
{
    (void)state;
    struct tracker_case *tracked = case_track("0.000 A S seq=1000 win=5000 mss=1460\n"
                                              "0.010 B SA seq=5000 mss=1460 partialsum\n"
                                              "0.020 A A\n"
                                              "0.100 A PA len=100 win=5000\n"
                                              "0.1001 B A len=1000 partialsum\n"
                                              "0.1002 B A len=1000 partialsum\n"
                                              "0.110 A A ack=17000001 win=5000\n"
                                              "0.140 B A partialsum\n"
                                              "0.150 A A ack=27000001 win=5000\n"
                                              "0.180 B A partialsum\n"
                                              "0.190 A A ack=37000001 win=5000\n"
                                              "0.230 B A partialsum\n", NULL);
    const struct case_connection *connection = &tracked->connections[0];
    struct diagnose_case c = { .summary = connection->summary, .count = connection->count };
    assert_true(c.count <= sizeof c.events / sizeof c.events[0]);
    memcpy(c.events, connection->events, c.count * sizeof c.events[0]);
    const struct finding *f =
        expect_only(&c, TOPIC_OPTIMISTIC_ACK, SEVERITY_ATTACK, CERTAINTY_INFERRED);
    assert_int_equal(f->n, 3);
    assert_int_equal(f->rule.observed, 17000001);
    assert_int_equal(f->rule.expected, 7001);
    free(tracked);
}

/* A segment whose number has a finding already is told once. */
static void told_once(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add(&c, EVENT_RESET_NOT_BELIEVED, SERVER, 6, 50)->observed = 90000;
    add_failure(&c, CHECK_SEQ_IN_WINDOW, 0, SERVER, 6, 90000, 70000);
    expect_only(&c, TOPIC_RST_BLIND, SEVERITY_NOTE, CERTAINTY_OBSERVED);
    c = case_open();
    add_failure(&c, CHECK_SEQ_IN_WINDOW, 0, SERVER, 6, 90000, 70000);
    expect_only(&c, TOPIC_RULE_BROKEN, SEVERITY_WARNING, CERTAINTY_OBSERVED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing),        cmocka_unit_test(rule_broken),
        cmocka_unit_test(rules_broken),   cmocka_unit_test(illegal_flags),
        cmocka_unit_test(window_shrunk),  cmocka_unit_test(mss_exceeded),
        cmocka_unit_test(sequence_rewriting), cmocka_unit_test(optimistic_ack),
        cmocka_unit_test(optimistic_ack_tracked),
        cmocka_unit_test(told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
