/* text_each: a few connections, a line each, before each is told in full. */
#include <inttypes.h>
#include <stdio.h>

#include "render/text.h"
#include "report/narrate.h"

#define BRIEF_LEAST 27 /* columns for the words; with fewer they go to a line of their own */

bool text_each_add(struct text_each *each, const struct connection_report *connection)
{
    struct text_each_row *row = &each->rows[each->count % TEXT_EACH_MAX];
    struct strbuf brief = { 0 };
    if (each->count++ >= TEXT_EACH_MAX)
        return false;
    row->id = connection->summary->id;
    for (int id = CLIENT; id <= SERVER; id++)
        narrate_endpoint(connection->summary, (enum endpoint_id)id, row->ends[id],
                         sizeof row->ends[id]);
    narrate_brief(&brief, connection);
    snprintf(row->brief, sizeof row->brief, "%s", strbuf_text(&brief));
    bool whole = !brief.failed;
    strbuf_done(&brief);
    return whole;
}

static void widen(int *width, int needed)
{
    if (needed > *width)
        *width = needed;
}

/* Both ends: on one line, or where they are too long for it on two. */
static void add_ends(struct strbuf *out, const struct style *style,
                     const struct text_each_row *row, int indent, int width)
{
    const char *to = style_glyph(style, GLYPH_TO);
    char ends[2 * sizeof row->ends[0] + 8];
    bool fits = indent + style_width(row->ends[0]) + 2 + style_width(to) +
                    style_width(row->ends[1]) <= style->width;
    if (fits) {
        snprintf(ends, sizeof ends, "%s %s %s", row->ends[0], to, row->ends[1]);
        style_cell(out, style, TINT_PLAIN, ends, width);
        return;
    }
    style_add(out, style, TINT_PLAIN, row->ends[0]);
    strbuf_add_char(out, '\n');
    style_repeat(out, " ", indent);
    snprintf(ends, sizeof ends, "%s %s", to, row->ends[1]);
    style_add(out, style, TINT_PLAIN, ends);
}

void text_each(struct strbuf *out, const struct style *style, const struct text_each *each)
{
    char id[32];
    int id_width = 2, ends_width = 0;
    for (size_t i = 0; i < each->count && i < TEXT_EACH_MAX; i++) {
        const struct text_each_row *row = &each->rows[i];
        widen(&id_width, snprintf(id, sizeof id, "%" PRIu64, row->id));
        widen(&ends_width, style_width(row->ends[0]) + style_width(row->ends[1]) +
                               style_width(style_glyph(style, GLYPH_TO)) + 2);
    }
    int indent = id_width + 2;
    int column = indent + ends_width + 2;
    bool beside = column + BRIEF_LEAST <= style->width;
    for (size_t i = 0; i < each->count && i < TEXT_EACH_MAX; i++) {
        const struct text_each_row *row = &each->rows[i];
        snprintf(id, sizeof id, "%" PRIu64, row->id);
        style_cell(out, style, TINT_TITLE, id, -id_width);
        strbuf_add(out, "  ");
        add_ends(out, style, row, indent, beside ? ends_width + 2 : 0);
        if (!beside) {
            column = indent + 2;
            strbuf_add_char(out, '\n');
            style_repeat(out, " ", column);
        }
        style_wrap(out, style, TINT_PLAIN, column, column, row->brief);
    }
}
