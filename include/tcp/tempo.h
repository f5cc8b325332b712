/*
 * tempo: the extensions of a connection's log that say what its time was spent on: one
 * tcp/exchange from its first payload on, and a tcp/share for each direction that carries more
 * than a few segments. They stay until the log is freed.
 */
#ifndef TCP_TEMPO_H
#define TCP_TEMPO_H

#include "model/summary.h"
#include "tcp/step.h"

/* A segment: after tcp/loss, before sequence_update(). */
void tempo_segment(const struct step *step);

/* Into the summary of a connection. */
void tempo_summarise(const struct history_pool *pool, const struct connection *c,
                     struct summary *ret_summary);

#endif
