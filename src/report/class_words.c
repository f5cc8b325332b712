/* class_words: the table, and counts told with it. */
#include "report/class_words.h"

#include <inttypes.h>

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
    [CLASS_RTX_RACK] = { "again: later arrived", "again",
                         "because what was sent later arrived first" },
    [CLASS_RTX_NEWRENO] = { "again: partial ACK", "again", "in recovery after a partial ACK" },
    [CLASS_RTX_GO_BACK_N] = { "again: after timeout", "again", "behind a timeout" },
    [CLASS_RTX_TLP] = { "again: probe", "again", "as a tail loss probe" },
    [CLASS_RTX_TIMER] = { "again: timer", "again", "by a timer" },
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

void class_words_count(struct strbuf *out, const struct segment_list *segments,
                       enum endpoint_id end)
{
    uint64_t counts[CLASS_N] = { 0 };
    const char *comma = "";

    for (size_t i = 0; i < segments->count; i++) {
        const struct classified *row = segments->list[i];
        if (row->from != (unsigned)end || !class_is_repeat((enum segment_class)row->class))
            continue;
        counts[(row->tags & TAG(TAG_SPURIOUS)) ? CLASS_RTX_UNNEEDED : row->class]++;
    }
    for (unsigned class = CLASS_RTX_SYN; class <= CLASS_RTX_UNSEEN_ORIGINAL; class++) {
        const char *words = class_words[class].count;
        uint64_t sum = 0;
        /* Classes that are told in the same words are one kind. */
        for (unsigned same = class; same <= CLASS_RTX_UNSEEN_ORIGINAL; same++) {
            if (class_words[same].count != words)
                continue;
            sum += counts[same];
            counts[same] = 0;
        }
        if (sum == 0)
            continue;
        strbuf_printf(out, "%s%" PRIu64 " %s", comma, sum, words);
        comma = ", ";
    }
}
