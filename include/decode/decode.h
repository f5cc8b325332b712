/*
 * decode: a frame's bytes to one flat segment.
 *
 * Everything that is no TCP segment has a reason; nothing is skipped in silence. No allocation,
 * no formatting, no system call. The segment is written in place and valid only for
 * DECODE_SEGMENT.
 */
#ifndef DECODE_DECODE_H
#define DECODE_DECODE_H

#include "model/frame.h"
#include "model/segment.h"

enum decode_result {
    DECODE_SEGMENT,
    DECODE_NOT_IP,           /* ARP, LLDP, ... */
    DECODE_NOT_TCP,          /* IP that carries something else */
    DECODE_FRAGMENT,         /* a piece of an IP packet other than its first, or a first one that
                                does not hold the whole TCP header */
    DECODE_MALFORMED,        /* headers contradict themselves, or the capture cut them off */
    DECODE_UNSUPPORTED_LINK, /* no decoder for the frame's link type */
    DECODE_RESULT_N
};

/* "segment", "not_ip", "not_tcp", "fragment", "malformed", "unsupported_link". */
const char *decode_result_name(enum decode_result result);

enum decode_result decode_frame(const struct frame *frame, struct segment *ret_segment);

/* Whether link_type (a DLT_ value) has a row in the table of link types. */
bool decode_supports(int link_type);

#endif
