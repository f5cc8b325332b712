/*
 * Rules of timestamps, RFC 7323. After OPEN the client's timestamps begin at 1000 and stand at
 * 1002, the server's begin at 500. Theirs is a clock that goes around as well: at WRAP it does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check_case.h"

#define OPEN                                                                                     \
    "0 A S seq=x win=1000 ts=1000,0\n"                                                           \
    "0.01 B SA seq=y ack=x+1 win=2000 ts=500,1000\n"                                             \
    "0.02 A A ack=y+1 ts=1002,500\n"
/* The client's begin two below 0. */
#define WRAP                                                                                     \
    "0 A S seq=x win=1000 ts=4294967294,0\n"                                                     \
    "0.01 B SA seq=y ack=x+1 win=2000 ts=500,4294967294\n"                                       \
    "0.02 A A ack=y+1 ts=1,500\n"
#define PLAIN                                                                                    \
    "0 A S seq=x win=1000\n"                                                                     \
    "0.01 B SA seq=y ack=x+1 win=2000\n"                                                         \
    "0.02 A A ack=y+1\n"

static void assert_check(const char *packets, const char *wanted)
{
    check_case_assert(packets, wanted, &(struct case_options){ .all_checks = true });
}

static void ts_echo_syn_zero(void **state)
{
    (void)state;
    assert_check(OPEN, "1 client ts-echo-syn-zero holds 0,0");
    assert_check("0 A S seq=x ts=1000,5\n", "1 client ts-echo-syn-zero fails 5,0");
    assert_check(OPEN, "-2 server ts-echo-syn-zero");
    assert_check(PLAIN, "-ts-echo-syn-zero");
}

static void ts_negotiated(void **state)
{
    (void)state;
    assert_check(OPEN, "3 client ts-negotiated holds 0,0");
    assert_check(PLAIN, "3 client ts-negotiated holds 0,0");
    assert_check(OPEN "0.03 A PA len=10\n", "4 client ts-negotiated fails 0,0");
    assert_check(PLAIN "0.03 A PA len=10 ts=5,6\n", "4 client ts-negotiated fails 0,0");
    assert_check(OPEN "0.03 A RA\n", "-ts-negotiated fails");
    assert_check(OPEN "0.03 A A seq=x\n", "-ts-negotiated fails");
    /* Broken options say nothing; nor do timestamps that nobody agreed on. */
    assert_check(OPEN "0.03 A PA len=10 opt=0101080a00000001000000020501\n", "-4 client ts-");
    assert_check(PLAIN "0.03 B PA len=10 ts=5,6\n0.04 A PA len=10 ack=y+11 ts=4,5\n",
                 "-ts-monotonic");
    /* The SYN-ACK offers none: that is enough. */
    assert_check("0 B SA seq=y ack=x+1 win=2000\n0.01 A A seq=x+1 ack=y+1 ts=1,2\n",
                 "2 client ts-negotiated fails 0,0");
    /* The SYN is answered out of an older connection, which had them: that ACK (9999, not x + 1)
     * is none of this one, which has none. */
    assert_check("0 A S seq=1000 win=1000\n0.01 B A seq=7000 ack=9999 ts=5,6\n", "-ts-negotiated");
    assert_check("0 A S seq=1000 win=1000\n0.01 B A seq=7000 ack=1001 ts=5,6\n",
                 "2 server ts-negotiated fails 0,0");
}

static void ts_negotiated_skipped(void **state)
{
    (void)state;
    assert_check("0 A A seq=x+1 ack=y+1 ts=1,2\n",
                 "1 client ts-negotiated skipped syn-not-captured");
    assert_check("0 A S seq=x ts=1000,0 snap=56\n0.01 B SA seq=y ack=x+1 ts=500,1000\n"
                 "0.02 A A ack=y+1 ts=1002,500\n",
                 "3 client ts-negotiated skipped options-unknown");
    /* It was never used: a SYN without it may be missing, and be the one that was answered. */
    assert_check("0 A S seq=x ts=1000,0\n0.01 B SA seq=y ack=x+1 ts=500,1000\n0.02 A A ack=y+1\n",
                 "3 client ts-negotiated skipped options-unknown");
    assert_check(OPEN "0.03 A PA len=10 ts=1003,500 snap=56\n",
                 "4 client ts-negotiated skipped frame-cut-short");
}

