/* tcp: the TCP header (RFC 9293 §3.1) and what follows it. */
#ifndef DECODE_TCP_H
#define DECODE_TCP_H

#include "base/cursor.h"
#include "base/inline.h"
#include "decode/decode_result.h"
#include "decode/payload.h"
#include "model/segment.h"

/* bytes: the whole segment, header and payload. The fact about its checksum. */
uint32_t tcp_checksum_fact(struct cursor bytes, struct segment *segment);

/*
 * What there is of the payload, and the checksum where all is there. whole: as much of the segment
 * as was captured; payload: as much of its payload.
 */
static ALWAYS_INLINE void tcp_payload_note(struct cursor whole, struct cursor payload,
                                           uint32_t claimed, struct segment *segment)
{
    segment->payload_len = claimed - segment->header_len;
    segment->payload_captured = (uint32_t)cursor_left(&payload);
    if (segment->payload_captured < segment->payload_len)
        segment->facts |= FACT_PAYLOAD_TRUNCATED;
    segment->payload_at = (uint32_t)cursor_between(&whole, &payload);
    if (segment->payload_captured > 0)
        segment->payload_kind = (uint8_t)payload_kind(payload);
    if (!(segment->facts & FACT_FRAGMENT_FIRST) && cursor_left(&whole) == claimed)
        segment->facts |= tcp_checksum_fact(whole, segment);
}

/*
 * bytes: from the first byte of the TCP header, as much as was captured of claimed bytes.
 * Addresses are in the segment already (the checksum covers them).
 */
enum decode_result tcp_decode(struct cursor bytes, uint32_t claimed, struct segment *segment);

#endif
