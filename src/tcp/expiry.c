/* expiry: lists and patience. */
#include "tcp/expiry.h"

#include <string.h>

#include "base/time_text.h"
#include "tcp/incarnation.h"

#define RESET_KEPT (10 * NS_PER_S)

enum expiry expiry_of(const struct connection *c)
{
    bool kept = c->flags & CONN_SHOWN;
    if (c->flags & CONN_RESET)
        return kept ? EXPIRY_RESET_KEPT : EXPIRY_RESET;
    if (connection_ended(c))
        return kept ? EXPIRY_CLOSED_KEPT : EXPIRY_CLOSED;
    bool opening = !(c->flags & (CONN_SYNACK_ACKED | CONN_MIDSTREAM));
    return opening ? EXPIRY_OPENING : EXPIRY_OPEN;
}

void expiry_rules(int64_t msl, int64_t linger, struct expiry_rule ret_rules[EXPIRY_N])
{
    const int64_t two_msl = 2 * msl;
    const bool closed_kept = linger > 0 && linger < two_msl;
    const bool reset_kept = linger > 0 && linger < RESET_KEPT;
    const struct expiry_rule rules[EXPIRY_N] = {
        [EXPIRY_OPEN] = { PATIENCE_OPEN, EXPIRY_OPEN },
        [EXPIRY_OPENING] = { PATIENCE_OPENING, EXPIRY_OPENING },
        [EXPIRY_CLOSED] = { closed_kept ? linger : two_msl,
                            closed_kept ? EXPIRY_CLOSED_KEPT : EXPIRY_CLOSED },
        [EXPIRY_RESET] = { reset_kept ? linger : RESET_KEPT,
                           reset_kept ? EXPIRY_RESET_KEPT : EXPIRY_RESET },
        [EXPIRY_CLOSED_KEPT] = { two_msl, EXPIRY_CLOSED_KEPT },
        [EXPIRY_RESET_KEPT] = { RESET_KEPT, EXPIRY_RESET_KEPT },
    };
    memcpy(ret_rules, rules, sizeof rules);
}
