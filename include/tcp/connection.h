/*
 * connection: one incarnation of a 4-tuple as the observer knows it, and its two endpoints. The
 * record that every segment touches: no pointers, at most 320 bytes. What only the report needs
 * is in the log (tcp/history).
 *
 * Variables of an endpoint describe the direction that it sends. Sequence variables are in
 * U-space (base/seq.h). Names follow RFC 9293 §3.3.1.
 */
#ifndef TCP_CONNECTION_H
#define TCP_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow_table.h"
#include "model/kinds.h"
#include "model/segment.h"
#include "model/tcp_state.h"
#include "model/vantage.h"
#include "tcp/history.h"

/* endpoint.flags */
enum endpoint_flag {
    END_SEEN = 1 << 0,          /* at least one segment of this endpoint was tracked */
    END_ISN_KNOWN = 1 << 1,     /* isn is from a SYN, or from the answer to one */
    END_SYN = 1 << 2,           /* sent a SYN without ACK */
    END_SYNACK = 1 << 3,        /* sent a SYN with ACK */
    END_SYN_ACKED = 1 << 4,     /* its SYN was acknowledged by a segment seen here */
    END_FIN = 1 << 5,           /* sent a FIN: fin_seq is valid */
    END_FIN_ACKED = 1 << 6,     /* its FIN was acknowledged */
    END_FIN_ACKS_PEER = 1 << 7, /* its FIN was sent knowing the peer's FIN */
    END_FIN_ACKED_BY_FIN = 1 << 8, /* first acknowledgement of its FIN carried the peer's FIN */
    END_DATA = 1 << 9,          /* sent payload outside a SYN */
    END_RST = 1 << 10,          /* sent a RST that counts */
    END_ISN_OTHER = 1 << 11,    /* a SYN-ACK of it carried another ISN: isn_other is valid */
    END_SCALE = 1 << 12,        /* offered window scaling */
    END_SACK = 1 << 13,         /* offered SACK */
    END_TIMESTAMPS = 1 << 14,   /* offered timestamps */
    END_LATE_PAYLOAD = 1 << 15, /* sent payload after the peer's FIN had passed */
    END_GAP = 1 << 16,          /* bytes are missing from the capture in this direction */
    END_PURE_ACK = 1 << 17,     /* its newest segment was a bare ACK at SND.NXT */
    END_PURE_ACK_CHECKED = 1 << 18,
    END_FIN_CHECKED = 1 << 19,
    END_DATA_CHECKED = 1 << 20,
    END_REPEAT_TOLD = 1 << 21,
    END_PARTIAL_TOLD = 1 << 22,
    END_OPTIONS_UNKNOWN = 1 << 23, /* the options of its SYN were cut off */
    END_ISN_ASSUMED = 1 << 24,  /* isn is only a base for relative numbers */
    END_PEER_SPOKE_LAST = 1 << 25, /* payload for this end was acknowledged after its own last
                                      payload, or it never sent any */
    END_JUMP = 1 << 26,         /* its newest segment lay far outside and was not believed */
    END_LAST_TSVAL = 1 << 27,   /* last_tsval is valid */
    END_RESET_BELIEVED = 1 << 28, /* its RST closed it, as far as we know */
    END_UNSEEN_TOLD = 1 << 29,
    END_PAYLOAD_ACKS_FIN = 1 << 30, /* ack_carried_end is valid */
    /* When the peer's FIN came, this end may have been in FIN_WAIT_1, which it enters with CLOSE
     * although its FIN still has to wait behind data (RFC 9293 §3.10.4), or was lost unseen. */
    END_FIN_MAY_WAIT = 1u << 31,
};

