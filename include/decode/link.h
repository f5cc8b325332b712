/*
 * link: link-layer headers to the network protocol behind them. One table maps libpcap's DLT_
 * values to decoders: the next link type is a row and a function.
 */
#ifndef DECODE_LINK_H
#define DECODE_LINK_H

#include <stdbool.h>

#include "base/cursor.h"
#include "model/segment.h"

/* What a link decoder finds out. */
struct link_payload {
    uint16_t ethertype; /* 0x0800 or 0x86dd for IP; 0 with raw_ip: the version nibble decides */
    bool raw_ip;
    bool malformed;     /* the link header is cut off or nonsense */
};

/*
 * Reads the link header from bytes, leaving the cursor at the network header; records VLAN tags
 * and FACT_SENT_BY_RECORDER in the segment. False when link_type has no decoder.
 */
bool link_decode(int link_type, struct cursor *bytes, struct segment *segment,
                 struct link_payload *ret_payload);

#endif
