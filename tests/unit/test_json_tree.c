/* Tests of render/json_tree: what is written, and what json-c itself would write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/summary.h"
#include "render/json_tree.h"

/* The text, which the caller frees. Takes the value. */
static char *written(struct json_object *value)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct json_writer *w = malloc(sizeof *w);
    assert_non_null(out);
    assert_non_null(w);
    json_writer_init(w, out, false);
    json_put_tree(w, NULL, value);
    json_writer_done(w);
    free(w);
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
    expect_json(json_object_new_uint64(UINT64_MAX), "18446744073709551615");
    expect_json(json_object_new_double_s(0.01, "0.010"), "0.010");
    expect_json(json_object_new_object(), "{}");
    expect_json(json_object_new_array(), "[]");
    expect_json(json_object_new_string("a\"b/\n"), "\"a\\\"b/\\n\"");
    expect_json(json_object_new_string_len("a\0b", 3), "\"a\\u0000b\"");
    expect_json(json_object_new_string("a\xff\x7f\xc3\xa9"),
                "\"a\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9\"");
}

static void test_members(void **unused)
{
    (void)unused;
    struct json_object *object = json_object_new_object();
    json_add_text(object, "a", NULL);
    json_add_text(object, "b", "");
    json_add_number(object, "c", 5);
    json_add_bool(object, "d", true);
    json_add_seconds(object, "e", -1500000000);
    json_add_seconds(object, "f", -1); /* a shift of a clock, not UNKNOWN_NS */
    json_add_time(object, "g", UNKNOWN_NS);
    json_add_time(object, "h", 1);
    expect_json(object, "{\"a\":null,\"b\":\"\",\"c\":5,\"d\":true,\"e\":-1.5,"
                        "\"f\":-0.000000001,\"g\":null,"
                        "\"h\":\"1970-01-01T00:00:00.000000001Z\"}");
}

static void test_nested(void **unused)
{
    (void)unused;
    struct json_object *object = json_object_new_object(), *array = json_object_new_array();
    json_object_array_add(array, json_object_new_uint64(1));
    json_object_array_add(array, NULL);
    json_object_array_add(array, json_object_new_object());
    json_object_object_add(object, "a", array);
    json_object_object_add(object, "b", NULL);
    const char *same = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
    char *want = strdup(same);
    assert_non_null(want);
    assert_string_equal(want, "{\"a\":[1,null,{}],\"b\":null}");
    expect_json(object, want);
    free(want);
}

/* Nothing is added to what is not there. */
static void test_missing(void **unused)
{
    (void)unused;
    json_add(NULL, "key", json_object_new_int(1));
    json_append(NULL, json_object_new_int(1));
    expect_json(NULL, "null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
