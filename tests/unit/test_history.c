/* history: what is written into a log is what is read from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/history.h"
#include "tcp/neighbour_record.h"

#define BASE INT64_C(1767323045000000000)
#define BLOCK_ENTRIES 30u
#define FIRST_LESS 3u /* a log's first block has so much less room: 48 bytes for tcp/neighbour */

static void assert_event(const struct event *is, const struct event *wanted)
{
    assert_int_equal(is->kind, wanted->kind);
    assert_int_equal(is->endpoint, wanted->endpoint);
    assert_int_equal(is->certainty, wanted->certainty);
    assert_int_equal(is->detail, wanted->detail);
    assert_int_equal(is->from, wanted->from);
    assert_int_equal(is->to, wanted->to);
    assert_int_equal(is->result, wanted->result);
    assert_int_equal(is->addend, wanted->addend);
    assert_true(is->observed == wanted->observed);
    assert_true(is->expected == wanted->expected);
    assert_true(is->frame == wanted->frame);
    assert_true(is->evidence == wanted->evidence);
    if (wanted->kind != EVENT_CHECK)
        assert_true(is->time == wanted->time);
}

/* Writes events to a log of its own, reads them back and compares. */
static void assert_survive(const struct event *events, size_t count, uint64_t first_frame)
{
    struct event list[HISTORY_EVENTS_MAX];
    struct history_pool *pool = history_pool_new(1000, false);
    uint32_t log = history_new(pool, first_frame, BASE);
    for (size_t i = 0; i < count; i++)
        assert_true(history_add(pool, log, &events[i]));
    assert_int_equal(history_read(pool, log, list, HISTORY_EVENTS_MAX), count);
    for (size_t i = 0; i < count; i++)
        assert_event(&list[i], &events[i]);
    assert_false(history_overflowed(pool, log));
    history_pool_free(pool);
}

static void each_kind(void **state)
{
    (void)state;
    const struct event events[] = {
        { .kind = EVENT_TRANSITION, .endpoint = SERVER, .certainty = CERTAINTY_ASSUMED,
          .from = STATE_NONE, .to = STATE_LAST_ACK, .frame = 10, .evidence = 10, .time = BASE },
        { .kind = EVENT_TRANSITION, .from = STATE_LAST_ACK, .to = STATE_CLOSED, .frame = 11,
          .evidence = UINT64_C(4294967000), .time = BASE + 1 },
        { .kind = EVENT_CHECK, .endpoint = SERVER, .certainty = CERTAINTY_INFERRED,
          .detail = CHECK_SYNACK_ACKS_ISN_PLUS_1, .observed = 4294967295u,
          .expected = 4294967295u, .addend = 0xfffe, .result = CHECK_HOLDS, .frame = 12 },
        { .kind = EVENT_CHECK, .detail = CHECK_HANDSHAKE_ACK_NUMBER, .observed = 1,
          .expected = 4294967295u, .addend = 1, .result = CHECK_FAILS, .frame = 13 },
        { .kind = EVENT_CHECK, .detail = CHECK_LAST_ACK_NUMBERS, .observed = 7, .expected = 8,
          .result = CHECK_HOLDS, .frame = 14 },
        { .kind = EVENT_CHECK, .detail = CHECK_SIMULTANEOUS_ACKS, .observed = 7, .expected = 8,
          .addend = 1, .result = CHECK_FAILS, .frame = 15 },
        { .kind = EVENT_CHECK, .detail = CHECK_ACK_OF_FIN, .result = CHECK_SKIPPED,
          .addend = 0xffff, .expected = REASON_NOT_ACKNOWLEDGED, .frame = 16 },
        { .kind = EVENT_RESET, .endpoint = SERVER, .detail = RESET_OUTSIDE,
          .result = RESET_OTHER, .from = STATE_LAST_ACK, .to = STATE_FIN_WAIT_2,
          .observed = 4294967295u, .expected = 1, .frame = 17,
          .time = BASE + (INT64_C(1) << 43) - 1 },
        { .kind = EVENT_OVERLAP, .endpoint = SERVER, .certainty = CERTAINTY_INFERRED,
          .detail = 14, .observed = 4294967295u, .addend = 65535, .frame = 18, .evidence = 10 },
        { .kind = EVENT_OVERLAP, .detail = 1, .observed = 7, .addend = 3, .frame = 18 },
        { .kind = EVENT_PORT_REUSED, .from = STATE_TIME_WAIT, .to = STATE_LAST_ACK,
          .observed = 4294967295u, .frame = 18, .time = BASE + (INT64_C(1) << 48) - 1 },
        { .kind = EVENT_ICMP_ERROR, .endpoint = SERVER, .detail = 255, .result = 254,
          .addend = REPORTER_SENDER, .observed = 65535, .frame = 19, .time = BASE + 3 },
        { .kind = EVENT_ICMP_ERROR, .detail = 3, .addend = REPORTER_PEER, .frame = 20,
          .time = BASE + 4 },
        { .kind = EVENT_ICMP_REPORTER, .endpoint = SERVER, .detail = 1, .addend = 0xfffe,
          .observed = 0xfdfcfbfa, .expected = 0xf9f8f7f6, .frame = 21 },
    };
    assert_survive(events, sizeof events / sizeof events[0], 10);
}

