/*
 * shard: a sixteenth of a tracker's connections, with all that belongs to them alone: table, logs,
 * tombstones. Internal to tcp/.
 *
 * Which shard a connection belongs to depends on its key and on nothing else. So what a shard does
 * with its entries of a batch depends only on their order, and on what `whole` says where it asks.
 * It asks rarely, and waits there until the walk has come to that entry (tcp/dispatch).
 */
#ifndef TCP_SHARD_H
#define TCP_SHARD_H

#include "base/bound.h"
#include "flow/flow_table.h"
#include "tcp/batch.h"
#include "tcp/history.h"
#include "tcp/lessons.h"
#include "tcp/roll.h"
#include "tcp/tombstone.h"
#include "tcp/tracked.h"
#include "tcp/whole.h"

struct flood;

struct shard {
    struct whole *whole; /* the tracker's */
    uint32_t room;       /* connections kept at once, live and ended */
    struct flow_table *table;
    struct history_pool *pool;
    struct tombstones *tombstones;
    struct flood *flood;
    bool restoring;      /* what a flood had kept is tracked: of the flood no longer */
    struct roll roll;
    struct lessons lessons;
    uint64_t connections;       /* begun so far */
    struct bound untracked;     /* segments for which there was no memory */
    int64_t due;                /* ns: no connection can expire before */
    const uint16_t *next;       /* its next entry of the batch; BATCH_NONE: none */
    uint16_t ahead;             /* it ran ahead of the walk to before this entry of the batch */
};

/* ahead: it may run ahead of the walk. False when out of memory. */
bool shard_init(struct shard *shard, struct whole *whole, uint32_t room, bool ahead);
void shard_done(struct shard *shard);

#endif
