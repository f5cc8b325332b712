/* json_text: strings of a json_writer, from bytes of any origin. */
#include "render/json_writer.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define DEL 0x7f

/* Eight bytes at once: a bit in each of them. */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define HIGH EACH(0x80u)

/*
 * Length of the well-formed character at text, 0 when there is none (RFC 3629 §4: no overlong
 * forms, no surrogates, nothing above U+10FFFF). The text ends with a NUL; reads no further than
 * the first bad byte.
 */
static size_t utf8_length(const char *text)
{
    const unsigned char *u = (const unsigned char *)text;
    unsigned first = u[0];
    if (first < 0x80)
        return 1;
    size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    unsigned low = 0x80, high = 0xbf;
    if (first == 0xe0)
        low = 0xa0;
    else if (first == 0xed)
        high = 0x9f;
    else if (first == 0xf0)
        low = 0x90;
    else if (first == 0xf4)
        high = 0x8f;
    if (u[1] < low || u[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if (u[i] < 0x80 || u[i] > 0xbf)
            return 0;
    return length;
}

/* ASCII that stands in a string as it is: no control character, quotation mark, backslash. */
static bool is_plain(unsigned char c)
{
    return c >= ' ' && c < DEL && c != '"' && c != '\\';
}

/* HIGH is set in each byte that is not plain, and in none when all eight are. A byte above one that
 * is not may be marked too: only whether there is one is told. */
static uint64_t not_plain(uint64_t eight)
{
    uint64_t quote = eight ^ EACH('"'), backslash = eight ^ EACH('\\'), del = eight ^ EACH(DEL);
    return (eight | (eight - EACH(' ')) | (quote - EACH(1)) | (backslash - EACH(1)) |
            (del - EACH(1))) & HIGH;
}

static inline uint64_t eight_at(const char *text)
{
    uint64_t eight;
    memcpy(&eight, text, sizeof eight);
    return eight;
}

/* The same as plain_copy() for less than eight bytes. */
static bool short_copy(char *to, const char *text, size_t length)
{
    uint32_t first, last;
    if (length >= sizeof first) {
        memcpy(&first, text, sizeof first);
        memcpy(&last, text + length - sizeof last, sizeof last);
        memcpy(to, &first, sizeof first);
        memcpy(to + length - sizeof last, &last, sizeof last);
        return not_plain((uint64_t)first << 32 | last) == 0;
    }
    for (size_t i = 0; i < length; i++) {
        if (!is_plain((unsigned char)text[i]))
            return false;
        to[i] = text[i];
    }
    return true;
}

/* Copies plain text; false, and nothing of use was written, where not all of it is plain. What is
 * left behind the last eight bytes is looked at together with some of these. */
static bool plain_copy(char *to, const char *text, size_t length)
{
    const size_t step = sizeof(uint64_t);
    uint64_t found = 0;
    if (length < step)
        return short_copy(to, text, length);
    for (size_t done = 0; done + step < length; done += step) {
        uint64_t eight = eight_at(text + done);
        found |= not_plain(eight);
        memcpy(to + done, &eight, step);
    }
    uint64_t last = eight_at(text + length - step);
    memcpy(to + length - step, &last, step);
    return (found | not_plain(last)) == 0;
}

/* How many bytes at the start of text are plain. */
static size_t plain_length(const char *text, size_t length)
{
    size_t plain = 0;
    while (length - plain >= sizeof(uint64_t) && !not_plain(eight_at(text + plain)))
        plain += sizeof(uint64_t);
    while (plain < length && is_plain((unsigned char)text[plain]))
        plain++;
    return plain;
}

/* RFC 8259 §7: what may not stand in a string. */
static void write_escaped(struct json_writer *w, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char shorts[] = "\"\"\\\\\bb\nn\rr\tt\ff"; /* a character, and its letter */
    for (size_t i = 0; i + 1 < sizeof shorts; i += 2) {
        if ((unsigned char)shorts[i] == c) {
            json_write_bytes(w, (const char[]){ '\\', shorts[i + 1] }, 2);
            return;
        }
    }
    json_write_bytes(w, (const char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6);
}

/*
 * Writes the character at text, which is not plain, and returns how many bytes it has. DEL and C1
 * controls (U+0080 to U+009F) are replaced as what is not UTF-8: a terminal may obey them.
 */
static size_t write_special(struct json_writer *w, const char *text)
{
    const unsigned char *u = (const unsigned char *)text;
    size_t length = utf8_length(text);
    if (length == 0 || u[0] == DEL || (u[0] == 0xc2 && u[1] <= 0x9f))
        json_write_bytes(w, REPLACEMENT, sizeof REPLACEMENT - 1);
    else if (length == 1)
        write_escaped(w, u[0]);
    else
        json_write_bytes(w, text, length);
    return length > 0 ? length : 1;
}

/* Text with characters that are written otherwise, or with more bytes than one; or very long. */
static void mixed_write(struct json_writer *w, const char *text, size_t length)
{
    size_t done = 0;
    json_write_bytes(w, "\"", 1);
    while (true) {
        size_t plain = plain_length(text + done, length - done);
        json_write_bytes(w, text + done, plain);
        done += plain;
        if (done >= length)
            break;
        done += write_special(w, text + done);
    }
    json_write_bytes(w, "\"", 1);
}

void json_write_text(struct json_writer *w, const char *text, size_t length)
{
    bool fits = length <= JSON_WRITER_SIZE / 2;
    json_writer_reserve(w, fits ? length + sizeof ",\"\"" : 1);
    *w->next = ',';
    w->next += w->comma;
    w->comma = true;
    char *at = w->next;
    if (!fits || !plain_copy(at + 1, text, length)) {
        mixed_write(w, text, length);
        return;
    }
    at[0] = '"';
    at[length + 1] = '"';
    w->next = at + length + 2;
}
