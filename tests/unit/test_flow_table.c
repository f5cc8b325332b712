/* flow_table: a table against a plain array that says what should be in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow/flow_table.h"

#define SLOTS 2048u /* of a new table */

struct record {
    struct flow_entry entry;
    uint32_t value;
};

static const struct flow_secret secret = { .key = { 7, 8 } };

static struct flow_table *table_new(uint32_t capacity)
{
    struct flow_table *table = flow_table_new(sizeof(struct record), capacity, &secret);
    assert_non_null(table);
    return table;
}

static struct flow_key key_of(uint32_t n)
{
    struct flow_key key = { .ip_version = 4 };
    memcpy(key.address[0], &n, sizeof n);
    return key;
}

static struct record *add(struct flow_table *table, uint32_t n, uint32_t hash)
{
    struct flow_key key = key_of(n);
    struct record *record = flow_table_add(table, &key, hash);
    if (record != NULL) {
        assert_int_equal(record->value, 0); /* cleared, also when it served another */
        record->value = n;
    }
    return record;
}

static struct record *find(struct flow_table *table, uint32_t n, uint32_t hash)
{
    struct flow_key key = key_of(n);
    return flow_table_find(table, &key, hash);
}

static void find_add_remove(void **state)
{
    (void)state;
    struct flow_table *table = table_new(10);
    struct flow_key key = key_of(1);
    uint32_t hash = flow_table_hash(table, &key);
    assert_int_equal(hash, flow_key_hash(&key, &secret));
    assert_null(find(table, 1, hash));
    struct record *record = add(table, 1, hash);
    assert_ptr_equal(find(table, 1, hash), record);
    assert_null(find(table, 2, hash)); /* the hash alone is not enough */
    assert_int_equal(flow_table_count(table), 1);
    flow_table_remove(table, record);
    assert_null(find(table, 1, hash));
    assert_int_equal(flow_table_count(table), 0);
    assert_null(flow_table_oldest(table, 0));
    flow_table_free(table);
    flow_table_free(NULL);
}

/*
 * Runs of slots: keys whose homes are close together, also around the end of the index, and
 * every order of removing. A key that a deletion cuts off from its home would not be found.
 */
static void collisions(void **state)
{
    (void)state;
    static const uint32_t homes[] = { SLOTS - 2, SLOTS - 2, SLOTS - 1, SLOTS - 2, 0,
                                      0,         SLOTS - 1, 1,         SLOTS - 3 };
    enum { N = sizeof homes / sizeof homes[0] };
    for (unsigned first = 0; first < N; first++) {
        for (unsigned second = 0; second < N; second++) {
            struct flow_table *table = table_new(100);
            struct record *records[N];
            for (unsigned i = 0; i < N; i++)
                records[i] = add(table, i + 1, homes[i] + i / 3 * SLOTS);
            bool here[N];
            memset(here, 1, sizeof here);
            const unsigned gone[] = { first, second };
            for (unsigned g = 0; g < 2; g++) {
                if (!here[gone[g]])
                    continue;
                flow_table_remove(table, records[gone[g]]);
                here[gone[g]] = false;
                for (unsigned i = 0; i < N; i++)
                    assert_ptr_equal(find(table, i + 1, homes[i] + i / 3 * SLOTS),
                                     here[i] ? records[i] : NULL);
            }
            flow_table_free(table);
        }
    }
}

/* All keys with one hash: a single run that grows, shrinks from within, and grows again. */
static void one_hash(void **state)
{
    (void)state;
    struct flow_table *table = table_new(300);
    struct record *records[200];
    for (uint32_t i = 0; i < 200; i++)
        records[i] = add(table, i, SLOTS - 50);
    for (uint32_t i = 0; i < 200; i += 2)
        flow_table_remove(table, records[i]);
    for (uint32_t i = 0; i < 200; i++)
        assert_ptr_equal(find(table, i, SLOTS - 50), i % 2 ? records[i] : NULL);
    assert_int_equal(flow_table_count(table), 100);
    flow_table_free(table);
}

