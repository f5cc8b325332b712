/* audit_checksum: the TCP checksum, as far as the capture tells it (RFC 9293 §3.1 MUST-2, -3). */
#include "tcp/audit.h"

#include "base/seq.h"

/* Why a checksum was not worked out. */
static enum check_reason reason_unknown(const struct segment *s)
{
    if (s->facts & FACT_FRAGMENT_FIRST)
        return REASON_FRAGMENT;
    if (s->facts & (FACT_PAYLOAD_TRUNCATED | FACT_OPTIONS_TRUNCATED))
        return REASON_CUT;
    return REASON_ROUTED;
}

/*
 * Damaged payload came again with a right checksum, and nothing had acknowledged it: it was as
 * wrong on the wire. If it was acknowledged, only the capture is wrong; edited files are like that.
 */
static void checksum_review(const struct audit *audit)
{
    const struct step *step = audit->step;
    struct ledger_side *own = audit->own;
    if (audit->ledger == NULL || own->damaged_frame == 0)
        return;
    int64_t at = seq_unwrap(step->seq, own->damaged_seq);
    bool acked = step->x->snd_una > at;
    bool again = step->seq <= at && at < step->end && (step->s->facts & FACT_CHECKSUM_GOOD);
    if (again && !acked)
        audit_failed_before(audit, CHECK_CHECKSUM_TCP, step->x_id, own->damaged_frame,
                            (struct audit_sum){ .observed = own->damaged_sum,
                                                .expected = own->damaged_right,
                                                .certainty = CERTAINTY_INFERRED });
    else if (acked)
        audit_skip_before(audit, CHECK_CHECKSUM_TCP, own->damaged_frame, REASON_UNVERIFIED);
    if (again || acked)
        own->damaged_frame = 0;
}

void audit_checksum(const struct audit *audit)
{
    const struct segment *s = audit->step->s;

    checksum_review(audit);
    if (s->facts & FACT_CHECKSUM_GOOD) {
        audit_result(audit, CHECK_CHECKSUM_TCP, true,
                     (struct audit_sum){ .observed = s->checksum, .expected = s->checksum });
    } else if (s->facts & FACT_CHECKSUM_BAD) {
        bool left = s->facts & FACT_CHECKSUMS_LEFT;
        audit_skip(audit, CHECK_CHECKSUM_TCP, left ? REASON_OFFLOAD : REASON_UNVERIFIED);
    } else if (s->facts & FACT_CHECKSUM_PARTIAL) {
        audit_skip(audit, CHECK_CHECKSUM_TCP, REASON_OFFLOAD);
    } else {
        audit_skip(audit, CHECK_CHECKSUM_TCP, reason_unknown(s));
    }
}

void audit_checksum_damaged(const struct audit *audit)
{
    const struct segment *s = audit->step->s;
    struct ledger_side *own = audit->own;

    if (audit->ledger == NULL || s->payload_len == 0 || own->damaged_frame != 0) {
        audit_skip(audit, CHECK_CHECKSUM_TCP, REASON_UNVERIFIED);
        return;
    }
    audit->ledger->waits = true;
    own->damaged_frame = s->frame & FRAME_MAX;
    own->damaged_sum = s->checksum;
    own->damaged_seq = s->seq;
    own->damaged_right = s->checksum_right;
}
