/*
 * history_entry: events packed into 16 bytes each, in blocks of 512 bytes. Internal to history.
 *
 * An entry is two 32-bit numbers and one 64-bit word. Frames and times are distances from the
 * block's base; a block whose base is too far away is followed by one with a new base, so both
 * stay exact however long the connection lasts. Layout of the word, from bit 0:
 *
 *   every entry   kind 5, endpoint 1, certainty 2, detail 8
 *   check         addend 16 (0xffff: skipped), expected 32 (skipped: the reason)
 *   reset         verdict 2, origin 2, hint 1, time 43           detail = from, to
 *   ICMP reporter addend 16, expected 32
 *   overlap       addend 16, frames since the first sending 32 (0: not known)
 *   all others    time 48                  detail = from, to of transitions and reuse, else own
 */
#ifndef TCP_HISTORY_ENTRY_H
#define TCP_HISTORY_ENTRY_H

#include <stdint.h>

#include "model/event.h"
#include "model/kinds.h"
#include "tcp/neighbour_record.h"

#define BLOCK_ENTRIES 30u
#define BLOCK_ENTRIES_FIRST 27u /* in a log's first block, which holds more */
#define ADDEND_SKIPPED 0xffffu

struct entry {
    uint32_t frame;
    uint32_t number; /* observed; of transitions: evidence frame + 1 - base, 0 for none; of ICMP
                        errors: MTU 16, code 8, reporter 8 */
    uint64_t packed;
};

struct block {
    uint64_t base_frame : 48;
    uint64_t count : 8;
    uint64_t blocks : 7;     /* in a log's first block, as what follows but base_time and next */
    uint64_t overflowed : 1;
    int64_t base_time;
    uint32_t next;         /* 0: this is the last one */
    uint32_t last;         /* its last block */
    uint32_t second_views; /* frames that show a segment of the connection again */
    uint32_t ledger;       /* number of its ledger; 0: none */
    union {
        struct entry entries[BLOCK_ENTRIES];
        struct {
            struct entry entries_first[BLOCK_ENTRIES_FIRST];
            struct neighbour neighbour; /* in a log's first block */
        };
    };
};

_Static_assert(sizeof(struct block) <= 512, "a quiet connection's side record");
_Static_assert(EVENT_KIND_N <= 32 && STATE_N <= 16 && CERTAINTY_N <= 4 && CHECK_N <= 256 &&
                   RESET_VERDICT_N <= 4 && RESET_ORIGIN_N <= 4,
               "the widths of the packed word");

static inline uint64_t entry_head(unsigned kind, unsigned endpoint, unsigned certainty,
                                  unsigned detail)
{
    return (uint64_t)(kind & 31) | (uint64_t)(endpoint & 1) << 5 |
           (uint64_t)(certainty & 3) << 6 | (uint64_t)(detail & 255) << 8;
}

static inline unsigned entry_kind(const struct entry *entry)
{
    return (unsigned)(entry->packed & 31);
}

static inline unsigned entry_endpoint(const struct entry *entry)
{
    return (unsigned)(entry->packed >> 5 & 1);
}

static inline unsigned entry_detail(const struct entry *entry)
{
    return (unsigned)(entry->packed >> 8 & 255);
}

static inline unsigned entry_certainty(const struct entry *entry)
{
    return (unsigned)(entry->packed >> 6 & 3);
}

/* Of an entry with "all others" above. */
static inline int64_t entry_time(const struct entry *entry, const struct block *block)
{
    return block->base_time + (int64_t)(entry->packed >> 16);
}

/* Of a check. */
static inline enum check_result entry_result(const struct entry *entry)
{
    uint16_t addend = (uint16_t)(entry->packed >> 16);
    if (addend == ADDEND_SKIPPED)
        return CHECK_SKIPPED;
    return check_result_of((enum check_id)entry_detail(entry), entry->number,
                           (uint32_t)(entry->packed >> 32), addend);
}

/* Writes an event whose frame and time the block's base reaches. */
void entry_pack(struct entry *entry, const struct block *block, const struct event *event);

void entry_unpack(const struct entry *entry, const struct block *block, struct event *ret_event);

#endif
