/*
 * json_connection: a connection as JSON, the same for --json and --ndjson.
 */
#ifndef RENDER_JSON_CONNECTION_H
#define RENDER_JSON_CONNECTION_H

#include "render/json_writer.h"
#include "report/report.h"

/* Writes a connection's members. details: transitions and checks too. */
void json_connection_fill(struct json_writer *w, const struct connection_report *connection,
                          bool details);

#endif
