/*
 * hyperloglog: Flajolet and others, 2007; counted as Ertl does ("New cardinality estimation
 * algorithms for HyperLogLog sketches", 2017), which needs no correction at either end.
 */
#include "base/hyperloglog.h"

#include <math.h>

#define RANK_BITS (64u - HYPERLOGLOG_BITS)

void hyperloglog_add(struct hyperloglog *sketch, uint64_t hash)
{
    uint64_t rest = hash << HYPERLOGLOG_BITS | UINT64_C(1) << (HYPERLOGLOG_BITS - 1);
    uint8_t rank = (uint8_t)(__builtin_clzll(rest) + 1); /* 1 to RANK_BITS + 1 */
    uint8_t *registered = &sketch->registers[hash >> RANK_BITS];
    if (rank > *registered)
        *registered = rank;
}

void hyperloglog_merge(struct hyperloglog *sketch, const struct hyperloglog *other)
{
    for (unsigned i = 0; i < HYPERLOGLOG_REGISTERS; i++)
        if (other->registers[i] > sketch->registers[i])
            sketch->registers[i] = other->registers[i];
}

/* What empty registers add: x + x^2 + 2 x^4 + 4 x^8 + ... */
static double empty_sum(double x)
{
    double sum = x, before, weight = 1;
    if (x >= 1)
        return INFINITY;
    do {
        x *= x;
        before = sum;
        sum += x * weight;
        weight += weight;
    } while (sum > before);
    return sum;
}

/* What full registers add. */
static double full_sum(double x)
{
    double sum = 1 - x, before, weight = 1;
    if (x <= 0 || x >= 1)
        return 0;
    do {
        x = sqrt(x);
        before = sum;
        weight /= 2;
        sum -= (1 - x) * (1 - x) * weight;
    } while (sum < before);
    return sum / 3;
}

uint64_t hyperloglog_count(const struct hyperloglog *sketch)
{
    uint32_t with_rank[RANK_BITS + 2] = { 0 };
    const double m = HYPERLOGLOG_REGISTERS;
    for (unsigned i = 0; i < HYPERLOGLOG_REGISTERS; i++)
        with_rank[sketch->registers[i]]++;
    double sum = m * full_sum(1 - with_rank[RANK_BITS + 1] / m);
    for (unsigned rank = RANK_BITS; rank > 0; rank--)
        sum = (sum + with_rank[rank]) / 2;
    sum += m * empty_sum(with_rank[0] / m);
    return (uint64_t)(m * m / (2 * M_LN2 * sum) + 0.5);
}
