/* flood: waiting SYNs by service, then embryos and sums. */
#include "tcp/flood.h"

#include <stdlib.h>
#include <string.h>

#include "tcp/clock.h"
#include "tcp/connection.h"
#include "tcp/waiting.h"

/* At once; SYNs of others are counted, without a name. */
#define VICTIMS_MAX 32u

struct service {
    uint8_t address[16];
    uint16_t port;
    uint8_t ip_version; /* 0: none yet */
};

struct flood {
    struct flood_options options;
    struct clock clock;       /* one wild stamp does not move it */
    struct waiting waiting;
    struct embryos *embryos;  /* NULL: none yet */
    size_t victim_count;
    struct victim *victims[VICTIMS_MAX];
    uint64_t names[VICTIMS_MAX];
    int64_t newest[VICTIMS_MAX]; /* when a SYN for it became an embryo last */
    struct service named;     /* asked for last, */
    uint64_t name;            /* and its name */
    struct bound aggregated;
    uint32_t restored_count;
    struct segment restored[EMBRYO_SEGMENTS_MAX];
};

/* A segment on unknown ports, and what is known of it. */
struct stray {
    const struct flow_key *key;
    const struct segment *s;
    bool second;   /* its source is the key's second end */
    uint64_t digest;
    struct opening opening;
};

struct flood *flood_new(const struct flood_options *options)
{
    struct flood *flood = calloc(1, sizeof *flood);
    if (flood != NULL)
        flood->options = *options;
    return flood;
}

void flood_free(struct flood *flood)
{
    if (flood == NULL)
        return;
    for (size_t i = 0; i < flood->victim_count; i++)
        free(flood->victims[i]);
    embryos_free(flood->embryos);
    free(flood);
}

/* The service at an end of the key; in a flood it is that of the SYN before. */
static uint64_t name_of(struct flood *flood, const struct flow_key *key, unsigned end)
{
    struct service *named = &flood->named;
    if (named->port != key->port[end] || named->ip_version != key->ip_version ||
        memcmp(named->address, key->address[end], sizeof named->address) != 0) {
        memcpy(named->address, key->address[end], sizeof named->address);
        named->port = key->port[end];
        named->ip_version = key->ip_version;
        flood->name = victim_name(flood->options.secret.key, named->address, named->port,
                                  named->ip_version);
    }
    return flood->name;
}

void flood_begun(struct flood *flood, const struct flow_key *key, unsigned server)
{
    waiting_begun(&flood->waiting, name_of(flood, key, server), flood->clock.sure);
}

void flood_ended(struct flood *flood, const struct flow_key *key, unsigned server, int64_t began)
{
    waiting_ended(&flood->waiting, name_of(flood, key, server), began);
}

/* The victim with this name, or NULL. */
static struct victim *victim_find(const struct flood *flood, uint64_t name, size_t *ret_place)
{
    for (size_t i = 0; i < flood->victim_count; i++) {
        *ret_place = i;
        if (flood->names[i] == name)
            return flood->victims[i];
    }
    return NULL;
}

static struct victim *victim_add(struct flood *flood, uint64_t name, const uint8_t address[16],
                                 uint16_t port, uint8_t ip_version)
{
    struct victim *victim =
        flood->victim_count < VICTIMS_MAX ? calloc(1, sizeof *victim) : NULL;
    if (victim == NULL)
        return NULL;
    memcpy(victim->address, address, sizeof victim->address);
    victim->port = port;
    victim->ip_version = ip_version;
    flood->names[flood->victim_count] = name;
    flood->victims[flood->victim_count++] = victim;
    return victim;
}

/* The victim of an opening, if it has a name here. */
static struct victim *victim_of(struct flood *flood, const struct stray *stray)
{
    size_t place;
    unsigned server = stray->opening.client_second ? 0 : 1;
    return victim_find(flood, name_of(flood, stray->key, server), &place);
}

/* What was counted for an opening so far. */
static enum syn_result result_of(const struct opening *opening)
{
    if (opening->reset)
        return opening->refused ? SYN_REFUSED : SYN_MEANT;
    return opening->syns > 1 ? SYN_MEANT : SYN_LEFT;
}

/* It is counted otherwise from now on. */
static void opening_count(struct flood *flood, const struct stray *stray,
                          enum syn_result result)
{
    struct victim *victim = stray->opening.syns > 0 ? victim_of(flood, stray) : NULL;
    if (victim != NULL)
        victim_turned_out(victim, stray->opening.time, result_of(&stray->opening), result);
}

