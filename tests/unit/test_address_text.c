/* Tests of base/address_text: examples of the RFCs, and what inet_ntop() writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "base/address_text.h"

static void expect(int family, const uint8_t *address, const char *want)
{
    char got[ADDRESS_TEXT_SIZE];
    char *end = family == AF_INET6 ? address_write_ipv6(got, address)
                                   : address_write_ipv4(got, address);
    assert_string_equal(got, want);
    assert_ptr_equal(end, got + strlen(got));
}

/* As the C library has it. */
static void expect_same(int family, const uint8_t *address)
{
    char want[INET6_ADDRSTRLEN];
    assert_non_null(inet_ntop(family, address, want, sizeof want));
    expect(family, address, want);
}

static void test_ipv4(void **unused)
{
    (void)unused;
    for (unsigned i = 0; i < 256; i++) {
        const uint8_t address[4] = { (uint8_t)i, 0, (uint8_t)(255 - i), (uint8_t)(i * 7) };
        expect_same(AF_INET, address);
    }
    expect(AF_INET, (const uint8_t[]){ 0, 0, 0, 0 }, "0.0.0.0");
    expect(AF_INET, (const uint8_t[]){ 255, 255, 255, 255 }, "255.255.255.255");
}

/* RFC 5952 §1, §4 and RFC 4291 §2.2, §2.5.5: each is written as it stands here. */
static void test_examples(void **unused)
{
    (void)unused;
    static const char *const examples[] = {
        "::", "::1", "1::", "2001:db8::1", "2001:db8::2:1", "2001:db8:0:1:1:1:1:1",
        "2001:0:0:1::1", "2001:db8::1:0:0:1", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa",
        "ff01::101", "fe80::a00:27ff:fe4e:66a1", "::13.1.68.3", "::ffff:129.144.52.38",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::ffff:0:0:1", "64:ff9b::c000:221",
    };
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        uint8_t address[16];
        assert_int_equal(inet_pton(AF_INET6, examples[i], address), 1);
        expect(AF_INET6, address, examples[i]);
    }
}

/* Zeros in each of the places where they can be, beside groups of one to four digits. */
static void test_ipv6(void **unused)
{
    (void)unused;
    static const unsigned values[] = { 0x1, 0x23, 0x456, 0x789a, 0xffff };
    for (unsigned mask = 0; mask < 256; mask++) {
        for (unsigned value = 0; value < sizeof values / sizeof values[0]; value++) {
            uint8_t address[16] = { 0 };
            for (unsigned group = 0; group < 8; group++) {
                unsigned number = mask & 1u << group ? values[value] : 0;
                address[2 * group] = (uint8_t)(number >> 8);
                address[2 * group + 1] = (uint8_t)(number & 0xff);
            }
            expect_same(AF_INET6, address);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ipv4),
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_ipv6),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
