/*
 * tracker: fills batches, and walks through each of them in the order of its frames.
 */
#include "tcp/tracker.h"

#include <stdlib.h>
#include <string.h>

#include "base/workers.h"
#include "flow/copy.h"
#include "tcp/batch.h"
#include "tcp/dispatch.h"
#include "tcp/flood.h"
#include "tcp/life.h"
#include "tcp/loss.h"
#include "tcp/loss_book.h"
#include "tcp/shard.h"

/* Further back, ns, and a clock was set. */
#define TIMES_BACK_MAX INT64_C(1000000000)

/* Fewer connections are not divided: a shard of few is full while others are empty. */
#define SHARD_ROOM_LEAST 1024u

/* With one thread all that a batch touches stays in the nearest cache; with more, each has its
 * work for a while. */
#define BATCH_ENTRIES 64u
#define BATCH_ENTRIES_SHARED 1024u

struct tracker {
    struct whole *whole;
    struct shard shards[SHARDS_MAX];
    unsigned shard_count;    /* a power of two */
    struct batch batches[2]; /* one is filled, and with several threads the other one tracked */
    struct batch *batch;     /* that is filled */
    struct batch *running;   /* that is tracked; NULL: none */
    struct segment place;    /* of the next segment, where entries are in another's cache */
    unsigned threads;        /* at most so many are used */
    struct workers *workers; /* NULL: not needed yet */
    struct flood *flood;     /* all shards' floods; NULL: not added up yet */
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
    t->threads = divided && options->batch != 1 ? options->threads : 1;
    uint16_t entries = options->batch != 0 ? options->batch
                       : t->threads > 1    ? BATCH_ENTRIES_SHARED
                                           : BATCH_ENTRIES;
    t->batch = &t->batches[0];
    bool done = batch_init(&t->batches[0], entries, options->keep_log, t->threads > 1) &&
                (t->threads <= 1 ||
                 batch_init(&t->batches[1], entries, options->keep_log, true));
    t->due = INT64_MAX;
    t->whole = whole_new(options);
    t->copies = copies_new();
    done = done && t->whole != NULL && t->copies != NULL;
    if (done)
        t->whole->shards = wanted;
    for (; done && t->shard_count < wanted; t->shard_count++)
        done = shard_init(&t->shards[t->shard_count], t->whole, room / wanted, t->threads > 1);
    if (done)
        return t;
    tracker_free(t);
    return NULL;
}

void tracker_free(struct tracker *t)
{
    if (t == NULL)
        return;
    if (t->running != NULL)
        workers_finish(t->workers);
    workers_free(t->workers);
    for (unsigned i = 0; i < t->shard_count; i++)
        shard_done(&t->shards[i]);
    batch_done(&t->batches[0]);
    batch_done(&t->batches[1]);
    flood_free(t->flood);
    copies_free(t->copies);
    whole_free(t->whole);
    free(t);
}

/* Hands over what is due by now in any shard, where the walk has come to this entry: what is due in
 * one that ran ahead of it is due there only because of what it tracked since (must_wait()). */
static void shards_expire(struct tracker *t, int64_t now, uint16_t entry)
{
    t->due = INT64_MAX;
    for (unsigned i = 0; i < t->shard_count; i++) {
        struct shard *shard = &t->shards[i];
        if (shard->due <= now && shard->ahead <= entry)
            shard_expire(shard, now);
        if (shard->due < t->due)
            t->due = shard->due;
    }
}

/* What an entry means for the capture as a whole, before its shard has it. */
static void entry_note(struct tracker *t, const struct batch *batch, uint16_t number)
{
    const struct entry_head *head = &batch->heads[number];
    struct whole *whole = t->whole;
    struct capture_facts *facts = &whole->facts;

    if (head->kind == ENTRY_COPY) {
        if (facts->copies_named < CAPTURE_COPIES_NAMED) {
            facts->copy[facts->copies_named].frame = batch->entries[number].segment.frame;
            facts->copy[facts->copies_named++].original = batch->extras[number].found.original;
        }
        facts->copies++;
    }
    if (head->kind != ENTRY_SEGMENT)
        return;
    facts->segments++;
    if (head->time_back) {
        facts->times_back++;
        whole_note_misorder(whole, batch->entries[number].segment.frame);
    }
    clock_segment(&whole->clock, head->time);
    if (whole->options.expire && t->due <= whole->clock.sure)
        shards_expire(t, whole->clock.sure, number);
}

/* Tells what became of it. */
static void entry_tell(const struct tracker *t, const struct batch *batch, uint16_t number)
{
    const struct batch_entry *entry = &batch->entries[number];
    const union entry_result *result = &batch->results[number];
    const struct tracker_options *options = &t->whole->options;
    switch ((enum entry_kind)batch->heads[number].kind) {
    case ENTRY_SEGMENT:
    case ENTRY_COPY:
        if (options->taken != NULL)
            options->taken(options->context, &entry->segment, &result->tracked);
        break;
    case ENTRY_VIEW:
        if (options->viewed != NULL)
            options->viewed(options->context, &entry->segment, batch->extras[number].frame,
                            &result->tracked);
        break;
    case ENTRY_NOTICE:
        if (options->noticed != NULL)
            options->noticed(options->context, &entry->notice, &result->noticed);
        break;
    case ENTRY_MALFORMED:
        break;
    }
}

