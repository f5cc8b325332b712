/*
 * moment: a point in time as people write it, for --after and --before; and durations.
 */
#ifndef CLI_MOMENT_H
#define CLI_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

enum moment_kind {
    MOMENT_NONE,
    MOMENT_RELATIVE, /* since the first frame */
    MOMENT_CLOCK,    /* since midnight, local time, on the day of the first frame */
    MOMENT_ABSOLUTE, /* since the epoch */
};

struct moment {
    enum moment_kind kind;
    int64_t ns;
};

/*
 * Reads "90.5" or "+90.5" (seconds from the first frame), "03:12" or "03:12:44.5" (clock),
 * "2026-11-21T03:12:44Z", "...+01:00", "2026-11-21 03:12:44" (local time), "2026-11-21", or
 * "@1795230764.5" (seconds since the epoch). Local time follows TZ.
 */
bool moment_parse(const char *text, struct moment *ret_moment);

/*
 * The moment in ns since the epoch, for a capture whose first frame came at `first`. A clock time
 * more than twelve hours before the first frame is taken for one of the next day.
 */
int64_t moment_resolve(const struct moment *moment, int64_t first);

/* Seconds with up to nine decimals, at most six digits before them; the decimal point is a point
 * in every locale. */
bool seconds_parse(const char *text, int64_t *ret_ns);

#endif
