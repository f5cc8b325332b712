/*
 * origin: which input each frame of a merged capture came from, in a byte a frame.
 */
#ifndef CAPTURE_ORIGIN_H
#define CAPTURE_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>

struct origins;

/* NULL when out of memory. */
struct origins *origins_new(void);

/* The next frame (numbers count from 1) came from this input. */
void origins_add(struct origins *origins, unsigned input);

/* The input of a frame and its number there; false where it was not remembered. */
bool origins_find(const struct origins *origins, uint64_t frame, unsigned *ret_input,
                  uint64_t *ret_number);

/* Frames for which there was no room. */
uint64_t origins_lost(const struct origins *origins);

void origins_free(struct origins *origins);

#endif
