/*
 * tracker_case: what tracking makes of segment_builder lines, as text that reads like a table.
 *
 *     transitions   "3 client SYN_SENT>ESTABLISHED observed"     with evidence: " by 5"
 *     checks        "2 server synack-acks-isn-plus-1 holds 1001=1001"   skipped: the reason
 *     segments      "5 rtx-rto of 4 (fin): seen-before timeout"   class, first sending, tags, rules;
 *                   "5 rtx-tlp was rtx-timer of 4: ..." where it was revised
 *
 * One line an event, each ended by '\n', in the tracker's order.
 */
#ifndef TESTS_TRACKER_CASE_H
#define TESTS_TRACKER_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/classified.h"
#include "model/event.h"
#include "model/metrics.h"
#include "model/summary.h"
#include "trait_case.h"

#define CASE_CONNECTIONS 8
#define CASE_EVENTS 120
#define CASE_SEGMENTS 48
#define CASE_TEXT 4096

/* Most cases: SYN of A at frame 1, SYN-ACK at 2, third ACK at 3; ISNs 1000 and 5000, 10 ms legs. */
#define CASE_OPEN                                                                                \
    "0.000 A S seq=1000 win=64240 mss=1460\n"                                                    \
    "0.010 B SA seq=5000 win=65160 mss=1460\n"                                                   \
    "0.020 A A\n"

struct case_connection {
    struct summary summary;
    struct event events[CASE_EVENTS];
    size_t count;
    struct metrics metrics[2]; /* where the summary has them */
    struct classified segments[CASE_SEGMENTS]; /* the first ones */
    size_t segment_count;
};

struct tracker_case {
    struct case_connection connections[CASE_CONNECTIONS];
    size_t count;
    uint64_t begun; /* tracker_counts().connections */
    uint64_t handed_over, waiting_refused, events_lost, copies, tombstones_lost, misordered;
    unsigned notices, believed; /* ICMP errors: all, and those that were believed */
    uint64_t noticed; /* the connection of the last one; 0: none */
    uint64_t challenges; /* bit n: frame n was marked as a challenge ACK; of the first 63 */
    struct traits_held traits; /* of those that were kept to the end */
    const struct case_options *options;
    unsigned absorbed; /* segments of connections that were handed over before */
};

/* Sees a connection while its segments are lent. */
typedef void case_look(void *context, const struct summary *summary, const struct event *events,
                       size_t count);

/* How a case is tracked; all zero for the usual. */
struct case_options {
    unsigned frames;         /* only so many frames; 0: all */
    uint32_t shift_a;        /* added to all numbers that A sends and B acknowledges */
    uint32_t shift_b;
    uint32_t max_connections;
    bool no_log;
    bool segments; /* they are kept with their classes */
    case_look *look; /* with context; NULL: nobody looks */
    void *look_context;
    uint32_t segments_each;    /* with segments: so many of each at most, */
    uint16_t segments_port;    /* and only of those that come from this port; 0: of all */
    bool all_checks; /* those beyond arithmetic too when they hold or are skipped */
    bool uncounted; /* more connections than a case holds: only what was counted matters */
    bool expire; /* connections are handed over when they end or time out */
    bool ticking;      /* time passes up to each segment before it comes */
    int64_t linger_ns; /* with expire: ended ones so long after their last segment */
};

/* Builds, decodes and tracks the lines to the end; "tick 2.5" lets time pass to 2.5 s,
 * "lighten" stands for tracker_lighten(). To be freed; fails the test when a line is wrong. */
struct tracker_case *case_track(const char *lines, const struct case_options *options);

/* The connection's transitions or checks as text; `room` is CASE_TEXT. Returns text. */
const char *case_transitions(const struct case_connection *connection, char *text);
const char *case_checks(const struct case_connection *connection, char *text);
const char *case_segments(const struct case_connection *connection, char *text);

/* Fails unless the lines are one connection, with this line among its segments. */
void case_assert_segment(const char *lines, const char *wanted);

/*
 * Fails unless a check of the first connection is this line, as above, with all checks wanted; how
 * sure a comparison is stands behind it where it is not observed: "4 client length-mss fails
 * 1461,1460 inferred". With a '-' before it: no line may have this in it.
 */
void case_assert_rule(const char *packets, const char *wanted);

/* The text of a file of the source tree, to be freed; fails the test when there is none. */
char *case_file(const char *name);

/* True when text has this line (without its '\n'). */
bool case_has(const char *text, const char *line);

/* How many events of a kind there are. */
unsigned case_events(const struct case_connection *connection, enum event_kind kind);

/* Fails unless the states of each endpoint follow each other and frames never go back. */
void case_assert_chain(const struct case_connection *connection);

#endif
