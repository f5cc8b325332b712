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

void text_each(struct strbuf *out, const struct style *style, const struct text_each *each)
{
    char id[32], ends[2 * sizeof each->rows[0].ends[0] + 8];
    int id_width = 2, ends_width = 0;
    for (size_t i = 0; i < each->count && i < TEXT_EACH_MAX; i++) {
        const struct text_each_row *row = &each->rows[i];
        widen(&id_width, snprintf(id, sizeof id, "%" PRIu64, row->id));
        widen(&ends_width, style_width(row->ends[0]) + style_width(row->ends[1]) +
                               style_width(style_glyph(style, GLYPH_TO)) + 2);
    }
    int column = id_width + 2 + ends_width + 2;
    bool beside = column + BRIEF_LEAST <= style->width;
    for (size_t i = 0; i < each->count && i < TEXT_EACH_MAX; i++) {
        const struct text_each_row *row = &each->rows[i];
        snprintf(id, sizeof id, "%" PRIu64, row->id);
        style_cell(out, style, TINT_TITLE, id, -id_width);
        strbuf_add(out, "  ");
        snprintf(ends, sizeof ends, "%s %s %s", row->ends[0], style_glyph(style, GLYPH_TO),
                 row->ends[1]);
        style_cell(out, style, TINT_PLAIN, ends, beside ? ends_width + 2 : 0);
        if (!beside) {
            strbuf_add_char(out, '\n');
            style_repeat(out, " ", id_width + 4);
        }
        int at = beside ? column : id_width + 4;
        style_wrap(out, style, TINT_PLAIN, at, at, row->brief);
    }
}
