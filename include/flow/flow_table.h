/*
 * flow_table: records by key, and their order of last use.
 *
 * The table owns its records: fixed-size blocks of memory that begin with a struct flow_entry
 * and never move. Records grow by chunks up to a capacity, the index doubles; a full table
 * refuses, and the caller decides what to forget. Entries stand in one of a few lists, each
 * ordered by last use, so that what is idle longest is found without a search.
 */
#ifndef FLOW_FLOW_TABLE_H
#define FLOW_FLOW_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/flow_key.h"

#define FLOW_LISTS_MAX 8
#define FLOW_NO_ENTRY UINT32_MAX

/* The head of each record. Only the table writes it. */
struct flow_entry {
    struct flow_key key;
    uint32_t hash;
    uint32_t id;    /* which record this is */
    uint32_t older; /* neighbours in its list; FLOW_NO_ENTRY at the ends */
    uint16_t list;
    uint16_t used;
    uint32_t newer;
};

struct flow_table;

/*
 * record_size: bytes of a record, its flow_entry included. capacity: records at most. NULL when
 * out of memory.
 */
struct flow_table *flow_table_new(size_t record_size, uint32_t capacity,
                                  const struct flow_secret *secret);

/* Its slot will be looked at soon; and then its record, which may be another one's with the same
 * hash, or none. */
void flow_table_expect(const struct flow_table *table, uint32_t hash);
void flow_table_expect_record(const struct flow_table *table, uint32_t hash);

/* The record with this key, or NULL. */
void *flow_table_find(const struct flow_table *table, const struct flow_key *key, uint32_t hash);

/*
 * A new zeroed record for a key that is not in the table, at the newest end of list 0. NULL when
 * the table is full or out of memory.
 */
void *flow_table_add(struct flow_table *table, const struct flow_key *key, uint32_t hash);

/* Hash of a key under the table's secret. */
uint32_t flow_table_hash(const struct flow_table *table, const struct flow_key *key);

/* Moves a record to the newest end of a list. */
void flow_table_touch(struct flow_table *table, void *record, unsigned list);

/* The record of a list that was touched longest ago, or NULL. */
void *flow_table_oldest(const struct flow_table *table, unsigned list);

/* Forgets a record; its memory serves the next one. */
void flow_table_remove(struct flow_table *table, void *record);

/* Records in use, and the walk over them in no particular order: start with *cursor 0; NULL at
 * the end. Removing the record just returned is allowed. */
uint32_t flow_table_count(const struct flow_table *table);
void *flow_table_next(const struct flow_table *table, uint32_t *cursor);

void flow_table_free(struct flow_table *table);

#endif
