/* entropy: sum of p log2(1/p) = log2(n) - sum of c log2(c) / n. */
#include "base/entropy.h"

#include <math.h>

double entropy_bits(const uint16_t *counts, size_t kinds)
{
    double n = 0, sum = 0;
    size_t seen = 0;
    for (size_t i = 0; i < kinds; i++) {
        double count = counts[i];
        if (counts[i] == 0)
            continue;
        n += count;
        sum += count * log2(count);
        seen++;
    }
    if (seen == 0)
        return 0;
    return log2(n) - sum / n + (double)(seen - 1) / (2 * n * M_LN2);
}
