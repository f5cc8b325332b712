/* tempo: which extensions a connection has. */
#include "tcp/tempo.h"

#include <string.h>

#include "tcp/exchange.h"
#include "tcp/share.h"
#include "tcp/tempo_book.h"

static struct exchange *exchange_open(struct tempos *tempos, uint32_t log)
{
    struct exchange *exchange = tempo_exchange(tempos, log);
    if (exchange != NULL)
        return exchange;
    *log_index_at(&tempos->exchange_of, log) = slab_take(&tempos->exchanges);
    exchange = tempo_exchange(tempos, log);
    if (exchange != NULL)
        memset(exchange, 0, sizeof *exchange);
    return exchange;
}

/* The sender's share, which may begin here. */
static struct share *share_open(struct tempos *tempos, struct exchange *exchange,
                                const struct step *step)
{
    struct share *share = tempo_share(tempos, exchange, step->x_id);
    if (share != NULL || step->s->payload_len == 0 || !share_is_wanted(step))
        return share;
    exchange->share[step->x_id] = slab_take(&tempos->shares);
    share = tempo_share(tempos, exchange, step->x_id);
    if (share != NULL)
        share_begin(share, step, exchange);
    return share;
}

void tempo_segment(const struct step *step)
{
    uint32_t log = step->c->log;
    const struct segment *s = step->s;

    if (log == 0 || step->mirrored || (s->flags & TCP_RST))
        return;
    if ((step->marks & MARK_COPY) || step->class == CLASS_NOT_ACCEPTED)
        return;
    struct tempos *tempos = history_tempos(step->pool);
    struct exchange *exchange = s->payload_len > 0 ? exchange_open(tempos, log)
                                                   : tempo_exchange(tempos, log);
    if (exchange == NULL)
        return;
    bool probe = step->marks & (MARK_KEEP_ALIVE | MARK_WINDOW_PROBE);
    if (s->payload_len > 0 && !probe)
        exchange_segment(exchange, step);
    struct share *sent = share_open(tempos, exchange, step);
    struct share *acked = tempo_share(tempos, exchange, step->y_id);
    if (acked != NULL)
        share_acked(acked, step);
    if (sent != NULL)
        share_sent(sent, step);
}

void tempo_summarise(const struct history_pool *pool, const struct connection *c,
                     struct summary *ret)
{
    const struct tempos *tempos = history_tempos(pool);
    const struct exchange *exchange = tempo_exchange(tempos, c->log);
    if (exchange == NULL || c->light)
        return;
    exchange_result(exchange, c, &ret->exchanges);
    for (int id = CLIENT; id <= SERVER; id++) {
        const struct share *share = tempo_share(tempos, exchange, (enum endpoint_id)id);
        if (share != NULL)
            share_result(share, &ret->endpoints[id].limits);
    }
}
