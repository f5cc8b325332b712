/*
 * narrate_state: why an end is in a state: what its own segment shows, what a later one proves,
 * or what is concluded. The rows are read from top to bottom; the first that fits is told.
 */
#include <inttypes.h>

#include "report/narrate.h"

#define S(state) (1u << STATE_##state)
#define ANY_STATE (~0u)
#define SYNCHRONIZED                                                                             \
    (S(ESTABLISHED) | S(FIN_WAIT_1) | S(FIN_WAIT_2) | S(CLOSING) | S(CLOSE_WAIT) | S(LAST_ACK))

#define OBSERVED (1u << CERTAINTY_OBSERVED)
#define PROVED (1u << CERTAINTY_PROVED)
#define INFERRED (1u << CERTAINTY_INFERRED)
#define ASSUMED (1u << CERTAINTY_ASSUMED)
#define UNSURE (INFERRED | ASSUMED)

/* When a transition happened, besides by a segment of the connection. */
enum moment_of { BY_SEGMENT, BY_TIMER, BY_REUSE, BY_ERROR, BY_OWN_RESET };

static const struct state_reason {
    enum moment_of moment;
    unsigned from;        /* set of states */
    enum tcp_state to;
    unsigned certainties; /* set */
    const char *words;    /* with the number that acknowledges the other FIN for "%", its own FIN
                             for "&", the other SYN for "@", and its own SYN for "#" */
} reasons[] = {
    { BY_REUSE, ANY_STATE, STATE_CLOSED, OBSERVED | PROVED,
      "it opens a new connection on these ports" },
    { BY_REUSE, ANY_STATE, STATE_CLOSED, UNSURE, "its ports serve a new connection" },
    { BY_TIMER, S(TIME_WAIT), STATE_CLOSED, ~0u, "two maximum segment lifetimes are over" },
    { BY_TIMER, S(LAST_ACK), STATE_CLOSED, ~0u,
      "the last ACK passed toward it, and it did not repeat its FIN" },
    { BY_ERROR, S(SYN_SENT), STATE_CLOSED, INFERRED,
      "an ICMP error came back for its SYN, and it sent no more" },
    { BY_ERROR, S(SYN_SENT), STATE_CLOSED, ASSUMED,
      "an ICMP error came back for its SYN; too little time is left to see it again" },

    { BY_OWN_RESET, ANY_STATE, STATE_CLOSED, UNSURE,
      "a RST in its name, but with another TTL than its segments before" },
    { BY_OWN_RESET, ANY_STATE, STATE_CLOSED, ~0u, "it sends a RST" },

    { BY_SEGMENT, ANY_STATE, STATE_SYN_SENT, OBSERVED, "it sends its SYN" },
    { BY_SEGMENT, ANY_STATE, STATE_SYN_SENT, ~0u,
      "it is answered like one whose SYN is not in the capture" },
    { BY_SEGMENT, S(SYN_RCVD), STATE_LISTEN, ~0u, "the RST takes it back to where it was" },
    { BY_SEGMENT, ANY_STATE, STATE_LISTEN, ~0u, "it answers the SYN, so it was listening" },
    { BY_SEGMENT, S(SYN_SENT), STATE_SYN_RCVD, OBSERVED,
      "it answers the other SYN after it sent its own" },
    { BY_SEGMENT, ANY_STATE, STATE_SYN_RCVD, OBSERVED, "it answers the SYN" },
    { BY_SEGMENT, ANY_STATE, STATE_SYN_RCVD, ~0u,
      "the other end acknowledges a SYN-ACK that is not in the capture" },

    { BY_SEGMENT, S(SYN_SENT), STATE_ESTABLISHED, OBSERVED, "it acknowledges the other SYN@" },
    { BY_SEGMENT, S(SYN_SENT), STATE_ESTABLISHED, ~0u,
      "it acknowledges a SYN-ACK that is not in the capture" },
    { BY_SEGMENT, S(SYN_RCVD), STATE_ESTABLISHED, PROVED,
      "it could not be sent before its SYN was acknowledged#" },
    { BY_SEGMENT, S(SYN_RCVD), STATE_ESTABLISHED, INFERRED,
      "its SYN was acknowledged#, and it did not repeat it or went on without" },
    { BY_SEGMENT, S(SYN_RCVD), STATE_ESTABLISHED, ~0u,
      "its SYN was acknowledged#; no later segment shows that this arrived" },
    { BY_SEGMENT, ANY_STATE, STATE_ESTABLISHED, UNSURE,
      "its opening is not in the capture, or not all of it" },

    { BY_SEGMENT, ANY_STATE, STATE_CLOSE_WAIT, PROVED, "it acknowledges the other FIN%" },
    { BY_SEGMENT, ANY_STATE, STATE_CLOSE_WAIT, ASSUMED,
      "it acknowledges the other FIN%; whether it had closed before is not in the capture" },
    { BY_SEGMENT, ANY_STATE, STATE_CLOSE_WAIT, ~0u,
      "it acknowledges the other FIN%; whether it had closed before does not show" },
    { BY_SEGMENT, ANY_STATE, STATE_FIN_WAIT_1, OBSERVED | PROVED,
      "it sends its FIN, and has not acknowledged another" },
    { BY_SEGMENT, ANY_STATE, STATE_FIN_WAIT_1, INFERRED,
      "it refuses data, so its program has closed; its FIN is not in the capture" },
    { BY_SEGMENT, ANY_STATE, STATE_FIN_WAIT_1, ~0u,
      "it sends its FIN; whether one had come before is not in the capture" },
    { BY_SEGMENT, ANY_STATE, STATE_LAST_ACK, UNSURE,
      "it sends its FIN after the other's had come; whether it had closed before does not show" },
    { BY_SEGMENT, ANY_STATE, STATE_LAST_ACK, ~0u, "it sends its FIN after the other's had come" },
    { BY_SEGMENT, ANY_STATE, STATE_CLOSING, PROVED,
      "it acknowledges the other FIN% before its own was acknowledged" },
    { BY_SEGMENT, ANY_STATE, STATE_CLOSING, ~0u,
      "the other FIN passed toward it before the acknowledgement of its own did" },
    { BY_SEGMENT, ANY_STATE, STATE_FIN_WAIT_2, PROVED,
      "it acknowledges data that came with the acknowledgement of its FIN&" },
    { BY_SEGMENT, ANY_STATE, STATE_FIN_WAIT_2, INFERRED,
      "its FIN was acknowledged&, and it did not repeat it" },
    { BY_SEGMENT, ANY_STATE, STATE_FIN_WAIT_2, ~0u,
      "its FIN was acknowledged&; no later segment shows that this arrived" },
    { BY_SEGMENT, S(CLOSING), STATE_TIME_WAIT, INFERRED,
      "its FIN was acknowledged&, and it did not repeat it" },
    { BY_SEGMENT, S(CLOSING), STATE_TIME_WAIT, ASSUMED,
      "its FIN was acknowledged&; too little time is left to see it again" },
    { BY_SEGMENT, S(FIN_WAIT_2), STATE_TIME_WAIT, INFERRED,
      "it acknowledges the other FIN%, and the acknowledgement of its own had passed toward it" },
    { BY_SEGMENT, ANY_STATE, STATE_TIME_WAIT, OBSERVED | PROVED,
      "it acknowledges the other FIN%, and its own was acknowledged" },
    { BY_SEGMENT, S(FIN_WAIT_1) | S(FIN_WAIT_2), STATE_TIME_WAIT, UNSURE,
      "its acknowledgement of the other FIN% stands before that FIN in the capture" },

    { BY_SEGMENT, S(NONE), STATE_CLOSED, INFERRED,
      "what is answered is an old copy of its SYN, from the connection before" },
    { BY_SEGMENT, S(LAST_ACK), STATE_CLOSED, INFERRED,
      "the last ACK passed toward it, and it did not repeat its FIN" },
    { BY_SEGMENT, S(LAST_ACK), STATE_CLOSED, ASSUMED,
      "the last ACK passed toward it; too little time is left to see its FIN again" },
    { BY_SEGMENT, S(SYN_SENT), STATE_CLOSED, UNSURE, "its SYN was refused, and it sent no more" },
    { BY_SEGMENT, SYNCHRONIZED | S(SYN_RCVD) | S(TIME_WAIT), STATE_CLOSED, INFERRED,
      "a RST passed toward it, and it sent no more" },
    { BY_SEGMENT, SYNCHRONIZED | S(SYN_RCVD) | S(TIME_WAIT), STATE_CLOSED, ASSUMED,
      "a RST passed toward it; nothing shows whether it arrived" },
    { BY_SEGMENT, S(TIME_WAIT), STATE_CLOSED, PROVED,
      "it answers with a RST, and in TIME_WAIT it would with an ACK" },
    { BY_SEGMENT, ANY_STATE, STATE_CLOSED, OBSERVED, "it sends a RST" },
};

