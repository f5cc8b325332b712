/* json_write: a walk through the value, into a buffer that is handed on when it is full. */
#include "render/json_write.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define BUFFER_SIZE 4096u
#define DIGITS_MAX 20 /* of a number of 64 bits */

struct writer {
    FILE *out;
    size_t used;
    char buffer[BUFFER_SIZE];
};

static void writer_flush(struct writer *w)
{
    fwrite(w->buffer, 1, w->used, w->out);
    w->used = 0;
}

static void write_char(struct writer *w, char c)
{
    if (w->used == BUFFER_SIZE)
        writer_flush(w);
    w->buffer[w->used++] = c;
}

static void write_bytes(struct writer *w, const char *bytes, size_t length)
{
    if (length > BUFFER_SIZE - w->used) {
        writer_flush(w);
        if (length > BUFFER_SIZE) {
            fwrite(bytes, 1, length, w->out);
            return;
        }
    }
    memcpy(w->buffer + w->used, bytes, length);
    w->used += length;
}

/* RFC 8259 §7: what may not stand in a string. */
static void write_escaped(struct writer *w, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char shorts[] = "\"\"\\\\\bb\nn\rr\tt\ff"; /* a character, and its letter */
    for (size_t i = 0; i + 1 < sizeof shorts; i += 2) {
        if ((unsigned char)shorts[i] == c) {
            write_bytes(w, (const char[]){ '\\', shorts[i + 1] }, 2);
            return;
        }
    }
    write_bytes(w, (const char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6);
}

static void write_string(struct writer *w, const char *text, size_t length)
{
    size_t done = 0;
    write_char(w, '"');
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= ' ' && c != '"' && c != '\\')
            continue;
        write_bytes(w, text + done, i - done);
        write_escaped(w, c);
        done = i + 1;
    }
    write_bytes(w, text + done, length - done);
    write_char(w, '"');
}

static void write_number(struct writer *w, const struct json_object *value)
{
    int64_t number = json_object_get_int64(value);
    uint64_t left = number < 0 ? -(uint64_t)number : json_object_get_uint64(value);
    char digits[DIGITS_MAX];
    size_t at = sizeof digits;

    if (number < 0)
        write_char(w, '-');
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    write_bytes(w, digits + at, sizeof digits - at);
}

static void write_value(struct writer *w, struct json_object *value);

static void write_object(struct writer *w, const struct json_object *value)
{
    bool any = false;
    write_char(w, '{');
    json_object_object_foreach(value, key, member) {
        if (any)
            write_char(w, ',');
        any = true;
        write_string(w, key, strlen(key));
        write_char(w, ':');
        write_value(w, member);
    }
    write_char(w, '}');
}

static void write_array(struct writer *w, const struct json_object *value)
{
    size_t length = json_object_array_length(value);
    write_char(w, '[');
    for (size_t i = 0; i < length; i++) {
        if (i > 0)
            write_char(w, ',');
        write_value(w, json_object_array_get_idx(value, i));
    }
    write_char(w, ']');
}

/* As deep as the contract: a few levels. */
static void write_value(struct writer *w, struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_object:
        write_object(w, value);
        break;
    case json_type_array:
        write_array(w, value);
        break;
    case json_type_string:
        write_string(w, json_object_get_string(value),
                     (size_t)json_object_get_string_len(value));
        break;
    case json_type_int:
        write_number(w, value);
        break;
    case json_type_double: {
        const char *text = json_object_get_userdata(value);
        write_bytes(w, text, strlen(text));
        break;
    }
    case json_type_boolean:
        if (json_object_get_boolean(value))
            write_bytes(w, "true", 4);
        else
            write_bytes(w, "false", 5);
        break;
    case json_type_null:
        write_bytes(w, "null", 4);
        break;
    }
}

void json_write(FILE *out, struct json_object *value)
{
    struct writer w;
    w.out = out;
    w.used = 0;
    write_value(&w, value);
    writer_flush(&w);
    json_object_put(value);
}
