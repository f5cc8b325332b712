/*
 * summarise: a settled connection as a summary, which with its events is all that diagnoses and
 * the report see.
 */
#ifndef TCP_SUMMARISE_H
#define TCP_SUMMARISE_H

#include "model/event.h"
#include "model/summary.h"
#include "tcp/connection.h"

/* Writes the summary; events: the settled connection's, sorted. */
void connection_summarise(const struct connection *c, const struct history_pool *pool,
                          const struct event *events, size_t count, int64_t capture_end,
                          struct summary *ret_summary);

#endif
