/*
 * Rules of the order of data and acknowledgements, RFC 9293 §3.4, and of what asks for an answer,
 * §3.8.4 and §3.8.6.1. After OPEN the client may send up to x+2001, the server up to y+1001.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check_case.h"

#define OPEN                                                                                     \
    "id A=100\n"                                                                                 \
    "0 A S seq=x win=1000\n"                                                                     \
    "0.01 B SA seq=y ack=x+1 win=2000\n"                                                         \
    "0.02 A A ack=y+1\n"
/* Frames 4 to 13: 100 bytes, in segments that follow each other by their IP IDs, 103 to 112. */
#define TEN                                                                                      \
    "+0.01 A PA len=10\n+0.01 A PA len=10\n+0.01 A PA len=10\n+0.01 A PA len=10\n"               \
    "+0.01 A PA len=10\n+0.01 A PA len=10\n+0.01 A PA len=10\n+0.01 A PA len=10\n"               \
    "+0.01 A PA len=10\n+0.01 A PA len=10\n"

static void assert_check(const char *packets, const char *wanted)
{
    check_case_assert(packets, wanted, &(struct case_options){ .all_checks = true });
}

static void data_continuity(void **state)
{
    (void)state;
    assert_check(OPEN "0.03 A PA len=10\n", "4 client data-continuity holds {x+1},{x+1}");
    assert_check(OPEN "0.03 A FA\n", "4 client data-continuity holds {x+1},{x+1}");
    assert_check(OPEN "0.03 A PA seq=x+11 len=10\n",
                 "4 client data-continuity skipped gap-in-capture");
    /* The next IP ID: nothing was sent in between. */
    assert_check(OPEN TEN "+0.01 A PA seq=x+111 len=10\n+1.1 B A ack=x+101\n",
                 "14 client data-continuity fails {x+111},{x+101}");
    assert_check(OPEN TEN "+0.01 A PA seq=x+111 len=10 id=114\n+1.1 B A ack=x+101\n",
                 "14 client data-continuity skipped gap-in-capture");
    /* They come yet, or had come; or were lost, and that was not long ago. */
    assert_check(OPEN TEN "+0.01 A PA seq=x+111 len=10\n+0.2 A PA seq=x+101 len=10\n"
                          "+1.1 B A ack=x+101\n",
                 "-data-continuity fails");
    assert_check(OPEN TEN "+0.01 A PA seq=x+111 len=10\n+1.1 B A ack=x+121\n",
                 "-data-continuity fails");
    assert_check(OPEN TEN "+0.01 A PA seq=x+111 len=10\n+0.9 B A ack=x+101\n",
                 "-data-continuity fails");
    /* So it may be when the segment before was sent again: its first sending is not known. */
    assert_check(OPEN TEN "+0.5 A PA seq=x+91 len=10\n+0.01 A PA seq=x+111 len=10\n",
                 "15 client data-continuity skipped gap-in-capture");
    /* Too few to know how the host counts. */
    assert_check(OPEN "0.03 A PA len=10\n0.04 A PA seq=x+21 len=10\n",
                 "5 client data-continuity skipped gap-in-capture");
}

static void ack_equals_received(void **state)
{
    (void)state;
    const char *const unknown = "5 server ack-equals-received skipped segment-ends-unknown";
    assert_check(OPEN "0.03 A PA len=100\n0.04 B A ack=x+101\n",
                 "5 server ack-equals-received holds {x+101},{x+101}");
    assert_check(OPEN "0.03 A PA len=100\n0.031 A PA len=50\n0.04 B A ack=x+101\n",
                 "6 server ack-equals-received holds {x+101},{x+101}");
    assert_check(OPEN "0.03 A PA len=100\n0.04 B A ack=x+51\n",
                 "5 server ack-equals-received fails {x+51},{x+101}");
    /* 536 bytes go everywhere, 40 of them may be options: longer ones may have been cut up. */
    assert_check(OPEN "0.03 A PA len=496\n0.04 B A ack=x+51\n",
                 "5 server ack-equals-received fails {x+51},{x+497}");
    assert_check(OPEN "0.03 A PA len=497\n0.04 B A ack=x+51\n", unknown);
    /* The data, and the FIN not yet. */
    assert_check(OPEN "0.03 A FPA len=100\n0.04 B A ack=x+101\n", unknown);
    /* Of three segments only the ends of the newest are kept. */
    assert_check(OPEN "0.03 A PA len=9\n0.031 A PA len=9\n0.032 A PA len=9\n0.04 B A ack=x+10\n",
                 "7 server ack-equals-received skipped segment-ends-unknown");
    /* Sent again as one: the ends of the first sending count, too. */
    assert_check(OPEN "0.03 A PA len=9\n0.031 A PA len=9\n0.032 A PA len=9\n"
                      "0.3 A PA seq=x+1 len=27\n0.31 B A ack=x+10\n",
                 "8 server ack-equals-received skipped segment-ends-unknown");
    /* It takes what its window holds. */
    assert_check("0 A S seq=x win=1000\n0.01 B SA seq=y ack=x+1 win=50\n0.02 A A ack=y+1\n"
                 "0.03 A PA len=100\n0.04 B A ack=x+51 win=0\n",
                 unknown);
    assert_check(OPEN "0.03 A PA seq=x+101 len=100\n0.04 B A ack=x+51\n",
                 "5 server ack-equals-received skipped gap-in-capture");
}

