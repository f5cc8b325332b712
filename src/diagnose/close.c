/*
 * close: ends that do not close, FINs sent again, FINs that crossed (RFC 9293 §3.6). Closing
 * with a RST is told by diagnose/reset.
 */
#include "base/time_text.h"
#include "diagnose/diagnosis.h"
#include "diagnose/facts.h"
#include "model/segment.h"

#define CLOSE_WAIT_LONG (60 * NS_PER_S)
#define FIN_REPEATS_MANY 3

_Static_assert(CLOSE_WAIT_LONG >= TRAIT_LASTED, "or a long stay would not be seen");

/* A stay in CLOSE_WAIT. */
struct stay {
    enum endpoint_id who;
    int64_t time;
    bool at_end;    /* still there when the capture ended */
    uint64_t frame; /* that ended it; else the connection's last one */
};

/* The transition with which endpoint left CLOSE_WAIT, or NULL. */
static const struct event *close_wait_left(const struct facts *facts, enum endpoint_id endpoint)
{
    for (size_t i = 0; i < facts->count; i++) {
        const struct event *e = &facts->events[i];
        if (e->kind == EVENT_TRANSITION && e->endpoint == endpoint &&
            e->from == STATE_CLOSE_WAIT)
            return e;
    }
    return NULL;
}

/* Whether this endpoint is in CLOSE_WAIT at the end, or was there and then closed. */
static bool stay_find(const struct facts *facts, enum endpoint_id who, struct stay *ret_stay)
{
    const struct summary *summary = facts->summary;
    const struct event *entered = facts_entered(facts, who, STATE_CLOSE_WAIT);

    if (summary->endpoints[who].state == STATE_CLOSE_WAIT) {
        /* After a RST there is nothing to wait for. */
        if (summary->close == CLOSE_RESET)
            return false;
        int64_t time = summary->close_wait_ns;
        if (time == UNKNOWN_NS && entered != NULL)
            time = summary->capture_end - entered->time;
        *ret_stay = (struct stay){
            .who = who, .time = time, .at_end = true, .frame = summary->last_frame
        };
        return time != UNKNOWN_NS;
    }
    const struct event *left = close_wait_left(facts, who);
    if (entered == NULL || left == NULL)
        return false;
    *ret_stay = (struct stay){
        .who = who, .time = left->time - entered->time, .frame = left->frame
    };
    return true;
}

/*
 * Whether the stay was idle for a minute or more: a half-closed connection whose open end goes
 * on sending is at work, not stuck (RFC 9293 §3.6.1). When payload followed the FIN, the end's
 * newest segment bounds how long it has been quiet; after the stay nothing bounds it.
 */
static bool stay_is_stuck(const struct facts *facts, const struct stay *stay)
{
    if (stay->time < CLOSE_WAIT_LONG)
        return false;
    if (facts_first(facts, EVENT_PAYLOAD_AFTER_FIN, stay->who) == NULL)
        return true;
    const struct summary *summary = facts->summary;
    return stay->at_end &&
           summary->capture_end - summary->endpoints[stay->who].last_time >= CLOSE_WAIT_LONG;
}

/* The FIN, and the acknowledgement that shows that it arrived. */
static void evidence_of_stay(const struct facts *facts, const struct stay *stay,
                             struct finding *finding)
{
    enum endpoint_id peer = endpoint_peer(stay->who);
    const struct endpoint_summary *closed = &facts->summary->endpoints[peer];
    const struct event *fin = facts_fin(facts, peer);
    const struct event *entered = facts_entered(facts, stay->who, STATE_CLOSE_WAIT);

    uint64_t fin_frame = fin != NULL ? fin->frame : entered != NULL ? entered->frame : 0;
    finding_evidence(finding, fin_frame != 0 ? fin_frame : facts->summary->last_frame, "seq",
                     EVIDENCE_NUMBER, closed->fin_seq);
    if (entered != NULL && entered->evidence != 0)
        finding_evidence(finding, entered->evidence, "ack", EVIDENCE_NUMBER,
                         (uint32_t)(closed->fin_seq + 1));
    finding_evidence(finding, stay->frame, "waited", EVIDENCE_DURATION, stay->time);
}

