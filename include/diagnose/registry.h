/*
 * registry: all diagnoses, run as one. Owns their states.
 */
#ifndef DIAGNOSE_REGISTRY_H
#define DIAGNOSE_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "diagnose/diagnosis.h"
#include "diagnose/facts.h"

struct registry;

/* NULL when out of memory. */
struct registry *registry_new(void);

/* From now on all are asked of every connection, whatever they need: for tests. */
void registry_ask_all(struct registry *registry);

/* Whether a diagnosis would look at the events of a connection with these traits: of its log and of
 * its summary. */
bool registry_reads_events(const struct registry *registry, uint64_t traits);

/* Runs every diagnosis whose needs are met over a settled connection; findings come worst first.
 * Sets the findings' connection id. */
void registry_connection(struct registry *registry, const struct facts *facts,
                         struct findings *findings);

/* Only for what is found in the end, of scope host and capture. */
void registry_count(struct registry *registry, const struct facts *facts);

/* Findings of scope host and capture, worst first. */
void registry_end(struct registry *registry, const struct capture_facts *facts,
                  struct findings *findings);

void registry_free(struct registry *registry);

#endif
