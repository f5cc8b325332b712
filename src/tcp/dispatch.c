/* dispatch: which connection an entry belongs to, and what is done with it. */
#include "tcp/dispatch.h"

#include <string.h>

#include "tcp/arrival.h"
#include "tcp/audit.h"
#include "tcp/flood.h"
#include "tcp/late.h"
#include "tcp/life.h"
#include "tcp/loss.h"
#include "tcp/objection.h"
#include "tcp/role.h"
#include "tcp/sequence.h"

/* So many entries on the way from another processor at a time. */
#define ENTRIES_SOON 12

/* The SYN that waited begins a connection. What this segment then is to that one. */
static enum incarnation_verdict syn_promote(struct shard *shard, struct connection *c,
                                            const struct segment *s, struct tracked *ret)
{
    struct whole *whole = shard->whole;
    struct promotion *promotion = &whole->promotion;
    waited_begin(shard, c);
    promotion->id = c->first_frame;
    promotion->syn = whole->waited.syn;
    promotion->repeats = whole->waited.repeats < INCARNATION_REPEATS_MAX ? whole->waited.repeats
                                                                         : INCARNATION_REPEATS_MAX;
    memcpy(promotion->again, whole->waited.again, sizeof promotion->again);
    ret->opened = true;
    ret->promoted = promotion;
    /* Another SYN than the one that waited may wait in its turn. */
    if (s->seq != promotion->syn.seq && !(s->flags & (TCP_ACK | TCP_RST)))
        return incarnation_judge(whole->incarnations, c, CLIENT, s, &whole->waited);
    return INCARNATION_PROMOTE;
}

/* What a segment is to the connection that its ports name; begins another one where it does. */
static void connection_judge(struct shard *shard, struct connection *c, const struct segment *s,
                             bool source_second, struct tracked *ret)
{
    struct whole *whole = shard->whole;
    enum endpoint_id sender = role_sender(c, source_second);
    if (segment_is_damaged(&c->end[sender], s)) /* nobody took it */
        return;
    enum incarnation_verdict verdict =
        incarnation_judge(whole->incarnations, c, sender, s, &whole->waited);
    if (verdict == INCARNATION_PROMOTE)
        verdict = syn_promote(shard, c, s, ret);
    switch (verdict) {
    case INCARNATION_SAME:
        if ((c->flags & CONN_SHOWN) && late_is_other(c, sender, s)) {
            connection_replace(shard, c, s, source_second);
            ret->opened = true;
        }
        break;
    case INCARNATION_PROMOTE:
        break;
    case INCARNATION_NEW:
        connection_renew(shard, c, s, source_second, s->time - c->last_time, 0);
        ret->opened = true;
        break;
    case INCARNATION_WAIT:
        ret->held = true;
        break;
    }
}

/* A segment of a connection that was handed over. */
static void segment_absorb(struct shard *shard, struct connection *c, const struct segment *s,
                           bool source_second, struct tracked *ret)
{
    enum endpoint_id sender = role_sender(c, source_second);
    if (!segment_is_damaged(&c->end[sender], s) && late_absorb(c, sender, s))
        connection_touch(shard, c);
    ret->id = c->first_frame;
    ret->from = (uint8_t)sender;
    ret->absorbed = true;
}

/* An entry on its way to its connection. */
struct passage {
    struct batch *batch;
    uint16_t number;
    const struct flow_key *key;
    uint32_t hash;
    struct connection *c; /* the live one of its key; NULL: none */
    bool source_second;
    struct tracked *ret;
};

/* Empty of one that was kept without: of a flood. */
static struct cursor payload_of(const struct passage *p)
{
    bool has = p->batch != NULL && p->batch->heads[p->number].payload;
    return has ? p->batch->extras[p->number].payload
                                              : cursor_init(NULL, 0);
}

static void segment_track(struct shard *shard, const struct passage *p, const struct segment *s);

/* A handshake that a flood had kept is tracked now, as it would have been. */
static struct connection *opening_restore(struct shard *shard, const struct passage *p)
{
    uint32_t count;
    const struct segment *list = flood_restored(shard->flood, &count);
    shard->restoring = true;
    for (uint32_t i = 0; i < count; i++) {
        struct tracked untold = { .id = 0 };
        struct flow_key key;
        struct passage kept = { .hash = p->hash, .key = &key, .ret = &untold };
        kept.source_second = flow_key_make(&list[i], &key);
        kept.c = flow_table_find(shard->table, &key, p->hash);
        segment_track(shard, &kept, &list[i]);
    }
    shard->restoring = false;
    return flow_table_find(shard->table, p->key, p->hash);
}

/* Whether a segment on ports of which no connection is known may be part of a flood: not where the
 * user wants to see its connection, and where one was on these ports not long ago. */
static bool may_be_flood(const struct shard *shard, const struct flow_key *key,
                         const struct segment *s)
{
    const struct tracker_options *options = &shard->whole->options;
    struct tombstone unused;
    if (shard->restoring || options->waiting_max == 0 ||
        (options->shown != NULL && options->shown(options->context, s)))
        return false;
    return !tombstones_find(shard->tombstones, key, &unused);
}

