/*
 * progress: the clock is asked once in READER_WATCHED frames, the terminal and the files five times
 * a second.
 */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/time_text.h"
#include "report/ladder_label.h"

#define FIRST NS_PER_S /* what takes less shows nothing */
#define AGAIN (200 * NS_PER_MS)
#define BAR_MIN 10
#define BAR_MAX 30
#define COLUMNS_USUAL 80
#define PART_SIZE 48
#define ERASE "\r\033[K" /* ECMA-48: to the first column, to the end of the line */

enum part { PART_PERCENT, PART_BYTES, PART_RATE, PART_LEFT, PART_N };

static int64_t clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* "980", "12.5 k", "3.1 M". */
static void count_text(double count, char *text, size_t size)
{
    static const char *const units[] = { "k", "M", "G" };
    size_t unit = 0;

    if (count < 9999.5) {
        snprintf(text, size, "%.0f", count);
        return;
    }
    for (count /= 1000; count >= 999.95 && unit + 1 < sizeof units / sizeof units[0]; unit++)
        count /= 1000;
    snprintf(text, size, "%.1f %s", count, units[unit]);
}

/* "18 s left", "2 min 5 s left". */
static void left_text(const struct progress_state *state, char *text, size_t size)
{
    char duration[TIME_TEXT_SIZE];
    double share = (double)(state->all - state->read) / (double)state->read;
    double seconds = (double)state->passed / (double)NS_PER_S * share;

    if (seconds >= 1e6) /* twelve days: nobody can tell */
        return;
    int64_t whole = (int64_t)seconds + 1; /* as long as anything is left, that is more than none */
    if (whole < 60)
        snprintf(text, size, "%" PRId64 " s left", whole);
    else
        snprintf(text, size, "%s left", time_duration(whole * NS_PER_S, duration));
}

static void parts_write(const struct progress_state *state, char parts[PART_N][PART_SIZE])
{
    char first[24], second[24];
    bool known = state->all > 0;

    for (int i = 0; i < PART_N; i++)
        parts[i][0] = '\0';
    if (known) {
        snprintf(parts[PART_PERCENT], PART_SIZE, "%3d %%",
                 (int)((double)state->read / (double)state->all * 100));
        snprintf(parts[PART_BYTES], PART_SIZE, "%s of %s",
                 ladder_bytes(state->read, first, sizeof first),
                 ladder_bytes(state->all, second, sizeof second));
        if (state->read > 0 && state->read < state->all)
            left_text(state, parts[PART_LEFT], PART_SIZE);
    } else {
        count_text((double)state->frames, first, sizeof first);
        snprintf(parts[PART_PERCENT], PART_SIZE, "%s packets", first);
    }
    count_text((double)state->frames / ((double)state->passed / (double)NS_PER_S), first,
               sizeof first);
    snprintf(parts[PART_RATE], PART_SIZE, "%s packets/s", first);
}

/* Columns of the parts that are left, two blanks between them. All of them are ASCII. */
static int parts_width(char parts[PART_N][PART_SIZE])
{
    int width = -2;
    for (int i = 0; i < PART_N; i++)
        if (parts[i][0] != '\0')
            width += (int)strlen(parts[i]) + 2;
    return width;
}

static char *bar_write(const struct progress_state *state, int columns, char *at)
{
    int full = (int)((double)state->read / (double)state->all * columns);
    for (int i = 0; i < columns; i++) {
        const char *cell = state->utf8 ? (i < full ? "█" : "░") : (i < full ? "#" : ".");
        at = stpcpy(at, cell);
    }
    return stpcpy(at, " ");
}

const char *progress_text(const struct progress_state *state, char text[PROGRESS_TEXT_SIZE])
{
    static const enum part spare[] = { PART_BYTES, PART_RATE, PART_LEFT, PART_PERCENT };
    char parts[PART_N][PART_SIZE];
    char *at = text;

    parts_write(state, parts);
    for (size_t i = 0; i < PART_N && parts_width(parts) > state->width; i++)
        parts[spare[i]][0] = '\0';
    int room = state->width - parts_width(parts) - 1;
    if (state->all > 0 && room >= BAR_MIN)
        at = bar_write(state, room < BAR_MAX ? room : BAR_MAX, at);
    *at = '\0';
    for (int i = 0; i < PART_N; i++) {
        if (parts[i][0] == '\0')
            continue;
        if (i > 0 && at != text)
            at = stpcpy(at, "  ");
        at = stpcpy(at, parts[i]);
    }
    return text;
}

/* Whether the terminal has us in its foreground: else the line would be written over others. */
static bool is_foreground(void)
{
    return tcgetpgrp(STDERR_FILENO) == getpgrp();
}

static void terminal_write(const char *text)
{
    size_t length = strlen(text);
    if (write(STDERR_FILENO, text, length) != (ssize_t)length)
        return; /* nobody sees it; the result does not depend on it */
}

static void line_write(struct progress *progress, int64_t now)
{
    char text[PROGRESS_TEXT_SIZE], line[sizeof ERASE + PROGRESS_TEXT_SIZE];
    struct winsize size = { .ws_col = 0 };
    struct progress_state state = { .frames = reader_number(progress->reader),
                                    .passed = now - progress->began,
                                    .utf8 = progress->utf8 };

    if (!reader_position(progress->reader, &state.read, &state.all))
        state.all = 0;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        size.ws_col = COLUMNS_USUAL;
    /* In the last column some terminals begin a new line; the two before are for the ^C that the
     * terminal shows: on another line it could not be erased. */
    state.width = size.ws_col - 3;
    snprintf(line, sizeof line, ERASE "%s", progress_text(&state, text));
    terminal_write(line);
    progress->shown = true;
}

static void progress_passed(void *context)
{
    struct progress *progress = context;
    int64_t now = clock_now();

    if (now < progress->next)
        return;
    progress->next = now + AGAIN;
    if (is_foreground())
        line_write(progress, now);
}

static bool terminal_can_erase(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

void progress_begin(struct progress *progress, struct reader *reader, bool utf8)
{
    *progress = (struct progress){ .reader = NULL };
    if (!terminal_can_erase())
        return;
    *progress = (struct progress){ .reader = reader, .began = clock_now(), .utf8 = utf8 };
    progress->next = progress->began + FIRST;
    reader_watch(reader, progress_passed, progress);
}

void progress_erase(struct progress *progress)
{
    if (progress->shown)
        terminal_write(ERASE);
    progress->shown = false;
}

void progress_end(struct progress *progress)
{
    progress_erase(progress);
    if (progress->reader != NULL)
        reader_watch(progress->reader, NULL, NULL);
    progress->reader = NULL;
}
