/*
 * limits: what a connection spent its time on. Of each direction, what kept its sender from sending
 * more; of the connection, how long requests waited for their answers. Plain data.
 */
#ifndef MODEL_LIMITS_H
#define MODEL_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

/* Why a sender did not send more, each moment for one reason. */
enum share_part {
    SHARE_PROGRAM,     /* its program had nothing to send */
    SHARE_HELD_BACK,   /* a short segment waited for an acknowledgement (RFC 9293 §3.7.4, Nagle) */
    SHARE_WINDOW_FULL, /* all that the receiver's window allows was sent */
    SHARE_WINDOW_ZERO, /* and the window was closed */
    SHARE_REPAIR,      /* what was lost was being sent again */
    SHARE_TIMEOUT,     /* a timer had to end before that */
    SHARE_NETWORK,     /* acknowledgements were on their way */
    SHARE_SLOW_START,  /* likewise, while each round trip brought more than the one before */
    SHARE_QUEUE,       /* likewise, while round trips took much longer than the shortest one */
    SHARE_UNCLEAR,     /* silence that may be the program's, or a timer's for what was lost unseen */
    SHARE_PEER,        /* the other end's turn: all had arrived, and its payload came next */
    SHARE_N
};

/* The parts in groups, in the words of the JSON contract; the last two are in none. */
enum limit_cause {
    LIMIT_NONE,
    LIMIT_APPLICATION,
    LIMIT_RECEIVER,
    LIMIT_LOSS,
    LIMIT_NETWORK,
    LIMIT_N
};

/* Of the active time, in percent. */
#define LIMIT_MAIN 50 /* it limited the direction */
#define LIMIT_ALSO 25

/* What a window, or loss, allows at most. */
enum limit_ceiling {
    CEILING_NONE,   /* neither is known */
    CEILING_WINDOW, /* the largest window / round trip */
    CEILING_LOSS,   /* MSS / round trip * 1.22 / sqrt(loss rate) (Mathis and others, 1997) */
};

/* Of what an endpoint sent. */
struct limits {
    bool known;
    uint8_t cause;       /* enum limit_cause; LIMIT_NONE: none of them alone */
    uint8_t also;        /* bit per enum limit_cause: the others that count */
    uint8_t certainty;   /* enum certainty */
    uint8_t near;        /* enum limit_ceiling: the one that is nearest to the goodput */
    int64_t parts[SHARE_N];  /* ns */
    int64_t active;          /* ns: all of them but SHARE_PEER */
    int64_t longest;         /* ns: the longest time in one piece for the cause that has most, */
    uint64_t longest_frame;  /* and the frame that ended it; 0: none */
    int64_t trip;            /* ns: the round trip: the newest sample, and the shortest one */
    int64_t trip_min;
    uint64_t bytes;          /* acknowledged in `span` */
    int64_t span;            /* ns: from the first byte that was measured to its last ACK */
    uint32_t window;         /* the most that the receiver's window allowed at a time */
    uint32_t segment;        /* payload of a full segment */
    uint32_t segments, repeats; /* full or part of one, and those sent again */
};

/* Requests and what answers them. Times are those of the server's host: the shortest way from the
 * capture point to it and back is taken off. */
struct exchanges {
    bool known;
    bool timed;          /* false: requests overlap too often; only first_byte is known */
    uint8_t certainty;   /* enum certainty */
    uint32_t count;      /* of those that were timed */
    uint32_t overlapped; /* the next request, or the answer, came before all of the other's bytes */
    uint32_t unclear;    /* something was lost or repeated between request and answer */
    int64_t first_byte;  /* ns: from the client's first byte to the server's; UNKNOWN_NS */
    int64_t leg;         /* ns that were taken off; 0: not known, nothing was */
    int64_t wait_min, wait_max, wait_sum; /* ns */
    uint64_t slowest_request, slowest_answer; /* frames */
    int64_t transfer;    /* ns: the answers, from their first to their last byte, together */
    uint32_t thinks;     /* times that the client sent again after an answer, */
    int64_t think_sum;   /* and how long after it, ns */
};

const char *limit_cause_name(enum limit_cause cause); /* NULL for LIMIT_NONE */
const char *share_part_name(enum share_part part);
const char *limit_ceiling_name(enum limit_ceiling ceiling); /* NULL for none */
enum limit_cause share_part_cause(enum share_part part);

/* The time that the parts of one cause take together, ns. */
int64_t limits_of_cause(const struct limits *limits, enum limit_cause cause);

/* In bytes a second; 0: not known. */
double limits_goodput(const struct limits *limits);
double limits_ceiling(const struct limits *limits, enum limit_ceiling ceiling);

/* Fills active, cause, also and near from what was measured. */
void limits_judge(struct limits *limits);

#endif
