/*
 * audit_length: the length of segments against the MSS that the other end told (RFC 9293 §3.7.1,
 * RFC 6691).
 *
 * A host gives its network card more than that at a time, to be cut up, and a card puts together
 * what arrives, also that of a recorder on the way, with a new checksum. So a longer segment was
 * one on the wire only if its checksum is right, and its host's next segment has the next IP ID:
 * of what was cut up or put together each part took one. It is judged with that next segment.
 */
#include "tcp/audit_flow.h"

#include "base/time_text.h"

/* Without the option: RFC 9293 §3.7.1. What every host must take is as much: RFC 1122 §3.3.2,
 * RFC 8200 §5. */
#define MSS_LEAST_IPV4 536u
#define MSS_LEAST_IPV6 1220u
/* What a card is given in one go follows at once, ns. */
#define AT_ONCE NS_PER_MS

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

/* The payload that the other end allows beside so many bytes of options; 0: it cannot be told. */
static uint32_t payload_most(const struct step *step, uint32_t options)
{
    uint32_t mss = step->y->mss != 0 ? step->y->mss : mss_least(step->s);
    return mss >= AUDIT_MSS_TINY ? mss - options : 0;
}

static uint32_t options_len(const struct segment *s)
{
    return s->header_len - AUDIT_HEADER_MIN;
}

/* Payload, and no SYN, whose sender may not know the MSS yet. */
static bool length_counts(const struct segment *s)
{
    return s->payload_len > 0 && !(s->flags & (TCP_SYN | TCP_RST)) &&
           !(s->facts & FACT_FRAGMENT_FIRST);
}

static void length_of_payload(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct segment *s = step->s;
    uint32_t most = payload_most(step, options_len(s));

    if (!length_counts(s))
        return;
    if (!(step->y->flags & (END_SYN | END_SYNACK)))
        audit_skip(audit, CHECK_LENGTH_MSS, REASON_SYN_NOT_CAPTURED);
    else if (step->y->flags & END_OPTIONS_UNKNOWN)
        audit_skip(audit, CHECK_LENGTH_MSS, REASON_OPTIONS_UNKNOWN);
    else if (s->payload_len <= most)
        audit_result(audit, CHECK_LENGTH_MSS, true,
                     (struct audit_sum){ .observed = s->payload_len, .expected = most });
    else if (most > 0 && (audit->ledger == NULL || !(s->facts & FACT_CHECKSUM_GOOD) ||
                          !audit_ip_id_is_next(audit->own, s)))
        audit_skip(audit, CHECK_LENGTH_MSS, REASON_SEGMENT_OFFLOAD);
}

/* Each of the segments that a card makes of one is full, but for the last: that is the end of what
 * its host had, pushed or not followed at once. How much is full is known from one that was. */
static void length_cut_up(const struct audit *audit)
{
    const struct segment *s = audit->step->s;
    uint32_t most = payload_most(audit->step, options_len(s));

    if (!length_counts(s) || most == 0 || s->payload_len <= most ||
        !(audit->step->y->flags & (END_SYN | END_SYNACK)))
        return;
    if (audit->ledger == NULL || audit->own->full != most)
        audit_skip(audit, CHECK_TSO_CONSISTENT, REASON_MSS_UNKNOWN);
    else if (s->payload_len % most == 0)
        audit_result(audit, CHECK_TSO_CONSISTENT, true, (struct audit_sum){ .observed = 0 });
}

/* The segment before this one was longer than the MSS allows: what was it? */
static void length_before(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct ledger_side *own = audit->own;
    if (audit->ledger == NULL || own->long_frame == 0)
        return;
    uint32_t most = payload_most(step, own->long_options);
    if (most == 0) /* a SYN came since, with an MSS that makes no sense */
        return;
    bool single = own->long_single && audit_ip_id_is_next(own, step->s);
    if (single)
        audit_failed_before(audit, CHECK_LENGTH_MSS, step->x_id, own->long_frame,
                            (struct audit_sum){ .observed = own->long_payload, .expected = most,
                                                .certainty = CERTAINTY_INFERRED });
    else if (own->long_single)
        audit_skip_before(audit, CHECK_LENGTH_MSS, own->long_frame, REASON_SEGMENT_OFFLOAD);
    bool at_once = step->s->payload_len > 0 && step->seq == step->x->snd_nxt &&
                   step->y->last_time < step->x->last_time &&
                   step->s->time - step->x->last_time < AT_ONCE;
    if (own->long_ragged && at_once && !single)
        audit_failed_before(audit, CHECK_TSO_CONSISTENT, step->x_id, own->long_frame,
                            (struct audit_sum){ .observed = own->long_payload % most,
                                                .certainty = CERTAINTY_INFERRED });
}

void audit_length(const struct audit *audit)
{
    length_of_mss(audit);
    length_before(audit);
    length_of_payload(audit);
    length_cut_up(audit);
}

void audit_length_note(const struct audit *audit)
{
    const struct step *step = audit->step;
    const struct segment *s = step->s;
    struct ledger_side *own = audit->own;
    uint32_t most = payload_most(step, options_len(s));
    bool known = (step->y->flags & (END_SYN | END_SYNACK)) &&
                 !(step->y->flags & END_OPTIONS_UNKNOWN) && length_counts(s) && most > 0;

    own->long_frame = 0;
    if (known && s->payload_len > most) {
        own->long_single = (s->facts & FACT_CHECKSUM_GOOD) && audit_ip_id_is_next(own, s);
        own->long_ragged = own->full == most && s->payload_len % most != 0 &&
                           !(s->flags & (TCP_PSH | TCP_FIN));
        own->long_frame = own->long_single || own->long_ragged ? s->frame & FRAME_MAX : 0;
        own->long_payload = s->payload_len & 0xfffff;
        own->long_options = options_len(s) & 0xff;
    } else if (known && s->payload_len == most) {
        own->full = (uint16_t)most;
    }
}
