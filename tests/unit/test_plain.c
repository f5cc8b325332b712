/*
 * plain: what it takes for plain is what the general decoder makes the same segment of. Of each
 * frame in pcaps/: as it is, cut at each byte, and with each byte of its headers falsified, the
 * IPv4 checksum made right again or not. And of each condition a frame that does not meet it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glob.h>

#include "capture/capture.h"
#include "decode/decode.h"
#include "decode/plain.h"
#include "segment_case.h"

/* Ethernet, two tags, IPv6, the longest TCP header, and some payload. */
#define HEADERS_MAX (14 + 2 * 4 + 40 + 60 + 8)

struct tally {
    uint64_t plain, other;
};

/* Says whether the frame is plain; then both segments must be one. */
static bool compare(const struct frame *frame, struct tally *tally)
{
    struct segment quick, general;
    memset(&quick, 0xa5, sizeof quick); /* what was there before must not shine through */
    memset(&general, 0x5a, sizeof general);
    bool plain = plain_decode(frame, &quick);
    if (plain) {
        assert_int_equal(decode_frame_general(frame, &general, NULL), DECODE_SEGMENT);
        assert_memory_equal(&quick, &general, sizeof quick);
    }
    tally->plain += plain;
    tally->other += !plain;
    return plain;
}

static void checksum_set(uint8_t *header, size_t left)
{
    size_t length = (header[0] & 0x0fu) * 4u;
    uint32_t sum = 0;
    if (header[0] >> 4 != 4 || length < 20 || length > left)
        return;
    header[10] = header[11] = 0;
    for (size_t i = 0; i < length; i += 2)
        sum += (uint32_t)header[i] << 8 | header[i + 1];
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    header[10] = (uint8_t)(~sum >> 8);
    header[11] = (uint8_t)~sum;
}

/* Cut at each byte, of bytes that end there, with and without the rest having been on the wire. */
static void compare_cut(const struct frame *frame, struct tally *tally)
{
    for (uint32_t length = 0; length < frame->caplen && length < HEADERS_MAX; length++) {
        uint8_t *bytes = malloc(length > 0 ? length : 1);
        assert_non_null(bytes);
        memcpy(bytes, frame->data, length);
        struct frame cut = *frame;
        cut.data = bytes;
        cut.caplen = length;
        compare(&cut, tally);
        cut.len = length;
        compare(&cut, tally);
        free(bytes);
    }
}

/* Each byte of the headers with one bit of it changed, then with all of them. */
static void compare_changed(const struct frame *frame, struct tally *tally)
{
    uint32_t size = frame->caplen < HEADERS_MAX ? frame->caplen : HEADERS_MAX;
    uint8_t *bytes = malloc(frame->caplen);
    struct frame changed = *frame;
    assert_non_null(bytes);
    changed.data = bytes;
    for (uint32_t at = 12; at < size; at++) {
        for (unsigned bit = 0; bit <= 8; bit++) {
            memcpy(bytes, frame->data, frame->caplen);
            bytes[at] ^= (uint8_t)(bit < 8 ? 1u << bit : 0xff);
            compare(&changed, tally);
            if (at >= 34) /* not of its IP header */
                continue;
            checksum_set(bytes + 14, frame->caplen - 14);
            compare(&changed, tally);
        }
    }
    free(bytes);
}

/* As it is, and with more or fewer bytes on the wire than the headers say. */
static void compare_lengths(const struct frame *frame, struct tally *tally)
{
    static const int more[] = { 0, -1, 1, -40, 40, 70000 };
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        struct frame other = *frame;
        other.len = frame->len + (uint32_t)more[i];
        if (other.len >= other.caplen && other.len < frame->len + 70001)
            compare(&other, tally);
    }
}

static void compare_file(const char *path, struct tally *tally)
{
    char error[256];
    struct frame frame;
    struct capture *capture = capture_open(path, NULL, error, sizeof error);
    if (capture == NULL) /* pcaps/ holds damaged ones as well */
        return;
    for (int i = 0; i < 60 && capture_next(capture, &frame) == CAPTURE_FRAME; i++) {
        compare_lengths(&frame, tally);
        if (frame.caplen == 0)
            continue;
        compare_cut(&frame, tally);
        if (frame.caplen >= 54)
            compare_changed(&frame, tally);
    }
    capture_free(capture);
}

