/* text_segments: with --segments, each segment of a connection with its class, a line each. */
#include <inttypes.h>
#include <stdio.h>

#include "base/time_text.h"
#include "model/classified.h"
#include "render/text.h"
#include "report/narrate.h"

#define FRAME_WIDTH 7
#define TIME_WIDTH 11
#define FROM_WIDTH 8   /* "server" and two blanks */
#define NUMBER_WIDTH 11
#define LENGTH_WIDTH 6
#define CLASS_AT (FRAME_WIDTH + TIME_WIDTH + 2 + FROM_WIDTH + NUMBER_WIDTH + LENGTH_WIDTH + 2)

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

/* "rtx-fast of frame 36 (lost-again): three-duplicates". */
static void add_class(struct strbuf *out, const struct style *style,
                      const struct classified *segment)
{
    enum segment_class class = (enum segment_class)segment->class;
    struct strbuf text = { 0 };
    const char *comma = "";

    strbuf_add(&text, segment_class_name(class));
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
    for (unsigned rule = 0; rule < RULE_N && class_is_repeat(class); rule++) {
        if (!(segment->rules & RULE(rule)))
            continue;
        strbuf_printf(&text, "%s%s", comma, segment_rules[rule].id);
        comma = ", ";
    }
    style_wrap(out, style, class_tint(class), CLASS_AT, CLASS_AT, strbuf_text(&text));
    strbuf_done(&text);
}

static void add_segment(struct strbuf *out, const struct style *style,
                        const struct summary *summary, const struct classified *segment)
{
    const struct endpoint_summary *x = &summary->endpoints[segment->from];
    int64_t since = segment->time - summary->first_time;
    char text[48];

    snprintf(text, sizeof text, "%" PRIu64, (uint64_t)segment->frame);
    style_cell(out, style, TINT_PLAIN, text, -FRAME_WIDTH);
    uint64_t distance = since < 0 ? (uint64_t)-since : (uint64_t)since;
    snprintf(text, sizeof text, " %s%" PRIu64 ".%06" PRIu64, since < 0 ? "-" : "",
             distance / NS_PER_S, distance % NS_PER_S / 1000);
    style_cell(out, style, TINT_DIM, text, -TIME_WIDTH);
    strbuf_add(out, "  ");
    style_cell(out, style, TINT_PLAIN, endpoint_name((enum endpoint_id)segment->from), FROM_WIDTH);
    snprintf(text, sizeof text, "%" PRIu32, x->isn_known ? segment->seq - x->isn : segment->seq);
    style_cell(out, style, TINT_PLAIN, text, -NUMBER_WIDTH);
    snprintf(text, sizeof text, "%" PRIu32, segment->length);
    style_cell(out, style, TINT_PLAIN, text, -LENGTH_WIDTH);
    strbuf_add(out, "  ");
    add_class(out, style, segment);
}

void text_segments(struct strbuf *out, const struct style *style,
                   const struct connection_report *connection)
{
    const struct classified_chunk *chunk = connection->summary->segments;
    if (chunk == NULL)
        return;
    strbuf_add_char(out, '\n');
    style_cell(out, style, TINT_TITLE, "Segments", TEXT_LABEL_WIDTH + 2);
    strbuf_add_char(out, '\n');
    style_cell(out, style, TINT_DIM, "frame", -FRAME_WIDTH);
    style_cell(out, style, TINT_DIM, "seconds", -TIME_WIDTH);
    strbuf_add(out, "  ");
    style_cell(out, style, TINT_DIM, "from", FROM_WIDTH);
    style_cell(out, style, TINT_DIM, "number", -NUMBER_WIDTH);
    style_cell(out, style, TINT_DIM, "bytes", -LENGTH_WIDTH);
    strbuf_add(out, "  ");
    style_add(out, style, TINT_DIM, "class");
    strbuf_add_char(out, '\n');
    for (; chunk != NULL; chunk = chunk->next)
        for (uint32_t i = 0; i < chunk->count; i++)
            if (chunk->rows[i].class != CLASS_NONE)
                add_segment(out, style, connection->summary, &chunk->rows[i]);
}