/* The kinds that carry a detail and a number, to the last one. */
static void plain_kinds(void **state)
{
    (void)state;
    struct event events[EVENT_KIND_N] = { 0 };
    size_t count = 0;
    for (unsigned kind = EVENT_SYN_REPEATED; kind < EVENT_KIND_N; kind++) {
        if (kind == EVENT_RESET || kind == EVENT_PORT_REUSED || kind == EVENT_ICMP_ERROR ||
            kind == EVENT_ICMP_REPORTER || kind == EVENT_OVERLAP)
            continue;
        events[count] = (struct event){ .kind = (uint8_t)kind,
                                        .endpoint = kind % 2,
                                        .certainty = kind % CERTAINTY_N,
                                        .detail = (uint8_t)(255 - kind),
                                        .observed = 4294967295u - kind,
                                        .frame = 5 + kind,
                                        .time = BASE + (int64_t)kind * 1000000007 };
        count++;
    }
    assert_int_equal(count, EVENT_KIND_N - EVENT_SYN_REPEATED - 5);
    assert_survive(events, count, 1);
}

/* Distances that no field holds: 2^43 ns for a RST, 2^48 for the others, 2^32 frames. */
static void far_away(void **state)
{
    (void)state;
    const struct event events[] = {
        { .kind = EVENT_FIN_REPEATED, .frame = 5, .time = BASE },
        { .kind = EVENT_RESET, .frame = 6, .time = BASE + (INT64_C(1) << 43) },
        { .kind = EVENT_TRANSITION, .to = STATE_CLOSED, .frame = 7,
          .time = BASE + (INT64_C(1) << 43) + (INT64_C(1) << 48) },
        { .kind = EVENT_TRANSITION, .to = STATE_CLOSED, .frame = 7 + (UINT64_C(1) << 32),
          .evidence = 9 + (UINT64_C(1) << 32),
          .time = BASE + (INT64_C(1) << 43) + (INT64_C(1) << 48) },
        { .kind = EVENT_CHECK, .frame = 8 + (UINT64_C(1) << 33) },
    };
    assert_survive(events, sizeof events / sizeof events[0], 5);
}

