/*
 * embryo: a ring of blocks, and chains through it by hash. A chain leads from newer to older
 * positions only, so what was overwritten needs no repair: who follows a chain stops at the first
 * position that is no longer there.
 */
#include "tcp/embryo.h"

#include <stdlib.h>
#include <string.h>

#include "base/time_text.h"
#include "tcp/embryo_shape.h"

#define BLOCK 1024u
#define BLOCKS_LEAST 4u
#define BYTES_EACH 36u /* with its part of the index, about */
#define FRAME_MOST ((1 << 23) - 1)
/* A SYN that waited for its answer longer than this part of its time in the ring moves to the newest
 * end with it. */
#define LATE_PART 8u

enum embryo_kind {
    EMBRYO_SYN,
    EMBRYO_SYN_UNSEEN, /* only its answer tells of it */
    EMBRYO_SYNACK,
    EMBRYO_RESET,
};

struct embryo {
    uint32_t tag;      /* of its key */
    uint32_t before;   /* position of the one before in its chain; 0: none */
    uint32_t seq;
    uint32_t tsval;
    int32_t time;      /* ns after its block's */
    uint32_t frame : 24; /* after its block's, and FRAME_MOST */
    uint32_t ttl : 8;
    uint16_t window;
    uint16_t ip_id;
    uint16_t checksum;
    unsigned shape : 10;
    unsigned dead : 1;
    unsigned second : 1;   /* its source is the key's second end */
    unsigned kind : 2;     /* enum embryo_kind */
    unsigned echo : 1;     /* it echoes the timestamp of the SYN before it */
};

_Static_assert(sizeof(struct embryo) == 32, "so many fit into the memory for a flood");
_Static_assert(SHAPES_MAX <= 1 << 10, "its number fits");

struct block {
    int64_t time;
    uint64_t frame;
    uint32_t used;
    struct embryo list[BLOCK];
};

struct embryos {
    struct flow_secret secret;
    struct shapes *shapes;
    struct block **blocks;
    uint32_t *buckets;     /* the newest position with this hash; 0: none */
    uint32_t bucket_mask;
    uint32_t block_count;
    uint32_t next;         /* position of the next one; the first is 1 block's */
};

static uint32_t power_of_two(uint64_t least)
{
    uint32_t power = BLOCK;
    while (power < least && power < UINT32_C(1) << 30)
        power *= 2;
    return power;
}

struct embryos *embryos_new(uint64_t bytes, const struct flow_secret *secret)
{
    struct embryos *e = calloc(1, sizeof *e);
    if (e == NULL)
        return NULL;
    uint32_t buckets = power_of_two(bytes / BYTES_EACH / 2);
    uint64_t index = buckets * sizeof *e->buckets + sizeof *e->shapes;
    uint64_t blocks = bytes > index ? (bytes - index) / sizeof(struct block) : 0;
    e->secret = *secret;
    e->bucket_mask = buckets - 1;
    e->block_count = blocks < BLOCKS_LEAST      ? BLOCKS_LEAST
                     : blocks < UINT32_C(1) << 16 ? (uint32_t)blocks
                                                  : UINT32_C(1) << 16;
    e->next = BLOCK;
    e->shapes = shapes_new(secret);
    e->buckets = calloc(buckets, sizeof *e->buckets);
    e->blocks = calloc(e->block_count, sizeof(struct block *));
    if (e->shapes == NULL || e->buckets == NULL || e->blocks == NULL) {
        embryos_free(e);
        return NULL;
    }
    return e;
}

void embryos_free(struct embryos *embryos)
{
    if (embryos == NULL)
        return;
    for (uint32_t i = 0; embryos->blocks != NULL && i < embryos->block_count; i++)
        free(embryos->blocks[i]);
    free(embryos->blocks);
    free(embryos->buckets);
    free(embryos->shapes);
    free(embryos);
}

uint64_t embryos_digest(const struct embryos *embryos, const struct flow_key *key)
{
    return flow_key_hash64(key, &embryos->secret);
}

static struct block *block_at(const struct embryos *e, uint32_t position)
{
    return e->blocks[position / BLOCK % e->block_count];
}

