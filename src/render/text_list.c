/*
 * text_list: one line per connection. The first lines wait until the columns can be fitted to
 * what is really there; when the page is too narrow, columns take short forms, then go.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time_text.h"
#include "render/text.h"
#include "report/narrate.h"

#define LINES_WAITING 512 /* lines from which the columns are chosen */
#define ADDRESS_MAX 56    /* "[...]:65535" */
#define ADDRESS_MIN 21    /* "255.255.255.255:65535": shorter only when ids are very long */
#define ADDRESS_LEAST 12
#define FINDING_USUAL 24
#define ID_GROWTH 5       /* more room for ids, where there is any */
#define ID_RESERVE 7      /* where ids still grow; the client gives way to longer ones */
#define FINDING_MIN 14    /* less of a finding's name is no use */
#define SHORT_COLUMN 8

/* What a line needs; the report itself is gone when it is written. */
struct list_line {
    uint64_t id;
    char ends[2][ADDRESS_MAX];
    uint8_t handshake, close, closer;
    uint8_t states[2], certainties[2];
    uint64_t bytes[2];
    int64_t rtt;
    int topic; /* the worst finding; -1 for none */
    enum severity severity;
};

/* Widths in use; 0 for a column that had to go. */
struct list_columns {
    bool chosen;
    bool words; /* states and kinds in full */
    int id, ends[2], opened, closed, states, bytes, rtt, finding;
};

struct text_list {
    struct list_columns columns;
    size_t count;
    size_t written;
    struct list_line lines[LINES_WAITING];
};

struct text_list *text_list_new(void)
{
    return calloc(1, sizeof(struct text_list));
}

void text_list_free(struct text_list *list)
{
    free(list);
}

static const char *const opened_short[HANDSHAKE_N] = {
    [HANDSHAKE_NOT_CAPTURED] = "earlier",  [HANDSHAKE_SIMULTANEOUS] = "simult.",
    [HANDSHAKE_SPLIT] = "split",           [HANDSHAKE_FAST_OPEN] = "fast",
    [HANDSHAKE_THREE_WAY] = "3-way",       [HANDSHAKE_REJECTED] = "rejected",
    [HANDSHAKE_REFUSED] = "refused",       [HANDSHAKE_ABORTED] = "aborted",
    [HANDSHAKE_HALF_OPEN] = "half",        [HANDSHAKE_UNANSWERED] = "no reply",
};

static const char *const closed_short[CLOSE_N] = {
    [CLOSE_RESET] = "reset",           [CLOSE_SIMULTANEOUS] = "simult",
    [CLOSE_THREE_SEGMENT] = "3-seg",   [CLOSE_FOUR_SEGMENT] = "4-seg",
    [CLOSE_FIN_UNANSWERED] = "unackd", [CLOSE_HALF_CLOSED] = "half",
    [CLOSE_OPEN] = "open",
};

static const char *const state_short[STATE_N] = {
    [STATE_NONE] = "-",         [STATE_CLOSED] = "CL",     [STATE_LISTEN] = "LI",
    [STATE_SYN_SENT] = "SS",    [STATE_SYN_RCVD] = "SR",   [STATE_ESTABLISHED] = "ES",
    [STATE_FIN_WAIT_1] = "F1",  [STATE_FIN_WAIT_2] = "F2", [STATE_CLOSING] = "CG",
    [STATE_TIME_WAIT] = "TW",   [STATE_CLOSE_WAIT] = "CW", [STATE_LAST_ACK] = "LA",
};

static void opened_text(const struct list_line *line, bool words, char *text, size_t size)
{
    enum handshake_kind kind = (enum handshake_kind)line->handshake;
    snprintf(text, size, "%s",
             words || kind >= HANDSHAKE_N ? handshake_kind_name(kind) : opened_short[kind]);
}

/* "s 4-seg": the letter is who closed first. */
static void closed_text(const struct list_line *line, bool words, char *text, size_t size)
{
    enum close_kind kind = (enum close_kind)line->close;
    const char *closer = closer_name((enum closer)line->closer);
    const char *name = words || kind >= CLOSE_N ? close_kind_name(kind) : closed_short[kind];
    if (closer == NULL)
        snprintf(text, size, "%s", name);
    else if (words)
        snprintf(text, size, "%s, %s", closer, name);
    else
        snprintf(text, size, "%c %s", closer[0], name);
}

