/* SHA-1, straight from FIPS 180-4: padding §5.1.1, functions §4.1.1, computation §6.1.2. */
#include "base/sha1.h"

#include "base/cursor.h"
#include "base/inline.h"

#define BLOCK_SIZE 64

static uint32_t rotate(uint32_t x, unsigned bits)
{
    return x << bits | x >> (32 - bits);
}

/* Four kinds of rounds, 20 of each: f(t) of §4.1.1 and K(t) of §4.2.1. */
static inline uint32_t mix(unsigned kind, uint32_t b, uint32_t c, uint32_t d)
{
    switch (kind) {
    case 0:
        return ((b & c) ^ (~b & d)) + 0x5a827999;
    case 1:
        return (b ^ c ^ d) + 0x6ed9eba1;
    case 2:
        return ((b & c) ^ (b & d) ^ (c & d)) + 0x8f1bbcdc;
    default:
        return (b ^ c ^ d) + 0xca62c1d6;
    }
}

/* One round (§6.1.2, step 3). Instead of moving each of a to e on by one, the caller does. */
static inline void turn(unsigned kind, uint32_t a, uint32_t *b, uint32_t c, uint32_t d,
                        uint32_t *e, uint32_t w)
{
    *e += rotate(a, 5) + mix(kind, *b, c, d) + w;
    *b = rotate(*b, 30);
}

/* The 20 rounds of one kind, inlined with the kind as a constant. After five of them a to e are
 * again where they were. */
static ALWAYS_INLINE void turns(unsigned kind, uint32_t s[5], const uint32_t w[80])
{
    uint32_t a = s[0], b = s[1], c = s[2], d = s[3], e = s[4];
    for (unsigned t = 20 * kind; t < 20 * kind + 20; t += 5) {
        turn(kind, a, &b, c, d, &e, w[t]);
        turn(kind, e, &a, b, c, &d, w[t + 1]);
        turn(kind, d, &e, a, b, &c, w[t + 2]);
        turn(kind, c, &d, e, a, &b, w[t + 3]);
        turn(kind, b, &c, d, e, &a, w[t + 4]);
    }
    s[0] = a;
    s[1] = b;
    s[2] = c;
    s[3] = d;
    s[4] = e;
}

/* Takes the next 64 bytes from block into the state. */
static void sha1_block(uint32_t h[5], struct cursor *block)
{
    uint32_t w[80];
    for (unsigned t = 0; t < 16; t++)
        w[t] = cursor_be32(block);
    for (unsigned t = 16; t < 80; t++)
        w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);

    uint32_t s[5] = { h[0], h[1], h[2], h[3], h[4] };
    turns(0, s, w);
    turns(1, s, w);
    turns(2, s, w);
    turns(3, s, w);
    for (unsigned i = 0; i < 5; i++)
        h[i] += s[i];
}

void sha1(const void *bytes, size_t length, uint8_t ret_digest[SHA1_SIZE])
{
    uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
    struct cursor c = cursor_init(bytes, length);
    while (cursor_left(&c) >= BLOCK_SIZE)
        sha1_block(h, &c);

    /* The rest, a one bit, zeroes, and the length in bits: one block or two. */
    uint8_t tail[2 * BLOCK_SIZE] = { 0 };
    size_t left = cursor_left(&c);
    size_t tail_size = left + 9 <= BLOCK_SIZE ? BLOCK_SIZE : 2 * BLOCK_SIZE;
    cursor_copy(&c, tail, left);
    tail[left] = 0x80;
    uint64_t bits = (uint64_t)length * 8;
    for (unsigned i = 0; i < 8; i++)
        tail[tail_size - 1 - i] = (uint8_t)(bits >> 8 * i);
    struct cursor rest = cursor_init(tail, tail_size);
    while (cursor_left(&rest) > 0)
        sha1_block(h, &rest);

    for (unsigned i = 0; i < SHA1_SIZE; i++)
        ret_digest[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}
