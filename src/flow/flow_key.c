/* flow_key: canonical keys of connections, hashed with SipHash-1-3. */
#include "flow/flow_key.h"

#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/siphash.h"

/* 2^64 divided by the golden ratio: neighbours fall far apart. */
#define SPREAD UINT64_C(0x9e3779b97f4a7c15)

struct flow_secret flow_secret_make(void)
{
    struct flow_secret secret;
    if (getrandom(&secret, sizeof secret, 0) != (ssize_t)sizeof secret)
        secret = (struct flow_secret){ .key = { (uint64_t)getpid(), 0 } };
    return secret;
}

struct flow_secret flow_secret_of(uint64_t seed)
{
    return (struct flow_secret){ .key = { seed * SPREAD, ~seed * SPREAD } };
}

/* As numbers: addresses are in network order. Negative, 0 or positive. */
static inline int address_compare(const uint8_t a[16], const uint8_t b[16])
{
    struct cursor one = cursor_init(a, 16), other = cursor_init(b, 16);
    uint64_t left = cursor_be64(&one), right = cursor_be64(&other);
    if (left == right) {
        left = cursor_be64(&one);
        right = cursor_be64(&other);
    }
    return (left > right) - (left < right);
}

bool flow_key_make(const struct segment *segment, struct flow_key *ret_key)
{
    int order = address_compare(segment->source, segment->destination);
    bool swapped =
        order > 0 || (order == 0 && segment->source_port > segment->destination_port);

    memcpy(ret_key->address[swapped], segment->source, 16);
    memcpy(ret_key->address[!swapped], segment->destination, 16);
    ret_key->port[swapped] = segment->source_port;
    ret_key->port[!swapped] = segment->destination_port;
    ret_key->domain = 0;
    ret_key->ip_version = segment->ip_version;
    ret_key->zero = 0;
    return swapped;
}

/*
 * Of IPv4 addresses only the four bytes that there are. The length of the message, in its last
 * block, keeps both versions apart, beside the version itself.
 */
uint64_t flow_key_hash64(const struct flow_key *key, const struct flow_secret *secret)
{
    struct siphash s = siphash_init(secret->key);
    uint64_t rest = key->port[0] | (uint64_t)key->port[1] << 16 | (uint64_t)key->domain << 32 |
                    (uint64_t)key->ip_version << 48;
    struct cursor lower = cursor_init(key->address[0], 16);
    struct cursor higher = cursor_init(key->address[1], 16);
    if (key->ip_version == 4) {
        siphash_block(&s, cursor_le32(&lower) | (uint64_t)cursor_le32(&higher) << 32);
        return siphash_end(s, siphash_last(15, rest));
    }
    siphash_block(&s, cursor_le64(&lower));
    siphash_block(&s, cursor_le64(&lower));
    siphash_block(&s, cursor_le64(&higher));
    siphash_block(&s, cursor_le64(&higher));
    return siphash_end(s, siphash_last(39, rest));
}

uint32_t flow_address_hash(const uint8_t address[16], uint8_t ip_version, uint16_t number,
                           const struct flow_secret *secret)
{
    struct siphash s = siphash_init(secret->key);
    struct cursor c = cursor_init(address, 16);
    uint64_t rest = number | (uint64_t)ip_version << 16;
    if (ip_version == 4) {
        rest |= (uint64_t)cursor_le32(&c) << 24;
        return (uint32_t)siphash_end(s, siphash_last(7, rest));
    }
    siphash_block(&s, cursor_le64(&c));
    siphash_block(&s, cursor_le64(&c));
    return (uint32_t)siphash_end(s, siphash_last(19, rest));
}

uint32_t flow_key_spread(const struct flow_key *key)
{
    struct cursor lower = cursor_init(key->address[0], 16);
    struct cursor higher = cursor_init(key->address[1], 16);
    uint64_t sum = (cursor_le64(&lower) ^ cursor_le64(&lower)) * SPREAD;
    sum += cursor_le64(&higher) ^ cursor_le64(&higher);
    sum = sum * SPREAD ^ (key->port[0] | (uint64_t)key->port[1] << 16);
    return (uint32_t)(sum * SPREAD >> 32);
}

bool flow_key_is_self(const struct flow_key *key)
{
    return key->port[0] == key->port[1] &&
           memcmp(key->address[0], key->address[1], sizeof key->address[0]) == 0;
}