/* The server sent 100 bytes, and the client acknowledged them ten times: IP IDs 103 to 112. */
#define TEN_ACKS                                                                                 \
    "0.03 B PA len=100\n"                                                                        \
    "0.04 A A ack=y+101\n0.05 A A\n0.06 A A\n0.07 A A\n0.08 A A\n0.09 A A\n0.10 A A\n"           \
    "0.11 A A\n0.12 A A\n0.13 A A\n"
/* The same without IP IDs, with timestamps. */
#define STAMPED                                                                                  \
    "id A=0 B=0\n"                                                                               \
    "0 A S seq=x win=1000 ts=100,0\n"                                                            \
    "0.01 B SA seq=y ack=x+1 win=2000 ts=7,100\n"                                                \
    "0.02 A A ack=y+1 ts=120,7\n"                                                                \
    "0.03 B PA len=100 ts=9,120\n"                                                               \
    "0.04 A A ack=y+101 ts=140,9\n"

static void ack_monotonic(void **state)
{
    (void)state;
    assert_check(OPEN "0.03 B PA len=100\n0.04 A A ack=y+101\n",
                 "5 client ack-monotonic holds {y+101},{y+1}");
    assert_check(OPEN TEN_ACKS "0.14 A A ack=y+51\n",
                 "15 client ack-monotonic fails {y+51},{y+101}");
    assert_check(OPEN TEN_ACKS "0.14 A A ack=y+51 id=102\n",
                 "15 client ack-monotonic skipped may-be-reordered");
    assert_check(OPEN "0.03 B PA len=100\n0.04 A A ack=y+101\n0.05 A A ack=y+51\n",
                 "6 client ack-monotonic skipped may-be-reordered");
    /* The count goes around behind 65534: 0 passes first, 65535 was overtaken. */
    assert_check("id A=65523\n0 A S seq=x win=1000\n0.01 B SA seq=y ack=x+1 win=2000\n"
                 "0.02 A A ack=y+1\n" TEN_ACKS "0.14 A A ack=y+101 id=0\n"
                 "0.15 A A ack=y+51 id=65535\n",
                 "16 client ack-monotonic skipped may-be-reordered");
    /* A repeat of older bytes may be older itself. */
    assert_check(OPEN TEN_ACKS "0.14 A PA len=10\n0.15 A A seq=x+1 ack=y+51\n",
                 "16 client ack-monotonic skipped may-be-reordered");
    /* A newer timestamp tells after a second of silence: data may be dated ahead (Linux, paced). */
    assert_check(STAMPED "0.05 A A ack=y+51 ts=141,9\n",
                 "6 client ack-monotonic skipped may-be-reordered");
    assert_check(STAMPED "2.05 A A ack=y+51 ts=141,9\n",
                 "6 client ack-monotonic fails {y+51},{y+101}");
    assert_check(STAMPED "2.05 A A ack=y+51 ts=140,9\n",
                 "6 client ack-monotonic skipped may-be-reordered");
}

