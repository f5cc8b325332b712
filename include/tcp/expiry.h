/*
 * expiry: how long connections are kept, by what they are. Each kind is a list of the flow table,
 * ordered by last use: its members expire alike. With linger, closed and reset connections are
 * handed over first and then kept in lists of their own (tcp/late).
 */
#ifndef TCP_EXPIRY_H
#define TCP_EXPIRY_H

#include "tcp/incarnation.h"

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
static inline enum expiry expiry_of(const struct connection *c)
{
    bool kept = c->flags & CONN_SHOWN;
    if (c->flags & CONN_RESET)
        return kept ? EXPIRY_RESET_KEPT : EXPIRY_RESET;
    if (connection_ended(c))
        return kept ? EXPIRY_CLOSED_KEPT : EXPIRY_CLOSED;
    bool opening = !(c->flags & (CONN_SYNACK_ACKED | CONN_MIDSTREAM));
    return opening ? EXPIRY_OPENING : EXPIRY_OPEN;
}

struct expiry_rule expiry_rule(enum expiry list, int64_t msl, int64_t linger);

/* The lists in the order in which memory is taken from them. */
extern const enum expiry expiry_victims[EXPIRY_N];

#endif
