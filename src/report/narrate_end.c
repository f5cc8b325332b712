/*
 * narrate_end: the verdict at the end of the capture. What each end still holds, whose move it
 * is, and how long TIME_WAIT lasts (RFC 9293 §3.6.1: two maximum segment lifetimes).
 */
#include <inttypes.h>

#include "base/time_text.h"
#include "report/narrate.h"
#include "report/narrate_held.h"
#include "report/narrate_move.h"

#define S(state) (1u << STATE_##state)
#define H(kind) (1u << HANDSHAKE_##kind)
#define ANY_STATE (~0u)

/* Half-closed for less is everyday: nothing is told as if it were a fault. */
#define HALF_CLOSED_LONG (60 * NS_PER_S)

/* What a verdict is told from: `x` is the end that the rule names first. */
struct ending {
    const struct connection_report *connection;
    const struct summary *summary;
    enum endpoint_id x, y;
    int64_t msl;
};

static const char *x_name(const struct ending *ending)
{
    return endpoint_name(ending->x);
}

static const char *y_name(const struct ending *ending)
{
    return endpoint_name(ending->y);
}

static void add_times(struct strbuf *out, uint32_t n)
{
    if (n == 2)
        strbuf_add(out, ", sent twice,");
    if (n <= 2)
        return;
    strbuf_add(out, ", sent ");
    narrate_count(out, n);
    strbuf_add(out, " times,");
}

/* Nothing was captured after the last segment for so long. */
static int64_t idle_time(const struct summary *summary)
{
    return summary->capture_end > summary->last_time ? summary->capture_end - summary->last_time
                                                     : 0;
}

/* ", the client first"; nothing where both or nobody did. */
static void add_first(struct strbuf *out, const struct summary *summary)
{
    if (summary->first_closer == CLOSER_CLIENT || summary->first_closer == CLOSER_SERVER)
        strbuf_printf(out, ", the %s first", closer_name((enum closer)summary->first_closer));
}

static void end_unanswered(struct strbuf *out, const struct ending *ending)
{
    const struct endpoint_summary *x = &ending->summary->endpoints[ending->x];
    bool unfit = narrate_reply_unfit(ending->summary);
    strbuf_add(out, unfit ? "No reply that fits " : "No reply to ");
    narrate_count(out, x->syns);
    strbuf_printf(out, " SYN%s in this capture; ", x->syns == 1 ? "" : "s");
    held_state(out, ending->summary, ending->x);
    strbuf_add(out, ".");
    if (unfit) { /* RFC 9293 §3.10.7.3 */
        strbuf_printf(out, " What came in the %s's name does not acknowledge the SYN: it neither "
                           "opens nor refuses. The network's or the %s's move.",
                      y_name(ending), y_name(ending));
        return;
    }
    strbuf_printf(out,
                  " Not refused, for that would be a RST: filtered without a word, lost, or no "
                  "host there. The network's or the %s's move.", y_name(ending));
}

/* Who rejected the SYN, in which words, and whether x took it. */
static void end_rejected(struct strbuf *out, const struct ending *ending)
{
    const struct connection_report *connection = ending->connection;
    const struct summary *summary = ending->summary;
    const struct event *error =
        event_rejection(connection->events, connection->event_count, summary->ip_version);
    strbuf_add(out, "Rejected by an ICMP error: neither silence nor a RST. ");
    if (error != NULL) {
        uint8_t address[16];
        event_reporter(connection->events, connection->event_count, error, summary, address);
        strbuf_add(out, "It came from ");
        narrate_host(out, summary, address, summary->ip_version);
        strbuf_printf(out, ", and says: %s. ",
                      notice_kind(summary->ip_version, error->detail, error->result)->words);
    }
    struct strbuf state = { 0 };
    held_state(&state, summary, ending->x);
    narrate_capital(&state);
    strbuf_printf(out, "%s%s. The move of whoever sent the error.", strbuf_text(&state),
                  summary->endpoints[ending->x].state == STATE_SYN_SENT ? " and goes on trying"
                                                                        : "");
    strbuf_done(&state);
}

