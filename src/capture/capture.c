/*
 * Captures through libpcap. Frames are counted before the filter looks at them, so that frame
 * numbers are the same with and without one, and the same as in other tools.
 */
#include "capture/capture.h"

#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time_text.h"
#include "capture/blocks.h"
#include "capture/complaint.h"
#include "capture/input.h"
#include "capture/place.h"
#include "capture/records.h"

#define ERROR_SIZE 1024
#define MAGIC_SWAPPED 0x4d3c2b1a /* of a pcapng section: 0x1a2b3c4d in the other byte order */

struct capture {
    struct input input;
    struct records records;
    pcap_t *pcap;
    char *name;
    bool is_pcapng;
    bool live;
    bool counts_losses;   /* live: the interface tells what it lost; */
    uint64_t lost_before; /* so much before the capture began */
    bool microseconds; /* libpcap gives microseconds, as devices may */
    bool has_filter;
    struct bpf_program filter;
    struct places places;
    struct capture_info info;
    char error[ERROR_SIZE];
};

/* The magic number of pcap files with nanoseconds, 0xa1b23c4d, in either byte order. */
static bool head_is_nanoseconds(const uint8_t head[INPUT_HEAD_SIZE])
{
    return (head[0] == 0xa1 && head[1] == 0xb2 && head[2] == 0x3c && head[3] == 0x4d) ||
           (head[0] == 0x4d && head[1] == 0x3c && head[2] == 0xb2 && head[3] == 0xa1);
}

/* Gives the opened input to libpcap. On failure the input is still the caller's. */
static bool pcap_start(struct capture *capture, char *error, size_t error_size)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    struct input *input = &capture->input;
    if (input->head_len == INPUT_HEAD_SIZE)
        capture->pcap = pcap_fopen_offline_with_tstamp_precision(
            input->file, PCAP_TSTAMP_PRECISION_NANO, reason);
    if (capture->pcap == NULL) {
        complaint_format(capture->name, input, reason, error, error_size);
        return false;
    }
    capture->is_pcapng = input->head[0] == 0x0a; /* block type 0x0a0d0d0a; pcap has 0xa1b2... */
    capture->info = (struct capture_info){
        .name = capture->name,
        .format = capture->is_pcapng ? "pcapng" : "pcap",
        .link_type = pcap_datalink(capture->pcap),
        .seekable = input->seekable,
        .nanoseconds = capture->is_pcapng || head_is_nanoseconds(input->head),
    };
    records_begin(input, capture->pcap, &capture->records);
    return true;
}

struct capture *capture_open(const char *name, const volatile sig_atomic_t *stop, char *error,
                             size_t error_size)
{
    struct capture *capture = calloc(1, sizeof(*capture));
    if (capture == NULL || (capture->name = strdup(name)) == NULL) {
        snprintf(error, error_size, "out of memory");
        capture_free(capture);
        return NULL;
    }
    int error_number = input_open(name, stop, &capture->input);
    if (error_number != 0) {
        complaint_open(name, error_number, error, error_size);
        capture_free(capture);
        return NULL;
    }
    if (!pcap_start(capture, error, error_size)) {
        capture_free(capture);
        return NULL;
    }
    return capture;
}

struct capture *capture_open_device(const struct device_options *options,
                                    const volatile sig_atomic_t *stop,
                                    enum device_result *ret_result, char *error,
                                    size_t error_size)
{
    struct capture *capture = calloc(1, sizeof(*capture));
    struct device_options named = *options;
    *ret_result = DEVICE_FAILED;
    if (capture == NULL || (capture->name = device_name(options->name)) == NULL) {
        snprintf(error, error_size, "out of memory");
        capture_free(capture);
        return NULL;
    }
    named.name = capture->name;
    *ret_result = device_open(&named, &capture->pcap, error, error_size);
    if (*ret_result != DEVICE_OPENED) {
        capture->pcap = NULL;
        capture_free(capture);
        return NULL;
    }
    capture->live = true;
    capture->counts_losses = device_lost(capture->name, &capture->lost_before);
    capture->input.stop = stop;
    capture->microseconds =
        pcap_get_tstamp_precision(capture->pcap) != PCAP_TSTAMP_PRECISION_NANO;
    capture->info = (struct capture_info){ .name = capture->name,
                                           .format = "live",
                                           .link_type = pcap_datalink(capture->pcap),
                                           .nanoseconds = !capture->microseconds };
    return capture;
}

struct capture *capture_again(const struct capture *capture, char *error, size_t error_size)
{
    /* A second descriptor of standard input has the place of the first. */
    if (strcmp(capture->name, "-") == 0)
        lseek(STDIN_FILENO, capture->input.start, SEEK_SET);
    return capture_open(capture->name, capture->input.stop, error, error_size);
}

void capture_keep_places(struct capture *capture)
{
    if (capture->input.seekable && !capture->is_pcapng && capture->places.offsets == NULL)
        places_init(&capture->places);
}

