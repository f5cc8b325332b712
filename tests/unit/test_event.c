/* event: looking one up by what it is. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds),
        cmocka_unit_test(finds_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
