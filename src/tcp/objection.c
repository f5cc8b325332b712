/* objection: what is believed of an ICMP error, and what it does to an opening. */
#include "tcp/objection.h"

#include <string.h>

#include "base/seq.h"
#include "base/time_text.h"
#include "tcp/machine.h"

/* So many errors of a connection are noted one by one; later ones change no more. */
#define OBJECTIONS_LOGGED 32u
/* The pauses between SYNs double (RFC 6298 §5.5), up to this many times. */
#define DOUBLINGS_MAX 6
/* Routers and hosts answer each packet once, and space their errors (RFC 1812 §4.3.2.8): one that
 * comes again sooner, in ns, is a copy. */
#define NOTICE_COPY NS_PER_MS

/* Eight bytes hold no flags, but until something answers only the SYN was sent. */
static bool is_opening(const struct endpoint *x, const struct endpoint *y)
{
    return (x->flags & END_SYN) && x->state == STATE_SYN_SENT && !(y->flags & END_SEEN);
}

/* RFC 5927 §4.1: SND.UNA <= SEG.SEQ < SND.NXT; a bare ACK that is quoted carries SND.NXT. */
static bool is_outstanding(const struct endpoint *x, const struct endpoint *y, uint32_t seq)
{
    int64_t quoted = seq_unwrap(x->snd_una, seq);
    if (!(x->flags & END_SEEN))
        return false; /* what it sent is not known */
    if (is_opening(x, y))
        return seq == x->isn;
    return quoted >= x->snd_una && quoted <= x->snd_nxt;
}

/* Who said it, in the events that follow: ten bytes of the address in each. */
static void log_reporter(struct history_pool *pool, uint32_t log, const struct event *error,
                         const struct notice *notice)
{
    unsigned parts = notice->ip_version == 6 ? 2 : 1;
    for (unsigned part = 0; part < parts; part++) {
        struct event event = { .kind = EVENT_ICMP_REPORTER,
                               .endpoint = error->endpoint,
                               .detail = (uint8_t)part,
                               .frame = error->frame,
                               .time = error->time };
        event_put_address(&event, notice->reporter);
        history_add(pool, log, &event);
    }
}

static void log_error(struct history_pool *pool, const struct connection *c,
                      enum endpoint_id x, const struct notice *notice)
{
    struct event event = { .kind = EVENT_ICMP_ERROR,
                           .endpoint = (uint8_t)x,
                           .detail = notice->type,
                           .result = notice->code,
                           .addend = (uint16_t)notice_reporter(notice),
                           .observed = notice->mtu < UINT16_MAX ? notice->mtu : UINT16_MAX,
                           .frame = notice->frame,
                           .time = notice->time };
    if (history_add(pool, c->log, &event) && event.addend == REPORTER_ON_WAY)
        log_reporter(pool, c->log, &event, notice);
}

/* R6: the error is on its way to the end that opens. Most stacks give up then (RFC 5461 §4). */
static void reject(struct history_pool *pool, struct connection *c, enum endpoint_id x_id,
                   const struct notice *notice)
{
    struct endpoint *x = &c->end[x_id];

    c->flags |= CONN_REJECTED;
    if (!(x->pending & 1u << DELIVERY_ERROR)) {
        x->pending |= 1u << DELIVERY_ERROR;
        history_pend(pool, c->log, x_id, DELIVERY_ERROR, notice->frame, notice->time);
    }
    /* As an answer would, it belongs to the opening. What comes later about an open connection
     * is no sign of life of either end. */
    if (notice->frame > c->last_frame)
        c->last_frame = notice->frame & FRAME_MAX;
    if (notice->time > c->last_time)
        c->last_time = notice->time;
}

bool objection_is_copy(struct notice *last, const struct notice *notice)
{
    struct notice same = *last;
    bool soon = same.frame != 0 && notice->time - same.time < NOTICE_COPY;
    same.frame = notice->frame;
    same.time = notice->time;
    *last = *notice;
    return soon && memcmp(&same, notice, sizeof same) == 0;
}

bool objection_take(struct history_pool *pool, struct connection *c, enum endpoint_id x_id,
                    const struct notice *notice)
{
    const struct endpoint *x = &c->end[x_id], *y = &c->end[endpoint_peer(x_id)];

    if ((notice->facts & NOTICE_CHECKSUM_BAD) || !is_outstanding(x, y, notice->seq) ||
        memcmp(notice->receiver, notice->source, sizeof notice->receiver) != 0)
        return false;
    if (c->objections < OBJECTIONS_LOGGED) {
        log_error(pool, c, x_id, notice);
        c->objections++;
    }
    if (is_opening(x, y) &&
        notice_kind(notice->ip_version, notice->type, notice->code)->rejects)
        reject(pool, c, x_id, notice);
    return true;
}

bool objection_stands(const struct connection *c, enum endpoint_id x)
{
    const struct endpoint *end = &c->end[x];
    return (end->pending & 1u << DELIVERY_ERROR) && end->state == STATE_SYN_SENT &&
           !(c->end[endpoint_peer(x)].flags & END_SEEN);
}

void objection_withdraw(struct history_pool *pool, struct connection *c, enum endpoint_id x)
{
    machine_withdraw(pool, c, x, DELIVERY_ERROR);
}

int64_t objection_patience(const struct connection *c, enum endpoint_id x)
{
    unsigned sent = c->end[x].syns;
    unsigned doublings = sent == 0 ? 0 : sent - 1 < DOUBLINGS_MAX ? sent - 1 : DOUBLINGS_MAX;
    return (NS_PER_S << doublings) * 6 / 5;
}
