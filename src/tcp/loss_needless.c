/* loss_needless: what came later shows that a repeat was not needed (§4.8). */
#include "tcp/loss_part.h"

#include "base/time_text.h"
#include "tcp/sequence.h"

/* Shorter ways are not measured well enough to say that an answer came too soon. */
#define LEG_LEAST NS_PER_MS

void loss_record_needless(struct loss_case *k, uint32_t record, enum segment_rule rule,
                          enum certainty certainty)
{
    struct classified *row = segment_log_at(&k->losses->logs, record);
    if (row == NULL || !class_is_repeat((enum segment_class)row->class) ||
        (row->flags & TCP_SYN)) /* a SYN comes again because its answer did not come */
        return;
    if (rule == RULE_LATE_ORIGINAL && row->class == CLASS_RTX_UNSEEN_ORIGINAL)
        classified_revise(row, CLASS_RTX_OTHER); /* its first sending came after all */
    row->tags |= TAG(TAG_SPURIOUS);
    row->rules |= RULE(rule);
    loss_tell_needless(k, row, rule, certainty);
    if (certainty < row->certainty && row->certainty > CERTAINTY_INFERRED)
        row->certainty = CERTAINTY_INFERRED;
}

void loss_needless(struct loss_case *k, unsigned i, enum segment_rule rule,
                   enum certainty certainty)
{
    struct range *r = flight_at(&k->losses->flights, &k->y->flight, i);
    struct repeat *again = loss_repeat_of(k->y, r->seq, r->end);
    r->flags |= RANGE_SPURIOUS;
    if (again != NULL)
        again->needless = true;
    loss_record_needless(k, r->record, rule, certainty);
    loss_tally_needless(k, k->step->y_id, i, 1);
}

void loss_note_repeat(struct loss_case *k, bool unseen)
{
    struct loss_side *x = k->x;
    const struct segment *s = k->step->s;
    x->repeats[x->repeat_next] = (struct repeat){ .seq = k->step->seq,
                                                  .end = k->step->end,
                                                  .record = k->record,
                                                  .tsval = s->tsval,
                                                  .ip_id = segment_has_ip_id(s) ? s->ip_id : 0,
                                                  .stamped = s->options & OPTION_TIMESTAMPS,
                                                  .unseen = unseen,
                                                  .lost = (uint8_t)(loss_kind(k) + 1) };
    x->repeat_next = (uint8_t)((x->repeat_next + 1) % LOSS_REPEATS);
}

/* The newest one is 1 back, the oldest one LOSS_REPEATS. */
static struct repeat *repeat_at(struct loss_side *side, unsigned back)
{
    return &side->repeats[(side->repeat_next + LOSS_REPEATS - back) % LOSS_REPEATS];
}

struct repeat *loss_repeat_of(struct loss_side *side, int64_t seq, int64_t end)
{
    for (unsigned back = 1; back <= LOSS_REPEATS; back++) { /* the newest first */
        struct repeat *one = repeat_at(side, back);
        if (one->end > seq && one->seq < end)
            return one;
    }
    return NULL;
}

void loss_repeat_needless(struct loss_case *k, enum endpoint_id end, struct repeat *again,
                          enum segment_rule rule)
{
    if (again->needless)
        return;
    again->needless = true;
    loss_record_needless(k, again->record, rule, CERTAINTY_PROVED);
    loss_tally_forgotten(k, end, again);
}

/*
 * RFC 3522 §3.2: what is acknowledged was sent before the repeat. After a timeout that ends the
 * sending of what was outstanding (RFC 4015 §3.2).
 */
