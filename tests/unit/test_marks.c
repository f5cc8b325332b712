/*
 * marks: what the tracker marks a segment as, for whoever draws it, and the class of the same
 * segment say the same, of every capture in pcaps/, with and without keeping segments. More
 * captures may be named in MORE_CAPTURES, with ':' between them.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time_text.h"
#include "capture/reader.h"
#include "decode/decode.h"
#include "model/classified.h"
#include "model/mark.h"
#include "tcp/tracker.h"

#define FRAMES_MAX 200000u
#define ERRORS_MAX 400

#define MARKS_COMPARED                                                                           \
    (MARK_REPEATED | MARK_COPY | MARK_KEEP_ALIVE | MARK_LATE | MARK_WINDOW_PROBE)

struct tracked_file {
    const char *name;
    unsigned *marks; /* by frame number */
    bool *copies;
    unsigned errors, compared;
    bool segments;   /* they are kept */
};

static const char *mark_names(unsigned marks)
{
    if (marks & MARK_KEEP_ALIVE)
        return "keep-alive";
    if (marks & MARK_WINDOW_PROBE)
        return "window probe";
    if (marks & MARK_COPY)
        return "copy";
    if (marks & MARK_REPEATED)
        return marks & MARK_LATE ? "late and repeated" : "repeated";
    return marks & MARK_LATE ? "late" : "none";
}

/* What the marks have to be for a class; -1: nothing is asked of them. */
static int marks_of_class(const struct classified *row)
{
    if (row->tags & TAG(TAG_PARTIAL)) /* new bytes are not marked as old */
        return 0;
    switch ((enum segment_class)row->class) {
    case CLASS_KEEP_ALIVE:
        return MARK_KEEP_ALIVE;
    case CLASS_ZERO_WINDOW_PROBE:
        return MARK_WINDOW_PROBE;
    case CLASS_NETWORK_DUPLICATE:
    case CLASS_CAPTURE_DUPLICATE:
        return MARK_COPY;
    case CLASS_REORDERED:
    case CLASS_CAPTURE_REORDERED:
    case CLASS_AMBIGUOUS:
        return MARK_LATE;
    case CLASS_NOT_ACCEPTED:
        return -1;
    case CLASS_RTX_UNSEEN_ORIGINAL:
        return MARK_LATE | MARK_REPEATED;
    case CLASS_RTX_UNNEEDED:
        if (row->tags & TAG(TAG_MISSED))
            return MARK_LATE | MARK_REPEATED;
        break;
    default:
        break;
    }
    return class_is_repeat((enum segment_class)row->class) ? MARK_REPEATED : 0;
}

static void row_compare(struct tracked_file *file, const struct classified *row)
{
    int wanted = marks_of_class(row);
    unsigned marks = file->marks[row->frame] & MARKS_COMPARED;
    if (wanted < 0 || file->copies[row->frame])
        return;
    file->compared++;
    if (marks == (unsigned)wanted)
        return;
    if (file->errors++ < ERRORS_MAX)
        fprintf(stderr, "%s frame %u: %s, but marked: %s\n", file->name, (unsigned)row->frame,
                segment_class_name((enum segment_class)row->class), mark_names(marks));
}

static void connection_compare(void *context, const struct summary *summary,
                               const struct event *events, size_t count)
{
    (void)events;
    (void)count;
    for (const struct classified_chunk *chunk = summary->segments; chunk != NULL;
         chunk = chunk->next)
        for (uint32_t i = 0; i < chunk->count; i++)
            row_compare(context, &chunk->rows[i]);
}

static void marks_take(void *context, const struct segment *segment,
                       const struct tracked *tracked)
{
    struct tracked_file *file = context;
    unsigned before = file->marks[segment->frame];
    unsigned marks = tracked->marks & MARKS_COMPARED;
    file->marks[segment->frame] = marks;
    file->copies[segment->frame] = tracked->copy || tracked->absorbed || tracked->held;
    if (!file->segments && marks != before && file->errors++ < ERRORS_MAX)
        fprintf(stderr, "%s frame %u: marked %s, and without segments %s\n", file->name,
                (unsigned)segment->frame, mark_names(before), mark_names(marks));
}

static void file_track(struct tracked_file *file, bool segments)
{
    char error[256];
    file->segments = segments;
    struct tracker_options tracking = { .max_connections = 10000,
                                        .keep_log = true,
                                        .segments_max = segments ? FRAMES_MAX : 0,
                                        .msl_ns = 30 * NS_PER_S,
                                        .settled = connection_compare,
                                        .taken = marks_take,
                                        .context = file };
    struct tracker *tracker = tracker_new(&tracking);
    struct reader *reader = reader_new();
    struct capture *capture = capture_open(file->name, NULL, error, sizeof error);
    struct frame frame;
    assert_non_null(tracker);
    assert_non_null(reader);
    if (capture == NULL)
        fail_msg("%s: %s", file->name, error);
    assert_true(reader_add(reader, capture));
    while (reader_next(reader, &frame) == CAPTURE_FRAME && frame.number < FRAMES_MAX) {
        struct segment segment;
        struct notice notice;
        if (decode_frame(&frame, &segment, &notice) != DECODE_SEGMENT)
            continue;
        tracker_segment(tracker, &segment, decode_payload(&frame, &segment));
    }
    assert_true(tracker_finish(tracker));
    if (segments)
        tracker_each(tracker, connection_compare, file);
    tracker_free(tracker);
    reader_free(reader);
}

/* The contradictions in a capture. */
static unsigned file_compare(const char *name, unsigned *ret_compared)
{
    struct tracked_file file = { .name = name,
                                 .marks = calloc(FRAMES_MAX, sizeof *file.marks),
                                 .copies = calloc(FRAMES_MAX, sizeof *file.copies) };
    assert_non_null(file.marks);
    assert_non_null(file.copies);
    file_track(&file, true);
    file_track(&file, false);
    free(file.marks);
    free(file.copies);
    *ret_compared += file.compared;
    return file.errors;
}

static void captures(void **state)
{
    (void)state;
    const char *folder = getenv("srcdir"), *more = getenv("MORE_CAPTURES");
    char path[1000];
    unsigned errors = 0, compared = 0;
    snprintf(path, sizeof path, "%s/pcaps", folder != NULL ? folder : ".");
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        const char *dot = strrchr(entry->d_name, '.');
        if (dot == NULL || strncmp(dot, ".pcap", 5) != 0)
            continue;
        snprintf(path, sizeof path, "%s/pcaps/%s", folder != NULL ? folder : ".", entry->d_name);
        errors += file_compare(path, &compared);
    }
    closedir(dir);
    char *copy = strdup(more != NULL ? more : ""), *rest = NULL;
    for (const char *name = strtok_r(copy, ":", &rest); name != NULL;
         name = strtok_r(NULL, ":", &rest))
        errors += file_compare(name, &compared);
    free(copy);
    assert_true(compared > 1000);
    assert_int_equal(errors, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
