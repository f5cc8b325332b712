/*
 * plain: the short way for segments at which nothing but the usual happens, as at most of them: the
 * next bytes in order, or a bare ACK, between two ends that are open. What the parts of tcp/ would
 * ask of each other is asked here once, by comparisons of the record and the segment alone.
 *
 * It is a shortcut and nothing else: whatever a record holds, what stands in it behind the short
 * way is what the whole way would have written (tests/unit/test_plain_step).
 */
#ifndef TCP_PLAIN_H
#define TCP_PLAIN_H

#include "tcp/step.h"

/*
 * Whether the segment is plain. Then both ends are ESTABLISHED, or one is in FIN_WAIT_2 and the other
 * in CLOSE_WAIT; it has ACK and neither SYN, FIN nor RST, no window is closed, its number is SND.NXT, and what it acknowledges lies from SND.UNA to
 * SND.NXT of the other end; a bare ACK says something new, or all was acknowledged before.
 *
 * The step's numbers are filled as tcp/sequence would, without marks, and what comes before the
 * checks is noted. If it is not plain nothing is changed.
 */
bool plain_begin(struct step *step);

/* Takes over what a plain segment says about both directions. */
void plain_update(struct step *step);

#endif
