/*
 * segment_log: records in the order in which they came, to be changed later, and bounded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/tcp_state.h"
#include "tcp/segment_log.h"

static struct classified row(uint64_t frame)
{
    return (struct classified){ .frame = frame & 0xffffff,
                                .class = CLASS_ORIGINAL,
                                .from = CLIENT,
                                .time = (int64_t)frame };
}

static uint32_t add(struct segment_logs *logs, uint32_t *log, uint64_t frame)
{
    struct classified added = row(frame);
    return segment_log_add(logs, log, &added);
}

/* Two logs side by side, over several chunks each. */
static void in_order(void **state)
{
    (void)state;
    struct segment_logs logs;
    uint32_t one = 0, two = 0, reference[100];
    segment_logs_init(&logs, 1000);
    assert_true(segment_logs_kept(&logs));
    for (uint64_t i = 0; i < 100; i++) {
        reference[i] = add(&logs, &one, i + 1);
        add(&logs, &two, 1000 + i);
    }
    segment_log_at(&logs, reference[50])->class = CLASS_RTX_RTO;
    uint64_t count = 0;
    for (const struct classified_chunk *chunk = segment_log_read(&logs, one); chunk != NULL;
         chunk = chunk->next)
        for (uint32_t i = 0; i < chunk->count; i++, count++) {
            assert_int_equal(chunk->rows[i].frame, count + 1);
            assert_int_equal(chunk->rows[i].class, count == 50 ? CLASS_RTX_RTO : CLASS_ORIGINAL);
        }
    assert_int_equal(count, 100);
    assert_null(segment_log_at(&logs, 0));
    assert_null(segment_log_read(&logs, 0));
    segment_log_swap(&logs, one);
    assert_int_equal(segment_log_at(&logs, reference[99])->from, SERVER);
    segment_log_drop(&logs, one, 100);
    assert_int_equal(segment_log_at(&logs, reference[99])->class, CLASS_NONE);
    assert_int_equal(segment_log_at(&logs, reference[98])->class, CLASS_ORIGINAL);
    segment_logs_done(&logs);
}

/* Two chunks for 30 records: the 31st is refused, and counted, until a log is freed. */
static void bounded(void **state)
{
    (void)state;
    struct segment_logs logs;
    uint32_t log = 0, other = 0;
    segment_logs_init(&logs, 2 * CLASSIFIED_CHUNK);
    for (uint64_t i = 1; i <= 2 * CLASSIFIED_CHUNK; i++)
        assert_int_not_equal(add(&logs, &log, i), 0);
    assert_int_equal(logs.refused.hits, 0);
    assert_int_equal(add(&logs, &log, 77), 0);
    assert_int_equal(add(&logs, &other, 78), 0);
    assert_int_equal(logs.refused.hits, 2);
    assert_int_equal(logs.refused.since, 77);
    segment_log_free(&logs, &log);
    assert_int_equal(log, 0);
    assert_int_not_equal(add(&logs, &other, 79), 0);
    segment_logs_done(&logs);
    segment_logs_init(&logs, 0);
    assert_false(segment_logs_kept(&logs));
    segment_logs_done(&logs);
}

/* The newest record may be taken back; all of them at once, while logs still name theirs. */
static void given_back(void **state)
{
    (void)state;
    struct segment_logs logs;
    uint32_t log = 0;
    segment_logs_init(&logs, 1000);
    for (uint64_t i = 1; i <= CLASSIFIED_CHUNK + 1; i++) {
        uint32_t reference = add(&logs, &log, i);
        if (i > CLASSIFIED_CHUNK)
            segment_log_undo(&logs, reference); /* the only one of its chunk */
    }
    uint32_t reference = add(&logs, &log, 77);
    const struct classified_chunk *chunk = segment_log_read(&logs, log);
    assert_int_equal(chunk->count, CLASSIFIED_CHUNK);
    assert_int_equal(chunk->next->count, 1);
    assert_int_equal(chunk->next->rows[0].frame, 77);
    segment_logs_release(&logs);
    assert_false(segment_logs_kept(&logs));
    assert_null(segment_log_at(&logs, reference));
    assert_null(segment_log_read(&logs, log));
    segment_log_swap(&logs, log);
    segment_log_drop(&logs, log, 77);
    segment_log_copies(&logs, log, true);
    segment_log_free(&logs, &log);
    assert_int_equal(log, 0);
    segment_logs_done(&logs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order),
        cmocka_unit_test(bounded),
        cmocka_unit_test(given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
