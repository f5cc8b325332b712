/*
 * report: what to show. Renderers see only what is declared here (and the model).
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/event.h"
#include "model/finding.h"
#include "model/summary.h"
#include "report/journal.h"
#include "report/place.h"
#include "report/segment_list.h"

#define REPORT_FRAMES_MAX 32
#define REPORT_INPUTS_MAX 16
#define REPORT_LIMITS_MAX 20

/* One settled connection, ready to be shown. Everything is borrowed until the next one. */
struct connection_report {
    const struct summary *summary;
    const struct event *events; /* sorted by frame, then in the machine's order */
    size_t event_count;
    struct vantage_verdict vantage;  /* where it was captured */
    const struct findings *findings; /* worst first */
    const uint32_t *ranks;      /* rank of each finding over the whole output; NULL: not known */
    struct journal_rows rows;   /* count 0: no ladder was kept */
    struct segment_list segments; /* with a ladder; empty: none were kept */
    bool some_twice;            /* of several inputs, two hold the same segments, */
    bool all_twice;             /* and of two inputs each holds every segment of the capture */
    char community_id[36];      /* "1:" and base64 */
    uint64_t handshake_frames[REPORT_FRAMES_MAX];
    size_t handshake_frame_count;
    uint64_t close_frames[REPORT_FRAMES_MAX];
    size_t close_frame_count;
};

struct input_report {
    const char *name;      /* borrowed; may hold any byte but NUL: escape it */
    const char *format;    /* "pcap", "pcapng", "live" */
    const char *link_type; /* "EN10MB" */
    uint64_t frames;
    bool cut_short;
    const char *error;     /* NULL or one sentence */
    int64_t clock_shift;   /* ns that were added to its times, because its clock was behind */
};

struct limit_report {
    const char *what;  /* "connections", "connection-log", ... */
    uint64_t count;
    int64_t since;     /* ns since the epoch */
};

/* Findings of one topic over all connections, for the summary of a large capture. */
struct topic_report {
    size_t count;            /* connections (or hosts) with it */
    enum severity severity;  /* worst among them */
    uint64_t worst[3];       /* ids of the first connections with it */
    struct finding example;  /* of the first */
    struct summary example_summary; /* the connection of the example */
};

/* The capture as a whole, known at its end. */
struct capture_report {
    struct input_report inputs[REPORT_INPUTS_MAX];
    size_t input_count;
    bool sorted;             /* connections came sorted by id */
    uint64_t frames, segments, bytes; /* bytes: on the wire */
    const char *filter;      /* the BPF expression in force; NULL: none. Borrowed */
    uint64_t filtered_out;   /* frames that it left out; not counted in frames */
    bool filtered_unseen;    /* live: the kernel filters, and does not count them */
    bool narrowed;           /* --after or --before was given */
    uint64_t narrowed_out;   /* frames that they left out; not counted in frames */
    uint64_t copies;         /* frames that repeat an earlier one; not counted in segments */
    uint64_t second_views;   /* frames with a segment that another input showed before */
    bool drops_known;        /* a live capture whose recorder tells what it lost: */
    uint64_t dropped_by_kernel;
    bool losses_known;       /* and one whose interface tells: */
    uint64_t dropped_by_interface;
    uint64_t icmp_errors;    /* frames with an ICMP error that quotes a TCP segment */
    uint64_t icmp_errors_unmatched; /* of these: of no connection here, or not believed */
    int64_t first, last;     /* ns since the epoch; UNKNOWN_NS when there was no frame */
    uint64_t not_ip, not_tcp, fragment, malformed, unsupported_link;
    uint64_t cut;            /* of the malformed: cut by the recorder inside the TCP header */
    uint64_t options_cut;    /* segments whose TCP options the recorder cut */
    struct place place;      /* where it was taken; of several inputs nothing is known */
    uint64_t connections;    /* all incarnations */
    uint64_t listed;         /* of these, reported (selected) */
    uint64_t by_handshake[HANDSHAKE_N];
    uint64_t by_close[CLOSE_N];
    uint64_t first_of[HANDSHAKE_N]; /* id of the first listed connection of each kind; 0: none */
    uint64_t never_opened[CLOSE_N]; /* of these, connections that never opened */
    uint64_t closed_first[CLOSER_BOTH + 1][2]; /* of those that opened, by enum closer: first with
                                                  a FIN, with a RST */
    uint64_t no_connection;  /* of those whose opening was not captured, never a connection */
    uint64_t closed_unclear; /* more of those: one FIN, acknowledged, that may answer one from before
                                the capture */
    uint64_t fin_waits[2];   /* ends in CLOSE_WAIT: the other has closed, they have not */
    uint64_t not_taken;      /* servers that took nothing after their SYN-ACK */
    uint64_t resets[2];      /* connections that opened and that an end's RST ended */
    uint64_t repeating;      /* connections that opened, in which segments were sent again */
    uint64_t repeats;        /* and how many segments */
    uint64_t clean;          /* of the listed: opened and closed well, no finding above note */
    bool clean_unknown;      /* without logs (-q) most findings are not looked for */
    struct limit_report limits[REPORT_LIMITS_MAX];
    size_t limit_count;
    const struct findings *findings; /* scope host and capture, worst first */
    const uint32_t *ranks;
    struct topic_report topics[TOPIC_N];
    bool interrupted;        /* SIGINT: the result so far */
};

#endif
