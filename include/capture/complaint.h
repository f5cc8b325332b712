/*
 * complaint: the sentences about inputs that can't be opened or read to their end: what
 * happened, where, and what to do. Each fits one line.
 */
#ifndef CAPTURE_COMPLAINT_H
#define CAPTURE_COMPLAINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/input.h"

/* The file can't be opened: error_number is what open(2) said. */
void complaint_open(const char *name, int error_number, char *ret_text, size_t size);

/* The bytes are no capture, or libpcap refuses them with the words in reason. */
void complaint_format(const char *name, const struct input *input, const char *reason,
                      char *ret_text, size_t size);

/* Where reading stopped. */
struct damage {
    const char *name;
    const char *reason; /* libpcap's words */
    uint64_t frames;    /* frames read before */
    uint64_t offset;    /* bytes read before, with seekable */
    bool seekable;
    int link_type; /* DLT_ value of the input */
};

/* True when the input ends inside a frame or block. */
bool damage_is_cut(const struct damage *damage);

/* "EN10MB", or "UNKNOWN-147"; written to buffer, which is returned. */
const char *complaint_link_name(int link_type, char *buffer, size_t buffer_size);

/* A live capture ended before it should: reason is what libpcap said. */
void complaint_device(const char *name, const char *reason, char *ret_text, size_t size);

void complaint_damage(const struct damage *damage, char *ret_text, size_t size);

#endif
