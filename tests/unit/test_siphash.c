/* SipHash-1-3 against values of two other implementations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/siphash.h"

/*
 * Key 00 01 ... 0f, message 00 01 ... of the length. The values are those of a second
 * implementation, which also gives the SipHash-2-4 vector of the paper's appendix A.
 */
static void counted_messages(void **state)
{
    (void)state;
    static const struct {
        size_t length;
        uint64_t hash;
    } vectors[] = {
        { 0, UINT64_C(0xabac0158050fc4dc) },  { 1, UINT64_C(0xc9f49bf37d57ca93) },
        { 2, UINT64_C(0x82cb9b024dc7d44d) },  { 7, UINT64_C(0xd3927d989bb11140) },
        { 8, UINT64_C(0x369095118d299a8e) },  { 9, UINT64_C(0x25a48eb36c063de4) },
        { 15, UINT64_C(0xd320d86d2a519956) }, { 16, UINT64_C(0xcc4fdd1a7d908b66) },
        { 40, UINT64_C(0xc1d2363299e41531) }, { 63, UINT64_C(0x9d199062b7bbb3a8) },
    };
    const uint64_t key[2] = { UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908) };
    uint8_t message[64];
    for (unsigned i = 0; i < sizeof(message); i++)
        message[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        assert_true(siphash13(key, message, vectors[i].length) == vectors[i].hash);
}

/* CPython 3.11 hashes bytes with SipHash-1-3, under PYTHONHASHSEED=0 with an all-zero key. */
static void zero_key(void **state)
{
    (void)state;
    const uint64_t key[2] = { 0, 0 };
    assert_true(siphash13(key, "a", 1) == UINT64_C(0x407448d2b89b1813));
    assert_true(siphash13(key, "tcpflow", 7) == UINT64_C(0xe2c940057e1026ca));
    assert_true(siphash13(key, "192.0.2.1:40000", 15) == UINT64_C(0xb92d10517063e2f5));
}

static void both_halves_of_the_key_count(void **state)
{
    (void)state;
    const uint64_t zero[2] = { 0, 0 };
    const uint64_t first[2] = { 1, 0 };
    const uint64_t second[2] = { 0, 1 };
    assert_true(siphash13(zero, "a", 1) != siphash13(first, "a", 1));
    assert_true(siphash13(zero, "a", 1) != siphash13(second, "a", 1));
    assert_true(siphash13(first, "a", 1) != siphash13(second, "a", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counted_messages),
        cmocka_unit_test(zero_key),
        cmocka_unit_test(both_halves_of_the_key_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