static void end_half_open(struct strbuf *out, const struct ending *ending)
{
    const struct endpoint_summary *y = &ending->summary->endpoints[ending->y];
    if (ending->summary->third_ack_seen && !narrate_not_taken(ending->summary)) {
        strbuf_printf(out, "The capture ends before anything of the %s acknowledges what followed "
                           "its SYN-ACK; ", y_name(ending));
        held_states(out, ending->summary);
        strbuf_add(out, ".");
        return;
    }
    if (ending->summary->third_ack_seen) {
        strbuf_printf(out, "The %s believes it is connected, but the %s does not take up the "
                           "connection: nothing of it acknowledges what came with or after the "
                           "third ACK. Its accept queue may be full ('ss -ltn' there), or these "
                           "segments were lost behind the capture point. The %s's move.",
                      x_name(ending), y_name(ending), y_name(ending));
        return;
    }
    if (narrate_answer_is_wrong(ending->connection)) {
        strbuf_printf(out, "The %s's SYN-ACK acknowledges another number than the %s's SYN, so "
                           "the %s can't take it and goes on without a connection. Another host, "
                           "or a device on the way, may have answered.",
                      y_name(ending), x_name(ending), x_name(ending));
        return;
    }
    strbuf_printf(out, "Half-open, answered but never completed: the %s's SYN-ACK",
                  y_name(ending));
    add_times(out, y->syns);
    strbuf_add(out, " has no accepted ACK; ");
    held_state(out, ending->summary, ending->y);
    if (ending->x == CLIENT && narrate_syn_goes_on(ending->connection))
        strbuf_printf(out, ". The %s sent its SYN again after the SYN-ACK had passed, so that very "
                           "probably did not reach it: look at the way from the %s to the %s.", x_name(ending),
                      y_name(ending), x_name(ending));
    else
        strbuf_printf(out, ". The %s's move: its ACK was not sent, or was lost.", x_name(ending));
}

static void end_open(struct strbuf *out, const struct ending *ending)
{
    unsigned least = ending->summary->endpoints[CLIENT].state_certainty;
    if (ending->summary->superseded) {
        strbuf_add(out, "No FIN or RST in this capture, but then a new connection began on the "
                        "same ports: the ends must have given this one up before.");
        return;
    }
    if (ending->summary->endpoints[SERVER].state_certainty > least)
        least = ending->summary->endpoints[SERVER].state_certainty;
    strbuf_add(out, least >= CERTAINTY_ASSUMED    ? "We assume that both ends are still open"
                    : least == CERTAINTY_INFERRED ? "Very probably still open at both ends"
                                                  : "Still open at both ends");
    if (idle_time(ending->summary) >= NS_PER_S)
        narrate_duration(out, ", idle for ", idle_time(ending->summary), "");
    bool waits = false;
    for (int i = CLIENT; i <= SERVER; i++) {
        uint64_t bytes = ending->summary->endpoints[i].unacknowledged;
        if (bytes == 0)
            continue;
        waits = true;
        strbuf_printf(out, "; %" PRIu64 " B of the %s are not acknowledged: they or their "
                           "acknowledgement were lost or on their way when the capture ended, or "
                           "the %s does not take them",
                      bytes, endpoint_name((enum endpoint_id)i),
                      endpoint_name(endpoint_peer((enum endpoint_id)i)));
    }
    strbuf_add(out, waits ? "." : "; either may send or close.");
}

/* How long x's FIN had waited for y's own when the capture ended. */
static int64_t fin_waits(const struct ending *ending)
{
    const struct summary *summary = ending->summary;
    const struct event *closing =
        event_entered(ending->connection->events, ending->connection->event_count, ending->x,
                      STATE_FIN_WAIT_1);
    if (closing != NULL)
        return summary->capture_end > closing->time ? summary->capture_end - closing->time : 0;
    return summary->close_wait_ns > 0 ? summary->close_wait_ns : idle_time(summary);
}

