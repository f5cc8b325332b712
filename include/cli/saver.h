/*
 * saver: -w. From files, the frames of the chosen connections are noted while they are explained
 * and written in a second pass; what can't be read twice is written as it comes.
 */
#ifndef CLI_SAVER_H
#define CLI_SAVER_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/inputs.h"
#include "cli/options.h"
#include "model/frame.h"

struct saver;

/*
 * Whether -w makes sense with these inputs: a pcap file has one link type, and must not be one of
 * them. False with a sentence in error.
 */
bool saver_allowed(const struct options *options, const struct inputs *inputs, char *error,
                   size_t error_size);

/* Whether the file can be written: better told before a long capture is read than after it. False
 * with a sentence in error. */
bool saver_writable(const char *name, char *error, size_t error_size);

/*
 * Creates the file, where frames are written as they come. Options and inputs are borrowed until
 * saver_free(). NULL with a sentence in error.
 */
struct saver *saver_open(const struct options *options, const struct inputs *inputs, char *error,
                         size_t error_size);

/* A frame was read: written now when there is no second pass. */
void saver_frame(struct saver *saver, const struct frame *frame);

/* This frame belongs to a chosen connection; it no longer does. */
void saver_choose(struct saver *saver, uint64_t frame);
void saver_unchoose(struct saver *saver, uint64_t frame);

/* Writes what is left and closes the file; false with a sentence in error, also when nothing was
 * chosen. */
bool saver_finish(struct saver *saver, char *error, size_t error_size);

void saver_free(struct saver *saver);

#endif
