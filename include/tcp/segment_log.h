/*
 * segment_log: the classified segments of connections, one record each, in chunks from a pool.
 * Kept only when segments are wanted; bounded, and what does not fit is counted. A record may be
 * changed as long as its connection was not shown, because later segments tell more.
 *
 * A log is named by a number, 0 is an empty one; a record by a reference, 0 is none.
 */
#ifndef TCP_SEGMENT_LOG_H
#define TCP_SEGMENT_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bound.h"
#include "base/slab.h"
#include "model/classified.h"

struct segment_logs {
    struct slab chunks;
    struct slab reasons;
    struct bound refused; /* records for which there was no room */
};

/* records_max: of all logs together; 0: none are kept. */
void segment_logs_init(struct segment_logs *logs, uint64_t records_max);
void segment_logs_done(struct segment_logs *logs);

static inline bool segment_logs_kept(const struct segment_logs *logs)
{
    return logs->chunks.most > 0;
}

/* Gives all of them back; none are kept from now on. References and logs stay valid, and empty. */
void segment_logs_release(struct segment_logs *logs);

/* Appends a record; its reference. */
uint32_t segment_log_add(struct segment_logs *logs, uint32_t *log, const struct classified *row);

/* The record of a reference; NULL for 0. The log's, until it is freed. */
struct classified *segment_log_at(const struct segment_logs *logs, uint32_t reference);

/* The reason of a record of these logs; a cleared one where it had none. NULL when there is no
 * room. */
struct reason *segment_log_reason(struct segment_logs *logs, struct classified *row);

/* Takes back the newest record of a log, whose reference this is. */
void segment_log_undo(struct segment_logs *logs, uint32_t reference);

/* Takes back the record of a frame that turned out to be another connection's. */
void segment_log_drop(struct segment_logs *logs, uint32_t log, uint64_t frame);

/* How many of them are copies of frames. */
uint32_t segment_log_copies_count(const struct segment_logs *logs, uint32_t log);

/* Its copies of frames were made by the capture, or, where nothing shows that of one alone, by the
 * network. */
void segment_log_copies(struct segment_logs *logs, uint32_t log, bool by_capture);

/* Client and server change places. */
void segment_log_swap(struct segment_logs *logs, uint32_t log);

/* NULL when it is empty. The log's, until it is freed. */
const struct classified_chunk *segment_log_read(const struct segment_logs *logs, uint32_t log);

void segment_log_free(struct segment_logs *logs, uint32_t *log);

#endif
