/* text_ladder: the diagram of a connection, drawn with characters. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/time_text.h"
#include "render/text.h"
#include "render/text_cells.h"
#include "report/ladder.h"
#include "report/ladder_label.h"

#define ARROW_MIN (LADDER_LABEL_WIDTH + 6) /* "-- label ->" */
#define ARROW_MAX 52
#define CLOCK_FROM 112    /* columns from which the clock time has room on every line */
#define CROSS_SIDE 4      /* shaft beside the place where arrows cross */
#define CELL_SIZE 48

/* The columns of one diagram, and the marks that it used. */
struct sketch {
    const struct style *style;
    const struct connection_report *connection;
    int frame_width, time_width, margin_width[2], arrow_width;
    bool clock;
    bool proofs;           /* room for the number of the frame that proves a state */
    uint64_t proof;        /* one of them, for the legend */
    bool inferred, assumed, holds, fails, again, dropped, folded;
};

static void state_text(const struct sketch *sketch, const struct ladder_state *state, char *text)
{
    const char *name = tcp_state_name((enum tcp_state)state->state);
    if (state->state == STATE_NONE)
        text[0] = '\0';
    else if (state->certainty == CERTAINTY_PROVED && state->proof && sketch->proofs)
        snprintf(text, CELL_SIZE, "%s+%" PRIu64, name, state->proof);
    else
        snprintf(text, CELL_SIZE, "%s%s", name,
                 state->certainty == CERTAINTY_PROVED     ? "+"
                 : state->certainty == CERTAINTY_INFERRED ? "~"
                 : state->certainty >= CERTAINTY_ASSUMED  ? "?"
                                                          : "");
}

static void frame_text(const struct journal_row *row, char *text)
{
    if (row->marks & ROW_FOLDED && row->last_frame > row->frame) {
        int length = snprintf(text, CELL_SIZE, "%" PRIu64 "-%" PRIu64, row->frame,
                              row->last_frame);
        if (length > 7)
            snprintf(text, CELL_SIZE, "%" PRIu64 "-", row->frame);
    } else {
        snprintf(text, CELL_SIZE, "%" PRIu64, row->frame);
    }
}

static void time_text(const struct sketch *sketch, const struct journal_row *row, char *text)
{
    int64_t ns = row->time - sketch->connection->summary->first_time;
    const char *sign = ns < 0 ? "-" : "";
    uint64_t size = ((ns < 0 ? -(uint64_t)ns : (uint64_t)ns) + 500) / 1000;
    if (size < UINT64_C(1000000000))
        snprintf(text, CELL_SIZE, "%s%" PRIu64 ".%06" PRIu64, sign, size / 1000000,
                 size % 1000000);
    else
        snprintf(text, CELL_SIZE, "%s%" PRIu64 ".%03" PRIu64, sign, (size + 500) / 1000000,
                 (size + 500) % 1000000 / 1000);
}

static void widen(int *width, const char *text)
{
    int needed = style_width(text);
    if (needed > *width)
        *width = needed;
}

/* Columns that everything but the arrow takes. */
static int sketch_frame(const struct sketch *sketch)
{
    return sketch->frame_width + 1 + 1 + (sketch->clock ? 14 : 0) + sketch->time_width + 2 +
           sketch->margin_width[CLIENT] + 2 + 2 + sketch->margin_width[SERVER];
}

static void sketch_margins(struct sketch *sketch, const struct ladder *ladder)
{
    char text[CELL_SIZE];
    for (int id = CLIENT; id <= SERVER; id++) {
        sketch->margin_width[id] = (int)strlen("ESTABLISHED");
        for (size_t i = 0; i < ladder->count; i++) {
            state_text(sketch, &ladder->cells[i].margin[id], text);
            widen(&sketch->margin_width[id], text);
        }
    }
}

/* Margins take what their states need; the arrows get the rest. */
static void sketch_layout(struct sketch *sketch, const struct ladder *ladder)
{
    char text[CELL_SIZE];
    sketch->frame_width = (int)strlen("frame");
    sketch->time_width = (int)strlen("time");
    for (size_t i = 0; i < ladder->count; i++) {
        if (ladder->cells[i].row == NULL)
            continue;
        frame_text(ladder->cells[i].row, text);
        widen(&sketch->frame_width, text);
        time_text(sketch, ladder->cells[i].row, text);
        widen(&sketch->time_width, text);
    }
    sketch->clock = sketch->style->width >= CLOCK_FROM;
    sketch->proofs = true;
    sketch_margins(sketch, ladder);
    if (sketch->style->width - sketch_frame(sketch) < ARROW_MIN) {
        sketch->proofs = false;
        sketch_margins(sketch, ladder);
    }
    sketch->arrow_width = sketch->style->width - sketch_frame(sketch);
    if (sketch->arrow_width > ARROW_MAX)
        sketch->arrow_width = ARROW_MAX;
}

