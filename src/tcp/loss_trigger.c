/*
 * loss_trigger: why bytes that passed before were sent again (§4.7). The capture point has another
 * view of acknowledgements than their receiver: two are used, what it knew for sure, and what it
 * may have known.
 */
#include "tcp/loss_part.h"

#include "base/time_text.h"
#include "tcp/round_trip.h"
#include "tcp/sequence.h"

/* RFC 6298 §2.4 wants a second; Linux, which most captures are of, adds at least so much to the
 * smoothed round trip. */
#define VARIANCE_LEAST (200 * NS_PER_MS)
#define TIMEOUT_FIRST NS_PER_S
/* What an ACK calls for leaves the host so soon after it; else a timer did it. */
#define REACTION (2 * NS_PER_MS)
#define LEG_SHORT (2 * NS_PER_MS)
#define BACKOFF_MAX 10u
/* A SYN-ACK so soon after a SYN answers it. */
#define ANSWER_MAX (5 * NS_PER_MS)

int64_t loss_timeout_of(int64_t srtt, int64_t rttvar)
{
    int64_t variance = 4 * rttvar;
    return srtt + (variance > VARIANCE_LEAST ? variance : VARIANCE_LEAST);
}

int64_t loss_timeout(const struct loss_side *side)
{
    return side->srtt == 0 ? TIMEOUT_FIRST : loss_timeout_of(side->srtt, side->rttvar);
}

int64_t loss_probe_timeout(const struct loss_side *side, bool alone)
{
    int64_t probe = 2 * side->srtt + (alone ? VARIANCE_LEAST : LEG_SHORT);
    int64_t timeout = loss_timeout(side);
    return probe < timeout ? probe : timeout;
}

void loss_sample(struct loss_side *side, int64_t sample)
{
    if (sample <= 0)
        sample = 1;
    if (side->srtt == 0) { /* RFC 6298 §2.2, then §2.3 */
        side->srtt = sample;
        side->rttvar = sample / 2;
        return;
    }
    round_trip_smooth(&side->srtt, &side->rttvar, sample);
}

int64_t loss_una_at(const struct loss_side *side, int64_t time)
{
    int64_t una = 0;
    bool oldest_known = true;
    for (unsigned i = 0; i < LOSS_ADVANCES; i++) {
        if (side->advances[i].una == 0)
            continue;
        if (side->advances[i].time <= time && side->advances[i].una > una)
            una = side->advances[i].una;
        if (side->advances[i].time > time)
            oldest_known = false;
    }
    return una != 0 || !oldest_known ? una : side->una;
}

/* What speaks for loss, as the sender sees it. */
struct signs {
    int64_t view;         /* ns: what passed by then the sender may have */
    int64_t una;          /* in this view */
    int64_t quiet;        /* ns: since its retransmission timer began anew (RFC 6298 §5) */
    int64_t unprompted;   /* ns: since an acknowledgement can have reached it */
    int64_t sacked_bytes; /* beyond this segment */
    unsigned sacked_blocks;
    bool newer;           /* something that it sent later has arrived (RACK) */
};

/* SACK blocks beyond this segment that passed in time to be known. */
static void signs_of_sack(const struct loss_case *k, struct signs *signs)
{
    const struct flights *flights = &k->losses->flights;
    const struct flight *flight = &k->x->flight;
    bool inside = false;
    for (unsigned i = flight_find(flights, flight, k->step->end); i < flight->count; i++) {
        const struct range *r = flight_at(flights, flight, i);
        bool sacked = (r->flags & RANGE_SACKED) && r->delivered <= signs->view;
        if (sacked) {
            signs->sacked_bytes += r->end - r->seq;
            signs->sacked_blocks += !inside;
        }
        inside = sacked;
    }
}

static struct signs signs_of(const struct loss_case *k, const struct range *r)
{
    const struct loss_side *x = k->x;
    struct signs signs = { .view = k->near < LEG_SHORT ? k->now : k->now - k->near / 2 };
    signs.una = loss_una_at(x, signs.view);
    int64_t began = x->advanced > r->last ? x->advanced : r->last;
    signs.quiet = k->now - began;
    signs.unprompted = k->now - x->heard - k->near;
    signs.newer = loss_newer_arrived(x, r);
    signs_of_sack(k, &signs);
    return signs;
}

static void recovery_begin(struct loss_side *x)
{
    if (x->mode != MODE_OPEN)
        return;
    x->mode = MODE_RECOVERY;
    x->recover = x->nxt;
}

