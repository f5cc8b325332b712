/*
 * The Internet checksum. Words of 32 bits are added and folded once at the end: the sum is
 * taken modulo 2^16 - 1, and 2^16 is 1 there. Added in the machine's byte order, the sum has its
 * two bytes exchanged and is otherwise the same (RFC 1071 §2).
 */
#include "decode/checksum.h"

/* As many bytes as are added in one go where there are many: two vectors of two words. */
#define STRIDE 32

/*
 * The strides of the bytes, which are passed: half-words of 32 bits, so that no lane overflows with
 * the 4 GiB that a cursor has at most.
 */
static uint16_t strides_add(struct cursor *bytes)
{
    typedef uint64_t words __attribute__((vector_size(STRIDE / 2)));
    words even = { 0 }, odd = { 0 }, part[2];

    while (cursor_left(bytes) >= STRIDE) {
        cursor_copy(bytes, part, STRIDE);
        even += (part[0] & UINT32_MAX) + (part[1] & UINT32_MAX);
        odd += (part[0] >> 32) + (part[1] >> 32);
    }
    uint16_t sum = checksum_fold(even[0] + even[1] + odd[0] + odd[1]);
    struct cursor in_order = cursor_init(&sum, sizeof sum);
    return cursor_be16(&in_order);
}

uint64_t checksum_add(uint64_t sum, struct cursor bytes)
{
    if (cursor_left(&bytes) >= STRIDE)
        sum += strides_add(&bytes);
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
