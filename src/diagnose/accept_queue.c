/*
 * accept_queue: a service whose queue for accept() is full. Linux answers SYNs as long as it can,
 * then drops the third ACK and the data behind it and sends its SYN-ACK again, or, with
 * tcp_abort_on_overflow, answers with a RST as if it knew nothing (RFC 9293 §3.9.1.1 leaves the
 * queue to the system). One such connection may have lost its segments behind the capture; several
 * of one service at a time did not, if they were seen near it or came from several hosts.
 *
 * SYNs without an answer are not counted: loss and firewalls look the same.
 */
#include <string.h>

#include "base/time_text.h"
#include "diagnose/diagnosis.h"
#include "diagnose/facts.h"
#include "diagnose/vantage.h"
#include "model/segment.h"

#define SERVICES_MAX 16
#define CASES_KEPT 32
#define CASES_MANY 3
#define CASES_WITHIN (60 * NS_PER_S)
#define CASES_SHOWN 4

/* What shows that the server did not take a connection up. */
enum hint { HINT_NONE, HINT_SYNACK_AGAIN, HINT_DATA_AGAIN, HINT_RST };

/* A connection that was not taken up. */
struct untaken {
    int64_t time;   /* when its client began */
    uint64_t frame; /* the hint */
    uint8_t client[16];
    uint8_t hint;   /* enum hint */
};

struct service {
    uint8_t address[16];
    uint16_t port;
    uint8_t ip_version;
    uint32_t count;
    int64_t first, last;              /* times of all of them */
    struct untaken list[CASES_KEPT];  /* the earliest, sorted by time */
};

/* On or near which host the capture was taken, as the connections of an IP version tell. */
struct near_host {
    bool known, differs;
    uint8_t address[16];
};

struct accept_queue_state {
    struct near_host near[2]; /* IPv4, IPv6 */
    size_t count;
    struct service services[SERVICES_MAX];
};

static struct service *service_find(struct accept_queue_state *state,
                                    const struct summary *summary)
{
    const struct endpoint_summary *server = &summary->endpoints[SERVER];
    for (size_t i = 0; i < state->count; i++) {
        struct service *service = &state->services[i];
        if (service->ip_version == summary->ip_version && service->port == server->port &&
            memcmp(service->address, server->address, sizeof service->address) == 0)
            return service;
    }
    if (state->count == SERVICES_MAX)
        return NULL;
    struct service *service = &state->services[state->count++];
    memcpy(service->address, server->address, sizeof service->address);
    service->port = server->port;
    service->ip_version = summary->ip_version;
    return service;
}

/*
 * The server answered the SYN, and then took nothing: neither the third ACK nor the client's data.
 * A server that waits for data before it wakes its program (TCP_DEFER_ACCEPT) drops the ACK alone.
 */
static struct untaken untaken_read(const struct facts *facts)
{
    const struct summary *summary = facts->summary;
    const struct endpoint_summary *client = &summary->endpoints[CLIENT];
    const struct endpoint_summary *server = &summary->endpoints[SERVER];
    const struct event *third = facts_entered(facts, CLIENT, STATE_ESTABLISHED);
    struct untaken untaken = { .time = summary->first_time };
    if (!summary->third_ack_seen || third == NULL || server->syns == 0)
        return untaken;
    const struct event *again = facts_first(facts, EVENT_BYTES_REPEATED, CLIENT);
    untaken.hint = again != NULL ? HINT_DATA_AGAIN : HINT_NONE;
    for (const struct event *e = third; e < facts->events + facts->count; e++) {
        if (e->kind != EVENT_SYN_REPEATED || e->endpoint != SERVER || e->frame < third->frame)
            continue;
        untaken.hint = HINT_SYNACK_AGAIN;
        again = e;
        break;
    }
    if (server->state != STATE_SYN_RCVD || client->payload_bytes == 0)
        untaken.hint = HINT_NONE;
    /* Nothing but SYN-ACKs, and a RST that takes its number from the ACK. */
    const struct event *reset = facts_first(facts, EVENT_RESET, SERVER);
    if (reset != NULL && reset->result == RESET_REACTIVE &&
        server->segments == server->syns + server->resets) {
        untaken.hint = HINT_RST;
        again = reset;
    }
    untaken.frame = again != NULL ? again->frame : 0;
    memcpy(untaken.client, client->address, sizeof untaken.client);
    return untaken;
}

static void service_add(struct service *service, const struct untaken *untaken)
{
    if (service->count == 0 || untaken->time < service->first)
        service->first = untaken->time;
    if (service->count == 0 || untaken->time > service->last)
        service->last = untaken->time;
    size_t kept = service->count < CASES_KEPT ? service->count : CASES_KEPT;
    size_t at = kept;
    service->count++;
    while (at > 0 && service->list[at - 1].time > untaken->time)
        at--;
    if (at == CASES_KEPT)
        return;
    size_t behind = (kept < CASES_KEPT ? kept : CASES_KEPT - 1) - at;
    memmove(&service->list[at + 1], &service->list[at], behind * sizeof service->list[0]);
    service->list[at] = *untaken;
}

