/*
 * neighbour: notes of each segment what Zeek and Wireshark would note, in 48 bytes of the
 * connection's log: history letters in order, the states of Zeek's machine, completeness. Without
 * a log nothing is noted. Zeek's originator is our client.
 *
 * The letters, a capital for the client:
 *
 *   s  SYN without ACK      again when an end that closed sends one with another number
 *   h  SYN with ACK         so too; s and h of one end count as one
 *   a  ACK, no payload      once
 *   d  payload              once
 *   f  FIN                  again where its number differs from the FIN before
 *   r  RST                  again where its number differs from the RST before
 *   i  FIN and RST          once
 *   q  SYN with FIN or RST  once
 *   c  damaged checksum     the 1st, 10th, 100th... of an end; nothing else is noted of it
 *   t  payload again        the 1st, 10th, 100th...; also payload on a SYN, as Zeek does it
 *   w  window 0             the 1st, 10th, 100th..., not after the other's FIN
 *   g  missing bytes that the other end acknowledged      the 1st, 10th, 100th...
 *   ^  at the beginning: the first segment came from the server
 */
#ifndef TCP_NEIGHBOUR_H
#define TCP_NEIGHBOUR_H

#include "model/summary.h"
#include "tcp/neighbour_record.h"

struct step;

/* Notes a segment of a connection with a log: after sequence_place(), before anything else takes
 * its numbers over. A damaged segment needs no place. */
void neighbour_note(const struct step *step);

/* Client and server changed places. NULL does nothing. */
void neighbour_swap(struct neighbour *neighbour);

/* NULL: the summary says that nothing is known. */
void neighbour_summarise(const struct neighbour *neighbour, struct summary *ret_summary);

#endif