static void timeout_begin(struct loss_case *k)
{
    struct loss_side *x = k->x;
    x->mode = MODE_TIMEOUT;
    x->recover = x->nxt;
    if (x->timeouts < BACKOFF_MAX)
        x->timeouts++;
    x->timeout_time = k->now;
    x->timeout_record = k->record;
    x->flags &= ~(unsigned)(SIDE_FRTO_ONE | SIDE_FRTO_OVER);
}

/* A probe of the tail and a timeout look alike when one segment is outstanding; the wait that comes
 * after it tells: after a timeout it is doubled (RFC 6298 §5.5), after a probe the timer begins with
 * its first wait (RFC 8985 §7.3). */
static void timer_resolve(const struct loss_case *k, const struct range *r)
{
    struct classified *row = segment_log_at(&k->losses->logs, r->record);
    int64_t before = r->last - r->first, after = k->now - r->last;
    if (row == NULL || row->class != CLASS_RTX_TIMER || r->times != 2 || before <= 0)
        return;
    int64_t tenths = after / (before / 10 + 1);
    if (tenths >= 7 && tenths <= 13)
        classified_revise(row, CLASS_RTX_TLP);
    else if (tenths >= 17 && tenths <= 26)
        classified_revise(row, CLASS_RTX_RTO);
    else
        return;
    row->rules |= RULE(RULE_NEXT_WAIT);
}

/* By a timer: no acknowledgement can have called for it. */
static bool by_timer(struct loss_case *k, const struct range *r, const struct signs *signs,
                     bool alone)
{
    struct loss_side *x = k->x;
    int64_t timeout = loss_timeout(x) << x->timeouts;
    int64_t probe = loss_probe_timeout(x, alone);
    bool prompted = k->near < LEG_SHORT && signs->unprompted < REACTION;
    bool may_probe = k->sack && x->mode == MODE_OPEN && !(x->flags & SIDE_PROBED) &&
                     x->srtt > 0 && !(k->step->s->flags & TCP_SYN);
    bool head = k->step->seq <= signs->una;

    if (prompted)
        return false;
    int64_t silent = signs->unprompted < signs->quiet ? signs->unprompted : signs->quiet;
    if (may_probe && alone && r->times == 1 && signs->quiet >= probe * 3 / 4) {
        loss_decide(k, CLASS_RTX_TIMER, RULE_ONE_OUTSTANDING, CERTAINTY_INFERRED);
        x->flags |= SIDE_PROBED;
        return true;
    }
    if (may_probe && !alone && k->step->end >= x->nxt && silent >= probe * 3 / 4 &&
        (!head || signs->quiet < timeout * 4 / 5)) {
        loss_decide(k, CLASS_RTX_TLP, RULE_TAIL_PROBE, CERTAINTY_INFERRED);
        x->flags |= SIDE_PROBED;
        return true;
    }
    if (head && signs->quiet >= timeout * 4 / 5) {
        loss_decide(k, CLASS_RTX_RTO, RULE_TIMEOUT, CERTAINTY_INFERRED);
        timer_resolve(k, r);
        timeout_begin(k);
        return true;
    }
    return false;
}

/* By what the receiver said. */
static bool by_report(struct loss_case *k, const struct range *r, const struct signs *signs)
{
    struct loss_side *x = k->x;
    int64_t segment = k->step->y->mss != 0 ? k->step->y->mss : 536; /* RFC 6675 §2, SMSS */
    bool lost = signs->sacked_blocks >= 3 || signs->sacked_bytes > 2 * segment ||
                (x->duplicates >= 3 && k->step->seq == signs->una);

    if (x->mode == MODE_TIMEOUT && k->step->seq < x->recover) {
        loss_decide(k, CLASS_RTX_GO_BACK_N, RULE_AFTER_TIMEOUT, CERTAINTY_INFERRED);
        return true;
    }
    if (x->mode == MODE_RECOVERY && r->times == 1 && signs->sacked_blocks > 0) {
        loss_decide(k, CLASS_RTX_SACK, RULE_SACKED_BEYOND, CERTAINTY_INFERRED);
        return true;
    }
    if (x->mode == MODE_RECOVERY && !k->sack && k->step->seq == signs->una &&
        r->times == 1) {
        loss_decide(k, CLASS_RTX_NEWRENO, RULE_PARTIAL_ACK, CERTAINTY_INFERRED);
        return true;
    }
    if (lost && r->times == 1) {
        loss_decide(k, CLASS_RTX_FAST, RULE_THREE_DUPLICATES, CERTAINTY_INFERRED);
        recovery_begin(x);
        return true;
    }
    if (!signs->newer && signs->sacked_blocks == 0)
        return false;
    loss_decide(k, CLASS_RTX_RACK, r->times > 1 ? RULE_LOST_REPEAT : RULE_NEWER_DELIVERED,
                CERTAINTY_INFERRED);
    recovery_begin(x);
    return true;
}

