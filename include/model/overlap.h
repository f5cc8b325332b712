/*
 * overlap: payload that comes again under the same sequence numbers and is other payload. Which of
 * the two a system keeps while they wait behind a hole is not for a standard to say, and systems
 * differ: that is how an attacker shows a monitor another stream than the host gets (Ptacek and
 * Newsham, 1998). What was delivered in order stays, on every system.
 *
 * The table has a row for each way in which a new segment can lie over the one that waits, and a
 * column for each system. It follows the reference specification, section 4.11.
 */
#ifndef MODEL_OVERLAP_H
#define MODEL_OVERLAP_H

#include <stdbool.h>
#include <stdint.h>

/* The new segment against the old one. */
enum overlap {
    OVERLAP_HEAD,          /* begins with it, ends before it does */
    OVERLAP_WHOLE,         /* the same bytes */
    OVERLAP_HEAD_AND_MORE, /* begins with it, ends behind it */
    OVERLAP_FRONT,         /* begins before it, ends inside of it */
    OVERLAP_AROUND,        /* begins before it, ends with it or behind it */
    OVERLAP_INSIDE,        /* begins inside of it, ends with it or before */
    OVERLAP_BACK,          /* begins inside of it, ends behind it */
    OVERLAP_N
};


/* In EVENT_OVERLAP's detail beside enum overlap: the old bytes are zeros, and so few that a device
 * may have counted the padding of a short frame as payload (IEEE 802.3: 46 bytes at least). */
#define OVERLAP_PADDING 8u
#define OVERLAP_KIND(detail) ((enum overlap)((detail) & 7u))
#define OVERLAP_PADDING_MAX 6u /* bytes behind headers of 40 */

_Static_assert(OVERLAP_N <= OVERLAP_PADDING, "bits of their own");

/* How a system puts streams together. */
enum reassembly {
    REASSEMBLY_FIRST, /* what came first stays, whatever comes */
    REASSEMBLY_LAST,  /* what came last counts */
    REASSEMBLY_BSD,
    REASSEMBLY_HPUX_10,
    REASSEMBLY_HPUX_11,
    REASSEMBLY_IRIX,
    REASSEMBLY_LINUX_OLD, /* 2.2 and before */
    REASSEMBLY_LINUX,
    REASSEMBLY_MACOS,
    REASSEMBLY_SOLARIS,
    REASSEMBLY_WINDOWS,
    REASSEMBLY_N
};

/* New bytes from..end over old ones, which have at least one number in common. */
enum overlap overlap_kind(int64_t from, int64_t end, int64_t old_from, int64_t old_end);

/* Whether a system keeps the new bytes. */
bool overlap_keeps_new(enum overlap overlap, enum reassembly reassembly);

/* "Linux", "HP-UX 11"; of REASSEMBLY_FIRST and _LAST "first", "last". Never NULL. */
const char *reassembly_name(enum reassembly reassembly);

#endif
