/*
 * IPv4 (RFC 791) and IPv6 (RFC 8200) headers. Fragments are not put together: the first one is
 * decoded as far as it goes and says so, the others are counted by the caller.
 */
#include "decode/ip.h"

#include "decode/checksum.h"
#include "decode/header.h"

/* RFC 8200 §4.1 lists seven headers, and none but one needs to come twice. */
#define IPV6_EXTENSIONS_MAX 12

enum ipv6_extension {
    PROTOCOL_HOP_BY_HOP = 0,
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

/* ICMP belongs to IPv4, ICMPv6 to IPv6. */
static bool protocol_is_read(uint8_t protocol, uint8_t ip_version)
{
    return protocol == PROTOCOL_TCP ||
           protocol == (ip_version == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6);
}

static enum decode_result ipv4_read(struct cursor c, uint32_t wire_len, struct segment *segment,
                                    struct ip_payload *ret_payload)
{
    struct cursor summed = c;
    struct cursor from_start = c;
    struct ipv4_header header = ipv4_header_read(&c, segment);

    uint32_t length = ip_length(header.claimed, wire_len, segment);
    if (!cursor_ok(&c))
        return DECODE_CUT;
    if (header.header_len < IPV4_HEADER_MIN || length < header.header_len)
        return DECODE_MALFORMED;
    ret_payload->protocol = header.protocol;
    if (!protocol_is_read(header.protocol, 4))
        return DECODE_NOT_TCP;
    if ((header.fragment & 0x1fff) != 0)
        return DECODE_FRAGMENT;
    if (header.fragment & 0x2000)
        segment->facts |= FACT_FRAGMENT_FIRST;
    summed = cursor_take(&summed, header.header_len);
    if (!cursor_ok(&summed))
        return DECODE_CUT;
    if (checksum_fold(checksum_add(0, summed)) != 0xffff)
        segment->facts |=
            FACT_IP_CHECKSUM_BAD | (header.checksum == 0 ? FACT_IP_CHECKSUM_ZERO : 0);
    cursor_skip(&from_start, header.header_len);
    ret_payload->at = from_start;
    ret_payload->claimed = length - header.header_len;
    return DECODE_SEGMENT;
}

/* Where the walk along IPv6 extension headers stands. */
struct ipv6_walk {
    struct ip_payload *payload;
    bool fragment_later; /* a fragment that does not begin the packet */
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
    struct ip_payload *payload = walk->payload;
    struct cursor header = payload->at;
    uint8_t kind = payload->protocol;
    payload->protocol = cursor_u8(&header);
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
        payload->routed = true;
    cursor_skip(&payload->at, size);
    if (!cursor_ok(&header) || !cursor_ok(&payload->at) || size > payload->claimed)
        return false;
    payload->claimed -= size;
    return true;
}

static enum decode_result ipv6_extensions(struct ip_payload *payload, struct segment *segment)
{
    struct ipv6_walk walk = { .payload = payload };
    for (int i = 0; is_extension(payload->protocol) && !walk.fragment_later; i++) {
        if (i == IPV6_EXTENSIONS_MAX)
            return DECODE_MALFORMED;
        if (!ipv6_step(&walk, segment))
            return cursor_ok(&payload->at) ? DECODE_MALFORMED : DECODE_CUT;
    }
    if (!protocol_is_read(payload->protocol, 6) && !is_extension(payload->protocol))
        return DECODE_NOT_TCP;
    return walk.fragment_later ? DECODE_FRAGMENT : DECODE_SEGMENT;
}

static enum decode_result ipv6_read(struct cursor c, uint32_t wire_len, struct segment *segment,
                                    struct ip_payload *ret_payload)
{
    struct ipv6_header header = ipv6_header_read(&c, segment);
    if (!cursor_ok(&c))
        return DECODE_CUT;
    if (wire_len < IPV6_HEADER_SIZE)
        return DECODE_MALFORMED;
    ret_payload->at = c;
    ret_payload->claimed = ip_length(header.claimed, wire_len - IPV6_HEADER_SIZE, segment);
    ret_payload->protocol = header.next;
    return ipv6_extensions(ret_payload, segment);
}

enum decode_result ip_read(struct cursor bytes, uint32_t wire_len, struct segment *segment,
                           struct ip_payload *ret_payload)
{
    struct cursor peek = bytes;
    *ret_payload = (struct ip_payload){ .at = bytes };
    switch (cursor_u8(&peek) >> 4) {
    case 4:
        return ipv4_read(bytes, wire_len, segment, ret_payload);
    case 6:
        return ipv6_read(bytes, wire_len, segment, ret_payload);
    default:
        return cursor_ok(&peek) ? DECODE_MALFORMED : DECODE_CUT;
    }
}
