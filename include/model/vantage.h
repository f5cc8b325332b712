/*
 * vantage: where a capture was taken, seen from one connection, and what tells that.
 */
#ifndef MODEL_VANTAGE_H
#define MODEL_VANTAGE_H

#include <stdint.h>

/* In the words of the JSON contract, from the client on. */
enum vantage {
    VANTAGE_UNKNOWN,
    VANTAGE_CLIENT,      /* on the client itself */
    VANTAGE_NEAR_CLIENT, /* the client answers at once, the server does not */
    VANTAGE_MIDDLE,
    VANTAGE_NEAR_SERVER,
    VANTAGE_SERVER,
    VANTAGE_N
};

enum vantage_evidence {
    VANTAGE_BY_NOTHING,
    VANTAGE_BY_PACKET_TYPE, /* cooked capture: one end's packets are sent by the recorder */
    VANTAGE_BY_CHECKSUM,    /* one end's checksums are left to its card */
    VANTAGE_BY_OFFLOAD,     /* one direction has segments larger than the MSS */
    VANTAGE_BY_FORWARDING,  /* cooked capture: the same packets come in and go out */
    VANTAGE_BY_DELAY,       /* how soon each end answered in the handshake */
    VANTAGE_BY_OPTION,      /* the user says so */
    VANTAGE_EVIDENCE_N
};

struct vantage_verdict {
    uint8_t vantage;   /* enum vantage */
    uint8_t evidence;  /* enum vantage_evidence */
    uint8_t certainty; /* enum certainty; only with a known vantage */
};

/* What the segments of one end showed about the place, each bit at least once. */
enum sight {
    SIGHT_SENT = 1 << 0,          /* cooked capture: sent by the recorder */
    SIGHT_RECEIVED = 1 << 1,      /* cooked capture: received by the recorder */
    SIGHT_CHECKSUM_GOOD = 1 << 2, /* a right TCP checksum */
    SIGHT_OVERSIZE = 1 << 3,      /* more payload than the peer's MSS allows in a segment */
    SIGHT_TTL_FIRST = 1 << 4,     /* a TTL or hop limit that hosts begin with: 64, 128, 255 */
    SIGHT_TTL_LATER = 1 << 5,     /* another one: a router passed it on */
};

#define SIGHT_BITS 6

const char *vantage_name(enum vantage vantage); /* "near-client" */
const char *vantage_evidence_name(enum vantage_evidence evidence); /* NULL for nothing */

#endif
