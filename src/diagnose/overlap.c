/* overlap: bytes came again under the same numbers, and they were others. */
#include "diagnose/diagnosis.h"
#include "diagnose/facts.h"
#include "model/overlap.h"

/* Not sure: it may have been damaged on its way, or the old bytes are padding. */
static enum severity severity_of(const struct event *e)
{
    if (e->detail & OVERLAP_PADDING)
        return SEVERITY_NOTE;
    return e->certainty == CERTAINTY_OBSERVED ? SEVERITY_ATTACK : SEVERITY_WARNING;
}

/* The worst that this end did, the first of them; NULL: nothing. */
static const struct event *worst_of(const struct facts *facts, enum endpoint_id id)
{
    const struct event *worst = NULL;
    for (size_t i = 0; i < facts->count; i++) {
        const struct event *e = &facts->events[i];
        if (e->kind == EVENT_OVERLAP && e->endpoint == id &&
            (worst == NULL || severity_of(e) > severity_of(worst)))
            worst = e;
    }
    return worst;
}

static void add_evidence(struct finding *finding, const struct event *e)
{
    finding_evidence(finding, e->frame, "offset", EVIDENCE_NUMBER, e->addend);
    if (e->evidence != 0)
        finding_evidence(finding, e->evidence, "first-sent", EVIDENCE_NONE, 0);
}

static void find_overlap(const struct facts *facts, enum endpoint_id id,
                         struct findings *findings)
{
    const struct event *worst = worst_of(facts, id);
    struct finding *finding =
        worst != NULL ? findings_add(findings, TOPIC_OVERLAP_DIFFERENT_DATA) : NULL;
    if (finding == NULL)
        return;
    finding->endpoint = (uint8_t)id;
    finding->severity = severity_of(worst);
    finding->certainty = (enum certainty)worst->certainty;
    if (worst->detail & OVERLAP_PADDING)
        finding->certainty = certainty_least(finding->certainty, CERTAINTY_INFERRED);
    finding->n = facts->summary->endpoints[id].overlaps;
    finding->m = (int64_t)OVERLAP_KIND(worst->detail);
    add_evidence(finding, worst);
    finding_evidence(finding, worst->frame, "kept-by", EVIDENCE_KEEPERS, finding->m);
    for (size_t i = 0; i < facts->count; i++)
        if (facts->events[i].kind == EVENT_OVERLAP && facts->events[i].endpoint == id &&
            &facts->events[i] != worst)
            add_evidence(finding, &facts->events[i]);
}

static void overlap_connection(void *state, const struct facts *facts, struct findings *findings)
{
    (void)state;
    find_overlap(facts, CLIENT, findings);
    find_overlap(facts, SERVER, findings);
}

const struct diagnosis diagnosis_overlap = {
    .name = "overlap",
    .needs = TRAIT_EVENT(EVENT_OVERLAP),
    .connection = overlap_connection,
};
