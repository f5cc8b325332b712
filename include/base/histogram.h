/*
 * histogram: how often times of each length occurred, in bounded room: from 4 us to 69 s in steps
 * of a sixteenth of each power of two, so that a value read back is at most 6.25 % too large. Plain
 * data; all zero is empty.
 */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_LEAST_BITS 12u /* shorter ones are one step */
#define HISTOGRAM_MOST_BITS 36u  /* longer ones, too */
#define HISTOGRAM_STEP_BITS 4u
#define HISTOGRAM_STEPS                                                                          \
    (((HISTOGRAM_MOST_BITS - HISTOGRAM_LEAST_BITS) << HISTOGRAM_STEP_BITS) + 2u)

struct histogram {
    uint16_t counts[HISTOGRAM_STEPS]; /* all are halved when one is full: shares stay */
};

/* Counts a time, ns; a negative one counts as 0. */
void histogram_add(struct histogram *histogram, int64_t value);

/* A time that so many of 100 values do not exceed, at least: the end of its step. 0: empty. */
int64_t histogram_percentile(const struct histogram *histogram, unsigned percent);

#endif
