/* share: what a sender knows when, and what it does then. */
#include "tcp/share.h"

#include <string.h>

#include "base/time_text.h"
#include "tcp/sequence.h"
#include "tcp/share_charge.h"

#define FLAT_ROUNDS 2u /* after so many rounds without growth slow start is over */
#define FULL_SEGMENTS 10 /* less than that tells nothing (§5.3) */
#define SEGMENT_USUAL 1460u
#define SILENCE_LEAST (2 * NS_PER_MS)
#define STAMPS_LEAST (50 * NS_PER_MS) /* the rate of a clock of timestamps is told by so much */

/* The most payload of a segment; what is longer was put together by a network card. */
static uint32_t segment_most(const struct step *step)
{
    uint32_t options = step->s->header_len > 20 ? step->s->header_len - 20u : 0;
    uint32_t most = step->y->mss != 0 ? step->y->mss : SEGMENT_USUAL;
    return most > options ? most - options : most;
}

/* Segments that so much payload was on the wire. */
static uint32_t segment_parts(const struct step *step, uint32_t most)
{
    uint32_t length = step->s->payload_len;
    return length > most ? (length + most - 1) / most : 1;
}

/* Where the SYNs' options are missing its scale is not known: then only a closed window counts. */
#define WINDOW_UNKNOWN (UINT32_C(1) << 30)

static uint32_t window_of(const struct step *step, uint32_t window)
{
    const unsigned syns = END_SYN | END_SYNACK;
    unsigned x = step->x->flags, y = step->y->flags;
    bool known = (x & syns) && (y & syns) && !((x | y) & END_OPTIONS_UNKNOWN);
    return known || window == 0 ? window : WINDOW_UNKNOWN;
}

static void shorter(int64_t *way, int64_t sample)
{
    if (sample <= 0)
        sample = 1;
    if (*way == 0 || sample < *way)
        *way = sample;
}

void share_begin(struct share *share, const struct step *step, const struct exchange *exchange)
{
    const struct endpoint *x = step->x, *y = step->y;
    bool scaled = (x->flags & END_SCALE) && (y->flags & END_SCALE) &&
                  y->segments > y->syns; /* the window on a SYN is not (RFC 7323 §2.2) */
    memset(share, 0, sizeof *share);
    share->first = share->nxt = x->snd_nxt;
    share->before = x->payload_sent;
    share->una = share->una_passed = x->snd_una;
    share->near = connection_leg(step->c, step->x_id);
    share->far = connection_leg(step->c, step->y_id);
    share->trip = share->near + share->far;
    share->clock = share->began = share->acked_time = share->told = step->s->time;
    share->round_end = share->nxt;
    share->round_una = share->una;
    share->segment = segment_most(step) / 4 * 3; /* the path may allow less than both ends */
    share->flags = SHARE_GROWING;
    if (y->flags & END_SEEN) {
        uint32_t window = (uint32_t)y->window_last << (scaled ? y->window_scale : 0);
        window = window_of(step, window);
        share->edge = share->edge_passed = x->snd_una + window;
        share->window = window < WINDOW_UNKNOWN ? window : 0;
        if (window > 0)
            share->flags |= SHARE_EDGE;
    }
    int64_t wait = exchange_wait(exchange, step->x_id);
    if (wait > share->near && share->near > 0) {
        share->parts[SHARE_PROGRAM] = wait - share->near;
        share->longest[LIMIT_APPLICATION - 1] =
            (struct share_spell){ .length = wait - share->near, .frame = exchange->begin.frame };
    }
}

/* A round trip of the sender's window ends: did it bring more than the one before? */
static void round_note(struct share *share)
{
    int64_t bytes = share->una - share->round_una;
    if (share->una < share->round_end)
        return;
    if (share->round_bytes > 0 && bytes < share->round_bytes + share->round_bytes / 4)
        share->flat_rounds = (uint8_t)(share->flat_rounds + 1);
    if (share->flat_rounds >= FLAT_ROUNDS)
        share->flags &= ~(unsigned)SHARE_GROWING & 0xffff;
    if (share->flat_rounds > FLAT_ROUNDS)
        share->flat_rounds = FLAT_ROUNDS;
    share->round_bytes = bytes;
    share->round_una = share->una;
    share->round_end = share->nxt;
    share->flight[1] = share->flight[0];
    share->flight[0] = share->nxt - share->una;
}

/* An acknowledgement reaches the sender. */
static void ack_arrives(struct share *share, const struct share_ack *ack, uint64_t frame)
{
    int64_t time = ack->time + share->near;
    int64_t una = seq_unwrap(share->una, ack->ack);
    int64_t edge = una + (uint32_t)(ack->edge - ack->ack);

    share_until(share, time, frame);
    if (una > share->una) {
        share->una = una;
        share->flags |= SHARE_FREED;
        share->told = time;
    }
    if (una > share->nxt) /* the capture lacks what this acknowledges */
        share->nxt = una;
    if (!(share->flags & SHARE_EDGE) || edge > share->edge)
        share->told = time;
    share->edge = edge;
    share->flags |= SHARE_EDGE;
    if (edge - una > share->window && edge - una < WINDOW_UNKNOWN)
        share->window = (uint32_t)(edge - una);
    if ((share->flags & SHARE_REPAIRING) && una >= share->recover)
        share->flags &= ~(unsigned)SHARE_REPAIRING & 0xffff;
    round_note(share);
    if (ack->payload && share->una >= share->nxt)
        share_settle_done(share);
}

