/* audit_doubt: numbers that look wrong, judged by the other end's next segments. */
#include "tcp/audit_flow.h"
#include "tcp/sequence.h"

/* Frames may stand in a capture in another order than they were sent, by so much: some 10 ms. Of
 * timestamps one tick would do, so more is asked for: some 100 ms; and bytes that were lost are sent
 * again within a second. */
#define SETTLED 3u
#define SETTLED_ECHO 25u
#define SETTLED_HOLE 240u
#define DOUBT_TIME_BITS 22
#define DOUBT_TIME_MASK 0x7ffu

static unsigned doubt_time(const struct step *step)
{
    return (unsigned)(step->s->time >> DOUBT_TIME_BITS) & DOUBT_TIME_MASK;
}

void audit_doubt(const struct audit *audit, enum doubt kind, uint32_t number, uint32_t other)
{
    struct ledger_doubt *doubt = &audit->ledger->doubt;
    audit->ledger->waits = true;
    if (doubt->kind == DOUBT_NONE)
        *doubt = (struct ledger_doubt){ .frame = audit->step->s->frame & FRAME_MAX,
                                        .kind = kind & 15u,
                                        .time = doubt_time(audit->step) & DOUBT_TIME_MASK,
                                        .endpoint = audit->step->x_id & 1u,
                                        .number = number,
                                        .other = other };
}

/* What the other end's segment says of a doubt. */
enum judgement { WAIT, DROP, CONFIRM };

static enum judgement settled(const struct audit *audit)
{
    const struct ledger_doubt *doubt = &audit->ledger->doubt;
    unsigned age = (doubt_time(audit->step) - doubt->time) & DOUBT_TIME_MASK;
    unsigned enough = doubt->kind == DOUBT_ECHO   ? SETTLED_ECHO
                      : doubt->kind == DOUBT_HOLE ? SETTLED_HOLE
                                                  : SETTLED;
    return age >= enough ? CONFIRM : WAIT;
}

/* How far the window of this segment's sender reaches, by this segment too. */
static int64_t edge_now(const struct audit *audit)
{
    const struct step *step = audit->step;
    int64_t edge = step->ack + step_window(step), before = 0;
    bool known = audit_edge(step->y, audit->own, &before);
    return known && before > edge ? before : edge;
}

/* A bare ACK has SND.NXT as its SEQ: nothing that was acknowledged beyond it was ever sent. */
static enum judgement judge_ack(const struct audit *audit)
{
    const struct step *step = audit->step;
    bool bare = step->end == step->seq;
    if (seq_diff((uint32_t)step->end, audit->ledger->doubt.other) > 0)
        return DROP;
    return bare && step->s->seq == audit->ledger->doubt.other ? settled(audit) : WAIT;
}

/* Nothing of this end was missed, and its clock is still behind. */
static enum judgement judge_echo(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct ledger_side *own = audit->own;
    if (!(step->s->options & OPTION_TIMESTAMPS) || (own->known & LEDGER_CLOCKS))
        return DROP;
    if (step->seq > step->x->snd_nxt || seq_diff(step->s->tsval, audit->ledger->doubt.number) >= 0)
        return DROP;
    return step->seq == step->x->snd_nxt ? settled(audit) : WAIT;
}

static enum judgement judge(const struct audit *audit)
{
    const struct step *step = audit->step;
    struct ledger_doubt *doubt = &audit->ledger->doubt;
    int64_t number = seq_unwrap(step->y->snd_nxt, doubt->number);

    switch ((enum doubt)doubt->kind) {
    case DOUBT_NONE:
        break;
    case DOUBT_BEYOND:
    case DOUBT_ABOVE:
    case DOUBT_PROBE:
        return number <= edge_now(audit) ? DROP : settled(audit);
    case DOUBT_BELOW:
        return settled(audit);
    case DOUBT_KEEP_ALIVE:
        return step->ack >= number ? DROP : settled(audit);
    case DOUBT_HOLE:
        return seq_diff(step->s->ack, doubt->other) > 0 ? DROP : settled(audit);
    case DOUBT_ACK:
        return judge_ack(audit);
    case DOUBT_ECHO:
        return judge_echo(audit);
    case DOUBT_PAWS:
        if (step->ack > number)
            return DROP;
        if (step->end == step->seq)
            doubt->kind = DOUBT_PAWS_ANSWERED;
        return WAIT;
    case DOUBT_PAWS_ANSWERED:
        return step->ack > number ? DROP : WAIT;
    }
    return WAIT;
}

