/* flow_key: both directions of a connection have one key, different connections have others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/siphash.h"
#include "flow/flow_key.h"
#include "segment_case.h"

static bool key_of(const char *lines, struct flow_key *ret_key)
{
    struct segment s;
    assert_int_equal(case_decode(lines, &s), DECODE_SEGMENT);
    return flow_key_make(&s, ret_key);
}

static void both_directions(void **state)
{
    (void)state;
    static const char *const ends[] = {
        "ends A=192.0.2.1:40000 B=192.0.2.2:80\n",
        "ends A=192.0.2.2:80 B=192.0.2.1:40000\n",
        "ends A=[2001:db8::1]:40000 B=[2001:db8::2]:80\n",
        "ends A=127.0.0.1:5000 B=127.0.0.1:6000\n",
        "ends A=127.0.0.1:6000 B=127.0.0.1:5000\n",
    };
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char a[200], b[200];
        struct flow_key forth, back;
        strcpy(a, ends[i]);
        strcat(a, "0 A S seq=1");
        strcpy(b, ends[i]);
        strcat(b, "0 B SA seq=1 ack=2");
        bool a_second = key_of(a, &forth), b_second = key_of(b, &back);
        assert_true(flow_key_equal(&forth, &back));
        assert_true(a_second != b_second); /* the bit tells who sent it */
    }
}

/* The lower address comes first; with equal addresses the lower port. */
static void order(void **state)
{
    (void)state;
    struct flow_key key;
    assert_false(key_of("ends A=9.0.0.1:40000 B=10.0.0.1:80\n0 A S seq=1", &key));
    assert_int_equal(key.address[0][0], 9);
    assert_int_equal(key.port[0], 40000);
    assert_int_equal(key.port[1], 80);
    assert_true(key_of("ends A=127.0.0.1:6000 B=127.0.0.1:5000\n0 A S seq=1", &key));
    assert_int_equal(key.port[0], 5000);
    assert_int_equal(key.port[1], 6000);
    /* Each byte counts, the first ones most. */
    assert_true(key_of("ends A=[2001:db8::100]:1 B=[2001:db8::ff]:2\n0 A S seq=1", &key));
    assert_int_equal(key.port[0], 2);
    assert_false(key_of("ends A=[2001:db8::ff]:1 B=[2001:db9::]:2\n0 A S seq=1", &key));
    assert_true(key_of("ends A=[2001:db8:0:1::]:1 B=[2001:db8::ffff]:2\n0 A S seq=1", &key));
}

/* A connection to itself: one end, and no second one to be. */
static void self_connect(void **state)
{
    (void)state;
    struct flow_key key;
    assert_false(key_of("ends A=127.0.0.1:5000 B=127.0.0.1:5000\n0 A S seq=1", &key));
    assert_false(key_of("ends A=127.0.0.1:5000 B=127.0.0.1:5000\n0 B S seq=1", &key));
}

/* Each of the five parts matters, and the version: 1.2.3.4 is no 102:304::. */
static void differences(void **state)
{
    (void)state;
    static const char *const others[] = {
        "ends A=1.2.3.5:1000 B=5.6.7.8:80\n0 A S seq=1",
        "ends A=1.2.3.4:1001 B=5.6.7.8:80\n0 A S seq=1",
        "ends A=1.2.3.4:1000 B=5.6.7.9:80\n0 A S seq=1",
        "ends A=1.2.3.4:1000 B=5.6.7.8:81\n0 A S seq=1",
        "ends A=1.2.3.4:80 B=5.6.7.8:1000\n0 A S seq=1", /* ports exchanged */
        "ends A=[102:304::]:1000 B=[506:708::]:80\n0 A S seq=1",
    };
    const struct flow_secret secret = { .key = { 1, 2 } }, other = { .key = { 1, 3 } };
    struct flow_key key;
    key_of("ends A=1.2.3.4:1000 B=5.6.7.8:80\n0 A S seq=1", &key);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct flow_key k;
        key_of(others[i], &k);
        assert_false(flow_key_equal(&key, &k));
        assert_true(flow_key_hash(&key, &secret) != flow_key_hash(&k, &secret));
    }
    assert_true(flow_key_hash(&key, &secret) != flow_key_hash(&key, &other));
}

/*
 * What is hashed is a message: the addresses, as many bytes as they have, both ports and 16 bits of
 * the domain with their low byte first, and the version. 1000 is 0x03e8.
 */
static void hashed_messages(void **state)
{
    (void)state;
    static const uint8_t four[] = { 1, 2, 3, 4, 5, 6, 7, 8, 0xe8, 3, 80, 0, 0, 0, 4 };
    static const uint8_t six[] = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
                                   0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
                                   0xe8, 3, 80, 0, 0, 0, 6 };
    const struct flow_secret secret = { .key = { 1, 2 } };
    struct flow_key key;

    key_of("ends A=1.2.3.4:1000 B=5.6.7.8:80\n0 A S seq=1", &key);
    uint64_t hash = siphash13(secret.key, four, sizeof four);
    assert_true(flow_key_hash64(&key, &secret) == hash);
    assert_true(flow_key_hash(&key, &secret) == (uint32_t)hash);
    key_of("ends A=[2001:db8::1]:1000 B=[2001:db8::2]:80\n0 A S seq=1", &key);
    assert_true(flow_key_hash64(&key, &secret) == siphash13(secret.key, six, sizeof six));
}

/* The same of one address and a number: the number, the version, and then the address of IPv4. */
static void hashed_addresses(void **state)
{
    (void)state;
    static const uint8_t four[] = { 0xe8, 3, 4, 1, 2, 3, 4 };
    static const uint8_t six[] = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9,
                                   0xe8, 3, 6 };
    static const uint8_t address[16] = { 1, 2, 3, 4 };
    const struct flow_secret secret = { .key = { 1, 2 } };

    assert_true(flow_address_hash(address, 4, 1000, &secret) ==
                (uint32_t)siphash13(secret.key, four, sizeof four));
    assert_true(flow_address_hash(six, 6, 1000, &secret) ==
                (uint32_t)siphash13(secret.key, six, sizeof six));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_directions),
        cmocka_unit_test(order),
        cmocka_unit_test(self_connect),
        cmocka_unit_test(differences),
        cmocka_unit_test(hashed_messages),
        cmocka_unit_test(hashed_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
