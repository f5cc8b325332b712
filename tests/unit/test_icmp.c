/* ICMP errors that quote TCP: both versions, what is no such error, and frames cut at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "segment_case.h"

#define IPV6 "ends A=[2001:db8::1]:40000 B=[2001:db8::2]:443\n"
#define SYN "0.000 A S seq=1000 mss=1460\n"
#define NOT_TCP DECODE_NOT_TCP

/*
 * Every byte by hand. The sum of the message's words but its own checksum: 030d + 4500 + 003c +
 * 1234 + 4000 + 3f06 + c000 + 0201 + c633 + 6407 + 9c40 + 0050 + 03e8 = 36636; 6636 + 3 = 6639,
 * and its complement is 99c6.
 */
static void bytes_by_hand(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {
        0x45, 0xc0, 0x00, 0x38, 0x00, 0x00, 0x00, 0x00, 0x40, 0x01, /* 56 bytes, ICMP */
        0x00, 0x00, 192,  0,    2,    254,  192,  0,    2,    1,
        0x03, 0x0d, 0x99, 0xc6, 0x00, 0x00, 0x00, 0x00, /* prohibited */
        0x45, 0x00, 0x00, 0x3c, 0x12, 0x34, 0x40, 0x00, 0x3f, 0x06,
        0x00, 0x00, 192,  0,    2,    1,    198,  51,   100,  7,
        0x9c, 0x40, 0x00, 0x50, 0x00, 0x00, 0x03, 0xe8, /* 40000, 80, 1000 */
    };
    static const uint8_t reporter[16] = { 192, 0, 2, 254 };
    static const uint8_t source[16] = { 192, 0, 2, 1 };
    static const uint8_t destination[16] = { 198, 51, 100, 7 };
    for (int damage = 0; damage < 2; damage++) {
        uint8_t *copy = malloc(sizeof bytes);
        assert_non_null(copy);
        memcpy(copy, bytes, sizeof bytes);
        copy[27] ^= (uint8_t)damage; /* a bit of the unused word */
        struct frame frame = { .number = 9, .time = 77, .caplen = sizeof bytes,
                               .len = sizeof bytes, .link_type = 12, .data = copy };
        struct segment unused;
        struct notice n;
        assert_int_equal(decode_frame(&frame, &unused, &n), DECODE_NOTICE);
        assert_int_equal(n.frame, 9);
        assert_int_equal(n.time, 77);
        assert_int_equal(n.ip_version, 4);
        assert_int_equal(n.type, 3);
        assert_int_equal(n.code, 13);
        assert_int_equal(n.mtu, 0);
        assert_memory_equal(n.reporter, reporter, 16);
        assert_memory_equal(n.receiver, source, 16);
        assert_memory_equal(n.source, source, 16);
        assert_memory_equal(n.destination, destination, 16);
        assert_int_equal(n.source_port, 40000);
        assert_int_equal(n.destination_port, 80);
        assert_int_equal(n.seq, 1000);
        assert_int_equal(n.facts, damage ? NOTICE_CHECKSUM_BAD : NOTICE_CHECKSUM_GOOD);
        assert_int_equal(decode_frame(&frame, &unused, NULL), DECODE_NOTICE);
        free(copy);
    }
}

static void version_6(void **state)
{
    (void)state;
    static const uint8_t reporter[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 0xfe };
    static const uint8_t source[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 };
    struct notice n;
    assert_int_equal(case_notice(IPV6 "0 A S seq=7 ext=hop,dst,route,frag\n"
                                      "1 B icmp type=1 code=4 from=2001:db8::fe ext=hop",
                                 &n),
                     DECODE_NOTICE);
    assert_int_equal(n.ip_version, 6);
    assert_int_equal(n.type, 1);
    assert_int_equal(n.code, 4);
    assert_int_equal(n.seq, 7);
    assert_int_equal(n.source_port, 40000);
    assert_int_equal(n.destination_port, 443);
    assert_memory_equal(n.reporter, reporter, 16);
    assert_memory_equal(n.receiver, source, 16);
    assert_memory_equal(n.source, source, 16);
    assert_int_equal(n.facts, NOTICE_CHECKSUM_GOOD);
    assert_int_equal(case_notice(IPV6 SYN "1 B icmp type=1 badsum", &n), DECODE_NOTICE);
    assert_int_equal(n.facts, NOTICE_CHECKSUM_BAD);
    /* The sum is over the last address, and the header names a stop on the way. */
    assert_int_equal(case_notice(IPV6 SYN "1 B icmp type=1 ext=routeleft", &n), DECODE_NOTICE);
    assert_int_equal(n.facts, 0);
}