/* Whether a RST of this very end stands in the frame of this change. */
static bool by_own_reset(const struct connection_report *connection, const struct event *event)
{
    for (size_t i = 0; event->to == STATE_CLOSED && i < connection->event_count; i++) {
        const struct event *other = &connection->events[i];
        if (other->kind == EVENT_RESET && other->frame == event->frame &&
            other->endpoint == event->endpoint)
            return true;
    }
    return false;
}

static enum moment_of moment_of(const struct connection_report *connection,
                                const struct event *event)
{
    const struct summary *summary = connection->summary;
    if (summary_frame_supersedes(summary, event->frame))
        return BY_REUSE;
    if (event->frame == summary->last_frame &&
        event->time > summary->last_time + summary->last_way_ns)
        return BY_TIMER;
    if (summary->handshake == HANDSHAKE_REJECTED && event->to == STATE_CLOSED)
        return BY_ERROR; /* nothing else came */
    return by_own_reset(connection, event) ? BY_OWN_RESET : BY_SEGMENT;
}

/* "(ack=u+1)", as in the diagram, where the capture holds that SYN or FIN of this end. */
static void number_add(struct strbuf *out, const struct summary *summary, enum endpoint_id id,
                       bool fin)
{
    static const char letters[2][2] = { { 'x', 'y' }, { 'u', 'w' } };
    if (fin ? summary->endpoints[id].fin_sent : summary->endpoints[id].isn_known)
        strbuf_printf(out, " (ack=%c+1)", letters[fin][id]);
}