/* Sorted by frame; equal frames stay in the order of adding. */
static void order(void **state)
{
    (void)state;
    struct event list[HISTORY_EVENTS_MAX];
    struct history_pool *pool = history_pool_new(10, false);
    uint32_t log = history_new(pool, 1, BASE);
    static const uint64_t frames[] = { 3, 1, 3, 2, 3, 1 };
    for (uint32_t i = 0; i < 6; i++) {
        struct event e = { .kind = EVENT_FIN_REPEATED, .frame = frames[i], .time = BASE,
                           .observed = i };
        history_add(pool, log, &e);
    }
    static const uint32_t wanted[] = { 1, 5, 3, 0, 2, 4 };
    assert_int_equal(history_read(pool, log, list, HISTORY_EVENTS_MAX), 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(list[i].observed, wanted[i]);
    memset(list, 0xee, sizeof list[0] * 3);
    assert_int_equal(history_read(pool, log, list, 2), 6); /* no more than there is room for */
    assert_int_equal(list[2].kind, 0xee);
    history_pool_free(pool);
}

static void log_is_bounded(void **state)
{
    (void)state;
    struct event list[HISTORY_EVENTS_MAX];
    struct history_pool *pool = history_pool_new(1000, false);
    uint32_t log = history_new(pool, 1, BASE);
    struct event e = { .kind = EVENT_TRANSITION };
    int64_t since;
    for (uint32_t i = 0; i < HISTORY_EVENTS_MAX; i++) {
        e.evidence = e.frame = 1 + i;
        e.time = BASE + i;
        assert_true(history_add(pool, log, &e));
    }
    assert_false(history_overflowed(pool, log));
    assert_int_equal(history_pool_lost(pool, &since), 0);
    e.time = BASE + 5000;
    assert_false(history_add(pool, log, &e));
    e.time = BASE + 6000;
    assert_false(history_add(pool, log, &e));
    assert_true(history_overflowed(pool, log));
    assert_int_equal(history_pool_lost(pool, &since), 2);
    assert_true(since == BASE + 5000);
    assert_int_equal(history_read(pool, log, list, HISTORY_EVENTS_MAX), HISTORY_EVENTS_MAX);
    assert_int_equal(list[HISTORY_EVENTS_MAX - 1].evidence, HISTORY_EVENTS_MAX);
    history_pool_free(pool);
}

/* Of the 24 blocks of 30 entries, 27 in the first, noise gets 20, checks and RSTs 22, states all. */
static void states_have_room(void **state)
{
    (void)state;
    static const struct {
        enum event_kind kind;
        uint32_t entries; /* in the log when this kind is refused */
    } steps[] = {
        { EVENT_FIN_REPEATED, 20 * BLOCK_ENTRIES - FIRST_LESS },
        { EVENT_SYN_DUPLICATED, 20 * BLOCK_ENTRIES - FIRST_LESS },
        { EVENT_RESET, 22 * BLOCK_ENTRIES - FIRST_LESS },
        { EVENT_CHECK, 22 * BLOCK_ENTRIES - FIRST_LESS },
        { EVENT_TRANSITION, 24 * BLOCK_ENTRIES - FIRST_LESS },
    };
    struct event list[HISTORY_EVENTS_MAX];
    struct history_pool *pool = history_pool_new(1000, false);
    uint32_t log = history_new(pool, 1, BASE), entries = 0;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct event e = { .kind = (uint8_t)steps[i].kind, .frame = 5, .time = BASE };
        while (history_add(pool, log, &e))
            entries++;
        assert_int_equal(entries, steps[i].entries);
        assert_int_equal(history_read(pool, log, list, HISTORY_EVENTS_MAX), entries);
    }
    history_pool_free(pool);
}

/* A delivery that is withdrawn and comes again, however often, costs no room. */
static void withdrawn_room_is_used(void **state)
{
    (void)state;
    struct event list[HISTORY_EVENTS_MAX];
    struct history_pool *pool = history_pool_new(1000, false);
    uint32_t log = history_new(pool, 1, BASE);
    int64_t time, since;
    uint64_t frame;
    for (uint32_t i = 0; i < 5000; i++) { /* by turns, so that none is the log's last entry */
        enum endpoint_id end = i % 2 ? CLIENT : SERVER;
        history_withdraw(pool, log, end, DELIVERY_FIN);
        history_pend(pool, log, end, DELIVERY_FIN, 1 + i, BASE + i);
        assert_true(history_pending(pool, log, end, DELIVERY_FIN, &frame, &time));
        assert_int_equal(frame, 1 + i);
        assert_true(time == BASE + i);
    }
    assert_int_equal(history_pool_lost(pool, &since), 0);
    assert_false(history_overflowed(pool, log));
    assert_int_equal(history_read(pool, log, list, HISTORY_EVENTS_MAX), 0);
    history_pool_free(pool);
}

