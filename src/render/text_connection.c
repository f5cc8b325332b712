/* text_connection: one connection in full. What is asked first comes first: who, when, how it
 * opened and closed, who has to move, what is wrong. The proof follows. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/time_text.h"
#include "render/text.h"
#include "report/class_words.h"
#include "report/ladder_label.h"
#include "report/narrate.h"
#include "report/narrate_lost.h"

void text_field(struct strbuf *out, const struct style *style, const char *label,
                const char *text)
{
    style_cell(out, style, TINT_TITLE, label, TEXT_LABEL_WIDTH);
    style_wrap(out, style, TINT_PLAIN, TEXT_LABEL_WIDTH, TEXT_LABEL_WIDTH, text);
}

/* "-- Connection 17 -----". */
static void add_rule(struct strbuf *out, const struct style *style, uint64_t id)
{
    char title[48];
    snprintf(title, sizeof title, " Connection %" PRIu64 " ", id);
    struct strbuf rule = { 0 };
    style_repeat(&rule, style_glyph(style, GLYPH_RULE), 2);
    strbuf_add(&rule, title);
    style_repeat(&rule, style_glyph(style, GLYPH_RULE), style->width - 2 - style_width(title));
    style_add(out, style, TINT_TITLE, strbuf_text(&rule));
    strbuf_add_char(out, '\n');
    strbuf_done(&rule);
}

/* Both ends on one line, or on two where they are long. */
static void add_ends(struct strbuf *out, const struct style *style, const struct summary *summary)
{
    char client[80], server[80];
    narrate_endpoint(summary, CLIENT, client, sizeof client);
    narrate_endpoint(summary, SERVER, server, sizeof server);
    style_cell(out, style, TINT_TITLE, "Client", TEXT_LABEL_WIDTH);
    strbuf_add(out, client);
    bool fits = TEXT_LABEL_WIDTH + strlen(client) + strlen(server) + 14 <= (size_t)style->width;
    strbuf_add(out, fits ? "  " : "\n");
    if (fits) {
        style_add(out, style, TINT_PLAIN, style_glyph(style, GLYPH_TO));
        strbuf_add(out, "  ");
        style_add(out, style, TINT_TITLE, "server");
        strbuf_add_char(out, ' ');
    } else {
        style_cell(out, style, TINT_TITLE, "Server", TEXT_LABEL_WIDTH);
    }
    strbuf_add(out, server);
    strbuf_add_char(out, '\n');
}

/* Why we think that the client is the client, where no SYN showed it. */
static void add_roles(struct strbuf *out, const struct style *style, const struct summary *summary)
{
    static const char *const reasons[ROLE_N] = {
        [ROLE_SYN] = "it sent the SYN",
        [ROLE_SYN_ACK] = "the other end sent the SYN-ACK",
        [ROLE_SIMULTANEOUS] = "both sent a SYN, and its came first",
        [ROLE_KNOWN_SERVICE] = "the other end's port answered a SYN in another connection",
        [ROLE_PAYLOAD] = "the first data is a request or a greeting (HTTP, TLS, "
                         "SMTP, FTP)",
        [ROLE_PORT] = "the other end has the lower port",
        [ROLE_PEERS] = "the other end's port has several peers at a time",
        [ROLE_FIRST_SENDER] = "it sent first",
    };
    const struct endpoint_summary *client = &summary->endpoints[CLIENT];
    const struct endpoint_summary *server = &summary->endpoints[SERVER];
    if (client->port == server->port && memcmp(client->address, server->address, 16) == 0) {
        text_field(out, style, "Roles", summary->handshake == HANDSHAKE_UNANSWERED
                   ? "client and server are one: a socket that calls itself, or a forged SYN"
                   : "client and server are one: a socket that is connected to itself");
        return;
    }
    if (summary->role_certainty == CERTAINTY_OBSERVED || summary->role_evidence >= ROLE_N)
        return;
    struct strbuf text = { 0 };
    strbuf_printf(&text, "which end is the client is %s: %s",
                  certainty_name((enum certainty)summary->role_certainty),
                  reasons[summary->role_evidence]);
    text_field(out, style, "Roles", strbuf_text(&text));
    strbuf_done(&text);
}

