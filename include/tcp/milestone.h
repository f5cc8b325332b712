/*
 * milestone: what the verdicts on opening and closing rest on: SYNs, FINs and their
 * acknowledgements, counted and flagged; repeats told from copies.
 */
#ifndef TCP_MILESTONE_H
#define TCP_MILESTONE_H

#include "tcp/step.h"

/* Call after arithmetic_check() and before machine_sent(). */
void milestone_note(struct step *step);

/* Call after machine_sent(): takes over this segment's own FIN. */
void milestone_note_fin(struct step *step);

#endif
