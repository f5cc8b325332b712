/*
 * arithmetic: the thirteen checks of RFC 9293 §3.4 to §3.6. Client numbers begin at x, server
 * numbers at y.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check_case.h"

#define SYN "0 A S seq=x win=64240\n"
#define SYN_SYNACK SYN "0.01 B SA seq=y ack=x+1 win=65160\n"
#define OPEN SYN_SYNACK "0.02 A A\n"

static void assert_check(const char *packets, const char *wanted)
{
    check_case_assert(packets, wanted, NULL);
}

static void syn_seq_is_isn(void **state)
{
    (void)state;
    assert_check(SYN, "1 client syn-seq-is-isn holds {x+0}={x+0}");
    assert_check(SYN "1 A S seq=x\n", "2 client syn-seq-is-isn holds {x+0}={x+0}");
    assert_check(SYN_SYNACK "1 B SA seq=y+9 ack=x+1\n",
                 "3 server syn-seq-is-isn fails {y+9}={y+0}");
}

static void syn_ack_field_zero(void **state)
{
    (void)state;
    assert_check(SYN, "1 client syn-ack-field-zero holds 0=0");
    assert_check("0 A S seq=x ack=77\n", "1 client syn-ack-field-zero fails 77=0");
    assert_check(SYN_SYNACK, "-2 server syn-ack-field-zero");
}

static void synack_acks_isn_plus_1(void **state)
{
    (void)state;
    assert_check(SYN_SYNACK, "2 server synack-acks-isn-plus-1 holds {x+1}={x+1}");
    assert_check(SYN "0.01 B SA seq=y ack=x\n",
                 "2 server synack-acks-isn-plus-1 fails {x+0}={x+1}");
    assert_check(SYN "0.01 B SA seq=y ack=x+2\n",
                 "2 server synack-acks-isn-plus-1 fails {x+2}={x+1}");
    assert_check("0 B SA seq=y ack=x+1\n",
                 "1 server synack-acks-isn-plus-1 skipped syn-not-captured");
    /* RFC 7413 §4.2: the 100 bytes on the SYN all accepted, a part, none, more than there are. */
    assert_check("0 A S seq=x len=100\n0.01 B SA seq=y ack=x+101\n",
                 "2 server synack-acks-isn-plus-1 holds {x+101}={x+101}");
    assert_check("0 A S seq=x len=100\n0.01 B SA seq=y ack=x+41\n",
                 "2 server synack-acks-isn-plus-1 holds {x+41}={x+41}");
    assert_check("0 A S seq=x len=100\n0.01 B SA seq=y ack=x+1\n",
                 "2 server synack-acks-isn-plus-1 holds {x+1}={x+1}");
    assert_check("0 A S seq=x len=100\n0.01 B SA seq=y ack=x+102\n",
                 "2 server synack-acks-isn-plus-1 fails {x+102}={x+1}");
}

static void handshake_third_seq(void **state)
{
    (void)state;
    assert_check(OPEN, "3 client handshake-third-seq holds {x+1}={x+1}");
    assert_check(SYN_SYNACK "0.02 A A seq=x ack=y+1\n",
                 "3 client handshake-third-seq fails {x+0}={x+1}");
    assert_check(SYN_SYNACK "0.02 A A seq=x+51 ack=y+1\n",
                 "3 client handshake-third-seq skipped gap-in-capture");
    assert_check("0 A S seq=x len=100\n0.01 B SA seq=y ack=x+101\n0.02 A A seq=x+101 ack=y+1\n",
                 "3 client handshake-third-seq holds {x+101}={x+101}");
    assert_check("0 A S seq=x len=100\n0.01 B SA seq=y ack=x+1\n"
                 "0.02 A A seq=x+1 ack=y+1 len=100\n",
                 "3 client handshake-third-seq holds {x+1}={x+1}");
}

