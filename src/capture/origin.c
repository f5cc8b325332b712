/*
 * origin: one byte for each frame, its input; and how many frames each input had before every
 * block of 4096, so that a number is found by counting within one block.
 */
#include "capture/origin.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_FRAMES 4096
#define INPUTS 16
#define BLOCKS_MAX 65536 /* 268 million frames: 268 MB, and 8 MB of counts */

struct block {
    uint64_t before[INPUTS]; /* frames of each input before this block */
    uint8_t input[BLOCK_FRAMES];
};

struct origins {
    struct block **blocks;
    size_t count, room;
    uint64_t frames; /* remembered */
    uint64_t lost;
    uint64_t so_far[INPUTS];
};

struct origins *origins_new(void)
{
    return calloc(1, sizeof(struct origins));
}

static bool block_add(struct origins *origins)
{
    if (origins->count == BLOCKS_MAX)
        return false;
    if (origins->count == origins->room) {
        size_t room = origins->room ? origins->room * 2 : 64;
        struct block **blocks = realloc(origins->blocks, room * sizeof *blocks);
        if (blocks == NULL)
            return false;
        origins->blocks = blocks;
        origins->room = room;
    }
    struct block *block = malloc(sizeof *block);
    if (block == NULL)
        return false;
    memcpy(block->before, origins->so_far, sizeof block->before);
    origins->blocks[origins->count++] = block;
    return true;
}

void origins_add(struct origins *origins, unsigned input)
{
    size_t at = origins->frames % BLOCK_FRAMES;
    if (input >= INPUTS || origins->lost > 0 || (at == 0 && !block_add(origins))) {
        origins->lost++;
        return;
    }
    origins->blocks[origins->count - 1]->input[at] = (uint8_t)input;
    origins->frames++;
    origins->so_far[input]++;
}

bool origins_find(const struct origins *origins, uint64_t frame, unsigned *ret_input,
                  uint64_t *ret_number)
{
    if (frame == 0 || frame > origins->frames)
        return false;
    const struct block *block = origins->blocks[(frame - 1) / BLOCK_FRAMES];
    size_t at = (frame - 1) % BLOCK_FRAMES;
    uint64_t number = block->before[block->input[at]];
    for (size_t i = 0; i <= at; i++)
        number += block->input[i] == block->input[at];
    *ret_input = block->input[at];
    *ret_number = number;
    return true;
}

uint64_t origins_lost(const struct origins *origins)
{
    return origins->lost;
}

void origins_free(struct origins *origins)
{
    if (origins == NULL)
        return;
    for (size_t i = 0; i < origins->count; i++)
        free(origins->blocks[i]);
    free(origins->blocks);
    free(origins);
}
