/*
 * tombstone: what is left of a connection whose record was freed: enough to know its ports again.
 * A SYN on them begins the next incarnation, a late segment of an ended connection begins nothing,
 * and one of a connection that was forgotten open goes on with it.
 *
 * Bounded: the newest are kept, at most as many as were asked for; what makes room for others
 * within two MSL is counted. Memory is touched as it is used, 68 bytes each.
 */
#ifndef TCP_TOMBSTONE_H
#define TCP_TOMBSTONE_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow_key.h"
#include "tcp/connection.h"

#define TOMBSTONES_MAX (UINT32_C(1) << 14) /* for each shard of a tracker */

/* By the key's ends, not by roles: those of a later segment may be understood otherwise. */
struct tombstone {
    uint64_t hash;        /* of the key; 0: none here */
    uint64_t id;          /* the connection's */
    int64_t last_time;    /* of its last segment, ns since the epoch */
    int64_t since;        /* when its record was no longer needed: two MSL later, or 10 s */
    uint32_t isn[2], next[2]; /* what each end sent: from its ISN to before this number */
    uint32_t chain;       /* the tombstones' own */
    uint32_t incarnation : 26;
    uint32_t client_second : 1;
    uint32_t ended : 1;   /* else it was idle for too long, or there was no memory */
    uint32_t reset : 1;
    uint32_t numbered : 2; /* bit per end: isn and next are known */
    uint8_t state[2];     /* enum tcp_state, of client and server */
    uint8_t role_evidence, role_certainty;
};

/* What a segment is to a freed connection on its ports. */
enum tombstone_verdict {
    TOMBSTONE_NEW,    /* it begins another one: the next incarnation */
    TOMBSTONE_LATE,   /* it is of the ended one, and begins nothing */
    TOMBSTONE_RESUMED /* it goes on with one that was forgotten open, or was not reset after all */
};

struct tombstones;

/* room: at most so many, and TOMBSTONES_MAX. NULL: out of memory. */
struct tombstones *tombstones_new(uint32_t room, const struct flow_secret *secret);
void tombstones_free(struct tombstones *stones);

/* A settled connection is freed now; its record was needed until `since`. */
void tombstones_add(struct tombstones *stones, const struct connection *c, int64_t since,
                    int64_t now, int64_t two_msl);

/* The freed connection with this key; false: none is known. */
bool tombstones_find(const struct tombstones *stones, const struct flow_key *key,
                     struct tombstone *ret);

/* Forgets it: its ports serve a record again. */
void tombstones_take(struct tombstones *stones, const struct flow_key *key);

enum tombstone_verdict tombstone_judge(const struct tombstone *stone, const struct segment *segment,
                                       bool source_second, int64_t two_msl);

/* Those that made room within two MSL, and when the first did. */
uint64_t tombstones_lost(const struct tombstones *stones, int64_t *ret_since);

#endif
