/*
 * reader: all inputs read as one capture: merged by time (ties in the order they were added),
 * numbered over all of them, filtered, narrowed to a span of time.
 *
 * Owns its captures. A frame that it hands out is valid until the next call.
 */
#ifndef CAPTURE_READER_H
#define CAPTURE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/capture.h"

#define READER_INPUTS_MAX 16

struct reader;

/* NULL when out of memory. */
struct reader *reader_new(void);

/* Adds an input and takes it over; false when there are READER_INPUTS_MAX. */
bool reader_add(struct reader *reader, struct capture *capture);

/* Opens the inputs of another reader once more, with its clocks, and neither filter nor span: each frame
 * has the number that it had. NULL with a sentence in error. */
struct reader *reader_again(const struct reader *first, char *error, size_t error_size);

/* Remembers where frames begin, for reader_skip(). */
void reader_keep_places(struct reader *reader);

/* Leaves frames before this number out, of a reader that reader_again() made of `first`; how many is
 * not sure. */
void reader_skip(struct reader *reader, const struct reader *first, uint64_t number);

/* Adds so many ns to the times of an input, whose clock was that much behind. */
void reader_shift(struct reader *reader, size_t input, int64_t shift);

/* Sets a BPF filter on every input. False with a sentence in error. */
bool reader_filter(struct reader *reader, const char *expression, char *error,
                   size_t error_size);

/* Time of the earliest first frame, ns since the epoch; false when there is no frame. */
bool reader_first_time(struct reader *reader, int64_t *ret_time);

/* Hands out frames from after <= time < before only (ns since the epoch). */
void reader_narrow(struct reader *reader, int64_t after, int64_t before);

/*
 * The next frame that passes filter and span; the others are counted and keep their numbers.
 * CAPTURE_DAMAGED comes at the end, when one of the inputs was damaged: the others were read on.
 */
enum capture_status reader_next(struct reader *reader, struct frame *ret_frame);

/*
 * Tells someone each READER_WATCHED frames how it goes on, also where filter or span leave them all
 * out. NULL: nobody.
 */
#define READER_WATCHED 1024
void reader_watch(struct reader *reader, void (*passed)(void *context), void *context);

/* Frames that were read, those too that were left out. */
uint64_t reader_number(const struct reader *reader);

/* Bytes of all inputs that were read, and that there are; false: one of them is no file. */
bool reader_position(const struct reader *reader, uint64_t *ret_read, uint64_t *ret_all);

size_t reader_inputs(const struct reader *reader);
const struct capture_info *reader_info(const struct reader *reader, size_t input);

/* Frames of an input that were handed out. */
uint64_t reader_frames(const struct reader *reader, size_t input);

/* Frames that the filter, and that the span of time left out. */
uint64_t reader_filtered_out(const struct reader *reader);
uint64_t reader_narrowed_out(const struct reader *reader);

/*
 * Which input a frame came from (0-based), and its number there. False when there is one input,
 * or where no room was left to remember.
 */
bool reader_origin(const struct reader *reader, uint64_t frame, unsigned *ret_input,
                   uint64_t *ret_number);

/* Frames whose origin could not be remembered. */
uint64_t reader_origins_lost(const struct reader *reader);

/* Frames that the kernel dropped, and that the interface lost, of a live capture; false: not
 * known. */
bool reader_drops(const struct reader *reader, uint64_t *ret_kernel);
bool reader_lost(const struct reader *reader, uint64_t *ret_interface);

/* True when every input can be read once more from its beginning. */
bool reader_is_seekable(const struct reader *reader);

void reader_free(struct reader *reader);

#endif
