/*
 * machine: each row of the two tables, driven by the smallest packet list that makes it apply.
 * The numbers of RFC 9293 §3.5 and §3.6: x = 1000 and y = 5000, so the first byte of A is 1001;
 * frames are counted from 1. The rows themselves are checked against the list: a new row needs
 * a new case.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/machine.h"
#include "tracker_case.h"

#define SYN "0 A S seq=1000 win=64240\n"
#define SYN_SYNACK "0 A S seq=1000 win=64240\n0.01 B SA seq=5000 win=65160\n"
#define OPEN CASE_OPEN

/* Time passes: another connection's segment, long after. */
#define LATER "ends A=192.0.2.9:999 B=192.0.2.10:22\n20 A S seq=1\n"

struct row_case {
    const char *id, *meaning; /* of the row */
    const char *lines;
    const char *wanted; /* frame, endpoint, from>to, certainty, evidence */
};

static const struct row_case tx_cases[] = {
    { "T1", "sends its SYN", SYN, "1 client NONE>SYN_SENT observed" },
    { "T2", "answers a SYN: it was listening", SYN_SYNACK, "1 server NONE>LISTEN inferred by 2" },
    { "T2", "answers the SYN", SYN_SYNACK, "2 server LISTEN>SYN_RCVD observed" },
    { "T2", "answers a SYN that it refused before",
      SYN "0.01 B RA seq=0 ack=1001\n0.5 A S seq=1000\n0.51 B SA seq=5000 ack=1001\n",
      "4 server CLOSED>SYN_RCVD observed" },
    { "T3", "answers a SYN that is not in the capture", "0 B SA seq=5000 ack=1001\n",
      "1 server NONE>SYN_RCVD observed" },
    { "T18", "sends data: its SYN-ACK was not captured", SYN "0.01 B PA seq=5001 ack=1001 len=9\n",
      "2 server NONE>ESTABLISHED inferred" },
    { "T18", "closes: its SYN-ACK was not captured", SYN "0.05 B FA seq=5001 ack=1001\n",
      "2 server NONE>ESTABLISHED inferred" },
    { "T18", "acknowledges data: its SYN-ACK was not captured",
      SYN "0.05 B A seq=5001 ack=1011\n", "2 server NONE>ESTABLISHED inferred" },
    { "T5", "picked up in the middle, closing", "0 A FA seq=2000 ack=6000\n",
      "1 client NONE>FIN_WAIT_1 assumed" },
    { "T4", "picked up in the middle", "0 A A seq=2000 ack=6000\n",
      "1 client NONE>ESTABLISHED assumed" },
    { "T6", "refuses, or knows nothing of the connection", SYN "0.01 B RA seq=0 ack=1001\n",
      "2 server NONE>CLOSED observed" },
    { "T11", "answers a SYN that crossed its own",
      SYN "0.001 B S seq=5000\n0.02 A SA seq=1000 ack=5001\n",
      "3 client SYN_SENT>SYN_RCVD observed" },
    { "T11", "answers a SYN that is not in the capture, and crossed its own",
      SYN "0.02 A SA seq=1000 ack=5001\n", "2 client SYN_SENT>SYN_RCVD observed" },
    { "T10", "acknowledges the SYN-ACK", OPEN, "3 client SYN_SENT>ESTABLISHED observed" },
    { "T12", "acknowledges a SYN-ACK that is not in the capture",
      SYN "0.02 A A seq=1001 ack=5001\n", "2 client SYN_SENT>ESTABLISHED inferred" },
    { "T14", "gives up after the answer", SYN_SYNACK "0.02 A R seq=1001\n",
      "3 client SYN_SENT>CLOSED observed" },

    /* Frame 5 acknowledges byte 1010, which came after the third ACK (frame 3). */
    { "T17", "acknowledges what came with or after the third ACK",
      OPEN "0.03 A PA len=10\n0.04 B A\n", "3 server SYN_RCVD>ESTABLISHED proved by 5" },
    { "T17", "sends data: it has the third ACK", OPEN "0.03 B PA len=10\n",
      "3 server SYN_RCVD>ESTABLISHED proved by 4" },
    { "T17", "closes: it has the third ACK", OPEN "0.03 B FA\n",
      "3 server SYN_RCVD>ESTABLISHED proved by 4" },
    /* RFC 9293 §3.10.7.4: bytes are taken only after an acceptable ACK has led to ESTABLISHED. */
    { "T18", "acknowledges data, which it takes only after the third ACK; that was not captured",
      SYN_SYNACK "0.05 B A seq=5001 ack=1011\n", "3 server SYN_RCVD>ESTABLISHED proved by 3" },
    { "T18", "sends data: the third ACK is not in the capture",
      SYN_SYNACK "0.05 B PA seq=5001 ack=1001 len=9\n",
      "3 server SYN_RCVD>ESTABLISHED inferred" },
    /* Its RST has an ACK and the next number, as of a socket that the program closed. */
    { "T17", "its RST acknowledges what came with or after the third ACK",
      OPEN "0.03 A PA len=10\n0.05 B RA ack=1011\n",
      "3 server SYN_RCVD>ESTABLISHED proved by 5" },
    { "R7", "resets as a program does that has the connection, so the third ACK came",
      OPEN "0.03 B RA\n", "3 server SYN_RCVD>ESTABLISHED inferred by 4" },
    { "T19", "closes before the opening is complete", SYN_SYNACK "0.05 B FA seq=5001 ack=1001\n",
      "3 server SYN_RCVD>FIN_WAIT_1 observed" },
    { "T20", "takes its answer back", SYN_SYNACK "0.05 B R seq=5001\n",
      "3 server SYN_RCVD>CLOSED observed" },

    /* A's FIN acknowledges none of B's 10 bytes: a FIN of B's own could be queued behind them. */
    { "T21", "acknowledges the FIN, unless its own waits behind its data",
      OPEN "0.03 B PA len=10\n0.031 A FA ack=5001\n0.05 B A\n",
      "5 server ESTABLISHED>CLOSE_WAIT assumed by 6" },
    { "T21", "acknowledges the FIN", OPEN "0.03 A FA\n0.04 B A\n",
      "4 server ESTABLISHED>CLOSE_WAIT proved by 5" },
    { "T22", "closes first", OPEN "0.03 A FA\n", "4 client ESTABLISHED>FIN_WAIT_1 observed" },
    { "T23", "closes after the other, unless its FIN waited behind its data",
      OPEN "0.03 B PA len=10\n0.031 A FA ack=5001\n0.05 B A\n0.06 B FA\n",
      "7 server CLOSE_WAIT>LAST_ACK assumed" },
    { "T23", "closes after the other", OPEN "0.03 A FA\n0.04 B FA\n",
      "5 server CLOSE_WAIT>LAST_ACK observed" },
    /* RFC 9293 Fig. 13: the FINs cross, so neither acknowledges the other. */
    { "T25", "has the other FIN before its own is acknowledged",
      OPEN "0.03 A FA\n0.031 B FA ack=1001\n0.05 A A seq=1002 ack=5002\n",
      "5 client FIN_WAIT_1>CLOSING proved by 6" },
    /* A is 10 ms away: B's ACK of its FIN (frame 6) passed 1 ms before A's answer (frame 7). */
    { "T25", "most likely acknowledged the other FIN before the acknowledgement of its own came",
      OPEN "0.03 A FA\n0.031 B FA ack=1001\n0.05 B A ack=1002\n0.051 A A seq=1002 ack=5002\n",
      "5 client FIN_WAIT_1>CLOSING inferred by 7" },
    { "T26", "FIN and acknowledgement came in one segment",
      OPEN "0.03 A FA\n0.04 B FA\n0.05 A A\n", "6 client FIN_WAIT_1>TIME_WAIT observed" },
    { "R12", "acknowledges data that came with the acknowledgement of its FIN",
      OPEN "0.03 A FA\n0.04 B A\n0.05 B PA len=10\n0.06 A A\n",
      "5 client FIN_WAIT_1>FIN_WAIT_2 proved by 7" },
    { "R12", "the acknowledgement of its FIN came before the other FIN, if it came",
      OPEN "0.03 A FA\n0.04 B A\n0.5 B FA\n0.51 A A\n",
      "5 client FIN_WAIT_1>FIN_WAIT_2 inferred by 7" },
    { "T27", "acknowledges the other FIN", OPEN "0.03 A FA\n0.04 B A\n0.5 B FA\n0.51 A A\n",
      "7 client FIN_WAIT_2>TIME_WAIT observed" },
    /* B's FIN was overtaken by its acknowledgement of A's, which it does not carry. */
    { "T27", "acknowledges the other FIN, which did not carry the acknowledgement of its own",
      OPEN "0.03 A FA\n0.05 B A seq=5002 ack=1002\n0.051 B FA seq=5001 ack=1001\n"
           "0.07 A A seq=1002 ack=5002\n",
      "7 client FIN_WAIT_2>TIME_WAIT inferred" },
    { "T21", "its RST acknowledges the FIN, unless its own FIN waits behind its data",
      OPEN "0.03 B PA len=10\n0.031 A FA ack=5001\n0.05 B RA ack=1002\n",
      "5 server ESTABLISHED>CLOSE_WAIT assumed by 6" },
    { "T21", "its RST acknowledges the FIN", OPEN "0.03 A FA\n0.04 B RA ack=1002\n",
      "4 server ESTABLISHED>CLOSE_WAIT proved by 5" },
    /* RFC 9293 §3.6.1: A has closed, takes no more, and 1460 bytes of its own are on their way. */
    { "T22", "takes no more: its program has closed, and its FIN waits behind its data",
      OPEN "0.03 A PA len=1460\n0.035 B PA len=100 ack=1001\n0.036 A R seq=1001\n",
      "6 client ESTABLISHED>FIN_WAIT_1 inferred" },
    { "R12", "its FIN was acknowledged before it reset, if that came",
      OPEN "0.03 A FA\n0.04 B A\n0.5 A R\n", "5 client FIN_WAIT_1>FIN_WAIT_2 inferred" },
    { "T31", "resets", OPEN "0.03 A RA\n", "4 client ESTABLISHED>CLOSED observed" },
    /* RFC 1337 §2: in TIME_WAIT it would answer B's FIN (frame 8) with an ACK. */
    { "R19", "has no connection any more: the RST cut TIME_WAIT short",
      OPEN "0.03 A FA\n0.04 B FA\n0.05 A A\n0.06 B R seq=5002\n0.2 B FA seq=5001\n"
           "0.21 A R seq=1002\n",
      "7 client TIME_WAIT>CLOSED proved by 9" },
    { "R19", "has no connection any more",
      OPEN "0.03 A FA\n0.04 B FA\n0.05 A A\n40 B FA seq=5001\n40.01 A R seq=1002\n",
      "8 client TIME_WAIT>CLOSED observed" },
};
#define TX_CASES (sizeof tx_cases / sizeof tx_cases[0])

