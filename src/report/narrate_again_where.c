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
    bool before = row->class == CLASS_RTX_UNSEEN_ORIGINAL;
    enum certainty certainty =
        narrate_lost_place(&place, connection, sender, before ? LOST_BEFORE : LOST_AFTER);
    bool answer = !before && !bytes_were_missing(row) &&
                  strncmp(strbuf_text(&place), "lost ", 5) == 0;
    strbuf_printf(out, "; %s%s (%s)",
                  !answer                    ? ""
                  : (row->flags & TCP_SYN) ? "it or its answer was "
                                            : "it or its acknowledgement was ",
                  strbuf_text(&place), certainty_name(certainty));
    strbuf_done(&place);
}
