/*
 * tracker: fills batches, and walks through each of them in the order of its frames.
 */
#include "tcp/tracker.h"

#include <stdlib.h>
#include <string.h>

#include "flow/copy.h"
#include "tcp/batch.h"
#include "tcp/dispatch.h"
#include "tcp/life.h"
#include "tcp/loss.h"
#include "tcp/loss_book.h"
#include "tcp/shard.h"

/* Further back, ns, and a clock was set. */
#define TIMES_BACK_MAX INT64_C(1000000000)

/* Fewer connections are not divided: a shard of few is full while others are empty. */
#define SHARD_ROOM_LEAST 1024u

#define BATCH_ENTRIES 64u

struct tracker {
    struct whole *whole;
    struct shard shards[SHARDS_MAX];
    unsigned shard_count; /* a power of two */
    struct batch batch;   /* that is filled */
    /* Known by whoever fills, up to the newest segment: */
    struct copies *copies;
    uint64_t segments, copied;
    int64_t last_time;    /* of the newest one, ns; 0: none yet */
    int64_t due;          /* ns: in no shard can a connection expire before */
};

struct tracker *tracker_new(const struct tracker_options *options)
{
    struct tracker *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    uint32_t room = options->max_connections;
    bool divided = room >= SHARDS_MAX * SHARD_ROOM_LEAST;
    unsigned wanted = divided ? SHARDS_MAX : 1;
    bool done = batch_init(&t->batch, options->prompt ? 1 : BATCH_ENTRIES, options->keep_log);
    t->due = INT64_MAX;
    t->whole = whole_new(options);
    t->copies = copies_new();
    done = done && t->whole != NULL && t->copies != NULL;
    for (; done && t->shard_count < wanted; t->shard_count++)
        done = shard_init(&t->shards[t->shard_count], t->whole, room / wanted, false);
    if (done)
        return t;
    tracker_free(t);
    return NULL;
}

void tracker_free(struct tracker *t)
{
    if (t == NULL)
        return;
    for (unsigned i = 0; i < t->shard_count; i++)
        shard_done(&t->shards[i]);
    batch_done(&t->batch);
    copies_free(t->copies);
    whole_free(t->whole);
    free(t);
}

/* Hands over what is due by now in any shard. */
static void shards_expire(struct tracker *t, int64_t now)
{
    t->due = INT64_MAX;
    for (unsigned i = 0; i < t->shard_count; i++) {
        struct shard *shard = &t->shards[i];
        if (shard->due <= now)
            shard_expire(shard, now);
        if (shard->due < t->due)
            t->due = shard->due;
    }
}

/* What an entry means for the capture as a whole, before its shard has it. */
static void entry_note(struct tracker *t, const struct batch_entry *entry)
{
    struct whole *whole = t->whole;
    struct capture_facts *facts = &whole->facts;

    if (entry->kind == ENTRY_COPY) {
        if (facts->copies_named < CAPTURE_COPIES_NAMED) {
            facts->copy[facts->copies_named].frame = entry->segment.frame;
            facts->copy[facts->copies_named++].original = entry->found.original;
        }
        facts->copies++;
    }
    if (entry->kind != ENTRY_SEGMENT)
        return;
    facts->segments++;
    if (entry->time_back) {
        facts->times_back++;
        whole_note_misorder(whole, entry->segment.frame);
    }
    clock_segment(&whole->clock, entry->segment.time);
    if (whole->options.expire && t->due <= whole->clock.sure)
        shards_expire(t, whole->clock.sure);
}

/* Tells what became of it. */
static void entry_tell(const struct tracker *t, const struct batch_entry *entry)
{
    const struct tracker_options *options = &t->whole->options;
    switch ((enum entry_kind)entry->kind) {
    case ENTRY_SEGMENT:
    case ENTRY_COPY:
        if (options->taken != NULL)
            options->taken(options->context, &entry->segment, &entry->tracked);
        break;
    case ENTRY_VIEW:
        if (options->viewed != NULL)
            options->viewed(options->context, &entry->segment, entry->frame, &entry->tracked);
        break;
    case ENTRY_NOTICE:
        if (options->noticed != NULL)
            options->noticed(options->context, &entry->notice, &entry->noticed);
        break;
    case ENTRY_MALFORMED:
        break;
    }
}

void tracker_flush(struct tracker *t)
{
    struct batch *batch = &t->batch;
    for (unsigned i = 0; i < t->shard_count; i++)
        t->shards[i].next = batch->first[i];
    for (uint16_t i = 0; i < batch->count; i++) {
        struct batch_entry *entry = &batch->entries[i];
        struct shard *shard = &t->shards[entry->shard];
        entry_note(t, entry);
        shard_run(shard, batch, true);
        if (shard->due < t->due)
            t->due = shard->due;
        entry_tell(t, entry);
    }
    batch_clear(batch);
}

void tracker_tick(struct tracker *t, int64_t now)
{
    tracker_flush(t);
    if (!t->whole->options.expire)
        return;
    clock_tick(&t->whole->clock, now);
    shards_expire(t, now);
}

/* The first key of the batch's entry that is filled, and its place in the batch. */
static void entry_add(struct tracker *t, enum entry_kind kind, const struct segment *s)
{
    struct batch_entry *entry = batch_place(&t->batch);
    entry->kind = (uint8_t)kind;
    entry->source_second = flow_key_make(s, &entry->key);
    entry->hash = flow_key_hash(&entry->key, &t->whole->options.secret);
    entry->shard = (uint8_t)(flow_key_spread(&entry->key) & (t->shard_count - 1));
    batch_add(&t->batch, s->time);
    if (batch_is_full(&t->batch))
        tracker_flush(t);
}

