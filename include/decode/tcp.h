/* tcp: the TCP header (RFC 9293 §3.1) and what follows it. */
#ifndef DECODE_TCP_H
#define DECODE_TCP_H

#include "base/cursor.h"
#include "decode/decode_result.h"
#include "model/segment.h"

/*
 * bytes: from the first byte of the TCP header, as much as was captured of claimed bytes.
 * Addresses are in the segment already (the checksum covers them).
 */
enum decode_result tcp_decode(struct cursor bytes, uint32_t claimed, struct segment *segment);

#endif
