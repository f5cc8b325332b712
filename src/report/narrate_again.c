/*
 * narrate_again: a table from rules to sentences. Names in braces stand for frames, times and
 * numbers of the segment's reason (model/reason).
 */
#include "report/narrate_again.h"

#include <inttypes.h>

#include "report/class_words.h"
#include "report/telling.h"
#include "report/template.h"

struct rule_text {
    enum segment_rule rule;
    const char *text;
};

/* Why bytes that passed here before were sent again: the first rule that decided is told. */
static const struct rule_text causes[] = {
    { RULE_ACKED_BEFORE, "although it had been acknowledged{acked}" },
    { RULE_SACKED_BEFORE, "although a SACK block had told that it arrived{arrived}" },
    { RULE_HOLE_ACKED, "although it had been acknowledged{acked}; its first sending is not in "
                       "this capture" },
    { RULE_AFTER_TIMEOUT, "behind the timeout{timer}, like other bytes that were outstanding "
                          "then" },
    { RULE_THREE_DUPLICATES, "{duplicates}" },
    { RULE_LOST_REPEAT, "once more, because {newer}" },
    { RULE_NEWER_DELIVERED, "because {newer}" },
    { RULE_PARTIAL_ACK, "in the same recovery, without SACK: an ACK of a part only{partial} left "
                        "it as the next that was missing" },
    { RULE_TAIL_PROBE, "as a tail loss probe: {quiet}, and two round trips take "
                       "{trips}" },
    { RULE_NEXT_WAIT, "by a timer, after {quiet}: alone outstanding; how long the next repeat "
                      "waited tells that this one was {kind}" },
    { RULE_ONE_OUTSTANDING, "by a timer, after {quiet}: alone outstanding, where a "
                            "tail loss probe and the retransmission timer look alike" },
    { RULE_FEW_DUPLICATES, "{duplicates}" },
    { RULE_TOO_SOON, "only {gap} after it was sent: no timer ends so soon, so that its sender "
                     "was told of a loss by an ACK that is not in this capture" },
    { RULE_QUIET, "by a timer, we assume: {quiet}" },
    { RULE_SACKED_BEYOND, "in the same recovery, because {newer}" },
    { RULE_TIMEOUT, "by the retransmission timer: {quiet}, the timer is estimated at {timeout}" },
    { RULE_NO_TRIGGER, "and nothing in this capture called for it" },
};

/* Causes that a connection knows besides. */
static const char *const cause_texts[CAUSE_N] = {
    [CAUSE_SYN_DATA] = "because the SYN-ACK{cause} did not acknowledge the data of the SYN",
    [CAUSE_ICMP] = "after the ICMP error{cause}",
    [CAUSE_SYN_REPEATED] = "because the SYN came again{cause}",
};

/* What shows that bytes whose first sending was not seen were sent again. */
static const struct rule_text unseen[] = {
    { RULE_HOLE_IP_ID, "its IP ID {id} is newer than {behind-id} of {behind}" },
    { RULE_HOLE_TIMESTAMP, "its timestamp {tsval} is newer than {behind-tsval} of {behind}" },
    { RULE_SACKED_BEYOND, "the receiver had told of the hole{sack}, and {lag} had passed" },
    { RULE_TIMEOUT, "{lag} had passed, as long as a retransmission timer takes" },
    { RULE_HOLE_TIMING, "these numbers are from before the capture began" },
};

/* What shows that bytes were overtaken. */
static const struct rule_text late[] = {
    { RULE_BEHIND_ANSWER, "it stands behind its own acknowledgement{arrived}: the recorder mixed "
                          "them up" },
    { RULE_HOLE_IP_ID, "its IP ID {id} is older than {behind-id} of {behind}" },
    { RULE_HOLE_TIMESTAMP, "its timestamp {tsval} is not newer than {behind-tsval} of {behind}" },
    { RULE_HOLE_TIMING, "only the time tells: {lag} is shorter than a round trip" },
};

