/* Serial arithmetic at the wrap, RFC 9293 §3.4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/seq.h"

static void distances(void **state)
{
    (void)state;
    assert_int_equal(seq_diff(5, 3), 2);
    assert_int_equal(seq_diff(3, 5), -2);
    /* 0xffffffff + 1 = 0: one step, whichever side of the wrap. */
    assert_int_equal(seq_diff(0, 0xffffffff), 1);
    assert_int_equal(seq_diff(0xffffffff, 0), -1);
    assert_int_equal(seq_diff(99, 0xffffff9c), 199); /* 2^32 - 100 is 100 before 0 */
    assert_int_equal(seq_diff(0x7fffffff, 0), INT32_MAX);
    assert_int_equal(seq_diff(0x80000000, 0), INT32_MIN);
    assert_int_equal(seq_diff(0, 0x80000000), INT32_MIN); /* no order: the same both ways */
}

static void order(void **state)
{
    (void)state;
    assert_true(seq_before(0xffffffff, 0));
    assert_false(seq_before(0, 0xffffffff));
    assert_false(seq_before(7, 7));
    assert_true(seq_before(0xfffffff0, 0x10));
    assert_true(seq_before(1, 0x80000000));
    assert_false(seq_before(0x80000000, 1));
}

static void unwrapped(void **state)
{
    (void)state;
    int64_t isn = seq_base(0xffffffff);
    assert_true(isn == INT64_C(0x1ffffffff));
    assert_true(seq_base(0) == INT64_C(0x100000000));
    /* The SYN takes 0xffffffff, the first byte is number 0: one further, not 2^32 back. */
    assert_true(seq_unwrap(isn, 0) == isn + 1);
    assert_true(seq_unwrap(isn + 1, 0xffffffff) == isn);
    /* A keep-alive below the first ISN of all stays positive. */
    assert_true(seq_unwrap(seq_base(0), 0xffffffff) == INT64_C(0xffffffff));
    /* Nearest: 2^31 - 1 ahead is ahead, 2^31 has no order and goes back. */
    assert_true(seq_unwrap(seq_base(0), 0x7fffffff) == SEQ_SPACE + INT32_MAX);
    assert_true(seq_unwrap(seq_base(0), 0x80000000) == SEQ_SPACE + INT32_MIN);
}

/* 5 GiB in steps of 1460 bytes: the place grows evenly while the number wraps once. */
static void long_transfer(void **state)
{
    (void)state;
    uint32_t isn = 4294960000u;
    int64_t place = seq_base(isn);
    const int64_t total = INT64_C(5) << 30;
    for (int64_t sent = 0; sent < total; sent += 1460) {
        place = seq_unwrap(place, isn + (uint32_t)sent);
        assert_true(place == seq_base(isn) + sent);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances),
        cmocka_unit_test(order),
        cmocka_unit_test(unwrapped),
        cmocka_unit_test(long_transfer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
