/*
 * kinds: how a connection opened and closed, in the words of the JSON contract.
 */
#ifndef MODEL_KINDS_H
#define MODEL_KINDS_H

/* First match, in the contract's order. */
enum handshake_kind {
    HANDSHAKE_NOT_CAPTURED, /* neither a SYN nor a SYN-ACK was seen */
    HANDSHAKE_SIMULTANEOUS, /* both sent a SYN before knowing the other's, and both a SYN-ACK */
    HANDSHAKE_SPLIT,        /* the service answered the SYN with its own SYN */
    HANDSHAKE_FAST_OPEN,    /* data on the SYN was acknowledged by the SYN-ACK (RFC 7413) */
    HANDSHAKE_THREE_WAY,    /* an acknowledgement of the SYN-ACK was seen */
    HANDSHAKE_REJECTED,     /* an ICMP error quoted the SYN and nothing else answered */
    HANDSHAKE_REFUSED,      /* a RST answered the SYN */
    HANDSHAKE_ABORTED,      /* RST by either after a SYN-ACK, before anything acknowledged it */
    HANDSHAKE_HALF_OPEN,    /* a SYN-ACK was seen, nothing acknowledged it */
    HANDSHAKE_UNANSWERED,   /* only SYNs */
    HANDSHAKE_N
};

enum close_kind {
    CLOSE_RESET,          /* a believed RST before both FINs were acknowledged */
    CLOSE_SIMULTANEOUS,   /* each FIN sent before the other was known to have arrived */
    CLOSE_THREE_SEGMENT,  /* the first segment that acknowledges the first FIN has the other */
    CLOSE_FOUR_SEGMENT,   /* both FINs acknowledged otherwise */
    CLOSE_FIN_UNANSWERED, /* one FIN, never acknowledged */
    CLOSE_HALF_CLOSED,    /* one FIN acknowledged; the second missing or never acknowledged */
    CLOSE_OPEN,           /* no FIN, no RST */
    CLOSE_N
};

/* Who closed first. */
enum closer { CLOSER_NONE, CLOSER_CLIENT, CLOSER_SERVER, CLOSER_BOTH };

/* Why we think that the client is the client; surest first. */
enum role_evidence {
    ROLE_SYN,
    ROLE_SYN_ACK,
    ROLE_SIMULTANEOUS,
    ROLE_KNOWN_SERVICE,
    ROLE_PAYLOAD,
    ROLE_PORT,
    ROLE_PEERS,
    ROLE_FIRST_SENDER,
    ROLE_N
};

/* A RST's sequence number against what its receiver expects (RFC 5961 §3.2). */
enum reset_verdict { RESET_EXACT, RESET_IN_WINDOW, RESET_OUTSIDE, RESET_VERDICT_N };

/* Where a RST came from, by its shape. */
enum reset_origin {
    RESET_ACTIVE,   /* a living socket: ACK set, SEQ = SND.NXT (abort, linger 0, unread data) */
    RESET_REACTIVE, /* no such socket: no ACK, SEQ = the ACK just received (RFC 9293 §3.5.2) */
    RESET_REFUSED,  /* answers a SYN: RST,ACK with ACK = SYN + 1 */
    RESET_OTHER,
    RESET_ORIGIN_N
};

const char *handshake_kind_name(enum handshake_kind kind);
const char *close_kind_name(enum close_kind kind);
const char *role_evidence_name(enum role_evidence evidence);
const char *closer_name(enum closer closer); /* NULL for CLOSER_NONE */

#endif
