/*
 * history: events packed into 16 bytes each, in blocks of 512 bytes.
 *
 * An entry is two 32-bit numbers and one 64-bit word. Frames and times are distances from the
 * block's base; a block whose base is too far away is followed by one with a new base, so both
 * stay exact however long the connection lasts. Layout of the word, from bit 0:
 *
 *   every entry   kind 5, endpoint 1, certainty 2, detail 8
 *   check         addend 16 (0xffff: skipped), expected 32 (skipped: the reason)
 *   reset         verdict 2, origin 2, hint 1, time 43           detail = from, to
 *   all others    time 48                  detail = from, to of transitions and reuse, else own
 */
#include "tcp/history.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_ENTRIES 30u
#define CHUNK_BLOCKS 512u
#define TIME_LIMIT (INT64_C(1) << 43) /* ns: what the shortest time field holds, 2.4 hours */
#define TIME_LIMIT_LONG (INT64_C(1) << 48) /* 78 hours */
#define ADDEND_SKIPPED 0xffffu

struct entry {
    uint32_t frame;
    uint32_t number; /* observed; of transitions: evidence frame + 1 - base, 0 for none */
    uint64_t packed;
};

struct block {
    uint64_t base_frame;
    int64_t base_time;
    uint32_t next;       /* 0: this is the last one */
    uint32_t last;       /* in a log's first block: its last block */
    uint16_t count;
    uint16_t blocks;     /* in a log's first block */
    uint16_t overflowed; /* in a log's first block */
    uint16_t unused;
    struct entry entries[BLOCK_ENTRIES];
};

_Static_assert(sizeof(struct block) <= 512, "a quiet connection's side record");

struct history_pool {
    struct block **chunks;
    uint32_t chunk_count, chunk_room;
    uint32_t blocks_made; /* numbers 1..blocks_made exist */
    uint32_t blocks_max;
    uint32_t free_block;  /* chain through next */
    uint64_t lost;
    int64_t lost_since;
};

static struct block *block_at(const struct history_pool *pool, uint32_t number)
{
    return &pool->chunks[(number - 1) / CHUNK_BLOCKS][(number - 1) % CHUNK_BLOCKS];
}

struct history_pool *history_pool_new(uint32_t blocks_max)
{
    struct history_pool *pool = calloc(1, sizeof *pool);
    if (pool != NULL)
        pool->blocks_max = blocks_max;
    return pool;
}

void history_pool_free(struct history_pool *pool)
{
    if (pool == NULL)
        return;
    for (uint32_t i = 0; i < pool->chunk_count; i++)
        free(pool->chunks[i]);
    free(pool->chunks);
    free(pool);
}

uint64_t history_pool_lost(const struct history_pool *pool, int64_t *ret_since)
{
    *ret_since = pool->lost_since;
    return pool->lost;
}

static bool chunk_add(struct history_pool *pool)
{
    if (pool->chunk_count == pool->chunk_room) {
        uint32_t room = pool->chunk_room ? pool->chunk_room * 2 : 16;
        struct block **chunks = realloc(pool->chunks, room * sizeof(struct block *));
        if (chunks == NULL)
            return false;
        pool->chunks = chunks;
        pool->chunk_room = room;
    }
    struct block *chunk = malloc(CHUNK_BLOCKS * sizeof *chunk);
    if (chunk == NULL)
        return false;
    pool->chunks[pool->chunk_count++] = chunk;
    return true;
}

/* A cleared block's number; 0 when there is none left. */
static uint32_t block_take(struct history_pool *pool)
{
    uint32_t number = pool->free_block;
    if (number != 0) {
        pool->free_block = block_at(pool, number)->next;
    } else {
        if (pool->blocks_made >= pool->blocks_max)
            return 0;
        if (pool->blocks_made == pool->chunk_count * CHUNK_BLOCKS && !chunk_add(pool))
            return 0;
        number = ++pool->blocks_made;
    }
    struct block *block = block_at(pool, number);
    memset(block, 0, offsetof(struct block, entries));
    return number;
}

static void count_lost(struct history_pool *pool, int64_t time)
{
    if (pool->lost++ == 0)
        pool->lost_since = time;
}

uint32_t history_new(struct history_pool *pool, uint64_t first_frame, int64_t first_time)
{
    uint32_t log = block_take(pool);
    if (log == 0) {
        count_lost(pool, first_time);
        return 0;
    }
    struct block *block = block_at(pool, log);
    block->base_frame = first_frame;
    block->base_time = first_time;
    block->last = log;
    block->blocks = 1;
    return log;
}

