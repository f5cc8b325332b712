/*
 * life: plays the words of a script. An end acknowledges what reached it, and a segment needs
 * its time from the capture point to an end and back.
 */
#include "life.h"

#include <string.h>

#include "transfer.h"

#define WINDOW_SHIFT 7
#define RTO_MIN (200 * NS_PER_MS) /* Linux; RFC 6298 adds the round-trip time */
#define BACK_TO_BACK (12 * NS_PER_US)

static enum side side_other(enum side side)
{
    return side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
}

static uint32_t random_word(struct random *random)
{
    return (uint32_t)(random_next(random) >> 32);
}

/* 50 us to 100 ms, each magnitude as likely as the other. */
static int64_t leg_choose(struct random *random)
{
    int64_t leg = 50 * NS_PER_US << random_below(random, 11);
    return leg + leg * random_below(random, 1000) / 1000;
}

static void sequence_begin(struct life *life, struct random *random)
{
    bool opens = life->step->kind == STEP_SEGMENT && (life->step->flags & FLAG_SYN);

    for (int i = 0; i < 2; i++) {
        /* A later incarnation begins above the earlier one (RFC 9293 §3.4.1). */
        uint32_t isn = life->incarnation > 1 ? life->snd_nxt[i] + 1 + random_below(random, 1u << 27)
                                             : random_word(random);
        life->identity.isn[i] = isn;
        life->snd_nxt[i] = isn;
        life->bytes[i] = 0;
        life->seen[i] = false;
        life->syn_sent[i] = life->spoken[i] = !opens;
        life->fin_sent[i] = life->stalled[i] = false;
        life->delivered[i] = life->sent[i] = life->now;
        life->rcv_nxt[i] = 0;
    }
    for (int i = 0; i < 2 && !opens; i++)
        life->rcv_nxt[i] = life->rcv_before[i] = life->snd_nxt[1 - i];
    life->redo = 0;
    life->first_frame = 0;
    life->round = (struct round){ .congestion = 10 };
}

void life_begin(struct life *life, const struct plots *plots, size_t plot, int64_t start,
                struct random *random)
{
    static const uint16_t windows[] = { 501, 1026, 4096, 501 };
    struct identity identity = life->identity;

    memset(life, 0, sizeof *life);
    life->identity = identity;
    life->plot = plot;
    life->step = plots->steps[plot];
    life->incarnation = 1;
    life->now = start;
    for (int i = 0; i < 2; i++) {
        life->leg[i] = leg_choose(random);
        life->ts_base[i] = random_word(random);
        life->ts_recent[i] = life->ts_base[i];
        life->window[i] = identity.scale ? windows[random_below(random, 4)] : 64240;
    }
    sequence_begin(life, random);
}

void life_again(struct life *life, const struct plots *plots, size_t plot, struct random *random)
{
    life->plot = plot;
    life->step = plots->steps[plot];
    life->incarnation++;
    life->ts_recent[SIDE_CLIENT] = life->ts_recent[SIDE_SERVER] = 0;
    sequence_begin(life, random);
}

uint32_t life_tsval(const struct life *life, enum side from, int64_t time,
                    const struct life_options *options)
{
    return life->ts_base[from] + (uint32_t)((time - options->epoch) / NS_PER_MS);
}

int64_t life_ready(const struct life *life, enum side from)
{
    int64_t heard = life->delivered[from] + life->leg[from];
    int64_t next = life->now + BACK_TO_BACK;
    return heard > next ? heard : next;
}

int64_t life_timeout(const struct life *life)
{
    return RTO_MIN + life->leg[SIDE_CLIENT] + life->leg[SIDE_SERVER];
}

static uint16_t window_field(const struct life *life, enum side from, uint8_t flags)
{
    if (flags & FLAG_SYN)
        return from == SIDE_CLIENT ? 64240 : 65160;
    if (life->stalled[from])
        return (uint16_t)((life->edge[from] - life->rcv_nxt[from]) >>
                          (life->identity.scale ? WINDOW_SHIFT : 0));
    return life->window[from];
}

void life_segment(const struct life *life, enum side from, uint8_t flags,
                  const struct life_options *options, struct packet *ret_packet)
{
    *ret_packet = (struct packet){
        .time = life->now,
        .from = (uint8_t)from,
        .flags = flags,
        .seq = life->snd_nxt[from],
        .ack = (flags & FLAG_ACK) ? life->rcv_nxt[from] : 0,
        .window = window_field(life, from, flags),
        .options = life->identity.timestamps ? PACKET_TIMESTAMPS : 0,
        .tsval = life_tsval(life, from, life->now, options),
        .tsecr = (flags & FLAG_ACK) ? life->ts_recent[from] : 0,
    };
    if (flags & FLAG_SYN)
        ret_packet->options |= PACKET_SYN_OPTIONS;
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

enum life_event life_next(struct life *life, const struct life_options *options,
                          struct random *random, struct packet *ret_packet)
{
    for (;;) {
        if (life->round.active && transfer_next(life, options, random, ret_packet))
            return LIFE_PACKET;
        const struct step *step = life->step;
        switch ((enum step_kind)step->kind) {
        case STEP_END:
            return LIFE_END;
        case STEP_AGAIN:
            life->now += step->wait_ms * NS_PER_MS;
            return LIFE_AGAIN;
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
            return LIFE_PACKET;
    }
}
