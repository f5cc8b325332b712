/* loss_position: where a segment's bytes stand among those of its sender (§4.5), and what is kept
 * of them. */
#include "tcp/loss_part.h"

#include "base/time_text.h"
#include "tcp/sequence.h"

/* Numbers that come round to the other half of the space are not the same stream's. */
#define FAR (INT64_C(1) << 31)
#define PIECES_MAX 32u

static inline void range_fill(struct range *range, const struct loss_case *k, int64_t seq,
                              int64_t end)
{
    const struct segment *s = k->step->s;
    bool stamped = s->options & OPTION_TIMESTAMPS;
    *range = (struct range){ .seq = seq,
                             .end = end,
                             .first = k->now,
                             .last = k->now,
                             .frame = s->frame & FRAME_MAX,
                             .times = 1,
                             .flags = stamped ? RANGE_STAMPED : 0,
                             .tsval = s->tsval,
                             .record = k->record,
                             .ip_id = s->ip_version == 4 ? s->ip_id : 0,
                             .views = loss_view_init(s) };
}

static struct range range_new(const struct loss_case *k, int64_t seq, int64_t end)
{
    struct range range;
    range_fill(&range, k, seq, end);
    return range;
}

/* The stream begins, or begins anew with numbers that have nothing to do with those before. */
static void side_start(struct loss_case *k, int64_t seq)
{
    struct loss_side *x = k->x;
    flight_free(&k->losses->flights, &x->flight);
    x->flags |= SIDE_STARTED;
    x->flags &= ~(unsigned)SIDE_UNSENT;
    x->nxt = x->una = seq;
    if (!(k->step->s->flags & TCP_SYN))
        x->flags |= SIDE_BASE_ASSUMED;
    x->mode = MODE_OPEN;
    x->sacked_end = 0;
    x->advanced = k->now;
}

/* Bytes up to here were not seen. */
static void hole_new(struct loss_case *k, int64_t end)
{
    struct range hole = range_new(k, k->x->nxt, end);
    hole.flags |= RANGE_HOLE;
    hole.times = 0;
    hole.frame = 0;
    hole.record = 0;
    /* What stood before its first captured segment may have passed before the capture began. */
    hole.lost = (k->step->x->flags & END_SEEN) ? 0 : UINT8_MAX;
    flight_append(&k->losses->flights, &k->x->flight, &hole);
}

void loss_bytes_new(struct loss_case *k, int64_t from)
{
    struct loss_side *x = k->x;
    struct flights *flights = &k->losses->flights;
    const struct segment *s = k->step->s;
    int64_t end = k->step->end;

    if (from > x->nxt)
        hole_new(k, from);
    struct range *sent = end > from ? flight_add(flights, &x->flight, k->now) : NULL;
    if (sent != NULL)
        range_fill(sent, k, from, end);
    x->flags &= ~(unsigned)(SIDE_UNSENT | SIDE_STAMP);
    x->flags |= (s->options & OPTION_TIMESTAMPS) ? SIDE_STAMP : 0;
    x->stamp = s->tsval;
    x->nxt = end;
    x->sent = k->now;
}

/*
 * New bytes after a silence as long as the wait for a tail loss probe, with older ones outstanding:
 * a probe takes new bytes where there are any (RFC 8985 §7.3). A program that writes just then
 * looks the same; what the receiver says of it decides (loss_arrived).
 */
static bool breaks_silence(const struct loss_case *k)
{
    const struct loss_side *x = k->x;
    const struct segment *s = k->step->s;
    if (!k->sack || x->mode != MODE_OPEN || (x->flags & SIDE_PROBED) || x->srtt == 0 ||
        x->una >= x->nxt || s->payload_len == 0 || (s->flags & (TCP_SYN | TCP_FIN)))
        return false;
    const struct flight *flight = &x->flight;
    bool alone = flight->count < 2 ||
                 flight_at(&k->losses->flights, flight, flight->count - 2u)->end <= x->una;
    int64_t wait = loss_probe_timeout(x, alone);
    int64_t heard = x->heard + k->near, since = x->sent > heard ? x->sent : heard;
    int64_t silent = k->now - since;
    return silent >= wait * 3 / 4 && silent <= wait * 3 / 2 + 10 * NS_PER_MS;
}

