/*
 * metrics: what was measured of the data that one end sent: round trips, rates, what was on its
 * way, stalls. Plain data. Times are ns; UNKNOWN_NS where one was not measured.
 *
 * Only what passed the capture point can be timed. A leg is the way from the capture point to the
 * receiver of the data and back; the whole round trip is that and the way to its sender and back.
 */
#ifndef MODEL_METRICS_H
#define MODEL_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/segment_class.h"

struct trip_metrics {
    uint32_t samples;  /* 0: the rest is not valid */
    int64_t min, mean, max;
    int64_t smoothed;  /* at the end, SRTT of RFC 6298 §2, */
    int64_t variation; /* and RTTVAR */
};

/* Lengths of time after which hosts acknowledge what they need not acknowledge at once. */
enum ack_delay { ACK_DELAY_40, ACK_DELAY_100, ACK_DELAY_200, ACK_DELAY_N };

struct stall {
    int64_t duration;     /* UNKNOWN_NS: there was none */
    uint64_t first_frame; /* after which nothing was acknowledged; 0: not known */
    uint64_t last_frame;  /* the acknowledgement that ended it; 0: none did */
};

#define METRICS_REPEATS (CLASS_RTX_UNSEEN_ORIGINAL - CLASS_RTX_SYN + 1)

struct metrics {
    struct trip_metrics leg;    /* by acknowledgements (RFC 6298 §3: not of what was sent twice) */
    struct trip_metrics stamps; /* the same way by timestamps (RFC 7323 §4), one at a time */
    int64_t leg_p95;            /* of `leg`: 95 of 100 are no longer; 6.25 % too long at most */
    int64_t other_leg;          /* shortest from the capture point to the sender and back */
    int64_t timeout;            /* the sender's retransmission timeout, as Linux has it */
    int64_t transfer;           /* from its first data to the last acknowledgement of new data */
    uint64_t acknowledged_bytes; /* meanwhile; each counted once */
    uint64_t sent_bytes;        /* meanwhile, with repeats, as captured */
    uint64_t peak_bytes;        /* most of them within METRICS_PEAK_NS; 0: shorter than that */
    uint32_t data_segments;     /* with repeats; what a network card put together counts as many */
    uint32_t acks;              /* segments that acknowledged something new */
    uint64_t flight_max;        /* bytes sent and neither acknowledged nor in a SACK block, */
    uint64_t flight_mean;       /* when something was sent */
    bool initial_known;
    bool initial_at_least;      /* it may have been larger: nothing shows that it was used up */
    uint32_t initial_bytes;     /* passed before any acknowledgement of them */
    uint32_t initial_segments;
    uint32_t acks_bare;         /* samples of `leg` that came on segments without payload, */
    uint32_t acks_late[ACK_DELAY_N]; /* and of these, so late */
    struct stall stall;         /* the longest time in which nothing outstanding was acknowledged */
    uint32_t repeats[METRICS_REPEATS]; /* by class, from CLASS_RTX_SYN on */
    uint64_t repeated_bytes;
};

#define METRICS_PEAK_NS INT64_C(100000000)

#endif
