/* event: looking one up. */
#include "model/event.h"

static bool event_answers(const struct event *e, const struct event_query *query)
{
    return e->kind == query->kind &&
           (query->endpoint == EVENT_ANY || e->endpoint == query->endpoint) &&
           (query->detail == EVENT_ANY || e->detail == query->detail) &&
           (query->result == EVENT_ANY || e->result == query->result) &&
           (query->before == 0 || e->frame < query->before);
}

const struct event *event_find(const struct event *list, size_t count, struct event_query query)
{
    for (size_t i = 0; i < count; i++)
        if (event_answers(&list[i], &query))
            return &list[i];
    return NULL;
}

const struct event *event_find_last(const struct event *list, size_t count,
                                    struct event_query query)
{
    for (size_t i = count; i-- > 0;)
        if (event_answers(&list[i], &query))
            return &list[i];
    return NULL;
}
