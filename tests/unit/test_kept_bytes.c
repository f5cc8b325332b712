/*
 * kept_bytes: what passed is compared byte for byte, wherever segments begin and end; what came
 * last counts; what is forgotten is not compared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/kept_bytes.h"

#define SAME UINT32_MAX

static struct kept_bytes *new_bytes(void)
{
    static const struct flow_secret secret = { .key = { 7, 9 } };
    struct kept_bytes *kept = kept_bytes_new(&secret);
    assert_non_null(kept);
    return kept;
}

static void add(struct kept_bytes *kept, uint64_t stream, int64_t seq, const char *text,
                uint64_t frame)
{
    kept_bytes_put(kept, stream, seq, cursor_init(text, strlen(text)), frame);
}

/* compared: so many bytes were kept until the first difference, that one included. */
static void assert_compare(const struct kept_bytes *kept, uint64_t stream, int64_t seq,
                           const char *text, uint32_t compared, uint32_t offset, uint64_t frame)
{
    struct kept_difference found =
        kept_bytes_compare(kept, stream, seq, cursor_init(text, strlen(text)));
    assert_int_equal(found.compared, compared);
    assert_int_equal(found.offset, offset);
    assert_int_equal(found.frame, frame);
}

/* Boundaries of segments do not matter (§4.14 of the reference: compare bytes, not segments). */
static void boundaries(void **state)
{
    (void)state;
    struct kept_bytes *kept = new_bytes();
    add(kept, 1, 100, "abcdef", 4);
    add(kept, 1, 106, "ghijkl", 5);
    assert_compare(kept, 1, 100, "abcdefghijkl", 12, SAME, 0);
    assert_compare(kept, 1, 103, "defg", 4, SAME, 0);
    assert_compare(kept, 1, 98, "??ab", 2, SAME, 0);
    assert_compare(kept, 1, 110, "kl??", 2, SAME, 0);
    /* "ghX": the third byte, which frame 5 brought. */
    assert_compare(kept, 1, 106, "ghXjkl", 3, 2, 5);
    /* Which of several frames brought an earlier byte is not remembered. */
    assert_compare(kept, 1, 102, "cX", 2, 1, 0);
    kept_bytes_free(kept);
}

/* Other streams, and stretches of which nothing passed, are not compared. */
static void strangers(void **state)
{
    (void)state;
    struct kept_bytes *kept = new_bytes();
    add(kept, 2, 100, "abcdef", 4);
    assert_compare(kept, 3, 100, "ABCDEF", 0, SAME, 0);
    assert_compare(kept, 2, 200, "ABCDEF", 0, SAME, 0);
    assert_compare(kept, 2, 100 + (INT64_C(1) << 32), "ABCDEF", 0, SAME, 0);
    assert_compare(kept, 2, 100, "", 0, SAME, 0);
    kept_bytes_free(kept);
}

/* What came last counts; what fills a hole is taken. */
static void last_counts(void **state)
{
    (void)state;
    struct kept_bytes *kept = new_bytes();
    add(kept, 1, 10, "b", 1);
    add(kept, 1, 12, "d", 2);
    assert_compare(kept, 1, 9, "?b?d", 2, SAME, 0);
    assert_compare(kept, 1, 12, "X", 1, 0, 2);
    add(kept, 1, 9, "aXc", 3);
    assert_compare(kept, 1, 9, "aXcd", 4, SAME, 0);
    assert_compare(kept, 1, 10, "b", 1, 0, 3);
    /* Whose it is is remembered of the newest frame alone. */
    assert_compare(kept, 1, 12, "X", 1, 0, 0);
    kept_bytes_free(kept);
}

/* Numbers below zero are numbers as well: a stream that was picked up in the middle. */
static void across_blocks(void **state)
{
    (void)state;
    struct kept_bytes *kept = new_bytes();
    char text[5001];
    memset(text, 'x', 5000);
    text[5000] = '\0';
    add(kept, 1, -2500, text, 8);
    assert_compare(kept, 1, -2500, text, 5000, SAME, 0);
    text[4999] = 'y';
    assert_compare(kept, 1, -2500, text, 5000, 4999, 8);
    text[2500] = 'y';
    assert_compare(kept, 1, -2500, text, 2501, 2500, 8);
    kept_bytes_free(kept);
}

/* A million one-byte holes: every other byte, then what is between. */
static void one_byte_holes(void **state)
{
    (void)state;
    struct kept_bytes *kept = new_bytes();
    for (int64_t i = 0; i < 1000000; i++)
        add(kept, 1, 2 * i, "a", (uint64_t)i + 1);
    assert_compare(kept, 1, 1999990, "a?a?a?a?a?", 5, SAME, 0);
    assert_compare(kept, 1, 1999998, "b", 1, 0, 1000000);
    assert_compare(kept, 1, 1999998, "a", 1, SAME, 0);
    kept_bytes_free(kept);
}

/* 4,096 stretches of 1024 are kept; the next one takes the place of the first. */
static void forgotten(void **state)
{
    (void)state;
    struct kept_bytes *kept = new_bytes();
    for (uint64_t stream = 1; stream <= 4096; stream++)
        add(kept, stream, 5, "a", stream);
    assert_compare(kept, 1, 5, "b", 1, 0, 1);
    add(kept, 4097, 5, "a", 4097);
    assert_compare(kept, 1, 5, "b", 0, SAME, 0);
    assert_compare(kept, 2, 5, "b", 1, 0, 2);
    assert_compare(kept, 4097, 5, "b", 1, 0, 4097);
    /* What is written anew is begun anew. */
    add(kept, 1, 5, "c", 5000);
    assert_compare(kept, 1, 5, "c", 1, SAME, 0);
    assert_compare(kept, 2, 5, "b", 0, SAME, 0);
    kept_bytes_free(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boundaries),     cmocka_unit_test(strangers),
        cmocka_unit_test(last_counts),    cmocka_unit_test(across_blocks),
        cmocka_unit_test(one_byte_holes), cmocka_unit_test(forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
