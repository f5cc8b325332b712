/* bounds: names of limits. */
#include "cli/bounds.h"

void bounds_add(struct capture_report *report, const char *what, uint64_t count, int64_t since)
{
    if (count == 0 || report->limit_count == REPORT_LIMITS_MAX)
        return;
    report->limits[report->limit_count++] =
        (struct limit_report){ .what = what, .count = count, .since = since };
}

void bounds_describe(struct capture_report *report, const struct tracker_counts *counts)
{
    const struct {
        const char *what;
        const struct bound *bound;
    } rows[] = {
        { "connections", &counts->handed_over },
        { "connections-open", &counts->evicted_open },
        { "connections-opening", &counts->evicted_opening },
        { "connections-aggregated", &counts->aggregated },
        { "connection-log", &counts->events_lost },
        { "segments-not-kept", &counts->losses.segments },
        { "repeats-untracked", &counts->losses.states },
        { "bytes-not-compared", &counts->losses.bytes },
        { "ranges-merged", &counts->losses.ranges },
        { "directions-not-measured", &counts->losses.meters },
        { "segments-untracked", &counts->untracked },
        { "waiting-syns", &counts->waiting_refused },
        { "ended-connections", &counts->tombstones_lost },
        { "checksums", &counts->sums_refused },
        { "services", &counts->services_refused },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        bounds_add(report, rows[i].what, rows[i].bound->hits, rows[i].bound->since);
}
