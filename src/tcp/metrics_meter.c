/* metrics_meter: slabs of meters and of notes about repeats. */
#include "tcp/metrics_meter.h"

#include "model/event.h"

/* So much was sent, or measured, at the least: ten segments of a usual size. */
#define BYTES_LEAST 14600u
#define SAMPLES_LEAST 10u
#define REPEATS_SHARE 4 /* of the memory */
#define METERS_LEAST 64u

void meters_init(struct meters *meters, uint32_t connections_max)
{
    uint64_t bytes = (uint64_t)connections_max * METERS_BYTES, repeats = bytes / REPEATS_SHARE;
    slab_init(&meters->meters, sizeof(struct meter),
              (uint32_t)((bytes - repeats) / sizeof(struct meter)) + METERS_LEAST);
    slab_init(&meters->repeats, sizeof(struct repeats),
              (uint32_t)(repeats / sizeof(struct repeats)) + METERS_LEAST);
}

void meters_done(struct meters *meters)
{
    slab_done(&meters->meters);
    slab_done(&meters->repeats);
}

struct repeat_note *meters_repeat(const struct meters *meters, const struct metered *metered,
                                  uint16_t repeat)
{
    if (metered->repeats == 0 || repeat == 0)
        return NULL;
    struct repeats *repeats = slab_at(&meters->repeats, metered->repeats);
    bool kept = (uint16_t)(repeats->newest - repeat) < REPEATS_KEPT;
    return kept ? &repeats->notes[repeat % REPEATS_KEPT] : NULL;
}

uint16_t meters_next_repeat(const struct meters *meters, const struct metered *metered)
{
    if (metered->repeats == 0)
        return 1;
    const struct repeats *repeats = slab_at(&meters->repeats, metered->repeats);
    return repeats->newest < UINT16_MAX ? (uint16_t)(repeats->newest + 1) : 1;
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
    bool refused = metered->refused[CLIENT];
    metered->refused[CLIENT] = metered->refused[SERVER];
    metered->refused[SERVER] = refused;
    if (metered->repeats == 0)
        return;
    struct repeats *repeats = slab_at(&meters->repeats, metered->repeats);
    for (unsigned i = 0; i < REPEATS_KEPT; i++)
        repeats->notes[i].from ^= 1;
}

bool meter_tells(const struct meter *meter)
{
    return meter->sent >= BYTES_LEAST || meter->leg.samples >= SAMPLES_LEAST;
}
