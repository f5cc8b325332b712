/*
 * diagnose_case: a settled connection made by hand, run through all diagnoses. Times are
 * milliseconds from the first frame, which has number 1 and time EPOCH.
 */
#ifndef TESTS_DIAGNOSE_CASE_H
#define TESTS_DIAGNOSE_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "diagnose/registry.h"

#define EPOCH INT64_C(1790000000000000000)
#define MS INT64_C(1000000)

struct diagnose_case {
    struct summary summary;
    struct event events[64];
    size_t count;
    struct findings findings;
};

static inline int64_t at(int64_t ms)
{
    return EPOCH + ms * MS;
}

/* A connection of which only the client's SYN (frame 1) is known; the capture ends at once. */
static inline struct diagnose_case case_syn(void)
{
    struct diagnose_case c = { .summary = { .id = 1,
                                            .incarnation = 1,
                                            .ip_version = 4,
                                            .role_evidence = ROLE_SYN,
                                            .handshake = HANDSHAKE_UNANSWERED,
                                            .close = CLOSE_OPEN,
                                            .first_frame = 1,
                                            .last_frame = 1,
                                            .first_time = EPOCH,
                                            .last_time = EPOCH,
                                            .capture_end = EPOCH,
                                            .rtt_ns = UNKNOWN_NS,
                                            .synack_ns = UNKNOWN_NS,
                                            .ack_ns = UNKNOWN_NS,
                                            .close_wait_ns = UNKNOWN_NS } };
    struct endpoint_summary *client = &c.summary.endpoints[CLIENT];
    client->state = STATE_SYN_SENT;
    client->isn_known = true;
    client->isn = 1000;
    client->segments = 1;
    client->syns = 1;
    client->last_time = EPOCH;
    c.summary.endpoints[SERVER].last_time = UNKNOWN_NS;
    c.events[c.count++] = (struct event){ .kind = EVENT_TRANSITION, .endpoint = CLIENT,
                                          .to = STATE_SYN_SENT, .frame = 1, .time = EPOCH };
    return c;
}

static inline struct event *add(struct diagnose_case *c, enum event_kind kind,
                                enum endpoint_id endpoint, uint64_t frame, int64_t ms)
{
    struct event *e = &c->events[c->count++];
    *e = (struct event){ .kind = (uint8_t)kind, .endpoint = (uint8_t)endpoint, .frame = frame,
                         .time = at(ms) };
    if (frame > c->summary.last_frame) {
        c->summary.last_frame = frame;
        c->summary.last_time = at(ms);
    }
    if (at(ms) > c->summary.capture_end)
        c->summary.capture_end = at(ms);
    return e;
}

/* A transition; the endpoint's state at the end becomes `to`. */
static inline struct event *add_state(struct diagnose_case *c, enum endpoint_id endpoint,
                                      enum tcp_state to, uint64_t frame, int64_t ms,
                                      enum certainty certainty, uint64_t evidence)
{
    struct endpoint_summary *end = &c->summary.endpoints[endpoint];
    struct event *e = add(c, EVENT_TRANSITION, endpoint, frame, ms);
    e->from = end->state;
    e->to = (uint8_t)to;
    e->certainty = (uint8_t)certainty;
    e->evidence = evidence;
    end->state = (uint8_t)to;
    end->state_certainty = (uint8_t)certainty;
    end->last_time = at(ms);
    return e;
}

static inline void add_synack(struct diagnose_case *c, uint64_t frame, int64_t ms)
{
    add_state(c, SERVER, STATE_SYN_RCVD, frame, ms, CERTAINTY_OBSERVED, 0);
    c->summary.endpoints[SERVER].syns = 1;
    c->summary.endpoints[SERVER].segments = 1;
    c->summary.endpoints[SERVER].isn = 5000;
    c->summary.endpoints[SERVER].isn_known = true;
    c->summary.handshake = HANDSHAKE_HALF_OPEN;
}

static inline void add_third_ack(struct diagnose_case *c, uint64_t frame, int64_t ms)
{
    add_state(c, CLIENT, STATE_ESTABLISHED, frame, ms, CERTAINTY_OBSERVED, 0);
    c->summary.handshake = HANDSHAKE_THREE_WAY;
    c->summary.third_ack_seen = true;
}

/* The same SYN or SYN-ACK again. */
static inline void add_repeat(struct diagnose_case *c, enum endpoint_id endpoint, uint64_t frame,
                              int64_t ms)
{
    struct event *e = add(c, EVENT_SYN_REPEATED, endpoint, frame, ms);
    e->observed = ++c->summary.endpoints[endpoint].syns;
    c->summary.endpoints[endpoint].segments++;
}

