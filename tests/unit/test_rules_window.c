/*
 * Rules of windows: RFC 9293 §3.8.6, RFC 5961 §5.2. After OPEN the client may send up to x+2001,
 * the server up to y+1001. Behind a number that looks wrong the other end speaks 20 ms later.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check_case.h"

#define OPEN                                                                                     \
    "0 A S seq=x win=1000\n"                                                                     \
    "0.01 B SA seq=y ack=x+1 win=2000\n"                                                         \
    "0.02 A A ack=y+1\n"
#define SCALED                                                                                   \
    "0 A S seq=x win=1000 ws=7\n"                                                                \
    "0.01 B SA seq=y ack=x+1 win=2000 ws=7\n"                                                    \
    "0.02 A A ack=y+1 win=10\n"
#define CUT                                                                                      \
    "0 A S seq=x win=1000 ws=7 snap=56\n"                                                        \
    "0.01 B SA seq=y ack=x+1 win=2000 ws=7\n"                                                    \
    "0.02 A A ack=y+1\n"
#define MPTCP OPEN "0.025 A A opt=1e0c00810123456789abcdef\n"
#define ALONE "0 A S seq=x win=1000\n0.02 A A ack=y+1\n"
#define MIDDLE "0 A A seq=x+1 ack=y+1 win=1000\n"
/* Frames 4 to 9: 6000 bytes arrive. */
#define THREE_WINDOWS                                                                            \
    OPEN "0.03 A PA len=2000\n0.04 B A ack=x+2001\n"                                             \
         "0.05 A PA len=2000\n0.06 B A ack=x+4001\n"                                             \
         "0.07 A PA len=2000\n0.08 B A ack=x+6001\n"
#define NINE_ACKS                                                                                \
    "+0.01 A A\n+0.01 A A\n+0.01 A A\n+0.01 A A\n+0.01 A A\n+0.01 A A\n+0.01 A A\n+0.01 A A\n"   \
    "+0.01 A A\n"

static void assert_check(const char *packets, const char *wanted)
{
    check_case_assert(packets, wanted, &(struct case_options){ .all_checks = true });
}

static void beyond_window(void **state)
{
    (void)state;
    /* x+1 and 2000 bytes end at x+2001, where x+1 and the window of 2000 do. */
    assert_check(OPEN "0.03 A PA len=2000\n",
                 "4 client beyond-window holds {x+2001},{x+2001}");
    assert_check(OPEN "0.03 A PA len=2001\n0.05 B A ack=x+1\n",
                 "4 client beyond-window fails {x+2002},{x+2001}");
    /* That comes too soon to be an answer for sure; later the same tells. */
    assert_check(OPEN "0.03 A PA len=2001\n0.031 B A ack=x+1\n", "-beyond-window fails");
    assert_check(OPEN "0.03 A PA len=2001\n0.031 B A ack=x+1\n0.05 B A ack=x+1\n",
                 "4 client beyond-window fails {x+2002},{x+2001}");
    /* The server took it: its larger window is missing. Or it says so late. */
    assert_check(OPEN "0.03 A PA len=2001\n0.05 B A ack=x+2002\n", "-beyond-window fails");
    assert_check(OPEN "0.03 A PA len=2001\n0.05 B A ack=x+1 win=2001\n", "-beyond-window fails");
    /* A FIN may stand behind a full window. */
    assert_check(OPEN "0.03 A FPA len=2000\n0.05 B A ack=x+1\n", "-beyond-window fails");
    /* x+1 and 10 * 128 bytes: the scale counts, but not on the SYNs. */
    assert_check(SCALED "0.03 B PA len=1281 win=500\n0.05 A A ack=y+1\n",
                 "4 server beyond-window fails {y+1282},{y+1281}");
    /* SACK blocks up to x+1101 and a window of 1000 behind the ACK of x+1: x+2101. */
    assert_check(OPEN "0.03 A A seq=x+101 len=1000\n"
                      "0.04 B A ack=x+1 win=1000 sack=x+101-x+1101\n"
                      "0.05 A A seq=x+2001 len=100\n0.07 B A ack=x+1\n",
                 "-beyond-window fails");
}

