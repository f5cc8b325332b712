/* TCP options: each kind, and each way to be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode/tcp_options.h"

/* Decodes a copy of exactly the size, so that a sanitizer sees a read past it. */
static struct segment options(const char *bytes, size_t length, uint32_t facts)
{
    struct segment segment = { .facts = facts };
    char *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, length);
    tcp_options_decode(cursor_init(copy, length), &segment);
    free(copy);
    return segment;
}

#define OPTIONS(bytes) options(bytes, sizeof(bytes) - 1, 0)

/* The options of a Linux SYN: MSS 1460, SACK, timestamps 2864434397 and 0, NOP, scale 7. */
static void linux_syn(void **state)
{
    (void)state;
    struct segment s = OPTIONS("\x02\x04\x05\xb4\x04\x02\x08\x0a\xaa\xbb\xcc\xdd\0\0\0\0"
                               "\x01\x03\x03\x07");
    assert_int_equal(s.options,
                     OPTION_MSS | OPTION_SACK_PERMITTED | OPTION_TIMESTAMPS | OPTION_WINDOW_SCALE);
    assert_int_equal(s.mss, 1460); /* 0x05b4 */
    assert_true(s.tsval == 0xaabbccdd);
    assert_int_equal(s.tsecr, 0);
    assert_int_equal(s.window_scale, 7);
    assert_int_equal(s.facts, 0);
}

static void sack_blocks(void **state)
{
    (void)state;
    struct segment s = OPTIONS("\x01\x01\x05\x12\0\0\0\x01\0\0\0\x05\xff\xff\xff\xfe\0\0\0\x02");
    assert_int_equal(s.options, OPTION_SACK);
    assert_int_equal(s.sack_count, 2);
    assert_int_equal(s.sack[0].left, 1);
    assert_int_equal(s.sack[0].right, 5);
    assert_true(s.sack[1].left == 0xfffffffe);
    assert_int_equal(s.sack[1].right, 2);
    /* Four blocks are 34 bytes. */
    char four[34] = { 5, 34 };
    four[33] = 9;
    s = options(four, sizeof(four), 0);
    assert_int_equal(s.sack_count, 4);
    assert_int_equal(s.sack[3].right, 9);
    /* A block is eight bytes: RFC 2018 §3. */
    s = OPTIONS("\x05\x09\0\0\0\x01\0\0\0");
    assert_int_equal(s.options, 0);
    assert_int_equal(s.facts, FACT_OPTION_MALFORMED | FACT_SACK_MALFORMED);
    s = OPTIONS("\x05\x02");
    assert_int_equal(s.facts, FACT_OPTION_MALFORMED | FACT_SACK_MALFORMED);
}

static void fast_open(void **state)
{
    (void)state;
    struct segment s = OPTIONS("\x22\x02");
    assert_int_equal(s.options, OPTION_FAST_OPEN);
    assert_int_equal(s.fast_open_len, 0);
    s = OPTIONS("\x22\x0a"
                "12345678");
    assert_int_equal(s.fast_open_len, 8);
    s = OPTIONS("\x22\x05"
                "123"); /* cookies are even: RFC 7413 §4.1.1 */
    assert_int_equal(s.options, 0);
    assert_int_equal(s.facts, FACT_OPTION_MALFORMED);
    /* Kind 254 with 0xf989, and with another experiment's number. */
    s = OPTIONS("\xfe\x08\xf9\x89"
                "1234");
    assert_int_equal(s.options, OPTION_FAST_OPEN);
    assert_int_equal(s.fast_open_len, 4);
    s = OPTIONS("\xfd\x04\xf9\x89");
    assert_int_equal(s.options, OPTION_FAST_OPEN);
    s = OPTIONS("\xfe\x14\xf9\x89"
                "0123456789abcdef");
    assert_int_equal(s.fast_open_len, 16);
    s = OPTIONS("\xfe\x15\xf9\x89"
                "0123456789abcdefg"); /* no cookie is that long */
    assert_int_equal(s.options, OPTION_OTHER);
    s = OPTIONS("\xfe\x04\x12\x34");
    assert_int_equal(s.options, OPTION_OTHER);
    s = OPTIONS("\xfe\x03\xf9"); /* too short to say which */
    assert_int_equal(s.options, OPTION_OTHER);
    assert_int_equal(s.facts, 0);
}

