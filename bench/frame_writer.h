/*
 * frame_writer: a pcap file (nanoseconds, Ethernet) of generated segments. Checksums are over
 * the whole packet, also where the snapshot length cuts it. The payload comes from a stock of
 * random bytes with running sums, so that the sum of any piece costs two look-ups.
 */
#ifndef BENCH_FRAME_WRITER_H
#define BENCH_FRAME_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "life.h"

struct frame_writer;

/* NULL with errno. path "-": standard output. */
struct frame_writer *frame_writer_new(const char *path, uint32_t snaplen, uint64_t seed);

/* Writes what is still waiting, closes and frees; false with errno: not all was written. */
bool frame_writer_close(struct frame_writer *writer);

/* Writes a frame and counts up the identity's IP identification; false with errno. */
bool frame_writer_put(struct frame_writer *writer, struct identity *identity,
                      const struct packet *packet);

/* The number of the newest frame: 1, 2, ... */
uint64_t frame_writer_count(const struct frame_writer *writer);

#endif
