/*
 * class_words: how people are told what a segment was sent for, in a few words. One table for all
 * places that speak of classes.
 */
#ifndef REPORT_CLASS_WORDS_H
#define REPORT_CLASS_WORDS_H

#include "base/strbuf.h"
#include "model/classified.h"
#include "model/summary.h"
#include "report/segment_list.h"

struct class_words {
    const char *arrow; /* on an arrow of the diagram: "again: timeout"; NULL: nothing is said */
    const char *brief; /* the same where room is scarce; NULL: the same */
    const char *count; /* of what was sent again: "3 " and this: "after duplicate ACKs" */
};

extern const struct class_words class_words[CLASS_N];

/* What is sent again, by what called for it: "3 after duplicate ACKs, 1 by a timeout, 1 needless".
 * Nothing where this end sent nothing again, or its segments are not known. */
void class_words_count(struct strbuf *out, const struct segment_list *segments,
                       enum endpoint_id end);

#endif
