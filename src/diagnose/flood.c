/*
 * flood: SYNs to one service with which nobody went on. Each settled connection that began with a
 * SYN is counted for its service, for the services with the most of them; what the tracker had
 * counted without a record is added at the end (model/victim).
 *
 * A SYN that was refused, sent again, or taken back with a RST was meant by somebody: a service
 * that is down, a scanner and a lossy way look different from a flood.
 */
#include <string.h>

#include "base/space_saving.h"
#include "base/time_text.h"
#include "diagnose/diagnosis.h"
#include "diagnose/facts.h"
#include "model/victim.h"

/* Of different services, the worst ones. */
#define FLOODS_MAX 4

/* Fewer SYNs to a service are kept as they are: most have no more, and a whole victim is large. */
#define NOTES_MAX 32u

struct kept_note {
    uint8_t source[16];
    uint64_t frame;
    int64_t time;
    uint8_t result; /* enum syn_result */
};

struct service {
    uint8_t address[16];
    uint16_t port;
    uint8_t ip_version;
    uint32_t count;    /* beyond NOTES_MAX: it has a victim */
    uint64_t answered; /* until then */
    struct kept_note notes[NOTES_MAX];
};

/* A service whose place another one took. */
struct past_flood {
    struct victim victim;
    struct flood_verdict verdict;
};

struct flood_state {
    struct space_saving names;
    struct service services[SPACE_SAVING_ROOM];
    struct victim victims[SPACE_SAVING_ROOM];
    struct flood_view view;
    size_t past_count;
    struct past_flood past[FLOODS_MAX];
};

/* Whether a is worse than b. */
static bool is_worse(const struct flood_verdict *a, uint64_t a_begun, const struct flood_verdict *b,
                     uint64_t b_begun)
{
    if (a->alarm != b->alarm)
        return a->alarm;
    return a->seen != b->seen ? a->seen : a_begun > b_begun;
}

/* Keeps a flood if it is among the worst. */
static void past_keep(struct flood_state *state, const struct victim *victim)
{
    const struct flood_verdict verdict = victim_judge(victim, &state->view);
    if (!verdict.seen && !verdict.alarm && !verdict.undecided)
        return;
    struct past_flood *place = &state->past[state->past_count];
    if (state->past_count < FLOODS_MAX) {
        state->past_count++;
    } else {
        place = &state->past[0];
        for (size_t i = 1; i < FLOODS_MAX; i++)
            if (is_worse(&place->verdict, place->victim.begun, &state->past[i].verdict,
                         state->past[i].victim.begun))
                place = &state->past[i];
        if (!is_worse(&verdict, victim->begun, &place->verdict, place->victim.begun))
            return;
    }
    place->victim = *victim;
    place->verdict = verdict;
}

static uint64_t name_of(const uint8_t address[16], uint16_t port, uint8_t ip_version)
{
    static const uint64_t key[2] = { 0, 0 }; /* fixed: what is kept depends on the capture alone */
    return victim_name(key, address, port, ip_version);
}

/* Which one it is; where it is new it takes the place of the one with the fewest. */
static uint32_t service_take(struct flood_state *state, const uint8_t address[16], uint16_t port,
                             uint8_t ip_version)
{
    bool new;
    uint32_t place =
        space_saving_add(&state->names, name_of(address, port, ip_version), &new);
    struct service *service = &state->services[place];
    if (!new)
        return place;
    if (service->count > NOTES_MAX)
        past_keep(state, &state->victims[place]);
    memcpy(service->address, address, sizeof service->address);
    service->port = port;
    service->ip_version = ip_version;
    service->count = 0;
    service->answered = 0;
    return place;
}

/* It has too many for its notes: they become a victim. */
static struct victim *victim_begin(struct flood_state *state, uint32_t place)
{
    struct service *service = &state->services[place];
    struct victim *victim = &state->victims[place];
    *victim = (struct victim){ .port = service->port, .ip_version = service->ip_version,
                               .answered = service->answered };
    memcpy(victim->address, service->address, sizeof victim->address);
    for (uint32_t i = 0; i < service->count; i++) {
        const struct kept_note *kept = &service->notes[i];
        const struct syn_note note = { .source = kept->source, .frame = kept->frame,
                                       .time = kept->time,
                                       .result = (enum syn_result)kept->result };
        victim_note(victim, &note);
    }
    service->count = NOTES_MAX + 1;
    return victim;
}

static void service_note(struct flood_state *state, uint32_t place, const struct syn_note *note,
                         bool answered)
{
    struct service *service = &state->services[place];
    if (service->count < NOTES_MAX) {
        struct kept_note *kept = &service->notes[service->count++];
        memcpy(kept->source, note->source, sizeof kept->source);
        kept->frame = note->frame;
        kept->time = note->time;
        kept->result = (uint8_t)note->result;
        service->answered += answered;
        return;
    }
    struct victim *victim = &state->victims[place];
    if (service->count == NOTES_MAX)
        victim = victim_begin(state, place);
    victim->answered += answered;
    victim_note(victim, note);
}

