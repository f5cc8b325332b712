/* rank: counting sort over the kinds of findings. */
#include "report/rank.h"

/* The worse, the smaller. */
static unsigned kind_of(const struct finding *finding)
{
    unsigned milder = (unsigned)SEVERITY_N - 1 - finding->severity;
    return (milder * CERTAINTY_N + finding->certainty) * TOPIC_N + finding->topic;
}

void ranks_count(struct ranks *ranks, const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        ranks->counted[kind_of(&findings->list[i])]++;
}

void ranks_settle(struct ranks *ranks, const struct findings *last,
                  uint32_t ret_ranks[FINDINGS_MAX])
{
    uint32_t worse = 0;

    for (size_t i = 0; i < last->count; i++)
        ret_ranks[i] = ++ranks->counted[kind_of(&last->list[i])]; /* among its equals */
    for (unsigned kind = 0; kind < RANK_KINDS; kind++) {
        for (size_t i = 0; i < last->count; i++)
            if (kind_of(&last->list[i]) == kind)
                ret_ranks[i] += worse;
        ranks->given[kind] += worse;
        worse += ranks->counted[kind];
    }
    ranks->settled = true;
}

bool ranks_give(struct ranks *ranks, const struct findings *findings,
                uint32_t ret_ranks[FINDINGS_MAX])
{
    for (size_t i = 0; i < findings->count; i++) {
        uint32_t rank = ++ranks->given[kind_of(&findings->list[i])];
        if (ranks->settled)
            ret_ranks[i] = rank;
    }
    return ranks->settled;
}
