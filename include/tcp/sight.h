/*
 * sight: what a segment shows about the place where it was captured, kept as one bit each for
 * either end (model/vantage says what they mean). diagnose/vantage judges them.
 */
#ifndef TCP_SIGHT_H
#define TCP_SIGHT_H

#include "tcp/step.h"

/* What the segment shows of the place where it was captured: bits of enum sight. */
static inline unsigned step_sight(const struct step *step)
{
    const struct segment *s = step->s;
    unsigned sight = ((s->facts & FACT_SENT_BY_RECORDER) ? SIGHT_SENT : 0) |
                     ((s->facts & FACT_FOR_RECORDER) ? SIGHT_RECEIVED : 0) |
                     ((s->facts & FACT_CHECKSUM_GOOD) ? SIGHT_CHECKSUM_GOOD : 0);
    /* What hosts begin with: Linux, macOS and the BSDs 64, Windows 128, some others 255. */
    bool ttl_is_first = s->ttl == 64 || s->ttl == 128 || s->ttl == 255;

    if (step->y->mss != 0 && s->payload_len > step->y->mss)
        sight |= SIGHT_OVERSIZE;
    if (!(s->flags & TCP_RST)) /* devices send RSTs for others, with a TTL of their own */
        sight |= ttl_is_first ? SIGHT_TTL_FIRST : SIGHT_TTL_LATER;
    return sight;
}

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
