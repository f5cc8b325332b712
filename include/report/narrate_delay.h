/*
 * narrate_delay: what took long in a connection that opened, and whom it points to. Parts of the
 * field "Points to" (report/narrate_points); for connections whose waits were kept.
 */
#ifndef REPORT_NARRATE_DELAY_H
#define REPORT_NARRATE_DELAY_H

#include "base/strbuf.h"
#include "report/report.h"

/* A part of the field: "; " before all but the first. */
void delay_begin(struct strbuf *out);

/* Who kept the other waiting, and what was sent again; nothing where nobody did. */
void delay_points(struct strbuf *out, const struct connection_report *connection);

/* "nobody: ...", as far as that is so; a long silence that nobody had to break is named. */
void delay_nobody(struct strbuf *out, const struct connection_report *connection);

#endif
