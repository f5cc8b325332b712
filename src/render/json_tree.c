/* json_tree: the thin layer between our numbers and json-c, and a walk through a tree. */
#include "render/json_tree.h"

#include "base/time_text.h"
#include "model/summary.h"

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
    json_add(object, key, text != NULL ? json_object_new_string(text) : NULL);
}

void json_add_number(struct json_object *object, const char *key, uint64_t number)
{
    json_add(object, key, json_object_new_uint64(number));
}

void json_add_bool(struct json_object *object, const char *key, bool value)
{
    json_add(object, key, json_object_new_boolean(value));
}

void json_add_seconds(struct json_object *object, const char *key, int64_t ns)
{
    char text[JSON_DIGITS_SIZE + 1];
    *json_seconds_digits(text, ns) = '\0';
    json_add(object, key, json_object_new_double_s((double)ns / (double)NS_PER_S, text));
}

void json_add_time(struct json_object *object, const char *key, int64_t time)
{
    char text[TIME_TEXT_SIZE];
    json_add_text(object, key, time != UNKNOWN_NS ? time_rfc3339(time, text) : NULL);
}

static void write_value(struct json_writer *w, struct json_object *value);

static void write_object(struct json_writer *w, const struct json_object *value)
{
    json_open_object(w, NULL);
    json_object_object_foreach(value, key, member) {
        json_put_key(w, key);
        write_value(w, member);
    }
    json_close_object(w);
}

static void write_array(struct json_writer *w, const struct json_object *value)
{
    size_t length = json_object_array_length(value);
    json_open_array(w, NULL);
    for (size_t i = 0; i < length; i++)
        write_value(w, json_object_array_get_idx(value, i));
    json_close_array(w);
}

/* As deep as the contract: a few levels. */
static void write_value(struct json_writer *w, struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_object:
        write_object(w, value);
        break;
    case json_type_array:
        write_array(w, value);
        break;
    case json_type_string:
        json_write_text(w, json_object_get_string(value),
                        (size_t)json_object_get_string_len(value));
        break;
    case json_type_int:
        json_write_number(w, json_object_get_uint64(value));
        break;
    case json_type_double:
        json_write_word(w, json_object_get_userdata(value));
        break;
    case json_type_boolean:
        json_write_bool(w, json_object_get_boolean(value));
        break;
    case json_type_null:
        json_write_null(w);
        break;
    }
}

void json_put_tree(struct json_writer *w, const char *key, struct json_object *value)
{
    json_put_key(w, key);
    write_value(w, value);
    json_object_put(value);
}
