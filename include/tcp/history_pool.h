/*
 * history_pool: what all logs of history are made of. Internal to history and its extensions.
 */
#ifndef TCP_HISTORY_POOL_H
#define TCP_HISTORY_POOL_H

#include <stdbool.h>

#include "base/slab.h"
#include "tcp/history_entry.h"

struct history_pool {
    struct slab blocks;  /* struct block */
    struct slab ledgers; /* struct ledger, with the logs of live connections */
    struct losses *losses;
    struct tempos *tempos;
    bool all_checks;
    uint64_t lost;
    int64_t lost_since;
};

static inline struct block *block_at(const struct history_pool *pool, uint32_t number)
{
    return slab_at(&pool->blocks, number);
}

#endif
