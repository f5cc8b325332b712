/*
 * condition: what is true of a segment, as the rows of the machine ask for it (enum when).
 */
#ifndef TCP_CONDITION_H
#define TCP_CONDITION_H

#include "tcp/step.h"

/* Fills facts of a step whose numbers are placed and whose marks are found. */
void conditions_find(struct step *step);

#endif
