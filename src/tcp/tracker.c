/*
 * tracker: the life of connections.
 */
#include "tcp/tracker.h"

#include <stdlib.h>
#include <string.h>

#include "base/time_text.h"
#include "flow/copy.h"
#include "tcp/clock.h"
#include "tcp/expiry.h"
#include "tcp/incarnation.h"
#include "tcp/late.h"
#include "tcp/loss.h"
#include "tcp/loss_book.h"
#include "tcp/objection.h"
#include "tcp/passage.h"
#include "tcp/role.h"
#include "tcp/roll.h"
#include "tcp/sequence.h"
#include "tcp/verdict.h"

#define EXPIRE_PER_SEGMENT 64

struct tracker {
    struct tracker_options options;
    struct flow_table *table;
    struct copies *copies;
    struct history_pool *pool;
    struct incarnation_pool *incarnations;
    struct services *services;
    struct roll roll;
    struct clock clock;
    struct waiting_syn waited; /* the SYN that begins a connection just now */
    struct tracker_counts counts;
    struct event *events; /* room for one connection's */
    struct notice last_notice;
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
    t->pool = history_pool_new(blocks < UINT32_MAX ? (uint32_t)blocks : UINT32_MAX - 1,
                               options->all_checks);
    t->incarnations = incarnation_pool_new();
    t->services = services_new(&options->secret);
    t->copies = copies_new();
    t->events = malloc(HISTORY_EVENTS_MAX * sizeof *t->events);
    if (t->table == NULL || t->pool == NULL || t->incarnations == NULL || t->services == NULL ||
        t->copies == NULL || t->events == NULL) {
        tracker_free(t);
        return NULL;
    }
    losses_keep_segments(history_losses(t->pool), options->segments_max);
    return t;
}

void tracker_free(struct tracker *t)
{
    if (t == NULL)
        return;
    flow_table_free(t->table);
    copies_free(t->copies);
    history_pool_free(t->pool);
    incarnation_pool_free(t->incarnations);
    services_free(t->services);
    roll_done(&t->roll);
    free(t->events);
    free(t);
}

/* Shows one settled connection. */
static void connection_show(const struct tracker *t, const struct connection *c, int64_t end,
                            tracker_show *show, void *context)
{
    struct summary summary;
    size_t count = history_read(t->pool, c->log, t->events, HISTORY_EVENTS_MAX);
    loss_judge_copies(t->pool, c, &t->counts.facts);
    verdict_summarise(c, t->pool, t->events, count, end, &summary);
    show(context, &summary, t->events, count);
}

/* Shows a connection before the end, once, and forgets its log. */
static void connection_hand_over(struct tracker *t, struct connection *c)
{
    if (c->flags & CONN_SHOWN)
        return;
    role_settle(t->pool, c, t->services);
    verdict_settle(t->pool, c, clock_now(&t->clock), t->options.msl_ns);
    if (t->options.settled != NULL)
        connection_show(t, c, clock_now(&t->clock), t->options.settled, t->options.context);
    history_free(t->pool, c->log);
    c->log = 0;
    c->flags |= CONN_SHOWN;
}

static void connection_begin(struct tracker *t, struct connection *c, const struct segment *s,
                             bool source_second, uint32_t incarnation)
{
    c->first_frame = s->frame & FRAME_MAX;
    c->first_time = c->last_time = s->time;
    c->leg_client = c->leg_server = -1;
    c->incarnation = incarnation & INCARNATION_MAX;
    c->vlan_count = s->vlan_count & 3u;
    memcpy(c->vlan, s->vlan, sizeof c->vlan);
    if (t->options.keep_log) {
        c->log = history_new(t->pool, s->frame, s->time);
        if (c->log == 0)
            c->flags |= CONN_LOG_LOST;
    }
    role_begin(c, s, source_second);
    t->counts.connections++;
}

/* Puts a settled incarnation aside until the end; hands it over when there is no room. */
static void connection_retire(struct tracker *t, struct connection *c)
{
    /* Half of the places at most: live connections need theirs. */
    uint32_t room = t->options.max_connections;
    bool keep = !t->options.expire && t->roll.ended_count < room / 2 &&
                flow_table_count(t->table) + t->roll.ended_count < room;
    if (keep && roll_retire(&t->roll, c, clock_now(&t->clock)))
        return;
    if (!t->options.expire && t->counts.handed_over++ == 0)
        t->counts.handed_over_since = clock_now(&t->clock);
    connection_hand_over(t, c);
}

