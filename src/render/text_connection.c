/* text_connection: one connection in full. What is asked first comes first: who, when, how it
 * opened and closed, who has to move, what is wrong. The proof follows. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/time_text.h"
#include "render/text.h"
#include "report/ladder_label.h"
#include "report/narrate.h"

#define SUM_WIDTH 46   /* a usual sum; longer ones stand alone on their line */
#define CHECKS_SHOWN 4 /* sums that hold, without -v */

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
        style_add(out, style, TINT_TITLE, "server ");
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
        [ROLE_KNOWN_SERVICE] = "the other end's port belongs to a well-known service",
        [ROLE_PAYLOAD] = "what the ends sent says so",
        [ROLE_PORT] = "the other end has the lower port",
        [ROLE_PEERS] = "the other end talks to several",
        [ROLE_FIRST_SENDER] = "it sent first",
    };
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
        strbuf_printf(&text, ", last segment %s later",
                      time_duration(summary->last_time - summary->first_time, duration));
    if (summary->incarnation > 1)
        strbuf_printf(&text, "; connection number %" PRIu32 " on these ports",
                      summary->incarnation);
    for (unsigned i = 0; i < summary->vlan_count && i < SEGMENT_VLAN_MAX; i++)
        strbuf_printf(&text, "%s%u", i ? "." : "; VLAN ", (unsigned)summary->vlan[i]);
    text_field(out, style, "Began", strbuf_text(&text));
    strbuf_done(&text);
}

static void add_volume(struct strbuf *out, const struct style *style,
                       const struct summary *summary)
{
    char bytes[32];
    struct strbuf text = { 0 };
    for (int id = CLIENT; id <= SERVER; id++) {
        const struct endpoint_summary *end = &summary->endpoints[id];
        strbuf_printf(&text, "%s%s by the %s in %" PRIu32 " segment%s", id ? "; " : "",
                      ladder_bytes(end->payload_bytes, bytes, sizeof bytes),
                      endpoint_name((enum endpoint_id)id), end->segments,
                      end->segments == 1 ? "" : "s");
        if (end->repeated_segments > 0)
            strbuf_printf(&text, ", %" PRIu32 " of them sent again", end->repeated_segments);
    }
    text_field(out, style, "Sent", strbuf_text(&text));
    strbuf_done(&text);
}

