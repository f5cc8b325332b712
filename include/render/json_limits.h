/* json_limits: what a connection's time was spent on. */
#ifndef RENDER_JSON_LIMITS_H
#define RENDER_JSON_LIMITS_H

#include "model/limits.h"
#include "render/json_value.h"

/* NULL where nothing was measured. details: the sums, too, that the verdict rests on. */
struct json_object *json_limits(const struct limits *limits, bool details);
struct json_object *json_exchanges(const struct exchanges *exchanges, bool details);

#endif
