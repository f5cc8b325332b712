/* history: logs of packed events in chained blocks, and the deliveries that wait in them. */
#include "tcp/history.h"

#include <stdlib.h>
#include <string.h>

#include "tcp/history_pool.h"
#include "tcp/ledger.h"
#include "tcp/loss_book.h"
#include "tcp/tempo_book.h"

#define TIME_LIMIT (INT64_C(1) << 43) /* ns: what the shortest time field holds, 2.4 hours */
#define TIME_LIMIT_LONG (INT64_C(1) << 48) /* 78 hours */
#define BACK (INT64_C(3600) * 1000000000) /* ns; clocks step back: so far they are followed */
#define BLOCKS_NOTED 20 /* of a log: repeats and the like stop here, */
#define BLOCKS_CHECKED 22 /* checks and RSTs here; the rest is for states */

_Static_assert(HISTORY_BLOCKS_MAX <= 127, "what struct block.blocks holds");

struct history_pool *history_pool_new(uint32_t blocks_max, bool all_checks)
{
    struct history_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        return NULL;
    slab_init(&pool->blocks, sizeof(struct block), blocks_max);
    slab_init(&pool->ledgers, sizeof(struct ledger), blocks_max);
    pool->losses = losses_new(blocks_max);
    pool->all_checks = all_checks;
    pool->tempos = tempos_new(blocks_max);
    if (pool->losses == NULL || pool->tempos == NULL) {
        history_pool_free(pool);
        return NULL;
    }
    return pool;
}

void history_pool_free(struct history_pool *pool)
{
    if (pool == NULL)
        return;
    slab_done(&pool->blocks);
    slab_done(&pool->ledgers);
    losses_free(pool->losses);
    tempos_free(pool->tempos);
    free(pool);
}

void history_take_no_shortcut(struct history_pool *pool)
{
    pool->no_shortcut = true;
}

uint64_t history_pool_lost(const struct history_pool *pool, int64_t *ret_since)
{
    *ret_since = pool->lost_since;
    return pool->lost;
}

/* A cleared block's number; 0 when there is none left. */
static uint32_t block_take(struct history_pool *pool)
{
    uint32_t number = slab_take(&pool->blocks);
    if (number != 0)
        memset(block_at(pool, number), 0, offsetof(struct block, entries));
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
    if (log != 0 && !(log_index_reach(&pool->losses->book_of, log) &&
                      log_index_reach(&pool->tempos->exchange_of, log))) {
        slab_give(&pool->blocks, log);
        log = 0;
    }
    if (log == 0) {
        count_lost(pool, first_time);
        return 0;
    }
    struct block *block = block_at(pool, log);
    memset(&block->neighbour, 0, sizeof block->neighbour);
    block->base_frame = first_frame & FRAME_MAX;
    block->base_time = first_time - BACK;
    block->last = log;
    block->blocks = 1;
    return log;
}

void history_free(struct history_pool *pool, uint32_t log)
{
    history_ledger_close(pool, log);
    if (log != 0)
        loss_free(pool->losses, history_loss(pool, log));
    tempo_free(pool->tempos, log);
    while (log != 0) {
        uint32_t next = block_at(pool, log)->next;
        slab_give(&pool->blocks, log);
        log = next;
    }
}

bool history_all_checks(const struct history_pool *pool)
{
    return pool->all_checks;
}

