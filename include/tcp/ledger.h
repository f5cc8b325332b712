/*
 * ledger: what the checks of model/check remember of a connection between its segments. An
 * extension of its log: opened with the first segment after the SYNs, closed when both ends have
 * closed, and not kept where there is no log.
 *
 * A side describes what this endpoint sends. Sequence variables are in U-space (base/seq.h): seq
 * and urgent point in the sender's, ack, window and SACK in the other end's.
 */
#ifndef TCP_LEDGER_H
#define TCP_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "model/check.h"
#include "model/kinds.h"

/* ledger_side.known: which of its numbers are valid. */
enum ledger_known {
    LEDGER_ACK = 1 << 0,
    LEDGER_STAMP = 1 << 1,
    LEDGER_URGENT = 1 << 2,
    LEDGER_SACK = 1 << 3,
    /* Of the checks of windows, order and timestamps: */
    LEDGER_BEGUN = 1 << 4,     /* what its SYN said was taken over */
    LEDGER_REACH = 1 << 8,     /* reach */
    LEDGER_ECHO = 1 << 5,      /* tsecr */
    LEDGER_STAMP_SYN = 1 << 6, /* tsval_first is that of its SYN */
    LEDGER_CLOCKS = 1 << 7,    /* its timestamps are of several clocks */
    LEDGER_FRONTIER = 1 << 9,  /* its newest bytes came in a segment that began at SND.NXT */
};

/*
 * A number that looks wrong, and may be right after all if the capture missed or misplaced what
 * came before it. The other end's next segments tell: tcp/audit_doubt.
 */
enum doubt {
    DOUBT_NONE,
    DOUBT_BEYOND,        /* number: the end of data beyond the window */
    DOUBT_ABOVE,         /* number: SEQ above the window */
    DOUBT_BELOW,         /* number: the end of a segment below what was acknowledged */
    DOUBT_PROBE,         /* number: SEQ of new data beyond a closed window */
    DOUBT_KEEP_ALIVE,    /* number: SND.NXT, not all of it acknowledged */
    DOUBT_HOLE,          /* number: SEQ of new data behind bytes that were not sent; other: theirs */
    DOUBT_ACK,           /* number: ACK of what was not seen; other: SND.NXT of the other end */
    DOUBT_ECHO,          /* number: TSecr that was not seen */
    DOUBT_PAWS,          /* number: SEQ of data with an old timestamp; other: its TSval */
    DOUBT_PAWS_ANSWERED, /* and a bare ACK that does not take it came back */
};

struct ledger_side {
    int64_t ack;           /* highest acknowledgement it sent */
    int64_t urgent;        /* urgent point: behind the last urgent byte */
    /* SACK, with LEDGER_SACK, on the wire: while the ACK is below sack_left. */
    uint32_t sack_left, sack_end; /* first block above the ACK in its newest option */
    uint32_t sack_right;          /* highest right edge so far */
    uint32_t tsval_first;  /* of its SYN, or of its first segment with timestamps */
    uint32_t tsval_newest; /* the newest that it sent */
    /* Windows, order and timestamps; numbers as on the wire: */
    uint32_t reach;        /* highest right edge of its window: its ACK, or its SACK, + window */
    uint32_t wl_edge;      /* right edge by its newest segment, ack + window; */
    uint32_t wl_seq;       /* that had this SEQ (SND.WL1 of RFC 9293 §3.10.7.4) */
    uint32_t wl_ack;       /* and this ACK (SND.WL2) */
    uint32_t tsecr;        /* the newest timestamp that it echoed: its TS.Recent */
    uint16_t known;        /* enum ledger_known */
    /* tcp/audit_length: */
    uint16_t full;         /* payload of a segment that was as long as the MSS allows; 0: none */
    uint32_t long_payload : 20; /* of long_frame */
    uint32_t long_options : 8;  /* its bytes of options, */
    uint32_t long_ragged : 1;   /* it is no multiple of full segments, and not pushed */
    uint32_t long_single : 1;   /* it may have been one segment on the wire */
    uint64_t long_frame : 48;   /* its newest segment, if longer than the MSS allows; else 0 */
    uint64_t ip_id : 16;        /* of its newest segment; 0: it has none */
    /* tcp/audit_checksum: */
    uint64_t damaged_frame : 48; /* damaged payload that did not come again so far; 0: none */
    uint64_t damaged_sum : 16;   /* its checksum */
    uint32_t damaged_seq;
    uint32_t damaged_right;      /* what the checksum should have been */
};

struct ledger_doubt {
    uint64_t frame : 48;
    uint64_t kind : 4;     /* enum doubt */
    uint64_t time : 11;    /* 4 ms each; goes around in 8 s */
    uint64_t endpoint : 1; /* whose segment is doubted */
    uint32_t number, other;
};

/* How often a check failed for an endpoint, and what was told of it already. */
#define TALLY_FAILURES 0x3f
#define TALLY_HELD 0x40
#define TALLY_SKIPPED 0x80

struct ledger {
    struct ledger_side side[2]; /* by enum endpoint_id */
    struct ledger_doubt doubt;  /* one at a time */
    uint8_t ip_id_run[2];       /* so often in a row its IP IDs counted up; saturating */
    bool waits;                 /* a later segment is to judge something, or may (tcp/audit_plain) */
    uint8_t tally[2][CHECK_N - CHECK_ARITHMETIC_N];
};

_Static_assert(sizeof(struct ledger) <= 320, "of a live connection that was opened");

/* Client and server change places. */
static inline void ledger_swap(struct ledger *ledger)
{
    struct ledger other = { .side = { ledger->side[1], ledger->side[0] },
                            .doubt = ledger->doubt,
                            .ip_id_run = { ledger->ip_id_run[1], ledger->ip_id_run[0] },
                            .waits = ledger->waits };
    other.doubt.endpoint ^= 1;
    for (unsigned i = 0; i < CHECK_N - CHECK_ARITHMETIC_N; i++) {
        other.tally[0][i] = ledger->tally[1][i];
        other.tally[1][i] = ledger->tally[0][i];
    }
    *ledger = other;
}

#endif
