/*
 * zeek: the states that Zeek gives to the ends of a connection, one function for each state that
 * the sender may be in.
 */
#include "tcp/zeek.h"

#include "model/segment.h"

static void state_enter(struct zeek_end *end, enum zeek_state state)
{
    if (end->state == state)
        return;
    end->before = end->state;
    end->state = (uint16_t)state & 7u;
}

/* The first flags of an end. A SYN or SYN-ACK of the server is its answer: both are open then,
 * whatever the client makes of it. */
static void inactive_sends_syn(struct zeek_end *x, struct zeek_end *y, bool client,
                               unsigned flags)
{
    if (client) {
        state_enter(x, (flags & TCP_ACK) ? ZEEK_SYN_ACK_SENT : ZEEK_SYN_SENT);
        return;
    }
    if (y->state == ZEEK_SYN_SENT)
        state_enter(y, ZEEK_ESTABLISHED);
    state_enter(x, ZEEK_ESTABLISHED);
}

static void inactive_sends(struct zeek_end *x, struct zeek_end *y, bool client, unsigned flags,
                           uint32_t payload)
{
    if (flags & TCP_SYN)
        inactive_sends_syn(x, y, client, flags);
    if (flags & TCP_FIN)
        state_enter(x, ZEEK_CLOSED);
    if (flags & TCP_RST)
        state_enter(x, ZEEK_RESET);
    if (x->state != ZEEK_INACTIVE)
        return;
    /* Some servers acknowledge a SYN before they answer it: that opens nothing. */
    if (!client && payload == 0 && y->state == ZEEK_SYN_SENT)
        return;
    /* The SYN was not seen, but the answer to it was. */
    bool answers = (flags & TCP_ACK) && y->state == ZEEK_ESTABLISHED;
    state_enter(x, answers ? ZEEK_ESTABLISHED : ZEEK_PARTIAL);
}

static void opening_sends(struct zeek_end *x, unsigned flags)
{
    if (flags & TCP_FIN)
        state_enter(x, ZEEK_CLOSED);
    if (flags & TCP_RST)
        state_enter(x, ZEEK_RESET);
}

static void open_sends(struct zeek_end *x, struct zeek_end *y, unsigned flags)
{
    bool begins = (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;

    if (begins && x->state == ZEEK_PARTIAL && y->state == ZEEK_INACTIVE)
        state_enter(x, ZEEK_SYN_SENT);
    if ((flags & (TCP_FIN | TCP_RST)) == TCP_FIN) {
        state_enter(x, ZEEK_CLOSED);
        /* A RST behind the FIN of the other end was no abort, now that this end closes too. */
        if (y->state == ZEEK_RESET && y->before == ZEEK_CLOSED)
            state_enter(y, ZEEK_CLOSED);
    }
    if (flags & TCP_RST)
        state_enter(x, ZEEK_RESET);
}

void zeek_sent(struct zeek_end ends[2], enum endpoint_id x_id, unsigned flags, uint32_t payload)
{
    struct zeek_end *x = &ends[x_id], *y = &ends[endpoint_peer(x_id)];

    switch ((enum zeek_state)x->state) {
    case ZEEK_INACTIVE:
        inactive_sends(x, y, x_id == CLIENT, flags, payload);
        break;
    case ZEEK_SYN_SENT:
    case ZEEK_SYN_ACK_SENT:
        opening_sends(x, flags);
        break;
    case ZEEK_PARTIAL:
    case ZEEK_ESTABLISHED:
        open_sends(x, y, flags);
        break;
    case ZEEK_CLOSED: /* a RST after both FINs changes nothing */
        if ((flags & TCP_RST) && y->state != ZEEK_CLOSED)
            state_enter(x, ZEEK_RESET);
        break;
    case ZEEK_RESET:
    case ZEEK_STATE_N:
        break;
    }
}

bool zeek_is_clean(const struct zeek_end *end)
{
    return end->state == ZEEK_ESTABLISHED ||
           (end->state == ZEEK_CLOSED && end->before == ZEEK_ESTABLISHED);
}
