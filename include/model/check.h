/*
 * check: what must hold of the numbers, options and flags of a segment, one row each.
 *
 * The first thirteen are the arithmetic of the handshake and the close and are noted whenever they
 * are made: a number on the wire equals a number that is known from before plus something small,
 * "ack = x + 1". Names: x, y are the initial sequence numbers of client and server, u, w the
 * sequence numbers of their FINs.
 *
 * The others are made of every segment that they are about. Each has one or a few sayings, each a
 * comparison in words. A failure is noted; what holds or is skipped is noted once per endpoint,
 * where all checks are wanted.
 */
#ifndef MODEL_CHECK_H
#define MODEL_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "model/topic.h"

enum check_id {
    CHECK_SYN_SEQ_IS_ISN,
    CHECK_SYN_ACK_FIELD_ZERO,
    CHECK_SYNACK_ACKS_ISN_PLUS_1,
    CHECK_HANDSHAKE_THIRD_SEQ,
    CHECK_HANDSHAKE_ACK_NUMBER,
    CHECK_SYN_CONSUMES_ONE,
    CHECK_SIMULTANEOUS_ACKS,
    CHECK_PURE_ACK_CONSUMES_NONE,
    CHECK_FIN_CONSUMES_ONE,
    CHECK_ACK_OF_FIN,
    CHECK_FIN_SEQ_STABLE,
    CHECK_LAST_ACK_NUMBERS,
    CHECK_SIMULTANEOUS_CLOSE_ACKS,
    CHECK_ARITHMETIC_N, /* so far the arithmetic of the handshake and the close */
    CHECK_ACK_FLAG_SET = CHECK_ARITHMETIC_N,
    CHECK_FLAGS_LEGAL,
    CHECK_RESERVED_BITS,
    CHECK_HEADER_LENGTH,
    CHECK_CHECKSUM_TCP,
    CHECK_CHECKSUM_IP,
    CHECK_IP_FRAGMENTED,
    CHECK_URGENT_POINTER,
    CHECK_URGENT_WITHOUT_FLAG,
    CHECK_URGENT_REGRESS,
    CHECK_DATA_CONTINUITY,
    CHECK_ACK_EQUALS_RECEIVED,
    CHECK_ACK_MONOTONIC,
    CHECK_ACK_BEYOND_SENT,
    CHECK_ACK_TOO_OLD,
    CHECK_SEQ_IN_WINDOW,
    CHECK_BEYOND_WINDOW,
    CHECK_WINDOW_SHRUNK,
    CHECK_KEEPALIVE_FORMAT,
    CHECK_ZWP_FORMAT,
    CHECK_LENGTH_MSS,
    CHECK_LENGTH_MIN_MSS,
    CHECK_TSO_CONSISTENT,
    CHECK_WSCALE_ONLY_IN_SYN,
    CHECK_WSCALE_BOUNDS,
    CHECK_WSCALE_SYMMETRY,
    CHECK_SACK_WITHOUT_PERMISSION,
    CHECK_SACK_BLOCK_VALID,
    CHECK_SACK_BLOCKS_DISJOINT,
    CHECK_SACK_FIRST_IS_NEWEST,
    CHECK_DSACK,
    CHECK_SACK_RENEGE,
    CHECK_TS_NEGOTIATED,
    CHECK_TS_MONOTONIC,
    CHECK_TS_ECHO_VALID,
    CHECK_TS_ECHO_SYN_ZERO,
    CHECK_PAWS_REJECT,
    CHECK_RST_SEQ_ZERO_ACK,
    CHECK_RST_SEQ_FROM_ACK,
    CHECK_RST_SEQ_EXACT,
    CHECK_ECN_NEGOTIATION,
    CHECK_ECN_SYN_NOT_ECT,
    CHECK_TFO_COOKIE_LENGTH,
    CHECK_N
};

enum check_result { CHECK_HOLDS, CHECK_FAILS, CHECK_SKIPPED };

