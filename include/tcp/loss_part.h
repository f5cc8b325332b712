/*
 * loss_part: one segment on its way through the stages of tcp/loss. Internal to tcp/loss*.
 */
#ifndef TCP_LOSS_PART_H
#define TCP_LOSS_PART_H

#include "flow/view.h"
#include "model/lost.h"
#include "tcp/ledger.h"
#include "tcp/loss_book.h"
#include "tcp/sequence.h"
#include "tcp/step.h"

#define LOSS_BESIDE_MAX (200 * INT64_C(1000)) /* ns */

struct loss_case {
    struct step *step;
    struct losses *losses;
    struct loss_book *book;
    struct loss_side *x;   /* what the segment's sender sends */
    struct loss_side *y;   /* what it acknowledges */
    struct meter *sent;    /* of what its sender sends; NULL: that is not measured */
    struct meter *acked;   /* and of what it acknowledges */
    uint32_t record;       /* tcp/segment_log: of this segment; 0: segments are not kept */
    struct classified row; /* in the making */
    int64_t now;
    int64_t nxt;           /* of x, before this segment */
    int64_t near;          /* ns: capture point to the sender and back; 0: unknown */
    int64_t far;           /* ns: capture point to the receiver and back; 0: unknown */
    int64_t trip;          /* ns: the whole round trip, never 0 */
    bool counted;          /* else it is only listed */
    bool sack;             /* both ends offered SACK */
    bool news;             /* its SACK blocks told something new */
    bool arrived;          /* all that it sends again was acknowledged before */
    bool other_bytes;      /* it has other bytes than passed before under its numbers */
    bool from_before;      /* what it sends again was first sent before the capture began */
    int64_t old_bytes;     /* of it: numbers that were used before, or should have been */
};

/* Captured on an end's own host, or right before it: the way to it and back is short, and a small part
 * of the way to the other one. */
static inline bool loss_is_beside(int64_t way, int64_t other)
{
    return way > 0 && way < LOSS_BESIDE_MAX && way < other / 20;
}

/* Something that its sender sent after this range has arrived (RFC 8985 §6.2, RACK_sent_after). */
static inline bool loss_newer_arrived(const struct loss_side *side, const struct range *r)
{
    return side->delivered_last > r->last ||
           (side->delivered_last == r->last && side->delivered_end > r->end);
}

/* Decides the class; a later call wins. */
static inline void loss_decide(struct loss_case *k, enum segment_class class,
                               enum segment_rule rule, enum certainty certainty)
{
    k->row.class = class;
    k->row.rules |= RULE(rule);
    k->row.certainty = certainty;
}

/* A state begins, or begins anew: what both ends sent before, as far as the connection knows it. */
void loss_seed(struct losses *losses, struct loss_state *state, const struct step *step);

/* The shortest way from the capture point to an end and back, ns, also by what the other end sent it;
 * 0: unknown. */
static inline int64_t loss_leg(const struct connection *c, enum endpoint_id end,
                               const struct loss_side *other)
{
    int64_t leg = connection_leg(c, end);
    return leg == 0 || (other->leg_far > 0 && other->leg_far < leg) ? other->leg_far : leg;
}

/* Both, and the whole round trip. */
void loss_find_legs(struct loss_case *k);

/* What the ledger says of the IP IDs of its sender. That is closed with the connection; what was
 * overtaken may still come. */
#define LOSS_ID_RUN 4 /* so often in a row they counted up */
static inline void loss_note_ids(struct loss_case *k)
{
    const struct ledger *ledger = k->step->ledger;
    if (ledger == NULL)
        return;
    k->x->flags &= ~(unsigned)SIDE_COUNTS_IDS;
    if (ledger->ip_id_run[k->step->x_id] >= LOSS_ID_RUN)
        k->x->flags |= SIDE_COUNTS_IDS;
}

/* A segment of a connection that counts and keeps no segments, which only goes on with what is
 * known: takes it through all stages at once. False, and nothing was done, where it needs them. */
bool loss_plain(struct step *step, struct losses *losses, struct loss_book *book);

/* §4.3. Whether the segment is a copy that the network made; notes it otherwise. */
bool loss_copy(struct loss_case *k);

/* Segments in short, to know their copies by: whether one of the newest had this digest; and this
 * segment has it. */