/* The one FIN that was seen may answer one from before the capture. */
static void end_unclear(struct strbuf *out, const struct ending *ending)
{
    strbuf_printf(out, "The %s's FIN was acknowledged. Whether the %s had closed before cannot be "
                       "seen: if so, both ends have closed; if not, the %s is in CLOSE_WAIT, and "
                       "the next move is its own.",
                  x_name(ending), y_name(ending), y_name(ending));
}

static void end_half_closed(struct strbuf *out, const struct ending *ending)
{
    const struct summary *summary = ending->summary;
    int64_t since = fin_waits(ending);
    if (held_fin_missing(out, ending->summary))
        return;
    if (narrate_fin_may_be_second(summary)) {
        end_unclear(out, ending);
        return;
    }
    if (since < HALF_CLOSED_LONG) {
        strbuf_printf(out, "Half-closed when the capture ended: the %s had not sent its own FIN",
                      y_name(ending));
        if (since > 0)
            narrate_duration(out, " ", since, " after the other's");
        strbuf_add(out, "; ");
    } else {
        strbuf_printf(out, "Half-closed: the %s has not closed its side for", y_name(ending));
        narrate_duration(out, " ", since, "; ");
    }
    held_states(out, summary);
    strbuf_printf(out, since < HALF_CLOSED_LONG
                           ? ". That is allowed. The %s's move, when it has sent all it has."
                           : ". The %s's move: its program has to call close(), or still has "
                             "something to send.", y_name(ending));
}

/* "The capture ends 20 ms after the client's FIN, too early to see it acknowledged; the client is in
 * FIN_WAIT_1." Where that is so. */
static bool add_just_sent(struct strbuf *out, const struct ending *ending, enum endpoint_id id,
                          const char *first_letter)
{
    int64_t since = narrate_fin_just_sent(ending->connection, id);
    if (since == UNKNOWN_NS)
        return false;
    strbuf_printf(out, "%she capture ends", first_letter);
    if (since > 0)
        narrate_duration(out, " ", since, " after");
    else
        strbuf_add(out, " with");
    strbuf_printf(out, " the %s's FIN, too early to see it acknowledged; ", endpoint_name(id));
    held_state(out, ending->summary, id);
    strbuf_add(out, ".");
    return true;
}

static void end_fin_unacked(struct strbuf *out, const struct ending *ending)
{
    const struct endpoint_summary *x = &ending->summary->endpoints[ending->x];
    if (held_fin_missing(out, ending->summary) || add_just_sent(out, ending, ending->x, "T"))
        return;
    strbuf_printf(out, "The %s's FIN", x_name(ending));
    add_times(out, x->fins);
    strbuf_add(out, " was not acknowledged; ");
    held_state(out, ending->summary, ending->x);
    strbuf_printf(out, ". The %s's move, if the FIN reached it; this capture cannot tell.",
                  y_name(ending));
}

static void end_second_fin(struct strbuf *out, const struct ending *ending)
{
    const struct endpoint_summary *y = &ending->summary->endpoints[ending->y];
    strbuf_add(out, "Both ends closed");
    add_first(out, ending->summary);
    if (add_just_sent(out, ending, ending->y, "; t"))
        return;
    strbuf_printf(out, ", but the %s's FIN", y_name(ending));
    add_times(out, y->fins);
    strbuf_add(out, " was not acknowledged; ");
    held_states(out, ending->summary);
    strbuf_printf(out, ". The %s's move, if the FIN reached it; this capture cannot tell.",
                  x_name(ending));
}

