/* twin: which of the segments of several inputs are second views. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow/twin.h"

static void two_views(void **state)
{
    (void)state;
    const struct flow_secret secret = { { 1, 2 } };
    struct twins *twins = twins_new(&secret);
    assert_non_null(twins);
    struct segment s = { .frame = 1, .ip_version = 4, .ip_id = 7, .time = 1000000 };
    struct twin twin;
    assert_false(twins_segment(twins, &s, 0, &twin));
    s.frame = 2;
    s.time = 3000000;
    assert_true(twins_segment(twins, &s, 1, &twin));
    assert_int_equal(twin.frame, 1);
    assert_int_equal(twin.input, 0);
    assert_int_equal(twin.delay_ns, 2000000);
    assert_int_equal(twins_count(twins), 1);
    twins_free(twins);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(two_views) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
