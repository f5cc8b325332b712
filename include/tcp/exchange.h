/*
 * exchange: whose turn it is to speak. A turn is all that one end sends before the other one sends
 * something: a request, and its answer (the reference specification, section 5.2). Kept for each
 * connection with payload, in the same way for both ends, because who is the client may be
 * understood late.
 */
#ifndef TCP_EXCHANGE_H
#define TCP_EXCHANGE_H

#include <stdint.h>

#include "model/limits.h"
#include "tcp/step.h"
#include "tcp/tempo_state.h"

/* A segment with payload, before sequence_update(). */
void exchange_segment(struct exchange *exchange, const struct step *step);

/* How long the turn of this end, if it is its turn, came after the other one's, ns; or 0. */
int64_t exchange_wait(const struct exchange *exchange, enum endpoint_id id);

void exchange_result(const struct exchange *exchange, const struct connection *c,
                     struct exchanges *ret);

#endif
