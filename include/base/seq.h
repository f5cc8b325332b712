/*
 * seq: arithmetic on 32-bit sequence numbers (RFC 9293 §3.4) and their unwrapped 64-bit form.
 *
 * All stored sequence variables are int64_t in "U-space": the initial sequence number is
 * placed at 2^32 + isn, so a number a little below it stays positive, and every value is
 * congruent to the wire's number modulo 2^32.
 */
#ifndef BASE_SEQ_H
#define BASE_SEQ_H

#include <stdbool.h>
#include <stdint.h>

#define SEQ_SPACE (INT64_C(1) << 32)

/* a - b modulo 2^32, as a signed distance. INT32_MIN has no defined order. */
static inline int32_t seq_diff(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

static inline bool seq_before(uint32_t a, uint32_t b)
{
    return seq_diff(a, b) < 0;
}

/* The place of an initial sequence number in U-space. */
static inline int64_t seq_base(uint32_t isn)
{
    return SEQ_SPACE + (int64_t)isn;
}

/* The value nearest to reference that is congruent to seq modulo 2^32. */
static inline int64_t seq_unwrap(int64_t reference, uint32_t seq)
{
    return reference + seq_diff(seq, (uint32_t)reference);
}

#endif
