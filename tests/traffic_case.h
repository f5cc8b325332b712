/*
 * traffic_case: made-up traffic of TCP connections, the same in each run. Most segments are what
 * two hosts would send; the others have a few fields changed, come again, late, or are missing, so
 * that a tracker gets to see everything from the usual to what no host would send.
 */
#ifndef TESTS_TRAFFIC_CASE_H
#define TESTS_TRAFFIC_CASE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/segment.h"

#define TRAFFIC_RECENT 8u

/* An end of the connection at hand. */
struct traffic_end {
    uint32_t nxt, got;    /* its SND.NXT, and its RCV.NXT */
    uint32_t hole;        /* bytes from `got` on are missing, and those up to here are there; or 0 */
    uint32_t clock;       /* its timestamps */
    uint32_t heard;       /* the newest timestamp of the other end */
    uint16_t ip_id, window, mss;
    uint8_t scale;
};

struct traffic {
    uint64_t random, frame;
    int64_t time;
    unsigned strange;     /* of a hundred segments so many are changed */
    unsigned left;        /* segments of the connection at hand that are to come */
    bool scaled, sack, stamps, sums;
    uint8_t ip_version;
    unsigned opening;     /* segments of the handshake that passed */
    uint16_t port;
    struct traffic_end end[2];
    struct segment recent[TRAFFIC_RECENT];
    unsigned recent_count;
};

/* strange: of a hundred segments so many are changed. */
struct traffic traffic_begin(uint64_t seed, unsigned strange);

/* The next segment. */
struct segment traffic_next(struct traffic *traffic);

/* A number below this. */
uint32_t traffic_pick(struct traffic *traffic, uint32_t below);

#endif
