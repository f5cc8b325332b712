/*
 * narrate_move: whose move it is when the capture ends, told from the states alone. A part of the
 * verdict (report/narrate_end), where no rule has words of its own.
 */
#ifndef REPORT_NARRATE_MOVE_H
#define REPORT_NARRATE_MOVE_H

#include "base/strbuf.h"
#include "model/summary.h"

/* " The server's move: the client's FIN is not acknowledged."; nothing where nobody waits. */
void move_add(struct strbuf *out, const struct summary *summary);

#endif
