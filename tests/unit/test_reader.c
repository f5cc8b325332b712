/*
 * test_reader: several inputs as one capture: order, numbers, clocks, filter, span of time, where
 * each frame came from; and the files that the writer makes, which are the inputs here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/origin.h"
#include "capture/reader.h"
#include "capture/writer.h"

#define LINK_RAW 12 /* DLT_RAW */
#define S INT64_C(1000000000)
#define FILES 3

/* Raw IPv4 with a TCP header: 10.0.0.1:1000 to 10.0.0.2; the port is bytes 22 and 23. */
static const uint8_t packet[40] = {
    0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
    0x03, 0xe8, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0, 100, 0, 0, 0, 0,
};

struct files {
    char name[FILES][64];
};

static int files_setup(void **state)
{
    struct files *files = calloc(1, sizeof *files);
    if (files == NULL)
        return -1;
    for (int i = 0; i < FILES; i++) {
        snprintf(files->name[i], sizeof files->name[i], "test_reader-%d-%d.tmp", (int)getpid(), i);
    }
    *state = files;
    return 0;
}

static int files_teardown(void **state)
{
    struct files *files = *state;
    for (int i = 0; i < FILES; i++)
        unlink(files->name[i]);
    free(files);
    return 0;
}

/* Writes a capture with a frame at each time, to port 80, 81, ... */
static void write_times(const char *name, const int64_t *times, size_t count, bool nanoseconds)
{
    char error[512] = "";
    struct writer *writer = writer_open(name, LINK_RAW, nanoseconds, error, sizeof error);
    assert_non_null(writer);
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[sizeof packet];
        memcpy(bytes, packet, sizeof bytes);
        bytes[23] = (uint8_t)(80 + i);
        struct frame frame = { .time = times[i], .caplen = sizeof bytes, .len = 1500,
                               .data = bytes };
        writer_frame(writer, &frame);
    }
    assert_true(writer_close(writer, error, sizeof error));
}

static void add_file(struct reader *reader, const char *name)
{
    char error[512] = "";
    struct capture *capture = capture_open(name, NULL, error, sizeof error);
    if (capture == NULL)
        fail_msg("%s", error);
    assert_true(reader_add(reader, capture));
}

static void expect(struct reader *reader, uint64_t number, unsigned input, int64_t time)
{
    struct frame frame;
    assert_int_equal(reader_next(reader, &frame), CAPTURE_FRAME);
    assert_int_equal(frame.number, number);
    assert_int_equal(frame.input, input);
    assert_true(frame.time == time);
    assert_int_equal(frame.caplen, sizeof packet);
    assert_int_equal(frame.len, 1500);
    assert_memory_equal(frame.data, packet, 22); /* its own bytes, not those of a later frame */
}

static void expect_end(struct reader *reader, enum capture_status status)
{
    struct frame frame;
    assert_int_equal(reader_next(reader, &frame), status);
    assert_int_equal(reader_next(reader, &frame), status);
}

static void merges_by_time(void **state)
{
    struct files *files = *state;
    static const int64_t a[] = { 10 * S, 30 * S, 30 * S }, b[] = { 20 * S, 30 * S, 40 * S };
    unsigned input = 9;
    uint64_t number = 0;
    write_times(files->name[0], a, 3, true);
    write_times(files->name[1], b, 3, true);
    write_times(files->name[2], NULL, 0, true);
    struct reader *reader = reader_new();
    for (int i = 0; i < FILES; i++)
        add_file(reader, files->name[i]);
    assert_true(reader_is_seekable(reader));
    int64_t first = 0;
    assert_true(reader_first_time(reader, &first));
    assert_true(first == 10 * S);
    expect(reader, 1, 0, 10 * S);
    expect(reader, 2, 1, 20 * S);
    expect(reader, 3, 0, 30 * S); /* ties in the order of the inputs */
    expect(reader, 4, 0, 30 * S);
    expect(reader, 5, 1, 30 * S);
    expect(reader, 6, 1, 40 * S);
    expect_end(reader, CAPTURE_END);
    assert_int_equal(reader_frames(reader, 0), 3);
    assert_int_equal(reader_frames(reader, 2), 0);
    assert_true(reader_origin(reader, 5, &input, &number));
    assert_int_equal(input, 1);
    assert_int_equal(number, 2); /* b's second */
    assert_false(reader_origin(reader, 0, &input, &number));
    assert_false(reader_origin(reader, 7, &input, &number));
    assert_int_equal(reader_origins_lost(reader), 0);
    reader_free(reader);
}

