/* plain_case: one segment on one connection, by the short way of tcp/plain and by the whole one. */
#ifndef TESTS_PLAIN_CASE_H
#define TESTS_PLAIN_CASE_H

#include "tcp/connection.h"
#include "tcp/incarnation.h"

/* What the ways need besides: each its own pool of logs. */
struct plain_case {
    struct history_pool *pool, *whole_pool;
    struct incarnation_pool *incarnations;
    uint32_t log; /* the newest that was given; 0: none */
    uint64_t compared, plain; /* segments so far, and those that were plain */
};

/* A number below this one, the same in each run: state is 0 or a seed at first. */
uint32_t plain_case_pick(uint64_t *state, uint32_t below);

struct plain_case plain_case_begin(void);
void plain_case_end(struct plain_case *compared);

/* Gives a record that has no log one, with its pending deliveries, until the next is given. */
void plain_case_log(struct plain_case *compared, struct connection *c);

/*
 * Both ways from this record on. Fails the test where they leave different records or logs, or
 * tell something different of the segment. The record after the segment is left in c.
 */
void plain_case_compare(struct plain_case *compared, struct connection *c,
                        const struct segment *segment, bool source_second);

#endif
