/*
 * entropy: how evenly counts are spread, in bits.
 */
#ifndef BASE_ENTROPY_H
#define BASE_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

/* Shannon's entropy of what was counted, with the correction of Miller and Madow for few samples:
 * (kinds that occurred - 1) / (2 n ln 2). 0 for nothing. */
double entropy_bits(const uint16_t *counts, size_t kinds);

#endif
