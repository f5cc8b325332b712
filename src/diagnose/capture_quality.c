/*
 * capture_quality: what the place and the way of capturing did to the checksums, and frames that
 * it holds twice or in the wrong order.
 *
 * A host that leaves checksums to its network card hands the capture unfinished ones: they hold
 * just the sum over the pseudo-header. That is told once for the whole capture. So are hosts
 * nearly all of whose checksums are wrong in another way while the peer takes their segments: a
 * damaged segment is dropped, never acknowledged (RFC 9293 §3.1). Damage is what the tracker
 * took for it; wrong checksums in between say nothing.
 */
#include <string.h>

#include "diagnose/diagnosis.h"
#include "diagnose/facts.h"

#define HOSTS_MAX 32
#define BAD_MANY 5
#define BAD_PERCENT 90
#define COPIES_MANY 2
#define COPIES_PERCENT 1
#define MISORDERED_MANY 3

struct offload_host {
    uint8_t address[16];
    uint8_t ip_version;
    uint64_t segments;
    uint64_t frame; /* the first */
};

struct offload_state {
    size_t count;
    uint64_t others; /* segments of hosts for which there was no room */
    enum certainty certainty;
    struct offload_host hosts[HOSTS_MAX];
};

static struct offload_host *host_find(struct offload_state *state, const uint8_t address[16],
                                      uint8_t ip_version)
{
    for (size_t i = 0; i < state->count; i++) {
        struct offload_host *host = &state->hosts[i];
        if (host->ip_version == ip_version && memcmp(host->address, address, 16) == 0)
            return host;
    }
    if (state->count == HOSTS_MAX)
        return NULL;
    struct offload_host *host = &state->hosts[state->count++];
    memcpy(host->address, address, 16);
    host->ip_version = ip_version;
    return host;
}

/* Segments of this end that were left out as damaged. */
static uint32_t damaged_count(const struct facts *facts, enum endpoint_id id)
{
    uint32_t damaged = 0;
    for (size_t i = 0; i < facts->count; i++)
        damaged += facts->events[i].kind == EVENT_CHECKSUM_BAD && facts->events[i].endpoint == id;
    return damaged;
}

/* Whether this end's checksums only look wrong: nearly all do, and the peer took its segments. */
static bool bad_is_offload(const struct facts *facts, enum endpoint_id id, uint32_t damaged)
{
    const struct summary *summary = facts->summary;
    const struct endpoint_summary *end = &summary->endpoints[id];
    uint64_t all = (uint64_t)end->segments + damaged;
    bool taken = summary->handshake_complete || end->fin_acked ||
                 facts_first(facts, EVENT_ACK_OF_UNSEEN, endpoint_peer(id)) != NULL;
    return taken && end->checksums_bad >= BAD_MANY &&
           (uint64_t)end->checksums_bad * 100 >= all * BAD_PERCENT;
}

static void count_offload(struct offload_state *state, const struct facts *facts,
                          enum endpoint_id id, uint64_t segments, const struct event *first)
{
    const struct endpoint_summary *end = &facts->summary->endpoints[id];
    struct offload_host *host = host_find(state, end->address, facts->summary->ip_version);
    if (host == NULL) {
        state->others += segments;
        return;
    }
    uint64_t frame = first != NULL ? first->frame : facts->summary->first_frame;
    if (host->segments == 0 || frame < host->frame)
        host->frame = frame;
    host->segments += segments;
    if (first != NULL)
        state->certainty = certainty_least(state->certainty, first->certainty);
}

static void find_damaged(const struct facts *facts, enum endpoint_id id, uint32_t damaged,
                         struct findings *findings)
{
    struct finding *finding = findings_add(findings, TOPIC_CHECKSUM_BAD);
    if (finding == NULL)
        return;
    finding->endpoint = (uint8_t)id;
    finding->n = damaged;
    for (size_t i = 0; i < facts->count; i++) {
        const struct event *e = &facts->events[i];
        if (e->kind != EVENT_CHECKSUM_BAD || e->endpoint != id)
            continue;
        finding->certainty = certainty_least(finding->certainty, e->certainty);
        finding_evidence(finding, e->frame, "checksum", EVIDENCE_NONE, 0);
    }
}