static void eifel(struct loss_case *k, unsigned i)
{
    struct loss_side *y = k->y;
    const struct range *r = flight_at(&k->losses->flights, &y->flight, i);
    bool all = seq_before(k->step->s->tsecr, r->tsval_again);
    uint32_t record = r->record;

    loss_needless(k, i, RULE_EIFEL, CERTAINTY_PROVED);
    if (all)
        loss_tally_needless(k, k->step->y_id, i, r->times - 1u);
    for (unsigned time = 2; all && time < r->times; time++) {
        const struct classified *row = segment_log_at(&k->losses->logs, record);
        if (row == NULL || row->previous == 0)
            break;
        record = row->previous;
        loss_record_needless(k, record, RULE_EIFEL, CERTAINTY_PROVED);
    }
    for (unsigned one = 0; one < LOSS_REPEATS; one++) {
        struct repeat *again = &y->repeats[one];
        bool behind = again->stamped && seq_before(k->step->s->tsecr, again->tsval);
        if (!behind || again->seq >= r->end || again->end <= r->seq)
            continue;
        if (all)
            again->needless = true;
        else
            loss_repeat_needless(k, k->step->y_id, again, RULE_EIFEL);
    }
    if (all && y->mode == MODE_TIMEOUT)
        y->mode = MODE_OPEN;
}

/* RFC 8985 §6.2 step 2: what was sent last of all that has arrived. An acknowledgement right after
 * a repeat is most likely of the first sending. */
static void newest_delivered(struct loss_case *k, const struct range *r)
{
    struct loss_side *y = k->y;
    int64_t soonest = y->leg_far - y->leg_far / 10; /* times may be wild: nothing is multiplied */
    bool of_first = r->times > 1 && y->leg_far > 0 && k->now - r->last < soonest;
    if (of_first)
        return;
    if (r->last < y->delivered_last ||
        (r->last == y->delivered_last && r->end <= y->delivered_end))
        return;
    y->delivered_last = r->last;
    y->delivered_end = r->end;
    y->delivered_frame = loss_newest_frame(k, r);
    y->delivered_told = k->row.frame;
}

/* What may be a probe with new bytes is the first to arrive, and what was sent before it is missing:
 * it did what a probe is for (RFC 8985 §7.1). */
static void probe_told(struct loss_case *k, const struct range *r)
{
    struct classified *row = segment_log_at(&k->losses->logs, k->y->probe_record);
    if (row == NULL || r->record != k->y->probe_record)
        return;
    k->y->probe_record = 0;
    if (r->seq <= k->y->una || k->step->ack > k->y->una)
        return;
    row->tags |= TAG(TAG_TLP_NEW_DATA);
    row->rules |= RULE(RULE_TAIL_PROBE);
}

/*
 * The acknowledgement reaches more than two segments beyond the hole, and echoes what filled that.
 * A receiver that acknowledges every second segment (RFC 5681 §4.2) had the rest before: what of
 * it was sent again later than what filled the hole cannot have called this forth.
 */
static bool is_far_behind(const struct loss_case *k, const struct range *r)
{
    int64_t mss = k->step->x->mss != 0 ? k->step->x->mss : 1460;
    return r->end <= k->step->ack && r->seq - k->y->una >= 2 * mss;
}

void loss_arrived(struct loss_case *k, unsigned i, bool first)
{
    struct range *r = flight_at(&k->losses->flights, &k->y->flight, i);
    const struct segment *s = k->step->s;
    int64_t leg = k->near; /* the shortest, the handshake's too */
    /* In the middle of a transfer the shortest time seen may still hold a full queue. */
    int64_t soonest = connection_leg(k->step->c, k->step->x_id) > 0 ? leg - leg / 10 : leg / 2;

    if ((r->flags & (RANGE_HOLE | RANGE_COARSE)) || r->times == 0)
        return;
    newest_delivered(k, r);
    probe_told(k, r);
    if (r->times < 2)
        return;
    /* The first hole is filled by what its timestamp is echoed of (RFC 7323 §4.3). */
    bool echoed = (s->options & OPTION_TIMESTAMPS) && (r->flags & RANGE_STAMPED);
    bool older = echoed && seq_before(s->tsecr, r->tsval);
    /* What echoes its timestamp answers it, or another one of the same tick. */
    bool answers = echoed && seq_before(first ? r->tsval - 1 : r->tsval, s->tsecr);
    if (older && first)
        eifel(k, i);
    else if (older && is_far_behind(k, r) && !(r->flags & RANGE_SPURIOUS))
        loss_needless(k, i, RULE_EIFEL, CERTAINTY_INFERRED);
    else if (!answers && !(r->flags & RANGE_SPURIOUS) && leg >= LEG_LEAST &&
             k->now - r->last < soonest)
        loss_needless(k, i, RULE_EARLY_ACK, CERTAINTY_INFERRED);
    loss_tally_answered(k, r);
}

