/*
 * json_metrics: what was measured of what one end sent, as JSON.
 */
#ifndef RENDER_JSON_METRICS_H
#define RENDER_JSON_METRICS_H

#include "render/json_value.h"
#include "report/report.h"

/* Null where nothing was measured. */
struct json_object *json_metrics(const struct connection_report *connection,
                                 enum endpoint_id sender);

#endif
