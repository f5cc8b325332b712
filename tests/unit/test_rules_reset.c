/*
 * Rules of RSTs: RFC 9293 §3.5.2, RFC 5961 §3.2. Client numbers begin at x, server numbers at y:
 * far from the end of the number space, and with the wrap in the first data.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tracker_case.h"

#define SYN "0 A S seq=x win=64240\n"
#define OPEN SYN "0.01 B SA seq=y ack=x+1 win=65160\n0.02 A A\n"
#define REQUEST OPEN "0.03 A PA len=100\n"
#define ANSWER REQUEST "0.04 B PA ack=x+101 len=100\n0.05 A A ack=y+101\n"

static const struct {
    uint32_t x, y;
} bases[] = { { 1000, 5000 }, { 4294967285u, 4294967295u } };

/* The line is among the checks, at every base, where {x} and {y} are added; with a '-' before it:
 * no line has this in it. */
static void assert_check(const char *packets, const char *wanted, int x_sign, int64_t observed,
                         int64_t expected)
{
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        char lines[3000], line[200], text[CASE_TEXT];
        bool absent = wanted[0] == '-';
        uint32_t base = x_sign > 0 ? bases[i].x : x_sign < 0 ? bases[i].y : 0;
        snprintf(lines, sizeof lines, "let x=%u\nlet y=%u\n%s", bases[i].x, bases[i].y, packets);
        snprintf(line, sizeof line, "%s %u,%u", wanted, base + (uint32_t)observed,
                 base + (uint32_t)expected);
        struct tracker_case *tracked =
            case_track(lines, &(struct case_options){ .all_checks = true });
        case_checks(&tracked->connections[0], text);
        bool plain = absent || strstr(wanted, " skipped ") != NULL;
        const char *whole = plain ? wanted + absent : line;
        if (absent ? strstr(text, whole) != NULL : !case_has(text, whole))
            fail_msg("base %zu: %s \"%s\" in\n%s", i, absent ? "unwanted" : "missing", whole,
                     text);
        free(tracked);
    }
}

#define NUMBERS_OF_X 1
#define NUMBERS_OF_Y (-1)
#define NUMBERS_PLAIN 0

/* A line without numbers: a skipped check, or one that is not there. */
static void assert_line(const char *packets, const char *wanted)
{
    assert_check(packets, wanted, NUMBERS_PLAIN, 0, 0);
}

static void rst_seq_zero_ack(void **state)
{
    (void)state;
    /* The SYN takes one number: x + 1; with five bytes x + 6. */
    assert_check(SYN "0.01 B RA seq=0 ack=x+1\n", "2 server rst-seq-zero-ack holds",
                 NUMBERS_OF_X, 1, 1);
    assert_check("0 A S seq=x len=5\n0.01 B RA seq=0 ack=x+6\n",
                 "2 server rst-seq-zero-ack holds", NUMBERS_OF_X, 6, 6);
    /* The same, where the answer is to a SYN without them, which is not in the capture. */
    assert_check("0 A S seq=x len=5\n0.01 B RA seq=0 ack=x+1\n",
                 "2 server rst-seq-zero-ack holds", NUMBERS_OF_X, 1, 1);
    assert_check(SYN "0.01 B RA seq=0 ack=x+2\n", "2 server rst-seq-zero-ack fails",
                 NUMBERS_OF_X, 2, 1);
    assert_check(SYN "0.01 B RA seq=7 ack=x+1\n", "2 server rst-seq-zero-ack fails",
                 NUMBERS_PLAIN, 7, 0);
    /* A scan's FIN, or what has no flags: its end, and SEQ 0, too. */
    assert_check("0 A F seq=x\n0.01 B RA seq=0 ack=x+1\n",
                 "2 server rst-seq-zero-ack holds", NUMBERS_OF_X, 1, 1);
    assert_line("0 A F seq=x\n0.01 B RA seq=0 ack=x+1\n", "-rst-seq-exact");
    /* Without ACK it answers something else, which is not in the capture. */
    assert_line(SYN "0.01 B R seq=y\n", "2 server rst-seq-zero-ack skipped unknown-cause");
    assert_line(REQUEST "0.04 B RA seq=y+1 ack=x+101\n", "-rst-seq-zero-ack");
}

