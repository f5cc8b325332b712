/* history_ledger: the extensions of a log. */
#include "tcp/ledger.h"

#include <string.h>

#include "tcp/history.h"
#include "tcp/history_pool.h"
#include "tcp/loss_book.h"

struct ledger *history_ledger(const struct history_pool *pool, uint32_t log)
{
    uint32_t number = log != 0 ? block_at(pool, log)->ledger : 0;
    return number != 0 ? slab_at(&pool->ledgers, number) : NULL;
}

struct ledger *history_ledger_open(struct history_pool *pool, uint32_t log)
{
    if (log == 0)
        return NULL;
    struct block *first = block_at(pool, log);
    if (first->ledger == 0) {
        first->ledger = slab_take(&pool->ledgers);
        if (first->ledger == 0)
            return NULL;
        memset(slab_at(&pool->ledgers, first->ledger), 0, sizeof(struct ledger));
    }
    return slab_at(&pool->ledgers, first->ledger);
}

void history_ledger_close(struct history_pool *pool, uint32_t log)
{
    if (log == 0 || block_at(pool, log)->ledger == 0)
        return;
    slab_give(&pool->ledgers, block_at(pool, log)->ledger);
    block_at(pool, log)->ledger = 0;
}

struct tempos *history_tempos(const struct history_pool *pool)
{
    return pool->tempos;
}

struct losses *history_losses(const struct history_pool *pool)
{
    return pool->losses;
}

uint32_t *history_loss(const struct history_pool *pool, uint32_t log)
{
    return log != 0 ? log_index_at(&pool->losses->book_of, log) : NULL;
}
