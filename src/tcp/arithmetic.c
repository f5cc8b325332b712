/*
 * arithmetic: the checks of RFC 9293 §3.4 to §3.6 on the handshake and the close. One function a
 * check; the list at the end says in which order they run. A check fails only when the numbers
 * contradict each other; what a gap in the capture explains is skipped or waits.
 */
#include "tcp/arithmetic.h"

#include "tcp/sequence.h"

/* Failing checks of acknowledgements of FINs that are noted, of both directions together. */
#define FAILED_FIN_ACKS_MAX 16

static enum certainty base_certainty(const struct endpoint *end)
{
    if (end->flags & (END_SYN | END_SYNACK))
        return CERTAINTY_OBSERVED;
    return (end->flags & END_ISN_KNOWN) ? CERTAINTY_INFERRED : CERTAINTY_ASSUMED;
}

static void check_add(struct step *step, enum check_id id, enum certainty certainty,
                      uint32_t observed, uint32_t expected, uint32_t addend)
{
    if (step->mirrored) /* the same sum was checked */
        return;
    struct event event = step_event_init(step, EVENT_CHECK, step->x_id);
    event.detail = (uint8_t)id;
    event.certainty = (uint8_t)certainty;
    event.observed = observed;
    event.expected = expected;
    event.addend = (uint16_t)(addend < 0xffff ? addend : 0xfffe);
    step_event(step, &event);
    step->notable = true;
}

static void check_skip(struct step *step, enum check_id id, enum check_reason reason)
{
    if (step->mirrored)
        return;
    struct event event = step_event_init(step, EVENT_CHECK, step->x_id);
    event.detail = (uint8_t)id;
    event.result = CHECK_SKIPPED;
    event.observed = step->s->seq;
    event.expected = reason;
    step_event(step, &event);
}

/* A check of SEQ and ACK at once: both numbers are kept, the addend says whether they hold. */
static void check_add_both(struct step *step, enum check_id id, bool holds)
{
    check_add(step, id, CERTAINTY_OBSERVED, step->s->seq, step->s->ack, holds ? 0 : 1);
}

static void check_syn(struct step *step)
{
    const struct segment *s = step->s;
    const struct endpoint *x = step->x, *y = step->y;

    if (!(s->flags & TCP_SYN) || x->syns >= REPEATS_LOGGED)
        return;
    check_add(step, CHECK_SYN_SEQ_IS_ISN, CERTAINTY_OBSERVED, s->seq, x->isn, 0);
    if (!(s->flags & TCP_ACK)) {
        check_add(step, CHECK_SYN_ACK_FIELD_ZERO, CERTAINTY_OBSERVED, s->ack, 0, 0);
        return;
    }
    if (y->flags & END_SYNACK || ((y->flags & END_SYN) && (x->flags & END_SYN))) {
        check_add_both(step, CHECK_SIMULTANEOUS_ACKS,
                       s->seq == x->isn && s->ack == y->isn + 1);
        return;
    }
    if (!(y->flags & END_SYN)) {
        check_skip(step, CHECK_SYNACK_ACKS_ISN_PLUS_1, REASON_SYN_NOT_CAPTURED);
        return;
    }
    /* With data on the SYN, anything from x + 1 to x + 1 + n is right (RFC 7413 §4.2). */
    uint32_t addend = s->ack - y->isn;
    if (addend < 1 || addend > 1u + y->syn_payload)
        addend = 1;
    check_add(step, CHECK_SYNACK_ACKS_ISN_PLUS_1, base_certainty(y), s->ack, y->isn + addend,
              addend);
}

