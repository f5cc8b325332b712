/* tempo_book: slabs of exchanges and shares. */
#include "tcp/tempo_book.h"

#include <stdlib.h>
#include <string.h>

#define LOGS_FIRST 256u

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
    free(tempos->exchange_of);
    slab_done(&tempos->exchanges);
    slab_done(&tempos->shares);
    free(tempos);
}

bool tempos_reach(struct tempos *tempos, uint32_t log)
{
    if (log >= tempos->room) {
        uint32_t room = log < UINT32_MAX / 2 ? 2 * log + LOGS_FIRST : UINT32_MAX;
        uint32_t *exchange_of = realloc(tempos->exchange_of, room * sizeof *exchange_of);
        if (exchange_of == NULL)
            return false;
        tempos->exchange_of = exchange_of;
        tempos->room = room;
    }
    tempos->exchange_of[log] = 0;
    return true;
}

struct exchange *tempo_exchange(const struct tempos *tempos, uint32_t log)
{
    uint32_t number = log != 0 ? tempos->exchange_of[log] : 0;
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
    slab_give(&tempos->exchanges, tempos->exchange_of[log]);
    tempos->exchange_of[log] = 0;
}