/* Decided at the end of the capture, which comes right after. */
static const struct row_case rx_cases[] = {
    { "R3", "its SYN was refused", SYN "0.01 B RA seq=0 ack=1001\n",
      "2 client SYN_SENT>CLOSED assumed" },
    { "R6", "gives up after an ICMP error", SYN "0.01 B icmp type=3 code=1 from=192.0.2.254\n",
      "2 client SYN_SENT>CLOSED assumed" },
    { "R7", "the third ACK arrived", OPEN, "3 server SYN_RCVD>ESTABLISHED assumed" },
    { "R9", "back to listening", SYN_SYNACK "0.02 A R seq=1001\n",
      "3 server SYN_RCVD>LISTEN assumed" },
    /* Whether A had closed before the capture began is not known: an ACK of its own FIN looks
     * like this one. */
    { "R11", "has the FIN, unless its own stands before the capture",
      "0 A A seq=2000 ack=6000\n0.01 B FA seq=6000 ack=2000\n0.02 A A seq=2000 ack=6001\n",
      "2 client ESTABLISHED>CLOSE_WAIT assumed" },
    { "R12", "its FIN was acknowledged", OPEN "0.03 A FA\n0.04 B A\n",
      "5 client FIN_WAIT_1>FIN_WAIT_2 assumed" },
    { "R16", "its FIN was acknowledged",
      OPEN "0.03 A FA\n0.031 B FA ack=1001\n0.05 A A seq=1002 ack=5002\n"
           "0.051 B A seq=5002 ack=1002\n",
      "7 client CLOSING>TIME_WAIT assumed" },
    { "R17", "the last ACK arrived", OPEN "0.03 A FA\n0.04 B FA\n0.05 A A\n",
      "6 server LAST_ACK>CLOSED assumed" },
    /* RFC 1337: B's RST is behind its FIN, and reaches A in TIME_WAIT (since frame 7). */
    { "R19", "TIME_WAIT was cut short",
      OPEN "0.03 A FA\n0.04 B FA\n0.041 B R seq=5002\n0.05 A A seq=1002 ack=5002\n",
      "7 client TIME_WAIT>CLOSED assumed" },
    { "R22", "was reset", OPEN "0.025 B PA len=10\n0.03 A RA ack=5001\n",
      "5 server ESTABLISHED>CLOSED assumed" },
};
#define RX_CASES (sizeof rx_cases / sizeof rx_cases[0])