/* False: there was no room. */
static bool embryo_keep(struct flood *flood, const struct stray *stray)
{
    return stray->opening.count < EMBRYO_SEGMENTS_MAX &&
           embryos_add(flood->embryos, stray->digest, &stray->opening, stray->s, stray->second);
}

/* A RST with the number that the other end expects: from the server it refuses the SYN, from the
 * client it takes it back. */
static bool reset_fits(const struct stray *stray, bool from_client)
{
    const struct segment *s = stray->s;
    return from_client ? !(s->flags & TCP_ACK) && s->seq == stray->opening.isn + 1
                       : (s->flags & TCP_ACK) && s->ack == stray->opening.isn + 1;
}

/* What a segment is to an opening that is known as embryos. */
enum part {
    PART_SYN,    /* the SYN again */
    PART_ANSWER, /* a SYN-ACK to it */
    PART_RESET,
    PART_OTHER_SYN, /* another attempt */
    PART_MORE,   /* whatever else shows that there is a connection */
};

static enum part part_of(const struct stray *stray)
{
    const struct segment *s = stray->s;
    const struct opening *opening = &stray->opening;
    bool from_client = stray->second == opening->client_second;
    unsigned control = s->flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN);

    if (control == TCP_SYN && from_client)
        return s->seq == opening->isn ? PART_SYN : PART_OTHER_SYN;
    if (control == (TCP_SYN | TCP_ACK) && !from_client && s->ack == opening->isn + 1)
        return PART_ANSWER;
    return (control & TCP_RST) && reset_fits(stray, from_client) ? PART_RESET : PART_MORE;
}

/* The handshake comes back; its connection is listed, and counted as such. */
static enum flood_action opening_give_back(struct flood *flood, const struct stray *stray)
{
    const struct opening *opening = &stray->opening;
    struct victim *victim = opening->syns > 0 ? victim_of(flood, stray) : NULL;
    flood->restored_count =
        embryos_read(flood->embryos, opening, stray->key, flood->restored);
    if (victim != NULL)
        victim_take_back(victim, opening->time, result_of(opening));
    embryos_drop(flood->embryos, opening);
    flood->aggregated.hits -= opening->syns > 0;
    return FLOOD_RESTORE;
}

/* A segment of an opening that is known as embryos. */
static enum flood_action judge_known(struct flood *flood, const struct stray *stray)
{
    const struct opening *opening = &stray->opening;
    struct victim *victim;

    switch (part_of(stray)) {
    case PART_SYN:
        if (embryo_keep(flood, stray) && result_of(opening) == SYN_LEFT)
            opening_count(flood, stray, SYN_MEANT);
        return FLOOD_TAKE;
    case PART_ANSWER:
        victim = opening->answered ? NULL : victim_of(flood, stray);
        if (victim != NULL)
            victim->answered++;
        embryo_keep(flood, stray);
        return FLOOD_TAKE;
    case PART_RESET:
        if (embryo_keep(flood, stray) && !opening->reset)
            opening_count(flood, stray,
                          stray->second == opening->client_second || opening->answered
                              ? SYN_MEANT
                              : SYN_REFUSED);
        return FLOOD_TAKE;
    case PART_OTHER_SYN: /* that of before was left */
        embryos_drop(flood->embryos, opening);
        return FLOOD_TRACK;
    case PART_MORE:
        break;
    }
    return opening_give_back(flood, stray);
}

bool flood_restores(const struct flood *flood, const struct flow_key *key,
                    const struct segment *segment, bool source_second)
{
    struct stray stray = { .key = key, .s = segment, .second = source_second };
    if (flood->embryos == NULL)
        return false;
    embryos_find(flood->embryos, embryos_digest(flood->embryos, key), &stray.opening);
    return stray.opening.count > 0 && part_of(&stray) == PART_MORE;
}

bool flood_has_embryos(const struct flood *flood)
{
    return flood->embryos != NULL;
}

void flood_expect(const struct flood *flood, uint32_t hash)
{
    embryos_expect(flood->embryos, hash);
}

void flood_expect_embryo(const struct flood *flood, uint32_t hash)
{
    embryos_expect_newest(flood->embryos, hash);
}

void flood_release(struct flood *flood)
{
    embryos_free(flood->embryos);
    flood->embryos = NULL;
    flood->options.waiting_max = 0;
}

