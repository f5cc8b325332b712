/* strbuf: a text buffer that grows by doubling. */
#include "base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digits.h"

/* Makes room for `more` bytes and a NUL. */
static bool strbuf_reserve(struct strbuf *buffer, size_t more)
{
    size_t need = buffer->length + more + 1;
    if (need <= buffer->size)
        return true;
    size_t size = buffer->size ? buffer->size : 128;
    while (size < need)
        size *= 2;
    char *text = realloc(buffer->text, size);
    if (text == NULL) {
        buffer->failed = true;
        return false;
    }
    buffer->text = text;
    buffer->size = size;
    return true;
}

void strbuf_add_bytes(struct strbuf *buffer, const char *text, size_t length)
{
    if (!strbuf_reserve(buffer, length))
        return;
    memcpy(buffer->text + buffer->length, text, length);
    buffer->length += length;
    buffer->text[buffer->length] = '\0';
}

void strbuf_add_char(struct strbuf *buffer, char c)
{
    strbuf_add_bytes(buffer, &c, 1);
}

void strbuf_add_number(struct strbuf *buffer, uint64_t number)
{
    char digits[DIGITS_MAX];
    strbuf_add_bytes(buffer, digits, (size_t)(digits_write(digits, number) - digits));
}

void strbuf_printf(struct strbuf *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0 || !strbuf_reserve(buffer, (size_t)length))
        return;
    va_start(arguments, format);
    vsnprintf(buffer->text + buffer->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)length;
}

void strbuf_clear(struct strbuf *buffer)
{
    buffer->length = 0;
    if (buffer->text != NULL)
        buffer->text[0] = '\0';
}

const char *strbuf_text(const struct strbuf *buffer)
{
    return buffer->text != NULL ? buffer->text : "";
}

void strbuf_done(struct strbuf *buffer)
{
    free(buffer->text);
    *buffer = (struct strbuf){ 0 };
}
