/*
 * check_case: whether tracking makes a check as wanted, at three places of the number space: far
 * from its end, with both initial numbers its last (so that x + 1 is 0), and with the wrap in the
 * middle of the data. The client's numbers begin at x, the server's at y.
 */
#ifndef TESTS_CHECK_CASE_H
#define TESTS_CHECK_CASE_H

#include "tracker_case.h"

/*
 * The line, in which {x+1} and {y-5} stand for numbers, is among the first connection's checks;
 * with a '-' before it: no line has this in it. Options may be NULL.
 */
void check_case_assert(const char *packets, const char *wanted,
                       const struct case_options *options);

#endif