/* Why a check could not be made. */
enum check_reason {
    REASON_NONE,
    REASON_SYN_NOT_CAPTURED,  /* the initial sequence number is not known from a SYN */
    REASON_GAP,               /* what should come between is not in the capture */
    REASON_NOT_ACKNOWLEDGED,  /* the acknowledgement is not in the capture */
    REASON_SCALE_UNKNOWN,     /* the SYNs were not captured: windows may be scaled */
    REASON_OPTIONS_UNKNOWN,   /* the options of a SYN are not in the capture */
    REASON_PEER_UNSEEN,       /* no segment of the other end is in the capture */
    REASON_MPTCP,             /* the window is shared with other paths of the connection */
    REASON_CUT,               /* the capture holds only the beginning of the frame */
    REASON_OFFLOAD,           /* the network card does it after the capture */
    REASON_ACCECN,            /* the ECN bits are a counter here (RFC 9768) */
    REASON_CAUSE_UNKNOWN,     /* which segment this one answers cannot be told */
    REASON_ORDER_UNKNOWN,     /* it may have been sent before the one that it is compared with */
    REASON_UNVERIFIED,        /* a wrong checksum that may be the capture's, or real damage */
    REASON_FRAGMENT,          /* the rest of the packet is in other fragments */
    REASON_ROUTED,            /* the address that the checksum is over is not in the packet */
    REASON_SEGMENT_OFFLOAD,   /* a network card cuts it up, or put it together */
    REASON_MSS_UNKNOWN,       /* how much the sender puts in a full segment was not seen */
    REASON_REORDERED,         /* it may have been overtaken on the way */
    REASON_ENDS_UNKNOWN,      /* where earlier segments ended is not kept */
    REASON_CLOCKS,            /* the other end's timestamps are of several clocks */
    REASON_N
};

/* Which number of the segment the check looks at. */
enum check_subject { SUBJECT_SEQ, SUBJECT_ACK, SUBJECT_SEQ_AND_ACK, SUBJECT_SAID }; /* in order */

/* What it is compared with. "Own" is of the segment's sender, "peer" of the other end. */
enum check_base {
    BASE_ZERO,
    BASE_OWN_ISN,
    BASE_PEER_ISN,
    BASE_OWN_FIN,
    BASE_PEER_FIN,
    BASE_PREVIOUS_SEQ, /* the SEQ of the sender's segment before */
};

/* How the two sides of a saying are compared. */
enum check_sign {
    SIGN_NONE,     /* nothing is compared: what was seen says it */
    SIGN_EQUAL,
    SIGN_AT_MOST,  /* of sequence numbers: modulo 2^32 */
    SIGN_AT_LEAST,
    SIGN_ONE_OF,   /* equal to one of several; the nearest is noted */
};

/* What kind of number its sides are. */
enum check_number {
    NUMBER_OWN,   /* a sequence number of the segment's sender */
    NUMBER_PEER,  /* a sequence number of the other end */
    NUMBER_PLAIN, /* bytes, a timestamp, an option's value */
    NUMBER_FLAGS, /* TCP flags */
    NUMBER_SUM,   /* a checksum, in which all other numbers are */
};

/* "end <= right edge of the window" */
struct check_saying {
    const char *left;  /* what was seen */
    enum check_sign sign;
    const char *right; /* what it is compared with; NULL with SIGN_NONE */
    enum check_number number;
};

#define CHECK_SAYINGS 4

struct check {
    const char *name;      /* stable, as in JSON */
    enum severity severity; /* of a failure whose premises are observed or proved */
    enum check_subject subject;
    enum check_base base;  /* with SUBJECT_SEQ_AND_ACK: of SEQ; ACK uses the peer's twin */
    const char *meaning;   /* a few words for people: "the SYN counts one" */
    const char *reference; /* RFC and section */
    struct check_saying says[CHECK_SAYINGS]; /* with SUBJECT_SAID; one of them for each result */
};

/* The addend of SUBJECT_SAID: whether it fails, and which saying it is. */
#define CHECK_ADDEND(fails, saying) ((uint16_t)(((saying) << 1) | ((fails) ? 1u : 0u)))

extern const struct check checks[CHECK_N];

/* The saying of a check event's addend; NULL for arithmetic. */
const struct check_saying *check_saying(enum check_id id, uint16_t addend);

/* Result of a check from the two numbers and the addend of its event. */
static inline enum check_result check_result_of(enum check_id id, uint32_t observed,
                                                uint32_t expected, uint16_t addend)
{
    bool fails;
    switch (checks[id].subject) {
    case SUBJECT_SEQ_AND_ACK:
        fails = addend != 0;
        break;
    case SUBJECT_SAID:
        fails = addend & 1;
        break;
    default:
        fails = observed != expected;
        break;
    }
    return fails ? CHECK_FAILS : CHECK_HOLDS;
}

const char *check_result_name(enum check_result result); /* "holds", ... */
const char *check_reason_name(enum check_reason reason); /* "syn-not-captured", ...; NULL for none */

#endif