/* What is left: weak signs. */
static void by_weak_signs(struct loss_case *k, const struct signs *signs)
{
    struct loss_side *x = k->x;
    bool head = k->step->seq <= signs->una;
    if (head && signs->quiet >= (loss_timeout(x) << x->timeouts) * 4 / 5) {
        loss_decide(k, CLASS_RTX_RTO, RULE_TIMEOUT, CERTAINTY_INFERRED);
        timeout_begin(k);
    } else if (head && x->duplicates > 0) {
        loss_decide(k, CLASS_RTX_FAST, RULE_FEW_DUPLICATES, CERTAINTY_INFERRED);
        recovery_begin(x);
    } else if (head && signs->quiet >= VARIANCE_LEAST * 4 / 5) {
        loss_decide(k, CLASS_RTX_RTO, RULE_QUIET, CERTAINTY_ASSUMED);
        timeout_begin(k);
    } else if ((x->flags & SIDE_BLIND) && x->mode == MODE_RECOVERY) {
        loss_decide(k, CLASS_RTX_SACK, RULE_FEW_DUPLICATES, CERTAINTY_ASSUMED);
    } else if ((x->flags & SIDE_BLIND) && x->duplicates > 0) {
        /* SACK blocks may have told of it, which the capture has cut off. */
        loss_decide(k, CLASS_RTX_FAST, RULE_FEW_DUPLICATES, CERTAINTY_ASSUMED);
        recovery_begin(x);
    } else if (!(k->step->y->flags & END_SEEN) && k->step->end < x->nxt &&
               signs->quiet < VARIANCE_LEAST * 4 / 5) {
        loss_decide(k, CLASS_RTX_FAST, RULE_TOO_SOON, CERTAINTY_INFERRED);
        recovery_begin(x);
    } else {
        loss_decide(k, CLASS_RTX_OTHER, RULE_NO_TRIGGER, CERTAINTY_INFERRED);
    }
}

/* ns: what passed by then the sender had for sure. */
static int64_t strict_view(const struct loss_case *k)
{
    return k->now - k->near * 6 / 5 - NS_PER_MS;
}

void loss_trigger(struct loss_case *k, const struct range *r, bool alone)
{
    struct signs signs = signs_of(k, r);
    int64_t strict = strict_view(k);

    loss_tell_trigger(k, r, signs.quiet, signs.sacked_bytes);

    if (k->step->end <= loss_una_at(k->x, strict)) {
        loss_decide(k, CLASS_RTX_UNNEEDED, RULE_ACKED_BEFORE, CERTAINTY_INFERRED);
        return;
    }
    if ((r->flags & RANGE_SACKED) && r->delivered <= strict && k->x->mode != MODE_TIMEOUT) {
        loss_decide(k, CLASS_RTX_UNNEEDED, RULE_SACKED_BEFORE, CERTAINTY_INFERRED);
        return;
    }
    if (by_timer(k, r, &signs, alone) || by_report(k, r, &signs))
        return;
    by_weak_signs(k, &signs);
}

void loss_trigger_syn(struct loss_case *k, const struct range *r)
{
    const struct loss_side *y = k->y;
    int64_t quiet = k->now - r->last;
    bool asked = (k->step->s->flags & TCP_ACK) &&
                 (y->syn_time >= r->last || step_synack_is_due(k->step)) &&
                 k->now - y->syn_time < k->near + ANSWER_MAX;
    enum segment_rule rule = RULE_NO_TRIGGER;

    loss_tell_trigger(k, r, quiet, 0);
    if (asked)
        rule = RULE_ANSWERS_SYN;
    else if (quiet >= TIMEOUT_FIRST * 4 / 5)
        rule = RULE_TIMEOUT;
    else if (quiet >= VARIANCE_LEAST * 4 / 5)
        rule = RULE_QUIET;
    if (rule == RULE_TIMEOUT || rule == RULE_QUIET)
        timeout_begin(k);
    k->row.rules |= RULE(rule);
    if (k->step->end <= loss_una_at(k->x, strict_view(k))) /* what acknowledged it was lost behind here */
        k->row.rules |= RULE(RULE_ACKED_BEFORE);
}
