/*
 * threads: how many of them track, and how many frames they take at a time.
 */
#ifndef CLI_THREADS_H
#define CLI_THREADS_H

#include <stdint.h>

#include "cli/options.h"

/* As many as the user said, else one for each processor. */
unsigned threads_count(const struct options *options);

/*
 * For tracker_options.batch. waits: somebody waits for what ends, and the input is a pipe, so that
 * nothing tells that no other frame will come for a while. With --seed batches are small and of any
 * size, so that tests meet their borders.
 */
uint16_t threads_batch(const struct options *options, bool waits);

#endif
