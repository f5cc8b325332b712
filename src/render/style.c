/* style: colours, glyphs, columns. */
#include "render/style.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "base/digits.h"

struct style style_make(const struct render_options *options)
{
    return (struct style){
        .color = options->color, .utf8 = options->utf8,
        .width = options->width < 80 ? 80 : options->width,
    };
}

/* ASCII first, UTF-8 second; both of the same number of columns where they draw. */
static const char *const glyphs[GLYPH_N][2] = {
    [GLYPH_RULE] = { "-", "─" },       [GLYPH_BAR] = { "|", "│" },
    [GLYPH_BAR_IDLE] = { ":", "┊" },   [GLYPH_TAIL_LEFT] = { "|", "├" },
    [GLYPH_TAIL_RIGHT] = { "|", "┤" }, [GLYPH_LINE] = { "-", "─" },
    [GLYPH_LINE_AGAIN] = { "=", "═" }, [GLYPH_TIP_RIGHT] = { ">", "▶" },
    [GLYPH_TIP_LEFT] = { "<", "◀" },   [GLYPH_DOWN] = { "\\", "╲" },
    [GLYPH_UP] = { "/", "╱" },         [GLYPH_CROSS] = { "X", "╳" },
    [GLYPH_FOLD] = { "..", "⋮" },      [GLYPH_HOLDS] = { "v", "✓" },
    [GLYPH_FAILS] = { "!", "✗" },      [GLYPH_SKIPPED] = { "-", "-" },
    [GLYPH_TO] = { "->", "→" },        [GLYPH_DOT] = { "|", "·" },
    [GLYPH_ELLIPSIS] = { "..", "…" },
};

static const char *const tints[TINT_N] = {
    [TINT_PLAIN] = "",        [TINT_TITLE] = "\033[1m",    [TINT_DIM] = "\033[2m",
    [TINT_GOOD] = "\033[32m", [TINT_NOTE] = "\033[36m",    [TINT_WARNING] = "\033[33m",
    [TINT_ERROR] = "\033[1;31m", [TINT_ATTACK] = "\033[1;35m", [TINT_CONTROL] = "\033[36m",
    [TINT_AGAIN] = "\033[33m", [TINT_RESET] = "\033[31m",
    [TINT_OBSERVED] = "\033[1m", [TINT_PROVED] = "\033[1;32m", [TINT_INFERRED] = "",
    [TINT_ASSUMED] = "\033[2m",
};

const char *style_glyph(const struct style *style, enum glyph glyph)
{
    return glyphs[glyph][style->utf8 ? 1 : 0];
}

const char *style_severity_glyph(const struct style *style, enum severity severity)
{
    switch (severity) {
    case SEVERITY_ATTACK:
        return style->utf8 ? "‼" : "*";
    case SEVERITY_ERROR:
        return style->utf8 ? "✗" : "x";
    case SEVERITY_WARNING:
        return "!";
    case SEVERITY_NOTE:
    case SEVERITY_N:
        break;
    }
    return style->utf8 ? "·" : "-";
}

enum tint style_severity_tint(enum severity severity)
{
    switch (severity) {
    case SEVERITY_ATTACK:
        return TINT_ATTACK;
    case SEVERITY_ERROR:
        return TINT_ERROR;
    case SEVERITY_WARNING:
        return TINT_WARNING;
    case SEVERITY_NOTE:
    case SEVERITY_N:
        break;
    }
    return TINT_NOTE;
}

enum tint style_certainty_tint(enum certainty certainty)
{
    static const enum tint list[CERTAINTY_N] = {
        [CERTAINTY_OBSERVED] = TINT_OBSERVED, [CERTAINTY_PROVED] = TINT_PROVED,
        [CERTAINTY_INFERRED] = TINT_INFERRED, [CERTAINTY_ASSUMED] = TINT_ASSUMED,
    };
    return certainty < CERTAINTY_N ? list[certainty] : TINT_ASSUMED;
}

/*
 * Takes one character and returns how many bytes it has; 0 at the end. *ret_code is -1 where the
 * bytes are not UTF-8 (RFC 3629: no surrogates, nothing past U+10FFFF, no longer form).
 */
