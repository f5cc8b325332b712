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

void roll_sort(struct roll *roll)
{
    qsort(roll->order, roll->order_count, sizeof *roll->order, order_by_id);
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
