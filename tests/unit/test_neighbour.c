/*
 * neighbour: each letter of Zeek's history, when it comes again, and Wireshark's bits. Expected
 * letters follow from the rules in include/tcp/neighbour.h segment by segment; bits are sums of
 * 1 SYN, 2 SYN-ACK, 4 ACK, 8 payload, 16 FIN, 32 RST.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/neighbours.h"
#include "tracker_case.h"

struct word_case {
    const char *lines;
    const char *history, *conn_state;
    unsigned completeness;
};

static void assert_words(const struct word_case *cases, size_t count,
                         const struct case_options *options)
{
    for (size_t i = 0; i < count; i++) {
        struct tracker_case *tracked = case_track(cases[i].lines, options);
        const struct summary *s = &tracked->connections[0].summary;
        assert_int_equal(tracked->count, 1);
        assert_true(s->neighbours_known);
        const char *conn_state = neighbours_conn_state(s);
        if (strcmp(s->zeek_history, cases[i].history) != 0 ||
            strcmp(conn_state, cases[i].conn_state) != 0 ||
            s->completeness != cases[i].completeness)
            fail_msg("%s gives %s %s %u", cases[i].lines, s->zeek_history, conn_state,
                     s->completeness);
        free(tracked);
    }
}

#define ASSERT_WORDS(cases, options)                                                             \
    assert_words(cases, sizeof(cases) / sizeof((cases)[0]), options)

#define SEND "+0.01 A PA len=100\n"
#define ACKED "+0.01 B A\n"

static void ordinary(void **state)
{
    (void)state;
    static const struct word_case cases[] = {
        { CASE_OPEN SEND ACKED "+0.01 B PA len=50\n+0.01 A A\n"
          "+0.01 A FA\n+0.01 B FA\n+0.01 A A\n", "ShADadFf", "SF", 1 + 2 + 4 + 8 + 16 },
        { CASE_OPEN SEND ACKED, "ShADa", "S1", 1 + 2 + 4 + 8 },
        { CASE_OPEN "+0.01 A FA\n+0.01 B A\n", "ShAFa", "S2", 1 + 2 + 4 + 16 },
        { CASE_OPEN "+0.01 B FA\n+0.01 A A\n", "ShAf", "S3", 1 + 2 + 4 + 16 },
        /* A FIN that carries payload is a FIN only; to Wireshark it is payload too. */
        { CASE_OPEN "+0.01 A FA len=9\n+0.01 B FA\n+0.01 A A\n", "ShAFf", "SF",
          1 + 2 + 4 + 8 + 16 },
        { CASE_OPEN "+0.01 A R\n", "ShAR", "RSTO", 1 + 2 + 4 + 32 },
        { CASE_OPEN "+0.01 B RA\n", "ShAr", "RSTR", 1 + 2 + 4 + 32 },
        /* The ACK of the RST counts as an ACK to Wireshark. */
        { "0 A S seq=1000\n+0.01 B RA seq=0 ack=1001\n", "Sr", "REJ", 1 + 4 + 32 },
        { "0 A S seq=1000\n+0.01 A R seq=1001\n", "SR", "RSTOS0", 1 + 32 },
        { "0 A S seq=1000\n+1 A S seq=1000\n", "S", "S0", 1 },
        { "0 A S seq=1000\n+1 A FA seq=1001 ack=0\n", "SF", "SH", 1 + 4 + 16 },
        /* A FIN without ACK is none to Wireshark. */
        { "0 A S seq=1000\n+1 A F seq=1001\n", "SF", "SH", 1 },
    };
    ASSERT_WORDS(cases, NULL);
}

