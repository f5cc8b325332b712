/*
 * neighbour_record: what tcp/neighbour keeps of a connection, in the first block of its log.
 */
#ifndef TCP_NEIGHBOUR_RECORD_H
#define TCP_NEIGHBOUR_RECORD_H

#include <stdint.h>

#include "tcp/zeek.h"

struct neighbour {
    uint64_t letters[2];      /* 5 bits a letter, 12 in each */
    uint32_t reset_seq[2];    /* by enum endpoint_id from here on: of its newest RST */
    uint32_t hole[2];         /* with zeek_end.hole */
    uint16_t repeats[2];      /* segments whose payload was seen before */
    uint16_t zero_windows[2];
    struct zeek_end zeek[2];
    uint8_t gaps[2];
    uint8_t completeness;     /* enum completeness */
    uint8_t count;            /* letters so far */
};

_Static_assert(sizeof(struct neighbour) == 48, "the room of three entries in a log");

#endif
