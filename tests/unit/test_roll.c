/* roll: connections by id, in whatever order they were entered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/roll.h"

#define MANY 100

/* Enters connections with these ids, the first `ended` of them as ended ones, and sorts. */
static void sort_ids(const uint64_t *ids, size_t count, size_t ended)
{
    struct connection *list = calloc(count + 1, sizeof *list);
    struct roll roll = { 0 };
    uint64_t sum = 0;
    assert_non_null(list);
    for (size_t i = 0; i < count; i++) {
        list[i].first_frame = ids[i] & FRAME_MAX;
        sum += ids[i] * ids[i];
        if (i < ended)
            assert_true(roll_retire(&roll, &list[i], (int64_t)ids[i] + 7));
    }
    assert_true(roll_call(&roll, count - ended));
    for (size_t i = ended; i < count; i++)
        roll_enter(&roll, &list[i]);
    roll_sort(&roll);
    assert_int_equal(roll.order_count, count);
    for (size_t i = 0; i < count; i++) {
        const struct connection *c = roll.order[i];
        assert_true(i == 0 || roll.order[i - 1]->first_frame < c->first_frame);
        sum -= (uint64_t)c->first_frame * c->first_frame; /* none is lost, none comes twice */
        if (c < list || c >= list + count)
            assert_true(roll_settled(c) == (int64_t)c->first_frame + 7);
    }
    assert_true(sum == 0);
    roll_done(&roll);
    free(list);
}

static void orders(void **state)
{
    (void)state;
    uint64_t rising[MANY], falling[MANY], runs[MANY], mixed[MANY];
    for (uint64_t i = 0; i < MANY; i++) {
        rising[i] = i + 1;
        falling[i] = MANY - i;
        runs[i] = i % 16 * MANY + i / 16 + 1; /* six and a bit of sixteen sorted each */
        mixed[i] = i * 37 % 101 + 1;          /* 101 is prime: all differ */
    }
    for (size_t count = 0; count <= MANY; count++)
        for (size_t ended = 0; ended <= count; ended += count / 3 + 1) {
            sort_ids(rising, count, ended);
            sort_ids(falling, count, ended);
            sort_ids(runs, count, ended);
            sort_ids(mixed, count, ended);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(orders) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
