/* loss_seed: what is known of an end when its state is opened: what its connection remembers. */
#include <string.h>

#include "tcp/loss_part.h"
#include "tcp/sequence.h"

/* The right edge that it granted with its newest segment; that of a SYN is not scaled. */
static void seed_edge(struct loss_side *side, const struct endpoint *end,
                      const struct endpoint *peer)
{
    bool scaled = end->flags & peer->flags & END_SCALE;
    if (!(peer->flags & (END_ISN_KNOWN | END_ISN_ASSUMED)) ||
        ((end->flags & END_SCALE) && end->segments == end->syns))
        return;
    side->edge = peer->snd_una + ((int64_t)end->window_last << (scaled ? end->window_scale : 0));
    side->flags |= SIDE_EDGE;
}

/* The frame of an end's newest segment, where nothing came after it; else 0: not known. */
static uint64_t seed_frame(const struct connection *c, enum endpoint_id id)
{
    int64_t last = c->end[id].last_time;
    return last == c->last_time && c->end[endpoint_peer(id)].last_time < last ? c->last_frame : 0;
}

/* What is known of the newest segment that an end sent before its side was opened, and of what is
 * outstanding: at most that segment. After a bare ACK it is not known when it was sent. */
static void seed_sent(struct losses *losses, struct loss_side *side, const struct endpoint *end,
                      uint64_t frame, bool after_ack)
{
    int64_t from = side->flags & SIDE_UNSENT ? end->snd_una : end->snd_nxt - end->last_len;
    struct range sent = { .seq = from,
                          .end = end->snd_nxt,
                          .first = end->last_time,
                          .last = end->last_time,
                          .times = 1,
                          .tsval = end->last_tsval,
                          .ip_id = end->last_ip_id,
                          .frame = frame & FRAME_MAX,
                          .flags = (end->flags & END_LAST_TSVAL) ? RANGE_STAMPED : 0 };
    if (after_ack)
        sent.flags |= RANGE_COARSE;
    struct range acked = sent;
    acked.end = side->una;
    acked.delivered = side->advanced;
    acked.flags |= RANGE_ACKED;
    if (acked.seq < acked.end)
        flight_append(&losses->flights, &side->flight, &acked);
    sent.seq = side->una > from ? side->una : from;
    if (sent.seq < sent.end)
        flight_append(&losses->flights, &side->flight, &sent);
}

static void side_seed(struct losses *losses, struct loss_side *side, const struct step *step,
                      enum endpoint_id id)
{
    const struct connection *c = step->c;
    const struct endpoint *end = &c->end[id], *peer = &c->end[endpoint_peer(id)];
    if (!(end->flags & (END_ISN_KNOWN | END_ISN_ASSUMED)) || !(end->flags & END_SEEN))
        return;
    bool seen = end->last_len > 0 && end->last_seq + end->last_len == (uint32_t)end->snd_nxt;
    side->flags = SIDE_STARTED | (seen ? 0 : SIDE_UNSENT);
    side->nxt = end->snd_nxt;
    side->sent = end->last_time;
    side->una = end->snd_una;
    seed_edge(side, end, peer);
    side->advanced = side->heard = peer->last_time;
    side->advances[0].time = peer->last_time;
    side->advances[0].una = side->una;
    side->advance_next = 1;
    side->leg_far = connection_leg(c, endpoint_peer(id));
    if (c->leg_client > 0 && c->leg_server > 0)
        loss_sample(side, connection_leg(c, CLIENT) + connection_leg(c, SERVER));
    /* All that was captured of it is outstanding: so may be what came before. */
    if ((end->flags & END_ISN_ASSUMED) &&
        end->payload_sent == (uint64_t)(end->snd_nxt - end->snd_una))
        side->flags |= SIDE_BASE_ASSUMED;
    bool ack = id == step->x_id ? step->after_ack : (end->flags & END_PURE_ACK) != 0;
    seed_sent(losses, side, end, seed_frame(c, id), ack);
}

/* The records of the segments that brought these ranges, where they are kept. */
static void records_find(struct losses *losses, const struct flight *flight,
                         const struct flight *before)
{
    for (unsigned i = 0; i < flight->count; i++) {
        struct range *r = flight_at(&losses->flights, flight, i);
        unsigned place = flight_find(&losses->flights, before, r->seq);
        const struct range *same =
            place < before->count ? flight_at(&losses->flights, before, place) : NULL;
        if (same == NULL || same->seq > r->seq || (same->flags & RANGE_HOLE))
            continue;
        r->record = same->record;
        r->frame = same->frame;
    }
}

void loss_seed(struct losses *losses, struct loss_state *state, const struct step *step)
{
    struct flight before[2] = { state->side[CLIENT].flight, state->side[SERVER].flight };
    int64_t syn_time[2] = { state->side[CLIENT].syn_time, state->side[SERVER].syn_time };

    memset(state, 0, sizeof *state);
    for (unsigned i = 0; i < 2; i++) {
        side_seed(losses, &state->side[i], step, (enum endpoint_id)i);
        records_find(losses, &state->side[i].flight, &before[i]);
        state->side[i].syn_time = syn_time[i]; /* a copy's, too: for the rule that is told */
        flight_free(&losses->flights, &before[i]);
    }
}
