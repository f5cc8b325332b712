/*
 * telling: what a sentence about a repeat is filled from: frames, times and numbers of the segment
 * and of its reason (model/reason). Internal to report/narrate_again*.
 */
#ifndef REPORT_TELLING_H
#define REPORT_TELLING_H

#include "base/strbuf.h"
#include "report/report.h"

/* What one sentence is about. */
struct telling {
    const struct connection_report *connection;
    const struct classified *row;
    const struct reason *reason;
};

/* What a name in braces stands for (report/template). */
bool telling_put(struct strbuf *out, const char *name, size_t length, const void *context);

/* ", 21.3 ms before": how long the frame passed before the segment, with what stands before and
 * after it; nothing where that is not known. */
void telling_before(struct strbuf *out, const struct telling *telling, const char *before,
                    uint64_t frame, const char *after);

#endif
