/*
 * narrate_held: states in words, and the time that TIME_WAIT takes.
 */
#include "report/narrate_held.h"

#include <inttypes.h>
#include <string.h>

#include "base/time_text.h"
#include "report/narrate.h"

/* Two of them are how long Linux keeps TIME_WAIT; --msl says otherwise. */
#define LINUX_MSL (30 * NS_PER_S)

struct holding {
    const struct connection_report *connection;
    const struct summary *summary;
    int64_t msl;
};

/* How sure a state is, in words: observed and proved ones need none. */
static const char *held_hedge(unsigned certainty)
{
    return certainty >= CERTAINTY_ASSUMED    ? ", we assume,"
           : certainty == CERTAINTY_INFERRED ? " very probably"
                                             : "";
}

/* "are in LAST_ACK", but "are CLOSED", with `before` for "are". */
static void held_in(struct strbuf *out, const char *before, unsigned state)
{
    strbuf_printf(out, "%s %s%s", before, state == STATE_CLOSED ? "" : "in ",
                  tcp_state_name((enum tcp_state)state));
}

/* "the server is very probably in LAST_ACK". */
void held_state(struct strbuf *out, const struct summary *summary, enum endpoint_id id)
{
    const struct endpoint_summary *end = &summary->endpoints[id];
    if (end->state == STATE_NONE) {
        strbuf_printf(out, "the %s's state is not known", endpoint_name(id));
        return;
    }
    strbuf_printf(out, "the %s is", endpoint_name(id));
    held_in(out, held_hedge(end->state_certainty), end->state);
}

/* Both ends' states, the doubt said once where they share it. */
void held_states(struct strbuf *out, const struct summary *summary)
{
    const struct endpoint_summary *client = &summary->endpoints[CLIENT];
    const struct endpoint_summary *server = &summary->endpoints[SERVER];
    bool shared = client->state != STATE_NONE && server->state != STATE_NONE &&
                  strcmp(held_hedge(client->state_certainty), held_hedge(server->state_certainty)) == 0;
    if (shared && client->state == server->state) {
        strbuf_add(out, "both are");
        held_in(out, held_hedge(client->state_certainty), client->state);
        return;
    }
    held_state(out, summary, CLIENT);
    if (shared) {
        held_in(out, " and the server", server->state);
    } else {
        strbuf_add(out, ", ");
        held_state(out, summary, SERVER);
    }
}

/* "the client is CLOSED; the server, we assume, listens again": each as sure as it is. */
void held_closed(struct strbuf *out, const struct summary *summary)
{
    const struct endpoint_summary *ends = summary->endpoints;
    const char *client = held_hedge(ends[CLIENT].state_certainty);
    const char *server = held_hedge(ends[SERVER].state_certainty);
    if (ends[CLIENT].state == ends[SERVER].state && strcmp(client, server) == 0) {
        strbuf_printf(out, "both ends are%s CLOSED", client);
        return;
    }
    for (int id = CLIENT; id <= SERVER; id++) {
        const char *doubt = id == CLIENT ? client : server;
        strbuf_printf(out, "%sthe %s", id == CLIENT ? "" : "; ",
                      endpoint_name((enum endpoint_id)id));
        if (ends[id].state == STATE_LISTEN)
            strbuf_printf(out, "%s listens again", doubt);
        else
            strbuf_printf(out, " is%s CLOSED", doubt);
    }
}

/* Of the other end the recorder lost a segment that was acknowledged. False: of none. */
bool held_fin_missing(struct strbuf *out, const struct summary *summary)
{
    enum endpoint_id who;
    if (!narrate_fin_missing(summary, &who))
        return false;
    strbuf_printf(out, "The %s closed, and acknowledged a number of the %s that the recorder did not "
                       "get: its FIN, or data. If its FIN, both ends have closed; if not, the next "
                       "move is the %s's.", endpoint_name(endpoint_peer(who)), endpoint_name(who),
                  endpoint_name(who));
    return true;
}

