/* segment_log: records in chained chunks. */
#include "tcp/segment_log.h"

#include <stddef.h>
#include <string.h>

#define ROW_BITS 4
#define ROW_MASK ((1u << ROW_BITS) - 1)
#define CHUNKS_MAX (UINT32_MAX >> ROW_BITS)
/* Most segments are sent once and in order. */
#define REASONS_SHARE 2

_Static_assert(CLASSIFIED_CHUNK <= ROW_MASK + 1, "a reference names a row of a chunk");

void segment_logs_init(struct segment_logs *logs, uint64_t records_max)
{
    uint64_t chunks = records_max / CLASSIFIED_CHUNK;
    *logs = (struct segment_logs){ .refused = { .hits = 0 } };
    slab_init(&logs->chunks, sizeof(struct classified_chunk),
              chunks < CHUNKS_MAX ? (uint32_t)chunks : CHUNKS_MAX);
    slab_init(&logs->reasons, sizeof(struct reason),
              (uint32_t)(logs->chunks.most * (uint64_t)CLASSIFIED_CHUNK / REASONS_SHARE));
}

void segment_logs_done(struct segment_logs *logs)
{
    slab_done(&logs->chunks);
    slab_done(&logs->reasons);
}

void segment_logs_release(struct segment_logs *logs)
{
    segment_logs_done(logs);
    logs->chunks.most = 0;
}

static struct classified_chunk *chunk_at(const struct segment_logs *logs, uint32_t handle)
{
    return slab_at(&logs->chunks, handle);
}

/* The first chunk of a log; 0 when it is empty, or was released. */
static uint32_t chunk_first(const struct segment_logs *logs, uint32_t log)
{
    return segment_logs_kept(logs) ? log : 0;
}

/* The chunk that takes the next record; NULL when there is no room. */
static struct classified_chunk *chunk_open(struct segment_logs *logs, uint32_t *log)
{
    struct classified_chunk *first = *log != 0 ? chunk_at(logs, *log) : NULL;
    struct classified_chunk *last = first != NULL ? chunk_at(logs, first->last_handle) : NULL;
    if (last != NULL && last->count < CLASSIFIED_CHUNK)
        return last;
    uint32_t handle = slab_take(&logs->chunks);
    if (handle == 0)
        return NULL;
    struct classified_chunk *added = chunk_at(logs, handle);
    memset(added, 0, offsetof(struct classified_chunk, rows));
    added->handle = handle;
    if (last != NULL) {
        last->next = added;
        last->next_handle = handle;
        first->last_handle = handle;
    } else {
        *log = handle;
        added->last_handle = handle;
    }
    return added;
}

uint32_t segment_log_add(struct segment_logs *logs, uint32_t *log, const struct classified *row)
{
    struct classified_chunk *chunk = chunk_open(logs, log);
    if (chunk == NULL) {
        bound_hit(&logs->refused, row->time);
        return 0;
    }
    chunk->rows[chunk->count] = *row;
    return chunk->handle << ROW_BITS | chunk->count++;
}

struct classified *segment_log_at(const struct segment_logs *logs, uint32_t reference)
{
    if (reference == 0 || !segment_logs_kept(logs))
        return NULL;
    return &chunk_at(logs, reference >> ROW_BITS)->rows[reference & ROW_MASK];
}

struct reason *segment_log_reason(struct segment_logs *logs, struct classified *row)
{
    if (row->reason != NULL)
        return slab_at(&logs->reasons, row->reason->handle);
    uint32_t handle = slab_take(&logs->reasons);
    if (handle == 0)
        return NULL;
    struct reason *reason = slab_at(&logs->reasons, handle);
    *reason = (struct reason){ .handle = handle };
    row->reason = reason;
    return reason;
}

/* Gives back what its records have besides. */
static void chunk_clear(struct segment_logs *logs, const struct classified_chunk *chunk)
{
    for (uint32_t i = 0; i < chunk->count; i++)
        if (chunk->rows[i].reason != NULL)
            slab_give(&logs->reasons, chunk->rows[i].reason->handle);
}

void segment_log_undo(struct segment_logs *logs, uint32_t reference)
{
    if (reference != 0)
        chunk_at(logs, reference >> ROW_BITS)->count--;
}

void segment_log_drop(struct segment_logs *logs, uint32_t log, uint64_t frame)
{
    for (uint32_t handle = chunk_first(logs, log); handle != 0;
         handle = chunk_at(logs, handle)->next_handle) {
        struct classified_chunk *chunk = chunk_at(logs, handle);
        for (uint32_t i = 0; i < chunk->count; i++)
            if (chunk->rows[i].frame == frame)
                chunk->rows[i].class = CLASS_NONE;
    }
}

static bool is_copy(const struct classified *row)
{
    return (row->rules & RULE(RULE_SAME_FRAME)) && row->class != CLASS_NONE;
}

uint32_t segment_log_copies_count(const struct segment_logs *logs, uint32_t log)
{
    uint32_t count = 0;
    for (uint32_t handle = chunk_first(logs, log); handle != 0;
         handle = chunk_at(logs, handle)->next_handle) {
        const struct classified_chunk *chunk = chunk_at(logs, handle);
        for (uint32_t i = 0; i < chunk->count; i++)
            count += is_copy(&chunk->rows[i]);
    }
    return count;
}

void segment_log_copies(struct segment_logs *logs, uint32_t log, bool by_capture)
{
    const uint64_t shown = RULE(RULE_SAME_TIME) | RULE(RULE_PASSED_ON);
    enum segment_class class = by_capture ? CLASS_CAPTURE_DUPLICATE : CLASS_NETWORK_DUPLICATE;
    for (uint32_t handle = chunk_first(logs, log); handle != 0;
         handle = chunk_at(logs, handle)->next_handle) {
        struct classified_chunk *chunk = chunk_at(logs, handle);
        for (uint32_t i = 0; i < chunk->count; i++)
            if (is_copy(&chunk->rows[i]) && (by_capture || !(chunk->rows[i].rules & shown)))
                classified_revise(&chunk->rows[i], class);
    }
}

void segment_log_swap(struct segment_logs *logs, uint32_t log)
{
    for (uint32_t handle = chunk_first(logs, log); handle != 0;
         handle = chunk_at(logs, handle)->next_handle) {
        struct classified_chunk *chunk = chunk_at(logs, handle);
        for (uint32_t i = 0; i < chunk->count; i++)
            chunk->rows[i].from ^= 1;
    }
}

const struct classified_chunk *segment_log_read(const struct segment_logs *logs, uint32_t log)
{
    return chunk_first(logs, log) != 0 ? chunk_at(logs, log) : NULL;
}

void segment_log_free(struct segment_logs *logs, uint32_t *log)
{
    *log = chunk_first(logs, *log);
    while (*log != 0) {
        uint32_t next = chunk_at(logs, *log)->next_handle;
        chunk_clear(logs, chunk_at(logs, *log));
        slab_give(&logs->chunks, *log);
        *log = next;
    }
}