static void add_times(struct strbuf *out, const struct style *style, const struct summary *summary)
{
    char clock[TIME_TEXT_SIZE], zone[TIME_TEXT_SIZE], duration[TIME_TEXT_SIZE];
    struct strbuf text = { 0 };
    strbuf_printf(&text, "%s %s", time_clock(summary->first_time, true, clock),
                  time_zone(summary->first_time, zone));
    if (summary->last_time > summary->first_time)
        strbuf_printf(&text, ", last %s %s later",
                      summary->handshake == HANDSHAKE_REJECTED ? "frame" : "segment",
                      time_duration(summary->last_time - summary->first_time, duration));
    if (summary->incarnation > 1)
        strbuf_printf(&text, "; connection number %" PRIu32 " on these ports",
                      summary->incarnation);
    for (unsigned i = 0; i < summary->vlan_count && i < SEGMENT_VLAN_MAX; i++)
        strbuf_printf(&text, "%s%u", i ? "." : "; VLAN ", (unsigned)summary->vlan[i]);
    text_field(out, style, "Began", strbuf_text(&text));
    strbuf_done(&text);
}

/* ", 5 of them repeats (3 after duplicate ACKs, 2 by a timeout)". */
static void add_repeats(struct strbuf *text, const struct connection_report *connection,
                        enum endpoint_id id)
{
    const struct endpoint_summary *end = &connection->summary->endpoints[id];
    bool classified = connection->segments.count > 0;
    uint32_t count = classified ? end->retransmitted_segments : end->repeated_segments;
    struct strbuf kinds = { 0 };
    if (count == 0)
        return;
    strbuf_printf(text, ", %" PRIu32 " of them %s", count, count == 1 ? "a repeat" : "repeats");
    class_words_count(&kinds, connection, id);
    if (kinds.length > 0)
        strbuf_printf(text, " (%s)", strbuf_text(&kinds));
    strbuf_done(&kinds);
}

static void add_volume(struct strbuf *out, const struct style *style,
                       const struct connection_report *connection)
{
    const struct summary *summary = connection->summary;
    const struct waits *waits = connection->rows.waits;
    char bytes[32];
    struct strbuf text = { 0 };
    for (int id = CLIENT; id <= SERVER; id++) {
        const struct endpoint_summary *end = &summary->endpoints[id];
        if (end->segments == 0) {
            strbuf_printf(&text, "%sno frame of the %s was captured", id ? "; " : "",
                          endpoint_name((enum endpoint_id)id));
            continue;
        }
        bool part = waits != NULL && waits->ends[id].fragments > 0;
        ladder_bytes(end->payload_bytes, bytes, sizeof bytes);
        strbuf_printf(&text, "%s%s%s by the %s in %" PRIu32 " segment%s", id ? "; " : "",
                      part ? "at least " : "", bytes, endpoint_name((enum endpoint_id)id),
                      end->segments, end->segments == 1 ? "" : "s");
        if (end->sight & SIGHT_OVERSIZE)
            strbuf_add(&text, " (some longer than the MSS: a network card cuts them up, or put "
                              "them together)");
        add_repeats(&text, connection, (enum endpoint_id)id);
        if (part)
            strbuf_printf(&text, ", of %" PRIu32 " only the first IP fragment",
                          waits->ends[id].fragments);
    }
    text_field(out, style, "Sent", strbuf_text(&text));
    strbuf_done(&text);
}