static void words_add(struct strbuf *out, const struct summary *summary,
                      const struct event *event, const char *words)
{
    enum endpoint_id id = event->endpoint == SERVER ? SERVER : CLIENT;
    for (; *words != '\0'; words++) {
        bool own = *words == '#' || *words == '&';
        if (own || *words == '@' || *words == '%')
            number_add(out, summary, own ? id : endpoint_peer(id), *words == '%' || *words == '&');
        else
            strbuf_add_char(out, *words);
    }
}

void narrate_reason(struct strbuf *out, const struct connection_report *connection,
                    const struct event *event)
{
    enum moment_of moment = moment_of(connection, event);
    strbuf_add(out, certainty_name((enum certainty)event->certainty));
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        const struct state_reason *reason = &reasons[i];
        if (reason->moment != moment || !(reason->from >> event->from & 1) ||
            reason->to != (enum tcp_state)event->to ||
            !(reason->certainties >> event->certainty & 1))
            continue;
        if (event->certainty == CERTAINTY_PROVED && event->evidence != 0)
            strbuf_printf(out, " by frame %" PRIu64, event->evidence);
        strbuf_add(out, ": ");
        words_add(out, connection->summary, event, reason->words);
        return;
    }
}

bool narrate_reason_arrived(struct strbuf *out, const struct connection_report *connection,
                            const struct event *event)
{
    for (size_t i = 0; i < connection->event_count; i++) {
        const struct event *view = &connection->events[i];
        if (event->evidence == 0 || event->certainty != CERTAINTY_INFERRED ||
            view->kind != EVENT_VIEW || view->observed == 0 ||
            view->frame + view->observed != event->evidence)
            continue;
        strbuf_printf(out, "inferred: another input, taken next to it, shows this segment "
                           "(frame %" PRIu64 ")", event->evidence);
        return true;
    }
    return false;
}
