/* metrics_meter: slabs of meters. */
#include "tcp/metrics_meter.h"

#include "model/event.h"

/* So much was sent, or measured, at the least: ten segments of a usual size. */
#define BYTES_LEAST 14600u
#define SAMPLES_LEAST 10u
#define METERS_LEAST 64u

void meters_init(struct meters *meters, uint32_t connections_max)
{
    uint64_t bytes = (uint64_t)connections_max * METERS_BYTES;
    slab_init(&meters->meters, sizeof(struct meter),
              (uint32_t)(bytes / sizeof(struct meter)) + METERS_LEAST);
}

void meters_done(struct meters *meters)
{
    slab_done(&meters->meters);
}

void metered_close(struct meters *meters, struct metered *metered, bool all)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct meter *meter = meter_at(meters, metered->meter[i]);
        if (meter == NULL || (!all && meter_tells(meter)))
            continue;
        slab_give(&meters->meters, metered->meter[i]);
        metered->meter[i] = 0;
    }
}

void metered_swap(struct metered *metered)
{
    uint32_t meter = metered->meter[CLIENT];
    metered->meter[CLIENT] = metered->meter[SERVER];
    metered->meter[SERVER] = meter;
    bool refused = metered->refused[CLIENT];
    metered->refused[CLIENT] = metered->refused[SERVER];
    metered->refused[SERVER] = refused;
}

bool meter_tells(const struct meter *meter)
{
    return meter->sent >= BYTES_LEAST || meter->leg.samples >= SAMPLES_LEAST;
}
