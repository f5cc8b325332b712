/* renderer: the list of all renderers. */
#include "render/renderer.h"

#include <string.h>

static const struct renderer *const renderers[] = {
    &renderer_text,
    &renderer_json,
    &renderer_ndjson,
};

bool renderer_shows(const struct renderer *renderer, const struct render_options *options)
{
    return renderer->shows == NULL || renderer->shows(options);
}

const struct renderer *renderer_find(const char *name)
{
    for (size_t i = 0; i < sizeof renderers / sizeof renderers[0]; i++)
        if (strcmp(renderers[i]->name, name) == 0)
            return renderers[i];
    return NULL;
}
