/*
 * embryo: SYNs, SYN-ACKs and RSTs of openings that have no record, 32 bytes each, so that a handshake
 * inside a flood can be told as if it had been tracked all the time. They stand in the order in
 * which they came, in a ring of blocks: when it is full the oldest go, whatever their hash. A SYN
 * that was answered late is carried along once, so that its third ACK has as much time as others.
 *
 * Memory is taken block by block as it is needed. An embryo counts times and frames from those of
 * its block; where they do not fit a new block begins.
 */
#ifndef TCP_EMBRYO_H
#define TCP_EMBRYO_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow_key.h"

/* Segments of one opening; later ones are only counted. */
#define EMBRYO_SEGMENTS_MAX 8

/* The embryos of one opening, as embryos_find() found them. */
struct opening {
    uint32_t count;    /* 0: there are none */
    uint32_t syns;     /* SYNs that were seen */
    bool answered;     /* one of them is a SYN-ACK, */
    bool reset;        /* one is a RST; */
    bool answered_before_reset;
    bool refused;      /* the first one came from the server, and no SYN-ACK before it */
    bool client_second; /* the SYN came from the key's second end */
    uint32_t isn;      /* of the SYN, seen or not */
    uint32_t tsval;    /* of the newest SYN */
    int64_t time;      /* of the oldest one, ns */
    uint32_t position[EMBRYO_SEGMENTS_MAX]; /* newest first */
};

struct embryos;

/* bytes: at most so much memory. NULL: out of memory. */
struct embryos *embryos_new(uint64_t bytes, const struct flow_secret *secret);
void embryos_free(struct embryos *embryos);

/* 64 bits that stand for the key. */
uint64_t embryos_digest(const struct embryos *embryos, const struct flow_key *key);

/* Asks for the memory of the newest embryo with this lower half of a digest: of where it is noted,
 * then its own. */
void embryos_expect(const struct embryos *embryos, uint32_t digest);
void embryos_expect_newest(const struct embryos *embryos, uint32_t digest);

void embryos_find(const struct embryos *embryos, uint64_t digest, struct opening *ret_opening);

/*
 * Adds a segment to what was found just before: a SYN; a SYN-ACK that acknowledges
 * opening->isn + 1, or the first of all, whose SYN is not known; a RST without ACK, or with that
 * one. False: there was no room for its shape, or no memory.
 */
bool embryos_add(struct embryos *embryos, uint64_t digest, const struct opening *opening,
                 const struct segment *segment, bool source_second);

/* Writes the segments of an opening as they were, the oldest first, but for what a wrong checksum
 * should have been. Returns their count. */
uint32_t embryos_read(const struct embryos *embryos, const struct opening *opening,
                      const struct flow_key *key, struct segment list[EMBRYO_SEGMENTS_MAX]);

/* Forgets an opening. */
void embryos_drop(struct embryos *embryos, const struct opening *opening);

#endif
