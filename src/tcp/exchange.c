/* exchange: turns, and the time between them. */
#include "tcp/exchange.h"

#include <string.h>

#include "model/summary.h"
#include "tcp/sequence.h"

/* One of so many may overlap and the others still be told: more, and they are not turns. */
#define OVERLAPS_SHARE 10

/* The other end's turn is over, and this segment begins an answer. */
static void turn_answers(struct exchange *exchange, const struct step *step)
{
    struct exchange_answers *by = &exchange->by[step->x_id];
    int64_t leg = connection_leg(step->c, step->x_id);
    int64_t wait = step->s->time - exchange->end.time - leg;

    exchange->asked = exchange->end.time;
    exchange->answers = true;
    exchange->by[step->y_id].transfer += exchange->end.time - exchange->begin.time;
    if (step->has_ack && step->ack < step->y->snd_nxt) {
        exchange->overlapped++; /* it had not all of the other's turn when it sent this */
        exchange->answers = false;
        return;
    }
    if (exchange->unclear) {
        by->unclear++;
        return;
    }
    exchange->leg_unknown |= leg == 0;
    wait = wait > 0 ? wait : 0;
    if (by->count == 0 || wait < by->wait_min)
        by->wait_min = wait;
    if (by->count == 0 || wait > by->wait_max) {
        by->wait_max = wait;
        by->slowest_request = exchange->end.frame;
        by->slowest_answer = step->s->frame;
    }
    by->wait_sum += wait;
    by->count++;
}

void exchange_segment(struct exchange *exchange, const struct step *step)
{
    const struct segment *s = step->s;
    bool first = exchange->begin.frame == 0;
    bool other = !first && exchange->turn != step->x_id;
    bool known = (step->x->flags & END_SEEN) && !(s->flags & TCP_SYN);
    struct exchange_point here = { .time = s->time, .frame = s->frame };

    if (known && step->end <= step->x->snd_nxt) { /* a repeat, or overtaken */
        exchange->unclear |= !other;
        return;
    }
    if (known && step->seq != step->x->snd_nxt)
        exchange->unclear = true;
    if (other)
        turn_answers(exchange, step);
    if (first || other) {
        exchange->begin = here;
        exchange->turn = (uint8_t)step->x_id;
        exchange->unclear = known && step->seq != step->x->snd_nxt;
        if (!exchange->by[step->x_id].spoke)
            exchange->by[step->x_id].first = s->time;
        exchange->by[step->x_id].spoke = true;
    }
    exchange->end = here;
}

int64_t exchange_wait(const struct exchange *exchange, enum endpoint_id id)
{
    bool its = exchange->begin.frame != 0 && exchange->turn == id;
    return its && exchange->answers && !exchange->unclear ? exchange->begin.time - exchange->asked : 0;
}

void exchange_result(const struct exchange *exchange, const struct connection *c,
                     struct exchanges *ret)
{
    const struct exchange_answers *server = &exchange->by[SERVER];
    const struct exchange_answers *client = &exchange->by[CLIENT];
    memset(ret, 0, sizeof *ret);
    if (server->count + server->unclear + exchange->overlapped == 0)
        return;
    ret->known = true;
    ret->count = server->count;
    ret->overlapped = exchange->overlapped;
    ret->unclear = server->unclear;
    ret->first_byte = client->spoke && server->spoke && server->first > client->first
                          ? server->first - client->first
                          : UNKNOWN_NS;
    ret->timed = server->count > 0 &&
                 exchange->overlapped * (uint64_t)OVERLAPS_SHARE <= server->count;
    ret->leg = exchange->leg_unknown ? 0 : connection_leg(c, SERVER);
    ret->certainty = ret->leg > 0 ? CERTAINTY_INFERRED : CERTAINTY_ASSUMED;
    ret->wait_min = server->wait_min;
    ret->wait_max = server->wait_max;
    ret->wait_sum = server->wait_sum;
    ret->slowest_request = server->slowest_request;
    ret->slowest_answer = server->slowest_answer;
    ret->transfer = server->transfer;
    if (exchange->turn == SERVER)
        ret->transfer += exchange->end.time - exchange->begin.time;
    ret->thinks = client->count;
    ret->think_sum = client->wait_sum;
}
