/*
 * ladder: a connection's diagram as rows of cells; no colours, no glyphs beyond ASCII meaning.
 * The renderer decides how arrows and states look.
 */
#ifndef REPORT_LADDER_H
#define REPORT_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/report.h"

/* A state change shown in a margin. */
struct ladder_state {
    uint8_t state;     /* enum tcp_state; STATE_NONE: nothing changes here */
    uint8_t certainty; /* enum certainty */
    uint64_t proof;    /* frame that proves it, with CERTAINTY_PROVED */
};

enum ladder_kind {
    LADDER_START,   /* the states before the first segment; no arrow */
    LADDER_SEGMENT, /* an arrow */
    LADDER_FOLD,    /* several plain segments */
    LADDER_NOTICE,  /* an ICMP error: an arrow that begins on the way, to the end it is told */
    LADDER_STATE,   /* more state changes of the row above; no arrow */
    LADDER_PAUSE,   /* nothing for `pause` ns */
    LADDER_END,     /* state changes by a timer after the last segment; no arrow */
    LADDER_REUSED,  /* state changes by a new connection on the same ports; no arrow */
};

struct ladder_cell {
    enum ladder_kind kind;
    const struct journal_row *row;  /* LADDER_SEGMENT, LADDER_FOLD and LADDER_NOTICE */
    struct ladder_state margin[2];  /* by enum endpoint_id */
    int checks;                     /* arithmetic checks of this frame: 0 none, 1 all hold,
                                       -1 one fails */
    int crossing;                   /* 0 no; 1 first of two crossing arrows; 2 second */
    char label[96];                 /* "SYN,ACK seq=y ack=x+1" */
    bool again, late;               /* LADDER_SEGMENT: sent again; came late */
    int64_t pause;                  /* LADDER_PAUSE */
};

struct ladder {
    struct ladder_cell *cells;
    size_t count;
};

/*
 * Builds the diagram of a connection with rows. Names in labels: x and y stand for the initial
 * sequence numbers of client and server, u and w for their FINs' numbers. False when out of
 * memory. ladder_done() frees the cells.
 */
bool ladder_build(struct ladder *ret_ladder, const struct connection_report *connection);

/* Words the labels anew for arrows that have more room than the narrowest: so many columns. */
void ladder_fit(struct ladder *ladder, const struct connection_report *connection, int width);

/* Whether the diagram begins with this end CLOSED because its first segment is a SYN: assumed, for
 * no event tells. */
bool ladder_assumes_closed(const struct connection_report *connection, enum endpoint_id id);

void ladder_done(struct ladder *ladder);

#endif
