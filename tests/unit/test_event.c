/* event: looking one up by what it is, and who sent an ICMP error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/event.h"

static const struct event list[] = {
    { .kind = EVENT_FIN_REPEATED, .endpoint = CLIENT, .frame = 2 },
    { .kind = EVENT_CHECK, .endpoint = SERVER, .detail = CHECK_ACK_OF_FIN,
      .result = CHECK_FAILS, .frame = 3 },
    { .kind = EVENT_CHECK, .endpoint = SERVER, .detail = CHECK_ACK_OF_FIN,
      .result = CHECK_HOLDS, .frame = 5 },
    { .kind = EVENT_CHECK, .endpoint = CLIENT, .detail = CHECK_FIN_SEQ_STABLE,
      .result = CHECK_HOLDS, .frame = 5 },
    { .kind = EVENT_FIN_REPEATED, .endpoint = SERVER, .frame = 7 },
};
#define COUNT (sizeof list / sizeof list[0])

static void finds(void **state)
{
    (void)state;
    struct event_query q = { .kind = EVENT_CHECK, .endpoint = EVENT_ANY, .detail = EVENT_ANY,
                             .result = EVENT_ANY };
    assert_ptr_equal(event_find(list, COUNT, q), &list[1]);
    assert_ptr_equal(event_find_last(list, COUNT, q), &list[3]);
    q.result = CHECK_HOLDS;
    assert_ptr_equal(event_find(list, COUNT, q), &list[2]);
    q.detail = CHECK_FIN_SEQ_STABLE;
    assert_ptr_equal(event_find(list, COUNT, q), &list[3]);
    q.endpoint = SERVER;
    assert_null(event_find(list, COUNT, q));
    assert_null(event_find_last(list, COUNT, q));
    q.detail = EVENT_ANY;
    assert_ptr_equal(event_find_last(list, COUNT, q), &list[2]);
}

static void finds_before(void **state)
{
    (void)state;
    struct event_query q = { .kind = EVENT_FIN_REPEATED, .endpoint = EVENT_ANY,
                             .detail = EVENT_ANY, .result = EVENT_ANY };
    assert_ptr_equal(event_find_last(list, COUNT, q), &list[4]);
    q.before = 7;
    assert_ptr_equal(event_find_last(list, COUNT, q), &list[0]);
    q.before = 2;
    assert_null(event_find_last(list, COUNT, q));
    q = (struct event_query){ .kind = EVENT_RESET, .endpoint = EVENT_ANY, .detail = EVENT_ANY,
                              .result = EVENT_ANY };
    assert_null(event_find(list, COUNT, q));
    assert_null(event_find(NULL, 0, q));
}

static void finds_by_kind(void **state)
{
    (void)state;
    assert_ptr_equal(event_first(list, COUNT, EVENT_FIN_REPEATED, EVENT_ANY), &list[0]);
    assert_ptr_equal(event_first(list, COUNT, EVENT_FIN_REPEATED, SERVER), &list[4]);
    assert_null(event_first(list, COUNT, EVENT_CHECK, 2));
    assert_null(event_first(list, COUNT, EVENT_RESET, EVENT_ANY));
    assert_ptr_equal(event_last_before(list, COUNT, EVENT_FIN_REPEATED, EVENT_ANY, 0), &list[4]);
    assert_ptr_equal(event_last_before(list, COUNT, EVENT_FIN_REPEATED, EVENT_ANY, 7), &list[0]);
    assert_null(event_last_before(list, COUNT, EVENT_FIN_REPEATED, SERVER, 7));
}

/* The client closed first and its FIN was taken back by nobody; the server entered ESTABLISHED
 * twice, as after a RST that was not believed. */
static void finds_states(void **state)
{
    (void)state;
    static const struct event changes[] = {
        { .kind = EVENT_TRANSITION, .endpoint = SERVER, .to = STATE_ESTABLISHED, .frame = 3 },
        { .kind = EVENT_CHECK, .endpoint = CLIENT, .to = STATE_FIN_WAIT_1, .frame = 3 },
        { .kind = EVENT_TRANSITION, .endpoint = CLIENT, .to = STATE_FIN_WAIT_1, .frame = 4 },
        { .kind = EVENT_TRANSITION, .endpoint = SERVER, .to = STATE_ESTABLISHED, .frame = 5 },
        { .kind = EVENT_TRANSITION, .endpoint = SERVER, .to = STATE_LAST_ACK, .frame = 6 },
    };
    size_t n = sizeof changes / sizeof changes[0];
    assert_ptr_equal(event_entered(changes, n, SERVER, STATE_ESTABLISHED), &changes[0]);
    assert_ptr_equal(event_entered_last(changes, n, SERVER, STATE_ESTABLISHED), &changes[3]);
    assert_null(event_entered(changes, n, CLIENT, STATE_ESTABLISHED));
    assert_null(event_entered_last(changes, n, CLIENT, STATE_LAST_ACK));
    assert_ptr_equal(event_fin(changes, n, CLIENT), &changes[2]);
    assert_ptr_equal(event_fin(changes, n, SERVER), &changes[4]);
    assert_null(event_fin(changes, 2, CLIENT));
}