static void beyond_window_skipped(void **state)
{
    (void)state;
    assert_check(MIDDLE "0.03 A PA len=10\n", "2 client beyond-window skipped unknown-scale");
    assert_check(CUT "0.03 A PA len=10\n", "4 client beyond-window skipped options-unknown");
    assert_check(MPTCP "0.03 A PA len=10\n", "5 client beyond-window skipped mptcp");
    assert_check(ALONE "0.03 A PA len=10\n",
                 "3 client beyond-window skipped other-end-not-captured");
}

static void seq_in_window(void **state)
{
    (void)state;
    assert_check(OPEN, "3 client seq-in-window holds {x+1},{x+2001}");
    assert_check(OPEN "0.03 A R seq=x+5000\n0.05 B A ack=x+1\n",
                 "4 client seq-in-window fails {x+5000},{x+2001}");
    assert_check(OPEN "0.03 A R seq=x+2001\n0.05 B A ack=x+1\n", "-seq-in-window fails");
    assert_check(OPEN "0.03 A R seq=x+2002\n0.05 B A ack=x+1\n",
                 "4 client seq-in-window fails {x+2002},{x+2001}");
    /* Taken: what lies between is missing from the capture. */
    assert_check(OPEN "0.03 A PA seq=x+5000 len=10\n0.05 B A ack=x+5010\n",
                 "-seq-in-window fails");
    /* An answer of another connection says nothing. */
    assert_check(OPEN "0.03 A R seq=x+5000\n0.05 B A seq=y+1 ack=x+2000000000\n",
                 "-seq-in-window fails");
    /* 6001 - 2000 = 4001: older than one window, and sent now by its IP ID. */
    assert_check("id A=100\n" THREE_WINDOWS NINE_ACKS
                 "0.3 A A seq=x+3990 len=10\n0.32 B A ack=x+6001\n",
                 "19 client seq-in-window fails {x+4000},{x+4001}");
    assert_check("id A=100\n" THREE_WINDOWS NINE_ACKS
                 "0.3 A A seq=x+3990 len=11\n0.32 B A ack=x+6001\n",
                 "-seq-in-window fails");
    /* Below the client's first number, and more than 2000 below x+1. */
    assert_check(OPEN "0.025 B A ack=x+1\n0.03 A PA seq=x-2010 len=10\n0.05 B A ack=x+1\n",
                 "5 client seq-in-window fails {x-2000},{x-1999}");
    assert_check(OPEN "0.025 B A ack=x+1\n0.03 A PA seq=x-2009 len=10\n0.05 B A ack=x+1\n",
                 "-seq-in-window fails");
    /* Behind a FIN behind a full window, and a bare ACK behind what went beyond. */
    assert_check(OPEN "0.03 A FPA len=2000\n0.05 B FA ack=x+1\n0.06 A A ack=y+2\n"
                      "0.08 B A ack=x+1\n",
                 "-seq-in-window fails");
    assert_check(OPEN "0.03 A PA len=2001\n0.04 A A\n0.06 B A ack=x+1\n", "-seq-in-window fails");
}

static void seq_in_window_skipped(void **state)
{
    (void)state;
    assert_check(THREE_WINDOWS "0.09 A A seq=x+3990 len=10\n0.11 B A ack=x+6001\n",
                 "10 client seq-in-window skipped may-be-reordered");
    assert_check(MIDDLE, "1 client seq-in-window skipped unknown-scale");
    assert_check(CUT, "3 client seq-in-window skipped options-unknown");
    assert_check(MPTCP, "4 client seq-in-window skipped mptcp");
    assert_check(ALONE, "2 client seq-in-window skipped other-end-not-captured");
}

