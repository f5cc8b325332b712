/* Tests of render/json_value: seconds with all their digits, and text of any bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time_text.h"
#include "model/summary.h"
#include "render/json_value.h"

static void expect_json(struct json_object *value, const char *json)
{
    assert_string_equal(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
                                                       JSON_C_TO_STRING_NOSLASHESCAPE), json);
    json_object_put(value);
}

static void test_seconds(void **unused)
{
    (void)unused;
    expect_json(json_seconds(0), "0.0");
    expect_json(json_seconds(1), "0.000000001");
    expect_json(json_seconds(10731000), "0.010731");
    expect_json(json_seconds(100 * NS_PER_S), "100.0");
    expect_json(json_seconds(-1500 * NS_PER_MS), "-1.5");
    expect_json(json_seconds(-NS_PER_MS), "-0.001");
    expect_json(json_seconds(INT64_MIN), "-9223372036.854775808");
    expect_json(json_duration(UNKNOWN_NS), "null");
    expect_json(json_duration(0), "0.0");
}

#define BAD "\xef\xbf\xbd" /* U+FFFD */

static void test_text(void **unused)
{
    (void)unused;
    expect_json(json_text(NULL), "null");
    expect_json(json_text(""), "\"\"");
    expect_json(json_text("/a/\"b\"\\\n\x1b"), "\"/a/\\\"b\\\"\\\\\\n\\u001b\"");
    /* Two, three and four bytes: U+00E9, U+20AC, U+10348. */
    expect_json(json_text("\xc3\xa9\xe2\x82\xac\xf0\x90\x8d\x88"),
                 "\"\xc3\xa9\xe2\x82\xac\xf0\x90\x8d\x88\"");
    expect_json(json_text("a\xff" "b\xfe"), "\"a" BAD "b" BAD "\"");
    expect_json(json_text("\xc0\xaf"), "\"" BAD BAD "\"");         /* overlong "/" */
    expect_json(json_text("\xe0\x80\xaf"), "\"" BAD BAD BAD "\""); /* the same in three */
    expect_json(json_text("\xed\xa0\x80"), "\"" BAD BAD BAD "\""); /* a surrogate */
    expect_json(json_text("\xf4\x90\x80\x80"), "\"" BAD BAD BAD BAD "\""); /* > U+10FFFF */
    expect_json(json_text("\xe2\x82"), "\"" BAD BAD "\"");         /* cut off at the end */
    expect_json(json_text("\xe2\x82z"), "\"" BAD BAD "z\"");
    /* DEL and U+009B (a C1 "CSI") would reach a terminal raw. */
    expect_json(json_text("a\x7f\xc2\x9b" "b"), "\"a" BAD BAD "b\"");
    expect_json(json_text("\xc2\xa0"), "\"\xc2\xa0\"");
}

/* What memory ran out for is left out; nothing is added to what is not there. */
static void test_missing(void **unused)
{
    (void)unused;
    json_add(NULL, "key", json_object_new_int(1));
    json_append(NULL, json_object_new_int(1));
    struct strbuf failed = { .failed = true };
    expect_json(json_text_take(&failed), "null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seconds),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
