/*
 * What a frame must be to be plain, and what decode.c, ip.c and tcp.c do with others that then does
 * not happen:
 *
 *   link: Ethernet, IPv4 or IPv6 by its ethertype     another link, DECODE_NOT_IP; a cut header or
 *                                                     more tags than are read have no such
 * ethertype IPv4: version 4, and a header of 20 bytes         DECODE_MALFORMED, options all of it
 * is in the capture                 DECODE_CUT no offset, no more fragments DECODE_FRAGMENT,
 * FACT_FRAGMENT_FIRST protocol TCP                                DECODE_NOT_TCP, DECODE_NOTICE a
 * length from 40 to the rest of the frame   FACT_LENGTH_FROM_FRAME (0), FACT_LENGTH_BEYOND_FRAME,
 * DECODE_MALFORMED a checksum that is right                    FACT_IP_CHECKSUM_BAD IPv6: version
 * 6, all of it is in the capture      as above next header TCP extension headers: fragments, a
 * routed packet a length from 20 to the rest of the frame   as above TCP:  a header of 20 bytes or
 * more, not longer    DECODE_MALFORMED, DECODE_HEADER_LENGTH, than the packet FACT_HEADER_BEYOND
 *         all of it is in the capture                 DECODE_CUT, FACT_OPTIONS_TRUNCATED
 */
#include "decode/plain.h"

#include <pcap/dlt.h>

#include "base/inline.h"
#include "decode/checksum.h"
#include "decode/header.h"
#include "decode/ip.h"
#include "decode/tcp.h"
#include "decode/tcp_options.h"

#define STAMPS_SIZE 12
#define STAMPS_BEGIN 0x0101080a /* NOP, NOP, timestamps, of ten bytes */

/* How many bytes of TCP a plain IPv4 packet has; 0: it is not plain. 20 bytes are there. */
static ALWAYS_INLINE uint32_t ipv4_tcp_length(struct cursor c, uint32_t wire_len)
{
    uint64_t first = cursor_be64(&c);  /* version to fragment offset */
    uint64_t second = cursor_be64(&c); /* time to live to source */
    uint64_t third = cursor_be32(&c);
    uint32_t length = first >> 32 & 0xffff;
    uint64_t sum =
        (first >> 32) + (first & UINT32_MAX) + (second >> 32) + (second & UINT32_MAX) + third;

    bool plain = first >> 56 == 0x45 && (first & 0x3fff) == 0 &&
                 (second >> 48 & 0xff) == PROTOCOL_TCP && length <= wire_len &&
                 length >= IPV4_HEADER_MIN + TCP_HEADER_MIN && checksum_fold(sum) == 0xffff;
    return plain ? length - IPV4_HEADER_MIN : 0;
}

/* The same of IPv6, of which 40 bytes are there. */
static ALWAYS_INLINE uint32_t ipv6_tcp_length(struct cursor c, uint32_t wire_len)
{
    uint64_t first = cursor_be64(&c);
    uint32_t length = first >> 16 & 0xffff;

    bool plain = first >> 60 == 6 && (first >> 8 & 0xff) == PROTOCOL_TCP &&
                 length >= TCP_HEADER_MIN && wire_len >= IPV6_HEADER_SIZE &&
                 length <= wire_len - IPV6_HEADER_SIZE;
    return plain ? length : 0;
}

/* Most segments have two NOPs and the timestamps (RFC 7323 appendix A), or no options at all. */
static ALWAYS_INLINE void options_decode(struct cursor options, struct segment *segment)
{
    struct cursor c = options;
    if (cursor_left(&c) == 0)
        return;
    if (cursor_left(&c) != STAMPS_SIZE || cursor_be32(&c) != STAMPS_BEGIN) {
        tcp_options_decode(options, segment);
        return;
    }
    segment->options = OPTION_TIMESTAMPS;
    segment->tsval = cursor_be32(&c);
    segment->tsecr = cursor_be32(&c);
}

/* How many bytes of TCP a plain packet has, 0 if it is not plain; steps over its IP header. */
static ALWAYS_INLINE uint32_t ip_header_take(struct cursor *c, uint16_t ethertype,
                                             uint32_t wire_len, struct segment *segment)
{
    uint32_t claimed = 0;
    if (ethertype == ETHERTYPE_IPV4 && cursor_need(c, IPV4_HEADER_MIN)) {
        claimed = ipv4_tcp_length(*c, wire_len);
        if (claimed != 0)
            ipv4_header_read(c, segment);
    } else if (ethertype == ETHERTYPE_IPV6 && cursor_need(c, IPV6_HEADER_SIZE)) {
        claimed = ipv6_tcp_length(*c, wire_len);
        if (claimed != 0)
            ipv6_header_read(c, segment);
    }
    return claimed;
}

bool plain_decode(const struct frame *frame, struct segment *ret_segment)
{
    if (frame->link_type != DLT_EN10MB)
        return false;
    struct cursor start = cursor_init(frame->data, frame->caplen);
    struct cursor c = start;
    if (!cursor_need(&c, ETHERNET_HEADER_SIZE))
        return false;
    segment_begin(frame, ret_segment);
    uint16_t ethertype = ethernet_header_read(&c, ret_segment);
    uint32_t link_len = frame->caplen - (uint32_t)cursor_left(&c);
    uint32_t wire_len = ret_segment->wire_len - link_len;
    uint32_t claimed = ip_header_take(&c, ethertype, wire_len, ret_segment);
    if (claimed == 0)
        return false;

    struct cursor whole = cursor_take_most(&c, claimed);
    c = whole;
    if (!cursor_need(&c, TCP_HEADER_MIN))
        return false;
    tcp_header_read(&c, ret_segment);
    size_t header_len = ret_segment->header_len;
    if (header_len < TCP_HEADER_MIN || header_len > cursor_left(&whole)) /* not more than claimed */
        return false;
    options_decode(cursor_take(&c, header_len - TCP_HEADER_MIN), ret_segment);
    tcp_payload_note(whole, c, claimed, ret_segment);
    ret_segment->payload_at += (uint32_t)cursor_between(&start, &whole);
    return true;
}
