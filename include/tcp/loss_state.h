/*
 * loss_state: what tcp/loss remembers of a live connection. A side describes what this endpoint
 * sends, as far as it can be known where the capture was taken. Internal to tcp/.
 */
#ifndef TCP_LOSS_STATE_H
#define TCP_LOSS_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/flight.h"

#define LOSS_DIGESTS 32u
#define LOSS_ADVANCES 16u
#define LOSS_REPEATS 16u

/* What drives the sender's repeats (RFC 5681 §3). */
enum loss_mode { MODE_OPEN, MODE_RECOVERY, MODE_TIMEOUT };

/* A segment in short, to know its twin by; its hash stands apart, to be found fast. */
struct digest {
    int64_t time;
    uint32_t frame; /* its low half: frames apart by 2^32 are no twins; 0: none */
};

/* A repeat that passed: what tells of it may come when its range is no longer kept. */
struct repeat {
    int64_t seq, end;
    uint32_t record; /* tcp/segment_log */
    uint32_t tsval;
    uint16_t ip_id;
    bool stamped;    /* tsval is valid */
    bool unseen;     /* its first sending had not passed */
    bool copied;     /* the network made a copy of it */
    bool needless;   /* is known and counted */
    bool told;       /* a D-SACK told of it */
    uint8_t lost;    /* enum lost_kind plus one, as it was counted */
};

/* loss_side.flags */
enum loss_side_flag {
    SIDE_STARTED = 1 << 0,      /* nxt and una are valid */
    SIDE_PROBED = 1 << 1,       /* a tail loss probe is out (RFC 8985 §7.3) */
    SIDE_KEEP_ALIVE = 1 << 2,   /* its newest segment is a keep-alive */
    SIDE_ZERO_PROBE = 1 << 3,   /* or a probe of a closed window */
    SIDE_CHALLENGED = 1 << 4,   /* or one that its peer cannot accept */
    SIDE_STAMP = 1 << 5,        /* stamp is valid */
    SIDE_FRTO_ONE = 1 << 6,     /* since its timeout one ACK advanced SND.UNA */
    SIDE_FRTO_OVER = 1 << 7,    /* or it is decided */
    SIDE_EDGE = 1 << 8,         /* edge is valid */
    SIDE_BASE_ASSUMED = 1 << 9, /* picked up in the middle: una may be too high */
    SIDE_UNSENT = 1 << 11,      /* only acknowledgements of it were seen so far */
    SIDE_COUNTS_IDS = 1 << 12,  /* it counts its IP IDs up */
    SIDE_VIEWED = 1 << 14,      /* another input shows something of it, too */
    SIDE_SHRUNK = 1 << 13,      /* it sent a segment again, and only a part of it */
    SIDE_TELLS_TWICE = 1 << 15, /* it tells of bytes that came twice (RFC 2883) */
    SIDE_BLIND = 1 << 10,       /* the capture cuts the options off its peer's segments */
};

struct loss_side {
    struct flight flight;
    int64_t base;            /* its ISN in U-space, as far as it is known; 0: not yet */
    int64_t nxt;             /* highest number seen sent, or acknowledged, plus one */
    int64_t una;             /* highest acknowledgement */
    int64_t sent;            /* ns: when nxt last advanced */
    int64_t advanced;        /* ns: when una last advanced */
    int64_t heard;           /* ns: newest acknowledgement of the peer, also without news */
    int64_t recover;         /* in recovery and after a timeout: where it ends */
    int64_t sacked_end;      /* highest right edge of a SACK block */
    int64_t sacked_time;     /* ns: newest news in a SACK block */
    int64_t delivered_last;  /* ns: newest sending that is known to have arrived, */
    int64_t delivered_end;   /* and its end (RFC 8985 §6.2 RACK.xmit_ts, RACK.end_seq) */
    uint64_t delivered_frame; /* its frame, and the one that tells */
    uint64_t delivered_told;
    uint64_t duplicate_first, duplicate_last; /* frames of the duplicates */
    uint64_t sack_frame;     /* of the newest news in a SACK block */
    int64_t srtt, rttvar;    /* ns, as the sender has them (RFC 6298 §2); srtt 0: no sample */
    int64_t leg_far;         /* ns: shortest time from data to its acknowledgement; 0: unknown */
    int64_t timeout_time;    /* ns: when its timer ended last */
    int64_t edge;            /* newest right edge that it granted its peer */
    int64_t closed;          /* ns: when it last had no room for what was on its way to it */
    int64_t syn_time;        /* ns: its newest SYN, copies too; 0: none */
    int64_t probe_time;      /* ns: its newest keep-alive, or probe of a closed window */
    int64_t probe_end;       /* of a probe with bytes: their end; 0: none */
    uint64_t probe_frame;    /* of that probe */
    uint32_t timeout_record; /* tcp/segment_log: that repeat */
    uint32_t probe_record;   /* its newest segment, if that may be a probe with new bytes */
    uint32_t stamp;          /* newest TSval of what advanced nxt */
    uint32_t flags;          /* enum loss_side_flag */
    uint8_t mode;            /* enum loss_mode */
    uint8_t duplicates;      /* duplicate ACKs in a row (RFC 5681 §2) */
    uint8_t timeouts;        /* timeouts in a row */
    uint8_t digest_next, advance_next, repeat_next;
    uint8_t hash_tags[LOSS_DIGESTS]; /* their lowest bytes */
    uint32_t hashes[LOSS_DIGESTS];
    struct digest digests[LOSS_DIGESTS];
    struct repeat repeats[LOSS_REPEATS]; /* the newest; end 0: none */
    struct {
        int64_t time, una;
    } advances[LOSS_ADVANCES]; /* newest advances of una, to know what its sender knew when */
};

struct loss_state {
    struct loss_side side[2]; /* by enum endpoint_id */
};

#endif
