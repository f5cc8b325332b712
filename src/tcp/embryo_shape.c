/* embryo_shape: a small table of segments without what is their own, counted by its users. */
#include "tcp/embryo_shape.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/siphash.h"

struct shapes *shapes_new(const struct flow_secret *secret)
{
    struct shapes *shapes = calloc(1, sizeof *shapes);
    if (shapes != NULL)
        memcpy(shapes->secret, secret->key, sizeof shapes->secret);
    return shapes;
}

/* Without its own numbers, and without what the compiler left between members. */
static void shape_of(const struct segment *s, struct segment *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->flags = s->flags;
    ret->ack = (s->flags & TCP_ACK) ? 0 : s->ack;
    ret->urgent = s->urgent;
    ret->payload_len = s->payload_len;
    ret->payload_captured = s->payload_captured;
    ret->facts = s->facts;
    ret->options = s->options;
    ret->mss = s->mss;
    ret->window_scale = s->window_scale;
    ret->fast_open_len = s->fast_open_len;
    ret->sack_count = s->sack_count;
    ret->ip_version = s->ip_version;
    ret->tsecr = s->tsecr;
    memcpy(ret->sack, s->sack, sizeof ret->sack);
    ret->ip_flags = s->ip_flags;
    ret->header_len = s->header_len;
    ret->vlan_count = s->vlan_count;
    memcpy(ret->vlan, s->vlan, sizeof ret->vlan);
    ret->payload_kind = s->payload_kind;
    ret->input = s->input;
    ret->wire_len = s->wire_len;
    ret->reserved = s->reserved;
    ret->payload_at = s->payload_at;
}

static uint16_t *bucket_of(struct shapes *shapes, const struct segment *shape)
{
    return &shapes->buckets[siphash13(shapes->secret, shape, sizeof *shape) % SHAPES_MAX];
}

static uint16_t shape_find(const struct shapes *shapes, uint16_t at, const struct segment *wanted)
{
    while (at != 0 && memcmp(&shapes->list[at - 1], wanted, sizeof *wanted) != 0)
        at = shapes->chain[at - 1];
    return at;
}

/* A free number + 1, or 0. */
static uint16_t number_take(struct shapes *shapes)
{
    uint16_t number = shapes->free;
    if (number != 0)
        shapes->free = shapes->chain[number - 1];
    else if (shapes->made < SHAPES_MAX)
        number = ++shapes->made;
    return number;
}

uint16_t shape_take(struct shapes *shapes, const struct segment *segment)
{
    uint16_t *newest = &shapes->newest[(segment->flags & TCP_ACK) ? 1 : 0];
    struct segment wanted;
    shape_of(segment, &wanted);
    uint16_t found = *newest;
    if (found == 0 || memcmp(&shapes->list[found - 1], &wanted, sizeof wanted) != 0) {
        uint16_t *bucket = bucket_of(shapes, &wanted);
        found = shape_find(shapes, *bucket, &wanted);
        if (found == 0) {
            found = number_take(shapes);
            if (found == 0)
                return SHAPE_NONE;
            shapes->list[found - 1] = wanted;
            shapes->chain[found - 1] = *bucket;
            *bucket = found;
        }
    }
    *newest = found;
    shapes->uses[found - 1]++;
    return (uint16_t)(found - 1);
}

void shape_give(struct shapes *shapes, uint16_t shape)
{
    if (--shapes->uses[shape] > 0)
        return;
    uint16_t *at = bucket_of(shapes, &shapes->list[shape]);
    while (*at != shape + 1)
        at = &shapes->chain[*at - 1];
    *at = shapes->chain[shape];
    shapes->chain[shape] = shapes->free;
    shapes->free = (uint16_t)(shape + 1);
    for (int i = 0; i < 2; i++)
        if (shapes->newest[i] == shape + 1)
            shapes->newest[i] = 0;
}
