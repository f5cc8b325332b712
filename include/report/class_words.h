/*
 * class_words: how people are told what a segment was sent for, in a few words. One table for all
 * places that speak of classes.
 */
#ifndef REPORT_CLASS_WORDS_H
#define REPORT_CLASS_WORDS_H

#include "base/strbuf.h"
#include "model/classified.h"
#include "model/summary.h"
#include "report/report.h"

struct class_words {
    const char *arrow; /* on an arrow of the diagram: "again: timeout"; NULL: nothing is said */
    const char *brief; /* the same where room is scarce; NULL: the same */
    const char *count; /* of what was sent again: "3 " and this: "after duplicate ACKs" */
};

extern const struct class_words class_words[CLASS_N];

/* Those of a segment: a repeat that no rule of its class explains may have another cause that the
 * connection knows (class_cause()). */
const struct class_words *class_words_of(const struct connection_report *connection,
                                         const struct classified *segment);

/* Causes of repeats that do not lie in acknowledgements and timers. */
enum class_cause {
    CAUSE_NONE,
    CAUSE_SYN_DATA,     /* the data of a SYN, which the SYN-ACK did not take */
    CAUSE_ICMP,         /* an ICMP error about its sender's segments came right before */
    CAUSE_SYN_REPEATED, /* a SYN-ACK, because the SYN came again */
    CAUSE_N
};

/* ret_frame: of the SYN-ACK, the ICMP error or the SYN; 0: not known. */
enum class_cause class_cause(const struct connection_report *connection,
                             const struct classified *segment, uint64_t *ret_frame);

/* What is sent again, by what called for it: "3 after duplicate ACKs, 1 by a timeout, 1 needless".
 * Of one kind only without the number. Nothing where this end sent nothing again, or its segments are not known. */
void class_words_count(struct strbuf *out, const struct connection_report *connection,
                       enum endpoint_id end);

#endif
