/* narrate_error: an ICMP error as a witness (RFC 792, RFC 4443). Whoever sees a segment can send
 * one (RFC 5927), so its sender is named with what it says. */
#include "report/narrate_error.h"

#include <arpa/inet.h>
#include <inttypes.h>

#include "report/narrate.h"

/* Whether it says that the segment that it quotes did not get there: unreachable, or too big. */
static bool says_lost(const struct connection_report *connection, const struct event *event)
{
    return event->kind == EVENT_ICMP_ERROR &&
           (notice_kind(connection->summary->ip_version, event->detail, event->result)->rejects ||
            event->observed != 0);
}

/* The first error about this end, between two frames, that says that a segment did not get there;
 * or NULL. */
static const struct event *error_between(const struct connection_report *connection,
                                         enum endpoint_id about, uint64_t after, uint64_t before)
{
    for (size_t i = 0; i < connection->event_count; i++) {
        const struct event *event = &connection->events[i];
        if (event->endpoint == about && event->frame > after && event->frame < before &&
            says_lost(connection, event))
            return event;
    }
    return NULL;
}

const struct event *error_of_syns(const struct connection_report *connection)
{
    const struct event *first = NULL;
    bool told = false; /* of the newest SYN */
    for (size_t i = 0; i < connection->event_count; i++) {
        const struct event *event = &connection->events[i];
        if (event->endpoint != CLIENT)
            continue;
        if (event->kind == EVENT_SYN_REPEATED) {
            if (!told)
                return NULL;
            told = false;
        } else if (says_lost(connection, event)) {
            first = first != NULL ? first : event;
            told = true;
        }
    }
    return first;
}

void error_culprit(struct strbuf *out, const struct connection_report *connection,
                   const struct event *error)
{
    const struct summary *summary = connection->summary;
    enum endpoint_id about = error->endpoint == SERVER ? SERVER : CLIENT;
    const char *peer = endpoint_name(endpoint_peer(about));
    uint8_t address[16];
    char text[INET6_ADDRSTRLEN];
    switch ((enum notice_reporter)error->addend) {
    case REPORTER_PEER:
        strbuf_printf(out, "the %s's host, or a device that spoke in its name", peer);
        break;
    case REPORTER_SENDER:
        strbuf_printf(out, "the %s's own host", endpoint_name(about));
        break;
    case REPORTER_ON_WAY:
        strbuf_printf(out, "the way to the %s", peer);
        break;
    }
    strbuf_printf(out, " (ICMP error in frame %" PRIu64, error->frame);
    if (error->addend == REPORTER_ON_WAY &&
        event_reporter(connection->events, connection->event_count, error, summary, address))
        strbuf_printf(out, " from %s",
                      narrate_address(address, summary->ip_version, text, sizeof text));
    strbuf_printf(out, ": %s)",
                  notice_kind(summary->ip_version, error->detail, error->result)->words);
}

/* Whether what was sent again is missing in the input that shows its sender's other segments, also
 * those from the repeat on: then that was recording all the time. */
static bool is_lost_between(const struct waits *waits, enum endpoint_id who,
                            const struct wait *wait)
{
    return wait->lost_frame != 0 && waits->ends[who].viewed_frame >= wait->end_frame;
}

void error_lost(struct strbuf *out, const struct connection_report *connection,
                enum endpoint_id who, const struct wait *wait)
{
    const struct event *error =
        error_between(connection, who, wait->data_frame, wait->end_frame);
    if (error != NULL) {
        error_culprit(out, connection, error);
    } else if (is_lost_between(connection->rows.waits, who, wait)) {
        strbuf_printf(out, "the network between the inputs, very probably: frame %" PRIu64
                           " is in one of them only, and nothing new passed", wait->lost_frame);
        return;
    } else {
        strbuf_printf(out, "the network or the %s's host", endpoint_name(endpoint_peer(who)));
    }
    strbuf_add(out, ": nothing new passed");
}
