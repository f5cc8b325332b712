/*
 * style: how text looks on a terminal. Colours by meaning, glyphs in UTF-8 or ASCII, columns
 * counted as the terminal shows them, and a stranger's bytes made harmless. What is coloured is
 * also told by a glyph or a word, so nothing is lost without colours.
 */
#ifndef RENDER_STYLE_H
#define RENDER_STYLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"
#include "model/tcp_state.h"
#include "model/topic.h"
#include "render/renderer.h"

struct style {
    bool color;
    bool utf8;
    int width; /* columns of a line */
};

/* What a colour means. */
enum tint {
    TINT_PLAIN,
    TINT_TITLE,
    TINT_DIM,
    TINT_GOOD,
    TINT_NOTE,
    TINT_WARNING,
    TINT_ERROR,
    TINT_ATTACK,
    TINT_CONTROL, /* arrows that open and close */
    TINT_AGAIN,   /* arrows of what was sent again */
    TINT_RESET,
    TINT_OBSERVED, /* a state, by how it is known: the surer, the stronger */
    TINT_PROVED,
    TINT_INFERRED,
    TINT_ASSUMED,
    TINT_N
};

enum glyph {
    GLYPH_RULE,       /* a line across the page */
    GLYPH_BAR,        /* an end's life line */
    GLYPH_BAR_IDLE,   /* the same, where time is left out */
    GLYPH_TAIL_LEFT,  /* where an arrow begins, on the left end's line */
    GLYPH_TAIL_RIGHT,
    GLYPH_LINE,
    GLYPH_LINE_AGAIN, /* of what was sent again */
    GLYPH_TIP_RIGHT,
    GLYPH_TIP_LEFT,
    GLYPH_DOWN,       /* crossing arrows */
    GLYPH_UP,
    GLYPH_CROSS,
    GLYPH_FOLD,
    GLYPH_HOLDS,      /* a sum is right */
    GLYPH_FAILS,
    GLYPH_SKIPPED,
    GLYPH_TO,         /* "a -> b" */
    GLYPH_DOT,        /* between pieces of evidence */
    GLYPH_ELLIPSIS,
    GLYPH_N
};

struct style style_make(const struct render_options *options);

const char *style_glyph(const struct style *style, enum glyph glyph);
const char *style_severity_glyph(const struct style *style, enum severity severity);
enum tint style_severity_tint(enum severity severity);
enum tint style_certainty_tint(enum certainty certainty);

/* Columns that the text takes. */
int style_width(const char *text);

/* Our own text, coloured; without UTF-8 in its nearest ASCII form. */
void style_add(struct strbuf *out, const struct style *style, enum tint tint, const char *text);

/* The same in a cell of `width` columns: negative to put it at the right. Never cut. */
void style_cell(struct strbuf *out, const struct style *style, enum tint tint, const char *text,
                int width);

void style_repeat(struct strbuf *out, const char *text, int times);

/*
 * Our own text over as many lines as it needs: the first begins at the column `at` where out is
 * already, the others after `indent` blanks. A number stays with its unit. Ends the line.
 */
void style_wrap(struct strbuf *out, const struct style *style, enum tint tint, int at, int indent,
                const char *text);

/* The same for text that goes on: does not end the line and returns the column reached. A blank at
 * the beginning parts it from what stands before. */
int style_wrap_part(struct strbuf *out, const struct style *style, enum tint tint, int at,
                    int indent, const char *text);

/* A blank where no line may break, as far as the words that it joins fit on one line. */
#define STYLE_JOIN "\x1f"

/* Somebody else's bytes: control characters, invalid UTF-8 and what would turn the direction of
 * writing come out as \xNN. */
void style_escape(struct strbuf *out, const struct style *style, const char *bytes);

/* "48,211". */
const char *style_count(unsigned long long count, char *text, size_t size);

#endif
