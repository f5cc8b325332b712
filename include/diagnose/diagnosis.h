/*
 * diagnosis: what events mean for people. Each subject is one file that exports one const
 * struct; the registry lists them. A diagnosis sees a settled connection's summary and events,
 * never a packet and never the tracker.
 *
 * Most connections have nothing that a diagnosis could find, so each says what it needs, in traits
 * (model/trait): of a connection without any of them it would find nothing, and change nothing in
 * its state. tests/unit/test_traits asks them all the same, and compares.
 */
#ifndef DIAGNOSE_DIAGNOSIS_H
#define DIAGNOSE_DIAGNOSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/capture_facts.h"
#include "model/finding.h"
#include "model/trait.h"

struct facts;

struct diagnosis {
    const char *name;
    size_t state_size; /* bytes of state over the whole capture, zeroed at the start; may be 0 */
    uint64_t needs;    /* traits: one of them at least, or there is nothing to find */
    bool asked_always; /* its state counts each connection; without `needs` it reads no event */

    /* A connection was settled. */
    void (*connection)(void *state, const struct facts *facts, struct findings *findings);

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
