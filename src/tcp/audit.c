/* audit: runs the families of checks, and keeps their ledger. */
#include "tcp/audit.h"

#include "tcp/history_pool.h"

/* Whether both ends have closed, or one was reset by the number: what still comes is about nothing
 * new. */
static bool step_is_last(const struct step *step)
{
    return ((step->x->pending | step->y->pending) & 1u << DELIVERY_RST) ||
           (step->x->flags & step->y->flags & END_FIN_ACKED);
}

/* With the ledger found. */
static struct audit audit_begin(struct step *step)
{
    struct audit audit = { .step = step,
                           .ledger = step->ledger,
                           .all = history_all_checks(step->pool) };
    if (audit.ledger != NULL) {
        audit.own = &audit.ledger->side[step->x_id];
        audit.other = &audit.ledger->side[step->y_id];
    }
    return audit;
}

/* The tally of a check of arithmetic never comes here. */
static uint8_t *audit_tally(const struct audit *audit, enum check_id id, enum endpoint_id endpoint)
{
    if (audit->ledger == NULL)
        return NULL;
    return &audit->ledger->tally[endpoint][id - CHECK_ARITHMETIC_N];
}

/* Whether a failure is one of the first. Without a ledger there were SYNs and RSTs only. */
static bool failure_is_noted(const struct audit *audit, enum check_id id,
                             enum endpoint_id endpoint)
{
    uint8_t *tally = audit_tally(audit, id, endpoint);
    const struct endpoint *x = audit->step->x;
    if (tally == NULL)
        return x->syns < AUDIT_FAILURES_NOTED && x->resets <= AUDIT_FAILURES_NOTED;
    unsigned failures = *tally & TALLY_FAILURES;
    if (failures < TALLY_FAILURES)
        ++*tally;
    return failures < AUDIT_FAILURES_NOTED;
}

/* Whether this is the first time: `bit` of the tally is set from now on. */
static bool audit_first(const struct audit *audit, enum check_id id, unsigned bit)
{
    uint8_t *tally = audit_tally(audit, id, audit->step->x_id);
    const struct endpoint *x = audit->step->x;
    if (tally == NULL) { /* a RST is counted already */
        bool of_resets = id >= CHECK_RST_SEQ_ZERO_ACK && id <= CHECK_RST_SEQ_EXACT;
        unsigned resets = (audit->step->s->flags & TCP_RST) ? 1 : 0;
        return (of_resets || x->syns == 0) && x->resets == resets;
    }
    if (*tally & bit)
        return false;
    *tally |= (uint8_t)bit;
    return true;
}

static struct event audit_event(const struct audit *audit, enum check_id id,
                                struct audit_sum sum, bool fails)
{
    struct event event = step_event_init(audit->step, EVENT_CHECK, audit->step->x_id);
    event.detail = (uint8_t)id;
    event.certainty = (uint8_t)sum.certainty;
    event.observed = sum.observed;
    event.expected = sum.expected;
    event.addend = CHECK_ADDEND(fails, sum.saying);
    return event;
}

void audit_tell(const struct audit *audit, enum check_id id, bool holds, struct audit_sum sum)
{
    if (holds ? !audit_first(audit, id, TALLY_HELD)
              : !failure_is_noted(audit, id, audit->step->x_id))
        return;
    struct event event = audit_event(audit, id, sum, !holds);
    step_event(audit->step, &event);
    if (!holds)
        audit->step->notable = true;
}

void audit_failed_before(const struct audit *audit, enum check_id id, enum endpoint_id endpoint,
                         uint64_t frame, struct audit_sum sum)
{
    if (!failure_is_noted(audit, id, endpoint))
        return;
    struct event event = audit_event(audit, id, sum, true);
    event.endpoint = (uint8_t)endpoint;
    event.frame = frame;
    step_event(audit->step, &event);
}

void audit_tell_skipped(const struct audit *audit, enum check_id id, enum check_reason reason)
{
    if (!audit_first(audit, id, TALLY_SKIPPED))
        return;
    struct event event =
        audit_event(audit, id, (struct audit_sum){ .expected = reason }, false);
    event.result = CHECK_SKIPPED;
    step_event(audit->step, &event);
}

void audit_skip_before(const struct audit *audit, enum check_id id, uint64_t frame,
                       enum check_reason reason)
{
    if (!audit->all)
        return;
    /* The same audit, of a segment of which no more than its number is known. */
    const struct segment segment = { .frame = frame };
    struct step step = *audit->step;
    struct audit before = *audit;
    step.s = &segment;
    before.step = &step;
    audit_tell_skipped(&before, id, reason);
}

static void audit_families(const struct audit *audit)
{
    audit_form(audit);
    audit_checksum(audit);
    audit_options(audit);
    audit_sack(audit);
    audit_reset(audit);
    audit_ecn(audit);
    audit_length(audit);
    audit_stamp_syn(audit);
    if (audit->ledger == NULL)
        return;
    audit_flow_begin(audit);
    audit_probe(audit); /* before the window: where both rules are broken it tells of both */
    audit_window(audit);
    audit_order(audit);
    audit_stamp(audit);
}

static inline bool audit_takes_plain(struct step *step)
{
    return !step->pool->all_checks && !step->pool->no_shortcut && audit_is_plain(step);
}

static void audit_check_all(struct step *step)
{
    if (step->marks & MARK_COPY)
        return;
    bool opens = !(step->s->flags & (TCP_SYN | TCP_RST)) && !step_is_last(step);
    if (step->ledger == NULL && opens) {
        step->ledger = history_ledger_open(step->pool, step->c->log);
        step->rules_hold = audit_takes_plain(step);
        if (step->rules_hold)
            return;
    }
    const struct audit audit = audit_begin(step);
    audit_families(&audit);
}

void audit_check(struct step *step)
{
    if (step->c->log == 0 || step->mirrored)
        return;
    step->ledger = history_ledger_at(step->pool, step->c->log);
    step->rules_hold = audit_takes_plain(step);
    if (!step->rules_hold)
        audit_check_all(step);
}

static void audit_note_all(struct step *step)
{
    if (step->c->log == 0 || step->mirrored || (step->marks & MARK_COPY))
        return;
    if (!step->rules_hold)
        audit_options_note(step);
    if (step->ledger == NULL)
        return;
    if (step_is_last(step)) {
        history_ledger_close(step->pool, step->c->log);
        return;
    }
    const struct audit audit = audit_begin(step);
    audit_form_note(&audit);
    audit_length_note(&audit);
    audit_flow_note(&audit);
    audit_sack_note(&audit);
    step->ledger->waits = ledger_waits(step->ledger);
}

void audit_note(struct step *step)
{
    if (step->rules_hold && !(step->marks & MARK_COPY) && !step_is_last(step))
        audit_note_plain(step);
    else
        audit_note_all(step);
}

void audit_damaged(struct step *step)
{
    step->ledger = history_ledger(step->pool, step->c->log);
    const struct audit audit = audit_begin(step);
    if (step->c->log != 0 && !step->mirrored)
        audit_checksum_damaged(&audit);
}

void audit_header(struct step *step)
{
    step->ledger = history_ledger(step->pool, step->c->log);
    const struct audit audit = audit_begin(step);
    if (step->c->log != 0)
        audit_form_header(&audit);
}
