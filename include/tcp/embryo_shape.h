/*
 * embryo_shape: what many segments of openings have in common: options, window scale, VLAN tags,
 * lengths, facts of decoding. An embryo keeps the number of its shape and what is its own. Internal
 * to tcp/embryo.
 */
#ifndef TCP_EMBRYO_SHAPE_H
#define TCP_EMBRYO_SHAPE_H

#include <stdint.h>

#include "flow/flow_key.h"

#define SHAPES_MAX 512u
#define SHAPE_NONE UINT16_MAX

struct shapes {
    uint64_t secret[2];
    struct segment list[SHAPES_MAX]; /* what is a segment's own is zero */
    uint32_t uses[SHAPES_MAX];       /* embryos with it; 0: free */
    uint16_t chain[SHAPES_MAX];      /* of its bucket, or of the free ones; number + 1 */
    uint16_t buckets[SHAPES_MAX];    /* number + 1 */
    uint16_t made, free;
    uint16_t newest[2];              /* used last, of SYNs and of SYN-ACKs; number + 1 */
};

/* NULL: out of memory. To be freed with free(). */
struct shapes *shapes_new(const struct flow_secret *secret);

/* The number of this segment's shape, which has one user more; SHAPE_NONE: there is no room. */
uint16_t shape_take(struct shapes *shapes, const struct segment *segment);

/* It has one user less. */
void shape_give(struct shapes *shapes, uint16_t shape);

/* It has one user more. */
static inline void shape_share(struct shapes *shapes, uint16_t shape)
{
    shapes->uses[shape]++;
}

#endif
