/* From frame to segment: lengths, IP headers, fragments, and frames cut at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "segment_case.h"

#define IPV6 "ends A=[2001:db8::1]:40000 B=[2001:db8::2]:443\n"

static void fields(void **state)
{
    (void)state;
    struct segment s;
    assert_int_equal(case_decode("ttl A=57\n"
                                 "1.5 A PAUECN seq=0xfffffffe ack=7 win=501 urg=3 id=0x1234 ecn=3 "
                                 "ts=9,8 data=\"hello\"",
                                 &s),
                     DECODE_SEGMENT);
    static const uint8_t source[16] = { 192, 0, 2, 1 };
    static const uint8_t destination[16] = { 198, 51, 100, 7 };
    assert_int_equal(s.frame, 1);
    assert_true(s.time == INT64_C(1767323046500000000)); /* 2026-01-02T03:04:05Z + 1.5 s */
    assert_memory_equal(s.source, source, 16);
    assert_memory_equal(s.destination, destination, 16);
    assert_int_equal(s.source_port, 40000);
    assert_int_equal(s.destination_port, 80);
    assert_true(s.seq == 0xfffffffe);
    assert_int_equal(s.ack, 7);
    assert_int_equal(s.flags, TCP_PSH | TCP_ACK | TCP_URG | TCP_ECE | TCP_CWR | TCP_AE);
    assert_int_equal(s.window, 501);
    assert_int_equal(s.urgent, 3);
    assert_int_equal(s.ip_version, 4);
    assert_int_equal(s.ip_id, 0x1234);
    assert_int_equal(s.ttl, 57);
    assert_int_equal(s.ip_flags, 1 | 3 << 1); /* DF, congestion experienced */
    assert_int_equal(s.header_len, 32);
    assert_int_equal(s.payload_len, 5);
    assert_int_equal(s.payload_captured, 5);
    assert_int_equal(s.options, OPTION_TIMESTAMPS);
    assert_int_equal(s.tsval, 9);
    assert_int_equal(s.tsecr, 8);
    assert_int_equal(s.facts, FACT_CHECKSUM_GOOD);
    assert_int_equal(s.wire_len, 14 + 20 + 32 + 5);
}

/* An acknowledgement is 54 bytes on Ethernet and padded to 60: no payload. */
static void padding(void **state)
{
    (void)state;
    struct segment s;
    assert_int_equal(case_decode("0 A A pad", &s), DECODE_SEGMENT);
    assert_int_equal(s.wire_len, 60);
    assert_int_equal(s.payload_len, 0);
    assert_int_equal(s.payload_captured, 0);
    assert_int_equal(s.facts, FACT_CHECKSUM_GOOD);
    assert_int_equal(case_decode("0 A A pad data=\"xy\"", &s), DECODE_SEGMENT);
    assert_int_equal(s.payload_len, 2);
}

/* Total length 0: a large segment before the card cut it up. */
static void length_from_frame(void **state)
{
    (void)state;
    struct segment s;
    assert_int_equal(case_decode("0 A A len=30000 totlen=0", &s), DECODE_SEGMENT);
    assert_int_equal(s.payload_len, 30000);
    assert_int_equal(s.facts, FACT_LENGTH_FROM_FRAME | FACT_CHECKSUM_GOOD);
    assert_int_equal(case_decode(IPV6 "0 A A len=30000 totlen=0", &s), DECODE_SEGMENT);
    assert_int_equal(s.payload_len, 30000);
    assert_int_equal(s.facts, FACT_LENGTH_FROM_FRAME | FACT_CHECKSUM_GOOD);
    /* Cut by the snap length as well: the wire's length counts. */
    assert_int_equal(case_decode("0 A A len=30000 totlen=0 snap=96", &s), DECODE_SEGMENT);
    assert_int_equal(s.payload_len, 30000);
    assert_int_equal(s.payload_captured, 96 - 54);
}

/* A record that claims 3 GiB on the wire is damaged. */
static void length_from_a_damaged_record(void **state)
{
    (void)state;
    static const char *const texts[] = { "0 A A totlen=0", IPV6 "0 A A totlen=0" };
    for (size_t i = 0; i < 2; i++) {
        struct frame frame;
        struct segment s;
        uint8_t *bytes = case_frame(texts[i], &frame);
        frame.len = 1024 * 1024 + 14 + (i == 0 ? 0 : 40);
        assert_int_equal(decode_frame(&frame, &s, NULL), DECODE_SEGMENT);
        frame.len++;
        assert_int_equal(decode_frame(&frame, &s, NULL), DECODE_MALFORMED);
        frame.len = 3u << 30;
        assert_int_equal(decode_frame(&frame, &s, NULL), DECODE_MALFORMED);
        free(bytes);
    }
}

