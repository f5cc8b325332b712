/*
 * life: one generated connection: whose it is, how far its script was played, and what each end
 * sent and received. The caller owns the memory; nothing in it needs to be freed.
 */
#ifndef BENCH_LIFE_H
#define BENCH_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "plots.h"
#include "random.h"

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

enum packet_option {
    PACKET_SYN_OPTIONS = 1 << 0, /* MSS; SACK permitted and window scale where it has them */
    PACKET_TIMESTAMPS = 1 << 1,
    PACKET_SACK = 1 << 2,   /* one block */
    PACKET_COOKIE = 1 << 3, /* fast open */
};

/* A segment that passes the capture point. */
struct packet {
    int64_t time; /* ns since the epoch */
    uint32_t seq, ack, length;
    uint32_t tsval, tsecr;
    uint32_t sack_left, sack_right;
    uint16_t window;
    uint8_t from;    /* enum side */
    uint8_t flags;   /* FLAG_* */
    uint8_t options; /* enum packet_option */
};

/* Who talks to whom, and what of it stands in headers. By enum side where there are two. */
struct identity {
    uint8_t address[2][16]; /* IPv4: the first four bytes */
    uint16_t port[2];
    uint8_t ip_version;
    uint8_t ttl[2];
    uint16_t vlan; /* 0: no tag */
    uint16_t ip_id[2];
    uint16_t mss;
    bool timestamps, sack, scale;
    uint16_t payload[2]; /* where the end's stream begins in the common stock of bytes */
    uint32_t isn[2];
};

/* One window's worth of data and its acknowledgements. */
struct round {
    bool active;
    bool quiet_end;     /* the answer acknowledges the last segments: no ACK of their own */
    bool lost_seen;     /* the lost segment had passed the capture point */
    uint8_t phase;      /* of the repair of a loss */
    uint8_t again_lost; /* so many repeats are lost, too */
    uint8_t from;       /* enum side */
    uint16_t count, sent, answered;
    uint16_t congestion; /* the congestion window, segments */
    int lost, swapped;   /* which segment; -1 none */
    uint32_t seq, bytes; /* where it begins, what it carries */
    int64_t start, spacing, again;
    uint64_t left;   /* bytes for later rounds */
    uint32_t bursts; /* for later: requests and responses in turn */
};

struct life {
    struct identity identity;
    size_t plot;
    const struct step *step;
    uint32_t incarnation;
    uint64_t first_frame; /* 0: not written yet */
    uint64_t bytes[2];    /* of payload, each counted once */
    bool seen[2];         /* a segment of this end was written */

    int64_t now;          /* when its last segment passed */
    int64_t leg[2];       /* from the capture point to this end and back */
    int64_t sent[2];      /* when this end's last segment passed */
    int64_t delivered[2]; /* when the last segment passed that this end received */
    uint32_t ts_base[2], ts_recent[2], ts_before[2];
    uint32_t snd_nxt[2], rcv_nxt[2], rcv_before[2], fin_seq[2];
    uint32_t edge[2];   /* right edge of the window of an end that does not read */
    uint16_t window[2]; /* as on the wire */
    bool syn_sent[2], fin_sent[2], spoken[2], stalled[2];
    uint32_t redo; /* bytes of a SYN that were not taken: they are sent again */
    struct round round;
};

struct life_options {
    double loss;
    bool full_size;
    uint64_t bulk; /* bytes of every transfer; 0: as chance has it */
    int64_t epoch; /* ns; where the clocks of timestamps begin */
};

/* Begins a life; identity is filled in already. */
void life_begin(struct life *life, const struct plots *plots, size_t plot, int64_t start,
                struct random *random);

/* Begins another one with the same addresses and ports. */
void life_again(struct life *life, const struct plots *plots, size_t plot, struct random *random);

/* What a segment of this end looks like now; flags FLAG_*. */
void life_segment(const struct life *life, enum side from, uint8_t flags,
                  const struct life_options *options, struct packet *ret_packet);
uint32_t life_tsval(const struct life *life, enum side from, int64_t time,
                    const struct life_options *options);
/* When this end has received all that passed, and can send. */
int64_t life_ready(const struct life *life, enum side from);
int64_t life_timeout(const struct life *life);

#endif
