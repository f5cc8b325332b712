/*
 * zeek: the two states of a connection as Zeek's own small machine has them. It looks at the
 * flags of what each end sends and asks nothing about numbers, so it is no RFC 9293 machine.
 */
#ifndef TCP_ZEEK_H
#define TCP_ZEEK_H

#include <stdbool.h>
#include <stdint.h>

#include "model/neighbour.h"
#include "model/tcp_state.h"

struct zeek_end {
    uint16_t state : 3;  /* enum zeek_state */
    uint16_t before : 3; /* the state before it */
    uint16_t noted : 7;  /* of tcp/neighbour: letters that are written once */
    uint16_t hole : 2;   /* of tcp/neighbour: enum hole */
};

/* Both ends after x sent a segment with these TCP flags; payload: bytes in it. */
void zeek_sent(struct zeek_end ends[2], enum endpoint_id x, unsigned flags, uint32_t payload);

/* ESTABLISHED, or with a FIN from there: Zeek tells of missing bytes in such connections only. */
bool zeek_is_clean(const struct zeek_end *end);

#endif
