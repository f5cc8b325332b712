/*
 * Captures: each format and byte order, filters, files cut at every byte, and what is said of
 * inputs that are no captures. Files are written here by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/capture.h"

/* A file under construction, in either byte order. */
struct bytes {
    bool big;
    size_t length;
    uint8_t at[4096];
};

static void add(struct bytes *b, const void *bytes, size_t n)
{
    assert_true(b->length + n <= sizeof(b->at));
    memcpy(b->at + b->length, bytes, n);
    b->length += n;
}

static void add_number(struct bytes *b, uint32_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * (b->big ? size - 1 - i : i));
        add(b, &byte, 1);
    }
}

static void add32(struct bytes *b, uint32_t value)
{
    add_number(b, value, 4);
}

static void add16(struct bytes *b, uint32_t value)
{
    add_number(b, value, 2);
}

/* Raw IP, so that the frames are short: SYN to port 80, then to port 81. */
static const char frame80[] = "\x45\x00\x00\x28\x00\x00\x40\x00\x40\x06\x26\xce"
                              "\x0a\x00\x00\x01\x0a\x00\x00\x02"
                              "\x03\xe8\x00\x50\x00\x00\x00\x01\x00\x00\x00\x00\x50\x02\x00\x64"
                              "\x97\x43\x00\x00";
static const char frame81[] = "\x45\x00\x00\x28\x00\x00\x40\x00\x40\x06\x26\xce"
                              "\x0a\x00\x00\x01\x0a\x00\x00\x02"
                              "\x03\xe8\x00\x51\x00\x00\x00\x01\x00\x00\x00\x00\x50\x02\x00\x64"
                              "\x97\x42\x00\x00";
#define FRAME_SIZE 40
#define RECORD_SIZE (16 + FRAME_SIZE)
#define HEADER_SIZE 24

static void add_header(struct bytes *b, uint32_t magic, uint32_t link_type)
{
    add32(b, magic);
    add16(b, 2);
    add16(b, 4);
    add32(b, 0);
    add32(b, 0);
    add32(b, 65535);
    add32(b, link_type);
}

static void add_record(struct bytes *b, uint32_t seconds, uint32_t fraction, const char *frame)
{
    add32(b, seconds);
    add32(b, fraction);
    add32(b, FRAME_SIZE);
    add32(b, FRAME_SIZE + 2); /* two bytes were not captured */
    add(b, frame, FRAME_SIZE);
}

/* Three frames: to port 80, 81, 80. 101 is LINKTYPE_RAW. */
static struct bytes pcap_file(bool big, uint32_t magic)
{
    struct bytes b = { .big = big };
    add_header(&b, magic, 101);
    add_record(&b, 1000, 123456, frame80);
    add_record(&b, 1001, 0, frame81);
    add_record(&b, 1002, 999999, frame80);
    return b;
}

static void add_interface(struct bytes *b, uint32_t link_type, bool nanoseconds)
{
    uint32_t size = nanoseconds ? 32 : 20;
    add32(b, 1);
    add32(b, size);
    add16(b, link_type);
    add16(b, 0);
    add32(b, 65535);
    if (nanoseconds) {
        add16(b, 9); /* if_tsresol, one byte: 10^-9, padded; then the end of options */
        add16(b, 1);
        add(b, "\x09\0\0\0\0\0\0\0", 8);
    }
    add32(b, size);
}

static void add_packet(struct bytes *b, uint64_t time, const char *frame)
{
    uint32_t size = 32 + FRAME_SIZE;
    add32(b, 6);
    add32(b, size);
    add32(b, 0); /* interface */
    add32(b, (uint32_t)(time >> 32));
    add32(b, (uint32_t)time);
    add32(b, FRAME_SIZE);
    add32(b, FRAME_SIZE + 2);
    add(b, frame, FRAME_SIZE);
    add32(b, size);
}

static void add_section(struct bytes *b)
{
    add32(b, 0x0a0d0d0a);
    add32(b, 28);
    add32(b, 0x1a2b3c4d);
    add16(b, 1);
    add16(b, 0);
    add32(b, UINT32_MAX); /* section length: not told */
    add32(b, UINT32_MAX);
    add32(b, 28);
}

