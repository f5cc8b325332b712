/*
 * audit_length: the length of segments against the MSS that the other end told (RFC 9293 §3.7.1,
 * RFC 6691).
 *
 * A host gives its network card more than that at a time, to be cut up, and a card may put
 * together what arrived: a capture on a host shows segments that never were on the wire. The
 * first have no checksum yet; the second are seen at their receiver only.
 */
#include "tcp/audit.h"

#include "base/time_text.h"
#include "tcp/sequence.h"

#define HEADER_MIN 20u
/* Without the option: RFC 9293 §3.7.1. What every host must take is as much: RFC 1122 §3.3.2,
 * RFC 8200 §5. */
#define MSS_LEAST_IPV4 536u
#define MSS_LEAST_IPV6 1220u
/* Less makes no sense, and hosts send more than that all the same (Linux: 48). */
#define MSS_TINY 88u
/* No host takes so long to answer in the handshake when the capture is its own, ns. */
#define LEG_AWAY (10 * NS_PER_MS)

static uint32_t mss_least(const struct segment *s)
{
    return s->ip_version == 4 ? MSS_LEAST_IPV4 : MSS_LEAST_IPV6;
}

static void length_of_mss(const struct audit *audit)
{
    const struct segment *s = audit->step->s;
    if ((s->flags & (TCP_SYN | TCP_RST)) != TCP_SYN || !(s->options & OPTION_MSS))
        return;
    audit_result(audit, CHECK_LENGTH_MIN_MSS, s->mss >= mss_least(s),
                 (struct audit_sum){ .observed = s->mss, .expected = mss_least(s) });
}

/* The payload that the other end allows with the options of this segment; 0: it cannot be told. */
static uint32_t payload_most(const struct step *step)
{
    const struct segment *s = step->s;
    uint32_t mss = step->y->mss != 0 ? step->y->mss : mss_least(s);
    uint32_t options = s->header_len - HEADER_MIN;
    return mss >= MSS_TINY ? mss - options : 0;
}

/* Whether a card may have made one of several segments, or is to make several of one. */
static bool offload_explains(const struct step *step)
{
    return !(step->s->facts & FACT_CHECKSUM_GOOD) ||
           connection_leg(step->c, step->y_id) < LEG_AWAY;
}

/* Each of the segments that a card makes of one is full, but for the last: then that is the end
 * of what its host had, and pushed. How much is full is known from one that was. */
static void length_cut_up(const struct audit *audit, uint32_t most)
{
    const struct segment *s = audit->step->s;
    if (audit->ledger == NULL || audit->own->full != most) {
        audit_skip(audit, CHECK_TSO_CONSISTENT, REASON_MSS_UNKNOWN);
        return;
    }
    uint32_t rest = s->payload_len % most;
    if (rest == 0 || !(s->flags & (TCP_PSH | TCP_FIN)))
        audit_result(audit, CHECK_TSO_CONSISTENT, rest == 0,
                     (struct audit_sum){ .observed = rest, .certainty = CERTAINTY_INFERRED });
}

static void length_of_payload(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct segment *s = step->s;
    uint32_t most = payload_most(step);

    if (s->payload_len == 0 || (s->flags & (TCP_SYN | TCP_RST)) ||
        (s->facts & FACT_FRAGMENT_FIRST))
        return;
    if (!(step->y->flags & (END_SYN | END_SYNACK))) {
        audit_skip(audit, CHECK_LENGTH_MSS, REASON_SYN_NOT_CAPTURED);
    } else if (step->y->flags & END_OPTIONS_UNKNOWN) {
        audit_skip(audit, CHECK_LENGTH_MSS, REASON_OPTIONS_UNKNOWN);
    } else if (most > 0) {
        bool holds = s->payload_len <= most;
        if (holds || !offload_explains(step)) {
            audit_result(audit, CHECK_LENGTH_MSS, holds,
                         (struct audit_sum){ .observed = s->payload_len, .expected = most,
                                             .certainty = holds ? CERTAINTY_OBSERVED
                                                                : CERTAINTY_INFERRED });
            return;
        }
        audit_skip(audit, CHECK_LENGTH_MSS, REASON_SEGMENT_OFFLOAD);
        length_cut_up(audit, most);
    }
}

void audit_length(const struct audit *audit)
{
    length_of_mss(audit);
    length_of_payload(audit);
}

void audit_length_note(const struct audit *audit)
{
    uint32_t length = audit->step->s->payload_len;
    if (length > 0 && length <= UINT16_MAX && length == payload_most(audit->step))
        audit->own->full = (uint16_t)length;
}
