/*
 * flow_table: open addressing with linear probing over slots of hash and record number; records
 * live in chunks that never move. Deletion shifts the following slots back, so there are no
 * tombstones and lookups stay short.
 */
#include "flow/flow_table.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_RECORDS 1024u
#define SLOTS_START 2048u
#define CACHE_LINE 64u

struct slot {
    uint32_t hash;
    uint32_t id; /* FLOW_NO_ENTRY: empty */
};

struct list {
    uint32_t oldest, newest;
};

struct flow_table {
    struct slot *slots;
    uint32_t slot_mask;
    uint32_t count;
    uint32_t capacity;
    uint32_t records; /* records ever made: ids below this */
    uint32_t free_id; /* chain of removed records through `newer` */
    size_t record_size;
    unsigned char **chunks;
    uint32_t chunk_count, chunk_room;
    struct flow_secret secret;
    struct list lists[FLOW_LISTS_MAX];
};

static struct flow_entry *record_at(const struct flow_table *table, uint32_t id)
{
    unsigned char *chunk = table->chunks[id / CHUNK_RECORDS];
    return (void *)(chunk + (size_t)(id % CHUNK_RECORDS) * table->record_size);
}

static struct slot *slots_new(uint32_t count)
{
    struct slot *slots = malloc((size_t)count * sizeof *slots);
    if (slots == NULL)
        return NULL;
    for (uint32_t i = 0; i < count; i++)
        slots[i] = (struct slot){ .hash = 0, .id = FLOW_NO_ENTRY };
    return slots;
}

