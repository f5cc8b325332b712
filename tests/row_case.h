/*
 * row_case: the rows of the reference machine, each with its vectors, from a text that somebody
 * who knows TCP and no C can review.
 *
 *     row T25 FIN_WAIT_1: acknowledges the other FIN, its own is not acknowledged
 *     claims client FIN_WAIT_1>CLOSING       what the row says of a state, if it says something
 *     proof                                  a vector with what proves it
 *         open                               frames 1 to 3: CASE_OPEN
 *         0.030 A FA                         lines of the segment_builder
 *         quiet 20                           20 s later a segment of another connection
 *         has 5 client FIN_WAIT_1>CLOSING proved by 6
 *         second not state client CLOSED     of the second connection
 *     without                                a vector without the proof, and
 *     refuted none: an end's own segment is not taken back     one that takes the claim back
 *
 * Each row has all three, in any number, or says why there is none. "has" is a whole line of what
 * is known of the connection (row_facts), "not" a part of one. The words are kept:
 *
 *   - in a proof the claim is observed or proved; without, it is neither; refuted, it is not
 *     there. Where nothing can prove it, it is inferred or assumed in a vector without;
 *   - what "not" denies is there in another vector of the row: what can't be said isn't denied;
 *   - each vector says something, and so does each "none".
 */
#ifndef TESTS_ROW_CASE_H
#define TESTS_ROW_CASE_H

#include <stdbool.h>
#include <stddef.h>

#define ROWS_ERRORS 16384

struct rows_checked {
    unsigned rows, vectors;
    char errors[ROWS_ERRORS]; /* a line each; empty: all is well */
};

/* Checks the rows of the text, which are these in this order. True when all is well. */
bool rows_check(const char *text, const char *const *ids, size_t count,
                struct rows_checked *ret_checked);

#endif
