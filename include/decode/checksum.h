/* checksum: the Internet checksum (RFC 1071) over cursors. */
#ifndef DECODE_CHECKSUM_H
#define DECODE_CHECKSUM_H

#include "base/cursor.h"
#include "model/segment.h"

/* Adds bytes to a running one's-complement sum; every part but the last has an even length. */
uint64_t checksum_add(uint64_t sum, struct cursor bytes);

/* Folds a running sum to 16 bits, not complemented. */
static inline uint16_t checksum_fold(uint64_t sum)
{
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/*
 * The sum of the pseudo-header of RFC 9293 §3.1 and RFC 8200 §8.1 (addresses from the segment;
 * length: of what follows the IP header), not folded.
 */
static inline uint64_t checksum_pseudo(const struct segment *segment, uint8_t protocol,
                                       uint32_t length)
{
    /* Twelve zero bytes after an IPv4 address add nothing. */
    int words = segment->ip_version == 4 ? 1 : 4;
    struct cursor source = cursor_init(segment->source, sizeof segment->source);
    struct cursor destination = cursor_init(segment->destination, sizeof segment->destination);
    uint64_t sum = protocol + (uint64_t)length;
    for (int i = 0; i < words; i++)
        sum += (uint64_t)cursor_be32(&source) + cursor_be32(&destination);
    return sum;
}

#endif