struct neighbour *history_neighbour(const struct history_pool *pool, uint32_t log)
{
    return log != 0 ? &block_at(pool, log)->neighbour : NULL;
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

/* Noise must not keep out what a connection's states rest on: blocks that a log may have. */
static unsigned blocks_for(unsigned kind)
{
    if (kind == EVENT_TRANSITION || kind == EVENT_PENDING)
        return HISTORY_BLOCKS_MAX;
    return kind == EVENT_CHECK || kind == EVENT_RESET ? BLOCKS_CHECKED : BLOCKS_NOTED;
}

/* A free entry in a block whose base suits frame and time; NULL when the log is full. */
static struct entry *entry_new(struct history_pool *pool, struct block *first,
                               const struct event *e, struct block **ret_block)
{
    uint64_t frame = e->frame;
    int64_t time = e->time, limit = e->kind == EVENT_RESET ? TIME_LIMIT : TIME_LIMIT_LONG;
    struct block *block = block_at(pool, first->last);
    bool reaches = block_reaches(block, frame, time, limit);

    if (block->count == (block == first ? BLOCK_ENTRIES_FIRST : BLOCK_ENTRIES) || !reaches) {
        uint32_t number = first->blocks < blocks_for(e->kind) ? block_take(pool) : 0;
        if (number == 0) {
            first->overflowed = 1;
            return NULL;
        }
        struct block *added = block_at(pool, number);
        added->base_frame = (reaches ? block->base_frame : frame) & FRAME_MAX;
        added->base_time = reaches ? block->base_time : time - BACK;
        block->next = number;
        first->last = number;
        first->blocks++;
        block = added;
    }
    *ret_block = block;
    return &block->entries[block->count++];
}

/* In a log that has little room left, a withdrawn entry serves the next delivery. */
static struct entry *entry_reuse(const struct history_pool *pool, const struct block *first,
                                 uint32_t log, const struct event *e, struct block **ret_block)
{
    if (first->blocks <= BLOCKS_CHECKED)
        return NULL;
    for (uint32_t number = log; number != 0; number = (*ret_block)->next) {
        struct block *block = *ret_block = block_at(pool, number);
        for (unsigned i = 0; i < block->count; i++)
            if (entry_kind(&block->entries[i]) == EVENT_NONE &&
                block_reaches(block, e->frame, e->time, TIME_LIMIT_LONG))
                return &block->entries[i];
    }
    return NULL;
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
    struct block *first = block_at(pool, log), *block;
    struct event dated;
    const struct event *e = event;
    if (e->kind == EVENT_CHECK || e->time < first->base_time) {
        dated = *event;
        dated.time = block_at(pool, first->last)->base_time;
        e = &dated;
    }
    struct entry *entry = e->kind == EVENT_PENDING ? entry_reuse(pool, first, log, e, &block) : NULL;
    if (entry == NULL)
        entry = entry_new(pool, first, e, &block);
    if (entry == NULL) {
        count_lost(pool, event->time);
        return false;
    }
    entry_pack(entry, block, e);
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
    const uint64_t mask = entry_head(31, 1, 0, detail_mask);
    const uint64_t wanted = entry_head(kind, endpoint, 0, detail);
    struct entry *found = NULL;
    struct block *block;
    for (uint32_t number = log; number != 0; number = block->next) {
        block = block_at(pool, number);
        for (unsigned i = block->count; i-- > 0;) {
            if ((block->entries[i].packed & mask) != wanted)
                continue;
            found = &block->entries[i];
            *ret_block = block;
            break;
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

void history_count_view(struct history_pool *pool, uint32_t log)
{
    if (log != 0)
        block_at(pool, log)->second_views++;
}

uint32_t history_second_views(const struct history_pool *pool, uint32_t log)
{
    return log != 0 ? block_at(pool, log)->second_views : 0;
}

/* The next view or pending delivery of this frame's segment; start with *number = log, *at = 0. */
static const struct entry *entry_next_of(const struct history_pool *pool, uint64_t frame,
                                         uint32_t *number, unsigned *at)
{
    for (; *number != 0; *number = block_at(pool, *number)->next, *at = 0) {
        const struct block *block = block_at(pool, *number);
        for (; *at < block->count; ++*at) {
            unsigned kind = entry_kind(&block->entries[*at]);
            if ((kind == EVENT_VIEW || kind == EVENT_PENDING) &&
                block->base_frame + block->entries[*at].frame == frame)
                return &block->entries[(*at)++];
        }
    }
    return NULL;
}

bool history_concerns(const struct history_pool *pool, uint32_t log, uint64_t frame,
                      unsigned *ret_view_of)
{
    const struct entry *entry;
    uint32_t number = log;
    bool found = false;

    *ret_view_of = VIEW_OF_OTHER;
    for (unsigned at = 0; (entry = entry_next_of(pool, frame, &number, &at)) != NULL;) {
        found = true;
        if (entry_kind(entry) == EVENT_VIEW)
            *ret_view_of = entry_detail(entry) >> VIEW_OF_SHIFT;
    }
    return found;
}

bool history_view(const struct history_pool *pool, uint32_t log, enum view_of view_of, int input,
                  unsigned *ret_input, int64_t *ret_time)
{
    for (uint32_t number = log; number != 0; number = block_at(pool, number)->next) {
        const struct block *block = block_at(pool, number);
        for (unsigned i = 0; i < block->count; i++) {
            const struct entry *entry = &block->entries[i];
            unsigned detail = entry_detail(entry);
            if (entry_kind(entry) != EVENT_VIEW || detail >> VIEW_OF_SHIFT != view_of ||
                (input >= 0 && VIEW_INPUT(detail) != (unsigned)input))
                continue;
            struct event event;
            entry_unpack(entry, block, &event);
            if (ret_input != NULL)
                *ret_input = VIEW_INPUT(detail);
            *ret_time = event.time;
            return true;
        }
    }
    return false;
}

bool history_arrival(const struct history_pool *pool, uint32_t log, uint64_t frame,
                     struct event *ret_view)
{
    const struct entry *entry;
    uint32_t number = log;
    bool found = false;

    if (history_second_views(pool, log) == 0) /* one input: nothing was noted */
        return false;
    for (unsigned at = 0; (entry = entry_next_of(pool, frame, &number, &at)) != NULL;) {
        struct event event;
        entry_unpack(entry, block_at(pool, number), &event);
        if (event.kind != EVENT_VIEW || event.observed == 0 ||
            (found && event.time <= ret_view->time))
            continue;
        *ret_view = event;
        found = true;
    }
    return found;
}

/* Raises frame and time to those of the endpoint's newest transition: its states stay in order
 * even when a delivery is decided late. True when there is one that is not older. */
static bool newest_transition(const struct history_pool *pool, uint32_t log,
                              enum endpoint_id endpoint, uint64_t *frame, int64_t *time)
{
    const uint64_t mask = entry_head(31, 1, 0, 0);
    const uint64_t wanted = entry_head(EVENT_TRANSITION, endpoint, 0, 0);
    const struct block *block;
    bool found = false;
    for (uint32_t number = log; number != 0; number = block->next) {
        block = block_at(pool, number);
        for (unsigned i = 0; i < block->count; i++) {
            const struct entry *entry = &block->entries[i];
            if ((entry->packed & mask) != wanted || block->base_frame + entry->frame < *frame)
                continue;
            int64_t passed = entry_time(entry, block);
            found = true;
            *frame = block->base_frame + entry->frame;
            *time = passed > *time ? passed : *time;
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
    struct event view;
    e.frame = pending.frame;
    e.time = pending.time;
    if (history_arrival(pool, log, pending.frame, &view) && view.time > e.time)
        e.time = view.time;
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
    entry->packed = entry_head(EVENT_CHECK, endpoint, CERTAINTY_INFERRED, id) |
                    (uint64_t)expected << 32;
    return true;
}

void history_withdraw(struct history_pool *pool, uint32_t log, enum endpoint_id endpoint,
                      enum delivery delivery)
{
    struct block *block;
    struct entry *entry = entry_find(pool, log, EVENT_PENDING, endpoint, delivery, 255, &block);
    if (entry == NULL)
        return;
    entry->packed = EVENT_NONE;
    if (entry == &block->entries[block->count - 1] && block->next == 0)
        block->count--;
}

enum tcp_state history_withdraw_transition(struct history_pool *pool, uint32_t log,
                                           enum endpoint_id endpoint, enum tcp_state to)
{
    struct block *block;
    struct entry *entry =
        entry_find(pool, log, EVENT_TRANSITION, endpoint, (unsigned)to, 15, &block);
    if (entry == NULL)
        return STATE_NONE;
    enum tcp_state before = (enum tcp_state)(entry_detail(entry) >> 4);
    entry->packed = EVENT_NONE;
    return before;
}

void history_doubt(struct history_pool *pool, uint32_t log, enum endpoint_id endpoint,
                   enum tcp_state to, enum certainty certainty)
{
    struct block *block;
    struct entry *entry =
        entry_find(pool, log, EVENT_TRANSITION, endpoint, (unsigned)to, 15, &block);
    if (entry == NULL)
        return;
    struct event event;
    entry_unpack(entry, block, &event);
    if (event.certainty < certainty)
        event.certainty = (uint8_t)certainty;
    entry_pack(entry, block, &event);
}

void history_swap(struct history_pool *pool, uint32_t log)
{
    struct ledger *ledger = history_ledger(pool, log);
    if (ledger != NULL)
        ledger_swap(ledger);
    if (log != 0)
        loss_swap(pool->losses, *history_loss(pool, log));
    tempo_swap(pool->tempos, log);
    for (uint32_t number = log; number != 0; number = block_at(pool, number)->next) {
        struct block *block = block_at(pool, number);
        for (unsigned i = 0; i < block->count; i++)
            block->entries[i].packed ^= UINT64_C(1) << 5;
    }
}
