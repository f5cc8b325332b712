/* text_segments: with --segments, each segment of a connection with its class, a line each. */
#include <inttypes.h>
#include <stdio.h>

#include "base/time_text.h"
#include "model/classified.h"
#include "render/text.h"
#include "report/narrate.h"

#define FROM_WIDTH 8   /* "server" and two blanks */
#define CELL_SIZE 48

/* Columns, as wide as what stands in them. */
struct columns {
    int frame, time, number, length;
    int class_at; /* where the class begins */
};

static enum tint class_tint(enum segment_class class)
{
    if (class_is_repeat(class))
        return TINT_AGAIN;
    if (class == CLASS_RST)
        return TINT_RESET;
    if (class == CLASS_SYN || class == CLASS_SYN_ACK || class == CLASS_FIN)
        return TINT_CONTROL;
    if (class == CLASS_ORIGINAL || class == CLASS_ACK)
        return TINT_PLAIN;
    return TINT_NOTE;
}

/* An acknowledgement: what it acknowledges is its number, and not where it stands, as of a probe. */
static bool is_bare_ack(const struct classified *segment)
{
    return segment->has_ack && segment->length == 0 && segment->class != CLASS_KEEP_ALIVE &&
           segment->class != CLASS_ZERO_WINDOW_PROBE &&
           !(segment->flags & (TCP_SYN | TCP_FIN | TCP_RST));
}

/* Whether the rules that decided tell more than the class does. */
static bool rules_tell(const struct classified *segment, unsigned rule)
{
    return segment->class >= CLASS_RTX_SYN && (segment->rules & RULE(rule)) &&
           rule != RULE_SEEN_BEFORE && rule != RULE_SYN_AGAIN;
}

static uint32_t relative(const struct summary *summary, enum endpoint_id end, uint32_t number)
{
    const struct endpoint_summary *x = &summary->endpoints[end];
    return x->isn_known ? number - x->isn : number;
}

/* "rtx-fast of frame 36 (lost-again): three-duplicates", "duplicate-ack 14481 (sack)". */
static void add_class(struct strbuf *out, const struct style *style,
                      const struct columns *columns, const struct summary *summary,
                      const struct classified *segment)
{
    enum segment_class class = (enum segment_class)segment->class;
    struct strbuf text = { 0 };
    const char *comma = "";

    strbuf_add(&text, segment_class_name(class));
    if (is_bare_ack(segment))
        strbuf_printf(&text, " %" PRIu32,
                      relative(summary, endpoint_peer((enum endpoint_id)segment->from),
                               segment->ack));
    if (segment->original != 0)
        strbuf_printf(&text, " of frame %" PRIu64, (uint64_t)segment->original);
    if (segment->tags != 0)
        strbuf_add(&text, " (");
    for (unsigned tag = 0; tag < TAG_N; tag++) {
        if (!(segment->tags & TAG(tag)))
            continue;
        strbuf_printf(&text, "%s%s", comma, segment_tag_name((enum segment_tag)tag));
        comma = ", ";
    }
    if (segment->tags != 0)
        strbuf_add_char(&text, ')');
    comma = ": ";
    for (unsigned rule = 0; rule < RULE_N; rule++) {
        if (!rules_tell(segment, rule))
            continue;
        strbuf_printf(&text, "%s%s", comma, segment_rules[rule].id);
        comma = ", ";
    }
    style_wrap(out, style, class_tint(class), columns->class_at, columns->class_at,
               strbuf_text(&text));
    strbuf_done(&text);
}

static const char *time_text(const struct summary *summary, const struct classified *segment,
                             char *text)
{
    int64_t since = segment->time - summary->first_time;
    uint64_t distance = since < 0 ? -(uint64_t)since : (uint64_t)since;
    snprintf(text, CELL_SIZE, "%s%" PRIu64 ".%06" PRIu64, since < 0 ? "-" : "",
             distance / NS_PER_S, distance % NS_PER_S / 1000);
    return text;
}

static const char *number_text(const struct summary *summary, const struct classified *segment,
                               char *text)
{
    snprintf(text, CELL_SIZE, "%" PRIu32,
             relative(summary, (enum endpoint_id)segment->from, segment->seq));
    return text;
}

static void widen(int *width, const char *text)
{
    int needed = style_width(text);
    if (needed > *width)
        *width = needed;
}

static struct columns columns_of(const struct summary *summary)
{
    struct columns columns = { .frame = 5, .time = 7, .number = 6, .length = 5 };
    const struct classified_chunk *chunk = summary->segments;
    char text[CELL_SIZE];
    for (; chunk != NULL; chunk = chunk->next) {
        for (uint32_t i = 0; i < chunk->count; i++) {
            const struct classified *segment = &chunk->rows[i];
            widen(&columns.time, time_text(summary, segment, text));
            widen(&columns.number, number_text(summary, segment, text));
            snprintf(text, sizeof text, "%" PRIu64, (uint64_t)segment->frame);
            widen(&columns.frame, text);
            snprintf(text, sizeof text, "%" PRIu32, segment->length);
            widen(&columns.length, text);
        }
    }
    columns.class_at = columns.frame + 2 + columns.time + 2 + FROM_WIDTH + columns.number + 2 +
                       columns.length + 2;
    return columns;
}

/* What stands before the class. */
static void add_cells(struct strbuf *out, const struct style *style, const struct columns *columns,
                      enum tint tint, const char *const cells[5])
{
    style_cell(out, style, tint, cells[0], -columns->frame);
    strbuf_add(out, "  ");
    style_cell(out, style, TINT_DIM, cells[1], -columns->time);
    strbuf_add(out, "  ");
    style_cell(out, style, tint, cells[2], FROM_WIDTH);
    style_cell(out, style, tint, cells[3], -columns->number);
    strbuf_add(out, "  ");
    style_cell(out, style, tint, cells[4], -columns->length);
    strbuf_add(out, "  ");
}

static void add_segment(struct strbuf *out, const struct style *style,
                        const struct columns *columns, const struct summary *summary,
                        const struct classified *segment)
{
    char frame[CELL_SIZE], time[CELL_SIZE], number[CELL_SIZE], length[CELL_SIZE] = "";
    snprintf(frame, sizeof frame, "%" PRIu64, (uint64_t)segment->frame);
    if (!is_bare_ack(segment))
        snprintf(length, sizeof length, "%" PRIu32, segment->length);
    const char *const cells[5] = { frame, time_text(summary, segment, time),
                                   endpoint_name((enum endpoint_id)segment->from),
                                   number_text(summary, segment, number), length };
    add_cells(out, style, columns, TINT_PLAIN, cells);
    add_class(out, style, columns, summary, segment);
}

void text_segments(struct strbuf *out, const struct style *style,
                   const struct connection_report *connection)
{
    static const char *const heads[5] = { "frame", "seconds", "from", "number", "bytes" };
    const struct summary *summary = connection->summary;
    const struct classified_chunk *chunk = summary->segments;
    if (chunk == NULL)
        return;
    struct columns columns = columns_of(summary);
    strbuf_add_char(out, '\n');
    style_add(out, style, TINT_TITLE, "Segments");
    strbuf_add_char(out, '\n');
    add_cells(out, style, &columns, TINT_DIM, heads);
    style_add(out, style, TINT_DIM, "class");
    strbuf_add_char(out, '\n');
    for (; chunk != NULL; chunk = chunk->next)
        for (uint32_t i = 0; i < chunk->count; i++)
            if (chunk->rows[i].class != CLASS_NONE)
                add_segment(out, style, &columns, summary, &chunk->rows[i]);
}
