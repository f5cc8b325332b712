/*
 * build_pcap IN.txt OUT.pcap: a capture with nanosecond timestamps from the lines of
 * segment_builder.h. The output depends on nothing but the input.
 */
#include <errno.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "segment_builder.h"

#define NS_PER_S INT64_C(1000000000)
#define SNAP_LENGTH 262144

static void write16(FILE *file, uint32_t value)
{
    fputc((int)(value & 0xff), file);
    fputc((int)(value >> 8 & 0xff), file);
}

static void write32(FILE *file, uint32_t value)
{
    write16(file, value);
    write16(file, value >> 16);
}

/* LINKTYPE values differ from DLT values where systems disagree about the latter. */
static uint32_t file_link_type(int link_type)
{
    return link_type == DLT_RAW ? 101 : link_type == DLT_LOOP ? 108 : (uint32_t)link_type;
}

static void write_header(FILE *file, int link_type)
{
    write32(file, 0xa1b23c4d); /* nanoseconds, little-endian */
    write16(file, 2);
    write16(file, 4);
    write32(file, 0);
    write32(file, 0);
    write32(file, SNAP_LENGTH);
    write32(file, file_link_type(link_type));
}

static void write_frame(FILE *file, const struct frame *frame)
{
    write32(file, (uint32_t)(frame->time / NS_PER_S));
    write32(file, (uint32_t)(frame->time % NS_PER_S));
    write32(file, frame->caplen);
    write32(file, frame->len);
    fwrite(frame->data, 1, frame->caplen, file);
}

/* Returns the number of the line that is wrong, 0 when all went well. */
static unsigned long build(FILE *in, FILE *out, char *error, size_t error_size)
{
    struct segment_builder builder;
    static uint8_t bytes[BUILDER_FRAME_MAX];
    char line[4096];
    unsigned long number = 0;
    int link_type = 0;
    segment_builder_init(&builder);
    while (fgets(line, sizeof(line), in) != NULL) {
        struct frame frame;
        number++;
        if (!segment_builder_line(&builder, line, bytes, sizeof(bytes), &frame, error, error_size))
            return number;
        if (frame.data == NULL)
            continue;
        if (frame.number == 1) {
            link_type = frame.link_type;
            write_header(out, link_type);
        }
        if (frame.link_type != link_type) {
            snprintf(error, error_size, "a pcap file has one link type");
            return number;
        }
        write_frame(out, &frame);
    }
    if (builder.frames == 0)
        write_header(out, builder.link_type);
    return 0;
}

int main(int argc, char **argv)
{
    char error[256] = "";
    if (argc != 3) {
        fprintf(stderr, "usage: build_pcap IN.txt OUT.pcap\n");
        return 2;
    }
    FILE *in = fopen(argv[1], "r");
    FILE *out = in != NULL ? fopen(argv[2], "wb") : NULL;
    if (out == NULL) {
        fprintf(stderr, "build_pcap: %s: %s\n", in != NULL ? argv[2] : argv[1], strerror(errno));
        return 1;
    }
    unsigned long line = build(in, out, error, sizeof(error));
    if (line != 0)
        fprintf(stderr, "build_pcap: %s:%lu: %s\n", argv[1], line, error);
    bool written = fclose(out) == 0;
    fclose(in);
    if (line != 0 || !written)
        remove(argv[2]);
    return line != 0 || !written;
}