/* What has reached the sender by now. */
static void acks_arrive(struct share *share, int64_t now, uint64_t frame)
{
    unsigned taken = 0;
    while (taken < share->waiting_count && share->waiting[taken].time <= now - share->near)
        ack_arrives(share, &share->waiting[taken++], frame);
    if (taken == 0)
        return;
    share->waiting_count = (uint8_t)(share->waiting_count - taken);
    memmove(share->waiting, share->waiting + taken,
            share->waiting_count * sizeof *share->waiting);
}

static void ack_waits(struct share *share, struct share_ack ack)
{
    struct share_ack *newest = &share->waiting[share->waiting_count - 1];
    bool close = share->waiting_count > 0 && ack.time >= newest->time &&
                 ack.time - newest->time + newest->span <= share->near / (SHARE_WAITING - 1);
    if (share->waiting_count == SHARE_WAITING || (close && !newest->payload)) {
        int64_t span = ack.time - newest->time + newest->span;
        ack.span = span < 0 ? 0 : span < UINT32_MAX ? (uint32_t)span : UINT32_MAX;
        ack.payload |= newest->payload;
        *newest = ack;
        return;
    }
    share->waiting[share->waiting_count++] = ack;
}

/* The peer's timestamps: how long until the sender echoes one (RFC 7323 §4.1). */
static void echo_begin(struct share *share, const struct segment *s)
{
    bool known = share->flags & SHARE_PEER_STAMP;
    if (!(s->options & OPTION_TIMESTAMPS) || (known && !seq_before(share->peer_stamp, s->tsval)))
        return;
    share->peer_stamp = s->tsval;
    share->flags |= SHARE_PEER_STAMP;
    if (!known || (share->flags & SHARE_ECHO)) /* the first one may have passed before */
        return;
    share->echo = s->tsval;
    share->echo_time = s->time;
    share->flags |= SHARE_ECHO;
}

static void echo_end(struct share *share, const struct segment *s)
{
    if (!(share->flags & SHARE_ECHO) || !(s->options & OPTION_TIMESTAMPS) ||
        seq_before(s->tsecr, share->echo))
        return;
    share->flags &= ~(unsigned)SHARE_ECHO & 0xffff;
    if (share->near == 0)
        share->clock = share->told = s->time; /* from here on it can be told */
    shorter(&share->near, s->time - share->echo_time);
}

void share_acked(struct share *share, const struct step *step)
{
    const struct segment *s = step->s;
    echo_begin(share, s);
    acks_arrive(share, s->time, s->frame);
    if (!step->has_ack || step->ack < share->una_passed || (s->flags & TCP_SYN))
        return;
    uint32_t window = window_of(step, step_window(step));
    int64_t edge = step->ack + window;
    bool news = step->ack > share->una_passed || edge != share->edge_passed;
    if (!news && s->payload_len == 0)
        return;
    if (step->ack > share->una_passed)
        share->acked_time = s->time;
    share->una_passed = step->ack;
    share->edge_passed = edge;
    if (share->timed_end != 0 && step->ack >= share->timed_end) {
        int64_t sample = s->time - share->timed_time;
        shorter(&share->far, sample);
        share->trip = sample + share->near;
        share->timed_end = 0;
    }
    ack_waits(share, (struct share_ack){ .time = s->time,
                                         .ack = s->ack,
                                         .edge = s->ack + window,
                                         .payload = s->payload_len > 0 });
}

/*
 * Where timestamps show that the sender went on meanwhile, silence here was a delay on the way: its
 * clock advanced by less than half of what it does in such a time.
 */
static void stamp_note(struct share *share, const struct segment *s)
{
    int64_t silence = s->time - share->stamp_time;
    int64_t before = share->stamp_time - share->began;

    share->flags &= ~(unsigned)SHARE_DELAYED & 0xffff;
    if (!(s->options & OPTION_TIMESTAMPS))
        return;
    if (!(share->flags & SHARE_STAMP)) {
        share->stamp_first = s->tsval;
    } else if (silence > SILENCE_LEAST && before > STAMPS_LEAST) {
        double ticks = seq_diff(s->tsval, share->stamp);
        double ticks_before = seq_diff(share->stamp, share->stamp_first);
        if (ticks >= 0 && 2 * ticks * (double)before < (double)silence * ticks_before)
            share->flags |= SHARE_DELAYED;
    }
    share->stamp = s->tsval;
    share->stamp_time = s->time;
    share->flags |= SHARE_STAMP;
}

