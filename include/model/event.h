/*
 * event: what the tracker says about a connection, one fact at a time. Diagnoses and the report
 * learn about a connection from its events and nothing else.
 */
#ifndef MODEL_EVENT_H
#define MODEL_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/check.h"
#include "model/kinds.h"
#include "model/notice.h"
#include "model/summary.h"
#include "model/tcp_state.h"

/* Unit of EVENT_PORT_REUSED's pause, ns: 0.1 ms, so that 32 bits hold five days. */
#define REUSE_UNIT_NS INT64_C(100000)

enum event_kind {
    EVENT_NONE,
    EVENT_PENDING,          /* inside the tracker only: a delivery that is not proved yet */
    EVENT_TRANSITION,       /* an endpoint changed state: from, to, evidence */
    EVENT_CHECK,            /* an arithmetic check was made: check, result, observed, expected */
    EVENT_SYN_REPEATED,     /* the same SYN or SYN-ACK sent again by its host */
    EVENT_SYN_DUPLICATED,   /* a copy of a SYN or SYN-ACK made by the network or the capture */
    EVENT_SYN_RETRIED,      /* a SYN sent again after it was refused */
    EVENT_ISN_CHANGED,      /* a SYN-ACK with another initial number: observed, expected */
    EVENT_FAST_OPEN,        /* data on a SYN: detail fast_open_fate; observed = bytes */
    EVENT_FIN_REPEATED,     /* the same FIN again */
    EVENT_RESET,            /* a RST that counts: verdict, origin; from = sender's state before,
                               to = receiver's */
    EVENT_RESET_NOT_BELIEVED, /* a RST outside the window, or one its sender contradicted */
    EVENT_ACK_OF_UNSEEN,    /* acknowledges bytes that are not in the capture: observed = bytes */
    EVENT_PORT_REUSED,      /* this is a new incarnation: from, to = the old ends' states (client,
                               server), observed = REUSE_UNIT_NS since the old one's last segment */
    EVENT_SYN_CHALLENGED,   /* a SYN on a live connection was answered with an old ACK; in both
                               connections, when the SYN could open a new one later */
    EVENT_BYTES_REPEATED,   /* the first payload of this direction that was sent again */
    EVENT_CHECKSUM_PARTIAL, /* the first checksum of this direction that is left to the card */
    EVENT_CHECKSUM_BAD,     /* a damaged segment, not tracked: its receiver dropped it */
    EVENT_PAYLOAD_AFTER_FIN, /* the first payload toward an end whose FIN was seen before */
    EVENT_ICMP_ERROR,       /* an ICMP error quotes a segment of endpoint that was outstanding:
                               detail = type, result = code, observed = MTU (0: none told),
                               addend = enum notice_reporter */
    EVENT_ICMP_REPORTER,    /* follows one of REPORTER_ON_WAY: detail = part 0, and of IPv6 part 1
                               too, of its address: event_address() */
    EVENT_KEEP_ALIVE_UNANSWERED, /* a keep-alive again, and nothing came in between: observed =
                                    how many by now */
    EVENT_RESET_CAUSE,      /* the segment that a RST answers, where only one can be meant */
    EVENT_VIEW,             /* of several inputs, one that shows a segment of endpoint: detail =
                               its number, and enum view_of shifted by VIEW_OF_SHIFT; time = when
                               the segment passed there; observed = how many frames after the one
                               that was counted (0: this is that one) */
    EVENT_OVERLAP,          /* payload that passed before came again, and differs: detail = enum
                               overlap and OVERLAP_PADDING, observed = number of the first byte that does, addend =
                               its place in the segment's payload, evidence = frame of the first
                               sending */
    EVENT_KIND_N
};

/* Which segment EVENT_VIEW is about. */
enum view_of { VIEW_OF_OTHER, VIEW_OF_SYN, VIEW_OF_SYNACK, VIEW_OF_THIRD_ACK };

#define VIEW_OF_SHIFT 4
#define VIEW_INPUT(detail) ((detail) & 15u)

