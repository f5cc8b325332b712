/* SHA-1, straight from FIPS 180-4: padding §5.1.1, functions §4.1.1, computation §6.1.2. */
#include "base/sha1.h"

#include "base/cursor.h"

#define BLOCK_SIZE 64

static uint32_t rotate(uint32_t x, unsigned bits)
{
    return x << bits | x >> (32 - bits);
}

/* f(t) and K(t) of §4.1.1 and §4.2.1. */
static uint32_t mix(unsigned t, uint32_t b, uint32_t c, uint32_t d)
{
    switch (t / 20) {
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

/* Takes the next 64 bytes from block into the state. */
static void sha1_block(uint32_t h[5], struct cursor *block)
{
    uint32_t w[80];
    for (unsigned t = 0; t < 16; t++)
        w[t] = cursor_be32(block);
    for (unsigned t = 16; t < 80; t++)
        w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);

    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (unsigned t = 0; t < 80; t++) {
        uint32_t next = rotate(a, 5) + mix(t, b, c, d) + e + w[t];
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = next;
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
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
