/*
 * audit_sack: SACK blocks. RFC 2018 (blocks, their order, reneging), RFC 2883 (D-SACK).
 *
 * A block names bytes that its sender got and that its ACK does not cover, for something below is
 * missing. A D-SACK, always the first block, names bytes that came twice instead.
 */
#include "tcp/audit.h"
#include "tcp/sequence.h"

#define HEADER_MAX 60      /* RFC 9293 §3.1: data offset */
#define ROOM_FOR_BLOCK 8   /* one more in the option, */
#define ROOM_FOR_OPTION 12 /* or the option itself with one, after two NOPs */

enum block_saying { BLOCK_EMPTY, BLOCK_BELOW_ACK, BLOCK_NOT_SENT, BLOCK_MALFORMED };
enum apart_saying { APART_FROM_ACK, APART_FROM_BLOCK };
enum dsack_saying { DSACK_SENT, DSACK_BEFORE_ISN };
enum kept_saying { KEPT_STANDS, KEPT_GONE };

struct block {
    int64_t left, right; /* U-space of the other end */
};

/* The option of this segment; without one, no blocks. */
struct sack {
    struct block block[SEGMENT_SACK_MAX];
    unsigned count;
    unsigned first;  /* where the blocks above the ACK begin: behind a D-SACK */
};

static bool block_within(const struct block *inner, const struct block *outer)
{
    return outer->left <= inner->left && inner->right <= outer->right;
}

/* RFC 2883 §4: the first block is a D-SACK if it is below the ACK or in one that follows. */
static bool first_is_duplicate(const struct sack *sack, int64_t ack)
{
    const struct block *first = &sack->block[0];
    if (sack->count == 0 || first->left >= first->right)
        return false;
    if (first->right <= ack)
        return true;
    for (unsigned i = 1; i < sack->count; i++)
        if (block_within(first, &sack->block[i]))
            return true;
    return false;
}

static struct sack sack_read(const struct step *step)
{
    const struct segment *s = step->s;
    struct sack sack = { .count = 0 };
    if (!(s->options & OPTION_SACK))
        return sack;
    for (; sack.count < s->sack_count && sack.count < SEGMENT_SACK_MAX; sack.count++) {
        int64_t left = seq_unwrap(step->y->snd_nxt, s->sack[sack.count].left);
        sack.block[sack.count] = (struct block){
            .left = left,
            .right = left + seq_diff(s->sack[sack.count].right, s->sack[sack.count].left),
        };
    }
    sack.first = first_is_duplicate(&sack, step->ack) ? 1 : 0;
    return sack;
}

/* What the other end has sent for all that is known. */
static int64_t sent_end(const struct step *step)
{
    return step->ack > step->y->snd_nxt ? step->ack : step->y->snd_nxt;
}

/* Where the windows end that this end granted so far, as far as captured; one byte more may come
 * as a probe (RFC 9293 §3.8.6.1). */
static int64_t granted_end(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct ledger_side *own = audit->own;
    int64_t ack = step->ack;
    int64_t window = step_window(step);
    if (step->x->window_max > window)
        window = step->x->window_max;
    if (own != NULL && (own->known & LEDGER_ACK) && own->ack > ack)
        ack = own->ack;
    int64_t end = ack + window;
    if (own != NULL && (own->known & LEDGER_REACH)) {
        int64_t edge = seq_unwrap(step->y->snd_nxt, own->reach);
        end = edge > end ? edge : end;
    }
    return end + 1;
}

static bool syns_seen(const struct step *step)
{
    const unsigned syns = END_SYN | END_SYNACK;
    return (step->x->flags & syns) && (step->y->flags & syns);
}

/* RFC 2018 §2, §4. */
static void sack_permission(const struct audit *audit)
{
    const struct step *step = audit->step;
    unsigned both = step->x->flags & step->y->flags;
    if (!(both & END_SACK) && !syns_seen(step))
        audit_skip(audit, CHECK_SACK_WITHOUT_PERMISSION, REASON_SYN_NOT_CAPTURED);
    else if (!(both & END_SACK) && ((step->x->flags | step->y->flags) & END_OPTIONS_UNKNOWN))
        audit_skip(audit, CHECK_SACK_WITHOUT_PERMISSION, REASON_OPTIONS_UNKNOWN);
    else
        audit_result(audit, CHECK_SACK_WITHOUT_PERMISSION, both & END_SACK,
                     (struct audit_sum){ .observed = step->s->sack_count });
}

