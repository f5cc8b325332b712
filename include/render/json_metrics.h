/* json_metrics: what was measured of what one end sent, as JSON. */
#ifndef RENDER_JSON_METRICS_H
#define RENDER_JSON_METRICS_H

#include "render/json_writer.h"
#include "report/report.h"

/* null where nothing was measured. */
void json_put_metrics(struct json_writer *w, const char *key,
                      const struct connection_report *connection, enum endpoint_id sender);

#endif