static void assert_case(const char *lines, const char *wanted, bool is_there)
{
    char text[CASE_TEXT];
    struct tracker_case *tracked = case_track(lines, NULL);
    assert_true(tracked->count >= 1);
    case_assert_chain(&tracked->connections[0]);
    case_transitions(&tracked->connections[0], text);
    if (case_has(text, wanted) != is_there)
        fail_msg("%s: \"%s\" in\n%s", is_there ? "missing" : "should not be", wanted, text);
    free(tracked);
}

/* The text of a row's change: " from>to certainty", for one of the states in `before`. */
static bool row_says(const char *wanted, unsigned before, enum tcp_state after)
{
    bool found = false;
    for (unsigned from = 0; from < STATE_N; from++) {
        char change[80];
        snprintf(change, sizeof change, " %s>%s ", tcp_state_name((enum tcp_state)from),
                 tcp_state_name(after));
        found = found || ((before & 1u << from) && strstr(wanted, change) != NULL);
    }
    return found;
}

static void each_tx_row(void **state)
{
    (void)state;
    assert_int_equal(machine_tx_count, TX_CASES); /* a row without a case */
    for (size_t i = 0; i < TX_CASES; i++) {
        const struct row_case *c = &tx_cases[i];
        assert_string_equal(machine_tx[i].id, c->id);
        assert_string_equal(machine_tx[i].meaning, c->meaning);
        assert_true(row_says(c->wanted, machine_tx[i].before, machine_tx[i].after));
        assert_non_null(strstr(c->wanted, certainty_name(machine_tx[i].certainty)));
        assert_case(c->lines, c->wanted, true);
    }
}

/* machine_sent() asks no row that cannot apply: each asks for one of what is said of its states, and
 * stands where their rows begin or later; and nothing is said that none asks for. */
static void rows_ask(void **state)
{
    (void)state;
    for (unsigned s = 0; s < STATE_N; s++) {
        unsigned asked = 0;
        size_t first = machine_tx_count;
        for (size_t i = 0; i < machine_tx_count; i++) {
            if (!(machine_tx[i].before & 1u << s))
                continue;
            if (!(machine_tx[i].when & machine_tx_rows[s].asks))
                fail_msg("%s: row %s %s", tcp_state_name((enum tcp_state)s), machine_tx[i].id,
                         machine_tx[i].meaning);
            asked |= machine_tx[i].when;
            first = i < first ? i : first;
        }
        assert_int_equal(machine_tx_rows[s].asks & ~asked, 0);
        assert_int_equal(machine_tx_rows[s].first, first);
    }
}

static void each_rx_row(void **state)
{
    (void)state;
    assert_int_equal(machine_rx_count, RX_CASES);
    for (size_t i = 0; i < RX_CASES; i++) {
        const struct row_case *c = &rx_cases[i];
        char later[2000];
        assert_string_equal(machine_rx[i].id, c->id);
        assert_string_equal(machine_rx[i].meaning, c->meaning);
        assert_true(row_says(c->wanted, machine_rx[i].before, machine_rx[i].after));
        assert_case(c->lines, c->wanted, true);
        snprintf(later, sizeof later, "%s%s", c->lines, LATER);
        /* No time will tell: neither end has anything to repeat. */
        if (machine_rx[i].delivery == DELIVERY_FIN || strcmp(c->id, "R19") == 0) {
            assert_case(later, c->wanted, true);
            continue;
        }
        /* No repeat for longer than a timer would take: inferred, not only assumed. */
        char wanted[100];
        snprintf(wanted, sizeof wanted, "%.*sinferred",
                 (int)(strlen(c->wanted) - strlen("assumed")), c->wanted);
        assert_case(later, wanted, true);
    }
}

/*
 * Picked up in the middle, one FIN in the capture, acknowledged. A host that had sent its FIN
 * before the capture began (SND.NXT is one behind it) acknowledges the other FIN with the same
 * SEQ as one that had not. Payload of it in the capture tells, because a FIN ends the payload.
 */
