/* The builder of test frames: what a line says is what decoding finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "segment_builder.h"
#include "segment_case.h"

static void connection(void **state)
{
    (void)state;
    static const char open[] = "let x=4294967290\n"
                               "0.000000 A S seq=x win=64240 mss=1460 ws=7 sackok ts=1,0\n"
                               "0.010000 B SA seq=5000 win=65160 mss=1400\n";
    char lines[1024];
    struct segment s;
    assert_int_equal(case_decode(open, &s), DECODE_SEGMENT);
    assert_int_equal(s.flags, TCP_SYN | TCP_ACK);
    assert_int_equal(s.source_port, 80);
    assert_int_equal(s.ip_id, 0);
    assert_true(s.ack == 4294967291u); /* x + 1: the SYN counts one */
    assert_int_equal(s.mss, 1400);
    strcpy(lines, open);
    strcat(lines, "+0.5 A PA win=502 len=100\n");
    assert_int_equal(case_decode(lines, &s), DECODE_SEGMENT);
    assert_int_equal(s.frame, 3);
    assert_true(s.time == INT64_C(1767323045510000000));
    assert_true(s.seq == 4294967291u);
    assert_int_equal(s.ack, 5001);
    assert_int_equal(s.window, 502);
    strcat(lines, "+0 A FA\n");
    assert_int_equal(case_decode(lines, &s), DECODE_SEGMENT);
    assert_int_equal(s.seq, 95); /* 4294967291 + 100 - 2^32 */
    assert_int_equal(s.window, 502);
    strcat(lines, "+0 B A ack=x+103 seq=5003-2\n");
    assert_int_equal(case_decode(lines, &s), DECODE_SEGMENT);
    assert_int_equal(s.ack, 97);
    assert_int_equal(s.seq, 5001);
}

/* The bytes of a SYN, by hand: the header of 28 bytes, its sum from test_checksum.c's parts. */
static void bytes_of_a_syn(void **state)
{
    (void)state;
    static const uint8_t wanted[] = {
        0x45, 0x00, 0x00, 0x2c, 0x00, 0x01, 0x40, 0x00, 0x40, 0x06, /* then the sum */
    };
    static const uint8_t wanted_tcp[] = {
        0x03, 0xe8, 0x00, 0x50, 0x00, 0x00, 0x00, 0x01,
        0x00, 0x00, 0x00, 0x00, 0x60, 0x02, 0x00, 0x64,
    };
    struct frame frame;
    uint8_t *bytes = case_frame("link RAW\nends A=10.0.0.1:1000 B=10.0.0.2:80\n"
                                "0 A S seq=1 win=100 id=1 mss=1460",
                                &frame);
    assert_int_equal(frame.caplen, 44);
    assert_memory_equal(bytes, wanted, sizeof(wanted));
    assert_memory_equal(bytes + 20, wanted_tcp, sizeof(wanted_tcp));
    /*
     * Pseudo-header 1403 + 6 + 24 = 1421; header 03e8 + 0050 + 0001 + 6002 + 0064 = 649f;
     * option 0204 + 05b4 = 07b8; together 8078, complement 7f87.
     */
    assert_int_equal(bytes[36], 0x7f);
    assert_int_equal(bytes[37], 0x87);
    free(bytes);
}

/* AF_INET is 2 everywhere; the recording machine writes it in its own byte order. */
static void family_of_a_null_link(void **state)
{
    (void)state;
    struct frame frame;
    uint8_t *bytes = case_frame("link NULL\n0 A S", &frame);
    assert_memory_equal(bytes, "\x02\0\0\0\x45", 5);
    free(bytes);
    bytes = case_frame("link NULL\nmachine big-endian\n0 A S", &frame);
    assert_memory_equal(bytes, "\0\0\0\x02\x45", 5);
    free(bytes);
    bytes = case_frame("link NULL\nmachine big-endian\nmachine little-endian\n0 A S", &frame);
    assert_memory_equal(bytes, "\x02\0\0\0\x45", 5);
    free(bytes);
}

