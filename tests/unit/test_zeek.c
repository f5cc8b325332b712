/* zeek: each step of the two states, as Zeek's source has them (TCPSessionAdapter.cc). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/segment.h"
#include "tcp/zeek.h"

static const char *const state_names[ZEEK_STATE_N] = {
    "INACTIVE", "SYN_SENT", "SYN_ACK_SENT", "PARTIAL", "ESTABLISHED", "CLOSED", "RESET"
};

/* Words like "cSA": who sends (c or s), flags, D for payload, "." for none of these. */
static void send_all(const char *segments, struct zeek_end ends[2])
{
    memset(ends, 0, 2 * sizeof *ends);
    for (const char *at = segments; *at != '\0';) {
        enum endpoint_id x = *at++ == 'c' ? CLIENT : SERVER;
        unsigned flags = 0;
        uint32_t payload = 0;
        for (; *at != '\0' && *at != ' '; at++) {
            flags |= *at == 'S' ? TCP_SYN : 0;
            flags |= *at == 'A' ? TCP_ACK : 0;
            flags |= *at == 'F' ? TCP_FIN : 0;
            flags |= *at == 'R' ? TCP_RST : 0;
            payload += *at == 'D' ? 10 : 0;
        }
        zeek_sent(ends, x, flags, payload);
        at += *at == ' ';
    }
}

struct state_case {
    const char *segments;
    enum zeek_state client, server;
};

static void assert_states(const struct state_case *cases, size_t count)
{
    struct zeek_end ends[2];
    for (size_t i = 0; i < count; i++) {
        send_all(cases[i].segments, ends);
        if (ends[CLIENT].state != cases[i].client || ends[SERVER].state != cases[i].server)
            fail_msg("%s: %s %s", cases[i].segments, state_names[ends[CLIENT].state],
                     state_names[ends[SERVER].state]);
    }
}

static void nothing_seen_before(void **state)
{
    (void)state;
    static const struct state_case cases[] = {
        { "", ZEEK_INACTIVE, ZEEK_INACTIVE },
        { "cS", ZEEK_SYN_SENT, ZEEK_INACTIVE },
        { "cSA", ZEEK_SYN_ACK_SENT, ZEEK_INACTIVE },
        { "cA", ZEEK_PARTIAL, ZEEK_INACTIVE },
        { "c.", ZEEK_PARTIAL, ZEEK_INACTIVE }, /* a scan without flags */
        { "cDA", ZEEK_PARTIAL, ZEEK_INACTIVE },
        { "cFA", ZEEK_CLOSED, ZEEK_INACTIVE },
        { "cR", ZEEK_RESET, ZEEK_INACTIVE },
        { "cSF", ZEEK_CLOSED, ZEEK_INACTIVE },
        { "cSR", ZEEK_RESET, ZEEK_INACTIVE },
        { "cFR", ZEEK_RESET, ZEEK_INACTIVE },
        { "sSA", ZEEK_INACTIVE, ZEEK_ESTABLISHED },
        { "sS", ZEEK_INACTIVE, ZEEK_ESTABLISHED },
        { "sA", ZEEK_INACTIVE, ZEEK_PARTIAL },
        { "sFA", ZEEK_INACTIVE, ZEEK_CLOSED },
        { "sR", ZEEK_INACTIVE, ZEEK_RESET },
    };
    assert_states(cases, sizeof cases / sizeof cases[0]);
}

