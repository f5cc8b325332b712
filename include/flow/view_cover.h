/*
 * view_cover: data that cards cut up or joined. One input shows a frame of 20,000 bytes where
 * another shows 14 segments: which bytes has each input shown, and how often?
 */
#ifndef FLOW_VIEW_COVER_H
#define FLOW_VIEW_COVER_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/view_ring.h"

struct view_cover {
    uint16_t first;  /* the view of another input that holds the first byte */
    uint16_t inputs; /* those that have shown some of the bytes more often than this one */
    bool of_several; /* more than one view may be the first */
};

/*
 * True when for each byte of the view, which the input shows now, there is another input that
 * has shown it once more often than this one before now, in the same direction, with the same
 * ACK number and timestamps. False, too, when that would be too much work to find out.
 */
bool view_cover_find(const struct view_ring *ring, const struct ring_view *view, unsigned input,
                     struct view_cover *ret_cover);

#endif
