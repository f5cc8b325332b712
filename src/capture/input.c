/*
 * Files are looked at with pread(2). What can't seek (a pipe) gives its first bytes once, so
 * they are kept and handed out again before the rest, by a stream of our own. Reads are not
 * larger than what is there: a live pipe is not held back until a buffer is full.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* fopencookie */
#endif

#include "capture/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_SIZE (256 * 1024)

/* How often a silent pipe looks whether it shall stop, ms. */
#define WATCH_MS 100
/* When it shall: how long it waits for a writer that was stopped with it and hands over what it
 * still has, ms; and how long it listens to one that just goes on, s. */
#define LAST_WORDS_MS 500
#define LISTEN_S 2

/* A descriptor, and bytes that were read from it already. */
struct replay {
    int fd;
    const volatile sig_atomic_t *stop;
    size_t at;
    size_t length;
    uint8_t head[INPUT_HEAD_SIZE];
};

static bool has_passed(const struct timespec *deadline)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > deadline->tv_sec ||
           (now.tv_sec == deadline->tv_sec && now.tv_nsec >= deadline->tv_nsec);
}

/* read(2) that ends, as if the input did, soon after the user wants the result so far. */
static ssize_t patient_read(int fd, void *bytes, size_t size, const volatile sig_atomic_t *stop)
{
    struct timespec deadline = { 0 };
    bool stopping = false;

    for (;;) {
        if (stop != NULL && *stop && !stopping) {
            stopping = true;
            clock_gettime(CLOCK_MONOTONIC, &deadline);
            deadline.tv_sec += LISTEN_S;
        }
        if (stopping && has_passed(&deadline))
            return 0;
        struct pollfd wait = { .fd = fd, .events = POLLIN };
        int ready = poll(&wait, 1, stop == NULL ? -1 : stopping ? LAST_WORDS_MS : WATCH_MS);
        if (ready == 0 && stopping)
            return 0;
        if (ready <= 0)
            continue;
        ssize_t n = read(fd, bytes, size);
        if (n >= 0 || errno != EINTR)
            return n;
    }
}

static ssize_t replay_read(void *cookie, char *bytes, size_t size)
{
    struct replay *replay = cookie;
    if (replay->at < replay->length) {
        size_t left = replay->length - replay->at;
        size_t n = size < left ? size : left;
        memcpy(bytes, replay->head + replay->at, n);
        replay->at += n;
        return (ssize_t)n;
    }
    return patient_read(replay->fd, bytes, size, replay->stop);
}

static int replay_close(void *cookie)
{
    struct replay *replay = cookie;
    int result = close(replay->fd);
    free(replay);
    return result;
}

static FILE *replay_open(int fd, const struct input *input)
{
    struct replay *replay = calloc(1, sizeof(*replay));
    if (replay == NULL)
        return NULL;
    replay->fd = fd;
    replay->stop = input->stop;
    replay->length = input->head_len;
    memcpy(replay->head, input->head, sizeof(replay->head));
    cookie_io_functions_t functions = { .read = replay_read, .close = replay_close };
    FILE *file = fopencookie(replay, "r", functions);
    if (file == NULL)
        free(replay);
    return file;
}

/* Fills the head; returns 0 or an errno value. */
static int head_read(int fd, off_t start, struct input *input)
{
    while (input->head_len < INPUT_HEAD_SIZE) {
        uint8_t *to = input->head + input->head_len;
        size_t size = INPUT_HEAD_SIZE - input->head_len;
        ssize_t n = input->seekable ? pread(fd, to, size, start + (off_t)input->head_len)
                                    : patient_read(fd, to, size, input->stop);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        if (n == 0)
            break;
        input->head_len += (size_t)n;
    }
    return 0;
}

/* Takes over fd when it succeeds. */
static int stream_open(int fd, struct input *input)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return errno;
    if (S_ISDIR(status.st_mode))
        return EISDIR;
    off_t start = lseek(fd, 0, SEEK_CUR);
    input->seekable = start >= 0 && S_ISREG(status.st_mode);
    input->start = start;
    int error_number = head_read(fd, start, input);
    if (error_number != 0)
        return error_number;
    input->buffer = malloc(BUFFER_SIZE);
    if (input->buffer == NULL)
        return ENOMEM;
    input->file = input->seekable ? fdopen(fd, "r") : replay_open(fd, input);
    if (input->file == NULL)
        return errno != 0 ? errno : ENOMEM;
    setvbuf(input->file, input->buffer, _IOFBF, BUFFER_SIZE);
    __fsetlocking(input->file, FSETLOCKING_BYCALLER); /* one thread reads it: a third of the time */
    return 0;
}

int input_open(const char *name, const volatile sig_atomic_t *stop, struct input *ret_input)
{
    struct input input = { .stop = stop };
    int fd = strcmp(name, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                    : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return errno;
    int error_number = stream_open(fd, &input);
    if (error_number != 0) {
        close(fd);
        free(input.buffer);
        return error_number;
    }
    *ret_input = input;
    return 0;
}

void input_done(struct input *input)
{
    if (input->file != NULL)
        fclose(input->file);
    free(input->buffer);
    *input = (struct input){ 0 };
}
