/* tempo_book: slabs of exchanges and shares. */
#include "tcp/tempo_book.h"

#include <stdlib.h>
#include <string.h>

struct tempos *tempos_new(uint32_t connections_max)
{
    struct tempos *tempos = calloc(1, sizeof *tempos);
    if (tempos == NULL)
        return NULL;
    slab_init(&tempos->exchanges, sizeof(struct exchange), connections_max);
    slab_init(&tempos->shares, sizeof(struct share), connections_max);
    return tempos;
}

void tempos_free(struct tempos *tempos)
{
    if (tempos == NULL)
        return;
    log_index_done(&tempos->exchange_of);
    slab_done(&tempos->exchanges);
    slab_done(&tempos->shares);
    free(tempos);
}

struct exchange *tempo_exchange(const struct tempos *tempos, uint32_t log)
{
    uint32_t number = log != 0 ? *log_index_at(&tempos->exchange_of, log) : 0;
    return number != 0 ? slab_at(&tempos->exchanges, number) : NULL;
}

struct share *tempo_share(const struct tempos *tempos, const struct exchange *exchange,
                          enum endpoint_id id)
{
    return exchange->share[id] != 0 ? slab_at(&tempos->shares, exchange->share[id]) : NULL;
}

static void exchange_swap(struct exchange *exchange)
{
    struct exchange_answers answers = exchange->by[0];
    uint32_t share = exchange->share[0];
    exchange->by[0] = exchange->by[1];
    exchange->by[1] = answers;
    exchange->share[0] = exchange->share[1];
    exchange->share[1] = share;
    exchange->turn ^= 1;
}

void tempo_swap(struct tempos *tempos, uint32_t log)
{
    struct exchange *exchange = tempo_exchange(tempos, log);
    if (exchange != NULL)
        exchange_swap(exchange);
}

void tempo_free(struct tempos *tempos, uint32_t log)
{
    struct exchange *exchange = tempo_exchange(tempos, log);
    if (exchange == NULL)
        return;
    for (unsigned i = 0; i < 2; i++)
        if (exchange->share[i] != 0)
            slab_give(&tempos->shares, exchange->share[i]);
    uint32_t *number = log_index_at(&tempos->exchange_of, log);
    slab_give(&tempos->exchanges, *number);
    *number = 0;
}
