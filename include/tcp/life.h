/*
 * life: a tracker's connections, from their first segment until they are handed over and
 * forgotten. Internal to tcp/: the tracker decides which connection a segment belongs to, this
 * does what follows from it.
 */
#ifndef TCP_LIFE_H
#define TCP_LIFE_H

#include "tcp/clock.h"
#include "tcp/incarnation.h"
#include "tcp/roll.h"
#include "tcp/services.h"
#include "tcp/sums.h"
#include "tcp/tombstone.h"
#include "tcp/tracked.h"

struct copies;

struct tracker {
    struct tracker_options options;
    struct flow_table *table;
    struct copies *copies;
    struct history_pool *pool;
    struct incarnation_pool *incarnations;
    struct services *services;
    struct sums *sums;
    struct tombstones *tombstones;
    struct roll roll;
    struct clock clock;
    struct waiting_syn waited; /* the SYN that begins a connection just now */
    struct tracker_counts counts;
    struct event *events; /* room for one connection's */
    struct notice last_notice;
    int64_t last_time;    /* of the segment before, ns; 0: none yet */
    uint64_t misordered;  /* the newest frame that stands in the wrong place */
};

/* Tells `show` about a settled connection. */
void connection_show(const struct tracker *t, const struct connection *c, int64_t end,
                     tracker_show *show, void *context);

/* The same in brief. */
void connection_brief(const struct tracker *t, const struct connection *c, int64_t end,
                      const struct tracker_brief *brief);

/* Begins a connection in the place of another one. */
void connection_replace(struct tracker *t, struct connection *c, const struct segment *s,
                        bool source_second);

/* Begins a new incarnation in the place of an old one, pause ns after its last segment; answer: of
 * struct takeover. */
void connection_renew(struct tracker *t, struct connection *c, const struct segment *s,
                      bool source_second, int64_t pause, uint64_t answer);

/* A segment as it comes. */
struct arrived {
    const struct segment *segment;
    struct cursor payload; /* as much of it as was captured and is still there */
    bool source_second;    /* its source is the key's second end */
};

/* Tracks a segment on its connection. */
void connection_step(struct tracker *t, struct connection *c, const struct arrived *arrived,
                     struct tracked *ret);

/* The SYN that waited (t->waited) begins a connection in the place of c, with its repeats. */
void waited_begin(struct tracker *t, struct connection *c);

/* A SYN that nobody answered, on a connection that had not opened either: an attempt of its
 * own. */
void leftover_begin(struct tracker *t, struct connection *c);

/*
 * A segment on ports of which no connection is known now: begins one, as what the freed connection
 * before it makes of that, or takes it as a late one of that (ret->absorbed). NULL: absorbed, or
 * no memory.
 */
struct connection *connection_first(struct tracker *t, const struct flow_key *key, uint32_t hash,
                                    const struct segment *s, bool source_second,
                                    struct tracked *ret);

/* The recorder wrote this segment down in the wrong place. */
void misorder_note(struct tracker *t, const struct segment *s);

/* Hands over what has been idle too long for its kind; a bounded number at a time. */
void tracker_expire(struct tracker *t, int64_t now);

#endif
