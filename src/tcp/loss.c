/* loss: one segment through the stages. */
#include "tcp/loss.h"

#include "base/time_text.h"
#include "tcp/history_pool.h"
#include "tcp/ledger.h"
#include "tcp/loss_part.h"
#include "tcp/metrics.h"
#include "tcp/sequence.h"

/* Nothing measured: a round trip that is usual (§4.1). */
#define TRIP_ASSUMED (100 * NS_PER_MS)
/* A mirror port doubles all frames, the network few: one of so many is a mirror's (§4.3). */
#define MIRRORED_SHARE 5
#define DOUBLED_LEAST 5 /* of one connection */

/* A connection's book; NULL without one. */
static struct loss_book *book_of(const struct history_pool *pool, const struct connection *c)
{
    const uint32_t *number = history_loss(pool, c->log);
    return number != NULL ? loss_book_at(history_losses(pool), *number) : NULL;
}

void loss_summarise(const struct history_pool *pool, const struct connection *c,
                    struct summary *ret)
{
    const struct loss_book *book = book_of(pool, c);
    for (unsigned i = 0; i < 2 && c->log != 0; i++) /* one count under two names */
        ret->endpoints[i].repeated_segments = book != NULL ? book->repeats[i] : 0;
    if (book == NULL)
        return;
    for (unsigned i = 0; i < 2; i++) {
        ret->endpoints[i].retransmitted_segments = book->repeats[i];
        ret->endpoints[i].retransmitted_bytes = book->repeated_bytes[i];
        ret->endpoints[i].overlaps = book->overlaps[i];
        struct lost *lost = &ret->endpoints[i].lost;
        loss_tally_read(history_losses(pool), book, c, (enum endpoint_id)i, lost);
        ret->endpoints[i].lost_known = lost_any(lost);
    }
}

void loss_detail(const struct history_pool *pool, const struct connection *c, struct summary *ret)
{
    const struct loss_book *book = book_of(pool, c);
    if (book == NULL)
        return;
    if (!c->light) /* what was measured before is not the whole */
        metrics_summarise(history_losses(pool), &book->metered, c->last_time, ret);
    ret->segments = segment_log_read(&history_losses(pool)->logs, book->segments);
    ret->segments_left_out = book->left_out;
}

/* What a segment says of itself. */
static struct classified row_init(const struct segment *s, enum endpoint_id from)
{
    return (struct classified){ .frame = s->frame & FRAME_MAX,
                                .from = (from == SERVER) & 1u,
                                .certainty = CERTAINTY_OBSERVED,
                                .has_ack = (s->flags & TCP_ACK) != 0,
                                .time = s->time,
                                .seq = s->seq,
                                .ack = s->ack,
                                .length = s->payload_len,
                                .window = s->window,
                                .flags = s->flags & 0x1ffu };
}

/* Keeps a record of a connection, whose book may be new. */
static void row_keep(struct losses *losses, uint32_t *number, const struct classified *row)
{
    if (number == NULL || !losses_keep(losses, loss_book_at(losses, *number)))
        return;
    struct loss_book *book = loss_book_open(losses, number);
    if (book != NULL)
        loss_book_add(losses, book, row);
}

/* What a connection's state has of an end; NULL when none is open. */
static struct loss_side *side_of(const struct history_pool *pool, const struct connection *c,
                                 enum endpoint_id end)
{
    const struct loss_book *book = book_of(pool, c);
    bool open = book != NULL && book->state != 0;
    return open ? &loss_state_at(history_losses(pool), book)->side[end] : NULL;
}

void loss_choose(struct history_pool *pool, const struct connection *c)
{
    struct losses *losses = history_losses(pool);
    uint32_t *number = history_loss(pool, c->log);
    struct loss_book *book = number != NULL ? loss_book_open(losses, number) : NULL;
    if (book != NULL)
        book->chosen = true;
}

void loss_waits(struct history_pool *pool, const struct connection *c, enum endpoint_id sender,
                const struct segment *s)
{
    struct classified row = row_init(s, sender);
    struct loss_side *x = side_of(pool, c, sender);
    if (x != NULL) /* what answers it is a challenge (RFC 5961 §4) */
        x->flags |= SIDE_CHALLENGED;
    row.class = CLASS_NOT_ACCEPTED;
    row.rules = RULE(RULE_OUTSIDE);
    row.certainty = CERTAINTY_INFERRED;
    row_keep(history_losses(pool), history_loss(pool, c->log), &row);
}

bool loss_is_mirrored(uint64_t copies, uint64_t segments)
{
    return copies > 0 && copies * MIRRORED_SHARE >= segments;
}

