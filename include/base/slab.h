/*
 * slab: records of one size, named by numbers from 1 on; 0 is none. Chunks are allocated as
 * needed, up to a given number of records, and never moved, so pointers stay good until the
 * record is given back.
 */
#ifndef BASE_SLAB_H
#define BASE_SLAB_H

#include <stddef.h>
#include <stdint.h>

#define SLAB_CHUNK 512u /* records */

struct slab {
    unsigned char **chunks;
    size_t record_size;
    uint32_t chunk_count, chunk_room;
    uint32_t made; /* numbers 1..made exist */
    uint32_t most;
    uint32_t free; /* chain through the first four bytes of records that were given back */
};

/* record_size: at least 4, and a multiple of what the records are aligned to. */
void slab_init(struct slab *slab, size_t record_size, uint32_t most);
void slab_done(struct slab *slab);

/* A record's number; its bytes hold anything. 0 when there is none left, or no memory. */
uint32_t slab_take(struct slab *slab);

void slab_give(struct slab *slab, uint32_t number);

/* The record of a number that was taken. */
static inline void *slab_at(const struct slab *slab, uint32_t number)
{
    return slab->chunks[(number - 1) / SLAB_CHUNK] +
           (size_t)((number - 1) % SLAB_CHUNK) * slab->record_size;
}

#endif
