/* loss_copy: one packet that passes twice (§4.3). A host that sends a segment again gives it a new
 * IP ID, and a new timestamp as soon as its clock has ticked (RFC 6864, RFC 7323). */
#include "tcp/loss_part.h"

#include "base/seq.h"
#include "base/time_text.h"
#include "tcp/sequence.h"

/* So long after its equal a bare ACK may be its copy; a host's next probe comes later. */
#define ACK_COPY_GAP (200 * NS_PER_MS)

static uint64_t mix(uint64_t hash, uint32_t low, uint32_t high)
{
    hash = (hash ^ (low | (uint64_t)high << 32)) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

uint32_t loss_digest(const struct segment *s)
{
    uint64_t hash = mix(mix(0, s->seq, s->ack), s->payload_len,
                        (uint32_t)s->flags << 16 | s->window);
    hash = mix(hash, s->ip_version == 4 ? s->ip_id : 0, s->checksum);
    if (s->options & OPTION_TIMESTAMPS)
        hash = mix(hash, s->tsval, s->tsecr);
    for (unsigned i = 0; i < s->sack_count && i < SEGMENT_SACK_MAX; i++)
        hash = mix(hash, s->sack[i].left, s->sack[i].right);
    return (uint32_t)hash;
}

void loss_note_copy(struct losses *losses, struct loss_side *x, const struct segment *s)
{
    int64_t seq = seq_unwrap(x->nxt, s->seq), end = seq + segment_seq_len(s);
    for (unsigned i = flight_find(&losses->flights, &x->flight, seq); i < x->flight.count; i++) {
        struct range *r = flight_at(&losses->flights, &x->flight, i);
        if (r->seq >= end)
            break;
        r->flags |= RANGE_COPIED;
    }
    struct repeat *again = loss_repeat_of(x, seq, end);
    if (again != NULL)
        again->copied = true;
}

/* What passed of these bytes was their repeat, as it seemed: this may be the first sending. */
static bool may_be_original(const struct loss_case *k)
{
    const struct segment *s = k->step->s;
    const struct flights *flights = &k->losses->flights;
    const struct flight *flight = &k->x->flight;
    if (segment_has_ip_id(s) || (s->options & OPTION_TIMESTAMPS))
        return false; /* which the first sending would not have in common with its repeat */
    unsigned i = flight_find(flights, flight, k->step->seq);
    return i < flight->count && (flight_at(flights, flight, i)->flags & RANGE_UNSEEN);
}

static void copy_decide(struct loss_case *k, uint32_t twin)
{
    const struct segment *s = k->step->s;
    bool identified = segment_has_ip_id(s), stamped = s->options & OPTION_TIMESTAMPS;
    loss_decide(k, CLASS_NETWORK_DUPLICATE,
                identified ? RULE_SAME_PACKET : stamped ? RULE_SAME_STAMP : RULE_SAME_FRAME,
                identified ? CERTAINTY_PROVED : CERTAINTY_INFERRED);
    if (twin != 0)
        k->row.original = (((uint64_t)k->row.frame >> 32 << 32) | twin) & FRAME_MAX;
    loss_note_copy(k->losses, k->x, s);
}

/*
 * A bare ACK without IP ID, equal to one before within a tick of its clock. Who tells of bytes that
 * came twice answers each segment with another number or other blocks (RFC 2018 §4, RFC 2883 §4);
 * but a probe, or what it cannot accept, with the same again.
 */
static bool ack_is_copy(const struct loss_case *k, int64_t gap)
{
    const struct segment *s = k->step->s;
    const unsigned asked = SIDE_KEEP_ALIVE | SIDE_ZERO_PROBE | SIDE_CHALLENGED;
    return segment_seq_len(s) == 0 && k->step->has_ack && !(s->flags & TCP_RST) &&
           !segment_has_ip_id(s) && (s->options & OPTION_TIMESTAMPS) && s->window > 0 && k->sack &&
           (k->x->flags & SIDE_TELLS_TWICE) && !(k->y->flags & asked) && gap < ACK_COPY_GAP &&
           k->step->seq >= k->x->nxt;
}

bool loss_copy(struct loss_case *k)
{
    const struct segment *s = k->step->s;
    uint32_t hash = loss_digest(s);
    struct loss_side *x = k->x;
    int64_t trip = k->near > 0 && k->far > 0 ? k->trip : 0; /* one leg alone is too little */

    for (unsigned i = 0; i < LOSS_DIGESTS && (i > 0 || loss_digest_is_among(x, hash)); i++) {
        const struct digest *twin = &x->digests[i];
        if (x->hashes[i] != hash || twin->frame == 0 ||
            !(step_copy_is_timely(k->step, k->now - twin->time, trip) ||
              ack_is_copy(k, k->now - twin->time)) ||
            may_be_original(k))
            continue;
        copy_decide(k, twin->frame);
        return true;
    }
    /* Where its equal is older than the state of the connection, tcp/sequence knows it. */
    bool first = x->digest_next == 0 && x->digests[LOSS_DIGESTS - 1].frame == 0;
    if (first && (k->step->marks & MARK_COPY)) {
        const struct flights *flights = &k->losses->flights;
        unsigned i = flight_find(flights, &x->flight, k->step->seq);
        copy_decide(k, i < x->flight.count ? (uint32_t)flight_at(flights, &x->flight, i)->frame : 0);
        return true;
    }
    loss_digest_note(x, hash, s);
    return false;
}
