/* kinds: names as the JSON contract spells them. */
#include "model/kinds.h"

#include <stddef.h>

static const char *const handshake_names[HANDSHAKE_N] = {
    [HANDSHAKE_NOT_CAPTURED] = "not-captured",
    [HANDSHAKE_SIMULTANEOUS] = "simultaneous",
    [HANDSHAKE_SPLIT] = "split",
    [HANDSHAKE_FAST_OPEN] = "fast-open",
    [HANDSHAKE_THREE_WAY] = "three-way",
    [HANDSHAKE_REJECTED] = "rejected",
    [HANDSHAKE_REFUSED] = "refused",
    [HANDSHAKE_ABORTED] = "aborted",
    [HANDSHAKE_HALF_OPEN] = "half-open",
    [HANDSHAKE_UNANSWERED] = "unanswered",
};

static const char *const close_names[CLOSE_N] = {
    [CLOSE_RESET] = "reset",
    [CLOSE_SIMULTANEOUS] = "simultaneous",
    [CLOSE_THREE_SEGMENT] = "three-segment",
    [CLOSE_FOUR_SEGMENT] = "four-segment",
    [CLOSE_FIN_UNANSWERED] = "fin-unanswered",
    [CLOSE_HALF_CLOSED] = "half-closed",
    [CLOSE_OPEN] = "open",
};

static const char *const role_names[ROLE_N] = {
    [ROLE_SYN] = "syn",
    [ROLE_SYN_ACK] = "syn-ack",
    [ROLE_SIMULTANEOUS] = "simultaneous",
    [ROLE_KNOWN_SERVICE] = "known-service",
    [ROLE_PAYLOAD] = "payload",
    [ROLE_PORT] = "port",
    [ROLE_PEERS] = "peers",
    [ROLE_FIRST_SENDER] = "first-sender",
};

const char *handshake_kind_name(enum handshake_kind kind)
{
    return (unsigned)kind < HANDSHAKE_N ? handshake_names[kind] : "?";
}

const char *close_kind_name(enum close_kind kind)
{
    return (unsigned)kind < CLOSE_N ? close_names[kind] : "?";
}

const char *role_evidence_name(enum role_evidence evidence)
{
    return (unsigned)evidence < ROLE_N ? role_names[evidence] : "?";
}

const char *closer_name(enum closer closer)
{
    switch (closer) {
    case CLOSER_CLIENT:
        return "client";
    case CLOSER_SERVER:
        return "server";
    case CLOSER_BOTH:
        return "both";
    case CLOSER_NONE:
        break;
    }
    return NULL;
}
