/*
 * text_counts: many connections in numbers that answer what people ask first: who closed first,
 * refused or not answered, and whether it is the servers, the clients or the network.
 */
#include <inttypes.h>

#include "render/text.h"

#define COUNT_SIZE 32
/* Two or three may be a test; so many are nobody's mistake. */
#define STRAYS_SCAN 15

/* "48,211 connections" after a comma, when there are any. */
static void add_item(struct strbuf *text, uint64_t n, const char *between, const char *words)
{
    char count[COUNT_SIZE];
    if (n > 0)
        strbuf_printf(text, "%s%s %s", text->length ? between : "",
                      style_count(n, count, sizeof count), words);
}

/* A field, when there is anything to say; empties the text. */
static void end_field(struct strbuf *out, const struct style *style, const char *label,
                      struct strbuf *text)
{
    if (text->length > 0)
        text_field(out, style, label, strbuf_text(text));
    strbuf_clear(text);
}

static void add_opened(struct strbuf *text, const struct capture_report *capture)
{
    static const char *const words[HANDSHAKE_N] = {
        [HANDSHAKE_NOT_CAPTURED] = "before the capture began",
        [HANDSHAKE_SIMULTANEOUS] = "simultaneous",
        [HANDSHAKE_SPLIT] = "split",
        [HANDSHAKE_FAST_OPEN] = "fast-open",
        [HANDSHAKE_THREE_WAY] = "three-way",
        [HANDSHAKE_REJECTED] = "rejected (ICMP error)",
        [HANDSHAKE_REFUSED] = "refused (RST to the SYN)",
        [HANDSHAKE_ABORTED] = "aborted (RST after the SYN-ACK)",
        [HANDSHAKE_HALF_OPEN] = "half-open (nothing acknowledged the SYN-ACK)",
        [HANDSHAKE_UNANSWERED] = "unanswered (no reply to the SYN)",
    };
    for (size_t i = 0; i < HANDSHAKE_N; i++) {
        uint64_t strays = i == HANDSHAKE_NOT_CAPTURED ? capture->no_connection : 0;
        add_item(text, capture->by_handshake[i] - strays, ", ", words[i]);
    }
    add_item(text, capture->no_connection, ", ", "not at all");
}

/* "by the client first: 12 with a FIN, 2 with a RST; by both at once: 3; 25 not closed". */
static void add_closed(struct strbuf *text, const struct capture_report *capture)
{
    static const char *const who[] = {
        [CLOSER_CLIENT] = "by the client first: ",
        [CLOSER_SERVER] = "by the server first: ",
        [CLOSER_BOTH] = "by both at once: ",
    };
    uint64_t never = 0;
    for (int i = CLOSER_CLIENT; i <= CLOSER_BOTH; i++) {
        const uint64_t *first = capture->closed_first[i];
        struct strbuf part = { 0 };
        add_item(&part, first[0], ", ", "with a FIN");
        add_item(&part, first[1], ", ", "with a RST");
        if (part.length > 0)
            strbuf_printf(text, "%s%s%s", text->length ? "; " : "", who[i], strbuf_text(&part));
        strbuf_done(&part);
    }
    for (size_t i = 0; i < CLOSE_N; i++)
        never += capture->never_opened[i];
    add_item(text, capture->closed_unclear, "; ", "with a FIN, who was first is not captured");
    add_item(text, capture->closed_first[CLOSER_NONE][1], "; ", "by a RST");
    add_item(text, capture->closed_first[CLOSER_NONE][0], "; ", "not closed");
    /* never_opened counts what was no connection, too. */
    add_item(text, never > capture->no_connection ? never - capture->no_connection : 0, "; ",
             "never opened");
    add_item(text, capture->no_connection, "; ", "were no connections");
}

/* What is wrong with the closes counted above. */
static void add_unfinished(struct strbuf *text, const struct capture_report *capture)
{
    uint64_t unanswered = capture->by_close[CLOSE_FIN_UNANSWERED] -
                          capture->never_opened[CLOSE_FIN_UNANSWERED];
    uint64_t half = capture->by_close[CLOSE_HALF_CLOSED] -
                    capture->never_opened[CLOSE_HALF_CLOSED] - capture->closed_unclear;
    struct strbuf part = { 0 };
    add_item(&part, unanswered, ", ", "got no acknowledgement of the FIN");
    add_item(&part, half, ", ", "closed from one side only");
    if (part.length > 0)
        strbuf_printf(text, ". Of these, %s", strbuf_text(&part));
    strbuf_done(&part);
}

/* " (the first is 17)": an ID to look at. */
static void add_like(struct strbuf *text, const struct capture_report *capture,
                     enum handshake_kind kind)
{
    if (capture->by_handshake[kind] > 1 && capture->first_of[kind] != 0)
        strbuf_printf(text, " (the first is %" PRIu64 ")", capture->first_of[kind]);
}

