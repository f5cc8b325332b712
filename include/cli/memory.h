/*
 * memory: how much may be kept, and what has which share of it. The shares are fixed, so that what
 * is forgotten depends on --max-memory and on the capture alone.
 *
 *     records and logs of connections      15/16, or 7/16 with --segments
 *     segments of --segments               8/16
 *     embryos of floods (tcp/embryo)       1/16, and 60 MiB at most
 *
 * What has a fixed size of its own (tables for copies and twins, kept payload, tombstones) is not
 * counted: docs/architecture.md has the list.
 */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/tracked.h"

/* Less holds too few connections to be of use; more than can be counted. */
#define MEMORY_LEAST (UINT64_C(16) << 20)
#define MEMORY_MOST (UINT64_C(1) << 40)

/* Reads "512M", with k, M or G as suffix, or bytes without; false: it is no such size. */
bool memory_parse(const char *text, uint64_t *ret_bytes);

/*
 * Sets the shares in tracking: max_connections, segments_max, waiting_max, embryo_bytes. bytes: of
 * --max-memory; 0: a quarter of what the machine has, 2 GiB at most. quiet: connections have no
 * logs. segments: they are kept of all connections.
 */
void memory_share(uint64_t bytes, bool quiet, bool segments, struct tracker_options *tracking);

#endif
