/* expiry: patience for each kind of connection. */
#include "tcp/expiry.h"

#include "base/time_text.h"

#define RESET_KEPT (10 * NS_PER_S)

const enum expiry expiry_victims[EXPIRY_N] = {
    EXPIRY_CLOSED_KEPT, EXPIRY_RESET_KEPT, EXPIRY_CLOSED,
    EXPIRY_RESET,       EXPIRY_OPENING,    EXPIRY_OPEN,
};

/* Ended connections: handed over and kept, or both over at once. */
static struct expiry_rule rule_ended(enum expiry list, enum expiry kept, int64_t life,
                                     int64_t linger)
{
    bool keeps = linger > 0 && linger < life;
    return (struct expiry_rule){ keeps ? linger : life, keeps ? kept : list };
}

struct expiry_rule expiry_rule(enum expiry list, int64_t msl, int64_t linger)
{
    switch (list) {
    case EXPIRY_OPENING:
        return (struct expiry_rule){ PATIENCE_OPENING, list };
    case EXPIRY_CLOSED:
        return rule_ended(list, EXPIRY_CLOSED_KEPT, 2 * msl, linger);
    case EXPIRY_RESET:
        return rule_ended(list, EXPIRY_RESET_KEPT, RESET_KEPT, linger);
    case EXPIRY_CLOSED_KEPT: /* TIME_WAIT (RFC 9293 §3.6.1) */
        return (struct expiry_rule){ 2 * msl, list };
    case EXPIRY_RESET_KEPT:
        return (struct expiry_rule){ RESET_KEPT, list };
    case EXPIRY_OPEN:
    case EXPIRY_N:
        break;
    }
    return (struct expiry_rule){ PATIENCE_OPEN, list };
}
