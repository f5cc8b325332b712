/* audit_form: what a segment says by itself, nearly without those before it. RFC 9293 §3.1. */
#include "tcp/audit.h"

/* RFC 9293 §3.10.7.4, fifth: a segment without ACK is dropped. */
static void form_ack_flag(const struct audit *audit)
{
    const struct segment *s = audit->step->s;
    if (s->flags & (TCP_SYN | TCP_RST))
        return;
    audit_result(audit, CHECK_ACK_FLAG_SET, s->flags & TCP_ACK,
                 (struct audit_sum){ .observed = s->flags });
}

/* What no TCP sends: nothing that counts, SYN with FIN or RST, a FIN without ACK. */
static void form_flags(const struct audit *audit)
{
    unsigned flags = audit->step->s->flags;
    bool legal = (flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) != 0 &&
                 (flags & (TCP_FIN | TCP_ACK)) != TCP_FIN &&
                 (flags & (TCP_SYN | TCP_FIN)) != (TCP_SYN | TCP_FIN) &&
                 (flags & (TCP_SYN | TCP_RST)) != (TCP_SYN | TCP_RST);
    audit_result(audit, CHECK_FLAGS_LEGAL, legal, (struct audit_sum){ .observed = flags });
}

/* Whether nothing of this end can come from `ret_end` on: its FIN stands there. */
static bool stream_end(const struct step *step, int64_t *ret_end)
{
    bool fin = step->s->flags & TCP_FIN;
    *ret_end = fin ? step->end - 1 : step->x->fin_seq;
    return fin || (step->x->flags & END_FIN);
}

/* The pointer names the byte behind the urgent ones, which may still have to be sent (RFC 9293
 * §3.8.5), but must come before the FIN. */
static void form_urgent_pointer(const struct audit *audit)
{
    const struct step *step = audit->step;
    int64_t point = step->seq + step->s->urgent, end;
    struct audit_sum sum = { .saying = 0, .observed = step->s->urgent, .expected = 1 };
    bool beyond = stream_end(step, &end) && point > end;
    if (beyond)
        sum = (struct audit_sum){ .saying = 1, .observed = (uint32_t)point,
                                  .expected = (uint32_t)end };
    audit_result(audit, CHECK_URGENT_POINTER, !beyond && step->s->urgent > 0, sum);
}

/* What cannot be named with 16 bits: the furthest byte that can is named instead. */
static bool urgent_is_further(const struct segment *s)
{
    return s->urgent == UINT16_MAX;
}

/* Of new bytes in their order only: others may have been overtaken on the way. */
static void form_urgent_regress(const struct audit *audit)
{
    const struct step *step = audit->step;
    if (audit->ledger == NULL || !(audit->own->known & LEDGER_URGENT) ||
        step->s->payload_len == 0 || step->seq != step->x->snd_nxt || urgent_is_further(step->s))
        return;
    int64_t point = step->seq + step->s->urgent;
    audit_result(audit, CHECK_URGENT_REGRESS, point >= audit->own->urgent,
                 (struct audit_sum){ .observed = (uint32_t)point,
                                     .expected = (uint32_t)audit->own->urgent });
}

static void form_urgent(const struct audit *audit)
{
    const struct segment *s = audit->step->s;
    if (!(s->flags & TCP_URG)) {
        audit_result(audit, CHECK_URGENT_WITHOUT_FLAG, s->urgent == 0,
                     (struct audit_sum){ .observed = s->urgent });
        return;
    }
    if (s->flags & (TCP_SYN | TCP_RST))
        return;
    form_urgent_pointer(audit);
    form_urgent_regress(audit);
}

/* A header whose length is left to the card has no checksum yet either, nor has one of zero. */
static void form_ip(const struct audit *audit)
{
    const struct segment *s = audit->step->s;
    bool first = s->facts & FACT_FRAGMENT_FIRST;
    audit_result(audit, CHECK_IP_FRAGMENTED, !first, (struct audit_sum){ .saying = first });
    if (s->ip_version != 4)
        return;
    bool bad = s->facts & FACT_IP_CHECKSUM_BAD;
    if (bad && (s->facts & (FACT_IP_CHECKSUM_ZERO | FACT_LENGTH_FROM_FRAME |
                            FACT_CHECKSUM_PARTIAL)))
        audit_skip(audit, CHECK_CHECKSUM_IP, REASON_OFFLOAD);
    else
        audit_result(audit, CHECK_CHECKSUM_IP, !bad, (struct audit_sum){ .saying = bad });
}

/* Of a segment that was decoded it fits; tracker_malformed() brings the others. */
void audit_form_header(const struct audit *audit)
{
    const struct segment *s = audit->step->s;
    struct audit_sum sum = { .saying = 0, .observed = s->header_len, .expected = AUDIT_HEADER_MIN };
    bool beyond = (s->facts & FACT_HEADER_BEYOND);
    if (beyond)
        sum = (struct audit_sum){ .saying = 1, .observed = s->header_len,
                                  .expected = s->payload_len };
    audit_result(audit, CHECK_HEADER_LENGTH, !beyond && s->header_len >= AUDIT_HEADER_MIN, sum);
}

void audit_form(const struct audit *audit)
{
    audit_form_header(audit);
    form_ack_flag(audit);
    form_flags(audit);
    form_urgent(audit);
    form_ip(audit);
}

void audit_form_note(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct segment *s = step->s;
    struct ledger_side *own = audit->own;
    int64_t point = step->seq + s->urgent;

    if ((s->flags & (TCP_URG | TCP_SYN | TCP_RST)) != TCP_URG || (step->x->flags & END_JUMP))
        return;
    if (!(own->known & LEDGER_URGENT) || point > own->urgent)
        own->urgent = point;
    own->known |= LEDGER_URGENT;
}
