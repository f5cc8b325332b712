/* histogram: steps, shares, and what happens at both ends and when a step is full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/histogram.h"

/* Every value comes back no smaller, and by 6.25 % larger at most. */
static void steps(void **state)
{
    (void)state;
    for (int64_t value = 4096; value < INT64_C(60000000000); value += value / 97 + 1) {
        struct histogram histogram = { .counts = { 0 } };
        histogram_add(&histogram, value);
        int64_t end = histogram_percentile(&histogram, 95);
        assert_true(end > value);
        assert_true(end - value <= value / 16 + 1);
    }
}

static void ends(void **state)
{
    (void)state;
    struct histogram histogram = { .counts = { 0 } };
    assert_int_equal(histogram_percentile(&histogram, 95), 0);
    histogram_add(&histogram, INT64_MIN);
    histogram_add(&histogram, 0);
    assert_int_equal(histogram_percentile(&histogram, 95), 4096);
    histogram_add(&histogram, INT64_C(1) << 36);
    histogram_add(&histogram, INT64_MAX);
    assert_true(histogram_percentile(&histogram, 95) == INT64_MAX);
}

/* 95 values of 1 ms and 5 of 1 s: 95 of 100 are no longer than 1 ms; with 94 and 6 they are. */
static void percentiles(void **state)
{
    (void)state;
    struct histogram histogram = { .counts = { 0 } };
    for (int i = 0; i < 94; i++)
        histogram_add(&histogram, 1000000);
    for (int i = 0; i < 5; i++)
        histogram_add(&histogram, 1000000000);
    histogram_add(&histogram, 1000000);
    assert_true(histogram_percentile(&histogram, 95) < 1100000);
    histogram_add(&histogram, 1000000000); /* 95 of 101 are 94 of 100 */
    assert_true(histogram_percentile(&histogram, 95) > 1000000000);
    assert_true(histogram_percentile(&histogram, 50) < 1100000);
}

/* A step holds 65,535: all are halved then. One of twenty stays one of twenty. */
static void full(void **state)
{
    (void)state;
    struct histogram histogram = { .counts = { 0 } };
    for (uint32_t i = 0; i < 1000000; i++)
        histogram_add(&histogram, i % 20 == 0 ? 1000000000 : 1000000);
    assert_true(histogram_percentile(&histogram, 94) < 1100000);
    assert_true(histogram_percentile(&histogram, 97) > 1000000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps),
        cmocka_unit_test(ends),
        cmocka_unit_test(percentiles),
        cmocka_unit_test(full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