static struct bytes pcapng_file(bool big)
{
    struct bytes b = { .big = big };
    add_section(&b);
    add_interface(&b, 101, true);
    add_packet(&b, UINT64_C(1000123456000), frame80);
    add_packet(&b, UINT64_C(1001000000000), frame81);
    add_packet(&b, UINT64_C(1002999999000), frame80);
    return b;
}

/* A file in a folder of the test's own, named by *state. */
static const char *write_file(void **state, const void *bytes, size_t n)
{
    const char *name = *state;
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
    return name;
}

static struct capture *open_bytes(void **state, const struct bytes *b)
{
    char error[1024] = "";
    struct capture *capture =
        capture_open(write_file(state, b->at, b->length), NULL, error, sizeof(error));
    if (capture == NULL)
        fail_msg("%s", error);
    return capture;
}

static void expect_three(struct capture *capture, const char *format, int64_t unit)
{
    struct frame frame;
    assert_string_equal(capture_info(capture)->format, format);
    assert_int_equal(capture_info(capture)->link_type, 12); /* DLT_RAW */
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_int_equal(frame.number, 1);
    assert_true(frame.time == INT64_C(1000000000000) + 123456 * unit);
    assert_int_equal(frame.caplen, FRAME_SIZE);
    assert_int_equal(frame.len, FRAME_SIZE + 2);
    assert_int_equal(frame.link_type, 12);
    assert_memory_equal(frame.data, frame80, FRAME_SIZE);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_memory_equal(frame.data, frame81, FRAME_SIZE);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_int_equal(frame.number, 3);
    assert_true(frame.time == INT64_C(1002000000000) + 999999 * unit);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
    assert_int_equal(capture_info(capture)->frames, 3);
    assert_null(capture_info(capture)->error);
    assert_false(capture_info(capture)->cut_short);
    capture_free(capture);
}

static void formats(void **state)
{
    for (int big = 0; big < 2; big++) {
        struct bytes b = pcap_file(big, 0xa1b2c3d4);
        expect_three(open_bytes(state, &b), "pcap", 1000);
        b = pcap_file(big, 0xa1b23c4d);
        expect_three(open_bytes(state, &b), "pcap", 1);
        b = pcapng_file(big);
        expect_three(open_bytes(state, &b), "pcapng", 1000);
    }
}

static void filter(void **state)
{
    struct bytes b = pcap_file(false, 0xa1b2c3d4);
    struct capture *capture = open_bytes(state, &b);
    struct frame frame;
    char error[256] = "";
    assert_false(capture_filter(capture, "tcp port", error, sizeof(error)));
    assert_true(strlen(error) > 0);
    assert_true(capture_filter(capture, "tcp port 80", error, sizeof(error)));
    assert_true(capture_filter(capture, "tcp port 81", error, sizeof(error))); /* the last counts */
    assert_int_equal(capture_next(capture, &frame), CAPTURE_LEFT_OUT);
    assert_int_equal(frame.number, 1);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_int_equal(frame.number, 2); /* as the file has it */
    assert_int_equal(capture_next(capture, &frame), CAPTURE_LEFT_OUT);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
    assert_int_equal(capture_info(capture)->frames, 3);
    assert_int_equal(capture_info(capture)->bytes_read, 0); /* only told with damage */
    capture_free(capture);
}

/* How many frames of a file cut at n bytes can be read. */
static unsigned whole_frames(size_t n, size_t header, size_t record)
{
    return n < header ? 0 : (unsigned)((n - header) / record);
}

static void cut_anywhere(void **state, const struct bytes *b, size_t header, size_t record)
{
    for (size_t n = 0; n < b->length; n++) {
        char error[1024] = "";
        char place[64];
        struct frame frame;
        struct capture *capture = capture_open(write_file(state, b->at, n), NULL, error, sizeof(error));
        assert_true((capture != NULL) == (n >= header));
        if (capture == NULL) {
            assert_true(strlen(error) > 0);
            continue;
        }
        unsigned wanted = whole_frames(n, header, record);
        for (unsigned i = 0; i < wanted; i++)
            assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
        bool at_an_end = n == header + wanted * record;
        const struct capture_info *info = capture_info(capture);
        for (int again = 0; again < 2; again++) { /* the end stays the end */
            assert_int_equal(capture_next(capture, &frame),
                             at_an_end ? CAPTURE_END : CAPTURE_DAMAGED);
        }
        assert_true(info->cut_short == !at_an_end);
        assert_true((info->error == NULL) == at_an_end);
        assert_int_equal(info->frames, wanted);
        assert_int_equal(info->bytes_read, at_an_end ? 0 : header + wanted * record);
        snprintf(place, sizeof(place), "frame %u is incomplete (byte %zu)", wanted + 1,
                 header + wanted * record);
        assert_true(at_an_end || strstr(info->error, place) != NULL);
        capture_free(capture);
    }
}

