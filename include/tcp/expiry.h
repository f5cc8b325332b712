/*
 * expiry: how long connections are kept, by what they are. Each kind is a list of the flow table,
 * ordered by last use: its members expire alike. With linger, closed and reset connections are
 * handed over first and then kept in lists of their own (tcp/late).
 */
#ifndef TCP_EXPIRY_H
#define TCP_EXPIRY_H

#include "tcp/connection.h"

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
    int64_t patience; /* ns after the last segment; then it is handed over */
    enum expiry kept; /* where its record goes; the same list: nowhere, it is forgotten */
};

/* The list that a connection belongs to. */
enum expiry expiry_of(const struct connection *c);

struct expiry_rule expiry_rule(enum expiry list, int64_t msl, int64_t linger);

/* The lists in the order in which memory is taken from them. */
extern const enum expiry expiry_victims[EXPIRY_N];

#endif
