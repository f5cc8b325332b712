/* json_limits: what a connection's time was spent on. */
#ifndef RENDER_JSON_LIMITS_H
#define RENDER_JSON_LIMITS_H

#include "model/limits.h"
#include "render/json_writer.h"

/* null where nothing was measured. details: the sums, too, that the verdict rests on. */
void json_put_limits(struct json_writer *w, const char *key, const struct limits *limits,
                     bool details);
void json_put_exchanges(struct json_writer *w, const char *key,
                        const struct exchanges *exchanges, bool details);

#endif
