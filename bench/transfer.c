/*
 * transfer: a sender sends a round of segments, up to its congestion window; the receiver
 * acknowledges every second one (RFC 5681 §4.2). One segment of a round can be lost, in front of
 * the capture point or behind it; then every later one is answered at once by a duplicate ACK with
 * a SACK block, and the segment is repeated after three of these (RFC 5681 §3.2) or after the
 * retransmission timeout. Or two segments change places on the way to the capture point.
 */
#include "transfer.h"

#include <string.h>

#define DELAYED_ACK (40 * NS_PER_MS)
#define CONGESTION_MAX 40
#define CONGESTION_MAX_FULL 200
#define BULK_BASE 20000
#define BULK_MAX (UINT64_C(2) << 20)
#define BULK_MAX_FULL (UINT64_C(1) << 30)
#define WINDOW_SHIFT 7

enum phase { PHASE_SEND, PHASE_REPEAT, PHASE_CONFIRM };

static enum side round_receiver(const struct round *r)
{
    return r->from == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
}

/* Which segment is the nth to pass the capture point. */
static int round_segment(const struct round *r, int nth)
{
    if (r->swapped >= 0 && nth == r->swapped)
        return nth + 1;
    return r->swapped >= 0 && nth == r->swapped + 1 ? nth - 1 : nth;
}

/* Where a segment of the round begins, relative to the round. */
static uint32_t round_offset(const struct life *life, int segment)
{
    uint32_t offset = (uint32_t)segment * life->identity.mss;
    return offset < life->round.bytes ? offset : life->round.bytes;
}

static void round_trouble(struct round *r, const struct life_options *options,
                          struct random *random)
{
    r->lost = r->swapped = -1;
    if (options->loss <= 0)
        return;
    if (random_chance(random, options->loss * r->count)) {
        r->lost = (int)random_below(random, r->count);
        r->lost_seen = random_below(random, 2) != 0;
        r->again_lost = random_below(random, 16) == 0;
    } else if (r->count > 2 && random_chance(random, options->loss / 4 * r->count)) {
        r->swapped = (int)random_below(random, r->count - 1u);
    }
}

static void round_begin(struct life *life, int64_t start, const struct life_options *options,
                        struct random *random)
{
    struct round *r = &life->round;
    uint64_t most = (uint64_t)r->congestion * life->identity.mss;
    enum side from = r->from;

    r->active = true;
    r->phase = PHASE_SEND;
    r->sent = r->answered = 0;
    r->bytes = (uint32_t)(r->left < most ? r->left : most);
    r->left -= r->bytes;
    r->count = (uint16_t)((r->bytes + life->identity.mss - 1) / life->identity.mss);
    r->seq = life->snd_nxt[from];
    r->start = start;
    r->spacing = (1 + random_below(random, 20)) * NS_PER_US;
    round_trouble(r, options, random);
    r->quiet_end = r->left == 0 && r->bursts > 0 && r->lost < 0 && r->swapped < 0 &&
                   random_below(random, 2) != 0;
    life->bytes[from] += r->bytes;
}

/* A burst of one end, after its program thought about it. */
static void burst_begin(struct life *life, enum side from, uint64_t bytes, int64_t think,
                        const struct life_options *options, struct random *random)
{
    life->round.from = (uint8_t)from;
    life->round.left = bytes;
    round_begin(life, life_ready(life, from) + think, options, random);
}

static void talk_burst(struct life *life, enum side from, const struct life_options *options,
                       struct random *random)
{
    uint64_t bytes =
        from == SIDE_CLIENT ? random_heavy(random, 120, 4096) : random_heavy(random, 400, 262144);
    int64_t think = (int64_t)random_heavy(random, 100, from == SIDE_CLIENT ? 2000000 : 200000);
    burst_begin(life, from, bytes, think * NS_PER_US, options, random);
}

void transfer_begin(struct life *life, const struct step *step, const struct life_options *options,
                    struct random *random)
{
    enum side from = step->from, to = from == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;

    if (step->kind == STEP_TALK) {
        life->round.bursts = 2 * (1 + random_below(random, 5)) - 1;
        talk_burst(life, SIDE_CLIENT, options, random);
        return;
    }
    uint64_t most = options->full_size ? BULK_MAX_FULL : BULK_MAX;
    uint64_t bytes = options->bulk > 0 ? options->bulk : random_heavy(random, BULK_BASE, most);
    life->round.bursts = 0;
    if (step->kind == STEP_FILL) {
        bytes = (uint64_t)life->window[to] << (life->identity.scale ? WINDOW_SHIFT : 0);
        life->edge[to] = life->rcv_nxt[to] + (uint32_t)bytes;
        life->stalled[to] = true;
    }
    burst_begin(life, from, bytes, NS_PER_MS, options, random);
}

/* What the receiver says to the nth arrival: the segment it waits for, and what it has beyond. */
struct answer {
    int ack;
    int sack_left, sack_right; /* equal: no block */
    int64_t delay;
};

static bool round_answer(const struct round *r, int nth, struct answer *ret_answer)
{
    *ret_answer = (struct answer){ .ack = nth + 1 };
    if (nth == r->lost)
        return false;
    if (r->lost >= 0 && nth > r->lost) {
        *ret_answer = (struct answer){ .ack = r->lost, r->lost + 1, nth + 1, 0 };
        return true;
    }
    if (r->swapped >= 0 && nth == r->swapped) {
        *ret_answer = (struct answer){ .ack = nth, nth + 1, nth + 2, 0 };
        return true;
    }
    if ((nth & 1) || (r->swapped >= 0 && nth == r->swapped + 1))
        return !(r->quiet_end && nth == r->count - 1);
    /* An odd one: the ACK waits for a second segment that does not come. */
    ret_answer->delay = DELAYED_ACK;
    bool last = nth == r->count - 1 || (nth == r->lost - 1 && r->lost == r->count - 1);
    return last && !r->quiet_end;
}

