/* The Internet checksum: RFC 1071's own example, odd lengths, carries, and whole segments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "decode/checksum.h"
#include "segment_case.h"

/* RFC 1071 §3: 0001 + f203 + f4f5 + f6f7 = 2ddf0, folded ddf2. */
static void rfc_example(void **state)
{
    (void)state;
    struct cursor bytes = cursor_init("\x00\x01\xf2\x03\xf4\xf5\xf6\xf7", 8);
    assert_int_equal(checksum_fold(checksum_add(0, bytes)), 0xddf2);
}

static void each_length(void **state)
{
    (void)state;
    static const char bytes[] = "\x01\x02\x03\x04\x05\x06\x07"
                                "\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f";
    /* One byte is the high one of a word; 0102 + 0304 = 0406; + 0500; + 0506; + 0700. */
    assert_int_equal(checksum_fold(checksum_add(0, cursor_init(bytes, 0))), 0);
    assert_int_equal(checksum_fold(checksum_add(0, cursor_init(bytes, 1))), 0x0100);
    assert_int_equal(checksum_fold(checksum_add(0, cursor_init(bytes, 2))), 0x0102);
    assert_int_equal(checksum_fold(checksum_add(0, cursor_init(bytes, 3))), 0x0402);
    assert_int_equal(checksum_fold(checksum_add(0, cursor_init(bytes, 4))), 0x0406);
    assert_int_equal(checksum_fold(checksum_add(0, cursor_init(bytes, 5))), 0x0906);
    assert_int_equal(checksum_fold(checksum_add(0, cursor_init(bytes, 6))), 0x090c);
    assert_int_equal(checksum_fold(checksum_add(0, cursor_init(bytes, 7))), 0x100c);
    /* 090c + 0708 = 1014; + 0900; + 090a + 0b0c = 242a; + 0d0e + 0f00 = 4038. */
    assert_int_equal(checksum_fold(checksum_add(0, cursor_init(bytes, 8))), 0x1014);
    assert_int_equal(checksum_fold(checksum_add(0, cursor_init(bytes, 9))), 0x1914);
    assert_int_equal(checksum_fold(checksum_add(0, cursor_init(bytes, 12))), 0x242a);
    assert_int_equal(checksum_fold(checksum_add(0, cursor_init(bytes, 15))), 0x4038);
}

static void carries(void **state)
{
    (void)state;
    /* ffff + 0001 = 10000: the carry comes around as 0001. */
    assert_int_equal(checksum_fold(checksum_add(0, cursor_init("\xff\xff\x00\x01", 4))), 1);
    assert_int_equal(checksum_fold(0x1ffff), 1); /* ffff + 1 = 10000, and again */
    assert_int_equal(checksum_fold(UINT64_C(0xffffffffffffffff)), 0xffff);
    /* A sum is continued by the next part. */
    uint64_t sum = checksum_add(0, cursor_init("\x00\x01\xf2\x03", 4));
    assert_int_equal(checksum_fold(checksum_add(sum, cursor_init("\xf4\xf5\xf6\xf7", 4))), 0xddf2);
}

/* As RFC 1071 §1 has it: word by word, each carry added at once. */
static uint16_t sum_by_words(const uint8_t *bytes, size_t length)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < length; i++) {
        sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)sum;
}

/* Many bytes are added in vectors, from wherever they begin. */
static void long_parts(void **state)
{
    (void)state;
    uint8_t bytes[400];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i % 3 == 0 ? 0xff : i * 151);
    for (size_t from = 0; from < 9; from++)
        for (size_t length = 0; length <= sizeof bytes - from; length++)
            assert_int_equal(
                checksum_fold(checksum_add(0, cursor_init(bytes + from, length))),
                sum_by_words(bytes + from, length));
    /* ffff is the zero of a sum, and stays it; 0 is the sum of nothing but zeros. */
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(checksum_fold(checksum_add(0, cursor_init(bytes, sizeof bytes))), 0xffff);
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(checksum_fold(checksum_add(0, cursor_init(bytes, sizeof bytes))), 0);
    assert_int_equal(checksum_fold(checksum_add(0x1234, cursor_init(bytes, 64))), 0x1234);
}

/* 10.0.0.1 and 10.0.0.2: 0a00 + 0001 + 0a00 + 0002 = 1403; + 6 + 20 = 141d. */
static void pseudo_header(void **state)
{
    (void)state;
    struct segment segment = {
        .ip_version = 4,
        .source = { 10, 0, 0, 1 },
        .destination = { 10, 0, 0, 2 },
    };
    assert_int_equal(checksum_fold(checksum_pseudo(&segment, 6, 20)), 0x141d);
    /* Lengths above 16 bits (RFC 8200 §8.1 has 32): 0x10000 folds to 1. */
    assert_int_equal(checksum_fold(checksum_pseudo(&segment, 6, 0x10000)), 0x140a);
    /* All 16 bytes of IPv6: 0a00 + 0001 + 0003, 0a00 + 0002; 1406 + 6 + 20 = 1420. */
    segment.ip_version = 6;
    segment.source[15] = 3;
    assert_int_equal(checksum_fold(checksum_pseudo(&segment, 6, 20)), 0x1420);
}

