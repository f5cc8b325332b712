/* audit_options: options of SYN and SYN-ACK, and those that only belong there. */
#include "tcp/audit.h"

#define SCALE_MAX 14u         /* RFC 7323 §2.3 */
#define COOKIE_MIN 4u         /* RFC 7413 §4.1.1 */
#define COOKIE_MAX 16u

static void option_scale(const struct audit *audit)
{
    const struct segment *s = audit->step->s;
    if (!(s->options & OPTION_WINDOW_SCALE))
        return;
    audit_result(audit, CHECK_WSCALE_ONLY_IN_SYN, s->flags & TCP_SYN,
                 (struct audit_sum){ .observed = s->window_scale });
    audit_result(audit, CHECK_WSCALE_BOUNDS, s->window_scale <= SCALE_MAX,
                 (struct audit_sum){ .observed = s->window_scale, .expected = SCALE_MAX });
}

/*
 * A SYN-ACK answers options with options. Not observed: another SYN, which had them, may be
 * missing from the capture; hosts that get no answer try it with fewer.
 */
static void option_symmetry(const struct audit *audit)
{
    static const struct {
        uint16_t option;  /* enum segment_option */
        uint32_t offered; /* enum endpoint_flag */
    } answers[] = { { OPTION_WINDOW_SCALE, END_SCALE },
                    { OPTION_SACK_PERMITTED, END_SACK },
                    { OPTION_TIMESTAMPS, END_TIMESTAMPS } };
    const struct segment *s = audit->step->s;
    const struct endpoint *y = audit->step->y;
    bool holds = true;

    if (!segment_has(s, TCP_SYN | TCP_ACK) || (s->flags & TCP_RST))
        return;
    if (!(y->flags & END_SYN)) {
        audit_skip(audit, CHECK_WSCALE_SYMMETRY, REASON_SYN_NOT_CAPTURED);
        return;
    }
    if ((y->flags & END_OPTIONS_UNKNOWN) || (s->facts & FACT_OPTIONS_TRUNCATED)) {
        audit_skip(audit, CHECK_WSCALE_SYMMETRY, REASON_OPTIONS_UNKNOWN);
        return;
    }
    for (unsigned i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        if (!(s->options & answers[i].option) || (y->flags & answers[i].offered))
            continue;
        holds = false;
        audit_result(audit, CHECK_WSCALE_SYMMETRY, false,
                     (struct audit_sum){ .saying = i + 1, .certainty = CERTAINTY_INFERRED });
    }
    if (holds)
        audit_result(audit, CHECK_WSCALE_SYMMETRY, true, (struct audit_sum){ .saying = 0 });
}

/* A request for a cookie has none: length 0. */
static void option_fast_open(const struct audit *audit)
{
    const struct segment *s = audit->step->s;
    uint32_t length = s->fast_open_len;

    if (!(s->flags & TCP_SYN) || (!(s->options & OPTION_FAST_OPEN) && length == 0))
        return;
    struct audit_sum sum = { .saying = 0, .observed = length, .expected = COOKIE_MIN };
    if (length > COOKIE_MAX)
        sum = (struct audit_sum){ .saying = 1, .observed = length, .expected = COOKIE_MAX };
    else if (length >= COOKIE_MIN && length % 2 != 0)
        sum = (struct audit_sum){ .saying = 2, .observed = length % 2, .expected = 0 };
    bool holds = length >= COOKIE_MIN && length <= COOKIE_MAX && length % 2 == 0;
    if (length > 0)
        audit_result(audit, CHECK_TFO_COOKIE_LENGTH, holds, sum);
}

void audit_options(const struct audit *audit)
{
    option_scale(audit);
    option_symmetry(audit);
    option_fast_open(audit);
}

void audit_options_note(const struct step *step)
{
    const struct segment *s = step->s;
    unsigned kind = s->flags & (TCP_SYN | TCP_ACK | TCP_RST);

    if ((s->options & OPTION_MPTCP) && kind != TCP_SYN) /* a SYN alone only offers it */
        step->c->mptcp = 1;
    if ((kind & (TCP_SYN | TCP_RST)) == TCP_SYN)
        audit_ecn_note(step);
}
