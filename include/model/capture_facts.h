/*
 * capture_facts: what is known of the capture as a whole, besides its connections. Plain data, for
 * the diagnoses.
 */
#ifndef MODEL_CAPTURE_FACTS_H
#define MODEL_CAPTURE_FACTS_H

#include <stddef.h>
#include <stdint.h>

#define CAPTURE_COPIES_NAMED 4

struct capture_facts {
    uint64_t segments; /* without copies */
    uint64_t copies;   /* frames that repeat an earlier one (flow/copy); the first few: */
    size_t copies_named;
    struct {
        uint64_t frame, original;
    } copy[CAPTURE_COPIES_NAMED];
};

/* Counts a copy of a frame. */
static inline void capture_facts_copy(struct capture_facts *facts, uint64_t frame,
                                      uint64_t original)
{
    if (facts->copies_named < CAPTURE_COPIES_NAMED) {
        facts->copy[facts->copies_named].frame = frame;
        facts->copy[facts->copies_named++].original = original;
    }
    facts->copies++;
}

#endif