uint32_t loss_digest(const struct segment *s);
static inline bool loss_digest_is_among(const struct loss_side *x, uint32_t digest)
{
    uint8_t equal = 0, tag = (uint8_t)digest; /* mostly not: all are compared at once */
    for (unsigned i = 0; i < LOSS_DIGESTS; i++)
        equal = (uint8_t)(equal | (x->hash_tags[i] == tag));
    uint32_t same = 0;
    for (unsigned i = 0; equal != 0 && i < LOSS_DIGESTS; i++)
        same |= x->hashes[i] == digest;
    return same != 0;
}

static inline void loss_digest_note(struct loss_side *x, uint32_t digest, const struct segment *s)
{
    x->hashes[x->digest_next] = digest;
    x->hash_tags[x->digest_next] = (uint8_t)digest;
    x->digests[x->digest_next] = (struct digest){ s->time, (uint32_t)s->frame };
    x->digest_next = (uint8_t)((x->digest_next + 1) % LOSS_DIGESTS);
}

/* A copy of bytes of this side: what the receiver then has twice was not sent twice. */
void loss_note_copy(struct losses *losses, struct loss_side *x, const struct segment *s);

/* §4.4. Whether it is a probe: its sequence side is decided then. */
bool loss_probe(struct loss_case *k);

/* §4.5. The class of what takes sequence numbers. */
void loss_position(struct loss_case *k);

/* New bytes from..end of this segment. */
void loss_bytes_new(struct loss_case *k, int64_t from);

/* §4.6. Bytes from..to fill a hole. */
void loss_hole(struct loss_case *k, const struct range *hole);

/* §4.7. Bytes that passed before are sent again; r is the range of the lowest of them. */
void loss_trigger(struct loss_case *k, const struct range *r, bool alone);

/* §4.9. Takes over what the segment acknowledges; and the class of a pure ACK. */
void loss_acknowledge(struct loss_case *k);
void loss_ack_class(struct loss_case *k);

/* Parts of it: all below `ack` is acknowledged; so many of the peer's ranges are, and those that
 * nothing more is to be learned of are dropped; the sender grants all up to `edge`. */
#define LOSS_ACKED_KEPT 16u /* ranges that were acknowledged: for the frame that is sent again */
void loss_advance(struct loss_case *k, int64_t ack);
void loss_drop_acked(struct loss_case *k, unsigned acked);
static inline void loss_note_edge(struct loss_case *k, int64_t edge)
{
    k->x->edge = edge;
    k->x->flags |= SIDE_EDGE;
    if (edge >= k->y->nxt)
        return;
    if (k->step->s->window == 0 || step_scale_is_known(k->step))
        k->x->closed = k->now; /* what was on its way was sent for a window that has shrunk */
}

/* So long after it was sent for the first time a range arrived, ns; less than 0: nothing was
 * measured. flag: enum range_flag; jumps: what was sent behind it had arrived before. */
void loss_take_sample(struct loss_case *k, int64_t sample, unsigned flag, bool jumps);

/* §4.4. A SYN or a SYN-ACK is sent again; r is the range of the one before. */
void loss_trigger_syn(struct loss_case *k, const struct range *r);

/* §4.8. Range i of the peer's arrived, as an acknowledgement or a SACK block tells. */
void loss_arrived(struct loss_case *k, unsigned i, bool first);

/* §4.8. The receiver tells that left..right came twice. */
void loss_came_twice(struct loss_case *k, int64_t left, int64_t right);

/* The segment repeats bytes; unseen: their first sending did not pass. */
void loss_note_repeat(struct loss_case *k, bool unseen);

/* The newest repeat of these bytes that is remembered; NULL: none is. */
struct repeat *loss_repeat_of(struct loss_side *side, int64_t seq, int64_t end);

/* This repeat of an end was not needed: proved when its range was no longer kept. */
void loss_repeat_needless(struct loss_case *k, enum endpoint_id end, struct repeat *again,
                          enum segment_rule rule);
void loss_tally_forgotten(struct loss_case *k, enum endpoint_id end, const struct repeat *again);

/* §4.8. After a timeout: acknowledgements that tell whether it was needed. */
void loss_frto(struct loss_case *k, int64_t ack);

