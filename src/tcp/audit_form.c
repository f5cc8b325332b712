/* audit_form: what a segment says by itself, without those before it. RFC 9293 §3.1. */
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

/* What no TCP sends: nothing, SYN with FIN or RST, a FIN alone, a lit-up tree. */
static void form_flags(const struct audit *audit)
{
    unsigned flags = audit->step->s->flags;
    unsigned main = flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK);
    bool christmas =
        (flags & (TCP_FIN | TCP_PSH | TCP_URG | TCP_ACK)) == (TCP_FIN | TCP_PSH | TCP_URG);
    bool legal = main != 0 && main != TCP_FIN && !christmas &&
                 (main & (TCP_SYN | TCP_FIN)) != (TCP_SYN | TCP_FIN) &&
                 (main & (TCP_SYN | TCP_RST)) != (TCP_SYN | TCP_RST);
    audit_result(audit, CHECK_FLAGS_LEGAL, legal, (struct audit_sum){ .observed = flags });
}

static void form_urgent(const struct audit *audit)
{
    const struct segment *s = audit->step->s;
    if (!(s->flags & TCP_URG))
        audit_result(audit, CHECK_URGENT_WITHOUT_FLAG, s->urgent == 0,
                     (struct audit_sum){ .observed = s->urgent });
}

void audit_form(const struct audit *audit)
{
    form_ack_flag(audit);
    form_flags(audit);
    form_urgent(audit);
}
