/* severity: names of severities and scopes. */
#include "model/topic.h"

static const char *const severity_names[SEVERITY_N] = {
    [SEVERITY_NOTE] = "note",
    [SEVERITY_WARNING] = "warning",
    [SEVERITY_ERROR] = "error",
    [SEVERITY_ATTACK] = "attack",
};

static const char *const scope_names[SCOPE_N] = {
    [SCOPE_SEGMENT] = "segment",
    [SCOPE_CONNECTION] = "connection",
    [SCOPE_HOST] = "host",
    [SCOPE_CAPTURE] = "capture",
};

const char *severity_name(enum severity severity)
{
    return (unsigned)severity < SEVERITY_N ? severity_names[severity] : "?";
}

const char *scope_name(enum scope scope)
{
    return (unsigned)scope < SCOPE_N ? scope_names[scope] : "?";
}
