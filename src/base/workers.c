/* workers: a counter under a lock; jobs are long enough that it does not matter. */
#include "base/workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

struct workers {
    pthread_mutex_t lock; /* of all that follows, but threads */
    pthread_cond_t begun, done;
    workers_job *job;
    void *context;
    unsigned next, jobs;  /* these are still to be begun, */
    unsigned left;        /* so many to be done */
    bool stop;
    unsigned thread_count;
    pthread_t threads[WORKERS_MAX];
};

/* Does the next job, or the last one; locked before and after. False: there is none. */
static bool job_do(struct workers *w, bool last)
{
    if (w->next == w->jobs)
        return false;
    unsigned number = last ? --w->jobs : w->next++;
    workers_job *job = w->job;
    void *context = w->context;
    pthread_mutex_unlock(&w->lock);
    job(context, number);
    pthread_mutex_lock(&w->lock);
    if (--w->left == 0)
        pthread_cond_signal(&w->done);
    return true;
}

static void *worker_run(void *context)
{
    struct workers *w = context;
    pthread_mutex_lock(&w->lock);
    while (!w->stop)
        if (!job_do(w, false))
            pthread_cond_wait(&w->begun, &w->lock);
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

struct workers *workers_new(unsigned threads)
{
    struct workers *w = calloc(1, sizeof *w);
    sigset_t all, before;
    if (w == NULL)
        return NULL;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->begun, NULL);
    pthread_cond_init(&w->done, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* threads begin with the mask of their maker */
    while (w->thread_count < threads && w->thread_count < WORKERS_MAX &&
           pthread_create(&w->threads[w->thread_count], NULL, worker_run, w) == 0)
        w->thread_count++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return w;
}

void workers_free(struct workers *w)
{
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_broadcast(&w->begun);
    pthread_mutex_unlock(&w->lock);
    for (unsigned i = 0; i < w->thread_count; i++)
        pthread_join(w->threads[i], NULL);
    pthread_cond_destroy(&w->done);
    pthread_cond_destroy(&w->begun);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

void workers_start(struct workers *w, workers_job *job, void *context, unsigned jobs)
{
    pthread_mutex_lock(&w->lock);
    w->job = job;
    w->context = context;
    w->jobs = w->left = jobs;
    w->next = 0;
    pthread_cond_broadcast(&w->begun);
    pthread_mutex_unlock(&w->lock);
}

void workers_finish(struct workers *w)
{
    pthread_mutex_lock(&w->lock);
    while (job_do(w, true)) /* so that it has the same ones each time, and their memory near */
        ;
    while (w->left > 0)
        pthread_cond_wait(&w->done, &w->lock);
    pthread_mutex_unlock(&w->lock);
}
