/*
 * metrics_trip: round trips. Internal to tcp/metrics* and tcp/loss*.
 */
#ifndef TCP_METRICS_TRIP_H
#define TCP_METRICS_TRIP_H

#include "tcp/loss_part.h"

/* An acknowledgement of bytes that were sent once, and no more than those, so long after
 * them. */
void metrics_sample(struct loss_case *k, int64_t sample);

/* Of any segment of a direction that is measured: its timestamp's echo may be waited for. */
void trip_stamp_sent(struct loss_case *k);

/* Something new is acknowledged: the echo may be in it. */
void trip_stamp_echoed(struct loss_case *k);

#endif
