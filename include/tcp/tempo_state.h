/*
 * tempo_state: what is kept of a connection to say what its time was spent on: whose turn it is
 * (tcp/exchange), and what holds a sender up (tcp/share). Internal to tcp/.
 */
#ifndef TCP_TEMPO_STATE_H
#define TCP_TEMPO_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/limits.h"

struct exchange_point {
    int64_t time;   /* ns */
    uint64_t frame; /* 0: none yet */
};

/* What this end's turns were, as answers to the other end's. */
struct exchange_answers {
    int64_t wait_min, wait_max, wait_sum; /* ns */
    int64_t transfer; /* ns: the turns themselves */
    uint64_t slowest_request, slowest_answer;
    int64_t first;    /* ns: its first payload of all, if it spoke */
    uint32_t count, unclear;
    bool spoke;
};

struct exchange {
    struct exchange_answers by[2];    /* by enum endpoint_id: who answers */
    struct exchange_point begin, end; /* of the turn */
    int64_t asked;       /* ns: the end of the turn before, with answers */
    uint32_t overlapped;
    uint8_t turn;        /* enum endpoint_id, with begin.frame */
    bool answers;        /* the turn came after all of the other one's */
    bool unclear;        /* something of this turn was lost or sent again */
    bool leg_unknown;    /* what an answer took could not be told from its way */
    uint32_t share[2];   /* tcp/tempo: by enum endpoint_id; 0: none */
};

#define SHARE_WAITING 8u
#define SHARE_ID_RUN 8u /* so many IP IDs one after the other, and the next one is known */
#define SHARE_CAUSES 4u /* enum limit_cause without LIMIT_NONE */

/* share.flags */
enum share_flag {
    SHARE_SHORT = 1 << 0,     /* the newest new segment was not full: the sender had no more */
    SHARE_FREED = 1 << 1,     /* an acknowledgement made room since then */
    SHARE_REPAIRING = 1 << 2, /* until `recover` is acknowledged */
    SHARE_PROBED = 1 << 3,    /* it probed the window that holds it up */
    SHARE_GROWING = 1 << 4,   /* slow start, as far as the numbers look like it */
    SHARE_EDGE = 1 << 5,      /* edge is valid */
    SHARE_ECHO = 1 << 6,      /* a timestamp of the peer is being timed */
    SHARE_PEER_STAMP = 1 << 11,
    SHARE_SHUT_ZERO = 1 << 7, /* the window that held it up was closed */
    SHARE_REPAIRED = 1 << 12, /* it sent something again, ever */
    SHARE_STAMP = 1 << 10,    /* stamp is valid */
    SHARE_DELAYED = 1 << 9,   /* its newest segment was held up on its way here */
    SHARE_UNSEEN = 1 << 8,    /* before its newest segment it sent some that did not pass here */
};

/* What passed toward the sender and has not reached it yet. Where the queue is full of what came
 * close together, one entry stands for several: the newest of them. */
struct share_ack {
    int64_t time;   /* ns: when it passed; of several, the last of them */
    uint32_t span;  /* ns: the first of them passed so long before */
    uint32_t ack, edge;
    bool payload;   /* the peer sent something, too */
};

/* A length of time, and the frame that ended it. */
struct share_spell {
    int64_t length;
    uint64_t frame;
};

struct share {
    int64_t first;        /* number of the first byte that is measured */
    int64_t nxt, una, edge; /* as the sender knows them; edge: the end of its window */
    int64_t una_passed, edge_passed; /* as they passed the capture point */
    int64_t recover;
    int64_t clock;        /* ns: charged so far */
    int64_t began;        /* ns: the first segment that is measured */
    int64_t acked_time;   /* ns: una_passed last advanced */
    int64_t told;         /* ns: something last reached the sender that lets it send */
    int64_t parts[SHARE_N];
    int64_t tail;         /* ns held: outstanding, and nothing more to send, it seems */
    int64_t quiet;        /* ns held: nothing outstanding */
    int64_t shut;         /* ns held: no room in the window */
    int64_t near;         /* ns: the shortest way to the sender and back; 0: not known */
    int64_t far;          /* ns: to the receiver and back */
    int64_t trip;         /* ns: newest sample of both */
    int64_t timed_time, timed_end; /* a byte whose acknowledgement is waited for; 0: none */
    int64_t echo_time;
    int64_t stamp_time;   /* its newest segment with a timestamp, with SHARE_STAMP */
    int64_t round_end, round_una, round_bytes; /* one round trip, and what the one before brought */
    int64_t flight[2];    /* the most outstanding in this round, and in the one before */
    struct share_spell longest[SHARE_CAUSES];
    uint32_t peer_stamp;  /* the newest TSval of the peer, with SHARE_PEER_STAMP, */
    uint32_t echo;        /* and the one whose echo is waited for, with SHARE_ECHO */
    uint32_t stamp, stamp_first; /* its own: the newest, and the first that was measured */
    uint32_t window;      /* the most that it allowed at a time */
    uint32_t segment;     /* payload of a full segment */
    uint32_t segments, repeats;
    uint32_t newest;      /* payload of its newest segment */
    uint16_t flags;       /* enum share_flag */
    uint64_t before;      /* payload before what is measured */
    uint16_t id_next;     /* IP ID of its next segment, if it counts them up one by one; */
    uint8_t id_run;       /* it did so often in a row */
    uint8_t flat_rounds;  /* that brought no more than the one before */
    uint8_t waiting_count;
    struct share_ack waiting[SHARE_WAITING];
};

#endif
