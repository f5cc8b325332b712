/* json_writer: the buffer and what stands between values. The values are in json_digits.c and
 * json_text.c. */
#include "render/json_writer.h"

void json_writer_init(struct json_writer *w, FILE *out, bool lean)
{
    w->out = out;
    w->lean = lean;
    w->comma = false;
    w->next = w->bytes;
    w->second = INT64_MIN; /* 64 bits of nanoseconds do not reach it */
    w->words = (struct strbuf){ 0 };
}

void json_writer_flush(struct json_writer *w)
{
    fwrite(w->bytes, 1, (size_t)(w->next - w->bytes), w->out);
    w->next = w->bytes;
}

void json_writer_done(struct json_writer *w)
{
    json_writer_flush(w);
    strbuf_done(&w->words);
}

void json_write_bytes(struct json_writer *w, const char *bytes, size_t length)
{
    if (length > sizeof w->bytes) {
        json_writer_flush(w);
        fwrite(bytes, 1, length, w->out);
        return;
    }
    json_writer_reserve(w, length);
    memcpy(w->next, bytes, length);
    w->next += length;
}

static inline void literal_write(struct json_writer *w, const char *literal, size_t length)
{
    char *at = json_write_begin(w);
    memcpy(at, literal, length);
    w->next = at + length;
}

void json_write_word(struct json_writer *w, const char *word)
{
    size_t length = strlen(word);
    literal_write(w, word, length < JSON_SMALL ? length : JSON_SMALL);
}

void json_write_null(struct json_writer *w)
{
    literal_write(w, "null", 4);
}

void json_write_bool(struct json_writer *w, bool value)
{
    if (value)
        literal_write(w, "true", 4);
    else
        literal_write(w, "false", 5);
}

void json_write_open(struct json_writer *w, char bracket)
{
    char *at = json_write_begin(w);
    *at = bracket;
    w->next = at + 1;
    w->comma = false;
}

void json_write_close(struct json_writer *w, char bracket)
{
    json_write_bytes(w, &bracket, 1);
    w->comma = true;
}

void json_writer_break(struct json_writer *w)
{
    char *at = json_write_begin(w);
    *at = '\n';
    w->next = at + 1;
    w->comma = false;
}

void json_writer_end_line(struct json_writer *w)
{
    w->comma = false;
    json_writer_break(w);
}

struct strbuf *json_words(struct json_writer *w)
{
    strbuf_clear(&w->words);
    w->words.failed = false;
    return &w->words;
}

void json_write_words(struct json_writer *w)
{
    if (w->words.failed)
        json_write_null(w);
    else
        json_write_text(w, strbuf_text(&w->words), w->words.length);
}

void json_put_numbers(struct json_writer *w, const char *key, const uint64_t *numbers,
                      size_t count)
{
    json_open_array(w, key);
    for (size_t i = 0; i < count; i++)
        json_write_number(w, numbers[i]);
    json_close_array(w);
}
