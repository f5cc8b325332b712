/*
 * deadline: when reading ends, other than by the end of the input: by Ctrl-C, after --duration,
 * or because nobody reads the output any longer.
 */
#ifndef CLI_DEADLINE_H
#define CLI_DEADLINE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

enum deadline_source {
    SOURCE_FILE, /* ends at once */
    SOURCE_PIPE, /* is heard out by capture/ */
    SOURCE_LIVE, /* what was captured before the end is still read */
};

struct deadline {
    const volatile sig_atomic_t *stop;
    enum deadline_source source;
    int64_t end; /* live: ns since the epoch; INT64_MAX: not known yet */
};

/* duration: ns, live only; 0: none. */
struct deadline deadline_init(const volatile sig_atomic_t *stop, enum deadline_source source,
                              int64_t duration);

/* After a frame that came at this time: shall no other be read? */
bool deadline_passed(struct deadline *deadline, int64_t frame_time);

/* The same when nothing came for a while. */
bool deadline_passed_quiet(struct deadline *deadline);

/* Now, ns since the epoch. */
int64_t deadline_now(void);

/* True when fd is a pipe or socket whose reader has gone. */
bool output_is_closed(int fd);

#endif
