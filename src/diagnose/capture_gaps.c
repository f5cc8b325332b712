/*
 * capture_gaps: what the capture itself lacks, told once for all of it. Bytes that were acknowledged
 * have passed: where no frame holds them, the recorder lost them, and no network. And where most
 * connections show one end only, the other direction took another way.
 */
#include <string.h>

#include "diagnose/diagnosis.h"
#include "diagnose/facts.h"

/* One missing number alone may be a FIN, or a number that is wrong by one. */
#define MISSED_LEAST 2
/* Of so many bytes one missing is worth a warning. */
#define MISSED_SHARE 1000
/* So many segments say something of the other direction; and so many of a hundred connections of
 * the capture. */
#define ONE_WAY_SEGMENTS 5
#define ONE_WAY_PERCENT 80

struct gaps_state {
    uint64_t missed[2], bytes[2]; /* by enum endpoint_id: of all clients, of all servers */
    uint64_t frame[2];            /* the first that tells; 0: none */
    uint64_t connections;         /* with gaps */
    uint64_t one_way, both_ways;  /* connections with segments enough */
    uint64_t one_way_frame;       /* of the first one */
    bool several_hosts;           /* whose bytes are missing; else this one: */
    uint8_t host_ip_version;
    uint8_t host[16];
};

static void host_note(struct gaps_state *gaps, const struct summary *summary,
                      const struct endpoint_summary *end)
{
    if (gaps->host_ip_version == 0) {
        gaps->host_ip_version = summary->ip_version;
        memcpy(gaps->host, end->address, sizeof gaps->host);
        return;
    }
    gaps->several_hosts |= gaps->host_ip_version != summary->ip_version ||
                           memcmp(gaps->host, end->address, sizeof gaps->host) != 0;
}

/* Segments of an open connection: neither SYNs nor RSTs. */
static uint64_t ordinary_segments(const struct endpoint_summary *end)
{
    uint64_t others = (uint64_t)end->syns + end->resets;
    return end->segments > others ? end->segments - others : 0;
}

static void capture_gaps_connection(void *state, const struct facts *facts,
                                    struct findings *findings)
{
    const struct summary *summary = facts->summary;
    (void)findings;
    struct gaps_state *gaps = state;
    bool gap = false;
    for (int id = CLIENT; id <= SERVER; id++) {
        const struct endpoint_summary *end = &summary->endpoints[id];
        const struct lost *lost = &end->lost;
        gaps->bytes[id] += end->segments > 0 ? end->payload_bytes : 0;
        if (lost->missed_bytes < MISSED_LEAST)
            continue;
        gap = true;
        gaps->missed[id] += lost->missed_bytes;
        if (gaps->frame[id] == 0 || lost->missed_frame < gaps->frame[id])
            gaps->frame[id] = lost->missed_frame;
        host_note(gaps, summary, end);
    }
    gaps->connections += gap;
    const struct endpoint_summary *ends = summary->endpoints;
    uint64_t client = ordinary_segments(&ends[CLIENT]), server = ordinary_segments(&ends[SERVER]);
    if (client + server < ONE_WAY_SEGMENTS)
        return;
    if (ends[CLIENT].segments > 0 && ends[SERVER].segments > 0) {
        gaps->both_ways++;
    } else {
        if (gaps->one_way++ == 0 || summary->first_frame < gaps->one_way_frame)
            gaps->one_way_frame = summary->first_frame;
    }
}

static void find_missed(const struct gaps_state *gaps, const struct capture_facts *facts,
                        struct findings *findings)
{
    static const char *const fields[2] = { "missed_of_clients", "missed_of_servers" };
    uint64_t missed = gaps->missed[CLIENT] + gaps->missed[SERVER];
    struct finding *finding =
        missed > 0 ? findings_add(findings, TOPIC_CAPTURE_DROPS) : NULL;
    if (finding == NULL)
        return;
    finding->n = (int64_t)missed;
    finding->m = (int64_t)(gaps->bytes[CLIENT] + gaps->bytes[SERVER]);
    if (missed * MISSED_SHARE < (uint64_t)finding->m)
        finding->severity = SEVERITY_NOTE;
    /* The recorder says itself that it lost frames; else they may have taken another way. */
    finding->certainty = facts->dropped > 0 ? CERTAINTY_PROVED : CERTAINTY_INFERRED;
    if (!gaps->several_hosts) {
        finding->host_ip_version = gaps->host_ip_version;
        memcpy(finding->host, gaps->host, sizeof finding->host);
    }
    int first = gaps->frame[CLIENT] != 0 &&
                        (gaps->frame[SERVER] == 0 || gaps->frame[CLIENT] < gaps->frame[SERVER])
                    ? CLIENT : SERVER;
    for (int i = 0; i < 2; i++) {
        int id = i == 0 ? first : CLIENT + SERVER - first;
        if (gaps->missed[id] > 0)
            finding_evidence(finding, gaps->frame[id], fields[id], EVIDENCE_NUMBER,
                             (int64_t)gaps->missed[id]);
    }
}

static void find_one_way(const struct gaps_state *gaps, struct findings *findings)
{
    uint64_t all = gaps->one_way + gaps->both_ways;
    if (gaps->one_way == 0 || gaps->one_way * 100 < all * ONE_WAY_PERCENT)
        return;
    struct finding *finding = findings_add(findings, TOPIC_ASYMMETRIC_CAPTURE);
    if (finding == NULL)
        return;
    finding->certainty = CERTAINTY_INFERRED;
    finding->n = (int64_t)gaps->one_way;
    finding->m = (int64_t)all;
    finding_evidence(finding, gaps->one_way_frame, "frame", EVIDENCE_NONE, 0);
}

static void capture_gaps_end(void *state, const struct capture_facts *facts,
                             struct findings *findings)
{
    find_missed(state, facts, findings);
    find_one_way(state, findings);
}

const struct diagnosis diagnosis_capture_gaps = {
    .name = "capture-gaps",
    .state_size = sizeof(struct gaps_state),
    .asked_always = true,
    .connection = capture_gaps_connection,
    .end = capture_gaps_end,
};
