/*
 * arithmetic: makes the handshake and close checks of model/check as segments pass. Results go
 * to the log as events; words are put to them in report/.
 */
#ifndef TCP_ARITHMETIC_H
#define TCP_ARITHMETIC_H

#include "tcp/step.h"

/* Checks this segment against what was known before it: call before sequence_update(). */
void arithmetic_check(struct step *step);

/* At the end: checks whose turn never came are noted as skipped, with the reason. */
void arithmetic_finish(struct history_pool *pool, struct connection *c);

#endif
