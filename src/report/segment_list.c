/* segment_list: pointers into the chunks of a summary, sorted by frame. */
#include "report/segment_list.h"

#include <stdlib.h>

static int compare_frames(const void *a, const void *b)
{
    const struct classified *const *x = a;
    const struct classified *const *y = b;
    return ((*x)->frame > (*y)->frame) - ((*x)->frame < (*y)->frame);
}

/* How many there are; those that another connection took are none. */
static size_t chunks_count(const struct classified_chunk *chunk)
{
    size_t count = 0;
    for (; chunk != NULL; chunk = chunk->next)
        count += chunk->count;
    return count;
}

bool segment_list_fill(struct segment_list *list, const struct summary *summary)
{
    size_t room = chunks_count(summary->segments);
    bool sorted = true;

    list->count = 0;
    if (room > list->room) {
        const struct classified **grown = realloc(list->list, room * sizeof(*grown));
        if (grown == NULL)
            return false;
        list->list = grown;
        list->room = room;
    }
    for (const struct classified_chunk *chunk = summary->segments; chunk != NULL;
         chunk = chunk->next) {
        for (uint32_t i = 0; i < chunk->count; i++) {
            const struct classified *row = &chunk->rows[i];
            if (row->class == CLASS_NONE)
                continue;
            sorted &= list->count == 0 || list->list[list->count - 1]->frame < row->frame;
            list->list[list->count++] = row;
        }
    }
    if (!sorted) /* a SYN that waited is kept when it turns out whose it is */
        qsort(list->list, list->count, sizeof *list->list, compare_frames);
    return true;
}

size_t segment_list_place(const struct segment_list *list, uint64_t frame)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->list[middle]->frame < frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list->count && list->list[low]->frame == frame ? low : list->count;
}

const struct classified *segment_list_find(const struct segment_list *list, uint64_t frame)
{
    size_t place = segment_list_place(list, frame);
    return place < list->count ? list->list[place] : NULL;
}

void segment_list_done(struct segment_list *list)
{
    free(list->list);
    *list = (struct segment_list){ .list = NULL };
}
