/*
 * kept_bytes: payload that passed, kept for a while, so that bytes that come again under the same
 * numbers can be compared with it. It belongs to no connection and asks for nothing back: a fixed
 * number of blocks, each with the bytes of one stretch of one stream; the block that was begun
 * first is the first to be used anew. What is forgotten is not compared, and nothing else happens.
 *
 * A stream is one direction of one connection; sequence numbers are in U-space (base/seq.h).
 * Packet bytes are read through the cursor alone.
 */
#ifndef TCP_KEPT_BYTES_H
#define TCP_KEPT_BYTES_H

#include <stdint.h>

#include "base/cursor.h"
#include "flow/flow_key.h"

struct kept_bytes;

/* secret: no capture can be crafted to be slow to look up. NULL when out of memory. */
struct kept_bytes *kept_bytes_new(const struct flow_secret *secret);
void kept_bytes_free(struct kept_bytes *kept);

/* What comparing found. */
struct kept_difference {
    uint32_t compared; /* bytes that were kept */
    uint32_t offset;   /* of the first byte that differs; UINT32_MAX: none does */
    uint64_t frame;    /* that brought the kept one; 0: not known */
};

/* Compares bytes, of which the first has this number, with those that were kept. */
struct kept_difference kept_bytes_compare(const struct kept_bytes *kept, uint64_t stream,
                                          int64_t seq, struct cursor bytes);

/* Keeps them; what came last under a number counts. */
void kept_bytes_put(struct kept_bytes *kept, uint64_t stream, int64_t seq, struct cursor bytes,
                    uint64_t frame);

#endif