/* Whether SYNs for this end of the key became embryos not long ago. */
static bool is_flooded(struct flood *flood, const struct stray *stray, unsigned end)
{
    size_t place;
    return victim_find(flood, name_of(flood, stray->key, end), &place) != NULL &&
           flood->clock.sure - flood->newest[place] < PATIENCE_OPENING;
}

/*
 * Nothing is known of its ports, and embryos were made before. A SYN-ACK that comes when its SYN is
 * gone, or was never captured, becomes an embryo, too. So late a RST is told of no connection.
 */
static enum flood_action judge_late(struct flood *flood, const struct stray *stray)
{
    const struct segment *s = stray->s;
    unsigned source = stray->second ? 1 : 0;
    bool synack = segment_has(s, TCP_SYN | TCP_ACK);
    bool reset = (s->flags & TCP_RST) && s->payload_len == 0;

    if (synack && !reset && is_flooded(flood, stray, source))
        return embryo_keep(flood, stray) ? FLOOD_TAKE : FLOOD_TRACK;
    if (reset && is_flooded(flood, stray, source))
        return FLOOD_TAKE;
    return reset && is_flooded(flood, stray, 1 - source) ? FLOOD_TAKE : FLOOD_TRACK;
}

/* A SYN for a service at which too many wait. */
static enum flood_action syn_take(struct flood *flood, struct stray *stray, uint64_t name)
{
    const struct segment *s = stray->s;
    const struct syn_note note = { .source = s->source, .frame = s->frame, .time = s->time };
    size_t place = 0;

    if (flood->embryos == NULL) {
        flood->embryos = embryos_new(flood->options.bytes, &flood->options.secret);
        if (flood->embryos == NULL)
            return FLOOD_TRACK;
        stray->digest = embryos_digest(flood->embryos, stray->key);
    }
    struct victim *victim = victim_find(flood, name, &place);
    if (victim == NULL) {
        place = flood->victim_count;
        victim = victim_add(flood, name, s->destination, s->destination_port, s->ip_version);
    }
    if (victim != NULL) {
        victim_note(victim, &note);
        flood->newest[place] = flood->clock.sure;
    }
    bound_hit(&flood->aggregated, s->time);
    stray->opening.count = 0;
    embryo_keep(flood, stray);
    return FLOOD_TAKE;
}

enum flood_action flood_judge(struct flood *flood, const struct flow_key *key,
                              const struct segment *segment, bool source_second)
{
    struct stray stray = { .key = key, .s = segment, .second = source_second };
    bool syn = (segment->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;

    clock_segment(&flood->clock, segment->time);
    if (flood->embryos != NULL) {
        stray.digest = embryos_digest(flood->embryos, key);
        embryos_find(flood->embryos, stray.digest, &stray.opening);
        enum flood_action action =
            stray.opening.count > 0 ? judge_known(flood, &stray) : judge_late(flood, &stray);
        if (action != FLOOD_TRACK)
            return action;
    }
    if (!syn || flood->options.waiting_max == 0)
        return FLOOD_TRACK;
    uint64_t name = name_of(flood, key, source_second ? 0 : 1);
    if (waiting_count(&flood->waiting, name, flood->clock.sure) < flood->options.waiting_max)
        return FLOOD_TRACK;
    return syn_take(flood, &stray, name);
}

const struct segment *flood_restored(const struct flood *flood, uint32_t *ret_count)
{
    *ret_count = flood->restored_count;
    return flood->restored;
}

void flood_merge(struct flood *flood, const struct flood *other)
{
    for (size_t i = 0; i < other->victim_count; i++) {
        const struct victim *from = other->victims[i];
        size_t place;
        struct victim *victim = victim_find(flood, other->names[i], &place);
        if (victim == NULL)
            victim = victim_add(flood, other->names[i], from->address, from->port,
                                from->ip_version);
        if (victim != NULL)
            victim_merge(victim, from);
    }
    if (other->aggregated.hits == 0)
        return;
    if (flood->aggregated.hits == 0 || other->aggregated.since < flood->aggregated.since)
        flood->aggregated.since = other->aggregated.since;
    flood->aggregated.hits += other->aggregated.hits;
}

const struct victim *const *flood_victims(const struct flood *flood, size_t *ret_count)
{
    *ret_count = flood->victim_count;
    return (const struct victim *const *)flood->victims;
}

struct bound flood_aggregated(const struct flood *flood)
{
    return flood->aggregated;
}
