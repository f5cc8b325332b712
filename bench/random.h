/*
 * random: a small generator of numbers (SplitMix64), the same on every machine for one seed.
 */
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *r)
{
    uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* A number below limit; limit is not 0. */
static inline uint32_t random_below(struct random *r, uint32_t limit)
{
    return (uint32_t)((random_next(r) >> 32) * limit >> 32);
}

/* share: 0 never, 1 always. */
static inline bool random_chance(struct random *r, double share)
{
    return (double)(random_next(r) >> 11) < share * 9007199254740992.0; /* 2^53 */
}

/*
 * Heavy-tailed: twice as large is half as likely (a Pareto distribution of index 1), from base
 * to most.
 */
static inline uint64_t random_heavy(struct random *r, uint64_t base, uint64_t most)
{
    uint64_t bits = random_next(r), value = base;
    while ((bits & 1) && value < most) {
        value *= 2;
        bits >>= 1;
    }
    value += value * random_below(r, 1024) / 1024;
    return value < most ? value : most;
}

#endif
