/* histogram: steps of powers of two. */
#include "base/histogram.h"

#define SHIFT HISTOGRAM_STEP_BITS
#define STEPS_EACH (1u << SHIFT)

static unsigned step_of(int64_t value)
{
    if (value < INT64_C(1) << HISTOGRAM_LEAST_BITS)
        return 0;
    unsigned power = 63u - (unsigned)__builtin_clzll((unsigned long long)value);
    if (power >= HISTOGRAM_MOST_BITS)
        return HISTOGRAM_STEPS - 1;
    unsigned part = (unsigned)(value >> (power - SHIFT)) & (STEPS_EACH - 1);
    return 1 + ((power - HISTOGRAM_LEAST_BITS) << SHIFT) + part;
}

/* The first value behind a step. */
static int64_t step_end(unsigned step)
{
    if (step == 0)
        return INT64_C(1) << HISTOGRAM_LEAST_BITS;
    if (step == HISTOGRAM_STEPS - 1)
        return INT64_MAX;
    unsigned power = HISTOGRAM_LEAST_BITS + ((step - 1) >> SHIFT);
    return (int64_t)(STEPS_EACH + ((step - 1) & (STEPS_EACH - 1)) + 1) << (power - SHIFT);
}

void histogram_add(struct histogram *histogram, int64_t value)
{
    uint16_t *count = &histogram->counts[step_of(value)];
    if (*count == UINT16_MAX)
        for (unsigned i = 0; i < HISTOGRAM_STEPS; i++)
            histogram->counts[i] /= 2;
    ++*count;
}

int64_t histogram_percentile(const struct histogram *histogram, unsigned percent)
{
    uint32_t all = 0, below = 0; /* a few hundred numbers of 16 bits */
    for (unsigned i = 0; i < HISTOGRAM_STEPS; i++)
        all += histogram->counts[i];
    uint64_t least = ((uint64_t)all * percent + 99) / 100;
    for (unsigned i = 0; i < HISTOGRAM_STEPS && all > 0; i++) {
        below += histogram->counts[i];
        if (below >= least)
            return step_end(i);
    }
    return 0;
}
