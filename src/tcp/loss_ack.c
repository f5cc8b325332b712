/* loss_ack: what an acknowledgement tells its receiver (§4.9), and what is kept of it. */
#include "tcp/loss_part.h"

#include "base/time_text.h"
#include "tcp/metrics.h"
#include "tcp/metrics_trip.h"
#include "tcp/sequence.h"

#define BASE_BELOW (INT64_C(1) << 30)
/* A keep-alive is answered within this, or two round trips to its receiver (§4.9). */
#define ANSWER_MAX NS_PER_S
#define SAMPLE_MAX (600 * NS_PER_S) /* no round trip: the recorder's clock jumped */

void loss_drop_acked(struct loss_case *k, unsigned acked)
{
    struct loss_side *y = k->y;
    const struct flights *flights = &k->losses->flights;
    int64_t settled = k->now - 2 * k->trip - 10 * NS_PER_MS;
    unsigned drop = 0;
    while (acked - drop > LOSS_ACKED_KEPT) {
        const struct range *r = flight_at(flights, &y->flight, drop);
        if (r->times > 1 && r->delivered > settled)
            break;
        drop++;
    }
    if (drop > 0)
        flight_drop(&y->flight, drop);
}

/* Parts the ranges that these numbers are inside of; the place of the first one behind `left`. */
static unsigned cut_out(struct loss_case *k, int64_t left, int64_t right)
{
    struct flights *flights = &k->losses->flights;
    struct flight *flight = &k->y->flight;
    unsigned first = flight_find(flights, flight, left);
    if (first < flight->count && flight_at(flights, flight, first)->seq < left) {
        flight_split(flights, flight, first, left, k->now);
        first = flight_find(flights, flight, left);
    }
    unsigned last = first;
    while (last < flight->count && flight_at(flights, flight, last)->end <= right)
        last++;
    if (last < flight->count && flight_at(flights, flight, last)->seq < right) {
        flight_split(flights, flight, last, right, k->now);
        first = flight_find(flights, flight, left);
    }
    return first;
}

/* Of what was sent twice the echoed timestamp tells which sending is acknowledged. */
static bool sending_is_told(const struct loss_case *k, const struct range *r)
{
    const struct segment *s = k->step->s;
    return (s->options & OPTION_TIMESTAMPS) && (r->flags & RANGE_STAMPED) && r->times == 2 &&
           s->tsecr == r->tsval && r->seq == k->y->una;
}

void loss_take_sample(struct loss_case *k, int64_t sample, unsigned flag, bool jumps)
{
    struct loss_side *y = k->y;
    if (sample < 0 || sample > SAMPLE_MAX)
        return;
    if (y->leg_far == 0 || sample < y->leg_far)
        y->leg_far = sample > 0 ? sample : 1;
    if (flag == RANGE_ACKED)
        loss_sample(y, sample + k->far);
    /* Not of what fills a hole. */
    if (flag == RANGE_SACKED || (!jumps && y->duplicates == 0))
        metrics_sample(k, sample);
}

/* Bytes left..right arrived; whether that is news. */
static bool bytes_arrived(struct loss_case *k, int64_t left, int64_t right, unsigned flag)
{
    struct flights *flights = &k->losses->flights;
    struct flight *flight = &k->y->flight;
    bool news = false, repeats = false, jumps = false, told = false;
    int64_t sample = -1;

    for (unsigned i = cut_out(k, left, right); i < flight->count; i++) {
        struct range *r = flight_at(flights, flight, i);
        if (r->seq >= right)
            break;
        unsigned before = r->flags & (RANGE_ACKED | RANGE_SACKED);
        r->flags |= flag & 0xff;
        jumps |= before != 0;
        if (flag == RANGE_SACKED && !before)
            metrics_sacked(k, r->end - r->seq);
        else if (flag == RANGE_ACKED && before == RANGE_SACKED)
            metrics_sacked(k, r->seq - r->end);
        if (before)
            continue;
        news = true;
        r->delivered = k->now;
        if (r->flags & RANGE_HOLE)
            loss_tally_missed(k, r);
        else if (k->losses->several_inputs)
            loss_view_missing(k, r);
        loss_arrived(k, i, flag == RANGE_ACKED && r->seq == k->y->una);
        bool known = r->times == 1 || sending_is_told(k, r);
        repeats |= !known;
        if (told) /* it called for this acknowledgement: what is behind it came before */
            continue;
        told = known && r->times > 1;
        sample = known && !(r->flags & (RANGE_HOLE | RANGE_COARSE)) ? k->now - r->last : -1;
    }
    if (!repeats) /* RFC 6298 §3, Karn: not of what was sent twice */
        loss_take_sample(k, sample, flag, jumps);
    return news;
}

