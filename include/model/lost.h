/*
 * lost: what became of the segments that an end had to send again, counted on either side of the
 * capture point. What the other end received is never seen, only inferred; who tells of these
 * counts says how sure they are (diagnose/lost_place). Plain data.
 *
 * Segments are counted as captured: one that a network card cuts up later, or put together before,
 * counts once. Bytes are the numbers that were used, a SYN and a FIN one each; so a share of bytes
 * is the same with such cards and without.
 */
#ifndef MODEL_LOST_H
#define MODEL_LOST_H

#include <stdbool.h>
#include <stdint.h>

enum lost_kind {
    LOST_AFTER,    /* passed the capture point and had to be sent again */
    LOST_BETWEEN,  /* likewise; one input shows it, and another one, which shows the repeat, does not */
    LOST_BEFORE,   /* only the repeat passed the capture point */
    LOST_NEVER,    /* sent again, though the first sending had arrived */
    LOST_UNKNOWN,  /* may have been lost: no frame tells whether, or where */
    LOST_OVERTAKEN, /* came late: overtaken before the capture point */
    LOST_KINDS
};

struct lost_part {
    uint64_t bytes;
    uint32_t segments;
};

/* Of what one end sent. */
struct lost {
    struct lost_part part[LOST_KINDS]; /* by enum lost_kind */
    uint64_t missed_bytes; /* acknowledged, and not in the capture, which was open: it lacks them */
    uint64_t missed_frame; /* the first acknowledgement that tells; 0: none */
    int64_t missed_time;   /* ns since the epoch: of that frame */
    bool views_missing;    /* of several inputs one lacks segments that arrived */
};

/* So many segments, and these bytes, are of another kind; the last one takes all bytes with it. */
void lost_move(struct lost *lost, enum lost_kind from, enum lost_kind to, uint32_t segments,
               int64_t bytes);

/* Whether there is anything to tell. */
bool lost_any(const struct lost *lost);

const char *lost_kind_name(enum lost_kind kind); /* "after", "before", "needless", ... */

#endif
