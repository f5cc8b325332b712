/* space_saving: a heap by count, and an index with linear probing, a quarter full at most. */
#include "base/space_saving.h"

#define INDEX_MASK (SPACE_SAVING_INDEX - 1)

static uint64_t count_at(const struct space_saving *s, uint32_t place)
{
    return s->slots[s->heap[place]].count;
}

static void place_set(struct space_saving *s, uint32_t place, uint16_t slot)
{
    s->heap[place] = slot;
    s->place[slot] = (uint16_t)place;
}

/* A count grew: its slot goes down until none below it is rarer. */
static void heap_down(struct space_saving *s, uint32_t place)
{
    uint16_t slot = s->heap[place];
    for (;;) {
        uint32_t child = 2 * place + 1;
        if (child >= s->used)
            break;
        if (child + 1 < s->used && count_at(s, child + 1) < count_at(s, child))
            child++;
        if (count_at(s, child) >= s->slots[slot].count)
            break;
        place_set(s, place, s->heap[child]);
        place = child;
    }
    place_set(s, place, slot);
}

static void heap_up(struct space_saving *s, uint32_t place)
{
    uint16_t slot = s->heap[place];
    while (place > 0 && count_at(s, (place - 1) / 2) > s->slots[slot].count) {
        place_set(s, place, s->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    place_set(s, place, slot);
}

/* Where in the index the item stands, or would stand. */
static uint32_t index_find(const struct space_saving *s, uint64_t item)
{
    uint32_t at = (uint32_t)item & INDEX_MASK;
    while (s->index[at] != 0 && s->slots[s->index[at] - 1].item != item)
        at = (at + 1) & INDEX_MASK;
    return at;
}

/* Empties a place of the index and moves later ones of its run back to where they are found. */
static void index_remove(struct space_saving *s, uint32_t at)
{
    for (uint32_t next = (at + 1) & INDEX_MASK; s->index[next] != 0;
         next = (next + 1) & INDEX_MASK) {
        uint32_t home = (uint32_t)s->slots[s->index[next] - 1].item & INDEX_MASK;
        if (((next - home) & INDEX_MASK) < ((next - at) & INDEX_MASK))
            continue;
        s->index[at] = s->index[next];
        at = next;
    }
    s->index[at] = 0;
}

uint32_t space_saving_find(const struct space_saving *saving, uint64_t item)
{
    uint16_t found = saving->index[index_find(saving, item)];
    return found != 0 ? found - 1u : SPACE_SAVING_NONE;
}

uint32_t space_saving_rarest(const struct space_saving *saving)
{
    return saving->used < SPACE_SAVING_ROOM ? SPACE_SAVING_NONE : saving->heap[0];
}

uint32_t space_saving_add(struct space_saving *saving, uint64_t item, bool *ret_new)
{
    uint32_t slot = space_saving_find(saving, item);
    *ret_new = slot == SPACE_SAVING_NONE;
    if (!*ret_new) {
        saving->slots[slot].count++;
        heap_down(saving, saving->place[slot]);
        return slot;
    }
    slot = space_saving_rarest(saving);
    bool taken = slot != SPACE_SAVING_NONE;
    if (taken)
        index_remove(saving, index_find(saving, saving->slots[slot].item));
    else
        slot = saving->used++;
    saving->slots[slot].item = item;
    saving->slots[slot].error = taken ? saving->slots[slot].count : 0;
    saving->slots[slot].count = saving->slots[slot].error + 1;
    saving->index[index_find(saving, item)] = (uint16_t)(slot + 1);
    if (taken) {
        heap_down(saving, saving->place[slot]);
    } else {
        place_set(saving, slot, (uint16_t)slot);
        heap_up(saving, slot);
    }
    return slot;
}
