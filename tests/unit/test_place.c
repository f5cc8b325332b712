/* test_place: places are one in so many frames, and there are never too many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/place.h"

/* Frames of 100 bytes behind a header of 24, as many as `count`. */
static void feed(struct places *places, uint64_t count)
{
    for (uint64_t frames = 1; frames <= count; frames++)
        if (places_want(places, frames))
            places_add(places, 24 + 100 * frames);
}

static void nearest_before(void **state)
{
    (void)state;
    struct places places;
    uint64_t frames = 0, offset = 0;
    assert_true(places_init(&places));
    assert_false(places_find(&places, 5000, &frames, &offset));
    feed(&places, 3 * PLACES_APART + 5);
    assert_false(places_find(&places, 1, &frames, &offset));
    assert_false(
        places_find(&places, PLACES_APART, &frames, &offset)); /* it lies before the first */
    assert_true(places_find(&places, PLACES_APART + 1, &frames, &offset));
    assert_int_equal(frames, PLACES_APART);
    assert_int_equal(offset, 24 + 100 * PLACES_APART);
    assert_true(places_find(&places, 2 * PLACES_APART, &frames, &offset));
    assert_int_equal(frames, PLACES_APART);
    assert_true(places_find(&places, UINT64_MAX, &frames, &offset));
    assert_int_equal(frames, 3 * PLACES_APART);
    places_done(&places);
}

/* However long the file, the places lie evenly over all of it and are as many as fit. */
static void halves_itself(void **state)
{
    (void)state;
    static const uint64_t steps = 5 * (uint64_t)PLACES_MAX + 3;
    struct places places;
    uint64_t frames = 0, offset = 0;
    assert_true(places_init(&places));
    for (uint64_t n = 1; n <= steps; n++) { /* all that may be wanted are multiples of these */
        if (places_want(&places, n * PLACES_APART))
            places_add(&places, 7 * n);
        assert_true(places.count < PLACES_MAX);
    }
    assert_true(places.count >= PLACES_MAX / 2);
    for (uint64_t n = 1; n <= steps; n += 999) {
        if (!places_find(&places, n * PLACES_APART + 1, &frames, &offset)) {
            assert_true(n * PLACES_APART < places.apart);
            continue;
        }
        assert_true(frames <= n * PLACES_APART);
        assert_true(n * PLACES_APART - frames < 2 * places.apart);
        assert_int_equal(offset, 7 * (frames / PLACES_APART));
    }
    places_done(&places);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearest_before),
        cmocka_unit_test(halves_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
