/*
 * life: the connections of a shard, from their first segment until they are handed over and
 * forgotten. Internal to tcp/: the shard decides which connection a segment belongs to, this does
 * what follows from it.
 *
 * What hands over, settles or asks for the time is called in step with the walk only (tcp/whole).
 */
#ifndef TCP_LIFE_H
#define TCP_LIFE_H

#include "tcp/shard.h"

/* Tells `show` about a settled connection. */
void connection_show(const struct shard *shard, const struct connection *c, int64_t end,
                     tracker_show *show, void *context);

/* The same in brief. */
void connection_brief(const struct shard *shard, const struct connection *c, int64_t end,
                      const struct tracker_brief *brief);

/* Begins a connection in the place of another one. */
void connection_replace(struct shard *shard, struct connection *c, const struct segment *s,
                        bool source_second);

/* Begins a new incarnation in the place of an old one, pause ns after its last segment; answer: of
 * struct takeover. */
void connection_renew(struct shard *shard, struct connection *c, const struct segment *s,
                      bool source_second, int64_t pause, uint64_t answer);

/* A segment as it comes. */
struct arrived {
    const struct segment *segment;
    struct cursor payload; /* as much of it as was captured and is still there */
    bool source_second;    /* its source is the key's second end */
};

/* Tracks a segment on its connection. */
void connection_step(struct shard *shard, struct connection *c, const struct arrived *arrived,
                     struct tracked *ret);

/* The SYN that waited (whole->waited) begins a connection in the place of c, with its repeats. */
void waited_begin(struct shard *shard, struct connection *c);

/* A SYN that nobody answered, on a connection that had not opened either: an attempt of its
 * own. */
void leftover_begin(struct shard *shard, struct connection *c);

/*
 * A segment on ports of which no connection is known now: begins one, as what the freed connection
 * before it makes of that, or takes it as a late one of that (ret->absorbed). NULL: absorbed, or
 * no memory.
 */
struct connection *connection_first(struct shard *shard, const struct flow_key *key, uint32_t hash,
                                    const struct segment *s, bool source_second,
                                    struct tracked *ret);

/* Decides what is still open of a connection that is over, or was handed over, by now. */
void connection_settle(struct shard *shard, struct connection *c);

/* Its connection was used: puts it at the newest end of its list. */
void connection_touch(struct shard *shard, struct connection *c);

/* Hands over what has been idle too long for its kind; a bounded number at a time. */
void shard_expire(struct shard *shard, int64_t now);

#endif