static void length_beyond_frame(void **state)
{
    (void)state;
    struct segment s;
    /* The header claims 20 + 20 + 100 bytes, the frame on the wire had 10 of payload. */
    assert_int_equal(case_decode("0 A A len=10 totlen=140", &s), DECODE_SEGMENT);
    assert_int_equal(s.payload_len, 100);
    assert_int_equal(s.payload_captured, 10);
    assert_int_equal(s.facts, FACT_LENGTH_BEYOND_FRAME | FACT_PAYLOAD_TRUNCATED);
}

static void wrong_lengths(void **state)
{
    (void)state;
    struct segment s;
    assert_int_equal(case_decode("0 A A totlen=19", &s), DECODE_MALFORMED);
    assert_int_equal(case_decode("0 A A totlen=39", &s), DECODE_MALFORMED); /* 19 TCP bytes */
    assert_int_equal(case_decode("0 A A totlen=40", &s), DECODE_SEGMENT);
    assert_int_equal(case_decode("0 A A doff=4", &s), DECODE_HEADER_LENGTH);
    assert_int_equal(case_decode("0 A A doff=0", &s), DECODE_HEADER_LENGTH);
    assert_int_equal(s.header_len, 0);
    assert_int_equal(s.payload_len, 20); /* all of TCP */
    /* When the checksum is wrong, the ports may be, too. */
    assert_int_equal(case_decode("0 A A doff=4 badsum", &s), DECODE_MALFORMED);
    assert_int_equal(case_decode("0 A A doff=6 badsum", &s), DECODE_MALFORMED);
    assert_int_equal(case_decode("0 A A doff=6", &s), DECODE_HEADER_LENGTH); /* 24 of 20 bytes */
    assert_int_equal(case_decode("0 A A ts=1,2 doff=5", &s), DECODE_SEGMENT);
    assert_int_equal(s.options, 0);
    assert_int_equal(s.payload_len, 12); /* what were options are payload now */
    assert_int_equal(case_decode(IPV6 "0 A A totlen=19", &s), DECODE_MALFORMED);
}

static void ipv4_options(void **state)
{
    (void)state;
    struct segment s;
    /* Router alert, RFC 2113. */
    assert_int_equal(case_decode("0 A PA len=5 ipopts=94040000", &s), DECODE_SEGMENT);
    assert_int_equal(s.payload_len, 5);
    assert_int_equal(s.facts, FACT_CHECKSUM_GOOD);
    assert_int_equal(case_decode("0 A A ipopts=94040000 totlen=23", &s), DECODE_MALFORMED);
    /* A header length of four words. */
    assert_int_equal(case_decode_bytes(12,
                                       "\x44\0\0\x28\0\0\0\0\x40\x06\0\0\x0a\0\0\x01\x0a\0\0\x02"
                                       "\0\0\0\0\0\0\0\0\0\0\0\0\x50\0\0\0\0\0\0\0",
                                       40, &s),
                     DECODE_MALFORMED);
}

static void ipv6_extensions(void **state)
{
    (void)state;
    struct segment s;
    assert_int_equal(case_decode(IPV6 "0 A PA len=5 ecn=2", &s), DECODE_SEGMENT);
    assert_int_equal(s.ip_version, 6);
    assert_int_equal(s.ip_flags, 2 << 1);
    assert_int_equal(s.ip_id, 0);
    assert_int_equal(s.source[0], 0x20);
    assert_int_equal(s.destination[15], 2);
    assert_int_equal(s.facts, FACT_CHECKSUM_GOOD);
    assert_int_equal(case_decode(IPV6 "0 A PA len=5 ext=hop,dst,route,frag,ah,dst", &s),
                     DECODE_SEGMENT);
    assert_int_equal(s.payload_len, 5);
    assert_int_equal(s.destination_port, 443);
    assert_int_equal(s.facts, FACT_CHECKSUM_GOOD);
    assert_int_equal(case_decode(IPV6 "0 A PA ext=hop,esp", &s), DECODE_NOT_TCP);
    assert_int_equal(case_decode(IPV6 "0 A PA ext=none", &s), DECODE_NOT_TCP);
    assert_int_equal(case_decode(IPV6 "0 A PA ext=hop proto=17", &s), DECODE_NOT_TCP);
    assert_int_equal(
        case_decode(IPV6 "0 A A ext=dst,dst,dst,dst,dst,dst,dst,dst,dst,dst,dst,dst", &s),
        DECODE_SEGMENT);
    assert_int_equal(
        case_decode(IPV6 "0 A A ext=dst,dst,dst,dst,dst,dst,dst,dst,dst,dst,dst,dst,dst", &s),
        DECODE_MALFORMED);
    /* The packet ends inside its only extension header. */
    assert_int_equal(case_decode(IPV6 "0 A A ext=hop totlen=7", &s), DECODE_MALFORMED);
}

