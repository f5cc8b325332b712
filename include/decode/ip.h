/*
 * ip: IPv4 with options (RFC 791) and IPv6 with extension headers (RFC 8200), down to TCP.
 */
#ifndef DECODE_IP_H
#define DECODE_IP_H

#include "base/cursor.h"
#include "decode/decode_result.h"
#include "model/segment.h"

/*
 * bytes: from the IP header's first byte. wire_len: bytes from there to the end of the frame as
 * it was on the wire (Ethernet padding included; the IP length decides what is payload).
 */
enum decode_result ip_decode(struct cursor bytes, uint32_t wire_len, struct segment *segment);

#endif
