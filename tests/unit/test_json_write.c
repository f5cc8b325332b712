/* Tests of render/json_write: the grammar of RFC 8259, and what json-c itself would write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/json_write.h"

/* The text, which the caller frees. Takes the value. */
static char *written(struct json_object *value)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    json_write(out, value);
    fclose(out);
    assert_int_equal(strlen(text), size);
    return text;
}

static void expect_json(struct json_object *value, const char *json)
{
    char *text = written(value);
    assert_string_equal(text, json);
    free(text);
}

static void test_values(void **unused)
{
    (void)unused;
    expect_json(NULL, "null");
    expect_json(json_object_new_boolean(1), "true");
    expect_json(json_object_new_boolean(0), "false");
    expect_json(json_object_new_uint64(0), "0");
    expect_json(json_object_new_uint64(10), "10");
    expect_json(json_object_new_uint64(UINT64_MAX), "18446744073709551615");
    expect_json(json_object_new_int64(INT64_MAX), "9223372036854775807");
    expect_json(json_object_new_int64(INT64_MIN), "-9223372036854775808");
    expect_json(json_object_new_int64(-1), "-1");
    expect_json(json_object_new_double_s(0.01, "0.010"), "0.010");
    expect_json(json_object_new_object(), "{}");
    expect_json(json_object_new_array(), "[]");
}

/* RFC 8259 §7: quotation mark, reverse solidus, and U+0000 to U+001F are escaped. */
static void test_strings(void **unused)
{
    (void)unused;
    expect_json(json_object_new_string(""), "\"\"");
    expect_json(json_object_new_string("a/b"), "\"a/b\"");
    expect_json(json_object_new_string("\"a\\"), "\"\\\"a\\\\\"");
    expect_json(json_object_new_string("\b\t\n\f\r"), "\"\\b\\t\\n\\f\\r\"");
    expect_json(json_object_new_string("a\x01z\x1f "), "\"a\\u0001z\\u001f \"");
    expect_json(json_object_new_string_len("a\0b", 3), "\"a\\u0000b\"");
    expect_json(json_object_new_string("\xc3\xa9\x7f"), "\"\xc3\xa9\x7f\"");
}

static void test_nested(void **unused)
{
    (void)unused;
    struct json_object *object = json_object_new_object(), *array = json_object_new_array();
    json_object_array_add(array, json_object_new_uint64(1));
    json_object_array_add(array, NULL);
    json_object_array_add(array, json_object_new_object());
    json_object_object_add(object, "a\n", array);
    json_object_object_add(object, "b", NULL);
    expect_json(object, "{\"a\\n\":[1,null,{}],\"b\":null}");
}

/* Strings of each length around the size of the buffer, at each place in it. */
static void test_long(void **unused)
{
    (void)unused;
    char *word = malloc(9001);
    assert_non_null(word);
    for (size_t length = 0; length < 9000; length += length < 4000 || length > 4200 ? 211 : 1) {
        struct json_object *array = json_object_new_array();
        for (size_t i = 0; i < length; i++)
            word[i] = (char)(i % 96 + 31);
        json_object_array_add(array, json_object_new_string_len(word, (int)length));
        json_object_array_add(array, json_object_new_uint64(length));
        json_object_array_add(array, json_object_new_string_len(word, (int)length));
        json_object_array_add(array, json_object_new_boolean(0));
        const char *same = json_object_to_json_string_ext(
            array, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
        char *want = strdup(same);
        assert_non_null(want);
        expect_json(array, want);
        free(want);
    }
    free(word);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
