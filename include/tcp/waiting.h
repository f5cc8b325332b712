/*
 * waiting: how many connections to a service have a SYN and are not open yet, for the services
 * with the most of them. One counts for as long as its client may try (137 to 155 s).
 */
#ifndef TCP_WAITING_H
#define TCP_WAITING_H

#include <stdint.h>

#include "base/space_saving.h"

#define WAITING_CELL_BITS 34 /* 17 s of ns */
#define WAITING_CELLS 9u

/* Of one service: those that began in the newest cells of time. */
struct waiting_cells {
    int64_t newest; /* number of the newest cell */
    uint32_t count[WAITING_CELLS];
};

/* Plain data; all zero is empty. Services are named by 64 good bits. */
struct waiting {
    struct space_saving services;
    struct waiting_cells cells[SPACE_SAVING_ROOM];
};

/* A connection to it begins with a SYN. */
void waiting_begun(struct waiting *waiting, uint64_t service, int64_t time);

/* One that began then waits no longer. */
void waiting_ended(struct waiting *waiting, uint64_t service, int64_t began);

uint32_t waiting_count(struct waiting *waiting, uint64_t service, int64_t now);

#endif