/* No connection is known on its ports. True: it is part of a flood, and begins none. Otherwise there
 * may be one now. */
static bool flood_takes(struct shard *shard, const struct passage *p, const struct segment *s,
                        struct connection **ret)
{
    enum flood_action action = FLOOD_TRACK;
    if (may_be_flood(shard, p->key, s))
        action = flood_judge(shard->flood, p->key, s, p->source_second);
    if (action == FLOOD_RESTORE)
        *ret = opening_restore(shard, p);
    return action == FLOOD_TAKE;
}

static void segment_track(struct shard *shard, const struct passage *p, const struct segment *s)
{
    struct connection *c = p->c;
    struct tracked *ret = p->ret;

    if (c == NULL && flood_takes(shard, p, s, &c)) {
        ret->absorbed = true;
        return;
    }
    if (c == NULL)
        c = connection_first(shard, p->key, p->hash, s, p->source_second, ret);
    else
        connection_judge(shard, c, s, p->source_second, ret);
    if (c == NULL) {
        if (!ret->absorbed)
            bound_hit(&shard->untracked, s->time);
        return;
    }
    if (ret->held) {
        ret->id = c->first_frame;
        ret->from = (uint8_t)role_sender(c, p->source_second);
        ret->notable = true;
        c->end[ret->from].segments++;
        loss_waits(shard->pool, c, (enum endpoint_id)ret->from, s);
        return;
    }
    if (c->flags & CONN_SHOWN) {
        segment_absorb(shard, c, s, p->source_second, ret);
        return;
    }
    const struct arrived arrived = { s, payload_of(p), p->source_second };
    connection_step(shard, c, &arrived, ret);
}

static void segment_run(struct shard *shard, const struct passage *p)
{
    const struct segment *s = &p->batch->entries[p->number].segment;
    *p->ret = (struct tracked){ .id = 0 };
    if (!(s->facts & FACT_CHECKSUM_BAD) || p->c == NULL) {
        segment_track(shard, p, s);
        return;
    }
    /* A wrong checksum on a connection that is known: what its host's others say of it. */
    struct segment judged = *s;
    judged.facts |= sums_facts(shard->whole->sums, p->c, role_sender(p->c, p->source_second), s);
    segment_track(shard, p, &judged);
}