static enum segment_class class_of_new(const struct segment *s)
{
    if (s->flags & TCP_SYN)
        return (s->flags & TCP_ACK) ? CLASS_SYN_ACK : CLASS_SYN;
    return s->payload_len == 0 ? CLASS_FIN : CLASS_ORIGINAL;
}

/* What is known of old bytes. */
struct old_bytes {
    unsigned first;    /* place of their first range */
    unsigned count;
    unsigned holes;    /* of these ranges */
    unsigned acked;
    bool forgotten;    /* some were acknowledged so long ago that nothing is kept of them */
};

/* Parts ranges at the segment's ends, so that what follows is about whole ranges. */
static struct old_bytes old_find(struct loss_case *k, int64_t seq, int64_t end)
{
    struct flights *flights = &k->losses->flights;
    struct flight *flight = &k->x->flight;
    struct old_bytes old = { .count = 0 };
    const int64_t cuts[] = { seq, end };

    for (unsigned i = 0; i < 2; i++) {
        unsigned place = flight_find(flights, flight, cuts[i] - (i == 1 ? 1 : 0));
        if (place < flight->count && flight_at(flights, flight, place)->seq < cuts[i] &&
            flight_at(flights, flight, place)->end > cuts[i])
            flight_split(flights, flight, place, cuts[i], k->now);
    }
    old.first = flight_find(flights, flight, seq);
    for (unsigned i = old.first; i < flight->count; i++) {
        const struct range *r = flight_at(flights, flight, i);
        if (r->seq >= end)
            break;
        old.count++;
        old.holes += (r->flags & RANGE_HOLE) != 0;
        old.acked += (r->flags & (RANGE_ACKED | RANGE_SACKED)) != 0;
    }
    old.forgotten = old.count == 0 || flight_at(flights, flight, old.first)->seq > seq;
    return old;
}

/* Whether the range at this place and the one behind it are pieces of one first sending. */
static bool pieces_of_one(const struct loss_case *k, unsigned i)
{
    const struct flights *flights = &k->losses->flights;
    const struct flight *flight = &k->x->flight;
    if (i + 1 >= flight->count)
        return false;
    const struct range *a = flight_at(flights, flight, i), *b = flight_at(flights, flight, i + 1);
    return a->frame != 0 && a->frame == b->frame && !(a->flags & (RANGE_HOLE | RANGE_COARSE)) &&
           a->seq != endpoint_isn(k->step->x); /* a SYN is no piece of what came with it */
}

/* The payload of the first sending that this range is a piece of; of very many pieces, of some. */
static int64_t sending_length(const struct loss_case *k, unsigned i)
{
    const struct flights *flights = &k->losses->flights;
    const struct flight *flight = &k->x->flight;
    unsigned first = i, last = i;
    while (first > 0 && i - first < PIECES_MAX && pieces_of_one(k, first - 1))
        first--;
    while (last - i < PIECES_MAX && pieces_of_one(k, last))
        last++;
    return flight_at(flights, flight, last)->end - flight_at(flights, flight, first)->seq;
}

/* How the bytes were cut into segments the first time, and now. */
static void old_pieces(struct loss_case *k, const struct old_bytes *old)
{
    struct loss_side *x = k->x;
    unsigned last = old->first + old->count - 1;
    bool cut_before = old->first > 0 && pieces_of_one(k, old->first - 1);
    bool cut_behind = pieces_of_one(k, last), several = false;

    for (unsigned i = old->first; i < last; i++)
        several |= !pieces_of_one(k, i);
    if (several || cut_before || cut_behind)
        k->row.tags |= TAG(TAG_RESEGMENTED);
    if (several)
        k->row.tags |= TAG(TAG_COALESCED);
    /* It stops short of where the first sending ended; not at the end of the window. */
    if (!cut_behind || several || (k->row.tags & TAG(TAG_WINDOW_FULL)) ||
        sending_length(k, last) > k->step->y->mss) {
        if (!cut_before)
            x->flags &= ~(unsigned)SIDE_SHRUNK;
        return;
    }
    if (x->flags & SIDE_SHRUNK)
        k->row.tags |= TAG(TAG_SHRUNK);
    x->flags |= SIDE_SHRUNK;
}

