/* lost: names. */
#include "model/lost.h"

bool lost_any(const struct lost *lost)
{
    for (unsigned kind = 0; kind < LOST_KINDS; kind++)
        if (lost->part[kind].segments > 0)
            return true;
    return lost->missed_bytes > 0;
}

const char *lost_kind_name(enum lost_kind kind)
{
    static const char *const names[LOST_KINDS] = {
        [LOST_AFTER] = "after",         [LOST_BEFORE] = "before", [LOST_NEVER] = "needless",
        [LOST_UNKNOWN] = "unknown",     [LOST_OVERTAKEN] = "overtaken",
    };
    return (unsigned)kind < LOST_KINDS ? names[kind] : "?";
}