static void others(void **state)
{
    (void)state;
    assert_int_equal(OPTIONS("\x13\x12"
                             "0123456789abcdef")
                         .options,
                     OPTION_MD5);
    assert_int_equal(OPTIONS("\x1c\x04\x80\x3c").options, OPTION_USER_TIMEOUT);
    assert_int_equal(OPTIONS("\x1d\x10\x01\x02"
                             "0123456789ab")
                         .options,
                     OPTION_AO);
    assert_int_equal(OPTIONS("\x1e\x0c\0\x81"
                             "01234567")
                         .options,
                     OPTION_MPTCP);
    assert_int_equal(OPTIONS("\xac\x0b"
                             "012345678")
                         .options,
                     OPTION_ACCECN);
    assert_int_equal(OPTIONS("\xae\x02").options, OPTION_ACCECN);
    assert_int_equal(OPTIONS("\x45\x03\x01").options, OPTION_OTHER); /* TCP-ENO */
}

/* Wrong lengths of kinds that have one: ignored, noted, and what follows is still read. */
static void wrong_lengths(void **state)
{
    (void)state;
    struct segment s = OPTIONS("\x02\x03\x05\x03\x03\x07");
    assert_int_equal(s.options, OPTION_WINDOW_SCALE);
    assert_int_equal(s.window_scale, 7);
    assert_int_equal(s.facts, FACT_OPTION_MALFORMED);
    assert_int_equal(OPTIONS("\x03\x04\x01\x02").facts, FACT_OPTION_MALFORMED);
    assert_int_equal(OPTIONS("\x04\x03\x01").facts, FACT_OPTION_MALFORMED);
    assert_int_equal(OPTIONS("\x08\x09"
                             "1234567")
                         .facts,
                     FACT_OPTION_MALFORMED);
    assert_int_equal(OPTIONS("\x08\x0b"
                             "123456789")
                         .facts,
                     FACT_OPTION_MALFORMED);
}

/* Where parsing must stop; what came before is kept. */
static void broken(void **state)
{
    (void)state;
    struct segment s = OPTIONS("\x02\x04\x05\xb4\x08\0\x03\x03\x07"); /* length 0 */
    assert_int_equal(s.options, OPTION_MSS);
    assert_int_equal(s.facts, FACT_OPTION_MALFORMED);
    s = OPTIONS("\x02\x04\x05\xb4\x08\x01\x03\x03\x07"); /* length 1 */
    assert_int_equal(s.options, OPTION_MSS);
    assert_int_equal(s.facts, FACT_OPTION_MALFORMED);
    s = OPTIONS("\x02\x04\x05\xb4\x08\x0a\x01\x02"); /* past the end */
    assert_int_equal(s.options, OPTION_MSS);
    assert_int_equal(s.facts, FACT_OPTION_MALFORMED);
    s = OPTIONS("\x02\x04\x05\xb4\x08"); /* only the kind */
    assert_int_equal(s.options, OPTION_MSS);
    assert_int_equal(s.facts, FACT_OPTION_MALFORMED);
}

/* A list that the capture cut off is not the sender's mistake. */
static void truncated(void **state)
{
    (void)state;
    static const char bytes[] = "\x02\x04\x05\xb4\x08\x0a\x01\x02";
    struct segment s = options(bytes, sizeof(bytes) - 1, FACT_OPTIONS_TRUNCATED);
    assert_int_equal(s.options, OPTION_MSS);
    assert_int_equal(s.facts, FACT_OPTIONS_TRUNCATED);
}

static void ends_of_list(void **state)
{
    (void)state;
    assert_int_equal(OPTIONS("").facts, 0);
    assert_int_equal(OPTIONS("\x01\x01\x01\x01").options, 0);
    assert_int_equal(OPTIONS("\x01\x01\x01\x01").facts, 0);
    /* After an EOL everything is padding, also what looks like an option. */
    struct segment s = OPTIONS("\x03\x03\x05\0\x02\x04\x05\xb4");
    assert_int_equal(s.options, OPTION_WINDOW_SCALE);
    assert_int_equal(s.facts, 0);
    assert_int_equal(OPTIONS("\0\x08\0\0").facts, 0);
}

static void iterator(void **state)
{
    (void)state;
    struct tcp_option option;
    struct tcp_options_iterator i =
        tcp_options_begin(cursor_init("\x01\x45\x04\xaa\xbb\x01\x13\x01", 8));
    assert_true(tcp_options_next(&i, &option));
    assert_int_equal(option.kind, 0x45);
    assert_int_equal(cursor_left(&option.body), 2);
    assert_int_equal(cursor_be16(&option.body), 0xaabb);
    assert_false(tcp_options_next(&i, &option));
    assert_true(i.malformed);
    assert_false(tcp_options_next(&i, &option)); /* and it stays at the end */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linux_syn), cmocka_unit_test(sack_blocks),   cmocka_unit_test(fast_open),
        cmocka_unit_test(others),    cmocka_unit_test(wrong_lengths), cmocka_unit_test(broken),
        cmocka_unit_test(truncated), cmocka_unit_test(ends_of_list),  cmocka_unit_test(iterator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
