/*
 * summary: a connection as it stands when it is settled (it ended, expired, or the input
 * ended). Plain data; with the connection's events it is all that diagnoses and the report see.
 */
#ifndef MODEL_SUMMARY_H
#define MODEL_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "model/kinds.h"
#include "model/limits.h"
#include "model/lost.h"
#include "model/neighbour.h"
#include "model/segment.h"
#include "model/tcp_state.h"
#include "model/vantage.h"

#define UNKNOWN_NS INT64_C(-1)
/* SYNs, FINs and RSTs of an end are counted so far: then there are so many or more. */
#define SUMMARY_COUNT_MAX 255

struct metrics;

enum known { KNOWN_NO, KNOWN_YES, KNOWN_UNKNOWN };

struct endpoint_summary {
    uint8_t address[16];       /* network order; IPv4 in the first four bytes */
    uint16_t port;
    uint8_t state;             /* enum tcp_state, at the end of the capture */
    uint8_t state_certainty;   /* enum certainty */
    bool isn_known;            /* isn came from a SYN or from the answer to one */
    uint8_t isn_certainty;     /* enum certainty; assumed: isn is only the base of rel numbers */
    uint32_t isn;
    bool fin_sent;             /* this end's FIN was seen */
    bool fin_acked;            /* and acknowledged */
    bool fin_may_be_missing;   /* the peer closed, and acknowledged a number that follows all that was
                                  captured of this end: its FIN, or data */
    uint32_t fin_seq;          /* with fin_sent: the number that the FIN takes */
    uint32_t segments;
    uint64_t payload_bytes;      /* bytes of the stream that this end is known to have sent */
    uint64_t payload_bytes_sent; /* with repeats, as captured */
    uint64_t unacknowledged;     /* bytes sent that no captured segment of the peer acknowledges */
    uint32_t repeated_segments;  /* sent again: all of their bytes (SYN, FIN too) were seen
                                    before, or they were sent after bytes that follow them */
    uint32_t retransmitted_segments; /* of classes rtx-* (model/segment_class), */
    uint64_t retransmitted_bytes;    /* and their payload */
    bool lost_known;           /* something was to be counted: */
    struct lost lost;
    struct limits limits;            /* what kept it from sending more */
    uint32_t overlaps;         /* segments with other bytes than had passed before */
    uint32_t syns;             /* SYNs or SYN-ACKs sent by this host, copies excluded */
    uint32_t fins;
    uint32_t resets;
    uint32_t checksums_bad;
    uint32_t checksums_partial;
    uint8_t sight;             /* enum sight */
    int32_t mss;               /* -1 unknown */
    int16_t window_scale;      /* -1 unknown or not offered */
    uint8_t sack_permitted;    /* enum known: offered on its SYN */
    uint8_t timestamps;        /* enum known */
    int64_t last_time;         /* of its last segment; UNKNOWN_NS when it sent none */
    /* Of the data that it sent; NULL: too little of it to tell. Lent like events. */
    const struct metrics *metrics;
};

struct classified_chunk;

struct summary {
    uint64_t id;               /* number of the connection's first frame */
    uint32_t incarnation;      /* 1-based on its 4-tuple */
    uint8_t ip_version;
    uint8_t vlan_count;
    uint16_t vlan[SEGMENT_VLAN_MAX];
    uint8_t role_evidence;     /* enum role_evidence */
    uint8_t role_certainty;    /* enum certainty */
    bool roles_settled_anew;   /* the ends changed places after the last segment was tracked */
    uint8_t handshake;         /* enum handshake_kind */
    uint8_t close;             /* enum close_kind */
    uint8_t first_closer;      /* enum closer */
    bool handshake_complete;
    bool third_ack_seen;       /* the SYN-ACK was acknowledged */
    bool no_connection;        /* a RST shows that there was none: it answers what had no ACK */
    bool superseded;           /* a new connection on the same ports ended this one */
    bool events_lost;          /* the connection's log was full */
    uint64_t first_frame, last_frame;
    int64_t first_time, last_time;   /* ns since the epoch */
    int64_t last_way_ns;             /* how long after last_time another input shows that segment */
    uint32_t second_views;           /* frames that show one of its segments again */
    int64_t capture_end;             /* time of the newest frame read when this was settled */
    int64_t rtt_ns;                  /* SYN to third ACK; UNKNOWN_NS when one was repeated */
    int64_t synack_ns, ack_ns;       /* its two legs */
    int64_t close_wait_ns;           /* time spent in CLOSE_WAIT by whoever is in it at the end */
    bool neighbours_known;           /* what other tools would say was noted (not with -q): */
    uint8_t completeness;            /* enum completeness */
    uint8_t zeek_states[2];          /* enum zeek_state, by enum endpoint_id */
    char zeek_history[NEIGHBOUR_LETTERS_MAX + 1]; /* may be empty */
    /* Its segments with their classes; NULL: they were not kept. Lent like its events. */
    const struct classified_chunk *segments;
    uint32_t segments_left_out; /* of these, for which there was no room */
    struct exchanges exchanges; /* requests and answers */
    struct endpoint_summary endpoints[2]; /* by enum endpoint_id */
};

/* Whether this frame is the one that began another connection on the same ports. */
static inline bool summary_frame_supersedes(const struct summary *summary, uint64_t frame)
{
    return summary->superseded && frame > summary->last_frame;
}

/* Segments that either end sent again. */
static inline uint64_t summary_repeated_segments(const struct summary *summary)
{
    return (uint64_t)summary->endpoints[CLIENT].repeated_segments +
           summary->endpoints[SERVER].repeated_segments;
}

#endif
