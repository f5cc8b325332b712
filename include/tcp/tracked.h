/*
 * tracked: what a tracker is told, and what it tells: of a segment, of a connection, and in
 * numbers. Plain data.
 */
#ifndef TCP_TRACKED_H
#define TCP_TRACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bound.h"
#include "flow/flow_key.h"
#include "model/capture_facts.h"
#include "model/event.h"
#include "model/notice.h"
#include "model/segment.h"
#include "model/summary.h"
#include "tcp/incarnation.h"
#include "tcp/loss_book.h"

/* A settled connection; borrowed for the call. */
typedef void tracker_show(void *context, const struct summary *summary,
                          const struct event *events, size_t count);

/*
 * A settled connection in brief, to be counted: its summary holds nothing that only a report of it
 * tells (tcp/summarise), and its events come only where they are wanted.
 */
struct tracker_brief {
    bool (*reads_events)(void *context, uint64_t traits); /* model/trait: of both */
    tracker_show *show;
    void *context;
};

/* Whether the segments of the connection that begins with this one are wanted. */
typedef bool tracker_wants(void *context, const struct segment *first);

struct tracked;
struct noticed;

/* Of a segment; of the view of one that was tracked as number `frame` (only id and from are told);
 * of an ICMP error. All borrowed for the call. */
typedef void tracker_taken(void *context, const struct segment *segment,
                           const struct tracked *tracked);
typedef void tracker_viewed(void *context, const struct segment *view, uint64_t frame,
                            const struct tracked *tracked);
typedef void tracker_noticed(void *context, const struct notice *notice,
                             const struct noticed *noticed);

struct tracker_options {
    uint32_t max_connections; /* kept at once, live and ended */
    bool keep_log;            /* false: states and totals only, no events (-q) */
    uint64_t segments_max;    /* with a log: classified segments to keep; 0: none */
    uint32_t segments_each;   /* 0: of all connections; else of those that segments_of says yes to,
                                 of each so many at most */
    tracker_wants *segments_of;
    /* With a log: NULL, or whether the connection that begins with a segment will be shown by itself.
     * Of others only what findings and totals of the whole capture rest on is noted: no data is
     * measured, no time is shared out, nothing is noted for other tools. */
    tracker_wants *shown;     /* those it says yes to have a record in any flood, too */
    bool all_checks;          /* with a log: also checks that hold or are skipped (model/check) */
    bool no_shortcut;         /* plain segments take the whole way, too (tcp/plain): for tests */
    bool several_inputs;      /* which one shows a segment is noted (tcp/arrival) */
    bool expire;              /* hand connections over when they end or time out */
    uint32_t waiting_max;     /* SYNs that wait at one service with a record each (tcp/flood); 0:
                                 any number */
    uint64_t embryo_bytes;    /* memory for the others */
    int64_t msl_ns;           /* maximum segment lifetime; TIME_WAIT lasts two */
    /* With expire: so long after its last segment an ended connection is handed over. Its record
     * stays for two MSL (10 s after a reset) and absorbs late segments. 0: handed over then. */
    int64_t linger_ns;
    unsigned threads;         /* that track; 0 is 1. What is told is the same with any number */
    uint16_t batch;           /* so many frames are tracked together; 0: what is quick; 1: each one
                                 at once. What is told is the same, but may come later */
    struct flow_secret secret;
    tracker_show *settled;    /* for connections that are handed over before the end */
    /* What became of what was read, in its order. Each may be NULL. */
    tracker_taken *taken;
    tracker_viewed *viewed;
    tracker_noticed *noticed;
    void *context;
};

/* A SYN that waited began a connection. */
struct promotion {
    uint64_t id;
    struct segment syn;
    uint32_t repeats; /* of its repeats that waited too, the first ones */
    struct syn_again again[INCARNATION_REPEATS_MAX];
};

/* What became of a segment: for whoever keeps rows of it. Small, for it is kept for each segment of
 * a batch. */
struct tracked {
    uint64_t id;      /* of its connection; 0: not tracked (out of memory) */
    uint8_t from;     /* enum endpoint_id */
    bool opened;      /* it is the first of its connection */
    bool swapped;     /* client and server of the connection changed places */
    bool notable;
    bool absorbed;    /* its connection was handed over before: the segment changes nothing */
    bool held;        /* a SYN that waits: it may turn out to begin another connection */
    bool copy;        /* the capture holds this frame twice: the segment changes nothing */
    uint8_t class;    /* enum segment_class, provisional; CLASS_NONE: not classified */
    unsigned marks;   /* enum segment_mark */
    uint32_t nth;     /* how often its SYN, SYN-ACK or FIN was sent by now; 0: not counted */
    uint32_t window;  /* scaled where the scale is known */
    const struct promotion *promoted; /* mostly of this connection; NULL: none */
};

/* What became of an ICMP error. */
struct noticed {
    uint64_t id;   /* of the connection whose segment it quotes; 0: none that is known */
    uint8_t about; /* enum endpoint_id: whose segment that is */
    bool believed; /* false: that end would not take it for its own */
};

struct tracker_counts {
    uint64_t connections;          /* begun so far */
    struct bound handed_over;      /* shown before the end because memory ran out */
    struct bound events_lost;
    struct loss_bounds losses;
    struct bound untracked;        /* segments for which there was no memory */
    struct bound waiting_refused;  /* SYNs on live connections that could not wait for their answer */
    struct bound tombstones_lost;  /* ended connections whose ports may be taken for new ones */
    struct bound services_refused; /* ends that were not learned as services (tcp/services) */
    struct bound sums_refused;     /* wrong checksums and samples of hosts beyond a limit (tcp/sums) */
    struct bound evicted_open;     /* of handed_over: those that were open, */
    struct bound evicted_opening;  /* or opening, when another connection needed their place */
    struct bound aggregated;       /* openings of floods that were counted and not listed */
    struct capture_facts facts;
};

#endif