/* With a stop to go, the address in the header is not the one summed: RFC 8200 §8.1. */
static void routed(void **state)
{
    (void)state;
    struct segment s;
    assert_int_equal(case_decode(IPV6 "0 A A ext=routeleft badsum", &s), DECODE_SEGMENT);
    assert_int_equal(s.facts, 0);
    assert_int_equal(case_decode(IPV6 "0 A A ext=route badsum", &s), DECODE_SEGMENT);
    assert_int_equal(s.facts, FACT_CHECKSUM_BAD);
}

static void fragments(void **state)
{
    (void)state;
    struct segment s;
    assert_int_equal(case_decode("0 A A len=16 mf", &s), DECODE_SEGMENT);
    assert_int_equal(s.facts, FACT_FRAGMENT_FIRST);
    assert_int_equal(s.payload_len, 16);
    assert_int_equal(case_decode("0 A A len=16 mf fragoff=185", &s), DECODE_FRAGMENT);
    assert_int_equal(case_decode("0 A A len=16 nodf fragoff=185", &s), DECODE_FRAGMENT);
    assert_int_equal(case_decode("0 A A len=16 proto=17 mf fragoff=185", &s), DECODE_NOT_TCP);
    /* Offset 0x1000 has only the highest of the 13 bits. */
    assert_int_equal(case_decode("0 A A len=16 nodf fragoff=0x1000", &s), DECODE_FRAGMENT);
    assert_int_equal(case_decode("0 A A mf totlen=39", &s), DECODE_FRAGMENT);
    /* A first fragment that ends inside the TCP header: RFC 1858's tiny fragment. */
    assert_int_equal(case_decode("0 A A mf totlen=36", &s), DECODE_FRAGMENT);
    assert_int_equal(case_decode("0 A A mf ts=1,2 totlen=44", &s), DECODE_FRAGMENT);
    assert_int_equal(case_decode(IPV6 "0 A A len=16 ext=fragfirst", &s), DECODE_SEGMENT);
    assert_int_equal(s.facts, FACT_FRAGMENT_FIRST);
    assert_int_equal(case_decode(IPV6 "0 A A len=16 ext=fraglater", &s), DECODE_FRAGMENT);
    assert_int_equal(case_decode(IPV6 "0 A A ext=fraglater proto=17", &s), DECODE_NOT_TCP);
}

static void links(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "link RAW\n",
        "link NULL\n",
        "link LOOP\n",
        "link LINUX_SLL\nrecorder A\n",
        "link LINUX_SLL2\nrecorder A\n",
        "vlan 10,20\n",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char lines[256];
        struct segment s;
        strcpy(lines, texts[i]);
        strcat(lines, "0 A PA seq=9 len=3");
        assert_int_equal(case_decode(lines, &s), DECODE_SEGMENT);
        assert_int_equal(s.seq, 9);
        assert_int_equal(s.payload_len, 3);
        bool cooked = i == 3 || i == 4;
        assert_int_equal(s.facts, FACT_CHECKSUM_GOOD | (cooked ? FACT_SENT_BY_RECORDER : 0));
        assert_int_equal(s.vlan_count, i == 5 ? 2 : 0);
        strcpy(lines, texts[i]);
        strcat(lines, IPV6 "0 B PA seq=9 len=3");
        assert_int_equal(case_decode(lines, &s), DECODE_SEGMENT);
        assert_int_equal(s.ip_version, 6);
        assert_int_equal(s.facts, FACT_CHECKSUM_GOOD | (cooked ? FACT_FOR_RECORDER : 0));
    }
}