static void block_fails(const struct audit *audit, enum block_saying saying, int64_t observed,
                        int64_t expected)
{
    audit_result(audit, CHECK_SACK_BLOCK_VALID, false,
                 (struct audit_sum){ .saying = saying,
                                     .observed = (uint32_t)observed,
                                     .expected = (uint32_t)expected });
}

/*
 * A block ends behind what was seen sent. What the capture missed lies within the window that was
 * granted; behind that nothing is ever taken (RFC 9293 §3.10.7.4), so no block can name it. An end
 * that moves its window back would make a stray of an old SACK, but the edge kept is the highest.
 */
static void block_beyond(const struct audit *audit, const struct block *block)
{
    const struct step *step = audit->step;
    unsigned flags = step->x->flags | step->y->flags;
    enum check_reason reason = REASON_NONE;
    if (!(step->y->flags & END_SEEN))
        reason = REASON_PEER_UNSEEN;
    else if (step->s->options & OPTION_MPTCP)
        reason = REASON_MPTCP;
    else if (!syns_seen(step) || (flags & END_OPTIONS_UNKNOWN))
        reason = REASON_SCALE_UNKNOWN;
    else if (block->right <= granted_end(audit) || (step->y->flags & END_JUMP))
        reason = REASON_GAP;
    if (reason != REASON_NONE) {
        audit_skip(audit, CHECK_SACK_BLOCK_VALID, reason);
        return;
    }
    bool missed = flags & (END_GAP | END_UNSEEN_TOLD);
    audit_result(audit, CHECK_SACK_BLOCK_VALID, false,
                 (struct audit_sum){ .saying = BLOCK_NOT_SENT,
                                     .observed = (uint32_t)block->right,
                                     .expected = (uint32_t)sent_end(step),
                                     .certainty = missed ? CERTAINTY_INFERRED
                                                         : CERTAINTY_OBSERVED });
}

/* RFC 2018 §3. True when every block is one that bytes can fill, or may be. */
static bool blocks_are_valid(const struct audit *audit, const struct sack *sack)
{
    const struct step *step = audit->step;
    int64_t ack = step->ack, highest = ack;
    for (unsigned i = 0; i < sack->count; i++) {
        const struct block *block = &sack->block[i];
        if (block->left >= block->right) {
            block_fails(audit, BLOCK_EMPTY, block->left, block->right - 1);
            return false;
        }
        if (i >= sack->first && block->left < ack) {
            block_fails(audit, BLOCK_BELOW_ACK, block->left, ack);
            return false;
        }
        if (block->right > sent_end(step)) {
            block_beyond(audit, block);
            return false;
        }
        if (i >= sack->first && block->right > highest)
            highest = block->right;
    }
    if (sack->first < sack->count)
        audit_result(audit, CHECK_SACK_BLOCK_VALID, true,
                     (struct audit_sum){ .saying = BLOCK_NOT_SENT,
                                         .observed = (uint32_t)highest,
                                         .expected = (uint32_t)sent_end(step) });
    return true;
}

static void apart_fails(const struct audit *audit, enum apart_saying saying, int64_t left,
                        int64_t below)
{
    audit_result(audit, CHECK_SACK_BLOCKS_DISJOINT, false,
                 (struct audit_sum){ .saying = saying,
                                     .observed = (uint32_t)left,
                                     .expected = (uint32_t)(below + 1) });
}

/* RFC 2018 §3: the bytes just below and just above a block were not received. */
static void blocks_apart(const struct audit *audit, const struct sack *sack)
{
    int64_t ack = audit->step->ack;
    for (unsigned i = sack->first; i < sack->count; i++) {
        const struct block *block = &sack->block[i];
        if (block->left == ack) {
            apart_fails(audit, APART_FROM_ACK, block->left, ack);
            return;
        }
        for (unsigned k = sack->first; k < i; k++) {
            const struct block *other = &sack->block[k];
            const struct block *low = block->left < other->left ? block : other;
            const struct block *high = low == block ? other : block;
            if (high->left <= low->right) {
                apart_fails(audit, APART_FROM_BLOCK, high->left, low->right);
                return;
            }
        }
    }
    if (sack->first < sack->count)
        audit_result(audit, CHECK_SACK_BLOCKS_DISJOINT, true,
                     (struct audit_sum){ .saying = APART_FROM_ACK,
                                         .observed = (uint32_t)sack->block[sack->first].left,
                                         .expected = (uint32_t)(ack + 1) });
}

