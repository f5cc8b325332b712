/* class_words: the table, and counts told with it. */
#include "report/class_words.h"

#include <inttypes.h>
#include <string.h>

#define DUPLICATES "after duplicate ACKs"
#define TIMER "by a timeout"

const struct class_words class_words[CLASS_N] = {
    [CLASS_WINDOW_UPDATE] = { .arrow = "window update", .brief = "opens" },
    [CLASS_DUPLICATE_ACK] = { .arrow = "dup ACK" },
    [CLASS_KEEP_ALIVE] = { .arrow = "keep-alive" },
    [CLASS_KEEP_ALIVE_ACK] = { .arrow = NULL },
    [CLASS_ZERO_WINDOW_PROBE] = { .arrow = "window probe", .brief = "probe" },
    [CLASS_CHALLENGE_ACK] = { .arrow = "challenge" },
    [CLASS_RTX_SYN] = { "again: no answer", "again", TIMER },
    [CLASS_RTX_SYN_ACK] = { "again", NULL, TIMER },
    [CLASS_RTX_FAST] = { "again: dup ACKs", "again", DUPLICATES },
    [CLASS_RTX_SACK] = { "again: SACK", "again", "in recovery by SACK" },
    [CLASS_RTX_RACK] = { "again: newer came", "again", "because newer data arrived" },
    [CLASS_RTX_NEWRENO] = { "again: partial ACK", "again", "in recovery after a partial ACK" },
    [CLASS_RTX_GO_BACK_N] = { "again: after timeout", "again", "behind a timeout" },
    [CLASS_RTX_TLP] = { "again: probe", "again", "as a tail loss probe" },
    [CLASS_RTX_TIMER] = { "again: timer", "again", "by a timeout or a probe" },
    [CLASS_RTX_RTO] = { "again: timeout", "again", TIMER },
    [CLASS_RTX_OTHER] = { "again: unexplained", "again", "for no reason that is seen" },
    [CLASS_RTX_UNNEEDED] = { "again, needless", "needless", "needless" },
    [CLASS_RTX_UNSEEN_ORIGINAL] = { "again, first not seen", "again",
                                    "whose first sending is not in the capture" },
    [CLASS_REORDERED] = { .arrow = "late" },
    [CLASS_CAPTURE_REORDERED] = { .arrow = "late in capture", .brief = "late" },
    [CLASS_NETWORK_DUPLICATE] = { .arrow = "network copy", .brief = "copy" },
    [CLASS_CAPTURE_DUPLICATE] = { .arrow = "capture copy", .brief = "copy" },
    [CLASS_AMBIGUOUS] = { .arrow = "late or again", .brief = "late" },
    [CLASS_NOT_ACCEPTED] = { .arrow = NULL },
};

/* Of causes: no counts of their own but where they explain what else would have no reason. */
static const struct class_words cause_words[CAUSE_N] = {
    [CAUSE_SYN_DATA] = { "again: not taken", "again", "of what the SYN-ACK did not take" },
    [CAUSE_ICMP] = { "again: ICMP error", "again", "after an ICMP error" },
    [CAUSE_SYN_REPEATED] = { "again: SYN came again", "again", "because the SYN came again" },
};

/* No timer, so the receiver reported a loss, in ACKs that the capture lacks. */
static const struct class_words unseen_report = { "again: loss reported", "again",
                                                  "called for by ACKs that are not captured" };

/* The other end's newest SYN before this SYN-ACK; 0: not known. */
static uint64_t syn_before(const struct segment_list *segments, const struct classified *segment)
{
    for (size_t i = segment_list_place(segments, segment->frame); i-- > 0;)
        if ((segments->list[i]->flags & TCP_SYN) && segments->list[i]->from != segment->from)
            return segments->list[i]->frame;
    return 0;
}

/* The newest ICMP error about this end since the first sending. */
static bool icmp_came(const struct connection_report *connection,
                      const struct classified *segment, uint64_t *ret_frame)
{
    const struct event *error =
        event_last_before(connection->events, connection->event_count, EVENT_ICMP_ERROR,
                          segment->from, segment->frame);
    if (error == NULL || segment->original == 0 || error->frame < segment->original)
        return false;
    *ret_frame = error->frame;
    return true;
}

/* The data of a SYN, behind a SYN-ACK. */
static bool syn_data(const struct connection_report *connection,
                     const struct classified *segment, uint64_t *ret_frame)
{
    const struct classified *original =
        segment_list_find(&connection->segments, segment->original);
    const struct event *fate = event_first(connection->events, connection->event_count,
                                           EVENT_FAST_OPEN, EVENT_ANY);
    if (original == NULL || !(original->flags & TCP_SYN) || fate == NULL ||
        fate->detail != FAST_OPEN_REFUSED)
        return false;
    *ret_frame = fate->evidence;
    return true;
}

enum class_cause class_cause(const struct connection_report *connection,
                             const struct classified *segment, uint64_t *ret_frame)
{
    *ret_frame = 0;
    if (segment->rules & RULE(RULE_ANSWERS_SYN)) {
        *ret_frame = syn_before(&connection->segments, segment);
        return CAUSE_SYN_REPEATED;
    }
    if (segment->class != CLASS_RTX_OTHER)
        return CAUSE_NONE;
    if (syn_data(connection, segment, ret_frame))
        return CAUSE_SYN_DATA;
    return icmp_came(connection, segment, ret_frame) ? CAUSE_ICMP : CAUSE_NONE;
}

const struct class_words *class_words_of(const struct connection_report *connection,
                                         const struct classified *segment)
{
    uint64_t frame;
    enum class_cause cause = class_cause(connection, segment, &frame);
    if (segment->rules & RULE(RULE_TOO_SOON))
        return &unseen_report;
    return cause != CAUSE_NONE ? &cause_words[cause] : &class_words[segment->class];
}

/* Of one kind of repeats. */
struct kind_count {
    const char *words;
    uint64_t count;
};

void class_words_count(struct strbuf *out, const struct connection_report *connection,
                       enum endpoint_id end)
{
    const struct segment_list *segments = &connection->segments;
    struct kind_count kinds[CLASS_N + CAUSE_N] = { { NULL, 0 } };
    uint64_t total = 0;
    const char *comma = "";

    for (size_t i = 0; i < segments->count; i++) {
        const struct classified *row = segments->list[i];
        if (row->from != (unsigned)end || !class_is_repeat((enum segment_class)row->class))
            continue;
        const char *words = (row->tags & TAG(TAG_SPURIOUS))
                                ? class_words[CLASS_RTX_UNNEEDED].count
                                : class_words_of(connection, row)->count;
        size_t kind = 0;
        while (kinds[kind].words != NULL && strcmp(kinds[kind].words, words) != 0)
            kind++;
        kinds[kind].words = words;
        kinds[kind].count++;
        total++;
    }
    for (const struct kind_count *kind = kinds; kind->words != NULL; kind++) {
        if (kind->count == total)
            strbuf_printf(out, "%s%s", total > 1 ? "all " : "", kind->words);
        else
            strbuf_printf(out, "%s%" PRIu64 " %s", comma, kind->count, kind->words);
        comma = ", ";
    }
}