/* §4.11. Payload that came before under these numbers, and was other payload. */
void loss_overlap(struct loss_case *k);

/* The segment's payload, for what may come again; book: NULL where there is none. */
void loss_keep_bytes(struct step *step, const struct loss_book *book);

/* Whether a copy of a frame has another payload than the first; notes it. */
bool loss_copy_differs(struct history_pool *pool, const struct connection *c,
                       enum endpoint_id sender, const struct segment *s,
                       const struct frame_copy *copy);

/* The newest sending of the peer's range i, or that of a record, turns out to have been a needless
 * repeat. */
void loss_record_needless(struct loss_case *k, uint32_t record, enum segment_rule rule,
                          enum certainty certainty);
void loss_needless(struct loss_case *k, unsigned i, enum segment_rule rule,
                   enum certainty certainty);

/* §4.12. What a segment that came late or again tells of where the first sending was lost;
 * LOST_KINDS: nothing. */
enum lost_kind loss_kind(const struct loss_case *k);

/* Counts that; and takes back that so many sendings of range i of this end, the newest ones, had to
 * be sent again. */
void loss_tally_sent(struct loss_case *k);
void loss_tally_needless(struct loss_case *k, enum endpoint_id end, unsigned i,
                         unsigned sendings);

/* A range of the peer's is acknowledged: if it is its SYN, it was lost where it was sent before. */
void loss_tally_answered(struct loss_case *k, const struct range *r);

/* A hole of the peer's is acknowledged: the capture lacks these bytes. And a hole of this end's,
 * which was, turns out to stand later in the capture. */
void loss_tally_missed(struct loss_case *k, const struct range *hole);
void loss_tally_found(struct loss_case *k, const struct range *hole);

/* range.views of a sending, and of one that sends the bytes of this range again. */
static inline uint8_t loss_view_init(const struct segment *s)
{
    unsigned views =
        s->input < VIEW_INPUTS_MAX ? (unsigned)s->input << RANGE_VIEW_SHIFT : RANGE_VIEW_PART;
    return (uint8_t)views;
}
uint8_t loss_view_again(const struct loss_case *k, const struct range *before);

/* A range of the peer's is acknowledged: whether an input lacks it. */
void loss_view_missing(struct loss_case *k, const struct range *r);

/* The state, which counts, is closed: what nothing answered so far may not have been lost. */
void loss_tally_close(const struct losses *losses, const struct loss_book *book,
                      const struct connection *c);

/* The sums of an end, as they stand. */
void loss_tally_read(const struct losses *losses, const struct loss_book *book,
                     const struct connection *c, enum endpoint_id end, struct lost *ret);

/* Where segments are kept: what called for bytes that passed before; what the segment came behind,
 * when that passed, as the range of old bytes or the hole has it; what shows that a repeat was not
 * needed. */
void loss_tell_trigger(struct loss_case *k, const struct range *r, int64_t quiet,
                       int64_t sacked_bytes);
void loss_tell_behind(struct loss_case *k, int64_t passed, const struct range *r);
void loss_tell_needless(struct loss_case *k, struct classified *row, enum segment_rule rule,
                        enum certainty certainty);

/* Where the log is nearly full: takes the record back, if there is nothing to tell of it. */
void loss_forget_plain(struct loss_case *k);

/* Frame of the newest sending of a range; 0: not known. */
uint64_t loss_newest_frame(const struct loss_case *k, const struct range *r);

/* The sender's retransmission timeout by RFC 6298 §2, with the floor that Linux has. */
int64_t loss_timeout_of(int64_t srtt, int64_t rttvar);
int64_t loss_timeout(const struct loss_side *side);

/* How long its sender waits before it probes the tail (RFC 8985 §7.2), with Linux's delays;
 * alone: one segment is outstanding. */
int64_t loss_probe_timeout(const struct loss_side *side, bool alone);

/* A sample of the round trip of what `side` sends. */
void loss_sample(struct loss_side *side, int64_t sample);

/* Whether the sender counts its IP IDs up, so that they tell in what order it sent. */
bool loss_counts_ids(const struct loss_case *k);

/* What the sender may have known of its acknowledgements: una at this time. */
int64_t loss_una_at(const struct loss_side *side, int64_t time);

#endif