static struct block block_before(const struct audit *audit)
{
    int64_t nxt = audit->step->y->snd_nxt;
    return (struct block){ .left = seq_unwrap(nxt, audit->own->sack_left),
                           .right = seq_unwrap(nxt, audit->own->sack_end) };
}

static int64_t highest_before(const struct audit *audit)
{
    return seq_unwrap(audit->step->y->snd_nxt, audit->own->sack_right);
}

/* Whether only the first block is as it was, and only a block behind it has what came last. */
static bool newest_is_behind(const struct audit *audit, const struct sack *sack, int64_t newest)
{
    if (audit->own == NULL || !(audit->own->known & LEDGER_SACK) ||
        newest <= highest_before(audit) || audit->step->y->repeated > 0)
        return false;
    struct block before = block_before(audit);
    if (sack->block[0].left != before.left || sack->block[0].right != before.right)
        return false;
    for (unsigned i = 1; i < sack->count; i++)
        if (sack->block[i].left < newest && newest <= sack->block[i].right)
            return true;
    return false;
}

/*
 * RFC 2018 §4: the first block holds the segment that this ACK answers. Which one that is can be
 * told where it is the newest one that passed here; and where a block has come to hold that one,
 * while the first block is the one of the option before, and nothing was sent twice.
 */
static void first_is_newest(const struct audit *audit, const struct sack *sack)
{
    const struct endpoint *y = audit->step->y;
    if (sack->first == sack->count || sack->first > 0)
        return;
    const struct block *first = &sack->block[0];
    int64_t newest = seq_unwrap(y->snd_nxt, y->last_seq + y->last_len);
    bool holds = y->last_len > 0 && first->left < newest && newest <= first->right;
    if (!holds && !newest_is_behind(audit, sack, newest)) {
        audit_skip(audit, CHECK_SACK_FIRST_IS_NEWEST, REASON_CAUSE_UNKNOWN);
        return;
    }
    audit_result(audit, CHECK_SACK_FIRST_IS_NEWEST, holds,
                 (struct audit_sum){ .observed = (uint32_t)first->right,
                                     .expected = (uint32_t)newest,
                                     .certainty = CERTAINTY_INFERRED });
}

/* RFC 2883 §4: what came twice had been sent. */
static void duplicate_was_sent(const struct audit *audit, const struct sack *sack)
{
    const struct step *step = audit->step;
    const struct block *first = &sack->block[0];
    if (sack->first == 0)
        return;
    int64_t isn = endpoint_isn(step->y);
    bool known = step->y->flags & END_ISN_KNOWN;
    if (first->left < isn && !known) {
        audit_skip(audit, CHECK_DSACK, REASON_SYN_NOT_CAPTURED);
    } else if (first->left < isn) {
        audit_result(audit, CHECK_DSACK, false,
                     (struct audit_sum){ .saying = DSACK_BEFORE_ISN,
                                         .observed = (uint32_t)first->left,
                                         .expected = (uint32_t)isn });
    } else { /* and its end is below the ACK, or in a block that was sent */
        audit_result(audit, CHECK_DSACK, true,
                     (struct audit_sum){ .saying = DSACK_SENT,
                                         .observed = (uint32_t)first->right,
                                         .expected = (uint32_t)sent_end(step) });
    }
}

/* Whether one more block would have had room in this header. */
static bool has_room(const struct segment *s)
{
    int room = HEADER_MAX - s->header_len;
    if (!(s->options & OPTION_SACK))
        return room >= ROOM_FOR_OPTION && s->payload_len == 0 && !(s->flags & TCP_FIN);
    return room >= ROOM_FOR_BLOCK && s->sack_count < SEGMENT_SACK_MAX;
}

