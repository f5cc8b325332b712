/* facts: searching a connection's events. Lists are short, so every search reads them through. */
#include "diagnose/facts.h"

/* One keep-alive may be lost and proves nothing (RFC 9293 §3.8.4 MUST-29). */
#define KEEP_ALIVES_DEAD 3

enum certainty certainty_least(enum certainty a, enum certainty b)
{
    return a > b ? a : b;
}

const struct event *facts_first(const struct facts *facts, enum event_kind kind,
                                enum endpoint_id endpoint)
{
    return event_find(facts->events, facts->count,
                      (struct event_query){ .kind = kind,
                                            .endpoint = endpoint,
                                            .detail = EVENT_ANY,
                                            .result = EVENT_ANY });
}

static bool event_enters(const struct event *e, enum endpoint_id endpoint, enum tcp_state state)
{
    return e->kind == EVENT_TRANSITION && e->endpoint == endpoint && e->to == state;
}

const struct event *facts_entered(const struct facts *facts, enum endpoint_id endpoint,
                                  enum tcp_state state)
{
    for (size_t i = 0; i < facts->count; i++)
        if (event_enters(&facts->events[i], endpoint, state))
            return &facts->events[i];
    return NULL;
}

const struct event *facts_entered_last(const struct facts *facts, enum endpoint_id endpoint,
                                       enum tcp_state state)
{
    for (size_t i = facts->count; i > 0; i--)
        if (event_enters(&facts->events[i - 1], endpoint, state))
            return &facts->events[i - 1];
    return NULL;
}

const struct event *facts_keepalive_dead(const struct facts *facts, enum endpoint_id endpoint)
{
    const struct endpoint_summary *peer = &facts->summary->endpoints[endpoint_peer(endpoint)];
    const struct event *last =
        event_find_last(facts->events, facts->count,
                        (struct event_query){ .kind = EVENT_KEEP_ALIVE_UNANSWERED,
                                              .endpoint = endpoint,
                                              .detail = EVENT_ANY,
                                              .result = EVENT_ANY });
    bool dead = last != NULL && last->observed >= KEEP_ALIVES_DEAD &&
                peer->last_time < last->time;
    return dead ? last : NULL;
}

const struct event *facts_fin(const struct facts *facts, enum endpoint_id endpoint)
{
    const struct event *fin = facts_entered(facts, endpoint, STATE_FIN_WAIT_1);
    return fin != NULL ? fin : facts_entered(facts, endpoint, STATE_LAST_ACK);
}