static void handshake_ack_number(void **state)
{
    (void)state;
    assert_check(OPEN, "3 client handshake-ack-number holds {y+1}={y+1}");
    assert_check(SYN_SYNACK "0.02 A A seq=x+1 ack=y\n",
                 "3 client handshake-ack-number fails {y+0}={y+1}");
    assert_check(SYN_SYNACK "0.02 A A seq=x+1 ack=y+2\n",
                 "3 client handshake-ack-number fails {y+2}={y+1}");
    /* The third ACK was missed: this one acknowledges data, which shows nothing wrong. */
    assert_check(SYN_SYNACK "0.03 B PA len=10\n0.04 A A\n",
                 "4 client handshake-ack-number skipped gap-in-capture");
    /* Data on the SYN-ACK. */
    assert_check(SYN "0.01 B SA seq=y ack=x+1 len=10\n0.02 A A seq=x+1 ack=y+11\n",
                 "3 client handshake-ack-number holds {y+11}={y+11}");
    assert_check(OPEN "0.03 A A\n", "-4 client handshake-ack-number"); /* once */
}

static void syn_consumes_one(void **state)
{
    (void)state;
    assert_check(OPEN "0.03 A PA len=5\n", "4 client syn-consumes-one holds {x+1}={x+1}");
    assert_check(OPEN "0.03 B PA len=5\n", "4 server syn-consumes-one holds {y+1}={y+1}");
    assert_check(OPEN "0.03 A PA seq=x len=5\n",
                 "4 client syn-consumes-one fails {x+0}={x+1}");
    assert_check(OPEN "0.03 A PA seq=x+100 len=5\n",
                 "4 client syn-consumes-one skipped gap-in-capture");
    assert_check("0 A S seq=x len=100\n0.01 B SA seq=y ack=x+101\n"
                 "0.02 A PA seq=x+101 ack=y+1 len=5\n",
                 "3 client syn-consumes-one holds {x+101}={x+101}");
    assert_check(OPEN "0.03 A PA len=5\n0.04 A PA len=5\n", "-5 client syn-consumes-one");
}

static void simultaneous_acks(void **state)
{
    (void)state;
#define CROSSED SYN "0.001 B S seq=y\n0.02 A SA seq=x ack=y+1\n"
    /* RFC 9293 §3.5 Fig. 7. */
    assert_check(CROSSED, "3 client simultaneous-acks holds {x+0},{y+1}");
    assert_check(CROSSED "0.021 B SA seq=y ack=x+1\n",
                 "4 server simultaneous-acks holds {y+0},{x+1}");
    assert_check(CROSSED "0.021 B SA seq=y ack=x+2\n",
                 "4 server simultaneous-acks fails {y+0},{x+2}");
    assert_check(SYN "0.001 B S seq=y\n0.02 A SA seq=x+1 ack=y+1\n",
                 "3 client simultaneous-acks fails {x+1},{y+1}");
    assert_check(SYN_SYNACK, "-2 server simultaneous-acks");
}

static void pure_ack_consumes_none(void **state)
{
    (void)state;
    assert_check(OPEN "0.03 A PA len=5\n", "4 client pure-ack-consumes-none holds {x+1}={x+1}");
    assert_check(OPEN "0.03 A FA\n", "4 client pure-ack-consumes-none holds {x+1}={x+1}");
    /* One more than expected may be one byte that the capture missed. */
    assert_check(OPEN "0.03 A PA seq=x+2 len=5\n",
                 "4 client pure-ack-consumes-none skipped gap-in-capture");
    /* The peer has all that came, and still asks for x + 1: the ACK took that number. */
    assert_check(OPEN "0.03 A PA seq=x+2 len=5\n0.04 B A ack=x+1\n",
                 "4 client pure-ack-consumes-none fails {x+2}={x+1}");
    assert_check(OPEN "0.03 A PA len=5\n0.04 A A\n0.05 A A\n",
                 "-6 client pure-ack-consumes-none"); /* shown once */
}

static void fin_consumes_one(void **state)
{
    (void)state;
    assert_check(OPEN "0.03 A FA\n0.04 B FA\n0.05 A A\n",
                 "6 client fin-consumes-one holds {x+2}={x+2}");
    /* A FIN with 10 bytes takes the number behind them. */
    assert_check(OPEN "0.03 A FPA len=10\n0.04 B FA\n0.05 A A\n",
                 "6 client fin-consumes-one holds {x+12}={x+12}");
    assert_check(OPEN "0.03 A FA\n0.04 B FA\n0.05 A A seq=x+3 ack=y+2\n",
                 "6 client fin-consumes-one fails {x+3}={x+2}");
}

