/*
 * loss_book: the memory of what is sent again. It is bounded, and says which bound was reached, how
 * often, and since when.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp/loss_book.h"

#define ENOUGH 64 /* states that there are whatever the memory */

/* The 65th connection has no state, and is not given one later; the next one has that of a
 * connection that ended. */
static void states(void **state)
{
    (void)state;
    uint32_t number[ENOUGH + 2] = { 0 };
    struct losses *losses = losses_new(1);
    assert_non_null(losses);
    slab_done(&losses->books); /* as many books as connections; here more are wanted */
    slab_init(&losses->books, sizeof(struct loss_book), ENOUGH + 2);
    for (unsigned i = 0; i < ENOUGH; i++)
        assert_true(loss_state_open(losses, loss_book_open(losses, &number[i]), 100 + i));
    assert_int_equal(losses_bounds(losses).states.hits, 0);

    struct loss_book *refused = loss_book_open(losses, &number[ENOUGH]);
    assert_false(loss_state_open(losses, refused, 1000));
    assert_false(loss_state_open(losses, refused, 1001));
    assert_int_equal(losses_bounds(losses).states.hits, 1);
    assert_int_equal(losses_bounds(losses).states.since, 1000);

    loss_state_close(losses, loss_book_at(losses, number[0]));
    assert_false(loss_state_open(losses, refused, 1002));
    assert_true(loss_state_open(losses, loss_book_open(losses, &number[ENOUGH + 1]), 1003));
    assert_int_equal(losses_bounds(losses).states.hits, 1);
    losses_free(losses);
}

/* A hundred thousand connections: what may be taken is what was promised. */
static void memory(void **state)
{
    (void)state;
    struct losses *losses = losses_new(100000);
    assert_non_null(losses);
    uint64_t bytes = (uint64_t)losses->states.most * losses->states.record_size;
    for (unsigned i = 0; i < FLIGHT_SHAPES; i++)
        bytes += (uint64_t)losses->flights.rings[i].most * losses->flights.rings[i].record_size;
    uint64_t promised = 100000 * (uint64_t)LOSS_BYTES;
    assert_true(bytes <= promised + ENOUGH * sizeof(struct loss_state));
    assert_true(bytes > promised - promised / 10);
    losses_free(losses);
}

static void segments(void **state)
{
    (void)state;
    uint32_t log = 0;
    struct losses *losses = losses_new(1);
    assert_non_null(losses);
    losses_keep_segments(losses, CLASSIFIED_CHUNK, 0);
    for (unsigned i = 0; i < CLASSIFIED_CHUNK; i++)
        assert_int_not_equal(
            segment_log_add(&losses->logs, &log, &(struct classified){ .time = i }), 0);
    assert_int_equal(segment_log_add(&losses->logs, &log, &(struct classified){ .time = 50 }), 0);
    assert_int_equal(segment_log_add(&losses->logs, &log, &(struct classified){ .time = 51 }), 0);
    assert_int_equal(losses_bounds(losses).segments.hits, 2);
    assert_int_equal(losses_bounds(losses).segments.since, 50);
    losses_free(losses);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states),
        cmocka_unit_test(memory),
        cmocka_unit_test(segments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
