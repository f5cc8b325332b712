/* The TCP header, RFC 9293 §3.1. Options are tcp_options.c's. */
#include "decode/tcp.h"

#include "decode/checksum.h"
#include "decode/ip.h"
#include "decode/payload.h"
#include "decode/tcp_options.h"

#define HEADER_MIN 20

/* bytes: the whole segment, header and payload. */
static uint32_t checksum_fact(struct cursor bytes, struct segment *segment)
{
    uint64_t pseudo = checksum_pseudo(segment, PROTOCOL_TCP, (uint32_t)cursor_left(&bytes));
    uint16_t sum = checksum_fold(checksum_add(pseudo, bytes));
    if (sum == 0xffff)
        return FACT_CHECKSUM_GOOD;
    /* What the network stack leaves for the card to complete. */
    if (segment->checksum == checksum_fold(pseudo))
        return FACT_CHECKSUM_PARTIAL;
    /* The sum without the stored one, complemented: to subtract is to add the complement. */
    segment->checksum_right =
        (uint16_t)~checksum_fold((uint64_t)sum + (uint16_t)~segment->checksum);
    return FACT_CHECKSUM_BAD;
}

/* Reads the 20 fixed bytes. */
static void header_decode(struct cursor *c, struct segment *segment)
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

/* A length that cannot be. When the checksum is wrong, too, the ports may be as little true. */
static enum decode_result header_refuse(struct cursor whole, uint32_t claimed,
                                        struct segment *segment)
{
    bool known = cursor_left(&whole) == claimed;
    if (known && checksum_fact(whole, segment) == FACT_CHECKSUM_BAD)
        return DECODE_MALFORMED;
    if (segment->header_len > claimed)
        segment->facts |= FACT_HEADER_BEYOND;
    segment->payload_len = claimed;
    return DECODE_HEADER_LENGTH;
}

enum decode_result tcp_decode(struct cursor bytes, uint32_t claimed, struct segment *segment)
{
    bool fragment = segment->facts & FACT_FRAGMENT_FIRST;
    enum decode_result too_short = fragment ? DECODE_FRAGMENT : DECODE_MALFORMED;
    struct cursor c = cursor_take_most(&bytes, claimed);
    struct cursor whole = c;
    if (claimed < HEADER_MIN)
        return too_short;
    header_decode(&c, segment);
    if (!cursor_ok(&c))
        return DECODE_CUT;
    if (segment->header_len < HEADER_MIN || segment->header_len > claimed)
        return fragment && segment->header_len >= HEADER_MIN ? DECODE_FRAGMENT
                                                            : header_refuse(whole, claimed, segment);

    size_t options_len = segment->header_len - (size_t)HEADER_MIN;
    struct cursor options = cursor_take_most(&c, options_len);
    if (cursor_left(&options) < options_len)
        segment->facts |= FACT_OPTIONS_TRUNCATED;
    tcp_options_decode(options, segment);

    segment->payload_len = claimed - segment->header_len;
    segment->payload_captured = (uint32_t)cursor_left(&c);
    if (segment->payload_captured < segment->payload_len)
        segment->facts |= FACT_PAYLOAD_TRUNCATED;
    segment->payload_at = (uint32_t)cursor_between(&whole, &c);
    if (segment->payload_captured > 0)
        segment->payload_kind = (uint8_t)payload_kind(c);
    if (!fragment && cursor_left(&whole) == claimed)
        segment->facts |= checksum_fact(whole, segment);
    return DECODE_SEGMENT;
}