static void window_shrunk(void **state)
{
    (void)state;
    /* y+1 + 1000 before, y+101 + 900 now. */
    assert_check(OPEN "0.03 B PA len=100\n0.04 A A ack=y+101 win=900\n",
                 "5 client window-shrunk holds {y+1001},{y+1001}");
    assert_check(OPEN "0.03 B PA len=100\n0.04 A A ack=y+101 win=899\n",
                 "5 client window-shrunk fails {y+1000},{y+1001}");
    /* The window of a SYN is none to measure by, sent again neither: x+2001 before, x+102 now. */
    assert_check(OPEN "0.03 A PA len=100\n0.04 B A ack=x+101 win=1\n", "-window-shrunk fails");
    assert_check(OPEN "0.03 B SA seq=y ack=x+1 win=2000\n0.04 A PA seq=x+1 len=100\n"
                      "0.05 B A seq=y+1 ack=x+101 win=1\n",
                 "-window-shrunk fails");
    /* Told once: the next is measured from there. */
    assert_check(OPEN "0.03 B PA len=100\n0.04 A A ack=y+101 win=500\n"
                      "0.05 B PA len=100\n0.06 A A ack=y+201 win=400\n",
                 "-7 client window-shrunk fails");
    /* The scale of 7 rounds off up to 127: y+1 + 1280 before, y+101 + 1152, y+101 + 1024 now. */
    assert_check(SCALED "0.03 B PA len=100\n0.04 A A ack=y+101 win=9\n", "-window-shrunk fails");
    assert_check(SCALED "0.03 B PA len=100\n0.04 A A ack=y+101 win=8\n",
                 "5 client window-shrunk fails {y+1125},{y+1281}");
}

static void window_shrunk_skipped(void **state)
{
    (void)state;
    /* The same ACK: which came later is not known, unless by IP IDs or a new timestamp. */
    assert_check(OPEN "0.03 A A win=500\n", "4 client window-shrunk skipped may-be-reordered");
    assert_check(OPEN "id A=100\n" NINE_ACKS "+0.01 A A win=500\n",
                 "13 client window-shrunk fails {y+501},{y+1001}");
    assert_check(OPEN "id A=100\n" NINE_ACKS "+0.01 A A win=500 id=99\n",
                 "13 client window-shrunk skipped may-be-reordered");
    assert_check(MIDDLE, "1 client window-shrunk skipped unknown-scale");
    assert_check(CUT, "3 client window-shrunk skipped options-unknown");
    assert_check(MPTCP, "4 client window-shrunk skipped mptcp");
}

static void ack_too_old(void **state)
{
    (void)state;
    /* The server's SND.UNA is y+1, the client's window was 1000 at most. */
    assert_check(OPEN, "3 client ack-too-old holds {y+1},{y-1000}");
    assert_check(OPEN "0.03 A PA len=5 ack=y-500\n", "-ack-too-old fails");
    assert_check(OPEN "0.03 A PA len=5 ack=y-1000\n",
                 "4 client ack-too-old fails {y-1000},{y-999}");
    assert_check(OPEN "0.03 A PA len=5 ack=y-2000000000\n",
                 "4 client ack-too-old fails {y-2000000000},{y-999}");
    /* A segment outside the window is none of this connection's anyway. */
    assert_check(OPEN "0.03 A PA seq=x+90000 len=5 ack=y-2000000000\n", "-ack-too-old fails");
}

#define SERVER_SENDS                                                                             \
    "0.03 B PA len=1000\n0.04 A A ack=y+1001\n0.05 B PA len=1000\n0.06 A A ack=y+2001\n"         \
    "0.07 B PA len=1000\n0.08 A A ack=y+3001\n"

static void ack_too_old_skipped(void **state)
{
    (void)state;
    /* An ACK that was right once may have been overtaken. */
    assert_check(OPEN SERVER_SENDS "0.09 A A ack=y+1\n",
                 "10 client ack-too-old skipped may-be-reordered");
    assert_check(OPEN "id A=100\n" SERVER_SENDS NINE_ACKS "+0.01 A A ack=y+1\n",
                 "19 client ack-too-old fails {y+1},{y+2001}");
    assert_check(MIDDLE, "1 client ack-too-old skipped unknown-scale");
    assert_check(CUT, "3 client ack-too-old skipped options-unknown");
    assert_check(MPTCP, "4 client ack-too-old skipped mptcp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beyond_window),         cmocka_unit_test(beyond_window_skipped),
        cmocka_unit_test(seq_in_window),         cmocka_unit_test(seq_in_window_skipped),
        cmocka_unit_test(window_shrunk),         cmocka_unit_test(window_shrunk_skipped),
        cmocka_unit_test(ack_too_old),           cmocka_unit_test(ack_too_old_skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
