/*
 * tcp_state: the states of RFC 9293 §3.3.2, how sure we are of a statement, and the two ends.
 */
#ifndef MODEL_TCP_STATE_H
#define MODEL_TCP_STATE_H

enum tcp_state {
    STATE_NONE, /* nothing known: not CLOSED */
    STATE_CLOSED,
    STATE_LISTEN,
    STATE_SYN_SENT,
    STATE_SYN_RCVD,
    STATE_ESTABLISHED,
    STATE_FIN_WAIT_1,
    STATE_FIN_WAIT_2,
    STATE_CLOSING,
    STATE_TIME_WAIT,
    STATE_CLOSE_WAIT,
    STATE_LAST_ACK,
    STATE_N
};

/* How a statement is known, surest first. A conclusion takes the least sure of its premises. */
enum certainty {
    CERTAINTY_OBSERVED, /* a captured segment itself shows it */
    CERTAINTY_PROVED,   /* a later segment of the receiver acknowledges it */
    CERTAINTY_INFERRED, /* needs a model of behaviour or a timer */
    CERTAINTY_ASSUMED,  /* a default filled in */
    CERTAINTY_N
};

enum endpoint_id {
    CLIENT = 0, /* the initiator, A of the specification */
    SERVER = 1, /* the responder, B */
};

static inline enum endpoint_id endpoint_peer(enum endpoint_id id)
{
    return id == CLIENT ? SERVER : CLIENT;
}

/* "SYN_SENT"; "NONE" for STATE_NONE. Never NULL. */
const char *tcp_state_name(enum tcp_state state);

/* "observed", ... Never NULL. */
const char *certainty_name(enum certainty certainty);

/* "client" or "server". */
const char *endpoint_name(enum endpoint_id id);

#endif
