/*
 * measured: what follows from the metrics of one end's data (model/metrics): rates, the whole round
 * trip, shares. Plain data.
 */
#ifndef REPORT_MEASURED_H
#define REPORT_MEASURED_H

#include "model/metrics.h"
#include "report/report.h"

struct measured {
    const struct metrics *metrics;
    int64_t trip_min;       /* ns: both legs, the shortest of each; UNKNOWN_NS */
    int64_t trip_smoothed;  /* ns: the smoothed leg and the shortest other one; UNKNOWN_NS */
    int64_t jitter;         /* ns: by how much 95 of 100 samples of the leg exceed the shortest at
                               most; UNKNOWN_NS */
    uint64_t goodput;       /* bytes per second, each counted once; 0: not timed */
    uint64_t throughput;    /* the same with repeats */
    uint64_t peak;          /* in the fastest tenth of a second, with repeats; 0: unknown */
    uint64_t product;       /* goodput times trip_min, bytes; 0: unknown */
    uint32_t repeated;      /* segments of classes rtx-*; their sum */
    uint32_t needless;      /* of these, those of what had arrived */
    bool delays_told;       /* acknowledgements were captured where they are made */
};

/* False where nothing was measured of what this end sent. */
bool measured_read(const struct connection_report *connection, enum endpoint_id sender,
                   struct measured *ret_measured);

/* "3.1 %", "<0.1 %": repeats as a share of the bytes that were sent; empty where there are none. */
const char *measured_again_text(const struct metrics *metrics, char *text, size_t size);

/* The shortest whole round trip between the ends: of data of either, or of the handshake. */
int64_t measured_rtt_min(const struct connection_report *connection);

#endif
