/* narrate_move: what each state waits for (RFC 9293 §3.3.2), and of whom. */
#include "report/narrate_move.h"

enum waits_for { FOR_NOTHING, FOR_ACK_OF_SYN, FOR_ACK_OF_FIN, FOR_CLOSE };

/* What an end in this state waits for. That its FIN was acknowledged in front of it is told by the
 * rules: then it is its own state that is not sure. */
static enum waits_for waits_for(const struct endpoint_summary *end)
{
    switch ((enum tcp_state)end->state) {
    case STATE_SYN_SENT:
    case STATE_SYN_RCVD:
        return FOR_ACK_OF_SYN;
    case STATE_FIN_WAIT_1:
    case STATE_CLOSING:
    case STATE_LAST_ACK:
        return end->fin_acked ? FOR_NOTHING : FOR_ACK_OF_FIN;
    case STATE_FIN_WAIT_2:
        return FOR_CLOSE;
    default:
        return FOR_NOTHING;
    }
}

void move_add(struct strbuf *out, const struct summary *summary)
{
    static const char *const flags[] = { [FOR_ACK_OF_SYN] = "SYN", [FOR_ACK_OF_FIN] = "FIN" };
    enum waits_for client = waits_for(&summary->endpoints[CLIENT]);
    enum waits_for server = waits_for(&summary->endpoints[SERVER]);
    if (client == server && (client == FOR_ACK_OF_SYN || client == FOR_ACK_OF_FIN)) {
        strbuf_printf(out, " Each end's move: neither acknowledged the other's %s in this capture.",
                      flags[client]);
        return;
    }
    for (int i = CLIENT; i <= SERVER; i++) {
        enum endpoint_id id = (enum endpoint_id)i;
        enum waits_for what = id == CLIENT ? client : server;
        const char *peer = endpoint_name(endpoint_peer(id));
        if (what == FOR_CLOSE)
            strbuf_printf(out, " The %s's move: to send its own FIN, when it has sent all.", peer);
        else if (what != FOR_NOTHING)
            strbuf_printf(out, " The %s's move: the %s's %s is not acknowledged in this capture.",
                          peer, endpoint_name(id), flags[what]);
    }
}
