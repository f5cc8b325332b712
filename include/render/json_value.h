/*
 * json_value: json-c values in the shapes of the JSON contract: text that is valid UTF-8, exact
 * seconds, RFC 3339 times. NULL is JSON's null, as in json-c.
 *
 * Whoever gets a value owns it until it is added to an object or written. When memory runs out
 * a value becomes null; nothing crashes.
 */
#ifndef RENDER_JSON_VALUE_H
#define RENDER_JSON_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/strbuf.h"

/* Adds a member and takes the value. The key is a constant and new in this object. */
void json_add(struct json_object *object, const char *key, struct json_object *value);

/* Appends to an array and takes the value. */
void json_append(struct json_object *array, struct json_object *value);

void json_add_text(struct json_object *object, const char *key, const char *text);
void json_add_number(struct json_object *object, const char *key, uint64_t number);
/* 0: not known, null. */
void json_add_known(struct json_object *object, const char *key, uint64_t number);
void json_add_bool(struct json_object *object, const char *key, bool value);
void json_add_null(struct json_object *object, const char *key);

/*
 * Text of any origin (NULL: null). What is not UTF-8 (RFC 3629), and control characters that
 * JSON would leave raw (DEL and C1), become U+FFFD.
 */
struct json_object *json_text(const char *text);

/* The buffer's text; frees the buffer. */
struct json_object *json_text_take(struct strbuf *buffer);

/* Nanoseconds as the digits of json_seconds(). */
#define JSON_SECONDS_SIZE 40
const char *json_seconds_text(int64_t ns, char text[JSON_SECONDS_SIZE]);

/* Nanoseconds as seconds with all their digits and no more: 0.010731. */
struct json_object *json_seconds(int64_t ns);

/* The same for a duration that may be UNKNOWN_NS: null. */
struct json_object *json_duration(int64_t ns);

/* Nanoseconds since the epoch as RFC 3339, UTC. */
struct json_object *json_time(int64_t time);

/* Numbers as an array. */
struct json_object *json_numbers(const uint64_t *numbers, size_t count);

#endif
