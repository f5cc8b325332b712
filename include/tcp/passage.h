/*
 * passage: the order in which a segment goes through the parts of tcp/, the one that the reference
 * specification gives: what it acknowledges comes before what it sends.
 */
#ifndef TCP_PASSAGE_H
#define TCP_PASSAGE_H

#include "tcp/step.h"

/*
 * One segment through the parts of tcp/.
 *
 * A socket that is connected to itself receives what it sends (RFC 9293 §3.5: its SYN meets its
 * own, as when SYNs cross). Client and server are one endpoint then, kept twice: what one sends,
 * the other sends, too.
 */
void step_run(struct step *step);

#endif
