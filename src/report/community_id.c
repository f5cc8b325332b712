/*
 * community_id: "1:" base64(SHA1(seed, smaller end's address, the other's, protocol, 0, both
 * ports)), all in network order.
 */
#include "report/community_id.h"

#include <stddef.h>
#include <string.h>

#include "base/sha1.h"

#define SEED_SIZE 2
#define PROTOCOL_TCP 6
#define HASHED_MAX (SEED_SIZE + 2 * 16 + 2 + 2 * 2)

/* RFC 4648 §4, with padding. Writes 4 characters for each 3 bytes begun, and a NUL. */
static void base64_write(const uint8_t *bytes, size_t length, char *text)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        uint32_t group = (uint32_t)bytes[i] << 16;
        if (left > 1)
            group |= (uint32_t)bytes[i + 1] << 8;
        if (left > 2)
            group |= bytes[i + 2];
        *text++ = digits[group >> 18];
        *text++ = digits[group >> 12 & 63];
        *text++ = left > 1 ? digits[group >> 6 & 63] : '=';
        *text++ = left > 2 ? digits[group & 63] : '=';
    }
    *text = '\0';
}

/* True when b comes before a: by address, then by port. */
static bool ends_swapped(const struct endpoint_summary *a, const struct endpoint_summary *b,
                         size_t address_size)
{
    int order = memcmp(a->address, b->address, address_size);
    return order > 0 || (order == 0 && a->port > b->port);
}

const char *community_id(const struct summary *summary, char text[COMMUNITY_ID_SIZE])
{
    const struct endpoint_summary *low = &summary->endpoints[CLIENT];
    const struct endpoint_summary *high = &summary->endpoints[SERVER];
    size_t address_size = summary->ip_version == 6 ? 16 : 4;
    if (ends_swapped(low, high, address_size)) {
        low = &summary->endpoints[SERVER];
        high = &summary->endpoints[CLIENT];
    }
    uint8_t hashed[HASHED_MAX] = { 0 };
    uint8_t *at = hashed + SEED_SIZE;
    memcpy(at, low->address, address_size);
    memcpy(at + address_size, high->address, address_size);
    at += 2 * address_size;
    *at++ = PROTOCOL_TCP;
    *at++ = 0;
    *at++ = (uint8_t)(low->port >> 8);
    *at++ = (uint8_t)(low->port & 0xff);
    *at++ = (uint8_t)(high->port >> 8);
    *at++ = (uint8_t)(high->port & 0xff);

    uint8_t digest[SHA1_SIZE];
    sha1(hashed, (size_t)(at - hashed), digest);
    text[0] = '1';
    text[1] = ':';
    base64_write(digest, sizeof digest, text + 2);
    return text;
}
