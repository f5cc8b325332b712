/*
 * sequence: a segment's numbers among those of its connection: unwrapped, placed (new, repeated,
 * copy, late), and the update of SND.NXT and SND.UNA.
 *
 * MARK_COPY: the segment is right behind its equal, by the numbers and the newest segment that the
 * connection remembers. Copies that the capture made, found among all of its last frames, do not
 * come here: flow/copy.
 */
#ifndef TCP_SEQUENCE_H
#define TCP_SEQUENCE_H

#include "base/seq.h"
#include "tcp/step.h"

/* How far beyond the expected a number may lie and still be believed at once: bytes that the
 * capture missed. Farther ones need a second witness, or are wrong arithmetic. */
#define MISSED_MAX (INT64_C(1) << 20)

/* What several receive queues mix up lies so close together, ns; no host sends again so soon. */
#define MISORDER_MAX INT64_C(2000000)
/* A host that counts its IP IDs up has used few between two segments of one connection. */
#define IP_ID_NEAR 1024u

/* Whether a host that counts its IP IDs up sent the segment soon after a packet with this one. */
static inline bool segment_follows_ip_id(const struct segment *s, uint16_t before)
{
    uint16_t ahead = (uint16_t)(s->ip_id - before);
    return segment_has_ip_id(s) && before != 0 && ahead > 0 && ahead < IP_ID_NEAR;
}

/* Whether the peer's receive window is closed, as far as its newest segment tells. */
static inline bool step_window_is_closed(const struct step *step)
{
    return (step->y->flags & END_SEEN) && step->y->window_last == 0;
}

/* ISN of an endpoint in U-space. */
static inline int64_t endpoint_isn(const struct endpoint *end)
{
    return seq_base(end->isn);
}

/* Whether it can close first: known neither to have closed nor to have the peer's FIN. */
static inline bool endpoint_is_open(const struct endpoint *end)
{
    return end->state == STATE_SYN_RCVD || end->state == STATE_ESTABLISHED;
}

/* ns from a segment toward this endpoint passing the capture point until its answer passes it;
 * 0 when unknown. */
#define LEG_MAX INT64_C(120000000000) /* a broken clock must not stretch every timer */
static inline int64_t connection_leg(const struct connection *c, enum endpoint_id id)
{
    int64_t leg = id == CLIENT ? c->leg_client : c->leg_server;
    if (leg <= 0)
        return 0;
    return leg < LEG_MAX ? leg : LEG_MAX;
}

/* The window that this step's segment advertises, in bytes (RFC 7323 §2.3: not on a SYN). */
static inline uint32_t step_window(const struct step *step)
{
    bool scaled = (step->x->flags & END_SCALE) && (step->y->flags & END_SCALE) &&
                  !(step->s->flags & TCP_SYN);
    return scaled ? (uint32_t)step->s->window << step->x->window_scale : step->s->window;
}

/* The scale of windows is known from both SYNs, or from one that offers none (RFC 7323 §2.2). */
static inline bool step_scale_is_known(const struct step *step)
{
    const unsigned syns = END_SYN | END_SYNACK;
    const struct endpoint *x = step->x, *y = step->y;
    bool x_known = (x->flags & syns) && !(x->flags & END_OPTIONS_UNKNOWN);
    bool y_known = (y->flags & syns) && !(y->flags & END_OPTIONS_UNKNOWN);
    return (x_known && y_known) || (x_known && !(x->flags & END_SCALE)) ||
           (y_known && !(y->flags & END_SCALE));
}

/* A SYN that the network doubled is answered twice (RFC 9293 §3.10.7.4). */
static inline void connection_note_syn_copy(struct connection *c)
{
    if (c->syn_copies < 3)
        c->syn_copies++;
}

/* Whether fewer SYN-ACKs than SYNs passed before this segment, or a SYN behind the newest one: then
 * another one is due. */
static inline bool step_synack_is_due(const struct step *step)
{
    bool behind = step->y->last_time > step->x->last_time &&
                  !(step->c->flags & CONN_SYNACK_ACKED);
    return behind || (unsigned)step->y->syns + step->c->syn_copies > step->x->syns;
}

/*
 * Whether a segment that equals another one, which its sender sent so long before, is a copy made
 * on the way. The round trip is 0 where it is not known.
 */
bool step_copy_is_timely(const struct step *step, int64_t gap, int64_t trip);

/* Fills seq, end, ack and marks of a step; learns bases of directions seen first here. */
void sequence_place(struct step *step);

/* Takes over what the segment says about both directions. */
void sequence_update(struct step *step);

#endif
