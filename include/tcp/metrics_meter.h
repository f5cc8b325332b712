/*
 * metrics_meter: what is kept to measure the data that one end sends. Kept from the loss state's
 * opening on, for a direction that then sends data. Internal to tcp/metrics* and tcp/loss*.
 */
#ifndef TCP_METRICS_METER_H
#define TCP_METRICS_METER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bound.h"
#include "base/histogram.h"
#include "base/slab.h"
#include "model/metrics.h"

/* One kind of round trip, ns. */
struct meter_trip {
    uint64_t sum;
    int64_t min, max;
    int64_t smoothed, variation; /* RFC 6298 §2 */
    uint32_t samples;
};

/* How far the initial window is known. */
enum initial {
    INITIAL_UNKNOWN,  /* data passed before: nothing is said */
    INITIAL_COUNTING, /* nothing of it is acknowledged */
    INITIAL_ENDING,   /* an acknowledgement is on its way to the sender, until initial_until */
    INITIAL_OVER,
};

struct meter {
    struct meter_trip leg, stamps;
    struct histogram legs;
    int64_t near;           /* ns: shortest way from the capture point to the sender and back */
    int64_t timeout;        /* ns: of its retransmission timer; 0: unknown */
    int64_t stamp_time;     /* ns: when `stamp` passed first */
    int64_t first_data;     /* ns */
    int64_t last_ack;       /* ns: newest acknowledgement with news; 0: none */
    int64_t base;           /* number of its first byte that is measured */
    uint64_t acknowledged;  /* bytes */
    uint64_t sent;          /* bytes, with repeats, */
    uint64_t sent_by_ack;   /* until the newest acknowledgement */
    uint64_t bin_bytes;     /* of these, in the bin that ends at bin_end, */
    uint64_t peak_bytes;    /* and most in one before */
    int64_t bin_end;
    int64_t sacked;         /* bytes beyond una that its receiver has */
    uint64_t flight_max, flight_sum; /* bytes */
    int64_t waiting_since;  /* ns: newest progress while something is outstanding; 0: nothing is */
    uint64_t waiting_frame;
    struct stall stall;
    int64_t initial_until;
    int64_t initial_last;   /* ns: newest sending of the initial window */
    uint64_t repeated_bytes;
    uint32_t initial_bytes, initial_segments;
    uint32_t flights;       /* times that flight_sum was added to */
    uint32_t data_segments, acks;
    uint32_t stamp;         /* TSval whose echo is waited for, */
    uint32_t stamp_newest;  /* and the newest one that it sent */
    uint32_t acks_bare, acks_late[ACK_DELAY_N];
    uint32_t repeats[METRICS_REPEATS];
    uint8_t initial;        /* enum initial */
    bool initial_more;      /* it had to wait, and went on as soon as it could */
    bool initial_full;      /* its receiver's window had no room for more */
    bool initial_late;      /* more passed while its first acknowledgement was on its way */
    bool stamp_armed, stamp_known;
};

/* Owned by struct losses. */
struct meters {
    struct slab meters;
    struct bound refused;    /* directions for which there was no room */
    struct metrics shown[2]; /* of the connection that was summarised last */
};

/* A connection's, in its book. 0: none. */
struct metered {
    uint32_t meter[2]; /* by enum endpoint_id: of what it sends */
    bool begun;        /* from now on directions that send data are measured, */
    bool refused[2];   /* but for those for which there was no room */
};

/* They take so many bytes for each connection at most: most need none. */
#define METERS_BYTES 256u
void meters_init(struct meters *meters, uint32_t connections_max);
void meters_done(struct meters *meters);

/* NULL for 0. */
static inline struct meter *meter_at(const struct meters *meters, uint32_t meter)
{
    return meter != 0 ? slab_at(&meters->meters, meter) : NULL;
}

/* The connection has ended, or is shown: what only later segments could need is given back; with
 * `all` everything. */
void metered_close(struct meters *meters, struct metered *metered, bool all);

/* Client and server change places. */
void metered_swap(struct metered *metered);

/* Whether so much was measured that it is worth telling. */
bool meter_tells(const struct meter *meter);

#endif
