/*
 * builder: puts the report together in two passes over settled connections: the first diagnoses
 * and counts (totals, ranks, topics), the second hands out each connection's report. What is
 * handed over before the end goes through builder_count() and at once through
 * builder_show_counted(): findings of it have no rank.
 *
 * The builder owns all that it hands out; a connection's report is borrowed until the next.
 */
#ifndef REPORT_BUILDER_H
#define REPORT_BUILDER_H

#include "capture/reader.h"
#include "model/capture_facts.h"
#include "report/report.h"

struct builder;

/* quiet: connections are counted but not shown (-q). NULL when out of memory. */
struct builder *builder_new(bool quiet);
void builder_free(struct builder *builder);

/* Evidence names the input of its frame from now on. Borrowed. */
void builder_origins(struct builder *builder, const struct reader *reader);

/* From now on connections get their Community ID: a hash that most readers of text never see. */
void builder_community_ids(struct builder *builder);

/* The user says where the capture was taken; VANTAGE_UNKNOWN: its segments tell, as at first. */
void builder_vantage(struct builder *builder, enum vantage vantage);

/* Whether builder_count() needs the events of a connection with these traits (model/trait). */
bool builder_reads_events(const struct builder *builder, uint64_t traits);

/*
 * First pass: counts a connection; `listed`: it is selected, its findings are ranked. Of the summary
 * only the brief part is read, and the events may be left out where nobody needs them.
 */
void builder_count(struct builder *builder, const struct summary *summary,
                   const struct event *events, size_t count, bool listed);

/* Between the passes: findings of scope host and capture, and all ranks. */
void builder_rank(struct builder *builder, const struct capture_facts *facts);

/* Second pass, in the order of the first: the report of a listed connection. rows: its ladder. */
const struct connection_report *builder_show(struct builder *builder,
                                             const struct summary *summary,
                                             const struct event *events, size_t count,
                                             struct journal_rows rows);

/* The report of the listed connection that was counted just now: its summary was whole, and it and
 * the events are still lent. Not of a quiet builder, which finds nothing. */
const struct connection_report *builder_show_counted(struct builder *builder,
                                                     struct journal_rows rows);

/* The capture's report; totals, topics and findings are filled in, the rest is the caller's. */
struct capture_report *builder_capture(struct builder *builder);

#endif