/* RFC 1191 §4: the low half of the last word; RFC 4443 §3.2: all of it. */
static void mtu(void **state)
{
    (void)state;
    struct notice n;
    assert_int_equal(case_notice(SYN "1 B icmp type=3 code=4 mtu=1400", &n), DECODE_NOTICE);
    assert_int_equal(n.mtu, 1400);
    assert_int_equal(case_notice(SYN "1 B icmp type=3 code=4 mtu=0x20010578", &n), DECODE_NOTICE);
    assert_int_equal(n.mtu, 0x578);
    assert_int_equal(case_notice(SYN "1 B icmp type=3 code=1 mtu=1400", &n), DECODE_NOTICE);
    assert_int_equal(n.mtu, 0);
    assert_int_equal(case_notice(IPV6 SYN "1 B icmp type=2 mtu=70000", &n), DECODE_NOTICE);
    assert_int_equal(n.mtu, 70000);
    assert_int_equal(case_notice(IPV6 SYN "1 B icmp type=1 mtu=1280", &n), DECODE_NOTICE);
    assert_int_equal(n.mtu, 0);
}

/* Which types quote what they are about: RFC 792, RFC 4443. */
static void types(void **state)
{
    (void)state;
    static const uint8_t errors[2][6] = { { 3, 4, 5, 11, 12, 0 }, { 1, 2, 3, 4, 0 } };
    for (int v = 0; v < 2; v++) {
        for (unsigned type = 0; type < 256; type++) {
            char lines[200];
            struct notice n;
            snprintf(lines, sizeof lines, "%s" SYN "1 B icmp type=%u", v ? IPV6 : "", type);
            bool error = type != 0 && memchr(errors[v], (int)type, 6) != NULL;
            assert_int_equal(case_notice(lines, &n), error ? DECODE_NOTICE : DECODE_NOT_TCP);
        }
    }
}

