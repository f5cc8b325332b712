/*
 * copy: is this segment an earlier one again, made by the capture or on the way?
 *
 * A mirror port that shows what comes in and what goes out puts each frame into the capture twice.
 * The copy equals its original in all that is decoded, the IP ID and both timestamps too; only the
 * TTL may be one less or more (before and behind a router), and the VLAN tags may differ. A host
 * that sends the same numbers again gives the packet another IP ID, so with one (IPv4, not 0) a
 * copy is known as such. Without one, or with the same for all, a segment may well be sent again
 * unchanged: an ACK is, for each segment that comes out of order. Then it counts as a copy
 *
 * - when its sender has sent something with a newer timestamp in between, or when its TTL or tags
 *   differ and it comes at once: no host sends such again;
 * - or when a good part of what the capture holds comes twice, and when its receiver sent nothing
 *   in between that it may answer.
 *
 * What this leaves reaches its connection. There tcp/sequence takes a segment right behind its
 * equal for a copy that the network made: by the connection's numbers alone, also where this knows
 * too little of the capture. Such a one is a segment of its connection (MARK_COPY), which may bring
 * what its original did not; a copy found here is nothing but a frame.
 *
 * Owned by its caller, fixed at creation (about 50 kB): the last COPY_RING segments are
 * remembered, whatever their connection.
 */
#ifndef FLOW_COPY_H
#define FLOW_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "model/segment.h"

#define COPY_RING 256

struct copies;

/* A copy, and what shows that it was made by what captures: a network delivers it later. */
struct copy_found {
    uint64_t original; /* number of the frame that it repeats */
    bool same_time;    /* both have the very same time */
    bool passed_on;    /* before and behind a router, or on another VLAN */
};

/* NULL: out of memory. */
struct copies *copies_new(void);
void copies_free(struct copies *copies);

/* True: a copy, not to be counted, told in *ret_found. False: a segment of its own, remembered. */
bool copies_segment(struct copies *copies, const struct segment *segment,
                    struct copy_found *ret_found);

#endif
