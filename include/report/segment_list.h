/*
 * segment_list: the classified segments of a connection by frame: the one source of what a segment
 * is called. The list is its owner's; what it names is borrowed from the connection's summary.
 */
#ifndef REPORT_SEGMENT_LIST_H
#define REPORT_SEGMENT_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "model/classified.h"
#include "model/summary.h"

struct segment_list {
    const struct classified **list; /* in the order of the capture */
    size_t count;
    size_t room;
};

/* Fills the list anew; empty when none were kept. False when out of memory: it is empty then. */
bool segment_list_fill(struct segment_list *list, const struct summary *summary);

/* The segment of this frame; NULL when it is not known. */
const struct classified *segment_list_find(const struct segment_list *list, uint64_t frame);

/* Its place: list->count when it is not there. */
size_t segment_list_place(const struct segment_list *list, uint64_t frame);

void segment_list_done(struct segment_list *list);

#endif
