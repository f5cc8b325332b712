/* test_workers: each job of a task is done once, and none after the task was finished. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/workers.h"

#define JOBS 16u

struct task {
    atomic_uint done[JOBS];
    atomic_uint blocked; /* jobs in threads that take no signals */
    bool slow;
};

static void job(void *context, unsigned number)
{
    struct task *task = context;
    sigset_t mask;
    if (task->slow)
        nanosleep(&(struct timespec){ .tv_nsec = 200000 }, NULL);
    atomic_fetch_add(&task->done[number], 1);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    atomic_fetch_add(&task->blocked, sigismember(&mask, SIGINT) == 1);
}

/* With no thread of their own the jobs are done by who asks. */
static void each_job_once(void **state)
{
    (void)state;
    for (unsigned threads = 0; threads < 4; threads++) {
        struct workers *workers = workers_new(threads);
        struct task task = { .slow = false };
        assert_non_null(workers);
        for (unsigned round = 1; round <= 500; round++) {
            task.slow = round > 490;
            workers_start(workers, job, &task, JOBS);
            workers_finish(workers);
            for (unsigned i = 0; i < JOBS; i++)
                assert_int_equal(atomic_load(&task.done[i]), round);
        }
        workers_free(workers);
        /* Slow jobs are done by all threads, also by the one that asks, which takes signals. */
        assert_int_equal(atomic_load(&task.blocked) > 0, threads > 0);
        assert_true(atomic_load(&task.blocked) < 500 * JOBS);
    }
}

static void nothing_to_do(void **state)
{
    (void)state;
    struct workers *workers = workers_new(2);
    assert_non_null(workers);
    workers_start(workers, job, NULL, 0);
    workers_finish(workers);
    workers_free(workers);
    workers_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_job_once),
        cmocka_unit_test(nothing_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
