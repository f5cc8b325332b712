/*
 * tracker: which connection a segment belongs to, and what is done with it.
 */
#include "tcp/tracker.h"

#include <stdlib.h>
#include <string.h>

#include "flow/copy.h"
#include "tcp/arrival.h"
#include "tcp/audit.h"
#include "tcp/expiry.h"
#include "tcp/late.h"
#include "tcp/life.h"
#include "tcp/loss.h"
#include "tcp/loss_book.h"
#include "tcp/objection.h"
#include "tcp/role.h"
#include "tcp/sequence.h"
#include "tcp/verdict.h"

/* Further back, ns, and a clock was set. */
#define TIMES_BACK_MAX INT64_C(1000000000)

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
    t->sums = sums_new(&options->secret);
    t->copies = copies_new();
    t->tombstones = tombstones_new(options->max_connections, &options->secret);
    t->events = malloc(HISTORY_EVENTS_MAX * sizeof *t->events);
    if (t->table == NULL || t->pool == NULL || t->incarnations == NULL || t->services == NULL ||
        t->sums == NULL || t->copies == NULL || t->tombstones == NULL || t->events == NULL) {
        tracker_free(t);
        return NULL;
    }
    if (options->no_shortcut)
        history_take_no_shortcut(t->pool);
    history_losses(t->pool)->several_inputs = options->several_inputs;
    losses_keep_segments(history_losses(t->pool), options->segments_max, options->segments_each);
    if (options->keep_log && !losses_keep_bytes(history_losses(t->pool), &options->secret)) {
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
    copies_free(t->copies);
    history_pool_free(t->pool);
    incarnation_pool_free(t->incarnations);
    services_free(t->services);
    sums_free(t->sums);
    tombstones_free(t->tombstones);
    roll_done(&t->roll);
    free(t->events);
    free(t);
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

    if (c == NULL)
        return connection_first(t, &key, hash, s, *ret_source_second, ret);
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
        connection_renew(t, c, s, *ret_source_second, s->time - c->last_time, 0);
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

/* The live connection of a segment, or NULL. */
static struct connection *connection_find(const struct tracker *t, const struct segment *s,
                                          bool *ret_source_second)
{
    struct flow_key key;
    *ret_source_second = flow_key_make(s, &key);
    return flow_table_find(t->table, &key, flow_table_hash(t->table, &key));
}

/* A frame that the capture holds twice: nothing happened but what its original showed. */
static void segment_copied(struct tracker *t, const struct segment *s,
                           const struct frame_copy *copy, struct tracked *ret)
{
    struct capture_facts *facts = &t->counts.facts;
    bool source_second;
    struct connection *c = connection_find(t, s, &source_second);
    enum endpoint_id sender;

    if (facts->copies_named < CAPTURE_COPIES_NAMED) {
        facts->copy[facts->copies_named].frame = s->frame;
        facts->copy[facts->copies_named++].original = copy->found.original;
    }
    facts->copies++;
    ret->copy = true;
    if (c == NULL)
        return;
    ret->id = c->first_frame;
    sender = role_sender(c, source_second);
    ret->from = (uint8_t)sender;
    if ((s->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
        connection_note_syn_copy(c);
    loss_copied(t->pool, c, sender, s, copy, facts);
}

/* A wrong checksum on a connection that is known: what its host's others say of it. */
static void checksum_judge(const struct tracker *t, struct segment *judged)
{
    bool source_second;
    const struct connection *c = connection_find(t, judged, &source_second);
    if (c != NULL)
        judged->facts |= sums_facts(t->sums, c, role_sender(c, source_second), judged);
}

void tracker_segment(struct tracker *t, const struct segment *segment, struct cursor payload,
                     struct tracked *ret_tracked)
{
    struct segment judged;
    bool source_second;
    struct frame_copy copy = { .payload = payload };

    /* Not the SYN that may be promoted: that is a whole segment to clear for each frame. */
    memset(ret_tracked, 0, offsetof(struct tracked, promoted_syn));
    if (copies_segment(t->copies, segment, &copy.found)) {
        segment_copied(t, segment, &copy, ret_tracked);
        return;
    }
    if (segment->facts & FACT_CHECKSUM_BAD) {
        judged = *segment;
        checksum_judge(t, &judged);
        segment = &judged;
    }
    t->counts.facts.segments++;
    if (segment->time < t->last_time && t->last_time - segment->time < TIMES_BACK_MAX) {
        t->counts.facts.times_back++;
        misorder_note(t, segment);
    }
    t->last_time = segment->time;
    clock_segment(&t->clock, segment->time);
    if (t->options.expire)
        tracker_expire(t, t->clock.sure);
    struct connection *c = connection_of(t, segment, &source_second, ret_tracked);
    if (c == NULL) {
        if (!ret_tracked->absorbed && t->counts.untracked++ == 0)
            t->counts.untracked_since = segment->time;
        return;
    }
    if (ret_tracked->held) {
        ret_tracked->id = c->first_frame;
        ret_tracked->from = (uint8_t)role_sender(c, source_second);
        ret_tracked->notable = true;
        c->end[ret_tracked->from].segments++;
        loss_waits(t->pool, c, (enum endpoint_id)ret_tracked->from, segment);
        return;
    }
    if (c->flags & CONN_SHOWN) {
        segment_absorb(t, c, segment, source_second, ret_tracked);
        return;
    }
    const struct arrived arrived = { segment, payload, source_second };
    connection_step(t, c, &arrived, ret_tracked);
}

void tracker_view(struct tracker *t, const struct segment *view, uint64_t frame,
                  struct tracked *ret_tracked)
{
    bool source_second;
    const struct connection *c = connection_find(t, view, &source_second);

    ret_tracked->id = 0;
    ret_tracked->from = CLIENT;
    if (c == NULL || frame < c->first_frame)
        return;
    enum endpoint_id sender = role_sender(c, source_second);
    ret_tracked->id = c->first_frame;
    ret_tracked->from = (uint8_t)sender;
    arrival_second(t->pool, c, sender, frame, view);
    loss_view(t->pool, c, sender, view, frame);
}

void tracker_malformed(struct tracker *t, const struct segment *segment)
{
    bool source_second;
    struct copy_found found;
    if (copies_segment(t->copies, segment, &found))
        return;
    struct connection *c = connection_find(t, segment, &source_second);
    if (c == NULL || (c->flags & CONN_SHOWN))
        return;
    enum endpoint_id sender = role_sender(c, source_second);
    struct step step = { .pool = t->pool, .c = c, .s = segment, .x_id = sender,
                         .y_id = endpoint_peer(sender), .x = &c->end[sender],
                         .y = &c->end[endpoint_peer(sender)] };
    audit_header(&step);
}

void tracker_notice(struct tracker *t, const struct notice *notice, struct noticed *ret_noticed)
{
    struct segment quoted = notice_quoted(notice);
    bool source_second;
    struct connection *c = connection_find(t, &quoted, &source_second);

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

/* Of later connections. */
static bool none_shown(void *context, const struct segment *first)
{
    (void)context;
    (void)first;
    return false;
}

void tracker_lighten(struct tracker *t)
{
    uint32_t cursor = 0;
    struct connection *c;

    segment_logs_release(&history_losses(t->pool)->logs);
    t->options.shown = none_shown;
    while ((c = flow_table_next(t->table, &cursor)) != NULL)
        c->light = 1;
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

/* When a connection of the roll was settled. */
static int64_t settled_when(const struct tracker *t, const struct connection *c)
{
    return (c->flags & CONN_SUPERSEDED) ? roll_settled(c) : clock_now(&t->clock);
}

void tracker_each(const struct tracker *t, tracker_show *show, void *context)
{
    for (size_t i = 0; i < t->roll.order_count; i++) {
        const struct connection *c = t->roll.order[i];
        connection_show(t, c, settled_when(t, c), show, context);
    }
}

void tracker_each_brief(const struct tracker *t, const struct tracker_brief *brief)
{
    for (size_t i = 0; i < t->roll.order_count; i++) {
        const struct connection *c = t->roll.order[i];
        connection_brief(t, c, settled_when(t, c), brief);
    }
}

void tracker_counts(const struct tracker *t, struct tracker_counts *ret_counts)
{
    *ret_counts = t->counts;
    ret_counts->waiting_refused =
        incarnation_pool_refused(t->incarnations, &ret_counts->waiting_refused_since);
    ret_counts->tombstones_lost =
        tombstones_lost(t->tombstones, &ret_counts->tombstones_lost_since);
    ret_counts->services_refused =
        services_refused(t->services, &ret_counts->services_refused_since);
    ret_counts->losses = losses_bounds(history_losses(t->pool));
    ret_counts->sums_refused = sums_refused(t->sums, &ret_counts->sums_refused_since);
    ret_counts->events_lost = history_pool_lost(t->pool, &ret_counts->events_lost_since);
}
