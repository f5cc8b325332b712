/* registry: the list of diagnoses, their states, and the order of what they find. */
#include "diagnose/registry.h"

#include <stdbool.h>
#include <stdlib.h>

#include "diagnose/facts.h"

static const struct diagnosis *const diagnoses[] = {
    &diagnosis_handshake, &diagnosis_close,      &diagnosis_reset,
    &diagnosis_reuse,     &diagnosis_arithmetic, &diagnosis_capture_quality,
    &diagnosis_capture_gaps, &diagnosis_icmp,    &diagnosis_accept_queue,
    &diagnosis_rules,     &diagnosis_overlap,     &diagnosis_flood,
};

#define DIAGNOSIS_N (sizeof diagnoses / sizeof diagnoses[0])

/* Every connection has it, so that a diagnosis that is asked always is asked by one comparison. */
#define TRAIT_ANY TRAIT_BIT(63)

/* A diagnosis at work. */
struct asked {
    uint64_t needs;
    const struct diagnosis *diagnosis;
    void *state; /* owned; NULL where it keeps none */
};

struct registry {
    struct asked rows[DIAGNOSIS_N];
    uint64_t reads; /* traits with which one of them reads events */
};

struct registry *registry_new(void)
{
    struct registry *registry = calloc(1, sizeof *registry);
    if (registry == NULL)
        return NULL;
    for (size_t i = 0; i < DIAGNOSIS_N; i++) {
        const struct diagnosis *diagnosis = diagnoses[i];
        struct asked *row = &registry->rows[i];
        *row = (struct asked){ diagnosis->needs | (diagnosis->asked_always ? TRAIT_ANY : 0),
                               diagnosis, NULL };
        registry->reads |= diagnosis->needs;
        if (diagnosis->state_size == 0)
            continue;
        row->state = calloc(1, diagnosis->state_size);
        if (row->state == NULL) {
            registry_free(registry);
            return NULL;
        }
    }
    return registry;
}

/* Whether a comes before b: severity, then certainty, then the catalogue's order. */
static bool finding_before(const struct finding *a, const struct finding *b)
{
    if (a->severity != b->severity)
        return a->severity > b->severity;
    if (a->certainty != b->certainty)
        return a->certainty < b->certainty;
    return a->topic < b->topic;
}

/* Insertion sort: the list is short, and equal findings stay in order. */
static void findings_sort(struct findings *findings)
{
    for (size_t i = 1; i < findings->count; i++) {
        struct finding moved = findings->list[i];
        size_t j = i;
        while (j > 0 && finding_before(&moved, &findings->list[j - 1])) {
            findings->list[j] = findings->list[j - 1];
            j--;
        }
        findings->list[j] = moved;
    }
}

/*
 * Of one end not a single segment was captured. What it sent may be the reason for much that the
 * other one did, so nothing that is told of the connection is sure; but damage is.
 */
static void findings_doubt(const struct summary *summary, struct findings *findings)
{
    if (summary->endpoints[CLIENT].segments > 0 && summary->endpoints[SERVER].segments > 0)
        return;
    for (size_t i = 0; i < findings->count; i++) {
        struct finding *finding = &findings->list[i];
        if (finding->topic != TOPIC_CHECKSUM_BAD)
            finding->certainty = certainty_least(finding->certainty, CERTAINTY_INFERRED);
    }
}

void registry_ask_all(struct registry *registry)
{
    for (size_t i = 0; i < DIAGNOSIS_N; i++)
        registry->rows[i].needs = TRAITS_ALL;
}

bool registry_reads_events(const struct registry *registry, uint64_t traits)
{
    return registry->reads & traits;
}

/* Asks those for which there may be something, or that count all. ends: only those that find
 * something in the end. */
static void diagnoses_ask(struct registry *registry, const struct facts *facts, bool ends,
                          struct findings *findings)
{
    const uint64_t traits = facts->traits | TRAIT_ANY;
    for (size_t i = 0; i < DIAGNOSIS_N; i++) {
        const struct asked *row = &registry->rows[i];
        if ((row->needs & traits) && (!ends || row->diagnosis->end != NULL))
            row->diagnosis->connection(row->state, facts, findings);
    }
}

void registry_connection(struct registry *registry, const struct facts *facts,
                         struct findings *findings)
{
    diagnoses_ask(registry, facts, false, findings);
    if (findings->count == 0)
        return;
    findings_doubt(facts->summary, findings);
    for (size_t i = 0; i < findings->count; i++)
        findings->list[i].connection = facts->summary->id;
    findings_sort(findings);
}

void registry_count(struct registry *registry, const struct facts *facts)
{
    struct findings none;
    none.count = none.dropped = 0;
    diagnoses_ask(registry, facts, true, &none);
}

void registry_end(struct registry *registry, const struct capture_facts *facts,
                  struct findings *findings)
{
    for (size_t i = 0; i < DIAGNOSIS_N; i++)
        if (diagnoses[i]->end != NULL)
            diagnoses[i]->end(registry->rows[i].state, facts, findings);
    findings_sort(findings);
}

void registry_free(struct registry *registry)
{
    if (registry == NULL)
        return;
    for (size_t i = 0; i < DIAGNOSIS_N; i++)
        free(registry->rows[i].state);
    free(registry);
}