/* The same with numbers that pass 2^32 in either direction within the first bytes. */
static void ordinary_across_the_wrap(void **state)
{
    (void)state;
    static const struct case_options wrap = { .shift_a = UINT32_MAX - 1000 - 50,
                                              .shift_b = UINT32_MAX - 5000 - 20 };
    static const struct word_case cases[] = {
        { CASE_OPEN SEND ACKED "+0.01 B PA len=50\n+0.01 A A\n"
          "+0.01 A PA len=100 seq=1001\n+0.01 A FA seq=1101\n+0.01 A FA seq=1101\n+0.01 B FA\n",
          "ShADadTFf", "SF", 1 + 2 + 4 + 8 + 16 },
        { CASE_OPEN "+0.01 A PA len=100 seq=1101\n+0.01 B A ack=1201\n", "ShADaG", "S1",
          1 + 2 + 4 + 8 },
    };
    ASSERT_WORDS(cases, &wrap);
}

/* What was not captured; case SYN-ACK first is the one of Zeek's own test core.history-flip. */
static void begins_late(void **state)
{
    (void)state;
    static const struct word_case cases[] = {
        { "0 B SA seq=5000 ack=1001\n+0.01 A A seq=1001\n" SEND "+0.01 B PA len=50\n"
          "+0.01 A FA\n+0.01 B A\n+0.01 B FA\n+0.01 A A\n", "^hADdFaf", "SF", 2 + 4 + 8 + 16 },
        { "0 B SA seq=5000 ack=1001\n", "^h", "OTH", 2 },
        { "0 B SA seq=5000 ack=1001\n+0.01 B R seq=5001\n", "^hr", "RSTRH", 2 + 32 },
        { "0 B SA seq=5000 ack=1001\n+0.01 B FA\n", "^hf", "SHR", 2 + 4 + 16 },
        { "0 A PA seq=1001 ack=5001 len=9\n+0.01 B A\n", "Da", "OTH", 8 + 4 },
        { "0 B PA seq=5001 ack=1001 len=9\n+0.01 A A\n", "^dA", "OTH", 8 + 4 },
        { "0 A FA seq=1001 ack=5001\n+0.01 B FA\n", "Ff", "SF", 4 + 16 },
        { "0 A . seq=1001\n", "", "OTH", 0 }, /* no flag, no letter */
    };
    ASSERT_WORDS(cases, NULL);
}

static void flags_that_exclude_each_other(void **state)
{
    (void)state;
    static const struct word_case cases[] = {
        { "0 A SF seq=1000\n+0.01 A SF seq=1000\n", "Q", "SH", 1 },
        { CASE_OPEN "+0.01 B SRA seq=5001\n", "ShAq", "RSTR", 1 + 2 + 4 + 32 },
        { CASE_OPEN "+0.01 A FRA\n+0.01 A FRA\n", "ShAI", "RSTO", 1 + 2 + 4 + 16 + 32 },
    };
    ASSERT_WORDS(cases, NULL);
}

/* S, H, F, R: again only where the number differs, and A and D only once. */
static void again(void **state)
{
    (void)state;
    static const struct word_case cases[] = {
        { "0 A S seq=1000\n+0.01 B SA seq=5000\n+1 B SA seq=5000\n+0.01 A A\n", "ShA", "S1", 7 },
        /* To Zeek the second SYN-ACK is at the beginning as the first was. */
        { "0 A S seq=1000\n+0.01 B SA seq=5000\n+1 B SA seq=7000\n", "Sh", "S1", 3 },
        /* Behind a FIN it is not. */
        { CASE_OPEN "+0.01 B FA\n+0.01 A A\n+0.01 B SA seq=9000 ack=1001\n", "ShAfh", "S3",
          1 + 2 + 4 + 16 },
        /* Crossing SYNs: S and H of one end count as one. */
        { "0 A S seq=1000\n+0.001 B S seq=5000\n+0.01 A SA seq=1000 ack=5001\n"
          "+0.001 B SA seq=5000 ack=1001\n", "Ss", "S1", 3 },
        { CASE_OPEN "+0.01 A A\n" SEND SEND ACKED "+0.01 B A\n", "ShADa", "S1", 15 },
        /* A letter that is there already does not keep Wireshark's bit out. */
        { CASE_OPEN "+0.01 A P len=9\n", "ShAD", "S1", 7 },
        { CASE_OPEN "+0.01 A P len=9\n+0.01 A PA len=9\n", "ShAD", "S1", 15 },
        { CASE_OPEN "+0.01 A FA\n+1 A FA seq=1001\n", "ShAF", "S2", 1 + 2 + 4 + 16 },
        { CASE_OPEN "+0.01 A FA\n+1 A FA seq=1021\n", "ShAFF", "S2", 1 + 2 + 4 + 16 },
        { CASE_OPEN "+0.01 A R seq=1001\n+0.01 A R seq=1001\n", "ShAR", "RSTO", 1 + 2 + 4 + 32 },
        { CASE_OPEN "+0.01 A R seq=1001\n+0.01 A R seq=1002\n+0.01 A R seq=1002\n"
          "+0.01 A R seq=1001\n", "ShARRR", "RSTO", 1 + 2 + 4 + 32 },
    };
    ASSERT_WORDS(cases, NULL);
}