/* The byte order of a section stands behind its type and length; all of them have the same. */
static bool blocks_are_swapped(const struct capture *capture)
{
    uint32_t magic = 0;
    ssize_t n = pread(fileno(capture->input.file), &magic, sizeof magic, capture->input.start + 8);
    return n == (ssize_t)sizeof magic && magic == MAGIC_SWAPPED;
}

/* So many frames are read sooner than stepped over. */
static void blocks_skip(struct capture *capture, uint64_t number)
{
    struct blocks_place place = { .offset = ftello(capture->input.file),
                                  .frames = capture->info.frames };
    if (place.offset < 0 || number <= place.frames + PLACES_APART)
        return;
    place = blocks_step(fileno(capture->input.file), place, number - 1,
                        blocks_are_swapped(capture));
    if (fseeko(capture->input.file, place.offset, SEEK_SET) == 0)
        capture->info.frames = place.frames;
}

void capture_skip(struct capture *capture, const struct capture *first, uint64_t number)
{
    uint64_t frames, offset;
    if (capture->is_pcapng) {
        blocks_skip(capture, number);
        return;
    }
    if (!places_find(&first->places, number, &frames, &offset) || frames <= capture->info.frames)
        return;
    if (capture->records.buffer != NULL)
        records_seek(&capture->records, (off_t)offset);
    else if (fseeko(capture->input.file, (off_t)offset, SEEK_SET) != 0)
        return;
    capture->info.frames = frames;
}