static void not_segments(void **state)
{
    (void)state;
    struct segment s;
    static const char arp[] = "\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x0a\x08\x06\0\x01";
    assert_int_equal(case_decode_bytes(1, arp, sizeof(arp) - 1, &s), DECODE_NOT_IP);
    assert_int_equal(case_decode_bytes(147, arp, sizeof(arp) - 1, &s), DECODE_UNSUPPORTED_LINK);
    assert_int_equal(case_decode_bytes(1, arp, 13, &s), DECODE_MALFORMED);
    assert_int_equal(case_decode_bytes(12, "", 0, &s), DECODE_MALFORMED);
    assert_int_equal(case_decode_bytes(12, "\x50", 1, &s), DECODE_MALFORMED);
    assert_int_equal(case_decode("0 A A proto=17", &s), DECODE_NOT_TCP);
    /* IPv6 where the link header announces IPv4. */
    struct frame frame;
    uint8_t *bytes = case_frame(IPV6 "0 A A", &frame);
    bytes[12] = 0x08;
    bytes[13] = 0x00;
    assert_int_equal(decode_frame(&frame, &s, NULL), DECODE_MALFORMED);
    free(bytes);
}

/* Decodes the first n bytes of a frame from a copy of just those. */
static enum decode_result cut_to(const struct frame *frame, uint32_t n, struct segment *s)
{
    struct frame cut = *frame;
    uint8_t *copy = malloc(n > 0 ? n : 1);
    assert_non_null(copy);
    memcpy(copy, frame->data, n);
    cut.data = copy;
    cut.caplen = n;
    enum decode_result result = decode_frame(&cut, s, NULL);
    free(copy);
    return result;
}

/*
 * 14 Ethernet + 20 IP + 20 TCP + 20 options + 10 payload. From 54 bytes on the header is known
 * and all that was cut off is told apart.
 */
static void every_cut(void **state)
{
    (void)state;
    struct frame frame;
    struct segment whole, s;
    uint8_t *bytes = case_frame("0 A S seq=77 mss=1460 sackok ts=5,0 ws=7 len=10", &frame);
    assert_int_equal(frame.len, 84);
    assert_int_equal(decode_frame(&frame, &whole, NULL), DECODE_SEGMENT);
    for (uint32_t n = 0; n < 84; n++) {
        enum decode_result result = cut_to(&frame, n, &s);
        assert_int_equal(result, n < 54 ? DECODE_CUT : DECODE_SEGMENT);
        if (n < 54)
            continue;
        assert_int_equal(s.seq, 77);
        assert_int_equal(s.payload_len, 10);
        assert_int_equal(s.payload_captured, n < 74 ? 0 : n - 74);
        assert_int_equal(s.facts, FACT_PAYLOAD_TRUNCATED | (n < 74 ? FACT_OPTIONS_TRUNCATED : 0));
        /* MSS ends at 58, SACK-permitted at 60, timestamps at 70, the scale at 74. */
        unsigned options = (n >= 58 ? OPTION_MSS : 0u) | (n >= 60 ? OPTION_SACK_PERMITTED : 0u) |
                           (n >= 70 ? OPTION_TIMESTAMPS : 0u) |
                           (n >= 74 ? OPTION_WINDOW_SCALE : 0u);
        assert_int_equal(s.options, options);
    }
    assert_int_equal(whole.facts, FACT_CHECKSUM_GOOD);
    free(bytes);
}

/* The same without expectations, over frames with everything in them. */
static void every_cut_reads_nothing_beyond(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "vlan 1,2,3\n0 A A sack=1-2,3-4,5-6 ts=1,2 len=9 ipopts=9404000001010101",
        "link LINUX_SLL\n" IPV6 "0 A A ext=hop,dst,route,frag,ah,dst tfo=0011223344556677 len=9",
        "link LINUX_SLL2\n" IPV6 "0 A A ext=routeleft,fragfirst opt=1e0c008101234567 len=9",
        "link NULL\n0 A S opt=2204 len=33",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct frame frame;
        struct segment s;
        uint8_t *bytes = case_frame(texts[i], &frame);
        for (uint32_t n = 0; n <= frame.len; n++) {
            enum decode_result result = cut_to(&frame, n, &s);
            assert_true(result == DECODE_SEGMENT || result == DECODE_CUT);
            assert_true(result != DECODE_SEGMENT || s.payload_captured <= s.payload_len);
        }
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),
        cmocka_unit_test(padding),
        cmocka_unit_test(length_from_frame),
        cmocka_unit_test(length_from_a_damaged_record),
        cmocka_unit_test(length_beyond_frame),
        cmocka_unit_test(wrong_lengths),
        cmocka_unit_test(ipv4_options),
        cmocka_unit_test(ipv6_extensions),
        cmocka_unit_test(routed),
        cmocka_unit_test(fragments),
        cmocka_unit_test(links),
        cmocka_unit_test(not_segments),
        cmocka_unit_test(every_cut),
        cmocka_unit_test(every_cut_reads_nothing_beyond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
