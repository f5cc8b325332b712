/* metrics_summary: from what was counted to what is told. */
#include <string.h>

#include "tcp/metrics.h"

static struct trip_metrics trip_told(const struct meter_trip *trip)
{
    struct trip_metrics told = { .samples = trip->samples };
    if (trip->samples == 0)
        return told;
    told.min = trip->min;
    told.max = trip->max;
    told.mean = (int64_t)(trip->sum / trip->samples);
    told.smoothed = trip->smoothed;
    told.variation = trip->variation;
    return told;
}

/* The end of a step lies beyond the longest sample where that is in the same step. */
static int64_t percentile_told(const struct meter *meter, unsigned percent)
{
    int64_t value = histogram_percentile(&meter->legs, percent);
    return value < meter->leg.max ? value : meter->leg.max;
}

/* One that goes on when the connection is settled counts, too. */
static struct stall stall_told(const struct meter *meter, int64_t last_time)
{
    int64_t going_on = meter->waiting_since != 0 ? last_time - meter->waiting_since : 0;
    if (going_on <= meter->stall.duration || going_on <= 0)
        return meter->stall;
    return (struct stall){ going_on, meter->waiting_frame, 0 };
}

static void rates_told(const struct meter *meter, struct metrics *ret)
{
    bool timed = meter->last_ack > meter->first_data;
    uint64_t peak = meter->bin_bytes > meter->peak_bytes ? meter->bin_bytes : meter->peak_bytes;
    ret->transfer = timed ? meter->last_ack - meter->first_data : UNKNOWN_NS;
    ret->acknowledged_bytes = meter->acknowledged;
    ret->sent_bytes = meter->sent_by_ack;
    ret->peak_bytes = ret->transfer >= METRICS_PEAK_NS ? peak : 0;
    ret->data_segments = meter->data_segments;
    ret->acks = meter->acks;
    ret->flight_max = meter->flight_max;
    ret->flight_mean = meter->flights != 0 ? meter->flight_sum / meter->flights : 0;
}

static void meter_told(const struct meter *meter, int64_t last_time, struct metrics *ret)
{
    *ret = (struct metrics){ .leg = trip_told(&meter->leg), .stamps = trip_told(&meter->stamps) };
    ret->leg_p95 = ret->leg.samples > 0 ? percentile_told(meter, 95) : UNKNOWN_NS;
    ret->other_leg = meter->near > 0 ? meter->near : UNKNOWN_NS;
    ret->timeout = meter->timeout > 0 ? meter->timeout : UNKNOWN_NS;
    rates_told(meter, ret);
    ret->initial_known = meter->initial >= INITIAL_ENDING && meter->initial_bytes > 0;
    ret->initial_at_least = !meter->initial_more || meter->initial_full || meter->initial_late;
    ret->initial_bytes = meter->initial_bytes;
    ret->initial_segments = meter->initial_segments;
    ret->acks_bare = meter->acks_bare;
    memcpy(ret->acks_late, meter->acks_late, sizeof ret->acks_late);
    ret->stall = stall_told(meter, last_time);
    memcpy(ret->repeats, meter->repeats, sizeof ret->repeats);
    ret->repeated_bytes = meter->repeated_bytes;
}

void metrics_summarise(struct losses *losses, const struct metered *metered, int64_t last_time,
                       struct summary *ret)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct meter *meter = meter_at(&losses->meters, metered->meter[i]);
        if (meter == NULL || !meter_tells(meter))
            continue;
        meter_told(meter, last_time, &losses->meters.shown[i]);
        ret->endpoints[i].metrics = &losses->meters.shown[i];
    }
}