static void capture_quality_connection(void *state, const struct facts *facts,
                                       struct findings *findings)
{
    for (int i = CLIENT; i <= SERVER; i++) {
        enum endpoint_id id = (enum endpoint_id)i;
        const struct endpoint_summary *end = &facts->summary->endpoints[id];
        if (end->checksums_partial > 0)
            count_offload(state, facts, id, end->checksums_partial,
                          facts_first(facts, EVENT_CHECKSUM_PARTIAL, id));
        uint32_t damaged = damaged_count(facts, id);
        if (bad_is_offload(facts, id, damaged)) {
            count_offload(state, facts, id, end->checksums_bad,
                          facts_first(facts, EVENT_CHECKSUM_BAD, id));
            struct offload_state *offload = state;
            offload->certainty = certainty_least(offload->certainty, CERTAINTY_PROVED);
        } else if (damaged > 0) {
            find_damaged(facts, id, damaged, findings);
        }
    }
}

/* The host with the most such segments; of equal ones the first. */
static const struct offload_host *host_most(const struct offload_state *state)
{
    const struct offload_host *most = &state->hosts[0];
    for (size_t i = 1; i < state->count; i++) {
        const struct offload_host *host = &state->hosts[i];
        if (host->segments > most->segments ||
            (host->segments == most->segments && host->frame < most->frame))
            most = host;
    }
    return most;
}

/* Frames that the capture holds twice. A few may be a network's doing. */
static void find_copies(const struct capture_facts *facts, struct findings *findings)
{
    uint64_t all = facts->segments + facts->copies;
    if (facts->copies < COPIES_MANY || facts->copies * 100 < all * COPIES_PERCENT)
        return;
    struct finding *finding = findings_add(findings, TOPIC_CAPTURE_DUPLICATES);
    if (finding == NULL)
        return;
    finding->certainty = CERTAINTY_INFERRED; /* that no host makes two packets with one IP ID */
    finding->n = (int64_t)facts->copies;
    finding->m = (int64_t)all;
    for (size_t i = 0; i < facts->copies_named; i++)
        finding_evidence(finding, facts->copy[i].frame, "copy_of", EVIDENCE_NUMBER,
                         (int64_t)facts->copy[i].original);
}

/* Once or twice may be a clock of microseconds, or what a device between the ends answers. */
static void find_misordered(const struct capture_facts *facts, struct findings *findings)
{
    if (facts->misordered < MISORDERED_MANY)
        return;
    struct finding *finding = findings_add(findings, TOPIC_CAPTURE_REORDERED);
    if (finding == NULL)
        return;
    finding->certainty = CERTAINTY_INFERRED;
    finding->n = (int64_t)facts->misordered;
    finding->m = (int64_t)facts->segments;
    for (size_t i = 0; i < CAPTURE_MISORDERED_NAMED && i < facts->misordered; i++)
        finding_evidence(finding, facts->misordered_frame[i], "time", EVIDENCE_NONE, 0);
}

static void find_offload(const struct offload_state *offload, struct findings *findings)
{
    if (offload->count == 0)
        return;
    struct finding *finding = findings_add(findings, TOPIC_CHECKSUM_OFFLOAD);
    if (finding == NULL)
        return;
    const struct offload_host *most = host_most(offload);
    finding->certainty = offload->certainty;
    if (offload->count == 1 && offload->others == 0) { /* of several hosts none is named */
        finding->host_ip_version = most->ip_version;
        memcpy(finding->host, most->address, sizeof finding->host);
    }
    finding->m = (int64_t)offload->count;
    finding->n = (int64_t)offload->others;

    uint64_t first = most->frame;
    for (size_t i = 0; i < offload->count; i++) {
        finding->n += (int64_t)offload->hosts[i].segments;
        if (offload->hosts[i].frame < first)
            first = offload->hosts[i].frame;
    }
    finding_evidence(finding, first, "checksum", EVIDENCE_NONE, 0);
    for (size_t i = 0; i < offload->count; i++)
        if (offload->hosts[i].frame != first)
            finding_evidence(finding, offload->hosts[i].frame, "checksum", EVIDENCE_NONE, 0);
}

static void capture_quality_end(void *state, const struct capture_facts *facts,
                                struct findings *findings)
{
    find_offload(state, findings);
    find_copies(facts, findings);
    find_misordered(facts, findings);
}

const struct diagnosis diagnosis_capture_quality = {
    .name = "capture-quality",
    .state_size = sizeof(struct offload_state),
    .needs = TRAIT_CHECKSUMS | TRAIT_EVENT(EVENT_CHECKSUM_BAD),
    .connection = capture_quality_connection,
    .end = capture_quality_end,
};
