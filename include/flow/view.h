/*
 * view: one input's sight of a segment, as far as it tells segments apart. Plain data.
 *
 * Two views are equal when what no router and no capture changes is equal: the identity and the
 * timestamps. The timestamps stand apart, because a short snapshot length can cut them off.
 */
#ifndef FLOW_VIEW_H
#define FLOW_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow_key.h"
#include "model/segment.h"

#define VIEW_INPUTS_MAX 16

/* What makes segments equal, but for the timestamps. */
struct view_identity {
    uint8_t source[16], destination[16];
    uint16_t source_port, destination_port;
    uint32_t seq, ack, payload_len;
    uint16_t flags, window, ip_id, ip_version;
};

_Static_assert(sizeof(struct view_identity) == 56, "compared and hashed as bytes: no padding");

enum view_stamp_known {
    STAMP_NONE,    /* the segment has no timestamps */
    STAMP_READ,
    STAMP_CUT_OFF, /* the capture ends before the options do: could be any */
};

struct view_stamp {
    uint32_t tsval, tsecr;
    enum view_stamp_known known;
};

struct view_identity view_identity(const struct segment *segment);
struct view_stamp view_stamp(const struct segment *segment);

bool view_identity_equal(const struct view_identity *a, const struct view_identity *b);
uint32_t view_identity_hash(const struct view_identity *identity,
                            const struct flow_secret *secret);

/* The same direction of the same connection, the same ACK number: pieces of one frame have it. */
bool view_same_stream(const struct view_identity *a, const struct view_identity *b);

bool view_stamp_equal(struct view_stamp a, struct view_stamp b);

/* Equal as far as known. */
bool view_stamp_may_equal(struct view_stamp a, struct view_stamp b);

/* Sequence numbers of the data and a FIN behind it; 0 without data, and for SYN and RST: no
 * card cuts them up. */
uint32_t view_range_length(const struct view_identity *identity);

/* Near enough in time to be views of one segment. */
bool view_time_near(int64_t a, int64_t b);

/* now - since, kept within 64 bits: times come from the file and may be anything. */
int64_t view_time_since(int64_t since, int64_t now);

#endif
