/* narrate_again_where: between which places a segment was lost, from where it was captured. */
#include "report/narrate_again.h"

#include <string.h>

#include "report/class_words.h"
#include "report/narrate.h"
#include "report/narrate_lost.h"

/* Whether what called for it tells that its bytes were missing at the receiver; else only that no
 * acknowledgement came. */
static bool bytes_were_missing(const struct classified *row)
{
    return row->class == CLASS_RTX_FAST || row->class == CLASS_RTX_SACK ||
           row->class == CLASS_RTX_RACK || row->class == CLASS_RTX_NEWRENO;
}

/* Whether it was lost at all is unknown: without SACK its sender starts over behind a timeout,
 * whatever arrived (RFC 5681 §3.1), and what passed before the capture began is not known. */
static bool is_unknown(const struct summary *summary, const struct classified *row)
{
    const struct endpoint_summary *ends = summary->endpoints;
    if (row->class == CLASS_RTX_GO_BACK_N)
        return ends[CLIENT].sack_permitted != KNOWN_YES || ends[SERVER].sack_permitted != KNOWN_YES;
    return row->class == CLASS_RTX_UNSEEN_ORIGINAL && (row->rules & RULE(RULE_HOLE_TIMING));
}

void narrate_again_where(struct strbuf *out, const struct connection_report *connection,
                         const struct classified *row)
{
    const struct summary *summary = connection->summary;
    enum endpoint_id sender = (enum endpoint_id)row->from;
    struct strbuf place = { 0 };
    char address[64];
    uint64_t frame;

    /* Several inputs have no one capture point. */
    if (!class_is_repeat((enum segment_class)row->class) || connection->some_twice ||
        (row->tags & TAG(TAG_SPURIOUS)) ||
        class_cause(connection, row, &frame) != CAUSE_NONE)
        return;
    if (row->rules & RULE(RULE_ACKED_BEFORE)) {
        strbuf_printf(out, "; that acknowledgement was lost between the capture point and %s, or "
                           "was late (inferred)",
                      narrate_address(summary->endpoints[sender].address, summary->ip_version,
                                      address, sizeof address));
        return;
    }
    if (row->class == CLASS_RTX_UNNEEDED)
        return;
    enum lost_kind kind = is_unknown(summary, row)                     ? LOST_UNKNOWN
                          : row->class == CLASS_RTX_UNSEEN_ORIGINAL ? LOST_BEFORE
                                                                     : LOST_AFTER;
    enum certainty certainty = narrate_lost_place(&place, connection, sender, kind);
    bool answer = kind == LOST_AFTER && !bytes_were_missing(row) &&
                  strncmp(strbuf_text(&place), "lost ", 5) == 0;
    strbuf_printf(out, "; %s%s (%s)",
                  !answer                    ? ""
                  : (row->flags & TCP_SYN) ? "it or its answer was "
                                            : "it or its acknowledgement was ",
                  strbuf_text(&place), certainty_name(certainty));
    strbuf_done(&place);
}