static void find_close_wait(const struct facts *facts, enum endpoint_id who,
                            struct findings *findings)
{
    const struct summary *summary = facts->summary;
    enum endpoint_id peer = endpoint_peer(who);
    struct stay stay;
    if (!stay_find(facts, who, &stay) || !summary->endpoints[peer].fin_sent)
        return;
    bool stuck = stay_is_stuck(facts, &stay);
    /* Assumed: it may have closed before the capture began, and then nothing is left to do. */
    bool assumed = stay.at_end && summary->endpoints[who].state_certainty == CERTAINTY_ASSUMED;
    if (!stuck && (!stay.at_end || assumed))
        return;

    struct finding *finding =
        findings_add(findings, stuck ? TOPIC_CLOSE_WAIT_STUCK : TOPIC_END_HALF_CLOSED);
    if (finding == NULL)
        return;
    const struct event *entered = facts_entered(facts, who, STATE_CLOSE_WAIT);
    if (entered != NULL)
        finding->certainty = certainty_least(finding->certainty, entered->certainty);
    /* That it did not close is the absence of a FIN: the capture may have missed one. */
    if (assumed)
        finding->severity = SEVERITY_NOTE;
    if (stay.at_end)
        finding->certainty =
            certainty_least(CERTAINTY_INFERRED, summary->endpoints[who].state_certainty);
    finding->endpoint = (uint8_t)who;
    finding->state = STATE_CLOSE_WAIT;
    finding->peer_state = summary->endpoints[peer].state;
    finding->time = stay.time;
    evidence_of_stay(facts, &stay, finding);
}

static void find_fin_repeated(const struct facts *facts, enum endpoint_id who,
                              struct findings *findings)
{
    const struct event *first = facts_first(facts, EVENT_FIN_REPEATED, who);
    if (first == NULL)
        return;
    const struct event *acked = facts_fin_acked(facts, who);
    bool before_repeat = acked != NULL && acked->frame < first->frame;
    struct finding *finding = findings_add(findings, TOPIC_FIN_RETRANSMISSION);
    if (finding == NULL)
        return;
    finding->endpoint = (uint8_t)who;
    const struct event *fin = facts_fin(facts, who);
    finding_evidence(finding, fin != NULL ? fin->frame : first->frame, "seq", EVIDENCE_NUMBER,
                     facts->summary->endpoints[who].fin_seq);
    if (before_repeat)
        finding_evidence(finding, acked->frame, "ack", EVIDENCE_NUMBER, acked->observed);
    int64_t before = fin != NULL ? fin->time : first->time;
    for (size_t i = 0; i < facts->count; i++) {
        const struct event *e = &facts->events[i];
        if (e->kind != EVENT_FIN_REPEATED || e->endpoint != who)
            continue;
        finding->n++;
        finding->certainty = certainty_least(finding->certainty, e->certainty);
        finding_evidence(finding, e->frame, "gap", EVIDENCE_DURATION, e->time - before);
        before = e->time;
    }
    /* The log notes only the first ones; the summary counts them all. */
    if (facts->summary->endpoints[who].fins > finding->n + 1)
        finding->n = facts->summary->endpoints[who].fins - 1;
    finding->n_or_more = facts->summary->endpoints[who].fins >= SUMMARY_COUNT_MAX;
    if (finding->n >= FIN_REPEATS_MANY)
        finding->severity = SEVERITY_WARNING;
}

static void find_simultaneous(const struct facts *facts, struct findings *findings)
{
    if (facts->summary->close != CLOSE_SIMULTANEOUS)
        return;
    struct finding *finding = findings_add(findings, TOPIC_CLOSE_SIMULTANEOUS);
    if (finding == NULL)
        return;
    for (int id = CLIENT; id <= SERVER; id++) {
        const struct event *fin = facts_fin(facts, (enum endpoint_id)id);
        if (fin != NULL)
            finding_evidence(finding, fin->frame, "seq", EVIDENCE_NUMBER,
                             facts->summary->endpoints[id].fin_seq);
    }
}

static void close_connection(void *state, const struct facts *facts, struct findings *findings)
{
    (void)state;
    for (int id = CLIENT; id <= SERVER; id++) {
        find_close_wait(facts, (enum endpoint_id)id, findings);
        find_fin_repeated(facts, (enum endpoint_id)id, findings);
    }
    find_simultaneous(facts, findings);
}

const struct diagnosis diagnosis_close = {
    .name = "close",
    /* A stay in CLOSE_WAIT that ended is told only when it was long. */
    .needs = TRAIT_EVENT(EVENT_FIN_REPEATED) | TRAIT_CLOSE(CLOSE_SIMULTANEOUS) | TRAIT_IN_CLOSE_WAIT |
             TRAIT_CLOSE_WAIT_LASTED,
    .connection = close_connection,
};
