/*
 * audit_ecn: how explicit congestion notification is agreed upon with AE, CWR and ECE of the
 * SYNs (RFC 3168 §6.1.1, RFC 9768 §3.1), and what is marked then.
 */
#include "tcp/audit.h"

#define BITS (TCP_AE | TCP_CWR | TCP_ECE)

/* What a SYN without ACK asks for. */
static enum ecn ecn_offered(unsigned flags)
{
    switch (flags & BITS) {
    case 0:
        return ECN_OFF;
    case TCP_CWR | TCP_ECE:
        return ECN_CLASSIC;
    default: /* what is not used yet counts as all three: RFC 9768 §3.1.3 */
        return ECN_ACCURATE;
    }
}

static bool ecn_was_offered(const struct connection *c, enum ecn ecn)
{
    return c->ecn_offers >> (ecn - 1) & 1;
}

/* What a SYN-ACK answers: RFC 9768, table 2. */
static enum ecn ecn_answered(unsigned flags)
{
    switch (flags & BITS) {
    case TCP_ECE:
    case TCP_AE | TCP_ECE: /* with a nonce, RFC 3540 */
        return ECN_CLASSIC;
    case TCP_CWR:
    case TCP_CWR | TCP_ECE:
    case TCP_AE:
    case TCP_AE | TCP_CWR:
        return ECN_ACCURATE;
    default: /* all three: what came with the SYN, sent back blindly */
        return ECN_OFF;
    }
}

/* Whether this is the answer to one of the SYNs. */
static bool answer_fits(const struct connection *c, unsigned flags)
{
    enum ecn answer = ecn_answered(flags);
    if ((flags & BITS) == BITS)
        return false;
    if (answer == ECN_CLASSIC)
        return ecn_was_offered(c, ECN_CLASSIC) || ecn_was_offered(c, ECN_ACCURATE);
    return answer == ECN_OFF || ecn_was_offered(c, answer);
}

void audit_ecn_note(const struct step *step)
{
    struct connection *c = step->c;
    unsigned flags = step->s->flags;

    if (!(flags & TCP_ACK)) {
        c->ecn_offers = (c->ecn_offers | 1u << (ecn_offered(flags) - 1)) & 7u;
        return;
    }
    enum ecn answer = ecn_answered(flags);
    if (c->ecn_offers != 0 && !answer_fits(c, flags))
        answer = ECN_OFF;
    if (answer > c->ecn)
        c->ecn = (unsigned)answer & 3u;
}

/* An answer that no SYN in the capture asks for may answer one that is missing there, unless it
 * echoes the timestamp of one that is not (RFC 7323 §3.2). */
static enum certainty answer_certainty(const struct step *step)
{
    const struct segment *s = step->s;
    const struct endpoint *y = step->y;
    bool echo = (s->options & OPTION_TIMESTAMPS) && (y->flags & END_LAST_TSVAL);
    return echo && s->tsecr == y->last_tsval ? CERTAINTY_OBSERVED : CERTAINTY_INFERRED;
}

static void ecn_negotiation(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct segment *s = step->s;

    if (!segment_has(s, TCP_SYN | TCP_ACK) || (s->flags & TCP_RST))
        return;
    if (step->c->ecn_offers == 0) {
        audit_skip(audit, CHECK_ECN_NEGOTIATION, REASON_SYN_NOT_CAPTURED);
        return;
    }
    bool holds = answer_fits(step->c, s->flags);
    struct audit_sum sum = { .observed = s->flags };
    if (!holds)
        sum.certainty = answer_certainty(step);
    audit_result(audit, CHECK_ECN_NEGOTIATION, holds, sum);
}

/* What RFC 3168 §6.1.1, §6.1.4 to §6.1.6 leave unmarked. That a segment came before is inferred. */
static bool must_be_unmarked(const struct step *step, enum certainty *ret_certainty)
{
    *ret_certainty = CERTAINTY_OBSERVED;
    if (step->s->flags & TCP_SYN)
        return true;
    if (step->s->payload_len == 0)
        return !(step->s->flags & (TCP_FIN | TCP_RST));
    *ret_certainty = CERTAINTY_INFERRED;
    return step->marks & (MARK_REPEATED | MARK_KEEP_ALIVE | MARK_WINDOW_PROBE);
}

static void ecn_syn_not_ect(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct connection *c = step->c;
    bool syn = (step->s->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    struct audit_sum sum = { .observed = (uint32_t)(step->s->ip_flags >> 1 & 3) };
    bool accurate = syn ? ecn_offered(step->s->flags) == ECN_ACCURATE
                        : c->ecn == ECN_ACCURATE ||
                              (c->ecn == ECN_UNKNOWN && ecn_was_offered(c, ECN_ACCURATE));

    if (!must_be_unmarked(step, &sum.certainty))
        return;
    if (accurate)
        audit_skip(audit, CHECK_ECN_SYN_NOT_ECT, REASON_ACCECN);
    else if (!syn && c->ecn == ECN_UNKNOWN && c->ecn_offers == 0)
        audit_skip(audit, CHECK_ECN_SYN_NOT_ECT, REASON_SYN_NOT_CAPTURED);
    else
        audit_result(audit, CHECK_ECN_SYN_NOT_ECT, sum.observed == 0, sum);
}

/* Bits 9 to 11 are nobody's. AE is on SYNs, counts marks under RFC 9768, and was the sum of nonces
 * of RFC 3540 before. */
static void ecn_reserved(const struct audit *audit)
{
    const struct connection *c = audit->step->c;
    const struct segment *s = audit->step->s;
    bool ae = s->flags & TCP_AE;
    bool syn = (s->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    bool used = syn || c->ecn == ECN_CLASSIC || ecn_was_offered(c, ECN_ACCURATE);
    struct audit_sum sum = { .observed = (uint32_t)s->reserved << 1 | (ae ? 1u : 0u) };

    if (s->reserved == 0 && ae && !used && c->ecn_offers == 0) {
        audit_skip(audit, CHECK_RESERVED_BITS, REASON_SYN_NOT_CAPTURED);
        return;
    }
    if (s->reserved == 0 && used)
        sum.observed = 0;
    else if (s->reserved == 0 && ae) /* the SYN that asked for it may be missing */
        sum.certainty = CERTAINTY_INFERRED;
    audit_result(audit, CHECK_RESERVED_BITS, sum.observed == 0, sum);
}

void audit_ecn(const struct audit *audit)
{
    ecn_reserved(audit);
    ecn_negotiation(audit);
    ecn_syn_not_ect(audit);
}
