/*
 * whole: what is known of the capture as a whole while it is read, and what all shards of a tracker
 * share. Internal to tcp/.
 *
 * It changes in the order of the frames only, by the thread that walks through a batch in that
 * order (tcp/batch). A shard that runs ahead of the walk may read `options`, and nothing else.
 */
#ifndef TCP_WHOLE_H
#define TCP_WHOLE_H

#include "model/capture_facts.h"
#include "tcp/clock.h"
#include "tcp/incarnation.h"
#include "tcp/services.h"
#include "tcp/sums.h"
#include "tcp/tracked.h"

struct whole {
    struct tracker_options options;
    unsigned shards;           /* how many share what there is room for */
    struct clock clock;
    struct services *services;
    struct sums *sums;
    struct incarnation_pool *incarnations;
    struct waiting_syn waited;  /* the SYN that begins a connection just now */
    struct capture_facts facts;
    uint64_t misordered;       /* the newest frame that stands in the wrong place */
    struct bound handed_over;  /* shown before the end because memory ran out */
    struct bound evicted_open, evicted_opening; /* of these */
    struct notice last_notice;
    struct promotion promotion; /* of the segment that is tracked just now */
    struct event *events;      /* room for those of one connection */
};

/* NULL when out of memory. */
struct whole *whole_new(const struct tracker_options *options);
void whole_free(struct whole *whole);

/* The recorder wrote this frame down in the wrong place. */
void whole_note_misorder(struct whole *whole, uint64_t frame);

/* A connection is handed over now because memory ran out. */
void whole_note_hand_over(struct whole *whole);

#endif
