/*
 * records: what is read of a pcap file is what libpcap reads of it. Files with records of all
 * sizes, across the ends of the buffer, and with every kind of record that is libpcap's; each frame
 * is compared with what libpcap alone gives, and so is the end.
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
#include <glob.h>
#include <pcap/pcap.h>

#include "capture/capture.h"
#include "capture/records.h"

#define PATH "test_records.pcap"
#define RECORDS 400
#define BUFFER 262144 /* of records.c */

static void put32(FILE *file, uint32_t value)
{
    assert_int_equal(fwrite(&value, sizeof value, 1, file), 1);
}

static void put16(FILE *file, uint16_t value)
{
    assert_int_equal(fwrite(&value, sizeof value, 1, file), 1);
}

struct header {
    uint32_t magic;
    uint16_t minor;
    uint32_t snapshot, link_type;
};

static const struct header usual = { 0xa1b2c3d4, 4, 262144, 1 };

static FILE *file_begin(const struct header *header)
{
    FILE *file = fopen(PATH, "wb");
    assert_non_null(file);
    put32(file, header->magic);
    put16(file, 2);
    put16(file, header->minor);
    put32(file, 0);
    put32(file, 0);
    put32(file, header->snapshot);
    put32(file, header->link_type);
    return file;
}

static void record_put(FILE *file, uint32_t seconds, uint32_t parts, uint32_t caplen,
                       uint32_t length)
{
    put32(file, seconds);
    put32(file, parts);
    put32(file, caplen);
    put32(file, length);
    for (uint32_t i = 0; i < caplen; i++)
        fputc((int)((seconds + i * 7) & 0xff), file);
}

/* Sizes that are small, and some that fill much of the buffer: 3 MB in all. */
static uint32_t size_of(uint32_t i)
{
    return i % 37 == 36 ? 60000 + i * 11 : (i * 2654435761u >> 20) % 1600;
}

static void records_put(FILE *file)
{
    for (uint32_t i = 0; i < RECORDS; i++)
        record_put(file, 1000 + i, i * 2000, size_of(i), size_of(i) + i % 3);
}

/* Times as capture.c has them: seconds are unsigned, what is no part of a second is put right. */
static int64_t time_of(const struct pcap_pkthdr *header, bool pcapng)
{
    int64_t seconds = header->ts.tv_sec, rest = header->ts.tv_usec;
    if (!pcapng && seconds < 0)
        seconds += INT64_C(1) << 32;
    rest = rest < 0 ? 0 : rest > 999999999 ? 999999999 : rest;
    return seconds * 1000000000 + rest;
}

/* Both to their end; how many frames there were. Files that libpcap does not open have none. */
static uint64_t compare(const char *path)
{
    char error[PCAP_ERRBUF_SIZE];
    struct pcap_pkthdr *header;
    const unsigned char *bytes;
    struct frame frame;
    uint64_t frames = 0;
    pcap_t *pcap = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, error);
    if (pcap == NULL)
        return 0;
    struct capture *capture = capture_open(path, NULL, error, sizeof error);
    assert_non_null(capture);
    bool pcapng = strcmp(capture_info(capture)->format, "pcapng") == 0;
    int result;
    while ((result = pcap_next_ex(pcap, &header, &bytes)) == 1) {
        assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
        assert_true(frame.number == ++frames);
        assert_true(frame.time == time_of(header, pcapng));
        assert_int_equal(frame.caplen, header->caplen);
        assert_int_equal(frame.len, header->len > header->caplen ? header->len : header->caplen);
        assert_int_equal(frame.link_type, pcap_datalink(pcap));
        assert_memory_equal(frame.data, bytes, header->caplen);
    }
    enum capture_status end = result == PCAP_ERROR_BREAK ? CAPTURE_END : CAPTURE_DAMAGED;
    assert_int_equal(capture_next(capture, &frame), end);
    assert_int_equal(capture_next(capture, &frame), end);
    pcap_close(pcap);
    capture_free(capture);
    return frames;
}

/* Whether the records of the file at PATH are read without libpcap. */
static bool begins(void)
{
    char error[PCAP_ERRBUF_SIZE];
    struct input input;
    struct records records;
    assert_int_equal(input_open(PATH, NULL, &input), 0);
    pcap_t *pcap = pcap_fopen_offline(input.file, error);
    assert_non_null(pcap);
    bool begun = records_begin(&input, pcap, &records);
    assert_true(begun == (records.buffer != NULL));
    records_done(&records);
    input.file = NULL; /* libpcap closes it */
    pcap_close(pcap);
    input_done(&input);
    return begun;
}