/* count lines of text after first. */
static void assert_counted(const char *first, const char *line, unsigned count,
                           const char *history)
{
    char lines[4096];
    size_t used = (size_t)snprintf(lines, sizeof lines, "%s", first);
    for (unsigned i = 0; i < count; i++)
        used += (size_t)snprintf(lines + used, sizeof lines - used, "%s", line);
    assert_true(used < sizeof lines);
    struct tracker_case *tracked = case_track(lines, NULL);
    assert_int_equal(tracked->count, 1);
    assert_string_equal(tracked->connections[0].summary.zeek_history, history);
    free(tracked);
}

/* C, T, W, G: the 1st, the 10th, the 100th. */
static void at_each_tenfold(void **state)
{
    (void)state;
    const char *again_line = "+0.3 A PA len=100 seq=1001\n", *zero_line = "+0.3 B A win=0\n";
    assert_counted(CASE_OPEN SEND, again_line, 1, "ShADT");
    assert_counted(CASE_OPEN SEND, again_line, 9, "ShADT");
    assert_counted(CASE_OPEN SEND, again_line, 10, "ShADTT");
    assert_counted(CASE_OPEN SEND, again_line, 99, "ShADTT");
    assert_counted(CASE_OPEN SEND, again_line, 100, "ShADTTT");
    assert_counted(CASE_OPEN, zero_line, 9, "ShAaw");
    assert_counted(CASE_OPEN, zero_line, 10, "ShAaww");
    const char *damaged_line = "+0.3 A A\n+0.3 A A\n+0.3 A PA len=9 badsum\n";
    assert_counted(CASE_OPEN, damaged_line, 9, "ShAC");
    assert_counted(CASE_OPEN, damaged_line, 10, "ShACC");
    /* Each acknowledges 100 bytes that nobody saw. */
    assert_counted(CASE_OPEN "let a=1001\n", "let a=a+100\n+0.3 B A ack=a\n", 9, "ShAaG");
    assert_counted(CASE_OPEN "let a=1001\n", "let a=a+100\n+0.3 B A ack=a\n", 10, "ShAaGG");
}

static void damaged(void **state)
{
    (void)state;
    static const struct word_case cases[] = {
        /* Of a damaged segment nothing else is noted; Wireshark does not mind. */
        { CASE_OPEN "+0.01 A PA len=9 badsum\n", "ShAC", "S1", 1 + 2 + 4 + 8 },
        { CASE_OPEN "+0.01 B A\n+0.01 B FA badsum\n", "ShAac", "S1", 1 + 2 + 4 + 16 },
        /* Where half of a sender's checksums are wrong or more they mean nothing. */
        { CASE_OPEN "+0.01 B FA badsum\n", "ShAf", "S3", 1 + 2 + 4 + 16 },
    };
    ASSERT_WORDS(cases, NULL);
}