static void past_unknown(void **state)
{
    (void)state;
#define ACK_OF_FIN "0.03 B FA seq=6000 ack=2010\n0.04 A A seq=2010 ack=6001\n"
    static const char proved[] = "%u client ESTABLISHED>CLOSE_WAIT proved by %u";
    static const char assumed[] = "%u client ESTABLISHED>CLOSE_WAIT assumed";
    static const struct {
        const char *lines;
        unsigned fin, ack; /* frames; ack 0: nothing proves it */
        bool first;        /* the server is known to be first */
    } list[] = {
        { ACK_OF_FIN, 1, 0, false },
        { "0 A A seq=2010 ack=6000\n" ACK_OF_FIN, 2, 0, false },
        { "0 B PA seq=5990 len=10 ack=2010\n" ACK_OF_FIN, 2, 0, false },
        { "0 A PA seq=2000 len=10 ack=6000\n" ACK_OF_FIN, 2, 3, true },
        /* One number more than the payload: the FIN, or a byte, is missing. */
        { "0 A PA seq=2000 len=9 ack=6000\n" ACK_OF_FIN, 2, 0, false },
        /* What it sends afterwards shows that it had not closed. */
        { ACK_OF_FIN "0.05 A PA seq=2010 ack=6001 len=5\n", 1, 3, true },
        { ACK_OF_FIN "0.05 A FA seq=2010 ack=6001\n", 1, 3, true },
        { CASE_OPEN "0.03 B FA\n0.04 A A\n", 4, 5, true },
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        char lines[1000], wanted[80];
        snprintf(wanted, sizeof wanted, list[i].ack != 0 ? proved : assumed, list[i].fin,
                 list[i].ack);
        assert_case(list[i].lines, wanted, true);
        /* Time decides nothing; and what comes after is no surer than what was before. */
        snprintf(lines, sizeof lines, "%s%s", list[i].lines, LATER);
        assert_case(lines, wanted, true);
        struct tracker_case *tracked = case_track(list[i].lines, NULL);
        assert_int_equal(tracked->connections[0].summary.first_closer,
                         list[i].first ? CLOSER_SERVER : CLOSER_NONE);
        free(tracked);
    }
    assert_case(ACK_OF_FIN LATER, "2 server FIN_WAIT_1>FIN_WAIT_2 assumed", true);
    assert_case("0 A PA seq=2000 len=10 ack=6000\n" ACK_OF_FIN LATER,
                "3 server FIN_WAIT_1>FIN_WAIT_2 inferred", true);
#undef ACK_OF_FIN
}

/* What a row says about a peer of which nothing is known. */
static void peers(void **state)
{
    (void)state;
    /* Backscatter looks just so: nobody need have sent a SYN. */
    assert_case("0 B SA seq=5000 ack=1001\n", "1 client NONE>SYN_SENT assumed", true);
    assert_case("0 B SA seq=5000 ack=1001\n0.02 A A seq=1001 ack=5001\n",
                "1 client NONE>SYN_SENT inferred", true);
    assert_case("0 A A seq=2000 ack=6000\n", "1 server NONE>ESTABLISHED assumed", true);
    assert_case("0 A FA seq=2000 ack=6000\n", "1 server NONE>ESTABLISHED assumed", true);
    assert_case(SYN "0.02 A A seq=1001 ack=5001\n", "2 server NONE>SYN_RCVD inferred", true);
    assert_case("0 B SA seq=5000 ack=1001\n0.05 B A seq=5001 ack=1011\n",
                "2 client SYN_SENT>ESTABLISHED proved by 2", true);
}

/* TCP-level example of the reference specification, §2.11: every segment seen once, mid-path. */
static void worked_example(void **state)
{
    (void)state;
    char text[CASE_TEXT];
    struct tracker_case *tracked =
        case_track(OPEN "0.03 A PA len=100\n0.04 B A\n0.05 B PA len=300\n0.06 A A\n"
                        "0.1 A FA\n0.11 B A\n0.2 B FA\n0.21 A A\n" LATER,
                   NULL);
    assert_string_equal(case_transitions(&tracked->connections[0], text),
                        "1 client NONE>SYN_SENT observed\n"
                        "1 server NONE>LISTEN inferred by 2\n"
                        "2 server LISTEN>SYN_RCVD observed\n"
                        "3 client SYN_SENT>ESTABLISHED observed\n"
                        "3 server SYN_RCVD>ESTABLISHED proved by 5\n"
                        "8 client ESTABLISHED>FIN_WAIT_1 observed\n"
                        "8 server ESTABLISHED>CLOSE_WAIT proved by 9\n"
                        "9 client FIN_WAIT_1>FIN_WAIT_2 inferred by 11\n"
                        "10 server CLOSE_WAIT>LAST_ACK observed\n"
                        "11 client FIN_WAIT_2>TIME_WAIT observed\n"
                        "11 server LAST_ACK>CLOSED inferred\n");
    free(tracked);
}

/* A SYN-ACK again: the third ACK had not arrived (T15), unless the two crossed. */
static void third_ack_refuted(void **state)
{
    (void)state;
    /* However much later: ten times 53 years do not fit into 64 bits of nanoseconds. */
    assert_case(OPEN "1700000000 B SA seq=5000 ack=1001 id=99\n",
                "3 server SYN_RCVD>ESTABLISHED inferred", false);
    assert_case(OPEN "1700000000 A A\n+1 A A\n", "3 server SYN_RCVD>ESTABLISHED inferred", true);
    /* One such time alone is not believed (tcp/clock). */
    assert_case(OPEN "1700000000 A A\n", "3 server SYN_RCVD>ESTABLISHED assumed", true);
    static const char gone[] = "3 server SYN_RCVD>ESTABLISHED assumed";
    assert_case(OPEN "1.01 B SA seq=5000 ack=1001\n", gone, false);
    assert_case(OPEN "1.01 B SA seq=5000 ack=1001\n1.02 A A\n",
                "5 server SYN_RCVD>ESTABLISHED assumed", true);
    /* B is 10 ms away: what it sent before the ACK could reach it passes within 10 ms. */
    assert_case(SYN_SYNACK "1.012 A A\n1.014 B SA seq=5000 ack=1001\n", gone, true);
    /* The same packet again, by its IP ID: a copy, which says nothing. */
    assert_case("0 A S seq=1000\n0.01 B SA seq=5000 id=7\n0.02 A A\n0.5 B SA seq=5000 id=7\n",
                gone, true);
    /* A's data is not acknowledged either: B dropped both (a full accept queue). */
    assert_case(OPEN "0.03 A PA len=10\n0.3 A PA seq=1001 len=10\n", gone, false);
}

