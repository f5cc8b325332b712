/* Sketches: what they estimate is as near as their tables say, and never depends on an order. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/entropy.h"
#include "base/hyperloglog.h"
#include "base/siphash.h"
#include "base/space_saving.h"

static uint64_t hash_of(uint64_t number)
{
    static const uint64_t key[2] = { 1, 2 };
    return siphash13(key, &number, sizeof number);
}

/* Three standard errors of 2.3 % each time, from 1 to 10 million; few are counted exactly. */
static void distinct(void **state)
{
    (void)state;
    struct hyperloglog sketch = { .registers = { 0 } };
    assert_int_equal(hyperloglog_count(&sketch), 0);
    uint64_t n = 0;
    for (uint64_t upto = 1; upto <= 10000000; upto *= 10) {
        while (n < upto)
            hyperloglog_add(&sketch, hash_of(n++));
        double error = fabs((double)hyperloglog_count(&sketch) / (double)n - 1);
        assert_true(error <= 3 * 0.023);
        assert_true(n > 10 || error < 1e-9);
    }
}

/* The standard error itself: over 100 sets of 20,000 its square root of mean squares is near 2.3 %
 * (100 samples: within 7 % of itself, three times that is 21 %). */
static void standard_error(void **state)
{
    (void)state;
    double squares = 0;
    for (uint64_t set = 0; set < 100; set++) {
        struct hyperloglog sketch = { .registers = { 0 } };
        for (uint64_t i = 0; i < 20000; i++)
            hyperloglog_add(&sketch, hash_of(set << 32 | i));
        double error = (double)hyperloglog_count(&sketch) / 20000 - 1;
        squares += error * error;
    }
    assert_true(sqrt(squares / 100) < 0.023 * 1.21);
    assert_true(sqrt(squares / 100) > 0.023 * 0.79);
}

/* The same ones again change nothing; two halves merged are the whole. */
static void merged(void **state)
{
    (void)state;
    struct hyperloglog whole = { .registers = { 0 } }, half[2] = { whole, whole };
    for (uint64_t i = 0; i < 5000; i++) {
        hyperloglog_add(&whole, hash_of(i));
        hyperloglog_add(&half[i % 2], hash_of(i));
    }
    hyperloglog_merge(&half[0], &half[1]);
    assert_memory_equal(&half[0], &whole, sizeof whole);
    uint64_t before = hyperloglog_count(&whole);
    for (uint64_t i = 0; i < 5000; i++)
        hyperloglog_add(&whole, hash_of(i));
    assert_true(hyperloglog_count(&whole) == before);
}

/* A hash of ones has the highest rank in the last register, one of zeros the lowest in the first. */
static void hash_ends(void **state)
{
    (void)state;
    struct hyperloglog sketch = { .registers = { 0 } };
    hyperloglog_add(&sketch, 0);
    hyperloglog_add(&sketch, UINT64_MAX);
    assert_int_equal(sketch.registers[0], 64 - HYPERLOGLOG_BITS + 1);
    assert_int_equal(sketch.registers[HYPERLOGLOG_REGISTERS - 1], 1);
}

/* An item that is one of a hundred stays, whatever else comes: 1/100 > 1/256. */
static void frequent(void **state)
{
    (void)state;
    struct space_saving *saving = calloc(1, sizeof *saving);
    assert_non_null(saving);
    bool new;
    for (uint64_t i = 0; i < 100000; i++)
        space_saving_add(saving, i % 100 == 0 ? UINT64_C(7) << 32 : hash_of(i), &new);
    uint32_t slot = space_saving_find(saving, UINT64_C(7) << 32);
    assert_int_not_equal(slot, SPACE_SAVING_NONE);
    assert_true(saving->slots[slot].count >= 1000);
    assert_true(saving->slots[slot].count - saving->slots[slot].error <= 1000);
    /* The rarest has at most the mean. */
    assert_true(saving->slots[space_saving_rarest(saving)].count <= 100000 / SPACE_SAVING_ROOM);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < saving->used; i++)
        sum += saving->slots[i].count;
    assert_true(sum == 100000); /* each item was counted once */
    free(saving);
}

/* Every item has one slot, found again; all that were pushed out are not. */
static void slots(void **state)
{
    (void)state;
    struct space_saving *saving = calloc(1, sizeof *saving);
    assert_non_null(saving);
    bool new;
    for (uint64_t i = 0; i < SPACE_SAVING_ROOM; i++) {
        /* Every home in the index is the same: the items differ in high bits only. */
        uint32_t slot = space_saving_add(saving, i << 32 | 5, &new);
        assert_true(new);
        assert_int_equal(slot, i);
        assert_int_equal(space_saving_rarest(saving),
                         i + 1 < SPACE_SAVING_ROOM ? SPACE_SAVING_NONE : 0);
    }
    for (uint64_t i = 0; i < SPACE_SAVING_ROOM; i += 2) {
        space_saving_add(saving, i << 32 | 5, &new);
        assert_false(new);
    }
    for (uint64_t i = 0; i < SPACE_SAVING_ROOM / 2; i++) {
        uint32_t slot = space_saving_add(saving, UINT64_C(1) << 60 | i << 32 | 5, &new);
        assert_true(new);
        assert_int_equal(slot % 2, 1); /* those that came once went */
        assert_int_equal(saving->slots[slot].error, 1);
    }
    for (uint64_t i = 0; i < SPACE_SAVING_ROOM; i++)
        assert_int_equal(space_saving_find(saving, i << 32 | 5) == SPACE_SAVING_NONE, i % 2);
    free(saving);
}

/* One kind: 0 bits. Two alike: 1 bit, and 1/(2 * 1000 ln 2) = 0.0007 of correction. All alike of
 * 256: 8 bits, and 255/(2 * 25600 ln 2) = 0.0072. Three quarters and one: 0.8113 and 0.0007. */
static void entropy(void **state)
{
    (void)state;
    uint16_t counts[256] = { 0 };
    assert_true(entropy_bits(counts, 256) == 0);
    counts[3] = 500;
    assert_true(fabs(entropy_bits(counts, 256)) < 1e-9);
    counts[9] = 500;
    assert_true(fabs(entropy_bits(counts, 256) - 1.00072) < 1e-4);
    counts[3] = 750;
    counts[9] = 250;
    assert_true(fabs(entropy_bits(counts, 256) - 0.81200) < 1e-4);
    for (int i = 0; i < 256; i++)
        counts[i] = 100;
    assert_true(fabs(entropy_bits(counts, 256) - 8.00719) < 1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distinct), cmocka_unit_test(standard_error), cmocka_unit_test(merged),
        cmocka_unit_test(hash_ends), cmocka_unit_test(frequent), cmocka_unit_test(slots),
        cmocka_unit_test(entropy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