/* A frame that the capture holds twice: nothing happened but what its original showed. */
static void copy_run(struct shard *shard, const struct passage *p)
{
    const struct batch_entry *entry = &p->batch->entries[p->number];
    const struct frame_copy copy = { .found = p->batch->extras[p->number].found,
                                     .payload = payload_of(p) };
    const struct segment *s = &entry->segment;
    *p->ret = (struct tracked){ .copy = true };
    if (p->c == NULL)
        return;
    enum endpoint_id sender = role_sender(p->c, p->source_second);
    p->ret->id = p->c->first_frame;
    p->ret->from = (uint8_t)sender;
    if ((s->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
        connection_note_syn_copy(p->c);
    loss_copied(shard->pool, p->c, sender, s, &copy, entry->mirrored);
}

static void view_run(struct shard *shard, const struct passage *p)
{
    uint64_t frame = p->batch->extras[p->number].frame;
    const struct segment *view = &p->batch->entries[p->number].segment;
    *p->ret = (struct tracked){ .id = 0 };
    if (p->c == NULL || frame < p->c->first_frame)
        return;
    enum endpoint_id sender = role_sender(p->c, p->source_second);
    p->ret->id = p->c->first_frame;
    p->ret->from = (uint8_t)sender;
    arrival_second(shard->pool, p->c, sender, frame, view);
    loss_view(shard->pool, p->c, sender, view, frame);
}

static void malformed_run(struct shard *shard, const struct passage *p)
{
    struct connection *c = p->c;
    if (c == NULL || (c->flags & CONN_SHOWN))
        return;
    enum endpoint_id sender = role_sender(c, p->source_second);
    struct step step = { .pool = shard->pool, .c = c,
                         .s = &p->batch->entries[p->number].segment, .x_id = sender,
                         .y_id = endpoint_peer(sender), .x = &c->end[sender],
                         .y = &c->end[endpoint_peer(sender)] };
    audit_header(&step);
}

static void notice_run(struct shard *shard, const struct passage *p)
{
    const struct notice *notice = &p->batch->entries[p->number].notice;
    struct noticed *ret = &p->batch->results[p->number].noticed;
    struct whole *whole = shard->whole;
    struct connection *c = p->c;
    *ret = (struct noticed){ .id = 0 };
    if (c == NULL)
        return;
    enum endpoint_id sender = role_sender(c, p->source_second);
    ret->id = c->first_frame;
    ret->about = (uint8_t)sender;
    if (objection_is_copy(&whole->last_notice, notice) || (c->flags & CONN_SHOWN) ||
        !objection_take(shard->pool, c, sender, notice))
        return;
    ret->believed = true;
    clock_segment(&whole->clock, notice->time);
    if (c->last_frame == notice->frame) /* it answers the SYN */
        connection_touch(shard, c);
}

/* The reasons are those of the header. */
static bool must_wait(const struct shard *shard, const struct passage *p)
{
    const struct tracker_options *options = &shard->whole->options;
    const struct batch *batch = p->batch;
    const struct batch_entry *entry = &batch->entries[p->number];
    const struct connection *c = p->c;
    uint8_t kind = batch->heads[p->number].kind;
    if (kind == ENTRY_NOTICE || !lessons_room(&shard->lessons) ||
        (options->expire && shard->due <= batch->latest))
        return true;
    if (kind != ENTRY_SEGMENT)
        return false;
    if (c != NULL)
        return (entry->segment.facts & FACT_CHECKSUM_BAD) ||
               !incarnation_is_same(c, role_sender(c, entry->source_second), &entry->segment) ||
               ((c->flags & CONN_SHOWN) && options->segments_of != NULL);
    return flow_table_count(shard->table) + shard->roll.ended_count >= shard->room ||
           options->segments_of != NULL ||
           flood_restores(shard->flood, p->key, &entry->segment, p->source_second);
}

static void passage_run(struct shard *shard, const struct passage *p)
{
    switch ((enum entry_kind)p->batch->heads[p->number].kind) {
    case ENTRY_SEGMENT:
        segment_run(shard, p);
        break;
    case ENTRY_COPY:
        copy_run(shard, p);
        break;
    case ENTRY_VIEW:
        view_run(shard, p);
        break;
    case ENTRY_MALFORMED:
        malformed_run(shard, p);
        break;
    case ENTRY_NOTICE:
        notice_run(shard, p);
        break;
    }
}

/* The key of an entry: that of its segment, or of the one that its ICMP error quotes. */
static const struct flow_key *key_of(const struct batch *batch, uint16_t number,
                                     struct flow_key *room)
{
    const struct batch_entry *entry = &batch->entries[number];
    if (batch->keys != NULL)
        return &batch->keys[number];
    if (batch->heads[number].kind == ENTRY_NOTICE) {
        const struct segment quoted = notice_quoted(&entry->notice);
        flow_key_make(&quoted, room);
    } else {
        flow_key_make(&entry->segment, room);
    }
    return room;
}

bool shard_run(struct shard *shard, struct batch *batch, uint16_t number, bool direct)
{
    const struct tracker_options *options = &shard->whole->options;
    bool told = options->taken != NULL || options->viewed != NULL;
    struct tracked untold;
    struct flow_key room;
    struct passage p = { .batch = batch, .number = number,
                         .key = key_of(batch, number, &room),
                         .hash = batch->heads[number].hash,
                         .source_second = batch->entries[number].source_second,
                         .ret = told ? &batch->results[number].tracked : &untold };
    p.c = flow_table_find(shard->table, p.key, p.hash);
    if (!direct && must_wait(shard, &p))
        return false;
    shard->lessons.entry = number;
    passage_run(shard, &p);
    return true;
}

void shard_expect(const struct shard *shard, const struct batch *batch)
{
    for (const uint16_t *at = shard->next; *at != BATCH_NONE; at++)
        flow_table_expect(shard->table, batch->heads[*at].hash);
    for (const uint16_t *at = shard->next; *at != BATCH_NONE; at++)
        flow_table_expect_record(shard->table, batch->heads[*at].hash);
    if (!flood_has_embryos(shard->flood))
        return;
    for (const uint16_t *at = shard->next; *at != BATCH_NONE; at++)
        flood_expect(shard->flood, batch->heads[*at].hash);
}

void shard_expect_embryos(const struct shard *shard, const struct batch *batch)
{
    if (!flood_has_embryos(shard->flood))
        return;
    for (const uint16_t *at = shard->next; *at != BATCH_NONE; at++)
        flood_expect_embryo(shard->flood, batch->heads[*at].hash);
}

void shard_run_ahead(struct shard *shard, struct batch *batch)
{
    const uint16_t *soon = shard->next;
    shard->lessons.direct = false;
    while (*shard->next != BATCH_NONE) {
        for (; *soon != BATCH_NONE && soon < shard->next + ENTRIES_SOON; soon++)
            batch_expect(batch, *soon);
        if (!shard_run(shard, batch, *shard->next, false))
            break;
        shard->ahead = (uint16_t)(*shard->next++ + 1);
    }
    shard->lessons.direct = true;
}

bool shard_finish(struct shard *shard)
{
    uint32_t cursor = 0;
    struct connection *c;

    while ((c = flow_table_next(shard->table, &cursor)) != NULL)
        leftover_begin(shard, c);
    cursor = 0;
    if (!roll_call(&shard->roll, flow_table_count(shard->table)))
        return false;
    while ((c = flow_table_next(shard->table, &cursor)) != NULL) {
        if (c->flags & CONN_SHOWN)
            continue;
        connection_settle(shard, c);
        roll_enter(&shard->roll, c);
    }
    roll_sort(&shard->roll);
    return true;
}