void history_free(struct history_pool *pool, uint32_t log)
{
    while (log != 0) {
        struct block *block = block_at(pool, log);
        uint32_t next = block->next;
        block->next = pool->free_block;
        pool->free_block = log;
        log = next;
    }
}

bool history_overflowed(const struct history_pool *pool, uint32_t log)
{
    return log != 0 && block_at(pool, log)->overflowed != 0;
}

/* Whether frame and time can be told as distances from the block's base. */
static bool block_reaches(const struct block *block, uint64_t frame, int64_t time, int64_t limit)
{
    return frame >= block->base_frame && frame - block->base_frame < UINT32_MAX &&
           time >= block->base_time && time - block->base_time < limit;
}

/* A free entry in a block whose base suits frame and time; NULL when the log is full. */
static struct entry *entry_new(struct history_pool *pool, uint32_t log, uint64_t frame,
                               int64_t time, int64_t limit, struct block **ret_block)
{
    struct block *first = block_at(pool, log);
    struct block *block = block_at(pool, first->last);
    bool reaches = block_reaches(block, frame, time, limit);

    if (block->count == BLOCK_ENTRIES || !reaches) {
        uint32_t number = first->blocks < HISTORY_BLOCKS_MAX ? block_take(pool) : 0;
        if (number == 0) {
            first->overflowed = 1;
            count_lost(pool, time);
            return NULL;
        }
        struct block *added = block_at(pool, number);
        added->base_frame = reaches ? block->base_frame : frame;
        added->base_time = reaches ? block->base_time : time;
        block->next = number;
        first->last = number;
        first->blocks++;
        block = added;
    }
    *ret_block = block;
    return &block->entries[block->count++];
}

static uint64_t pack_head(unsigned kind, unsigned endpoint, unsigned certainty, unsigned detail)
{
    return (uint64_t)(kind & 31) | (uint64_t)(endpoint & 1) << 5 |
           (uint64_t)(certainty & 3) << 6 | (uint64_t)(detail & 255) << 8;
}

static unsigned entry_kind(const struct entry *entry)
{
    return (unsigned)(entry->packed & 31);
}

static unsigned entry_endpoint(const struct entry *entry)
{
    return (unsigned)(entry->packed >> 5 & 1);
}

static unsigned entry_detail(const struct entry *entry)
{
    return (unsigned)(entry->packed >> 8 & 255);
}

static bool kind_has_states(unsigned kind)
{
    return kind == EVENT_TRANSITION || kind == EVENT_RESET || kind == EVENT_PORT_REUSED;
}

static uint32_t pack_evidence(const struct block *block, uint64_t evidence)
{
    if (evidence < block->base_frame || evidence - block->base_frame >= UINT32_MAX)
        return 0;
    return (uint32_t)(evidence - block->base_frame) + 1;
}

static void entry_pack(struct entry *entry, const struct block *block, const struct event *event)
{
    unsigned detail = kind_has_states(event->kind) ? (unsigned)(event->from << 4 | event->to)
                                                   : event->detail;
    uint64_t packed = pack_head(event->kind, event->endpoint, event->certainty, detail);
    uint64_t time = (uint64_t)(event->time - block->base_time);

    entry->frame = (uint32_t)(event->frame - block->base_frame);
    entry->number = event->observed;
    if (event->kind == EVENT_CHECK) {
        unsigned addend = event->result == CHECK_SKIPPED ? ADDEND_SKIPPED : event->addend;
        packed |= (uint64_t)addend << 16 | (uint64_t)event->expected << 32;
    } else if (event->kind == EVENT_RESET) {
        packed |= (uint64_t)(event->detail & 3) << 16 | (uint64_t)(event->result & 3) << 18 |
                  (uint64_t)(event->expected & 1) << 20 | time << 21;
    } else {
        packed |= time << 16;
    }
    if (event->kind == EVENT_TRANSITION)
        entry->number = pack_evidence(block, event->evidence);
    entry->packed = packed;
}

/* Whether a check's two sides agree; for two-part checks the tracker tells by the addend. */
static uint8_t check_result(const struct event *check)
{
    if (check->addend == ADDEND_SKIPPED)
        return CHECK_SKIPPED;
    if (checks[check->detail].subject == SUBJECT_SEQ_AND_ACK)
        return check->addend ? CHECK_FAILS : CHECK_HOLDS;
    return check->observed == check->expected ? CHECK_HOLDS : CHECK_FAILS;
}

