/*
 * json_segment: the segments of a connection with their classes, as JSON.
 */
#ifndef RENDER_JSON_SEGMENT_H
#define RENDER_JSON_SEGMENT_H

#include "model/classified.h"
#include "render/json_value.h"
#include "report/report.h"

/* Adds a segment's members to object. */
void json_segment_fill(struct json_object *object, const struct summary *summary,
                       const struct classified *segment);

/* All segments of a connection that were kept. */
struct json_object *json_segments(const struct summary *summary);

#endif