static void end_simultaneous(struct strbuf *out, const struct ending *ending)
{
    const struct summary *summary = ending->summary;
    strbuf_add(out, "Both ends closed at the same time: ");
    held_states(out, summary);
    strbuf_add(out, ".");
    bool done = summary->endpoints[CLIENT].state == STATE_TIME_WAIT &&
                summary->endpoints[SERVER].state == STATE_TIME_WAIT &&
                !findings_warn(ending->connection->findings);
    strbuf_add(out, done ? " Nothing to do." : "");
    move_add(out, summary);
    held_time_wait(out, ending->connection, ending->summary, ending->msl);
}

static void end_last_ack(struct strbuf *out, const struct ending *ending)
{
    strbuf_add(out, "Both ends closed");
    add_first(out, ending->summary);
    strbuf_printf(out, ". Whether the %s got the last ACK is not shown; if not, it "
                       "is still in LAST_ACK. Nothing to do.", y_name(ending));
    held_time_wait(out, ending->connection, ending->summary, ending->msl);
}

static void end_clean(struct strbuf *out, const struct ending *ending)
{
    const struct endpoint_summary *y = &ending->summary->endpoints[ending->y];
    strbuf_add(out, "Cleanly closed at both ends");
    add_first(out, ending->summary);
    if (y->state_certainty == CERTAINTY_INFERRED)
        strbuf_printf(out, ": the %s very probably got the last ACK", y_name(ending));
    else if (y->state_certainty >= CERTAINTY_ASSUMED)
        strbuf_printf(out, "; we assume that the %s got the last ACK", y_name(ending));
    strbuf_add(out, findings_warn(ending->connection->findings) ? "." : ". Nothing to do.");
    held_time_wait(out, ending->connection, ending->summary, ending->msl);
}

/* "Reset by the server: ", after a FIN "Closed, the client first, then reset by the server: "; of
 * RSTs in both names nobody can tell which is true. */
static void add_reset(struct strbuf *out, const struct ending *ending)
{
    const struct endpoint_summary *ends = ending->summary->endpoints;
    bool both = ends[CLIENT].resets > 0 && ends[SERVER].resets > 0;
    enum closer first = (enum closer)ending->summary->first_closer;
    bool fin = (first == CLOSER_CLIENT && ends[CLIENT].fin_sent) ||
               (first == CLOSER_SERVER && ends[SERVER].fin_sent);
    const char *reset = fin ? ", then reset" : "Reset";
    strbuf_add(out, fin ? "Closed" : "");
    if (fin)
        add_first(out, ending->summary);
    const struct event *first_reset = narrate_first(ending->connection, EVENT_RESET);
    if (first_reset != NULL && !both)
        strbuf_printf(out, "%s by the %s: ", reset,
                      endpoint_name((enum endpoint_id)first_reset->endpoint));
    else
        strbuf_printf(out, "%s: ", reset);
}

static void end_closed(struct strbuf *out, const struct ending *ending)
{
    const struct summary *summary = ending->summary;
    struct strbuf text = { 0 };
    bool sure = summary->endpoints[CLIENT].state_certainty <= CERTAINTY_PROVED &&
                summary->endpoints[SERVER].state_certainty <= CERTAINTY_PROVED;
    if (summary->handshake == HANDSHAKE_REFUSED) {
        strbuf_printf(out,
                      "Refused, not dropped in silence: a RST answered the SYN. Most often nothing "
                      "listens on port %u there; a firewall may answer so, too. Nothing is left at "
                      "either end, if the RST arrived.",
                      (unsigned)summary->endpoints[SERVER].port);
    } else if (summary->close == CLOSE_RESET) {
        add_reset(out, ending);
        held_closed(out, summary);
        strbuf_add(out, sure ? ". Nothing is left, not even TIME_WAIT."
                             : ". If so, nothing is left, not even TIME_WAIT.");
    } else {
        held_closed(&text, summary);
        bool first = summary->first_closer == CLOSER_CLIENT ||
                     summary->first_closer == CLOSER_SERVER;
        strbuf_add(out, first ? "Closed" : "");
        add_first(out, summary);
        strbuf_add(out, first ? ": " : "");
        if (!first)
            narrate_capital(&text);
        strbuf_printf(out, "%s. %s", strbuf_text(&text), sure ? "Nothing is left"
                                                              : "If so, nothing is left");
        if (!held_cut_short(out, ending->connection, summary, ending->msl))
            strbuf_add_char(out, '.');
    }
    strbuf_done(&text);
}

