/*
 * flight: ranges between SND.UNA and SND.NXT. They stay sorted and without gaps whatever is done
 * to them, and never more than FLIGHT_MAX.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp/flight.h"

static void assert_whole(const struct flights *flights, const struct flight *flight)
{
    for (unsigned i = 0; i < flight->count; i++) {
        assert_true(flight_at(flights, flight, i)->seq < flight_at(flights, flight, i)->end);
        if (i > 0)
            assert_true(flight_at(flights, flight, i - 1)->end ==
                        flight_at(flights, flight, i)->seq);
    }
}

static void append(struct flights *flights, struct flight *flight, int64_t seq, int64_t end)
{
    struct range range = { .seq = seq, .end = end, .first = seq, .last = seq,
                           .frame = (uint64_t)seq & 0xffff };
    assert_true(flight_append(flights, flight, &range));
}

/* A ring of eight is passed round many times before it has to grow. */
static void in_order(void **state)
{
    (void)state;
    struct flights flights;
    struct flight flight = { .ring = 0 };
    flights_init(&flights, 1 << 22);
    for (int64_t i = 0; i < 1000; i++) {
        append(&flights, &flight, 10 * i, 10 * i + 10);
        if (flight.count == 8)
            flight_drop(&flight, 5);
    }
    assert_int_equal(flight.shape, 0);
    assert_whole(&flights, &flight);
    assert_int_equal(flight_at(&flights, &flight, flight.count - 1u)->end, 10000);
    flight_free(&flights, &flight);
    assert_int_equal(flight.count, 0);
    flights_done(&flights);
}

static void found(void **state)
{
    (void)state;
    struct flights flights;
    struct flight flight = { .ring = 0 };
    flights_init(&flights, 1 << 22);
    assert_int_equal(flight_find(&flights, &flight, 5), 0);
    for (int64_t i = 0; i < 40; i++) /* grows to 32, then to 128 */
        append(&flights, &flight, 100 + 10 * i, 110 + 10 * i);
    assert_int_equal(flight.shape, 2);
    assert_int_equal(flight_find(&flights, &flight, 0), 0);
    assert_int_equal(flight_find(&flights, &flight, 100), 0);
    assert_int_equal(flight_find(&flights, &flight, 109), 0);
    assert_int_equal(flight_find(&flights, &flight, 110), 1);
    assert_int_equal(flight_find(&flights, &flight, 499), 39);
    assert_int_equal(flight_find(&flights, &flight, 500), 40);
    flights_done(&flights);
}

static void split(void **state)
{
    (void)state;
    struct flights flights;
    struct flight flight = { .ring = 0 };
    flights_init(&flights, 1 << 22);
    append(&flights, &flight, 0, 10);
    append(&flights, &flight, 10, 20);
    append(&flights, &flight, 20, 30);
    assert_true(flight_split(&flights, &flight, 1, 13, 0));
    assert_int_equal(flight.count, 4);
    assert_whole(&flights, &flight);
    assert_int_equal(flight_at(&flights, &flight, 1)->end, 13);
    assert_int_equal(flight_at(&flights, &flight, 2)->first, 10); /* both were sent with it */
    assert_false(flight_split(&flights, &flight, 0, 10, 0)); /* its end */
    assert_false(flight_split(&flights, &flight, 0, 0, 0));
    assert_int_equal(flight.count, 4);
    flights_done(&flights);
}

/* A million holes of one byte: the oldest become one range, and what is new stays exact. */
static void bounded(void **state)
{
    (void)state;
    struct flights flights;
    struct flight flight = { .ring = 0 };
    flights_init(&flights, 1 << 22);
    for (int64_t i = 0; i < 1000000; i++)
        append(&flights, &flight, i, i + 1);
    assert_int_equal(flight.count, FLIGHT_MAX);
    assert_whole(&flights, &flight);
    const struct range *oldest = flight_at(&flights, &flight, 0);
    assert_int_equal(oldest->seq, 0);
    assert_int_equal(oldest->end, 1000000 - (int64_t)FLIGHT_MAX + 1);
    assert_true(oldest->flags & RANGE_COARSE);
    assert_false(flight_at(&flights, &flight, 1)->flags & RANGE_COARSE);
    /* To part one of them the oldest have to become one, too. */
    append(&flights, &flight, 1000000, 1000010);
    assert_true(flight_split(&flights, &flight, flight.count - 1u, 1000005, 7));
    assert_int_equal(flight.count, FLIGHT_MAX);
    assert_whole(&flights, &flight);
    assert_int_equal(flight_at(&flights, &flight, FLIGHT_MAX - 1)->seq, 1000005);
    assert_int_equal(flights.merged.hits, 1000000 - FLIGHT_MAX + 2);
    assert_int_equal(flights.merged.since, FLIGHT_MAX);
    flights_done(&flights);
}

/* No ring is left: what is there stays as it is. */
static void no_memory(void **state)
{
    (void)state;
    struct flights flights;
    struct flight list[65] = { { .ring = 0 } };
    struct range range = { .seq = 0, .end = 1 };
    flights_init(&flights, 1); /* 64 rings of each size at least */
    for (int i = 0; i < 64; i++)
        assert_true(flight_append(&flights, &list[i], &range));
    assert_false(flight_append(&flights, &list[64], &range));
    assert_int_equal(list[64].count, 0);
    assert_int_equal(flights.merged.hits, 1);
    flight_free(&flights, &list[0]);
    assert_true(flight_append(&flights, &list[64], &range));
    flights_done(&flights);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order), cmocka_unit_test(found),     cmocka_unit_test(split),
        cmocka_unit_test(bounded),  cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