/* FIN again after its ACK: that was lost behind the capture point (T35). */
static void last_ack_refuted(void **state)
{
    (void)state;
    static const char close[] = OPEN "0.03 A FA\n0.04 B FA id=9\n0.05 A A\n";
    char lines[1000];
    assert_case(close, "6 server LAST_ACK>CLOSED assumed", true);
    snprintf(lines, sizeof lines, "%s0.3 B FA seq=5001 id=10\n", close);
    assert_case(lines, "6 server LAST_ACK>CLOSED assumed", false);
    strcat(lines, "0.31 A A\n");
    assert_case(lines, "8 server LAST_ACK>CLOSED assumed", true);
    snprintf(lines, sizeof lines, "%s0.055 B FA seq=5001 id=10\n", close); /* crossed the ACK */
    assert_case(lines, "6 server LAST_ACK>CLOSED assumed", true);
    snprintf(lines, sizeof lines, "%s0.3 B FA seq=5001 id=9\n", close); /* a copy */
    assert_case(lines, "6 server LAST_ACK>CLOSED assumed", true);
}

/* CLOSE_WAIT begins with the FIN that arrived: the repeat, but not a copy of the first. */
static void fin_again(void **state)
{
    (void)state;
    assert_case(OPEN "0.03 A FA id=5\n0.3 A FA seq=1001 id=6\n0.31 B A\n",
                "5 server ESTABLISHED>CLOSE_WAIT proved by 6", true);
    assert_case(OPEN "0.03 A FA id=5\n0.031 A FA seq=1001 id=5\n0.04 B A\n",
                "4 server ESTABLISHED>CLOSE_WAIT proved by 6", true);
    /* An acknowledgement of less does not prove it. */
    assert_case(OPEN "0.03 A FA\n0.04 B A ack=1001\n",
                "4 server ESTABLISHED>CLOSE_WAIT proved by 5", false);
    /* Nor does one of more than was ever sent (RFC 9293 §3.10.7.4). */
    assert_case(OPEN "0.03 A FA\n0.04 B A ack=1003\n",
                "4 server ESTABLISHED>CLOSE_WAIT proved by 5", false);
}

/* RFC 9293 §3.10.4: CLOSE leads to FIN_WAIT_1 while the FIN still waits behind data. Whether B had
 * closed before A's FIN came is certain only where a FIN of B could have left before. */
static void fin_that_may_wait(void **state)
{
    (void)state;
    /* A's FIN acknowledges all that B had sent: no FIN was waiting. */
    assert_case(OPEN "0.03 B PA len=10\n0.04 A FA\n0.05 B A\n",
                "5 server ESTABLISHED>CLOSE_WAIT proved by 6", true);
    assert_case(OPEN "0.03 A FA\n0.035 B PA len=10 ack=1001\n0.05 B A\n",
                "4 server ESTABLISHED>CLOSE_WAIT assumed by 6", true);
    /* B may not send: no window, or one of 10 * 2^2 = 40 bytes for segments of 100. */
    assert_case(OPEN "0.03 A FA win=0\n0.04 B A\n",
                "4 server ESTABLISHED>CLOSE_WAIT assumed by 5", true);
    assert_case("0 A S seq=1000 mss=100 ws=2\n0.01 B SA seq=5000 ws=0\n0.02 A A\n"
                "0.03 A FA win=10\n0.04 B A\n",
                "4 server ESTABLISHED>CLOSE_WAIT assumed by 5", true);
    assert_case("0 A S seq=1000 mss=100 ws=4\n0.01 B SA seq=5000 ws=0\n0.02 A A win=10\n"
                "0.03 A FA win=10\n0.04 B A\n", /* 160 bytes */
                "4 server ESTABLISHED>CLOSE_WAIT proved by 5", true);
    /* Until A's FIN came, 1460 bytes of B were not acknowledged. */
    assert_case(OPEN "0.03 B PA len=1460\n0.04 A FA\n0.05 B A\n",
                "5 server ESTABLISHED>CLOSE_WAIT assumed by 6", true);
    /* B is 10 ms away, and answers with its FIN 30 ms later, without an ACK before: this may be
     * the repeat of a FIN that was lost. */
    assert_case(OPEN "0.03 A FA\n0.06 B FA\n",
                "4 server ESTABLISHED>CLOSE_WAIT proved by 5", true);
    assert_case(OPEN "0.03 A FA\n0.07 B FA\n",
                "4 server ESTABLISHED>CLOSE_WAIT assumed by 5", true);
    assert_case(OPEN "0.03 A FA\n0.07 B FA\n", "5 server CLOSE_WAIT>LAST_ACK assumed", true);
    assert_case(OPEN "0.03 A FA\n0.04 B A\n0.07 B FA\n",
                "6 server CLOSE_WAIT>LAST_ACK observed", true);
    /* A's FIN came again, and B's FIN answers the first of the two; or the second. */
#define STAMPED "0 A S seq=1000 ts=1,0\n0.01 B SA seq=5000 ts=2,1\n0.02 A A ts=3,2\n"            \
                "0.03 A FA seq=1001 ts=4,2\n0.26 A FA seq=1001 ts=5,2\n"
    assert_case(STAMPED "0.27 B FA ts=6,4\n", "6 server CLOSE_WAIT>LAST_ACK assumed", true);
    assert_case(STAMPED "0.27 B FA ts=6,5\n", "6 server CLOSE_WAIT>LAST_ACK observed", true);
    assert_case(OPEN "0.03 A FA seq=1001\n0.26 A FA seq=1001\n0.27 B FA\n",
                "6 server CLOSE_WAIT>LAST_ACK assumed", true);
    /* B's number 5001 is not in the capture: a byte, or its FIN. */
    assert_case(OPEN "0.03 A FA\n0.04 B A seq=5002\n",
                "4 server ESTABLISHED>CLOSE_WAIT assumed by 5", true);
    assert_case(OPEN "0.03 A FA ack=5002\n0.04 B A seq=5002\n",
                "4 server ESTABLISHED>CLOSE_WAIT assumed by 5", true);
    assert_case(OPEN "0.025 B A seq=5002\n0.03 A FA ack=5002\n0.04 B A seq=5002\n",
                "5 server ESTABLISHED>CLOSE_WAIT assumed by 6", true);
    /* It was a byte: it comes late, or more bytes follow. */
    assert_case(OPEN "0.025 B A seq=5002\n0.026 B A seq=5001 len=1\n"
                     "0.03 A FA ack=5002\n0.04 B A seq=5002\n",
                "6 server ESTABLISHED>CLOSE_WAIT proved by 7", true);
    assert_case(OPEN "0.025 A A ack=5002\n0.026 B A seq=5002 len=10\n"
                     "0.03 A FA ack=5012\n0.04 B A seq=5012\n",
                "6 server ESTABLISHED>CLOSE_WAIT proved by 7", true);
}