static size_t next_character(const char *text, int32_t *ret_code)
{
    const unsigned char *b = (const unsigned char *)text;
    *ret_code = b[0];
    if (b[0] < 0x80)
        return b[0] ? 1 : 0;
    size_t length = b[0] >= 0xf0 ? 4 : b[0] >= 0xe0 ? 3 : 2;
    int32_t code = b[0] & (length == 4 ? 0x07 : length == 3 ? 0x0f : 0x1f);
    *ret_code = -1;
    if (b[0] < 0xc2 || b[0] > 0xf4)
        return 1;
    for (size_t i = 1; i < length; i++) {
        if ((b[i] & 0xc0) != 0x80)
            return 1;
        code = code << 6 | (b[i] & 0x3f);
    }
    if ((length == 3 && code < 0x800) || (length == 4 && code < 0x10000) || code > 0x10ffff ||
        (code >= 0xd800 && code <= 0xdfff))
        return 1;
    *ret_code = code;
    return length;
}

static int code_width(int32_t code)
{
    if (code < 0)
        return 1;
    int width = wcwidth((wchar_t)code);
    return width < 0 ? 1 : width;
}

int style_width(const char *text)
{
    int width = 0;
    int32_t code;
    size_t length;
    for (; (length = next_character(text, &code)) != 0; text += length)
        width += code_width(code);
    return width;
}

