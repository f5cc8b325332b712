/* test_bitset: members come and go, and the set grows with the largest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bitset.h"

static void add_and_remove(void **state)
{
    (void)state;
    static const uint64_t members[] = { 0, 1, 63, 64, 65535, 65536, 10000000 };
    const size_t count = sizeof members / sizeof members[0];
    struct bitset set = { 0 };

    assert_false(bitset_has(&set, 0));
    bitset_remove(&set, 5); /* nothing to do */
    for (size_t i = 0; i < count; i++)
        bitset_add(&set, members[i]);
    bitset_add(&set, 63); /* twice is once */
    assert_int_equal(set.count, count);
    for (size_t i = 0; i < count; i++)
        assert_true(bitset_has(&set, members[i]));
    assert_false(bitset_has(&set, 2));
    assert_false(bitset_has(&set, 62));
    assert_false(bitset_has(&set, 127));
    assert_false(bitset_has(&set, UINT64_MAX));
    bitset_remove(&set, 64);
    bitset_remove(&set, 64);
    assert_int_equal(set.count, count - 1);
    assert_false(bitset_has(&set, 64));
    assert_true(bitset_has(&set, 63));
    assert_false(set.failed);
    bitset_done(&set);
    assert_false(bitset_has(&set, 63));
}

/* 2^36 numbers, 8 GiB, are the most. What is in the set stays. */
static void too_large(void **state)
{
    (void)state;
    struct bitset set = { 0 };
    bitset_add(&set, 7);
    bitset_add(&set, UINT64_C(1) << 36);
    assert_true(set.failed);
    assert_true(bitset_has(&set, 7));
    assert_int_equal(set.count, 1);
    bitset_done(&set);
}

static void next(void **state)
{
    (void)state;
    static const uint64_t members[] = { 0, 1, 63, 64, 200000 };
    struct bitset set = { 0 };
    uint64_t member = 7;

    assert_false(bitset_next(&set, 0, &member));
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        bitset_add(&set, members[i]);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        assert_true(bitset_next(&set, i == 0 ? 0 : members[i - 1] + 1, &member));
        assert_int_equal(member, members[i]);
        assert_true(bitset_next(&set, members[i], &member));
        assert_int_equal(member, members[i]);
    }
    assert_false(bitset_next(&set, 200001, &member));
    assert_false(bitset_next(&set, UINT64_MAX, &member));
    bitset_done(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(add_and_remove),
        cmocka_unit_test(too_large),
        cmocka_unit_test(next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
