/*
 * facts: finding one's way in a connection's events. Shared by the diagnoses.
 */
#ifndef DIAGNOSE_FACTS_H
#define DIAGNOSE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/event.h"
#include "model/finding.h"
#include "model/summary.h"
#include "model/vantage.h"

/* A settled connection as a diagnosis gets it. */
struct facts {
    const struct summary *summary;
    const struct event *events; /* sorted by frame */
    size_t count;
    uint64_t traits;                /* of both (model/trait) */
    struct vantage_verdict vantage; /* where it was captured, as far as it tells itself */
};

/* The events may be left out (NULL, 0) where registry_reads_events() says that nobody needs them. */
struct facts facts_read(const struct summary *summary, const struct event *events, size_t count);

/* The less sure of two: a conclusion takes the least sure of its premises. */
enum certainty certainty_least(enum certainty a, enum certainty b);

/* The first event of this kind by this endpoint, or NULL. */
const struct event *facts_first(const struct facts *facts, enum event_kind kind,
                                enum endpoint_id endpoint);

/* The first transition of endpoint into this state, or NULL. */
const struct event *facts_entered(const struct facts *facts, enum endpoint_id endpoint,
                                  enum tcp_state state);

/* The transition that endpoint's own FIN caused, or NULL: event_fin(). */
const struct event *facts_fin(const struct facts *facts, enum endpoint_id endpoint);

/* The first acknowledgement of this end's FIN, or NULL. */
const struct event *facts_fin_acked(const struct facts *facts, enum endpoint_id endpoint);

/*
 * The last one of several keep-alives in a row by this end that its peer never answered, or NULL
 * when there were fewer than it takes to think that the peer is gone.
 */
const struct event *facts_keepalive_dead(const struct facts *facts, enum endpoint_id endpoint);

#endif
