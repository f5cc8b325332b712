/*
 * strbuf: a text buffer that grows. Owned by its user: strbuf_done() frees it. After a failed
 * allocation it stays valid and short and `failed` is set.
 */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct strbuf {
    char *text; /* NUL-terminated once anything was added; NULL before */
    size_t length;
    size_t size;
    bool failed;
};

void strbuf_add_bytes(struct strbuf *buffer, const char *text, size_t length);

static inline void strbuf_add(struct strbuf *buffer, const char *text)
{
    strbuf_add_bytes(buffer, text, strlen(text));
}

void strbuf_add_char(struct strbuf *buffer, char c);
void strbuf_add_number(struct strbuf *buffer, uint64_t number);
void strbuf_printf(struct strbuf *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Empties it and keeps the memory. */
void strbuf_clear(struct strbuf *buffer);

/* The text; "" when nothing was added. */
const char *strbuf_text(const struct strbuf *buffer);

void strbuf_done(struct strbuf *buffer);

#endif
