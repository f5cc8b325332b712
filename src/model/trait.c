/* trait: events and a summary, each in a few bits. */
#include "model/trait.h"

uint64_t traits_of_events(const struct event *list, size_t count)
{
    struct trait_span span = { INT64_MAX, INT64_MIN };
    uint64_t traits = 0;

    for (size_t i = 0; i < count; i++) {
        const struct event *e = &list[i];
        traits |= TRAIT_EVENT(e->kind);
        if (e->kind == EVENT_TRANSITION)
            traits |= trait_of_transition(&span, e->endpoint, e->from, e->to, e->certainty,
                                          e->time);
        if (e->kind == EVENT_CHECK && e->result == CHECK_FAILS)
            traits |= trait_of_failure(e->detail);
    }
    return traits | trait_of_span(&span);
}

static bool not_taken(const struct summary *summary)
{
    const struct endpoint_summary *server = &summary->endpoints[SERVER];
    return summary->third_ack_seen && server->syns > 0 &&
           (server->state == STATE_SYN_RCVD ||
            server->segments == server->syns + server->resets);
}

uint64_t traits_of_summary(const struct summary *summary)
{
    uint64_t traits = TRAIT_HANDSHAKE(summary->handshake) | TRAIT_CLOSE(summary->close);

    for (int id = CLIENT; id <= SERVER; id++) {
        const struct endpoint_summary *end = &summary->endpoints[id];
        if (end->state == STATE_CLOSE_WAIT)
            traits |= TRAIT_IN_CLOSE_WAIT;
        if (end->checksums_bad > 0 || end->checksums_partial > 0)
            traits |= TRAIT_CHECKSUMS;
    }
    if (not_taken(summary))
        traits |= TRAIT_NOT_TAKEN;
    return traits;
}
