/*
 * batch: some hundred decoded segments, in the order of their frames, on their way to the shards
 * of a tracker. Whoever fills it notes what needs all frames in their order: copies, the time of
 * the one before. Internal to tcp/.
 *
 * Entries of a shard are chained. Payload is copied, for a capture's bytes are gone with the next
 * read.
 */
#ifndef TCP_BATCH_H
#define TCP_BATCH_H

#include "flow/copy.h"
#include "flow/flow_key.h"
#include "model/notice.h"
#include "model/segment.h"
#include "tcp/tracked.h"

#define SHARDS_MAX 16u
#define BATCH_NONE UINT16_MAX

enum entry_kind { ENTRY_SEGMENT, ENTRY_COPY, ENTRY_VIEW, ENTRY_MALFORMED, ENTRY_NOTICE };

struct batch_entry {
    union {
        struct segment segment;
        struct notice notice;
    };
    struct flow_key key;
    uint32_t hash;           /* of the key, in the tables of shards */
    uint16_t next;           /* of the same shard */
    uint8_t kind;            /* enum entry_kind */
    uint8_t shard;
    bool source_second;      /* its source is the key's second end */
    bool time_back;          /* its time is before that of the segment before it */
    bool mirrored;           /* of a copy: many frames have one so far */
    struct cursor payload;   /* as much as was captured and is wanted */
    union {
        struct copy_found found; /* of a copy */
        uint64_t frame;          /* of a view: whose it is */
    };
    union {                  /* what became of it */
        struct tracked tracked;
        struct noticed noticed;
    };
};

struct batch {
    struct batch_entry *entries;
    uint16_t count, room;
    uint16_t first[SHARDS_MAX], last[SHARDS_MAX]; /* BATCH_NONE: the shard has none */
    int64_t latest; /* ns: no entry's time is later */
    uint8_t *bytes; /* of payload; NULL: none is kept */
    size_t used;
};

/* False when out of memory. */
bool batch_init(struct batch *batch, uint16_t room, bool payload);
void batch_done(struct batch *batch);
void batch_clear(struct batch *batch);

/* The place of the next entry, to be filled. The batch is not full. */
static inline struct batch_entry *batch_place(const struct batch *batch)
{
    return &batch->entries[batch->count];
}

/* Keeps a copy of payload with the next entry. */
void batch_keep_payload(struct batch *batch, struct cursor payload);

/* Puts the next entry, whose key and shard are set, into its chain. */
void batch_add(struct batch *batch, int64_t time);

/* No other entry is certain to have room. */
bool batch_is_full(const struct batch *batch);

#endif
