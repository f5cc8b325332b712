/* plain_case: a step as tcp/life runs it, twice. */
#include "plain_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/passage.h"
#include "tcp/plain.h"
#include "tcp/role.h"

uint32_t plain_case_pick(uint64_t *state, uint32_t below)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15)); /* splitmix64 */
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) >> 32) % below;
}

struct plain_case plain_case_begin(void)
{
    struct plain_case begun = { .pool = history_pool_new(100, true),
                                .whole_pool = history_pool_new(100, true),
                                .incarnations = incarnation_pool_new() };
    assert_non_null(begun.pool);
    assert_non_null(begun.whole_pool);
    assert_non_null(begun.incarnations);
    return begun;
}

void plain_case_end(struct plain_case *compared)
{
    history_pool_free(compared->pool);
    history_pool_free(compared->whole_pool);
    incarnation_pool_free(compared->incarnations);
}

void plain_case_log(struct plain_case *compared, struct connection *c)
{
    struct history_pool *pools[] = { compared->pool, compared->whole_pool };
    for (unsigned i = 0; i < 2; i++) {
        history_free(pools[i], compared->log);
        c->log = history_new(pools[i], c->first_frame, c->first_time);
        assert_int_not_equal(c->log, 0);
        for (unsigned n = 0; n < 2 * DELIVERY_N; n++)
            if (c->end[n % 2].pending & 1u << n / 2)
                history_pend(pools[i], c->log, (enum endpoint_id)(n % 2),
                             (enum delivery)(n / 2), c->last_frame, c->last_time);
    }
    compared->log = c->log;
}

static struct step step_from(struct history_pool *pool, struct connection *c,
                             const struct segment *s, bool source_second)
{
    enum endpoint_id sender = role_sender(c, source_second);
    return (struct step){ .pool = pool,
                          .c = c,
                          .s = s,
                          .x_id = sender,
                          .y_id = endpoint_peer(sender),
                          .x = &c->end[sender],
                          .y = &c->end[endpoint_peer(sender)] };
}

/* The step of a segment that is not plain, with what comes before it. */
static struct step whole_way(const struct plain_case *k, struct history_pool *pool,
                             struct connection *c, const struct segment *s, bool source_second)
{
    bool damaged = segment_is_damaged(&c->end[role_sender(c, source_second)], s);
    bool swapped = !damaged && role_review(pool, c, s, source_second);
    struct step step = step_from(pool, c, s, source_second);
    if (swapped || (!damaged && incarnation_challenged(k->incarnations, c, step.x_id, s)))
        step.marks |= MARK_CHALLENGE; /* nothing that a plain segment could be */
    step_run(&step);
    return step;
}

/* The name of what differs, for whoever reads the failure. */
static const char *difference(const struct connection *a, const struct connection *b)
{
    if (memcmp(&a->end[CLIENT], &b->end[CLIENT], sizeof a->end[CLIENT]) != 0)
        return "the client";
    if (memcmp(&a->end[SERVER], &b->end[SERVER], sizeof a->end[SERVER]) != 0)
        return "the server";
    return memcmp(a, b, sizeof *a) != 0 ? "the connection" : NULL;
}

/* What those may rely on that ask whether a step is plain. */
static void promise_assert(const struct step *step, const struct connection *before)
{
    const struct endpoint *x = &before->end[step->x_id], *y = &before->end[step->y_id];
    assert_int_equal(step->s->flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK), TCP_ACK);
    assert_true(step->s->window != 0 && y->window_last != 0);
    assert_true(step->seq == x->snd_nxt && step->end == x->snd_nxt + step->s->payload_len);
    assert_true(step->has_ack && step->ack >= y->snd_una && step->ack <= y->snd_nxt);
}

static bool logs_differ(const struct plain_case *k, uint32_t log)
{
    struct event a[HISTORY_EVENTS_MAX], b[HISTORY_EVENTS_MAX];
    size_t count = history_read(k->pool, log, a, HISTORY_EVENTS_MAX);
    return history_read(k->whole_pool, log, b, HISTORY_EVENTS_MAX) != count ||
           memcmp(a, b, count * sizeof *a) != 0;
}

void plain_case_compare(struct plain_case *k, struct connection *c, const struct segment *s,
                        bool source_second)
{
    const struct connection before = *c;
    struct connection other = *c;

    k->compared++;
    struct step shortened = step_from(k->pool, c, s, source_second);
    shortened.plain = plain_begin(&shortened);
    if (!shortened.plain) {
        if (difference(&before, c) != NULL)
            fail_msg("frame %u: not plain, but %s changed", (unsigned)s->frame,
                     difference(&before, c));
        whole_way(k, k->pool, c, s, source_second);
        if (c->log != 0)
            whole_way(k, k->whole_pool, &other, s, source_second);
        return;
    }
    k->plain++;
    promise_assert(&shortened, &before);
    step_run(&shortened);
    const struct step whole = whole_way(k, k->whole_pool, &other, s, source_second);
    const char *differs = difference(&other, c);
    if (whole.marks != shortened.marks || whole.notable != shortened.notable ||
        whole.class != shortened.class || whole.behind_answer != shortened.behind_answer)
        differs = "what is told of the segment";
    if (whole.seq != shortened.seq || whole.end != shortened.end || whole.ack != shortened.ack ||
        whole.has_ack != shortened.has_ack || whole.after_ack != shortened.after_ack)
        differs = "what its numbers are";
    if (differs == NULL && logs_differ(k, c->log))
        differs = "the log";
    if (differs != NULL)
        fail_msg("frame %u, segment %u: %s differs by the short way", (unsigned)s->frame,
                 (unsigned)k->compared, differs);
}