/* What keeps a connection without findings from being called usual. */
static void add_unusual(struct strbuf *text, const struct connection_report *connection)
{
    const struct summary *summary = connection->summary;
    static const char *const opened[HANDSHAKE_N] = {
        [HANDSHAKE_NOT_CAPTURED] = "how it opened is not in this capture",
        [HANDSHAKE_SPLIT] = "it opened with a split handshake",
        [HANDSHAKE_REJECTED] = "the SYN was rejected",
        [HANDSHAKE_REFUSED] = "the SYN was refused",
        [HANDSHAKE_ABORTED] = "the handshake was aborted",
        [HANDSHAKE_HALF_OPEN] = "the handshake was not completed",
        [HANDSHAKE_UNANSWERED] = "nothing answered the SYN in this capture",
    };
    static const char *const closed[CLOSE_N] = {
        [CLOSE_RESET] = "it ended with a RST",
        [CLOSE_FIN_UNANSWERED] = "its FIN was not acknowledged",
        [CLOSE_HALF_CLOSED] = "it is half-closed",
    };
    enum endpoint_id silent;
    /* That nothing answers a SYN is told as just that. */
    bool one_sided = narrate_one_sided(summary, &silent) &&
                     summary->handshake != HANDSHAKE_UNANSWERED &&
                     summary->handshake != HANDSHAKE_REJECTED;
    uint64_t repeats = summary_repeated_segments(summary);
    if (summary->no_connection) {
        strbuf_add(text, "; there was no connection");
        return;
    }
    if (one_sided)
        strbuf_printf(text, "; no frame of the %s is in this capture", endpoint_name(silent));
    else if (summary->handshake < HANDSHAKE_N && opened[summary->handshake] != NULL)
        strbuf_printf(text, "; %s", opened[summary->handshake]);
    bool never = summary->handshake >= HANDSHAKE_REJECTED;
    enum endpoint_id missing;
    if (!one_sided &&
        (narrate_fin_missing(summary, &missing) || narrate_fin_may_be_second(summary)))
        strbuf_add(text, "; nor is all of how it closed");
    else if (!one_sided && !never && summary->close == CLOSE_FIN_UNANSWERED &&
             narrate_fin_just_sent(connection, narrate_first_fin(summary)) != UNKNOWN_NS)
        strbuf_add(text, "; the capture ends right after the FIN");
    else if (!one_sided && !never && summary->close < CLOSE_N && closed[summary->close] != NULL)
        strbuf_printf(text, "; %s", closed[summary->close]);
    if (repeats > 0)
        strbuf_printf(text, "; %" PRIu64 " %s sent again", repeats,
                      repeats == 1 ? "segment was" : "segments were");
}

/* "nothing unusual", as far as that can be said. */
static void add_no_finding(struct strbuf *out, const struct style *style,
                           const struct connection_report *connection)
{
    struct strbuf unusual = { 0 };
    add_unusual(&unusual, connection);
    if (unusual.length == 0) {
        style_add(out, style, TINT_GOOD,
                  connection->summary->close == CLOSE_OPEN ? "nothing unusual in how it opened"
                                               : "nothing unusual in how it opened and closed");
        strbuf_add_char(out, '\n');
    } else {
        struct strbuf text = { 0 };
        strbuf_printf(&text, "no finding%s", strbuf_text(&unusual));
        style_wrap(out, style, TINT_PLAIN, TEXT_LABEL_WIDTH, TEXT_LABEL_WIDTH,
                   strbuf_text(&text));
        strbuf_done(&text);
    }
    strbuf_done(&unusual);
}

/* "x close-wait-stuck   ! syn-retransmission": the names, explained further down. */
static void add_found(struct strbuf *out, const struct style *style,
                      const struct connection_report *connection)
{
    const struct findings *findings = connection->findings;
    int at = TEXT_LABEL_WIDTH;
    style_cell(out, style, TINT_TITLE, "Found", TEXT_LABEL_WIDTH);
    if (findings == NULL || findings->count == 0) {
        add_no_finding(out, style, connection);
        return;
    }
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        enum tint tint = style_severity_tint(finding->severity);
        struct strbuf name = { 0 };
        strbuf_printf(&name, "%s %s", style_severity_glyph(style, finding->severity),
                      topic_row(finding->topic)->id);
        int width = style_width(strbuf_text(&name));
        if (i > 0 && at + 2 + width > style->width) {
            strbuf_add_char(out, '\n');
            style_repeat(out, " ", TEXT_LABEL_WIDTH);
            at = TEXT_LABEL_WIDTH;
        } else if (i > 0) {
            strbuf_add(out, "  ");
            at += 2;
        }
        at += width;
        style_add(out, style, tint, strbuf_text(&name));
        strbuf_done(&name);
    }
    strbuf_add_char(out, '\n');
}

