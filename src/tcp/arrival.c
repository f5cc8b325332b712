/* arrival: when segments passed each input, in the log as EVENT_VIEW. */
#include "tcp/arrival.h"

#include "base/time_text.h"
#include "flow/view.h"

/* So soon answers an end next to the capture, or in this part of the round trip; and anyway much
 * sooner than the other: on a short way both answer at once. */
#define AT_ONCE (200 * NS_PER_MS / 1000)
#define AT_ONCE_SHARE 20
#define AT_ONCE_PART 3

_Static_assert(VIEW_INPUTS_MAX <= 1 << VIEW_OF_SHIFT, "the input's number and what it shows");

static void view_add(struct history_pool *pool, uint32_t log, enum endpoint_id sender,
                     uint64_t frame, unsigned view_of, const struct segment *view)
{
    struct event event = { .kind = EVENT_VIEW,
                           .endpoint = (uint8_t)sender,
                           .detail = (uint8_t)(view->input | view_of << VIEW_OF_SHIFT),
                           .frame = frame,
                           .time = view->time,
                           .observed = (uint32_t)(view->frame - frame) };
    history_add(pool, log, &event);
}

void arrival_first(const struct step *step, bool opened)
{
    const struct segment *s = step->s;
    unsigned view_of = VIEW_OF_OTHER;

    if ((s->flags & TCP_SYN) && step->x->syns == 1)
        view_of = (s->flags & TCP_ACK) ? VIEW_OF_SYNACK : VIEW_OF_SYN;
    else if (!opened && (step->c->flags & CONN_SYNACK_ACKED))
        view_of = VIEW_OF_THIRD_ACK;
    if (view_of != VIEW_OF_OTHER && s->input < VIEW_INPUTS_MAX)
        view_add(step->pool, step->c->log, step->x_id, s->frame, view_of, s);
}

void arrival_second(struct history_pool *pool, const struct connection *c,
                    enum endpoint_id sender, uint64_t frame, const struct segment *view)
{
    const struct endpoint *x = &c->end[sender], *y = &c->end[endpoint_peer(sender)];
    unsigned view_of = VIEW_OF_OTHER;

    if (c->log == 0 || view->input >= VIEW_INPUTS_MAX)
        return;
    history_count_view(pool, c->log);
    /* Plain data: most segments, and nothing rests on when it arrived. */
    bool third_ack = (x->flags & END_SYN) && view->ack == y->isn + 1;
    bool control = view->flags & (TCP_SYN | TCP_FIN | TCP_RST);
    if (!control && !third_ack && y->pending == 0)
        return;
    if (history_concerns(pool, c->log, frame, &view_of) || control)
        view_add(pool, c->log, sender, frame, view_of, view);
}

/* The three segments of the handshake, as one input shows them; false where it lacks one. */
static bool handshake_at(const struct history_pool *pool, uint32_t log, int input,
                         int64_t ret_times[3])
{
    for (unsigned i = 0; i < 3; i++)
        if (!history_view(pool, log, VIEW_OF_SYN + i, input, NULL, &ret_times[i]))
            return false;
    return true;
}

uint64_t arrival_next_to(const struct history_pool *pool, const struct connection *c,
                         enum endpoint_id receiver, uint64_t frame)
{
    struct event view;
    int64_t times[3];

    if (!history_arrival(pool, c->log, frame, &view) ||
        !handshake_at(pool, c->log, (int)VIEW_INPUT(view.detail), times))
        return 0;
    int64_t legs[2] = { [CLIENT] = times[2] - times[1], [SERVER] = times[1] - times[0] };
    int64_t own = legs[receiver], both = legs[CLIENT] + legs[SERVER];
    bool near = (own <= AT_ONCE || own <= both / AT_ONCE_SHARE) && own < both / AT_ONCE_PART;
    return near ? view.frame + view.observed : 0;
}

int64_t arrival_way(const struct history_pool *pool, const struct connection *c)
{
    struct event view;
    bool later = history_arrival(pool, c->log, c->last_frame, &view) && view.time > c->last_time;
    return later ? view.time - c->last_time : 0;
}

/* The time between two segments of the handshake in one input, the nearest to the SYN's sender
 * first; UNKNOWN_NS where none holds both. */
static int64_t leg_find(const struct history_pool *pool, uint32_t log, enum view_of from,
                        enum view_of to, unsigned nearest)
{
    int64_t sent, answered;
    for (int i = -1; i < VIEW_INPUTS_MAX; i++) {
        int input = i < 0 ? (int)nearest : i;
        if (history_view(pool, log, from, input, NULL, &sent) &&
            history_view(pool, log, to, input, NULL, &answered))
            return answered - sent;
    }
    return UNKNOWN_NS;
}

bool arrival_legs(const struct history_pool *pool, const struct connection *c,
                  struct arrival_legs *ret)
{
    unsigned nearest;
    int64_t times[3], unused;

    if (!history_view(pool, c->log, VIEW_OF_SYN, -1, &nearest, &times[0]))
        return false;
    bool found = handshake_at(pool, c->log, (int)nearest, times);
    for (int input = 0; !found && input < VIEW_INPUTS_MAX; input++)
        found = handshake_at(pool, c->log, input, times);
    if (found) {
        *ret = (struct arrival_legs){ times[1] - times[0], times[2] - times[1],
                                      times[2] - times[0] };
        return true;
    }
    ret->synack_ns = leg_find(pool, c->log, VIEW_OF_SYN, VIEW_OF_SYNACK, nearest);
    ret->ack_ns = leg_find(pool, c->log, VIEW_OF_SYNACK, VIEW_OF_THIRD_ACK, nearest);
    ret->rtt_ns = leg_find(pool, c->log, VIEW_OF_SYN, VIEW_OF_THIRD_ACK, nearest);
    /* Legs at two places do not make up a round trip. */
    if (history_view(pool, c->log, VIEW_OF_SYNACK, -1, NULL, &unused) &&
        history_view(pool, c->log, VIEW_OF_THIRD_ACK, -1, NULL, &unused))
        ret->synack_ns = ret->ack_ns = UNKNOWN_NS;
    return true;
}
