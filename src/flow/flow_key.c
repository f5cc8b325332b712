/* flow_key: canonical keys of connections, hashed with SipHash-1-3. */
#include "flow/flow_key.h"

#include <string.h>
#include <sys/random.h>
#include <unistd.h>

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

bool flow_key_make(const struct segment *segment, struct flow_key *ret_key)
{
    int order = memcmp(segment->source, segment->destination, sizeof segment->source);
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

uint32_t flow_key_hash(const struct flow_key *key, const struct flow_secret *secret)
{
    return (uint32_t)siphash13(secret->key, key, sizeof *key);
}

uint32_t flow_key_spread(const struct flow_key *key)
{
    uint64_t word[5];
    memcpy(word, key, sizeof word);
    uint64_t sum = (word[0] ^ word[1]) * SPREAD + (word[2] ^ word[3]);
    return (uint32_t)((sum * SPREAD ^ word[4]) * SPREAD >> 32);
}

bool flow_key_equal(const struct flow_key *a, const struct flow_key *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

bool flow_key_is_self(const struct flow_key *key)
{
    return key->port[0] == key->port[1] &&
           memcmp(key->address[0], key->address[1], sizeof key->address[0]) == 0;
}