static void payload_again(void **state)
{
    (void)state;
    static const struct word_case cases[] = {
        { CASE_OPEN SEND "+0.3 A PA len=50 seq=1051\n", "ShADT", "S1", 15 },
        { CASE_OPEN SEND "+0.3 A PA len=51 seq=1051\n", "ShAD", "S1", 15 }, /* one byte is new */
        { CASE_OPEN SEND ACKED "+60 A A len=1 seq=1100\n", "ShADaT", "S1", 15 }, /* keep-alive */
        { CASE_OPEN SEND ACKED "+60 A A len=0 seq=1100\n", "ShADa", "S1", 15 },
        /* Payload on a SYN: Zeek compares it with the end of that SYN. */
        { "0 A S seq=1000 len=20\n", "ST", "S0", 1 + 8 },
        /* It was not taken (RFC 7413 §4.2), and comes again. */
        { "0 A S seq=1000 len=20\n+0.01 B SA seq=5000 ack=1001\n+0.01 A PA seq=1001 len=20\n",
          "SThD", "S1", 1 + 2 + 8 }, /* the second: nothing until the 10th */
        { CASE_OPEN SEND "+0.01 A R seq=1101 len=5\n", "ShADRT", "RSTO", 1 + 2 + 4 + 8 + 32 },
        { CASE_OPEN SEND "+0.01 A R seq=1102 len=5\n", "ShADR", "RSTO", 1 + 2 + 4 + 8 + 32 },
        { "0 A S seq=1000\n+0.01 B RA seq=0 ack=1001 len=5\n", "Srt", "REJ", 1 + 8 + 32 },
        { CASE_OPEN "+0.01 A R seq=1001\n+0.01 A PA len=5 seq=1001\n", "ShARD", "RSTO",
          1 + 2 + 4 + 8 + 32 },
    };
    ASSERT_WORDS(cases, NULL);
}

static void zero_window(void **state)
{
    (void)state;
    static const struct word_case cases[] = {
        { "0 A S seq=1000 win=0\n", "SW", "S0", 1 },
        { CASE_OPEN "+0.01 B A win=0\n", "ShAaw", "S1", 7 },
        { CASE_OPEN "+0.01 B RA win=0\n", "ShAr", "RSTR", 1 + 2 + 4 + 32 },
        /* Not after the other end's FIN, but after one's own. */
        { CASE_OPEN "+0.01 A FA\n+0.01 B A win=0\n", "ShAFa", "S2", 1 + 2 + 4 + 16 },
        { CASE_OPEN "+0.01 B FA\n+0.01 B A win=0\n", "ShAfaw", "S3", 1 + 2 + 4 + 16 },
    };
    ASSERT_WORDS(cases, NULL);
}

static void missing_bytes(void **state)
{
    (void)state;
    static const struct word_case cases[] = {
        { CASE_OPEN "+0.01 B A ack=1101\n", "ShAaG", "S1", 7 },
        { CASE_OPEN "+0.01 A PA len=9 seq=1101\n+0.01 B A ack=1110\n", "ShADaG", "S1", 15 },
        /* Acknowledged only up to the hole. */
        { CASE_OPEN "+0.01 A PA len=9 seq=1101\n+0.01 B A ack=1001\n", "ShADa", "S1", 15 },
        /* Filled before it was acknowledged: it came late, and Zeek takes it for a repeat. */
        { CASE_OPEN "+0.01 A PA len=9 seq=1101\n+0.01 A PA len=100 seq=1001\n+0.01 B A ack=1110\n",
          "ShADTa", "S1", 15 },
        /* The acknowledgement got into the file before what it acknowledges: no repeat. */
        { CASE_OPEN "+0.001 B A ack=1101\n+0.001 A PA len=100 seq=1001\n", "ShAaGD", "S1", 15 },
        { CASE_OPEN "+0.001 B A ack=1101\n+0.001 A PA len=100 seq=1001\n"
          "+0.3 A PA len=100 seq=1001\n", "ShAaGDT", "S1", 15 },
        /* Payload that the capture has in part only: 54 of 154 bytes are headers. */
        { CASE_OPEN "+0.01 A PA len=100 snap=60\n+0.01 B A\n", "ShADaG", "S1", 15 },
        /* A SYN-ACK that acknowledges a byte more than the SYN. */
        { "0 A S seq=1000\n+0.01 B SA seq=5000 ack=1002\n", "ShG", "S1", 3 },
        /* A FIN is nothing that can be missing, the bytes before it are. */
        { CASE_OPEN "+0.01 A FA\n+0.01 B A\n", "ShAFa", "S2", 1 + 2 + 4 + 16 },
        { CASE_OPEN "+0.01 A FA seq=1101\n+0.01 B A ack=1102\n", "ShAFaG", "S2", 1 + 2 + 4 + 16 },
        /* Nothing is said of a connection whose opening Zeek did not see, or that was reset. */
        { "0 A PA seq=1001 ack=5001 len=9\n+0.01 B A ack=1101\n", "Da", "OTH", 12 },
        { CASE_OPEN "+0.01 B RA ack=1101\n", "ShAr", "RSTR", 1 + 2 + 4 + 32 },
    };
    ASSERT_WORDS(cases, NULL);
}

