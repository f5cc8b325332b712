/* Tests of render/json_writer: the grammar of RFC 8259, seconds with all their digits, text of any
 * bytes. What is written is also read by json-c, where both should agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "base/time_text.h"
#include "model/summary.h"
#include "render/json_writer.h"

/* A writer into memory. */
struct page {
    struct json_writer w;
    FILE *out;
    char *text;
    size_t size;
};

static struct page *page_new(bool lean)
{
    struct page *page = malloc(sizeof *page);
    assert_non_null(page);
    page->text = NULL;
    page->out = open_memstream(&page->text, &page->size);
    assert_non_null(page->out);
    json_writer_init(&page->w, page->out, lean);
    return page;
}

/* Ends the page: the text, which the caller frees. */
static char *page_text(struct page *page)
{
    json_writer_done(&page->w);
    fclose(page->out);
    char *text = page->text;
    assert_int_equal(strlen(text), page->size);
    free(page);
    return text;
}

static void page_expect(struct page *page, const char *json)
{
    char *text = page_text(page);
    assert_string_equal(text, json);
    free(text);
}

static void expect_number(uint64_t number, const char *json)
{
    struct page *page = page_new(false);
    json_put_number(&page->w, NULL, number);
    page_expect(page, json);
}

static void expect_seconds(int64_t ns, const char *json)
{
    struct page *page = page_new(false);
    json_put_seconds(&page->w, NULL, ns);
    page_expect(page, json);
}

static void expect_text(const char *words, const char *json)
{
    struct page *page = page_new(false);
    json_put_text(&page->w, NULL, words);
    page_expect(page, json);
}

static void test_numbers(void **unused)
{
    (void)unused;
    expect_number(0, "0");
    expect_number(9, "9");
    expect_number(10, "10");
    expect_number(99, "99");
    expect_number(100, "100");
    expect_number(1234567, "1234567");
    expect_number(UINT32_MAX, "4294967295");
    expect_number(UINT64_MAX, "18446744073709551615");
}

static void test_seconds(void **unused)
{
    (void)unused;
    expect_seconds(0, "0.0");
    expect_seconds(1, "0.000000001");
    expect_seconds(10731000, "0.010731");
    expect_seconds(100 * NS_PER_S, "100.0");
    expect_seconds(-1500 * NS_PER_MS, "-1.5");
    expect_seconds(-NS_PER_MS, "-0.001");
    expect_seconds(-1, "-0.000000001");
    expect_seconds(INT64_MAX, "9223372036.854775807");
    expect_seconds(INT64_MIN, "-9223372036.854775808");
}

static void test_known(void **unused)
{
    (void)unused;
    struct page *page = page_new(false);
    json_open_array(&page->w, NULL);
    json_put_null(&page->w, NULL);
    json_put_bool(&page->w, NULL, true);
    json_put_bool(&page->w, NULL, false);
    json_put_known(&page->w, NULL, 0);
    json_put_known(&page->w, NULL, 7);
    json_put_number_if(&page->w, NULL, false, 7);
    json_put_number_if(&page->w, NULL, true, 0);
    json_put_duration(&page->w, NULL, UNKNOWN_NS);
    json_put_duration(&page->w, NULL, 0);
    json_put_share(&page->w, NULL, 1, 0);
    json_put_time(&page->w, NULL, 0);
    json_close_array(&page->w);
    page_expect(page, "[null,true,false,null,7,null,0,null,0.0,null,"
                      "\"1970-01-01T00:00:00.000000000Z\"]");
}

/* Each time is written as time_rfc3339() has it, whatever was written before: the same second, the
 * next one, one before 1970, the ends of the range (the first second of it does not fit 64 bits in
 * nanoseconds). */
static void test_times(void **unused)
{
    (void)unused;
    static const int64_t times[] = {
        0, 1, NS_PER_S - 1, NS_PER_S, NS_PER_S + 1, 0, -1, -NS_PER_S, -NS_PER_S - 1, 0,
        INT64_MAX, INT64_MAX - 854775807, INT64_MAX - 854775808, INT64_MIN, INT64_MIN + 1,
        INT64_MIN + 854775807, INT64_MIN + 854775808, INT64_MAX, INT64_MIN,
    };
    struct page *page = page_new(false);
    struct strbuf want = { 0 };
    json_open_array(&page->w, NULL);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        char text[TIME_TEXT_SIZE];
        json_put_time(&page->w, NULL, times[i]);
        strbuf_printf(&want, "%c\"%s\"", i > 0 ? ',' : '[', time_rfc3339(times[i], text));
    }
    json_close_array(&page->w);
    strbuf_add(&want, "]");
    page_expect(page, strbuf_text(&want));
    strbuf_done(&want);
}

/* A quotient has the digits that printf gives it: of small numbers, of large ones, and of those
 * that lie at or next to the middle between two of six digits. */
