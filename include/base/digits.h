/*
 * digits: whole numbers in decimal, for what is written too often for printf. No NUL is written;
 * both return where the digits end.
 */
#ifndef BASE_DIGITS_H
#define BASE_DIGITS_H

#include <stdint.h>

#define DIGITS_MAX 20 /* of a number of 64 bits */

char *digits_write_many(char *at, uint64_t number);

/* Most numbers are small: these are written where they stand. */
static inline char *digits_write(char *at, uint64_t number)
{
    if (number >= 10)
        return digits_write_many(at, number);
    *at = (char)('0' + number);
    return at + 1;
}

/* With a comma in front of each three. */
#define DIGITS_GROUPED_MAX (DIGITS_MAX + (DIGITS_MAX - 1) / 3)
char *digits_write_grouped(char *at, uint64_t number);

/* The last `count` digits, with zeros in front. */
char *digits_write_padded(char *at, uint32_t number, unsigned count);

#endif
