/*
 * hole: bytes that are missing at the receiver. A FIN that arrives before them waits for them,
 * as data would (RFC 9293 §3.10.7.4): its receiver is in CLOSE_WAIT only when they have come.
 *
 * What the capture lacks is no hole: only what the receiver says counts, with SACK blocks above
 * its acknowledgement (RFC 2018) or, without SACK, with a duplicate ACK (RFC 5681 §2), and bytes
 * that pass behind others before they are acknowledged.
 */
#ifndef TCP_HOLE_H
#define TCP_HOLE_H

#include "tcp/step.h"

/* What this segment's acknowledgement tells about holes in the peer's stream: call before
 * sequence_update(). Takes the peer's FIN back that is shown to wait behind one. */
void hole_note(struct step *step);

/* Adds WHEN_FILLS_HOLE to the facts where it holds: call after sequence_place(). */
void hole_find(struct step *step);

#endif