static void payloads(void **state)
{
    (void)state;
    struct frame frame;
    uint8_t *bytes = case_frame("0 A PA data=\"a b # \\r\\n\\x00\\\"\" # a comment", &frame);
    assert_int_equal(frame.caplen, 54 + 10);
    assert_memory_equal(bytes + 54, "a b # \r\n\0\"", 10);
    free(bytes);
    bytes = case_frame("0 A PA seq=25 len=3", &frame); /* 25 is 'z' */
    assert_memory_equal(bytes + 54, "zab", 3);
    free(bytes);
}

static void options(void **state)
{
    (void)state;
    struct segment s;
    assert_int_equal(case_decode("0 A A ts=1,2 sack=10-20,30-40,50-60", &s), DECODE_SEGMENT);
    assert_int_equal(s.header_len, 60);
    assert_int_equal(s.sack_count, 3);
    assert_int_equal(s.sack[2].left, 50);
    assert_int_equal(case_decode("0 A S tfo=request", &s), DECODE_SEGMENT);
    assert_int_equal(s.options, OPTION_FAST_OPEN);
    assert_int_equal(s.fast_open_len, 0);
    assert_int_equal(case_decode("0 A S tfo=0011223344556677", &s), DECODE_SEGMENT);
    assert_int_equal(s.fast_open_len, 8);
    assert_int_equal(case_decode("0 A S tfoexp=00112233", &s), DECODE_SEGMENT);
    assert_int_equal(s.fast_open_len, 4);
    assert_int_equal(case_decode("0 A S opt=13120000", &s), DECODE_SEGMENT);
    assert_int_equal(s.facts & FACT_OPTION_MALFORMED, FACT_OPTION_MALFORMED);
}

static void ends(void **state)
{
    (void)state;
    struct segment s;
    assert_int_equal(case_decode("0 A S seq=9\n"
                                 "ends A=10.0.0.1:1 B=10.0.0.2:2\nttl B=255\nid B=7\n"
                                 "1 B R seq=5 ack=6\n1 B R",
                                 &s),
                     DECODE_SEGMENT);
    assert_int_equal(s.source[3], 2);
    assert_int_equal(s.destination_port, 1);
    assert_int_equal(s.ttl, 255);
    assert_int_equal(s.ip_id, 8);
    assert_int_equal(s.ack, 0);
    assert_int_equal(case_decode("start 1970-01-01T00:01:00Z\n0.000000001 A .", &s),
                     DECODE_SEGMENT);
    assert_true(s.time == INT64_C(60000000001));
    assert_int_equal(s.flags, 0);
}

static void silent_lines(void **state)
{
    (void)state;
    static const char *const lines[] = { "", "   ", "# text", "  # text\n", "link RAW", "let x=1" };
    struct segment_builder builder;
    uint8_t bytes[128];
    char error[128];
    segment_builder_init(&builder);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct frame frame;
        assert_true(segment_builder_line(&builder, lines[i], bytes, sizeof(bytes), &frame, error,
                                         sizeof(error)));
        assert_null(frame.data);
    }
}

static void wrong_lines(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "0 C S",
        "0 A Q",
        "0",
        "x A S",
        "0 A S seq",
        "0 A S seq=y",
        "0 A S win=70000",
        "0 A S wind=1",
        "0 A S data=x",
        "0 A S data=\"x",
        "0 A S ts=1",
        "0 A S tfo=123",
        "0 A S ext=what",
        "0 A S seq=1++2",
        "link TOKEN",
        "ends A=1.2.3:4",
        "ends C=1.2.3.4:5",
        "start today",
        "vlan",
        "let =5",
        "0 A A sack=1-2,3-4,5-6,7-8,9-10",
        "0 A A len=2000",
        "recorder C",
        "machine middle-endian",
        "times ms",
    };
    struct segment_builder builder;
    uint8_t bytes[1000];
    segment_builder_init(&builder);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct frame frame;
        char error[128] = "";
        if (segment_builder_line(&builder, lines[i], bytes, sizeof(bytes), &frame, error,
                                 sizeof(error)))
            fail_msg("taken: %s", lines[i]);
        assert_true(strlen(error) > 0);
        assert_null(frame.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connection),
        cmocka_unit_test(bytes_of_a_syn),
        cmocka_unit_test(family_of_a_null_link),
        cmocka_unit_test(payloads),
        cmocka_unit_test(options),
        cmocka_unit_test(ends),
        cmocka_unit_test(silent_lines),
        cmocka_unit_test(wrong_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
