/*
 * flight: what an end sent and when, range by range: all that is between SND.UNA and SND.NXT, and
 * the last of what was acknowledged. Ranges are sorted and without gaps: bytes that were not seen
 * are ranges too, holes. Sequence numbers are in U-space (base/seq.h).
 *
 * The ranges stand in a ring that grows by size classes from a pool, to FLIGHT_MAX; when that is
 * full the two oldest become one (`coarse`). Adding at the end and dropping at the front, which is
 * what ordinary traffic does, take constant time.
 */
#ifndef TCP_FLIGHT_H
#define TCP_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bound.h"
#include "base/slab.h"

#define FLIGHT_MAX 512u
#define FLIGHT_SHAPES 4u /* rings of 8, 32, 128 and 512 ranges */

enum range_flag {
    RANGE_HOLE = 1 << 0,     /* was not seen here */
    RANGE_ACKED = 1 << 1,    /* `delivered` is valid, here and with the next */
    RANGE_SACKED = 1 << 2,
    RANGE_COPIED = 1 << 3,   /* the network made a copy of it */
    RANGE_COARSE = 1 << 4,   /* several ranges that became one */
    RANGE_SPURIOUS = 1 << 5, /* its newest repeat was not needed */
    RANGE_STAMPED = 1 << 6,  /* tsval is valid */
    RANGE_UNSEEN = 1 << 7,   /* a repeat passed, and its first sending did not, so far */
};

/* Of a hole, `first`, tsval and ip_id are those of the segment behind it, which made it show. */
struct range {
    int64_t seq, end;
    int64_t first;        /* ns: when it was sent first */
    int64_t last;         /* ns: newest sending */
    int64_t delivered;    /* ns: when the capture point saw it acknowledged or in a SACK block */
    uint64_t frame : 48;  /* of the first sending; 0: not known */
    uint64_t times : 8;   /* sent so often, saturating */
    uint64_t flags : 8;   /* enum range_flag */
    uint32_t tsval;       /* of the newest sending */
    uint32_t tsval_again; /* of its first repeat, with more than one sending */
    uint32_t record;      /* of the newest sending: its reference in tcp/segment_log */
    uint16_t ip_id;       /* likewise; 0: none */
    uint8_t lost;         /* its newest sending is counted so: enum lost_kind + 1; 0: it is not. Of a
                             hole: not 0 when the capture cannot have seen it */
    uint8_t views;        /* see below */
};

/* range.views, where several inputs are read: what they show of its newest sending. */
#define RANGE_VIEW_SECOND 1      /* another input than its own shows it */
#define RANGE_VIEW_PART 2        /* parts of it; or not known */
#define RANGE_VIEW_ONCE 4        /* times so many sendings before: the same input alone showed them */
#define RANGE_VIEW_ONCE_MASK 12
#define RANGE_VIEW_SHIFT 4       /* its own input stands above */

_Static_assert(sizeof(struct range) <= 64, "a cache line");

struct flights {
    struct slab rings[FLIGHT_SHAPES];
    struct bound merged; /* ranges that became one with another, or were not kept at all */
};

struct flight {
    uint32_t ring;   /* 0: none, and count is 0 */
    uint16_t head, count;
    uint8_t shape;
    uint16_t guess;  /* the place that was looked for last, or is likely to be next */
};

/* bytes: of all rings together; an equal share for each size, but 64 rings of each at least. */
void flights_init(struct flights *flights, uint64_t bytes);
void flights_done(struct flights *flights);

static inline unsigned flight_room(const struct flight *flight)
{
    return 8u << (2 * flight->shape);
}

/* Ranges by their places, at once; good until the flight changes. It has some. */
struct flight_view {
    struct range *ring;
    unsigned head, mask;
};

static inline struct flight_view flight_view(const struct flights *flights,
                                             const struct flight *flight)
{
    return (struct flight_view){ .ring = slab_at(&flights->rings[flight->shape], flight->ring),
                                 .head = flight->head,
                                 .mask = flight_room(flight) - 1 };
}

static inline struct range *flight_view_at(const struct flight_view *view, unsigned i)
{
    return &view->ring[(view->head + i) & view->mask];
}

/* A range by its place; good until the flight changes. */
static inline struct range *flight_at(const struct flights *flights, const struct flight *flight,
                                      unsigned i)
{
    const struct flight_view view = flight_view(flights, flight);
    return flight_view_at(&view, i);
}

/* The place of the first range that ends behind this number; count when there is none. */
unsigned flight_find(const struct flights *flights, const struct flight *flight, int64_t seq);

/* The same of a flight with ranges, where the place is likely to be flight.guess. */
static inline unsigned flight_guess(const struct flights *flights, const struct flight *flight,
                                    const struct flight_view *view, int64_t seq)
{
    unsigned i = flight->guess;
    bool below = i <= flight->count && (i == 0 || flight_view_at(view, i - 1)->end <= seq);
    bool right = below && (i == flight->count || flight_view_at(view, i)->end > seq);
    return right ? i : flight_find(flights, flight, seq);
}

/* Appends a range, at the time of its newest sending. False when there is no memory. */
bool flight_append(struct flights *flights, struct flight *flight, const struct range *range);

/* Makes room for one more range, at this time (ns). False when there is no memory. */
bool flight_reserve(struct flights *flights, struct flight *flight, int64_t now);

/* A new place at the end, which holds anything, at this time. NULL when there is no memory. */
static inline struct range *flight_add(struct flights *flights, struct flight *flight, int64_t now)
{
    bool room = flight->ring != 0 && flight->count < flight_room(flight);
    if (!room && !flight_reserve(flights, flight, now))
        return NULL;
    flight->count++;
    return flight_at(flights, flight, flight->count - 1u);
}

/* Parts the range at this place in two at a number inside of it; now: ns. False when there is no
 * memory. */
bool flight_split(struct flights *flights, struct flight *flight, unsigned i, int64_t at,
                  int64_t now);

/* Drops the oldest ranges. */
void flight_drop(struct flight *flight, unsigned count);

void flight_free(struct flights *flights, struct flight *flight);

#endif
