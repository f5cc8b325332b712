/* clock_common: counting differences. */
#include "flow/clock_common.h"

int64_t common_extreme(const struct common *commons, uint32_t count, bool backward, bool greatest)
{
    int64_t found = greatest ? -COMMON_FAR : COMMON_FAR;
    for (uint32_t i = 0; i < count; i++) {
        int64_t difference = commons[i].difference;
        if (commons[i].backward == backward &&
            (greatest ? difference > found : difference < found))
            found = difference;
    }
    return found;
}

uint32_t common_beyond(const struct common *commons, uint32_t count, bool backward, bool above,
                       int64_t limit)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++)
        found += commons[i].backward == backward && (above ? commons[i].difference > limit
                                                           : commons[i].difference < limit);
    return found;
}

int64_t common_first(const struct common *commons, uint32_t count, bool backward)
{
    for (uint32_t i = 0; i < count; i++)
        if (commons[i].backward == backward)
            return commons[i].difference;
    return 0;
}
