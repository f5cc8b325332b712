/* Tests of base/digits: around each power of ten, as printf writes it. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/digits.h"

static void expect(uint64_t number)
{
    char got[DIGITS_MAX + 1], want[DIGITS_MAX + 1];
    snprintf(want, sizeof want, "%" PRIu64, number);
    *digits_write(got, number) = '\0';
    assert_string_equal(got, want);
}

static void test_write(void **unused)
{
    (void)unused;
    for (uint64_t number = 0; number < 12345; number++)
        expect(number);
    for (uint64_t power = 10; power < UINT64_MAX / 10; power *= 10) {
        expect(power - 1);
        expect(power);
        expect(power + 1);
        expect(power * 7 + 7);
    }
    for (uint64_t power = 1; power > 0; power *= 2) {
        expect(power - 1);
        expect(power);
    }
    expect(UINT64_MAX);
    expect(INT64_MAX);
    expect(UINT32_MAX);
}

static void test_grouped(void **unused)
{
    (void)unused;
    static const struct {
        uint64_t number;
        const char *text;
    } cases[] = {
        { 0, "0" },           { 999, "999" },
        { 1000, "1,000" },    { 12345, "12,345" },
        { 999999, "999,999" }, { 1000000, "1,000,000" },
        { UINT64_MAX, "18,446,744,073,709,551,615" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char got[DIGITS_GROUPED_MAX + 1];
        *digits_write_grouped(got, cases[i].number) = '\0';
        assert_string_equal(got, cases[i].text);
    }
}

static void test_padded(void **unused)
{
    (void)unused;
    char got[DIGITS_MAX + 1], want[DIGITS_MAX + 1];
    for (uint32_t number = 0; number < 999999990; number += 9 + number / 500) {
        snprintf(want, sizeof want, "%09" PRIu32, number);
        char *end = digits_write_padded(got, number, 9);
        *end = '\0';
        assert_string_equal(got, want);
        assert_int_equal(end - got, 9);
    }
    *digits_write_padded(got, 7, 1) = '\0';
    assert_string_equal(got, "7");
    *digits_write_padded(got, 7, 4) = '\0';
    assert_string_equal(got, "0007");
    *digits_write_padded(got, 12345, 2) = '\0'; /* the last ones */
    assert_string_equal(got, "45");
    *digits_write_padded(got, 12345, 0) = '\0';
    assert_string_equal(got, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_grouped), cmocka_unit_test(test_padded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