/* Begins a connection in the place of another one. */
static void connection_replace(struct tracker *t, struct connection *c, const struct segment *s,
                               bool source_second)
{
    struct flow_entry entry = c->entry;
    uint32_t incarnation = c->incarnation;

    *c = (struct connection){ .entry = entry };
    connection_begin(t, c, s, source_second, incarnation + 1);
}

/* Begins a new incarnation in the place of an old one, so long (ns) after its last segment. */
static void connection_renew(struct tracker *t, struct connection *c, const struct segment *s,
                             bool source_second, int64_t pause)
{
    struct event reused = { .kind = EVENT_PORT_REUSED, .frame = s->frame, .time = s->time };
    uint8_t states[2];

    role_settle(t->pool, c, t->services); /* before anything is said of its sender */
    int64_t idle = pause / REUSE_UNIT_NS + (pause % REUSE_UNIT_NS >= REUSE_UNIT_NS / 2 ? 1 : 0);
    verdict_supersede(t->pool, c, s, role_sender(c, source_second), clock_now(&t->clock),
                      t->options.msl_ns, states);
    reused.from = states[CLIENT];
    reused.to = states[SERVER];
    connection_retire(t, c);
    reused.observed = idle < 0 ? 0 : idle < UINT32_MAX ? (uint32_t)idle : UINT32_MAX;
    connection_replace(t, c, s, source_second);
    history_add(t->pool, c->log, &reused);
}

/* Tracks a segment on its connection. */
static void connection_step(struct tracker *t, struct connection *c, const struct segment *s,
                            bool source_second, struct tracked *ret)
{
    bool damaged = segment_is_damaged(&c->end[role_sender(c, source_second)], s);
    ret->swapped = !damaged && role_review(t->pool, c, s, source_second);
    enum endpoint_id sender = role_sender(c, source_second);
    struct step step = { .pool = t->pool,
                         .c = c,
                         .s = s,
                         .x_id = sender,
                         .y_id = endpoint_peer(sender),
                         .x = &c->end[sender],
                         .y = &c->end[endpoint_peer(sender)] };
    if (!damaged && incarnation_challenged(t->incarnations, c, sender, s)) {
        struct event event = step_event_init(&step, EVENT_SYN_CHALLENGED, sender);
        step_event(&step, &event);
    }
    step_run(&step);
    role_learn(&step, t->services);
    flow_table_touch(t->table, c, expiry_of(c));
    ret->id = c->first_frame;
    ret->from = (uint8_t)sender;
    ret->marks = step.marks;
    ret->notable = step.notable;
    ret->nth = (s->flags & TCP_SYN) ? step.x->syns : (s->flags & TCP_FIN) ? step.x->fins : 0;
    if (ret->nth >= SUMMARY_COUNT_MAX)
        ret->nth = 0;
    ret->window = step_window(&step);
}

/*
 * The SYN that waited begins a connection in the place of c, with its repeats. While it waited it
 * was counted as a segment of the old one.
 */
static void waited_begin(struct tracker *t, struct connection *c)
{
    const struct waiting_syn *waited = &t->waited;
    struct flow_key unused;
    struct tracked of_syn;
    bool second = flow_key_make(&waited->syn, &unused);
    struct endpoint *before = &c->end[role_sender(c, second)];
    uint32_t count = waited->repeats + 1;

    loss_take_back(t->pool, c, waited);
    before->segments -= count < before->segments ? count : before->segments;
    connection_renew(t, c, &waited->syn, second, waited->pause);
    if (waited->challenged != 0) { /* why it had to come again: of both connections */
        struct event challenged = { .kind = EVENT_SYN_CHALLENGED,
                                    .endpoint = SERVER,
                                    .frame = waited->challenged,
                                    .time = waited->syn.time };
        history_add(t->pool, c->log, &challenged);
    }
    connection_step(t, c, &waited->syn, second, &of_syn);
    for (uint32_t i = 0; i < waited->repeats && i < INCARNATION_REPEATS_MAX; i++) {
        struct segment again = incarnation_repeat(waited, i);
        connection_step(t, c, &again, second, &of_syn);
    }
    if (waited->repeats > INCARNATION_REPEATS_MAX)
        c->end[CLIENT].segments += waited->repeats - INCARNATION_REPEATS_MAX;
}

/* A SYN that nobody answered, on a connection that had not opened either: an attempt of its own. */
static void leftover_begin(struct tracker *t, struct connection *c)
{
    if (incarnation_leftover(t->incarnations, c, clock_now(&t->clock), &t->waited))
        waited_begin(t, c);
}

/* Hands a live connection over, and forgets it. */
static void connection_drop(struct tracker *t, struct connection *c)
{
    leftover_begin(t, c);
    connection_hand_over(t, c);
    flow_table_remove(t->table, c);
}

