/*
 * IPv4 (RFC 791) and IPv6 (RFC 8200) headers. Fragments are not put together: the first one is
 * decoded as far as it goes and says so, the others are counted by the caller.
 */
#include "decode/ip.h"

#include "decode/checksum.h"
#include "decode/tcp.h"

#define IPV4_HEADER_MIN 20
#define IPV6_HEADER_SIZE 40

/* RFC 8200 §4.1 lists seven headers, and none but one needs to come twice. */
#define IPV6_EXTENSIONS_MAX 12

enum ip_protocol {
    PROTOCOL_HOP_BY_HOP = 0,
    PROTOCOL_TCP = 6,
    PROTOCOL_ROUTING = 43,
    PROTOCOL_FRAGMENT = 44,
    PROTOCOL_AH = 51,
    PROTOCOL_DESTINATION_OPTIONS = 60,
};

/* No host makes larger segments for a card to cut up (Linux: 512 KiB); larger is damage. */
#define FRAME_LENGTH_MAX (1024 * 1024)

/*
 * The length the IP header claims. 0 means that the sending host's card was to cut a large
 * segment up and fill it in (TSO, or more than 65,535 bytes): the frame's own length counts.
 */
static uint32_t ip_length(uint32_t claimed, uint32_t wire_len, struct segment *segment)
{
    if (claimed == 0) {
        segment->facts |= FACT_LENGTH_FROM_FRAME;
        return wire_len <= FRAME_LENGTH_MAX ? wire_len : 0;
    }
    if (claimed > wire_len)
        segment->facts |= FACT_LENGTH_BEYOND_FRAME;
    return claimed;
}

static enum decode_result ipv4_decode(struct cursor c, uint32_t wire_len, struct segment *segment)
{
    struct cursor header = c;
    struct cursor from_start = c;
    uint32_t header_len = (cursor_u8(&c) & 0x0f) * 4u;
    uint8_t traffic_class = cursor_u8(&c);
    uint32_t claimed = cursor_be16(&c);
    segment->ip_id = cursor_be16(&c);
    uint16_t fragment = cursor_be16(&c);
    segment->ttl = cursor_u8(&c);
    uint8_t protocol = cursor_u8(&c);
    cursor_skip(&c, 2); /* the checksum */
    cursor_copy(&c, segment->source, 4);
    cursor_copy(&c, segment->destination, 4);
    segment->ip_version = 4;
    segment->ip_flags = (uint8_t)((fragment >> 14 & 1) | (traffic_class & 3) << 1);

    uint32_t length = ip_length(claimed, wire_len, segment);
    if (!cursor_ok(&c))
        return DECODE_CUT;
    if (header_len < IPV4_HEADER_MIN || length < header_len)
        return DECODE_MALFORMED;
    if (protocol != PROTOCOL_TCP)
        return DECODE_NOT_TCP;
    if ((fragment & 0x1fff) != 0)
        return DECODE_FRAGMENT;
    if (fragment & 0x2000)
        segment->facts |= FACT_FRAGMENT_FIRST;
    header = cursor_take(&header, header_len);
    if (!cursor_ok(&header))
        return DECODE_CUT;
    if (checksum_fold(checksum_add(0, header)) != 0xffff)
        segment->facts |= FACT_IP_CHECKSUM_BAD;
    cursor_skip(&from_start, header_len);
    return tcp_decode(from_start, length - header_len, segment);
}

/* Where the walk along IPv6 extension headers stands. */
struct ipv6_walk {
    struct cursor at;
    uint32_t claimed;    /* bytes from there to the end of the packet, as the header claims */
    uint8_t next;        /* protocol of what is there */
    bool fragment_later; /* a fragment that does not begin the packet */
    bool routed;         /* the header's destination is a stop on the way, not the end */
};

static bool is_extension(uint8_t protocol)
{
    return protocol == PROTOCOL_HOP_BY_HOP || protocol == PROTOCOL_ROUTING ||
           protocol == PROTOCOL_FRAGMENT || protocol == PROTOCOL_AH ||
           protocol == PROTOCOL_DESTINATION_OPTIONS;
}

/* Steps over one extension header; false when it is cut off or longer than the packet. */
static bool ipv6_step(struct ipv6_walk *walk, struct segment *segment)
{
    struct cursor header = walk->at;
    uint8_t kind = walk->next;
    walk->next = cursor_u8(&header);
    uint32_t units = cursor_u8(&header);
    uint16_t third = cursor_be16(&header);

    uint32_t size = (units + 1) * 8;
    if (kind == PROTOCOL_AH) /* RFC 4302 §2.2: in words of four bytes, less two */
        size = (units + 2) * 4;
    if (kind == PROTOCOL_FRAGMENT) { /* RFC 8200 §4.5: always eight bytes */
        size = 8;
        walk->fragment_later = third >> 3 != 0;
        if (third & 1)
            segment->facts |= FACT_FRAGMENT_FIRST;
    }
    if (kind == PROTOCOL_ROUTING && (third & 0xff) != 0)
        walk->routed = true;
    cursor_skip(&walk->at, size);
    if (!cursor_ok(&header) || !cursor_ok(&walk->at) || size > walk->claimed)
        return false;
    walk->claimed -= size;
    return true;
}

static enum decode_result ipv6_payload(struct ipv6_walk walk, struct segment *segment)
{
    for (int i = 0; is_extension(walk.next) && !walk.fragment_later; i++) {
        if (i == IPV6_EXTENSIONS_MAX)
            return DECODE_MALFORMED;
        if (!ipv6_step(&walk, segment))
            return cursor_ok(&walk.at) ? DECODE_MALFORMED : DECODE_CUT;
    }
    if (walk.next != PROTOCOL_TCP && !is_extension(walk.next))
        return DECODE_NOT_TCP;
    if (walk.fragment_later)
        return DECODE_FRAGMENT;
    enum decode_result result = tcp_decode(walk.at, walk.claimed, segment);
    /*
     * The checksum is over the last stop's address (RFC 8200 §8.1), which is not the one we
     * know: a sum that fails proves nothing.
     */
    if (walk.routed)
        segment->facts &= ~(uint32_t)(FACT_CHECKSUM_BAD | FACT_CHECKSUM_PARTIAL);
    return result;
}

static enum decode_result ipv6_decode(struct cursor c, uint32_t wire_len, struct segment *segment)
{
    uint32_t first_word = cursor_be32(&c);
    uint32_t claimed = cursor_be16(&c);
    uint8_t next = cursor_u8(&c);
    segment->ttl = cursor_u8(&c);
    cursor_copy(&c, segment->source, 16);
    cursor_copy(&c, segment->destination, 16);
    segment->ip_version = 6;
    segment->ip_flags = (uint8_t)((first_word >> 20 & 3) << 1);
    if (!cursor_ok(&c))
        return DECODE_CUT;
    if (wire_len < IPV6_HEADER_SIZE)
        return DECODE_MALFORMED;
    struct ipv6_walk walk = {
        .at = c,
        .claimed = ip_length(claimed, wire_len - IPV6_HEADER_SIZE, segment),
        .next = next,
    };
    return ipv6_payload(walk, segment);
}

enum decode_result ip_decode(struct cursor bytes, uint32_t wire_len, struct segment *segment)
{
    struct cursor peek = bytes;
    switch (cursor_u8(&peek) >> 4) {
    case 4:
        return ipv4_decode(bytes, wire_len, segment);
    case 6:
        return ipv6_decode(bytes, wire_len, segment);
    default:
        return cursor_ok(&peek) ? DECODE_MALFORMED : DECODE_CUT;
    }
}
