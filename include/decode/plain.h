/*
 * plain: the frames that nearly all are, read in a straight line: TCP over Ethernet, in IPv4 without
 * options or in IPv6 without extension headers, with all headers in the capture and nothing wrong
 * with them.
 */
#ifndef DECODE_PLAIN_H
#define DECODE_PLAIN_H

#include <stdbool.h>

#include "model/frame.h"
#include "model/segment.h"

/*
 * True: the frame is plain, and the segment is to the last bit what decode_frame_general() makes of
 * it, with DECODE_SEGMENT. False: that has to read it, and the segment may hold anything.
 */
bool plain_decode(const struct frame *frame, struct segment *ret_segment);

#endif
