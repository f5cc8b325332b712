/*
 * notice: an ICMP error that quotes a TCP segment: somebody says that the segment could not be
 * delivered, and why. Written by decode/. Plain data: numbers in host order, addresses in network
 * order (IPv4 in the first four bytes, the rest zero).
 *
 * Whoever sees a segment, or guesses its numbers, can send such a message (RFC 5927): it is
 * evidence, and no proof.
 */
#ifndef MODEL_NOTICE_H
#define MODEL_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/segment.h"

/* What decoding found out besides the fields; neither when the message is not whole. */
enum notice_fact {
    NOTICE_CHECKSUM_GOOD = 1 << 0,
    NOTICE_CHECKSUM_BAD = 1 << 1,
};

struct notice {
    uint64_t frame;
    int64_t time;               /* ns since the epoch */
    uint8_t reporter[16];       /* who sent the message */
    uint8_t receiver[16];       /* whom it is addressed to */
    uint8_t source[16];         /* of the quoted segment, as the ports and seq: */
    uint8_t destination[16];
    uint16_t source_port;
    uint16_t destination_port;
    uint32_t seq;
    uint32_t mtu;               /* of a packet that was too big: what would fit; else 0 */
    uint8_t ip_version;         /* 4 or 6: of the message and of the quote */
    uint8_t type, code;         /* of ICMP (RFC 792) or ICMPv6 (RFC 4443) */
    uint8_t facts;              /* enum notice_fact */
};

_Static_assert(sizeof(struct notice) <= 112, "it is small, and lies on the stack");

/* Where it came from, seen from the connection. */
enum notice_reporter {
    REPORTER_ON_WAY,  /* another address: a router or a firewall */
    REPORTER_PEER,    /* the address that the segment was sent to */
    REPORTER_SENDER,  /* the address that the segment came from: its own host */
};

enum notice_reporter notice_reporter(const struct notice *notice);

/* The quoted segment, as far as it is known: addresses, ports and seq. */
struct segment notice_quoted(const struct notice *notice);

/* One kind of error, by type and code: a row of the table in notice.c. */
struct notice_kind {
    uint8_t ip_version;
    uint8_t type;
    int16_t code;       /* -1: all that have no row of their own */
    bool rejects;       /* the segment did not get there and never will on this way: a SYN that
                           meets it is rejected */
    const char *words;  /* "port unreachable" */
    const char *brief;  /* the same in at most 20 columns */
};

/* Never NULL: a code that we do not know has the words of its type. */
const struct notice_kind *notice_kind(uint8_t ip_version, uint8_t type, uint8_t code);

/* Whether messages of this type quote what they are about, so that they are decoded. */
bool notice_is_error(uint8_t ip_version, uint8_t type);

#endif