static void test_shares(void **unused)
{
    (void)unused;
    static const double special[] = {
        0, 1, 2, 10, 0.5, 0.25, 0.1, 1.0 / 3, 2.0 / 3, 1e-4, 0.00009999999, 0.000099999951,
        1e-5, 1e-9, 99999.95, 99999.949999, 999998.4, 999999, 999999.5, 1e6, 1e15,
        0.1234565, 0.12345650000001, 0.12345649999999, 12345.65, 1.234565, 9.9999995, 9.99999949,
        100000.5, 100001.5, 0.5000005, 0.99999949, 0.9999995,
    };
    char got[JSON_DIGITS_SIZE + 1], want[JSON_DIGITS_SIZE + 1];
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
        *json_share_digits(got, special[i]) = '\0';
        snprintf(want, sizeof want, "%.6g", special[i]);
        assert_string_equal(got, want);
    }
    for (uint64_t whole = 1; whole < 3000; whole += whole < 300 ? 1 : 97) {
        for (uint64_t part = 0; part < 4000; part += part < 300 ? 1 : 13) {
            double share = (double)part / (double)whole;
            *json_share_digits(got, share) = '\0';
            snprintf(want, sizeof want, "%.6g", share);
            assert_string_equal(got, want);
        }
    }
}

#define BAD "\xef\xbf\xbd" /* U+FFFD */

static void test_text(void **unused)
{
    (void)unused;
    expect_text(NULL, "null");
    expect_text("", "\"\"");
    expect_text("a/b", "\"a/b\"");
    expect_text("\"a\\", "\"\\\"a\\\\\"");
    /* RFC 8259 §7: quotation mark, reverse solidus, and U+0000 to U+001F are escaped. */
    expect_text("\b\t\n\f\r", "\"\\b\\t\\n\\f\\r\"");
    expect_text("a\x01z\x1f ", "\"a\\u0001z\\u001f \"");
    expect_text("/a/\"b\"\\\n\x1b", "\"/a/\\\"b\\\"\\\\\\n\\u001b\"");
    /* Two, three and four bytes: U+00E9, U+20AC, U+10348. */
    expect_text("\xc3\xa9\xe2\x82\xac\xf0\x90\x8d\x88",
                "\"\xc3\xa9\xe2\x82\xac\xf0\x90\x8d\x88\"");
    expect_text("a\xff" "b\xfe", "\"a" BAD "b" BAD "\"");
    expect_text("\xc0\xaf", "\"" BAD BAD "\"");         /* overlong "/" */
    expect_text("\xe0\x80\xaf", "\"" BAD BAD BAD "\""); /* the same in three */
    expect_text("\xed\xa0\x80", "\"" BAD BAD BAD "\""); /* a surrogate */
    expect_text("\xf4\x90\x80\x80", "\"" BAD BAD BAD BAD "\""); /* > U+10FFFF */
    expect_text("\xe2\x82", "\"" BAD BAD "\"");         /* cut off at the end */
    expect_text("\xe2\x82z", "\"" BAD BAD "z\"");
    /* DEL and U+009B (a C1 "CSI") would reach a terminal raw. */
    expect_text("a\x7f\xc2\x9b" "b", "\"a" BAD BAD "b\"");
    expect_text("\xc2\x80\xc2\x9f", "\"" BAD BAD "\"");
    expect_text("\xc2\xa0", "\"\xc2\xa0\"");
}

/* Each byte at each place among eight plain ones: found wherever it stands. json-c escapes ASCII
 * the same way, but for DEL. */