/* The SACK option: what arrived beyond a hole, or arrived twice (RFC 2883 §4). */
static void take_sack(struct loss_case *k)
{
    const struct segment *s = k->step->s;
    struct loss_side *y = k->y;
    int64_t left[SEGMENT_SACK_MAX], right[SEGMENT_SACK_MAX];
    unsigned count = s->sack_count < SEGMENT_SACK_MAX ? s->sack_count : SEGMENT_SACK_MAX;

    if (!(s->options & OPTION_SACK) || count == 0)
        return;
    for (unsigned i = 0; i < count; i++) {
        left[i] = seq_unwrap(y->nxt, s->sack[i].left);
        right[i] = seq_unwrap(y->nxt, s->sack[i].right);
    }
    bool inside = count > 1 && left[0] >= left[1] && right[0] <= right[1];
    bool twice = right[0] <= k->step->ack || inside;
    if (twice && left[0] < right[0]) {
        k->row.tags |= TAG(TAG_DSACK);
        k->x->flags |= SIDE_TELLS_TWICE;
        loss_came_twice(k, left[0], right[0]);
    }
    for (unsigned i = twice ? 1 : 0; i < count; i++) {
        if (left[i] >= right[i] || left[i] < k->step->ack || right[i] > y->nxt)
            continue;
        k->row.tags |= TAG(TAG_SACK);
        if (!bytes_arrived(k, left[i], right[i], RANGE_SACKED))
            continue;
        k->news = true;
        y->sacked_time = k->now;
        y->sack_frame = k->row.frame;
        if (right[i] > y->sacked_end)
            y->sacked_end = right[i];
    }
}

/* What came with a probe of a closed window was taken: it is data now. */
static void take_probe(struct loss_case *k)
{
    struct loss_side *y = k->y;
    struct range taken = { .seq = y->nxt,
                           .end = y->probe_end,
                           .first = y->probe_time,
                           .last = y->probe_time,
                           .frame = y->probe_frame & FRAME_MAX,
                           .times = 1 };
    flight_append(&k->losses->flights, &y->flight, &taken);
    y->nxt = y->probe_end;
}

/* More is acknowledged than was seen: the capture lacks it. */
static void take_unseen(struct loss_case *k)
{
    struct loss_side *y = k->y;
    if (y->probe_end > y->nxt && y->probe_end <= k->step->ack)
        take_probe(k);
    if (k->step->ack <= y->nxt)
        return;
    struct range missed = { .seq = y->nxt,
                            .end = k->step->ack,
                            .first = k->now,
                            .last = k->now,
                            .flags = RANGE_HOLE };
    k->row.tags |= TAG(TAG_UNSEEN);
    flight_append(&k->losses->flights, &y->flight, &missed);
    y->nxt = k->step->ack;
}

