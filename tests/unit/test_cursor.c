/* Reading stops at the end, says so, and never starts again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cursor.h"

static const uint8_t sample[] = { 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08 };

static void orders(void **state)
{
    (void)state;
    struct cursor c = cursor_init(sample, sizeof(sample));
    assert_int_equal(cursor_u8(&c), 0x01);
    assert_int_equal(cursor_be16(&c), 0x0203);
    assert_int_equal(cursor_be32(&c), 0x04050607);
    assert_int_equal(cursor_left(&c), 1);
    assert_true(cursor_ok(&c));
    c = cursor_init(sample, sizeof(sample));
    assert_int_equal(cursor_le32(&c), 0x04030201);
    c = cursor_init(sample, sizeof(sample));
    assert_true(cursor_be64(&c) == UINT64_C(0x0102030405060708));
    assert_int_equal(cursor_left(&c), 0);
    c = cursor_init(sample, sizeof(sample));
    assert_true(cursor_le64(&c) == UINT64_C(0x0807060504030201));
    assert_int_equal(cursor_left(&c), 0);
    assert_true(cursor_le64(&c) == 0);
    assert_false(cursor_ok(&c));
    c = cursor_init("\xff\xfe\xfd\xfc", 4);
    assert_true(cursor_be32(&c) == 0xfffefdfc);
    c = cursor_init("\xff\xfe\xfd\xfc", 4);
    assert_true(cursor_le32(&c) == 0xfcfdfeff);
}

static void sticky(void **state)
{
    (void)state;
    struct cursor c = cursor_init(sample, 3);
    assert_int_equal(cursor_be32(&c), 0);
    assert_false(cursor_ok(&c));
    /* Three bytes are there, but nothing is read after a failure. */
    assert_int_equal(cursor_u8(&c), 0);
    assert_int_equal(cursor_be16(&c), 0);
    assert_int_equal(cursor_left(&c), 3);
    struct cursor part = cursor_take_most(&c, 2);
    assert_int_equal(cursor_left(&part), 0);
}

static void each_read_at_the_end(void **state)
{
    (void)state;
    struct cursor c = cursor_init(sample, 0);
    assert_int_equal(cursor_u8(&c), 0);
    assert_false(cursor_ok(&c));
    c = cursor_init(sample, 1);
    assert_int_equal(cursor_be16(&c), 0);
    assert_false(cursor_ok(&c));
    c = cursor_init(sample, 3);
    assert_int_equal(cursor_le32(&c), 0);
    assert_false(cursor_ok(&c));
    c = cursor_init(sample, 7);
    assert_true(cursor_be64(&c) == 0);
    assert_false(cursor_ok(&c));
    c = cursor_init(sample, 4);
    cursor_skip(&c, 5);
    assert_false(cursor_ok(&c));
    c = cursor_init(sample, 4);
    cursor_skip(&c, 4);
    assert_true(cursor_ok(&c));
    cursor_skip(&c, SIZE_MAX); /* must not wrap the pointer */
    assert_false(cursor_ok(&c));
}

static void copies(void **state)
{
    (void)state;
    uint8_t bytes[4] = { 9, 9, 9, 9 };
    struct cursor c = cursor_init(sample, 3);
    cursor_copy(&c, bytes, 2);
    assert_int_equal(bytes[0], 1);
    assert_int_equal(bytes[1], 2);
    assert_int_equal(bytes[2], 9);
    cursor_copy(&c, bytes, 4);
    assert_false(cursor_ok(&c));
    for (int i = 0; i < 4; i++)
        assert_int_equal(bytes[i], 0);
}

static void parts(void **state)
{
    (void)state;
    struct cursor c = cursor_init(sample, sizeof(sample));
    struct cursor part = cursor_take(&c, 3);
    assert_int_equal(cursor_left(&part), 3);
    assert_int_equal(cursor_left(&c), 5);
    assert_int_equal(cursor_u8(&c), 4);
    part = cursor_take(&c, 5);
    assert_false(cursor_ok(&part));
    assert_false(cursor_ok(&c));
    c = cursor_init(sample, 4);
    part = cursor_take_most(&c, 9);
    assert_int_equal(cursor_left(&part), 4);
    assert_true(cursor_ok(&part));
    assert_true(cursor_ok(&c));
    assert_int_equal(cursor_left(&c), 0);
}

static void nothing(void **state)
{
    (void)state;
    struct cursor c = cursor_init(NULL, 0);
    assert_true(cursor_ok(&c));
    assert_int_equal(cursor_left(&c), 0);
    c = cursor_init(NULL, 5);
    assert_false(cursor_ok(&c));
    assert_int_equal(cursor_u8(&c), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders), cmocka_unit_test(sticky), cmocka_unit_test(each_read_at_the_end),
        cmocka_unit_test(copies), cmocka_unit_test(parts),  cmocka_unit_test(nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
