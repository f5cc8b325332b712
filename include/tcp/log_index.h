/*
 * log_index: what a log (tcp/history) has besides, by the log's number: the number of a record in
 * some slab, 0 for none. Internal to tcp/.
 */
#ifndef TCP_LOG_INDEX_H
#define TCP_LOG_INDEX_H

#include <stdbool.h>
#include <stdint.h>

struct log_index {
    uint32_t *numbers;
    uint32_t room; /* logs that it reaches */
};

/* A new log: it has nothing. False when there is no memory. */
bool log_index_reach(struct log_index *index, uint32_t log);

void log_index_done(struct log_index *index);

/* Of a log that it reaches; good until the index reaches another one. */
static inline uint32_t *log_index_at(const struct log_index *index, uint32_t log)
{
    return &index->numbers[log];
}

#endif
