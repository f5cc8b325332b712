/*
 * workers: threads that do the jobs of one task together with the one that asks for it. Between
 * workers_start() and workers_finish() the asking thread may do something else; then it helps, so
 * that the work balances, whoever is late.
 *
 * Signals are left to the other threads of the program.
 */
#ifndef BASE_WORKERS_H
#define BASE_WORKERS_H

#define WORKERS_MAX 64u

struct workers;

/* One job of a task: they are numbered from 0, and done in any order. */
typedef void workers_job(void *context, unsigned number);

/* So many threads, beside the one that asks; fewer where the system gives no more. NULL when out of
 * memory. */
struct workers *workers_new(unsigned threads);

/* Waits for nothing: call workers_finish() first. NULL is nothing. */
void workers_free(struct workers *workers);

/* Begins a task of so many jobs. The one before must be finished. */
void workers_start(struct workers *workers, workers_job *job, void *context, unsigned jobs);

/* Does what is left of the task, and waits until all of it is done. */
void workers_finish(struct workers *workers);

#endif
