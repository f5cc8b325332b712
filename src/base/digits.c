/* digits: two at a time, from the end. */
#include "base/digits.h"

#include <stddef.h>
#include <string.h>

/* Writes the two digits of a number below 100. */
static void pair_write(char *at, unsigned pair)
{
    at[0] = (char)('0' + pair / 10);
    at[1] = (char)('0' + pair % 10);
}

char *digits_write(char *at, uint64_t number)
{
    char digits[DIGITS_MAX];
    size_t first = sizeof digits;

    for (; number >= 100; number /= 100)
        pair_write(digits + (first -= 2), (unsigned)(number % 100));
    if (number >= 10)
        pair_write(digits + (first -= 2), (unsigned)number);
    else
        digits[--first] = (char)('0' + number);
    memcpy(at, digits + first, sizeof digits - first);
    return at + (sizeof digits - first);
}

char *digits_write_padded(char *at, uint64_t number, unsigned count)
{
    unsigned left = count;
    for (; left >= 2; number /= 100)
        pair_write(at + (left -= 2), (unsigned)(number % 100));
    if (left > 0)
        at[0] = (char)('0' + number % 10);
    return at + count;
}