static void test_text_places(void **unused)
{
    (void)unused;
    for (unsigned c = 1; c < 256; c++) {
        for (size_t place = 0; place < 17; place++) {
            char words[18] = "abcdefghijklmnopq", want[160];
            words[place] = (char)c;
            if (c < 0x7f) {
                struct json_object *same = json_object_new_string(words);
                snprintf(want, sizeof want, "%s", json_object_to_json_string_ext(
                    same, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
                json_object_put(same);
            } else {
                snprintf(want, sizeof want, "\"%.*s" BAD "%s\"", (int)place, words,
                         words + place + 1);
            }
            expect_text(words, want);
        }
    }
}

static void test_nested(void **unused)
{
    (void)unused;
    const uint64_t numbers[] = { 1, 2 };
    struct page *page = page_new(false);
    struct json_writer *w = &page->w;
    json_open_object(w, NULL);
    json_open_array(w, "a");
    json_put_number(w, NULL, 1);
    json_put_null(w, NULL);
    json_open_object(w, NULL);
    json_close_object(w);
    json_close_array(w);
    json_put_numbers(w, "b", numbers, 2);
    json_put_numbers(w, "c", numbers, 0);
    json_writer_break(w);
    json_open_object(w, "d");
    json_writer_break(w);
    json_put_null(w, "e");
    json_writer_break(w);
    json_put_null(w, "f");
    json_close_object(w);
    json_close_object(w);
    json_writer_end_line(w);
    json_put_number(w, NULL, 3);
    page_expect(page, "{\"a\":[1,null,{}],\"b\":[1,2],\"c\":[],\n\"d\":{\n\"e\":null,\n"
                      "\"f\":null}}\n3");
}

/* A lean writer leaves out what says nothing, and nothing else. */
static void extras_put(struct json_writer *w)
{
    json_open_object(w, NULL);
    json_put_null(w, "a");
    json_put_number(w, "b", 0);
    json_put_extra_null(w, "c");
    json_put_extra_number(w, "d", 0);
    json_put_extra_number(w, "e", 5);
    json_put_extra_bool(w, "f", false);
    json_put_extra_bool(w, "g", true);
    json_put_extra_text(w, "h", NULL);
    json_put_extra_text(w, "i", "");
    json_close_object(w);
}

static void test_lean(void **unused)
{
    (void)unused;
    struct page *page = page_new(false);
    extras_put(&page->w);
    page_expect(page, "{\"a\":null,\"b\":0,\"c\":null,\"d\":0,\"e\":5,\"f\":false,\"g\":true,"
                      "\"h\":null,\"i\":\"\"}");
    page = page_new(true);
    extras_put(&page->w);
    page_expect(page, "{\"a\":null,\"b\":0,\"e\":5,\"g\":true,\"i\":\"\"}");
}

/* Sentences share a buffer; one that memory ran out for is null and does not spoil the next. */
static void test_words(void **unused)
{
    (void)unused;
    struct page *page = page_new(false);
    struct json_writer *w = &page->w;
    json_open_array(w, NULL);
    strbuf_add(json_words(w), "one \"sentence\"");
    json_put_words(w, NULL);
    json_words(w)->failed = true;
    json_put_words(w, NULL);
    strbuf_add(json_words(w), "two");
    json_put_words(w, NULL);
    json_words(w);
    json_put_words(w, NULL);
    json_close_array(w);
    page_expect(page, "[\"one \\\"sentence\\\"\",null,\"two\",\"\"]");
}

/* Strings of each length around the size of the buffer, at each place in it, between values that
 * must not be cut either. */
static void test_long(void **unused)
{
    (void)unused;
    enum { LONGEST = JSON_WRITER_SIZE + 300 };
    char *word = malloc(LONGEST + 1), *want = malloc(2 * LONGEST + 300);
    assert_non_null(word);
    assert_non_null(want);
    memset(word, 'x', LONGEST);
    for (size_t length = JSON_WRITER_SIZE - 200; length <= LONGEST; length += 7) {
        word[length] = '\0';
        struct page *page = page_new(false);
        json_open_array(&page->w, NULL);
        json_put_text(&page->w, NULL, word);
        json_put_time(&page->w, NULL, 0);
        json_put_number(&page->w, NULL, length);
        json_put_text(&page->w, NULL, word);
        json_put_bool(&page->w, NULL, false);
        json_close_array(&page->w);
        snprintf(want, 2 * LONGEST + 300,
                 "[\"%s\",\"1970-01-01T00:00:00.000000000Z\",%zu,\"%s\",false]", word, length,
                 word);
        page_expect(page, want);
        word[length] = 'x';
    }
    free(word);
    free(want);
}

/* The same with members of all kinds, the buffer filled one byte more each time. */
static void test_edges(void **unused)
{
    (void)unused;
    static const char behind[] = ",{\"key\":18446744073709551615,\"k\":-9223372036.854775808,"
                                 "\"b\":false,\"t\":\"\\u0001\xc3\xa9\"}]";
    char *word = malloc(JSON_WRITER_SIZE + 1), *want = malloc(JSON_WRITER_SIZE + 200);
    assert_non_null(word);
    assert_non_null(want);
    memset(word, 'y', JSON_WRITER_SIZE);
    for (size_t length = JSON_WRITER_SIZE - 150; length < JSON_WRITER_SIZE; length++) {
        word[length] = '\0';
        struct page *page = page_new(false);
        struct json_writer *w = &page->w;
        json_open_array(w, NULL);
        json_put_text(w, NULL, word);
        json_open_object(w, NULL);
        json_put_number(w, "key", UINT64_MAX);
        json_put_seconds(w, "k", INT64_MIN);
        json_put_bool(w, "b", false);
        json_put_text(w, "t", "\x01\xc3\xa9");
        json_close_object(w);
        json_close_array(w);
        snprintf(want, JSON_WRITER_SIZE + 200, "[\"%s\"%s", word, behind);
        page_expect(page, want);
        word[length] = 'y';
    }
    free(word);
    free(want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_seconds),
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_text_places),
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_lean),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