/* Sent before what passed of these bytes already: its timestamp or its IP ID is older. */
static bool sent_before(const struct loss_case *k, bool stamped, uint32_t tsval, uint16_t ip_id)
{
    const struct segment *s = k->step->s;
    if (stamped && (s->options & OPTION_TIMESTAMPS) && s->tsval != tsval)
        return seq_before(s->tsval, tsval);
    uint16_t behind = (uint16_t)(ip_id - s->ip_id);
    return loss_counts_ids(k) && segment_has_ip_id(s) && ip_id != 0 && behind > 0 &&
           behind <= IP_ID_NEAR;
}

/* Nothing tells what was sent first, but another repeat takes a round trip. */
static bool too_soon_for_repeat(const struct loss_case *k, const struct range *r)
{
    const struct segment *s = k->step->s;
    bool stamped = (s->options & OPTION_TIMESTAMPS) && (r->flags & RANGE_STAMPED);
    bool identified = segment_has_ip_id(s) && r->ip_id != 0;
    return !stamped && !identified && k->now - r->last < k->trip * 4 / 5;
}

/* The ranges take over that they were sent again. */
static void old_note(struct loss_case *k, const struct old_bytes *old)
{
    struct flights *flights = &k->losses->flights;
    bool repeat = class_is_repeat((enum segment_class)k->row.class);
    enum lost_kind kind = loss_kind(k);
    for (unsigned i = old->first; i < old->first + old->count; i++) {
        struct range *r = flight_at(flights, &k->x->flight, i);
        struct range sent = range_new(k, r->seq, r->end);
        if (!repeat && (r->flags & RANGE_HOLE) && (r->flags & (RANGE_ACKED | RANGE_SACKED)))
            loss_tally_found(k, r);
        if (!repeat && !(r->flags & RANGE_HOLE)) { /* overtaken by what we took for its repeat */
            r->flags |= RANGE_COPIED;
            continue;
        }
        if (!(r->flags & RANGE_HOLE)) {
            sent.first = r->first;
            sent.frame = r->frame;
        }
        sent.delivered = r->delivered;
        sent.views = loss_view_again(k, r);
        sent.lost = kind < LOST_KINDS ? (uint8_t)(kind + 1) : 0;
        sent.tsval_again = r->times >= 2 ? r->tsval_again : sent.tsval;
        sent.times = r->times < UINT8_MAX ? (uint8_t)(r->times + 1) : r->times;
        if ((r->flags & RANGE_HOLE) && repeat) { /* its first sending was not seen */
            sent.times = 2;
            sent.flags |= RANGE_UNSEEN;
        }
        sent.flags |= r->flags & (RANGE_ACKED | RANGE_SACKED | RANGE_COARSE | RANGE_COPIED |
                                  RANGE_UNSEEN);
        *r = sent;
    }
}

/*
 * The capture is from the receiver's host, or right before it, and the bytes passed: it has them,
 * though it cannot say so without SACK. Not where it has taken no byte of this end yet, for then
 * it may have refused the connection; nor where nothing of it came since, or that it had no room.
 */
static bool receiver_has(const struct loss_case *k, const struct range *r)
{
    bool answered = k->x->heard > r->last && k->y->closed < r->last;
    return loss_is_beside(k->far, k->near) && answered && k->x->una < k->step->seq &&
           k->x->una > endpoint_isn(k->step->x) + 1;
}

/* Nothing is kept of these bytes: they were acknowledged a while ago. */
static void forgotten_classify(struct loss_case *k, int64_t end)
{
    struct loss_side *x = k->x;
    struct repeat *again = loss_repeat_of(x, k->step->seq, end);

    if (end <= x->una && (x->flags & SIDE_UNSENT) && k->now - x->advanced < MISORDER_MAX) {
        loss_decide(k, CLASS_CAPTURE_REORDERED, RULE_BEHIND_ANSWER, CERTAINTY_INFERRED);
    } else if (end <= x->una && again != NULL && again->unseen &&
               sent_before(k, again->stamped, again->tsval, again->ip_id)) {
        again->unseen = false;
        loss_decide(k, CLASS_REORDERED, again->stamped ? RULE_HOLE_TIMESTAMP : RULE_HOLE_IP_ID,
                    CERTAINTY_INFERRED);
        loss_repeat_needless(k, k->step->x_id, again, RULE_LATE_ORIGINAL);
    } else if (end <= x->una && !(x->flags & SIDE_BASE_ASSUMED)) {
        loss_decide(k, CLASS_RTX_UNNEEDED, RULE_ACKED_BEFORE, CERTAINTY_INFERRED);
    } else { /* from before the capture began */
        loss_decide(k, CLASS_RTX_UNSEEN_ORIGINAL, RULE_HOLE_TIMING, CERTAINTY_INFERRED);
    }
}