void loss_advance(struct loss_case *k, int64_t ack)
{
    struct loss_side *y = k->y;

    y->una = ack;
    y->advanced = k->now;
    y->duplicates = 0;
    y->timeouts = 0;
    y->flags &= ~(unsigned)SIDE_PROBED;
    y->advances[y->advance_next].time = k->now;
    y->advances[y->advance_next].una = ack;
    y->advance_next = (uint8_t)((y->advance_next + 1) % LOSS_ADVANCES);
    if (y->mode != MODE_OPEN && ack >= y->recover)
        y->mode = MODE_OPEN;
}

static void take_advance(struct loss_case *k, int64_t ack)
{
    struct loss_side *y = k->y;
    const struct flights *flights = &k->losses->flights;

    loss_frto(k, ack);
    bytes_arrived(k, y->una, ack, RANGE_ACKED);
    loss_advance(k, ack);
    if (y->flight.count > LOSS_ACKED_KEPT &&
        flight_at(flights, &y->flight, LOSS_ACKED_KEPT)->end <= y->una)
        loss_drop_acked(k, flight_find(flights, &y->flight, y->una));
}

/* The capture has cut its options off: there may have been SACK blocks among them. */
static bool blind_duplicate(const struct loss_case *k)
{
    return k->sack && (k->step->s->facts & FACT_OPTIONS_TRUNCATED) && k->step->ack == k->y->una &&
           k->y->una < k->y->nxt && segment_seq_len(k->step->s) == 0;
}

static void count_duplicate(struct loss_case *k)
{
    struct loss_side *y = k->y;
    if (y->duplicates == 0)
        y->duplicate_first = k->row.frame;
    y->duplicate_last = k->row.frame;
    y->duplicates = y->duplicates < UINT8_MAX ? (uint8_t)(y->duplicates + 1) : UINT8_MAX;
}

void loss_acknowledge(struct loss_case *k)
{
    const struct step *step = k->step;
    struct loss_side *y = k->y;

    if ((step->s->flags & TCP_ACK) && (y->flags & SIDE_BASE_ASSUMED) && step->ack < y->una &&
        y->una - step->ack < BASE_BELOW)
        y->una = step->ack; /* the capture began behind what is outstanding */
    bool below = (step->s->flags & TCP_ACK) && (y->flags & SIDE_STARTED) &&
                 step->ack >= y->una && step->ack <= y->nxt;
    if (!step->has_ack && !below) {
        if ((step->s->flags & TCP_ACK) && segment_seq_len(step->s) == 0)
            loss_decide(k, CLASS_ACK, RULE_ACK_BEYOND, CERTAINTY_INFERRED);
        return;
    }
    if (!(y->flags & SIDE_STARTED) || step->ack - y->nxt > INT32_MAX ||
        y->nxt - step->ack > INT32_MAX) {
        flight_free(&k->losses->flights, &y->flight);
        y->flags |= SIDE_STARTED | SIDE_UNSENT;
        y->nxt = y->una = step->ack;
        y->advanced = k->now;
    }
    /* A SYN-ACK of more than the SYN and its data answers another one (RFC 9293 §3.10.7.3). */
    if ((step->s->flags & TCP_SYN) && !(y->flags & SIDE_UNSENT) && step->ack > y->nxt)
        return;
    y->flags &= ~(unsigned)SIDE_BASE_ASSUMED;
    if (step->s->facts & FACT_OPTIONS_TRUNCATED)
        y->flags |= SIDE_BLIND;
    /* It knows no more of its peer than the SYN; and nothing comes after a FIN (tcp/sequence). */
    bool told_wrong = (step->s->flags & TCP_SYN) || (step->y->flags & END_FIN);
    if (step->ack > y->nxt && !told_wrong)
        take_unseen(k);
    take_sack(k);
    if (k->row.class == CLASS_NONE && segment_seq_len(step->s) == 0)
        loss_ack_class(k);
    int64_t ack = step->ack < y->nxt ? step->ack : y->nxt;
    if (ack > y->una)
        take_advance(k, ack);
    else if (k->row.class == CLASS_DUPLICATE_ACK || k->news || blind_duplicate(k))
        count_duplicate(k);
    y->heard = k->now;
}

