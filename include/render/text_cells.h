/*
 * text_cells: rows of cells under each other, of one column each, with a scale and a legend.
 */
#ifndef RENDER_TEXT_CELLS_H
#define RENDER_TEXT_CELLS_H

#include "base/strbuf.h"
#include "render/style.h"

/* As many columns as such rows have room for, with what stands behind them. */
unsigned text_cells_room(const struct style *style);

/* One column. */
struct text_cell {
    const char *glyph; /* of one column; NULL: a blank */
    enum tint tint;
};

/* "  client  ####...", with `behind` where all rows of so many cells end, if it has room; NULL:
 * nothing, nor blanks at the end. label: NULL for a row that goes on with the one above. Ends
 * the line. */
void text_cells_row(struct strbuf *out, const struct style *style, const char *label,
                    const struct text_cell *cells, unsigned count, const char *behind);

/* Numbers of a scale stand at least so far apart: fewer cells need none. */
#define TEXT_SCALE_COLUMNS 11u

/* A unit's numbers, and which of them are round. */
struct text_unit {
    const char *(*number)(uint64_t value, char *text); /* text: of TIME_TEXT_SIZE */
    uint64_t (*next)(uint64_t step); /* the next larger round step */
};

/* 1, 2, 5, 10, 20, ... */
uint64_t text_step_decimal(uint64_t step);

/* The numbers below such rows, a round step apart, each beginning under its cell: the first is 0.
 * A cell is `width` wide. Ends the line. */
void text_cells_scale(struct strbuf *out, const struct style *style, unsigned count,
                      uint64_t width, const struct text_unit *unit);

/* One thing that a glyph can mean here. */
struct text_meaning {
    bool used;
    enum tint tint;
    const char *glyph, *words; /* either may be empty */
};

/* Those that are used, over as many lines as they need. Ends the line. */
void text_legend(struct strbuf *out, const struct style *style,
                 const struct text_meaning *meanings, size_t count);

/* Adds an item of a legend, which begins a new line where it has no room. at: the column reached,
 * 0 at the beginning. */
void text_legend_item(struct strbuf *out, const struct style *style, int *at, enum tint tint,
                      const char *glyph, const char *words);

#endif