static void entry_unpack(const struct entry *entry, const struct block *block,
                         struct event *ret_event)
{
    uint64_t packed = entry->packed;
    *ret_event = (struct event){
        .kind = (uint8_t)entry_kind(entry),
        .endpoint = (uint8_t)entry_endpoint(entry),
        .certainty = (uint8_t)(packed >> 6 & 3),
        .detail = (uint8_t)entry_detail(entry),
        .observed = entry->number,
        .frame = block->base_frame + entry->frame,
    };
    if (kind_has_states(ret_event->kind)) {
        ret_event->from = ret_event->detail >> 4;
        ret_event->to = ret_event->detail & 15;
        ret_event->detail = 0;
    }
    if (ret_event->kind == EVENT_CHECK) {
        ret_event->addend = (uint16_t)(packed >> 16);
        ret_event->expected = (uint32_t)(packed >> 32);
        ret_event->result = check_result(ret_event);
        if (ret_event->result == CHECK_SKIPPED)
            ret_event->observed = 0; /* kept for history_fail_check() only */
    } else if (ret_event->kind == EVENT_RESET) {
        ret_event->detail = (uint8_t)(packed >> 16 & 3);
        ret_event->result = (uint8_t)(packed >> 18 & 3);
        ret_event->expected = (uint32_t)(packed >> 20 & 1);
        ret_event->time = block->base_time + (int64_t)(packed >> 21);
    } else {
        ret_event->time = block->base_time + (int64_t)(packed >> 16);
    }
    if (ret_event->kind == EVENT_TRANSITION) {
        ret_event->evidence = entry->number ? block->base_frame + entry->number - 1 : 0;
        ret_event->observed = 0;
    }
}

bool history_has_check(const struct history_pool *pool, uint32_t log, enum check_id id,
                       uint64_t frame)
{
    for (uint32_t number = log; number != 0; number = block_at(pool, number)->next) {
        const struct block *block = block_at(pool, number);
        for (unsigned i = 0; i < block->count; i++) {
            const struct entry *entry = &block->entries[i];
            if (entry_kind(entry) == EVENT_CHECK && entry_detail(entry) == (unsigned)id &&
                block->base_frame + entry->frame == frame)
                return true;
        }
    }
    return false;
}

bool history_add(struct history_pool *pool, uint32_t log, const struct event *event)
{
    if (log == 0)
        return false;
    struct event e = *event;
    struct block *first = block_at(pool, log);
    if (e.kind == EVENT_CHECK || e.time < first->base_time)
        e.time = block_at(pool, first->last)->base_time;
    int64_t limit = e.kind == EVENT_RESET ? TIME_LIMIT : TIME_LIMIT_LONG;
    struct block *block;
    struct entry *entry = entry_new(pool, log, e.frame, e.time, limit, &block);
    if (entry == NULL)
        return false;
    entry_pack(entry, block, &e);
    return true;
}

void history_pend(struct history_pool *pool, uint32_t log, enum endpoint_id endpoint,
                  enum delivery delivery, uint64_t frame, int64_t time)
{
    struct event pending = { .kind = EVENT_PENDING,
                             .endpoint = (uint8_t)endpoint,
                             .detail = (uint8_t)delivery,
                             .frame = frame,
                             .time = time };
    history_add(pool, log, &pending);
}

/* The newest entry of this kind, endpoint and detail, or NULL. */
static struct entry *entry_find(const struct history_pool *pool, uint32_t log, unsigned kind,
                                unsigned endpoint, unsigned detail, unsigned detail_mask,
                                struct block **ret_block)
{
    struct entry *found = NULL;
    for (uint32_t number = log; number != 0; number = block_at(pool, number)->next) {
        struct block *block = block_at(pool, number);
        for (unsigned i = 0; i < block->count; i++) {
            struct entry *entry = &block->entries[i];
            if (entry_kind(entry) == kind && entry_endpoint(entry) == endpoint &&
                (entry_detail(entry) & detail_mask) == detail) {
                found = entry;
                *ret_block = block;
            }
        }
    }
    return found;
}

bool history_pending(const struct history_pool *pool, uint32_t log, enum endpoint_id endpoint,
                     enum delivery delivery, uint64_t *ret_frame, int64_t *ret_time)
{
    struct block *block;
    const struct entry *entry =
        entry_find(pool, log, EVENT_PENDING, endpoint, delivery, 255, &block);
    if (entry == NULL)
        return false;
    struct event event;
    entry_unpack(entry, block, &event);
    *ret_frame = event.frame;
    *ret_time = event.time;
    return true;
}