bool capture_filter(struct capture *capture, const char *expression, char *error, size_t error_size)
{
    struct bpf_program filter;
    if (pcap_compile(capture->pcap, &filter, expression, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        snprintf(error, error_size, "%s", pcap_geterr(capture->pcap));
        return false;
    }
    if (capture->live) {
        bool set = pcap_setfilter(capture->pcap, &filter) == 0;
        if (!set)
            snprintf(error, error_size, "%s", pcap_geterr(capture->pcap));
        pcap_freecode(&filter);
        return set;
    }
    if (capture->has_filter)
        pcap_freecode(&capture->filter);
    capture->filter = filter;
    capture->has_filter = true;
    return true;
}

/*
 * Nanoseconds since the epoch, never below 0 nor above INT64_MAX (in the year 2262), so that
 * the difference of any two times fits. The seconds of pcap files are unsigned
 * (draft-ietf-opsawg-pcap), but libpcap 1.10 reads them as signed.
 */
static int64_t time_ns(const struct capture *capture, const struct pcap_pkthdr *header)
{
    int64_t seconds = header->ts.tv_sec;
    int64_t rest = header->ts.tv_usec; /* files are opened for nanoseconds */
    if (capture->microseconds)
        rest *= 1000;
    if (!capture->is_pcapng && seconds < 0)
        seconds += INT64_C(1) << 32;
    rest = rest < 0 ? 0 : rest;
    rest = rest < NS_PER_S ? rest : NS_PER_S - 1;
    int64_t time;
    if (seconds < 0)
        return 0;
    if (__builtin_mul_overflow(seconds, NS_PER_S, &time) ||
        __builtin_add_overflow(time, rest, &time))
        return INT64_MAX;
    return time;
}

/*
 * Where the last whole frame ends, found by reading the file once more up to there: asking at
 * each frame would cost a system call a frame. 0 when it can't be told.
 */
static uint64_t damage_offset(const struct capture *capture)
{
    char reason[PCAP_ERRBUF_SIZE];
    struct pcap_pkthdr *header;
    const u_char *bytes;
    int again = dup(fileno(capture->input.file));
    FILE *file = again >= 0 ? fdopen(again, "rb") : NULL;

    if (file == NULL || fseeko(file, 0, SEEK_SET) != 0) {
        if (file != NULL)
            fclose(file);
        else if (again >= 0)
            close(again);
        return 0;
    }
    pcap_t *pcap = pcap_fopen_offline(file, reason);
    if (pcap == NULL) {
        fclose(file);
        return 0;
    }
    for (uint64_t i = 0; i < capture->info.frames; i++)
        if (pcap_next_ex(pcap, &header, &bytes) != 1)
            break;
    off_t offset = ftello(file);
    pcap_close(pcap);
    return offset > 0 ? (uint64_t)offset : 0;
}

static void note_damage(struct capture *capture)
{
    if (capture->input.seekable)
        capture->info.bytes_read = damage_offset(capture);
    struct damage damage = {
        .name = capture->name,
        .reason = pcap_geterr(capture->pcap),
        .frames = capture->info.frames,
        .offset = capture->info.bytes_read,
        .seekable = capture->info.bytes_read > 0,
        .link_type = capture->info.link_type,
    };
    complaint_damage(&damage, capture->error, sizeof(capture->error));
    capture->info.cut_short = damage_is_cut(&damage);
    capture->info.error = capture->error;
}

/* Why there is no frame. */
static enum capture_status capture_stopped(struct capture *capture, int result)
{
    const volatile sig_atomic_t *stop = capture->input.stop;

    if (result == PCAP_ERROR_BREAK)
        return CAPTURE_END;
    if (result == 0 && capture->live)
        return CAPTURE_QUIET;
    if (capture->live) {
        complaint_device(capture->name, pcap_geterr(capture->pcap), capture->error,
                         sizeof capture->error);
        capture->info.error = capture->error;
        return CAPTURE_DAMAGED;
    }
    if (stop != NULL && *stop && !capture->input.seekable)
        return CAPTURE_END; /* we stopped reading, nothing is damaged */
    note_damage(capture);
    return CAPTURE_DAMAGED;
}

/* The next frame as libpcap gives it: 1, or why there is none. */
static int pcap_frame(struct capture *capture, struct frame *ret_frame)
{
    struct pcap_pkthdr *header;
    const u_char *bytes;
    int result = capture->live ? device_next(capture->pcap, capture->input.stop, &header, &bytes)
                               : pcap_next_ex(capture->pcap, &header, &bytes);
    if (result != 1)
        return result;
    ret_frame->time = time_ns(capture, header);
    ret_frame->caplen = header->caplen;
    ret_frame->len = header->len;
    ret_frame->data = bytes;
    return 1;
}

/* From here on libpcap reads the file. */
static int records_leave(struct capture *capture, struct frame *ret_frame)
{
    off_t offset = records_offset(&capture->records);
    records_done(&capture->records);
    return fseeko(capture->input.file, offset, SEEK_SET) == 0 ? pcap_frame(capture, ret_frame)
                                                              : PCAP_ERROR;
}

static bool filter_takes(const struct capture *capture, const struct frame *frame)
{
    /* A filter knows no time. */
    const struct pcap_pkthdr header = { .caplen = frame->caplen, .len = frame->len };
    return pcap_offline_filter(&capture->filter, &header, frame->data) != 0;
}

/* Where the next frame begins in the file. */
static off_t next_offset(const struct capture *capture)
{
    return capture->records.buffer != NULL ? records_offset(&capture->records)
                                           : ftello(capture->input.file);
}

/* A frame that was read, with what is told of each. */
static inline enum capture_status frame_complete(struct capture *capture, struct frame *frame)
{
    frame->number = ++capture->info.frames;
    frame->link_type = capture->info.link_type;
    frame->input = 0;
    if (places_want(&capture->places, capture->info.frames))
        places_add(&capture->places, (uint64_t)next_offset(capture));
    if (capture->has_filter && !filter_takes(capture, frame))
        return CAPTURE_LEFT_OUT;
    if (frame->len < frame->caplen)
        frame->len = frame->caplen;
    return CAPTURE_FRAME;
}

static enum capture_status next_of_libpcap(struct capture *capture, struct frame *ret_frame)
{
    if (capture->info.error != NULL)
        return CAPTURE_DAMAGED;
    int result = capture->records.buffer == NULL ? pcap_frame(capture, ret_frame)
                                                 : records_leave(capture, ret_frame);
    return result == 1 ? frame_complete(capture, ret_frame) : capture_stopped(capture, result);
}

enum capture_status capture_next(struct capture *capture, struct frame *ret_frame)
{
    if (capture->records.buffer != NULL && records_next(&capture->records, ret_frame))
        return frame_complete(capture, ret_frame);
    return next_of_libpcap(capture, ret_frame);
}

bool capture_drops(struct capture *capture, uint64_t *ret_kernel)
{
    return capture->live && device_drops(capture->pcap, ret_kernel);
}

bool capture_lost(const struct capture *capture, uint64_t *ret_interface)
{
    uint64_t lost;
    /* Less than before: another interface has the name by now, or one of all is gone. */
    if (!capture->counts_losses || !device_lost(capture->name, &lost) ||
        lost < capture->lost_before)
        return false;
    *ret_interface = lost - capture->lost_before;
    return true;
}

bool capture_position(const struct capture *capture, uint64_t *ret_read, uint64_t *ret_all)
{
    struct stat status;

    if (!capture->input.seekable || fstat(fileno(capture->input.file), &status) != 0)
        return false;
    off_t at = capture->records.buffer != NULL
                   ? records_offset(&capture->records)
                   : lseek(fileno(capture->input.file), 0, SEEK_CUR);
    *ret_read = at > 0 ? (uint64_t)at : 0;
    *ret_all = status.st_size > at ? (uint64_t)status.st_size : *ret_read;
    return true;
}

const struct capture_info *capture_info(const struct capture *capture)
{
    return &capture->info;
}

const char *capture_link_name(int link_type, char *buffer, size_t buffer_size)
{
    return complaint_link_name(link_type, buffer, buffer_size);
}

void capture_free(struct capture *capture)
{
    if (capture == NULL)
        return;
    if (capture->has_filter)
        pcap_freecode(&capture->filter);
    records_done(&capture->records);
    if (capture->pcap != NULL) {
        capture->input.file = NULL; /* libpcap closes it */
        pcap_close(capture->pcap);
    }
    input_done(&capture->input);
    places_done(&capture->places);
    free(capture->name);
    free(capture);
}
