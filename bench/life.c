/*
 * life: an end acknowledges what reached it, and a segment needs its time from the capture point
 * to an end and back.
 */
#include "life.h"

#include <string.h>

#define WINDOW_SHIFT 7
#define RTO_MIN (200 * NS_PER_MS) /* Linux; RFC 6298 adds the round-trip time */
#define BACK_TO_BACK (12 * NS_PER_US)

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