/* "TIME_WAIT/CLOSED~", with the marks of certainty. */
static void states_text(const struct list_line *line, bool words, char *text, size_t size)
{
    const char *names[2], *marks[2];
    for (int id = 0; id < 2; id++) {
        enum tcp_state state = (enum tcp_state)(line->states[id] % STATE_N);
        names[id] = words ? (state == STATE_NONE ? "-" : tcp_state_name(state))
                          : state_short[state];
        marks[id] = state == STATE_NONE                             ? ""
                    : line->certainties[id] == CERTAINTY_INFERRED   ? "~"
                    : line->certainties[id] == CERTAINTY_ASSUMED    ? "?"
                                                                    : "";
    }
    snprintf(text, size, "%s%s/%s%s", names[CLIENT], marks[CLIENT], names[SERVER], marks[SERVER]);
}

/* "812", "14k", "3.2M": at most four columns. */
static void bytes_text(uint64_t bytes, char *text, size_t size)
{
    static const char units[] = { 'k', 'M', 'G', 'T', 'P', 'E' };
    size_t unit = 0;
    if (bytes < 1000) {
        snprintf(text, size, "%" PRIu64, bytes);
        return;
    }
    for (; bytes >= 999500 && unit + 1 < sizeof units; unit++)
        bytes /= 1000;
    if (bytes < 9950)
        snprintf(text, size, "%" PRIu64 ".%" PRIu64 "%c", (bytes + 50) / 1000,
                 (bytes + 50) % 1000 / 100, units[unit]);
    else
        snprintf(text, size, "%" PRIu64 "%c", (bytes + 500) / 1000, units[unit]);
}

static void rtt_text(int64_t rtt, char *text)
{
    if (rtt == UNKNOWN_NS)
        snprintf(text, TIME_TEXT_SIZE, "-");
    else if (rtt >= 60 * NS_PER_S)
        snprintf(text, TIME_TEXT_SIZE, ">1 min");
    else
        time_duration(rtt, text);
}

/* Shortens in the middle: the beginning of an address and the port stay. */
static void end_text(const struct style *style, const char *end, int width, char *text,
                     size_t size)
{
    int length = (int)strlen(end);
    const char *gap = style_glyph(style, GLYPH_ELLIPSIS);
    int tail = 7;
    if (length <= width)
        snprintf(text, size, "%s", end);
    else
        snprintf(text, size, "%.*s%s%s", width - tail - style_width(gap), end, gap,
                 end + length - tail);
}

static void widen(int *width, int needed)
{
    if (needed > *width)
        *width = needed;
}

/* Lines that come when the columns are chosen must fit too. */
static void columns_reserve(struct list_columns *columns)
{
    widen(&columns->id, ID_RESERVE);
    for (int id = 0; id < 2; id++)
        widen(&columns->ends[id], ADDRESS_MIN);
    if (!columns->words)
        return;
    widen(&columns->opened, (int)strlen("simultaneous"));
    widen(&columns->closed, (int)strlen("client, fin-unanswered"));
    widen(&columns->states, (int)strlen("ESTABLISHED~/ESTABLISHED~"));
}

/* What the waiting lines need, in long or short words. */
static void columns_measure(struct list_columns *columns, const struct text_list *list, bool words)
{
    char text[64];
    *columns = (struct list_columns){
        .words = words, .id = 2, .ends = { 6, 6 }, .opened = SHORT_COLUMN, .closed = SHORT_COLUMN,
        .states = 7, .bytes = 4, .rtt = 7, .finding = 2,
    };
    if (list->count == LINES_WAITING)
        columns_reserve(columns);
    for (size_t i = 0; i < list->count; i++) {
        const struct list_line *line = &list->lines[i];
        widen(&columns->id, snprintf(text, sizeof text, "%" PRIu64, line->id));
        widen(&columns->ends[0], (int)strlen(line->ends[0]));
        widen(&columns->ends[1], (int)strlen(line->ends[1]));
        opened_text(line, words, text, sizeof text);
        widen(&columns->opened, (int)strlen(text));
        closed_text(line, words, text, sizeof text);
        widen(&columns->closed, (int)strlen(text));
        states_text(line, words, text, sizeof text);
        widen(&columns->states, (int)strlen(text));
        char duration[TIME_TEXT_SIZE];
        rtt_text(line->rtt, duration);
        widen(&columns->rtt, (int)strlen(duration));
        if (line->topic >= 0)
            widen(&columns->finding, 2 + (int)strlen(topic_row(line->topic)->id));
    }
}

