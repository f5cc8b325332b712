/*
 * icmp: ICMP (RFC 792) and ICMPv6 (RFC 4443) errors that quote a TCP segment. Eight bytes of the
 * TCP header suffice: ports and sequence number; more is not looked at.
 */
#ifndef DECODE_ICMP_H
#define DECODE_ICMP_H

#include "base/cursor.h"
#include "decode/decode_result.h"
#include "model/notice.h"
#include "model/segment.h"

/*
 * bytes: from the first byte of the ICMP header, as much as was captured of claimed bytes. outer:
 * what the IP header before it said. Everything that is no error about TCP is DECODE_NOT_TCP.
 */
enum decode_result icmp_decode(struct cursor bytes, uint32_t claimed,
                               const struct segment *outer, struct notice *ret_notice);

#endif