struct endpoint {
    int64_t snd_nxt;        /* highest number seen sent, plus one */
    int64_t snd_una;        /* highest acknowledgement of the peer */
    int64_t fin_seq;        /* number that the FIN takes, with END_FIN; until then, with
                               CONN_FIN_ACKS_UNSEEN, the number that the other's FIN acknowledged;
                               without either, with END_RESET_BELIEVED, the peer's snd_nxt then */
    int64_t last_time;      /* ns; of its newest segment */
    uint64_t payload_sent;  /* bytes of payload, repeats included */
    uint32_t isn;
    uint32_t flags;         /* enum endpoint_flag */
    uint32_t segments;
    uint32_t repeated;      /* segments with MARK_REPEATED */
    uint32_t window_max;    /* largest window it advertised, scaled where known */
    union {
        uint32_t isn_other;       /* until its SYN is acknowledged */
        uint32_t ack_carried_end; /* later: end of its first payload that carried an ACK of the
                                     peer's FIN */
    };
    uint16_t bad_checksums; /* saturating; see segment_is_damaged() */
    uint16_t partial_checksums;
    uint16_t mss;           /* 0: not known */
    uint16_t syn_payload;   /* bytes on its SYN or SYN-ACK */
    uint8_t ttl;            /* of its newest segment that is no RST; 0: none seen */
    uint8_t state;          /* enum tcp_state */
    uint8_t certainty : 4;  /* of state */
    uint8_t before_certainty : 4; /* of before_reset */
    uint8_t pending;        /* bit per enum delivery: on its way to this endpoint */
    uint8_t syns, fins, resets; /* sent by this host, copies excluded; saturating */
    uint8_t before_reset : 4; /* state before it sent the RST that counts */
    uint8_t window_scale : 4; /* as offered, at most 14 */
    uint16_t window_last;   /* newest advertised window, as on the wire */
    uint16_t last_ip_id;    /* of its newest segment that took sequence numbers: */
    uint32_t last_seq;      /* tells a copy from a segment that its host sent again */
    uint32_t last_len : 31;
    uint32_t last_late : 1; /* it was overtaken on the way: what follows it may be older, too */
    uint32_t last_tsval;
};

_Static_assert(sizeof(struct endpoint) <= 96, "two of them in a connection of 320 bytes");

/* connection.flags */
enum connection_flag {
    CONN_SWAPPED = 1 << 0,         /* the client is the key's second end */
    CONN_MIDSTREAM = 1 << 1,       /* picked up without SYN or SYN-ACK */
    CONN_SYNACK_ACKED = 1 << 2,    /* an acknowledgement of a SYN-ACK was seen */
    CONN_FAST_OPEN = 1 << 3,       /* data on the SYN was acknowledged by the SYN-ACK */
    CONN_REFUSED = 1 << 4,         /* a RST answered the SYN */
    CONN_ABORTED = 1 << 5,         /* a RST after the SYN-ACK, before anything acknowledged it */
    CONN_RESET = 1 << 6,           /* a believed RST before both FINs were acknowledged */
    CONN_FIRST_CLOSER_SERVER = 1 << 7,
    CONN_FIRST_CLOSER_KNOWN = 1 << 8,
    CONN_THIRD_CHECKED = 1 << 9,
    CONN_SHOWN = 1 << 10,          /* was handed over: what still comes is absorbed (tcp/late) */
    CONN_REJECTED = 1 << 11,       /* an ICMP error quoted the SYN before anything answered it */
    CONN_SETTLED = 1 << 12,        /* pending deliveries were decided: it is ready to be shown */
    CONN_SUPERSEDED = 1 << 13,     /* a new incarnation took its place */
    CONN_LOG_LOST = 1 << 14,       /* there was no room for a log of its events */
    CONN_FIN_ACKS_UNSEEN = 1 << 15, /* a FIN acknowledged what the capture did not hold yet */
};

/* Explicit congestion notification, by AE, CWR and ECE of the SYNs (RFC 9768 §3.1). In this order:
 * of answers that differ the last of them counts, under which most is allowed. */
enum ecn {
    ECN_UNKNOWN,
    ECN_OFF,
    ECN_CLASSIC,  /* RFC 3168: ECT on data that is sent for the first time */
    ECN_ACCURATE, /* RFC 9768: AE, CWR and ECE count what was marked */
};

/* What connection.incarnation holds. */
#define INCARNATION_MAX ((1u << 26) - 1)

