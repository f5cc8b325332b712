/*
 * roll: connections by id, for when the input has ended: those that are still in the table, and
 * those that were put aside because another incarnation took their place there.
 */
#ifndef TCP_ROLL_H
#define TCP_ROLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp/connection.h"

/* An ended incarnation whose key serves another one now. */
struct ended {
    struct connection c;
    int64_t settled; /* ns since the epoch */
};

/* Zero-initialised is empty. */
struct roll {
    struct ended *ended;
    size_t ended_count, ended_room;
    const struct connection **order; /* after roll_call() */
    size_t order_count;
};

/* Puts a copy of a settled incarnation aside. False when there is no memory for it. */
bool roll_retire(struct roll *roll, const struct connection *c, int64_t settled);

/* Makes room for the ended ones and so many others, and enters the ended ones. */
bool roll_call(struct roll *roll, size_t others);

/* Enters a connection of the table; borrowed. */
void roll_enter(struct roll *roll, const struct connection *c);

/* Sorts by id. */
void roll_sort(struct roll *roll);

/* When a superseded connection of the roll was settled. */
int64_t roll_settled(const struct connection *c);

void roll_done(struct roll *roll);

#endif
