/* address_text: digits and dots; groups of hexadecimal digits, the longest run of zeros as "::". */
#include "base/address_text.h"

#include <stdbool.h>

#include "base/digits.h"

#define GROUPS 8

char *address_write_ipv4(char *at, const uint8_t address[4])
{
    for (unsigned i = 0; i < 4; i++) {
        if (i > 0)
            *at++ = '.';
        at = digits_write(at, address[i]);
    }
    *at = '\0';
    return at;
}

/* A group without zeros in front (RFC 5952 §4.1), in lower case (§4.3). */
static char *group_write(char *at, unsigned group)
{
    static const char hex[] = "0123456789abcdef";
    if (group >= 0x1000)
        *at++ = hex[group >> 12];
    if (group >= 0x100)
        *at++ = hex[group >> 8 & 15];
    if (group >= 0x10)
        *at++ = hex[group >> 4 & 15];
    *at++ = hex[group & 15];
    return at;
}

/* A run of groups that are 0. */
struct zeros {
    unsigned first, count;
};

/* The longest one, of equal ones the first (RFC 5952 §4.2.3); a single 0 is none (§4.2.2). */
static struct zeros zeros_find(const unsigned groups[GROUPS])
{
    struct zeros longest = { GROUPS, 1 };
    unsigned count = 0;
    for (unsigned i = 0; i < GROUPS; i++) {
        count = groups[i] == 0 ? count + 1 : 0;
        if (count > longest.count)
            longest = (struct zeros){ i + 1 - count, count };
    }
    return longest;
}

/* "::192.0.2.1" and "::ffff:192.0.2.1": the addresses of RFC 4291 §2.5.5. */
static bool holds_ipv4(const unsigned groups[GROUPS], struct zeros zeros)
{
    return zeros.first == 0 && (zeros.count == 6 || (zeros.count == 5 && groups[5] == 0xffff));
}

char *address_write_ipv6(char *at, const uint8_t address[16])
{
    unsigned groups[GROUPS];
    for (unsigned i = 0; i < GROUPS; i++)
        groups[i] = (unsigned)address[2 * i] << 8 | address[2 * i + 1];
    struct zeros zeros = zeros_find(groups);
    unsigned end = holds_ipv4(groups, zeros) ? GROUPS - 2 : GROUPS;
    for (unsigned i = 0; i < end; i++) {
        if (i == zeros.first) {
            *at++ = ':';
            i += zeros.count - 1;
            continue;
        }
        if (i > 0)
            *at++ = ':';
        at = group_write(at, groups[i]);
    }
    if (zeros.first + zeros.count == GROUPS || end < GROUPS)
        *at++ = ':';
    if (end < GROUPS)
        return address_write_ipv4(at, address + 12);
    *at = '\0';
    return at;
}
