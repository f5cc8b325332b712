/*
 * space: what an end sent, as a row of cells over its sequence space, from its first byte to its
 * last. Bytes and holes are counted segment by segment; a cell holds 2^shift bytes, and two cells
 * become one when the stream outgrows them, so a stream of any length needs the same memory. What
 * is known only at the end (what was acknowledged, why bytes were sent again) is added when the map
 * is made.
 *
 * Plain data, owned by whoever keeps it; all zero at the start of a connection.
 */
#ifndef REPORT_SPACE_H
#define REPORT_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/segment.h"
#include "model/summary.h"
#include "model/tcp_state.h"

#define SPACE_CELLS 168u /* even; kept, so that a map of a third of them is nearly full */
#define SPACE_COLUMNS 112u /* of a map, at most */
#define SPACE_GAPS 64u  /* beyond them the oldest counts as never filled */

/* Offsets count from the first byte. */
struct space_gap {
    int64_t from, to;
};

/* What is remembered of what one end sent. */
struct space_end {
    bool based;          /* origin is valid */
    bool jumped;         /* its newest payload lay far outside and was left out */
    uint8_t shift;
    uint32_t origin;     /* number of the first byte */
    uint32_t window_max; /* largest window that it gave its peer */
    int64_t next;        /* offset behind the last byte that was seen */
    uint64_t bytes[SPACE_CELLS];   /* payload that passed, repeats included */
    uint64_t missing[SPACE_CELLS]; /* bytes that the capture lacks, as far as it is decided */
    uint64_t outside;    /* payload that lies in no cell */
    bool sacked[SPACE_CELLS]; /* a SACK block covers the whole cell (RFC 2018) */
    int64_t sacked_from, sacked_to; /* the block that reaches farthest */
    uint32_t gap_count;
    struct space_gap gaps[SPACE_GAPS]; /* in order: bytes that were passed over so far */
};

struct space {
    struct space_end ends[2]; /* by enum endpoint_id */
};

/* marks: enum segment_mark. window: scaled where the scale is known. */
void space_segment(struct space *space, const struct segment *segment, enum endpoint_id from,
                   unsigned marks, uint32_t window);

/* Client and server change places. */
void space_swap(struct space *space);

/* How a cell stands at the end: the worst of its bytes. */
enum space_state {
    SPACE_ACKED,
    SPACE_SACKED,  /* only SACK blocks tell that they arrived */
    SPACE_PARTLY,  /* the capture lacks some of them, */
    SPACE_MISSING, /* or all */
    SPACE_OPEN,    /* nothing in the capture acknowledges some of them */
    SPACE_STATE_N
};

/* What was sent again of a cell: the worst. */
enum space_again {
    SPACE_ONCE,     /* nothing */
    SPACE_NEEDLESS, /* its first sending had arrived */
    SPACE_AGAIN,
    SPACE_OFTEN,    /* so often that a repeat was lost, too */
    SPACE_AGAIN_N
};

struct space_cell {
    uint64_t bytes;   /* payload that passed, repeats included */
    uint64_t missing;
    uint8_t state;    /* enum space_state */
    uint8_t again;    /* enum space_again */
};

struct space_map {
    unsigned count;       /* cells; 0: this end sent nothing */
    uint64_t width;       /* bytes of a cell; the last one may hold fewer */
    uint64_t length;      /* of the sequence space */
    uint64_t missing;     /* bytes of it that the capture lacks, */
    uint64_t open;        /* and that nothing acknowledges */
    uint64_t outside;     /* payload that lies in no cell */
    uint64_t repeats;     /* segments sent again whose class is known, also those without payload */
    struct space_cell cells[SPACE_COLUMNS];
};

/* The map of what this end sent, of a connection that is settled, in so many cells at most. */
void space_map(const struct space *space, const struct summary *summary, enum endpoint_id id,
               unsigned columns, struct space_map *ret_map);

#endif
