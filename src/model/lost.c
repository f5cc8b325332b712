/* lost: names. */
#include "model/lost.h"

void lost_move(struct lost *lost, enum lost_kind from_kind, enum lost_kind to_kind,
               uint32_t segments, int64_t bytes)
{
    struct lost_part *from = &lost->part[from_kind], *to = &lost->part[to_kind];
    uint64_t moved = (uint64_t)bytes;
    if (segments >= from->segments)
        segments = from->segments;
    if (segments == from->segments || moved > from->bytes)
        moved = from->bytes;
    from->segments -= segments;
    to->segments += segments;
    from->bytes -= moved;
    to->bytes += moved;
}

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
        [LOST_AFTER] = "after",    [LOST_BETWEEN] = "between", [LOST_BEFORE] = "before",
        [LOST_NEVER] = "needless", [LOST_UNKNOWN] = "unknown", [LOST_OVERTAKEN] = "overtaken",
    };
    return (unsigned)kind < LOST_KINDS ? names[kind] : "?";
}