static struct embryo *embryo_at(const struct embryos *e, uint32_t position)
{
    return &block_at(e, position)->list[position % BLOCK];
}

/* Not overwritten: the block of the next one took the place of the oldest. */
static bool is_there(const struct embryos *e, uint32_t position)
{
    uint32_t newest = (e->next - 1) / BLOCK;
    return position >= BLOCK && position < e->next && newest - position / BLOCK < e->block_count;
}

/* The newest position with this hash. The tag has the other half of the digest. */
static uint32_t *bucket_of(const struct embryos *e, uint64_t digest)
{
    return &e->buckets[digest & e->bucket_mask];
}

static uint32_t tag_of(uint64_t digest)
{
    return (uint32_t)(digest >> 32);
}

void embryos_expect(const struct embryos *embryos, uint32_t digest)
{
    __builtin_prefetch(bucket_of(embryos, digest));
}

void embryos_expect_newest(const struct embryos *embryos, uint32_t digest)
{
    uint32_t position = *bucket_of(embryos, digest);
    if (position != 0 && is_there(embryos, position))
        __builtin_prefetch(embryo_at(embryos, position));
}

/* The next position in a chain, from this one on, of an opening; 0: none. */
static uint32_t chain_find(const struct embryos *e, uint32_t position, uint32_t tag)
{
    while (position != 0 && is_there(e, position)) {
        const struct embryo *embryo = embryo_at(e, position);
        if (embryo->tag == tag && !embryo->dead)
            return position;
        position = embryo->before < position ? embryo->before : 0;
    }
    return 0;
}

void embryos_find(const struct embryos *embryos, uint64_t digest, struct opening *ret_opening)
{
    struct opening *ret = ret_opening;
    uint32_t tag = tag_of(digest);
    uint32_t position = chain_find(embryos, *bucket_of(embryos, digest), tag);
    bool known = false, reset_second = false;
    *ret = (struct opening){ .count = 0 };
    while (position != 0 && ret->count < EMBRYO_SEGMENTS_MAX) {
        const struct embryo *embryo = embryo_at(embryos, position);
        bool syn = embryo->kind == EMBRYO_SYN || embryo->kind == EMBRYO_SYN_UNSEEN;
        if (syn && !known)
            ret->tsval = embryo->tsval;
        if (syn) {
            known = true;
            ret->isn = embryo->seq;
            ret->client_second = embryo->second;
        }
        ret->syns += embryo->kind == EMBRYO_SYN;
        ret->answered |= embryo->kind == EMBRYO_SYNACK;
        if (embryo->kind == EMBRYO_RESET) { /* the oldest one counts */
            ret->reset = true;
            ret->answered_before_reset = false;
            reset_second = embryo->second;
        }
        ret->answered_before_reset |= ret->reset && embryo->kind == EMBRYO_SYNACK;
        ret->time = block_at(embryos, position)->time + embryo->time;
        ret->position[ret->count++] = position;
        position = chain_find(embryos, embryo->before, tag);
    }
    if (!known) /* its SYN is there no longer */
        ret->count = 0;
    ret->refused = ret->reset && !ret->answered_before_reset &&
                   reset_second != ret->client_second;
}

/* Makes the block of the next position ready. False: no memory. */
static bool block_begin(struct embryos *e, uint64_t frame, int64_t time)
{
    struct block **place = &e->blocks[e->next / BLOCK % e->block_count];
    if (*place == NULL)
        *place = calloc(1, sizeof **place);
    struct block *block = *place;
    if (block == NULL)
        return false;
    for (uint32_t i = 0; i < block->used; i++)
        if (!block->list[i].dead)
            shape_give(e->shapes, block->list[i].shape);
    block->used = 0;
    block->time = time;
    block->frame = frame;
    return true;
}

/* Positions are 32 bits: after four billion all begins anew. */
static void positions_restart(struct embryos *e)
{
    memset(e->buckets, 0, (e->bucket_mask + (size_t)1) * sizeof *e->buckets);
    e->next = BLOCK;
}