void loss_copied(struct history_pool *pool, const struct connection *c, enum endpoint_id sender,
                 const struct segment *s, const struct frame_copy *copy, bool mirrored)
{
    struct classified row = row_init(s, sender);
    struct loss_side *x = side_of(pool, c, sender);
    uint64_t by_capture = (copy->found.same_time ? RULE(RULE_SAME_TIME) : 0) |
                          (copy->found.passed_on ? RULE(RULE_PASSED_ON) : 0);
    bool doubled = by_capture != 0 || mirrored;
    if (x != NULL && !doubled)
        loss_note_copy(history_losses(pool), x, s);
    if (x != NULL && (s->flags & TCP_SYN))
        x->syn_time = s->time;
    row.class = doubled ? CLASS_CAPTURE_DUPLICATE : CLASS_NETWORK_DUPLICATE;
    row.original = copy->found.original & FRAME_MAX;
    row.rules = RULE(RULE_SAME_FRAME) | by_capture;
    if (loss_copy_differs(pool, c, sender, s, copy))
        row.tags = TAG(TAG_OTHER_BYTES);
    row.certainty = CERTAINTY_INFERRED;
    row_keep(history_losses(pool), history_loss(pool, c->log), &row);
}

/* One of five segments of this connection has a copy: a mirror may show some hosts twice. */
static bool is_doubled(const struct losses *losses, const struct loss_book *book)
{
    uint64_t copies = segment_log_copies_count(&losses->logs, book->segments);
    uint64_t others = (uint64_t)book->kept + book->left_out - copies;
    return copies >= DOUBLED_LEAST && copies * MIRRORED_SHARE >= others;
}

void loss_judge_copies(struct history_pool *pool, const struct connection *c,
                       const struct capture_facts *facts)
{
    struct losses *losses = history_losses(pool);
    const struct loss_book *book = book_of(pool, c);
    if (book != NULL && facts->copies > 0)
        segment_log_copies(&losses->logs, book->segments,
                           loss_is_mirrored(facts->copies, facts->segments) ||
                               is_doubled(losses, book));
}

void loss_take_back(struct history_pool *pool, const struct connection *c,
                    const struct waiting_syn *waited)
{
    struct losses *losses = history_losses(pool);
    const struct loss_book *book = book_of(pool, c);
    if (book == NULL)
        return;
    segment_log_drop(&losses->logs, book->segments, waited->syn.frame);
    for (uint32_t i = 0; i < waited->repeats && i < INCARNATION_REPEATS_MAX; i++)
        segment_log_drop(&losses->logs, book->segments, waited->again[i].frame);
}

void loss_damaged(struct step *step)
{
    struct classified row = row_init(step->s, step->x_id);
    row.class = CLASS_NOT_ACCEPTED;
    row.rules = RULE(RULE_DAMAGED);
    if (!step->mirrored)
        row_keep(history_losses(step->pool), history_loss(step->pool, step->c->log), &row);
}

static bool state_counts(const struct loss_book *book)
{
    return book != NULL && book->state != 0 && book->counted;
}

/* Whether this segment is the first that has to be remembered, or a later one. */
static bool state_due(const struct step *step, const struct losses *losses)
{
    const struct endpoint *x = step->x;
    if (!(step->s->flags & TCP_SYN) && (step->y->flags & END_SEEN) && step->has_ack &&
        step->ack > step->y->snd_nxt)
        return true; /* the capture lacks something */
    if (segment_seq_len(step->s) == 0 || (step->s->flags & TCP_RST))
        return false;
    if (losses->several_inputs)
        return true;
    if (step->s->payload_len > 0 && step_window_is_closed(step)) /* its bytes may be a probe */
        return true;
    if (step->s->flags & TCP_SYN) /* bytes on it may have to be sent again (RFC 7413 §4.2) */
        return (step->facts & WHEN_REPEATED) || step->s->payload_len > 0;
    if (!(x->flags & END_SEEN))
        return false;
    if (step_window_is_closed(step)) /* it may be a probe, which takes no numbers */
        return true;
    return x->snd_una < x->snd_nxt || step->seq != x->snd_nxt;
}

/*
 * What is counted must not depend on whether segments are kept. Where they are, a state is open
 * before anything has to be remembered, and after the end: it tells their classes, and counts
 * nothing. When something has to be remembered it begins as it would without them.
 */
