/* text_timeline: what passed when, and what happened. */
#include <stdio.h>
#include <string.h>

#include "base/time_text.h"
#include "render/text.h"
#include "render/text_cells.h"
#include "report/ladder_label.h"
#include "report/timeline.h"

#define LEVELS 8u
#define BYTES_SIZE 16

/* How much payload, in eighths of the most; ASCII, UTF-8. */
static const char *const levels[LEVELS][2] = {
    { "1", "▁" }, { "2", "▂" }, { "3", "▃" }, { "4", "▄" },
    { "5", "▅" }, { "6", "▆" }, { "7", "▇" }, { "8", "█" },
};

/* The marks below, the weightiest first: one of them has room. */
static const struct timeline_look {
    enum timeline_flag flag;
    enum tint tint;
    const char *glyph, *words;
} looks[] = {
    { TIMELINE_RST, TINT_RESET, "R", " RST" },
    { TIMELINE_SYN, TINT_CONTROL, "S", " SYN" },
    { TIMELINE_FIN, TINT_CONTROL, "F", " FIN" },
    { TIMELINE_AGAIN, TINT_AGAIN, "a", " sent again" },
    { TIMELINE_NEEDLESS, TINT_NOTE, "n", " again, needlessly" },
    { TIMELINE_CLOSED, TINT_WARNING, "z", " its window was closed" },
    { TIMELINE_PROBE, TINT_NOTE, "p", " asked for the window" },
    { TIMELINE_KEEP_ALIVE, TINT_NOTE, "k", " keep-alive" },
};

#define LOOKS (sizeof looks / sizeof looks[0])

/* What was drawn, for the legend. */
struct timeline_used {
    bool looks[LOOKS];
    bool plain, waits;
};

static const char *time_number(uint64_t ns, char *text)
{
    return time_duration((int64_t)ns, text);
}

/* From a minute on other times are round. */
static uint64_t time_next(uint64_t step)
{
    static const uint64_t seconds[] = { 10,   30,   60,    120,   300,   600,  1800,
                                        3600, 7200, 21600, 43200, 86400 };
    if (step < seconds[0] * NS_PER_S)
        return text_step_decimal(step);
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++)
        if (seconds[i] * NS_PER_S > step)
            return seconds[i] * NS_PER_S;
    return step * 2;
}

static const struct text_unit time_unit = { time_number, time_next };

static const char *plain_glyph(const struct style *style)
{
    return style->utf8 ? "·" : ".";
}

static const char *wait_glyph(const struct style *style)
{
    return style->utf8 ? "╌" : "-";
}

static void fill_payload(struct text_cell *ret, const struct style *style,
                         const struct timeline_map *map, int id, unsigned i,
                         struct timeline_used *used)
{
    const struct timeline_cell *cell = &map->cells[id][i];
    bool quiet = cell->segments + map->cells[1 - id][i].segments == 0;
    if (cell->bytes > 0) {
        uint64_t level = (uint64_t)(((unsigned __int128)cell->bytes * LEVELS - 1) / map->most[id]);
        ret->glyph = levels[level][style->utf8];
    } else if (cell->segments > 0) {
        ret->glyph = plain_glyph(style);
        used->plain = true;
    } else if (quiet && (cell->flags & TIMELINE_WAITS)) {
        ret->glyph = wait_glyph(style);
        ret->tint = TINT_DIM;
        used->waits = true;
    }
}

static void add_end(struct strbuf *out, const struct style *style, int id,
                    const struct timeline_map *map, struct timeline_used *used)
{
    struct text_cell row[TIMELINE_COLUMNS] = { { 0 } }, marks[TIMELINE_COLUMNS] = { { 0 } };
    bool any = false;
    char text[BYTES_SIZE], most[BYTES_SIZE + 8];

    for (unsigned i = 0; i < map->count; i++) {
        fill_payload(&row[i], style, map, id, i, used);
        for (size_t look = 0; look < LOOKS && marks[i].glyph == NULL; look++) {
            if (!(map->cells[id][i].flags & looks[look].flag))
                continue;
            marks[i] = (struct text_cell){ looks[look].glyph, looks[look].tint };
            used->looks[look] = any = true;
        }
    }
    snprintf(most, sizeof most, "%s %s", levels[LEVELS - 1][style->utf8],
             ladder_bytes(map->most[id], text, sizeof text));
    text_cells_row(out, style, endpoint_name((enum endpoint_id)id), row, map->count,
                   map->most[id] > 0 ? most : NULL);
    if (any)
        text_cells_row(out, style, NULL, marks, map->count, NULL);
}

static void add_legend(struct strbuf *out, const struct style *style,
                       const struct timeline_used *used)
{
    struct text_meaning meanings[LOOKS + 2] = {
        { used->plain, TINT_PLAIN, plain_glyph(style), " no payload" },
        { used->waits, TINT_DIM, wait_glyph(style), " waits for an acknowledgement" },
    };
    for (size_t i = 0; i < LOOKS; i++)
        meanings[2 + i] = (struct text_meaning){ used->looks[i], looks[i].tint, looks[i].glyph,
                                                 looks[i].words };
    text_legend(out, style, meanings, LOOKS + 2);
}

void text_timeline(struct strbuf *out, const struct style *style,
                   const struct connection_report *connection)
{
    struct timeline_map map;
    struct timeline_used used;
    char text[TIME_TEXT_SIZE];

    if (connection->rows.timeline == NULL)
        return;
    memset(&used, 0, sizeof used);
    timeline_map(connection->rows.timeline, connection->summary, text_cells_room(style),
                 &map);
    if (map.last == 0)
        return;
    style_add(out, style, TINT_TITLE, "Time line");
    strbuf_printf(out, "  a cell is %s\n", time_duration(map.width, text));
    for (int id = CLIENT; id <= SERVER; id++)
        add_end(out, style, id, &map, &used);
    text_cells_scale(out, style, map.count, (uint64_t)map.width, &time_unit);
    add_legend(out, style, &used);
    strbuf_add_char(out, '\n');
}
