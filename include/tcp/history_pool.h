/*
 * history_pool: what all logs of history are made of. Internal to history and its extensions.
 */
#ifndef TCP_HISTORY_POOL_H
#define TCP_HISTORY_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slab.h"
#include "tcp/history_entry.h"

struct history_pool {
    struct slab blocks;  /* struct block */
    struct slab ledgers; /* struct ledger, with the logs of live connections */
    struct losses *losses;
    struct tempos *tempos;
    bool all_checks;
    bool no_shortcut; /* for tests: no segment is taken for plain */
    uint64_t lost;
    int64_t lost_since;
};

static inline struct block *block_at(const struct history_pool *pool, uint32_t number)
{
    return slab_at(&pool->blocks, number);
}

/* history_ledger_open(), of a log; the first time it makes the ledger. */
static inline struct ledger *history_ledger_at(struct history_pool *pool, uint32_t log)
{
    uint32_t number = block_at(pool, log)->ledger;
    return number != 0 ? slab_at(&pool->ledgers, number) : NULL;
}

#endif
