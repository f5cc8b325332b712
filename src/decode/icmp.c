/*
 * icmp: the message, and the packet that it quotes. Routers change a packet before they quote it
 * (time to live, checksum), so of the quote's IP header only the addresses count and where the
 * TCP header begins.
 */
#include "decode/icmp.h"

#include <string.h>

#include "decode/checksum.h"
#include "decode/ip.h"

#define QUOTED_MIN 8 /* RFC 792: so much of what follows the quoted IP header is always there */

enum icmp_type {
    UNREACHABLE = 3,
    UNREACHABLE_TOO_BIG = 4, /* a code: fragmentation needed, RFC 1191 §4 */
    TOO_BIG = 2,             /* ICMPv6 */
};

/* message: the whole of it. */
static uint8_t checksum_fact(struct cursor message, const struct segment *outer)
{
    uint64_t sum = 0;
    if (outer->ip_version == 6) /* RFC 4443 §2.3 */
        sum = checksum_pseudo(outer, PROTOCOL_ICMPV6, (uint32_t)cursor_left(&message));
    return checksum_fold(checksum_add(sum, message)) == 0xffff ? NOTICE_CHECKSUM_GOOD
                                                               : NOTICE_CHECKSUM_BAD;
}

/* The MTU of the next hop: in the low half of the header's last word, of ICMPv6 in all of it. */
static uint32_t mtu_of(const struct notice *notice, uint32_t rest)
{
    if (notice->ip_version == 6)
        return notice->type == TOO_BIG ? rest : 0;
    return notice->type == UNREACHABLE && notice->code == UNREACHABLE_TOO_BIG ? rest & 0xffff : 0;
}

static enum decode_result quote_decode(struct cursor bytes, struct notice *notice)
{
    struct segment quoted = { .facts = 0 };
    struct ip_payload payload;
    uint32_t left = (uint32_t)cursor_left(&bytes);
    enum decode_result result = ip_read(bytes, left, &quoted, &payload);

    if (payload.protocol != PROTOCOL_TCP || result == DECODE_FRAGMENT ||
        quoted.ip_version != notice->ip_version)
        return DECODE_NOT_TCP;
    if (result != DECODE_SEGMENT)
        return result;
    if (payload.claimed < QUOTED_MIN)
        return DECODE_MALFORMED;
    notice->source_port = cursor_be16(&payload.at);
    notice->destination_port = cursor_be16(&payload.at);
    notice->seq = cursor_be32(&payload.at);
    memcpy(notice->source, quoted.source, sizeof notice->source);
    memcpy(notice->destination, quoted.destination, sizeof notice->destination);
    return cursor_ok(&payload.at) ? DECODE_NOTICE : DECODE_CUT;
}

enum decode_result icmp_decode(struct cursor bytes, uint32_t claimed,
                               const struct segment *outer, struct notice *ret_notice)
{
    struct cursor message = cursor_take_most(&bytes, claimed);
    struct cursor c = message;

    *ret_notice = (struct notice){
        .frame = outer->frame,
        .time = outer->time,
        .ip_version = outer->ip_version,
        .type = cursor_u8(&c),
    };
    ret_notice->code = cursor_u8(&c);
    cursor_skip(&c, 2); /* the checksum */
    uint32_t rest = cursor_be32(&c);
    if (!cursor_ok(&c) || !notice_is_error(outer->ip_version, ret_notice->type))
        return DECODE_NOT_TCP;
    ret_notice->mtu = mtu_of(ret_notice, rest);
    memcpy(ret_notice->reporter, outer->source, sizeof ret_notice->reporter);
    memcpy(ret_notice->receiver, outer->destination, sizeof ret_notice->receiver);
    if (cursor_left(&message) == claimed && !(outer->facts & FACT_FRAGMENT_FIRST))
        ret_notice->facts = checksum_fact(message, outer);
    return quote_decode(c, ret_notice);
}
