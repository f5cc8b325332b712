/*
 * arithmetic: numbers of the handshake and the close that are not what they have to be
 * (model/check). One finding per subject, with the worst failure first in its evidence.
 */
#include "diagnose/diagnosis.h"
#include "diagnose/facts.h"

/* Which finding tells a failure. */
static enum topic_id topic_of(enum check_id id)
{
    switch (id) {
    case CHECK_FIN_CONSUMES_ONE:
    case CHECK_ACK_OF_FIN:
    case CHECK_FIN_SEQ_STABLE:
    case CHECK_LAST_ACK_NUMBERS:
    case CHECK_SIMULTANEOUS_CLOSE_ACKS:
        return TOPIC_CLOSE_NUMBER_WRONG;
    default:
        return id < CHECK_ARITHMETIC_N ? TOPIC_HANDSHAKE_NUMBER_WRONG : TOPIC_N;
    }
}

/* A failed comparison: one side of the equation on the wire, the other known from before. */
struct failure {
    const struct event *event;
    enum severity severity;
    const char *field;
    uint32_t seen, expected;
};

/* The number after an end's SYN or FIN; with SIMULTANEOUS_ACKS SEQ is the ISN itself. */
static void expect_pair(const struct summary *summary, const struct event *check,
                        uint32_t *ret_seq, uint32_t *ret_ack)
{
    const struct endpoint_summary *own = &summary->endpoints[check->endpoint];
    const struct endpoint_summary *peer =
        &summary->endpoints[endpoint_peer((enum endpoint_id)check->endpoint)];
    if (checks[check->detail].base == BASE_OWN_ISN) {
        *ret_seq = own->isn;
        *ret_ack = peer->isn + 1;
    } else {
        *ret_seq = own->fin_seq + 1;
        *ret_ack = peer->fin_seq + 1;
    }
}

static struct failure failure_read(const struct summary *summary, const struct event *check)
{
    struct failure failure = { .event = check,
                               .severity = event_severity(check),
                               .field = "seq",
                               .seen = check->observed,
                               .expected = check->expected };
    if (checks[check->detail].subject == SUBJECT_ACK)
        failure.field = "ack";
    if (checks[check->detail].subject != SUBJECT_SEQ_AND_ACK)
        return failure;

    /* Such an event holds SEQ and ACK as seen; show the one that is wrong. */
    uint32_t seq, ack;
    expect_pair(summary, check, &seq, &ack);
    if (check->observed != seq) {
        failure.expected = seq;
    } else {
        failure.field = "ack";
        failure.seen = check->expected;
        failure.expected = ack;
    }
    return failure;
}

static bool is_failure(const struct event *e, enum topic_id topic)
{
    return e->kind == EVENT_CHECK && e->result == CHECK_FAILS && e->detail < CHECK_N &&
           topic_of(e->detail) == topic;
}

static void evidence_failure(struct finding *finding, const struct failure *failure)
{
    finding_evidence(finding, failure->event->frame, failure->field, EVIDENCE_NUMBER,
                     failure->seen);
    finding_evidence(finding, failure->event->frame, "expected", EVIDENCE_NUMBER,
                     failure->expected);
}

static void find_wrong(const struct facts *facts, enum topic_id topic, struct findings *findings)
{
    const struct summary *summary = facts->summary;
    const struct event *events = facts->events;
    struct failure worst = { .event = NULL };
    for (size_t i = 0; i < facts->count; i++) {
        if (!is_failure(&events[i], topic))
            continue;
        struct failure failure = failure_read(summary, &events[i]);
        if (worst.event == NULL || failure.severity > worst.severity)
            worst = failure;
    }
    if (worst.event == NULL)
        return;
    struct finding *finding = findings_add(findings, topic);
    if (finding == NULL)
        return;
    finding->severity = worst.severity;
    finding->certainty = certainty_least(CERTAINTY_OBSERVED, worst.event->certainty);
    finding->endpoint = worst.event->endpoint;
    finding->n = worst.seen;
    finding->m = worst.expected;
    evidence_failure(finding, &worst);
    for (size_t i = 0; i < facts->count; i++) {
        if (!is_failure(&events[i], topic) || &events[i] == worst.event)
            continue;
        struct failure failure = failure_read(summary, &events[i]);
        evidence_failure(finding, &failure);
    }
}

static void arithmetic_connection(void *state, const struct facts *facts, struct findings *findings)
{
    (void)state;
    find_wrong(facts, TOPIC_HANDSHAKE_NUMBER_WRONG, findings);
    find_wrong(facts, TOPIC_CLOSE_NUMBER_WRONG, findings);
}

const struct diagnosis diagnosis_arithmetic = {
    .name = "arithmetic",
    .needs = TRAIT_CHECK_FAILED,
    .connection = arithmetic_connection,
};
