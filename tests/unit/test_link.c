/* Link headers: each type of the table, tags, and headers cut at every byte. */
#include <pcap/dlt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode/link.h"

struct outcome {
    bool known;
    size_t left;
    struct link_payload payload;
    struct segment segment;
};

/* Runs the link decoder on a copy of exactly the size. */
static struct outcome link_bytes(int link_type, const char *bytes, size_t length)
{
    struct outcome outcome = { 0 };
    char *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, length);
    struct cursor c = cursor_init(copy, length);
    outcome.known = link_decode(link_type, &c, &outcome.segment, &outcome.payload);
    outcome.left = cursor_left(&c);
    free(copy);
    return outcome;
}

#define LINK(type, bytes) link_bytes(type, bytes, sizeof(bytes) - 1)
#define ADDRESSES "\x02\0\0\0\0\x0b\x02\0\0\0\0\x0a"

static void ethernet(void **state)
{
    (void)state;
    struct outcome o = LINK(DLT_EN10MB, ADDRESSES "\x08\x00"
                                                  "IP");
    assert_true(o.known);
    assert_int_equal(o.payload.ethertype, 0x0800);
    assert_int_equal(o.left, 2);
    assert_int_equal(o.segment.vlan_count, 0);
    assert_false(o.payload.raw_ip);
    assert_false(o.payload.malformed);
    assert_int_equal(LINK(DLT_EN10MB, ADDRESSES "\x86\xdd").payload.ethertype, 0x86dd);
    assert_int_equal(LINK(DLT_EN10MB, ADDRESSES "\x08\x06").payload.ethertype, 0x0806);
}

static void vlan_tags(void **state)
{
    (void)state;
    /* Priority 5 and id 10: a00a. Only the id is kept. */
    struct outcome o = LINK(DLT_EN10MB, ADDRESSES "\x81\x00\xa0\x0a\x08\x00"
                                                  "IP");
    assert_int_equal(o.payload.ethertype, 0x0800);
    assert_int_equal(o.segment.vlan_count, 1);
    assert_int_equal(o.segment.vlan[0], 10);
    assert_int_equal(o.left, 2);
    o = LINK(DLT_EN10MB, ADDRESSES "\x88\xa8\x00\x64\x81\x00\x0f\xff\x86\xdd");
    assert_int_equal(o.payload.ethertype, 0x86dd);
    assert_int_equal(o.segment.vlan_count, 2);
    assert_int_equal(o.segment.vlan[0], 100);
    assert_int_equal(o.segment.vlan[1], 4095);
    o = LINK(DLT_EN10MB, ADDRESSES "\x91\x00\x00\x01\x08\x00");
    assert_int_equal(o.payload.ethertype, 0x0800);
    assert_int_equal(o.segment.vlan[0], 1);
    /* Three tags: the outer two are remembered, all are stepped over. */
    o = LINK(DLT_EN10MB, ADDRESSES "\x81\x00\x00\x01\x81\x00\x00\x02\x81\x00\x00\x03\x08\x00"
                                   "IP");
    assert_int_equal(o.segment.vlan_count, 2);
    assert_int_equal(o.segment.vlan[1], 2);
    assert_int_equal(o.payload.ethertype, 0x0800);
    assert_int_equal(o.left, 2);
}

/* Nine tags are nobody's network: the ethertype stays that of a tag. */
static void too_many_tags(void **state)
{
    (void)state;
    char bytes[12 + 9 * 4 + 2] = { 0 };
    for (int i = 0; i < 9; i++)
        bytes[12 + 4 * i] = '\x81';
    bytes[12 + 9 * 4] = 0x08;
    struct outcome o = link_bytes(DLT_EN10MB, bytes, sizeof(bytes));
    assert_int_equal(o.payload.ethertype, 0x8100);
    assert_false(o.payload.malformed);
}

