/* log_index: an array that grows. */
#include "tcp/log_index.h"

#include <stdlib.h>

#define LOGS_FIRST 256u

bool log_index_reach(struct log_index *index, uint32_t log)
{
    if (log >= index->room) {
        uint32_t room = log < UINT32_MAX / 2 ? 2 * log + LOGS_FIRST : UINT32_MAX;
        uint32_t *numbers = realloc(index->numbers, room * sizeof *numbers);
        if (numbers == NULL)
            return false;
        index->numbers = numbers;
        index->room = room;
    }
    index->numbers[log] = 0;
    return true;
}

void log_index_done(struct log_index *index)
{
    free(index->numbers);
    *index = (struct log_index){ .room = 0 };
}