/*
 * 10.0.0.1.1000 > 10.0.0.2.80: SYN, seq 1, window 100. By hand: pseudo-header 141d, header
 * 03e8 + 0050 + 0000 + 0001 + 0000 + 0000 + 5002 + 0064 + 0000 = 549f; 141d + 549f = 68bc;
 * complement 9743.
 */
static const char syn[] = "\x45\x00\x00\x28\x00\x00\x40\x00\x40\x06\x26\xce"
                          "\x0a\x00\x00\x01\x0a\x00\x00\x02"
                          "\x03\xe8\x00\x50\x00\x00\x00\x01\x00\x00\x00\x00\x50\x02\x00\x64";

static uint32_t facts_with(unsigned checksum)
{
    char bytes[40];
    struct segment segment;
    for (unsigned i = 0; i < 36; i++)
        bytes[i] = syn[i];
    bytes[36] = (char)(checksum >> 8);
    bytes[37] = (char)checksum;
    bytes[38] = bytes[39] = 0;
    assert_int_equal(case_decode_bytes(12, bytes, sizeof(bytes), &segment), DECODE_SEGMENT);
    assert_int_equal(segment.checksum, checksum);
    return segment.facts;
}

static void classes(void **state)
{
    (void)state;
    assert_int_equal(facts_with(0x9743), FACT_CHECKSUM_GOOD);
    assert_int_equal(facts_with(0x141d), FACT_CHECKSUM_PARTIAL);
    assert_int_equal(facts_with(0x9744), FACT_CHECKSUM_BAD);
    assert_int_equal(facts_with(0x0000), FACT_CHECKSUM_BAD);
    assert_int_equal(facts_with(0xebe2), FACT_CHECKSUM_BAD); /* the pseudo sum's complement */
}

static void odd_payload(void **state)
{
    (void)state;
    struct segment segment;
    assert_int_equal(case_decode("0 A PA len=13", &segment), DECODE_SEGMENT);
    assert_int_equal(segment.facts, FACT_CHECKSUM_GOOD);
    assert_int_equal(case_decode("0 A PA len=13 badsum", &segment), DECODE_SEGMENT);
    assert_int_equal(segment.facts, FACT_CHECKSUM_BAD);
    assert_int_equal(case_decode("0 A PA len=13 partialsum", &segment), DECODE_SEGMENT);
    assert_int_equal(segment.facts, FACT_CHECKSUM_PARTIAL);
}

/* Nothing is said of a segment that is not all there. */
static void only_when_whole(void **state)
{
    (void)state;
    struct segment segment;
    const uint32_t sums = FACT_CHECKSUM_GOOD | FACT_CHECKSUM_BAD | FACT_CHECKSUM_PARTIAL;
    /* 14 + 20 + 20 + 13 = 67 bytes */
    assert_int_equal(case_decode("0 A PA len=13 snap=67", &segment), DECODE_SEGMENT);
    assert_int_equal(segment.facts & sums, FACT_CHECKSUM_GOOD);
    assert_int_equal(case_decode("0 A PA len=13 snap=66", &segment), DECODE_SEGMENT);
    assert_int_equal(segment.facts & sums, 0);
    assert_int_equal(case_decode("0 A PA len=16 mf", &segment), DECODE_SEGMENT);
    assert_int_equal(segment.facts & sums, 0);
}

static void ip_header(void **state)
{
    (void)state;
    struct segment segment;
    assert_int_equal(case_decode("0 A A", &segment), DECODE_SEGMENT);
    assert_int_equal(segment.facts & FACT_IP_CHECKSUM_BAD, 0);
    assert_int_equal(case_decode("0 A A badipsum", &segment), DECODE_SEGMENT);
    assert_int_equal(segment.facts & FACT_IP_CHECKSUM_BAD, FACT_IP_CHECKSUM_BAD);
    assert_int_equal(segment.facts & FACT_CHECKSUM_GOOD, FACT_CHECKSUM_GOOD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_example),     cmocka_unit_test(each_length),
        cmocka_unit_test(carries),         cmocka_unit_test(pseudo_header),
        cmocka_unit_test(classes),         cmocka_unit_test(odd_payload),
        cmocka_unit_test(only_when_whole), cmocka_unit_test(ip_header),
        cmocka_unit_test(long_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
