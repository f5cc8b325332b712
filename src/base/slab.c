/* slab: records of one size by number. */
#include "base/slab.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void slab_init(struct slab *slab, size_t record_size, uint32_t most)
{
    *slab = (struct slab){ .record_size = record_size, .most = most };
}

void slab_done(struct slab *slab)
{
    for (uint32_t i = 0; i < slab->chunk_count; i++)
        free(slab->chunks[i]);
    free(slab->chunks);
    slab->chunks = NULL;
    slab->chunk_count = slab->chunk_room = slab->made = slab->free = 0;
}

static bool chunk_add(struct slab *slab)
{
    if (slab->chunk_count == slab->chunk_room) {
        uint32_t room = slab->chunk_room ? slab->chunk_room * 2 : 16;
        unsigned char **chunks = realloc(slab->chunks, room * sizeof *chunks);
        if (chunks == NULL)
            return false;
        slab->chunks = chunks;
        slab->chunk_room = room;
    }
    unsigned char *chunk = malloc(SLAB_CHUNK * slab->record_size);
    if (chunk == NULL)
        return false;
    slab->chunks[slab->chunk_count++] = chunk;
    return true;
}

uint32_t slab_take(struct slab *slab)
{
    uint32_t number = slab->free;
    if (number != 0) {
        memcpy(&slab->free, slab_at(slab, number), sizeof slab->free);
        return number;
    }
    if (slab->made >= slab->most)
        return 0;
    if (slab->made == slab->chunk_count * SLAB_CHUNK && !chunk_add(slab))
        return 0;
    return ++slab->made;
}

void slab_give(struct slab *slab, uint32_t number)
{
    memcpy(slab_at(slab, number), &slab->free, sizeof slab->free);
    slab->free = number;
}
