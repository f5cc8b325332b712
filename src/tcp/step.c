/* step: what its parts share. */
#include "tcp/step.h"

bool checksum_means_damage(const struct endpoint *x, const struct segment *s)
{
    if ((s->facts & FACT_CHECKSUMS_LEFT) || x->bad_checksums == CHECKSUMS_MEAN_NOTHING)
        return false;
    if ((s->facts & FACT_CHECKSUMS_RIGHT) && x->bad_checksums == 0)
        return true;
    return ((uint32_t)x->bad_checksums + 1) * 2 <= x->segments;
}

bool step_ttl_differs(const struct step *step)
{
    const struct endpoint *x = step->x;
    return x->ttl != 0 && step->s->ttl != x->ttl && x->state != STATE_SYN_SENT;
}