static void end_one_closed(struct strbuf *out, const struct ending *ending)
{
    const struct summary *summary = ending->summary;
    bool reset = summary->close == CLOSE_RESET;
    if (reset)
        add_reset(out, ending);
    strbuf_printf(out, reset ? "the %s is closed, but that the %s knows is not shown: "
                             : "The %s is closed, the %s is not: ", x_name(ending), y_name(ending));
    held_state(out, summary, ending->y);
    strbuf_printf(out, ". If so, the %s learns it when it next sends something.", y_name(ending));
}

static void end_other(struct strbuf *out, const struct ending *ending)
{
    strbuf_add(out, "At the end ");
    held_states(out, ending->summary);
    strbuf_add(out, ".");
    move_add(out, ending->summary);
    held_time_wait(out, ending->connection, ending->summary, ending->msl);
}

/* Only x's frames were captured: what y did is not told as missing. */
static void end_one_sided(struct strbuf *out, const struct ending *ending)
{
    if (ending->summary->third_ack_seen)
        strbuf_printf(out, "No frame of the %s is in this capture. That it answered shows in the "
                           "%s's acknowledgements; how it closed does not. At the end ",
                      y_name(ending), x_name(ending));
    else
        strbuf_printf(out, "No frame of the %s is in this capture; whether it answered cannot be "
                           "seen. At the end ", y_name(ending));
    held_state(out, ending->summary, ending->x);
    strbuf_add(out, ".");
    unsigned state = ending->summary->endpoints[ending->x].state;
    if (state == STATE_TIME_WAIT)
        held_time_wait(out, ending->connection, ending->summary, ending->msl);
    else if (!((S(NONE) | S(CLOSED) | S(LISTEN)) >> state & 1))
        strbuf_add(out, " Whose move it is shows in the other direction only.");
}

/* A RST that answers a segment without ACK. */
static void end_no_connection(struct strbuf *out, const struct ending *ending)
{
    const struct endpoint_summary *y = &ending->summary->endpoints[ending->y];
    strbuf_printf(out, "The %s had no connection on these ports: its RST answers ", x_name(ending));
    if (y->segments > 0)
        strbuf_printf(out, "a segment of the %s without ACK, which belongs to no connection; scans "
                           "send such.", y_name(ending));
    else
        strbuf_printf(out, "a segment without ACK that is not in this capture, as a SYN is, sent by the "
                           "%s or in its name.", y_name(ending));
    strbuf_printf(out, " Most often it means that nothing listens on port %u there.",
                  (unsigned)ending->summary->endpoints[ending->x].port);
}

