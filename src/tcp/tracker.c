/*
 * tracker: the order in which a segment goes through the parts of tcp/, and the life of
 * connections.
 */
#include "tcp/tracker.h"

#include <stdlib.h>
#include <string.h>

#include "base/time_text.h"
#include "tcp/arithmetic.h"
#include "tcp/incarnation.h"
#include "tcp/machine.h"
#include "tcp/milestone.h"
#include "tcp/reset.h"
#include "tcp/role.h"
#include "tcp/sequence.h"
#include "tcp/verdict.h"

/* Lists of the flow table, each ordered by last use: all members of a list expire alike. */
enum expiry { EXPIRY_OPEN, EXPIRY_OPENING, EXPIRY_CLOSED, EXPIRY_RESET, EXPIRY_N };

#define EXPIRE_PER_SEGMENT 64

/* An ended incarnation whose key serves another one now. */
struct ended {
    struct connection c;
    int64_t settled; /* ns since the epoch */
};

struct tracker {
    struct tracker_options options;
    struct flow_table *table;
    struct history_pool *pool;
    struct incarnation_pool *incarnations;
    struct ended *ended;
    size_t ended_count, ended_room;
    const struct connection **order; /* by id, after tracker_finish() */
    size_t order_count;
    int64_t now; /* newest time seen */
    struct tracker_counts counts;
    struct event *events; /* room for one connection's */
};

struct tracker *tracker_new(const struct tracker_options *options)
{
    struct tracker *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->options = *options;
    t->table =
        flow_table_new(sizeof(struct connection), options->max_connections, &options->secret);
    uint64_t blocks = (uint64_t)options->max_connections * 5 / 4 + 1024;
    t->pool = history_pool_new(blocks < UINT32_MAX ? (uint32_t)blocks : UINT32_MAX - 1);
    t->incarnations = incarnation_pool_new();
    t->events = malloc(HISTORY_EVENTS_MAX * sizeof *t->events);
    if (t->table == NULL || t->pool == NULL || t->incarnations == NULL || t->events == NULL) {
        tracker_free(t);
        return NULL;
    }
    return t;
}

void tracker_free(struct tracker *t)
{
    if (t == NULL)
        return;
    flow_table_free(t->table);
    history_pool_free(t->pool);
    incarnation_pool_free(t->incarnations);
    free(t->ended);
    free(t->order);
    free(t->events);
    free(t);
}

void step_event(struct step *step, const struct event *event)
{
    history_add(step->pool, step->c->log, event);
}

struct event step_event_init(const struct step *step, enum event_kind kind,
                             enum endpoint_id endpoint)
{
    return (struct event){ .kind = (uint8_t)kind,
                           .endpoint = (uint8_t)endpoint,
                           .frame = step->s->frame,
                           .time = step->s->time };
}

/* Shows one settled connection. */
static void connection_show(const struct tracker *t, const struct connection *c, int64_t end,
                            tracker_show *show, void *context)
{
    struct summary summary;
    size_t count = history_read(t->pool, c->log, t->events, HISTORY_EVENTS_MAX);
    verdict_summarise(c, t->pool, t->events, count, end, &summary);
    show(context, &summary, t->events, count);
}

/* Shows a connection before the end, and forgets its log. */
static void connection_hand_over(struct tracker *t, struct connection *c)
{
    verdict_settle(t->pool, c, t->now, t->options.msl_ns);
    if (t->options.settled != NULL)
        connection_show(t, c, t->now, t->options.settled, t->options.context);
    history_free(t->pool, c->log);
    c->log = 0;
}

static void connection_begin(struct tracker *t, struct connection *c, const struct segment *s,
                             bool source_second, uint32_t incarnation)
{
    c->first_frame = s->frame;
    c->first_time = c->last_time = s->time;
    c->leg_client = c->leg_server = -1;
    c->incarnation = incarnation;
    c->vlan_count = s->vlan_count;
    memcpy(c->vlan, s->vlan, sizeof c->vlan);
    if (t->options.keep_log) {
        c->log = history_new(t->pool, s->frame, s->time);
        if (c->log == 0)
            c->flags |= CONN_LOG_LOST;
    }
    role_begin(c, s, source_second);
    t->counts.connections++;
}

/* Forgets the connection that is idle longest, closed ones first, to make room. */
static bool connection_evict(struct tracker *t)
{
    static const enum expiry order[] = { EXPIRY_CLOSED, EXPIRY_RESET, EXPIRY_OPENING,
                                         EXPIRY_OPEN };
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        struct connection *c = flow_table_oldest(t->table, order[i]);
        if (c == NULL)
            continue;
        if (t->counts.handed_over++ == 0)
            t->counts.handed_over_since = t->now;
        struct segment unused;
        incarnation_leftover(t->incarnations, c, t->now, &unused);
        connection_hand_over(t, c);
        flow_table_remove(t->table, c);
        return true;
    }
    return false;
}

