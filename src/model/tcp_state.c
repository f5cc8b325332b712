/* tcp_state: names of states, certainties and endpoints. See RFC 9293 §3.3.2. */
#include "model/tcp_state.h"

#include <stddef.h>

static const char *const state_names[STATE_N] = {
    [STATE_NONE] = "NONE",
    [STATE_CLOSED] = "CLOSED",
    [STATE_LISTEN] = "LISTEN",
    [STATE_SYN_SENT] = "SYN_SENT",
    [STATE_SYN_RCVD] = "SYN_RCVD",
    [STATE_ESTABLISHED] = "ESTABLISHED",
    [STATE_FIN_WAIT_1] = "FIN_WAIT_1",
    [STATE_FIN_WAIT_2] = "FIN_WAIT_2",
    [STATE_CLOSING] = "CLOSING",
    [STATE_TIME_WAIT] = "TIME_WAIT",
    [STATE_CLOSE_WAIT] = "CLOSE_WAIT",
    [STATE_LAST_ACK] = "LAST_ACK",
};

static const char *const certainty_names[CERTAINTY_N] = {
    [CERTAINTY_OBSERVED] = "observed",
    [CERTAINTY_PROVED] = "proved",
    [CERTAINTY_INFERRED] = "inferred",
    [CERTAINTY_ASSUMED] = "assumed",
};

const char *tcp_state_name(enum tcp_state state)
{
    return (unsigned)state < STATE_N ? state_names[state] : "?";
}

const char *certainty_name(enum certainty certainty)
{
    return (unsigned)certainty < CERTAINTY_N ? certainty_names[certainty] : "?";
}

const char *endpoint_name(enum endpoint_id id)
{
    return id == SERVER ? "server" : "client";
}
