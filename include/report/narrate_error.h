/*
 * narrate_error: whom an ICMP error points to, where it tells why segments had to be sent again.
 * Parts of the field "Points to" (report/narrate_delay).
 */
#ifndef REPORT_NARRATE_ERROR_H
#define REPORT_NARRATE_ERROR_H

#include "base/strbuf.h"
#include "report/report.h"

/* The first of those that came back for every SYN of the client but the last; NULL when there was
 * none for one of them. */
const struct event *error_of_syns(const struct connection_report *connection);

/* "the way to the server (ICMP error in frame 4 from 192.0.2.9: host unreachable)". */
void error_culprit(struct strbuf *out, const struct connection_report *connection,
                   const struct event *error);

/* Who lost what this end had to send again after this wait; then that nothing new passed. Only an
 * ICMP error, or a second input, can tell. */
void error_lost(struct strbuf *out, const struct connection_report *connection,
                enum endpoint_id who, const struct wait *wait);

#endif
