/*
 * sight: what a segment shows about the place where it was captured, kept as one bit each for
 * either end (model/vantage says what they mean). diagnose/vantage judges them.
 */
#ifndef TCP_SIGHT_H
#define TCP_SIGHT_H

#include "tcp/step.h"

/* Call for every segment that is not damaged. */
void sight_note(struct step *step);

/* enum sight, of one end. */
static inline unsigned connection_sight(const struct connection *c, enum endpoint_id id)
{
    return (unsigned)(c->sights >> (id == CLIENT ? 0 : SIGHT_BITS)) & ((1u << SIGHT_BITS) - 1);
}

/* Client and server change places. */
void sight_swap(struct connection *c);

#endif