static void note_state(struct sketch *sketch, const struct ladder_state *state)
{
    if (state->state == STATE_NONE)
        return;
    if (state->certainty == CERTAINTY_PROVED && sketch->proof == 0)
        sketch->proof = state->proof;
    sketch->inferred |= state->certainty == CERTAINTY_INFERRED;
    sketch->assumed |= state->certainty >= CERTAINTY_ASSUMED;
}

/* Everything left of the left life line. row: NULL for a line without a frame. */
static void line_begin(struct strbuf *out, struct sketch *sketch, const struct journal_row *row,
                       int sums, const struct ladder_state *state)
{
    const struct style *style = sketch->style;
    char text[CELL_SIZE] = "";
    char clock[TIME_TEXT_SIZE] = "";
    if (row != NULL)
        frame_text(row, text);
    style_cell(out, style, TINT_PLAIN, text, -sketch->frame_width);
    if (sums > 0)
        style_add(out, style, TINT_GOOD, style_glyph(style, GLYPH_HOLDS));
    else if (sums < 0)
        style_add(out, style, TINT_ERROR, style_glyph(style, GLYPH_FAILS));
    else
        strbuf_add_char(out, ' ');
    sketch->holds |= sums > 0;
    sketch->fails |= sums < 0;
    strbuf_add_char(out, ' ');
    if (sketch->clock) {
        style_cell(out, style, TINT_DIM, row != NULL ? time_clock(row->time, false, clock) : "",
                   12);
        strbuf_add(out, "  ");
    }
    text[0] = '\0';
    if (row != NULL)
        time_text(sketch, row, text);
    style_cell(out, style, TINT_DIM, text, -sketch->time_width);
    strbuf_add(out, "  ");
    state_text(sketch, state, text);
    note_state(sketch, state);
    style_cell(out, style, style_certainty_tint((enum certainty)state->certainty), text,
               sketch->margin_width[CLIENT] + 1);
}

static void line_end(struct strbuf *out, struct sketch *sketch, const struct ladder_state *state)
{
    char text[CELL_SIZE];
    state_text(sketch, state, text);
    note_state(sketch, state);
    if (text[0] != '\0')
        strbuf_add_char(out, ' ');
    style_add(out, sketch->style, style_certainty_tint((enum certainty)state->certainty), text);
    strbuf_add_char(out, '\n');
}

/* Cuts the label at a word so that it fits. */
static void label_fit(char *label, int width)
{
    while (style_width(label) > width) {
        char *blank = strrchr(label, ' ');
        if (blank == NULL) {
            label[width > 0 ? width : 0] = '\0';
            return;
        }
        *blank = '\0';
    }
}

static enum tint cell_tint(const struct ladder_cell *cell)
{
    if (cell->row->flags & TCP_RST)
        return TINT_RESET;
    if (cell->again || cell->late)
        return TINT_AGAIN;
    if (cell->row->flags & (TCP_SYN | TCP_FIN))
        return TINT_CONTROL;
    return TINT_PLAIN;
}

/* The labelled piece of an arrow, `width` columns long, beginning at its sender; with a tip when
 * it goes all the way. */