static void old_classify(struct loss_case *k, const struct old_bytes *old, int64_t end)
{
    struct flights *flights = &k->losses->flights;
    struct loss_side *x = k->x;

    if (old->count == 0) {
        forgotten_classify(k, end);
        return;
    }
    struct range *r = flight_at(flights, &x->flight, old->first);
    if (old->holes == old->count && !old->forgotten) {
        loss_hole(k, r);
        return;
    }
    while ((r->flags & RANGE_HOLE) && r->end < end)
        r = flight_at(flights, &x->flight, flight_find(flights, &x->flight, r->end));
    k->row.original = r->frame;
    k->row.rules |= RULE(RULE_SEEN_BEFORE);
    bool by_time = too_soon_for_repeat(k, r);
    if ((r->flags & RANGE_UNSEEN) &&
        (by_time || sent_before(k, r->flags & RANGE_STAMPED, r->tsval, r->ip_id))) {
        /* That was the repeat, this is the first. */
        r->flags &= ~(unsigned)RANGE_UNSEEN & 0xff;
        loss_decide(k, CLASS_REORDERED,
                    by_time                    ? RULE_HOLE_TIMING
                    : r->flags & RANGE_STAMPED ? RULE_HOLE_TIMESTAMP
                                               : RULE_HOLE_IP_ID,
                    CERTAINTY_INFERRED);
        loss_tell_behind(k, r->last, r);
        loss_record_needless(k, r->record, RULE_LATE_ORIGINAL,
                             by_time ? CERTAINTY_INFERRED : CERTAINTY_PROVED);
        loss_tally_needless(k, k->step->x_id, flight_find(flights, &x->flight, r->seq), 1);
        struct repeat *again = loss_repeat_of(x, r->seq, r->end);
        if (again != NULL)
            again->needless = true;
        return;
    }
    k->row.previous = r->record;
    if (r->flags & RANGE_COARSE)
        k->row.tags |= TAG(TAG_COARSE);
    if (r->times >= 2)
        k->row.tags |= TAG(TAG_LOST_AGAIN);
    if (k->step->s->flags & TCP_SYN) {
        loss_trigger_syn(k, r);
        return;
    }
    old_pieces(k, old);
    bool alone = k->step->seq <= x->una && end >= x->nxt;
    loss_trigger(k, r, alone);
    /* Its receiver had all of it before this passed: whatever called for it, it was not needed. */
    bool acked = old->acked == old->count;
    if (k->row.class == CLASS_RTX_UNNEEDED ||
        (!acked && (old->holes > 0 || !receiver_has(k, r))))
        return;
    k->row.tags |= TAG(TAG_SPURIOUS);
    k->row.rules |= acked ? RULE(RULE_CROSSING) : RULE(RULE_RECEIVED);
}

/* Some or all of it passed before, or should have. */
static void bytes_old(struct loss_case *k, int64_t first)
{
    const struct step *step = k->step;
    struct loss_side *x = k->x;
    int64_t end = step->end < x->nxt ? step->end : x->nxt;
    struct old_bytes old = old_find(k, first, end);

    k->old_bytes = end - step->seq;
    k->arrived = old.count > 0 ? old.acked == old.count : end <= x->una;
    k->from_before = old.count == 0;
    old_classify(k, &old, end);
    if (step->s->flags & TCP_SYN)
        loss_decide(k, (step->s->flags & TCP_ACK) ? CLASS_RTX_SYN_ACK : CLASS_RTX_SYN,
                    RULE_SYN_AGAIN, CERTAINTY_OBSERVED);
    old_note(k, &old);
    if (class_is_repeat((enum segment_class)k->row.class))
        loss_note_repeat(k, k->row.class == CLASS_RTX_UNSEEN_ORIGINAL);
    if (step->end > x->nxt) {
        k->row.tags |= TAG(TAG_PARTIAL);
        loss_bytes_new(k, x->nxt);
    }
}

