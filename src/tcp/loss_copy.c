/* loss_copy: one packet that passes twice (§4.3). A host that sends a segment again gives it a new
 * IP ID, and a new timestamp as soon as its clock has ticked (RFC 6864, RFC 7323). */
#include "tcp/loss_part.h"

#include "base/seq.h"
#include "base/time_text.h"

/* IP IDs of a fast sender come round again: after so long equal ones prove nothing. */
#define SAME_ID_MAX NS_PER_S
/* Two ticks of a usual timestamp clock. */
#define STAMP_TICKS (2 * NS_PER_MS)
/* Without ID and timestamp: a host's timer does not fire so soon. */
#define COPY_GAP (10 * NS_PER_MS)

static uint32_t mix(uint32_t hash, uint32_t value)
{
    hash = (hash ^ value) * UINT32_C(0x9e3779b1);
    return hash ^ hash >> 15;
}

static uint32_t segment_digest(const struct segment *s)
{
    uint32_t hash = mix(mix(mix(0, s->seq), s->ack), s->payload_len);
    hash = mix(hash, (uint32_t)s->flags << 16 | s->window);
    hash = mix(hash, s->ip_version == 4 ? s->ip_id : 0);
    if (s->options & OPTION_TIMESTAMPS)
        hash = mix(mix(hash, s->tsval), s->tsecr);
    for (unsigned i = 0; i < s->sack_count && i < SEGMENT_SACK_MAX; i++)
        hash = mix(mix(hash, s->sack[i].left), s->sack[i].right);
    return mix(hash, s->checksum);
}

/* Whether an equal segment so long after its twin is a copy; its certainty. */
static bool twin_is_copy(const struct loss_case *k, int64_t gap, enum segment_rule *ret_rule,
                         enum certainty *ret_certainty)
{
    const struct segment *s = k->step->s;
    bool identified = segment_has_ip_id(s);
    bool stamped = s->options & OPTION_TIMESTAMPS;
    *ret_rule = identified ? RULE_SAME_PACKET : RULE_SAME_STAMP;
    *ret_certainty = identified ? CERTAINTY_PROVED : CERTAINTY_INFERRED;
    if (identified)
        return gap < SAME_ID_MAX;
    if (segment_seq_len(s) == 0)
        return false; /* pure ACKs may be repeated */
    /* Each SYN is answered with a SYN-ACK of its own, however alike. */
    if ((s->flags & TCP_SYN) && (s->flags & TCP_ACK))
        return stamped && gap < STAMP_TICKS && !(k->step->y->syns > 1);
    if (stamped && gap > STAMP_TICKS)
        return true;
    return gap < COPY_GAP && gap < k->trip / 2;
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

/* The segment before the connection's state was opened: all that is known of it is its range, so
 * its IP ID has to tell. */
static bool is_copy_of_seed(const struct loss_case *k)
{
    const struct segment *s = k->step->s;
    const struct flights *flights = &k->losses->flights;
    const struct flight *flight = &k->x->flight;
    unsigned i = flight_find(flights, flight, k->step->seq);

    if (i >= flight->count || !segment_has_ip_id(s))
        return false;
    const struct range *r = flight_at(flights, flight, i);
    bool stamped = (s->options & OPTION_TIMESTAMPS) && (r->flags & RANGE_STAMPED);
    return r->frame == 0 && !(r->flags & RANGE_HOLE) && r->times == 1 && r->ip_id == s->ip_id &&
           r->seq == k->step->seq && r->end == k->step->end &&
           (!stamped || s->tsval == r->tsval) && k->now >= r->last &&
           k->now - r->last < SAME_ID_MAX;
}

bool loss_copy(struct loss_case *k)
{
    const struct segment *s = k->step->s;
    uint32_t hash = segment_digest(s);
    struct loss_side *x = k->x;
    enum segment_rule rule;
    enum certainty certainty;

    for (unsigned i = 0; i < LOSS_DIGESTS; i++) {
        if (x->hashes[i] != hash)
            continue;
        const struct digest *twin = &x->digests[i];
        if (twin->frame == 0 || !twin_is_copy(k, k->now - twin->time, &rule, &certainty))
            continue;
        loss_decide(k, CLASS_NETWORK_DUPLICATE, rule, certainty);
        k->row.original = (((uint64_t)k->row.frame >> 32 << 32) | twin->frame) & FRAME_MAX;
        loss_note_copy(k->losses, x, s);
        return true;
    }
    if (is_copy_of_seed(k)) {
        loss_decide(k, CLASS_NETWORK_DUPLICATE, RULE_SAME_PACKET, CERTAINTY_PROVED);
        loss_note_copy(k->losses, x, s);
        return true;
    }
    x->hashes[x->digest_next] = hash;
    x->digests[x->digest_next] = (struct digest){ k->now, (uint32_t)s->frame };
    x->digest_next = (uint8_t)((x->digest_next + 1) % LOSS_DIGESTS);
    return false;
}
