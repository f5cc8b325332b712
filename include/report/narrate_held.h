/*
 * narrate_held: what the ends hold at the end of the capture, in words. Parts of the verdict
 * (report/narrate_end).
 */
#ifndef REPORT_NARRATE_HELD_H
#define REPORT_NARRATE_HELD_H

#include <stdint.h>

#include "base/strbuf.h"
#include "report/report.h"

/* "the server is very probably in LAST_ACK". */
void held_state(struct strbuf *out, const struct summary *summary, enum endpoint_id id);

/* Both ends' states. */
void held_states(struct strbuf *out, const struct summary *summary);

/* "the client is CLOSED; the server, we assume, listens again": of ends that are one or the other. */
void held_closed(struct strbuf *out, const struct summary *summary);

/* "The client closed, and acknowledged a number of the server that is not in the capture ...": where
 * a FIN may be missing in the capture; false, and nothing is said, where none is. */
bool held_fin_missing(struct strbuf *out, const struct summary *summary);

/*
 * " The client holds TIME_WAIT until 03:14:20.118 UTC, if it lasts 1 min there, as on Linux.";
 * nothing when no end is in it. summary: as the connection stood, or stood before its ports were
 * taken. msl: ns.
 */
void held_time_wait(struct strbuf *out, const struct connection_report *connection,
                    const struct summary *summary, int64_t msl);

/* ": the RST in frame 13 cut the client's TIME_WAIT short (RFC 1337).", and what holds else where that
 * is not shown; false, and nothing is said, where no RST may have done so. */
bool held_cut_short(struct strbuf *out, const struct connection_report *connection,
                    const struct summary *summary, int64_t msl);

#endif
