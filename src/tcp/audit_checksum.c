/* audit_checksum: the TCP checksum, as far as the capture tells it (RFC 9293 §3.1 MUST-2, -3). */
#include "tcp/audit.h"

/* Why a checksum was not worked out. */
static enum check_reason reason_unknown(const struct segment *s)
{
    if (s->facts & FACT_FRAGMENT_FIRST)
        return REASON_FRAGMENT;
    if (s->facts & (FACT_PAYLOAD_TRUNCATED | FACT_OPTIONS_TRUNCATED))
        return REASON_CUT;
    return REASON_ROUTED;
}

void audit_checksum(const struct audit *audit, bool damaged)
{
    const struct segment *s = audit->step->s;
    struct audit_sum sum = { .observed = s->checksum, .expected = s->checksum };

    if (s->facts & FACT_CHECKSUM_GOOD) {
        audit_result(audit, CHECK_CHECKSUM_TCP, true, sum);
    } else if (damaged) { /* inferred: that it was as wrong on the wire */
        sum.expected = s->checksum_right;
        sum.certainty = CERTAINTY_INFERRED;
        audit_result(audit, CHECK_CHECKSUM_TCP, false, sum);
    } else if (s->facts & FACT_CHECKSUM_BAD) {
        bool left = s->facts & FACT_CHECKSUMS_LEFT;
        audit_skip(audit, CHECK_CHECKSUM_TCP, left ? REASON_OFFLOAD : REASON_UNVERIFIED);
    } else if (s->facts & FACT_CHECKSUM_PARTIAL) {
        audit_skip(audit, CHECK_CHECKSUM_TCP, REASON_OFFLOAD);
    } else {
        audit_skip(audit, CHECK_CHECKSUM_TCP, reason_unknown(s));
    }
}
