/*
 * reuse: the same addresses and ports again. Out of TIME_WAIT this is allowed when the new SYN
 * is provably newer (RFC 6191 §2); that a SYN was taken shows that its receiver thought so.
 */
#include "base/time_text.h"
#include "diagnose/diagnosis.h"
#include "diagnose/facts.h"

/* How long ends keep TIME_WAIT: Linux 60 s. Where it lasts longer we only miss a remark. */
#define TIME_WAIT_LASTS (60 * NS_PER_S)

static void reuse_connection(void *state, const struct facts *facts, struct findings *findings)
{
    (void)state;
    for (size_t i = 0; i < facts->count; i++) {
        const struct event *e = &facts->events[i];
        if (e->kind != EVENT_PORT_REUSED)
            continue;
        int64_t since = (int64_t)e->observed * REUSE_UNIT_NS;
        bool client_waits = e->from == STATE_TIME_WAIT;
        bool waits = client_waits || e->to == STATE_TIME_WAIT;
        if (since >= TIME_WAIT_LASTS)
            waits = false;
        struct finding *finding =
            findings_add(findings, waits ? TOPIC_TIME_WAIT_REUSE : TOPIC_PORT_REUSED);
        if (finding == NULL)
            return;
        finding->certainty = certainty_least(finding->certainty, e->certainty);
        /* No segment shows that TIME_WAIT still lasts. */
        if (waits)
            finding->certainty = certainty_least(finding->certainty, CERTAINTY_INFERRED);
        finding->endpoint = waits && !client_waits ? SERVER : CLIENT;
        finding->state = e->from;
        finding->peer_state = e->to;
        finding->time = since;
        finding_evidence(finding, e->frame, "since", EVIDENCE_DURATION, since);
        /* Else the states before are only told where they matter: some were inferred. */
        if (waits && e->from != STATE_NONE)
            finding_evidence(finding, facts->summary->first_frame, "client-before", EVIDENCE_STATE,
                             e->from);
        if (waits && e->to != STATE_NONE)
            finding_evidence(finding, facts->summary->first_frame, "server-before", EVIDENCE_STATE,
                             e->to);
        return;
    }
}

const struct diagnosis diagnosis_reuse = {
    .name = "reuse",
    .needs = TRAIT_EVENT(EVENT_PORT_REUSED),
    .connection = reuse_connection,
};
