/* json_lost: where what an end sent was lost. */
#ifndef RENDER_JSON_LOST_H
#define RENDER_JSON_LOST_H

#include "render/json_writer.h"
#include "report/report.h"

/* null: nothing was lost. */
void json_put_lost(struct json_writer *w, const char *key,
                   const struct connection_report *connection, enum endpoint_id sender);

#endif
