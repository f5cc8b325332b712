/*
 * reason: what spoke for the class of a segment, in numbers and frames, as far as it was known when
 * the class was decided: for whoever puts it into words. Kept of what was sent again or came late.
 * Frame 0 is none, or not known. Plain data.
 */
#ifndef MODEL_REASON_H
#define MODEL_REASON_H

#include <stdint.h>

struct reason {
    /* What called for a repeat. */
    int64_t quiet;           /* ns: since the retransmission timer began anew */
    int64_t timeout;         /* ns: the timer as estimated, doubled `backoff` times */
    int64_t srtt, rttvar;    /* ns: what it was estimated from; srtt 0: no round trip was measured */
    uint64_t duplicate_first, duplicate_last; /* frames of the duplicate ACKs in a row */
    uint64_t sack_frame;     /* newest one with a SACK block that told something new */
    uint64_t newer_frame;    /* sent after these bytes, and it has arrived: */
    uint64_t newer_told;     /* frame that tells that */
    uint64_t timeout_frame;  /* the repeat by the timer that this one follows */
    int64_t arrived;         /* ns since the epoch: when what tells that the bytes had arrived
                                passed; 0: not known */
    uint32_t sacked_bytes;   /* beyond these bytes, in SACK blocks */
    uint8_t duplicates;      /* duplicate ACKs in a row, saturating */
    uint8_t backoff;
    /* What shows that it was not needed. */
    uint8_t needless_rule;   /* enum segment_rule */
    uint8_t needless_sure;   /* enum certainty */
    uint64_t needless_frame;
    int64_t shortest;        /* ns: shortest way to the receiver and back that was seen */
    uint32_t echoed;         /* timestamp that this frame echoes, */
    uint32_t tsval;          /* and the segment's own */
    /* Against the segment that it came behind. */
    int64_t behind;          /* ns since the epoch: when that one passed; 0: none */
    uint32_t behind_tsval;
    uint16_t ip_id, behind_ip_id;
    uint32_t handle;         /* of whoever keeps it */
};

#endif