static void ack_beyond_sent(void **state)
{
    (void)state;
    assert_check(OPEN "0.03 B PA len=100\n0.04 A A ack=y+101\n",
                 "3 client ack-beyond-sent holds {y+1},{y+1}");
    /* y+1 and the client's own window of 1000 end at y+1001. */
    assert_check(OPEN "0.03 A A ack=y+1002\n0.05 B A seq=y+1 ack=x+1\n",
                 "4 client ack-beyond-sent fails {y+1002},{y+1}");
    assert_check(OPEN "0.03 A A ack=y+1001\n0.05 B A seq=y+1 ack=x+1\n",
                 "4 client ack-beyond-sent skipped gap-in-capture");
    /* The server goes on behind what was acknowledged; or repeats what the capture missed. */
    assert_check(OPEN "0.03 A A ack=y+1002\n0.05 B A seq=y+1002 ack=x+1\n",
                 "-ack-beyond-sent fails");
    assert_check(OPEN "0.03 A A ack=y+1002\n0.05 B PA seq=y+1 len=100 ack=x+1\n",
                 "-ack-beyond-sent fails");
    /* Far away, so that the number is not believed. */
    assert_check(OPEN "0.03 A A ack=y+2000000000\n0.05 B A seq=y+1 ack=x+1\n",
                 "4 client ack-beyond-sent fails {y+2000000000},{y+1}");
}

static void ack_beyond_sent_skipped(void **state)
{
    (void)state;
    assert_check("0 A S seq=x win=1000\n0.02 A A ack=y+1\n0.03 A A ack=y+9\n",
                 "3 client ack-beyond-sent skipped other-end-not-captured");
    assert_check("0 A A seq=x+1 ack=y+1\n0.01 B A seq=y+1 ack=x+1\n0.02 A A ack=y+9000\n",
                 "3 client ack-beyond-sent skipped unknown-scale");
    assert_check("0 A S seq=x win=1000 ws=7 snap=56\n0.01 B SA seq=y ack=x+1 ws=7\n"
                 "0.02 A A ack=y+1\n0.03 A A ack=y+9\n",
                 "4 client ack-beyond-sent skipped options-unknown");
    assert_check(OPEN "0.025 A A opt=1e0c00810123456789abcdef\n0.03 A A ack=y+9\n",
                 "5 client ack-beyond-sent skipped mptcp");
}

/* Ten bytes, acknowledged: frames 4 and 5. */
#define TAKEN "0.03 A PA len=10\n0.04 B A ack=x+11\n"

static void keepalive_format(void **state)
{
    (void)state;
    assert_check(OPEN TAKEN "9 A A seq=x+10\n",
                 "6 client keepalive-format holds {x+10},{x+10}");
    assert_check(OPEN "0.03 A PA len=10\n9 A A seq=x+10\n9.02 B A ack=x+1\n",
                 "5 client keepalive-format fails {x+1},{x+11}");
    /* The server had it all: an ACK is missing from the capture. */
    assert_check(OPEN "0.03 A PA len=10\n9 A A seq=x+10\n9.02 B A ack=x+11\n",
                 "-keepalive-format fails");
    /* An older ACK that was overtaken stands where the last segment begins. */
    assert_check(OPEN "0.03 A PA len=10\n0.031 A PA len=1\n0.032 A A seq=x+11\n"
                      "0.06 B A ack=x+1\n",
                 "-keepalive-format");
}

/* Ten bytes, and the window is closed: frames 4 and 5. */
#define CLOSED "0.03 A PA len=10\n0.04 B A ack=x+11 win=0\n"

static void zwp_format(void **state)
{
    (void)state;
    assert_check(OPEN CLOSED "1 A A seq=x+10\n", "6 client zwp-format holds {x+10},{x+10}");
    assert_check(OPEN CLOSED "1 A PA seq=x+11 len=1\n",
                 "6 client zwp-format holds {x+11},{x+11}");
    /* Within what was granted before: sent before it was closed. */
    assert_check(OPEN CLOSED "1 A PA seq=x+1990 len=1\n1.02 B A ack=x+11 win=0\n", "-zwp-format");
    assert_check(OPEN CLOSED "1 A PA seq=x+2002 len=1\n1.02 B A ack=x+11 win=0\n",
                 "6 client zwp-format fails {x+2002},{x+2001}");
    assert_check(OPEN CLOSED "1 A PA seq=x+2002 len=1\n1.02 B A ack=x+11 win=0\n",
                 "6 client seq-in-window fails {x+2002},{x+2001}");
    assert_check("0 A A seq=x+1 ack=y+1\n0.01 B A seq=y+1 ack=x+1 win=0\n"
                 "1 A PA seq=x+5 len=1\n",
                 "3 client zwp-format skipped unknown-scale");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_continuity),         cmocka_unit_test(ack_equals_received),
        cmocka_unit_test(ack_monotonic),           cmocka_unit_test(ack_beyond_sent),
        cmocka_unit_test(ack_beyond_sent_skipped), cmocka_unit_test(keepalive_format),
        cmocka_unit_test(zwp_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
