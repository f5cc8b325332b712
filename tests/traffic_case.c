/* traffic_case: two hosts that talk, and what may become of it. */
#include "traffic_case.h"

#include <string.h>

#include "base/time_text.h"

#define SEGMENTS_EACH 40u
#define SCALE_MOST 8u

uint32_t traffic_pick(struct traffic *t, uint32_t below)
{
    uint64_t z = (t->random += UINT64_C(0x9e3779b97f4a7c15)); /* splitmix64 */
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) >> 32) % below;
}

static bool chance(struct traffic *t, unsigned percent)
{
    return traffic_pick(t, 100) < percent;
}

struct traffic traffic_begin(uint64_t seed, unsigned strange)
{
    return (struct traffic){ .random = seed, .time = 1000 * NS_PER_S, .strange = strange };
}

static struct traffic_end end_new(struct traffic *t)
{
    static const uint16_t sizes[] = { 0, 60, 536, 1000, 1460 };
    bool wraps = chance(t, 10);
    uint32_t most = chance(t, 10) ? 3000 : UINT32_C(1) << 31; /* earlier bytes may lie below 0 */
    return (struct traffic_end){
        .nxt = wraps ? UINT32_MAX - traffic_pick(t, 3000) : 1 + traffic_pick(t, most),
        .clock = wraps ? UINT32_MAX - traffic_pick(t, 50) : traffic_pick(t, 100000),
        .ip_id = (uint16_t)(chance(t, 70) ? 1 + traffic_pick(t, 60000) : 0),
        .window = (uint16_t)(chance(t, 80) ? 500 + traffic_pick(t, 60000) : traffic_pick(t, 3000)),
        .mss = sizes[traffic_pick(t, sizeof sizes / sizeof sizes[0])],
        .scale = (uint8_t)traffic_pick(t, SCALE_MOST),
    };
}

static void connection_new(struct traffic *t)
{
    t->left = 2 + traffic_pick(t, 2 * SEGMENTS_EACH);
    t->scaled = chance(t, 60);
    t->sack = chance(t, 70);
    t->stamps = chance(t, 60);
    t->sums = chance(t, 50); /* checksums can be worked out */
    t->ip_version = chance(t, 80) ? 4 : 6;
    t->opening = chance(t, 85) ? 0 : 3; /* picked up in the middle */
    t->port++;
    t->recent_count = 0;
    t->end[0] = end_new(t);
    t->end[1] = end_new(t);
    if (t->opening == 0)
        return;
    t->end[0].got = t->end[1].nxt;
    t->end[1].got = t->end[0].nxt;
}

/* What every segment of this end has; it sends nothing yet. */
static struct segment segment_new(struct traffic *t, unsigned from)
{
    struct traffic_end *x = &t->end[from];
    static const uint32_t pauses[] = { 10, 100, 1000, 20000, 300000, 1200000 }; /* us */
    unsigned pause = traffic_pick(t, 20);
    uint32_t most = pauses[pause < 15 ? pause % 3 : pause < 19 ? 3 : 4 + traffic_pick(t, 2)];
    t->time += 1000 * (int64_t)(1 + traffic_pick(t, most));
    x->clock += traffic_pick(t, 3);
    x->ip_id = (uint16_t)(x->ip_id != 0 ? x->ip_id + 1 : 0);
    struct segment s = { .frame = ++t->frame,
                         .time = t->time,
                         .source = { 192, 0, 2, (uint8_t)(1 + from) },
                         .destination = { 192, 0, 2, (uint8_t)(2 - from) },
                         .source_port = from == 0 ? t->port : 80,
                         .destination_port = from == 0 ? 80 : t->port,
                         .seq = x->nxt,
                         .ack = x->got,
                         .flags = TCP_ACK,
                         .window = x->window,
                         .ip_version = t->ip_version,
                         .ip_id = t->ip_version == 4 ? x->ip_id : 0,
                         .ttl = 64,
                         .header_len = 20,
                         .facts = t->sums ? FACT_CHECKSUM_GOOD : 0,
                         .checksum = (uint16_t)traffic_pick(t, 65536) };
    if (t->stamps) {
        s.options |= OPTION_TIMESTAMPS;
        s.header_len = 32;
        s.tsval = x->clock;
        s.tsecr = x->heard;
    }
    return s;
}

