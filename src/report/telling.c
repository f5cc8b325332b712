/* telling: the names that sentences about repeats may have in braces. */
#include "report/telling.h"

#include <inttypes.h>
#include <string.h>

#include "base/time_text.h"
#include "diagnose/vantage.h"
#include "report/class_words.h"
#include "report/narrate.h"

/* The segment of this end that passed at this time, before the one that is told of. */
static const struct classified *passed_at(const struct telling *t, enum endpoint_id from,
                                          int64_t time)
{
    const struct segment_list *segments = &t->connection->segments;
    size_t i = segment_list_place(segments, t->row->frame);
    while (time != 0 && i-- > 0)
        if (segments->list[i]->time == time && segments->list[i]->from == (unsigned)from)
            return segments->list[i];
    return NULL;
}

void telling_before(struct strbuf *out, const struct telling *t, const char *before,
                       uint64_t frame, const char *after)
{
    const struct classified *other = segment_list_find(&t->connection->segments, frame);
    if (other != NULL && other->time <= t->row->time)
        narrate_duration(out, before, t->row->time - other->time, after);
}

static void put_arrived(struct strbuf *out, const struct telling *t)
{
    const struct classified *told =
        passed_at(t, endpoint_peer((enum endpoint_id)t->row->from), t->reason->arrived);
    if (told == NULL)
        return;
    strbuf_printf(out, " in frame %" PRIu64, (uint64_t)told->frame);
    telling_before(out, t, ", ", told->frame, " before");
}

/* The first ACK of all of it; in a SACK block it may have been told before. */
static void put_acked(struct strbuf *out, const struct telling *t)
{
    const struct segment_list *segments = &t->connection->segments;
    size_t place = segment_list_place(segments, t->row->frame);
    uint32_t end = t->row->seq + classified_space(t->row);
    for (size_t i = 0; i < place; i++) {
        const struct classified *other = segments->list[i];
        if (other->from == t->row->from || !other->has_ack || other->time < t->reason->arrived ||
            t->reason->arrived == 0 || (int32_t)(other->ack - end) < 0)
            continue;
        strbuf_printf(out, " in frame %" PRIu64, (uint64_t)other->frame);
        telling_before(out, t, ", ", other->frame, " before");
        return;
    }
}

static void add_frame(struct strbuf *out, uint64_t frame)
{
    if (frame != 0)
        strbuf_printf(out, " (frame %" PRIu64 ")", frame);
}

static void put_cause(struct strbuf *out, const struct telling *t)
{
    uint64_t frame;
    class_cause(t->connection, t->row, &frame);
    add_frame(out, frame);
}

static void put_timer(struct strbuf *out, const struct telling *t)
{
    add_frame(out, t->reason->timeout_frame);
}

/* "SACK blocks (frame 43) tell of 2896 B beyond it". */
static void add_sacked(struct strbuf *out, const struct telling *t)
{
    strbuf_printf(out, "SACK blocks (frame %" PRIu64 ") tell of %" PRIu32 " B beyond it",
                  t->reason->sack_frame, t->reason->sacked_bytes);
}

/* Then what passed here its sender had, too. */
static bool captured_near_sender(const struct telling *t)
{
    enum endpoint_id end;
    return vantage_end((enum vantage)t->connection->vantage.vantage, &end) &&
           (unsigned)end == t->row->from;
}

static void put_duplicates(struct strbuf *out, const struct telling *t)
{
    const struct reason *r = t->reason;
    bool sacked = r->sack_frame != 0;
    if (r->duplicates == 0 || (r->duplicates < 3 && sacked)) {
        strbuf_add(out, sacked ? "because " : "after duplicate ACKs");
        if (sacked)
            add_sacked(out, t);
        return;
    }
    strbuf_printf(out, "after %u%s duplicate ACK%s (frame%s %" PRIu64, (unsigned)r->duplicates,
                  r->duplicates == UINT8_MAX ? " or more" : "", r->duplicates == 1 ? "" : "s",
                  r->duplicates == 1 ? "" : "s", r->duplicate_first);
    if (r->duplicate_last != r->duplicate_first)
        strbuf_printf(out, " to %" PRIu64, r->duplicate_last);
    strbuf_add_char(out, ')');
    if (captured_near_sender(t))
        telling_before(out, t, ", ", r->duplicate_last, r->duplicates == 1 ? " after it"
                                                                       : " after the last");
    else if (r->duplicates > 1)
        strbuf_add(out, ", as many as had passed the capture point");
}

static void put_newer(struct strbuf *out, const struct telling *t)
{
    const struct reason *r = t->reason;
    if (r->newer_frame != 0 && r->newer_frame == t->row->original) /* cut up by a network card */
        strbuf_printf(out, "what frame %" PRIu64 " carried behind it had arrived, as frame %" PRIu64
                           " tells", r->newer_frame, r->newer_told);
    else if (r->newer_frame != 0 && r->newer_told != 0)
        strbuf_printf(out, "frame %" PRIu64 ", sent later, had arrived, as frame %" PRIu64
                           " tells", r->newer_frame, r->newer_told);
    else if (r->sack_frame != 0)
        add_sacked(out, t);
    else
        strbuf_add(out, "what was sent later had arrived");
}

/* The newest ACK before it that leaves it as the next. */
static void put_partial(struct strbuf *out, const struct telling *t)
{
    const struct segment_list *segments = &t->connection->segments;
    for (size_t i = segment_list_place(segments, t->row->frame); i-- > 0;) {
        const struct classified *other = segments->list[i];
        if (other->from != t->row->from && other->has_ack && other->ack == t->row->seq) {
            strbuf_printf(out, " (frame %" PRIu64 ")", (uint64_t)other->frame);
            return;
        }
    }
}

