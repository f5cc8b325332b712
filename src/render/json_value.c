/* json_value: the thin layer between our numbers and json-c. */
#include "render/json_value.h"

#include <inttypes.h>
#include <string.h>

#include "base/time_text.h"
#include "model/summary.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

void json_add(struct json_object *object, const char *key, struct json_object *value)
{
    const unsigned flags = JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY;
    if (object == NULL || json_object_object_add_ex(object, key, value, flags) != 0)
        json_object_put(value);
}

void json_append(struct json_object *array, struct json_object *value)
{
    if (array == NULL || json_object_array_add(array, value) != 0)
        json_object_put(value);
}

void json_add_text(struct json_object *object, const char *key, const char *text)
{
    json_add(object, key, json_text(text));
}

void json_add_number(struct json_object *object, const char *key, uint64_t number)
{
    json_add(object, key, json_object_new_uint64(number));
}

void json_add_known(struct json_object *object, const char *key, uint64_t number)
{
    json_add(object, key, number != 0 ? json_object_new_uint64(number) : NULL);
}

void json_add_bool(struct json_object *object, const char *key, bool value)
{
    json_add(object, key, json_object_new_boolean(value));
}

void json_add_null(struct json_object *object, const char *key)
{
    json_add(object, key, NULL);
}

/*
 * Length of the well-formed character at text, 0 when there is none (RFC 3629 §4: no overlong
 * forms, no surrogates, nothing above U+10FFFF). Reads no further than the first bad byte.
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

/* DEL or a C1 control (U+0080 to U+009F): a terminal may obey it. json-c escapes C0 itself. */
static bool control_left_raw(const char *text)
{
    const unsigned char *u = (const unsigned char *)text;
    return u[0] == 0x7f || (u[0] == 0xc2 && u[1] >= 0x80 && u[1] <= 0x9f);
}

/* Bytes at the start of text that may be written as they are. */
static size_t clean_length(const char *text)
{
    const char *at = text;
    while (*at != '\0') {
        size_t length = utf8_length(at);
        if (length == 0 || control_left_raw(at))
            break;
        at += length;
    }
    return (size_t)(at - text);
}

struct json_object *json_text(const char *text)
{
    if (text == NULL)
        return NULL;
    size_t clean = clean_length(text);
    if (text[clean] == '\0')
        return json_object_new_string(text);
    struct strbuf buffer = { 0 };
    while (strbuf_add_bytes(&buffer, text, clean), text[clean] != '\0') {
        size_t length = utf8_length(text + clean);
        strbuf_add(&buffer, REPLACEMENT);
        text += clean + (length > 0 ? length : 1);
        clean = clean_length(text);
    }
    return json_text_take(&buffer);
}

struct json_object *json_text_take(struct strbuf *buffer)
{
    const char *text = strbuf_text(buffer);
    struct json_object *value = NULL;
    if (!buffer->failed)
        value = text[clean_length(text)] == '\0' ? json_object_new_string(text) : json_text(text);
    strbuf_done(buffer);
    return value;
}

const char *json_seconds_text(int64_t ns, char text[JSON_SECONDS_SIZE])
{
    uint64_t left = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
    char digits[JSON_SECONDS_SIZE];
    int at = JSON_SECONDS_SIZE, decimals = 9;

    digits[--at] = '\0';
    /* One decimal stays, so that readers who guess types see one type everywhere. */
    for (; decimals > 1 && left % 10 == 0; decimals--)
        left /= 10;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
        if (--decimals == 0)
            digits[--at] = '.';
    } while (decimals >= 0 || left > 0);
    if (ns < 0)
        digits[--at] = '-';
    memcpy(text, digits + at, (size_t)(JSON_SECONDS_SIZE - at));
    return text;
}

struct json_object *json_seconds(int64_t ns)
{
    char text[JSON_SECONDS_SIZE];
    return json_object_new_double_s((double)ns / (double)NS_PER_S, json_seconds_text(ns, text));
}

struct json_object *json_duration(int64_t ns)
{
    return ns == UNKNOWN_NS ? NULL : json_seconds(ns);
}

struct json_object *json_time(int64_t time)
{
    char text[TIME_TEXT_SIZE];
    return json_object_new_string(time_rfc3339(time, text));
}

struct json_object *json_numbers(const uint64_t *numbers, size_t count)
{
    struct json_object *array = json_object_new_array();
    for (size_t i = 0; i < count; i++)
        json_append(array, json_object_new_uint64(numbers[i]));
    return array;
}
