/* narrate_again_where: between which places a segment was lost, from where it was captured. */
#include "report/narrate_again.h"

#include "report/class_words.h"
#include "report/narrate.h"

/* Whether what called for it tells that its bytes were missing at the receiver; else only that no
 * acknowledgement came. */
static bool bytes_were_missing(const struct classified *row)
{
    return row->class == CLASS_RTX_FAST || row->class == CLASS_RTX_SACK ||
           row->class == CLASS_RTX_RACK || row->class == CLASS_RTX_NEWRENO;
}

/* Whether the capture was taken on this end's own host. */
static bool captured_on(const struct connection_report *connection, enum endpoint_id id)
{
    enum vantage vantage = (enum vantage)connection->vantage.vantage;
    return vantage == (id == CLIENT ? VANTAGE_CLIENT : VANTAGE_SERVER);
}

void narrate_again_where(struct strbuf *out, const struct connection_report *connection,
                         const struct classified *row)
{
    const struct summary *summary = connection->summary;
    enum endpoint_id sender = (enum endpoint_id)row->from, receiver = endpoint_peer(sender);
    char from[64], to[64];
    uint64_t frame;

    /* Several inputs have no one "here". */
    if (!class_is_repeat((enum segment_class)row->class) || connection->some_twice ||
        (row->tags & TAG(TAG_SPURIOUS)) ||
        class_cause(connection, row, &frame) != CAUSE_NONE)
        return;
    narrate_address(summary->endpoints[sender].address, summary->ip_version, from, sizeof from);
    narrate_address(summary->endpoints[receiver].address, summary->ip_version, to, sizeof to);
    if (row->rules & RULE(RULE_ACKED_BEFORE)) {
        strbuf_printf(out, "; that acknowledgement was lost between here and %s, or was late "
                           "(inferred)", from);
    } else if (row->class == CLASS_RTX_UNNEEDED) {
        return;
    } else if (row->class == CLASS_RTX_UNSEEN_ORIGINAL) {
        if (captured_on(connection, sender))
            strbuf_printf(out, "; missing in the capture, which %s itself made: lost by it or in a "
                               "queue of that host (assumed)", from);
        else
            strbuf_printf(out, "; lost between %s and here (inferred)", from);
    } else if (captured_on(connection, receiver)) {
        strbuf_printf(out, "; dropped by %s itself behind the capture point, or its acknowledgement "
                           "was lost (assumed)", to);
    } else {
        strbuf_printf(out, "; %slost between here and %s (inferred)",
                      bytes_were_missing(row)    ? ""
                      : (row->flags & TCP_SYN) ? "it or its answer was "
                                                : "it or its acknowledgement was ", to);
    }
}