static void cut_at_every_byte(void **state)
{
    struct bytes b = pcap_file(false, 0xa1b2c3d4);
    cut_anywhere(state, &b, HEADER_SIZE, RECORD_SIZE);
    b = pcapng_file(true);
    cut_anywhere(state, &b, 28 + 32, 32 + FRAME_SIZE);
}

static void sentence_of_a_cut_file(void **state)
{
    struct bytes b = pcap_file(false, 0xa1b2c3d4);
    b.length -= 1;
    struct capture *capture = open_bytes(state, &b);
    struct frame frame;
    char wanted[512];
    while (capture_next(capture, &frame) == CAPTURE_FRAME)
        ;
    snprintf(wanted, sizeof(wanted),
             "%s is cut short: frame 3 is incomplete (byte 136); frames 1 to 2 were read",
             (const char *)*state); /* 24 + 2 * 56 */
    assert_string_equal(capture_info(capture)->error, wanted);
    capture_free(capture);
}

static void damage(void **state)
{
    struct bytes b = pcap_file(false, 0xa1b2c3d4);
    memset(b.at + HEADER_SIZE + RECORD_SIZE + 8, 0x7f, 4); /* frame 2's captured length */
    struct capture *capture = open_bytes(state, &b);
    struct frame frame;
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_DAMAGED);
    assert_false(capture_info(capture)->cut_short);
    assert_non_null(strstr(capture_info(capture)->error, "is damaged at frame 2 (byte 80): "));
    assert_non_null(strstr(capture_info(capture)->error, "; only frame 1 was read"));
    capture_free(capture);
}

static void mixed_link_types(void **state)
{
    struct bytes b = { 0 };
    add_section(&b);
    add_interface(&b, 1, false);
    add_interface(&b, 113, false);
    struct capture *capture = open_bytes(state, &b);
    struct frame frame;
    assert_int_equal(capture_next(capture, &frame), CAPTURE_DAMAGED);
    const char *error = capture_info(capture)->error;
    assert_non_null(strstr(error, " mixes link types EN10MB and LINUX_SLL, "));
    assert_non_null(strstr(error, "-Y 'frame.encap_type == 1' -w - | editcap "));
    capture_free(capture);
}

/* A pcapng may have interfaces of one type and two snapshot lengths; libpcap 1.10 refuses. */
static void mixed_snapshot_lengths(void **state)
{
    struct bytes b = { 0 };
    add_section(&b);
    add_interface(&b, 1, false);
    add_interface(&b, 1, false);
    b.at[b.length - 8] ^= 1; /* the low byte of the second length */
    struct capture *capture = open_bytes(state, &b);
    struct frame frame;
    assert_int_equal(capture_next(capture, &frame), CAPTURE_DAMAGED);
    const char *error = capture_info(capture)->error;
    assert_non_null(strstr(error, " different snapshot lengths, "));
    assert_non_null(strstr(error, "-T ether - EN10MB.pcap"));
    assert_false(capture_info(capture)->cut_short);
    capture_free(capture);
}

/* Times: never negative, never past INT64_MAX, seconds of pcap unsigned. */
static void times(void **state)
{
    struct bytes b = { 0 };
    add_header(&b, 0xa1b2c3d4, 101);
    add_record(&b, UINT32_MAX, 5, frame80); /* the year 2106, not 1969 */
    add_record(&b, 7, 1000000, frame80);    /* a second's worth of microseconds */
    add_record(&b, 7, UINT32_MAX, frame80);
    struct capture *capture = open_bytes(state, &b);
    struct frame frame;
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_true(frame.time == INT64_C(4294967295000005000));
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_true(frame.time == INT64_C(7999999999));
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_true(frame.time >= INT64_C(7000000000) && frame.time < INT64_C(8000000000));
    capture_free(capture);
    b = (struct bytes){ 0 };
    add_section(&b);
    add_interface(&b, 101, false);
    add_packet(&b, UINT64_MAX, frame80); /* 2^64 microseconds: the year 586,524 */
    capture = open_bytes(state, &b);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_true(frame.time == INT64_MAX);
    capture_free(capture);
}