/*
 * Frames 1 to 5: three-way handshake (10 ms each way from the capture point), a request that
 * proves that the third ACK arrived, and its answer.
 */
static inline struct diagnose_case case_open(void)
{
    struct diagnose_case c = case_syn();
    add_synack(&c, 2, 10);
    add_third_ack(&c, 3, 20);
    c.summary.synack_ns = 10 * MS;
    c.summary.ack_ns = 10 * MS;
    c.summary.rtt_ns = 20 * MS;
    add_state(&c, SERVER, STATE_ESTABLISHED, 3, 20, CERTAINTY_PROVED, 5);
    c.summary.handshake_complete = true;
    c.summary.endpoints[CLIENT].payload_bytes = 100;
    c.summary.endpoints[SERVER].payload_bytes = 300;
    c.summary.last_frame = 5;
    c.summary.last_time = c.summary.capture_end = at(40);
    return c;
}

/* This end's FIN. */
static inline void add_fin(struct diagnose_case *c, enum endpoint_id endpoint, uint64_t frame,
                           int64_t ms)
{
    struct endpoint_summary *end = &c->summary.endpoints[endpoint];
    enum tcp_state to = end->state == STATE_CLOSE_WAIT ? STATE_LAST_ACK : STATE_FIN_WAIT_1;
    add_state(c, endpoint, to, frame, ms, CERTAINTY_OBSERVED, 0);
    end->fin_sent = true;
    end->fins = 1;
    end->fin_seq = end->isn + 1 + (uint32_t)end->payload_bytes;
}

static inline struct event *add_reset(struct diagnose_case *c, enum endpoint_id endpoint,
                                      uint64_t frame, int64_t ms, enum reset_origin origin,
                                      uint32_t seq)
{
    struct event *e = add(c, EVENT_RESET, endpoint, frame, ms);
    e->detail = RESET_EXACT;
    e->result = (uint8_t)origin;
    e->from = c->summary.endpoints[endpoint].state;
    e->to = c->summary.endpoints[endpoint_peer(endpoint)].state;
    e->observed = seq;
    c->summary.close = CLOSE_RESET;
    c->summary.endpoints[endpoint].resets++;
    return e;
}

static inline void run_with(struct diagnose_case *c, struct registry *registry)
{
    c->findings = (struct findings){ .count = 0 };
    const struct facts facts = facts_read(&c->summary, c->events, c->count);
    registry_connection(registry, &facts, &c->findings);
}

static inline void run(struct diagnose_case *c)
{
    struct registry *registry = registry_new();
    assert_non_null(registry);
    run_with(c, registry);
    registry_free(registry);
}

/* Runs it; nothing may be found. */
static inline void expect_nothing(struct diagnose_case *c)
{
    run(c);
    for (size_t i = 0; i < c->findings.count; i++)
        print_message("# unexpected: %s\n", topic_row(c->findings.list[i].topic)->id);
    assert_int_equal(c->findings.count, 0);
}

/* Every frame that the finding's template names ("{f2}") is among its evidence. */
static inline void expect_frames_named(const struct finding *finding, const char *template)
{
    for (const char *p = strstr(template, "{f"); p != NULL; p = strstr(p + 1, "{f"))
        assert_in_range(p[2] - '0', 1, finding->evidence_count);
}

/* Runs it; exactly this may be found. */
static inline const struct finding *expect_only(struct diagnose_case *c, enum topic_id topic,
                                                enum severity severity,
                                                enum certainty certainty)
{
    run(c);
    for (size_t i = 0; i < c->findings.count; i++)
        print_message("# found: %s\n", topic_row(c->findings.list[i].topic)->id);
    assert_int_equal(c->findings.count, 1);
    const struct finding *finding = &c->findings.list[0];
    assert_string_equal(topic_row(finding->topic)->id, topic_row(topic)->id);
    assert_string_equal(severity_name(finding->severity), severity_name(severity));
    assert_string_equal(certainty_name(finding->certainty), certainty_name(certainty));
    assert_true(finding->evidence_count > 0);
    for (size_t i = 0; i < finding->evidence_count; i++)
        assert_true(finding->evidence[i].frame > 0);
    expect_frames_named(finding, topic_row(topic)->title);
    expect_frames_named(finding, topic_row(topic)->text);
    expect_frames_named(finding, topic_row(topic)->advice);
    assert_true(finding->connection == c->summary.id);
    return finding;
}

#endif
