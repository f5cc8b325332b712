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
    WAIT_FIN,      /* who sent its FIN after the peer's, or after its own data behind that */
    WAIT_KIND_N
};

struct wait {
    uint32_t count;      /* silences of this kind that were told apart */
    int64_t longest;     /* ns; the frames are those of the longest */
    uint64_t data_frame; /* the last data, FIN, or closed window before it; WAIT_REPEAT: the last
                            segment that brought anything new */
    uint64_t ack_frame;  /* WAIT_ANSWER, WAIT_FIN: the acknowledgement of that; 0: none apart */
    int64_t ack_after;   /* and how long after the data it passed, ns */
    uint64_t go_frame;   /* WAIT_ANSWER: from which frame on it counts, when that came after the
                            acknowledgement; 0: from that on */
    bool go_by_fin;      /* that frame is the asker's FIN; else it opened who's window */
    uint64_t end_frame;  /* what ended it; WAIT_WINDOW: or the last to say that it is closed */
    uint64_t lost_frame; /* WAIT_REPEAT: what was sent again, where of several inputs only the one
                            nearer its sender shows the first sending; 0: none */
};

/* What is remembered of one end. */
struct wait_end {
    bool spoke;            /* it has sent data */
    bool acked;            /* and its newest is acknowledged */
    bool window_closed;    /* it tells a receive window of zero */
    bool ack_known;
    uint32_t next;         /* the number after its newest data */
    uint32_t ack;          /* the number that it acknowledged last */
    uint64_t data_frame, ack_frame;
    int64_t data_time, ack_time;
    int64_t go_time;       /* since when nothing has kept it from sending, or the peer from
                              answering: its data was acknowledged, its FIN followed, or the
                              peer's window opened */
    uint64_t go_frame;     /* the frame of the FIN or of the window; 0: the acknowledgement */
    bool go_by_fin;
    bool probed;           /* it asked whether the peer's window has opened */
    uint64_t window_frame; /* with window_closed: since when */
    int64_t window_time;
    uint32_t closings;     /* how often its window closed while the peer had something to send */
    int64_t closed_before; /* how long all of them lasted together, but for the newest */
    int64_t closed_newest;
    uint64_t closed_first, closed_last; /* frames: the first closing, the last end of one */
    bool fin_sent;
    bool fin_acked;        /* by a segment that was no FIN itself */
    uint32_t fin_next;     /* the number after its FIN */
    uint64_t fin_frame, fin_ack_frame;
    int64_t fin_time, fin_ack_time;
    uint32_t repeats;      /* segments with data, SYN or FIN of which all was seen before */
    uint32_t unseen;       /* of the repeats, those whose first sending is not in the capture */
    uint32_t late;         /* other segments that filled a gap */
    uint64_t bytes;        /* of data in segments that were not repeats as a whole */
    uint64_t newest_frame; /* of several inputs: its newest segment with data or a FIN, */
    uint32_t newest_next;  /* the number behind it, */
    bool newest_viewed;    /* and whether another input shows it, too */
    uint64_t viewed_frame; /* its newest segment that another input shows, too */
    uint32_t fragments;    /* first fragments of IP packets: the rest is not counted */
    struct wait waits[WAIT_KIND_N]; /* silences of this end */
};

/* Data that was acknowledged and not answered. */
struct wait_question {
    uint8_t asker;        /* enum endpoint_id */
    int64_t time;         /* ns since the acknowledgement; 0: none */
    uint64_t data_frame, ack_frame;
    uint64_t close_frame; /* the FIN or RST that ended the time for an answer; 0: none did */
    uint8_t closer;       /* enum endpoint_id: who sent it */
    bool by_reset;
};

struct waits {
    struct wait_end ends[2]; /* by enum endpoint_id */
    uint8_t last_talker;     /* enum endpoint_id of the newest data; with ends[].spoke */
    bool closed;             /* a FIN or a RST has passed */
    bool reset;              /* a RST has */
    struct wait_question unanswered; /* with closed: what was open then */
    bool answer_unclear;     /* an answer came so late, and unacknowledged, that frames are missing */
    bool clock_wrong;        /* times went back by more than frames are mixed up: no wait holds */
    int64_t last_time;       /* of the last segment that was more than a probe or a duplicate ACK */
    int64_t new_time;        /* of the last that brought anything new: */
    uint64_t new_frame;
};

/* Shorter silences are not told apart: Linux waits at least so long before it sends again. */
#define WAIT_LEAST INT64_C(200000000)

/* marks: enum segment_mark. window: scaled where the scale is known. */
void waits_segment(struct waits *waits, const struct segment *segment, enum endpoint_id from,
                   unsigned marks, uint32_t window);

/* Client and server change places. */
void waits_swap(struct waits *waits);

/*
 * Data that was acknowledged and left unanswered until the first FIN or RST, or until `now`, the
 * end of the capture. False when there is none. The peer may have nothing to answer.
 */
bool waits_unanswered(const struct waits *waits, int64_t now, struct wait_question *ret);

/*
 * An end whose FIN is not in the capture, though the peer's was acknowledged: how long it has been
 * silent until `now`. False when there is none.
 */
bool waits_unclosed(const struct waits *waits, int64_t now, enum endpoint_id *ret_who,
                    struct wait *ret);

/* Another input shows a segment of this end again; the first time it was number `frame`. */
void waits_view(struct waits *waits, const struct segment *view, enum endpoint_id from,
                uint64_t frame);

/* How long this end's window was closed in all, while the peer had something to send. */
int64_t waits_closed_time(const struct wait_end *end);

#endif
