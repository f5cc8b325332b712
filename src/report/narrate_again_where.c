/* narrate_again_where: between which places a segment was lost, from where it was captured. */
#include "report/narrate_again.h"

#include "diagnose/lost_place.h"
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

/* Whether its receiver was there when it should have had the bytes: it acknowledged them, or spoke
 * so much later than they were sent that their acknowledgement was due. */
static bool receiver_was_there(const struct connection_report *connection,
                               const struct classified *row)
{
    const struct segment_list *segments = &connection->segments;
    const struct summary *summary = connection->summary;
    const struct classified *first = segment_list_find(segments, row->original);
    int64_t leg = row->from == CLIENT ? summary->synack_ns : summary->ack_ns;
    int64_t due = (first != NULL ? first->time : row->time) + (leg > 0 ? leg + leg / 2 : 0);
    uint32_t end = row->seq + classified_space(row);

    for (size_t i = segments->count; i-- > 0 && segments->list[i]->frame > row->original;) {
        const struct classified *other = segments->list[i];
        if (other->from != row->from &&
            (other->time > due || (other->has_ack && (int32_t)(other->ack - end) >= 0)))
            return true;
    }
    return false;
}

/* As the counts have it (tcp/loss_tally): what no frame tells is not told here either. */
static enum lost_kind lost_kind_of(const struct connection_report *connection,
                                   const struct classified *row)
{
    const struct endpoint_summary *ends = connection->summary->endpoints;
    bool sack = ends[CLIENT].sack_permitted == KNOWN_YES &&
                ends[SERVER].sack_permitted == KNOWN_YES;
    bool one_way = ends[endpoint_peer((enum endpoint_id)row->from)].segments == 0;

    if (row->class == CLASS_RTX_UNSEEN_ORIGINAL) /* or from before the capture began */
        return row->rules & RULE(RULE_HOLE_TIMING) ? LOST_UNKNOWN : LOST_BEFORE;
    if (row->class == CLASS_RTX_GO_BACK_N && !sack) /* its sender does not know what arrived */
        return LOST_UNKNOWN;
    if (!bytes_were_missing(row) && !one_way && !receiver_was_there(connection, row))
        return LOST_UNKNOWN;
    return LOST_AFTER;
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
        strbuf_printf(out, "; %s was lost between the capture point and %s, or was late (inferred)",
                      row->reason != NULL ? "that acknowledgement" : "an acknowledgement of it",
                      narrate_address(summary->endpoints[sender].address, summary->ip_version,
                                      address, sizeof address));
        return;
    }
    if (row->class == CLASS_RTX_UNNEEDED)
        return;
    enum lost_kind kind = lost_kind_of(connection, row);
    enum certainty certainty = narrate_lost_place(&place, connection, sender, kind);
    /* At the receiver the words of the place name the acknowledgement themselves. */
    bool answer = kind == LOST_AFTER && !bytes_were_missing(row) &&
                  lost_view_of((enum vantage)connection->vantage.vantage, sender) !=
                      VIEW_AT_RECEIVER;
    strbuf_printf(out, "; %s%s (%s)",
                  !answer                    ? ""
                  : (row->flags & TCP_SYN) ? "it or its answer was "
                                            : "it or its acknowledgement was ",
                  strbuf_text(&place), certainty_name(certainty));
    strbuf_done(&place);
}
