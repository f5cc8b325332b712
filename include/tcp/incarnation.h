/*
 * incarnation: does a SYN belong to the connection that its ports name, or does it begin a new
 * one? (TCP-level reuse of a 4-tuple: RFC 9293 §3.6.1 MAY-2, RFC 6191, RFC 5961 §4.)
 *
 * Where the answer depends on what the other end says, the SYN waits in a small pool and the old
 * connection goes on.
 */
#ifndef TCP_INCARNATION_H
#define TCP_INCARNATION_H

#include "tcp/connection.h"

#define INCARNATION_WAITING_MAX 1024

enum incarnation_verdict {
    INCARNATION_SAME,    /* the segment belongs to the connection */
    INCARNATION_NEW,     /* it begins a new one; the old one has ended */
    INCARNATION_WAIT,    /* a SYN that may begin a new one: it was put aside */
    INCARNATION_PROMOTE, /* the answer to a SYN put aside: that SYN begins a new one */
};

#define INCARNATION_REPEATS_MAX 8
#define INCARNATION_OTHERS_MAX 8

/* What tells one sending of the same SYN from another. */
struct syn_again {
    uint64_t frame;
    int64_t time; /* ns since the epoch */
    uint32_t tsval;
    uint16_t ip_id;
};

/* A SYN that waits, and its repeats since: the first ones, and always the newest. */
struct waiting_syn {
    struct segment syn;
    int64_t pause;       /* ns from the old connection's last segment before it */
    uint64_t answered;   /* frame of the SYN-ACK or RST that decided for it; 0: none did */
    uint64_t challenged; /* frame of the challenge ACK that answered it; 0: none */
    uint32_t repeats;
    struct syn_again again[INCARNATION_REPEATS_MAX];
    /* Other SYNs that waited before it and may come again, oldest first. */
    uint32_t other_count;
    uint32_t other_seq[INCARNATION_OTHERS_MAX];
    struct syn_again other[INCARNATION_OTHERS_MAX];
};

struct incarnation_pool;

struct incarnation_pool *incarnation_pool_new(void);
void incarnation_pool_free(struct incarnation_pool *pool);

/*
 * Judges a segment against the live connection on its key. With INCARNATION_PROMOTE the SYN that
 * waited is copied to ret_syn; it is to be tracked first, then the segment.
 */
enum incarnation_verdict incarnation_decide(struct incarnation_pool *pool, struct connection *c,
                                            enum endpoint_id sender,
                                            const struct segment *segment,
                                            struct waiting_syn *ret_syn);

static inline enum incarnation_verdict incarnation_judge(struct incarnation_pool *pool,
                                                         struct connection *c,
                                                         enum endpoint_id sender,
                                                         const struct segment *segment,
                                                         struct waiting_syn *ret_syn)
{
    if (c->provisional == 0 && !(segment->flags & TCP_SYN)) /* nothing begins with it */
        return INCARNATION_SAME;
    return incarnation_decide(pool, c, sender, segment, ret_syn);
}

/*
 * Whether a segment is one of the connection that its ports name, without a doubt, and no SYN waits
 * there: incarnation_judge() would say INCARNATION_SAME and change nothing.
 */
bool incarnation_is_repeat(const struct connection *c, enum endpoint_id sender,
                           const struct segment *segment);

static inline bool incarnation_is_same(const struct connection *c, enum endpoint_id sender,
                                       const struct segment *segment)
{
    return c->provisional == 0 &&
           (!(segment->flags & TCP_SYN) || incarnation_is_repeat(c, sender, segment));
}

/* Whether a new connection begins with the answer to a SYN of the one before: an old copy of that
 * SYN came to its server, and its client has nothing open (RFC 9293 §3.5 Fig. 8). */
bool incarnation_is_echo(const struct connection *old, enum endpoint_id sender,
                         const struct segment *segment);

/* True, once for each SYN that waits, when this segment is the challenge ACK for it: the old
 * connection's numbers, and nothing new (RFC 5961 §4.2). Call before the segment is tracked. */
bool incarnation_challenged(struct incarnation_pool *pool, const struct connection *c,
                            enum endpoint_id sender, const struct segment *segment);

/* True, with the SYN copied, when a SYN still waits on the connection and would have become one
 * of its own by `now` (nothing settled it). Frees its place either way. */
bool incarnation_leftover(struct incarnation_pool *pool, struct connection *c, int64_t now,
                          struct waiting_syn *ret_syn);

/* The segment that a repeat of a SYN was; nth counts from 0. */
struct segment incarnation_repeat(const struct waiting_syn *syn, uint32_t nth);

/* SYNs for which there was no room to wait, and when the first was. */
uint64_t incarnation_pool_refused(const struct incarnation_pool *pool, int64_t *ret_since);

/* True when both ends are done with the connection, as far as is known. */
static inline bool connection_ended(const struct connection *c)
{
    return (c->flags & CONN_RESET) ||
           (c->end[CLIENT].flags & c->end[SERVER].flags & END_FIN_ACKED);
}

#endif
