/*
 * loss: why each segment was sent: first sending, sent again and by what trigger, probe, copy,
 * overtaken; and what each acknowledgement was for. The stages are those of the reference
 * specification, section 4, a file each (tcp/loss_*.c).
 *
 * A connection's record is an extension of its log. It is opened when something has to be
 * remembered: a second segment outstanding, a gap or a repeat; from the first segment on where
 * segments are kept. It is closed when both ends have closed.
 */
#ifndef TCP_LOSS_H
#define TCP_LOSS_H

#include "model/capture_facts.h"
#include "model/summary.h"
#include "tcp/incarnation.h"
#include "tcp/step.h"

/* The segments of this connection are wanted: before its first one. */
void loss_choose(struct history_pool *pool, const struct connection *c);

/* Classifies a segment: after sequence_place(), before sequence_update(). */
void loss_segment(struct step *step);

/* Gives back what both ends' closing makes superfluous: after the machine. */
void loss_close(struct step *step);

/* A segment that nobody took. */
void loss_damaged(struct step *step);

/* A SYN that waits (tcp/incarnation): it reached no endpoint's machine. */
void loss_waits(struct history_pool *pool, const struct connection *c, enum endpoint_id sender,
                const struct segment *segment);

/* Nor did a copy of another frame. It comes from the capture itself where many frames have one:
 * `mirrored`, by how many have so far; at the end it is judged anew. */
void loss_copied(struct history_pool *pool, const struct connection *c, enum endpoint_id sender,
                 const struct segment *segment, const struct frame_copy *copy, bool mirrored);
bool loss_is_mirrored(uint64_t copies, uint64_t segments);
void loss_judge_copies(struct history_pool *pool, const struct connection *c,
                       const struct capture_facts *facts);

/* Another input shows a segment again, which was tracked as number `frame`. */
void loss_view(struct history_pool *pool, const struct connection *c, enum endpoint_id sender,
               const struct segment *view, uint64_t frame);

/* A SYN that waited on this connection, with its repeats, turned out to begin another one. */
void loss_take_back(struct history_pool *pool, const struct connection *c,
                    const struct waiting_syn *waited);

/* What was sent again, into the summary of a connection. */
void loss_summarise(const struct history_pool *pool, const struct connection *c,
                    struct summary *ret_summary);

/* What was measured, and the segments. */
void loss_detail(const struct history_pool *pool, const struct connection *c,
                 struct summary *ret_summary);

#endif
