/*
 * loss_book: the memory of tcp/loss: what stays of a connection (its book), what is kept while it
 * lives (its state), and its classified segments. Numbers name books; 0 is none.
 */
#ifndef TCP_LOSS_BOOK_H
#define TCP_LOSS_BOOK_H

#include "model/lost.h"
#include "tcp/kept_bytes.h"
#include "tcp/log_index.h"
#include "tcp/loss_state.h"
#include "tcp/metrics_meter.h"
#include "tcp/segment_log.h"

/* What stays of a connection when its state is closed. */
struct loss_book {
    uint32_t state;             /* 0: none is open */
    uint32_t segments;          /* tcp/segment_log */
    uint32_t tally;             /* what was lost where; 0: nothing was */
    uint32_t repeats[2];        /* by enum endpoint_id: segments of final classes rtx-*, */
    uint64_t repeated_bytes[2]; /* and their payload */
    struct metered metered;     /* what is measured of it */
    uint32_t overlaps[2];       /* segments that brought other bytes than before */
    bool counted;               /* what its state learns counts; it is open for a list otherwise */
    bool stateless;             /* there was no room for its state */
    uint32_t kept;              /* segments in its log, */
    uint32_t left_out;          /* and those that there was no room for */
    bool chosen;                /* its segments are kept where only those of some connections are */
};

/* Where what was sent again was lost, by enum endpoint_id of its sender. */
struct loss_tally {
    struct lost end[2];
};

/* Owned by the history pool. */
struct losses {
    struct log_index book_of; /* by the number of a log (tcp/history): its book */
    struct slab books;
    struct slab states;
    struct slab tallies;
    bool several_inputs; /* which of them show a segment is kept from the first on */
    struct flights flights;
    struct segment_logs logs;
    struct meters meters;
    struct kept_bytes *kept; /* NULL: no payload is kept */
    struct bound uncompared; /* repeats of bytes that were not kept */
    struct bound untold; /* states that could not be opened */
    uint32_t segments_each; /* 0: of all connections; else of chosen ones, so many of each */
};

/* What they may take, books aside, is so many bytes for each connection; a connection that needs
 * more has it from those that need nothing. NULL when out of memory. */
#define LOSS_BYTES 512u
struct losses *losses_new(uint32_t connections_max);
void losses_free(struct losses *losses);

/* From now on segments are kept, so many of all connections together; with `each` only of those
 * that are chosen, and at most so many of one. */
void losses_keep_segments(struct losses *losses, uint64_t segments_max, uint32_t each);

/* Whether this connection's are; its book may be NULL. */
static inline bool losses_keep(const struct losses *losses, const struct loss_book *book)
{
    return segment_logs_kept(&losses->logs) &&
           (losses->segments_each == 0 || (book != NULL && book->chosen));
}

/* Its next segment; the record's reference, 0 when there is no room. */
uint32_t loss_book_add(struct losses *losses, struct loss_book *book,
                       const struct classified *row);

/* Whether its log is so full that it takes up only what is not plain. */
bool loss_book_is_scarce(const struct losses *losses, const struct loss_book *book);

/* Takes back the segment that was added last. */
void loss_book_undo(struct losses *losses, struct loss_book *book, uint32_t record);

/* From now on payload is kept, to be compared with what comes again. False when out of memory. */
bool losses_keep_bytes(struct losses *losses, const struct flow_secret *secret);

/* Which bounds were reached. */
struct loss_bounds {
    struct bound segments; /* segments for which there was no room */
    struct bound states;   /* connections, in which nothing was known of what they repeat */
    struct bound bytes;    /* repeats of bytes that were not kept any more */
    struct bound ranges;   /* ranges that became one with another */
    struct bound meters;   /* directions that were not measured */
};

struct loss_bounds losses_bounds(const struct losses *losses);

/* NULL for 0. */
static inline struct loss_book *loss_book_at(const struct losses *losses, uint32_t book)
{
    return book != 0 ? slab_at(&losses->books, book) : NULL;
}

/* The same, new where there was none; NULL when there is no memory. */
struct loss_book *loss_book_open(struct losses *losses, uint32_t *book);

/* A cleared state for a book that has none. False when there is no memory; it is not asked for
 * again then, for a connection begun in the middle would be misread. */
bool loss_state_open(struct losses *losses, struct loss_book *book, int64_t now);
static inline struct loss_state *loss_state_at(const struct losses *losses,
                                               const struct loss_book *book)
{
    return slab_at(&losses->states, book->state);
}

void loss_state_close(struct losses *losses, struct loss_book *book);

/* NULL: nothing was counted. open: new where there was none; NULL when there is no memory. */
struct loss_tally *loss_tally_at(const struct losses *losses, const struct loss_book *book);
struct loss_tally *loss_tally_open(struct losses *losses, struct loss_book *book);

/* Client and server change places. */
void loss_swap(struct losses *losses, uint32_t book);

void loss_free(struct losses *losses, uint32_t *book);

#endif
