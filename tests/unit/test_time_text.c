/* Tests of base/time_text: known instants, both sides of 1970, rounding at each unit's edge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/time_text.h"

#define S(seconds) ((int64_t)(seconds) * NS_PER_S)

static void set_zone(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

static void test_rfc3339(void **state)
{
    (void)state;
    char text[TIME_TEXT_SIZE];
    assert_string_equal(time_rfc3339(0, text), "1970-01-01T00:00:00.000000000Z");
    assert_string_equal(time_rfc3339(1, text), "1970-01-01T00:00:00.000000001Z");
    /* 20,778 days after the epoch is 2026-11-21; 3 h 12 min 44 s = 11,564 s. */
    int64_t instant = S(INT64_C(20778) * 86400 + 11564) + 118 * NS_PER_MS;
    assert_string_equal(time_rfc3339(instant, text), "2026-11-21T03:12:44.118000000Z");
    /* The leap day of 2000: 11,016 days after the epoch. */
    assert_string_equal(time_rfc3339(S(INT64_C(11016) * 86400), text),
                        "2000-02-29T00:00:00.000000000Z");
}

static void test_rfc3339_before_1970(void **state)
{
    (void)state;
    char text[TIME_TEXT_SIZE];
    assert_string_equal(time_rfc3339(-1, text), "1969-12-31T23:59:59.999999999Z");
    assert_string_equal(time_rfc3339(-NS_PER_S, text), "1969-12-31T23:59:59.000000000Z");
    /* The ends of the range fit: 2^63 ns are 292.27 years. */
    assert_string_equal(time_rfc3339(INT64_MAX, text), "2262-04-11T23:47:16.854775807Z");
    assert_string_equal(time_rfc3339(INT64_MIN, text), "1677-09-21T00:12:43.145224192Z");
}

/* Every day that 64 bits of nanoseconds can have is the one that the C library finds, at its first
 * and its last second. */
static void test_rfc3339_days(void **state)
{
    (void)state;
    for (int64_t day = -106751; day < 106751; day++) {
        for (int64_t second = 0; second < 86400; second += 86399) {
            char text[TIME_TEXT_SIZE], want[TIME_TEXT_SIZE];
            time_t instant = (time_t)(day * 86400 + second);
            struct tm tm;
            assert_non_null(gmtime_r(&instant, &tm));
            strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S.000000007Z", &tm);
            assert_string_equal(time_rfc3339(S(instant) + 7, text), want);
            assert_int_equal(strlen(text), TIME_RFC3339_LENGTH);
        }
    }
}

static void test_rfc3339_ignores_zone(void **state)
{
    (void)state;
    char text[TIME_TEXT_SIZE];
    set_zone("XST-5:30");
    assert_string_equal(time_rfc3339(0, text), "1970-01-01T00:00:00.000000000Z");
    set_zone("UTC0");
}

static void test_clock(void **state)
{
    (void)state;
    char text[TIME_TEXT_SIZE];
    set_zone("UTC0");
    int64_t instant = S(INT64_C(20778) * 86400 + 11564) + 118 * NS_PER_MS + 999999;
    assert_string_equal(time_clock(instant, true, text), "2026-11-21 03:12:44.118");
    assert_string_equal(time_clock(instant, false, text), "03:12:44.118");
    assert_string_equal(time_clock(-1, true, text), "1969-12-31 23:59:59.999");
    /* "XST-5:30" is 5 h 30 min east of UTC: 03:12 there is 08:42. */
    set_zone("XST-5:30");
    assert_string_equal(time_clock(instant, true, text), "2026-11-21 08:42:44.118");
    set_zone("UTC0");
}

static void test_zone(void **state)
{
    (void)state;
    char text[TIME_TEXT_SIZE];
    set_zone("UTC0");
    assert_string_equal(time_zone(0, text), "UTC");
    set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
    /* 2026-11-21 is winter, 2026-07-01 (day 20,635) is summer. */
    assert_string_equal(time_zone(S(INT64_C(20778) * 86400), text), "CET");
    assert_string_equal(time_zone(S(INT64_C(20635) * 86400), text), "CEST");
    set_zone("UTC0");
}

static void test_duration_units(void **state)
{
    (void)state;
    char text[TIME_TEXT_SIZE];
    assert_string_equal(time_duration(0, text), "0 s");
    assert_string_equal(time_duration(7, text), "7 ns");
    assert_string_equal(time_duration(41000, text), "41 us");
    assert_string_equal(time_duration(1500, text), "1.5 us");
    assert_string_equal(time_duration(1280000, text), "1.28 ms");
    assert_string_equal(time_duration(10 * NS_PER_MS, text), "10 ms");
    assert_string_equal(time_duration(200 * NS_PER_MS, text), "200 ms");
    assert_string_equal(time_duration(1014 * NS_PER_MS, text), "1.014 s");
    assert_string_equal(time_duration(1050 * NS_PER_MS, text), "1.05 s");
    assert_string_equal(time_duration(NS_PER_S, text), "1 s");
    assert_string_equal(time_duration(S(125), text), "2 min 5 s");
    assert_string_equal(time_duration(S(120), text), "2 min");
    assert_string_equal(time_duration(S(3 * 3600 + 600), text), "3 h 10 min");
    assert_string_equal(time_duration(S(3 * 3600), text), "3 h");
    assert_string_equal(time_duration(S(49 * 3600), text), "2 d 1 h");
}

static void test_duration_rounding(void **state)
{
    (void)state;
    char text[TIME_TEXT_SIZE];
    assert_string_equal(time_duration(10731456, text), "10.7 ms");
    assert_string_equal(time_duration(12345 * NS_PER_MS, text), "12.35 s");
    /* Just below a unit's start rounds into the unit, never to "1000 ms" or "60 s". */
    assert_string_equal(time_duration(999, text), "999 ns");
    assert_string_equal(time_duration(999499, text), "999 us");
    assert_string_equal(time_duration(999500, text), "1 ms");
    assert_string_equal(time_duration(NS_PER_S - 1, text), "1 s");
    assert_string_equal(time_duration(S(60) - 1, text), "1 min");
    assert_string_equal(time_duration(S(3600) - 1, text), "1 h");
    assert_string_equal(time_duration(S(86400) - 1, text), "1 d");
}

static void test_duration_negative(void **state)
{
    (void)state;
    char text[TIME_TEXT_SIZE];
    assert_string_equal(time_duration(-1280000, text), "-1.28 ms");
    assert_string_equal(time_duration(-S(125), text), "-2 min 5 s");
    /* 2^63 ns = 9,223,372,036.85 s = 106,751 d 23 h 47 min, to the hour 106,752 d. */
    assert_string_equal(time_duration(INT64_MIN, text), "-106752 d");
    assert_string_equal(time_duration(INT64_MAX, text), "106752 d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc3339),
        cmocka_unit_test(test_rfc3339_before_1970),
        cmocka_unit_test(test_rfc3339_days),
        cmocka_unit_test(test_rfc3339_ignores_zone),
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_zone),
        cmocka_unit_test(test_duration_units),
        cmocka_unit_test(test_duration_rounding),
        cmocka_unit_test(test_duration_negative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
