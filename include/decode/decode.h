/*
 * decode: a frame's bytes to one flat segment.
 *
 * Everything that is no TCP segment has a reason; nothing is skipped in silence. No allocation,
 * no formatting, no system call. The segment is written in place and valid only for
 * DECODE_SEGMENT.
 */
#ifndef DECODE_DECODE_H
#define DECODE_DECODE_H

#include <stdbool.h>

#include "decode/decode_result.h"
#include "model/frame.h"
#include "model/segment.h"

enum decode_result decode_frame(const struct frame *frame, struct segment *ret_segment);

#endif