struct segment *tracker_place(const struct tracker *t)
{
    return &batch_place(&t->batch)->segment;
}

/* The segment, at its place. */
static struct segment *segment_place(const struct tracker *t, const struct segment *segment)
{
    struct segment *place = tracker_place(t);
    if (place != segment)
        *place = *segment;
    return place;
}

void tracker_segment(struct tracker *t, const struct segment *segment, struct cursor payload)
{
    struct batch_entry *entry = batch_place(&t->batch);
    const struct segment *s = segment_place(t, segment);
    bool copy = copies_segment(t->copies, s, &entry->found);

    batch_keep_payload(&t->batch, payload);
    entry->time_back = false;
    if (copy) {
        t->copied++;
        entry->mirrored = loss_is_mirrored(t->copied, t->segments);
    } else {
        t->segments++;
        entry->time_back = s->time < t->last_time && t->last_time - s->time < TIMES_BACK_MAX;
        t->last_time = s->time;
    }
    entry_add(t, copy ? ENTRY_COPY : ENTRY_SEGMENT, s);
}

void tracker_view(struct tracker *t, const struct segment *view, uint64_t frame)
{
    const struct segment *s = segment_place(t, view);
    batch_place(&t->batch)->frame = frame;
    entry_add(t, ENTRY_VIEW, s);
}

void tracker_malformed(struct tracker *t, const struct segment *segment)
{
    struct copy_found found;
    const struct segment *s = segment_place(t, segment);
    if (!copies_segment(t->copies, s, &found))
        entry_add(t, ENTRY_MALFORMED, s);
}

void tracker_notice(struct tracker *t, const struct notice *notice)
{
    struct segment quoted = notice_quoted(notice);
    quoted.time = notice->time;
    batch_place(&t->batch)->notice = *notice;
    entry_add(t, ENTRY_NOTICE, &quoted);
}

void tracker_release_segments(struct tracker *t)
{
    t->whole->options.segments_of = NULL;
    for (unsigned i = 0; i < t->shard_count; i++)
        segment_logs_release(&history_losses(t->shards[i].pool)->logs);
}

void tracker_hush(struct tracker *t)
{
    t->whole->options.taken = NULL;
    t->whole->options.viewed = NULL;
}

bool tracker_finish(struct tracker *t)
{
    bool done = true;
    tracker_flush(t);
    for (unsigned i = 0; i < t->shard_count; i++)
        done = shard_finish(&t->shards[i]) && done;
    return done;
}

/* The shard whose next connection has the least id; NULL: all were shown. */
static const struct shard *shard_next(const struct tracker *t, const size_t shown[SHARDS_MAX])
{
    const struct shard *next = NULL;
    uint64_t least = UINT64_MAX;
    for (unsigned i = 0; i < t->shard_count; i++) {
        const struct roll *roll = &t->shards[i].roll;
        if (shown[i] < roll->order_count && roll->order[shown[i]]->first_frame < least) {
            next = &t->shards[i];
            least = roll->order[shown[i]]->first_frame;
        }
    }
    return next;
}

void tracker_each(const struct tracker *t, tracker_show *show, void *context)
{
    size_t shown[SHARDS_MAX] = { 0 };
    const struct shard *shard;
    while ((shard = shard_next(t, shown)) != NULL) {
        const struct connection *c = shard->roll.order[shown[shard - t->shards]++];
        int64_t end = clock_now(&t->whole->clock);
        if (c->flags & CONN_SUPERSEDED)
            end = roll_settled(c);
        connection_show(shard, c, end, show, context);
    }
}

/* Adds what one shard counted. */
static void bound_add(struct bound *sum, uint64_t hits, int64_t since)
{
    if (hits > 0 && (sum->hits == 0 || since < sum->since))
        sum->since = since;
    sum->hits += hits;
}

static void bound_sum(struct bound *sum, const struct bound *bound)
{
    bound_add(sum, bound->hits, bound->since);
}

static void shard_count(const struct shard *shard, struct tracker_counts *ret)
{
    struct loss_bounds bounds = losses_bounds(history_losses(shard->pool));
    int64_t since = 0;
    uint64_t hits = tombstones_lost(shard->tombstones, &since);
    bound_add(&ret->tombstones_lost, hits, since);
    hits = history_pool_lost(shard->pool, &since);
    bound_add(&ret->events_lost, hits, since);
    bound_sum(&ret->untracked, &shard->untracked);
    bound_sum(&ret->losses.segments, &bounds.segments);
    bound_sum(&ret->losses.states, &bounds.states);
    bound_sum(&ret->losses.bytes, &bounds.bytes);
    bound_sum(&ret->losses.ranges, &bounds.ranges);
    bound_sum(&ret->losses.meters, &bounds.meters);
    ret->connections += shard->connections;
}

void tracker_counts(const struct tracker *t, struct tracker_counts *ret)
{
    const struct whole *whole = t->whole;
    *ret = (struct tracker_counts){ .facts = whole->facts, .handed_over = whole->handed_over };
    ret->waiting_refused.hits =
        incarnation_pool_refused(whole->incarnations, &ret->waiting_refused.since);
    ret->services_refused.hits = services_refused(whole->services, &ret->services_refused.since);
    ret->sums_refused.hits = sums_refused(whole->sums, &ret->sums_refused.since);
    for (unsigned i = 0; i < t->shard_count; i++)
        shard_count(&t->shards[i], ret);
}
