/*
 * space_saving: the most frequent ones of many items, in fixed room (Metwally and others, 2005). A
 * new item takes the place of the rarest one and its count, which is then too large by `error` at
 * most. So an item that is more than 1 of SPACE_SAVING_ROOM of all is always among them. Plain
 * data; all zero is empty. What it holds depends on the order of the items and not on their values.
 */
#ifndef BASE_SPACE_SAVING_H
#define BASE_SPACE_SAVING_H

#include <stdbool.h>
#include <stdint.h>

#define SPACE_SAVING_ROOM 256u
#define SPACE_SAVING_NONE UINT32_MAX
#define SPACE_SAVING_INDEX (4 * SPACE_SAVING_ROOM)

struct space_saving {
    uint32_t used;
    struct {
        uint64_t item, count, error;
    } slots[SPACE_SAVING_ROOM];
    /* Its own: slots as a heap, the rarest first; where each stands in it; slots + 1 by item. */
    uint16_t heap[SPACE_SAVING_ROOM], place[SPACE_SAVING_ROOM], index[SPACE_SAVING_INDEX];
};

/* The item's slot, or SPACE_SAVING_NONE. */
uint32_t space_saving_find(const struct space_saving *saving, uint64_t item);

/* Counts an item, 64 good bits of it; returns its slot. ret_new: until now it was no item's, or
 * another one's. */
uint32_t space_saving_add(struct space_saving *saving, uint64_t item, bool *ret_new);

/* The slot that the next new item would take from another; SPACE_SAVING_NONE: there is room. */
uint32_t space_saving_rarest(const struct space_saving *saving);

#endif
