/*
 * progress: a line on the terminal of standard error while a long capture is read: how far, how
 * fast, how long it will take. It is written over and over, and erased before anything else is
 * printed.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/reader.h"

#define PROGRESS_TEXT_SIZE 256

/* What the line tells. */
struct progress_state {
    uint64_t read, all; /* bytes; all 0: not known how many there are */
    uint64_t frames;
    int64_t passed; /* ns since the reading began, above 0 */
    int width;      /* columns that it may have */
    bool utf8;
};

/* The line; narrow ones say less. */
const char *progress_text(const struct progress_state *state, char text[PROGRESS_TEXT_SIZE]);

struct progress {
    struct reader *reader; /* borrowed; NULL: nothing is shown */
    int64_t began, next;   /* ns of the monotonic clock; next: when the line is written again */
    bool utf8, shown;
};

/*
 * From now on the line is shown, when a second has passed, if standard error is a terminal that can
 * erase it. The reader is watched until progress_end().
 */
void progress_begin(struct progress *progress, struct reader *reader, bool utf8);

/* Something else is printed now. */
void progress_erase(struct progress *progress);

void progress_end(struct progress *progress);

#endif