/* More than one chunk of records and several sizes of the index; records never move. */
static void growth(void **state)
{
    (void)state;
    enum { N = 20000 };
    struct flow_table *table = table_new(N);
    struct record **records = calloc(N, sizeof *records);
    assert_non_null(records);
    for (uint32_t i = 0; i < N; i++) {
        struct flow_key key = key_of(i);
        records[i] = add(table, i, flow_table_hash(table, &key));
        assert_non_null(records[i]);
    }
    for (uint32_t i = 0; i < N; i++) {
        struct flow_key key = key_of(i);
        assert_ptr_equal(find(table, i, flow_table_hash(table, &key)), records[i]);
        assert_int_equal(records[i]->value, i);
    }
    assert_int_equal(flow_table_count(table), N);
    assert_null(add(table, N, 1)); /* full: it refuses, and nothing breaks */
    assert_int_equal(flow_table_count(table), N);
    flow_table_remove(table, records[77]);
    assert_ptr_equal(add(table, N, 1), records[77]); /* the freed record serves again */
    free(records);
    flow_table_free(table);
}

static uint32_t oldest_value(const struct flow_table *table, unsigned list)
{
    const struct record *record = flow_table_oldest(table, list);
    return record != NULL ? record->value : 0;
}

static void order_of_use(void **state)
{
    (void)state;
    struct flow_table *table = table_new(10);
    struct record *r[5];
    for (uint32_t i = 1; i <= 4; i++)
        r[i] = add(table, i, i);
    assert_int_equal(oldest_value(table, 0), 1);
    flow_table_touch(table, r[1], 0); /* 2 3 4 1 */
    assert_int_equal(oldest_value(table, 0), 2);
    flow_table_touch(table, r[1], 0); /* already the newest */
    flow_table_touch(table, r[3], 0); /* from the middle: 2 4 1 3 */
    flow_table_remove(table, r[2]);
    assert_int_equal(oldest_value(table, 0), 4);
    flow_table_touch(table, r[4], 5); /* another list: 1 3 and 4 */
    assert_int_equal(oldest_value(table, 0), 1);
    assert_int_equal(oldest_value(table, 5), 4);
    flow_table_touch(table, r[1], 5); /* 3 and 4 1 */
    assert_int_equal(oldest_value(table, 0), 3);
    assert_int_equal(oldest_value(table, 5), 4);
    flow_table_remove(table, r[3]);
    assert_null(flow_table_oldest(table, 0));
    flow_table_touch(table, r[4], 0); /* 4 and 1 */
    assert_int_equal(oldest_value(table, 0), 4);
    assert_int_equal(oldest_value(table, 5), 1);
    assert_int_equal(oldest_value(table, FLOW_LISTS_MAX - 1), 0);
    flow_table_free(table);
}

static void walk(void **state)
{
    (void)state;
    struct flow_table *table = table_new(3000);
    struct record *records[3000];
    for (uint32_t i = 0; i < 3000; i++)
        records[i] = add(table, i + 1, i);
    flow_table_remove(table, records[0]);
    flow_table_remove(table, records[1500]);
    flow_table_remove(table, records[2999]);
    uint32_t cursor = 0, seen = 0;
    uint64_t sum = 0;
    struct record *record;
    while ((record = flow_table_next(table, &cursor)) != NULL) {
        seen++;
        sum += record->value;
        if (record->value % 2)
            flow_table_remove(table, record); /* allowed while walking */
    }
    assert_int_equal(seen, 2997);
    assert_int_equal(sum, UINT64_C(3000) * 3001 / 2 - 1 - 1501 - 3000);
    /* 1500 odd values, less 1 and 1501, which were gone before */
    assert_int_equal(flow_table_count(table), 2997 - 1498);
    flow_table_free(table);
}

/* A long random life against an array; a fixed generator, so that a failure comes again. */
static void random_life(void **state)
{
    (void)state;
    enum { KEYS = 64, CAPACITY = 40 };
    struct flow_table *table = table_new(CAPACITY);
    struct record *model[KEYS] = { NULL };
    uint32_t count = 0, random = 12345;
    for (int round = 0; round < 50000; round++) {
        random = random * 1664525u + 1013904223u;
        uint32_t n = random >> 26;
        uint32_t hash = SLOTS - 3 + n % 7; /* few homes, around the end of the index */
        assert_ptr_equal(find(table, n, hash), model[n]);
        if (model[n] != NULL) {
            flow_table_remove(table, model[n]);
            model[n] = NULL;
            count--;
        } else {
            model[n] = add(table, n, hash);
            assert_true((model[n] != NULL) == (count < CAPACITY));
            count += model[n] != NULL;
        }
        assert_int_equal(flow_table_count(table), count);
    }
    flow_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(find_add_remove), cmocka_unit_test(collisions),
        cmocka_unit_test(one_hash),        cmocka_unit_test(growth),
        cmocka_unit_test(order_of_use),    cmocka_unit_test(walk),
        cmocka_unit_test(random_life),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
