/* loss_reason: what is told of a class besides its rules, where segments are kept. */
#include "tcp/loss_part.h"

/* The reason of the segment at hand; NULL when its record is not kept. */
static struct reason *reason_of(struct loss_case *k)
{
    return k->record != 0 ? segment_log_reason(&k->losses->logs, &k->row) : NULL;
}

uint64_t loss_newest_frame(const struct loss_case *k, const struct range *r)
{
    const struct classified *row = segment_log_at(&k->losses->logs, r->record);
    return row != NULL ? row->frame : r->times == 1 ? r->frame : 0;
}

void loss_tell_trigger(struct loss_case *k, const struct range *r, int64_t quiet,
                       int64_t sacked_bytes)
{
    static const struct loss_side nothing;
    const struct loss_side *x = k->x;
    /* Its sender cannot have measured anything before its SYN was answered. */
    const struct loss_side *measured = (k->step->s->flags & TCP_SYN) ? &nothing : x;
    struct reason *reason = reason_of(k);
    if (reason == NULL)
        return;
    const struct classified *timer = segment_log_at(&k->losses->logs, x->timeout_record);
    bool newer = loss_newer_arrived(x, r);
    reason->quiet = quiet;
    reason->backoff = x->timeouts;
    reason->timeout = loss_timeout(measured) << x->timeouts;
    reason->srtt = measured->srtt;
    reason->rttvar = measured->rttvar;
    reason->duplicates = x->duplicates;
    reason->duplicate_first = x->duplicates > 0 ? x->duplicate_first : 0;
    reason->duplicate_last = x->duplicates > 0 ? x->duplicate_last : 0;
    reason->sack_frame = sacked_bytes > 0 ? x->sack_frame : 0;
    reason->sacked_bytes = sacked_bytes < UINT32_MAX ? (uint32_t)sacked_bytes : UINT32_MAX;
    reason->newer_frame = newer ? x->delivered_frame : 0;
    reason->newer_told = newer ? x->delivered_told : 0;
    reason->timeout_frame = x->mode == MODE_TIMEOUT && timer != NULL ? timer->frame : 0;
    reason->arrived = (r->flags & (RANGE_ACKED | RANGE_SACKED)) ? r->delivered : 0;
    reason->tsval = k->step->s->tsval;
}

void loss_tell_behind(struct loss_case *k, int64_t passed, const struct range *r)
{
    const struct segment *s = k->step->s;
    struct reason *reason = reason_of(k);
    if (reason == NULL)
        return;
    reason->behind = passed;
    reason->behind_tsval = r->tsval;
    reason->behind_ip_id = r->ip_id;
    reason->tsval = s->tsval;
    reason->ip_id = s->ip_version == 4 ? s->ip_id : 0;
    reason->sack_frame = k->x->sacked_end >= r->end ? k->x->sack_frame : 0;
    reason->arrived = (r->flags & (RANGE_ACKED | RANGE_SACKED)) ? r->delivered : 0;
}

void loss_tell_needless(struct loss_case *k, struct classified *row, enum segment_rule rule,
                        enum certainty certainty)
{
    struct reason *reason = segment_log_reason(&k->losses->logs, row);
    if (reason == NULL || (reason->needless_frame != 0 && reason->needless_sure <= certainty))
        return;
    reason->needless_rule = (uint8_t)rule;
    reason->needless_sure = (uint8_t)certainty;
    reason->needless_frame = k->row.frame;
    reason->echoed = k->step->s->tsecr;
    reason->shortest = k->y->leg_far;
}

/* A first sending in its place, or an acknowledgement, and no more. */
static bool is_plain(const struct classified *row)
{
    return row->tags == 0 && (row->class == CLASS_ORIGINAL || row->class == CLASS_ACK);
}

/* In a long connection plain segments leave the room to those that tell something. */
void loss_forget_plain(struct loss_case *k)
{
    if (!is_plain(&k->row) || !loss_book_is_scarce(k->losses, k->book))
        return;
    const struct flights *flights = &k->losses->flights;
    const struct flight *flight = &k->x->flight;
    loss_book_undo(k->losses, k->book, k->record);
    struct range *newest = flight->count > 0 ? flight_at(flights, flight, flight->count - 1u)
                                             : NULL;
    if (newest != NULL && newest->record == k->record)
        newest->record = 0;
    k->record = 0;
}
