/* The length of segments and the MSS: RFC 9293 §3.7.1. With CASE_OPEN both have one of 1460. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tracker_case.h"

static void length_mss(void **state)
{
    (void)state;
    case_assert_rule(CASE_OPEN "1 A A len=1460\n", "4 client length-mss holds 1460,1460");
    /* The options count: 1460 - 12. */
    case_assert_rule(CASE_OPEN "1 A A len=1448 ts=1,1\n", "4 client length-mss holds 1448,1448");
    /* Right checksum, and the IP IDs go on by one before and behind it: it was one packet. */
    case_assert_rule(CASE_OPEN "1 A A len=1461\n1.1 A A len=5\n",
                     "4 client length-mss fails 1461,1460 inferred");
    case_assert_rule(CASE_OPEN "1 A A len=1449 ts=1,1\n1.1 A A len=5 ts=1,1\n",
                     "4 client length-mss fails 1449,1448 inferred");
    /* Around the end of the IP IDs: 65535, 0 would tell no ID; 65534, 65535 do. */
    case_assert_rule("id A=65532\n" CASE_OPEN "1 A A len=1461\n1.1 A A len=5\n",
                     "4 client length-mss fails 1461,1460 inferred");
    /* Two numbers on: a card cut it up, or put it together, as the next segment shows. */
    case_assert_rule(CASE_OPEN "1 A A len=1461 id=0x2002\n1.1 A A len=5 id=0x2004\n",
                     "4 client length-mss skipped segmentation-offload");
    /* Before it was left to the card, its checksum was, too. */
    case_assert_rule(CASE_OPEN "1 A A len=1461 partialsum\n1.1 A A len=5\n",
                     "4 client length-mss skipped segmentation-offload");
    case_assert_rule("0 A A seq=1 ack=1 len=9000\n",
                     "1 client length-mss skipped syn-not-captured");
    case_assert_rule("0 A S seq=1000\n0.01 B SA seq=5000 ack=1001 mss=1460 snap=56\n"
                     "0.02 A A\n1 A A len=1461\n",
                     "4 client length-mss skipped options-unknown");
}

static void length_mss_without_option(void **state)
{
    (void)state;
    /* RFC 9293 §3.7.1: 536, and 1220 with IPv6. */
    case_assert_rule("0 A S seq=1\n0.01 B SA seq=9 ack=2\n0.02 A A\n1 A A len=536\n",
                     "4 client length-mss holds 536,536");
    case_assert_rule("0 A S seq=1\n0.01 B SA seq=9 ack=2\n0.02 A A\n"
                     "1 A A len=537\n1.1 A A len=1\n",
                     "4 client length-mss fails 537,536 inferred");
    /* IPv6 has no ID to tell. */
    case_assert_rule("ends A=[2001:db8::1]:40000 B=[2001:db8::2]:80\n0 A S seq=1\n"
                     "0.01 B SA seq=9 ack=2\n0.02 A A\n1 A A len=1220\n",
                     "4 client length-mss holds 1220,1220");
    case_assert_rule("ends A=[2001:db8::1]:40000 B=[2001:db8::2]:80\n0 A S seq=1\n"
                     "0.01 B SA seq=9 ack=2\n0.02 A A\n1 A A len=1221\n1.1 A A len=1\n",
                     "4 client length-mss skipped segmentation-offload");
    /* 80 bytes make no sense, and nobody keeps to it. */
    case_assert_rule("0 A S seq=1\n0.01 B SA seq=9 ack=2 mss=80\n0.02 A A\n"
                     "1 A A len=500\n1.1 A A len=1\n",
                     "-length-mss");
}

static void length_min_mss(void **state)
{
    (void)state;
    case_assert_rule("0 A S seq=1 mss=536\n", "1 client length-min-mss holds 536,536");
    case_assert_rule("0 A S seq=1 mss=535\n", "1 client length-min-mss fails 535,536");
    case_assert_rule("0 A S seq=1\n", "-length-min-mss");
    case_assert_rule("ends A=[2001:db8::1]:40000 B=[2001:db8::2]:80\n0 A S seq=1 mss=1220\n",
                     "1 client length-min-mss holds 1220,1220");
    case_assert_rule("ends A=[2001:db8::1]:40000 B=[2001:db8::2]:80\n0 A S seq=1 mss=1219\n",
                     "1 client length-min-mss fails 1219,1220");
}

/* One full segment shows how much that is. */
#define FULL CASE_OPEN "1 A A len=1460\n"

static void tso_consistent(void **state)
{
    (void)state;
    /* Three full ones; then 3000 = 2 * 1460 + 80, and more at once. */
    case_assert_rule(FULL "1.1 A A len=4380 partialsum\n", "5 client tso-consistent holds 0,0");
    case_assert_rule(FULL "1.1 A A len=3000 partialsum\n1.1005 A A len=1460 partialsum\n",
                     "5 client tso-consistent fails 80,0 inferred");
    /* The end of what there was: pushed, or nothing follows at once, or an answer comes first. */
    case_assert_rule(FULL "1.1 A PA len=3000 partialsum\n1.1005 A A len=1460 partialsum\n",
                     "-tso-consistent fails");
    case_assert_rule(FULL "1.1 A A len=3000 partialsum\n1.2 A A len=1460 partialsum\n",
                     "-tso-consistent fails");
    case_assert_rule(FULL "1.1 A A len=3000 partialsum\n1.1002 B A\n"
                     "1.1005 A A len=1460 partialsum\n",
                     "-tso-consistent fails");
    case_assert_rule(CASE_OPEN "1.1 A A len=3000 partialsum\n",
                     "4 client tso-consistent skipped segment-size-unknown");
    /* Another SYN says in between that the MSS is 40: what was too long before cannot be told. */
    case_assert_rule(FULL "1.1 A A len=3000 partialsum\n1.0999 B S seq=5000 mss=40\n"
                     "1.1005 A A len=1460 partialsum\n",
                     "-tso-consistent fails");
    case_assert_rule(FULL "1.1 A A len=3000\n1.0999 B S seq=5000 mss=40\n1.1005 A A len=1460\n",
                     "-length-mss fails");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(length_mss),
        cmocka_unit_test(length_mss_without_option),
        cmocka_unit_test(length_min_mss),
        cmocka_unit_test(tso_consistent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