/* Which check a doubt is about, and what its number should have been. */
static enum check_id doubted_check(const struct audit *audit, struct audit_sum *sum)
{
    const struct ledger_doubt *doubt = &audit->ledger->doubt;
    sum->observed = doubt->number;
    sum->expected = (uint32_t)edge_now(audit);
    sum->certainty = CERTAINTY_INFERRED;
    switch ((enum doubt)doubt->kind) {
    case DOUBT_BEYOND:
        return CHECK_BEYOND_WINDOW;
    case DOUBT_PROBE:
        sum->saying = 1;
        return CHECK_ZWP_FORMAT;
    case DOUBT_BELOW: {
        uint32_t window = audit->step->x->window_max;
        sum->saying = 1;
        sum->expected = (uint32_t)audit->own->ack - (window > 1 ? window : 1);
        break;
    }
    case DOUBT_KEEP_ALIVE:
        sum->saying = 1;
        sum->observed = audit->step->s->ack;
        sum->expected = doubt->number;
        return CHECK_KEEPALIVE_FORMAT;
    case DOUBT_HOLE:
        sum->expected = doubt->other;
        return CHECK_DATA_CONTINUITY;
    case DOUBT_ACK:
        sum->expected = doubt->other;
        return CHECK_ACK_BEYOND_SENT;
    case DOUBT_ECHO:
        sum->expected = audit->own->tsval_newest;
        if (seq_diff(audit->step->s->tsval, sum->expected) > 0)
            sum->expected = audit->step->s->tsval;
        return CHECK_TS_ECHO_VALID;
    case DOUBT_NONE:
    case DOUBT_ABOVE:
    case DOUBT_PAWS:
    case DOUBT_PAWS_ANSWERED:
        break;
    }
    return CHECK_SEQ_IN_WINDOW;
}

/* The bytes of a hole after all. */
static void hole_filled(const struct audit *audit)
{
    struct ledger_doubt *doubt = &audit->ledger->doubt;
    const struct step *step = audit->step;
    if (doubt->kind == DOUBT_HOLE && doubt->endpoint == step->x_id && step->end > step->seq &&
        seq_diff(step->s->seq, doubt->number) < 0)
        doubt->kind = DOUBT_NONE;
}

/* Data with an old timestamp, answered with a bare ACK that does not take it, sent again. */
static void paws_confirm(const struct audit *audit)
{
    const struct step *step = audit->step;
    struct ledger_doubt *doubt = &audit->ledger->doubt;
    if (doubt->kind != DOUBT_PAWS_ANSWERED || doubt->endpoint != step->x_id ||
        step->s->payload_len == 0 || step->s->seq != doubt->number ||
        (step->s->flags & (TCP_SYN | TCP_RST)))
        return;
    doubt->kind = DOUBT_NONE;
    audit_failed_before(audit, CHECK_PAWS_REJECT, step->x_id, doubt->frame,
                        (struct audit_sum){ .observed = doubt->other,
                                            .expected = audit->other->tsecr,
                                            .certainty = CERTAINTY_INFERRED });
}

static void doubts_judge(const struct audit *audit)
{
    const struct step *step = audit->step;
    struct ledger_doubt *doubt = &audit->ledger->doubt;

    if (doubt->kind == DOUBT_NONE || doubt->endpoint != step->y_id ||
        !(step->s->flags & TCP_ACK) || (step->s->flags & (TCP_SYN | TCP_RST)))
        return;
    enum judgement judgement = step->has_ack ? judge(audit) : DROP;
    if (judgement == CONFIRM) {
        struct audit_sum sum = { .saying = 0 };
        enum check_id id = doubted_check(audit, &sum);
        audit_failed_before(audit, id, step->y_id, doubt->frame, sum);
        sum.saying = 0;
        if (doubt->kind == DOUBT_PROBE)
            audit_failed_before(audit, CHECK_SEQ_IN_WINDOW, step->y_id, doubt->frame, sum);
    }
    if (judgement != WAIT)
        doubt->kind = DOUBT_NONE;
}

/* The ledger is opened behind the SYNs: their windows and timestamps are those of the endpoints. */
static void side_begin(struct ledger_side *side, const struct endpoint *end,
                       const struct endpoint *peer)
{
    if (side->known & LEDGER_BEGUN)
        return;
    side->known |= LEDGER_BEGUN;
    if (!(end->flags & (END_SYN | END_SYNACK)) || end->last_seq != end->isn)
        return;
    if (end->flags & END_LAST_TSVAL) {
        side->known |= LEDGER_STAMP | LEDGER_STAMP_SYN;
        side->tsval_first = side->tsval_newest = end->last_tsval;
    }
    if (peer->flags & END_ISN_KNOWN) {
        uint32_t una = (uint32_t)peer->snd_una, first = peer->isn + 1;
        side->known |= LEDGER_REACH;
        side->reach = (seq_before(una, first) ? first : una) + end->window_max;
    }
}

/* U-space moves when an earlier byte or a late SYN becomes the base of a direction. */
static void side_place(struct ledger_side *side, const struct endpoint *end,
                       const struct endpoint *peer)
{
    side->ack = seq_unwrap(peer->snd_nxt, (uint32_t)side->ack);
    side->urgent = seq_unwrap(end->snd_nxt, (uint32_t)side->urgent);
}

void audit_flow_begin(const struct audit *audit)
{
    const struct step *step = audit->step;
    side_begin(audit->own, step->x, step->y);
    side_begin(audit->other, step->y, step->x);
    side_place(audit->own, step->x, step->y);
    side_place(audit->other, step->y, step->x);
    doubts_judge(audit);
    hole_filled(audit);
    paws_confirm(audit);
}