static void quotes(void **state)
{
    (void)state;
    static const struct {
        const char *lines;
        enum decode_result result;
    } rows[] = {
        /* 20 bytes of IP and 8 of TCP; options before that; one byte less. */
        { SYN "1 B icmp type=3 code=1 quote=28", DECODE_NOTICE },
        { SYN "1 B icmp type=3 code=1 quote=27", DECODE_MALFORMED },
        { SYN "1 B icmp type=3 code=1 quote=27 snap=69", DECODE_MALFORMED },
        { "0 A S seq=1000 ipopts=9404000001010101\n1 B icmp type=3 quote=36", DECODE_NOTICE },
        { "0 A S seq=1000 ipopts=9404000001010101\n1 B icmp type=3 quote=35", DECODE_MALFORMED },
        { SYN "1 B icmp type=3 ipopts=94040000", DECODE_NOTICE },
        { IPV6 "0 A S seq=1000 ext=ah,dst\n1 B icmp type=1 quote=80", DECODE_NOTICE },
        { IPV6 "0 A S seq=1000 ext=ah,dst\n1 B icmp type=1 quote=79", DECODE_MALFORMED },
        /* Not TCP, or cut before that can be known. */
        { "0 A S seq=1000 proto=17\n1 B icmp type=3 code=3", NOT_TCP },
        { IPV6 "0 A S seq=1000 ext=esp\n1 B icmp type=1", NOT_TCP },
        { SYN "1 B icmp type=3 code=1 quote=19", NOT_TCP },
        { IPV6 SYN "1 B icmp type=1 quote=39", NOT_TCP },
        /* Fragments: the quoted one, then the message itself. */
        { "0 A S seq=1000 mf\n1 B icmp type=3", DECODE_NOTICE },
        { "0 A S seq=1000 nodf fragoff=177\n1 B icmp type=3", NOT_TCP },
        { IPV6 "0 A S seq=1000 ext=fragfirst\n1 B icmp type=1", DECODE_NOTICE },
        { IPV6 "0 A S seq=1000 ext=fraglater\n1 B icmp type=1", NOT_TCP },
        { SYN "1 B icmp type=3 nodf fragoff=2", NOT_TCP },
        { IPV6 SYN "1 B icmp type=1 ext=fraglater", NOT_TCP },
        /* ICMP of the other version. */
        { SYN "1 B icmp type=3 proto=58", NOT_TCP },
        { IPV6 SYN "1 B icmp type=1 proto=1", NOT_TCP },
        /* A quoted packet that is shorter than what has to be there. */
        { "0 A S seq=1000 totlen=27\n1 B icmp type=3", DECODE_MALFORMED },
        { "0 A S seq=1000 totlen=28\n1 B icmp type=3", DECODE_NOTICE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct notice n;
        enum decode_result result = case_notice(rows[i].lines, &n);
        if (result != rows[i].result)
            fail_msg("%s: %d, not %d", rows[i].lines, (int)result, (int)rows[i].result);
        if (result == DECODE_NOTICE)
            assert_int_equal(n.seq, 1000);
    }
}

/* A sum is only known of the whole message. */
static void sums(void **state)
{
    (void)state;
    struct notice n;
    assert_int_equal(case_notice(SYN "1 B icmp type=3", &n), DECODE_NOTICE);
    assert_int_equal(n.facts, NOTICE_CHECKSUM_GOOD);
    assert_int_equal(case_notice(SYN "1 B icmp type=3 badsum", &n), DECODE_NOTICE);
    assert_int_equal(n.facts, NOTICE_CHECKSUM_BAD);
    assert_int_equal(case_notice(SYN "1 B icmp type=3 badsum snap=70", &n), DECODE_NOTICE);
    assert_int_equal(n.facts, 0);
    assert_int_equal(case_notice(SYN "1 B icmp type=3 badsum mf", &n), DECODE_NOTICE);
    assert_int_equal(n.facts, 0);
    assert_int_equal(case_notice(SYN "1 B icmp type=3 quote=28 pad", &n), DECODE_NOTICE);
    assert_int_equal(n.facts, NOTICE_CHECKSUM_GOOD);
}

/* An IPv6 packet in an IPv4 message is nobody's quote. */
static void quote_of_the_other_version(void **state)
{
    (void)state;
    struct frame frame;
    struct segment unused;
    struct notice n;
    uint8_t *bytes = case_frame("0 A S seq=1000 len=200\n1 B icmp type=3", &frame);
    assert_int_equal(decode_frame(&frame, &unused, &n), DECODE_NOTICE);
    bytes[42] = 0x60; /* 14 Ethernet, 20 IP, 8 ICMP; then version 6 */
    bytes[48] = 6;    /* next header TCP */
    assert_int_equal(decode_frame(&frame, &unused, &n), DECODE_NOT_TCP);
    free(bytes);
}

/* Decodes the first n bytes of a frame from a copy of just those. */
static enum decode_result cut_to(const struct frame *frame, uint32_t n, struct notice *notice)
{
    struct frame cut = *frame;
    struct segment unused;
    uint8_t *copy = malloc(n > 0 ? n : 1);
    assert_non_null(copy);
    memcpy(copy, frame->data, n);
    cut.data = copy;
    cut.caplen = n;
    enum decode_result result = decode_frame(&cut, &unused, notice);
    free(copy);
    return result;
}

/*
 * 14 Ethernet + 20 IP + 8 ICMP + 20 quoted IP + 8 of TCP = 70. That it is ICMP is known from 34
 * on, that TCP is quoted from 62 on.
 */
static void every_cut(void **state)
{
    (void)state;
    struct frame frame;
    uint8_t *bytes = case_frame(SYN "1 B icmp type=3 code=1", &frame);
    assert_int_equal(frame.len, 14 + 20 + 8 + 20 + 24);
    for (uint32_t n = 0; n <= frame.len; n++) {
        struct notice notice;
        enum decode_result wanted = n < 34   ? DECODE_CUT
                                    : n < 62 ? DECODE_NOT_TCP
                                    : n < 70 ? DECODE_CUT
                                             : DECODE_NOTICE;
        assert_int_equal(cut_to(&frame, n, &notice), wanted);
        if (wanted == DECODE_NOTICE) {
            assert_int_equal(notice.seq, 1000);
            assert_int_equal(notice.facts, n == frame.len ? NOTICE_CHECKSUM_GOOD : 0);
        }
    }
    free(bytes);
}

/* The same for messages with all kinds of headers, which a sanitizer watches. */
static void every_cut_reads_nothing_beyond(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "vlan 1,2\n0 A A seq=5 ipopts=9404000001010101\n1 B icmp type=11 ipopts=94040000",
        "link LINUX_SLL\n" IPV6 "0 A A seq=5 ext=hop,dst,route,frag,ah,dst\n"
        "1 B icmp type=1 ext=hop,route",
        "link NULL\n0 A A seq=5\n1 B icmp type=12 quote=28",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct frame frame;
        unsigned told = 0;
        uint8_t *bytes = case_frame(texts[i], &frame);
        for (uint32_t n = 0; n <= frame.len; n++) {
            struct notice notice;
            enum decode_result result = cut_to(&frame, n, &notice);
            assert_true(result == DECODE_NOTICE || result == DECODE_CUT ||
                        result == DECODE_NOT_TCP);
            told += result == DECODE_NOTICE;
            assert_true(told == 0 || result == DECODE_NOTICE);
        }
        assert_true(told > 0);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_by_hand),
        cmocka_unit_test(version_6),
        cmocka_unit_test(mtu),
        cmocka_unit_test(types),
        cmocka_unit_test(quotes),
        cmocka_unit_test(sums),
        cmocka_unit_test(quote_of_the_other_version),
        cmocka_unit_test(every_cut),
        cmocka_unit_test(every_cut_reads_nothing_beyond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
