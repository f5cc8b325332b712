/*
 * summarise: a settled connection as a summary, which with its events is all that diagnoses and
 * the report see.
 */
#ifndef TCP_SUMMARISE_H
#define TCP_SUMMARISE_H

#include "model/event.h"
#include "model/summary.h"
#include "tcp/connection.h"

/*
 * Writes what is needed to judge a connection, from the traits of its log. What only a report of
 * it tells stays empty: connection_detail() adds that. close_wait_ns is of summary_close_wait().
 */
void connection_summarise(const struct connection *c, const struct history_pool *pool,
                          uint64_t traits, int64_t capture_end, struct summary *ret_summary);

/* The time in CLOSE_WAIT, from the connection's events, sorted. */
void summary_close_wait(struct summary *summary, const struct event *events, size_t count);

/* Measurements, requests and answers, what limited the ends, other tools' words, segments. */
void connection_detail(const struct connection *c, const struct history_pool *pool,
                       struct summary *summary);

#endif
