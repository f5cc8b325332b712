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

/* "segment", "not_ip", "not_tcp", "fragment", "malformed", "unsupported_link". */
const char *decode_result_name(enum decode_result result);

enum decode_result decode_frame(const struct frame *frame, struct segment *ret_segment);

/* Whether link_type (a DLT_ value) has a row in the table of link types. */
bool decode_supports(int link_type);

#endif
