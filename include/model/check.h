/*
 * check: the arithmetic checks of the handshake and the close, one row each. A check says that
 * a number on the wire equals a number that is known from before plus something small:
 * "ack = x + 1". Names: x, y are the initial sequence numbers of client and server, u, w the
 * sequence numbers of their FINs.
 */
#ifndef MODEL_CHECK_H
#define MODEL_CHECK_H

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
    CHECK_N
};

enum check_result { CHECK_HOLDS, CHECK_FAILS, CHECK_SKIPPED };

/* Why a check could not be made. */
enum check_reason {
    REASON_NONE,
    REASON_SYN_NOT_CAPTURED,  /* the initial sequence number is not known from a SYN */
    REASON_GAP,               /* what should come between is not in the capture */
    REASON_NOT_ACKNOWLEDGED,  /* the acknowledgement is not in the capture */
    REASON_N
};

/* Which number of the segment the check looks at. */
enum check_subject { SUBJECT_SEQ, SUBJECT_ACK, SUBJECT_SEQ_AND_ACK };

/* What it is compared with. "Own" is of the segment's sender, "peer" of the other end. */
enum check_base {
    BASE_ZERO,
    BASE_OWN_ISN,
    BASE_PEER_ISN,
    BASE_OWN_FIN,
    BASE_PEER_FIN,
    BASE_PREVIOUS_SEQ, /* the SEQ of the sender's segment before */
};

struct check {
    const char *name;      /* stable, as in JSON */
    enum check_subject subject;
    enum check_base base;  /* with SUBJECT_SEQ_AND_ACK: of SEQ; ACK uses the peer's twin */
    const char *meaning;   /* a few words for people: "the SYN counts one" */
    const char *reference; /* RFC and section */
};

extern const struct check checks[CHECK_N];

const char *check_result_name(enum check_result result); /* "holds", ... */
const char *check_reason_name(enum check_reason reason); /* "syn-not-captured", ...; NULL for none */

#endif
