/* loss_book: slabs of books, states, ranges and records. */
#include "tcp/loss_book.h"

#include <stdlib.h>
#include <string.h>

#define STATES_LEAST 64u

struct losses *losses_new(uint32_t connections_max)
{
    struct losses *losses = calloc(1, sizeof *losses);
    if (losses == NULL)
        return NULL;
    slab_init(&losses->books, sizeof(struct loss_book), connections_max);
    slab_init(&losses->tallies, sizeof(struct loss_tally), connections_max);
    uint64_t bytes = (uint64_t)connections_max * LOSS_BYTES, states = bytes / 2;
    slab_init(&losses->states, sizeof(struct loss_state),
              (uint32_t)(states / sizeof(struct loss_state)) + STATES_LEAST);
    flights_init(&losses->flights, bytes - states);
    segment_logs_init(&losses->logs, 0);
    meters_init(&losses->meters, connections_max);
    return losses;
}

void losses_keep_segments(struct losses *losses, uint64_t segments_max, uint32_t each)
{
    segment_logs_init(&losses->logs, segments_max);
    losses->segments_each = each;
}

bool losses_keep_bytes(struct losses *losses, const struct flow_secret *secret)
{
    losses->kept = kept_bytes_new(secret);
    return losses->kept != NULL;
}

struct loss_bounds losses_bounds(const struct losses *losses)
{
    return (struct loss_bounds){ .segments = losses->logs.refused,
                                 .bytes = losses->uncompared,
                                 .states = losses->untold,
                                 .ranges = losses->flights.merged,
                                 .meters = losses->meters.refused };
}

void losses_free(struct losses *losses)
{
    if (losses == NULL)
        return;
    log_index_done(&losses->book_of);
    slab_done(&losses->books);
    slab_done(&losses->states);
    slab_done(&losses->tallies);
    flights_done(&losses->flights);
    segment_logs_done(&losses->logs);
    meters_done(&losses->meters);
    kept_bytes_free(losses->kept);
    free(losses);
}

struct loss_book *loss_book_open(struct losses *losses, uint32_t *book)
{
    if (*book == 0) {
        *book = slab_take(&losses->books);
        if (*book == 0)
            return NULL;
        memset(slab_at(&losses->books, *book), 0, sizeof(struct loss_book));
    }
    return slab_at(&losses->books, *book);
}

uint32_t loss_book_add(struct losses *losses, struct loss_book *book,
                       const struct classified *row)
{
    bool full = losses->segments_each > 0 && book->kept >= losses->segments_each;
    uint32_t record = full ? 0 : segment_log_add(&losses->logs, &book->segments, row);
    book->kept += record != 0;
    book->left_out += record == 0;
    return record;
}

bool loss_book_is_scarce(const struct losses *losses, const struct loss_book *book)
{
    return losses->segments_each > 0 && book->kept > losses->segments_each / 2;
}

void loss_book_undo(struct losses *losses, struct loss_book *book, uint32_t record)
{
    segment_log_undo(&losses->logs, record);
    book->kept--;
    book->left_out++;
}

bool loss_state_open(struct losses *losses, struct loss_book *book, int64_t now)
{
    if (book->stateless)
        return false;
    book->state = slab_take(&losses->states);
    if (book->state == 0) {
        book->stateless = true;
        bound_hit(&losses->untold, now);
        return false;
    }
    memset(loss_state_at(losses, book), 0, sizeof(struct loss_state));
    return true;
}

void loss_state_close(struct losses *losses, struct loss_book *book)
{
    if (book->state == 0)
        return;
    struct loss_state *state = slab_at(&losses->states, book->state);
    flight_free(&losses->flights, &state->side[0].flight);
    flight_free(&losses->flights, &state->side[1].flight);
    slab_give(&losses->states, book->state);
    book->state = 0;
}

struct loss_tally *loss_tally_at(const struct losses *losses, const struct loss_book *book)
{
    return book->tally != 0 ? slab_at(&losses->tallies, book->tally) : NULL;
}

struct loss_tally *loss_tally_open(struct losses *losses, struct loss_book *book)
{
    if (book->tally == 0) {
        book->tally = slab_take(&losses->tallies);
        if (book->tally == 0)
            return NULL;
        memset(slab_at(&losses->tallies, book->tally), 0, sizeof(struct loss_tally));
    }
    return slab_at(&losses->tallies, book->tally);
}

void loss_free(struct losses *losses, uint32_t *number)
{
    struct loss_book *book = loss_book_at(losses, *number);
    if (book == NULL)
        return;
    loss_state_close(losses, book);
    segment_log_free(&losses->logs, &book->segments);
    metered_close(&losses->meters, &book->metered, true);
    if (book->tally != 0)
        slab_give(&losses->tallies, book->tally);
    slab_give(&losses->books, *number);
    *number = 0;
}

void loss_swap(struct losses *losses, uint32_t number)
{
    struct loss_book *book = loss_book_at(losses, number);
    if (book == NULL)
        return;
    uint32_t repeats = book->repeats[0];
    uint64_t bytes = book->repeated_bytes[0];
    uint32_t overlaps = book->overlaps[0];
    book->repeats[0] = book->repeats[1];
    book->repeats[1] = repeats;
    book->repeated_bytes[0] = book->repeated_bytes[1];
    book->repeated_bytes[1] = bytes;
    book->overlaps[0] = book->overlaps[1];
    book->overlaps[1] = overlaps;
    segment_log_swap(&losses->logs, book->segments);
    metered_swap(&book->metered);
    struct loss_tally *tally = loss_tally_at(losses, book);
    if (tally != NULL) {
        struct lost lost = tally->end[0];
        tally->end[0] = tally->end[1];
        tally->end[1] = lost;
    }
    if (book->state == 0)
        return;
    struct loss_state *state = slab_at(&losses->states, book->state);
    struct loss_side side = state->side[0];
    state->side[0] = state->side[1];
    state->side[1] = side;
}