struct flow_table *flow_table_new(size_t record_size, uint32_t capacity,
                                  const struct flow_secret *secret)
{
    struct flow_table *table = calloc(1, sizeof *table);
    if (table == NULL)
        return NULL;
    table->slots = slots_new(SLOTS_START);
    if (table->slots == NULL) {
        free(table);
        return NULL;
    }
    table->slot_mask = SLOTS_START - 1;
    table->capacity = capacity;
    table->free_id = FLOW_NO_ENTRY;
    table->record_size = (record_size + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    table->secret = *secret;
    for (unsigned i = 0; i < FLOW_LISTS_MAX; i++)
        table->lists[i] = (struct list){ FLOW_NO_ENTRY, FLOW_NO_ENTRY };
    return table;
}

void flow_table_free(struct flow_table *table)
{
    if (table == NULL)
        return;
    for (uint32_t i = 0; i < table->chunk_count; i++)
        free(table->chunks[i]);
    free(table->chunks);
    free(table->slots);
    free(table);
}

uint32_t flow_table_hash(const struct flow_table *table, const struct flow_key *key)
{
    return flow_key_hash(key, &table->secret);
}

uint32_t flow_table_count(const struct flow_table *table)
{
    return table->count;
}

void flow_table_expect(const struct flow_table *table, uint32_t hash)
{
    __builtin_prefetch(&table->slots[hash & table->slot_mask]);
}

void flow_table_expect_record(const struct flow_table *table, uint32_t hash)
{
    const struct slot *slot = &table->slots[hash & table->slot_mask];
    if (slot->id == FLOW_NO_ENTRY || slot->hash != hash)
        return;
    const char *record = (const char *)record_at(table, slot->id);
    for (size_t at = 0; at < table->record_size; at += CACHE_LINE)
        __builtin_prefetch(record + at, 1);
}

void *flow_table_find(const struct flow_table *table, const struct flow_key *key, uint32_t hash)
{
    for (uint32_t i = hash & table->slot_mask;; i = (i + 1) & table->slot_mask) {
        const struct slot *slot = &table->slots[i];
        if (slot->id == FLOW_NO_ENTRY)
            return NULL;
        if (slot->hash != hash)
            continue;
        struct flow_entry *entry = record_at(table, slot->id);
        if (flow_key_equal(&entry->key, key))
            return entry;
    }
}

static void slot_insert(struct slot *slots, uint32_t mask, struct slot new_slot)
{
    uint32_t i = new_slot.hash & mask;
    while (slots[i].id != FLOW_NO_ENTRY)
        i = (i + 1) & mask;
    slots[i] = new_slot;
}

/* Keeps the index at most three quarters full. */
static bool index_grow(struct flow_table *table)
{
    uint32_t size = table->slot_mask + 1;
    if (table->count + 1 <= size / 4 * 3)
        return true;
    if (size > UINT32_MAX / 2)
        return false;
    struct slot *slots = slots_new(size * 2);
    if (slots == NULL)
        return false;
    for (uint32_t i = 0; i < size; i++)
        if (table->slots[i].id != FLOW_NO_ENTRY)
            slot_insert(slots, size * 2 - 1, table->slots[i]);
    free(table->slots);
    table->slots = slots;
    table->slot_mask = size * 2 - 1;
    return true;
}

static bool chunk_add(struct flow_table *table)
{
    if (table->chunk_count == table->chunk_room) {
        uint32_t room = table->chunk_room ? table->chunk_room * 2 : 16;
        unsigned char **chunks = realloc(table->chunks, room * sizeof *chunks);
        if (chunks == NULL)
            return false;
        table->chunks = chunks;
        table->chunk_room = room;
    }
    size_t bytes = table->record_size * CHUNK_RECORDS;
    unsigned char *chunk = aligned_alloc(CACHE_LINE, bytes);
    if (chunk == NULL)
        return false;
    table->chunks[table->chunk_count++] = chunk;
    return true;
}

/* A record number for a new record, or FLOW_NO_ENTRY. */
static uint32_t record_take(struct flow_table *table)
{
    uint32_t id = table->free_id;
    if (id != FLOW_NO_ENTRY) {
        table->free_id = record_at(table, id)->newer;
        return id;
    }
    if (table->records == table->chunk_count * CHUNK_RECORDS && !chunk_add(table))
        return FLOW_NO_ENTRY;
    return table->records++;
}

static void list_append(struct flow_table *table, struct flow_entry *entry, unsigned list)
{
    struct list *l = &table->lists[list];
    entry->list = (uint16_t)list;
    entry->older = l->newest;
    entry->newer = FLOW_NO_ENTRY;
    if (l->newest != FLOW_NO_ENTRY)
        record_at(table, l->newest)->newer = entry->id;
    else
        l->oldest = entry->id;
    l->newest = entry->id;
}

static void list_remove(struct flow_table *table, struct flow_entry *entry)
{
    struct list *l = &table->lists[entry->list];
    if (entry->older != FLOW_NO_ENTRY)
        record_at(table, entry->older)->newer = entry->newer;
    else
        l->oldest = entry->newer;
    if (entry->newer != FLOW_NO_ENTRY)
        record_at(table, entry->newer)->older = entry->older;
    else
        l->newest = entry->older;
}

void *flow_table_add(struct flow_table *table, const struct flow_key *key, uint32_t hash)
{
    if (table->count >= table->capacity || !index_grow(table))
        return NULL;
    uint32_t id = record_take(table);
    if (id == FLOW_NO_ENTRY)
        return NULL;
    struct flow_entry *entry = record_at(table, id);
    memset(entry, 0, table->record_size);
    entry->key = *key;
    entry->hash = hash;
    entry->id = id;
    entry->used = 1;
    list_append(table, entry, 0);
    slot_insert(table->slots, table->slot_mask, (struct slot){ .hash = hash, .id = id });
    table->count++;
    return entry;
}

void flow_table_touch(struct flow_table *table, void *record, unsigned list)
{
    struct flow_entry *entry = record;
    if (entry->list == list && table->lists[list].newest == entry->id)
        return;
    list_remove(table, entry);
    list_append(table, entry, list);
}

void *flow_table_oldest(const struct flow_table *table, unsigned list)
{
    uint32_t id = table->lists[list].oldest;
    return id == FLOW_NO_ENTRY ? NULL : record_at(table, id);
}

/* Empties slot i and moves later entries of its run back to where a lookup finds them. */
static void slot_delete(struct flow_table *table, uint32_t i)
{
    uint32_t mask = table->slot_mask;
    for (uint32_t j = (i + 1) & mask; table->slots[j].id != FLOW_NO_ENTRY; j = (j + 1) & mask) {
        uint32_t home = table->slots[j].hash & mask;
        if (((j - home) & mask) >= ((j - i) & mask)) {
            table->slots[i] = table->slots[j];
            i = j;
        }
    }
    table->slots[i].id = FLOW_NO_ENTRY;
}

void flow_table_remove(struct flow_table *table, void *record)
{
    struct flow_entry *entry = record;
    uint32_t i = entry->hash & table->slot_mask;
    while (table->slots[i].id != entry->id)
        i = (i + 1) & table->slot_mask;
    slot_delete(table, i);
    list_remove(table, entry);
    entry->used = 0;
    entry->newer = table->free_id;
    table->free_id = entry->id;
    table->count--;
}

void *flow_table_next(const struct flow_table *table, uint32_t *cursor)
{
    while (*cursor < table->records) {
        struct flow_entry *entry = record_at(table, (*cursor)++);
        if (entry->used)
            return entry;
    }
    return NULL;
}