static void ack_of_fin(void **state)
{
    (void)state;
    assert_check(OPEN "0.03 A FA\n0.04 B A\n", "5 server ack-of-fin holds {x+2}={x+2}");
    assert_check(OPEN "0.03 A FA\n0.04 B A ack=x+3\n", "5 server ack-of-fin fails {x+3}={x+2}");
    assert_check(OPEN "0.03 A FA\n0.04 B A ack=x+1\n",
                 "5 server ack-of-fin skipped not-acknowledged-in-capture");
    assert_check(OPEN "0.03 A FA\n0.04 B A\n0.05 B A\n", "-6 server ack-of-fin"); /* the first */
}

static void fin_seq_stable(void **state)
{
    (void)state;
    assert_check(OPEN "0.03 A FPA len=10 id=3\n0.3 A FPA seq=x+1 len=10 id=4\n",
                 "5 client fin-seq-stable holds {x+11}={x+11}");
    /* The FIN alone, sent again: other SEQ, the same place. */
    assert_check(OPEN "0.03 A FPA len=10\n0.3 A FA seq=x+11\n",
                 "5 client fin-seq-stable holds {x+11}={x+11}");
    assert_check(OPEN "0.03 A FPA len=10\n0.3 A FA seq=x+13\n",
                 "5 client fin-seq-stable fails {x+13}={x+11}");
}

static void last_ack_numbers(void **state)
{
    (void)state;
    /* RFC 9293 §3.6 Fig. 12: SEQ = u + 1, ACK = w + 1. */
    assert_check(OPEN "0.03 A FA\n0.04 B A\n0.05 B FA\n0.06 A A\n",
                 "7 client last-ack-numbers holds {x+2},{y+2}");
    assert_check(OPEN "0.03 B FA\n0.04 A FA\n0.05 B A\n",
                 "6 server last-ack-numbers holds {y+2},{x+2}");
    /* The FIN not counted. */
    assert_check(OPEN "0.03 A FA\n0.04 B FA\n0.06 A A seq=x+1 ack=y+2\n",
                 "6 client last-ack-numbers fails {x+1},{y+2}");
}

static void simultaneous_close_acks(void **state)
{
    (void)state;
#define FINS_CROSSED OPEN "0.03 A FA\n0.031 B FA ack=x+1\n"
    /* RFC 9293 §3.6 Fig. 13. */
    assert_check(FINS_CROSSED "0.05 A A seq=x+2 ack=y+2\n",
                 "6 client simultaneous-close-acks holds {x+2},{y+2}");
    assert_check(FINS_CROSSED "0.05 A A seq=x+2 ack=y+2\n0.051 B A seq=y+2 ack=x+2\n",
                 "7 server simultaneous-close-acks holds {y+2},{x+2}");
    assert_check(FINS_CROSSED "0.05 A A seq=x+1 ack=y+2\n",
                 "6 client simultaneous-close-acks fails {x+1},{y+2}");
    assert_check(OPEN "0.03 A FA\n0.04 B FA\n0.05 A A\n", "-6 client simultaneous-close-acks");
}

/* Every check of the table has a test above: their names are the checks' in the same order. */
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(syn_seq_is_isn),
        cmocka_unit_test(syn_ack_field_zero),
        cmocka_unit_test(synack_acks_isn_plus_1),
        cmocka_unit_test(handshake_third_seq),
        cmocka_unit_test(handshake_ack_number),
        cmocka_unit_test(syn_consumes_one),
        cmocka_unit_test(simultaneous_acks),
        cmocka_unit_test(pure_ack_consumes_none),
        cmocka_unit_test(fin_consumes_one),
        cmocka_unit_test(ack_of_fin),
        cmocka_unit_test(fin_seq_stable),
        cmocka_unit_test(last_ack_numbers),
        cmocka_unit_test(simultaneous_close_acks),
    };
    _Static_assert(sizeof tests / sizeof tests[0] == CHECK_ARITHMETIC_N, "one test a check");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
