/*
 * audit_flow: what the checks of windows, order and timestamps share. The capture may lack
 * segments and hold others in another order than an end saw them (a card with several queues, two
 * captures put together). So a number that goes beyond what was seen is only doubted at first:
 * audit_doubt asks the other end's next segments, and fails the check, with the frame of that
 * earlier segment, when they show that nothing was missed.
 */
#ifndef TCP_AUDIT_FLOW_H
#define TCP_AUDIT_FLOW_H

#include "tcp/audit.h"

/* Why nothing can be said about the windows of the connection; REASON_NONE when it can. */
enum check_reason audit_window_reason(const struct audit *audit);

/* How far an end may send, as far as was seen: its peer's highest right edge. False: the peer
 * granted nothing that was seen. */
bool audit_edge(const struct endpoint *sender, const struct ledger_side *granted, int64_t *ret);

/* Whether the sender made this segment after all others of it that passed before. */
bool audit_sent_later(const struct audit *audit);

/* Whether the IP ID is the one that a host which counts them up gives next. */
bool audit_ip_id_is_next(const struct ledger_side *own, const struct segment *segment);

/* Whether this end's newest segment grants nothing. */
bool audit_window_closed(const struct ledger_side *granted);

/* Whether timestamps may be in use: no SYN is known that offers none. */
static inline bool audit_stamps_may_be_used(const struct step *step)
{
    const unsigned syns = END_SYN | END_SYNACK, offers = END_TIMESTAMPS | END_OPTIONS_UNKNOWN;
    unsigned x = step->x->flags, y = step->y->flags;
    return (!(x & syns) || (x & offers)) && (!(y & syns) || (y & offers));
}

/* Remembers a doubt about this segment, unless one waits. */
void audit_doubt(const struct audit *audit, enum doubt kind, uint32_t number, uint32_t other);

#endif