/* What speaks against servers, clients and network. Numbers of connections. */
static void add_blame(struct strbuf *out, const struct style *style,
                      const struct capture_report *capture)
{
    char again[COUNT_SIZE], all[COUNT_SIZE];
    struct strbuf text = { 0 };
    add_item(&text, capture->by_handshake[HANDSHAKE_REFUSED], ", ", "refused");
    add_like(&text, capture, HANDSHAKE_REFUSED);
    add_item(&text, capture->resets[SERVER], ", ", "ended by their RST");
    add_item(&text, capture->not_taken, ", ", "not taken up after the SYN-ACK");
    add_item(&text, capture->fin_waits[SERVER], ", ",
             "not closed after the client's FIN (CLOSE_WAIT)");
    end_field(out, style, "Servers", &text);
    add_item(&text, capture->resets[CLIENT], ", ", "ended by their RST");
    add_item(&text, capture->by_handshake[HANDSHAKE_HALF_OPEN], ", ",
             "without an ACK of the SYN-ACK: lost, or the SYN's source was made up");
    add_like(&text, capture, HANDSHAKE_HALF_OPEN);
    add_item(&text, capture->fin_waits[CLIENT], ", ",
             "not closed after the server's FIN (CLOSE_WAIT)");
    end_field(out, style, "Clients", &text);
    add_item(&text, capture->by_handshake[HANDSHAKE_UNANSWERED], "; ",
             "without a reply to the SYN: filtered, lost, or no host there");
    add_like(&text, capture, HANDSHAKE_UNANSWERED);
    add_item(&text, capture->repeating, "; ", "in which segments were sent again");
    if (capture->repeats > 0)
        strbuf_printf(&text, " (%s of all %s)", style_count(capture->repeats, again, sizeof again),
                      style_count(capture->segments, all, sizeof all));
    end_field(out, style, "Network", &text);
    strbuf_done(&text);
}

/* Segments of no connection: a scanner's, when they are many. */
static void add_strays(struct strbuf *out, const struct style *style,
                       const struct capture_report *capture)
{
    struct strbuf text = { 0 };
    add_item(&text, capture->no_connection, "",
             "times a segment with neither SYN nor ACK, answered by the RST of a closed port: no "
             "connection was there");
    if (capture->no_connection >= STRAYS_SCAN)
        strbuf_add(&text, "; so many are a port scan (FIN, NULL, XMAS), very probably");
    end_field(out, style, "Strays", &text);
    strbuf_done(&text);
}

/* Who kept whom waiting is learned only for connections that are told in full: what is not
 * looked at must not read like "all quick". Nobody waits for an answer where nothing opened. */
static void add_answers(struct strbuf *out, const struct style *style,
                        const struct capture_report *capture)
{
    uint64_t never = 0;
    struct strbuf text = { 0 };
    for (int kind = 0; kind < CLOSE_N; kind++)
        never += capture->never_opened[kind];
    if (never < capture->connections)
        strbuf_add(&text, "not timed here: -C tells of one connection who kept whom waiting");
    end_field(out, style, "Answers", &text);
    strbuf_done(&text);
}

void text_fine(struct strbuf *out, const struct style *style,
               const struct capture_report *capture)
{
    char count[COUNT_SIZE];
    struct strbuf text = { 0 };
    if (capture->listed == 0 || capture->clean_unknown)
        return;
    if (capture->clean == 0)
        strbuf_add(&text, capture->listed == 1 ? "0 of " : "none of the ");
    else if (capture->clean == capture->listed)
        strbuf_add(&text, capture->clean == 1 ? "" : "all ");
    else
        strbuf_printf(&text, "%s of ", style_count(capture->clean, count, sizeof count));
    strbuf_printf(&text, "%s connection%s", style_count(capture->listed, count, sizeof count),
                  capture->listed == 1 ? "" : "s");
    strbuf_add(&text, capture->clean > 0 ? ": nothing wrong in the opening and the close" : "");
    style_cell(out, style, TINT_TITLE, "Fine", TEXT_LABEL_WIDTH);
    style_wrap(out, style, capture->clean > 0 ? TINT_GOOD : TINT_PLAIN, TEXT_LABEL_WIDTH,
               TEXT_LABEL_WIDTH, strbuf_text(&text));
    strbuf_done(&text);
}

void text_counts(struct strbuf *out, const struct style *style,
                 const struct capture_report *capture)
{
    struct strbuf text = { 0 };
    add_opened(&text, capture);
    end_field(out, style, "Opened", &text);
    add_closed(&text, capture);
    add_unfinished(&text, capture);
    end_field(out, style, "Closed", &text);
    strbuf_done(&text);
    add_strays(out, style, capture);
    add_blame(out, style, capture);
    text_fine(out, style, capture);
    add_answers(out, style, capture);
}