static void pool_is_bounded(void **state)
{
    (void)state;
    struct event list[HISTORY_EVENTS_MAX];
    struct history_pool *pool = history_pool_new(2, false);
    uint32_t one = history_new(pool, 1, BASE), two = history_new(pool, 1, BASE);
    int64_t since;
    assert_true(one != 0 && two != 0 && one != two);
    assert_int_equal(history_new(pool, 1, BASE + 1), 0);
    assert_int_equal(history_pool_lost(pool, &since), 1);
    assert_true(since == BASE + 1);
    struct event e = { .kind = EVENT_FIN_REPEATED, .frame = 2, .time = BASE + 2 };
    for (unsigned i = 0; i < BLOCK_ENTRIES - FIRST_LESS; i++)
        assert_true(history_add(pool, one, &e));
    assert_false(history_add(pool, one, &e));
    assert_true(history_overflowed(pool, one));
    assert_false(history_overflowed(pool, two));
    history_free(pool, two);
    assert_true(history_add(pool, one, &e)); /* the block of the other serves here */
    history_free(pool, one);
    two = history_new(pool, 1, BASE);
    assert_true(two != 0);
    assert_false(history_overflowed(pool, two)); /* nothing is left over from before */
    assert_int_equal(history_read(pool, two, list, HISTORY_EVENTS_MAX), 0);
    history_pool_free(pool);
}

/* Log 0 is no log: everything does nothing. */
static void no_log(void **state)
{
    (void)state;
    struct event list[HISTORY_EVENTS_MAX];
    struct history_pool *pool = history_pool_new(2, false);
    struct event e = { .kind = EVENT_FIN_REPEATED, .frame = 2, .time = BASE };
    uint64_t frame;
    int64_t time;
    assert_false(history_add(pool, 0, &e));
    history_pend(pool, 0, CLIENT, DELIVERY_FIN, 1, BASE);
    assert_false(history_pending(pool, 0, CLIENT, DELIVERY_FIN, &frame, &time));
    history_commit(pool, 0, CLIENT, DELIVERY_FIN, &e);
    history_withdraw(pool, 0, CLIENT, DELIVERY_FIN);
    history_withdraw_transition(pool, 0, CLIENT, STATE_CLOSED);
    history_swap(pool, 0);
    history_free(pool, 0);
    assert_int_equal(history_read(pool, 0, list, HISTORY_EVENTS_MAX), 0);
    assert_false(history_overflowed(pool, 0));
    assert_int_equal(history_pool_lost(pool, &time), 0);
    history_pool_free(pool);
}

static void transition_add(struct history_pool *pool, uint32_t log, uint64_t frame,
                           enum tcp_state from, enum tcp_state to)
{
    struct event e = { .kind = EVENT_TRANSITION, .endpoint = SERVER, .from = (uint8_t)from,
                       .to = (uint8_t)to, .frame = frame, .time = BASE + (int64_t)frame };
    assert_true(history_add(pool, log, &e));
}