/* Forgets the connection that is idle longest, ended ones first, to make room. */
static bool connection_evict(struct tracker *t)
{
    for (size_t i = 0; i < EXPIRY_N; i++) {
        struct connection *c = flow_table_oldest(t->table, expiry_victims[i]);
        if (c == NULL)
            continue;
        if (!(c->flags & CONN_SHOWN) && t->counts.handed_over++ == 0)
            t->counts.handed_over_since = clock_now(&t->clock);
        connection_drop(t, c);
        return true;
    }
    return false;
}

static struct connection *connection_new(struct tracker *t, const struct flow_key *key,
                                         uint32_t hash)
{
    if (flow_table_count(t->table) + t->roll.ended_count >= t->options.max_connections)
        connection_evict(t);
    struct connection *c = flow_table_add(t->table, key, hash);
    if (c == NULL && connection_evict(t))
        c = flow_table_add(t->table, key, hash);
    return c;
}

/* Hands an ended connection over, and keeps its record for what comes late. A SYN that waits on
 * it may still count as a segment of another connection: then it is shown when that is known. */
static void connection_keep(struct tracker *t, struct connection *c, enum expiry kept)
{
    if (c->provisional == 0)
        connection_hand_over(t, c);
    flow_table_touch(t->table, c, kept);
}

/* What is due on a list: idle for so long by now. */
static struct connection *expiry_next(struct tracker *t, enum expiry list, int64_t patience,
                                      int64_t now)
{
    struct connection *c = flow_table_oldest(t->table, list);
    if (c != NULL && c->last_time > now) /* its clock was wild: it must not block others */
        flow_table_touch(t->table, c, list);
    return c != NULL && now - c->last_time >= patience ? c : NULL;
}

/*
 * Hands over what has been idle too long for its kind; a bounded number at a time. now: so that
 * one frame with a wild clock ends nothing.
 */
static void tracker_expire(struct tracker *t, int64_t now)
{
    for (enum expiry list = 0; list < EXPIRY_N; list++) {
        const struct expiry_rule rule =
            expiry_rule(list, t->options.msl_ns, t->options.linger_ns);
        struct connection *c;
        for (int n = 0; n < EXPIRE_PER_SEGMENT &&
                        (c = expiry_next(t, list, rule.patience, now)) != NULL;
             n++) {
            if (rule.kept != list)
                connection_keep(t, c, rule.kept);
            else
                connection_drop(t, c);
        }
    }
}

void tracker_tick(struct tracker *t, int64_t now)
{
    if (!t->options.expire)
        return;
    clock_tick(&t->clock, now);
    tracker_expire(t, now);
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
    if (segment_is_damaged(&c->end[sender], s)) /* nobody took it */
        return c;
    enum incarnation_verdict verdict =
        incarnation_judge(t->incarnations, c, sender, s, &t->waited);
    if (verdict == INCARNATION_PROMOTE) {
        waited_begin(t, c);
        ret->opened = ret->promoted = true;
        ret->promoted_id = c->first_frame;
        ret->promoted_syn = t->waited.syn;
        ret->promoted_repeats = t->waited.repeats < INCARNATION_REPEATS_MAX
                                    ? t->waited.repeats
                                    : INCARNATION_REPEATS_MAX;
        memcpy(ret->promoted_again, t->waited.again, sizeof ret->promoted_again);
        /* Another SYN than the one that waited may wait in its turn. */
        if (s->seq != ret->promoted_syn.seq && !(s->flags & (TCP_ACK | TCP_RST)))
            verdict = incarnation_judge(t->incarnations, c, CLIENT, s, &t->waited);
    }
    switch (verdict) {
    case INCARNATION_SAME:
        if ((c->flags & CONN_SHOWN) && late_is_other(c, sender, s)) {
            connection_replace(t, c, s, *ret_source_second);
            ret->opened = true;
        }
        break;
    case INCARNATION_PROMOTE:
        break;
    case INCARNATION_NEW:
        connection_renew(t, c, s, *ret_source_second, s->time - c->last_time);
        ret->opened = true;
        break;
    case INCARNATION_WAIT:
        ret->held = true;
        break;
    }
    return c;
}

/* A segment of a connection that was handed over. */
static void segment_absorb(struct tracker *t, struct connection *c, const struct segment *s,
                           bool source_second, struct tracked *ret)
{
    enum endpoint_id sender = role_sender(c, source_second);
    if (!segment_is_damaged(&c->end[sender], s) && late_absorb(c, sender, s))
        flow_table_touch(t->table, c, expiry_of(c));
    ret->id = c->first_frame;
    ret->from = (uint8_t)sender;
    ret->absorbed = true;
}

