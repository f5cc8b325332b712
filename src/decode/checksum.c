/*
 * The Internet checksum. Words of 32 bits are added and folded once at the end: the sum is
 * taken modulo 2^16 - 1, and 2^16 is 1 there (RFC 1071 §2).
 */
#include "decode/checksum.h"

uint64_t checksum_add(uint64_t sum, struct cursor bytes)
{
    while (cursor_left(&bytes) >= 8) {
        uint64_t words = cursor_be64(&bytes);
        sum += (words >> 32) + (words & UINT32_MAX);
    }
    if (cursor_left(&bytes) >= 4)
        sum += cursor_be32(&bytes);
    if (cursor_left(&bytes) >= 2)
        sum += cursor_be16(&bytes);
    if (cursor_left(&bytes) == 1)
        sum += (uint64_t)cursor_u8(&bytes) << 8; /* padded with a zero byte: RFC 1071 §4.1 */
    return sum;
}

uint16_t checksum_fold(uint64_t sum)
{
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

uint64_t checksum_pseudo(const struct segment *segment, uint8_t protocol, uint32_t length)
{
    /* Twelve zero bytes after an IPv4 address add nothing. */
    uint64_t sum = checksum_add(0, cursor_init(segment->source, sizeof(segment->source)));
    sum = checksum_add(sum, cursor_init(segment->destination, sizeof(segment->destination)));
    return sum + protocol + length;
}
