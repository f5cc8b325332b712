/*
 * rules: checks of segments that failed (model/check, beyond the arithmetic of the handshake and
 * the close). Some failures have a meaning of their own and a finding; the others share one for
 * the connection. What is a remark by its row makes no finding.
 */
#include "diagnose/diagnosis.h"
#include "diagnose/facts.h"
#include "diagnose/vantage.h"

/* So often, and nobody acknowledges by mistake what was not sent. */
#define OPTIMISTIC_MANY 3
/* So many SACK options with the same error, */
#define REWRITTEN_MANY 3
/* which is no error of a few bytes, and the same up to what may be under way. */
#define REWRITTEN_FAR (INT64_C(1) << 20)
#define REWRITTEN_SPREAD (INT64_C(1) << 16)

static bool is_failure(const struct event *e)
{
    return e->kind == EVENT_CHECK && e->result == CHECK_FAILS && e->detail >= CHECK_ARITHMETIC_N &&
           e->detail < CHECK_N;
}

/* How far off a SACK block is that names what was not sent; 0: this is no such failure. */
static int64_t sack_distance(const struct event *e)
{
    if (e->detail != CHECK_SACK_BLOCK_VALID && e->detail != CHECK_DSACK)
        return 0;
    int64_t distance = (int32_t)(e->observed - e->expected);
    return distance >= REWRITTEN_FAR || distance <= -REWRITTEN_FAR ? distance : 0;
}

/* By what distance SACK blocks of this end are off, as often as it takes; 0: by none. What was
 * under way makes it look less than it is, so the largest one is the nearest. */
static int64_t sack_rewritten_by(const struct facts *facts, uint8_t endpoint)
{
    int64_t least = INT64_MAX, most = INT64_MIN;
    unsigned count = 0;
    for (size_t i = 0; i < facts->count; i++) {
        const struct event *e = &facts->events[i];
        int64_t distance = is_failure(e) && e->endpoint == endpoint ? sack_distance(e) : 0;
        if (distance == 0)
            continue;
        count++;
        least = distance < least ? distance : least;
        most = distance > most ? distance : most;
    }
    return count >= REWRITTEN_MANY && most - least <= REWRITTEN_SPREAD ? most : 0;
}

/* Whether the capture was taken at or near the end that sends what this one acknowledges. */
static bool sender_is_near(const struct facts *facts, uint8_t endpoint)
{
    enum endpoint_id near;
    return vantage_end((enum vantage)facts->vantage.vantage, &near) &&
           near == endpoint_peer((enum endpoint_id)endpoint);
}

/* That it fails once is inferred at most: the sender's next ACK shows that the capture missed
 * nothing (tcp/audit_doubt). Seen next to the sender, again and again, it is no accident. */
static bool acks_are_optimistic(const struct facts *facts, uint8_t endpoint)
{
    unsigned count = 0;
    for (size_t i = 0; i < facts->count; i++) {
        const struct event *e = &facts->events[i];
        count += is_failure(e) && e->detail == CHECK_ACK_BEYOND_SENT && e->endpoint == endpoint;
    }
    return count >= OPTIMISTIC_MANY && sender_is_near(facts, endpoint);
}

/* A host hands its network card more than a segment: what leaves it is not what was captured. */
static bool sender_captures(const struct facts *facts, uint8_t endpoint)
{
    return facts->vantage.vantage == (endpoint == CLIENT ? VANTAGE_CLIENT : VANTAGE_SERVER);
}

/* Whether this frame has another event that has a finding of its own. */
static bool frame_is_told(const struct facts *facts, const struct event *failure)
{
    for (size_t i = 0; i < facts->count; i++) {
        const struct event *e = &facts->events[i];
        if (e->frame != failure->frame)
            continue;
        bool numbers = failure->detail == CHECK_SEQ_IN_WINDOW &&
                       (e->kind == EVENT_RESET_NOT_BELIEVED || e->kind == EVENT_SYN_CHALLENGED);
        bool flags = failure->detail == CHECK_ACK_FLAG_SET && is_failure(e) &&
                     e->detail == CHECK_FLAGS_LEGAL;
        if (numbers || flags)
            return true;
    }
    return false;
}

/* Which finding tells a failure; TOPIC_N: none does, or one of another diagnosis. */
static enum topic_id topic_of(const struct facts *facts, const struct event *e)
{
    bool sure = e->certainty <= CERTAINTY_PROVED;
    switch (e->detail) {
    case CHECK_CHECKSUM_TCP:
        return TOPIC_N; /* capture_quality */
    case CHECK_FLAGS_LEGAL:
        return TOPIC_ILLEGAL_FLAGS;
    case CHECK_WINDOW_SHRUNK:
        return sure ? TOPIC_WINDOW_SHRUNK : TOPIC_RULE_BROKEN;
    case CHECK_LENGTH_MSS:
        return sender_captures(facts, e->endpoint) ? TOPIC_N : TOPIC_MSS_EXCEEDED;
    case CHECK_ACK_BEYOND_SENT:
        return acks_are_optimistic(facts, e->endpoint) ? TOPIC_OPTIMISTIC_ACK : TOPIC_RULE_BROKEN;
    case CHECK_ACK_FLAG_SET:
    case CHECK_SEQ_IN_WINDOW:
        return frame_is_told(facts, e) ? TOPIC_N : TOPIC_RULE_BROKEN;
    default:
        if (sack_distance(e) != 0 && sack_rewritten_by(facts, e->endpoint) != 0)
            return TOPIC_SEQUENCE_REWRITING;
        return checks[e->detail].severity == SEVERITY_NOTE ? TOPIC_N : TOPIC_RULE_BROKEN;
    }
}