static void cooked(void **state)
{
    (void)state;
    struct outcome o = LINK(DLT_LINUX_SLL, "\0\x04\0\x01\0\x06\x02\0\0\0\0\x0a\0\0\x08\x00"
                                           "IP");
    assert_int_equal(o.payload.ethertype, 0x0800);
    assert_int_equal(o.segment.facts, FACT_SENT_BY_RECORDER);
    assert_int_equal(o.left, 2);
    o = LINK(DLT_LINUX_SLL, "\0\0\0\x01\0\x06\x02\0\0\0\0\x0a\0\0\x81\x00\x00\x07\x86\xdd");
    assert_int_equal(o.payload.ethertype, 0x86dd);
    assert_int_equal(o.segment.vlan[0], 7);
    assert_int_equal(o.segment.facts, FACT_FOR_RECORDER); /* packet type 0: to us */
    o = LINK(DLT_LINUX_SLL, "\0\x03\0\x01\0\x06\x02\0\0\0\0\x0a\0\0\x08\0");
    assert_int_equal(o.segment.facts, 0); /* packet type 3: from one host to another */
    o = LINK(DLT_LINUX_SLL2, "\x86\xdd\0\0\0\0\0\x02\0\x01\x04\x06\x02\0\0\0\0\x0a\0\0"
                             "IP");
    assert_int_equal(o.payload.ethertype, 0x86dd);
    assert_int_equal(o.segment.facts, FACT_SENT_BY_RECORDER);
    assert_int_equal(o.left, 2);
    o = LINK(DLT_LINUX_SLL2, "\x08\0\0\0\0\0\0\x04\0\x01\0\x06\x02\0\0\0\0\x0a\0\0");
    assert_int_equal(o.payload.ethertype, 0x0800);
    assert_int_equal(o.segment.facts, FACT_FOR_RECORDER); /* the 4 is the interface */
}

static void loopback(void **state)
{
    (void)state;
    assert_int_equal(LINK(DLT_NULL, "\x02\0\0\0").payload.ethertype, 0x0800);
    assert_int_equal(LINK(DLT_NULL, "\0\0\0\x02").payload.ethertype, 0x0800);
    assert_int_equal(LINK(DLT_NULL, "\x0a\0\0\0").payload.ethertype, 0x86dd);
    assert_int_equal(LINK(DLT_NULL, "\0\0\0\x18").payload.ethertype, 0x86dd);
    assert_int_equal(LINK(DLT_NULL, "\x1c\0\0\0").payload.ethertype, 0x86dd);
    assert_int_equal(LINK(DLT_NULL, "\0\0\0\x1e").payload.ethertype, 0x86dd);
    assert_int_equal(LINK(DLT_NULL, "\x07\0\0\0").payload.ethertype, 0); /* OSI */
    assert_int_equal(LINK(DLT_LOOP, "\0\0\0\x02").payload.ethertype, 0x0800);
    assert_int_equal(LINK(DLT_LOOP, "\0\0\0\x18").payload.ethertype, 0x86dd);
    assert_int_equal(LINK(DLT_LOOP, "\x02\0\0\0").payload.ethertype, 0); /* network order only */
    assert_int_equal(LINK(DLT_LOOP, "\0\0\0\x02"
                                    "IP")
                         .left,
                     2);
}

static void raw(void **state)
{
    (void)state;
    static const int types[] = { 12, 14, 101 };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct outcome o = LINK(types[i], "IP");
        assert_true(o.known);
        assert_true(o.payload.raw_ip);
        assert_int_equal(o.left, 2);
    }
    assert_int_equal(LINK(DLT_IPV4, "IP").payload.ethertype, 0x0800);
    assert_int_equal(LINK(DLT_IPV6, "IP").payload.ethertype, 0x86dd);
}

static void unknown(void **state)
{
    (void)state;
    assert_false(LINK(DLT_IEEE802_11_RADIO, "\0\0\x08\0").known);
    assert_false(LINK(147, "").known);
}

static void cut_headers(void **state)
{
    (void)state;
    static const char zeroes[20];
    static const struct {
        int link_type;
        size_t size;
    } headers[] = {
        { DLT_EN10MB, 14 }, { DLT_LINUX_SLL, 16 }, { DLT_LINUX_SLL2, 20 },
        { DLT_NULL, 4 },    { DLT_LOOP, 4 },       { DLT_RAW, 0 },
    };
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        for (size_t n = 0; n <= headers[i].size; n++) {
            struct outcome o = link_bytes(headers[i].link_type, zeroes, n);
            assert_true(o.payload.malformed == (n < headers[i].size));
        }
    }
    /* Cut inside the tag: no tag is recorded. */
    struct outcome o = LINK(DLT_EN10MB, ADDRESSES "\x81\x00\x00\x05\x08");
    assert_true(o.payload.malformed);
    assert_int_equal(o.segment.vlan_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ethernet), cmocka_unit_test(vlan_tags),   cmocka_unit_test(too_many_tags),
        cmocka_unit_test(cooked),   cmocka_unit_test(loopback),    cmocka_unit_test(raw),
        cmocka_unit_test(unknown),  cmocka_unit_test(cut_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