struct connection {
    struct flow_entry entry;   /* first: the table's */
    uint32_t log;              /* tcp/history; 0: none kept */
    uint64_t first_frame : 48;         /* its id */
    uint64_t sights : 2 * SIGHT_BITS;  /* enum sight of both ends (tcp/sight) */
    uint64_t roles_settled_anew : 1;   /* the ends changed places when it was settled */
    uint64_t joined : 1;               /* it counts as a peer of both its ends (tcp/services) */
    uint64_t last_frame : 48;
    uint64_t mptcp : 1;        /* one path of an MPTCP connection: its SYN-ACK, or what came after
                                  it, has the option (RFC 8684 §3.1) */
    uint64_t ecn_offers : 3;   /* bit per enum ecn: what its SYNs without ACK asked for */
    uint64_t ecn : 2;          /* enum ecn: what its SYN-ACKs answered */
    uint64_t syn_copies : 2;   /* copies of SYNs without ACK, saturating */
    uint64_t light : 1;        /* it will not be shown by itself (tracker_options.shown) */
    uint64_t probed : 2;       /* bit per enum endpoint_id: its newest bytes came with a probe of a
                                  closed window */
    int64_t first_time;        /* ns */
    int64_t last_time;
    int64_t leg_server;        /* ns from SYN to SYN-ACK at the capture point; -1 unknown */
    int64_t leg_client;        /* ns from SYN-ACK to third ACK; -1 unknown */
    uint32_t incarnation : 26; /* 1-based on its 4-tuple, INCARNATION_MAX at most */
    uint32_t objections : 6;   /* ICMP errors that were noted (tcp/objection) */
    uint16_t provisional;      /* tcp/incarnation: slot + 1 of a SYN that waits; 0 none */
    uint16_t flags;            /* enum connection_flag */
    uint16_t role_evidence : 3;  /* enum role_evidence */
    uint16_t role_certainty : 2; /* enum certainty */
    uint16_t holes : 2;      /* bit per enum endpoint_id: its peer lacks bytes of it (tcp/hole); */
    uint16_t fin_behind : 2; /* and its FIN waits: what was sent later is to bring them */
    uint16_t failed_fin_acks : 5; /* failing checks of acknowledgements of FINs, as far as noted */
    uint16_t vlan_count : 2;
    uint8_t probes[2];         /* by enum endpoint_id: its keep-alives in a row that nothing
                                  answered; saturating */
    uint16_t vlan[SEGMENT_VLAN_MAX];
    struct endpoint end[2];    /* by enum endpoint_id */
};

_Static_assert(SEGMENT_VLAN_MAX < 1 << 2, "vlan_count holds it");
_Static_assert(sizeof(struct connection) <= 320, "the record that tracking touches");

/* Linux gives a SYN up after 131 s (6.5 and later: 4 linear and 6 doubled timeouts). */
#define PATIENCE_OPENING INT64_C(131000000000)
/* Nothing for one whole keep-alive cycle of Linux: 7200 s + 9 * 75 s. */
#define PATIENCE_OPEN INT64_C(7875000000000)

/* So many SYNs and FINs of a host are noted one by one; later ones are only counted. */
#define REPEATS_LOGGED 16

/* So many keep-alives in a row without an answer, and the peer or the way to it is gone: one may
 * be lost and proves nothing (RFC 9293 §3.8.4 MUST-29). */
#define PROBES_MEAN_DEATH 3

/* Both ends sent a FIN before they had the other's (RFC 9293 §3.6, case 3). */
static inline bool connection_fins_crossed(const struct connection *c)
{
    unsigned client = c->end[CLIENT].flags, server = c->end[SERVER].flags;
    return (client & server & END_FIN) && !((client | server) & END_FIN_ACKS_PEER);
}

/*
 * Picked up in the middle, and nothing shows that this end had not closed before the capture
 * began. Its own payload would, for none follows a FIN; an acknowledgement does not.
 */
static inline bool connection_past_unknown(const struct connection *c, enum endpoint_id id)
{
    const struct endpoint *end = &c->end[id];
    if (!(c->flags & CONN_MIDSTREAM) || (end->flags & (END_FIN | END_SYN | END_SYNACK)))
        return false;
    /* What is missing behind the newest payload may be the FIN. */
    bool whole = !(end->flags & (END_GAP | END_UNSEEN_TOLD)) ||
                 end->last_seq + end->last_len == (uint32_t)end->snd_nxt;
    return !(end->flags & END_DATA) || !whole;
}

#endif