/* The nearest ASCII form of what our own texts use. */
static const char *ascii_form(int32_t code)
{
    static const struct {
        int32_t code;
        const char *text;
    } forms[] = {
        { 0xa0, " " },     { 0xa7, "section " }, { 0xb5, "u" },    { 0xb7, "|" },
        { 0xd7, "x" },     { 0x2013, "-" },      { 0x2014, "-" },  { 0x2018, "'" },
        { 0x2019, "'" },   { 0x201c, "\"" },     { 0x201d, "\"" }, { 0x2026, ".." },
        { 0x2190, "<-" },  { 0x2192, "->" },     { 0x2260, "!=" }, { 0x2264, "<=" },
        { 0x2265, ">=" },  { 0x2713, "v" },      { 0x2717, "x" },
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (forms[i].code == code)
            return forms[i].text;
    return "?";
}

/* The text as it can be shown: itself, or its ASCII form in `scratch`. */
static const char *showable(const struct style *style, const char *text, struct strbuf *scratch)
{
    bool plain = style->utf8;
    for (const char *at = text; !plain; at++) {
        if (*at == '\0')
            plain = true;
        else if ((unsigned char)*at >= 0x80)
            break;
    }
    if (plain)
        return text;
    int32_t code;
    size_t length;
    for (; (length = next_character(text, &code)) != 0; text += length) {
        if (code >= 0 && code < 0x80)
            strbuf_add_char(scratch, (char)code);
        else
            strbuf_add(scratch, ascii_form(code));
    }
    return strbuf_text(scratch);
}

static void tint_bytes(struct strbuf *out, const struct style *style, enum tint tint,
                       const char *text, size_t length)
{
    bool colored = style->color && tints[tint][0] != '\0' && length > 0;
    if (colored)
        strbuf_add(out, tints[tint]);
    strbuf_add_bytes(out, text, length);
    if (colored)
        strbuf_add(out, "\033[0m");
}

void style_add(struct strbuf *out, const struct style *style, enum tint tint, const char *text)
{
    struct strbuf scratch = { 0 };
    text = showable(style, text, &scratch);
    tint_bytes(out, style, tint, text, strlen(text));
    strbuf_done(&scratch);
}

void style_repeat(struct strbuf *out, const char *text, int times)
{
    while (times-- > 0)
        strbuf_add(out, text);
}

void style_cell(struct strbuf *out, const struct style *style, enum tint tint, const char *text,
                int width)
{
    struct strbuf scratch = { 0 };
    text = showable(style, text, &scratch);
    int blanks = (width < 0 ? -width : width) - style_width(text);
    if (width < 0)
        style_repeat(out, " ", blanks);
    tint_bytes(out, style, tint, text, strlen(text));
    if (width >= 0)
        style_repeat(out, " ", blanks);
    strbuf_done(&scratch);
}

/* Bytes of the text that fit in so many columns, at least one character. */
static size_t bytes_that_fit(const char *text, size_t length, int columns)
{
    size_t taken = 0;
    int32_t code;
    while (taken < length) {
        size_t bytes = next_character(text + taken, &code);
        columns -= code_width(code);
        if (columns < 0 && taken > 0)
            break;
        taken += bytes;
    }
    return taken;
}

static int bytes_width(const char *text, size_t length)
{
    int width = 0;
    int32_t code;
    for (size_t i = 0; i < length;) {
        i += next_character(text + i, &code);
        width += code_width(code);
    }
    return width;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whether these bytes begin with a unit that a number must not be parted from: "ms)". */
static bool is_unit(const char *text)
{
    static const char *const units[] = { "ns", "us", "ms", "s",  "min", "h",  "d",
                                         "B",  "kB", "MB", "GB", "TB",  "EB", "PB" };
    size_t length = 0;
    while ((text[length] >= 'a' && text[length] <= 'z') ||
           (text[length] >= 'A' && text[length] <= 'Z'))
        length++;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strlen(units[i]) == length && memcmp(units[i], text, length) == 0)
            return true;
    return false;
}

/* Bytes of the next words that belong on one line; just the first word where that is too wide. */
static size_t words_length(const char *text, int room)
{
    size_t first = strcspn(text, " " STYLE_JOIN), length = first;
    for (;;) {
        bool joined = text[length] == STYLE_JOIN[0] ||
                      (text[length] == ' ' && length > 0 && is_digit(text[length - 1]) &&
                       is_unit(text + length + 1));
        if (!joined)
            break;
        length += 1 + strcspn(text + length + 1, " " STYLE_JOIN);
    }
    return bytes_width(text, length) <= room ? length : first;
}

/* Our own words, with blanks for the joints. */
static void add_words(struct strbuf *line, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        strbuf_add_char(line, text[i] == STYLE_JOIN[0] ? ' ' : text[i]);
}

/* Writes the words that wait, in one colour. */
static void line_flush(struct strbuf *out, const struct style *style, enum tint tint,
                       struct strbuf *line)
{
    tint_bytes(out, style, tint, strbuf_text(line), line->length);
    strbuf_clear(line);
}

int style_wrap_part(struct strbuf *out, const struct style *style, enum tint tint, int at,
                    int indent, const char *text)
{
    struct strbuf scratch = { 0 }, line = { 0 };
    text = showable(style, text, &scratch);
    bool begun = *text == ' ' && at > indent;
    while (*text != '\0') {
        text += strspn(text, " " STYLE_JOIN);
        size_t length = words_length(text, style->width - indent);
        if (length == 0)
            break;
        int width = bytes_width(text, length);
        if (at + (begun ? 1 : 0) + width > style->width && (begun || at > indent)) {
            line_flush(out, style, tint, &line);
            strbuf_add_char(out, '\n');
            style_repeat(out, " ", indent);
            at = indent;
            begun = false;
        }
        if (begun) {
            strbuf_add_char(&line, ' ');
            at++;
        }
        size_t taken = bytes_that_fit(text, length, style->width - at);
        add_words(&line, text, taken);
        at += bytes_width(text, taken);
        text += taken;
        begun = taken == length;
    }
    line_flush(out, style, tint, &line);
    out->failed |= line.failed;
    strbuf_done(&line);
    strbuf_done(&scratch);
    return at;
}

void style_wrap(struct strbuf *out, const struct style *style, enum tint tint, int at, int indent,
                const char *text)
{
    style_wrap_part(out, style, tint, at, indent, text);
    strbuf_add_char(out, '\n');
}

/* Characters that are shown as they are: no controls, no marks that hide or turn text. */
static bool is_harmless(int32_t code, bool utf8)
{
    if (code < 0x20 || code == '\\' || (code >= 0x7f && (code < 0xa0 || !utf8)))
        return false;
    bool hides = code == 0xad || (code >= 0x200b && code <= 0x200f) ||
                 (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
                 code == 0xfeff || (code >= 0xfff0 && code <= 0xfffb) || code >= 0xe0000;
    return !hides;
}

void style_escape(struct strbuf *out, const struct style *style, const char *bytes)
{
    int32_t code;
    size_t length;
    for (; (length = next_character(bytes, &code)) != 0; bytes += length) {
        if (code == '\\') {
            strbuf_add(out, "\\\\");
        } else if (code >= 0 && is_harmless(code, style->utf8)) {
            strbuf_add_bytes(out, bytes, length);
        } else {
            for (size_t i = 0; i < length; i++)
                strbuf_printf(out, "\\x%02x", (unsigned)(unsigned char)bytes[i]);
        }
    }
}

const char *style_count(unsigned long long count, char *text, size_t size)
{
    char digits[DIGITS_GROUPED_MAX + 1];
    *digits_write_grouped(digits, count) = '\0';
    snprintf(text, size, "%s", digits);
    return text;
}
