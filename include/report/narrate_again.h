/*
 * narrate_again: why a segment was sent again, or came late or twice, with frames and numbers.
 * Every sentence is true of the packets that the capture holds; how the stacks of the hosts decide is
 * inferred, by the rules of model/segment_class.
 */
#ifndef REPORT_NARRATE_AGAIN_H
#define REPORT_NARRATE_AGAIN_H

#include "base/strbuf.h"
#include "report/report.h"

/* Whether there is something to tell of it. */
bool narrate_again_has(const struct classified *segment);

/* "1448 B sent again after 3 duplicate ACKs (frames 41 to 43), ...; lost between here and 10.0.0.2
 * (inferred)". Without the frame's number. */
void narrate_again(struct strbuf *out, const struct connection_report *connection,
                   const struct classified *segment);

/* Where it was lost, as far as the vantage tells; begins with "; ". Nothing where it was not. */
void narrate_again_where(struct strbuf *out, const struct connection_report *connection,
                         const struct classified *segment);

#endif