/* Ten bytes in the first part, six in the second; in the order of the wire. */
static void addresses_in_parts(void **state)
{
    (void)state;
    static const uint8_t address[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
    uint8_t again[16] = { 0 };
    for (uint8_t part = 0; part < 2; part++) {
        struct event e = { .kind = EVENT_ICMP_REPORTER, .detail = part };
        event_put_address(&e, address);
        assert_int_equal(e.observed, part ? 0x0b0c0d0e : 0x01020304);
        assert_int_equal(e.expected, part ? 0x0f100000 : 0x05060708);
        assert_int_equal(e.addend, part ? 0 : 0x090a);
        event_get_address(&e, again);
    }
    assert_memory_equal(again, address, 16);
}

/* The address is among the events of the error's frame; half an IPv6 address is none. */
static void reporters(void **state)
{
    (void)state;
    static const uint8_t nobody[16] = { 0 };
    struct summary summary = { .ip_version = 4 };
    summary.endpoints[CLIENT].address[0] = 10;
    summary.endpoints[SERVER].address[0] = 20;
    struct event events[] = {
        { .kind = EVENT_ICMP_ERROR, .endpoint = CLIENT, .frame = 3, .detail = 3 },
        { .kind = EVENT_TRANSITION, .frame = 3 },
        { .kind = EVENT_ICMP_REPORTER, .frame = 3, .observed = 0xc00002fe },
        { .kind = EVENT_ICMP_REPORTER, .frame = 4, .observed = 0x01020304 },
    };
    uint8_t address[16];
    assert_true(event_reporter(events, 4, &events[0], &summary, address));
    assert_int_equal(address[0], 192);
    assert_int_equal(address[3], 254);
    assert_false(event_reporter(events, 2, &events[0], &summary, address));
    assert_memory_equal(address, nobody, 16);
    summary.ip_version = 6;
    assert_false(event_reporter(events, 4, &events[0], &summary, address));
    assert_memory_equal(address, nobody, 16);
    events[1] = (struct event){ .kind = EVENT_ICMP_REPORTER, .frame = 3, .observed = 0x20010db8 };
    events[2].detail = 1;
    assert_true(event_reporter(events, 4, &events[0], &summary, address));
    assert_int_equal(address[0], 0x20);
    assert_int_equal(address[10], 0xc0);
    /* One of the ends: no address is needed. */
    for (int about = CLIENT; about <= SERVER; about++) {
        events[0].endpoint = (uint8_t)about;
        events[0].addend = REPORTER_PEER;
        assert_true(event_reporter(events, 1, &events[0], &summary, address));
        assert_int_equal(address[0], about == CLIENT ? 20 : 10);
        events[0].addend = REPORTER_SENDER;
        assert_true(event_reporter(events, 1, &events[0], &summary, address));
        assert_int_equal(address[0], about == CLIENT ? 10 : 20);
    }
}

/* The first error about the client that rejects a SYN. */
static void rejections(void **state)
{
    (void)state;
    const struct event events[] = {
        { .kind = EVENT_ICMP_ERROR, .endpoint = CLIENT, .detail = 3, .result = 4 },
        { .kind = EVENT_ICMP_ERROR, .endpoint = SERVER, .detail = 3, .result = 1 },
        { .kind = EVENT_ICMP_ERROR, .endpoint = CLIENT, .detail = 3, .result = 1 },
        { .kind = EVENT_ICMP_ERROR, .endpoint = CLIENT, .detail = 3, .result = 3 },
    };
    assert_ptr_equal(event_rejection(events, 4, 4), &events[2]);
    assert_null(event_rejection(events, 2, 4));
    assert_ptr_equal(event_rejection(events, 4, 6), &events[0]); /* type 3: time exceeded */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds),
        cmocka_unit_test(finds_before),
        cmocka_unit_test(finds_by_kind),
        cmocka_unit_test(finds_states),
        cmocka_unit_test(addresses_in_parts),
        cmocka_unit_test(reporters),
        cmocka_unit_test(rejections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
