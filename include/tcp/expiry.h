/*
 * expiry: which connections expire alike, and after how long. With linger, closed and reset
 * connections are handed over first, and their records kept in lists of their own.
 */
#ifndef TCP_EXPIRY_H
#define TCP_EXPIRY_H

#include "tcp/connection.h"

/* Lists of the flow table, each ordered by last use. */
enum expiry {
    EXPIRY_OPEN,
    EXPIRY_OPENING,
    EXPIRY_CLOSED,
    EXPIRY_RESET,
    EXPIRY_CLOSED_KEPT,
    EXPIRY_RESET_KEPT,
    EXPIRY_N
};

struct expiry_rule {
    int64_t patience; /* ns without a segment */
    enum expiry kept; /* the list that the record goes to; itself: it is not kept */
};

/* The list of a connection. */
enum expiry expiry_of(const struct connection *c);

/* The rule of each list; all times in ns, linger as in struct tracker_options. */
void expiry_rules(int64_t msl, int64_t linger, struct expiry_rule ret_rules[EXPIRY_N]);

#endif