static void ts_monotonic(void **state)
{
    (void)state;
    assert_check(OPEN "0.03 A PA len=10 ts=1002,500\n", "4 client ts-monotonic holds 1002,1002");
    /* It acknowledges more, so it was sent later. */
    assert_check(OPEN "0.03 B PA len=10 ts=501,1002\n0.04 A PA len=10 ack=y+11 ts=1001,501\n",
                 "5 client ts-monotonic fails 1001,1002");
    /* Or its IP ID is the next but one: two were counted, of the third ACK and this. */
    assert_check("id A=100\n" OPEN "0.03 A A ts=1003,500\n0.04 A PA len=10 ts=1001,500\n",
                 "5 client ts-monotonic fails 1001,1003");
    assert_check("id A=100\n" OPEN "0.03 A A ts=1003,500\n0.04 A PA len=10 ts=1001,500 id=101\n",
                 "5 client ts-monotonic skipped may-be-reordered");
    assert_check(OPEN "0.03 A PA len=10 ts=1003,500\n0.04 A PA seq=x+1 len=10 ts=1001,500\n",
                 "-ts-monotonic fails");
    /* From 4294967294 over 0 to 1. */
    assert_check(WRAP "0.03 A PA len=10 ts=1,500\n", "4 client ts-monotonic holds 1,1");
    assert_check(WRAP "0.03 B PA len=10 ts=501,1\n"
                      "0.04 A PA len=10 ack=y+11 ts=4294967295,501\n",
                 "5 client ts-monotonic fails 4294967295,1");
}

static void ts_echo_valid(void **state)
{
    (void)state;
    assert_check(OPEN, "3 client ts-echo-valid holds 500,500");
    /* Data of the client has arrived, whose timestamp is 1000 at least. */
    assert_check(OPEN "0.03 A PA len=10 ts=1003,500\n0.04 B A ack=x+11 ts=501,999\n",
                 "5 server ts-echo-valid fails 999,1000");
    assert_check(OPEN "0.03 A PA len=10 ts=1003,500\n0.04 B A ack=x+11 ts=501,1000\n",
                 "5 server ts-echo-valid holds 1000,1003");
    /* Of the future: the client's clock stands at 1004 behind it, and nothing was missed. */
    assert_check(OPEN "0.03 B PA len=10 ts=501,1005\n0.15 A A ack=y+11 ts=1004,501\n",
                 "4 server ts-echo-valid fails 1005,1004");
    assert_check(OPEN "0.03 B PA len=10 ts=501,1005\n0.15 A A ack=y+11 ts=1005,501\n",
                 "-ts-echo-valid fails");
    assert_check(OPEN "0.03 B PA len=10 ts=501,1005\n0.15 A A seq=x+11 ack=y+11 ts=1004,501\n",
                 "-ts-echo-valid fails");
    assert_check(OPEN "0.03 B PA len=10 ts=501,1005\n0.11 A A ack=y+11 ts=1004,501\n",
                 "-ts-echo-valid fails");
}

static void ts_echo_wraps(void **state)
{
    (void)state;
    assert_check(WRAP "0.03 A PA len=10 ts=2,500\n0.04 B A ack=x+11 ts=501,4294967295\n",
                 "5 server ts-echo-valid holds 4294967295,2");
    assert_check(WRAP "0.03 A PA len=10 ts=2,500\n0.04 B A ack=x+11 ts=501,4294967293\n",
                 "5 server ts-echo-valid fails 4294967293,4294967294");
    assert_check(WRAP "0.03 B PA len=10 ts=501,3\n0.15 A A ack=y+11 ts=2,501\n",
                 "4 server ts-echo-valid fails 3,2");
    /* Half way around, 1000 + 2^30 + 2^30, nothing is too old any more. */
    assert_check(OPEN "0.03 A PA len=10 ts=1073742824,500\n0.04 A PA len=10 ts=2147484648,500\n"
                      "0.05 B A ack=x+21 ts=501,999\n",
                 "-ts-echo-valid fails");
}