/* b's clock is 15 s ahead: less 15 s its frames came at 5, 15 and 25 s. */
static void shifts_a_clock(void **state)
{
    struct files *files = *state;
    static const int64_t a[] = { 10 * S, 20 * S }, b[] = { 20 * S, 30 * S, 40 * S };
    write_times(files->name[0], a, 2, true);
    write_times(files->name[1], b, 3, true);
    struct reader *reader = reader_new();
    add_file(reader, files->name[0]);
    add_file(reader, files->name[1]);
    reader_shift(reader, 1, -15 * S);
    expect(reader, 1, 1, 5 * S);
    expect(reader, 2, 0, 10 * S);
    expect(reader, 3, 1, 15 * S);
    expect(reader, 4, 0, 20 * S);
    expect(reader, 5, 1, 25 * S);
    expect_end(reader, CAPTURE_END);
    reader_free(reader);
}

/* Frames that are left out keep their numbers. */
static void filters_and_narrows(void **state)
{
    struct files *files = *state;
    static const int64_t a[] = { 10 * S, 30 * S, 50 * S }, b[] = { 20 * S, 40 * S, 60 * S };
    char error[512] = "";
    unsigned input;
    uint64_t number;
    write_times(files->name[0], a, 3, true); /* to ports 80, 81, 82 */
    write_times(files->name[1], b, 3, true);
    struct reader *reader = reader_new();
    add_file(reader, files->name[0]);
    add_file(reader, files->name[1]);
    assert_false(reader_filter(reader, "tcp port", error, sizeof error));
    assert_true(strlen(error) > 0);
    assert_true(reader_filter(reader, "dst port 80 or dst port 81", error, sizeof error));
    reader_narrow(reader, 20 * S, 40 * S); /* 20 is in, 40 is not */
    expect(reader, 2, 1, 20 * S);
    expect(reader, 3, 0, 30 * S);
    expect_end(reader, CAPTURE_END);
    assert_int_equal(reader_filtered_out(reader), 2); /* at 50 and 60 s */
    assert_int_equal(reader_narrowed_out(reader), 2); /* at 10 and 40 s */
    assert_int_equal(reader_frames(reader, 0), 1);
    assert_true(reader_origin(reader, 3, &input, &number));
    assert_int_equal(input, 0);
    assert_int_equal(number, 2);
    reader_free(reader);
}

/* One of two files is cut: the other is read on, and the end tells. */
static void reads_on_after_damage(void **state)
{
    struct files *files = *state;
    static const int64_t a[] = { 10 * S, 20 * S, 30 * S }, b[] = { 15 * S, 40 * S };
    write_times(files->name[0], a, 3, true);
    write_times(files->name[1], b, 2, true);
    assert_int_equal(truncate(files->name[0], 24 + 2 * (16 + 40) + 7), 0);
    struct reader *reader = reader_new();
    add_file(reader, files->name[0]);
    add_file(reader, files->name[1]);
    expect(reader, 1, 0, 10 * S);
    expect(reader, 2, 1, 15 * S);
    expect(reader, 3, 0, 20 * S);
    expect(reader, 4, 1, 40 * S);
    expect_end(reader, CAPTURE_DAMAGED);
    assert_non_null(reader_info(reader, 0)->error);
    assert_null(reader_info(reader, 1)->error);
    reader_free(reader);
}

