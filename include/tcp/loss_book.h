/*
 * loss_book: the memory of tcp/loss: what stays of a connection (its book), what is kept while it
 * lives (its state), and its classified segments. Numbers name books; 0 is none.
 */
#ifndef TCP_LOSS_BOOK_H
#define TCP_LOSS_BOOK_H

#include "tcp/loss_state.h"
#include "tcp/metrics_meter.h"
#include "tcp/segment_log.h"

/* What stays of a connection when its state is closed. */
struct loss_book {
    uint32_t state;             /* 0: none is open */
    uint32_t segments;          /* tcp/segment_log */
    uint32_t repeats[2];        /* by enum endpoint_id: segments of final classes rtx-*, */
    uint64_t repeated_bytes[2]; /* and their payload */
    struct metered metered;     /* what is measured of it */
};

/* Owned by the history pool. */
struct losses {
    uint32_t *book_of;  /* by the number of a log (tcp/history): its book; 0: none */
    uint32_t book_room; /* logs that it reaches */
    struct slab books;
    struct slab states;
    struct flights flights;
    struct segment_logs logs;
    struct meters meters;
};

/* NULL when out of memory. */
struct losses *losses_new(uint32_t connections_max);
void losses_free(struct losses *losses);

/* A new log: it has no book. False when there is no memory. */
bool losses_reach(struct losses *losses, uint32_t log);

/* From now on segments are kept, so many of all connections together. */
void losses_keep_segments(struct losses *losses, uint64_t segments_max);

/* Segments for which there was no room, and when the first was. */
uint64_t losses_segments_refused(const struct losses *losses, int64_t *ret_since);

/* NULL for 0. */
struct loss_book *loss_book_at(const struct losses *losses, uint32_t book);

/* The same, new where there was none; NULL when there is no memory. */
struct loss_book *loss_book_open(struct losses *losses, uint32_t *book);

/* A cleared state for a book that has none. False when there is no memory. */
bool loss_state_open(struct losses *losses, struct loss_book *book);
struct loss_state *loss_state_at(const struct losses *losses, const struct loss_book *book);
void loss_state_close(struct losses *losses, struct loss_book *book);

/* Client and server change places. */
void loss_swap(struct losses *losses, uint32_t book);

void loss_free(struct losses *losses, uint32_t *book);

#endif
