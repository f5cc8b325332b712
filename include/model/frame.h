/*
 * frame: one record of a capture, as the capture layer hands it over.
 *
 * `data` is borrowed: it is valid until the next frame is read. Only decode/ looks at it, and
 * only through a cursor.
 */
#ifndef MODEL_FRAME_H
#define MODEL_FRAME_H

#include <stdint.h>

struct frame {
    uint64_t number;     /* 1-based, in reading order over all inputs */
    int64_t time;        /* ns since the epoch */
    uint32_t caplen;     /* bytes at data */
    uint32_t len;        /* bytes there were on the wire */
    int link_type;       /* libpcap's DLT_ value */
    unsigned input;      /* 0-based: which of the inputs it came from */
    const uint8_t *data; /* borrowed */
};

#endif