static void one_input(void **state)
{
    struct files *files = *state;
    static const int64_t a[] = { 10 * S, 5 * S, 20 * S };
    unsigned input;
    uint64_t number;
    write_times(files->name[0], a, 3, true);
    struct reader *reader = reader_new();
    add_file(reader, files->name[0]);
    reader_narrow(reader, 6 * S, INT64_MAX);
    expect(reader, 1, 0, 10 * S);
    expect(reader, 3, 0, 20 * S); /* order of the file, also where its clock went back */
    expect_end(reader, CAPTURE_END);
    assert_int_equal(reader_narrowed_out(reader), 1);
    assert_false(reader_origin(reader, 1, &input, &number));
    reader_free(reader);
}

static void too_many_inputs(void **state)
{
    struct files *files = *state;
    char error[512];
    write_times(files->name[0], NULL, 0, true);
    struct reader *reader = reader_new();
    for (int i = 0; i < READER_INPUTS_MAX; i++)
        add_file(reader, files->name[0]);
    struct capture *capture = capture_open(files->name[0], NULL, error, sizeof error);
    assert_false(reader_add(reader, capture));
    capture_free(capture);
    int64_t first;
    assert_false(reader_first_time(reader, &first)); /* no frame anywhere */
    reader_free(reader);
}

/* Microseconds cut what is finer; the file's magic number tells which (pcap: a1b2c3d4). */
static void writes_microseconds(void **state)
{
    struct files *files = *state;
    static const int64_t a[] = { 10 * S + 123456789 };
    char error[512];
    struct frame frame;
    for (int nanoseconds = 0; nanoseconds < 2; nanoseconds++) {
        write_times(files->name[0], a, 1, nanoseconds);
        struct capture *capture = capture_open(files->name[0], NULL, error, sizeof error);
        assert_non_null(capture);
        assert_true(capture_info(capture)->nanoseconds == (bool)nanoseconds);
        assert_int_equal(capture_info(capture)->link_type, LINK_RAW);
        assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
        assert_true(frame.time == 10 * S + (nanoseconds ? 123456789 : 123456000));
        capture_free(capture);
    }
}

static void write_errors(void **state)
{
    (void)state;
    char error[512] = "";
    struct frame frame = { .time = 0, .caplen = sizeof packet, .len = 40, .data = packet };
    assert_null(writer_open("no-such-folder/x", LINK_RAW, true, error, sizeof error));
    assert_non_null(strstr(error, "no-such-folder/x can't be written: No such file"));
    if (access("/dev/full", W_OK) != 0)
        skip();
    struct writer *writer = writer_open("/dev/full", LINK_RAW, true, error, sizeof error);
    assert_non_null(writer);
    for (int i = 0; i < 1000; i++)
        writer_frame(writer, &frame);
    assert_false(writer_close(writer, error, sizeof error));
    assert_non_null(strstr(error, "/dev/full could not be written to its end: No space left"));
}

/* Three blocks of 4096 frames, inputs 0 1 2 0 1 2 ... : frame n is number (n + 2) / 3 of its own. */
static void origins_over_blocks(void **state)
{
    (void)state;
    struct origins *origins = origins_new();
    for (unsigned n = 1; n <= 10000; n++)
        origins_add(origins, (n - 1) % 3);
    static const uint64_t frames[] = { 1, 2, 3, 4, 4095, 4096, 4097, 8192, 8193, 10000 };
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        unsigned input = 9;
        uint64_t number = 0;
        assert_true(origins_find(origins, frames[i], &input, &number));
        assert_int_equal(input, (frames[i] - 1) % 3);
        assert_int_equal(number, (frames[i] + 2) / 3);
    }
    origins_free(origins);
}

static void calls_count(void *context)
{
    ++*(unsigned *)context;
}

/* Who watches is told every READER_WATCHED frames of both inputs, also of those that are left out;
 * the bytes of both files are read in the end: 24 of a header, and 16 + 40 for each frame. */