static bool state_open(struct loss_case *k) /* it counts, is due, or segments are kept */
{
    const struct connection *c = k->step->c;
    uint32_t *number = history_loss(k->step->pool, c->log);
    k->book = loss_book_at(k->losses, *number);
    bool counted = state_counts(k->book);
    bool due = !counted && state_due(k->step, k->losses);
    k->book = loss_book_open(k->losses, number);
    if (k->book == NULL)
        return false;
    bool is_new = k->book->state == 0;
    if (is_new && !loss_state_open(k->losses, k->book, k->now))
        return false;
    struct loss_state *state = loss_state_at(k->losses, k->book);
    if (is_new || due)
        loss_seed(k->losses, state, k->step);
    k->book->counted = counted || due;
    k->book->metered.begun |= due;
    k->counted = k->book->counted;
    k->x = &state->side[k->step->x_id];
    k->y = &state->side[k->step->y_id];
    return true;
}

bool loss_counts_ids(const struct loss_case *k)
{
    return k->x->flags & SIDE_COUNTS_IDS;
}

void loss_find_legs(struct loss_case *k)
{
    k->near = loss_leg(k->step->c, k->step->x_id, k->y);
    k->far = loss_leg(k->step->c, k->step->y_id, k->x);
    k->trip = k->near + k->far;
    if (k->near == 0 || k->far == 0)
        k->trip = k->trip > 0 ? k->trip : TRIP_ASSUMED;
}

/* All numbers of a side, and what its peer says of them. */
static void side_move(struct loss_case *k, struct loss_side *side, struct loss_side *peer,
                      int64_t by)
{
    side->nxt += by;
    side->una += by;
    side->recover += by;
    side->sacked_end += by;
    side->delivered_end += by;
    side->probe_end += by;
    peer->edge += by;
    for (unsigned i = 0; i < LOSS_ADVANCES; i++)
        side->advances[i].una += side->advances[i].una != 0 ? by : 0;
    for (unsigned i = 0; i < side->flight.count; i++) {
        struct range *r = flight_at(&k->losses->flights, &side->flight, i);
        r->seq += by;
        r->end += by;
    }
}

/* Where another number turns out to be the first, U-space may begin a round earlier or later: all
 * that is remembered goes along (tcp/sequence). */
static void side_follow(struct loss_case *k, struct loss_side *side, struct loss_side *peer,
                        const struct endpoint *end)
{
    if (!(end->flags & (END_ISN_KNOWN | END_ISN_ASSUMED)))
        return;
    int64_t base = endpoint_isn(end);
    if (side->base != 0 && base != side->base && (side->flags & SIDE_STARTED)) {
        int64_t nxt = seq_unwrap(end->snd_nxt, (uint32_t)side->nxt);
        if (nxt != side->nxt)
            side_move(k, side, peer, nxt - side->nxt);
    }
    side->base = base;
}

static bool case_begin(struct loss_case *k, struct step *step)
{
    *k = (struct loss_case){ .step = step,
                             .losses = history_losses(step->pool),
                             .now = step->s->time };
    if (!state_open(k))
        return false;
    side_follow(k, k->x, k->y, step->x);
    side_follow(k, k->y, k->x, step->y);
    k->nxt = k->x->nxt;
    loss_find_legs(k);
    loss_note_ids(k);
    k->sack = step->x->flags & step->y->flags & END_SACK;
    k->row = row_init(step->s, step->x_id);
    k->row.window = step_window(step);
    if (losses_keep(k->losses, k->book))
        k->record = loss_book_add(k->losses, k->book, &k->row);
    if (k->counted)
        metrics_begin(k);
    return true;
}

static void reset_class(struct loss_case *k)
{
    if (k->step->marks & MARK_NOT_BELIEVED) {
        loss_decide(k, CLASS_NOT_ACCEPTED, RULE_OUTSIDE, CERTAINTY_INFERRED);
        k->x->flags |= SIDE_CHALLENGED;
    } else {
        loss_decide(k, CLASS_RST, RULE_FLAGS, CERTAINTY_OBSERVED);
    }
}

/* Its answer is to come. Bytes that it has may be taken, and are seen then. */
static void probe_note(struct loss_case *k)
{
    struct loss_side *x = k->x;
    x->flags |= k->row.class == CLASS_KEEP_ALIVE ? SIDE_KEEP_ALIVE : SIDE_ZERO_PROBE;
    x->probe_time = k->now;
    if (k->row.class == CLASS_ZERO_WINDOW_PROBE && k->step->end > x->nxt) {
        x->probe_end = k->step->end;
        x->probe_frame = k->step->s->frame & FRAME_MAX;
    }
}

