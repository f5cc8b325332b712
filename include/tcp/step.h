/*
 * step: one segment on its way through the tracker. Internal to tcp/: filled once by
 * sequence_place(), read by the machine, the checks and the rest.
 */
#ifndef TCP_STEP_H
#define TCP_STEP_H

#include "base/cursor.h"
#include "flow/copy.h"
#include "model/mark.h"
#include "model/segment_class.h"
#include "model/segment.h"
#include "tcp/connection.h"
#include "tcp/history.h"

/* What is true of this segment, as conditions of the machine's rows. X sent it, Y is the peer. */
enum when {
    WHEN_SYN = 1 << 0,          /* SYN without ACK */
    WHEN_SYNACK = 1 << 1,       /* SYN with ACK */
    WHEN_ACK = 1 << 2,          /* ACK, neither SYN nor RST */
    WHEN_DATA = 1 << 3,         /* payload, neither SYN nor RST */
    WHEN_FIN = 1 << 4,          /* FIN, neither SYN nor RST */
    WHEN_RST = 1 << 5,          /* a RST that counts (tcp/reset) */
    WHEN_PEER_SYN = 1 << 6,     /* Y's SYN or SYN-ACK was seen before */
    WHEN_FIN_MAY_WAIT = 1 << 7, /* X may have closed before: see END_FIN_MAY_WAIT */
    WHEN_ACKS_SYN = 1 << 8,     /* acknowledges Y's SYN */
    WHEN_ACKS_MORE = 1 << 9,    /* acknowledges more than Y's SYN (and what rode on it) */
    WHEN_ACKS_FIN = 1 << 10,    /* acknowledges Y's FIN */
    WHEN_SYN_ACKED = 1 << 11,   /* an acknowledgement of X's SYN is on its way or arrived */
    WHEN_FIN_ACKED = 1 << 12,   /* an acknowledgement of X's FIN is on its way or arrived */
    WHEN_FIN_ACKED_BY_FIN = 1 << 13, /* and it was in Y's FIN */
    WHEN_FIN_ACK_LATE = 1 << 14,     /* and Y's FIN passed before it */
    WHEN_FIN_ACK_PROVED = 1 << 15,   /* and X acknowledges payload that came with or after it */
    WHEN_REPEATED = 1 << 16,    /* X's SYN, SYN-ACK or FIN again */
    WHEN_FAST_OPEN = 1 << 17,   /* Y's data on the SYN was accepted, and X echoes nothing newer */
    WHEN_FILLS_HOLE = 1 << 18,  /* X's FIN passed before, and Y waits for just these bytes */
    WHEN_Y_UNKNOWN = 1 << 19,   /* no segment of Y was tracked yet */
    WHEN_X_PAST_UNKNOWN = 1 << 20, /* X may have closed before the capture began */
    WHEN_Y_PAST_UNKNOWN = 1 << 21, /* Y may have */
    WHEN_RST_CAME = 1 << 22,       /* a RST is on its way to X or arrived */
    WHEN_RST_IN_WINDOW = 1 << 23,  /* a RST that counts, without the number that Y expects */
    WHEN_RST_ALIVE = 1 << 24,   /* a RST of a socket that has the connection: its ACK counts */
    WHEN_RST_REFUSES = 1 << 25, /* a RST that answers payload, with payload of X outstanding */
    WHEN_FIN_ACK_HAD = 1 << 26, /* what X acknowledges carried the acknowledgement of its FIN */
};

struct step {
    struct history_pool *pool;
    struct connection *c;
    struct ledger *ledger; /* tcp/audit: the connection's; NULL: none is open */
    const struct segment *s;
    struct cursor payload; /* as much of it as was captured; borrowed for the step */
    enum endpoint_id x_id, y_id;
    struct endpoint *x, *y;
    int64_t seq;         /* of the first byte or SYN, in U-space of X */
    int64_t end;         /* SEG.SEQ + SEG.LEN */
    int64_t ack;         /* in U-space of Y; meaningful with has_ack */
    bool has_ack;        /* ACK flag set and the number is believable */
    uint32_t window;     /* that it grants, scaled: for the parts that keep a log */
    uint32_t facts;      /* enum when */
    unsigned marks;      /* enum segment_mark */
    uint8_t class;       /* enum segment_class, by tcp/loss; CLASS_NONE: in order, or no log */
    bool misfit;         /* X's SYN shows that what Y acknowledged before was nothing of X */
    bool mirrored;       /* the other end's view of a segment that a socket sent to itself */
    bool misordered;     /* stands for a segment that came before its cause in the capture */
    bool after_ack;      /* X's segment before it was a bare ACK at SND.NXT */
    bool behind_answer;  /* it stands in the capture behind the acknowledgement of it */
    bool plain;          /* plain_begin() said so: nothing of what the checks of tcp/arithmetic, the
                            machine and milestones are about happens here */
    bool notable;        /* something of consequence happened */
    bool rules_hold;     /* no check can fail (tcp/audit_plain) */
};

/* What is known of a copy of a frame (flow/copy) besides its segment. */
struct frame_copy {
    struct copy_found found;
    struct cursor payload;
};

/* Appends an event of this step's segment by endpoint; the kind's numbers are the caller's. */
static inline void step_event(struct step *step, const struct event *event)
{
    if (step->c->log != 0) /* with -q there is none, and the event need not be made */
        history_add(step->pool, step->c->log, event);
}

/* An event with frame, time and endpoint of this step's segment. */
static inline struct event step_event_init(const struct step *step, enum event_kind kind,
                                           enum endpoint_id endpoint)
{
    return (struct event){ .kind = (uint8_t)kind,
                           .endpoint = (uint8_t)endpoint,
                           .frame = step->s->frame,
                           .time = step->s->time };
}

/* Whether a segment came with another TTL than its sender's segments before: then a device on the
 * way may have sent it. Not said of a SYN's sender alone: scanners make their SYNs themselves. */
bool step_ttl_differs(const struct step *step);

/* endpoint.bad_checksums stays one below this while they mean damage, and sticks here when it
 * comes here while they mean nothing: what was understood outlives the count. */
#define CHECKSUMS_MEAN_NOTHING UINT16_MAX

/*
 * A wrong checksum among good ones: its receiver drops the segment (RFC 9293 §3.1). When most of
 * a sender's checksums are wrong they say nothing, because the card fills them in later. The first
 * wrong one of a connection's end is judged by its host's others, too, where these tell (tcp/sums).
 */
bool checksum_means_damage(const struct endpoint *sender, const struct segment *segment);

static inline bool segment_is_damaged(const struct endpoint *sender, const struct segment *segment)
{
    return (segment->facts & FACT_CHECKSUM_BAD) && checksum_means_damage(sender, segment);
}

#endif