static void packet_data(struct life *life, int segment, int64_t time,
                        const struct life_options *options, struct packet *ret_packet)
{
    struct round *r = &life->round;
    uint32_t begin = round_offset(life, segment), end = round_offset(life, segment + 1);

    life->now = time > life->now ? time : life->now + 1;
    life->sent[r->from] = life->now;
    life_segment(life, r->from, FLAG_ACK, options, ret_packet);
    ret_packet->seq = r->seq + begin;
    ret_packet->length = end - begin;
    if (end == r->bytes)
        ret_packet->flags |= FLAG_PSH;
}

static void packet_answer(struct life *life, const struct answer *answer, int64_t time,
                          uint32_t tsval, const struct life_options *options,
                          struct packet *ret_packet)
{
    struct round *r = &life->round;
    enum side to = round_receiver(r);
    bool block = answer->sack_left < answer->sack_right;

    life->now = time > life->now ? time : life->now + 1;
    life->sent[to] = life->delivered[r->from] = life->now;
    life->rcv_nxt[to] = r->seq + round_offset(life, answer->ack);
    if (!block)
        life->ts_recent[to] = tsval;
    life_segment(life, to, FLAG_ACK, options, ret_packet);
    if (block && life->identity.sack) {
        ret_packet->options |= PACKET_SACK;
        ret_packet->sack_left = r->seq + round_offset(life, answer->sack_left);
        ret_packet->sack_right = r->seq + round_offset(life, answer->sack_right);
    }
}

/* The next of data and answers, whichever passes first; false: all of them passed. */
static bool round_send(struct life *life, const struct life_options *options,
                       struct packet *ret_packet)
{
    struct round *r = &life->round;
    struct answer answer;

    while (r->answered < r->count && !round_answer(r, r->answered, &answer))
        r->answered++;
    while (r->sent < r->count && r->sent == r->lost && !r->lost_seen)
        r->sent++;
    int64_t data = r->start + r->sent * r->spacing;
    if (r->answered < r->count) {
        int64_t time =
            r->start + r->answered * r->spacing + life->leg[round_receiver(r)] + answer.delay;
        if (r->sent == r->count || time < data) {
            /* RFC 7323 §4.3: a delayed ACK echoes the first segment that it acknowledges. */
            int first = r->answered - (r->answered & 1);
            uint32_t tsval = life_tsval(life, r->from, r->start + first * r->spacing, options);
            packet_answer(life, &answer, time, tsval, options, ret_packet);
            r->answered++;
            return true;
        }
    }
    if (r->sent == r->count)
        return false;
    packet_data(life, round_segment(r, r->sent), data, options, ret_packet);
    r->sent++;
    return true;
}

/* When the lost segment is repeated. */
static int64_t repair_time(const struct life *life)
{
    const struct round *r = &life->round;
    if (r->count - 1 - r->lost < 3)
        return r->start + (r->count - 1) * r->spacing + life_timeout(life);
    return r->start + (r->lost + 3) * r->spacing + life->leg[SIDE_CLIENT] + life->leg[SIDE_SERVER];
}

/* The rest of a round with a loss: the repeat and what acknowledges all; false: over. */
static bool round_repair(struct life *life, const struct life_options *options,
                         struct packet *ret_packet)
{
    struct round *r = &life->round;

    if (r->phase == PHASE_CONFIRM) {
        struct answer all = { .ack = r->count };
        packet_answer(life, &all, life->now + life->leg[round_receiver(r)],
                      life_tsval(life, r->from, life->now, options), options, ret_packet);
        r->lost = -1;
        return true;
    }
    int64_t time = r->phase == PHASE_SEND ? repair_time(life) : r->again;
    packet_data(life, r->lost, time, options, ret_packet);
    r->phase = PHASE_CONFIRM;
    if (r->again_lost > 0) {
        r->again_lost--;
        r->again = life->now + 2 * life_timeout(life);
        r->phase = PHASE_REPEAT;
    }
    return true;
}

/* All of the round has arrived. */
static void round_end(struct life *life, bool repaired, const struct life_options *options)
{
    struct round *r = &life->round;
    enum side to = round_receiver(r);
    int most = options->full_size && life->identity.scale ? CONGESTION_MAX_FULL : CONGESTION_MAX;
    int next = repaired ? r->congestion / 2 : r->congestion * 2;

    life->snd_nxt[r->from] = r->seq + r->bytes;
    life->rcv_nxt[to] = life->rcv_before[to] = life->snd_nxt[r->from];
    if (r->quiet_end) {
        life->delivered[to] = life->now;
        life->ts_recent[to] = life_tsval(life, r->from, life->now, options);
    }
    r->congestion = (uint16_t)(next > most ? most : next < 4 ? 4 : next);
    r->active = false;
}

bool transfer_next(struct life *life, const struct life_options *options, struct random *random,
                   struct packet *ret_packet)
{
    struct round *r = &life->round;

    while (r->active) {
        if (r->phase == PHASE_SEND && round_send(life, options, ret_packet))
            return true;
        if (r->lost >= 0 && round_repair(life, options, ret_packet))
            return true;
        round_end(life, r->phase != PHASE_SEND, options);
        if (r->left > 0) {
            round_begin(life, life_ready(life, r->from), options, random);
        } else if (r->bursts > 0) {
            r->bursts--;
            talk_burst(life, round_receiver(r), options, random);
        }
    }
    return false;
}