/* An acknowledgement of what was acknowledged before. */
static void class_of_same(struct loss_case *k)
{
    const struct step *step = k->step;
    const struct loss_side *x = k->x, *y = k->y;
    int64_t edge = step->ack + step_window(step);
    bool moved = (x->flags & SIDE_EDGE) && edge > x->edge;
    bool same = (x->flags & SIDE_EDGE) && edge == x->edge;
    bool outstanding = y->una < y->nxt;

    if (k->news)
        loss_decide(k, CLASS_DUPLICATE_ACK, RULE_SACK_NEWS, CERTAINTY_OBSERVED);
    else if (k->row.tags & TAG(TAG_DSACK))
        loss_decide(k, CLASS_ACK, RULE_ACK_REPEATS, CERTAINTY_OBSERVED);
    else if (moved)
        loss_decide(k, CLASS_WINDOW_UPDATE, RULE_WINDOW_MOVED, CERTAINTY_OBSERVED);
    else if (outstanding && same)
        loss_decide(k, CLASS_DUPLICATE_ACK, RULE_DUPLICATE, CERTAINTY_OBSERVED);
    else {
        loss_decide(k, CLASS_ACK, RULE_ACK_REPEATS, CERTAINTY_OBSERVED);
        if (same && !outstanding)
            k->row.tags |= TAG(TAG_REPEATED_ACK);
    }
}

/* An older acknowledgement: by its timestamp it may have been overtaken. */
static void class_of_old(struct loss_case *k)
{
    const struct segment *s = k->step->s;
    bool stamped = (s->options & OPTION_TIMESTAMPS) && (k->x->flags & SIDE_STAMP);
    loss_decide(k, CLASS_ACK, RULE_ACK_OLD, CERTAINTY_OBSERVED);
    k->row.tags |= TAG(TAG_OLD_ACK);
    if (stamped && seq_before(s->tsval, k->x->stamp))
        k->row.tags |= TAG(TAG_REORDERED);
}

/* Whether this may answer what the peer asked, which is answered then. */
static bool answers(const struct loss_case *k, unsigned what)
{
    struct loss_side *y = k->y;
    int64_t patience = 2 * k->far > ANSWER_MAX ? 2 * k->far : ANSWER_MAX;
    if (!(y->flags & what))
        return false;
    y->flags &= ~what;
    return k->now - y->probe_time <= patience;
}

void loss_ack_class(struct loss_case *k)
{
    const struct step *step = k->step;
    const struct loss_side *y = k->y;

    if ((y->flags & SIDE_CHALLENGED) && step->ack == y->una)
        loss_decide(k, CLASS_CHALLENGE_ACK, RULE_ANSWERS_UNACCEPTABLE, CERTAINTY_INFERRED);
    else if (step->ack >= y->una && answers(k, SIDE_ZERO_PROBE))
        loss_decide(k, CLASS_ZERO_WINDOW_PROBE_ACK, RULE_ANSWERS_PROBE, CERTAINTY_INFERRED);
    else if (step->ack == y->nxt && answers(k, SIDE_KEEP_ALIVE))
        loss_decide(k, CLASS_KEEP_ALIVE_ACK, RULE_ANSWERS_KEEP_ALIVE, CERTAINTY_INFERRED);
    else if (step->s->window == 0)
        loss_decide(k, CLASS_ZERO_WINDOW, RULE_WINDOW_ZERO, CERTAINTY_OBSERVED);
    else if (step->ack > y->una)
        loss_decide(k, CLASS_ACK,
                    (k->row.tags & TAG(TAG_UNSEEN)) ? RULE_ACK_UNSEEN : RULE_ACK_ADVANCES,
                    CERTAINTY_OBSERVED);
    else if (step->ack < y->una)
        class_of_old(k);
    else
        class_of_same(k);
}