/*
 * Walks through a batch in the order of its frames. Where a shard waits it goes on, in step; what
 * those that ran ahead have learned is taken in at its place.
 */
static void batch_walk(struct tracker *t, struct batch *batch, bool ran_ahead)
{
    for (unsigned i = 0; i < t->shard_count; i++)
        if (t->shards[i].due < t->due)
            t->due = t->shards[i].due;
    for (uint16_t i = 0; i < batch->count; i++) {
        struct shard *shard = &t->shards[batch->heads[i].shard];
        entry_note(t, batch, i);
        if (!ran_ahead) {
            shard_run(shard, batch, i, true);
        } else if (*shard->next == i) {
            shard_run(shard, batch, i, true);
            shard->next++;
            shard_run_ahead(shard, batch);
        } else {
            lessons_take(&shard->lessons, i);
        }
        if (shard->due < t->due)
            t->due = shard->due;
        entry_tell(t, batch, i);
    }
    batch_clear(batch);
}

/* The batch that runs, if one does. */
static void batch_complete(struct tracker *t)
{
    struct batch *batch = t->running;
    if (batch == NULL)
        return;
    workers_finish(t->workers);
    t->running = NULL;
    batch_walk(t, batch, true);
    for (unsigned i = 0; i < t->shard_count; i++)
        t->shards[i].ahead = 0;
}

static void shard_job(void *context, unsigned number)
{
    struct tracker *t = context;
    shard_expect(&t->shards[number], t->running);
    shard_expect_embryos(&t->shards[number], t->running);
    shard_run_ahead(&t->shards[number], t->running);
}

/* The batch is full: others track it, while the next one is filled. False: there is nobody. */
static bool batch_start(struct tracker *t)
{
    const uint16_t *first[SHARDS_MAX];
    if (t->threads > 1 && t->workers == NULL)
        t->workers = workers_new(t->threads - 1);
    if (t->workers == NULL)
        return false;
    batch_complete(t);
    batch_sort(t->batch, first);
    for (unsigned i = 0; i < t->shard_count; i++)
        t->shards[i].next = first[i];
    t->running = t->batch;
    t->batch = &t->batches[t->batch == &t->batches[0]];
    workers_start(t->workers, shard_job, t, t->shard_count);
    return true;
}

/* What the batch will touch comes from the memory while it is tracked. */
static void records_expect(const struct tracker *t, const struct batch *batch)
{
    const struct entry_head *head = batch->heads, *end = head + batch->count;
    for (; head < end; head++) {
        flow_table_expect(t->shards[head->shard].table, head->hash);
        flood_expect(t->shards[head->shard].flood, head->hash);
    }
    for (head = batch->heads; head < end; head++) {
        flow_table_expect_record(t->shards[head->shard].table, head->hash);
        flood_expect_embryo(t->shards[head->shard].flood, head->hash);
    }
}

void tracker_flush(struct tracker *t)
{
    batch_complete(t);
    if (t->workers != NULL && batch_start(t)) {
        batch_complete(t);
        return;
    }
    records_expect(t, t->batch);
    batch_walk(t, t->batch, false);
}

void tracker_tick(struct tracker *t, int64_t now)
{
    tracker_flush(t);
    if (!t->whole->options.expire)
        return;
    clock_tick(&t->whole->clock, now);
    shards_expire(t, now, BATCH_NONE);
}

/* The next entry of the batch is filled, but for its key, which is that of s. */
static void entry_add(struct tracker *t, struct entry_head head, const struct segment *s)
{
    struct batch *batch = t->batch;
    struct flow_key key;
    batch_place(batch)->source_second = flow_key_make(s, &key);
    if (batch->keys != NULL)
        batch->keys[batch->count] = key;
    head.time = s->time;
    head.hash = flow_key_hash(&key, &t->whole->options.secret);
    head.shard = (uint8_t)(flow_key_spread(&key) & (t->shard_count - 1));
    batch_add(batch, head);
    if (batch_is_full(batch) && !batch_start(t))
        tracker_flush(t);
}

/*
 * What is read again at once should not be waited for: entries of a batch that others have read come
 * from another processor's cache.
 */
struct segment *tracker_place(struct tracker *t)
{
    return t->threads > 1 ? &t->place : &batch_place(t->batch)->segment;
}

/* Puts the segment to its entry. */
static void segment_put(struct tracker *t, const struct segment *segment)
{
    struct batch_entry *entry = batch_place(t->batch);
    if (&entry->segment != segment)
        entry->segment = *segment;
}

