/*
 * waits: where the time of a connection went, learned segment by segment: who was silent, while
 * what was outstanding, and how much was sent again. A capture is taken at one point: all times
 * are those at which segments passed it.
 *
 * Plain data, owned by whoever keeps it; all zero at the start of a connection.
 */
#ifndef REPORT_WAITS_H
#define REPORT_WAITS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/segment.h"
#include "model/tcp_state.h"

/* What a silence was, told by the segment that ended it. `who` is the end that was silent. */
enum wait_kind {
    WAIT_ANSWER,   /* who had acknowledged the peer's data, and only later sent its own */
    WAIT_TOGETHER, /* the same, but its acknowledgement came with the answer */
    WAIT_PAUSE,    /* who spoke last, had all of it acknowledged, and went on */
    WAIT_WINDOW,   /* who had closed its receive window */
    WAIT_REPEAT,   /* who sent again what was not acknowledged */
    WAIT_ACK,      /* who acknowledged data, and sent none */
    WAIT_KIND_N
};

struct wait {
    uint32_t count;      /* silences of this kind that were told apart */
    int64_t longest;     /* ns; the frames are those of the longest */
    uint64_t data_frame; /* the last data, or the closed window, before it */
    uint64_t ack_frame;  /* WAIT_ANSWER: the acknowledgement of that data */
    int64_t ack_after;   /* and how long after the data it passed, ns */
    uint64_t end_frame;  /* what ended it */
};

/* What is remembered of one end. */
struct wait_end {
    bool spoke;            /* it has sent data */
    bool acked;            /* and its newest is acknowledged */
    bool window_closed;    /* it tells a receive window of zero */
    bool ack_known;
    uint32_t next;         /* the number after its newest data */
    uint32_t ack;          /* the number that it acknowledged last */
    uint64_t data_frame, ack_frame, window_frame;
    int64_t data_time;
    int64_t go_time;       /* since when nothing has kept it from sending: its data was
                              acknowledged, or the peer's window opened */
    int64_t window_time;
    uint32_t repeats;      /* segments with data, SYN or FIN that were sent again */
    uint32_t unseen;       /* of these, those whose first sending is not in the capture */
    uint32_t late;         /* other segments that filled a gap */
    uint32_t fragments;    /* first fragments of IP packets: the rest is not counted */
    struct wait waits[WAIT_KIND_N]; /* silences of this end */
};

struct waits {
    struct wait_end ends[2]; /* by enum endpoint_id */
    uint8_t last_talker;     /* enum endpoint_id of the newest data; with ends[].spoke */
    bool closed;             /* a FIN or a RST has passed */
    int64_t unanswered;      /* until then the newest data had waited so long for an answer */
    bool clock_wrong;        /* times went back by more than frames are mixed up: no wait holds */
    int64_t last_time;       /* of the last segment that was more than a repetition or a probe */
};

/* Shorter silences are not told apart: Linux waits at least so long before it sends again. */
#define WAIT_LEAST INT64_C(200000000)

/* marks: enum segment_mark. window: scaled where the scale is known. */
void waits_segment(struct waits *waits, const struct segment *segment, enum endpoint_id from,
                   unsigned marks, uint32_t window);

/* Client and server change places. */
void waits_swap(struct waits *waits);

/*
 * Data of `*ret_asker` that its peer, which never sent any, acknowledged and left unanswered
 * until the first FIN or RST, or until `now`, the end of the capture. False when there is none.
 */
bool waits_unanswered(const struct waits *waits, int64_t now, enum endpoint_id *ret_asker,
                      int64_t *ret_time);

#endif
