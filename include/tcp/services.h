/*
 * services: what the capture teaches about an address and port, for connections whose SYN it
 * does not hold: did it answer a SYN, and how many peers did it have at a time? Connections add
 * to it as they pass; it is asked when one is settled.
 *
 * Bounded: the first SERVICES_MAX of each kind stay, whatever the secret; others are counted.
 */
#ifndef TCP_SERVICES_H
#define TCP_SERVICES_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow_key.h"

#define SERVICES_MAX 16384u

struct services;

/* NULL when out of memory. */
struct services *services_new(const struct flow_secret *secret);
void services_free(struct services *services);

/* End `which` (0, 1) of the key answered a SYN with a SYN-ACK. */
void services_answered(struct services *services, const struct flow_key *key, unsigned which,
                       int64_t time);

/* A connection without a SYN begins or ends: each end has one peer more or less. */
void services_join(struct services *services, const struct flow_key *key, int64_t time);
void services_leave(struct services *services, const struct flow_key *key);

bool services_has_answered(const struct services *services, const struct flow_key *key,
                           unsigned which);

/* The most peers at a time of connections without a SYN. */
uint32_t services_peers(const struct services *services, const struct flow_key *key,
                        unsigned which);

/* What there was no room for, and since when (ns since the epoch). */
uint64_t services_refused(const struct services *services, int64_t *ret_since);

#endif