/* What shows that a repeat was not needed. */
static const struct rule_text needless[] = {
    { RULE_DSACK, "{told} reports these bytes as received twice (D-SACK)" },
    { RULE_EIFEL, "{told} acknowledges it and echoes the timestamp {echoed}, older than its own "
                  "{tsval}: the first sending had arrived" },
    { RULE_LATE_ORIGINAL, "its first sending came after it, in {told}" },
    { RULE_EARLY_ACK, "{told} acknowledged it{told-after}; the way to the receiver and back "
                      "takes {shortest}" },
    { RULE_FRTO, "after the timeout ACKs went on ({told}) for what was sent only before it" },
    { RULE_CROSSING, "its acknowledgement had passed before{arrived}" },
    { RULE_RECEIVED, "at the receiver's own host, where this was captured, these bytes had arrived "
                     "before" },
};

/* What shows that it is one packet twice. */
static const struct rule_text copies[] = {
    { RULE_SAME_PACKET, "the same IP ID, and what is sent again gets a new one" },
    { RULE_SAME_STAMP, "the same timestamp, and what is sent again later gets a newer one" },
    { RULE_SAME_TIME, "the same in all fields, at the very same time" },
    { RULE_PASSED_ON, "the same in all fields but its TTL or VLAN: before and behind a router or "
                      "switch" },
    { RULE_SAME_FRAME, "the same in all fields" },
};

static const char *rule_text_of(const struct rule_text *list, size_t count, uint64_t rules)
{
    for (size_t i = 0; i < count; i++)
        if (rules & RULE(list[i].rule))
            return list[i].text;
    return NULL;
}

#define TEXT_OF(list, rules) rule_text_of(list, sizeof(list) / sizeof((list)[0]), rules)

/* "1448 B", "SYN,ACK", "FIN and 120 B". */
static void add_what(struct strbuf *out, const struct classified *row)
{
    const char *control = !(row->flags & TCP_SYN)  ? ((row->flags & TCP_FIN) ? "FIN" : "")
                          : (row->flags & TCP_ACK) ? "SYN,ACK"
                                                   : "SYN";
    strbuf_add(out, control);
    if (row->length > 0 || control[0] == '\0')
        strbuf_printf(out, "%s%" PRIu32 " B", control[0] != '\0' ? " and " : "", row->length);
}

/* "; first sent in frame 36, 21.3 ms before". */
static void add_origin(struct strbuf *out, const struct telling *t)
{
    if (t->row->original == 0)
        return;
    strbuf_printf(out, "; first sent in frame %" PRIu64, (uint64_t)t->row->original);
    telling_before(out, t, ", ", t->row->original, " before");
    if (t->row->tags & TAG(TAG_LOST_AGAIN))
        strbuf_add(out, ", and again since then");
}

/* "; overtaken by 3 segments (frames 6 to 8), 1.2 ms". */
static void add_overtakers(struct strbuf *out, const struct telling *t)
{
    const struct segment_list *segments = &t->connection->segments;
    uint32_t end = t->row->seq + classified_space(t->row);
    uint64_t first = 0, last = 0, count = 0;
    for (size_t i = segment_list_place(segments, t->row->frame); i-- > 0;) {
        const struct classified *other = segments->list[i];
        if (t->reason->behind == 0 || other->time < t->reason->behind)
            break;
        if (other->from != t->row->from || (int32_t)(other->seq - end) < 0 ||
            (other->length == 0 && !(other->flags & TCP_FIN)))
            continue;
        first = other->frame;
        last = last == 0 ? other->frame : last;
        count++;
    }
    if (count == 0)
        return;
    strbuf_printf(out, ", overtaken by %s%" PRIu64 " segment%s (frame%s %" PRIu64,
                  t->connection->summary->segments_left_out > 0 ? "at least " : "", count,
                  count == 1 ? "" : "s", count == 1 ? "" : "s", first);
    if (last != first)
        strbuf_printf(out, " to %" PRIu64, last);
    strbuf_add_char(out, ')');
    telling_before(out, t, ", ", first, count == 1 ? " behind it" : " behind the first");
}