static void draw_shaft(struct strbuf *out, struct sketch *sketch, const struct ladder_cell *cell,
                       int width, bool tip)
{
    const struct style *style = sketch->style;
    const struct journal_row *row = cell->row;
    bool dropped = row->marks & (MARK_DAMAGED | MARK_NOT_BELIEVED);
    const char *line = style_glyph(style, cell->again ? GLYPH_LINE_AGAIN : GLYPH_LINE);
    const char *end = style_glyph(style, row->from == CLIENT ? GLYPH_TIP_RIGHT : GLYPH_TIP_LEFT);
    char label[sizeof cell->label];
    struct strbuf piece = { 0 };
    snprintf(label, sizeof label, "%s", cell->label);
    label_fit(label, width - 5 - (tip ? 1 : 0));
    int rest = width - 2 - 2 - style_width(label) - (tip ? 1 : 0);
    sketch->again |= cell->again;
    sketch->dropped |= dropped;
    if (row->from == CLIENT) {
        style_repeat(&piece, line, 2);
        strbuf_printf(&piece, " %s ", label);
        style_repeat(&piece, line, rest);
        strbuf_add(&piece, !tip ? "" : dropped ? "x" : end);
    } else {
        strbuf_add(&piece, !tip ? "" : dropped ? "x" : end);
        style_repeat(&piece, line, rest);
        strbuf_printf(&piece, " %s ", label);
        style_repeat(&piece, line, 2);
    }
    style_add(out, style, cell_tint(cell), strbuf_text(&piece));
    strbuf_done(&piece);
}

static void draw_segment(struct strbuf *out, struct sketch *sketch, const struct ladder_cell *cell)
{
    const struct style *style = sketch->style;
    bool from_client = cell->row->from == CLIENT;
    line_begin(out, sketch, cell->row, cell->checks, &cell->margin[CLIENT]);
    strbuf_add(out, style_glyph(style, from_client ? GLYPH_TAIL_LEFT : GLYPH_BAR));
    draw_shaft(out, sketch, cell, sketch->arrow_width, true);
    strbuf_add(out, style_glyph(style, from_client ? GLYPH_BAR : GLYPH_TAIL_RIGHT));
    line_end(out, sketch, &cell->margin[SERVER]);
}

/* The short piece of the other arrow, beside the crossing; with a tip where it arrives. */
static void draw_side(struct strbuf *out, const struct style *style, const struct ladder_cell *cell,
                      bool tip)
{
    struct strbuf piece = { 0 };
    if (tip && cell->row->from == SERVER)
        strbuf_add(&piece, style_glyph(style, GLYPH_TIP_LEFT));
    style_repeat(&piece, style_glyph(style, GLYPH_LINE), CROSS_SIDE - (tip ? 1 : 0));
    if (tip && cell->row->from == CLIENT)
        strbuf_add(&piece, style_glyph(style, GLYPH_TIP_RIGHT));
    style_add(out, style, cell_tint(cell), strbuf_text(&piece));
    strbuf_done(&piece);
}

/*
 * Two arrows that crossed, in three lines: both leave, they meet, both arrive. Labels stand at
 * the side from which the first one was sent.
 */
static void draw_crossing(struct strbuf *out, struct sketch *sketch,
                          const struct ladder_cell *first, const struct ladder_cell *second)
{
    static const struct ladder_state nothing;
    const struct style *style = sketch->style;
    bool from_client = first->row->from == CLIENT;
    int shaft = sketch->arrow_width - 3 - CROSS_SIDE;
    struct strbuf meet[2] = { { 0 }, { 0 } };
    strbuf_printf(&meet[0], "%s %s", style_glyph(style, GLYPH_DOWN), style_glyph(style, GLYPH_UP));
    strbuf_printf(&meet[1], "%s %s", style_glyph(style, GLYPH_UP), style_glyph(style, GLYPH_DOWN));
    for (int line = 0; line < 3; line += 2) {
        const struct ladder_cell *labelled = line == 0 ? first : second;
        const struct ladder_cell *side = line == 0 ? second : first;
        bool arrives = line == 2;
        line_begin(out, sketch, line == 0 ? first->row : NULL, line == 0 ? first->checks : 0,
                   &labelled->margin[CLIENT]);
        strbuf_add(out, style_glyph(style, arrives ? GLYPH_BAR : GLYPH_TAIL_LEFT));
        if (!from_client)
            draw_side(out, style, side, arrives);
        else
            draw_shaft(out, sketch, labelled, shaft, arrives);
        strbuf_add(out, strbuf_text(&meet[line / 2]));
        if (from_client)
            draw_side(out, style, side, arrives);
        else
            draw_shaft(out, sketch, labelled, shaft, arrives);
        strbuf_add(out, style_glyph(style, arrives ? GLYPH_BAR : GLYPH_TAIL_RIGHT));
        line_end(out, sketch, &labelled->margin[SERVER]);
        if (line == 2)
            break;
        line_begin(out, sketch, second->row, second->checks, &nothing);
        strbuf_add(out, style_glyph(style, GLYPH_BAR));
        style_repeat(out, " ", from_client ? shaft + 1 : CROSS_SIDE + 1);
        strbuf_add(out, style_glyph(style, GLYPH_CROSS));
        style_repeat(out, " ", from_client ? CROSS_SIDE + 1 : shaft + 1);
        strbuf_add(out, style_glyph(style, GLYPH_BAR));
        line_end(out, sketch, &nothing);
    }
    strbuf_done(&meet[0]);
    strbuf_done(&meet[1]);
}

