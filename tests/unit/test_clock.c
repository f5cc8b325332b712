/* clock: what the common segments of inputs say about their clocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow/clock.h"

static void alone(void **state)
{
    (void)state;
    const struct flow_secret secret = { { 1, 2 } };
    struct clocks *clocks = clocks_new(2, &secret);
    assert_non_null(clocks);
    struct clock_report report;
    clocks_decide(clocks, &report);
    assert_int_equal(report.verdict, CLOCKS_AGREE);
    clocks_free(clocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(alone) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