static void tell_late(struct strbuf *out, const struct telling *t)
{
    const char *text = TEXT_OF(late, t->row->rules);
    strbuf_add(out, t->row->class == CLASS_CAPTURE_REORDERED
                        ? " stands late in the capture" : " came late");
    if (t->row->rules & RULE(RULE_SEEN_BEFORE))
        strbuf_add(out, ", behind its own repeat");
    else
        add_overtakers(out, t);
    if (text == NULL)
        return;
    strbuf_add(out, "; ");
    template_fill(out, text, telling_put, t);
}

static void tell_copy(struct strbuf *out, const struct telling *t)
{
    const char *text = TEXT_OF(copies, t->row->rules);
    strbuf_add(out, " twice: a copy");
    if (t->row->original != 0) {
        strbuf_printf(out, " of frame %" PRIu64, (uint64_t)t->row->original);
        telling_before(out, t, ", ", t->row->original, " behind it");
    }
    strbuf_add(out, ", made by the network");
    if (text == NULL)
        return;
    strbuf_add(out, "; ");
    template_fill(out, text, telling_put, t);
}

static void tell_hole(struct strbuf *out, const struct telling *t)
{
    const char *text = TEXT_OF(unseen, t->row->rules);
    bool doubtful = t->row->class == CLASS_AMBIGUOUS;
    strbuf_add(out, doubtful ? " overtaken or sent again" : " sent again, the first sending is not "
                                                            "in this capture");
    if (t->reason->behind != 0)
        template_fill(out, ": it fills a hole that {behind} showed {lag} before", telling_put, t);
    if (doubtful || text == NULL) {
        strbuf_add(out, doubtful ? ", and no frame tells which" : "");
        return;
    }
    strbuf_add(out, "; ");
    template_fill(out, text, telling_put, t);
}

static void tell_repeat(struct strbuf *out, const struct telling *t)
{
    uint64_t frame;
    enum class_cause cause = class_cause(t->connection, t->row, &frame);
    bool syn = t->row->flags & TCP_SYN; /* that it was acknowledged does not say why it came */
    uint64_t rules = syn ? t->row->rules & ~RULE(RULE_ACKED_BEFORE) : t->row->rules;
    const char *text = cause != CAUSE_NONE ? cause_texts[cause] : TEXT_OF(causes, rules);
    strbuf_add(out, " sent again");
    if (text != NULL && t->row->reason != NULL) {
        strbuf_add_char(out, ' ');
        template_fill(out, text, telling_put, t);
    } else {
        strbuf_printf(out, " (%s)", class_words[t->row->class].count);
    }
    if (rules != t->row->rules)
        template_fill(out, ", although it had been acknowledged{acked}", telling_put, t);
    add_origin(out, t);
}

bool narrate_again_has(const struct classified *row)
{
    enum segment_class class = (enum segment_class)row->class;
    return class_is_repeat(class) || class == CLASS_REORDERED ||
           class == CLASS_CAPTURE_REORDERED || class == CLASS_NETWORK_DUPLICATE ||
           class == CLASS_AMBIGUOUS;
}

void narrate_again(struct strbuf *out, const struct connection_report *connection,
                   const struct classified *row)
{
    static const struct reason nothing;
    struct telling t = { connection, row, row->reason != NULL ? row->reason : &nothing };

    add_what(out, row);
    if (row->class == CLASS_REORDERED || row->class == CLASS_CAPTURE_REORDERED)
        tell_late(out, &t);
    else if (row->class == CLASS_NETWORK_DUPLICATE)
        tell_copy(out, &t);
    else if (row->class == CLASS_AMBIGUOUS || row->class == CLASS_RTX_UNSEEN_ORIGINAL)
        tell_hole(out, &t);
    else
        tell_repeat(out, &t);
    narrate_again_where(out, connection, row);
    if (!(row->tags & TAG(TAG_SPURIOUS)))
        return;
    bool named = t.reason->needless_frame != 0;
    const char *text =
        TEXT_OF(needless, named ? RULE(t.reason->needless_rule)
                                : row->rules & (RULE(RULE_CROSSING) | RULE(RULE_RECEIVED)));
    strbuf_add(out, ". It was not needed");
    if (text == NULL)
        return;
    strbuf_add(out, ": ");
    template_fill(out, text, telling_put, &t);
}
