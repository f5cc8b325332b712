/* batch: an array of entries, and one of bytes. */
#include "tcp/batch.h"

#include <stdlib.h>
#include <string.h>

/* What one frame may add to BATCH_BYTES: libpcap's MAXIMUM_SNAPLEN. */
#define BYTES_FRAME ((size_t)1 << 18)

bool batch_init(struct batch *batch, uint16_t room, bool payload, bool shared)
{
    *batch = (struct batch){ .room = room };
    batch->entries = aligned_alloc(BATCH_LINE, room * sizeof *batch->entries);
    batch->extras = calloc(room, sizeof *batch->extras);
    batch->results = calloc(room, sizeof *batch->results);
    if (!shared)
        batch->keys = calloc(room, sizeof *batch->keys);
    batch->heads = calloc(room, sizeof *batch->heads);
    batch->order = calloc(room + SHARDS_MAX, sizeof *batch->order);
    if (payload)
        batch->bytes = malloc(BATCH_BYTES + BYTES_FRAME);
    batch_clear(batch);
    return batch->entries != NULL && batch->extras != NULL && batch->results != NULL &&
           (shared || batch->keys != NULL) && batch->heads != NULL && batch->order != NULL &&
           (!payload || batch->bytes != NULL);
}

void batch_done(struct batch *batch)
{
    free(batch->entries);
    free(batch->extras);
    free(batch->results);
    free(batch->keys);
    free(batch->heads);
    free(batch->order);
    free(batch->bytes);
    *batch = (struct batch){ .count = 0 };
}

void batch_clear(struct batch *batch)
{
    batch->count = 0;
    batch->used = 0;
    batch->latest = INT64_MIN;
    memset(batch->of_shard, 0, sizeof batch->of_shard);
}

struct cursor batch_keep(struct batch *batch, struct cursor payload)
{
    size_t length = cursor_left(&payload);
    if (length > BYTES_FRAME)
        return cursor_init(NULL, 0);
    uint8_t *bytes = batch->bytes + batch->used;
    cursor_copy(&payload, bytes, length);
    batch->used += length;
    return cursor_init(bytes, length);
}

void batch_sort(struct batch *batch, const uint16_t *ret_first[SHARDS_MAX])
{
    uint16_t *next[SHARDS_MAX], *at = batch->order;
    for (unsigned i = 0; i < SHARDS_MAX; i++) {
        ret_first[i] = next[i] = at;
        at += batch->of_shard[i];
        *at++ = BATCH_NONE;
    }
    for (uint16_t i = 0; i < batch->count; i++)
        *next[batch->heads[i].shard]++ = i;
}
