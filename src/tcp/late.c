/* late: what still comes after the end. */
#include "tcp/late.h"

#include "base/seq.h"
#include "tcp/incarnation.h"
#include "tcp/reset.h"
#include "tcp/sequence.h"

/* Payload that lies within what this end is known to have sent. */
static bool payload_is_known(const struct endpoint *x, const struct segment *s)
{
    int64_t seq = seq_unwrap(x->snd_nxt, s->seq);
    return seq >= endpoint_isn(x) && seq + s->payload_len <= x->snd_nxt;
}

bool late_is_other(const struct connection *c, enum endpoint_id sender, const struct segment *s)
{
    const struct endpoint *x = &c->end[sender];

    if (s->flags & TCP_RST)
        return false;
    if (s->flags & TCP_SYN)
        return !(x->flags & (END_ISN_KNOWN | END_ISN_ASSUMED)) || x->isn != s->seq;
    if (x->flags & END_RST)
        return s->time - x->last_time > reset_under_way(c);
    /* After a RST its receiver may not know of it yet, and sends what it likes. */
    if (c->flags & CONN_RESET)
        return false;
    return s->payload_len > 0 && !payload_is_known(x, s);
}

bool late_absorb(struct connection *c, enum endpoint_id sender, const struct segment *s)
{
    if (s->frame > c->last_frame)
        c->last_frame = s->frame & FRAME_MAX;
    /* A stream that grows keeps no record alive: for too long it would be shown nowhere. */
    if (s->payload_len > 0 && !payload_is_known(&c->end[sender], s))
        return false;
    if (s->time > c->last_time)
        c->last_time = s->time;
    return true;
}
