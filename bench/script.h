/*
 * script: a life's segments, one by one, in the order in which they pass the capture point
 * between client and server: those of its script, and those of the transfers in it.
 */
#ifndef BENCH_SCRIPT_H
#define BENCH_SCRIPT_H

#include "life.h"

enum script_event { SCRIPT_PACKET, SCRIPT_END, SCRIPT_AGAIN };

enum script_event script_next(struct life *life, const struct life_options *options,
                              struct random *random, struct packet *ret_packet);

#endif
