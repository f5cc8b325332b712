/*
 * flood: what becomes of SYNs when more of them wait at one service than a crowd of clients would
 * leave there. Until then each begins a connection with a record of its own. From then on a SYN on
 * ports that are not known becomes an embryo (tcp/embryo), is counted for its victim
 * (model/victim), and is not listed. What shows that the handshake was meant, an ACK or data,
 * brings its segments back: they are then tracked as if that had been done all the time.
 */
#ifndef TCP_FLOOD_H
#define TCP_FLOOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bound.h"
#include "flow/flow_key.h"
#include "model/victim.h"
#include "tcp/embryo.h"

/* SYNs of one service that may wait with a record each. */
#define FLOOD_WAITING_MAX 65536u

struct flood_options {
    uint32_t waiting_max;  /* 0: as many as there is memory for; nothing becomes an embryo */
    uint64_t bytes;        /* for embryos, at most */
    struct flow_secret secret;
};

/* What is to be done with a segment on ports of which no connection is known. */
enum flood_action {
    FLOOD_TRACK,   /* it is tracked as ever */
    FLOOD_TAKE,    /* it is part of a flood, and was counted */
    FLOOD_RESTORE, /* flood_restored() come first, then it */
};

struct flood;

/* NULL: out of memory. */
struct flood *flood_new(const struct flood_options *options);
void flood_free(struct flood *flood);

enum flood_action flood_judge(struct flood *flood, const struct flow_key *key,
                              const struct segment *segment, bool source_second);

/* Whether flood_judge() would say FLOOD_RESTORE. Changes nothing. */
bool flood_restores(const struct flood *flood, const struct flow_key *key,
                    const struct segment *segment, bool source_second);

/* Asks for the memory that it will look at, by the lower half of flow_key_hash64(): first for all,
 * then for the embryos. */
bool flood_has_embryos(const struct flood *flood);
void flood_expect(const struct flood *flood, uint32_t hash);
void flood_expect_embryo(const struct flood *flood, uint32_t hash);

/* Its embryos are needed no longer. */
void flood_release(struct flood *flood);

/* After FLOOD_RESTORE: the segments of its opening, in the order in which they came; the flood's,
 * until the next one is judged. */
const struct segment *flood_restored(const struct flood *flood, uint32_t *ret_count);

/* A connection with a record begins with a SYN toward end `server` (0, 1) of the key; one that
 * began so at `began` waits no longer: it opened, ended, or was forgotten. */
void flood_begun(struct flood *flood, const struct flow_key *key, unsigned server);
void flood_ended(struct flood *flood, const struct flow_key *key, unsigned server, int64_t began);

/* Adds what another one saw to this one. */
void flood_merge(struct flood *flood, const struct flood *other);

/* The victims, in no particular order, and openings that were counted and not listed. */
const struct victim *const *flood_victims(const struct flood *flood, size_t *ret_count);
struct bound flood_aggregated(const struct flood *flood);

#endif
