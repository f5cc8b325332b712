/*
 * dispatch: a shard's entries of a batch go to their connections. Internal to tcp/.
 */
#ifndef TCP_DISPATCH_H
#define TCP_DISPATCH_H

#include "tcp/shard.h"

/*
 * Tracks an entry of the batch, its next one. With `direct` the walk has come to it. Else it is false, and
 * nothing was done, where the outcome depends on more than this shard:
 *
 * - a wrong checksum, which is judged by those of its host (tcp/sums);
 * - a segment that may end the connection before it on its ports, which is then settled: by the
 *   time, and by what the capture taught of services; and one behind a SYN that waits for that;
 * - a connection for which another must make room, or whose segments may be wanted;
 * - a handshake that a flood had kept, which is tracked now;
 * - an ICMP error: whether it is a copy of the one before, whatever that was about;
 * - with `expire`, what comes when something may be due.
 */
bool shard_run(struct shard *shard, struct batch *batch, uint16_t number, bool direct);

/* Asks for the memory that its entries will touch, so that it comes meanwhile. */
void shard_expect(const struct shard *shard, const struct batch *batch);

/* Tracks entries as long as nothing has to wait. */
void shard_run_ahead(struct shard *shard, struct batch *batch);

/* The input ended: decides what is still open. False when out of memory. */
bool shard_finish(struct shard *shard);

#endif
