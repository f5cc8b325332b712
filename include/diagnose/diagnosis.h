/*
 * diagnosis: what events mean for people. Each subject is one file that exports one const
 * struct; the registry lists them. A diagnosis sees a settled connection's summary and events,
 * never a packet and never the tracker.
 */
#ifndef DIAGNOSE_DIAGNOSIS_H
#define DIAGNOSE_DIAGNOSIS_H

#include <stddef.h>

#include "model/capture_facts.h"
#include "model/event.h"
#include "model/finding.h"
#include "model/summary.h"

struct diagnosis {
    const char *name;
    size_t state_size; /* bytes of state over the whole capture, zeroed at the start; may be 0 */

    /* A connection was settled; events are sorted by frame. May be NULL. */
    void (*connection)(void *state, const struct summary *summary, const struct event *events,
                       size_t count, struct findings *findings);

    /* The input ended: findings of scope host and capture. May be NULL. */
    void (*end)(void *state, const struct capture_facts *facts, struct findings *findings);
};

extern const struct diagnosis diagnosis_handshake;
extern const struct diagnosis diagnosis_close;
extern const struct diagnosis diagnosis_reset;
extern const struct diagnosis diagnosis_reuse;
extern const struct diagnosis diagnosis_arithmetic;
extern const struct diagnosis diagnosis_capture_quality;
extern const struct diagnosis diagnosis_capture_gaps;
extern const struct diagnosis diagnosis_icmp;
extern const struct diagnosis diagnosis_accept_queue;
extern const struct diagnosis diagnosis_rules;
extern const struct diagnosis diagnosis_overlap;
extern const struct diagnosis diagnosis_flood;

#endif
