/*
 * incarnation: the rules I1 to I8 of the reference specification, in its order.
 */
#include "tcp/incarnation.h"

#include <stdlib.h>
#include <string.h>

#include "base/time_text.h"
#include "tcp/objection.h"

/* A SYN that comes this soon after the end with the same ISN is a late copy, ns. */
#define LATE_COPY (2 * NS_PER_S)
/* A second SYN with another ISN that nobody answers for this long is an attempt of its own. */
#define ATTEMPT_PATIENCE NS_PER_S

struct incarnation_pool {
    uint16_t free_slots[INCARNATION_WAITING_MAX];
    uint16_t free_count;
    uint64_t refused;
    int64_t refused_since;
    struct waiting_syn waiting[INCARNATION_WAITING_MAX];
};

struct incarnation_pool *incarnation_pool_new(void)
{
    struct incarnation_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        return NULL;
    for (uint16_t i = 0; i < INCARNATION_WAITING_MAX; i++)
        pool->free_slots[pool->free_count++] = (uint16_t)(INCARNATION_WAITING_MAX - 1 - i);
    return pool;
}

void incarnation_pool_free(struct incarnation_pool *pool)
{
    free(pool);
}

/* By address, not by role: client and server may have changed places since the SYN. */
static bool same_sender(const struct segment *a, const struct segment *b)
{
    return a->source_port == b->source_port &&
           memcmp(a->source, b->source, sizeof a->source) == 0;
}

static struct syn_again syn_sending(const struct segment *s)
{
    return (struct syn_again){
        .frame = s->frame, .time = s->time, .tsval = s->tsval, .ip_id = s->ip_id
    };
}

static void syn_note_repeat(struct waiting_syn *waiting, const struct segment *s)
{
    uint32_t nth = waiting->repeats < INCARNATION_REPEATS_MAX ? waiting->repeats
                                                              : INCARNATION_REPEATS_MAX - 1;
    waiting->again[nth] = syn_sending(s);
    waiting->repeats++;
}

struct segment incarnation_repeat(const struct waiting_syn *waiting, uint32_t nth)
{
    struct segment s = waiting->syn;
    s.frame = waiting->again[nth].frame;
    s.time = waiting->again[nth].time;
    s.tsval = waiting->again[nth].tsval;
    s.ip_id = waiting->again[nth].ip_id;
    return s;
}

/* Remembers one sending of a SYN that gives way to another; the oldest is forgotten. */
static void other_add(struct waiting_syn *waiting, uint32_t seq, struct syn_again sending)
{
    size_t last = INCARNATION_OTHERS_MAX - 1;
    if (waiting->other_count == INCARNATION_OTHERS_MAX) {
        memmove(waiting->other_seq, waiting->other_seq + 1, last * sizeof *waiting->other_seq);
        memmove(waiting->other, waiting->other + 1, last * sizeof *waiting->other);
        waiting->other_count--;
    }
    waiting->other_seq[waiting->other_count] = seq;
    waiting->other[waiting->other_count++] = sending;
}

/* This SYN waits from now on. If it was among those that gave way it began with the first of
 * them: the same SYN in all but what tells one sending from another. */
static void syn_take_turn(struct waiting_syn *waiting, const struct segment *syn)
{
    uint32_t kept = 0;

    waiting->syn = *syn;
    waiting->repeats = 0;
    for (uint32_t i = 0; i < waiting->other_count; i++) {
        if (waiting->other_seq[i] != syn->seq) {
            waiting->other_seq[kept] = waiting->other_seq[i];
            waiting->other[kept++] = waiting->other[i];
        } else if (waiting->repeats < INCARNATION_REPEATS_MAX) {
            waiting->again[waiting->repeats++] = waiting->other[i];
        }
    }
    waiting->other_count = kept;
    if (waiting->repeats == 0)
        return;
    waiting->syn = incarnation_repeat(waiting, 0);
    waiting->repeats--;
    memmove(waiting->again, waiting->again + 1, waiting->repeats * sizeof *waiting->again);
    syn_note_repeat(waiting, syn);
}

/* The SYN that waited gives way to another one. */
static void syn_give_way(struct waiting_syn *waiting)
{
    uint32_t repeats = waiting->repeats < INCARNATION_REPEATS_MAX ? waiting->repeats
                                                                  : INCARNATION_REPEATS_MAX;
    other_add(waiting, waiting->syn.seq, syn_sending(&waiting->syn));
    for (uint32_t i = 0; i < repeats; i++)
        other_add(waiting, waiting->syn.seq, waiting->again[i]);
}

