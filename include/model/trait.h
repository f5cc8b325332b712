/*
 * trait: what a connection has, at a glance: 64 bits, from its events and its summary. Most
 * connections have nothing that a finding could rest on, and their bits show it: each diagnosis
 * says in diagnose/diagnosis which ones it needs, and is not asked of a connection without them.
 */
#ifndef MODEL_TRAIT_H
#define MODEL_TRAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time_text.h"
#include "model/check.h"
#include "model/event.h"
#include "model/summary.h"

#define TRAIT_BIT(n) (UINT64_C(1) << (n))

/* An event of this kind: "TRAIT_EVENT(EVENT_RESET)". */
#define TRAIT_EVENT(kind) TRAIT_BIT(kind)

/* From here on: of events, more closely. */
#define TRAIT_CHECK_FAILED TRAIT_BIT(32)       /* of the arithmetic of the handshake and the close */
#define TRAIT_RULE_FAILED TRAIT_BIT(33)        /* any other check */
#define TRAIT_CLIENT_CONNECTED TRAIT_BIT(34)   /* into ESTABLISHED, observed or proved */
#define TRAIT_SERVER_CONNECTED TRAIT_BIT(35)
#define TRAIT_CLOSE_WAIT_LASTED TRAIT_BIT(36)  /* between the first and the last of the transitions
                                                  into and out of CLOSE_WAIT: TRAIT_LASTED */

/* From here on: of the summary. */
#define TRAIT_HANDSHAKE(kind) TRAIT_BIT(40 + (kind))
#define TRAIT_CLOSE(kind) TRAIT_BIT(50 + (kind))
#define TRAIT_IN_CLOSE_WAIT TRAIT_BIT(57)      /* an end is in CLOSE_WAIT */
#define TRAIT_CHECKSUMS TRAIT_BIT(58)          /* one that is wrong, or left to a network card */
#define TRAIT_NOT_TAKEN TRAIT_BIT(59)          /* its SYN-ACK was acknowledged, and the server is in
                                                  SYN_RCVD, or sent nothing else but RSTs */

/* Whatever there is. */
#define TRAITS_ALL UINT64_MAX

#define TRAIT_LASTED (60 * NS_PER_S)

_Static_assert(EVENT_KIND_N <= 32 && HANDSHAKE_N <= 10 && CLOSE_N <= 7, "what the bits hold");

/* The times of transitions into and out of CLOSE_WAIT; start with {INT64_MAX, INT64_MIN}. */
struct trait_span {
    int64_t least, most;
};

/* What one transition adds to the traits. */
static inline uint64_t trait_of_transition(struct trait_span *span, unsigned endpoint,
                                           unsigned from, unsigned to, unsigned certainty,
                                           int64_t time)
{
    if (from == STATE_CLOSE_WAIT || to == STATE_CLOSE_WAIT) {
        span->least = time < span->least ? time : span->least;
        span->most = time > span->most ? time : span->most;
    }
    if (to != STATE_ESTABLISHED || certainty > CERTAINTY_PROVED)
        return 0;
    return endpoint == CLIENT ? TRAIT_CLIENT_CONNECTED : TRAIT_SERVER_CONNECTED;
}

static inline uint64_t trait_of_span(const struct trait_span *span)
{
    bool lasted = span->most > span->least &&
                  (uint64_t)span->most - (uint64_t)span->least >= (uint64_t)TRAIT_LASTED;
    return lasted ? TRAIT_CLOSE_WAIT_LASTED : 0;
}

/* What a failed check adds. */
static inline uint64_t trait_of_failure(unsigned check)
{
    return check < CHECK_ARITHMETIC_N ? TRAIT_CHECK_FAILED : TRAIT_RULE_FAILED;
}

/* All that a list of events has. */
uint64_t traits_of_events(const struct event *list, size_t count);

uint64_t traits_of_summary(const struct summary *summary);

#endif