/* New bytes: what they tell about the time before, and how the sender stands now. */
static void bytes_new(struct share *share, const struct step *step, int64_t end)
{
    const struct segment *s = step->s;
    uint32_t most = segment_most(step), parts = segment_parts(step, most);

    if ((share->flags & SHARE_UNSEEN) && !share_is_beside(share)) {
        share_settle_repeat(share, s->time, false, s->frame);
    } else {
        if (!share_is_beside(share))
            stamp_note(share, s);
        share_until(share, s->time, s->frame);
        share_settle_sent(share, s->time, s->frame);
    }
    if (s->payload_len > share->segment)
        share->segment = s->payload_len < most ? s->payload_len : most;
    share->segments += parts;
    share->newest = s->payload_len / parts;
    share->nxt = end;
    share->flags &= ~(unsigned)(SHARE_SHORT | SHARE_FREED) & 0xffff;
    if (s->payload_len <= most ? s->payload_len < share->segment
                               : s->payload_len % share->segment != 0)
        share->flags |= SHARE_SHORT;
    if (share->nxt - share->una > share->flight[0])
        share->flight[0] = share->nxt - share->una;
    if (share->timed_end == 0) {
        share->timed_end = end;
        share->timed_time = s->time;
    }
}

static void bytes_again(struct share *share, const struct step *step)
{
    const struct segment *s = step->s;
    bool timer = step->class == CLASS_RTX_RTO || step->class == CLASS_RTX_TLP ||
                 step->class == CLASS_RTX_TIMER;
    share->repeats++;
    share->flags |= SHARE_REPAIRED;
    share->segments++;
    share->timed_end = 0; /* Karn's rule, RFC 6298 §3 */
    if (share->una >= share->nxt && !share_timer_ended(share, s->time))
        return; /* what tells it that all has arrived is still on its way */
    share_settle_repeat(share, s->time, timer, s->frame);
    share->flags &= ~(unsigned)SHARE_GROWING & 0xffff;
    if (step->class == CLASS_RTX_UNNEEDED)
        return;
    share->flags |= SHARE_REPAIRING;
    share->recover = share->nxt;
}

/* IP IDs that count up one by one show segments that did not pass here (RFC 6864 lets them). */
static void ids_note(struct share *share, const struct step *step)
{
    const struct segment *s = step->s;
    uint16_t ahead = (uint16_t)(s->ip_id - share->id_next);

    share->flags &= ~(unsigned)SHARE_UNSEEN & 0xffff;
    if (!segment_has_ip_id(s)) {
        share->id_run = 0;
        return;
    }
    if (share->id_run >= SHARE_ID_RUN && ahead > UINT16_MAX / 2) /* overtaken */
        return;
    if (ahead == 0)
        share->id_run = (uint8_t)(share->id_run < UINT8_MAX ? share->id_run + 1 : UINT8_MAX);
    else if (share->id_run >= SHARE_ID_RUN && ahead < IP_ID_NEAR)
        share->flags |= SHARE_UNSEEN;
    else
        share->id_run = 0;
    share->id_next = (uint16_t)(s->ip_id + segment_parts(step, segment_most(step)));
}

void share_sent(struct share *share, const struct step *step)
{
    const struct segment *s = step->s;
    int64_t end = step->seq + s->payload_len;

    echo_end(share, s);
    ids_note(share, step);
    acks_arrive(share, s->time, s->frame);
    if (step->marks & MARK_WINDOW_PROBE) {
        share_until(share, s->time, s->frame);
        share->flags |= SHARE_PROBED;
        return;
    }
    if (s->payload_len == 0 || (step->marks & MARK_KEEP_ALIVE))
        return;
    if (class_is_repeat((enum segment_class)step->class))
        bytes_again(share, step);
    if (end > share->nxt)
        bytes_new(share, step, end);
}

void share_result(const struct share *measured, struct limits *ret)
{
    struct share share = *measured;
    memset(ret, 0, sizeof *ret);
    if (share.near == 0)
        return;
    acks_arrive(&share, INT64_MAX, 0);
    share_settle_done(&share);
    if (share.before + (uint64_t)(share.nxt - share.first) < FULL_SEGMENTS * (uint64_t)share.segment)
        return;
    memcpy(ret->parts, share.parts, sizeof ret->parts);
    ret->trip_min = share.near + share.far;
    ret->trip = share.trip > ret->trip_min ? share.trip : ret->trip_min;
    ret->bytes = share.una_passed > share.first ? (uint64_t)(share.una_passed - share.first) : 0;
    ret->span = share.acked_time - share.began;
    ret->window = share.window;
    ret->segment = share.segment;
    ret->segments = share.segments;
    ret->repeats = share.repeats;
    limits_judge(ret);
    if (ret->active == 0)
        return;
    ret->known = true;
    ret->certainty = share.near * 10 < ret->trip_min ? CERTAINTY_INFERRED : CERTAINTY_ASSUMED;
    if (ret->cause == LIMIT_NONE)
        return;
    ret->longest = share.longest[ret->cause - 1].length;
    ret->longest_frame = share.longest[ret->cause - 1].frame;
}
