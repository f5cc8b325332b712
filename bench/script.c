/* script: plays the words of a life's script, one after the other. */
#include "script.h"

#include "transfer.h"

static enum side side_other(enum side side)
{
    return side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
}

/* When the segment of this step passes the capture point. */
static int64_t step_time(const struct life *life, const struct step *step, struct random *random)
{
    enum side from = step->from;
    int64_t time = life_ready(life, from);
    int64_t wait = step->wait_ms * NS_PER_MS + step->timeouts * life_timeout(life);

    if (step->marks & MARK_EARLY)
        time = life->now + life->leg[from] / 4 + 1;
    if (wait == 0)
        return time + random_below(random, 200) * NS_PER_US;
    wait += wait / 1024 * random_below(random, 20); /* timers are late, up to 2 % */
    return life->sent[from] + wait > time ? life->sent[from] + wait : time;
}

/* A RST of a host that knows of no connection (RFC 9293 §3.5.2): no memory, no options. */
static void reset_shape(const struct life *life, enum side from, struct packet *packet)
{
    if (!(packet->flags & FLAG_ACK))
        packet->seq = life->rcv_nxt[side_other(from)];
    else if (life->spoken[from])
        return; /* an abort by the end itself */
    else
        packet->seq = 0;
    packet->window = 0;
    packet->options = 0;
}

/* What the segment adds to its sender's sequence space. */
static void sequence_take(struct life *life, const struct step *step, struct random *random,
                          struct packet *packet)
{
    enum side from = step->from;

    if (step->flags & FLAG_SYN) {
        packet->seq = life->identity.isn[from];
        packet->flags &= (uint8_t)~FLAG_PSH;
        if (!life->syn_sent[from])
            life->snd_nxt[from] = packet->seq + 1;
        life->syn_sent[from] = true;
    }
    if (step->marks & MARK_DATA) {
        packet->length = life->redo != 0 ? life->redo : 100 + random_below(random, 800);
        life->bytes[from] += life->redo != 0 ? 0 : packet->length;
        life->redo = 0;
        life->snd_nxt[from] += packet->length;
        if (step->flags & FLAG_SYN)
            packet->options |= PACKET_COOKIE;
    }
    if (step->flags & FLAG_FIN) {
        if (!life->fin_sent[from])
            life->fin_seq[from] = life->snd_nxt[from]++;
        life->fin_sent[from] = true;
        packet->seq = life->fin_seq[from] - packet->length;
    }
    if (step->marks & MARK_KEEP_ALIVE)
        packet->seq--;
}

/* The segment reaches the other end. */
static void step_deliver(struct life *life, const struct step *step, const struct packet *packet)
{
    enum side from = step->from, to = side_other(from);

    life->rcv_before[to] = life->rcv_nxt[to];
    life->ts_before[to] = life->ts_recent[to];
    if (step->marks & MARK_LOST)
        return;
    life->delivered[to] = life->now;
    if (packet->flags & FLAG_RST)
        return;
    if (step->marks & MARK_SYN_ONLY) {
        life->redo = packet->length;
        life->snd_nxt[from] = packet->seq + 1;
    }
    uint32_t end = life->snd_nxt[from];
    if ((step->flags & FLAG_SYN) || (int32_t)(packet->seq - life->rcv_nxt[to]) <= 0) {
        life->rcv_nxt[to] = end;
        life->ts_recent[to] = packet->tsval;
    }
}

static void step_play(struct life *life, const struct step *step,
                      const struct life_options *options, struct random *random,
                      struct packet *ret_packet)
{
    enum side from = step->from;

    life->now = step_time(life, step, random);
    if (step->marks & MARK_WINDOW)
        life->stalled[from] = false;
    life_segment(life, from, step->flags, options, ret_packet);
    if ((step->marks & MARK_EARLY) && (step->flags & FLAG_ACK)) {
        ret_packet->ack = life->rcv_before[from];
        ret_packet->tsecr = life->ts_before[from];
    }
    sequence_take(life, step, random, ret_packet);
    if (step->flags & FLAG_RST)
        reset_shape(life, from, ret_packet);
    life->spoken[from] |= !(step->flags & FLAG_RST);
    life->sent[from] = life->now;
    step_deliver(life, step, ret_packet);
}

enum script_event script_next(struct life *life, const struct life_options *options,
                          struct random *random, struct packet *ret_packet)
{
    for (;;) {
        if (life->round.active && transfer_next(life, options, random, ret_packet))
            return SCRIPT_PACKET;
        const struct step *step = life->step;
        switch ((enum step_kind)step->kind) {
        case STEP_END:
            return SCRIPT_END;
        case STEP_AGAIN:
            life->now += step->wait_ms * NS_PER_MS;
            return SCRIPT_AGAIN;
        case STEP_TALK:
        case STEP_BULK:
        case STEP_FILL:
            transfer_begin(life, step, options, random);
            break;
        case STEP_SEGMENT:
            step_play(life, step, options, random, ret_packet);
            break;
        }
        life->step++;
        if (step->kind == STEP_SEGMENT && !(step->marks & MARK_UNSEEN))
            return SCRIPT_PACKET;
    }
}
