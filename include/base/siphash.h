/*
 * siphash: SipHash-1-3 (Aumasson and Bernstein, 2012), a keyed hash of short inputs. Keys of
 * tables that hold a stranger's numbers go through it, so that nobody can aim for one bucket.
 *
 * One compression round for a block and three at the end: enough for hash tables, and about twice
 * as fast as 2-4. Who has the blocks at hand as numbers adds them one by one:
 *
 *     struct siphash s = siphash_init(key);
 *     siphash_block(&s, block); ...               eight bytes each, little-endian
 *     hash = siphash_end(s, siphash_last(length, rest));
 */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t siphash_rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void siphash_round(struct siphash *s)
{
    s->v0 += s->v1;
    s->v1 = siphash_rotate(s->v1, 13) ^ s->v0;
    s->v0 = siphash_rotate(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = siphash_rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = siphash_rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = siphash_rotate(s->v1, 17) ^ s->v2;
    s->v2 = siphash_rotate(s->v2, 32);
}

static inline struct siphash siphash_init(const uint64_t key[2])
{
    return (struct siphash){
        .v0 = key[0] ^ UINT64_C(0x736f6d6570736575), /* "somepseu" */
        .v1 = key[1] ^ UINT64_C(0x646f72616e646f6d), /* "dorandom" */
        .v2 = key[0] ^ UINT64_C(0x6c7967656e657261), /* "lygenera" */
        .v3 = key[1] ^ UINT64_C(0x7465646279746573), /* "tedbytes" */
    };
}

static inline void siphash_block(struct siphash *s, uint64_t block)
{
    s->v3 ^= block;
    siphash_round(s);
    s->v0 ^= block;
}

/* The last block: the up to seven bytes that are left over, and the length modulo 256 on top. */
static inline uint64_t siphash_last(size_t length, uint64_t rest)
{
    return (uint64_t)length << 56 | rest;
}

static inline uint64_t siphash_end(struct siphash s, uint64_t last)
{
    siphash_block(&s, last);
    s.v2 ^= 0xff;
    for (int i = 0; i < 3; i++)
        siphash_round(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

/* The same on every machine: bytes are read little-endian, as the paper has it. */
uint64_t siphash13(const uint64_t key[2], const void *bytes, size_t length);

#endif
