/*
 * tempo_book: the memory of tcp/tempo, named by the numbers of logs. What is kept of a connection
 * stays until its log is freed.
 */
#ifndef TCP_TEMPO_BOOK_H
#define TCP_TEMPO_BOOK_H

#include "base/slab.h"
#include "model/tcp_state.h"
#include "tcp/log_index.h"
#include "tcp/tempo_state.h"

/* Owned by the history pool. */
struct tempos {
    struct log_index exchange_of; /* by the number of a log (tcp/history) */
    struct slab exchanges;
    struct slab shares;
};

/* NULL when out of memory. */
struct tempos *tempos_new(uint32_t connections_max);
void tempos_free(struct tempos *tempos);

/* A connection's exchange, and of that an end's share; NULL without one. */
struct exchange *tempo_exchange(const struct tempos *tempos, uint32_t log);
struct share *tempo_share(const struct tempos *tempos, const struct exchange *exchange,
                          enum endpoint_id id);

/* Client and server change places. */
void tempo_swap(struct tempos *tempos, uint32_t log);

void tempo_free(struct tempos *tempos, uint32_t log);

#endif
