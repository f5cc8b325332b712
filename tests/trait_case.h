/*
 * trait_case: that nothing is lost where diagnoses are asked only of connections whose traits they
 * need, and logs are read only for them.
 */
#ifndef TRAIT_CASE_H
#define TRAIT_CASE_H

#include "tcp/tracker.h"

/* What was compared. */
struct traits_held {
    size_t connections, unread, findings; /* unread: whose events nobody asked for */
    bool queue_full;                      /* found in the end */
};

/*
 * Asks every diagnosis of every connection of a finished tracker, with all there is to know of it,
 * and then only as the program does; fails unless both say the same.
 */
struct traits_held traits_hold(const struct tracker *tracker);

#endif
