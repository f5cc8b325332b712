/* json_finding: a finding with its evidence, the same for --json and --ndjson. */
#ifndef RENDER_JSON_FINDING_H
#define RENDER_JSON_FINDING_H

#include "model/finding.h"
#include "model/summary.h"
#include "render/json_writer.h"

/*
 * Writes a finding's members. rank 0: not known. summary: its connection; NULL for findings of
 * scope host and capture.
 */
void json_finding_fill(struct json_writer *w, const struct finding *finding, uint32_t rank,
                       const struct summary *summary);

/* A list of findings; it and the ranks may be NULL. */
void json_put_findings(struct json_writer *w, const char *key, const struct findings *findings,
                       const uint32_t *ranks, const struct summary *summary);

#endif
