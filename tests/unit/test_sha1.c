/* SHA-1: the examples of FIPS 180, and each length around the padding's second block. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/sha1.h"

static void expect(const char *message, size_t length, const char *hex)
{
    uint8_t digest[SHA1_SIZE];
    char text[2 * SHA1_SIZE + 1];
    sha1(message, length, digest);
    for (int i = 0; i < SHA1_SIZE; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(text, hex);
}

static void published(void **state)
{
    (void)state;
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    expect("", 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    expect("abc", 3, "a9993e364706816aba3e25717850c26c9cd0d89d");
    expect(two_blocks, strlen(two_blocks), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

static void a_million(void **state)
{
    (void)state;
    char *message = malloc(1000000);
    assert_non_null(message);
    memset(message, 'a', 1000000);
    expect(message, 1000000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    free(message);
}

/* 55 bytes still leave room for the length in their block, 56 do not; by sha1sum(1). */
static void around_the_padding(void **state)
{
    (void)state;
    char message[64];
    memset(message, 'a', sizeof(message));
    expect(message, 55, "c1c8bbdc22796e28c0e15163d20899b65621d65a");
    expect(message, 56, "c2db330f6083854c99d4b5bfb6e8f29f201be699");
    expect(message, 63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5");
    expect(message, 64, "0098ba824b5c16427bd7a1122a5a442a25ec644d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published),
        cmocka_unit_test(a_million),
        cmocka_unit_test(around_the_padding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
