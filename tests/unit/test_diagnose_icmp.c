/* What ICMP errors mean: a rejected opening, and evidence for SYNs and SYN-ACKs that came again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "diagnose_case.h"

static void add_error(struct diagnose_case *c, enum endpoint_id about, uint64_t frame, int64_t ms,
                      uint8_t type, uint8_t code, enum notice_reporter reporter)
{
    struct event *e = add(c, EVENT_ICMP_ERROR, about, frame, ms);
    e->detail = type;
    e->result = code;
    e->addend = (uint16_t)reporter;
}

/* SYN 1 and, 100 ms later, "host unreachable" from 192.0.2.254. */
static struct diagnose_case case_rejected(void)
{
    static const uint8_t router[16] = { 192, 0, 2, 254 };
    struct diagnose_case c = case_syn();
    add_error(&c, CLIENT, 2, 100, 3, 1, REPORTER_ON_WAY);
    struct event *who = add(&c, EVENT_ICMP_REPORTER, CLIENT, 2, 100);
    event_put_address(who, router);
    add_state(&c, CLIENT, STATE_CLOSED, 2, 100, CERTAINTY_INFERRED, 0);
    c.summary.handshake = HANDSHAKE_REJECTED;
    return c;
}

static void rejected(void **state)
{
    (void)state;
    static const uint8_t router[16] = { 192, 0, 2, 254 };
    struct diagnose_case c = case_rejected();
    const struct finding *f = expect_only(&c, TOPIC_HANDSHAKE_ICMP_REJECTED, SEVERITY_WARNING,
                                          CERTAINTY_INFERRED);
    assert_int_equal(f->endpoint, CLIENT);
    assert_string_equal(finding_error_words(f->error), "host unreachable");
    assert_int_equal(f->host_ip_version, 4);
    assert_memory_equal(f->host, router, 16);
    assert_int_equal(f->evidence_count, 2);
    assert_int_equal(f->evidence[0].frame, 1);
    assert_int_equal(f->evidence[0].value, TCP_SYN);
    assert_int_equal(f->evidence[1].frame, 2);
    assert_string_equal(finding_error_words((uint32_t)f->evidence[1].value), "host unreachable");
}

/* The server's own address, or one that the log had no room for. */
static void reporters(void **state)
{
    (void)state;
    struct diagnose_case c = case_rejected();
    c.summary.endpoints[SERVER].address[0] = 77;
    c.events[1].addend = REPORTER_PEER;
    const struct finding *f = expect_only(&c, TOPIC_HANDSHAKE_ICMP_REJECTED, SEVERITY_WARNING,
                                          CERTAINTY_INFERRED);
    assert_int_equal(f->host[0], 77);
    c.events[1].addend = REPORTER_ON_WAY;
    c.events[2].kind = EVENT_NONE;
    f = expect_only(&c, TOPIC_HANDSHAKE_ICMP_REJECTED, SEVERITY_WARNING, CERTAINTY_INFERRED);
    assert_int_equal(f->host_ip_version, 0);
}

/* The error that rejects comes first, and more of them than fit are left out. */
static void many(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    add_error(&c, CLIENT, 2, 50, 4, 0, REPORTER_PEER); /* source quench */
    for (unsigned i = 3; i < 15; i++)
        add_error(&c, CLIENT, i, i * 1000, 3, 13, REPORTER_PEER);
    c.summary.handshake = HANDSHAKE_REJECTED;
    const struct finding *f = expect_only(&c, TOPIC_HANDSHAKE_ICMP_REJECTED, SEVERITY_WARNING,
                                          CERTAINTY_INFERRED);
    assert_string_equal(finding_error_words(f->error),
                        "communication administratively prohibited");
    assert_int_equal(f->evidence_count, FINDING_EVIDENCE_MAX);
    assert_int_equal(f->evidence[1].frame, 3);
}

/* An open connection, or one that something else answered; and no log. */
static void nothing(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_error(&c, CLIENT, 6, 60, 3, 1, REPORTER_PEER);
    expect_nothing(&c);
    c = case_rejected();
    c.summary.handshake = HANDSHAKE_HALF_OPEN;
    expect_nothing(&c);
    c = case_syn();
    c.summary.handshake = HANDSHAKE_REJECTED;
    expect_nothing(&c);
}

/* Why the SYN had to come again; what came after the last SYN explains none. */
static void evidence_of_a_repeat(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    add_error(&c, CLIENT, 2, 5, 3, 0, REPORTER_ON_WAY);
    add_repeat(&c, CLIENT, 3, 1014);
    add_synack(&c, 4, 1030);
    add_third_ack(&c, 5, 1040);
    add_error(&c, CLIENT, 6, 1050, 3, 1, REPORTER_ON_WAY);
    c.summary.handshake_complete = true;
    const struct finding *f =
        expect_only(&c, TOPIC_SYN_RETRANSMISSION, SEVERITY_WARNING, CERTAINTY_OBSERVED);
    const struct evidence *last = &f->evidence[f->evidence_count - 1];
    assert_int_equal(last->frame, 2);
    assert_string_equal(last->field, "icmp");
    assert_string_equal(finding_error_words((uint32_t)last->value), "network unreachable");
}

static void evidence_of_a_lost_answer(void **state)
{
    (void)state;
    struct diagnose_case c = case_syn();
    add_synack(&c, 2, 10);
    add_error(&c, SERVER, 3, 15, 3, 1, REPORTER_ON_WAY);
    add_repeat(&c, SERVER, 4, 1015);
    c.summary.capture_end = at(70000);
    const struct finding *f =
        expect_only(&c, TOPIC_SYNACK_UNANSWERED, SEVERITY_WARNING, CERTAINTY_INFERRED);
    const struct evidence *last = &f->evidence[f->evidence_count - 1];
    assert_int_equal(last->frame, 3);
    assert_string_equal(finding_error_words((uint32_t)last->value), "host unreachable");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rejected),
        cmocka_unit_test(reporters),
        cmocka_unit_test(many),
        cmocka_unit_test(nothing),
        cmocka_unit_test(evidence_of_a_repeat),
        cmocka_unit_test(evidence_of_a_lost_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