/* The server is found out late: the letters change their case, and the ends their places. */
static void swapped(void **state)
{
    (void)state;
    static const struct word_case cases[] = {
        { "0 B PA seq=5001 ack=1001 len=9\n+0.01 A SA seq=1000 ack=5001\n", "^Dh", "OTH", 8 + 2 },
        { "0 A PA seq=1001 ack=5001 len=9\n+0.01 A SA seq=1000 ack=5001\n"
          "+0.01 B PA seq=5001 ack=1001 len=9\n+0.3 B PA seq=5001 ack=1001 len=9\n"
          "+0.01 B FA\n", "dhDTF", "SH", 8 + 2 + 4 + 16 }, /* A was PARTIAL before its SYN-ACK */
    };
    ASSERT_WORDS(cases, NULL);
}

/* No more than 24 letters. */
static void bounded(void **state)
{
    (void)state;
    assert_counted("0 A S seq=1000\nlet r=1001\n", "let r=r+1\n+0.01 A R seq=r\n", 22,
                   "SRRRRRRRRRRRRRRRRRRRRRR");
    assert_counted("0 A S seq=1000\nlet r=1001\n", "let r=r+1\n+0.01 A R seq=r\n", 23,
                   "SRRRRRRRRRRRRRRRRRRRRRRR");
    assert_counted("0 A S seq=1000\nlet r=1001\n", "let r=r+1\n+0.01 A R seq=r\n", 40,
                   "SRRRRRRRRRRRRRRRRRRRRRRR");
}

static void without_a_log(void **state)
{
    (void)state;
    static const struct case_options quiet = { .no_log = true };
    struct tracker_case *tracked = case_track(CASE_OPEN, &quiet);
    assert_false(tracked->connections[0].summary.neighbours_known);
    assert_null(neighbours_conn_state(&tracked->connections[0].summary));
    free(tracked);
}

/* A connection on the same ports has its own words. */
static void another_incarnation(void **state)
{
    (void)state;
    struct tracker_case *tracked =
        case_track(CASE_OPEN "+0.01 A R\n+1 A S seq=90000\n+0.01 B RA seq=0 ack=90001\n", NULL);
    assert_int_equal(tracked->count, 2);
    assert_string_equal(tracked->connections[0].summary.zeek_history, "ShAR");
    assert_int_equal(tracked->connections[0].summary.completeness, 1 + 2 + 4 + 32);
    assert_string_equal(tracked->connections[1].summary.zeek_history, "Sr");
    assert_int_equal(tracked->connections[1].summary.completeness, 1 + 4 + 32);
    assert_string_equal(neighbours_conn_state(&tracked->connections[1].summary), "REJ");
    free(tracked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary),
        cmocka_unit_test(ordinary_across_the_wrap),
        cmocka_unit_test(begins_late),
        cmocka_unit_test(flags_that_exclude_each_other),
        cmocka_unit_test(again),
        cmocka_unit_test(at_each_tenfold),
        cmocka_unit_test(damaged),
        cmocka_unit_test(payload_again),
        cmocka_unit_test(zero_window),
        cmocka_unit_test(missing_bytes),
        cmocka_unit_test(swapped),
        cmocka_unit_test(bounded),
        cmocka_unit_test(without_a_log),
        cmocka_unit_test(another_incarnation),
    };
    return cmocka_run_group_tests_name("neighbour", tests, NULL, NULL);
}