/* A line without an arrow: `text` stands in the middle; of an ICMP error beside the end that is
 * told, because it comes from somewhere on the way. */
static void draw_note(struct strbuf *out, struct sketch *sketch, const struct ladder_cell *cell,
                      const char *text, bool idle)
{
    const struct style *style = sketch->style;
    const char *bar = style_glyph(style, idle ? GLYPH_BAR_IDLE : GLYPH_BAR);
    int blanks = sketch->arrow_width - style_width(text);
    bool notice = cell->kind == LADDER_NOTICE;
    int left = !notice ? blanks / 2 : cell->row->from == SERVER ? 0 : blanks;
    line_begin(out, sketch, cell->row, cell->checks, &cell->margin[CLIENT]);
    strbuf_add(out, bar);
    style_repeat(out, " ", left);
    style_add(out, style, notice ? TINT_RESET : TINT_DIM, text);
    style_repeat(out, " ", blanks - left);
    strbuf_add(out, bar);
    line_end(out, sketch, &cell->margin[SERVER]);
}

static void draw_fold(struct strbuf *out, struct sketch *sketch, const struct ladder_cell *cell)
{
    struct strbuf text = { 0 };
    strbuf_printf(&text, "%s ", style_glyph(sketch->style, GLYPH_FOLD));
    for (const char *at = cell->label; *at != '\0'; at++) {
        bool arrow = strncmp(at, "->", 2) == 0 || strncmp(at, "<-", 2) == 0;
        arrow = arrow && sketch->style->utf8;
        if (arrow)
            strbuf_add(&text, *at == '-' ? "→" : "←");
        else
            strbuf_add_char(&text, *at);
        at += arrow ? 1 : 0;
    }
    sketch->folded = true;
    draw_note(out, sketch, cell, strbuf_text(&text), true);
    strbuf_done(&text);
}

static void draw_cell(struct strbuf *out, struct sketch *sketch, const struct ladder_cell *cell)
{
    char text[sizeof cell->label + 16], duration[TIME_TEXT_SIZE];
    const char *line = style_glyph(sketch->style, GLYPH_LINE);
    switch (cell->kind) {
    case LADDER_START:
        draw_note(out, sketch, cell, "", true);
        break;
    case LADDER_SEGMENT:
        draw_segment(out, sketch, cell);
        break;
    case LADDER_FOLD:
        draw_fold(out, sketch, cell);
        break;
    case LADDER_NOTICE:
        if (cell->row->from == SERVER)
            snprintf(text, sizeof text, "%s%s %s", style_glyph(sketch->style, GLYPH_TIP_LEFT),
                     line, cell->label);
        else
            snprintf(text, sizeof text, "%s %s%s", cell->label, line,
                     style_glyph(sketch->style, GLYPH_TIP_RIGHT));
        draw_note(out, sketch, cell, text, false);
        break;
    case LADDER_STATE:
        draw_note(out, sketch, cell, "", false);
        break;
    case LADDER_PAUSE:
        snprintf(text, sizeof text, "%s later", time_duration(cell->pause, duration));
        draw_note(out, sketch, cell, text, true);
        break;
    case LADDER_END:
        draw_note(out, sketch, cell, "later, by a timer", true);
        break;
    case LADDER_REUSED:
        draw_note(out, sketch, cell, "by a new connection", true);
        break;
    }
}

static void draw_heading(struct strbuf *out, const struct sketch *sketch)
{
    const struct style *style = sketch->style;
    char zone[TIME_TEXT_SIZE] = "";
    style_cell(out, style, TINT_DIM, "frame", -sketch->frame_width);
    strbuf_add(out, "  ");
    if (sketch->clock)
        style_cell(out, style, TINT_DIM,
                   time_zone(sketch->connection->summary->first_time, zone), 14);
    style_cell(out, style, TINT_DIM, "time", -sketch->time_width);
    strbuf_add(out, "  ");
    style_cell(out, style, TINT_TITLE, "client", sketch->margin_width[CLIENT] + 1);
    style_repeat(out, " ", sketch->arrow_width + 3);
    style_add(out, style, TINT_TITLE, "server");
    strbuf_add_char(out, '\n');
}

