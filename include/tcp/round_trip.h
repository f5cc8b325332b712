/*
 * round_trip: how samples of a round trip are smoothed.
 */
#ifndef TCP_ROUND_TRIP_H
#define TCP_ROUND_TRIP_H

#include <stdint.h>

/* RFC 6298 §2.3, for a sample that is not the first one; all in ns. */
static inline void round_trip_smooth(int64_t *smoothed, int64_t *variation, int64_t sample)
{
    int64_t off = *smoothed > sample ? *smoothed - sample : sample - *smoothed;
    *variation += (off - *variation) / 4;
    *smoothed += (sample - *smoothed) / 8;
}

#endif
