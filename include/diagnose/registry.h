/*
 * registry: all diagnoses, run as one. Owns their states.
 */
#ifndef DIAGNOSE_REGISTRY_H
#define DIAGNOSE_REGISTRY_H

#include "diagnose/diagnosis.h"

struct registry;

/* NULL when out of memory. */
struct registry *registry_new(void);

/* Runs every diagnosis over a settled connection; findings come worst first. Sets the
 * findings' connection id. */
void registry_connection(struct registry *registry, const struct summary *summary,
                         const struct event *events, size_t count, struct findings *findings);

/* Findings of scope host and capture, worst first. */
void registry_end(struct registry *registry, const struct capture_facts *facts,
                  struct findings *findings);

void registry_free(struct registry *registry);

#endif
