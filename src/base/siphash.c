/* SipHash-1-3 of bytes: cut into blocks here, the rounds are in the header. */
#include "base/siphash.h"

#include "base/cursor.h"

uint64_t siphash13(const uint64_t key[2], const void *bytes, size_t length)
{
    struct siphash s = siphash_init(key);
    struct cursor c = cursor_init(bytes, length);
    while (cursor_left(&c) >= 8)
        siphash_block(&s, cursor_le64(&c));

    uint64_t rest = 0;
    for (unsigned shift = 0; cursor_left(&c) > 0; shift += 8)
        rest |= (uint64_t)cursor_u8(&c) << shift;
    return siphash_end(s, siphash_last(length, rest));
}
