/*
 * objection: an ICMP error reaches the connection whose segment it quotes. It is believed as far
 * as its receiver would believe it, and it closes nothing but an opening (RFC 9293 §3.9.2.2).
 */
#ifndef TCP_OBJECTION_H
#define TCP_OBJECTION_H

#include "model/notice.h"
#include "tcp/connection.h"
#include "tcp/history.h"

/*
 * Whether this is the error before once more, at once: a frame that the capture holds twice.
 * Remembers it in last, which begins as zeros.
 */
bool objection_is_copy(struct notice *last, const struct notice *notice);

/*
 * x: the end whose segment is quoted. False, and nothing noted, when that end would not take the
 * message for its own: it is addressed to somebody else, damaged, or quotes a number that is not
 * outstanding (RFC 5927 §4.1).
 */
bool objection_take(struct history_pool *pool, struct connection *c, enum endpoint_id x,
                    const struct notice *notice);

/* Whether an error stands against the opening of x: it did not go on, and nothing answered. */
bool objection_stands(const struct connection *c, enum endpoint_id x);

/* A SYN of x that comes again shows that it has not given up. */
void objection_withdraw(struct history_pool *pool, struct connection *c, enum endpoint_id x);

/* How long after an error x would have sent its SYN again, had it not given up; ns. */
int64_t objection_patience(const struct connection *c, enum endpoint_id x);

#endif
