/* batch: an array of entries, and one of bytes. */
#include "tcp/batch.h"

#include <stdlib.h>
#include <string.h>

/* Payload of a batch, and what one frame may add to it: libpcap's MAXIMUM_SNAPLEN. */
#define BYTES_USUAL ((size_t)1 << 18)
#define BYTES_FRAME ((size_t)1 << 18)

bool batch_init(struct batch *batch, uint16_t room, bool payload)
{
    *batch = (struct batch){ .room = room };
    batch->entries = calloc(room, sizeof *batch->entries);
    if (payload)
        batch->bytes = malloc(BYTES_USUAL + BYTES_FRAME);
    batch_clear(batch);
    return batch->entries != NULL && (!payload || batch->bytes != NULL);
}

void batch_done(struct batch *batch)
{
    free(batch->entries);
    free(batch->bytes);
    *batch = (struct batch){ .count = 0 };
}

void batch_clear(struct batch *batch)
{
    batch->count = 0;
    batch->used = 0;
    batch->latest = INT64_MIN;
    memset(batch->first, 0xff, sizeof batch->first); /* BATCH_NONE */
}

void batch_keep_payload(struct batch *batch, struct cursor payload)
{
    size_t length = cursor_left(&payload);
    struct batch_entry *entry = batch_place(batch);
    if (batch->bytes == NULL || length == 0 || length > BYTES_FRAME) {
        entry->payload = cursor_init(NULL, 0);
        return;
    }
    uint8_t *bytes = batch->bytes + batch->used;
    cursor_copy(&payload, bytes, length);
    entry->payload = cursor_init(bytes, length);
    batch->used += length;
}

void batch_add(struct batch *batch, int64_t time)
{
    struct batch_entry *entry = batch_place(batch);
    uint16_t number = batch->count++;
    entry->next = BATCH_NONE;
    if (batch->first[entry->shard] == BATCH_NONE)
        batch->first[entry->shard] = number;
    else
        batch->entries[batch->last[entry->shard]].next = number;
    batch->last[entry->shard] = number;
    if (time > batch->latest)
        batch->latest = time;
}

bool batch_is_full(const struct batch *batch)
{
    return batch->count == batch->room || batch->used > BYTES_USUAL;
}
