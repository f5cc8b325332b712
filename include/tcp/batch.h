/*
 * batch: some hundred decoded segments, in the order of their frames, on their way to the shards
 * of a tracker. Whoever fills it notes what needs all frames in their order: copies, the time of
 * the one before. Internal to tcp/.
 *
 * Payload is copied, for a capture's bytes are gone with the next read. What is looked at in the
 * order of the frames stands apart from the entries, which another thread has in its cache.
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
#define BATCH_BYTES ((size_t)1 << 18) /* of payload */
#define BATCH_LINE 64u                /* bytes that a processor's cache fetches at once */

enum entry_kind { ENTRY_SEGMENT, ENTRY_COPY, ENTRY_VIEW, ENTRY_MALFORMED, ENTRY_NOTICE };

/* Whole lines of a processor's cache, and few of them: they pass from one to another. */
struct batch_entry {
    _Alignas(BATCH_LINE) union {
        struct segment segment;
        struct notice notice;
    };
    bool source_second; /* its source is the key's second end */
    bool mirrored;      /* of a copy: many frames have one so far */
};

/* What few entries have. */
struct entry_extra {
    struct cursor payload; /* as much as was captured and is wanted */
    union {
        struct copy_found found; /* of a copy */
        uint64_t frame;          /* of a view: whose it is */
    };
};

/* What became of an entry. */
union entry_result {
    struct tracked tracked;
    struct noticed noticed;
};

struct entry_head {
    int64_t time;
    uint32_t hash;  /* of the key, in the tables of shards */
    uint8_t kind;   /* enum entry_kind */
    uint8_t shard;
    bool time_back; /* its time is before that of the segment before it */
    bool payload;   /* there is some */
};

struct batch {
    struct batch_entry *entries;
    struct entry_extra *extras;
    union entry_result *results;
    struct flow_key *keys; /* NULL: they are made anew, which is quicker than to fetch them from
                              another processor */
    struct entry_head *heads;
    uint16_t *order; /* after batch_sort(): the entries of shard after shard, then BATCH_NONE */
    uint16_t count, room;
    uint16_t of_shard[SHARDS_MAX]; /* how many */
    int64_t latest;  /* ns: no entry's time is later */
    uint8_t *bytes;  /* of payload; NULL: none is kept */
    size_t used;
};

/* shared: between threads. False when out of memory. */
bool batch_init(struct batch *batch, uint16_t room, bool payload, bool shared);
void batch_done(struct batch *batch);
void batch_clear(struct batch *batch);

/* The place of the next entry, to be filled. The batch is not full. */
static inline struct batch_entry *batch_place(const struct batch *batch)
{
    return &batch->entries[batch->count];
}

/* A copy of payload that is kept with the next entry. */
struct cursor batch_keep(struct batch *batch, struct cursor payload);

/* An entry that is touched soon, of which another processor may have the newest contents. */
static inline void batch_expect(const struct batch *batch, uint16_t number)
{
    const char *entry = (const char *)&batch->entries[number];
    for (size_t at = 0; at < sizeof(struct batch_entry); at += BATCH_LINE)
        __builtin_prefetch(entry + at);
}

/* The next entry is filled. */
static inline void batch_add(struct batch *batch, struct entry_head head)
{
    batch->heads[batch->count++] = head;
    batch->of_shard[head.shard]++;
    if (head.time > batch->latest)
        batch->latest = head.time;
}

/* Sorts them by shard. Entries of one stay in their order, and BATCH_NONE stands behind each. */
void batch_sort(struct batch *batch, const uint16_t *ret_first[SHARDS_MAX]);

/* No other entry is certain to have room. */
static inline bool batch_is_full(const struct batch *batch)
{
    return batch->count == batch->room || batch->used > BATCH_BYTES;
}

#endif
