/* Options of the SYNs: RFC 7323 §2, RFC 2018 §2, RFC 7413 §4.1.1, RFC 8684 §3.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tcp/audit.h"
#include "tracker_case.h"

static void wscale_only_in_syn(void **state)
{
    (void)state;
    case_assert_rule("0 A S seq=1 ws=7\n", "1 client wscale-only-in-syn holds 7,0");
    case_assert_rule(CASE_OPEN "1 A A ws=7\n", "4 client wscale-only-in-syn fails 7,0");
}

static void wscale_bounds(void **state)
{
    (void)state;
    case_assert_rule("0 A S seq=1 ws=14\n", "1 client wscale-bounds holds 14,14");
    case_assert_rule("0 A S seq=1 ws=15\n", "1 client wscale-bounds fails 15,14");
}

#define FULL "mss=1460 sackok ts=1,0 ws=7"
#define ANSWER "mss=1460 sackok ts=2,1 ws=7"

static void wscale_symmetry(void **state)
{
    (void)state;
    case_assert_rule("0 A S seq=1 " FULL "\n1 B SA seq=9 ack=2 " ANSWER "\n",
                     "2 server wscale-symmetry holds 0,0");
    /* Less than was offered is well. */
    case_assert_rule("0 A S seq=1 " FULL "\n1 B SA seq=9 ack=2 mss=1460\n",
                     "2 server wscale-symmetry holds 0,0");
    case_assert_rule("0 A S seq=1 sackok ts=1,0\n1 B SA seq=9 ack=2 ws=7\n",
                     "2 server wscale-symmetry fails 0,0 inferred");
    case_assert_rule("0 A S seq=1 ts=1,0 ws=7\n1 B SA seq=9 ack=2 sackok\n",
                     "2 server wscale-symmetry fails 0,0 inferred");
    case_assert_rule("0 A S seq=1 sackok ws=7\n1 B SA seq=9 ack=2 ts=1,0\n",
                     "2 server wscale-symmetry fails 0,0 inferred");
    case_assert_rule("1 B SA seq=9 ack=2 " ANSWER "\n",
                     "1 server wscale-symmetry skipped syn-not-captured");
    /* 14 of Ethernet, 20 of IP, 20 of TCP, and 4 of its options: the MSS. */
    case_assert_rule("0 A S seq=1 " FULL " snap=58\n1 B SA seq=9 ack=2 " ANSWER "\n",
                     "2 server wscale-symmetry skipped options-unknown");
    case_assert_rule("0 A S seq=1 mss=1460\n1 B SA seq=9 ack=2 " ANSWER " snap=58\n",
                     "2 server wscale-symmetry skipped options-unknown");
}

static void tfo_cookie_length(void **state)
{
    (void)state;
    case_assert_rule("0 A S seq=1 tfo=00112233\n", "1 client tfo-cookie-length holds 4,4");
    case_assert_rule("0 A S seq=1 tfo=000102030405060708090a0b0c0d0e0f\n",
                     "1 client tfo-cookie-length holds 16,4");
    case_assert_rule("0 A S seq=1 tfo=request\n", "-tfo-cookie-length");
    case_assert_rule("0 A S seq=1 tfo=0011\n", "1 client tfo-cookie-length fails 2,4");
    case_assert_rule("0 A S seq=1 tfo=000102030405060708090a0b0c0d0e0f1011\n",
                     "1 client tfo-cookie-length fails 18,16");
    case_assert_rule("0 A S seq=1 tfo=0001020304\n", "1 client tfo-cookie-length fails 1,0");
    case_assert_rule("0 A S seq=1 tfoexp=0001020304\n", "1 client tfo-cookie-length fails 1,0");
    case_assert_rule(CASE_OPEN "1 A A tfo=0011\n", "-tfo-cookie-length");
}


/* A SYN that has the option only offers it. */
static void mptcp_is_remembered(void **state)
{
    (void)state;
    static const struct {
        uint16_t flags, options;
        bool mptcp;
    } segments[] = { { TCP_SYN, OPTION_MPTCP, false },
                     { TCP_SYN | TCP_ACK, OPTION_MPTCP, true },
                     { TCP_SYN | TCP_ACK, OPTION_MSS, false },
                     { TCP_ACK, OPTION_MPTCP | OPTION_TIMESTAMPS, true } };
    for (size_t i = 0; i < sizeof segments / sizeof segments[0]; i++) {
        struct connection c = { .first_frame = 1 };
        struct segment s = { .flags = segments[i].flags, .options = segments[i].options };
        audit_options_note(&(struct step){ .c = &c, .s = &s });
        assert_int_equal(c.mptcp, segments[i].mptcp);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wscale_only_in_syn),
        cmocka_unit_test(wscale_bounds),
        cmocka_unit_test(wscale_symmetry),
        cmocka_unit_test(tfo_cookie_length),
        cmocka_unit_test(mptcp_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
