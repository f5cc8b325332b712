/* rank: counting gives the places that sorting would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/rank.h"

#define LISTS 60

/* By hand: an error that is proved, a note, an inferred error, and at the end of the capture a
 * note. Both errors come first, the proved one before; of the notes the first one comes first. */
static void by_hand(void **state)
{
    (void)state;
    struct findings first = { .count = 2 }, second = { .count = 1 }, last = { .count = 1 };
    struct ranks ranks = { 0 };
    uint32_t given[FINDINGS_MAX], end[FINDINGS_MAX];
    first.list[0] = (struct finding){ .severity = SEVERITY_ERROR, .certainty = CERTAINTY_INFERRED };
    first.list[1] = (struct finding){ .severity = SEVERITY_NOTE };
    second.list[0] = (struct finding){ .severity = SEVERITY_ERROR, .certainty = CERTAINTY_PROVED };
    last.list[0] = (struct finding){ .severity = SEVERITY_NOTE };
    ranks_count(&ranks, &first);
    ranks_count(&ranks, &second);
    ranks_settle(&ranks, &last, end);
    assert_int_equal(end[0], 4);
    assert_true(ranks_give(&ranks, &first, given));
    assert_int_equal(given[0], 2);
    assert_int_equal(given[1], 3);
    assert_true(ranks_give(&ranks, &second, given));
    assert_int_equal(given[0], 1);
}

/* The place of a finding: how many come before it. */
struct placed {
    const struct finding *finding;
    uint32_t rank;
};

static bool comes_before(const struct finding *a, const struct finding *b)
{
    if (a->severity != b->severity)
        return a->severity > b->severity;
    if (a->certainty != b->certainty)
        return a->certainty < b->certainty;
    return a->topic < b->topic;
}

/* Some connections are shown before the end, and the others when all is known. */
static void as_sorted(void **state)
{
    (void)state;
    struct findings *lists = calloc(LISTS, sizeof *lists);
    struct placed all[LISTS * FINDINGS_MAX];
    struct ranks ranks = { 0 };
    uint32_t given[FINDINGS_MAX], end[FINDINGS_MAX];
    unsigned random = 1;
    size_t count = 0, at = 0;
    assert_non_null(lists);
    for (size_t i = 0; i < LISTS; i++) {
        lists[i].count = i == LISTS / 2 ? 0 : 1 + i % FINDINGS_MAX;
        for (size_t j = 0; j < lists[i].count; j++) {
            random = random * 1103515245u + 12345u;
            lists[i].list[j] = (struct finding){ .severity = random >> 16 & 3,
                                                 .certainty = random >> 18 & 3,
                                                 .topic = (random >> 20) % TOPIC_N };
            all[count++] = (struct placed){ &lists[i].list[j], 1 };
        }
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            all[i].rank += j != i && (comes_before(all[j].finding, all[i].finding) ||
                                      (j < i && !comes_before(all[i].finding, all[j].finding)));
    for (size_t i = 0; i < LISTS - 1; i++) {
        ranks_count(&ranks, &lists[i]);
        if (i < LISTS / 3)
            assert_false(ranks_give(&ranks, &lists[i], given));
    }
    ranks_settle(&ranks, &lists[LISTS - 1], end);
    for (size_t i = 0; i < LISTS; i++) {
        if (i >= LISTS / 3 && i < LISTS - 1)
            assert_true(ranks_give(&ranks, &lists[i], given));
        for (size_t j = 0; j < lists[i].count; j++, at++)
            if (i >= LISTS / 3)
                assert_int_equal(i < LISTS - 1 ? given[j] : end[j], all[at].rank);
    }
    free(lists);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(by_hand), cmocka_unit_test(as_sorted) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