static void opening(void **state)
{
    (void)state;
    static const struct state_case cases[] = {
        { "cS cS", ZEEK_SYN_SENT, ZEEK_INACTIVE },
        { "cS cA", ZEEK_SYN_SENT, ZEEK_INACTIVE }, /* only the server's answer opens it */
        { "cS cFA", ZEEK_CLOSED, ZEEK_INACTIVE },
        { "cS cR", ZEEK_RESET, ZEEK_INACTIVE },
        { "cSA cFA", ZEEK_CLOSED, ZEEK_INACTIVE },
        { "cSA cR", ZEEK_RESET, ZEEK_INACTIVE },
        { "cS sSA", ZEEK_ESTABLISHED, ZEEK_ESTABLISHED },
        { "cS sS", ZEEK_ESTABLISHED, ZEEK_ESTABLISHED },
        { "cSA sSA", ZEEK_SYN_ACK_SENT, ZEEK_ESTABLISHED },
        { "cA sSA", ZEEK_PARTIAL, ZEEK_ESTABLISHED },
        { "cS sA", ZEEK_SYN_SENT, ZEEK_INACTIVE }, /* an early ACK is no answer */
        { "cS sA sSA", ZEEK_ESTABLISHED, ZEEK_ESTABLISHED },
        { "cS sDA", ZEEK_SYN_SENT, ZEEK_PARTIAL },
        { "cS sRA", ZEEK_SYN_SENT, ZEEK_RESET },
        { "cS sFA", ZEEK_SYN_SENT, ZEEK_CLOSED },
        { "sSA cA", ZEEK_ESTABLISHED, ZEEK_ESTABLISHED }, /* the SYN was not captured */
        { "sSA cDA", ZEEK_ESTABLISHED, ZEEK_ESTABLISHED },
        { "sSA cD", ZEEK_PARTIAL, ZEEK_ESTABLISHED },
        { "sSA cS", ZEEK_SYN_SENT, ZEEK_ESTABLISHED },
        { "sSA cR", ZEEK_RESET, ZEEK_ESTABLISHED },
        { "cA cS", ZEEK_SYN_SENT, ZEEK_INACTIVE },
        { "cA cSA", ZEEK_PARTIAL, ZEEK_INACTIVE },
        { "cA sA", ZEEK_PARTIAL, ZEEK_PARTIAL },
        { "cA sA cS", ZEEK_PARTIAL, ZEEK_PARTIAL },
    };
    assert_states(cases, sizeof cases / sizeof cases[0]);
}

#define OPEN "cS sSA cA "

static void closing(void **state)
{
    (void)state;
    static const struct state_case cases[] = {
        { OPEN "cDA sA sS", ZEEK_ESTABLISHED, ZEEK_ESTABLISHED },
        { OPEN "cFA", ZEEK_CLOSED, ZEEK_ESTABLISHED },
        { OPEN "cFA sFA", ZEEK_CLOSED, ZEEK_CLOSED },
        { OPEN "cR", ZEEK_RESET, ZEEK_ESTABLISHED },
        { OPEN "sFRA", ZEEK_ESTABLISHED, ZEEK_RESET },
        { OPEN "cR sR", ZEEK_RESET, ZEEK_RESET },
        { OPEN "cFA cR", ZEEK_RESET, ZEEK_ESTABLISHED },
        { OPEN "cFA sR", ZEEK_CLOSED, ZEEK_RESET },
        { OPEN "cFA sFA cR", ZEEK_CLOSED, ZEEK_CLOSED },
        { OPEN "cFA cR sFA", ZEEK_CLOSED, ZEEK_CLOSED }, /* both closed after all */
        { OPEN "cR sFA", ZEEK_RESET, ZEEK_CLOSED },      /* that RST ended an open one */
        { OPEN "cR cFA", ZEEK_RESET, ZEEK_ESTABLISHED },
        { OPEN "cR cS", ZEEK_RESET, ZEEK_ESTABLISHED },
        { OPEN "cFA cS", ZEEK_CLOSED, ZEEK_ESTABLISHED },
        { "cA cFA", ZEEK_CLOSED, ZEEK_INACTIVE },
        { "cA sA sRA", ZEEK_PARTIAL, ZEEK_RESET },
    };
    assert_states(cases, sizeof cases / sizeof cases[0]);
}

static void clean(void **state)
{
    (void)state;
    struct zeek_end ends[2];
    send_all(OPEN "cFA", ends);
    assert_true(zeek_is_clean(&ends[CLIENT]));
    assert_true(zeek_is_clean(&ends[SERVER]));
    send_all("cS cFA", ends); /* closed, but never open */
    assert_false(zeek_is_clean(&ends[CLIENT]));
    assert_false(zeek_is_clean(&ends[SERVER]));
    send_all("cA sA", ends);
    assert_false(zeek_is_clean(&ends[CLIENT]));
    send_all(OPEN "cR", ends);
    assert_false(zeek_is_clean(&ends[CLIENT]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_seen_before),
        cmocka_unit_test(opening),
        cmocka_unit_test(closing),
        cmocka_unit_test(clean),
    };
    return cmocka_run_group_tests_name("zeek", tests, NULL, NULL);
}
