/* facts: searching a connection's events. */
#include "diagnose/facts.h"

#include "diagnose/vantage.h"
#include "model/trait.h"

/* One keep-alive may be lost and proves nothing (RFC 9293 §3.8.4 MUST-29). */
#define KEEP_ALIVES_DEAD 3

struct facts facts_read(const struct summary *summary, const struct event *events, size_t count)
{
    return (struct facts){ .summary = summary,
                           .events = events,
                           .count = count,
                           .traits = traits_of_summary(summary) | traits_of_events(events, count),
                           .vantage = vantage_judge(summary) };
}

enum certainty certainty_least(enum certainty a, enum certainty b)
{
    return a > b ? a : b;
}

const struct event *facts_first(const struct facts *facts, enum event_kind kind,
                                enum endpoint_id endpoint)
{
    return event_first(facts->events, facts->count, kind, endpoint);
}

const struct event *facts_entered(const struct facts *facts, enum endpoint_id endpoint,
                                  enum tcp_state state)
{
    return event_entered(facts->events, facts->count, endpoint, state);
}

const struct event *facts_keepalive_dead(const struct facts *facts, enum endpoint_id endpoint)
{
    const struct endpoint_summary *peer = &facts->summary->endpoints[endpoint_peer(endpoint)];
    const struct event *last =
        event_last_before(facts->events, facts->count, EVENT_KEEP_ALIVE_UNANSWERED, endpoint, 0);
    bool dead = last != NULL && last->observed >= KEEP_ALIVES_DEAD &&
                peer->last_time < last->time;
    return dead ? last : NULL;
}

const struct event *facts_fin(const struct facts *facts, enum endpoint_id endpoint)
{
    return event_fin(facts->events, facts->count, endpoint);
}

const struct event *facts_fin_acked(const struct facts *facts, enum endpoint_id endpoint)
{
    return event_find(facts->events, facts->count,
                      (struct event_query){ .kind = EVENT_CHECK,
                                            .endpoint = endpoint_peer(endpoint),
                                            .detail = CHECK_ACK_OF_FIN,
                                            .result = CHECK_HOLDS });
}
