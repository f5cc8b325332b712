/* From frame to segment or notice: link, IP, TCP or ICMP. */
#include "decode/decode.h"

#include "base/cursor.h"
#include "decode/header.h"
#include "decode/icmp.h"
#include "decode/ip.h"
#include "decode/link.h"
#include "decode/plain.h"
#include "decode/tcp.h"

/* The version that the link header announces; 0 when it is no IP. */
static unsigned announced_version(uint16_t ethertype)
{
    switch (ethertype) {
    case ETHERTYPE_IPV4:
        return 4;
    case ETHERTYPE_IPV6:
        return 6;
    default:
        return 0;
    }
}

/* An IP packet, and what it carries. */
static enum decode_result packet_decode(struct cursor bytes, uint32_t wire_len,
                                        struct segment *segment, struct notice *notice)
{
    struct ip_payload payload;
    enum decode_result result = ip_read(bytes, wire_len, segment, &payload);

    if (payload.protocol == PROTOCOL_ICMP || payload.protocol == PROTOCOL_ICMPV6) {
        if (result != DECODE_SEGMENT) /* whatever is wrong with it, TCP is not concerned */
            return DECODE_NOT_TCP;
        result = icmp_decode(payload.at, payload.claimed, segment, notice);
        if (payload.routed) /* as below */
            notice->facts = 0;
        return result;
    }
    if (result != DECODE_SEGMENT)
        return result;
    result = tcp_decode(payload.at, payload.claimed, segment);
    segment->payload_at += (uint32_t)cursor_between(&bytes, &payload.at);
    /*
     * The checksum is over the last stop's address (RFC 8200 §8.1), which is not the one we
     * know: a sum that fails proves nothing.
     */
    if (payload.routed)
        segment->facts &= ~(uint32_t)(FACT_CHECKSUM_BAD | FACT_CHECKSUM_PARTIAL);
    return result;
}

enum decode_result decode_frame_general(const struct frame *frame, struct segment *ret_segment,
                                        struct notice *ret_notice)
{
    struct notice unused;
    struct cursor bytes = cursor_init(frame->data, frame->caplen);
    segment_begin(frame, ret_segment);
    uint32_t wire_len = ret_segment->wire_len;
    bool cut = frame->caplen < wire_len;
    struct link_payload payload;
    if (!link_decode(frame->link_type, &bytes, ret_segment, &payload))
        return DECODE_UNSUPPORTED_LINK;
    if (payload.malformed)
        return cut ? DECODE_CUT : DECODE_MALFORMED;
    if (!payload.raw_ip) {
        unsigned version = announced_version(payload.ethertype);
        if (version == 0)
            return DECODE_NOT_IP;
        struct cursor peek = bytes;
        bool agrees = cursor_u8(&peek) >> 4 == version;
        if (!agrees)
            return cut && !cursor_ok(&peek) ? DECODE_CUT : DECODE_MALFORMED;
    }
    uint32_t link_len = frame->caplen - (uint32_t)cursor_left(&bytes);
    enum decode_result result = packet_decode(bytes, wire_len - link_len, ret_segment,
                                              ret_notice != NULL ? ret_notice : &unused);
    ret_segment->payload_at += link_len;
    /* Headers that end too soon in a frame that was recorded whole were sent like that. */
    return result == DECODE_CUT && !cut ? DECODE_MALFORMED : result;
}

enum decode_result decode_frame(const struct frame *frame, struct segment *ret_segment,
                                struct notice *ret_notice)
{
    if (plain_decode(frame, ret_segment))
        return DECODE_SEGMENT;
    return decode_frame_general(frame, ret_segment, ret_notice);
}