static struct connection *connection_new(struct tracker *t, const struct flow_key *key,
                                         uint32_t hash)
{
    if (flow_table_count(t->table) + t->ended_count >= t->options.max_connections)
        connection_evict(t);
    struct connection *c = flow_table_add(t->table, key, hash);
    if (c == NULL && connection_evict(t))
        c = flow_table_add(t->table, key, hash);
    return c;
}

/* Puts an ended incarnation aside until the end; hands it over when there is no room. */
static void connection_retire(struct tracker *t, struct connection *c)
{
    c->flags |= CONN_SUPERSEDED;
    verdict_settle(t->pool, c, t->now, t->options.msl_ns);
    if (t->ended_count == t->ended_room && !t->options.expire) {
        size_t room = t->ended_room ? t->ended_room * 2 : 64;
        struct ended *ended = realloc(t->ended, room * sizeof *ended);
        if (ended != NULL) {
            t->ended = ended;
            t->ended_room = room;
        }
    }
    bool room = t->ended_count < t->ended_room &&
                flow_table_count(t->table) + t->ended_count < t->options.max_connections;
    if (t->options.expire || !room) {
        if (!t->options.expire && t->counts.handed_over++ == 0)
            t->counts.handed_over_since = t->now;
        connection_hand_over(t, c);
        return;
    }
    t->ended[t->ended_count++] = (struct ended){ .c = *c, .settled = t->now };
}

/* Begins a new incarnation in the place of an old one. */
static void connection_renew(struct tracker *t, struct connection *c, const struct segment *s,
                             bool source_second)
{
    struct event reused = { .kind = EVENT_PORT_REUSED, .frame = s->frame, .time = s->time };
    struct flow_entry entry = c->entry;
    uint32_t incarnation = c->incarnation;

    int64_t idle = (s->time - c->last_time + REUSE_UNIT_NS / 2) / REUSE_UNIT_NS;
    connection_retire(t, c);
    reused.from = c->end[CLIENT].state;
    reused.to = c->end[SERVER].state;
    reused.observed = idle < 0 ? 0 : idle < UINT32_MAX ? (uint32_t)idle : UINT32_MAX;
    memset(c, 0, sizeof *c);
    c->entry = entry;
    connection_begin(t, c, s, source_second, incarnation + 1);
    history_add(t->pool, c->log, &reused);
}

static enum expiry expiry_of(const struct connection *c)
{
    if (c->flags & CONN_RESET)
        return EXPIRY_RESET;
    if (connection_ended(c))
        return EXPIRY_CLOSED;
    bool opening = !(c->flags & (CONN_SYNACK_ACKED | CONN_MIDSTREAM));
    return opening ? EXPIRY_OPENING : EXPIRY_OPEN;
}

/* A damaged segment among good ones: its receiver dropped it (RFC 9293 §3.1). When most
 * checksums are wrong they say nothing, because the card fills them in later. */
static bool segment_is_damaged(struct step *step)
{
    struct endpoint *x = step->x;
    const struct segment *s = step->s;

    if (s->facts & FACT_CHECKSUM_PARTIAL) {
        if (x->partial_checksums < UINT16_MAX)
            x->partial_checksums++;
        if (!(x->flags & END_PARTIAL_TOLD)) {
            struct event event = step_event_init(step, EVENT_CHECKSUM_PARTIAL, step->x_id);
            step_event(step, &event);
            x->flags |= END_PARTIAL_TOLD;
        }
    }
    if (!(s->facts & FACT_CHECKSUM_BAD))
        return false;
    if (x->bad_checksums < UINT16_MAX)
        x->bad_checksums++;
    if ((uint32_t)x->bad_checksums * 2 > x->segments)
        return false;
    struct event event = step_event_init(step, EVENT_CHECKSUM_BAD, step->x_id);
    step_event(step, &event);
    step->marks |= STEP_DAMAGED;
    return true;
}

/*
 * The capture holds the acknowledgement of this FIN before the FIN itself: frames were swapped
 * on their way into the file. What that acknowledgement showed about its sender is applied now,
 * as inferred.
 */