/* B's acknowledgement of A's FIN is lost, and A repeats its FIN; but B's FIN has it, too. */
static void ack_of_fin_lost(void **state)
{
    (void)state;
    static const char closes[] = OPEN "0.03 A FA\n0.04 B A\n0.25 B FA ack=1002\n"
                                      "0.33 A FA seq=1001 ack=5001\n";
    char lines[1000];
    snprintf(lines, sizeof lines, "%s0.34 A A seq=1002 ack=5002\n", closes);
    assert_case(lines, "8 client FIN_WAIT_1>TIME_WAIT observed", true);
    snprintf(lines, sizeof lines, "%s0.335 B A ack=1002\n0.34 A A seq=1002 ack=5002\n", closes);
    assert_case(lines, "9 client FIN_WAIT_1>TIME_WAIT observed", true);
    /* The bytes passed before without that ACK: which of the two segments arrived is not known. */
    assert_case(OPEN "0.025 B PA len=10 ack=1001\n0.03 A FA ack=5001\n0.04 B A ack=1002\n"
                     "0.3 B PA seq=5001 len=10 ack=1002\n0.31 A A seq=1002 ack=5011\n",
                "6 client FIN_WAIT_1>FIN_WAIT_2 proved by 8", false);
}

/* After an active opening there is no LISTEN to go back to (RFC 9293 §3.10.7.4). */
/*
 * A FIN that acknowledges a number of which nothing was seen: it may be the peer's FIN, and then
 * this is the second one (LAST_ACK). What was seen last of the peer's numbers was no FIN.
 */
static void fin_after_unseen(void **state)
{
    (void)state;
    const char *assumed = "client ESTABLISHED>FIN_WAIT_1 assumed";
    const char *observed = "client ESTABLISHED>FIN_WAIT_1 observed";
    static const struct {
        const char *lines;
        unsigned frame;
        bool unseen;
    } list[] = {
        { OPEN "0.03 A FA ack=5002\n", 4, true },
        { OPEN "0.03 A A ack=5002\n0.04 A FA ack=5002\n", 5, true },
        { OPEN "0.03 A FA ack=4000000\n", 4, true }, /* beyond belief: a number is wrong */
        { OPEN "0.03 B PA len=10\n0.04 A A\n0.05 A FA ack=5012\n", 6, true },
        { OPEN "0.03 A A ack=5011\n0.04 B PA seq=5011 len=10\n0.05 A FA ack=5021\n", 6, false },
        { OPEN "0.03 B PA seq=5011 len=10\n0.05 A FA ack=5021\n", 5, false },
        { OPEN "0.03 B PA len=10\n0.04 A FA ack=5011\n", 5, false },
        { SYN "0.02 A A seq=1001 ack=5001\n0.03 A FA seq=1001 ack=5001\n", 3, false },
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        char wanted[80];
        snprintf(wanted, sizeof wanted, "%u %s", list[i].frame,
                 list[i].unseen ? assumed : observed);
        assert_case(list[i].lines, wanted, true);
    }
}

static void reset_of_active_opening(void **state)
{
    (void)state;
    assert_case(SYN "0.001 B S seq=5000\n0.02 B SA seq=5000 ack=1001\n0.03 A R seq=1001\n",
                "4 server SYN_RCVD>CLOSED assumed", true);
}

#define RESET_IN_THE_MIDDLE OPEN "0.03 A PA len=10\n0.04 B A\n0.05 A R seq=1011\n"

static void assert_reset_forgotten(const char *lines, const char *client_state)
{
    char text[CASE_TEXT];
    struct tracker_case *tracked = case_track(lines, NULL);
    const struct case_connection *c = &tracked->connections[0];
    case_assert_chain(c);
    assert_null(strstr(case_transitions(c, text), "CLOSED"));
    assert_int_equal(case_events(c, EVENT_RESET_NOT_BELIEVED), 1);
    assert_string_equal(tcp_state_name((enum tcp_state)c->summary.endpoints[CLIENT].state),
                        client_state);
    assert_true(c->summary.close != CLOSE_RESET);
    free(tracked);
}

/* A RST that its sender contradicts by going on is not its own. */
static void reset_refuted(void **state)
{
    (void)state;
    char lines[4000];
    assert_case(RESET_IN_THE_MIDDLE, "6 client ESTABLISHED>CLOSED observed", true);
    /* Still under way when the RST was sent. */
    assert_case(RESET_IN_THE_MIDDLE "0.06 A PA seq=1011 len=10\n",
                "6 client ESTABLISHED>CLOSED observed", true);
    assert_reset_forgotten(RESET_IN_THE_MIDDLE "0.5 A PA seq=1011 len=10\n0.51 B A\n",
                           "ESTABLISHED");
    /* A busy sender never pauses, and contradicts it all the same. */
    strcpy(lines, RESET_IN_THE_MIDDLE);
    for (int i = 0; i < 20; i++)
        strcat(lines, "+0.02 A PA len=10\n+0.01 B A\n");
    assert_reset_forgotten(lines, "ESTABLISHED");
    /* What comes 0.46 s later was overtaken: it acknowledges less than A did before, or its
     * timestamp is older than the RST's. */
    assert_case(OPEN "0.03 B PA len=10\n0.035 A A ack=5011\n0.04 A RA ack=5011\n"
                     "0.5 A A ack=5001\n", "6 client ESTABLISHED>CLOSED observed", true);
    assert_case(OPEN "0.03 A A ts=9,1\n0.04 A RA ts=10,1\n0.5 A A ts=9,1\n",
                "5 client ESTABLISHED>CLOSED observed", true);
    assert_case(OPEN "0.03 A A ts=9,1\n0.04 A RA ts=10,1\n0.5 A A ts=10,1\n",
                "5 client ESTABLISHED>CLOSED observed", false);
    /* Its state before was FIN_WAIT_2, which only the RST had shown. */
    assert_reset_forgotten(OPEN "0.03 A FA\n0.04 B A\n0.05 A R seq=1002\n0.5 B PA len=10\n"
                                "0.51 A A seq=1002 ack=5011\n",
                           "FIN_WAIT_2");
}

