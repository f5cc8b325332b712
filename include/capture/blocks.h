/*
 * blocks: steps over frames of a pcapng file by the lengths of their blocks alone.
 *
 * Only blocks that change nothing of what libpcap knows are stepped over: a section header and an
 * interface are left for it to read. What it has read once without complaint is in order; at
 * anything else the steps end, too.
 */
#ifndef CAPTURE_BLOCKS_H
#define CAPTURE_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A block, and how many frames lie before it. */
struct blocks_place {
    off_t offset;
    uint64_t frames;
};

/*
 * From `place` on to the frame that has so many before it, or as far towards it as may be. swapped:
 * the file's numbers are in the other byte order.
 */
struct blocks_place blocks_step(int fd, struct blocks_place place, uint64_t frames, bool swapped);

#endif