/* A field whose text one of narrate's sentences gives. */
static void add_sentence(struct strbuf *out, const struct style *style, const char *label,
                         const struct connection_report *connection,
                         void (*tell)(struct strbuf *, const struct connection_report *))
{
    struct strbuf text = { 0 };
    tell(&text, connection);
    text_field(out, style, label, strbuf_text(&text));
    strbuf_done(&text);
}

/* Rates and round trips, where data was measured. */
static void add_measured(struct strbuf *out, const struct style *style,
                         const struct connection_report *connection)
{
    struct strbuf text = { 0 };
    narrate_rate(&text, connection);
    if (text.length > 0)
        text_field(out, style, "Rate", strbuf_text(&text));
    strbuf_clear(&text);
    narrate_delay_measured(&text, connection);
    if (text.length > 0)
        text_field(out, style, "Delay", strbuf_text(&text));
    strbuf_done(&text);
}

/* Where segments were lost. */
static void add_lost(struct strbuf *out, const struct style *style,
                     const struct render_options *options,
                     const struct connection_report *connection)
{
    struct strbuf text = { 0 };
    narrate_lost(&text, connection, options->verbose);
    if (text.length > 0)
        text_field(out, style, "Lost", strbuf_text(&text));
    strbuf_done(&text);
}

/* What its time was spent on; with `sums` how that was found. */
static void add_limits(struct strbuf *out, const struct style *style,
                       const struct connection_report *connection, bool sums)
{
    struct strbuf text = { 0 };
    narrate_exchanges(&text, connection);
    if (text.length > 0)
        text_field(out, style, "Requests", strbuf_text(&text));
    strbuf_clear(&text);
    narrate_limits(&text, connection);
    if (text.length > 0)
        text_field(out, style, "Limits", strbuf_text(&text));
    strbuf_clear(&text);
    if (sums)
        narrate_shares(&text, connection);
    if (text.length > 0)
        text_field(out, style, "Shares", strbuf_text(&text));
    strbuf_done(&text);
}

void text_connection(struct strbuf *out, const struct style *style,
                     const struct render_options *options,
                     const struct connection_report *connection)
{
    const struct summary *summary = connection->summary;
    struct strbuf text = { 0 };
    add_rule(out, style, summary->id);
    add_ends(out, style, summary);
    add_roles(out, style, summary);
    add_times(out, style, summary);
    narrate_vantage(&text, summary, &connection->vantage);
    if (text.length > 0)
        text_field(out, style, "Captured", strbuf_text(&text));
    strbuf_clear(&text);
    add_volume(out, style, connection);
    add_measured(out, style, connection);
    add_lost(out, style, options, connection);
    add_sentence(out, style, "Opened", connection, narrate_opening);
    add_sentence(out, style, "Closed", connection, narrate_close);
    narrate_end(&text, connection, options->msl_ns);
    text_field(out, style, "Verdict", strbuf_text(&text));
    strbuf_clear(&text);
    narrate_points(&text, connection);
    if (text.length > 0)
        text_field(out, style, "Points to", strbuf_text(&text));
    add_limits(out, style, connection, options->verbose);
    add_found(out, style, connection);
    if (summary->events_lost)
        text_field(out, style, "Note", "so much happened that not all of it could be kept; "
                                       "states and sums may be missing below");
    if (options->verbose && connection->community_id[0] != '\0')
        text_field(out, style, "Community", connection->community_id);
    if (connection->rows.count > 0) {
        strbuf_add_char(out, '\n');
        if (options->verbose || options->detail == DETAIL_FULL) {
            text_timeline(out, style, connection);
            text_space(out, style, connection, options->verbose);
        }
        text_ladder(out, style, connection);
    }
    if (options->verbose) {
        text_metrics(out, style, connection);
        text_again(out, style, connection);
    }
    if (options->segments)
        text_segments(out, style, connection);
    if (options->verbose)
        text_states(out, style, connection);
    text_arithmetic(out, style, connection, options->verbose);
    text_rules(out, style, connection, options->verbose);
    for (size_t i = 0; connection->findings != NULL && i < connection->findings->count; i++) {
        strbuf_add_char(out, '\n');
        text_finding(out, style, &connection->findings->list[i], summary, options->verbose);
    }
    strbuf_done(&text);
}