/* First match; X and Y may be either end. */
static const struct end_rule {
    unsigned x, y;       /* sets of states */
    unsigned handshakes; /* set of handshake kinds; 0: any */
    void (*tell)(struct strbuf *out, const struct ending *ending);
} end_rules[] = {
    { ANY_STATE, ANY_STATE, H(REFUSED), end_closed },
    { S(CLOSED) | S(SYN_SENT), S(NONE) | S(LISTEN) | S(CLOSED), H(REJECTED), end_rejected },
    { S(CLOSED), S(NONE) | S(LISTEN), H(UNANSWERED), end_unanswered },
    { S(SYN_SENT), S(NONE) | S(LISTEN) | S(CLOSED), H(UNANSWERED), end_unanswered },
    { S(SYN_SENT), S(NONE) | S(LISTEN) | S(CLOSED) | S(SYN_RCVD), H(HALF_OPEN), end_half_open },
    { S(SYN_SENT) | S(ESTABLISHED), S(SYN_RCVD), 0, end_half_open },
    { S(ESTABLISHED), S(ESTABLISHED), 0, end_open },
    { S(FIN_WAIT_2) | S(FIN_WAIT_1), S(CLOSE_WAIT), 0, end_half_closed },
    { S(FIN_WAIT_1), S(ESTABLISHED), 0, end_fin_unacked },
    { S(FIN_WAIT_2) | S(FIN_WAIT_1), S(LAST_ACK), 0, end_second_fin },
    { S(CLOSING) | S(TIME_WAIT), S(CLOSING) | S(TIME_WAIT), 0, end_simultaneous },
    { S(TIME_WAIT), S(LAST_ACK), 0, end_last_ack },
    { S(TIME_WAIT), S(CLOSED), 0, end_clean },
    { S(CLOSED), S(CLOSED) | S(LISTEN), 0, end_closed },
    { S(CLOSED), ANY_STATE & ~(S(NONE) | S(SYN_SENT)), 0, end_one_closed },
    { ANY_STATE, ANY_STATE, 0, end_other },
};

static void tell_end(struct strbuf *out, const struct connection_report *connection,
                     const struct summary *summary, int64_t msl_ns)
{
    unsigned client = 1u << (summary->endpoints[CLIENT].state % STATE_N);
    unsigned server = 1u << (summary->endpoints[SERVER].state % STATE_N);
    enum endpoint_id silent;
    /* That nothing answers a SYN, or what refuses it, is the very finding, and told as one. */
    bool silence_counts = summary->handshake == HANDSHAKE_UNANSWERED ||
                          summary->handshake == HANDSHAKE_REJECTED ||
                          summary->handshake == HANDSHAKE_REFUSED;
    if (summary->no_connection) {
        enum endpoint_id id = summary->endpoints[CLIENT].resets > 0 ? CLIENT : SERVER;
        struct ending ending = { .connection = connection, .summary = summary, .msl = msl_ns,
                                 .x = id, .y = endpoint_peer(id) };
        end_no_connection(out, &ending);
        return;
    }
    if (!silence_counts && narrate_one_sided(summary, &silent)) {
        struct ending ending = { .connection = connection, .summary = summary, .msl = msl_ns,
                                 .x = endpoint_peer(silent), .y = silent };
        end_one_sided(out, &ending);
        return;
    }
    for (size_t i = 0; i < sizeof end_rules / sizeof end_rules[0]; i++) {
        const struct end_rule *rule = &end_rules[i];
        if (rule->handshakes != 0 && !(rule->handshakes >> summary->handshake & 1))
            continue;
        bool straight = (rule->x & client) && (rule->y & server);
        if (!straight && !((rule->x & server) && (rule->y & client)))
            continue;
        struct ending ending = {
            .connection = connection, .summary = summary, .msl = msl_ns,
            .x = straight ? CLIENT : SERVER, .y = straight ? SERVER : CLIENT,
        };
        rule->tell(out, &ending);
        return;
    }
}

void narrate_end(struct strbuf *out, const struct connection_report *connection, int64_t msl_ns)
{
    struct summary before = *connection->summary;
    bool reused = narrate_before_reuse(connection, &before);
    tell_end(out, connection, &before, msl_ns);
    unsigned client = before.endpoints[CLIENT].state, server = before.endpoints[SERVER].state;
    unsigned nothing = S(NONE) | S(CLOSED) | S(LISTEN);
    bool told = client == STATE_TIME_WAIT || server == STATE_TIME_WAIT ||
                (client == STATE_ESTABLISHED && server == STATE_ESTABLISHED) ||
                ((nothing >> client & 1) && (nothing >> server & 1));
    if (reused && !told)
        strbuf_add(out, " So it was until the ports served a new connection.");
}