/* "x close-wait-stuck   ! syn-retransmission": the names, explained further down. */
static void add_found(struct strbuf *out, const struct style *style,
                      const struct findings *findings)
{
    int at = TEXT_LABEL_WIDTH;
    style_cell(out, style, TINT_TITLE, "Found", TEXT_LABEL_WIDTH);
    if (findings == NULL || findings->count == 0) {
        style_add(out, style, TINT_GOOD, "nothing unusual");
        strbuf_add_char(out, '\n');
        return;
    }
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        enum tint tint = style_severity_tint(finding->severity);
        struct strbuf name = { 0 };
        strbuf_printf(&name, "%s %s", style_severity_glyph(style, finding->severity),
                      topics[finding->topic].id);
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

/* How much a check that holds teaches; the most first. 0: not shown without -v. */
static int check_worth(enum check_id id)
{
    switch (id) {
    case CHECK_SYNACK_ACKS_ISN_PLUS_1:
    case CHECK_SIMULTANEOUS_ACKS:
        return 6;
    case CHECK_ACK_OF_FIN:
    case CHECK_SIMULTANEOUS_CLOSE_ACKS:
        return 5;
    case CHECK_HANDSHAKE_ACK_NUMBER:
        return 4;
    case CHECK_SYN_CONSUMES_ONE:
        return 3;
    case CHECK_LAST_ACK_NUMBERS:
        return 2;
    case CHECK_FIN_CONSUMES_ONE:
        return 1;
    default:
        return 0;
    }
}

/* Chooses the holding checks to show: the worthiest, of equal ones the earliest. */
static size_t choose_checks(const struct connection_report *connection,
                            size_t ret_chosen[CHECKS_SHOWN])
{
    size_t count = 0;
    for (int worth = 6; worth > 0; worth--)
        for (size_t i = 0; i < connection->event_count && count < CHECKS_SHOWN; i++) {
            const struct event *event = &connection->events[i];
            if (event->kind == EVENT_CHECK && event->result == CHECK_HOLDS &&
                check_worth((enum check_id)event->detail) == worth)
                ret_chosen[count++] = i;
        }
    return count;
}

/* What a failed check wanted to see. */
static void add_expected(struct strbuf *text, const struct event *check)
{
    if (checks[check->detail].subject == SUBJECT_SEQ_AND_ACK)
        strbuf_add(text, "; the sum that is marked != is wrong");
    else
        strbuf_printf(text, "; expected %" PRIu32 ", seen %" PRIu32, check->expected,
                      check->observed);
}

static void add_check(struct strbuf *out, const struct style *style, const struct summary *summary,
                      const struct event *check)
{
    const struct check *row = &checks[check->detail];
    bool fails = check->result == CHECK_FAILS;
    bool skipped = check->result == CHECK_SKIPPED;
    char frame[32];
    struct strbuf text = { 0 };
    snprintf(frame, sizeof frame, "%" PRIu64, check->frame);
    style_cell(out, style, TINT_PLAIN, frame, -7);
    strbuf_add_char(out, ' ');
    style_add(out, style, fails ? TINT_ERROR : skipped ? TINT_DIM : TINT_GOOD,
              style_glyph(style, fails     ? GLYPH_FAILS
                                 : skipped ? GLYPH_SKIPPED
                                           : GLYPH_HOLDS));
    strbuf_add(out, "  ");
    if (skipped) {
        const char *reason = check_reason_name((enum check_reason)check->expected);
        strbuf_printf(&text, "%s: not checked: %s", row->name, reason ? reason : "not known");
        style_wrap(out, style, TINT_DIM, 11, 11, strbuf_text(&text));
    } else {
        bool told = narrate_arithmetic(&text, check, summary, false);
        int width = style_width(strbuf_text(&text));
        if (told && width <= SUM_WIDTH && !fails) {
            style_cell(out, style, TINT_PLAIN, strbuf_text(&text), SUM_WIDTH);
            style_wrap(out, style, TINT_DIM, 11 + SUM_WIDTH, 11 + SUM_WIDTH, row->meaning);
        } else {
            strbuf_printf(&text, "%s%s", told ? "; " : "", row->meaning);
            if (fails)
                add_expected(&text, check);
            style_wrap(out, style, fails ? TINT_ERROR : TINT_PLAIN, 11, 11, strbuf_text(&text));
        }
    }
    strbuf_done(&text);
}

void text_arithmetic(struct strbuf *out, const struct style *style,
                     const struct connection_report *connection, bool all)
{
    size_t results[3] = { 0 };
    size_t chosen[CHECKS_SHOWN];
    size_t chosen_count = choose_checks(connection, chosen);
    for (size_t i = 0; i < connection->event_count; i++)
        if (connection->events[i].kind == EVENT_CHECK && connection->events[i].result < 3)
            results[connection->events[i].result]++;
    size_t made = results[CHECK_HOLDS] + results[CHECK_FAILS];
    if (made + results[CHECK_SKIPPED] == 0)
        return;
    struct strbuf text = { 0 };
    strbuf_printf(&text, "%zu of %zu sums hold", results[CHECK_HOLDS], made);
    if (results[CHECK_SKIPPED] > 0)
        strbuf_printf(&text, ", %zu could not be checked", results[CHECK_SKIPPED]);
    if (!all && results[CHECK_HOLDS] + results[CHECK_SKIPPED] > chosen_count)
        strbuf_add(&text, "; -v shows all");
    strbuf_add_char(out, '\n');
    style_cell(out, style, TINT_TITLE, "Arithmetic", TEXT_LABEL_WIDTH + 1);
    style_wrap(out, style, results[CHECK_FAILS] ? TINT_ERROR : TINT_PLAIN, TEXT_LABEL_WIDTH + 1,
               TEXT_LABEL_WIDTH + 1, strbuf_text(&text));
    strbuf_done(&text);
    for (size_t i = 0; i < connection->event_count; i++) {
        const struct event *event = &connection->events[i];
        if (event->kind != EVENT_CHECK || event->detail >= CHECK_N)
            continue;
        bool shown = all || event->result == CHECK_FAILS;
        for (size_t k = 0; k < chosen_count && !shown; k++)
            shown = chosen[k] == i;
        if (shown)
            add_check(out, style, connection->summary, event);
    }
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
    add_volume(out, style, summary);
    add_sentence(out, style, "Opened", connection, narrate_opening);
    add_sentence(out, style, "Closed", connection, narrate_close);
    narrate_end(&text, connection, options->msl_ns);
    text_field(out, style, "In the end", strbuf_text(&text));
    add_found(out, style, connection->findings);
    if (summary->events_lost)
        text_field(out, style, "Note", "so much happened that not all of it could be kept; "
                                       "states and sums may be missing below");
    if (options->verbose)
        text_field(out, style, "Id", connection->community_id);
    if (connection->rows.count > 0) {
        strbuf_add_char(out, '\n');
        text_ladder(out, style, connection);
    }
    text_arithmetic(out, style, connection, options->verbose);
    for (size_t i = 0; connection->findings != NULL && i < connection->findings->count; i++) {
        strbuf_add_char(out, '\n');
        text_finding(out, style, &connection->findings->list[i], summary);
    }
    strbuf_done(&text);
}