/* A frame that the capture holds twice: nothing happened but what its original showed. */
static void segment_copied(struct tracker *t, const struct segment *s, uint64_t original,
                           struct tracked *ret)
{
    struct flow_key key;
    bool source_second = flow_key_make(s, &key);
    struct connection *c = flow_table_find(t->table, &key, flow_table_hash(t->table, &key));

    capture_facts_copy(&t->counts.facts, s->frame, original);
    ret->copy = true;
    if (c == NULL)
        return;
    ret->id = c->first_frame;
    ret->from = (uint8_t)role_sender(c, source_second);
    loss_aside(t->pool, c, (enum endpoint_id)ret->from, s, original);
}

void tracker_segment(struct tracker *t, const struct segment *segment,
                     struct tracked *ret_tracked)
{
    bool source_second;
    uint64_t original;
    /* Not the SYN that may be promoted: that is a whole segment to clear for each frame. */
    memset(ret_tracked, 0, offsetof(struct tracked, promoted_syn));
    if (copies_segment(t->copies, segment, &original)) {
        segment_copied(t, segment, original, ret_tracked);
        return;
    }
    t->counts.facts.segments++;
    clock_segment(&t->clock, segment->time);
    if (t->options.expire)
        tracker_expire(t, t->clock.sure);
    struct connection *c = connection_of(t, segment, &source_second, ret_tracked);
    if (c == NULL) {
        if (t->counts.untracked++ == 0)
            t->counts.untracked_since = segment->time;
        return;
    }
    if (ret_tracked->held) {
        ret_tracked->id = c->first_frame;
        ret_tracked->from = (uint8_t)role_sender(c, source_second);
        ret_tracked->notable = true;
        c->end[ret_tracked->from].segments++;
        loss_aside(t->pool, c, (enum endpoint_id)ret_tracked->from, segment, 0);
        return;
    }
    if (c->flags & CONN_SHOWN) {
        segment_absorb(t, c, segment, source_second, ret_tracked);
        return;
    }
    connection_step(t, c, segment, source_second, ret_tracked);
}

void tracker_notice(struct tracker *t, const struct notice *notice, struct noticed *ret_noticed)
{
    struct segment quoted = notice_quoted(notice);
    struct flow_key key;
    bool source_second = flow_key_make(&quoted, &key);
    struct connection *c = flow_table_find(t->table, &key, flow_table_hash(t->table, &key));

    *ret_noticed = (struct noticed){ .id = 0 };
    if (c == NULL)
        return;
    enum endpoint_id sender = role_sender(c, source_second);
    ret_noticed->id = c->first_frame;
    ret_noticed->about = (uint8_t)sender;
    if (objection_is_copy(&t->last_notice, notice) || (c->flags & CONN_SHOWN) || !objection_take(t->pool, c, sender, notice))
        return;
    ret_noticed->believed = true;
    clock_segment(&t->clock, notice->time);
    if (c->last_frame == notice->frame) /* it answers the SYN */
        flow_table_touch(t->table, c, expiry_of(c));
}

bool tracker_finish(struct tracker *t)
{
    uint32_t cursor = 0;
    struct connection *c;
    while ((c = flow_table_next(t->table, &cursor)) != NULL)
        leftover_begin(t, c);
    cursor = 0;
    if (!roll_call(&t->roll, flow_table_count(t->table)))
        return false;
    while ((c = flow_table_next(t->table, &cursor)) != NULL) {
        if (c->flags & CONN_SHOWN)
            continue;
        role_settle(t->pool, c, t->services);
        verdict_settle(t->pool, c, clock_now(&t->clock), t->options.msl_ns);
        roll_enter(&t->roll, c);
    }
    roll_sort(&t->roll);
    return true;
}

void tracker_each(const struct tracker *t, tracker_show *show, void *context)
{
    for (size_t i = 0; i < t->roll.order_count; i++) {
        const struct connection *c = t->roll.order[i];
        int64_t end = clock_now(&t->clock);
        if (c->flags & CONN_SUPERSEDED)
            end = roll_settled(c);
        connection_show(t, c, end, show, context);
    }
}

void tracker_counts(const struct tracker *t, struct tracker_counts *ret_counts)
{
    *ret_counts = t->counts;
    ret_counts->waiting_refused =
        incarnation_pool_refused(t->incarnations, &ret_counts->waiting_refused_since);
    ret_counts->services_refused =
        services_refused(t->services, &ret_counts->services_refused_since);
    ret_counts->segments_refused =
        losses_segments_refused(history_losses(t->pool), &ret_counts->segments_refused_since);
    ret_counts->events_lost = history_pool_lost(t->pool, &ret_counts->events_lost_since);
}