/* The first segment of the SYN's sender after the SYN-ACK. */
static void check_third(struct step *step)
{
    const struct segment *s = step->s;
    const struct endpoint *x = step->x, *y = step->y;
    bool third = (step->facts & WHEN_ACK) && (x->flags & END_SYN) && !(x->flags & END_SYNACK) &&
                 (y->flags & END_SYNACK) && !(step->c->flags & CONN_THIRD_CHECKED);

    if (!third)
        return;
    step->c->flags |= CONN_THIRD_CHECKED;
    uint32_t after = s->seq - x->isn; /* 1, or 1 + n with n bytes on the SYN */
    if (after > 1u + x->syn_payload && (int64_t)after < MISSED_MAX) {
        check_skip(step, CHECK_HANDSHAKE_THIRD_SEQ, REASON_GAP);
    } else {
        uint32_t addend = after == 1u + x->syn_payload ? after : 1;
        check_add(step, CHECK_HANDSHAKE_THIRD_SEQ, CERTAINTY_OBSERVED, s->seq, x->isn + addend,
                  addend);
    }
    uint32_t acked = s->ack - y->isn;
    if (acked > 1u + y->syn_payload && step->ack <= y->snd_nxt) {
        check_skip(step, CHECK_HANDSHAKE_ACK_NUMBER, REASON_GAP);
    } else {
        uint32_t addend = acked == 1u + y->syn_payload ? acked : 1;
        check_add(step, CHECK_HANDSHAKE_ACK_NUMBER, base_certainty(y), s->ack, y->isn + addend,
                  addend);
    }
}

/* The first byte of data comes right after the SYN, and the data that was accepted on it. */
static void check_first_data(struct step *step)
{
    struct endpoint *x = step->x;
    const struct segment *s = step->s;

    if (!(step->facts & WHEN_DATA) || (x->flags & END_DATA_CHECKED) ||
        !(x->flags & (END_SYN | END_SYNACK)) ||
        (step->marks & (MARK_KEEP_ALIVE | MARK_WINDOW_PROBE)))
        return;
    x->flags |= END_DATA_CHECKED;
    uint32_t after = s->seq - x->isn;
    if (after > 1u + x->syn_payload && (int64_t)after < MISSED_MAX) {
        check_skip(step, CHECK_SYN_CONSUMES_ONE, REASON_GAP);
        return;
    }
    bool accepted = after >= 1 && (int64_t)after <= 1 + (int64_t)x->syn_payload;
    uint32_t addend = accepted ? after : 1;
    check_add(step, CHECK_SYN_CONSUMES_ONE, base_certainty(x), s->seq, x->isn + addend, addend);
}

/* The sender's next segment after a bare ACK starts at the same number. */
static void check_after_pure_ack(struct step *step)
{
    struct endpoint *x = step->x;
    const struct segment *s = step->s;
    bool pure_before = x->flags & END_PURE_ACK;

    step->after_ack = pure_before;
    x->flags &= ~(unsigned)END_PURE_ACK;
    if ((s->flags & (TCP_SYN | TCP_RST)) || (step->marks & (MARK_KEEP_ALIVE | MARK_WINDOW_PROBE)))
        return;
    if (pure_before && !(x->flags & END_PURE_ACK_CHECKED) &&
        (step->seq == x->snd_nxt || step->seq == x->snd_nxt + 1)) {
        if (step->seq != x->snd_nxt) { /* one byte that the capture missed explains it too */
            check_skip(step, CHECK_PURE_ACK_CONSUMES_NONE, REASON_GAP);
        } else {
            x->flags |= END_PURE_ACK_CHECKED;
            enum certainty certainty = base_certainty(x);
            check_add(step, CHECK_PURE_ACK_CONSUMES_NONE,
                      certainty == CERTAINTY_ASSUMED ? CERTAINTY_OBSERVED : certainty, s->seq,
                      (uint32_t)x->snd_nxt, 0);
        }
    }
    if ((step->facts & WHEN_ACK) && segment_seq_len(s) == 0 && step->seq == x->snd_nxt)
        x->flags |= END_PURE_ACK;
}

