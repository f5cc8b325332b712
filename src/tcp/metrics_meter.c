/* metrics_meter: slabs of meters and of notes about repeats. */
#include "tcp/metrics_meter.h"

#include "model/event.h"

/* So much was sent, or measured, at the least: ten segments of a usual size. */
#define BYTES_LEAST 14600u
#define SAMPLES_LEAST 10u

void meters_init(struct meters *meters, uint32_t connections_max)
{
    uint32_t most = connections_max < UINT32_MAX / 2 ? 2 * connections_max : UINT32_MAX - 1;
    slab_init(&meters->meters, sizeof(struct meter), most);
    slab_init(&meters->repeats, sizeof(struct repeats), connections_max);
}

void meters_done(struct meters *meters)
{
    slab_done(&meters->meters);
    slab_done(&meters->repeats);
}

uint32_t *meters_repeat(const struct meters *meters, const struct metered *metered,
                        uint32_t repeat)
{
    if (metered->repeats == 0 || repeat == 0)
        return NULL;
    struct repeats *repeats = slab_at(&meters->repeats, metered->repeats);
    bool kept = repeat <= repeats->newest && repeats->newest - repeat < REPEATS_KEPT;
    return kept ? &repeats->notes[repeat % REPEATS_KEPT] : NULL;
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
    if (metered->repeats != 0)
        slab_give(&meters->repeats, metered->repeats);
    metered->repeats = 0;
}

void metered_swap(struct meters *meters, struct metered *metered)
{
    uint32_t meter = metered->meter[CLIENT];
    metered->meter[CLIENT] = metered->meter[SERVER];
    metered->meter[SERVER] = meter;
    if (metered->repeats == 0)
        return;
    struct repeats *repeats = slab_at(&meters->repeats, metered->repeats);
    for (unsigned i = 0; i < REPEATS_KEPT; i++)
        repeats->notes[i] ^= REPEAT_SERVER;
}

bool meter_tells(const struct meter *meter)
{
    return meter->sent >= BYTES_LEAST || meter->leg.samples >= SAMPLES_LEAST;
}