static bool syn_put_aside(struct incarnation_pool *pool, struct connection *c,
                          const struct segment *syn)
{
    bool others = c->provisional != 0;
    if (c->provisional == 0) {
        if (pool->free_count == 0) {
            if (pool->refused++ == 0)
                pool->refused_since = syn->time;
            return false;
        }
        c->provisional = (uint16_t)(pool->free_slots[--pool->free_count] + 1);
    }
    struct waiting_syn *waiting = &pool->waiting[c->provisional - 1];
    if (others && same_sender(syn, &waiting->syn))
        syn_give_way(waiting);
    else
        waiting->other_count = 0;
    syn_take_turn(waiting, syn);
    waiting->pause = waiting->syn.time - c->last_time;
    waiting->challenged = 0;
    return true;
}

uint64_t incarnation_pool_refused(const struct incarnation_pool *pool, int64_t *ret_since)
{
    *ret_since = pool->refused_since;
    return pool->refused;
}

static void syn_drop(struct incarnation_pool *pool, struct connection *c)
{
    if (c->provisional == 0)
        return;
    pool->free_slots[pool->free_count++] = (uint16_t)(c->provisional - 1);
    c->provisional = 0;
}

/* In the opening, and nothing of it is complete. */
static bool connection_opening(const struct connection *c)
{
    uint8_t client = c->end[CLIENT].state, server = c->end[SERVER].state;
    bool client_opening =
        client == STATE_SYN_SENT || client == STATE_SYN_RCVD || client == STATE_NONE;
    bool server_opening = server == STATE_SYN_SENT || server == STATE_SYN_RCVD ||
                          server == STATE_NONE || server == STATE_LISTEN;
    return client_opening && server_opening;
}

/* The SYN's sender sent its SYN on this connection, captured or only answered, and this is the
 * same; or it stands behind its answer in the capture. */
static bool syn_is_known(const struct connection *c, enum endpoint_id sender,
                         const struct segment *syn)
{
    const struct endpoint *x = &c->end[sender];
    return (x->flags & END_ISN_KNOWN) && x->isn == syn->seq;
}

static enum incarnation_verdict judge_syn(struct incarnation_pool *pool, struct connection *c,
                                          enum endpoint_id sender, const struct segment *syn)
{
    const struct endpoint *x = &c->end[sender], *y = &c->end[endpoint_peer(sender)];
    int64_t idle = syn->time - c->last_time;

    if (syn_is_known(c, sender, syn)) {
        /* What was handed over as refused can't be opened again: the next try is another. */
        bool refused = (c->flags & CONN_REFUSED) && !(y->flags & END_SYNACK) &&
                       !(c->flags & CONN_SHOWN);
        if (!connection_ended(c) || refused || idle < LATE_COPY) /* I1, I2a, I2 */
            return INCARNATION_SAME;
        return INCARNATION_NEW;
    }
    if (connection_ended(c)) /* I3 */
        return INCARNATION_NEW;
    if (objection_stands(c, sender)) /* rejected, and given up: the next attempt */
        return INCARNATION_NEW;
    if ((c->flags & CONN_MIDSTREAM) && (!(x->flags & END_SEEN) || !(y->flags & END_SEEN)))
        return INCARNATION_NEW; /* I4 */
    if (idle >= PATIENCE_OPEN || (connection_opening(c) && idle >= PATIENCE_OPENING))
        return INCARNATION_NEW; /* I5 */
    if (!(x->flags & (END_SYN | END_SYNACK)) && connection_opening(c) && (y->flags & END_SYN))
        return INCARNATION_SAME; /* I6: simultaneous or split opening */
    /* I7, I8: the other end decides. */
    return syn_put_aside(pool, c, syn) ? INCARNATION_WAIT : INCARNATION_SAME;
}

