/*
 * hole: a FIN that arrives before missing bytes waits for them (RFC 9293 §3.10.7.4), so CLOSE_WAIT
 * is dated to what brings them. Numbers: the first byte of A is 1001; SACK blocks are absolute.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tracker_case.h"

/* Frames 1 to 3, both ends with SACK; 10 ms to B. */
#define SACKS                                                                                    \
    "0.000 A S seq=1000 win=64240 mss=1460 sackok\n"                                             \
    "0.010 B SA seq=5000 win=65160 mss=1460 sackok\n"                                            \
    "0.020 A A\n"

static void assert_transition(const char *lines, const char *wanted, bool is_there)
{
    char text[CASE_TEXT];
    struct tracker_case *tracked = case_track(lines, NULL);
    assert_int_equal(tracked->count, 1);
    case_assert_chain(&tracked->connections[0]);
    case_transitions(&tracked->connections[0], text);
    if (case_has(text, wanted) != is_there)
        fail_msg("%s: \"%s\" in\n%s", is_there ? "missing" : "should not be", wanted, text);
    free(tracked);
}

/* Frame 4, bytes 1001 to 1010, is lost; B says that it has 1011 to 1021 (data 5 and FIN 6). */
#define HELD                                                                                     \
    SACKS "0.03 A PA seq=1001 len=10\n0.031 A PA seq=1011 len=10\n0.032 A FA seq=1021\n"         \
          "0.042 B A ack=1001 sack=1011-1022\n"

static void sack_shows_it(void **state)
{
    (void)state;
    static const char filled[] = "8 server ESTABLISHED>CLOSE_WAIT proved by 9";
    assert_transition(HELD "0.05 A PA seq=1001 len=10 id=99\n0.06 B A ack=1022\n", filled, true);
    /* The next repeat shows that this one was lost, too. */
    assert_transition(HELD "0.05 A PA seq=1001 len=10 id=99\n"
                           "0.25 A PA seq=1001 len=10 id=100\n0.26 B A ack=1022\n",
                      "9 server ESTABLISHED>CLOSE_WAIT proved by 10", true);
    /* What fills the hole was not captured: the state is as old as its proof. */
    assert_transition(HELD "0.06 B A ack=1022\n", "8 server ESTABLISHED>CLOSE_WAIT proved by 8",
                      true);
    /* And as long as nothing fills it, B has not left ESTABLISHED, whatever FIN it holds. */
    struct tracker_case *tracked = case_track(SACKS "0.03 A PA seq=1001 len=10\n0.04 B A\n"
                                                    "0.05 A PA seq=1011 len=10\n0.051 A FA\n"
                                                    "0.062 B A ack=1011 sack=1021-1022\n",
                                              NULL);
    assert_int_equal(tracked->connections[0].summary.endpoints[SERVER].state, STATE_ESTABLISHED);
    assert_int_equal(tracked->connections[0].summary.endpoints[SERVER].state_certainty,
                     CERTAINTY_PROVED);
    free(tracked);
}

/* Of two holes, 1001 to 1010 and 1021 to 1030, the one that is filled last counts, although it
 * passes before the acknowledgement has come so far. */
static void two_holes(void **state)
{
    (void)state;
    assert_transition(SACKS "0.03 A PA seq=1001 len=10\n0.031 A PA seq=1011 len=10\n"
                            "0.032 A PA seq=1021 len=10\n0.033 A FA seq=1031\n"
                            "0.042 B A ack=1001 sack=1031-1032,1011-1021\n"
                            "0.05 A PA seq=1001 len=10 id=98\n"
                            "0.051 A PA seq=1021 len=10 id=99\n"
                            "0.06 B A ack=1021 sack=1031-1032\n0.061 B A ack=1032\n",
                      "10 server ESTABLISHED>CLOSE_WAIT proved by 12", true);
}

/* A block that the acknowledgement covers tells of bytes that came twice (RFC 2883), not of missing
 * ones: what is then sent again without need brings nothing. */
static void came_twice(void **state)
{
    (void)state;
    assert_transition(SACKS "0.03 A PA seq=1001 len=10\n0.04 B A ack=1011 sack=1001-1011\n"
                            "0.05 A PA seq=1011 len=10\n0.051 A FA seq=1021\n"
                            "0.06 A PA seq=1011 len=10 id=99\n0.061 B A ack=1022\n",
                      "7 server ESTABLISHED>CLOSE_WAIT proved by 9", true);
}

/* Without SACK a duplicate ACK (RFC 5681 §2) tells it. */
static void duplicate_ack(void **state)
{
    (void)state;
#define LOST CASE_OPEN "0.03 A PA seq=1001 len=10\n0.04 B A ack=1011\n0.05 A PA seq=1011 len=10\n" \
                       "0.051 A FA seq=1021\n"
    assert_transition(LOST "0.061 B A ack=1011\n0.07 A PA seq=1011 len=10 id=99\n"
                           "0.08 B A ack=1022\n",
                      "9 server ESTABLISHED>CLOSE_WAIT proved by 10", true);
    /* Nothing says that B lacks anything: the FIN was what it took. */
    assert_transition(LOST "0.061 B A ack=1022\n", "7 server ESTABLISHED>CLOSE_WAIT proved by 8",
                      true);
    assert_transition(LOST "0.07 A PA seq=1011 len=10 id=99\n0.071 B A ack=1022\n",
                      "7 server ESTABLISHED>CLOSE_WAIT proved by 9", true);
}

