/* text_cells: rows of cells with a scale. */
#include "render/text_cells.h"

#include <string.h>

#include "base/time_text.h"
#include "render/text.h"

#define BEHIND_COLUMNS 14   /* "  8 999.9 kB", and a little air */

unsigned text_cells_room(const struct style *style)
{
    int room = style->width - TEXT_LABEL_WIDTH - BEHIND_COLUMNS;
    return room > 0 ? (unsigned)room : 1;
}

void text_cells_row(struct strbuf *out, const struct style *style, const char *label,
                    const struct text_cell *cells, unsigned count, const char *behind)
{
    struct strbuf run = { 0 };
    if (behind != NULL && TEXT_LABEL_WIDTH + (int)count + 2 + style_width(behind) > style->width)
        behind = NULL;
    while (behind == NULL && count > 0 && cells[count - 1].glyph == NULL)
        count--;
    strbuf_add(out, "  ");
    style_cell(out, style, TINT_PLAIN, label != NULL ? label : "",
               count > 0 ? TEXT_LABEL_WIDTH - 2 : 0);
    for (unsigned i = 0; i < count; i++) {
        strbuf_add(&run, cells[i].glyph != NULL ? cells[i].glyph : " ");
        if (i + 1 < count && cells[i + 1].tint == cells[i].tint)
            continue;
        style_add(out, style, cells[i].tint, strbuf_text(&run));
        strbuf_clear(&run);
    }
    strbuf_done(&run);
    if (behind != NULL)
        strbuf_printf(out, "  %s", behind);
    strbuf_add_char(out, '\n');
}

uint64_t text_step_decimal(uint64_t step)
{
    uint64_t digit = step;
    while (digit >= 10)
        digit /= 10;
    return digit == 2 ? step / 2 * 5 : step * 2;
}

void text_cells_scale(struct strbuf *out, const struct style *style, unsigned count,
                      uint64_t width, const struct text_unit *unit)
{
    uint64_t step = 1;
    struct strbuf line = { 0 };
    while (step / width < TEXT_SCALE_COLUMNS && step < UINT64_MAX / 4)
        step = unit->next(step);
    for (uint64_t value = 0; value / width < count; value += step) {
        char text[TIME_TEXT_SIZE];
        style_repeat(&line, " ", (int)(value / width) - style_width(strbuf_text(&line)));
        strbuf_add(&line, unit->number(value, text));
    }
    style_repeat(out, " ", TEXT_LABEL_WIDTH);
    style_add(out, style, TINT_DIM, strbuf_text(&line));
    strbuf_add_char(out, '\n');
    strbuf_done(&line);
}

void text_legend_item(struct strbuf *out, const struct style *style, int *at, enum tint tint,
                      const char *glyph, const char *words)
{
    int width = style_width(glyph) + style_width(words);
    if (*at > 0 && *at + 3 + width > style->width) {
        strbuf_add_char(out, '\n');
        *at = 0;
    }
    strbuf_add(out, *at > 0 ? "   " : "  ");
    *at += width + (*at > 0 ? 3 : 2);
    style_add(out, style, tint, glyph);
    style_add(out, style, TINT_DIM, words);
}

void text_legend(struct strbuf *out, const struct style *style,
                 const struct text_meaning *meanings, size_t count)
{
    int at = 0;
    for (size_t i = 0; i < count; i++)
        if (meanings[i].used)
            text_legend_item(out, style, &at, meanings[i].tint, meanings[i].glyph,
                             meanings[i].words);
    if (at > 0)
        strbuf_add_char(out, '\n');
}
