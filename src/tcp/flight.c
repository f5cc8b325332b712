/* flight: rings of ranges. */
#include "tcp/flight.h"

#define RINGS_LEAST 64u

void flights_init(struct flights *flights, uint64_t bytes)
{
    *flights = (struct flights){ .merged = { .hits = 0 } };
    for (unsigned shape = 0; shape < FLIGHT_SHAPES; shape++) {
        size_t ring = sizeof(struct range) * (8u << (2 * shape));
        uint64_t rings = bytes / FLIGHT_SHAPES / ring;
        rings = rings < UINT32_MAX ? rings : UINT32_MAX;
        slab_init(&flights->rings[shape], ring,
                  rings > RINGS_LEAST ? (uint32_t)rings : RINGS_LEAST);
    }
}

void flights_done(struct flights *flights)
{
    for (unsigned shape = 0; shape < FLIGHT_SHAPES; shape++)
        slab_done(&flights->rings[shape]);
}

void flight_free(struct flights *flights, struct flight *flight)
{
    if (flight->ring != 0)
        slab_give(&flights->rings[flight->shape], flight->ring);
    *flight = (struct flight){ .ring = 0 };
}

void flight_drop(struct flight *flight, unsigned count)
{
    flight->head = (uint16_t)((flight->head + count) & (flight_room(flight) - 1));
    flight->count = (uint16_t)(flight->count - count);
    flight->guess = (uint16_t)(flight->guess > count ? flight->guess - count : 0);
}

unsigned flight_find(const struct flights *flights, const struct flight *flight, int64_t seq)
{
    unsigned low = 0, high = flight->count;
    if (high == 0)
        return 0;
    const struct range *ring = slab_at(&flights->rings[flight->shape], flight->ring);
    unsigned head = flight->head, mask = flight_room(flight) - 1;
    if (ring[(head + high - 1) & mask].end <= seq)
        return high;
    high--;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (ring[(head + middle) & mask].end > seq)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Moves all ranges into a ring of the next size. */
static bool flight_grow(struct flights *flights, struct flight *flight)
{
    struct flight grown = { .count = flight->count,
                            .shape = flight->ring != 0 ? (uint8_t)(flight->shape + 1) : 0 };
    grown.ring = slab_take(&flights->rings[grown.shape]);
    if (grown.ring == 0)
        return false;
    for (unsigned i = 0; i < flight->count; i++)
        *flight_at(flights, &grown, i) = *flight_at(flights, flight, i);
    flight_free(flights, flight);
    *flight = grown;
    return true;
}

/* The two oldest ranges become one: what is said of them is then said of both. */
static void flight_coarsen(struct flights *flights, struct flight *flight)
{
    const struct range older = *flight_at(flights, flight, 0);
    struct range *both = flight_at(flights, flight, 1);
    both->seq = older.seq;
    both->frame = older.frame;
    both->first = older.first;
    both->flags = (both->flags & older.flags) | RANGE_COARSE;
    flight_drop(flight, 1);
}

bool flight_reserve(struct flights *flights, struct flight *flight, int64_t now)
{
    if (flight->ring != 0 && flight->count < flight_room(flight))
        return true;
    if (flight->ring == 0 || flight->shape + 1u < FLIGHT_SHAPES) {
        if (flight_grow(flights, flight))
            return true;
        if (flight->ring == 0) {
            bound_hit(&flights->merged, now);
            return false;
        }
    }
    bound_hit(&flights->merged, now);
    flight_coarsen(flights, flight);
    return true;
}

bool flight_append(struct flights *flights, struct flight *flight, const struct range *range)
{
    struct range *place = flight_add(flights, flight, range->last);
    if (place == NULL)
        return false;
    *place = *range;
    return true;
}

bool flight_split(struct flights *flights, struct flight *flight, unsigned i, int64_t at,
                  int64_t now)
{
    unsigned before = flight->count;
    if (!flight_reserve(flights, flight, now))
        return false;
    if (flight->count < before) { /* coarsened: all places moved down by one */
        if (i == 0)
            return false;
        i--;
    }
    struct range *found = flight_at(flights, flight, i);
    if (at <= found->seq || at >= found->end)
        return false;
    flight->count++;
    for (unsigned j = flight->count - 1u; j > i; j--)
        *flight_at(flights, flight, j) = *flight_at(flights, flight, j - 1);
    flight_at(flights, flight, i)->end = at;
    flight_at(flights, flight, i + 1)->seq = at;
    return true;
}