static void step_misordered_fin(struct step *step)
{
    struct endpoint *x = step->x;
    bool acked = (step->facts & WHEN_FIN) && !(step->facts & WHEN_REPEATED) &&
                 x->snd_una > x->fin_seq && !(x->flags & END_FIN_ACKED);
    if (!acked)
        return;
    struct segment answer = *step->s;
    answer.flags = TCP_ACK;
    answer.payload_len = 0;
    answer.seq = (uint32_t)step->y->snd_nxt;
    answer.ack = (uint32_t)x->fin_seq + 1;
    struct step after = { .pool = step->pool,
                          .c = step->c,
                          .s = &answer,
                          .x_id = step->y_id,
                          .y_id = step->x_id,
                          .x = step->y,
                          .y = step->x,
                          .misordered = true };
    sequence_place(&after);
    milestone_note(&after);
    machine_sent(&after);
    machine_deliver(&after);
}

/* One segment through the parts of tcp/, in the order that the reference specification gives:
 * what it acknowledges comes before what it sends. */
static void step_run(struct step *step)
{
    struct connection *c = step->c;

    if (!segment_is_damaged(step)) {
        sequence_place(step);
        if (step->s->flags & TCP_RST) {
            if (step->x->resets < UINT8_MAX)
                step->x->resets++;
            reset_judge(step);
        } else {
            reset_review(step);
        }
        arithmetic_check(step);
        milestone_note(step);
        machine_sent(step);
        milestone_note_fin(step);
        sequence_update(step);
        machine_deliver(step);
        step_misordered_fin(step);
        /* Of the sender of a RST it stays the RST's: what still comes is measured from there. */
        if (!(step->x->flags & END_RESET_BELIEVED) || (step->s->flags & TCP_RST))
            step->x->last_time = step->s->time;
    }
    if (step->s->frame > c->last_frame)
        c->last_frame = step->s->frame;
    if (step->s->time > c->last_time)
        c->last_time = step->s->time;
}

static uint32_t scaled_window(const struct step *step)
{
    bool scaled = (step->x->flags & END_SCALE) && (step->y->flags & END_SCALE) &&
                  !(step->s->flags & TCP_SYN);
    return scaled ? (uint32_t)step->s->window << step->x->window_scale : step->s->window;
}

/* Tracks a segment on its connection. */
static void connection_step(struct tracker *t, struct connection *c, const struct segment *s,
                            bool source_second, struct tracked *ret)
{
    ret->swapped = role_review(t->pool, c, s, source_second);
    enum endpoint_id sender = role_sender(c, source_second);
    struct step step = { .pool = t->pool,
                         .c = c,
                         .s = s,
                         .x_id = sender,
                         .y_id = endpoint_peer(sender),
                         .x = &c->end[sender],
                         .y = &c->end[endpoint_peer(sender)] };
    if (incarnation_challenged(t->incarnations, c, sender, s)) {
        struct event event = step_event_init(&step, EVENT_SYN_CHALLENGED, sender);
        step_event(&step, &event);
    }
    step_run(&step);
    flow_table_touch(t->table, c, expiry_of(c));
    ret->id = c->first_frame;
    ret->from = (uint8_t)sender;
    ret->marks = step.marks;
    ret->notable = step.notable;
    ret->nth = (s->flags & TCP_SYN) ? step.x->syns : (s->flags & TCP_FIN) ? step.x->fins : 0;
    ret->window = scaled_window(&step);
}

/* Hands over what has been idle too long for its kind; a bounded number at a time. */
static void tracker_expire(struct tracker *t)
{
    const int64_t patience[EXPIRY_N] = {
        [EXPIRY_OPEN] = 7875 * NS_PER_S,   /* one keep-alive cycle of Linux */
        [EXPIRY_OPENING] = 131 * NS_PER_S, /* Linux gives a SYN up */
        [EXPIRY_CLOSED] = 2 * t->options.msl_ns,
        [EXPIRY_RESET] = 10 * NS_PER_S,
    };
    for (unsigned list = 0; list < EXPIRY_N; list++) {
        for (int n = 0; n < EXPIRE_PER_SEGMENT; n++) {
            struct connection *c = flow_table_oldest(t->table, list);
            if (c == NULL || t->now - c->last_time < patience[list])
                break;
            struct segment unused;
            incarnation_leftover(t->incarnations, c, t->now, &unused);
            connection_hand_over(t, c);
            flow_table_remove(t->table, c);
        }
    }
}

/* The SYN that waited begins a connection. */
static void connection_promote(struct tracker *t, struct connection *c, struct tracked *ret)
{
    struct flow_key unused;
    bool syn_second = flow_key_make(&ret->promoted_syn, &unused);
    struct tracked of_syn = { 0 };
    connection_renew(t, c, &ret->promoted_syn, syn_second);
    connection_step(t, c, &ret->promoted_syn, syn_second, &of_syn);
    ret->opened = ret->promoted = true;
}

