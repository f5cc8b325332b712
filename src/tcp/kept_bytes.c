/* kept_bytes: a ring of blocks, found by a keyed hash of stream and stretch. */
#include "tcp/kept_bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BITS 10
#define BLOCK_SIZE (1u << BLOCK_BITS)
#define WORD 64u /* bytes of a block that share a word of `kept` */
#define WORDS (BLOCK_SIZE / WORD)
#define BLOCKS 4096u /* 4 MiB of payload, for each shard of a tracker; a power of two */
#define HEADS (2 * BLOCKS)

/* A stretch of a stream: BLOCK_SIZE numbers, the first of which is a multiple of that. */
struct kept_block {
    uint64_t stream;
    int64_t stretch;     /* number of its first byte, in BLOCK_SIZE */
    uint64_t frame;      /* the newest, which brought these bytes of the block: */
    uint16_t frame_from, frame_end;
    uint32_t next;       /* with the same hash: its place + 1 */
};

/* Apart from what is looked at to find a block: that stays in the cache. */
struct kept_data {
    uint64_t kept[WORDS]; /* a bit for each byte */
    uint8_t bytes[BLOCK_SIZE];
};

struct kept_bytes {
    uint64_t key, multiplier;
    uint32_t newest; /* place of the newest block */
    uint32_t heads[HEADS];
    struct kept_block blocks[BLOCKS];
    struct kept_data store[BLOCKS];
};

/* The part of a block that a piece of payload covers. */
struct part {
    int64_t stretch;
    uint32_t from, count;
};

struct kept_bytes *kept_bytes_new(const struct flow_secret *secret)
{
    struct kept_bytes *kept = calloc(1, sizeof *kept); /* what is not used is not touched */
    if (kept == NULL)
        return NULL;
    kept->key = secret->key[0];
    kept->multiplier = secret->key[1] | 1;
    return kept;
}

void kept_bytes_free(struct kept_bytes *kept)
{
    free(kept);
}

/* Multiply-shift with secret numbers: whoever does not know them cannot choose what collides. */
static uint32_t hash_of(const struct kept_bytes *kept, uint64_t stream, int64_t stretch)
{
    uint64_t hash = (stream ^ kept->key) * kept->multiplier;
    hash = (hash ^ hash >> 32 ^ (uint64_t)stretch) * kept->multiplier;
    return (uint32_t)(hash >> 32) % HEADS;
}

/* The place of a stretch's block in the chain from here on, plus 1; 0: none. */
static uint32_t place_find(const struct kept_bytes *kept, uint32_t place, uint64_t stream,
                           int64_t stretch)
{
    while (place != 0) {
        const struct kept_block *block = &kept->blocks[place - 1];
        if (block->stretch == stretch && block->stream == stream)
            break;
        place = block->next;
    }
    return place;
}

static const struct kept_block *block_find(const struct kept_bytes *kept, uint64_t stream,
                                           int64_t stretch)
{
    uint32_t head = kept->heads[hash_of(kept, stream, stretch)];
    uint32_t place = place_find(kept, head, stream, stretch);
    return place != 0 ? &kept->blocks[place - 1] : NULL;
}

/* Takes a block out of the chain that it is in, if any. */
static void block_unlink(struct kept_bytes *kept, const struct kept_block *block)
{
    uint32_t self = (uint32_t)(block - kept->blocks) + 1;
    uint32_t *link = &kept->heads[hash_of(kept, block->stream, block->stretch)];
    while (*link != 0 && *link != self)
        link = &kept->blocks[*link - 1].next;
    if (*link == self)
        *link = block->next;
}