/* A SYN waits; does this segment decide about it? */
static enum incarnation_verdict judge_waiting(struct incarnation_pool *pool,
                                              struct connection *c, const struct segment *s,
                                              struct waiting_syn *ret_syn)
{
    struct waiting_syn *waiting = &pool->waiting[c->provisional - 1];
    const struct segment *syn = &waiting->syn;
    bool from_peer = !same_sender(s, syn);
    bool answers = from_peer && (s->flags & TCP_ACK) && (s->flags & (TCP_SYN | TCP_RST)) &&
                   s->ack - syn->seq >= 1 && s->ack - syn->seq <= 1 + syn->payload_len;
    bool again = !from_peer && (s->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    bool patience_over = again && connection_opening(c) &&
                         s->time - syn->time >= ATTEMPT_PATIENCE;

    /* RFC 9293 Fig. 9: after the RST the SYN comes again. Another SYN is an attempt of its own. */
    bool ended = again && connection_ended(c);
    bool resumes = ended && s->seq == syn->seq && s->time - syn->time < PATIENCE_OPENING;
    if (ended && !resumes) {
        syn_drop(pool, c);
        return INCARNATION_SAME;
    }
    if (answers || patience_over || resumes) {
        *ret_syn = *waiting;
        ret_syn->answered = answers ? s->frame : 0;
        syn_drop(pool, c);
        return INCARNATION_PROMOTE;
    }
    if (again && s->seq == syn->seq) {
        syn_note_repeat(waiting, s);
        return INCARNATION_WAIT; /* the same SYN again: it goes on waiting */
    }
    if (from_peer && (s->flags & (TCP_ACK | TCP_SYN)) == (TCP_ACK | TCP_SYN))
        syn_drop(pool, c); /* the old opening was answered instead */
    return INCARNATION_SAME;
}

/* A SYN-ACK that fits nothing of an ended connection begins one whose SYN was not seen. */
static bool synack_is_other(const struct connection *c, enum endpoint_id sender,
                            const struct segment *s)
{
    return segment_has(s, TCP_SYN | TCP_ACK) &&
           (connection_ended(c) || s->time - c->last_time >= PATIENCE_OPEN) &&
           (c->end[sender].flags & (END_SYN | END_SYNACK)) && c->end[sender].isn != s->seq;
}

enum incarnation_verdict incarnation_decide(struct incarnation_pool *pool, struct connection *c,
                                            enum endpoint_id sender,
                                            const struct segment *segment,
                                            struct waiting_syn *ret_syn)
{
    if (c->provisional != 0) {
        enum incarnation_verdict verdict = judge_waiting(pool, c, segment, ret_syn);
        if (verdict != INCARNATION_SAME)
            return verdict;
    }
    if ((segment->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN) {
        enum incarnation_verdict verdict = judge_syn(pool, c, sender, segment);
        if (verdict == INCARNATION_NEW)
            syn_drop(pool, c);
        return verdict;
    }
    return synack_is_other(c, sender, segment) ? INCARNATION_NEW : INCARNATION_SAME;
}

bool incarnation_is_repeat(const struct connection *c, enum endpoint_id sender,
                           const struct segment *segment)
{
    if ((segment->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN)
        return syn_is_known(c, sender, segment) && !connection_ended(c);
    return !synack_is_other(c, sender, segment);
}

bool incarnation_is_echo(const struct connection *old, enum endpoint_id sender,
                         const struct segment *s)
{
    const struct endpoint *y = &old->end[endpoint_peer(sender)];
    return segment_has(s, TCP_SYN | TCP_ACK) && (y->flags & END_SYN) && s->ack == y->isn + 1;
}

bool incarnation_challenged(struct incarnation_pool *pool, const struct connection *c,
                            enum endpoint_id sender, const struct segment *s)
{
    struct waiting_syn *waiting =
        c->provisional != 0 ? &pool->waiting[c->provisional - 1] : NULL;
    if (waiting == NULL || waiting->challenged != 0 || same_sender(s, &waiting->syn))
        return false;
    const struct endpoint *x = &c->end[sender], *y = &c->end[endpoint_peer(sender)];
    bool bare_ack = (s->flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) == TCP_ACK &&
                    s->payload_len == 0;
    if (!bare_ack || s->seq != (uint32_t)x->snd_nxt || s->ack != (uint32_t)y->snd_una)
        return false;
    waiting->challenged = s->frame;
    return true;
}

bool incarnation_leftover(struct incarnation_pool *pool, struct connection *c, int64_t now,
                          struct waiting_syn *ret_syn)
{
    if (c->provisional == 0)
        return false;
    *ret_syn = pool->waiting[c->provisional - 1];
    ret_syn->answered = 0;
    syn_drop(pool, c);
    return connection_opening(c) && now - ret_syn->syn.time >= ATTEMPT_PATIENCE;
}
