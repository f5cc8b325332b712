/* The TCP header, RFC 9293 §3.1. Options are tcp_options.c's. */
#include "decode/tcp.h"

#include "decode/checksum.h"
#include "decode/header.h"
#include "decode/ip.h"
#include "decode/tcp_options.h"

uint32_t tcp_checksum_fact(struct cursor bytes, struct segment *segment)
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

/* A length that cannot be. When the checksum is wrong, too, the ports may be as little true. */
static enum decode_result header_refuse(struct cursor whole, uint32_t claimed,
                                        struct segment *segment)
{
    bool known = cursor_left(&whole) == claimed;
    if (known && tcp_checksum_fact(whole, segment) == FACT_CHECKSUM_BAD)
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
    if (claimed < TCP_HEADER_MIN)
        return too_short;
    tcp_header_read(&c, segment);
    if (!cursor_ok(&c))
        return DECODE_CUT;
    if (segment->header_len < TCP_HEADER_MIN || segment->header_len > claimed)
        return fragment && segment->header_len >= TCP_HEADER_MIN ? DECODE_FRAGMENT
                                                            : header_refuse(whole, claimed, segment);

    size_t options_len = segment->header_len - (size_t)TCP_HEADER_MIN;
    struct cursor options = cursor_take_most(&c, options_len);
    if (cursor_left(&options) < options_len)
        segment->facts |= FACT_OPTIONS_TRUNCATED;
    tcp_options_decode(options, segment);

    tcp_payload_note(whole, c, claimed, segment);
    return DECODE_SEGMENT;
}
