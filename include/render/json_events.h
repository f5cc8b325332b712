/* json_events: what the log of a connection tells: transitions, checks, ICMP errors. */
#ifndef RENDER_JSON_EVENTS_H
#define RENDER_JSON_EVENTS_H

#include "render/json_writer.h"
#include "report/report.h"

void json_put_transitions(struct json_writer *w, const struct connection_report *connection);
void json_put_checks(struct json_writer *w, const struct connection_report *connection);

/* A lean writer writes none of them where there was none. */
void json_put_errors(struct json_writer *w, const struct connection_report *connection);

#endif
