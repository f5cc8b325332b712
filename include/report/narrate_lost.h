/*
 * narrate_lost: where segments were lost, in sentences that name the part of the way.
 */
#ifndef REPORT_NARRATE_LOST_H
#define REPORT_NARRATE_LOST_H

#include "base/strbuf.h"
#include "report/report.h"

/* "lost between the capture point and 10.0.0.2": segments of `sender` of this enum lost_kind, or
 * LOST_MISSED. Says how sure that is (diagnose/lost_place). */
enum certainty narrate_lost_place(struct strbuf *out, const struct connection_report *connection,
                                  enum endpoint_id sender, unsigned kind);

/* All of a connection in a few words; details: every kind, with bytes and certainty. Empty when
 * nothing was lost. */
void narrate_lost(struct strbuf *out, const struct connection_report *connection, bool details);

#endif