static void rst_seq_from_ack(void **state)
{
    (void)state;
    /* The request acknowledges y + 1. */
    assert_check(REQUEST "0.04 B R seq=y+1\n", "5 server rst-seq-from-ack holds", NUMBERS_OF_Y, 1,
                 1);
    /* A client that gave up answers the SYN-ACK, ack = x + 1. */
    assert_check(SYN "0.01 B SA seq=y ack=x+1 win=65160\n0.02 A R seq=x+1\n",
                 "3 client rst-seq-from-ack holds", NUMBERS_OF_X, 1, 1);
    /* Nobody acknowledged y - 9, nor y + 70101: 70000 behind the newest ACK, y + 101, when the
     * window is 64240 (65535 are taken for possible). */
    assert_check(ANSWER "0.06 B R seq=y-9\n", "7 server rst-seq-from-ack fails", NUMBERS_OF_Y, -9,
                 101);
    assert_check(ANSWER "0.06 B R seq=y+70101\n", "7 server rst-seq-from-ack fails",
                 NUMBERS_OF_Y, 70101, 101);
    assert_check(ANSWER "0.06 B R seq=y+101\n", "7 server rst-seq-from-ack holds", NUMBERS_OF_Y,
                 101, 101);
    /* It may answer the request, whose ACK was y + 1, or the handshake. */
    assert_line(ANSWER "0.06 B R seq=y+1\n", "7 server rst-seq-from-ack skipped unknown-cause");
    assert_line(REQUEST "0.04 B R seq=y-9\n",
                "5 server rst-seq-from-ack skipped unknown-cause");
    /* An ACK that the capture missed, in the window. */
    assert_line(REQUEST "0.04 B R seq=y+501\n",
                "5 server rst-seq-from-ack skipped unknown-cause");
    /* The SYN-ACK acknowledged x + 2, which was never sent: its number is right (§3.10.7.3). */
    assert_line(SYN "0.01 B SA seq=y ack=x+2 win=65160\n0.02 A R seq=x+2\n",
                "3 client rst-seq-from-ack skipped unknown-cause");
    /* A living end that gives up tells its own number, with ACK. */
    assert_line(REQUEST "0.04 B RA seq=y+1 ack=x+101\n", "-rst-seq-from-ack");
}

static void rst_seq_exact(void **state)
{
    (void)state;
    assert_check(REQUEST "0.04 B RA seq=y+1 ack=x+101\n", "5 server rst-seq-exact holds",
                 NUMBERS_OF_Y, 1, 1);
    /* The client acknowledged y + 101: below it, and behind its window of 64240. */
    assert_check(ANSWER "0.06 B R seq=y+1\n", "7 server rst-seq-exact fails", NUMBERS_OF_Y, 1,
                 101);
    assert_check(ANSWER "0.06 B R seq=y+70101\n", "7 server rst-seq-exact fails", NUMBERS_OF_Y,
                 70101, 101);
    /* Its RCV.NXT is y + 101 or y + 201, or in between. */
    assert_line(ANSWER "0.055 B PA len=100\n0.06 B R seq=y+151\n",
                "8 server rst-seq-exact skipped not-acknowledged-in-capture");
    /* In the window: exact if the capture missed bytes. */
    assert_line(ANSWER "0.06 B R seq=y+501\n", "7 server rst-seq-exact skipped gap-in-capture");
    assert_line("0 B R seq=y+501\n", "1 server rst-seq-exact skipped other-end-not-captured");
    /* After the close, and after the first one, none is obeyed. */
    assert_line(OPEN "0.03 A FA\n0.04 B FA\n0.05 A A\n0.06 A R seq=x+1\n", "-rst-seq-exact");
    assert_line(ANSWER "0.06 B R seq=y+101\n0.061 B R seq=y+1\n", "-8 server rst-seq-exact");
    /* A SYN_SENT end looks at the ACK instead (RFC 9293 §3.10.7.3). */
    assert_line(SYN "0.01 B RA seq=0 ack=x+1\n", "-rst-seq-exact");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rst_seq_zero_ack),
        cmocka_unit_test(rst_seq_from_ack),
        cmocka_unit_test(rst_seq_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