static struct near_host *near_of(struct accept_queue_state *state, uint8_t ip_version)
{
    return &state->near[ip_version == 6];
}

/* A connection that was not taken up seldom tells by its own times: others of that host do. */
static void near_note(struct near_host *near, const struct facts *facts)
{
    enum vantage vantage = (enum vantage)facts->vantage.vantage;
    enum endpoint_id end;
    if (vantage == VANTAGE_UNKNOWN)
        return;
    bool at_end = vantage_end(vantage, &end);
    const uint8_t *address = facts->summary->endpoints[at_end ? end : CLIENT].address;
    near->differs |= !at_end || (near->known && memcmp(near->address, address, 16) != 0);
    near->known = true;
    memcpy(near->address, address, sizeof near->address);
}

static void accept_queue_connection(void *state, const struct facts *facts,
                                    struct findings *findings)
{
    const struct summary *summary = facts->summary;
    (void)findings;
    const struct untaken untaken = untaken_read(facts);
    near_note(near_of(state, summary->ip_version), facts);
    if (untaken.hint == HINT_NONE)
        return;
    struct service *service = service_find(state, summary);
    if (service != NULL)
        service_add(service, &untaken);
}

/* Whether the capture was taken where nothing is lost on the way to this server. */
static bool was_near(struct accept_queue_state *state, const struct service *service,
                     const struct capture_facts *facts)
{
    const struct near_host *near = near_of(state, service->ip_version);
    enum endpoint_id end;
    if (facts->vantage != VANTAGE_UNKNOWN)
        return vantage_end((enum vantage)facts->vantage, &end) && end == SERVER;
    return near->known && !near->differs && !facts->several_inputs &&
           memcmp(near->address, service->address, sizeof service->address) == 0;
}

/* Whether enough of them began within a minute from this one on, and cannot have been lost. */
static bool case_begins_series(const struct service *service, bool near, size_t kept, size_t from)
{
    const struct untaken *list = service->list;
    size_t sure = 0, hosts = 0;
    for (size_t i = from; i < kept && list[i].time - list[from].time <= CASES_WITHIN; i++) {
        bool known = false;
        for (size_t j = from; j < i && !known; j++)
            known = memcmp(list[j].client, list[i].client, sizeof list[i].client) == 0;
        hosts += !known;
        sure += near || list[i].hint == HINT_RST;
    }
    return sure >= CASES_MANY || hosts >= CASES_MANY;
}

static void evidence_add(struct finding *finding, const struct untaken *untaken)
{
    if (untaken->hint == HINT_DATA_AGAIN)
        finding_evidence(finding, untaken->frame, "payload", EVIDENCE_NONE, 0);
    else
        finding_evidence(finding, untaken->frame, "flags", EVIDENCE_FLAGS,
                         untaken->hint == HINT_RST ? TCP_RST : TCP_SYN | TCP_ACK);
}

static void find_overflow(const struct service *service, bool near, struct findings *findings)
{
    size_t kept = service->count < CASES_KEPT ? service->count : CASES_KEPT;
    size_t from = 0;
    while (from < kept && !case_begins_series(service, near, kept, from))
        from++;
    struct finding *finding =
        from < kept ? findings_add(findings, TOPIC_LISTEN_QUEUE_OVERFLOW) : NULL;
    if (finding == NULL)
        return;
    bool only_resets = true;
    for (size_t i = 0; i < kept; i++)
        only_resets = only_resets && service->list[i].hint == HINT_RST;
    finding->certainty = CERTAINTY_INFERRED;
    if (only_resets) { /* a listener that was closed meanwhile resets just so */
        finding->certainty = CERTAINTY_ASSUMED;
        finding->severity = SEVERITY_WARNING;
    }
    finding->endpoint = SERVER;
    finding->host_ip_version = service->ip_version;
    memcpy(finding->host, service->address, sizeof finding->host);
    finding->n = service->count;
    finding->host_port = service->port;
    finding->m = service->port;
    finding->time = service->last - service->first;
    for (size_t i = from; i < kept && i < from + CASES_SHOWN; i++)
        evidence_add(finding, &service->list[i]);
}

static void accept_queue_end(void *state, const struct capture_facts *facts,
                             struct findings *findings)
{
    struct accept_queue_state *queues = state;
    for (size_t i = 0; i < queues->count; i++) {
        const struct service *service = &queues->services[i];
        find_overflow(service, was_near(queues, service, facts), findings);
    }
}

const struct diagnosis diagnosis_accept_queue = {
    .name = "accept-queue",
    .state_size = sizeof(struct accept_queue_state),
    .needs = TRAIT_NOT_TAKEN, /* where the capture was taken, all others tell, too */
    .asked_always = true,
    .connection = accept_queue_connection,
    .end = accept_queue_end,
};