/* When this end's TIME_WAIT ends: each last ACK starts it anew. */
static int64_t time_wait_end(const struct holding *holding, enum endpoint_id id)
{
    int64_t since = holding->summary->endpoints[id].last_time;
    for (size_t i = 0; i < holding->connection->event_count; i++) {
        const struct event *event = &holding->connection->events[i];
        if (event->kind == EVENT_TRANSITION && event->endpoint == id &&
            event->to == STATE_TIME_WAIT && event->time > since)
            since = event->time;
    }
    return since + 2 * holding->msl;
}

/*
 * "The client holds TIME_WAIT until 03:14:20.118 UTC, if it lasts 1 min there, as on Linux."
 * How long is up to the system: RFC 9293 §3.4.2 takes two minutes for the MSL, Linux half one.
 */
static void add_until(struct strbuf *out, const struct holding *holding, const char *who,
                      int64_t until)
{
    char clock[TIME_TEXT_SIZE], zone[TIME_TEXT_SIZE], span[TIME_TEXT_SIZE];
    bool both = strcmp(who, "Both") == 0;
    const char *verb = holding->summary->capture_end > until ? "held" : both ? "hold" : "holds";
    if (holding->summary->superseded) {
        strbuf_printf(out, " %s held TIME_WAIT until the ports served a new connection.", who);
        return;
    }
    strbuf_printf(out, " %s %s TIME_WAIT until %s %s", who, verb, time_clock(until, false, clock),
                  time_zone(until, zone));
    if (holding->msl == LINUX_MSL)
        strbuf_add(out, ", if it lasts 1 min there, as on Linux.");
    else
        strbuf_printf(out, ", if 2 MSL are %s there.", time_duration(2 * holding->msl, span));
}

/* How long whoever is in TIME_WAIT stays there. */
void held_time_wait(struct strbuf *out, const struct connection_report *connection,
                    const struct summary *summary, int64_t msl)
{
    const struct holding whole = { .connection = connection, .summary = summary, .msl = msl };
    const struct holding *holding = &whole;
    bool client = holding->summary->endpoints[CLIENT].state == STATE_TIME_WAIT;
    bool server = holding->summary->endpoints[SERVER].state == STATE_TIME_WAIT;
    int64_t client_end = time_wait_end(holding, CLIENT);
    int64_t server_end = time_wait_end(holding, SERVER);
    if (client && server)
        add_until(out, holding, "Both", client_end > server_end ? client_end : server_end);
    else if (client)
        add_until(out, holding, "The client", client_end);
    else if (server)
        add_until(out, holding, "The server", server_end);
}

/* What ended an end's TIME_WAIT before its time: a RST toward it. NULL: nothing did. */
static const struct event *cut_find(const struct holding *holding)
{
    const struct summary *summary = holding->summary;
    for (size_t i = 0; i < holding->connection->event_count; i++) {
        const struct event *event = &holding->connection->events[i];
        bool ends = event->kind == EVENT_TRANSITION && event->from == STATE_TIME_WAIT &&
                    event->to == STATE_CLOSED && event->certainty != CERTAINTY_OBSERVED;
        /* By its time, or because its ports were taken. */
        bool otherwise = summary_frame_supersedes(summary, event->frame) ||
                         event->time > summary->last_time + summary->last_way_ns;
        if (ends && !otherwise)
            return event;
    }
    return NULL;
}

bool held_cut_short(struct strbuf *out, const struct connection_report *connection,
                    const struct summary *summary, int64_t msl)
{
    const struct holding holding = { .connection = connection, .summary = summary, .msl = msl };
    const struct event *cut = cut_find(&holding);
    if (cut == NULL)
        return false;
    enum endpoint_id id = (enum endpoint_id)cut->endpoint;
    strbuf_printf(out, ": the RST in frame %" PRIu64 " cut the %s's TIME_WAIT short (RFC 1337).",
                  cut->frame, endpoint_name(id));
    /* A RST of its own is no sign of TIME_WAIT, and starts none anew. */
    if (cut->certainty > CERTAINTY_PROVED && summary->endpoints[id].resets == 0)
        add_until(out, &holding, id == CLIENT ? "If not, the client" : "If not, the server",
                  time_wait_end(&holding, id));
    return true;
}