/* Columns up to the finding, blanks between them included. */
static int columns_width(const struct list_columns *columns)
{
    int width = columns->id + 1 + columns->ends[0] + 1 + columns->ends[1] + 1 + columns->opened +
                1 + columns->closed + 1 + columns->states + 1;
    if (columns->bytes > 0)
        width += 2 * (columns->bytes + 1);
    if (columns->rtt > 0)
        width += columns->rtt + 1;
    return width;
}

/* Shortens addresses, to `least` columns at most, until the rest has room. */
static void columns_squeeze(struct list_columns *columns, const struct style *style, int least)
{
    for (int id = 0; id < 2; id++) {
        int missing = columns_width(columns) + 2 - style->width;
        int spare = columns->ends[id] - least;
        if (missing > 0 && spare > 0)
            columns->ends[id] -= missing < spare ? missing : spare;
    }
}

static void columns_choose(struct list_columns *columns, const struct text_list *list,
                           const struct style *style)
{
    columns_measure(columns, list, true);
    if (columns_width(columns) + columns->finding > style->width)
        columns_measure(columns, list, false);
    int wanted = columns->finding < FINDING_MIN ? columns->finding : FINDING_MIN;
    if (columns_width(columns) + wanted > style->width)
        columns->bytes = 0;
    if (columns_width(columns) + wanted > style->width)
        columns->rtt = 0;
    columns_squeeze(columns, style, ADDRESS_MIN);
    columns_squeeze(columns, style, ADDRESS_LEAST);
    int slack = style->width - columns_width(columns) - FINDING_USUAL;
    if (list->count == LINES_WAITING && slack > 0)
        columns->id += slack < ID_GROWTH ? slack : ID_GROWTH;
    columns->finding = style->width - columns_width(columns);
    columns->chosen = true;
}

static void list_heading(struct strbuf *out, const struct style *style,
                         const struct list_columns *columns)
{
    struct strbuf text = { 0 };
    style_cell(&text, style, TINT_PLAIN, "id", -columns->id);
    strbuf_add_char(&text, ' ');
    style_cell(&text, style, TINT_PLAIN, "client", columns->ends[0] + 1);
    style_cell(&text, style, TINT_PLAIN, "server", columns->ends[1] + 1);
    style_cell(&text, style, TINT_PLAIN, "opened", columns->opened + 1);
    style_cell(&text, style, TINT_PLAIN, "closed", columns->closed + 1);
    style_cell(&text, style, TINT_PLAIN, "states", columns->states + 1);
    if (columns->bytes > 0) {
        style_cell(&text, style, TINT_PLAIN, "up", -columns->bytes);
        style_cell(&text, style, TINT_PLAIN, "down", -columns->bytes - 1);
        strbuf_add_char(&text, ' ');
    }
    if (columns->rtt > 0) {
        style_cell(&text, style, TINT_PLAIN, "RTT", -columns->rtt);
        strbuf_add_char(&text, ' ');
    }
    strbuf_add(&text, columns->finding >= 7 ? "finding" : "!");
    style_add(out, style, TINT_TITLE, strbuf_text(&text));
    strbuf_add_char(out, '\n');
    strbuf_done(&text);
}

/* The worst finding, cut where the page ends; the glyph always stays. */
static void add_finding(struct strbuf *out, const struct style *style,
                        const struct list_columns *columns, const struct list_line *line)
{
    char text[80];
    if (line->topic < 0)
        return;
    const char *glyph = style_severity_glyph(style, line->severity);
    const char *id = topic_row(line->topic)->id;
    const char *gap = style_glyph(style, GLYPH_ELLIPSIS);
    int room = columns->finding - 2;
    if ((int)strlen(id) <= room)
        snprintf(text, sizeof text, "%s %s", glyph, id);
    else if (room >= 6)
        snprintf(text, sizeof text, "%s %.*s%s", glyph, room - style_width(gap), id, gap);
    else
        snprintf(text, sizeof text, "%s", glyph);
    style_add(out, style, style_severity_tint(line->severity), text);
}

