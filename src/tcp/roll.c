/* roll: copies in one growing array, pointers in another, sorted once. */
#include "tcp/roll.h"

#include <stdlib.h>

#define ROOM_FIRST 64

bool roll_retire(struct roll *roll, const struct connection *c, int64_t settled)
{
    if (roll->ended_count == roll->ended_room) {
        size_t room = roll->ended_room ? roll->ended_room * 2 : ROOM_FIRST;
        struct ended *ended = realloc(roll->ended, room * sizeof *ended);
        if (ended == NULL)
            return false;
        roll->ended = ended;
        roll->ended_room = room;
    }
    roll->ended[roll->ended_count++] = (struct ended){ .c = *c, .settled = settled };
    return true;
}

bool roll_call(struct roll *roll, size_t others)
{
    roll->order = malloc((roll->ended_count + others + 1) * sizeof *roll->order);
    if (roll->order == NULL)
        return false;
    for (size_t i = 0; i < roll->ended_count; i++)
        roll_enter(roll, &roll->ended[i].c);
    return true;
}

void roll_enter(struct roll *roll, const struct connection *c)
{
    roll->order[roll->order_count++] = c;
}

static int order_by_id(const void *a, const void *b)
{
    const struct connection *x = *(const struct connection *const *)a;
    const struct connection *y = *(const struct connection *const *)b;
    return x->first_frame < y->first_frame ? -1 : x->first_frame > y->first_frame;
}

/* Where the run ends that begins here: ids in it rise. */
static size_t run_end(const struct connection *const *list, size_t from, size_t count)
{
    size_t i = from + 1;
    while (i < count && list[i - 1]->first_frame <= list[i]->first_frame)
        i++;
    return i < count ? i : count;
}

/* Merges list[from..middle) and list[middle..end) to the same places of `into`. */
static void runs_merge(const struct connection *const *list, size_t from, size_t middle, size_t end,
                       const struct connection **into)
{
    size_t a = from, b = middle;
    for (size_t to = from; to < end; to++) {
        bool first = b == end || (a < middle && list[a]->first_frame <= list[b]->first_frame);
        into[to] = first ? list[a++] : list[b++];
    }
}

/*
 * Connections come in the order in which their records were taken, the ended ones before: a few runs
 * that are sorted already. So runs are merged in pairs until there is one: n comparisons where there
 * is one from the start, n log(runs) at most.
 */
void roll_sort(struct roll *roll)
{
    const size_t count = roll->order_count;
    const struct connection **other = NULL;

    while (run_end(roll->order, 0, count) < count) {
        const struct connection **list = roll->order;
        if (other == NULL)
            other = malloc(count * sizeof *other);
        if (other == NULL) { /* slower, in place */
            qsort(list, count, sizeof *list, order_by_id);
            return;
        }
        for (size_t from = 0, end; from < count; from = end) {
            size_t middle = run_end(list, from, count);
            end = middle < count ? run_end(list, middle, count) : count;
            runs_merge(list, from, middle, end, other);
        }
        roll->order = other;
        other = list;
    }
    free(other);
}

int64_t roll_settled(const struct connection *c)
{
    return ((const struct ended *)(const void *)c)->settled; /* its first member */
}

void roll_done(struct roll *roll)
{
    free(roll->ended);
    free(roll->order);
    *roll = (struct roll){ 0 };
}
