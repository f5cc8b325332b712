/*
 * json_connection: a connection and a finding as JSON objects, the same for --json and --ndjson.
 */
#ifndef RENDER_JSON_CONNECTION_H
#define RENDER_JSON_CONNECTION_H

#include "render/json_value.h"
#include "report/report.h"

/* Adds a connection's members to object. details: transitions and checks too. */
void json_connection_fill(struct json_object *object, const struct connection_report *connection,
                          bool details);

/*
 * Adds a finding's members to object. rank 0: not known. summary: its connection; NULL for
 * findings of scope host and capture.
 */
void json_finding_fill(struct json_object *object, const struct finding *finding, uint32_t rank,
                       const struct summary *summary);

/* A list of findings; ranks may be NULL. */
struct json_object *json_findings(const struct findings *findings, const uint32_t *ranks,
                                  const struct summary *summary);

/* Where what this end sent was lost; NULL: nothing was. */
struct json_object *json_lost(const struct connection_report *connection, enum endpoint_id sender);

#endif
