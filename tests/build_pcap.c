/*
 * build_pcap IN.txt OUT.pcap: a capture from the lines of segment_builder.h. The output depends
 * on nothing but the input.
 */
#include <errno.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "segment_builder.h"

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_US 1000
#define SNAP_LENGTH 262144

/* What a pcap file has once: its link type, its byte order, the unit of its times. */
struct output {
    FILE *file;
    int link_type;
    bool big_endian;
    bool microseconds;
};

/* The low bytes of a number, as many as asked for, in the file's byte order. */
static void write_number(const struct output *out, uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        unsigned from = out->big_endian ? bytes - 1 - i : i;
        fputc((int)(value >> 8 * from & 0xff), out->file);
    }
}

static void write16(const struct output *out, uint32_t value)
{
    write_number(out, value, 2);
}

static void write32(const struct output *out, uint32_t value)
{
    write_number(out, value, 4);
}

/* LINKTYPE values differ from DLT values where systems disagree about the latter. */
static uint32_t file_link_type(int link_type)
{
    return link_type == DLT_RAW ? 101 : link_type == DLT_LOOP ? 108 : (uint32_t)link_type;
}

static void write_header(const struct output *out)
{
    write32(out, out->microseconds ? 0xa1b2c3d4 : 0xa1b23c4d);
    write16(out, 2);
    write16(out, 4);
    write32(out, 0);
    write32(out, 0);
    write32(out, SNAP_LENGTH);
    write32(out, file_link_type(out->link_type));
}

static void write_frame(const struct output *out, const struct frame *frame)
{
    int64_t rest = frame->time % NS_PER_S;
    write32(out, (uint32_t)(frame->time / NS_PER_S));
    write32(out, (uint32_t)(out->microseconds ? rest / NS_PER_US : rest));
    write32(out, frame->caplen);
    write32(out, frame->len);
    fwrite(frame->data, 1, frame->caplen, out->file);
}

static struct output output_of(const struct segment_builder *builder, FILE *file)
{
    return (struct output){
        .file = file,
        .link_type = builder->link_type,
        .big_endian = builder->big_endian,
        .microseconds = builder->microseconds,
    };
}

/* Whether a line changed what the file's header has already said. */
static bool output_differs(const struct output *out, const struct segment_builder *builder)
{
    return out->link_type != builder->link_type || out->big_endian != builder->big_endian ||
           out->microseconds != builder->microseconds;
}

/* Returns the number of the line that is wrong, 0 when all went well. */
static unsigned long build(FILE *in, FILE *file, char *error, size_t error_size)
{
    struct segment_builder builder;
    static uint8_t bytes[BUILDER_FRAME_MAX];
    char line[4096];
    unsigned long number = 0;
    struct output out = { 0 };
    segment_builder_init(&builder);
    while (fgets(line, sizeof(line), in) != NULL) {
        struct frame frame;
        number++;
        if (!segment_builder_line(&builder, line, bytes, sizeof(bytes), &frame, error, error_size))
            return number;
        if (frame.data == NULL)
            continue;
        if (frame.number == 1) {
            out = output_of(&builder, file);
            write_header(&out);
        }
        if (output_differs(&out, &builder)) {
            snprintf(error, error_size, "a pcap file has one link type, byte order and time unit");
            return number;
        }
        write_frame(&out, &frame);
    }
    if (builder.frames == 0) {
        out = output_of(&builder, file);
        write_header(&out);
    }
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
