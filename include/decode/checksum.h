/* checksum: the Internet checksum (RFC 1071) over cursors. */
#ifndef DECODE_CHECKSUM_H
#define DECODE_CHECKSUM_H

#include "base/cursor.h"
#include "model/segment.h"

/* Adds bytes to a running one's-complement sum; every part but the last has an even length. */
uint64_t checksum_add(uint64_t sum, struct cursor bytes);

/* Folds a running sum to 16 bits, not complemented. */
uint16_t checksum_fold(uint64_t sum);

/*
 * The sum of the pseudo-header of RFC 9293 §3.1 and RFC 8200 §8.1 (addresses from the segment;
 * length: of what follows the IP header), not folded.
 */
uint64_t checksum_pseudo(const struct segment *segment, uint8_t protocol, uint32_t length);

#endif
