/* segment_case: what decoding makes of the last segment of some segment_builder lines. */
#ifndef TESTS_SEGMENT_CASE_H
#define TESTS_SEGMENT_CASE_H

#include <stddef.h>
#include <stdint.h>

#include "decode/decode.h"
#include "model/frame.h"

/*
 * Builds the lines (separated by '\n') and returns the last frame's bytes, of exactly caplen
 * and to be freed, so that a sanitizer sees each read past their end. Fails the test when a
 * line is wrong.
 */
uint8_t *case_frame(const char *lines, struct frame *ret_frame);

/* Builds, decodes, frees. */
enum decode_result case_decode(const char *lines, struct segment *ret_segment);

/* The same for an ICMP error. */
enum decode_result case_notice(const char *lines, struct notice *ret_notice);

/* Decodes given bytes as a frame of the link type, from a copy of exactly that size. */
enum decode_result case_decode_bytes(int link_type, const void *bytes, size_t length,
                                     struct segment *ret_segment);

#endif