static bool fits(const struct block *block, uint64_t frame, int64_t time)
{
    int64_t frames = (int64_t)(frame - block->frame), ns;
    return frames >= -FRAME_MOST && frames <= FRAME_MOST &&
           !__builtin_sub_overflow(time, block->time, &ns) && ns >= INT32_MIN && ns <= INT32_MAX;
}

/* A place at the newest end, in a block from which frame and time can be counted; NULL: none. */
static struct embryo *place_take(struct embryos *e, uint64_t frame, int64_t time)
{
    if (e->next > UINT32_MAX - 2 * BLOCK)
        positions_restart(e);
    if (e->next % BLOCK != 0 && !fits(block_at(e, e->next), frame, time))
        e->next += BLOCK - e->next % BLOCK;
    if (e->next % BLOCK == 0 && !block_begin(e, frame, time))
        return NULL;
    struct block *block = block_at(e, e->next);
    struct embryo *embryo = &block->list[block->used++];
    embryo->time = (int32_t)(time - block->time);
    embryo->frame = (uint32_t)(frame - block->frame + FRAME_MOST) & 0xffffff;
    return embryo;
}

/* Puts what was just filled in into its chain. */
static void chain_add(struct embryos *e, struct embryo *embryo, uint64_t digest)
{
    uint32_t *bucket = bucket_of(e, digest);
    embryo->tag = tag_of(digest);
    embryo->before = *bucket;
    *bucket = e->next++;
}

static uint64_t frame_of(const struct block *block, const struct embryo *embryo)
{
    return block->frame + embryo->frame - FRAME_MOST;
}

/* A SYN whose answer came late moves to the newest end, if its time can be counted from there. */
static void syn_carry(struct embryos *e, uint64_t digest, uint32_t position)
{
    const struct block *from = block_at(e, position);
    struct embryo *old = embryo_at(e, position), syn = *old;
    uint64_t frame = frame_of(from, old);
    int64_t time = from->time + old->time;

    if (e->next % BLOCK != 0 && !fits(block_at(e, e->next), frame, time))
        return;
    old->dead = 1; /* first: a new block may take the place of its own */
    struct embryo *embryo = place_take(e, frame, time);
    if (embryo == NULL) {
        shape_give(e->shapes, syn.shape);
        return;
    }
    syn.time = embryo->time;
    syn.frame = embryo->frame;
    *embryo = syn;
    chain_add(e, embryo, digest);
}

static void late_answer(struct embryos *e, uint64_t digest, const struct opening *opening)
{
    uint32_t oldest = opening->count > 0 ? opening->position[opening->count - 1] : e->next;
    if (opening->answered || e->next - oldest < e->block_count * BLOCK / LATE_PART)
        return;
    for (uint32_t i = opening->count; i-- > 0;)
        if (is_there(e, opening->position[i])) /* not pushed out by the one before */
            syn_carry(e, digest, opening->position[i]);
}

/*
 * There is no room for another shape: where the oldest block had its second, a new one begins, which
 * in the end takes the place of that one and frees its shapes.
 */
static uint16_t shape_retry(struct embryos *e, const struct segment *s,
                            const struct segment *common)
{
    if (e->next > UINT32_MAX - 2 * BLOCK)
        positions_restart(e);
    uint32_t next = e->next / BLOCK + 1;
    const struct block *oldest = e->blocks[next % e->block_count];
    if (oldest == NULL)
        oldest = e->blocks[1 % e->block_count];
    if (oldest == NULL || s->time - NS_PER_S < oldest->time)
        return SHAPE_NONE;
    e->next = next * BLOCK;
    return block_begin(e, s->frame, s->time) ? shape_take(e->shapes, common) : SHAPE_NONE;
}

/* common: what the segment shares with others. */
static struct embryo *embryo_put(struct embryos *e, uint64_t digest, const struct segment *s,
                                 const struct segment *common, bool source_second,
                                 enum embryo_kind kind)
{
    uint16_t shape = shape_take(e->shapes, common);
    if (shape == SHAPE_NONE)
        shape = shape_retry(e, s, common);
    if (shape == SHAPE_NONE)
        return NULL;
    struct embryo *embryo = place_take(e, s->frame, s->time);
    if (embryo == NULL) {
        shape_give(e->shapes, shape);
        return NULL;
    }
    embryo->seq = s->seq;
    embryo->tsval = s->tsval;
    embryo->ttl = s->ttl;
    embryo->window = s->window;
    embryo->ip_id = s->ip_id;
    embryo->checksum = s->checksum;
    embryo->shape = shape & 0x3ffu;
    embryo->dead = 0;
    embryo->second = source_second;
    embryo->kind = (unsigned)kind & 3u;
    embryo->echo = 0;
    chain_add(e, embryo, digest);
    return embryo;
}

