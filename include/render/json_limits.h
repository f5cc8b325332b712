/* json_limits: what a connection's time was spent on. */
#ifndef RENDER_JSON_LIMITS_H
#define RENDER_JSON_LIMITS_H

#include "model/limits.h"
#include "render/json_value.h"

/* NULL where nothing was measured. */
struct json_object *json_limits(const struct limits *limits);
struct json_object *json_exchanges(const struct exchanges *exchanges);

#endif
