/*
 * memory: how much may be kept, as shares of what the machine has.
 */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* Connections at once; quiet: without their logs. */
uint32_t memory_connections(bool quiet);

/* Classified segments, as much again. */
uint64_t memory_embryos(void);
uint64_t memory_segments(void);

#endif
