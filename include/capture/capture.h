/*
 * capture: one place where frames come from: a capture file (pcap in µs or ns and either byte
 * order, pcapng), standard input, or a network interface, through libpcap with nanosecond
 * timestamps.
 *
 * A capture owns its input; frames it hands out borrow libpcap's buffer until the next read.
 * Nothing here prints: errors are sentences in the capture.
 */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/device.h"
#include "model/frame.h"

struct capture;

enum capture_status {
    CAPTURE_FRAME,    /* a frame was read */
    CAPTURE_LEFT_OUT, /* a frame was read that the filter leaves out */
    CAPTURE_QUIET,    /* live: nothing came for a while */
    CAPTURE_END,      /* the input ended where it should */
    CAPTURE_DAMAGED,  /* the input is cut short or damaged here: see capture_info.error */
};

/* What is known of an input; strings are owned by the capture. */
struct capture_info {
    const char *name;      /* as given: "-" for standard input */
    const char *format;    /* "pcap", "pcapng" or "live" */
    int link_type;         /* libpcap's DLT_ value */
    uint64_t frames;       /* frames read so far, those that the filter leaves out too */
    bool nanoseconds;      /* its times are finer than microseconds */
    bool seekable;         /* a file, not a pipe */
    uint64_t bytes_read;   /* with error: file offset after the last whole frame; 0 where it
                              can't be told */
    bool cut_short;        /* the file ends inside a frame */
    const char *error;     /* NULL, or one sentence: what happened, after which frame, at which
                              byte offset where the input can tell it, and what to do */
};

/*
 * Opens a capture file, or standard input for "-". Returns NULL and writes one sentence to
 * error (what failed and what to do) when it can't be opened or is no capture.
 *
 * stop: when it becomes non-zero, a pipe is read until its writer has nothing more to say (half a
 * second of silence, two seconds at most) and then ends like any input. May be NULL.
 */
struct capture *capture_open(const char *name, const volatile sig_atomic_t *stop, char *error,
                             size_t error_size);

/*
 * Opens a network interface. NULL with one sentence in error; *ret_result tells a missing
 * permission apart.
 *
 * stop: when it becomes non-zero, capture_next() hands over what the kernel still holds without
 * waiting for more. May be NULL.
 */
struct capture *capture_open_device(const struct device_options *options,
                                    const volatile sig_atomic_t *stop,
                                    enum device_result *ret_result, char *error,
                                    size_t error_size);

/*
 * Opens the same input once more, from where it began; NULL with one sentence in error. Only of a
 * seekable one, which must not be read any further.
 */
struct capture *capture_again(const struct capture *capture, char *error, size_t error_size);

/* From now on capture_next() remembers where frames begin, for capture_skip(). */
void capture_keep_places(struct capture *capture);

/*
 * Goes on at or before the frame of this number, where that is further on and can be told: by the
 * places that `first` has kept, which had read the same file; in a pcapng file up to where an
 * interface or a section must be read before.
 */
void capture_skip(struct capture *capture, const struct capture *first, uint64_t number);

/* Frames of a live capture that the kernel dropped so far; false: not known. */
bool capture_drops(struct capture *capture, uint64_t *ret_kernel);

/* Frames that the interface lost since it is watched; false: not known, or it is gone. */
bool capture_lost(const struct capture *capture, uint64_t *ret_interface);

/*
 * Sets a BPF filter (pcap-filter(7)). False, with libpcap's own words in error, when the
 * expression is not valid.
 */
bool capture_filter(struct capture *capture, const char *expression, char *error,
                    size_t error_size);

/*
 * Reads the next frame; numbers it from 1 on as the file has them, before the filter. The filter
 * of an interface runs in the kernel, and what it leaves out is not seen at all.
 */
enum capture_status capture_next(struct capture *capture, struct frame *ret_frame);

/* Bytes of the file that were read, and all that it has; false: no file. Costs a system call. */
bool capture_position(const struct capture *capture, uint64_t *ret_read, uint64_t *ret_all);

const struct capture_info *capture_info(const struct capture *capture);

/* "EN10MB" for a DLT_ value; "147" style text never: unknown ones give "UNKNOWN-147". */
const char *capture_link_name(int link_type, char *buffer, size_t buffer_size);

void capture_free(struct capture *capture);

#endif
