/* threads: by the machine and the options. */
#include "cli/threads.h"

#include <unistd.h>

#define BATCH_SEEDS 61u
#define BATCH_LEAST 2u

unsigned threads_count(const struct options *options)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (options->threads != 0)
        return options->threads;
    if (processors < 1)
        return 1;
    return processors < OPTIONS_THREADS_MAX ? (unsigned)processors : OPTIONS_THREADS_MAX;
}

uint16_t threads_batch(const struct options *options, bool waits)
{
    if (waits)
        return 1;
    return options->seed != 0 ? (uint16_t)(BATCH_LEAST + options->seed % BATCH_SEEDS) : 0;
}
