/* clock: which times are believed. */
#include "tcp/clock.h"

#include "base/time_text.h"

/* No segment confirms the last one: so long a pause before it is believed without. */
#define PAUSE_MAX (INT64_C(86400) * NS_PER_S)

void clock_segment(struct clock *clock, int64_t time)
{
    if (!clock->started) {
        *clock = (struct clock){
            .started = true, .newest = time, .sure = time, .confirmed = INT64_MIN
        };
        return;
    }
    clock->sure = time < clock->newest ? time : clock->newest;
    clock->newest = time;
    if (clock->sure > clock->confirmed)
        clock->confirmed = clock->sure;
}

void clock_tick(struct clock *clock, int64_t now)
{
    if (!clock->started)
        clock_segment(clock, now);
    if (now > clock->confirmed)
        clock->confirmed = now;
}

int64_t clock_now(const struct clock *clock)
{
    if (clock->confirmed == INT64_MIN) /* one segment, and nothing to measure it by */
        return clock->newest;
    bool ahead = clock->newest > clock->confirmed;
    bool believed = (uint64_t)clock->newest - (uint64_t)clock->confirmed <= PAUSE_MAX;
    return ahead && believed ? clock->newest : clock->confirmed;
}