/* The block of a stretch, an empty one where there was none. */
static struct kept_block *block_open(struct kept_bytes *kept, uint64_t stream, int64_t stretch)
{
    uint32_t *head = &kept->heads[hash_of(kept, stream, stretch)];
    uint32_t place = place_find(kept, *head, stream, stretch);
    if (place != 0)
        return &kept->blocks[place - 1];
    kept->newest = (kept->newest + 1) % BLOCKS;
    struct kept_block *block = &kept->blocks[kept->newest];
    block_unlink(kept, block);
    memset(kept->store[kept->newest].kept, 0, sizeof kept->store[kept->newest].kept);
    block->stream = stream;
    block->stretch = stretch;
    block->next = *head;
    *head = kept->newest + 1;
    return block;
}

/* The part of what is left of the bytes that one block holds. */
static struct part part_of(int64_t seq, const struct cursor *bytes)
{
    uint64_t left = cursor_left(bytes);
    struct part part = { .stretch = seq >> BLOCK_BITS, .from = (uint32_t)seq & (BLOCK_SIZE - 1) };
    part.count = BLOCK_SIZE - part.from;
    if (left < part.count)
        part.count = (uint32_t)left;
    return part;
}

/* The bits of a word that from..from + count covers; ret_count: how many, from `from` on. */
static uint64_t word_mask(uint32_t from, uint32_t count, uint32_t *ret_count)
{
    uint32_t first = from % WORD;
    *ret_count = count < WORD - first ? count : WORD - first;
    uint64_t ones = *ret_count == WORD ? UINT64_MAX : (UINT64_C(1) << *ret_count) - 1;
    return ones << first;
}

static void part_mark(struct kept_data *data, struct part part)
{
    uint32_t count;
    for (uint32_t at = part.from, left = part.count; left > 0; at += count, left -= count)
        data->kept[at / WORD] |= word_mask(at, left, &count);
}

static bool byte_is_kept(const struct kept_data *data, uint32_t at)
{
    return data->kept[at / WORD] >> at % WORD & 1;
}

void kept_bytes_put(struct kept_bytes *kept, uint64_t stream, int64_t seq, struct cursor bytes,
                    uint64_t frame)
{
    while (cursor_left(&bytes) > 0) {
        struct part part = part_of(seq, &bytes);
        struct kept_block *block = block_open(kept, stream, part.stretch);
        struct kept_data *data = &kept->store[block - kept->blocks];
        block->frame = frame;
        block->frame_from = (uint16_t)part.from;
        block->frame_end = (uint16_t)(part.from + part.count);
        cursor_copy(&bytes, data->bytes + part.from, part.count);
        part_mark(data, part);
        seq += part.count;
    }
}

/* Where in a word's bytes, which begin at `at`, the first difference is; `count`: nowhere. */
static uint32_t word_compare(const struct kept_data *data, uint32_t at, uint32_t count,
                             struct cursor *bytes, uint32_t *compared)
{
    uint8_t now[WORD];
    cursor_copy(bytes, now, count);
    for (uint32_t i = 0; i < count; i++) {
        if (!byte_is_kept(data, at + i))
            continue;
        ++*compared;
        if (data->bytes[at + i] != now[i])
            return i;
    }
    return count;
}

struct kept_difference kept_bytes_compare(const struct kept_bytes *kept, uint64_t stream,
                                          int64_t seq, struct cursor bytes)
{
    struct kept_difference found = { .offset = UINT32_MAX };
    uint32_t done = 0;
    while (cursor_left(&bytes) > 0) {
        struct part part = part_of(seq + done, &bytes);
        const struct kept_block *block = block_find(kept, stream, part.stretch);
        if (block == NULL) {
            cursor_skip(&bytes, part.count);
            done += part.count;
            continue;
        }
        const struct kept_data *data = &kept->store[block - kept->blocks];
        uint32_t count;
        for (uint32_t at = part.from, left = part.count; left > 0; at += count, left -= count) {
            word_mask(at, left, &count);
            uint32_t same = word_compare(data, at, count, &bytes, &found.compared);
            if (same < count) {
                found.offset = done + same;
                bool known = at + same >= block->frame_from && at + same < block->frame_end;
                found.frame = known ? block->frame : 0;
                return found;
            }
            done += count;
        }
    }
    return found;
}
