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

/* Less holds too few connections to be of use; more than can be counted. */
#define MEMORY_LEAST (UINT64_C(16) << 20)
#define MEMORY_MOST (UINT64_C(1) << 40)

/* Reads "512M", with k, M or G as suffix, or bytes without; false: it is no such size. */
bool memory_parse(const char *text, uint64_t *ret_bytes);

struct memory_shares {
    uint32_t connections; /* at once */
    uint32_t waiting;     /* of these, SYNs that wait at one service with a record each */
    uint64_t segments;    /* classified ones, with --segments */
    uint64_t embryos;     /* bytes */
};

/* bytes: of --max-memory; 0: a quarter of what the machine has, 2 GiB at most. quiet: connections
 * have no logs. segments: they are kept of all connections. */
struct memory_shares memory_share(uint64_t bytes, bool quiet, bool segments);

#endif