/* The SYN that this answer answers: it was not captured, or is there no longer. */
static bool syn_put(struct embryos *e, uint64_t digest, const struct segment *answer,
                    bool source_second)
{
    const struct segment syn = { .flags = TCP_SYN, .seq = answer->ack - 1, .tsval = answer->tsecr,
                                 .frame = answer->frame, .time = answer->time };
    return embryo_put(e, digest, &syn, &syn, !source_second, EMBRYO_SYN_UNSEEN) != NULL;
}

static enum embryo_kind kind_of(const struct segment *s)
{
    if (s->flags & TCP_RST)
        return EMBRYO_RESET;
    return (s->flags & TCP_ACK) ? EMBRYO_SYNACK : EMBRYO_SYN;
}

bool embryos_add(struct embryos *embryos, uint64_t digest, const struct opening *opening,
                 const struct segment *segment, bool source_second)
{
    enum embryo_kind kind = kind_of(segment);
    bool answer = kind == EMBRYO_SYNACK;
    bool echo = kind != EMBRYO_SYN && (opening->count == 0 || segment->tsecr == opening->tsval);
    struct segment common = *segment;

    if (answer && opening->count == 0 && !syn_put(embryos, digest, segment, source_second))
        return false;
    if (answer)
        late_answer(embryos, digest, opening);
    if (echo)
        common.tsecr = 0;
    struct embryo *embryo = embryo_put(embryos, digest, segment, &common, source_second, kind);
    if (embryo != NULL)
        embryo->echo = echo;
    return embryo != NULL;
}

/* The segment that an embryo was, behind this SYN. */
static void segment_restore(const struct embryos *e, uint32_t position, const struct segment *syn,
                            const struct flow_key *key, struct segment *ret)
{
    const struct block *block = block_at(e, position);
    const struct embryo *embryo = embryo_at(e, position);
    unsigned second = embryo->second;

    *ret = e->shapes->list[embryo->shape];
    ret->frame = frame_of(block, embryo);
    ret->time = block->time + embryo->time;
    memcpy(ret->source, key->address[second], sizeof ret->source);
    memcpy(ret->destination, key->address[!second], sizeof ret->destination);
    ret->source_port = key->port[second];
    ret->destination_port = key->port[!second];
    ret->seq = embryo->seq;
    if (ret->flags & TCP_ACK)
        ret->ack = syn->seq + 1;
    if (embryo->echo)
        ret->tsecr = syn->tsval;
    ret->tsval = embryo->tsval;
    ret->ttl = (uint8_t)embryo->ttl;
    ret->window = embryo->window;
    ret->ip_id = embryo->ip_id;
    ret->checksum = embryo->checksum;
}

uint32_t embryos_read(const struct embryos *embryos, const struct opening *opening,
                      const struct flow_key *key, struct segment list[EMBRYO_SEGMENTS_MAX])
{
    uint32_t count = 0;
    struct segment syn = { .seq = opening->isn, .tsval = opening->tsval };
    for (uint32_t i = opening->count; i-- > 0;) {
        struct segment *s = &list[count];
        segment_restore(embryos, opening->position[i], &syn, key, s);
        if (kind_of(s) == EMBRYO_SYN)
            syn = *s;
        if (embryo_at(embryos, opening->position[i])->kind != EMBRYO_SYN_UNSEEN)
            count++;
    }
    return count;
}

void embryos_drop(struct embryos *embryos, const struct opening *opening)
{
    for (uint32_t i = 0; i < opening->count; i++) {
        struct embryo *embryo = embryo_at(embryos, opening->position[i]);
        embryo->dead = 1;
        shape_give(embryos->shapes, embryo->shape);
    }
}