/* The live connection of a segment; a new one where the segment begins one. */
static struct connection *connection_of(struct tracker *t, const struct segment *s,
                                        bool *ret_source_second, struct tracked *ret)
{
    struct flow_key key;
    *ret_source_second = flow_key_make(s, &key);
    uint32_t hash = flow_table_hash(t->table, &key);
    struct connection *c = flow_table_find(t->table, &key, hash);

    if (c == NULL) {
        c = connection_new(t, &key, hash);
        if (c == NULL)
            return NULL;
        connection_begin(t, c, s, *ret_source_second, 1);
        ret->opened = true;
        return c;
    }
    enum endpoint_id sender = role_sender(c, *ret_source_second);
    enum incarnation_verdict verdict =
        incarnation_judge(t->incarnations, c, sender, s, &ret->promoted_syn);
    if (verdict == INCARNATION_PROMOTE) {
        connection_promote(t, c, ret);
        /* Another SYN than the one that waited may wait in its turn. */
        if (s->seq != ret->promoted_syn.seq && !(s->flags & (TCP_ACK | TCP_RST)))
            verdict = incarnation_judge(t->incarnations, c, CLIENT, s, &ret->promoted_syn);
    }
    switch (verdict) {
    case INCARNATION_SAME:
    case INCARNATION_PROMOTE:
        break;
    case INCARNATION_NEW:
        connection_renew(t, c, s, *ret_source_second);
        ret->opened = true;
        break;
    case INCARNATION_WAIT:
        ret->held = true;
        break;
    }
    return c;
}

void tracker_segment(struct tracker *t, const struct segment *segment,
                     struct tracked *ret_tracked)
{
    bool source_second;

    /* Not the SYN that may be promoted: that is a whole segment to clear for each frame. */
    memset(ret_tracked, 0, offsetof(struct tracked, promoted_syn));
    if (segment->time > t->now)
        t->now = segment->time;
    if (t->options.expire)
        tracker_expire(t);
    struct connection *c = connection_of(t, segment, &source_second, ret_tracked);
    if (c == NULL) {
        t->counts.untracked++;
        return;
    }
    if (ret_tracked->held) {
        ret_tracked->id = c->first_frame;
        ret_tracked->from = (uint8_t)role_sender(c, source_second);
        ret_tracked->notable = true;
        c->end[ret_tracked->from].segments++;
        return;
    }
    connection_step(t, c, segment, source_second, ret_tracked);
}

static int order_by_id(const void *a, const void *b)
{
    const struct connection *x = *(const struct connection *const *)a;
    const struct connection *y = *(const struct connection *const *)b;
    return x->first_frame < y->first_frame ? -1 : x->first_frame > y->first_frame;
}

/* A SYN that nobody answered, on a connection that had not opened either: an attempt of its own. */
static void leftovers_begin(struct tracker *t)
{
    uint32_t cursor = 0;
    struct connection *c;
    while ((c = flow_table_next(t->table, &cursor)) != NULL) {
        struct segment syn;
        struct tracked unused;
        struct flow_key key;
        if (!incarnation_leftover(t->incarnations, c, t->now, &syn))
            continue;
        bool second = flow_key_make(&syn, &key);
        connection_renew(t, c, &syn, second);
        connection_step(t, c, &syn, second, &unused);
    }
}

bool tracker_finish(struct tracker *t)
{
    uint32_t cursor = 0;
    struct connection *c;

    leftovers_begin(t);
    size_t room = flow_table_count(t->table) + t->ended_count;
    t->order = malloc((room + 1) * sizeof *t->order);
    if (t->order == NULL)
        return false;
    for (size_t i = 0; i < t->ended_count; i++)
        t->order[t->order_count++] = &t->ended[i].c;
    while ((c = flow_table_next(t->table, &cursor)) != NULL) {
        verdict_settle(t->pool, c, t->now, t->options.msl_ns);
        t->order[t->order_count++] = c;
    }
    qsort(t->order, t->order_count, sizeof *t->order, order_by_id);
    return true;
}

void tracker_each(const struct tracker *t, tracker_show *show, void *context)
{
    for (size_t i = 0; i < t->order_count; i++) {
        const struct connection *c = t->order[i];
        int64_t end = t->now;
        if (c->flags & CONN_SUPERSEDED)
            end = ((const struct ended *)(const void *)c)->settled;
        connection_show(t, c, end, show, context);
    }
}

void tracker_counts(const struct tracker *t, struct tracker_counts *ret_counts)
{
    *ret_counts = t->counts;
    ret_counts->events_lost = history_pool_lost(t->pool, &ret_counts->events_lost_since);
}
