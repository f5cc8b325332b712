/*
 * saver: the second pass opens the inputs anew, so that frames have the same numbers, and seeks to
 * those that were chosen where it can.
 */
#include "cli/saver.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bitset.h"
#include "capture/writer.h"

struct saver {
    const struct options *options;
    const struct inputs *inputs;
    struct writer *writer;
    bool at_once;         /* frames are written as they come */
    struct bitset chosen; /* numbers of the frames to write */
};

/* Writing over an input would destroy it before it is read. */
static bool is_input(const struct options *options)
{
    struct stat output, input;
    if (stat(options->write, &output) != 0)
        return false;
    for (size_t i = 0; i < options->input_count; i++)
        if (stat(options->inputs[i], &input) == 0 && input.st_dev == output.st_dev &&
            input.st_ino == output.st_ino)
            return true;
    return false;
}

/* A pcap file has one link type; NULL when the inputs do. */
static const char *unlike_input(const struct inputs *inputs)
{
    for (size_t i = 1; i < reader_inputs(inputs->reader); i++)
        if (reader_info(inputs->reader, i)->link_type !=
            reader_info(inputs->reader, 0)->link_type)
            return reader_info(inputs->reader, i)->name;
    return NULL;
}

static bool any_nanoseconds(const struct inputs *inputs)
{
    for (size_t i = 0; i < reader_inputs(inputs->reader); i++)
        if (reader_info(inputs->reader, i)->nanoseconds || inputs->shift[i] != 0)
            return true;
    return false;
}

bool saver_writable(const char *name, char *error, size_t error_size)
{
    char folder[PATH_MAX];
    struct stat status;
    errno = 0;
    if (stat(name, &status) == 0) {
        if (S_ISDIR(status.st_mode))
            errno = EISDIR;
        else if (access(name, W_OK) == 0)
            return true;
    } else if (errno == ENOENT && strlen(name) < sizeof folder) {
        snprintf(folder, sizeof folder, "%s", name);
        if (access(dirname(folder), W_OK) == 0)
            return true;
    }
    snprintf(error, error_size, "%s can't be written: %s", name, strerror(errno));
    return false;
}

bool saver_allowed(const struct options *options, const struct inputs *inputs, char *error,
                   size_t error_size)
{
    const struct capture_info *first = reader_info(inputs->reader, 0);
    const char *unlike = unlike_input(inputs);
    if (unlike != NULL) {
        snprintf(error, error_size, "%s and %s have different link types, and a pcap file holds "
                 "one: use -w with one of them", first->name, unlike);
        return false;
    }
    if (is_input(options)) {
        snprintf(error, error_size, "-w %s would overwrite what is read: name another file",
                 options->write);
        return false;
    }
    return true;
}

/* Creates the file. */
static bool saver_create(struct saver *saver, char *error, size_t error_size)
{
    saver->writer = writer_open(saver->options->write,
                                reader_info(saver->inputs->reader, 0)->link_type,
                                any_nanoseconds(saver->inputs), error, error_size);
    return saver->writer != NULL;
}

struct saver *saver_open(const struct options *options, const struct inputs *inputs, char *error,
                         size_t error_size)
{
    struct saver *saver = calloc(1, sizeof *saver);
    if (saver == NULL) {
        snprintf(error, error_size, "out of memory");
        return NULL;
    }
    saver->options = options;
    saver->inputs = inputs;
    saver->at_once = !reader_is_seekable(inputs->reader);
    if (!saver->at_once)
        reader_keep_places(inputs->reader);
    if (!saver->at_once || saver_create(saver, error, error_size))
        return saver;
    free(saver);
    return NULL;
}

void saver_frame(struct saver *saver, const struct frame *frame)
{
    if (saver->at_once)
        writer_frame(saver->writer, frame);
}

void saver_choose(struct saver *saver, uint64_t frame)
{
    if (!saver->at_once)
        bitset_add(&saver->chosen, frame);
}

void saver_unchoose(struct saver *saver, uint64_t frame)
{
    bitset_remove(&saver->chosen, frame);
}

/* Goes on to the frame of this number. */
static bool frame_find(struct reader *reader, const struct reader *first, uint64_t number,
                       struct frame *ret_frame)
{
    do {
        reader_skip(reader, first, number);
        if (reader_next(reader, ret_frame) != CAPTURE_FRAME)
            return false;
    } while (ret_frame->number < number);
    return ret_frame->number == number;
}

/* The second pass. */
static bool frames_write(struct saver *saver, char *error, size_t error_size)
{
    const struct reader *first = saver->inputs->reader;
    struct reader *reader = reader_again(first, error, error_size);
    struct frame frame;
    uint64_t number = 0;
    bool whole = true;

    if (reader == NULL)
        return false;
    while (whole && bitset_next(&saver->chosen, number, &number)) {
        whole = frame_find(reader, first, number, &frame);
        if (whole)
            writer_frame(saver->writer, &frame);
        number++;
    }
    reader_free(reader);
    if (!whole)
        snprintf(error, error_size, "%s lacks frames: the input changed while it was read",
                 saver->options->write);
    return whole;
}

bool saver_finish(struct saver *saver, char *error, size_t error_size)
{
    char reason[OPTIONS_ERROR_SIZE] = "";
    bool whole = true;

    if (!saver->at_once && saver->chosen.count == 0) {
        snprintf(error, error_size, "nothing was written to %s: no connection was chosen, and a "
                 "file of that name stays as it is", saver->options->write);
        return false;
    }
    if (!saver->at_once && !saver_create(saver, error, error_size))
        return false;
    if (saver->chosen.failed) {
        snprintf(reason, sizeof reason, "%s lacks frames: out of memory", saver->options->write);
        whole = false;
    }
    if (!saver->at_once)
        whole = frames_write(saver, reason, sizeof reason) && whole;
    bool closed = writer_close(saver->writer, error, error_size);
    saver->writer = NULL;
    if (closed && !whole)
        snprintf(error, error_size, "%s", reason);
    return closed && whole;
}

void saver_free(struct saver *saver)
{
    char unused[OPTIONS_ERROR_SIZE];
    if (saver == NULL)
        return;
    if (saver->writer != NULL)
        writer_close(saver->writer, unused, sizeof unused);
    bitset_done(&saver->chosen);
    free(saver);
}