static void many(void **state)
{
    (void)state;
    struct header header = usual;
    for (int i = 0; i < 2; i++) {
        FILE *file = file_begin(&header);
        records_put(file);
        fclose(file);
        assert_true(begins());
        assert_int_equal(compare(PATH), RECORDS);
        header.magic = 0xa1b23c4d;
    }
}

/* Each in the middle of a file. What libpcap has taken over it reads to the end. */
static void of_libpcap(void **state)
{
    (void)state;
    static const struct {
        uint32_t seconds, parts, caplen, length;
        uint64_t frames; /* before the end */
    } cases[] = {
        { 5, 999999, 60, 60, 2 * RECORDS + 1 },  /* as usual */
        { 5, 1000000, 60, 60, 2 * RECORDS + 1 }, /* no part of a second */
        { 5, UINT32_MAX, 60, 60, 2 * RECORDS + 1 },
        { UINT32_MAX, 0, 60, 60, 2 * RECORDS + 1 }, /* in 2106 */
        { 5, 0, 60, 20, 2 * RECORDS + 1 },          /* fewer on the wire */
        { 5, 0, 0, 0, 2 * RECORDS + 1 },
        { 5, 0, 100001, 100001, 2 * RECORDS + 1 },      /* beyond the snapshot length */
        { 5, 0, BUFFER - 16, BUFFER, 2 * RECORDS + 1 }, /* as much as the buffer holds */
        { 5, 0, BUFFER - 15, BUFFER, 2 * RECORDS + 1 }, /* a byte more */
        { 5, 0, BUFFER, BUFFER, 2 * RECORDS + 1 },
        { 5, 0, BUFFER + 1, BUFFER, RECORDS }, /* more than libpcap takes: damage */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct header header = usual;
        if (cases[i].caplen == 100001)
            header.snapshot = 100000;
        FILE *file = file_begin(&header);
        records_put(file);
        record_put(file, cases[i].seconds, cases[i].parts, cases[i].caplen, cases[i].length);
        records_put(file);
        fclose(file);
        assert_true(begins());
        assert_int_equal(compare(PATH), cases[i].frames);
    }
}

/* The last record cut at each of its bytes, where the buffer ends within it and where not. */
static void cut(void **state)
{
    (void)state;
    static const uint32_t fill[] = { 10, BUFFER - 16 - 40 };
    for (size_t i = 0; i < sizeof fill / sizeof fill[0]; i++) {
        FILE *file = file_begin(&usual);
        record_put(file, 1, 2, fill[i], fill[i]);
        record_put(file, 3, 4, 64, 64);
        long end = ftell(file);
        fclose(file);
        for (long at = end; at >= end - 80; at--) {
            assert_int_equal(truncate(PATH, at), 0);
            assert_int_equal(compare(PATH), at == end ? 2 : 1);
        }
    }
}

/* Not every pcap file: none of these begins, and libpcap reads all of it. */
static void other_files(void **state)
{
    (void)state;
    static const struct header headers[] = {
        { 0xa1b2cd34, 4, 65535, 1 }, /* larger record headers */
        { 0xa1b2c3d4, 3, 65535, 1 }, /* both lengths may be exchanged */
        { 0xa1b2c3d4, 2, 65535, 1 },
        { 0xa1b2c3d4, 4, 65535, 220 }, /* USB */
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        FILE *file = file_begin(&headers[i]);
        for (uint32_t n = 0; n < 5; n++)
            record_put(file, n, n, 100, 100);
        fclose(file);
        assert_false(begins());
        compare(PATH);
    }
    static const uint32_t swapped[] = {
        /* its header, and a record of no bytes */
        0xd4c3b2a1, 0x04000200, 0, 0, 0x00000400, 0x01000000, 0x05000000, 0, 0, 0,
    };
    FILE *file = fopen(PATH, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(swapped, sizeof swapped, 1, file), 1);
    fclose(file);
    assert_false(begins());
    assert_int_equal(compare(PATH), 1);
}

/* Of every kind, damaged ones among them. */
static void captures(void **state)
{
    (void)state;
    const char *top = getenv("srcdir");
    char pattern[1024];
    glob_t files;
    uint64_t frames = 0;
    snprintf(pattern, sizeof pattern, "%s/pcaps/*.pcap*", top != NULL ? top : ".");
    assert_int_equal(glob(pattern, 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++)
        frames += compare(files.gl_pathv[i]);
    globfree(&files);
    assert_true(frames > 1000);
}

static int end(void **state)
{
    (void)state;
    return unlink(PATH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many),        cmocka_unit_test(of_libpcap), cmocka_unit_test(cut),
        cmocka_unit_test(other_files), cmocka_unit_test(captures),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
