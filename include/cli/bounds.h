/*
 * bounds: which limits were reached, for the report.
 */
#ifndef CLI_BOUNDS_H
#define CLI_BOUNDS_H

#include <stdint.h>

#include "report/report.h"
#include "tcp/tracked.h"

/* A limit by its name; nothing where the count is 0. */
void bounds_add(struct capture_report *report, const char *what, uint64_t count, int64_t since);

/* Those of the tracker. */
void bounds_describe(struct capture_report *report, const struct tracker_counts *counts);

#endif
