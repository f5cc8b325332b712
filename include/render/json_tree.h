/*
 * json_tree: values of json-c, for what is written once a run, and their way into a json_writer.
 * NULL is JSON's null, as in json-c.
 *
 * Whoever gets a value owns it until it is added to an object or written. When memory runs out
 * a value becomes null; nothing crashes.
 */
#ifndef RENDER_JSON_TREE_H
#define RENDER_JSON_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "render/json_writer.h"

/* Adds a member and takes the value. The key is a constant and new in this object. */
void json_add(struct json_object *object, const char *key, struct json_object *value);

/* Appends to an array and takes the value. */
void json_append(struct json_object *array, struct json_object *value);

/* Text of any origin; NULL: null. */
void json_add_text(struct json_object *object, const char *key, const char *text);
void json_add_number(struct json_object *object, const char *key, uint64_t number);
void json_add_bool(struct json_object *object, const char *key, bool value);

/* As json_put_seconds() and json_put_time() write them; a time that is UNKNOWN_NS: null. */
void json_add_seconds(struct json_object *object, const char *key, int64_t ns);
void json_add_time(struct json_object *object, const char *key, int64_t time);

/*
 * Writes the value and frees it. A fraction is one of json_object_new_double_s(): its own text is
 * written.
 */
void json_put_tree(struct json_writer *w, const char *key, struct json_object *value);

#endif
