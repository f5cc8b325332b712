/*
 * writer: frames to a pcap file.
 */
#ifndef CAPTURE_WRITER_H
#define CAPTURE_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "model/frame.h"

struct writer;

/*
 * Creates the file; an old one of that name is replaced. link_type is libpcap's DLT_ value;
 * nanoseconds: times are written in ns, else in us. NULL with a sentence in error.
 */
struct writer *writer_open(const char *name, int link_type, bool nanoseconds, char *error,
                           size_t error_size);

/* Errors are kept until writer_close(). */
void writer_frame(struct writer *writer, const struct frame *frame);

/* Ends the file and frees the writer; false with a sentence in error when not all was written. */
bool writer_close(struct writer *writer, char *error, size_t error_size);

#endif
