/* history_read: a log in full, and at a glance. */
#include "model/trait.h"
#include "tcp/history.h"
#include "tcp/history_pool.h"

/* Insertion sort by frame: logs are short and nearly sorted; order of equal frames is kept. */
static void events_sort(struct event *list, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (list[i - 1].frame <= list[i].frame)
            continue;
        struct event event = list[i];
        size_t j = i;
        while (j > 0 && list[j - 1].frame > event.frame) {
            list[j] = list[j - 1];
            j--;
        }
        list[j] = event;
    }
}

size_t history_read(const struct history_pool *pool, uint32_t log, struct event *list,
                    size_t room)
{
    const struct block *block;
    size_t count = 0;
    for (uint32_t number = log; number != 0; number = block->next) {
        block = block_at(pool, number);
        for (unsigned i = 0; i < block->count; i++) {
            unsigned kind = entry_kind(&block->entries[i]);
            if (kind == EVENT_NONE || kind == EVENT_PENDING)
                continue;
            if (count < room)
                entry_unpack(&block->entries[i], block, &list[count]);
            count++;
        }
    }
    events_sort(list, count < room ? count : room);
    return count;
}

uint64_t history_traits(const struct history_pool *pool, uint32_t log)
{
    const uint64_t left_out = TRAIT_EVENT(EVENT_NONE) | TRAIT_EVENT(EVENT_PENDING);
    struct trait_span span = { INT64_MAX, INT64_MIN };
    const struct block *block;
    uint64_t traits = 0;

    for (uint32_t number = log; number != 0; number = block->next) {
        block = block_at(pool, number);
        const struct entry *end = &block->entries[block->count];
        for (const struct entry *entry = block->entries; entry < end; entry++) {
            unsigned kind = entry_kind(entry), detail = entry_detail(entry);
            traits |= TRAIT_EVENT(kind);
            if (kind == EVENT_TRANSITION)
                traits |= trait_of_transition(&span, entry_endpoint(entry), detail >> 4,
                                              detail & 15, entry_certainty(entry),
                                              entry_time(entry, block));
            else if (kind == EVENT_CHECK && entry_result(entry) == CHECK_FAILS)
                traits |= trait_of_failure(detail);
        }
    }
    return (traits & ~left_out) | trait_of_span(&span);
}
