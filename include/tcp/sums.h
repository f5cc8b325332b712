/*
 * sums: how the checksums of each host look in this capture. A wrong one is real damage where the
 * host's others are right, and means nothing where all are left to its network card and were
 * acknowledged all the same: what arrives damaged is dropped, never acknowledged (RFC 9293 §3.1).
 *
 * By host and input; the interfaces of one capture are not told apart. Bounded: the first SUMS_MAX hosts
 * stay, whatever the secret; segments of others are counted.
 */
#ifndef TCP_SUMS_H
#define TCP_SUMS_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow_key.h"
#include "tcp/step.h"

#define SUMS_MAX 16384u

struct sums;

/* NULL when out of memory. */
struct sums *sums_new(const struct flow_secret *secret);
void sums_free(struct sums *sums);

/* What a segment that went through the tracker tells of checksums. */
struct sums_sample {
    uint32_t right; /* so many of its sender's were right */
    bool wrong;     /* its own is not */
    bool acked;     /* all that its receiver sent had wrong ones, and this acknowledges it */
};

/* Right ones are counted by samples: the second, eighth, 32nd... of a connection's end stand for
 * those since the one before. */
static inline bool sums_wants(const struct step *step, bool *ret_sample)
{
    uint32_t n = step->x->segments;
    /* 2, 8, 32, 128, ...: few of them, for each is a search of the table. */
    *ret_sample = (n & (n - 1)) == 0 && (n & UINT32_C(0xaaaaaaaa)) != 0;
    return *ret_sample || (step->s->facts & FACT_CHECKSUM_BAD);
}

/* False: nothing. */
bool sums_sample(const struct step *step, bool is_sample, struct sums_sample *ret_sample);

/* Counts it; the segment is that of the step. */
void sums_add(struct sums *sums, const struct segment *segment, struct sums_sample sample);

/* For a wrong checksum: FACT_CHECKSUMS_RIGHT or FACT_CHECKSUMS_LEFT, or 0. c: its connection. */
uint32_t sums_facts(const struct sums *sums, const struct connection *c, enum endpoint_id sender,
                    const struct segment *segment);

/* What there was no room for, and since when (ns since the epoch). */
uint64_t sums_refused(const struct sums *sums, int64_t *ret_since);

#endif