/* What became of data on a SYN (RFC 7413 §4.2). */
enum fast_open_fate {
    FAST_OPEN_REFUSED,  /* the SYN-ACK answers that SYN and acknowledges none of it */
    FAST_OPEN_TAKEN,    /* it acknowledges some of it */
    FAST_OPEN_UNHEARD,  /* it answers a later SYN, without data: the one with data was lost */
    FAST_OPEN_UNCLEAR,  /* which SYN it answers cannot be told */
};

/*
 * Plain data. The fields that a kind uses are named beside it; the others are 0. `evidence` is
 * the frame that proves or supports the event, 0 when none does. For EVENT_CHECK with result
 * CHECK_SKIPPED, `expected` holds the reason.
 *
 * For checks with SUBJECT_SEQ_AND_ACK, observed is the SEQ and expected the ACK that were seen;
 * what they should be is known from the connection (own FIN or ISN, and the peer's).
 */
struct event {
    uint8_t kind;      /* enum event_kind */
    uint8_t endpoint;  /* enum endpoint_id: whose state, or who sent it */
    uint8_t certainty; /* enum certainty */
    uint8_t detail;    /* check id; reset verdict; see the kind */
    uint8_t from;      /* enum tcp_state */
    uint8_t to;        /* enum tcp_state */
    uint8_t result;    /* enum check_result; reset origin */
    uint16_t addend;   /* checks: expected = base + addend */
    uint32_t observed;
    uint32_t expected;
    uint64_t frame;
    uint64_t evidence;
    int64_t time;      /* ns since the epoch; 0 where that is not kept */
};

/* Ten bytes of an address, from 10 * detail on, in and out of EVENT_ICMP_REPORTER. */
void event_put_address(struct event *event, const uint8_t address[16]);
void event_get_address(const struct event *event, uint8_t ret_address[16]);

/*
 * Who sent this ICMP error, which stands in the list. False, and the address all zero, when the
 * log had no room for that.
 */
bool event_reporter(const struct event *list, size_t count, const struct event *error,
                    const struct summary *summary, uint8_t ret_address[16]);

/* What an event is looked for by. */
struct event_query {
    enum event_kind kind;
    int endpoint;    /* enum endpoint_id; EVENT_ANY: either */
    int detail;      /* the check of EVENT_CHECK; EVENT_ANY: whatever it is */
    int result;      /* its result; EVENT_ANY: whatever it is */
    uint64_t before; /* only in frames before this one; 0: all */
};

/* EVENT_KEEP_ALIVE_UNANSWERED: later ones are not noted. */
#define KEEP_ALIVES_NOTED 16

#define EVENT_ANY (-1)

/* The first, or the last, event of a list sorted by frame that answers the query; or NULL. */
const struct event *event_find(const struct event *list, size_t count, struct event_query query);
const struct event *event_find_last(const struct event *list, size_t count,
                                    struct event_query query);

/* How bad it is that this check failed: as its row says, but a remark where a premise was neither
 * observed nor proved. */
enum severity event_severity(const struct event *failure);

/* The first event of this kind, or the last one in frames before `before` (0: in all), by this
 * endpoint or, with EVENT_ANY, by either; or NULL. */
const struct event *event_first(const struct event *list, size_t count, enum event_kind kind,
                                int endpoint);
const struct event *event_last_before(const struct event *list, size_t count,
                                      enum event_kind kind, int endpoint, uint64_t before);

/* The first or the last transition of endpoint into this state, or NULL. */
const struct event *event_entered(const struct event *list, size_t count,
                                  enum endpoint_id endpoint, enum tcp_state state);
const struct event *event_entered_last(const struct event *list, size_t count,
                                       enum endpoint_id endpoint, enum tcp_state state);

/*
 * The transition that endpoint's own FIN caused (into FIN_WAIT_1 or LAST_ACK), or NULL. Its
 * frame is the FIN's.
 */
const struct event *event_fin(const struct event *list, size_t count, enum endpoint_id endpoint);

/*
 * When this frame's segment passed the last input that shows it; `passed`, when it passed the first
 * one, unless the list holds a later view.
 */
int64_t event_arrival(const struct event *list, size_t count, uint64_t frame, int64_t passed);

/*
 * Which ICMP error rejected the SYN of a connection whose handshake was rejected: the first one
 * about the client that is of such a kind. NULL when the log does not hold it.
 */
const struct event *event_rejection(const struct event *list, size_t count, uint8_t ip_version);

#endif