static void pending_and_commit(void **state)
{
    (void)state;
    struct event list[HISTORY_EVENTS_MAX];
    struct history_pool *pool = history_pool_new(10, false);
    uint32_t log = history_new(pool, 1, BASE);
    uint64_t frame;
    int64_t time;
    transition_add(pool, log, 2, STATE_LISTEN, STATE_SYN_RCVD);
    history_pend(pool, log, SERVER, DELIVERY_ACK_OF_SYN, 3, BASE + 3);
    history_pend(pool, log, CLIENT, DELIVERY_FIN, 4, BASE + 4);
    assert_int_equal(history_read(pool, log, list, HISTORY_EVENTS_MAX), 1); /* not shown */
    assert_true(history_pending(pool, log, SERVER, DELIVERY_ACK_OF_SYN, &frame, &time));
    assert_int_equal(frame, 3);
    assert_true(time == BASE + 3);
    assert_false(history_pending(pool, log, SERVER, DELIVERY_FIN, &frame, &time));
    assert_false(history_pending(pool, log, CLIENT, DELIVERY_ACK_OF_SYN, &frame, &time));
    const struct event commit = { .kind = EVENT_TRANSITION, .endpoint = SERVER,
                                  .certainty = CERTAINTY_PROVED, .from = STATE_SYN_RCVD,
                                  .to = STATE_ESTABLISHED, .frame = 9, .evidence = 9,
                                  .time = BASE + 9 };
    history_commit(pool, log, SERVER, DELIVERY_ACK_OF_SYN, &commit);
    assert_false(history_pending(pool, log, SERVER, DELIVERY_ACK_OF_SYN, &frame, &time));
    struct event wanted = commit; /* dated to the delivery, not to its proof */
    wanted.frame = 3;
    wanted.time = BASE + 3;
    assert_int_equal(history_read(pool, log, list, HISTORY_EVENTS_MAX), 2);
    assert_event(&list[1], &wanted);
    history_commit(pool, log, SERVER, DELIVERY_ACK_OF_SYN, &commit); /* nothing is pending */
    history_withdraw(pool, log, CLIENT, DELIVERY_FIN);
    assert_false(history_pending(pool, log, CLIENT, DELIVERY_FIN, &frame, &time));
    assert_int_equal(history_read(pool, log, list, HISTORY_EVENTS_MAX), 2);
    history_pool_free(pool);
}

/* Decided late: not before the endpoint's newest transition, and listed behind it. */
static void commit_is_clamped(void **state)
{
    (void)state;
    struct event list[HISTORY_EVENTS_MAX];
    struct history_pool *pool = history_pool_new(10, false);
    uint32_t log = history_new(pool, 1, BASE);
    transition_add(pool, log, 2, STATE_LISTEN, STATE_SYN_RCVD);
    history_pend(pool, log, SERVER, DELIVERY_FIN, 5, BASE + 5);
    transition_add(pool, log, 6, STATE_SYN_RCVD, STATE_ESTABLISHED);
    const struct event commit = { .kind = EVENT_TRANSITION, .endpoint = SERVER,
                                  .from = STATE_ESTABLISHED, .to = STATE_CLOSE_WAIT,
                                  .evidence = 6 };
    history_commit(pool, log, SERVER, DELIVERY_FIN, &commit);
    assert_int_equal(history_read(pool, log, list, HISTORY_EVENTS_MAX), 3);
    assert_int_equal(list[1].to, STATE_ESTABLISHED);
    assert_int_equal(list[2].to, STATE_CLOSE_WAIT);
    assert_int_equal(list[2].frame, 6);
    assert_true(list[2].time == BASE + 6);
    assert_int_equal(list[2].evidence, 6);
    history_pool_free(pool);
}

static void withdraw_transition(void **state)
{
    (void)state;
    struct event list[HISTORY_EVENTS_MAX];
    struct history_pool *pool = history_pool_new(10, false);
    uint32_t log = history_new(pool, 1, BASE);
    transition_add(pool, log, 2, STATE_NONE, STATE_CLOSED);
    transition_add(pool, log, 3, STATE_CLOSED, STATE_SYN_RCVD);
    transition_add(pool, log, 4, STATE_SYN_RCVD, STATE_CLOSED);
    history_withdraw_transition(pool, log, CLIENT, STATE_CLOSED); /* it has none */
    assert_int_equal(history_read(pool, log, list, HISTORY_EVENTS_MAX), 3);
    history_withdraw_transition(pool, log, SERVER, STATE_CLOSED); /* the newest of two */
    assert_int_equal(history_read(pool, log, list, HISTORY_EVENTS_MAX), 2);
    assert_int_equal(list[0].to, STATE_CLOSED);
    assert_int_equal(list[1].to, STATE_SYN_RCVD);
    history_pool_free(pool);
}