/* The capture shows the FIN before the data that it overtook. */
static void overtaken(void **state)
{
    (void)state;
    assert_transition(SACKS "0.032 A FA seq=1021\n0.033 A PA seq=1001 len=20\n0.043 B A ack=1022\n",
                      "5 server ESTABLISHED>CLOSE_WAIT proved by 6", true);
}

/* The recorder lost data 1001 to 1010; B has it, so the FIN waits for nothing. */
static void recorder_lost_it(void **state)
{
    (void)state;
    assert_transition(SACKS "0.03 A PA seq=1011 len=10\n0.031 A FA seq=1021\n0.041 B A ack=1022\n",
                      "5 server ESTABLISHED>CLOSE_WAIT proved by 6", true);
}

/* FINs of both ends and a hole before one: CLOSING waits for the bytes as well. */
static void closing(void **state)
{
    (void)state;
    assert_transition(SACKS "0.03 A PA seq=1001 len=10\n0.031 A FA seq=1011\n"
                            "0.04 B FA seq=5001 ack=1001 sack=1011-1012\n"
                            "0.05 A PA seq=1001 ack=5001 len=10 id=99\n"
                            "0.06 B A seq=5002 ack=1012\n",
                      "7 server FIN_WAIT_1>CLOSING proved by 8", true);
}

/* What is sent after bytes that follow it was sent before unseen, or was overtaken: the newer
 * timestamp, or in the same tick the IP ID, tells (RFC 7323 §3.2). */
static void sent_again_unseen(void **state)
{
    (void)state;
#define STAMPED                                                                                  \
    "0 A S seq=1000 win=64240 ts=100,0\n0.01 B SA seq=5000 ts=900,100\n0.02 A A ts=120,900\n"
    static const struct {
        const char *lines;
        unsigned repeats;
    } list[] = {
        { STAMPED "0.03 A PA seq=1011 len=10 ts=130,900 id=50\n"
                  "0.05 A PA seq=1001 len=10 ts=150,900 id=51\n", 1 },
        { STAMPED "0.03 A PA seq=1011 len=10 ts=130,900 id=50\n"
                  "0.031 A PA seq=1001 len=10 ts=129,900 id=51\n", 0 },
        { STAMPED "0.03 A PA seq=1011 len=10 ts=130,900 id=50\n"
                  "0.031 A PA seq=1001 len=10 ts=130,900 id=51\n", 1 },
        { STAMPED "0.03 A PA seq=1011 len=10 ts=130,900 id=50\n"
                  "0.031 A PA seq=1001 len=10 ts=130,900 id=49\n", 0 },
        /* Nothing tells: IP IDs of 0, or far apart as random ones are. */
        { CASE_OPEN "0.03 A PA seq=1011 len=10 id=0\n0.05 A PA seq=1001 len=10 id=0\n", 0 },
        { CASE_OPEN "0.03 A PA seq=1011 len=10 id=50\n0.05 A PA seq=1001 len=10 id=9000\n", 0 },
        /* Two that were overtaken: the second is newer than the first, not than what passed. */
        { STAMPED "0.03 A PA seq=1021 len=10 ts=130,900 id=50\n"
                  "0.031 A PA seq=1001 len=10 ts=128,900 id=48\n"
                  "0.032 A PA seq=1011 len=10 ts=129,900 id=49\n", 0 },
        /* The original comes after its repeat: that one counts, not this. */
        { STAMPED "0.03 A PA seq=1011 len=10 ts=130,900 id=50\n"
                  "0.05 A PA seq=1001 len=10 ts=150,900 id=51\n0.06 B A ack=1021 ts=950,150\n"
                  "0.07 A PA seq=1001 len=10 ts=129,900 id=49\n", 1 },
        /* Its acknowledgement was recorded before it: nothing that follows it was. */
        { STAMPED "0.03 B A ack=1011 ts=930,120\n0.031 A PA seq=1001 len=10 ts=130,900 id=50\n", 0 },
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        struct tracker_case *tracked = case_track(list[i].lines, NULL);
        if (tracked->connections[0].summary.endpoints[CLIENT].repeated_segments !=
            list[i].repeats)
            fail_msg("%u repeats, not %u:\n%s",
                     tracked->connections[0].summary.endpoints[CLIENT].repeated_segments,
                     list[i].repeats, list[i].lines);
        free(tracked);
    }
}

/* Two hosts behind one address answer a SYN, each with its own clock: the second SYN-ACK is a repeat
 * however old its timestamp looks. */
static void synack_of_another_clock(void **state)
{
    (void)state;
    struct tracker_case *tracked =
        case_track("0 A S seq=1000 win=64240 ts=100,0\n0.01 B SA seq=5000 ts=900,100\n"
                   "1.01 B SA seq=5000 ack=1001 ts=300,100\n", NULL);
    assert_int_equal(tracked->connections[0].summary.endpoints[SERVER].repeated_segments, 1);
    free(tracked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sack_shows_it), cmocka_unit_test(two_holes),
        cmocka_unit_test(came_twice),
        cmocka_unit_test(duplicate_ack), cmocka_unit_test(overtaken),
        cmocka_unit_test(recorder_lost_it), cmocka_unit_test(closing),
        cmocka_unit_test(sent_again_unseen),
        cmocka_unit_test(synack_of_another_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
