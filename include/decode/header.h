/*
 * header: the Ethernet header with its tags, and the fixed part of the IPv4, IPv6 and TCP headers,
 * from bytes to the fields of a segment. Where bytes are missing, the cursor says so afterwards,
 * and what was read is nothing.
 *
 * Inline: where a caller has asked the cursor for all of them, the compiler leaves out the checks.
 */
#ifndef DECODE_HEADER_H
#define DECODE_HEADER_H

#include "base/cursor.h"
#include "base/inline.h"
#include "model/frame.h"
#include "model/segment.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define ETHERTYPE_VLAN 0x8100     /* 802.1Q */
#define ETHERTYPE_QINQ 0x88a8     /* 802.1ad */
#define ETHERTYPE_QINQ_OLD 0x9100 /* before 802.1ad */

#define VLAN_TAGS_MAX 8 /* of which the segment remembers the outer ones */

#define ETHERNET_HEADER_SIZE 14
#define IPV4_HEADER_MIN 20
#define IPV6_HEADER_SIZE 40
#define TCP_HEADER_MIN 20

/* What the segment has no field for. */
struct ipv4_header {
    uint32_t header_len;
    uint32_t claimed;  /* total length */
    uint16_t fragment; /* three flags and the offset */
    uint16_t checksum;
    uint8_t protocol;
};

struct ipv6_header {
    uint32_t claimed; /* payload length */
    uint8_t next;
};

/* What is known of any frame; all else is 0. */
static ALWAYS_INLINE void segment_begin(const struct frame *frame, struct segment *ret_segment)
{
    static const struct segment nothing; /* copied: quicker than to clear so few bytes */
    *ret_segment = nothing;
    ret_segment->frame = frame->number;
    ret_segment->time = frame->time;
    ret_segment->wire_len = frame->len > frame->caplen ? frame->len : frame->caplen;
    ret_segment->input = (uint8_t)(frame->input < UINT8_MAX ? frame->input : UINT8_MAX);
}

static ALWAYS_INLINE bool ethertype_is_tag(uint16_t ethertype)
{
    return ethertype == ETHERTYPE_VLAN || ethertype == ETHERTYPE_QINQ ||
           ethertype == ETHERTYPE_QINQ_OLD;
}

/* Reads tags, if ethertype announces one, up to the ethertype of what they wrap. */
static ALWAYS_INLINE uint16_t vlan_tags_read(struct cursor *c, uint16_t ethertype,
                                             struct segment *segment)
{
    for (int i = 0; i < VLAN_TAGS_MAX && ethertype_is_tag(ethertype); i++) {
        uint16_t tag = cursor_be16(c);
        ethertype = cursor_be16(c);
        if (cursor_ok(c) && segment->vlan_count < SEGMENT_VLAN_MAX)
            segment->vlan[segment->vlan_count++] = tag & 0x0fff;
    }
    return ethertype;
}

/* The ethertype of what it wraps. */
static ALWAYS_INLINE uint16_t ethernet_header_read(struct cursor *c, struct segment *segment)
{
    cursor_skip(c, 12); /* two addresses */
    return vlan_tags_read(c, cursor_be16(c), segment);
}

static ALWAYS_INLINE struct ipv4_header ipv4_header_read(struct cursor *c, struct segment *segment)
{
    struct ipv4_header header = { .header_len = (cursor_u8(c) & 0x0f) * 4u };
    uint8_t traffic_class = cursor_u8(c);
    header.claimed = cursor_be16(c);
    segment->ip_id = cursor_be16(c);
    header.fragment = cursor_be16(c);
    segment->ttl = cursor_u8(c);
    header.protocol = cursor_u8(c);
    header.checksum = cursor_be16(c);
    cursor_copy(c, segment->source, 4);
    cursor_copy(c, segment->destination, 4);
    segment->ip_version = 4;
    segment->ip_flags = (uint8_t)((header.fragment >> 14 & 1) | (traffic_class & 3) << 1);
    return header;
}

static ALWAYS_INLINE struct ipv6_header ipv6_header_read(struct cursor *c, struct segment *segment)
{
    uint32_t first_word = cursor_be32(c);
    struct ipv6_header header = { .claimed = cursor_be16(c) };
    header.next = cursor_u8(c);
    segment->ttl = cursor_u8(c);
    cursor_copy(c, segment->source, 16);
    cursor_copy(c, segment->destination, 16);
    segment->ip_version = 6;
    segment->ip_flags = (uint8_t)((first_word >> 20 & 3) << 1);
    return header;
}

static ALWAYS_INLINE void tcp_header_read(struct cursor *c, struct segment *segment)
{
    segment->source_port = cursor_be16(c);
    segment->destination_port = cursor_be16(c);
    segment->seq = cursor_be32(c);
    segment->ack = cursor_be32(c);
    uint16_t offset_and_flags = cursor_be16(c);
    segment->header_len = (uint8_t)((offset_and_flags >> 12) * 4);
    segment->reserved = (uint8_t)(offset_and_flags >> 9 & 7);
    segment->flags = offset_and_flags & 0x1ff;
    segment->window = cursor_be16(c);
    segment->checksum = cursor_be16(c);
    segment->urgent = cursor_be16(c);
}

#endif