static void swap(void **state)
{
    (void)state;
    struct event list[HISTORY_EVENTS_MAX];
    struct history_pool *pool = history_pool_new(10, false);
    uint32_t log = history_new(pool, 1, BASE);
    uint64_t frame;
    int64_t time;
    for (uint64_t i = 0; i < BLOCK_ENTRIES + 5; i++) /* in more than one block */
        transition_add(pool, log, 2 + i, STATE_NONE, STATE_CLOSED);
    history_pend(pool, log, CLIENT, DELIVERY_FIN, 50, BASE + 50);
    history_swap(pool, log);
    size_t count = history_read(pool, log, list, HISTORY_EVENTS_MAX);
    assert_int_equal(count, BLOCK_ENTRIES + 5);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(list[i].endpoint, CLIENT);
        assert_int_equal(list[i].frame, 2 + i);
    }
    assert_true(history_pending(pool, log, SERVER, DELIVERY_FIN, &frame, &time));
    assert_false(history_pending(pool, log, CLIENT, DELIVERY_FIN, &frame, &time));
    history_pool_free(pool);
}

/* A clock that steps back is followed for an hour; beyond, times are the nearest that can be
 * told. */
static void clock_goes_back(void **state)
{
    (void)state;
    struct event list[HISTORY_EVENTS_MAX];
    struct history_pool *pool = history_pool_new(10, false);
    uint32_t log = history_new(pool, 1, BASE);
    const int64_t hour = INT64_C(3600000000000);
    const int64_t times[] = { BASE - 1, BASE - hour, BASE - hour - 1, BASE };
    for (uint64_t i = 0; i < 4; i++) {
        struct event e = { .kind = EVENT_FIN_REPEATED, .frame = 2 + i, .time = times[i] };
        assert_true(history_add(pool, log, &e));
    }
    assert_int_equal(history_read(pool, log, list, HISTORY_EVENTS_MAX), 4);
    assert_true(list[0].time == BASE - 1);
    assert_true(list[1].time == BASE - hour);
    assert_true(list[2].time == BASE - hour);
    assert_true(list[3].time == BASE);
    assert_int_equal(list[0].frame, 2);
    history_pool_free(pool);
}

/* What tcp/neighbour notes lies beside the first block's entries, and neither writes over the
 * other; a block that was used before begins clean. */
static void neighbour_has_its_own_room(void **state)
{
    (void)state;
    struct event list[HISTORY_EVENTS_MAX];
    struct history_pool *pool = history_pool_new(3, false);
    uint32_t log = history_new(pool, 1, BASE);
    struct neighbour clean, noted, *neighbour = history_neighbour(pool, log);
    memset(&clean, 0, sizeof clean);
    memset(&noted, 0xa5, sizeof noted);
    assert_memory_equal(neighbour, &clean, sizeof clean);
    *neighbour = noted;
    for (uint64_t i = 0; i < 2 * BLOCK_ENTRIES; i++) {
        struct event e = { .kind = EVENT_TRANSITION, .frame = 1 + i, .time = BASE };
        assert_true(history_add(pool, log, &e));
    }
    assert_memory_equal(history_neighbour(pool, log), &noted, sizeof noted);
    assert_int_equal(history_read(pool, log, list, HISTORY_EVENTS_MAX), 2 * BLOCK_ENTRIES);
    for (uint64_t i = 0; i < 2 * BLOCK_ENTRIES; i++)
        assert_true(list[i].frame == 1 + i && list[i].time == BASE);
    history_free(pool, log);
    for (int i = 0; i < 3; i++) {
        log = history_new(pool, 1, BASE);
        assert_memory_equal(history_neighbour(pool, log), &clean, sizeof clean);
    }
    assert_null(history_neighbour(pool, 0));
    history_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind),          cmocka_unit_test(plain_kinds),
        cmocka_unit_test(far_away),           cmocka_unit_test(order),
        cmocka_unit_test(log_is_bounded),     cmocka_unit_test(pool_is_bounded),
        cmocka_unit_test(no_log),             cmocka_unit_test(pending_and_commit),
        cmocka_unit_test(commit_is_clamped),  cmocka_unit_test(withdraw_transition),
        cmocka_unit_test(swap),               cmocka_unit_test(clock_goes_back),
        cmocka_unit_test(states_have_room),   cmocka_unit_test(withdrawn_room_is_used),
        cmocka_unit_test(neighbour_has_its_own_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
