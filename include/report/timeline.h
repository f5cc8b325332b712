/*
 * timeline: a connection from its first segment to its last, as a row of cells for each end: how
 * much payload passed, and what happened. A cell lasts 2^shift ns, and two cells become one when
 * the connection outlasts them, so a connection of any length needs the same memory.
 *
 * Plain data, owned by whoever keeps it; all zero at the start of a connection.
 */
#ifndef REPORT_TIMELINE_H
#define REPORT_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/segment.h"
#include "model/summary.h"
#include "model/tcp_state.h"

#define TIMELINE_CELLS 168u /* even; kept, so that a map of a third of them is nearly full */
#define TIMELINE_COLUMNS 112u /* of a map, at most */

/* What an end did in a cell, or what was true of it. */
enum timeline_flag {
    TIMELINE_SYN = 1 << 0,
    TIMELINE_FIN = 1 << 1,
    TIMELINE_RST = 1 << 2,
    TIMELINE_KEEP_ALIVE = 1 << 3,
    TIMELINE_PROBE = 1 << 4,    /* asked whether its peer's window has opened */
    TIMELINE_CLOSED = 1 << 5,   /* its receive window was closed */
    TIMELINE_WAITS = 1 << 6,    /* nothing passed, and what it had sent was not acknowledged */
    TIMELINE_AGAIN = 1 << 7,    /* sent again; only in a map */
    TIMELINE_NEEDLESS = 1 << 8, /* likewise, although the first sending had arrived */
};

struct timeline_cell {
    uint64_t bytes;    /* payload, repeats included */
    uint32_t segments; /* saturating */
    uint32_t flags;    /* enum timeline_flag */
};

struct timeline_end {
    bool spoke, heard;   /* next, acked are valid */
    bool window_closed;
    bool opened;         /* it sent more than SYNs */
    uint32_t next;       /* behind the highest number that it sent */
    uint32_t acked;      /* what its peer acknowledged */
    struct timeline_cell cells[TIMELINE_CELLS];
};

struct timeline {
    bool started;
    bool reset;          /* a RST has passed: nobody waits any more */
    uint8_t shift;
    int64_t first;       /* ns since the epoch, of the first segment */
    int64_t last;        /* ns since then, of the newest one */
    struct timeline_end ends[2]; /* by enum endpoint_id */
};

/* marks: enum segment_mark. window: scaled where the scale is known. */
void timeline_segment(struct timeline *timeline, const struct segment *segment,
                      enum endpoint_id from, unsigned marks, uint32_t window);

/* Client and server change places. */
void timeline_swap(struct timeline *timeline);

struct timeline_map {
    unsigned count;   /* cells; 0: nothing passed */
    int64_t width;    /* ns that a cell lasts */
    int64_t last;     /* ns from the first segment to the last */
    uint64_t most[2]; /* by enum endpoint_id: the most payload in a cell */
    struct timeline_cell cells[2][TIMELINE_COLUMNS];
};

/* The map of a connection that is settled, in so many cells at most, with what was sent again by
 * its final classes. */
void timeline_map(const struct timeline *timeline, const struct summary *summary, unsigned columns,
                  struct timeline_map *ret_map);

#endif