static void put_gap(struct strbuf *out, const struct telling *t)
{
    narrate_duration(out, "", t->reason->quiet, "");
}

/* What answered a SYN may have passed here and was lost behind: its timer runs from the SYN. */
static void put_quiet(struct strbuf *out, const struct telling *t)
{
    put_gap(out, t);
    strbuf_add(out, (t->row->flags & TCP_SYN) ? " after it was sent last" : " without news");
}

static void put_kind(struct strbuf *out, const struct telling *t)
{
    strbuf_add(out, t->row->class == CLASS_RTX_TLP ? "a tail loss probe"
                                                   : "by the retransmission timer");
}

static void put_trips(struct strbuf *out, const struct telling *t)
{
    narrate_duration(out, "", 2 * t->reason->srtt, "");
}

/* "220 ms (smoothed round trip 20 ms + 200 ms)", "880 ms (the same, doubled twice)": as RFC 6298
 * §2 has it, with the least variance that Linux uses. */
static void put_timeout(struct strbuf *out, const struct telling *t)
{
    const struct reason *r = t->reason;
    char times[TIME_TEXT_SIZE], margin[TIME_TEXT_SIZE];
    int64_t single = r->timeout >> r->backoff;
    narrate_duration(out, "", r->timeout, r->quiet > r->timeout * 3 / 2 ? " at least" : "");
    if (r->srtt == 0) {
        strbuf_printf(out, " (%s%sas no round trip was measured",
                      r->backoff > 0 ? time_duration(single, times) : "",
                      r->backoff > 0 ? ", " : "");
    } else {
        bool least = single - r->srtt > 4 * r->rttvar;
        strbuf_printf(out, " (smoothed round trip %s + %s%s", time_duration(r->srtt, times),
                      least ? "at least " : "4 x variation ",
                      time_duration(least ? single - r->srtt : r->rttvar, margin));
    }
    if (r->backoff == 1 || r->backoff == 2)
        strbuf_printf(out, ", doubled %s", r->backoff == 1 ? "once" : "twice");
    else if (r->backoff > 2)
        strbuf_printf(out, ", doubled %u times", (unsigned)r->backoff);
    strbuf_add_char(out, ')');
}

static void put_id(struct strbuf *out, const struct telling *t)
{
    strbuf_printf(out, "%u", (unsigned)t->reason->ip_id);
}

static void put_behind_id(struct strbuf *out, const struct telling *t)
{
    strbuf_printf(out, "%u", (unsigned)t->reason->behind_ip_id);
}

static void put_tsval(struct strbuf *out, const struct telling *t)
{
    strbuf_printf(out, "%" PRIu32, t->reason->tsval);
}

static void put_behind_tsval(struct strbuf *out, const struct telling *t)
{
    strbuf_printf(out, "%" PRIu32, t->reason->behind_tsval);
}

static void put_echoed(struct strbuf *out, const struct telling *t)
{
    strbuf_printf(out, "%" PRIu32, t->reason->echoed);
}

static void put_behind(struct strbuf *out, const struct telling *t)
{
    const struct classified *other =
        passed_at(t, (enum endpoint_id)t->row->from, t->reason->behind);
    if (other != NULL)
        strbuf_printf(out, "frame %" PRIu64, (uint64_t)other->frame);
    else
        strbuf_add(out, "what passed before it");
}

static void put_lag(struct strbuf *out, const struct telling *t)
{
    narrate_duration(out, "", t->row->time - t->reason->behind, "");
}

static void put_sack(struct strbuf *out, const struct telling *t)
{
    add_frame(out, t->reason->sack_frame);
}

static void put_told(struct strbuf *out, const struct telling *t)
{
    strbuf_printf(out, "frame %" PRIu64, t->reason->needless_frame);
}

static void put_told_after(struct strbuf *out, const struct telling *t)
{
    const struct classified *told =
        segment_list_find(&t->connection->segments, t->reason->needless_frame);
    if (told != NULL) /* else it has no place in the list */
        narrate_duration(out, " ", told->time - t->row->time, " later");
}

static void put_shortest(struct strbuf *out, const struct telling *t)
{
    narrate_duration(out, "", t->reason->shortest, "");
}

/* What the names in the tables above stand for. */
bool telling_put(struct strbuf *out, const char *name, size_t length, const void *context)
{
    static const struct {
        const char *name;
        void (*put)(struct strbuf *out, const struct telling *telling);
    } facts[] = {
        { "arrived", put_arrived }, { "acked", put_acked }, { "cause", put_cause },
        { "timer", put_timer }, { "duplicates", put_duplicates },
        { "newer", put_newer }, { "partial", put_partial }, { "quiet", put_quiet }, { "gap", put_gap },
        { "kind", put_kind },
        { "trips", put_trips }, { "timeout", put_timeout }, { "id", put_id },
        { "behind-id", put_behind_id }, { "tsval", put_tsval },
        { "behind-tsval", put_behind_tsval }, { "echoed", put_echoed }, { "behind", put_behind },
        { "lag", put_lag }, { "sack", put_sack }, { "told", put_told },
        { "told-after", put_told_after }, { "shortest", put_shortest },
    };
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        if (strlen(facts[i].name) != length || memcmp(facts[i].name, name, length) != 0)
            continue;
        facts[i].put(out, context);
        return true;
    }
    return false;
}
