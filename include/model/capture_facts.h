/*
 * capture_facts: what is known of the capture as a whole, besides its connections. Plain data, for
 * the diagnoses.
 */
#ifndef MODEL_CAPTURE_FACTS_H
#define MODEL_CAPTURE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAPTURE_COPIES_NAMED 4
#define CAPTURE_MISORDERED_NAMED 4

struct victim;

struct capture_facts {
    uint64_t segments; /* without copies */
    int64_t end;       /* the newest time, ns */
    uint64_t copies;   /* frames that repeat an earlier one (flow/copy); the first few: */
    size_t copies_named;
    struct {
        uint64_t frame, original;
    } copy[CAPTURE_COPIES_NAMED];
    uint64_t dropped;    /* frames that the recorder says it lost; 0 where it says nothing */
    uint8_t vantage;     /* enum vantage, as the user gave it */
    const struct victim *const *victims; /* of SYNs that were counted and not listed (tcp/flood) */
    size_t victim_count;
    bool several_inputs; /* taken at several places, probably */
    uint64_t times_back; /* segments with an earlier time than the one before */
    uint64_t misordered; /* these, and those that stand right behind their acknowledgement: */
    uint64_t misordered_frame[CAPTURE_MISORDERED_NAMED];
};

#endif
