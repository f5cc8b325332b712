/*
 * SipHash with one compression round per block and three at the end: enough for hash tables,
 * and about twice as fast as 2-4.
 */
#include "base/siphash.h"

#include "base/cursor.h"

struct sip {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

/* By value: the four words stay in registers. */
static inline struct sip sip_round(struct sip s)
{
    s.v0 += s.v1;
    s.v1 = rotate(s.v1, 13) ^ s.v0;
    s.v0 = rotate(s.v0, 32);
    s.v2 += s.v3;
    s.v3 = rotate(s.v3, 16) ^ s.v2;
    s.v0 += s.v3;
    s.v3 = rotate(s.v3, 21) ^ s.v0;
    s.v2 += s.v1;
    s.v1 = rotate(s.v1, 17) ^ s.v2;
    s.v2 = rotate(s.v2, 32);
    return s;
}

static inline struct sip sip_block(struct sip s, uint64_t block)
{
    s.v3 ^= block;
    s = sip_round(s);
    s.v0 ^= block;
    return s;
}

uint64_t siphash13(const uint64_t key[2], const void *bytes, size_t length)
{
    struct sip s = {
        .v0 = key[0] ^ UINT64_C(0x736f6d6570736575), /* "somepseu" */
        .v1 = key[1] ^ UINT64_C(0x646f72616e646f6d), /* "dorandom" */
        .v2 = key[0] ^ UINT64_C(0x6c7967656e657261), /* "lygenera" */
        .v3 = key[1] ^ UINT64_C(0x7465646279746573), /* "tedbytes" */
    };
    struct cursor c = cursor_init(bytes, length);
    while (cursor_left(&c) >= 8) {
        uint64_t low = cursor_le32(&c);
        s = sip_block(s, low | (uint64_t)cursor_le32(&c) << 32);
    }

    /* The last block: what is left over, and the length modulo 256 in the highest byte. */
    uint64_t last = (uint64_t)length << 56;
    for (unsigned shift = 0; cursor_left(&c) > 0; shift += 8)
        last |= (uint64_t)cursor_u8(&c) << shift;
    s = sip_block(s, last);

    s.v2 ^= 0xff;
    for (int i = 0; i < 3; i++)
        s = sip_round(s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
