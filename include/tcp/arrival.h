/*
 * arrival: several inputs show one connection, and most of its segments pass two of them: near the
 * sender first, near the receiver later. The first view is tracked like any segment; what the
 * second one adds is here. It shows that the segment came as far as that, and when.
 *
 * Capturing hosts see a segment before their filters and sockets do: that it arrived there is no
 * proof that TCP took it, and no state is more than inferred from it.
 */
#ifndef TCP_ARRIVAL_H
#define TCP_ARRIVAL_H

#include "tcp/connection.h"
#include "tcp/step.h"

/* A segment was tracked: the input that shows it is noted for those of the handshake. `opened`: the
 * SYN-ACK was acknowledged already before it. */
void arrival_first(const struct step *step, bool opened);

/* Another input shows a segment again, which had been tracked as number `frame`. */
void arrival_second(struct history_pool *pool, const struct connection *c,
                    enum endpoint_id sender, uint64_t frame, const struct segment *view);

/*
 * The frame in which this frame's segment was captured next to the end that was to receive it: in
 * an input where that end's own answer in the handshake had followed at once. 0: none.
 */
uint64_t arrival_next_to(const struct history_pool *pool, const struct connection *c,
                         enum endpoint_id receiver, uint64_t frame);

/* How long after the connection's last segment another input shows it, ns; 0: none does. */
int64_t arrival_way(const struct history_pool *pool, const struct connection *c);

/* ns, UNKNOWN_NS where not known: SYN to SYN-ACK, SYN-ACK to third ACK, and both together. */
struct arrival_legs {
    int64_t synack_ns, ack_ns, rtt_ns;
};

/*
 * The legs of the handshake at one place, by one clock: in the input that its SYN passed first, or
 * else in another one that holds all three segments. Between two places a leg is one way, and no
 * round trip: without such an input they are not known. Where one of the three is missing in all
 * inputs, the leg between the others is that of an input that holds both. False when inputs were
 * not noted.
 */
bool arrival_legs(const struct history_pool *pool, const struct connection *c,
                  struct arrival_legs *ret);

#endif