static void list_write(struct strbuf *out, const struct style *style,
                       const struct list_columns *columns, const struct list_line *line)
{
    char text[96], number[32], duration[TIME_TEXT_SIZE];
    snprintf(number, sizeof number, "%" PRIu64, line->id);
    style_cell(out, style, TINT_PLAIN, number, -columns->id);
    strbuf_add_char(out, ' ');
    int over = style_width(number) - columns->id;
    for (int id = 0; id < 2; id++) {
        int width = columns->ends[id] - (id == CLIENT && over > 0 ? over : 0);
        end_text(style, line->ends[id], width, text, sizeof text);
        style_cell(out, style, TINT_PLAIN, text, width + 1);
    }
    opened_text(line, columns->words, text, sizeof text);
    style_cell(out, style, TINT_PLAIN, text, columns->opened + 1);
    closed_text(line, columns->words, text, sizeof text);
    style_cell(out, style, TINT_PLAIN, text, columns->closed + 1);
    states_text(line, columns->words, text, sizeof text);
    style_cell(out, style, TINT_PLAIN, text, columns->states + 1);
    if (columns->bytes > 0) {
        for (int id = 0; id < 2; id++) {
            bytes_text(line->bytes[id], number, sizeof number);
            style_cell(out, style, TINT_PLAIN, number, -columns->bytes);
            strbuf_add_char(out, ' ');
        }
    }
    if (columns->rtt > 0) {
        rtt_text(line->rtt, duration);
        style_cell(out, style, TINT_PLAIN, duration, -columns->rtt);
        strbuf_add_char(out, ' ');
    }
    add_finding(out, style, columns, line);
    while (out->length > 0 && out->text[out->length - 1] == ' ')
        out->text[--out->length] = '\0';
    strbuf_add_char(out, '\n');
}

/* Writes the lines that waited; chooses the columns when that was not done yet. */
static void list_flush(struct text_list *list, struct strbuf *out, const struct style *style)
{
    if (!list->columns.chosen) {
        columns_choose(&list->columns, list, style);
        list_heading(out, style, &list->columns);
    }
    for (size_t i = 0; i < list->count; i++)
        list_write(out, style, &list->columns, &list->lines[i]);
    list->written += list->count;
    list->count = 0;
}

void text_list_add(struct text_list *list, struct strbuf *out, const struct style *style,
                   const struct connection_report *connection)
{
    const struct summary *summary = connection->summary;
    struct list_line *line = &list->lines[list->count++];
    *line = (struct list_line){
        .id = summary->id, .handshake = summary->handshake, .close = summary->close,
        .closer = summary->first_closer, .rtt = summary->rtt_ns, .topic = -1,
    };
    for (int id = 0; id < 2; id++) {
        const struct endpoint_summary *end = &summary->endpoints[id];
        narrate_endpoint(summary, (enum endpoint_id)id, line->ends[id], sizeof line->ends[id]);
        line->states[id] = end->state;
        line->certainties[id] = end->state_certainty;
        line->bytes[id] = end->payload_bytes;
    }
    if (connection->findings != NULL && connection->findings->count > 0) {
        line->topic = connection->findings->list[0].topic;
        line->severity = connection->findings->list[0].severity;
    }
    if (list->count == LINES_WAITING)
        list_flush(list, out, style);
}

/* Explains the short forms, when they were used. */
static void list_legend(struct strbuf *out, const struct style *style,
                        const struct list_columns *columns)
{
    const char *text =
        columns->words
            ? "States, client/server: ~ inferred, ? assumed. Up and down: bytes by the client "
              "and by the server."
            : "closed first by: c client, s server, b both. States, client/server: CL CLOSED, "
              "LI LISTEN, SS SYN_SENT, SR SYN_RCVD, ES ESTABLISHED, F1 FIN_WAIT_1, F2 "
              "FIN_WAIT_2, CG CLOSING, TW TIME_WAIT, CW CLOSE_WAIT, LA LAST_ACK; ~ inferred, "
              "? assumed. A wider terminal, or --width 160, shows whole words.";
    strbuf_add_char(out, '\n');
    style_wrap(out, style, TINT_DIM, 0, 0, text);
}

void text_list_end(struct text_list *list, struct strbuf *out, const struct style *style)
{
    list_flush(list, out, style);
    if (list->written > 0)
        list_legend(out, style, &list->columns);
}
