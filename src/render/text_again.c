/* text_again: what was sent again, came late or twice, and why, in sentences. */
#include <inttypes.h>
#include <stdio.h>

#include "render/text.h"
#include "report/narrate_again.h"

#define FRAME_WIDTH 7
#define TOLD_MAX 20 /* sentences */

static bool is_late(const struct classified *row)
{
    return narrate_again_has(row) && !class_is_repeat((enum segment_class)row->class);
}

/* "Sent again  3 segments; 2 came late or twice". */
static void add_heading(struct strbuf *out, const struct style *style, size_t again, size_t others)
{
    struct strbuf text = { 0 };
    strbuf_add_char(out, '\n');
    style_cell(out, style, TINT_TITLE, "Sent again", TEXT_LABEL_WIDTH + 2);
    if (again > 0)
        strbuf_printf(&text, "%zu segment%s", again, again == 1 ? "" : "s");
    else
        strbuf_add(&text, "nothing");
    if (others > 0)
        strbuf_printf(&text, "; %zu came late or twice", others);
    style_add(out, style, TINT_PLAIN, strbuf_text(&text));
    strbuf_add_char(out, '\n');
    strbuf_done(&text);
}

static void add_segment(struct strbuf *out, const struct style *style,
                        const struct connection_report *connection,
                        const struct classified *row)
{
    char frame[32];
    struct strbuf text = { 0 };
    snprintf(frame, sizeof frame, "%" PRIu64, (uint64_t)row->frame);
    style_cell(out, style, TINT_PLAIN, frame, -FRAME_WIDTH);
    strbuf_add(out, "  ");
    narrate_again(&text, connection, row);
    style_wrap(out, style, TINT_PLAIN, FRAME_WIDTH + 2, FRAME_WIDTH + 2, strbuf_text(&text));
    strbuf_done(&text);
}

void text_again(struct strbuf *out, const struct style *style,
                const struct connection_report *connection)
{
    const struct segment_list *segments = &connection->segments;
    size_t again = 0, others = 0, told = 0;

    for (size_t i = 0; i < segments->count; i++) {
        others += is_late(segments->list[i]);
        again += class_is_repeat((enum segment_class)segments->list[i]->class);
    }
    if (again + others > 0) {
        add_heading(out, style, again, others);
        for (size_t i = 0; i < segments->count && told < TOLD_MAX; i++) {
            if (!narrate_again_has(segments->list[i]))
                continue;
            add_segment(out, style, connection, segments->list[i]);
            told++;
        }
    }
    if (again + others > told)
        strbuf_printf(out, "  and %zu more; --segments lists all\n", again + others - told);
    if (connection->summary->segments_left_out > 0)
        strbuf_printf(out, "  %" PRIu32 " segment%s no place in the list of %zu that is kept.\n",
                      connection->summary->segments_left_out,
                      connection->summary->segments_left_out == 1 ? " has" : "s have",
                      segments->count);
}