/* SYN, SYN-ACK, ACK. */
static struct segment segment_opening(struct traffic *t)
{
    unsigned from = t->opening == 1;
    struct traffic_end *x = &t->end[from];
    struct segment s = segment_new(t, from);
    if (++t->opening == 3)
        return s;
    s.flags = (uint16_t)(TCP_SYN | (from == 1 ? TCP_ACK : 0));
    s.options |= (uint16_t)((x->mss != 0 ? OPTION_MSS : 0) | (t->sack ? OPTION_SACK_PERMITTED : 0) |
                            (t->scaled ? OPTION_WINDOW_SCALE : 0));
    s.mss = x->mss;
    s.window_scale = t->scaled ? x->scale : 0;
    s.header_len = 40;
    x->nxt++;
    return s;
}

static struct segment segment_usual(struct traffic *t)
{
    unsigned from = traffic_pick(t, 2);
    struct traffic_end *x = &t->end[from], *y = &t->end[1 - from];
    struct segment s = segment_new(t, from);
    uint32_t most = y->mss != 0 ? y->mss : 536;

    if (y->hole != 0 && y->got != x->nxt && chance(t, 30)) { /* what is missing is sent again */
        s.seq = y->got;
        s.payload_len = 1 + traffic_pick(t, most);
        return s;
    }
    if (chance(t, 60)) {
        s.payload_len = chance(t, 50) ? most + 20 - s.header_len : 1 + traffic_pick(t, most);
        s.flags |= (uint16_t)(chance(t, 40) ? TCP_PSH : 0);
        x->nxt += s.payload_len;
    } else if (x->hole != 0 && t->sack) {
        s.options |= OPTION_SACK;
        s.header_len = (uint8_t)(s.header_len + 12);
        s.sack_count = 1;
        s.sack[0].left = x->hole - 1 - traffic_pick(t, 100);
        s.sack[0].right = x->hole;
    }
    if (chance(t, 2)) {
        s.flags |= TCP_FIN;
        x->nxt++;
    }
    return s;
}

/* The receiver takes it, and remembers what is missing before it. */
static void segment_arrives(struct traffic *t, const struct segment *s)
{
    unsigned from = s->source_port == 80;
    struct traffic_end *y = &t->end[1 - from];
    uint32_t end = s->seq + segment_seq_len(s);
    if (s->options & OPTION_TIMESTAMPS)
        y->heard = s->tsval;
    if (segment_seq_len(s) == 0)
        return;
    if (s->seq == y->got || (s->flags & TCP_SYN))
        y->got = y->hole != 0 && chance(t, 50) ? y->hole : end;
    else
        y->hole = end;
    if (y->got == y->hole)
        y->hole = 0;
}

static void numbers_change(struct traffic *t, struct segment *s)
{
    static const int32_t steps[] = { -70000, -1460, -100, -2, -1, 1, 2, 100, 1460, 70000, 1 << 21 };
    uint32_t by = (uint32_t)steps[traffic_pick(t, sizeof steps / sizeof steps[0])];
    switch (traffic_pick(t, 8)) {
    case 0:
        s->seq += by;
        break;
    case 1:
    case 2:
        s->ack += by;
        break;
    case 3:
        s->window = (uint16_t)(chance(t, 40) ? 0 : traffic_pick(t, 65536));
        break;
    case 4:
        s->tsval += by;
        break;
    case 5:
        s->tsecr += by;
        break;
    case 6:
        s->ip_id = (uint16_t)(s->ip_id + by);
        break;
    default:
        s->payload_len = traffic_pick(t, 4000);
        break;
    }
}

