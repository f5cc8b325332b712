/* Explicit congestion notification: RFC 3168 §6.1, RFC 9768 §3.1. E is ECE, C is CWR, N is AE. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tracker_case.h"

/* The two SYNs have these flags. */
#define SYNS(first, second)                                                                      \
    "0 A " first " seq=1 mss=1460\n0.01 B " second " seq=9 ack=2 mss=1460\n"
#define OPEN(first, second) SYNS(first, second) "0.02 A A\n"

static void ecn_negotiation(void **state)
{
    (void)state;
    /* SYN 2, ACK 16, ECE 64, CWR 128, AE 256. Of a SYN with ECE and CWR: no, or ECE. */
    case_assert_rule(SYNS("SEC", "SAE"), "2 server ecn-negotiation holds 82,0");
    case_assert_rule(SYNS("SEC", "SA"), "2 server ecn-negotiation holds 18,0");
    /* The SYN's bits, sent back blindly. */
    case_assert_rule(SYNS("SEC", "SAEC"), "2 server ecn-negotiation fails 210,0 inferred");
    case_assert_rule(SYNS("SEC", "SAN"), "2 server ecn-negotiation fails 274,0 inferred");
    /* Nobody asked. */
    case_assert_rule(SYNS("S", "SA"), "2 server ecn-negotiation holds 18,0");
    case_assert_rule(SYNS("S", "SAE"), "2 server ecn-negotiation fails 82,0 inferred");
    /* The echoed timestamp names the SYN that is answered. */
    case_assert_rule("0 A S seq=1 ts=7,0\n0.01 B SA seq=9 ack=2 ts=3,7\n",
                     "-ecn-negotiation fails");
    case_assert_rule("0 A S seq=1 ts=7,0\n0.01 B SAE seq=9 ack=2 ts=3,7\n",
                     "2 server ecn-negotiation fails 82,0");
    case_assert_rule("0 A S seq=1 ts=7,0\n0.01 B SAE seq=9 ack=2 ts=3,6\n",
                     "2 server ecn-negotiation fails 82,0 inferred");
    /* AccECN: CWR, ECE and CWR, AE, AE and CWR; ECE is classic; all three are the SYN's. */
    case_assert_rule(SYNS("SECN", "SAC"), "2 server ecn-negotiation holds 146,0");
    case_assert_rule(SYNS("SECN", "SAEC"), "2 server ecn-negotiation holds 210,0");
    case_assert_rule(SYNS("SECN", "SAN"), "2 server ecn-negotiation holds 274,0");
    case_assert_rule(SYNS("SECN", "SACN"), "2 server ecn-negotiation holds 402,0");
    case_assert_rule(SYNS("SECN", "SAE"), "2 server ecn-negotiation holds 82,0");
    case_assert_rule(SYNS("SECN", "SA"), "2 server ecn-negotiation holds 18,0");
    case_assert_rule(SYNS("SECN", "SAECN"), "2 server ecn-negotiation fails 466,0 inferred");
    /* The SYN comes again without: the answer may be to either. */
    case_assert_rule("0 A SEC seq=1\n1 A S seq=1\n1.01 B SAE seq=9 ack=2\n",
                     "3 server ecn-negotiation holds 82,0");
    case_assert_rule("0.01 B SAE seq=9 ack=2\n",
                     "1 server ecn-negotiation skipped syn-not-captured");
}

static void ecn_syn_not_ect(void **state)
{
    (void)state;
    case_assert_rule(SYNS("SEC", "SAE"), "1 client ecn-syn-not-ect holds 0,0");
    case_assert_rule("0 A SEC seq=1 ecn=2\n", "1 client ecn-syn-not-ect fails 2,0");
    case_assert_rule("0 A SEC seq=1\n0.01 B SAE seq=9 ack=2 ecn=1\n",
                     "2 server ecn-syn-not-ect fails 1,0");
    /* Data is marked when it is sent for the first time, not a bare ACK, not what comes again. */
    case_assert_rule(OPEN("SEC", "SAE") "1 A PA len=5 ecn=2\n", "-ecn-syn-not-ect fails");
    case_assert_rule(OPEN("SEC", "SAE") "1 A A ecn=2\n", "4 client ecn-syn-not-ect fails 2,0");
    case_assert_rule(OPEN("SEC", "SAE") "1 A PA len=5 ecn=2\n1.3 A PA seq=2 len=5 ecn=2\n",
                     "5 client ecn-syn-not-ect fails 2,0 inferred");
    /* What AccECN does with it is not checked. */
    case_assert_rule("0 A SECN seq=1 ecn=2\n", "1 client ecn-syn-not-ect skipped accecn");
    case_assert_rule(OPEN("SECN", "SAC") "1 A A ecn=2\n",
                     "3 client ecn-syn-not-ect skipped accecn");
    /* But where it fell back to classic ECN. */
    case_assert_rule(OPEN("SECN", "SAE") "1 A A ecn=2\n", "4 client ecn-syn-not-ect fails 2,0");
    case_assert_rule("0 A A seq=1 ack=1 ecn=2\n",
                     "1 client ecn-syn-not-ect skipped syn-not-captured");
}

static void reserved_bits(void **state)
{
    (void)state;
    /* As one number: Z is 8, Y is 4, X is 2, AE is 1. */
    case_assert_rule(CASE_OPEN, "1 client reserved-bits holds 0,0");
    case_assert_rule("0 A SX seq=1\n", "1 client reserved-bits fails 2,0");
    case_assert_rule(CASE_OPEN "1 A AY\n", "4 client reserved-bits fails 4,0");
    case_assert_rule(CASE_OPEN "1 A AZ\n", "4 client reserved-bits fails 8,0");
    /* AE: on a SYN, and where AccECN was asked for. */
    case_assert_rule("0 A SECN seq=1\n", "1 client reserved-bits holds 0,0");
    case_assert_rule(OPEN("SECN", "SAC") "1 A AN\n", "-reserved-bits fails");
    case_assert_rule(OPEN("SECN", "SAC") "1 A AXN\n", "4 client reserved-bits fails 3,0");
    case_assert_rule(CASE_OPEN "1 A AN\n", "4 client reserved-bits fails 1,0 inferred");
    case_assert_rule("0 A AN seq=1 ack=1\n", "1 client reserved-bits skipped syn-not-captured");
}


int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ecn_negotiation),
        cmocka_unit_test(ecn_syn_not_ect),
        cmocka_unit_test(reserved_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
