/*
 * tracker: segments to connections. Owns every connection, their logs and the memory bounds.
 *
 * Connections are kept until the end and shown in the order of their ids, unless `expire` is set
 * or memory runs out: then they are handed to `settled` as soon as they are done.
 */
#ifndef TCP_TRACKER_H
#define TCP_TRACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/flow_key.h"
#include "model/capture_facts.h"
#include "model/event.h"
#include "model/notice.h"
#include "model/segment.h"
#include "model/summary.h"
#include "tcp/incarnation.h"

struct tracker;

/* A settled connection; borrowed for the call. */
typedef void tracker_show(void *context, const struct summary *summary,
                          const struct event *events, size_t count);

struct tracker_options {
    uint32_t max_connections; /* kept at once, live and ended */
    bool keep_log;            /* false: states and totals only, no events (-q) */
    uint64_t segments_max;    /* with a log: classified segments to keep; 0: none */
    bool all_checks;          /* with a log: also checks that hold or are skipped (model/check) */
    bool expire;              /* hand connections over when they end or time out */
    int64_t msl_ns;           /* maximum segment lifetime; TIME_WAIT lasts two */
    /* With expire: so long after its last segment an ended connection is handed over. Its record
     * stays for two MSL (10 s after a reset) and absorbs late segments. 0: handed over then. */
    int64_t linger_ns;
    struct flow_secret secret;
    tracker_show *settled;    /* for connections that are handed over before the end */
    void *context;
};

/* What became of a segment: for whoever keeps rows of it. */
struct tracked {
    uint64_t id;      /* of its connection; 0: not tracked (out of memory) */
    uint8_t from;     /* enum endpoint_id */
    bool opened;      /* it is the first of its connection */
    bool swapped;     /* client and server of the connection changed places */
    bool notable;
    bool absorbed;    /* its connection was handed over before: the segment changes nothing */
    bool held;        /* a SYN that waits: it may turn out to begin another connection */
    bool copy;        /* the capture holds this frame twice: the segment changes nothing */
    unsigned marks;   /* enum segment_mark */
    uint32_t nth;     /* how often its SYN, SYN-ACK or FIN was sent by now; 0: not counted */
    uint32_t window;  /* scaled where the scale is known */
    bool promoted;    /* a SYN that waited began a connection, mostly this one: */
    uint64_t promoted_id;
    struct segment promoted_syn;
    uint32_t promoted_repeats; /* with promoted: of its repeats that waited too, the first ones */
    struct syn_again promoted_again[INCARNATION_REPEATS_MAX];
};

/* What became of an ICMP error. */
struct noticed {
    uint64_t id;   /* of the connection whose segment it quotes; 0: none that is known */
    uint8_t about; /* enum endpoint_id: whose segment that is */
    bool believed; /* false: that end would not take it for its own */
};

struct tracker_counts {
    uint64_t connections;      /* begun so far */
    uint64_t handed_over;      /* shown before the end because memory ran out */
    int64_t handed_over_since; /* when the first was, ns since the epoch */
    uint64_t events_lost;
    int64_t events_lost_since;
    uint64_t segments_refused; /* classified segments that were not kept */
    int64_t segments_refused_since;
    uint64_t untracked;        /* segments for which there was no memory */
    int64_t untracked_since;
    uint64_t waiting_refused;  /* SYNs on live connections that could not wait for their answer */
    int64_t waiting_refused_since;
    uint64_t services_refused; /* ends that were not learned as services (tcp/services) */
    int64_t services_refused_since;
    struct capture_facts facts;
};

/* NULL when out of memory. */
struct tracker *tracker_new(const struct tracker_options *options);

void tracker_segment(struct tracker *tracker, const struct segment *segment,
                     struct tracked *ret_tracked);

/* An ICMP error: never begins a connection, and keeps none alive but one that is opening. */
void tracker_notice(struct tracker *tracker, const struct notice *notice,
                    struct noticed *ret_noticed);

/*
 * Time passes without a segment: with `expire`, hands over what is due by now (ns since the
 * epoch, by the clock that stamps the segments). A bounded number at a time: what is left comes
 * with the next call or segment.
 */
void tracker_tick(struct tracker *tracker, int64_t now);

/* The input ended: decides what is still open. Call once; then tracker_each(). */
bool tracker_finish(struct tracker *tracker);

/* Shows every connection that was not handed over, by id. May be called several times. */
void tracker_each(const struct tracker *tracker, tracker_show *show, void *context);

void tracker_counts(const struct tracker *tracker, struct tracker_counts *ret_counts);

void tracker_free(struct tracker *tracker);

#endif