/* RST outside the window: nothing happens (RFC 5961 §3.2). In the window: its receiver may. */
static void reset_numbers(void **state)
{
    (void)state;
    /* RFC 1337 §2: the peer is gone when an old segment makes an end in TIME_WAIT answer. */
#define OVER OPEN "0.03 A FA\n0.04 B FA\n0.05 A A\n0.06 A A\n"
    assert_case(OVER "0.07 B R seq=5002\n", "8 client TIME_WAIT>CLOSED assumed", true);
    assert_case(OVER "0.07 B R seq=5001\n", "8 client TIME_WAIT>CLOSED assumed", false);
    assert_case(OPEN "0.03 A R seq=900000\n", "4 client ESTABLISHED>CLOSED observed", false);
    assert_case(OPEN "0.03 A R seq=1500\n", "4 client ESTABLISHED>CLOSED observed", true);
    assert_case(OPEN "0.03 A R seq=1000\n", "4 client ESTABLISHED>CLOSED observed", false);
    /* It refuses an answer that did not fit, whether that was captured or not: its SYN still stands
     * (RFC 9293 §3.10.7.3, first step). x + 1 = 1001 would answer one that fits. */
    assert_case(SYN "0.01 B SA seq=5000 ack=7000\n0.02 A R seq=7000\n",
                "3 client SYN_SENT>CLOSED observed", false);
    assert_case(SYN "0.02 A R seq=7000\n", "2 client SYN_SENT>CLOSED observed", false);
    assert_case(SYN "0.02 A R seq=1001\n", "2 client SYN_SENT>CLOSED observed", true);
    /* The receiver goes on long after: it did not accept the RST (T34). */
    assert_case(OPEN "0.03 A RA\n0.5 B PA len=10\n", "4 server ESTABLISHED>CLOSED assumed",
                false);
}

/* FIN of A, acknowledged; FIN of B; A answers at once: whichever passed first reached A first,
 * however soon A answers (the capture may be made at A). */
static void order_of_two_deliveries(void **state)
{
    (void)state;
    assert_case(OPEN "0.03 A FA\n0.04 B A\n0.0401 B FA\n0.0402 A A\n",
                "5 client FIN_WAIT_1>FIN_WAIT_2 inferred by 7", true);
    assert_case(OPEN "0.03 A FA\n0.04 B FA ack=1001\n0.0401 B A\n0.0402 A A\n",
                "5 client FIN_WAIT_1>CLOSING inferred by 7", true);
}

/* The origin of the one RST that counts. */
static void assert_origin(const char *lines, enum reset_origin origin)
{
    struct tracker_case *tracked = case_track(lines, NULL);
    const struct case_connection *c = &tracked->connections[0];
    bool found = false;
    for (size_t i = 0; i < c->count; i++)
        if (c->events[i].kind == EVENT_RESET) {
            found = true;
            if (c->events[i].result != origin)
                fail_msg("origin %u, not %d, of\n%s", c->events[i].result, (int)origin, lines);
        }
    assert_true(found);
    free(tracked);
}

/* A device on the way may speak for an end; its segments have come another way, by their TTL. */
static void reset_of_a_device(void **state)
{
    (void)state;
#define KNOWN OPEN "0.03 A PA len=10\n0.04 B A\n0.045 A PA len=9\n"
    assert_case(KNOWN "0.05 B R seq=5001\n",
                "7 server ESTABLISHED>CLOSED observed", true);
    assert_case(KNOWN "0.05 B R seq=5001 ttl=99\n",
                "7 server ESTABLISHED>CLOSED inferred", true);
    /* And then its numbers tell nothing of B: without the TTL these are the cases of T21 and T22. */
    assert_case(OPEN "0.025 B PA len=5\n0.03 A FA\n0.04 B RA ack=1002 ttl=99\n",
                "6 server ESTABLISHED>CLOSED inferred", true);
    assert_case(OPEN "0.03 A PA len=1460\n0.035 B PA len=100 ack=1001\n0.036 A R seq=1001 ttl=9\n",
                "6 client ESTABLISHED>CLOSED inferred", true);
    /* Nothing else of B was captured; and a scanner's SYN is not made by its kernel. */
    assert_case(SYN "0.01 B RA seq=0 ack=1001 ttl=99\n", "2 server NONE>CLOSED observed", true);
    assert_case(SYN_SYNACK "1.02 A R seq=1001 ttl=99\n", "3 client SYN_SENT>CLOSED observed",
                true);
    struct tracker_case *tracked =
        case_track(KNOWN "0.05 B R seq=5001 ttl=99\n", NULL);
    const struct case_connection *c = &tracked->connections[0];
    const struct event *reset = event_find(
        c->events, c->count,
        (struct event_query){ .kind = EVENT_RESET, .endpoint = SERVER, .detail = EVENT_ANY,
                              .result = EVENT_ANY });
    assert_non_null(reset);
    assert_int_equal(reset->certainty, CERTAINTY_INFERRED);
    free(tracked);
}

/* RFC 9293 §3.10.7.1: what a host without the connection answers; and what nothing is known of. */
/* B sends no more after A's RST: that tells something only where B would repeat what it sent. */
static void reset_of_an_idle_end(void **state)
{
    (void)state;
    assert_case(OPEN "0.03 A RA\n" LATER, "4 server ESTABLISHED>CLOSED assumed", true);
    assert_case(OPEN "0.025 B PA len=10\n0.026 A A\n0.03 A RA\n" LATER,
                "6 server ESTABLISHED>CLOSED assumed", true);
    assert_case(OPEN "0.025 B FA\n0.03 A RA ack=5001\n" LATER,
                "5 server FIN_WAIT_1>CLOSED inferred", true);
}

