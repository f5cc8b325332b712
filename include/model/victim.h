/*
 * victim: what came of the SYNs to one service: how many in each second, from how many sources,
 * and how many of them became connections. Counts and sketches only, so that two of them can be
 * added up, and none grows with a flood. Plain data; all zero is empty.
 */
#ifndef MODEL_VICTIM_H
#define MODEL_VICTIM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hyperloglog.h"

/* What became of a SYN. */
enum syn_result {
    SYN_LEFT,    /* so far, or for good: nothing that shows that somebody had meant it */
    SYN_OPENED,  /* its sender acknowledged the answer */
    SYN_REFUSED, /* a RST or an ICMP error refused it */
    SYN_MEANT,   /* it was sent again, or its sender took it back with a RST */
};

/* So far back a second is known, longer than a client tries; and so many of the worst besides. */
#define VICTIM_SECONDS 160u
#define VICTIM_WORST 8u

/* An eighth of a second, and so many of the newest ones: how long ago a SYN came matters at the end
 * of the capture only. */
#define VICTIM_CELL_NS INT64_C(125000000)
#define VICTIM_CELLS 16u

struct victim_cell {
    int64_t number; /* since the epoch */
    uint32_t left;  /* 0: none, the place is free */
};

/* SYNs that came in one second of the clock. */
struct victim_second {
    int64_t second;  /* since the epoch */
    uint64_t frame;  /* of the first; 0: none, the place is free */
    uint32_t begun;
    uint32_t opened, refused, meant;
};

struct victim {
    uint8_t address[16];
    uint16_t port;
    uint8_t ip_version;      /* 0: nobody's */
    uint64_t begun, opened, refused, meant;
    uint64_t answered;       /* with a SYN-ACK */
    uint64_t bogons;         /* from addresses that nobody can have (IPv4) */
    uint64_t first_frame;
    int64_t first_time, last_time;
    struct victim_second seconds[VICTIM_SECONDS]; /* by second modulo so many: the newest ones */
    struct victim_second worst[VICTIM_WORST];     /* older ones with the most that were left */
    struct victim_cell cells[VICTIM_CELLS];       /* by number modulo so many: the newest ones */
    struct hyperloglog sources;                   /* of all, */
    struct hyperloglog left_sources;              /* and of those that were left at first */
    uint16_t octets[2][256]; /* IPv4 sources by first and last octet; all are halved when one is
                                full */
};

/* One SYN, and what is known of it at once. */
struct syn_note {
    const uint8_t *source; /* 16 bytes, as in struct segment */
    uint64_t frame;
    int64_t time;
    enum syn_result result;
};

/* 64 bits that stand for a service, under a key. */
uint64_t victim_name(const uint64_t key[2], const uint8_t address[16], uint16_t port,
                     uint8_t ip_version);

void victim_note(struct victim *victim, const struct syn_note *note);

/* A SYN that was noted, or turned out, as `before` turned out otherwise; time: when it came. */
void victim_turned_out(struct victim *victim, int64_t time, enum syn_result before,
                       enum syn_result result);

/* A SYN that was noted, or turned out, so is counted elsewhere after all. */
void victim_take_back(struct victim *victim, int64_t time, enum syn_result before);

/* Adds what another one saw of the same service. */
void victim_merge(struct victim *victim, const struct victim *other);

/* How sure it is that sources were made up: so many of three signs that no crowd of real ones
 * shows: hardly any came twice; both ends of their addresses look like dice; some nobody can
 * have. */
unsigned victim_signs(const struct victim *victim);

/* The capture that a flood is judged in. */
struct flood_view {
    int64_t end;     /* time of its newest frame, ns */
    bool acks_shown; /* it has what clients send to open a connection, of any of them at least */
};

/* What is told of a flood. */
struct flood_verdict {
    bool seen;      /* many SYNs were left, by many sources */
    bool alarm;     /* and in one second many at once, as no crowd of clients does it */
    bool undecided; /* neither: many were left, but the capture cannot tell why */
    uint64_t sources; /* of all SYNs, rounded to what the estimate is good for */
    uint32_t peak;  /* SYNs left in the worst second; */
    uint64_t peak_frame; /* its first frame */
};

struct flood_verdict victim_judge(const struct victim *victim, const struct flood_view *view);

#endif