static void ts_echo_valid_skipped(void **state)
{
    (void)state;
    assert_check("0 A S seq=x ts=1000,0\n0.02 A A ack=y+1 ts=1002,500\n",
                 "2 client ts-echo-valid skipped other-end-not-captured");
    assert_check("0 A A seq=x+1 ack=y+1 ts=1000,500\n0.02 B A seq=y+1 ack=x+1 ts=500,990\n",
                 "2 server ts-echo-valid skipped syn-not-captured");
    /* The SYN-ACK may answer an earlier SYN, which was missed. */
    assert_check(OPEN "0.03 B PA len=10 ts=501,990\n",
                 "4 server ts-echo-valid skipped syn-not-captured");
    /* Two hosts behind one address. */
    assert_check(OPEN "0.03 A PA len=10 ts=7,500\n0.04 B A ack=x+11 ts=501,7\n",
                 "5 server ts-echo-valid skipped several-clocks");
}

/* The client's bytes were acknowledged: TS.Recent of the server is 1003. */
#define TAKEN "0.03 A PA len=10 ts=1003,500\n0.04 B A ack=x+11 ts=501,1003\n"

static void paws_reject(void **state)
{
    (void)state;
    assert_check(OPEN TAKEN "0.05 A PA len=10 ts=1003,501\n",
                 "6 client paws-reject holds 1003,1003");
    assert_check(OPEN TAKEN "0.05 A PA len=10 ts=1001,501\n0.06 B A ack=x+11 ts=502,1003\n"
                            "0.3 A PA seq=x+11 len=10 ts=1005,502\n",
                 "6 client paws-reject fails 1001,1003");
    /* Each of the three is needed: the old timestamp, */
    assert_check(OPEN TAKEN "0.05 A PA len=10 ts=1003,501\n0.06 B A ack=x+11 ts=502,1003\n"
                            "0.3 A PA seq=x+11 len=10 ts=1005,502\n",
                 "-paws-reject fails");
    /* the answer, and that it does not take the data, */
    assert_check(OPEN TAKEN "0.05 A PA len=10 ts=1001,501\n"
                            "0.3 A PA seq=x+11 len=10 ts=1005,501\n",
                 "-paws-reject fails");
    assert_check(OPEN TAKEN "0.05 A PA len=10 ts=1001,501\n0.06 B A ack=x+21 ts=502,1003\n"
                            "0.3 A PA seq=x+11 len=10 ts=1005,502\n",
                 "-paws-reject fails");
    /* and the data again. */
    assert_check(OPEN TAKEN "0.05 A PA len=10 ts=1001,501\n0.06 B A ack=x+11 ts=502,1003\n"
                            "0.3 A PA seq=x+21 len=10 ts=1005,502\n",
                 "-paws-reject fails");
    /* Bytes that were acknowledged are late, not rejected. */
    assert_check(OPEN TAKEN "0.05 A PA seq=x+1 len=10 ts=1001,501\n"
                            "0.06 B A ack=x+11 ts=502,1003\n"
                            "0.3 A PA seq=x+1 len=10 ts=1005,502\n",
                 "-paws-reject fails");
}

static void paws_reject_at_the_wrap(void **state)
{
    (void)state;
    assert_check(WRAP "0.03 A PA len=10 ts=1,500\n0.04 B A ack=x+11 ts=501,1\n"
                      "0.05 A PA len=10 ts=2,501\n",
                 "6 client paws-reject holds 2,1");
    assert_check(WRAP "0.03 A PA len=10 ts=1,500\n0.04 B A ack=x+11 ts=501,1\n"
                      "0.05 A PA len=10 ts=4294967295,501\n0.06 B A ack=x+11 ts=502,1\n"
                      "0.3 A PA seq=x+11 len=10 ts=3,502\n",
                 "6 client paws-reject fails 4294967295,1");
    assert_check("0 A S seq=x ts=1000,0\n0.02 A A ack=y+1 ts=1002,500\n"
                 "0.03 A PA len=10 ts=1003,500\n",
                 "3 client paws-reject skipped other-end-not-captured");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ts_echo_syn_zero),      cmocka_unit_test(ts_negotiated),
        cmocka_unit_test(ts_negotiated_skipped), cmocka_unit_test(ts_monotonic),
        cmocka_unit_test(ts_echo_valid),         cmocka_unit_test(ts_echo_wraps),
        cmocka_unit_test(ts_echo_valid_skipped), cmocka_unit_test(paws_reject),
        cmocka_unit_test(paws_reject_at_the_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
