/*
 * machine: the two tables of the reference state machine (RFC 9293 §3.3.2 as a passive observer
 * sees it) and their interpreter.
 *
 * TX rows: what a segment that X sends tells about X. Either the sending itself is the change
 * (dated to this segment, observed), or it proves that something had reached X before (dated to
 * that delivery, proved by this segment).
 * RX rows: what a delivered segment does to its receiver; used when no proof came but a timer or
 * the end of the capture decides.
 */
#ifndef TCP_MACHINE_H
#define TCP_MACHINE_H

#include "tcp/step.h"

/* Which segment a TX row's change is dated to. */
enum dated {
    DATED_SEGMENT,    /* the segment that is sent */
    DATED_FIRST,      /* the connection's first segment: the state was there before it */
    DATED_ACK_OF_SYN, /* the delivery that it proves */
    DATED_FIN,
    DATED_ACK_OF_FIN,
    DATED_RST,
};

struct tx_row {
    const char *id;       /* row of the reference specification: "T10" */
    unsigned before;      /* bit per enum tcp_state */
    unsigned when;        /* enum when: all of these hold */
    unsigned unless;      /* none of these holds */
    enum tcp_state after;
    enum certainty certainty;
    enum dated dated;
    enum tcp_state peer_after; /* what it tells about Y while nothing is known of Y, inferred or
                                  (mid-stream) assumed; STATE_NONE: nothing */
    const char *meaning; /* documentation for reviewers */
};

struct rx_row {
    const char *id;       /* "R17" */
    unsigned before;
    enum delivery delivery;
    enum tcp_state after;
    const char *meaning;
};

extern const struct tx_row machine_tx[];
extern const size_t machine_tx_count;
extern const struct rx_row machine_rx[];
extern const size_t machine_rx_count;

/* Which TX rows an end in a state need be asked of: where none of `asks` is true, as of most
 * segments, none of them. */
struct tx_rows {
    uint32_t asks; /* enum when: each of the rows asks for one of these */
    uint32_t first;
};

extern const struct tx_rows machine_tx_rows[STATE_N]; /* by enum tcp_state */

/* Applies the TX rows, in order, to the sender of this step's segment. */
void machine_sent(struct step *step);

/* Notes what this segment delivers to its receiver, until proof or a timer decides. */
void machine_deliver(struct step *step);

/* Notes that this segment delivers something to its receiver, until proof or a timer decides. */
void machine_pend(struct step *step, enum delivery delivery);

/*
 * Decides a pending delivery by the RX table with this certainty (inferred or assumed); evidence is
 * the frame that it is inferred from, or 0. Returns false when no row applies; the delivery is then
 * withdrawn.
 */
bool machine_decide(struct history_pool *pool, struct connection *c, enum endpoint_id id,
                    enum delivery delivery, uint64_t evidence, enum certainty certainty);

/* Says of an end of which nothing is known yet that it has no connection, from this segment on. */
void machine_begin_closed(struct history_pool *pool, struct connection *c, enum endpoint_id id,
                          const struct segment *segment);

/* Forgets a pending delivery: it evidently did not arrive. */
void machine_withdraw(struct history_pool *pool, struct connection *c, enum endpoint_id id,
                      enum delivery delivery);

#endif
