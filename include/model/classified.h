/*
 * classified: a segment of a connection with its class, for whoever lists segments. Numbers are as
 * on the wire. Plain data.
 */
#ifndef MODEL_CLASSIFIED_H
#define MODEL_CLASSIFIED_H

#include <stdint.h>

#include "model/reason.h"
#include "model/segment.h"
#include "model/segment_class.h"

struct classified {
    uint64_t frame : 48;
    uint64_t from : 2;         /* enum endpoint_id */
    uint64_t certainty : 2;    /* enum certainty: of the class */
    uint64_t has_ack : 1;
    uint64_t flags : 9;        /* enum tcp_flag */
    uint64_t original : 48;    /* frame of the first sending; 0: none, or not known */
    uint64_t class : 8;        /* enum segment_class */
    uint64_t revised_from : 8; /* enum segment_class; CLASS_NONE: it was not revised */
    uint64_t rules;            /* set of enum segment_rule */
    int64_t time;              /* ns since the epoch */
    uint32_t tags;             /* set of enum segment_tag */
    uint32_t seq, ack;
    uint32_t length;           /* of the payload */
    uint32_t window;           /* scaled where the scale is known */
    uint32_t previous;         /* of whoever keeps it: the sending of these bytes before this one */
    const struct reason *reason; /* NULL: none is kept */
};

/* The sequence numbers that it takes (RFC 9293 §3.4: SEG.LEN). */
static inline uint32_t classified_space(const struct classified *row)
{
    return row->length + ((row->flags & TCP_SYN) ? 1u : 0u) + ((row->flags & TCP_FIN) ? 1u : 0u);
}

/* Later evidence shows another class. The first one that it had is remembered. */
static inline void classified_revise(struct classified *row, enum segment_class class)
{
    if (row->class == class)
        return;
    if (row->revised_from == CLASS_NONE)
        row->revised_from = row->class;
    row->class = (unsigned)class & 0xff;
    if (row->revised_from == row->class)
        row->revised_from = CLASS_NONE;
}

#define CLASSIFIED_CHUNK 15

/* A connection's segments, in the order of the capture. */
struct classified_chunk {
    const struct classified_chunk *next; /* NULL: this is the last one */
    uint32_t count;
    uint32_t handle;                     /* of whoever keeps it */
    uint32_t next_handle;
    uint32_t last_handle;                /* in the first chunk */
    struct classified rows[CLASSIFIED_CHUNK];
};

_Static_assert(sizeof(struct classified) == 64, "a million segments cost 64 MB");

#endif