static void check_fin(struct step *step)
{
    struct endpoint *x = step->x;
    const struct segment *s = step->s;

    if (!(x->flags & END_FIN) || (s->flags & (TCP_SYN | TCP_RST)))
        return;
    if (s->flags & TCP_FIN) {
        if (x->fins >= REPEATS_LOGGED)
            return;
        check_add(step, CHECK_FIN_SEQ_STABLE, CERTAINTY_OBSERVED, (uint32_t)(step->end - 1),
                  (uint32_t)x->fin_seq, 0);
        return;
    }
    if (step->seq <= x->fin_seq || (x->flags & END_FIN_CHECKED))
        return;
    x->flags |= END_FIN_CHECKED;
    check_add(step, CHECK_FIN_CONSUMES_ONE, CERTAINTY_OBSERVED, s->seq,
              (uint32_t)x->fin_seq + 1, 1);
}

/* The first acknowledgement of the peer's FIN, and the one that ends the connection. */
static void check_ack_of_fin(struct step *step)
{
    const struct segment *s = step->s;
    const struct endpoint *x = step->x, *y = step->y;

    if (!(y->flags & END_FIN) || (y->flags & END_FIN_ACKED) || !step->has_ack ||
        step->ack <= y->fin_seq || (s->flags & TCP_RST))
        return;
    if (step->ack != y->fin_seq + 1 && step->c->failed_fin_acks++ >= FAILED_FIN_ACKS_MAX) {
        step->c->failed_fin_acks = FAILED_FIN_ACKS_MAX;
        return;
    }
    /* Of a stream picked up in the middle, bytes after this FIN may have passed before. */
    bool midstream = y->flags & END_ISN_ASSUMED;
    check_add(step, CHECK_ACK_OF_FIN,
              midstream && step->ack != y->fin_seq + 1 ? CERTAINTY_ASSUMED : CERTAINTY_OBSERVED,
              s->ack, (uint32_t)y->fin_seq + 1, 1);
    if (!(x->flags & END_FIN) || (s->flags & TCP_FIN) || !(step->facts & WHEN_ACKS_FIN))
        return;
    bool holds = s->seq == (uint32_t)x->fin_seq + 1 && s->ack == (uint32_t)y->fin_seq + 1;
    if (connection_fins_crossed(step->c))
        check_add_both(step, CHECK_SIMULTANEOUS_CLOSE_ACKS, holds);
    else if (x->flags & END_FIN_ACKED)
        check_add_both(step, CHECK_LAST_ACK_NUMBERS, holds);
}

void arithmetic_check(struct step *step)
{
    if (step->marks & MARK_COPY)
        return;
    check_syn(step);
    check_third(step);
    check_first_data(step);
    check_after_pure_ack(step);
    check_fin(step);
    check_ack_of_fin(step);
}

/*
 * One number is missing after a bare ACK, its peer goes on waiting for just that, and it never
 * came: the ACK took a number.
 */
static void finish_pure_ack(struct history_pool *pool, const struct connection *c,
                            enum endpoint_id id)
{
    const struct endpoint *end = &c->end[id], *peer = &c->end[endpoint_peer(id)];
    if ((end->flags & END_PURE_ACK_CHECKED) || end->snd_una >= end->snd_nxt ||
        peer->last_time <= end->last_time)
        return;
    uint32_t missing = (uint32_t)end->snd_una;
    history_fail_check(pool, c->log, CHECK_PURE_ACK_CONSUMES_NONE, id, missing + 1, missing);
}

void arithmetic_finish(struct history_pool *pool, struct connection *c)
{
    for (int i = 0; i < 2; i++) {
        const struct endpoint *end = &c->end[i];
        finish_pure_ack(pool, c, (enum endpoint_id)i);
        if (!(end->flags & END_FIN) || (end->flags & END_FIN_ACKED) ||
            history_has_check(pool, c->log, CHECK_ACK_OF_FIN, c->last_frame))
            continue;
        struct event event = { .kind = EVENT_CHECK,
                               .endpoint = (uint8_t)endpoint_peer((enum endpoint_id)i),
                               .detail = CHECK_ACK_OF_FIN,
                               .result = CHECK_SKIPPED,
                               .expected = REASON_NOT_ACKNOWLEDGED,
                               .frame = c->last_frame,
                               .time = c->last_time };
        history_add(pool, c->log, &event);
    }
}