/* Each time that the receiver tells of it, another sending was not needed: the newest first. Its
 * ranges may no longer be kept. */
static void repeat_came_twice(struct loss_case *k, int64_t left, int64_t right)
{
    struct loss_side *y = k->y;
    for (unsigned back = 1; back <= LOSS_REPEATS; back++) {
        struct repeat *one = repeat_at(y, back);
        if (one->end <= left || one->seq >= right || one->copied || one->told)
            continue;
        one->told = true;
        loss_repeat_needless(k, k->step->y_id, one, RULE_DSACK);
        return;
    }
}

void loss_came_twice(struct loss_case *k, int64_t left, int64_t right)
{
    struct flights *flights = &k->losses->flights;
    struct flight *flight = &k->y->flight;
    if (flight->count == 0 || right <= flight_at(flights, flight, 0)->seq)
        repeat_came_twice(k, left, right);
    for (unsigned i = flight_find(flights, flight, left); i < flight->count; i++) {
        const struct range *r = flight_at(flights, flight, i);
        if (r->seq >= right)
            break;
        if (r->times < 2 || (r->flags & (RANGE_COPIED | RANGE_HOLE)))
            continue;
        if (!(r->flags & RANGE_SPURIOUS))
            loss_needless(k, i, RULE_DSACK, CERTAINTY_PROVED);
        repeat_came_twice(k, r->seq, r->end);
    }
}

/* With SACK: bytes are acknowledged that were in no SACK block before and were sent only before
 * the timeout: the receiver gets them just now (RFC 5682 §3.1 step 3). */
static bool first_sending_between(const struct loss_case *k, unsigned i, int64_t ack)
{
    const struct loss_side *y = k->y;
    const struct flights *flights = &k->losses->flights;
    for (; i < y->flight.count; i++) {
        const struct range *r = flight_at(flights, &y->flight, i);
        if (r->end > ack)
            return false;
        if (r->times == 1 && r->last < y->timeout_time &&
            !(r->flags & (RANGE_HOLE | RANGE_COARSE | RANGE_SACKED)))
            return true;
    }
    return false;
}

/* The repeat that the timer sent was not needed. */
static void timeout_needless(struct loss_case *k)
{
    const struct loss_side *y = k->y;
    loss_record_needless(k, y->timeout_record, RULE_FRTO, CERTAINTY_INFERRED);
    for (unsigned i = 0; i < y->flight.count; i++)
        if (flight_at(&k->losses->flights, &y->flight, i)->last == y->timeout_time)
            loss_tally_needless(k, k->step->y_id, i, 1);
}

void loss_frto(struct loss_case *k, int64_t ack)
{
    struct loss_side *y = k->y;
    const struct flights *flights = &k->losses->flights;
    unsigned i = flight_find(flights, &y->flight, y->una);

    if (y->mode != MODE_TIMEOUT || (y->flags & SIDE_FRTO_OVER) || i >= y->flight.count)
        return;
    const struct range *r = flight_at(flights, &y->flight, i);
    if (r->end > ack || r->flags & (RANGE_HOLE | RANGE_COARSE | RANGE_SACKED))
        return;
    if (k->sack && first_sending_between(k, i, ack)) {
        y->flags |= SIDE_FRTO_OVER;
        timeout_needless(k);
        y->mode = MODE_OPEN;
        return;
    }
    /* The receiver lacked it until now, and it was not sent again: the first sending came. */
    bool first_sending = r->times == 1 && r->last < y->timeout_time;
    if (!(y->flags & SIDE_FRTO_ONE)) {
        y->flags |= SIDE_FRTO_ONE;
        return;
    }
    y->flags |= SIDE_FRTO_OVER;
    if (!first_sending)
        return;
    timeout_needless(k);
    y->mode = MODE_OPEN; /* RFC 5682 §3: it goes on as if nothing had been lost */
}