void tracker_segment(struct tracker *t, const struct segment *s, struct cursor payload)
{
    struct batch *batch = t->batch;
    struct entry_head head = { .kind = ENTRY_SEGMENT };
    struct copy_found found;

    segment_put(t, s);
    head.payload = batch->bytes != NULL && cursor_left(&payload) > 0;
    if (head.payload)
        batch->extras[batch->count].payload = batch_keep(batch, payload);
    if (copies_segment(t->copies, s, &found)) {
        head.kind = ENTRY_COPY;
        t->copied++;
        batch->extras[batch->count].found = found;
        batch_place(batch)->mirrored = loss_is_mirrored(t->copied, t->segments);
    } else {
        head.time_back = s->time < t->last_time && t->last_time - s->time < TIMES_BACK_MAX;
        t->segments++;
        t->last_time = s->time;
    }
    entry_add(t, head, s);
}

void tracker_view(struct tracker *t, const struct segment *s, uint64_t frame)
{
    segment_put(t, s);
    t->batch->extras[t->batch->count].frame = frame;
    entry_add(t, (struct entry_head){ .kind = ENTRY_VIEW }, s);
}

void tracker_malformed(struct tracker *t, const struct segment *s)
{
    struct copy_found found;
    if (copies_segment(t->copies, s, &found))
        return;
    segment_put(t, s);
    entry_add(t, (struct entry_head){ .kind = ENTRY_MALFORMED }, s);
}

void tracker_notice(struct tracker *t, const struct notice *notice)
{
    struct segment quoted = notice_quoted(notice);
    quoted.time = notice->time;
    batch_place(t->batch)->notice = *notice;
    entry_add(t, (struct entry_head){ .kind = ENTRY_NOTICE }, &quoted);
}

/* Of later connections. */
static bool none_shown(void *context, const struct segment *first)
{
    (void)context;
    (void)first;
    return false;
}

static void shard_lighten(struct shard *shard)
{
    uint32_t cursor = 0;
    struct connection *c;

    segment_logs_release(&history_losses(shard->pool)->logs);
    while ((c = flow_table_next(shard->table, &cursor)) != NULL)
        c->light = 1;
}

void tracker_lighten(struct tracker *t)
{
    t->whole->options.segments_of = NULL;
    t->whole->options.shown = none_shown;
    for (unsigned i = 0; i < t->shard_count; i++)
        shard_lighten(&t->shards[i]);
}

void tracker_hush(struct tracker *t)
{
    t->whole->options.taken = NULL;
    t->whole->options.viewed = NULL;
}

/* What the floods of all shards came to; their embryos are needed no longer. */
static bool floods_add_up(struct tracker *t)
{
    const struct flood_options none = { .secret = t->whole->options.secret };
    t->flood = flood_new(&none);
    for (unsigned i = 0; t->flood != NULL && i < t->shard_count; i++) {
        flood_merge(t->flood, t->shards[i].flood);
        flood_release(t->shards[i].flood);
    }
    return t->flood != NULL;
}

bool tracker_finish(struct tracker *t)
{
    bool done = true;
    tracker_flush(t);
    if (!floods_add_up(t))
        return false;
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

/* The next connection to be shown, and when it was settled; NULL: all were shown. */
static const struct connection *connection_next(const struct tracker *t, size_t shown[SHARDS_MAX],
                                                const struct shard **ret_shard,
                                                int64_t *ret_settled)
{
    const struct shard *shard = shard_next(t, shown);
    if (shard == NULL)
        return NULL;
    const struct connection *c = shard->roll.order[shown[shard - t->shards]++];
    *ret_shard = shard;
    *ret_settled =
        (c->flags & CONN_SUPERSEDED) ? roll_settled(c) : clock_now(&t->whole->clock);
    return c;
}

void tracker_each(const struct tracker *t, tracker_show *show, void *context)
{
    size_t shown[SHARDS_MAX] = { 0 };
    const struct connection *c;
    const struct shard *shard;
    int64_t settled;
    while ((c = connection_next(t, shown, &shard, &settled)) != NULL)
        connection_show(shard, c, settled, show, context);
}

void tracker_each_brief(const struct tracker *t, const struct tracker_brief *brief)
{
    size_t shown[SHARDS_MAX] = { 0 };
    const struct connection *c;
    const struct shard *shard;
    int64_t settled;
    while ((c = connection_next(t, shown, &shard, &settled)) != NULL)
        connection_brief(shard, c, settled, brief);
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
    *ret = (struct tracker_counts){ .facts = whole->facts, .handed_over = whole->handed_over,
                                     .evicted_open = whole->evicted_open,
                                     .evicted_opening = whole->evicted_opening };
    ret->facts.end = clock_now(&whole->clock);
    if (t->flood != NULL) {
        ret->aggregated = flood_aggregated(t->flood);
        ret->facts.victims = flood_victims(t->flood, &ret->facts.victim_count);
    }
    ret->waiting_refused.hits =
        incarnation_pool_refused(whole->incarnations, &ret->waiting_refused.since);
    ret->services_refused.hits = services_refused(whole->services, &ret->services_refused.since);
    ret->sums_refused.hits = sums_refused(whole->sums, &ret->sums_refused.since);
    for (unsigned i = 0; i < t->shard_count; i++)
        shard_count(&t->shards[i], ret);
}
