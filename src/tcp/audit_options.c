/* audit_options: options of SYN and SYN-ACK, and those that only belong there. */
#include "tcp/audit.h"

#define SCALE_MAX 14u /* RFC 7323 §2.3 */

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

void audit_options(const struct audit *audit)
{
    option_scale(audit);
}