/* Whether this was sent after the option before: it tells of more. */
static bool is_newer(const struct audit *audit, const struct sack *sack)
{
    int64_t highest = highest_before(audit);
    if (audit->step->ack > audit->own->ack)
        return true;
    for (unsigned i = sack->first; i < sack->count; i++)
        if (sack->block[i].right > highest)
            return true;
    return false;
}

/*
 * RFC 2018 §8: who drops what it reported ("reneging") no longer reports it. The block that came
 * first in the option before is to be in this one, where that has room, until the ACK passes it
 * (§4). That the bytes are gone follows from it, and is not seen.
 */
static void reported_is_kept(const struct audit *audit, const struct sack *sack)
{
    const struct step *step = audit->step;
    if (audit->own == NULL || !(audit->own->known & LEDGER_SACK))
        return;
    const struct block before = block_before(audit);
    if (step->ack > before.left)
        return;
    for (unsigned i = 0; i < sack->count; i++) {
        if (!block_within(&before, &sack->block[i]))
            continue;
        audit_result(audit, CHECK_SACK_RENEGE, true,
                     (struct audit_sum){ .saying = KEPT_STANDS,
                                         .observed = (uint32_t)sack->block[i].left,
                                         .expected = (uint32_t)before.left });
        return;
    }
    if (step->s->facts & FACT_OPTIONS_TRUNCATED) {
        audit_skip(audit, CHECK_SACK_RENEGE, REASON_CUT);
    } else if (!is_newer(audit, sack)) {
        audit_skip(audit, CHECK_SACK_RENEGE, REASON_ORDER_UNKNOWN);
    } else if (has_room(step->s)) {
        audit_result(audit, CHECK_SACK_RENEGE, false,
                     (struct audit_sum){ .saying = KEPT_GONE,
                                         .observed = (uint32_t)step->ack,
                                         .expected = (uint32_t)before.right,
                                         .certainty = CERTAINTY_INFERRED });
        audit->own->known &= (uint16_t)~LEDGER_SACK;
    }
}

void audit_sack(const struct audit *audit)
{
    const struct step *step = audit->step;
    if (step->s->flags & (TCP_SYN | TCP_RST))
        return;
    if (step->s->facts & FACT_SACK_MALFORMED)
        block_fails(audit, BLOCK_MALFORMED, 0, 0);
    bool present = step->s->options & OPTION_SACK;
    if (present)
        sack_permission(audit);
    if (!step->has_ack) { /* its edges lie as far off, and what was missed is not known */
        if (present)
            audit_skip(audit, CHECK_SACK_BLOCK_VALID, REASON_GAP);
        return;
    }
    const struct sack sack = sack_read(step);
    if (present && !blocks_are_valid(audit, &sack))
        return;
    if (present) {
        blocks_apart(audit, &sack);
        first_is_newest(audit, &sack);
        duplicate_was_sent(audit, &sack);
    }
    reported_is_kept(audit, &sack);
}

/* Whether its blocks may be remembered: those above the ACK, of bytes that were seen sent. */
static bool sack_is_sound(const struct step *step, const struct sack *sack)
{
    for (unsigned i = sack->first; i < sack->count; i++)
        if (sack->block[i].left <= step->ack || sack->block[i].left >= sack->block[i].right ||
            sack->block[i].right > step->y->snd_nxt)
            return false;
    return sack->first < sack->count;
}

void audit_sack_note(const struct audit *audit)
{
    const struct step *step = audit->step;
    struct ledger_side *own = audit->own;
    if (!step->has_ack || (step->s->flags & (TCP_SYN | TCP_RST)))
        return;
    if ((own->known & LEDGER_SACK) && step->ack > block_before(audit).left)
        own->known &= (uint16_t)~LEDGER_SACK; /* in time, before the numbers go around */
    if (!(step->s->options & OPTION_SACK))
        return;
    const struct sack sack = sack_read(step);
    if (!sack_is_sound(step, &sack))
        return;
    int64_t highest = (own->known & LEDGER_SACK) ? highest_before(audit) : 0;
    for (unsigned i = sack.first; i < sack.count; i++)
        if (sack.block[i].right > highest)
            highest = sack.block[i].right;
    own->sack_left = (uint32_t)sack.block[sack.first].left;
    own->sack_end = (uint32_t)sack.block[sack.first].right;
    own->sack_right = (uint32_t)highest;
    own->known |= LEDGER_SACK;
}
