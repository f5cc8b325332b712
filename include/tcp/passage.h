/*
 * passage: the order in which a segment goes through the parts of tcp/, the one that the reference
 * specification gives: what it acknowledges comes before what it sends.
 */
#ifndef TCP_PASSAGE_H
#define TCP_PASSAGE_H

#include "tcp/step.h"

/* One segment through the parts of tcp/. */
void step_run(struct step *step);

#endif
