/*
 * flow_key: which connection a segment belongs to. The key is canonical: both directions give
 * the same key, the numerically lower (address, port) first, and a bit says which way round the
 * segment went.
 */
#ifndef FLOW_FLOW_KEY_H
#define FLOW_FLOW_KEY_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "model/segment.h"

struct flow_key {
    uint8_t address[2][16]; /* network order; IPv4 in the first four bytes, the rest zero */
    uint16_t port[2];       /* host order */
    uint16_t domain;        /* 0; room for VLAN or tunnel ids, which are no part of the key yet */
    uint8_t ip_version;
    uint8_t zero;
};

_Static_assert(sizeof(struct flow_key) == 40, "compared and hashed as bytes: no padding");

/* The secret of the keyed hash: a capture can't be crafted to collide. */
struct flow_secret {
    uint64_t key[2];
};

/* A new secret: random, where the system has randomness to give. */
struct flow_secret flow_secret_make(void);

/* The same for each run. */
struct flow_secret flow_secret_of(uint64_t seed);

/* Writes the segment's key; returns true when its source is the key's second end. */
bool flow_key_make(const struct segment *segment, struct flow_key *ret_key);

/* Of the whole key. The short one is the long one's lower half. */
uint64_t flow_key_hash64(const struct flow_key *key, const struct flow_secret *secret);
static inline uint32_t flow_key_hash(const struct flow_key *key, const struct flow_secret *secret)
{
    return (uint32_t)flow_key_hash64(key, secret);
}

/* Of an address and a number that belongs to it, such as a port. */
uint32_t flow_address_hash(const uint8_t address[16], uint8_t ip_version, uint16_t number,
                           const struct flow_secret *secret);

/* The same for every run: spreads keys over a few places where nothing depends on how evenly. */
uint32_t flow_key_spread(const struct flow_key *key);

/* Both ends are one: a socket that is connected to itself. */
bool flow_key_is_self(const struct flow_key *key);

static inline bool flow_key_equal(const struct flow_key *a, const struct flow_key *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

#endif