/* What became of a connection's SYN. */
static enum syn_result result_of(const struct summary *summary)
{
    const struct endpoint_summary *client = &summary->endpoints[CLIENT];
    if (client->segments > client->syns + client->resets) /* it went on, whatever is captured */
        return SYN_OPENED;
    switch ((enum handshake_kind)summary->handshake) {
    case HANDSHAKE_REJECTED:
    case HANDSHAKE_REFUSED:
        return SYN_REFUSED;
    case HANDSHAKE_ABORTED:
    case HANDSHAKE_HALF_OPEN:
    case HANDSHAKE_UNANSWERED:
        return client->syns > 1 || client->resets > 0 ? SYN_MEANT : SYN_LEFT;
    default:
        return SYN_OPENED;
    }
}

static bool end_acknowledges(const struct endpoint_summary *end)
{
    return end->segments > end->syns + end->fins + end->resets;
}

static void flood_connection(void *state, const struct facts *facts, struct findings *findings)
{
    (void)findings;
    const struct summary *summary = facts->summary;
    const struct syn_note note = { .source = summary->endpoints[CLIENT].address,
                                   .frame = summary->first_frame,
                                   .time = summary->first_time,
                                   .result = result_of(summary) };
    struct flood_state *floods = state;
    floods->view.acks_shown |= end_acknowledges(&summary->endpoints[CLIENT]) ||
                               end_acknowledges(&summary->endpoints[SERVER]);
    if (summary->capture_end > floods->view.end)
        floods->view.end = summary->capture_end;
    if (summary->role_evidence != ROLE_SYN || summary->endpoints[CLIENT].syns == 0)
        return;
    const struct endpoint_summary *server = &summary->endpoints[SERVER];
    uint32_t place = service_take(floods, server->address, server->port, summary->ip_version);
    service_note(floods, place, &note, server->syns > 0);
}

/* Adds what was counted without a record. */
static void aggregated_add(struct flood_state *state, const struct victim *aggregated)
{
    uint32_t place =
        service_take(state, aggregated->address, aggregated->port, aggregated->ip_version);
    struct victim *victim = &state->victims[place];
    if (state->services[place].count <= NOTES_MAX)
        victim = victim_begin(state, place);
    victim_merge(victim, aggregated);
}

static void find_flood(const struct past_flood *flood, struct findings *findings)
{
    const struct victim *victim = &flood->victim;
    bool told = flood->verdict.seen || flood->verdict.alarm;
    if (!told && !flood->verdict.undecided)
        return;
    struct finding *finding =
        findings_add(findings, told ? TOPIC_SYN_FLOOD : TOPIC_SYNS_UNDECIDED);
    if (finding == NULL)
        return;
    finding->severity = flood->verdict.alarm ? SEVERITY_ATTACK : SEVERITY_NOTE;
    finding->certainty = flood->verdict.alarm ? CERTAINTY_INFERRED : CERTAINTY_ASSUMED;
    finding->endpoint = SERVER;
    finding->host_ip_version = victim->ip_version;
    finding->host_port = victim->port;
    memcpy(finding->host, victim->address, sizeof finding->host);
    finding->n = (int64_t)victim->begun;
    finding->m = (int64_t)flood->verdict.sources;
    finding->rate = flood->verdict.peak;
    finding->opened = (int64_t)victim->opened;
    finding->time = victim->last_time - victim->first_time;
    finding_evidence(finding, victim->first_frame, "syns", EVIDENCE_NUMBER, finding->n);
    if (told)
        finding_evidence(finding, flood->verdict.peak_frame, "syns_left_in_a_second", EVIDENCE_NUMBER,
                         finding->rate);
    finding_evidence(finding, victim->first_frame, "sources", EVIDENCE_NUMBER, finding->m);
    finding_evidence(finding, victim->first_frame, "opened", EVIDENCE_NUMBER, finding->opened);
}

static void flood_end(void *state, const struct capture_facts *facts, struct findings *findings)
{
    struct flood_state *floods = state;
    if (facts->end > floods->view.end)
        floods->view.end = facts->end;
    for (size_t i = 0; i < floods->past_count; i++) /* ACKs may have been seen since */
        floods->past[i].verdict = victim_judge(&floods->past[i].victim, &floods->view);
    for (size_t i = 0; i < facts->victim_count; i++)
        aggregated_add(floods, facts->victims[i]);
    for (size_t i = 0; i < floods->names.used; i++)
        if (floods->services[i].count > NOTES_MAX)
            past_keep(floods, &floods->victims[i]);
    bool told[FLOODS_MAX] = { false };
    for (size_t n = 0; n < floods->past_count; n++) {
        size_t worst = FLOODS_MAX;
        for (size_t i = 0; i < floods->past_count; i++)
            if (!told[i] && (worst == FLOODS_MAX ||
                             is_worse(&floods->past[i].verdict, floods->past[i].victim.begun,
                                      &floods->past[worst].verdict,
                                      floods->past[worst].victim.begun)))
                worst = i;
        told[worst] = true;
        find_flood(&floods->past[worst], findings);
    }
}

const struct diagnosis diagnosis_flood = {
    .name = "flood",
    .state_size = sizeof(struct flood_state),
    .asked_always = true,
    .connection = flood_connection,
    .end = flood_end,
};
