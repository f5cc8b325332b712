/* test_progress: the line that tells how far a long capture was read, in all widths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/progress.h"

#define S INT64_C(1000000000)

static void expect(const struct progress_state *state, const char *wanted)
{
    char text[PROGRESS_TEXT_SIZE];
    assert_string_equal(progress_text(state, text), wanted);
}

/* 3 of 12 GB in 4 s: a quarter; 9 GB more take 12 s, and a second because seconds are cut off. */
static const struct progress_state quarter = { .read = UINT64_C(3000000000),
                                               .all = UINT64_C(12000000000),
                                               .frames = 10000000,
                                               .passed = 4 * S,
                                               .width = 99 };

static void test_wide_says_all(void **state)
{
    struct progress_state s = quarter;
    (void)state;
    /* 30 columns of bar: 7.5 of them full. */
    expect(&s, "#######....................... "
               " 25 %  3.0 GB of 12.0 GB  2.5 M packets/s  13 s left");
    s.utf8 = true;
    expect(&s, "███████░░░░░░░░░░░░░░░░░░░░░░░ "
               " 25 %  3.0 GB of 12.0 GB  2.5 M packets/s  13 s left");
}

/* The parts have 52 columns, the blank before them and the least bar 11. */
static void test_narrow_says_less(void **state)
{
    struct progress_state s = quarter;
    (void)state;
    s.width = 63;
    expect(&s, "##........  25 %  3.0 GB of 12.0 GB  2.5 M packets/s  13 s left");
    s.width = 62;
    expect(&s, " 25 %  3.0 GB of 12.0 GB  2.5 M packets/s  13 s left");
    s.width = 52;
    expect(&s, " 25 %  3.0 GB of 12.0 GB  2.5 M packets/s  13 s left");
    s.width = 51; /* without the bytes 33 columns, so that the bar has 17, 4.25 of them full */
    expect(&s, "####.............  25 %  2.5 M packets/s  13 s left");
    s.width = 32; /* without the rate 16: a bar of 15, 3.75 full */
    expect(&s, "###............  25 %  13 s left");
    s.width = 15; /* without the time 5: 9 are too few for a bar */
    expect(&s, " 25 %");
    s.width = 5;
    expect(&s, " 25 %");
    s.width = 4;
    expect(&s, "");
    s.width = -1;
    expect(&s, "");
}

static void test_every_width_is_kept(void **state)
{
    char text[PROGRESS_TEXT_SIZE];
    struct progress_state s = quarter;
    (void)state;
    for (s.width = 0; s.width < 200; s.width++)
        assert_true(strlen(progress_text(&s, text)) <= (size_t)s.width);
}

static void test_ends(void **state)
{
    struct progress_state s = quarter;
    (void)state;
    s.width = 51;
    s.read = 0; /* nothing tells how long it will take: 38 columns of parts, a bar of 12 */
    expect(&s, "............   0 %  0 B of 12.0 GB  2.5 M packets/s");
    s.width = 33;
    s.read = s.all; /* without the bytes 22 columns, a bar of 10 */
    expect(&s, "########## 100 %  2.5 M packets/s");
    s.width = 32;
    expect(&s, "100 %  2.5 M packets/s");
    s.read = s.all - 1; /* not all */
    expect(&s, " 99 %  2.5 M packets/s  1 s left");
}

/* How much there is of a pipe nobody knows. */
static void test_pipe(void **state)
{
    struct progress_state s = { .frames = 9999, .passed = 2 * S, .width = 79 };
    (void)state;
    expect(&s, "9999 packets  5000 packets/s");
    s.frames = 999949;
    expect(&s, "999.9 k packets  500.0 k packets/s");
    s.frames = 999950; /* 1000.0 k would be wrong */
    expect(&s, "1.0 M packets  500.0 k packets/s");
    s.frames = UINT64_C(40000000000);
    expect(&s, "40.0 G packets  20.0 G packets/s");
    s.width = 20;
    expect(&s, "40.0 G packets");
}

static void test_time_left(void **state)
{
    struct progress_state s = { .read = 1, .all = 101, .frames = 1, .passed = S, .width = 35 };
    (void)state;
    expect(&s, "  0 %  1 packets/s  1 min 41 s left"); /* 100 s and one */
    s.all = 1 + 36000;
    expect(&s, "  0 %  1 packets/s  10 h left");
    s.all = UINT64_C(1) << 60; /* nobody can tell */
    expect(&s, "  0 %  1 B of 1.2 EB  1 packets/s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wide_says_all),
        cmocka_unit_test(test_narrow_says_less),
        cmocka_unit_test(test_every_width_is_kept),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_pipe),
        cmocka_unit_test(test_time_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
