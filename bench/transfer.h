/* transfer: the data phase of a life, in rounds of one window each. */
#ifndef BENCH_TRANSFER_H
#define BENCH_TRANSFER_H

#include "life.h"

/* Begins what step says: STEP_TALK, STEP_BULK or STEP_FILL. */
void transfer_begin(struct life *life, const struct step *step, const struct life_options *options,
                    struct random *random);

/* The next segment; false: the transfer is over. */
bool transfer_next(struct life *life, const struct life_options *options, struct random *random,
                   struct packet *ret_packet);

#endif
