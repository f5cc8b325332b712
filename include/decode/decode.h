/*
 * decode: a frame's bytes to one flat segment, or to a notice.
 *
 * Everything that is neither has a reason; nothing is skipped in silence. No allocation, no
 * formatting, no system call. The segment is written in place and valid only for DECODE_SEGMENT
 * (and DECODE_HEADER_LENGTH), the notice for DECODE_NOTICE.
 */
#ifndef DECODE_DECODE_H
#define DECODE_DECODE_H

#include <stdbool.h>

#include "base/cursor.h"
#include "decode/decode_result.h"
#include "model/frame.h"
#include "model/notice.h"
#include "model/segment.h"

/* ret_notice may be NULL, where errors do not matter. */
enum decode_result decode_frame(const struct frame *frame, struct segment *ret_segment,
                                struct notice *ret_notice);

/* The same without short cuts for what most frames are: what they are tested against. */
enum decode_result decode_frame_general(const struct frame *frame, struct segment *ret_segment,
                                        struct notice *ret_notice);

/* The payload of a frame that decode_frame() made this segment of, as much as was captured. */
static inline struct cursor decode_payload(const struct frame *frame,
                                           const struct segment *segment)
{
    struct cursor bytes = cursor_init(frame->data, frame->caplen);
    cursor_skip(&bytes, segment->payload_at);
    return cursor_take_most(&bytes, segment->payload_captured);
}

#endif