/* A frame that was longer captured than it was on the wire. */
static void lengths(void **state)
{
    struct bytes b = pcap_file(false, 0xa1b2c3d4);
    memset(b.at + HEADER_SIZE + 12, 0, 4);
    struct capture *capture = open_bytes(state, &b);
    struct frame frame;
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_int_equal(frame.caplen, FRAME_SIZE);
    assert_int_equal(frame.len, FRAME_SIZE);
    capture_free(capture);
}

static void expect_refusal(const char *name, const char *part)
{
    char error[1024] = "";
    assert_null(capture_open(name, NULL, error, sizeof(error)));
    if (strstr(error, part) == NULL)
        fail_msg("'%s' is not in '%s'", part, error);
}

static void no_captures(void **state)
{
    expect_refusal(write_file(state, "", 0), "is empty");
    expect_refusal(write_file(state, "abc", 3), "is no pcap or pcapng capture");
    expect_refusal(write_file(state, "this is text", 12), "editcap -F nsecpcap");
    expect_refusal(write_file(state, "\x1f\x8b\x08\0\0", 5), "gzip -dc");
    expect_refusal(write_file(state, "snoop\0\0\0", 8), "a snoop capture");
    expect_refusal(write_file(state, "\xd4\xc3\xb2\xa1", 4), "cut short inside its file header");
    struct bytes b = pcap_file(false, 0xa1b2c3d4);
    b.at[6] = 5; /* version 2.5 */
    expect_refusal(write_file(state, b.at, b.length), "libpcap can't read it (");
}

static void no_files(void **state)
{
    (void)state;
    expect_refusal("/nonexistent/a.pcap", "there is no file '/nonexistent/a.pcap'");
    expect_refusal("/", "is a directory");
    assert_int_equal(chdir("/"), 0); /* where no file is called so */
    expect_refusal("tcp", "-f 'EXPR'");
    expect_refusal("ip6", "-f 'EXPR'");
    expect_refusal("tcpx", "check its name");
}

/* From a pipe, which can't seek: the same frames, no offsets. */
static void standard_input(void **state)
{
    (void)state;
    struct bytes b = pcap_file(true, 0xa1b23c4d);
    b.length -= 1;
    int ends[2];
    int saved = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], b.at, b.length), b.length);
    close(ends[1]);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    char error[1024] = "";
    struct frame frame;
    struct capture *capture = capture_open("-", NULL, error, sizeof(error));
    assert_non_null(capture);
    assert_string_equal(capture_info(capture)->name, "-");
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_memory_equal(frame.data, frame80, FRAME_SIZE);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_DAMAGED);
    assert_int_equal(capture_info(capture)->bytes_read, 0);
    assert_string_equal(capture_info(capture)->error, "standard input is cut short: frame 3 is "
                                                      "incomplete; frames 1 to 2 were read");
    capture_free(capture);
    assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
    close(saved);
}

static void link_names(void **state)
{
    (void)state;
    char buffer[32];
    assert_string_equal(capture_link_name(1, buffer, sizeof(buffer)), "EN10MB");
    assert_string_equal(capture_link_name(12, buffer, sizeof(buffer)), "RAW");
    assert_string_equal(capture_link_name(9999, buffer, sizeof(buffer)), "UNKNOWN-9999");
    capture_free(NULL);
}

static int make_name(void **state)
{
    char *name = strdup("/tmp/test_capture.XXXXXX");
    int fd = name != NULL ? mkstemp(name) : -1;
    if (fd >= 0)
        close(fd);
    *state = name;
    return fd < 0;
}

static int remove_name(void **state)
{
    int result = unlink(*state);
    free(*state);
    return result;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats),
        cmocka_unit_test(filter),
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(sentence_of_a_cut_file),
        cmocka_unit_test(damage),
        cmocka_unit_test(mixed_link_types),
        cmocka_unit_test(mixed_snapshot_lengths),
        cmocka_unit_test(times),
        cmocka_unit_test(lengths),
        cmocka_unit_test(no_captures),
        cmocka_unit_test(standard_input),
        cmocka_unit_test(link_names),
        cmocka_unit_test(no_files),
    };
    return cmocka_run_group_tests(tests, make_name, remove_name);
}