static void case_classify(struct loss_case *k)
{
    const struct segment *s = k->step->s;

    if (s->flags & TCP_SYN)
        k->x->syn_time = k->now;
    if (loss_copy(k))
        return;
    if (s->flags & TCP_RST) {
        reset_class(k);
        return;
    }
    bool probe = loss_probe(k);
    loss_acknowledge(k);
    if (!probe && segment_seq_len(s) > 0)
        loss_position(k);
    k->x->flags &= ~(unsigned)SIDE_CHALLENGED;
    if (probe || segment_seq_len(s) > 0) /* a bare ACK leaves open what it asked before */
        k->x->flags &= ~(unsigned)(SIDE_KEEP_ALIVE | SIDE_ZERO_PROBE);
    if (probe)
        probe_note(k);
    /* The window on a SYN is not scaled: it compares with later ones where none is (RFC 7323). One
     * that was overtaken has been replaced (RFC 9293 §3.10.7.4, SND.WL2). */
    bool comparable = !(s->flags & TCP_SYN) || !(s->options & OPTION_WINDOW_SCALE);
    if (k->step->has_ack && k->step->ack >= k->y->una && comparable)
        loss_note_edge(k, k->step->ack + step_window(k->step));
}

static void case_end(struct loss_case *k)
{
    struct classified *row = segment_log_at(&k->losses->logs, k->record);
    if (k->counted)
        k->step->class = k->row.class;
    if (k->counted && class_is_repeat((enum segment_class)k->row.class)) {
        k->book->repeats[k->step->x_id]++;
        k->book->repeated_bytes[k->step->x_id] += k->step->s->payload_len;
        metrics_repeat(k);
    }
    loss_tally_sent(k);
    if ((k->step->s->flags & TCP_FIN) && k->row.class != CLASS_FIN)
        k->row.tags |= TAG(TAG_FIN);
    if (row != NULL) {
        k->row.tags |= row->tags; /* what its own acknowledgement told of its repeats */
        k->row.rules |= row->rules;
        if (k->row.reason == NULL)
            k->row.reason = row->reason;
        *row = k->row;
        loss_forget_plain(k);
    }
}

/* What a class says of its segment, for whoever draws it. New bytes are not marked as old. */
static unsigned marks_of_class(const struct classified *row)
{
    enum segment_class class = (enum segment_class)row->class;
    if (class == CLASS_NETWORK_DUPLICATE)
        return MARK_COPY;
    if (class == CLASS_REORDERED || class == CLASS_CAPTURE_REORDERED || class == CLASS_AMBIGUOUS)
        return MARK_LATE;
    if (!class_is_repeat(class) || (row->tags & TAG(TAG_PARTIAL)))
        return 0;
    bool unseen = class == CLASS_RTX_UNSEEN_ORIGINAL || (row->tags & TAG(TAG_MISSED));
    return MARK_REPEATED | (unseen ? MARK_LATE : 0u);
}

/* The class knows more than the marks of tcp/sequence, which had the newest segment only. */
static void marks_follow(struct loss_case *k)
{
    const unsigned told = MARK_COPY | MARK_LATE | MARK_REPEATED;
    if (!k->counted || k->row.class == CLASS_NONE || k->row.class == CLASS_NOT_ACCEPTED)
        return;
    k->step->marks = (k->step->marks & ~told) | marks_of_class(&k->row);
}

void loss_close(struct step *step)
{
    if (!connection_ended(step->c))
        return;
    struct losses *losses = history_losses(step->pool);
    struct loss_book *book = book_of(step->pool, step->c);
    if (book == NULL || book->state == 0)
        return;
    if (book->counted)
        loss_tally_close(losses, book, step->c);
    book->counted = false;
    metered_close(&losses->meters, &book->metered, false);
    if (!losses_keep(losses, book))
        loss_state_close(losses, book);
}

void loss_segment(struct step *step)
{
    struct loss_case k;
    if (step->c->log == 0 || step->mirrored)
        return;
    struct losses *losses = step->pool->losses;
    struct loss_book *book = loss_book_at(losses, *log_index_at(&losses->book_of, step->c->log));
    if (loss_plain(step, losses, book))
        return;
    bool wanted = state_counts(book) || losses_keep(losses, book) || state_due(step, losses);
    if (!wanted || !case_begin(&k, step)) {
        loss_keep_bytes(step, NULL);
        return;
    }
    int64_t una = k.y->una, nxt = k.x->nxt;
    case_classify(&k);
    loss_overlap(&k);
    metrics_segment(&k, una, nxt);
    case_end(&k);
    marks_follow(&k);
}
