/*
 * class_case: what each segment is taken for, from a text that somebody who knows TCP and no C can
 * review.
 *
 *     opening sender                     lines that several vectors begin with
 *         0.000 A S seq=1000             lines of the segment_builder
 *     case W1 a repeat within a round trip of a long path
 *     shows                              a vector that has it
 *         after sender                   begins with that opening
 *         0.130 A A seq=1001 len=1460
 *         is 9 rtx-rack of 4 inferred: seen-before newer-delivered
 *         not 9 reordered                neither its class nor a tag of it
 *         again client 1 1460            segments that were sent again, and their payload
 *     unlike                             a vector that looks like it, and is not
 *     unlike none: RFC 9293 allows no other reading      or why there is none
 *
 * "is" has frame, class, first sending, tags in brackets, certainty, and the rules that decided.
 * Each case has both kinds of vectors, or says why not. Each vector is also tracked with other
 * initial numbers, so that 0 and the wrap lie within it, which must change nothing, and without
 * keeping segments, which must not change what is counted.
 */
#ifndef TESTS_CLASS_CASE_H
#define TESTS_CLASS_CASE_H

#include <stdbool.h>
#include <stddef.h>

#define CLASSES_ERRORS 16384

struct classes_checked {
    unsigned cases, vectors;
    char errors[CLASSES_ERRORS]; /* a line each; empty: all is well */
};

/* Checks the cases of the text, which are these in this order, with the openings of another text
 * beside its own. True when all is well. */
bool classes_check(const char *openings, const char *text, const char *const *ids, size_t count,
                   struct classes_checked *ret_checked);

#endif