static void tells_how_far(void **state)
{
    struct files *files = *state;
    enum { COUNT = READER_WATCHED * 5 / 4 };
    int64_t *times = calloc(COUNT, sizeof *times);
    struct reader *reader = reader_new();
    struct frame frame;
    uint64_t read = 1, all = 1;
    unsigned calls = 0;
    char error[512] = "";

    assert_non_null(times);
    for (int i = 0; i < COUNT; i++)
        times[i] = i * S;
    for (int i = 0; i < 2; i++) {
        write_times(files->name[i], times, COUNT, true);
        struct capture *capture = capture_open(files->name[i], NULL, error, sizeof error);
        assert_non_null(capture);
        assert_true(reader_add(reader, capture));
    }
    assert_true(reader_position(reader, &read, &all));
    assert_int_equal(all, 2 * (24 + 56 * COUNT));
    assert_true(read <= all); /* a buffer ahead */
    assert_true(reader_filter(reader, "udp", error, sizeof error));
    reader_watch(reader, calls_count, &calls);
    assert_int_equal(reader_next(reader, &frame), CAPTURE_END);
    assert_int_equal(calls, 2); /* of 2560 frames */
    assert_int_equal(reader_number(reader), 2 * COUNT);
    assert_true(reader_position(reader, &read, &all));
    assert_int_equal(read, all);
    reader_free(reader);
    free(times);
}

/* The second look finds each frame as the first did, wherever it goes on, and never goes back. */
static void reads_again(void **state)
{
    struct files *files = *state;
    enum { COUNT = 5000 };
    int64_t *times = calloc(COUNT, sizeof *times);
    struct reader *first = reader_new();
    struct frame frame;
    char error[512] = "";

    assert_non_null(times);
    for (int i = 0; i < COUNT; i++)
        times[i] = i * S;
    write_times(files->name[0], times, COUNT, true);
    add_file(first, files->name[0]);
    reader_keep_places(first);
    reader_shift(first, 0, 5);
    assert_true(reader_filter(first, "udp", error, sizeof error));
    assert_int_equal(reader_next(first, &frame), CAPTURE_END);
    struct reader *again = reader_again(first, error, sizeof error);
    assert_non_null(again);
    static const uint64_t numbers[] = { 1, 2, 1024, 1025, 1026, 2900, 4097, 4999, 5000 };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        uint64_t read = 0;
        reader_skip(again, first, numbers[i]);
        do {
            assert_int_equal(reader_next(again, &frame), CAPTURE_FRAME);
            read++;
        } while (frame.number < numbers[i]);
        assert_int_equal(frame.number, numbers[i]);
        assert_true(frame.time == (int64_t)(numbers[i] - 1) * S + 5);
        assert_int_equal(frame.data[23], (uint8_t)(80 + numbers[i] - 1));
        assert_true(read <= 1024); /* places are 1024 frames apart */
    }
    reader_skip(again, first, 1);
    assert_int_equal(reader_next(again, &frame), CAPTURE_END);
    reader_free(again);
    reader_free(first);
    free(times);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(merges_by_time, files_setup, files_teardown),
        cmocka_unit_test_setup_teardown(shifts_a_clock, files_setup, files_teardown),
        cmocka_unit_test_setup_teardown(filters_and_narrows, files_setup, files_teardown),
        cmocka_unit_test_setup_teardown(reads_on_after_damage, files_setup, files_teardown),
        cmocka_unit_test_setup_teardown(one_input, files_setup, files_teardown),
        cmocka_unit_test_setup_teardown(too_many_inputs, files_setup, files_teardown),
        cmocka_unit_test_setup_teardown(writes_microseconds, files_setup, files_teardown),
        cmocka_unit_test(write_errors),
        cmocka_unit_test(origins_over_blocks),
        cmocka_unit_test_setup_teardown(tells_how_far, files_setup, files_teardown),
        cmocka_unit_test_setup_teardown(reads_again, files_setup, files_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
