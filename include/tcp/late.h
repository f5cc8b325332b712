/*
 * late: segments that come after their connection was handed over. Its record stays in the table
 * for a while without a log, so that a repeated FIN or a late RST begins nothing and is shown
 * nowhere (RFC 9293 §3.6.1: TIME_WAIT is there to absorb them).
 */
#ifndef TCP_LATE_H
#define TCP_LATE_H

#include "tcp/connection.h"

/*
 * Whether this segment can't be of the connection that was handed over: its numbers lie outside
 * both complete streams, or the sender of the RST that ended it goes on. It begins another
 * connection. Call for what tcp/incarnation leaves with the old one.
 */
bool late_is_other(const struct connection *c, enum endpoint_id sender,
                   const struct segment *segment);

/* Takes a late segment in: only the time of the connection's last segment moves, to that of this
 * one. False when it does not: then the record lives no longer for it. */
bool late_absorb(struct connection *c, enum endpoint_id sender, const struct segment *segment);

#endif