static void captures(void **state)
{
    (void)state;
    const char *top = getenv("srcdir");
    char pattern[1024];
    glob_t files;
    struct tally tally = { 0 };
    snprintf(pattern, sizeof pattern, "%s/pcaps/*.pcap*", top != NULL ? top : ".");
    assert_int_equal(glob(pattern, 0, NULL, &files), 0);
    assert_true(files.gl_pathc > 0);
    for (size_t i = 0; i < files.gl_pathc; i++)
        compare_file(files.gl_pathv[i], &tally);
    globfree(&files);
    /* Both happen, and often. */
    assert_true(tally.plain > 100000);
    assert_true(tally.other > 100000);
}

static bool is_plain(const char *lines)
{
    struct frame frame;
    struct tally tally = { 0 };
    uint8_t *bytes = case_frame(lines, &frame);
    bool plain = compare(&frame, &tally);
    free(bytes);
    return plain;
}

#define IPV6 "ends A=[2001:db8::1]:40000 B=[2001:db8::2]:443\n"

/* These are plain: otherwise the short cut is none. */
static void usual(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "0 A S seq=1 mss=1460 sackok ts=1,0 ws=7",
        "0 A A",
        "0 A A pad",
        "0 A PA ts=9,8 data=\"GET / HTTP/1.1\"",
        "0 A A ts=9,8 sack=10-20,30-40",
        "0 A A ts=9,8 len=1448 snap=96",
        "0 A A len=1448 badsum",
        "0 A A len=1448 partialsum",
        "0 A FA opt=0101080a0000", /* an option that is too long for its header */
        "0 A A ecn=3 nodf",
        "0 A AXYZ len=10",
        "vlan 10\n0 A PA ts=9,8 data=\"x\"",
        "vlan 10,20\n0 A A",
        IPV6 "0 A S seq=1 mss=1440 sackok ts=1,0 ws=7",
        IPV6 "0 A PA ts=9,8 data=\"x\"",
        IPV6 "0 A A ts=9,8 len=1428 snap=96",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (!is_plain(lines[i]))
            fail_msg("not plain: %s", lines[i]);
}

/* One for each row of the list in plain.c. */
static void unusual(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "link RAW\n0 A A",
        "link LINUX_SLL\n0 A A",
        "vlan 10,20\n0 A A snap=20",
        "0 A A ipopts=01010101",
        "0 A A ipopts=00000000 ack=0x50000000", /* zeros; then 5 is where a length would be */
        "0 A A snap=33",
        "0 A A len=100 mf",
        "0 A A len=100 fragoff=2",
        "0 A A proto=17",
        "0 B S seq=1\n0 A icmp type=3 code=1",
        "0 A A totlen=0",
        "0 A A totlen=39",
        "0 A A len=10 totlen=51", /* one more than there is */
        "0 A A badipsum",
        "0 A A noipsum",
        "0 A A doff=4",
        "0 A A doff=6",
        "0 A A snap=53",
        "0 A A ts=9,8 snap=60",
        IPV6 "0 A A ext=hop",
        IPV6 "0 A A ext=route",
        IPV6 "0 A A ext=routeleft",
        IPV6 "0 A A ext=fragfirst len=100",
        IPV6 "0 A A ext=fraglater len=100",
        IPV6 "0 A A ext=dst",
        IPV6 "0 A A proto=17",
        IPV6 "0 A A totlen=0",
        IPV6 "0 A A totlen=19",
        IPV6 "0 A A len=10 totlen=31",
        IPV6 "0 A A snap=53",
        IPV6 "0 A A snap=73",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (is_plain(lines[i]))
            fail_msg("plain: %s", lines[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captures),
        cmocka_unit_test(usual),
        cmocka_unit_test(unusual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