/* Raises frame and time to those of the endpoint's newest transition: its states stay in order
 * even when a delivery is decided late. True when there is one that is not older. */
static bool newest_transition(const struct history_pool *pool, uint32_t log,
                              enum endpoint_id endpoint, uint64_t *frame, int64_t *time)
{
    bool found = false;
    for (uint32_t number = log; number != 0; number = block_at(pool, number)->next) {
        const struct block *block = block_at(pool, number);
        for (unsigned i = 0; i < block->count; i++) {
            const struct entry *entry = &block->entries[i];
            struct event event;
            if (entry_kind(entry) != EVENT_TRANSITION || entry_endpoint(entry) != endpoint)
                continue;
            entry_unpack(entry, block, &event);
            if (event.frame < *frame)
                continue;
            found = true;
            *frame = event.frame;
            *time = event.time > *time ? event.time : *time;
        }
    }
    return found;
}

void history_commit(struct history_pool *pool, uint32_t log, enum endpoint_id endpoint,
                    enum delivery delivery, const struct event *transition)
{
    struct block *block;
    struct entry *entry = entry_find(pool, log, EVENT_PENDING, endpoint, delivery, 255, &block);
    if (entry == NULL)
        return;
    struct event pending;
    entry_unpack(entry, block, &pending);
    struct event e = *transition;
    e.frame = pending.frame;
    e.time = pending.time;
    if (newest_transition(pool, log, endpoint, &e.frame, &e.time)) {
        entry->packed = EVENT_NONE; /* it goes to the end: equal frames keep their order */
        history_add(pool, log, &e);
        return;
    }
    entry_pack(entry, block, &e);
}

bool history_fail_check(struct history_pool *pool, uint32_t log, enum check_id id,
                        enum endpoint_id endpoint, uint32_t observed, uint32_t expected)
{
    struct block *block;
    struct entry *entry = entry_find(pool, log, EVENT_CHECK, endpoint, id, 255, &block);
    if (entry == NULL || entry->number != observed ||
        (entry->packed >> 16 & 0xffff) != ADDEND_SKIPPED)
        return false;
    entry->packed = pack_head(EVENT_CHECK, endpoint, CERTAINTY_INFERRED, id) |
                    (uint64_t)expected << 32;
    return true;
}

void history_withdraw(struct history_pool *pool, uint32_t log, enum endpoint_id endpoint,
                      enum delivery delivery)
{
    struct block *block;
    struct entry *entry = entry_find(pool, log, EVENT_PENDING, endpoint, delivery, 255, &block);
    if (entry != NULL)
        entry->packed = EVENT_NONE;
}

void history_withdraw_transition(struct history_pool *pool, uint32_t log,
                                 enum endpoint_id endpoint, enum tcp_state to)
{
    struct block *block;
    struct entry *entry =
        entry_find(pool, log, EVENT_TRANSITION, endpoint, (unsigned)to, 15, &block);
    if (entry != NULL)
        entry->packed = EVENT_NONE;
}

void history_swap(struct history_pool *pool, uint32_t log)
{
    for (uint32_t number = log; number != 0; number = block_at(pool, number)->next) {
        struct block *block = block_at(pool, number);
        for (unsigned i = 0; i < block->count; i++)
            block->entries[i].packed ^= UINT64_C(1) << 5;
    }
}

/* Insertion sort by frame: logs are short and nearly sorted; order of equal frames is kept. */
static void events_sort(struct event *list, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct event event = list[i];
        size_t j = i;
        while (j > 0 && list[j - 1].frame > event.frame) {
            list[j] = list[j - 1];
            j--;
        }
        list[j] = event;
    }
}

size_t history_read(const struct history_pool *pool, uint32_t log, struct event *list,
                    size_t room)
{
    size_t count = 0;
    for (uint32_t number = log; number != 0; number = block_at(pool, number)->next) {
        const struct block *block = block_at(pool, number);
        for (unsigned i = 0; i < block->count; i++) {
            unsigned kind = entry_kind(&block->entries[i]);
            if (kind == EVENT_NONE || kind == EVENT_PENDING)
                continue;
            if (count < room)
                entry_unpack(&block->entries[i], block, &list[count]);
            count++;
        }
    }
    events_sort(list, count < room ? count : room);
    return count;
}