/* The SYN-ACK takes the number of the SYN that this end sent before: SYNs crossed (RFC 9293 §3.5).
 * From now on it is what may be sent again. */
static void syn_crossed(struct loss_case *k)
{
    struct flights *flights = &k->losses->flights;
    struct flight *flight = &k->x->flight;
    unsigned i = flight_find(flights, flight, k->step->seq);

    loss_decide(k, CLASS_SYN_ACK, RULE_FLAGS, CERTAINTY_OBSERVED);
    if (i >= flight->count || flight_at(flights, flight, i)->seq != k->step->seq)
        return;
    struct range *r = flight_at(flights, flight, i);
    struct range sent = range_new(k, r->seq, r->end);
    sent.delivered = r->delivered;
    sent.flags |= r->flags & (RANGE_ACKED | RANGE_SACKED | RANGE_COARSE);
    *r = sent;
}

/* The end of the window that the peer granted is reached (§4.10). */
static void window_full(struct loss_case *k)
{
    const struct segment *s = k->step->s;
    if (s->payload_len > 0 && !(s->flags & (TCP_SYN | TCP_FIN)) && (k->y->flags & SIDE_EDGE) &&
        k->y->edge == k->step->end && step_scale_is_known(k->step))
        k->row.tags |= TAG(TAG_WINDOW_FULL);
}

/* The number of the segment's first byte. Who forgets that a SYN counts begins with the SYN's own
 * number, and sends nothing again by that. */
static int64_t first_byte(const struct step *step)
{
    bool claims = !(step->s->flags & TCP_SYN) && (step->x->flags & END_ISN_KNOWN) &&
                  step->seq == endpoint_isn(step->x);
    return step->seq + claims;
}

void loss_position(struct loss_case *k)
{
    const struct step *step = k->step;
    struct loss_side *x = k->x;
    int64_t first = first_byte(step);
    bool syn = step->s->flags & TCP_SYN;
    bool crossed = syn && (step->s->flags & TCP_ACK) && (step->x->flags & END_SYN) &&
                   !(step->x->flags & END_SYNACK);

    /* The recorder wrote it behind what acknowledges it, and more: that stands. */
    bool behind = syn && (x->flags & SIDE_UNSENT) && step->seq == endpoint_isn(step->x) &&
                  x->nxt > step->end && x->nxt - step->end <= MISSED_MAX;
    if (behind) {
        loss_decide(k, class_of_new(step->s), RULE_FLAGS, CERTAINTY_OBSERVED);
        return;
    }
    if (!(x->flags & SIDE_STARTED) || step->seq - x->nxt > FAR || x->nxt - step->seq > FAR ||
        (syn && step->seq != endpoint_isn(step->x)) ||
        (syn && !(step->x->flags & (END_SYN | END_SYNACK))))
        side_start(k, step->seq);
    if (step->seq > x->nxt + MISSED_MAX + (int64_t)step->y->window_max &&
        !(step->x->flags & END_JUMP)) { /* another one has to say so, too (tcp/sequence) */
        loss_decide(k, CLASS_NOT_ACCEPTED, RULE_OUTSIDE, CERTAINTY_INFERRED);
        return;
    }
    window_full(k);
    x->probe_record = 0; /* it was not the only one */
    if (first >= x->nxt || first == step->end) {
        bool gap = first > x->nxt;
        loss_decide(k, class_of_new(step->s), gap ? RULE_LEAVES_GAP : RULE_NEXT_IN_ORDER,
                    CERTAINTY_OBSERVED);
        if (gap)
            k->row.tags |= TAG(TAG_AFTER_GAP);
        else if (breaks_silence(k))
            k->x->probe_record = k->record;
        if (first >= x->nxt)
            loss_bytes_new(k, first);
        return;
    }
    /* Data on the SYN was refused, and is not sent again: the FIN takes its number. */
    bool fin_first = (step->s->flags & TCP_FIN) && step->s->payload_len == 0 &&
                     step->seq == endpoint_isn(step->x) + 1 && x->una <= step->seq &&
                     !(step->x->flags & (END_FIN | END_DATA));
    if (fin_first)
        loss_decide(k, CLASS_FIN, RULE_FLAGS, CERTAINTY_OBSERVED);
    else if (crossed)
        syn_crossed(k);
    else
        bytes_old(k, first);
}
