/*
 * ip: IPv4 with options (RFC 791) and IPv6 with extension headers (RFC 8200), up to what they
 * carry.
 */
#ifndef DECODE_IP_H
#define DECODE_IP_H

#include <stdbool.h>

#include "base/cursor.h"
#include "decode/decode_result.h"
#include "model/segment.h"

/* The protocols that are read. */
enum ip_protocol {
    PROTOCOL_ICMP = 1,
    PROTOCOL_TCP = 6,
    PROTOCOL_ICMPV6 = 58,
};

/* What an IP packet carries. */
struct ip_payload {
    struct cursor at;
    uint32_t claimed; /* bytes from there to the end of the packet, as the header claims */
    uint8_t protocol; /* as far as it is known; else that of the last header that was read */
    bool routed;      /* the header's destination is a stop on the way, not the end (IPv6) */
};

/*
 * Fills the segment's addresses and what else is of IP. bytes: from the IP header's first byte.
 * wire_len: bytes from there to the end of the frame as it was on the wire (Ethernet padding
 * included; the IP length decides what is payload). DECODE_SEGMENT: the payload is there, and of
 * a protocol that is read.
 */
enum decode_result ip_read(struct cursor bytes, uint32_t wire_len, struct segment *segment,
                           struct ip_payload *ret_payload);

#endif
