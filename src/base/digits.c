/* digits: two at a time, from the end. */
#include "base/digits.h"

#include <string.h>

#define CHUNK UINT32_C(1000000000) /* what is behind it has nine digits */
#define CHUNK_DIGITS 9

static const char pairs[] =
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546"
    "4748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293"
    "949596979899";

/* Writes digits in front of `end`, as many as there are from `begin` on. */
static inline void small_write(char *begin, char *end, uint32_t number)
{
    for (; end - begin >= 2; number /= 100) {
        end -= 2;
        memcpy(end, pairs + 2 * (number % 100), 2);
    }
    if (end > begin)
        *begin = (char)('0' + number % 10);
}

/* How many digits a number has. */
static inline unsigned small_count(uint32_t number)
{
    if (number < 100000)
        return 1u + (number >= 10) + (number >= 100) + (number >= 1000) + (number >= 10000);
    return 6u + (number >= 1000000) + (number >= 10000000) + (number >= 100000000) +
           (number >= CHUNK);
}

char *digits_write_many(char *at, uint64_t number)
{
    if (number > UINT32_MAX) {
        at = digits_write(at, number / CHUNK);
        return digits_write_padded(at, (uint32_t)(number % CHUNK), CHUNK_DIGITS);
    }
    char *end = at + small_count((uint32_t)number);
    small_write(at, end, (uint32_t)number);
    return end;
}

char *digits_write_padded(char *at, uint32_t number, unsigned count)
{
    small_write(at, at + count, number);
    return at + count;
}

char *digits_write_grouped(char *at, uint64_t number)
{
    char digits[DIGITS_MAX];
    size_t length = (size_t)(digits_write(digits, number) - digits);
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *at++ = ',';
        *at++ = digits[i];
    }
    return at;
}
