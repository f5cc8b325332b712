/* tombstone: a ring in the order of freeing, found by a hash of the key. */
#include "tcp/tombstone.h"

#include <stdlib.h>
#include <string.h>

#include "base/seq.h"
#include "tcp/incarnation.h"

#define NONE UINT32_MAX

/* So many bytes may be missing before a number that goes on. */
#define NEAR (1 << 20)

struct tombstones {
    struct tombstone *ring;
    uint32_t *buckets; /* index + 1 of the newest with this hash; 0: none */
    uint32_t room;
    uint32_t next;     /* the oldest, to be replaced */
    struct flow_secret secret;
    uint32_t count;
    uint64_t lost;
    int64_t lost_since;
};

struct tombstones *tombstones_new(uint32_t room, const struct flow_secret *secret)
{
    struct tombstones *stones = calloc(1, sizeof *stones);
    if (stones == NULL)
        return NULL;
    stones->room = room < TOMBSTONES_MAX ? room : TOMBSTONES_MAX;
    if (stones->room == 0)
        stones->room = 1;
    stones->secret = *secret;
    stones->ring = calloc(stones->room, sizeof *stones->ring);
    stones->buckets = calloc(stones->room, sizeof *stones->buckets);
    if (stones->ring == NULL || stones->buckets == NULL) {
        tombstones_free(stones);
        return NULL;
    }
    return stones;
}

void tombstones_free(struct tombstones *stones)
{
    if (stones == NULL)
        return;
    free(stones->ring);
    free(stones->buckets);
    free(stones);
}

uint64_t tombstones_lost(const struct tombstones *stones, int64_t *ret_since)
{
    *ret_since = stones->lost_since;
    return stones->lost;
}

/* 64 bits of a keyed hash stand for the key: that two of so few agree will not be seen. */
static uint64_t key_hash(const struct tombstones *stones, const struct flow_key *key)
{
    uint64_t hash = flow_key_hash64(key, &stones->secret);
    return hash != 0 ? hash : 1;
}

static uint32_t *bucket_of(const struct tombstones *stones, uint64_t hash)
{
    return &stones->buckets[hash % stones->room];
}

/* Its index; NONE when there is none. */
static uint32_t stone_find(const struct tombstones *stones, uint64_t hash)
{
    uint32_t at = *bucket_of(stones, hash);
    while (at != 0 && stones->ring[at - 1].hash != hash)
        at = stones->ring[at - 1].chain;
    return at != 0 ? at - 1 : NONE;
}

static void stone_remove(struct tombstones *stones, uint32_t index)
{
    struct tombstone *stone = &stones->ring[index];
    uint32_t *at = bucket_of(stones, stone->hash);
    while (*at != index + 1)
        at = &stones->ring[*at - 1].chain;
    *at = stone->chain;
    stone->hash = 0;
    stones->count--;
}

static struct tombstone stone_of(const struct connection *c)
{
    unsigned swapped = (c->flags & CONN_SWAPPED) ? 1 : 0;
    struct tombstone stone = {
        .id = c->first_frame,
        .last_time = c->last_time,
        .incarnation = c->incarnation,
        .client_second = swapped & 1u,
        .ended = connection_ended(c),
        .reset = (c->flags & CONN_RESET) != 0,
        .state = { c->end[CLIENT].state, c->end[SERVER].state },
        .role_evidence = c->role_evidence,
        .role_certainty = c->role_certainty,
    };
    for (unsigned id = CLIENT; id <= SERVER; id++) {
        unsigned which = id ^ swapped;
        stone.isn[which] = c->end[id].isn;
        stone.next[which] = (uint32_t)c->end[id].snd_nxt;
        if (c->end[id].flags & (END_ISN_KNOWN | END_ISN_ASSUMED))
            stone.numbered = (stone.numbered | 1u << which) & 3u;
    }
    return stone;
}

void tombstones_add(struct tombstones *stones, const struct connection *c, int64_t since,
                    int64_t now, int64_t two_msl)
{
    struct tombstone *place = &stones->ring[stones->next];
    if (place->hash != 0) {
        if (now - place->since < two_msl && stones->lost++ == 0)
            stones->lost_since = now;
        stone_remove(stones, stones->next);
    }
    *place = stone_of(c);
    place->since = since;
    place->hash = key_hash(stones, &c->entry.key);
    uint32_t *bucket = bucket_of(stones, place->hash);
    place->chain = *bucket;
    *bucket = stones->next + 1;
    stones->count++;
    stones->next = (stones->next + 1) % stones->room;
}

bool tombstones_find(const struct tombstones *stones, const struct flow_key *key,
                     struct tombstone *ret)
{
    uint32_t index = stones->count > 0 ? stone_find(stones, key_hash(stones, key)) : NONE;
    if (index == NONE)
        return false;
    *ret = stones->ring[index];
    return true;
}

void tombstones_take(struct tombstones *stones, const struct flow_key *key)
{
    uint32_t index = stone_find(stones, key_hash(stones, key));
    if (index != NONE)
        stone_remove(stones, index);
}

/* All that it carries lies within what this end had sent. */
static bool numbers_known(const struct tombstone *stone, const struct segment *s, bool second)
{
    return (stone->numbered & 1u << second) && seq_diff(s->seq, stone->isn[second]) >= 0 &&
           seq_diff(s->seq + segment_seq_len(s), stone->next[second]) <= 0;
}

static bool numbers_go_on(const struct tombstone *stone, const struct segment *s, bool second)
{
    int32_t beyond = seq_diff(s->seq, stone->next[second]);
    return (stone->numbered & 1u << second) && beyond >= 0 && beyond < NEAR;
}

enum tombstone_verdict tombstone_judge(const struct tombstone *stone, const struct segment *s,
                                       bool second, int64_t two_msl)
{
    bool same_isn = (stone->numbered & 1u << second) && s->seq == stone->isn[second];
    bool syn = (s->flags & (TCP_SYN | TCP_RST)) == TCP_SYN;

    if (!stone->ended)
        return syn && !(s->flags & TCP_ACK) && !same_isn ? TOMBSTONE_NEW : TOMBSTONE_RESUMED;
    if (syn && (!same_isn || !(s->flags & TCP_ACK)))
        return TOMBSTONE_NEW;
    if (s->time - stone->since >= two_msl)
        return TOMBSTONE_NEW;
    /* A RST and a bare ACK say nothing new. */
    if ((s->flags & TCP_RST) || segment_seq_len(s) == 0 || numbers_known(stone, s, second))
        return TOMBSTONE_LATE;
    /* Its numbers go on behind a RST, which was not accepted then (RFC 9293 §3.10.7.4). */
    return stone->reset && numbers_go_on(stone, s, second) ? TOMBSTONE_RESUMED : TOMBSTONE_NEW;
}