/* A FIN and a RST behind it: B, 10 ms away, delays its ACK by 200 ms at most. */
static void reset_of_a_closer(void **state)
{
    (void)state;
    static const char has_fin[] = "4 server ESTABLISHED>CLOSE_WAIT assumed";
    assert_case(OPEN "0.03 A FA\n0.1 A R seq=1002\n", has_fin, true);
    assert_case(OPEN "0.03 A FA\n0.1 A R seq=1002\n", "5 server CLOSE_WAIT>CLOSED assumed", true);
    /* It would have acknowledged the FIN by now, or did send something without. */
    assert_case(OPEN "0.03 A FA\n0.25 A R seq=1002\n", has_fin, false);
    assert_case(OPEN "0.03 A FA\n0.06 B PA len=9 ack=1001\n0.1 A R seq=1002\n", has_fin, false);
    /* The RST passed first. */
    assert_case(OPEN "0.03 A R seq=1001\n0.031 A FA seq=1001\n",
                "5 server ESTABLISHED>CLOSE_WAIT assumed", false);
    /* B lacks bytes before the FIN: its ACK reports what lies behind them. */
    assert_case("0 A S seq=1000 sackok\n0.01 B SA seq=5000 sackok\n0.02 A A\n"
                "0.025 A PA len=10\n0.026 A PA len=10\n0.037 B A ack=1001 sack=1011-1021\n"
                "0.04 A FA\n0.06 A R seq=1022\n",
                "7 server ESTABLISHED>CLOSE_WAIT assumed", false);
    /* A reset B 0.09 s before its late ACK of B's FIN passes: B reached no FIN_WAIT_2. */
    assert_case(OPEN "0.03 B FA\n0.05 A RA ack=5001\n0.14 A A ack=5002\n0.15 B R seq=5002\n",
                "6 server FIN_WAIT_1>FIN_WAIT_2 inferred", false);
}

/* What a RST says about its sender, and what it does not. */
static void reset_tells_states(void **state)
{
    (void)state;
    /* Without ACK it answers a segment, as a host does that has no such connection. */
    assert_case(OPEN "0.03 B R\n", "4 server SYN_RCVD>CLOSED observed", true);
    /* B is 10 ms away: its RST left before the third ACK can have come. */
    assert_case(OPEN "0.025 B RA\n", "4 server SYN_RCVD>CLOSED observed", true);
    /* It refuses payload, but had none of its own; or so long ago that its host may have forgotten
     * the connection. */
    assert_case(OPEN "0.035 B PA len=100\n0.036 A R seq=1001\n",
                "5 client ESTABLISHED>CLOSED observed", true);
    assert_case(OPEN "0.03 A PA len=1460\n1.1 B PA len=100 ack=1001\n1.101 A R seq=1001\n",
                "6 client ESTABLISHED>CLOSED observed", true);
    /* B reset A, which answers a segment of B that was overtaken and is not in the capture. */
    assert_case(OPEN "0.03 A PA len=1460\n0.035 B PA len=100 ack=1001\n"
                     "0.036 B RA seq=5101 ack=1001\n0.037 A R seq=1001\n",
                "7 client ESTABLISHED>CLOSED observed", true);
    /* What it answers has no payload. */
    assert_case(OPEN "0.03 A PA len=1460\n0.034 B PA len=100 ack=1001\n0.0341 A A ack=5101\n"
                     "0.035 B A ack=1001\n0.036 A R seq=1001\n",
                "8 client ESTABLISHED>CLOSED observed", true);
    /* It does not know of the FIN; or one of B's own, which was not captured, took a number. */
    assert_case(OPEN "0.025 A PA len=10\n0.035 B A\n0.04 A FA\n0.05 B RA ack=1011\n",
                "7 server ESTABLISHED>CLOSED observed", true);
    assert_case(OPEN "0.025 A PA len=10\n0.035 B A\n0.04 A FA\n0.05 B RA seq=5002 ack=1012\n",
                "7 server ESTABLISHED>CLOSED observed", true);
}

static void reset_origins(void **state)
{
    (void)state;
    assert_origin(OPEN "0.03 B RA\n", RESET_ACTIVE);
    assert_origin(OPEN "0.03 A PA len=10\n0.04 B R seq=5001\n", RESET_REACTIVE);
    /* Nothing else of its sender is in the capture. */
    assert_origin("0 B RA seq=5001 ack=1001\n", RESET_OTHER);
    assert_origin("0 B R seq=5001\n", RESET_OTHER);
    assert_origin("0 A PA seq=1000 ack=5001 len=10\n0.01 B RA seq=5001 ack=1010\n", RESET_OTHER);
    /* But its number is that of the ACK that it answers. */
    assert_origin("0 A PA seq=1000 ack=5001 len=10\n0.01 B R seq=5001\n", RESET_REACTIVE);
    /* To a segment without ACK, as scans send them: number 0 and the segment's end. */
    assert_origin("0 A F seq=1000\n0.01 B RA seq=0 ack=1001\n", RESET_REACTIVE);
    assert_origin("0 A FP seq=1000 len=5\n0.01 B RA seq=0 ack=1006\n", RESET_REACTIVE);
    assert_origin("0 B RA seq=0 ack=1001\n", RESET_REACTIVE);
    assert_origin("0 A F seq=1000\n0.01 B RA seq=7 ack=1001\n", RESET_OTHER);
    assert_origin("0 A F seq=1000\n0.01 B RA seq=0 ack=1002\n", RESET_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_tx_row),
        cmocka_unit_test(rows_ask),       cmocka_unit_test(each_rx_row),
        cmocka_unit_test(past_unknown),
        cmocka_unit_test(peers),             cmocka_unit_test(worked_example),
        cmocka_unit_test(third_ack_refuted), cmocka_unit_test(last_ack_refuted),
        cmocka_unit_test(fin_that_may_wait), cmocka_unit_test(ack_of_fin_lost),
        cmocka_unit_test(fin_again),         cmocka_unit_test(reset_of_active_opening),
        cmocka_unit_test(reset_refuted),     cmocka_unit_test(reset_numbers),
        cmocka_unit_test(order_of_two_deliveries), cmocka_unit_test(reset_origins),
        cmocka_unit_test(reset_tells_states), cmocka_unit_test(reset_of_an_idle_end),
        cmocka_unit_test(reset_of_a_closer),
        cmocka_unit_test(reset_of_a_device), cmocka_unit_test(fin_after_unseen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