/* Where a failure has a finding of its own, that one's severity counts. */
static enum severity severity_of(const struct event *failure, enum topic_id topic)
{
    /* That it is the same each time is no accident. */
    if (topic == TOPIC_SEQUENCE_REWRITING || topic == TOPIC_OPTIMISTIC_ACK)
        return topic_row(topic)->severity;
    if (topic == TOPIC_RULE_BROKEN || failure->certainty > CERTAINTY_PROVED)
        return event_severity(failure);
    return topic_row(topic)->severity;
}

/* The failures that one finding tells: remarks only where there is nothing worse. */
struct broken {
    const struct event *list[FINDING_EVIDENCE_MAX]; /* the worst, then as they came */
    size_t listed;
    int64_t count;
    enum severity severity;
};

static void broken_add(struct broken *broken, const struct event *e, enum severity severity)
{
    if (broken->count > 0 && severity == SEVERITY_NOTE && broken->severity > SEVERITY_NOTE)
        return;
    if (broken->count > 0 && severity > SEVERITY_NOTE && broken->severity == SEVERITY_NOTE)
        *broken = (struct broken){ .listed = 0 };
    if (broken->count++ > 0 && severity <= broken->severity) {
        if (broken->listed < FINDING_EVIDENCE_MAX)
            broken->list[broken->listed++] = e;
        return;
    }
    if (broken->listed < FINDING_EVIDENCE_MAX)
        broken->listed++;
    for (size_t at = broken->listed - 1; at > 0; at--)
        broken->list[at] = broken->list[at - 1];
    broken->list[0] = e;
    broken->severity = severity;
}

static struct broken broken_read(const struct facts *facts, enum topic_id topic, int endpoint)
{
    struct broken broken = { .listed = 0 };
    for (size_t i = 0; i < facts->count; i++) {
        const struct event *e = &facts->events[i];
        if (is_failure(e) && (endpoint == EVENT_ANY || e->endpoint == endpoint) &&
            topic_of(facts, e) == topic)
            broken_add(&broken, e, severity_of(e, topic));
    }
    return broken;
}

static void add_evidence(struct finding *finding, const struct event *e, bool limit)
{
    const struct check_saying *saying = check_saying((enum check_id)e->detail, e->addend);
    if (saying == NULL)
        return;
    if (saying->number == NUMBER_FLAGS)
        finding_evidence(finding, e->frame, "flags", EVIDENCE_FLAGS, e->observed);
    else if (saying->sign == SIGN_NONE)
        finding_evidence(finding, e->frame, checks[e->detail].name, EVIDENCE_NONE, 0);
    else
        finding_evidence(finding, e->frame, saying->left, EVIDENCE_NUMBER, e->observed);
    if (limit && saying->number != NUMBER_FLAGS && saying->sign != SIGN_NONE)
        finding_evidence(finding, e->frame, "expected", EVIDENCE_NUMBER, e->expected);
}

/* {n} and {m}, where they are not the count of failures. */
static void add_numbers(struct finding *finding, const struct facts *facts,
                        const struct event *worst)
{
    enum topic_id topic = finding->topic;
    if (topic == TOPIC_WINDOW_SHRUNK)
        finding->n = worst->expected - worst->observed;
    if (topic == TOPIC_MSS_EXCEEDED) {
        finding->n = worst->observed;
        finding->m = worst->expected;
    }
    if (topic == TOPIC_SEQUENCE_REWRITING)
        finding->m = sack_rewritten_by(facts, worst->endpoint);
}

static void find_broken(const struct facts *facts, enum topic_id topic, int endpoint,
                        struct findings *findings)
{
    const struct broken broken = broken_read(facts, topic, endpoint);
    struct finding *finding = broken.count > 0 ? findings_add(findings, topic) : NULL;
    if (finding == NULL)
        return;
    const struct event *worst = broken.list[0];
    finding->severity = broken.severity;
    finding->certainty = certainty_least(CERTAINTY_OBSERVED, worst->certainty);
    finding->endpoint = worst->endpoint;
    finding->rule = (struct finding_rule){ .check = worst->detail,
                                           .addend = worst->addend,
                                           .observed = worst->observed,
                                           .expected = worst->expected };
    finding->n = broken.count;
    add_numbers(finding, facts, worst);
    for (size_t i = 0; i < broken.listed; i++)
        add_evidence(finding, broken.list[i], i == 0);
}

static void rules_connection(void *state, const struct facts *facts, struct findings *findings)
{
    static const enum topic_id of_one_end[] = { TOPIC_ILLEGAL_FLAGS, TOPIC_OPTIMISTIC_ACK,
                                                TOPIC_SEQUENCE_REWRITING, TOPIC_WINDOW_SHRUNK,
                                                TOPIC_MSS_EXCEEDED };
    bool occurs[TOPIC_N + 1] = { false };
    (void)state;
    for (size_t i = 0; i < facts->count; i++)
        if (is_failure(&facts->events[i]))
            occurs[topic_of(facts, &facts->events[i])] = true;
    for (size_t i = 0; i < sizeof of_one_end / sizeof of_one_end[0]; i++)
        for (int id = CLIENT; id <= SERVER && occurs[of_one_end[i]]; id++)
            find_broken(facts, of_one_end[i], id, findings);
    if (occurs[TOPIC_RULE_BROKEN])
        find_broken(facts, TOPIC_RULE_BROKEN, EVENT_ANY, findings);
}

const struct diagnosis diagnosis_rules = {
    .name = "rules",
    .needs = TRAIT_RULE_FAILED,
    .connection = rules_connection,
};
