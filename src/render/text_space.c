/* text_space: what each end sent, as a bar over its sequence space. */
#include <stdio.h>
#include <string.h>

#include "base/time_text.h"
#include "render/text.h"
#include "render/text_cells.h"
#include "report/ladder_label.h"
#include "report/space.h"

#define BYTES_SIZE TIME_TEXT_SIZE /* as a scale has it */

static const char *bytes_text(uint64_t value, char *text)
{
    return ladder_bytes(value, text, BYTES_SIZE);
}

static const struct text_unit bytes_unit = { bytes_text, text_step_decimal };

/* How a cell stands, and what was sent again of it. */
static const struct space_look {
    enum tint tint;
    const char *glyph[2]; /* ASCII, UTF-8 */
    const char *words;
} states[SPACE_STATE_N] = {
    [SPACE_ACKED] = { TINT_PLAIN, { "#", "█" }, " acknowledged" },
    [SPACE_SACKED] = { TINT_NOTE, { "+", "▒" }, " told of by SACK only" },
    [SPACE_PARTLY] = { TINT_WARNING, { ":", "▄" }, " partly missing in this capture" },
    [SPACE_MISSING] = { TINT_WARNING, { ".", "·" }, " missing in this capture" },
    [SPACE_OPEN] = { TINT_ERROR, { "-", "░" }, " not acknowledged in this capture" },
}, repeats[SPACE_AGAIN_N] = {
    [SPACE_NEEDLESS] = { TINT_NOTE, { "n", "n" }, " sent again needlessly" },
    [SPACE_AGAIN] = { TINT_AGAIN, { "2", "2" }, " sent twice" },
    [SPACE_OFTEN] = { TINT_AGAIN, { "3", "3" }, " three times or more" },
};

/* What was drawn, for the legend. */
struct space_used {
    bool states[SPACE_STATE_N], repeats[SPACE_AGAIN_N];
};

static void add_bar(struct strbuf *out, const struct style *style, enum endpoint_id id,
                    const struct space_map *map, uint64_t segments, struct space_used *used)
{
    struct text_cell bar[SPACE_COLUMNS] = { { 0 } }, again[SPACE_COLUMNS] = { { 0 } };
    bool any = false;
    char text[BYTES_SIZE], count[BYTES_SIZE + 8];

    for (unsigned i = 0; i < map->count; i++) {
        const struct space_cell *cell = &map->cells[i];
        bar[i].glyph = states[cell->state].glyph[style->utf8];
        bar[i].tint = states[cell->state].tint;
        again[i].glyph = repeats[cell->again].glyph[style->utf8];
        again[i].tint = repeats[cell->again].tint;
        used->states[cell->state] = used->repeats[cell->again] = true;
        any |= cell->again != SPACE_ONCE;
    }
    text_cells_row(out, style, endpoint_name(id), bar, map->count, bytes_text(map->length, text));
    snprintf(count, sizeof count, "%s again", style_count(segments, text, sizeof text));
    if (any)
        text_cells_row(out, style, NULL, again, map->count, count);
    if (map->count > TEXT_SCALE_COLUMNS)
        text_cells_scale(out, style, map->count, map->width, &bytes_unit);
}

static void add_legend(struct strbuf *out, const struct style *style,
                       const struct space_used *used)
{
    struct text_meaning meanings[SPACE_STATE_N + SPACE_AGAIN_N];
    size_t count = 0;
    for (size_t i = 0; i < SPACE_STATE_N; i++)
        meanings[count++] = (struct text_meaning){ used->states[i], states[i].tint,
                                                   states[i].glyph[style->utf8],
                                                   states[i].words };
    for (size_t i = SPACE_NEEDLESS; i < SPACE_AGAIN_N; i++)
        meanings[count++] = (struct text_meaning){ used->repeats[i], repeats[i].tint,
                                                   repeats[i].glyph[style->utf8],
                                                   repeats[i].words };
    text_legend(out, style, meanings, count);
}

/* What the bars do not show: segments of which nothing was kept, and payload far outside. */
static void add_lacks(struct strbuf *out, const struct style *style,
                      const struct summary *summary, const struct space_map maps[2])
{
    for (int id = CLIENT; id <= SERVER; id++) {
        char text[BYTES_SIZE];
        struct strbuf words = { 0 };
        uint64_t all = summary->endpoints[id].retransmitted_segments;
        if (maps[id].repeats < all)
            strbuf_printf(&words, "; %s of its segments that were sent again %s not marked: %s not "
                          "kept", style_count(all - maps[id].repeats, text, sizeof text),
                          all - maps[id].repeats == 1 ? "is" : "are",
                          all - maps[id].repeats == 1 ? "it was" : "they were");
        if (maps[id].outside > 0)
            strbuf_printf(&words, "; %s that it sent lie before the first byte or far behind the "
                          "last", bytes_text(maps[id].outside, text));
        if (words.length > 0) {
            strbuf_printf(out, "  %s: ", endpoint_name((enum endpoint_id)id));
            style_wrap(out, style, TINT_PLAIN, TEXT_LABEL_WIDTH, TEXT_LABEL_WIDTH,
                       strbuf_text(&words) + 2);
        }
        strbuf_done(&words);
    }
}

/* Whether more can be seen in the bar than that all went well. */
static bool map_tells(const struct space_map *map, const struct endpoint_summary *x)
{
    return map->missing > 0 || map->open > 0 || map->outside > 0 ||
           (map->count > 0 && x->retransmitted_segments > 0);
}

static void add_heading(struct strbuf *out, const struct style *style,
                        const struct space_map maps[2])
{
    char text[BYTES_SIZE];
    bool both = maps[CLIENT].count > 0 && maps[SERVER].count > 0;
    style_add(out, style, TINT_TITLE, "Sequence space");
    strbuf_add(out, "  a cell is ");
    for (int id = CLIENT; id <= SERVER; id++)
        if (maps[id].count > 0)
            strbuf_printf(out, "%s%s of the %s", both && id == SERVER ? ", " : "",
                          bytes_text(maps[id].width, text), endpoint_name((enum endpoint_id)id));
    strbuf_add_char(out, '\n');
}

void text_space(struct strbuf *out, const struct style *style,
                const struct connection_report *connection, bool all)
{
    struct space_map maps[2];
    struct space_used used;
    const struct endpoint_summary *ends = connection->summary->endpoints;
    bool tells = all;

    if (connection->rows.space == NULL)
        return;
    memset(&used, 0, sizeof used);
    for (int id = CLIENT; id <= SERVER; id++) {
        space_map(connection->rows.space, connection->summary, (enum endpoint_id)id,
                  text_cells_room(style), &maps[id]);
        tells |= map_tells(&maps[id], &ends[id]);
    }
    if (!tells || maps[CLIENT].count + maps[SERVER].count == 0)
        return;
    add_heading(out, style, maps);
    for (int id = CLIENT; id <= SERVER; id++)
        if (maps[id].count > 0)
            add_bar(out, style, (enum endpoint_id)id, &maps[id], ends[id].retransmitted_segments,
                    &used);
    add_legend(out, style, &used);
    add_lacks(out, style, connection->summary, maps);
    strbuf_add_char(out, '\n');
}
