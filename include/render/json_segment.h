/*
 * json_segment: the segments of a connection with their classes, as JSON.
 */
#ifndef RENDER_JSON_SEGMENT_H
#define RENDER_JSON_SEGMENT_H

#include "model/classified.h"
#include "render/json_writer.h"
#include "report/report.h"

/* Writes a segment's members. */
void json_segment_fill(struct json_writer *w, const struct summary *summary,
                       const struct classified *segment);

/* All segments of a connection that were kept. */
void json_put_segments(struct json_writer *w, const char *key, const struct summary *summary);

#endif