/* "x=2984134451  y=771233  u=x+81  w=y+1449": what the letters on the arrows stand for. */
static void legend_numbers(struct strbuf *text, const struct summary *summary)
{
    static const char isn[2] = { 'x', 'y' };
    static const char fin[2] = { 'u', 'w' };
    const struct endpoint_summary *ends = summary->endpoints;
    for (int id = CLIENT; id <= SERVER; id++)
        if (ends[id].isn_known)
            strbuf_printf(text, "  %c=%" PRIu32, isn[id], ends[id].isn);
    for (int id = CLIENT; id <= SERVER; id++) {
        if (!ends[id].fin_sent)
            continue;
        if (ends[id].isn_known)
            strbuf_printf(text, "  %c=%c+%" PRIu32, fin[id], isn[id],
                          ends[id].fin_seq - ends[id].isn);
        else
            strbuf_printf(text, "  %c=%" PRIu32, fin[id], ends[id].fin_seq);
    }
}

static void draw_legend(struct strbuf *out, const struct sketch *sketch)
{
    const struct style *style = sketch->style;
    struct strbuf item = { 0 };
    int at = 0;
    text_legend_item(out, style, &at, TINT_OBSERVED, "unmarked states were seen", "");
    if (sketch->proof != 0 && sketch->proofs) {
        strbuf_printf(&item, "+%" PRIu64 " proved by frame %" PRIu64, sketch->proof,
                      sketch->proof);
        text_legend_item(out, style, &at, TINT_PROVED, strbuf_text(&item), "");
    } else if (sketch->proof != 0) {
        text_legend_item(out, style, &at, TINT_PROVED, "+ proved by a later frame", "");
    }
    const struct {
        bool used;
        enum tint tint;
        const char *glyph, *meaning;
    } marks[] = {
        { sketch->inferred, TINT_INFERRED, "~ inferred", "" },
        { sketch->assumed, TINT_ASSUMED, "? assumed", "" },
        { sketch->holds, TINT_GOOD, style_glyph(style, GLYPH_HOLDS), " sums hold" },
        { sketch->fails, TINT_ERROR, style_glyph(style, GLYPH_FAILS), " a sum or a rule fails" },
        { sketch->again, TINT_AGAIN, style_glyph(style, GLYPH_LINE_AGAIN), " in the arrow: sent again" },
        { sketch->dropped, TINT_DIM, "x", " not accepted" },
        { sketch->folded, TINT_DIM, style_glyph(style, GLYPH_FOLD),
          " plain segments, summed up" },
    };
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (marks[i].used)
            text_legend_item(out, style, &at, marks[i].tint, marks[i].glyph, marks[i].meaning);
    strbuf_clear(&item);
    legend_numbers(&item, sketch->connection->summary);
    strbuf_add_char(out, '\n');
    if (item.length > 0) {
        style_add(out, style, TINT_DIM, strbuf_text(&item));
        strbuf_add_char(out, '\n');
    }
    strbuf_done(&item);
}

void text_ladder(struct strbuf *out, const struct style *style,
                 const struct connection_report *connection)
{
    struct sketch sketch = { .style = style, .connection = connection };
    struct ladder ladder;
    if (!ladder_build(&ladder, connection)) {
        out->failed = true;
        return;
    }
    if (ladder.count > 0) {
        sketch_layout(&sketch, &ladder);
        ladder_fit(&ladder, connection, sketch.arrow_width - ARROW_MIN + LADDER_LABEL_WIDTH);
        draw_heading(out, &sketch);
        for (size_t i = 0; i < ladder.count; i++) {
            const struct ladder_cell *cell = &ladder.cells[i];
            if (cell->crossing == 1 && i + 1 < ladder.count)
                draw_crossing(out, &sketch, cell, &ladder.cells[++i]);
            else
                draw_cell(out, &sketch, cell);
        }
        draw_legend(out, &sketch);
    }
    if (connection->rows.left_out > 0)
        strbuf_printf(out, "  %" PRIu64 " segments have no line of their own here.\n",
                      connection->rows.left_out);
    ladder_done(&ladder);
}
