/*
 * icmp: what ICMP errors did to a connection. Only a rejected opening is told: an error about an
 * open connection closes nothing (RFC 9293 §3.9.2.2), and whether the sender took the smaller
 * packets that one asked for is not in the events.
 */
#include "diagnose/diagnosis.h"
#include "diagnose/facts.h"
#include "model/segment.h"

static void icmp_connection(void *state, const struct facts *facts, struct findings *findings)
{
    (void)state;
    const struct summary *summary = facts->summary;
    const struct event *events = facts->events;
    const struct event *error = event_rejection(events, facts->count, summary->ip_version);

    if (summary->handshake != HANDSHAKE_REJECTED || error == NULL)
        return;
    struct finding *finding = findings_add(findings, TOPIC_HANDSHAKE_ICMP_REJECTED);
    if (finding == NULL)
        return;
    finding->endpoint = CLIENT;
    finding->error = finding_error(summary->ip_version, error->detail, error->result);
    if (event_reporter(events, facts->count, error, summary, finding->host))
        finding->host_ip_version = summary->ip_version;
    finding_evidence(finding, summary->first_frame, "flags", EVIDENCE_FLAGS, TCP_SYN);
    for (size_t i = 0; i < facts->count; i++)
        if (events[i].kind == EVENT_ICMP_ERROR && events[i].frame >= error->frame)
            finding_evidence(finding, events[i].frame, "icmp", EVIDENCE_ERROR,
                             finding_error(summary->ip_version, events[i].detail,
                                           events[i].result));
}

const struct diagnosis diagnosis_icmp = {
    .name = "icmp",
    .needs = TRAIT_HANDSHAKE(HANDSHAKE_REJECTED),
    .connection = icmp_connection,
};