static void header_change(struct traffic *t, struct segment *s)
{
    switch (traffic_pick(t, 12)) {
    case 0:
        s->flags ^= (uint16_t)(1u << traffic_pick(t, 9));
        break;
    case 1:
        s->facts ^= 1u << traffic_pick(t, 17);
        break;
    case 2:
        s->options ^= (uint16_t)(1u << traffic_pick(t, 12));
        break;
    case 3:
        s->options ^= OPTION_TIMESTAMPS;
        break;
    case 4:
        s->ip_flags = (uint8_t)traffic_pick(t, 8);
        break;
    case 5:
        s->urgent = (uint16_t)traffic_pick(t, 2000);
        s->flags |= (uint16_t)(chance(t, 70) ? TCP_URG : 0);
        break;
    case 6:
        s->reserved = (uint8_t)traffic_pick(t, 8);
        break;
    case 7:
        s->header_len = (uint8_t)(4 * traffic_pick(t, 16));
        break;
    case 8: /* damaged, so that it is sent again */
        s->facts = (s->facts & ~(uint32_t)FACT_CHECKSUM_GOOD) | FACT_CHECKSUM_BAD;
        t->end[s->source_port == 80].nxt = s->seq;
        break;
    default: /* a block that is above the ACK, or below */
        s->options |= OPTION_SACK;
        s->sack_count = (uint8_t)(1 + traffic_pick(t, 3));
        for (unsigned i = 0; i < s->sack_count; i++) {
            s->sack[i].left = s->ack + traffic_pick(t, 3000) - 1000;
            s->sack[i].right = s->sack[i].left + traffic_pick(t, 1500);
        }
        break;
    }
}

/* One of the newest again: the very packet, or sent once more. */
static struct segment segment_again(struct traffic *t)
{
    unsigned known = t->recent_count < TRAFFIC_RECENT ? t->recent_count : TRAFFIC_RECENT;
    struct segment s = t->recent[traffic_pick(t, known)];
    struct traffic_end *x = &t->end[s.source_port == 80];
    t->time += (int64_t)traffic_pick(t, chance(t, 50) ? 1000000 : 400000000);
    s.frame = ++t->frame;
    s.time = t->time;
    if (chance(t, 40))
        return s;
    s.ip_id = (uint16_t)(x->ip_id != 0 ? ++x->ip_id : 0);
    s.tsval = s.tsval != 0 ? x->clock + traffic_pick(t, 2) : 0;
    s.ack = chance(t, 70) ? x->got : s.ack;
    return s;
}

static struct segment segment_strange(struct traffic *t)
{
    if (t->recent_count > 0 && chance(t, 30))
        return segment_again(t);
    struct segment s = segment_usual(t);
    if (chance(t, 10)) { /* a clock that was set */
        t->time += chance(t, 50) ? (int64_t)traffic_pick(t, 9) * NS_PER_S : -NS_PER_MS;
        s.time = t->time;
    }
    for (unsigned changes = 1 + traffic_pick(t, 2); changes > 0; changes--) {
        if (chance(t, 60))
            numbers_change(t, &s);
        else
            header_change(t, &s);
    }
    return s;
}

struct segment traffic_next(struct traffic *t)
{
    struct segment s;
    if (t->left == 0)
        connection_new(t);
    t->left--;
    bool strange = chance(t, t->strange);
    if (t->opening < 3)
        s = segment_opening(t);
    else
        s = strange ? segment_strange(t) : segment_usual(t);
    if (!strange || chance(t, 70)) /* else it does not arrive */
        segment_arrives(t, &s);
    if (strange && chance(t, 15) && t->opening >= 3) {
        t->left += t->left == 0;
        return traffic_next(t);
    }
    if (s.payload_len > 0)
        s.payload_captured = s.payload_len;
    s.wire_len = 14 + (s.ip_version == 4 ? 20u : 40u) + s.header_len + s.payload_len;
    t->recent[t->recent_count++ % TRAFFIC_RECENT] = s;
    return s;
}
