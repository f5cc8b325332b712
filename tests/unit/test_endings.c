/*
 * test_endings: for each pair of states in which a capture can end, the whole verdict: who holds
 * what, until when, and whose move it is. The last segments are those of 100 s, the capture ends
 * at 110 s, and two MSL are 1 min.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/time_text.h"
#include "report/narrate.h"

#define O CERTAINTY_OBSERVED
#define P CERTAINTY_PROVED
#define I CERTAINTY_INFERRED
#define U CERTAINTY_ASSUMED

static const struct ending {
    enum tcp_state client;
    enum certainty client_certainty;
    enum tcp_state server;
    enum certainty server_certainty;
    enum handshake_kind handshake;
    enum close_kind close;
    enum closer first;
    const char *verdict;
} endings[] = {
    /* Openings. */
    { STATE_SYN_SENT, O, STATE_NONE, U, HANDSHAKE_UNANSWERED, CLOSE_OPEN, CLOSER_NONE,
      "No reply to 1 SYN in this capture; the client is in SYN_SENT. Not refused, for that would "
      "be a RST: filtered without a word, lost, or no host there. The network's or the server's "
      "move." },
    { STATE_SYN_SENT, O, STATE_SYN_RCVD, O, HANDSHAKE_HALF_OPEN, CLOSE_OPEN, CLOSER_NONE,
      "Half-open, answered but never completed: the server's SYN-ACK has no accepted ACK; the "
      "server is in SYN_RCVD. The client's move: its ACK was not sent, or was lost." },
    { STATE_ESTABLISHED, O, STATE_SYN_RCVD, O, HANDSHAKE_HALF_OPEN, CLOSE_OPEN, CLOSER_NONE,
      "Half-open, answered but never completed: the server's SYN-ACK has no accepted ACK; the "
      "server is in SYN_RCVD. The client's move: its ACK was not sent, or was lost." },
    { STATE_SYN_SENT, O, STATE_SYN_SENT, O, HANDSHAKE_SIMULTANEOUS, CLOSE_OPEN, CLOSER_NONE,
      "At the end both are in SYN_SENT. Each end's move: neither acknowledged the other's SYN in "
      "this capture." },
    { STATE_ESTABLISHED, O, STATE_SYN_SENT, O, HANDSHAKE_SIMULTANEOUS, CLOSE_OPEN, CLOSER_NONE,
      "At the end the client is in ESTABLISHED and the server in SYN_SENT. The client's move: "
      "the server's SYN is not acknowledged in this capture." },
    /* Open. */
    { STATE_ESTABLISHED, O, STATE_ESTABLISHED, P, HANDSHAKE_THREE_WAY, CLOSE_OPEN, CLOSER_NONE,
      "Still open at both ends, idle for 10 s; either may send or close." },
    /* Half-closed. */
    { STATE_FIN_WAIT_2, I, STATE_CLOSE_WAIT, P, HANDSHAKE_THREE_WAY, CLOSE_HALF_CLOSED,
      CLOSER_CLIENT,
      "Half-closed when the capture ended: the server had not sent its own FIN 10 s after the "
      "other's; the client is very probably in FIN_WAIT_2, the server is in CLOSE_WAIT. That is "
      "allowed. The server's move, when it has sent all it has." },
    { STATE_FIN_WAIT_1, O, STATE_ESTABLISHED, P, HANDSHAKE_THREE_WAY, CLOSE_FIN_UNANSWERED,
      CLOSER_CLIENT,
      "The client's FIN was not acknowledged; the client is in FIN_WAIT_1. The server's move, if "
      "the FIN reached it; this capture cannot tell." },
    { STATE_FIN_WAIT_2, I, STATE_LAST_ACK, O, HANDSHAKE_THREE_WAY, CLOSE_HALF_CLOSED,
      CLOSER_CLIENT,
      "Both ends closed, the client first, but the server's FIN was not acknowledged; the client "
      "is very probably in FIN_WAIT_2, the server is in LAST_ACK. The client's move, if the FIN "
      "reached it; this capture cannot tell." },
    /* Closed at the same time. */
    { STATE_CLOSING, P, STATE_CLOSING, P, HANDSHAKE_THREE_WAY, CLOSE_SIMULTANEOUS, CLOSER_BOTH,
      "Both ends closed at the same time: both are in CLOSING. Each end's move: neither "
      "acknowledged the other's FIN in this capture." },
    { STATE_CLOSING, P, STATE_TIME_WAIT, I, HANDSHAKE_THREE_WAY, CLOSE_SIMULTANEOUS, CLOSER_BOTH,
      "Both ends closed at the same time: the client is in CLOSING, the server is very probably "
      "in TIME_WAIT. The server's move: the client's FIN is not acknowledged in this capture. "
      "The server holds TIME_WAIT until 00:02:40.000 UTC, if it lasts 1 min there, as on Linux." },
    { STATE_TIME_WAIT, I, STATE_TIME_WAIT, I, HANDSHAKE_THREE_WAY, CLOSE_SIMULTANEOUS, CLOSER_BOTH,
      "Both ends closed at the same time: both are very probably in TIME_WAIT. Nothing to do. "
      "Both hold TIME_WAIT until 00:02:40.000 UTC, if it lasts 1 min there, as on Linux." },
    /* Closed one after the other. */
    { STATE_TIME_WAIT, O, STATE_LAST_ACK, O, HANDSHAKE_THREE_WAY, CLOSE_FOUR_SEGMENT,
      CLOSER_CLIENT,
      "Both ends closed, the client first. Whether the server got the last ACK is not shown; if "
      "not, it is still in LAST_ACK. Nothing to do. The client holds TIME_WAIT until 00:02:40.000 "
      "UTC, if it lasts 1 min there, as on Linux." },
    { STATE_CLOSED, I, STATE_TIME_WAIT, O, HANDSHAKE_THREE_WAY, CLOSE_FOUR_SEGMENT, CLOSER_SERVER,
      "Cleanly closed at both ends, the server first: the client very probably got the last ACK. "
      "Nothing to do. The server holds TIME_WAIT until 00:02:40.000 UTC, if it lasts 1 min there, "
      "as on Linux." },
    /* Reset. */
    { STATE_CLOSED, O, STATE_CLOSED, I, HANDSHAKE_THREE_WAY, CLOSE_RESET, CLOSER_CLIENT,
      "Reset: the client is CLOSED; the server is very probably CLOSED. If so, nothing is left, "
      "not even TIME_WAIT." },
    { STATE_CLOSED, O, STATE_ESTABLISHED, U, HANDSHAKE_THREE_WAY, CLOSE_RESET, CLOSER_CLIENT,
      "Reset: the client is closed, but that the server knows is not shown: the server is, we "
      "assume, in ESTABLISHED. If so, the server learns it when it next sends something." },
};

static void summary_make(struct summary *summary, const struct ending *ending)
{
    *summary = (struct summary){ .ip_version = 4, .handshake = (uint8_t)ending->handshake,
                                 .close = (uint8_t)ending->close,
                                 .first_closer = (uint8_t)ending->first,
                                 .last_frame = 9, .last_time = 100 * NS_PER_S,
                                 .capture_end = 110 * NS_PER_S, .rtt_ns = UNKNOWN_NS,
                                 .close_wait_ns = UNKNOWN_NS };
    for (int id = CLIENT; id <= SERVER; id++)
        summary->endpoints[id] =
            (struct endpoint_summary){ .segments = 5, .syns = 1, .last_time = 100 * NS_PER_S };
    if (ending->handshake == HANDSHAKE_UNANSWERED)
        summary->endpoints[SERVER].segments = summary->endpoints[SERVER].syns = 0;
    summary->endpoints[CLIENT].state = (uint8_t)ending->client;
    summary->endpoints[CLIENT].state_certainty = (uint8_t)ending->client_certainty;
    summary->endpoints[SERVER].state = (uint8_t)ending->server;
    summary->endpoints[SERVER].state_certainty = (uint8_t)ending->server_certainty;
}

static void expect_verdict(const struct summary *summary, const char *verdict)
{
    struct connection_report report = { .summary = summary };
    struct strbuf text = { 0 };
    narrate_end(&text, &report, 30 * NS_PER_S);
    assert_string_equal(strbuf_text(&text), verdict);
    strbuf_done(&text);
}

static void pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        struct summary summary;
        summary_make(&summary, &endings[i]);
        expect_verdict(&summary, endings[i].verdict);
    }
}

/* The same with the ends the other way round: the other one moves, holds, and was the first. */
static void pairs_exchanged(void **state)
{
    static const char *const swapped[][2] = {
        { "The client's move", "The server's move" }, { "The server's move", "The client's move" },
        { "The client holds", "The server holds" },   { "The server holds", "The client holds" },
        { ", the client first", ", the server first" }, { "Each end's move", "Each end's move" },
        { "the server learns it", "the client learns it" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        struct ending other = endings[i];
        if (other.handshake == HANDSHAKE_UNANSWERED || other.handshake == HANDSHAKE_HALF_OPEN)
            continue; /* who sent the SYN is the client */
        other.client = endings[i].server;
        other.client_certainty = endings[i].server_certainty;
        other.server = endings[i].client;
        other.server_certainty = endings[i].client_certainty;
        other.first = other.first == CLOSER_CLIENT   ? CLOSER_SERVER
                      : other.first == CLOSER_SERVER ? CLOSER_CLIENT
                                                     : other.first;
        struct summary summary;
        summary_make(&summary, &other);
        struct connection_report report = { .summary = &summary };
        struct strbuf text = { 0 };
        narrate_end(&text, &report, 30 * NS_PER_S);
        for (size_t k = 0; k < sizeof swapped / sizeof swapped[0]; k++)
            assert_int_equal(strstr(endings[i].verdict, swapped[k][0]) != NULL,
                             strstr(strbuf_text(&text), swapped[k][1]) != NULL);
        strbuf_done(&text);
    }
}

/* Frames of one end only show neither what the other one did nor whose move it is. */
static void one_sided(void **state)
{
    (void)state;
    struct summary summary;
    struct ending ending = { STATE_FIN_WAIT_1, U, STATE_NONE, U, HANDSHAKE_THREE_WAY,
                             CLOSE_FIN_UNANSWERED, CLOSER_CLIENT, NULL };
    summary_make(&summary, &ending);
    summary.endpoints[SERVER].segments = 0;
    expect_verdict(&summary, "No frame of the server is in this capture; whether it answered "
                             "cannot be seen. At the end the client is, we assume, in FIN_WAIT_1. "
                             "Whose move it is shows in the other direction only.");
    summary.endpoints[CLIENT].state = STATE_CLOSED;
    expect_verdict(&summary, "No frame of the server is in this capture; whether it answered "
                             "cannot be seen. At the end the client is, we assume, CLOSED.");
}

/* RFC 9293 §3.10.7.3: what does not acknowledge the SYN opens nothing and refuses nothing. */
static void reply_unfit(void **state)
{
    (void)state;
    struct summary summary;
    struct ending ending = { STATE_SYN_SENT, O, STATE_NONE, U, HANDSHAKE_UNANSWERED, CLOSE_OPEN,
                             CLOSER_NONE, NULL };
    summary_make(&summary, &ending);
    summary.endpoints[SERVER].segments = summary.endpoints[SERVER].resets = 1;
    expect_verdict(&summary, "No reply that fits 1 SYN in this capture; the client is in SYN_SENT. "
                             "What came in the server's name does not acknowledge the SYN: it "
                             "neither opens nor refuses. The network's or the server's move.");
}

/* RFC 1337 §2: a RST ends TIME_WAIT, and that it came shows only in what this end answers later. */
static void time_wait_cut_short(void **state)
{
    (void)state;
    struct event cut = { .kind = EVENT_TRANSITION, .endpoint = CLIENT, .certainty = U,
                         .from = STATE_TIME_WAIT, .to = STATE_CLOSED, .frame = 9,
                         .time = 100 * NS_PER_S };
    struct summary summary;
    struct ending ending = { STATE_CLOSED, U, STATE_CLOSED, I, HANDSHAKE_THREE_WAY,
                             CLOSE_THREE_SEGMENT, CLOSER_CLIENT, NULL };
    struct connection_report report = { .summary = &summary, .events = &cut, .event_count = 1 };
    struct strbuf text = { 0 };
    summary_make(&summary, &ending);
    narrate_end(&text, &report, 30 * NS_PER_S);
    assert_string_equal(strbuf_text(&text),
                        "Closed, the client first: the client is, we assume, CLOSED; the server is "
                        "very probably CLOSED. If so, nothing is left: the RST in frame 9 cut the "
                        "client's TIME_WAIT short (RFC 1337). If not, the client holds TIME_WAIT "
                        "until 00:02:40.000 UTC, if it lasts 1 min there, as on Linux.");
    strbuf_done(&text);

    cut.certainty = summary.endpoints[CLIENT].state_certainty = P;
    summary.endpoints[SERVER].state_certainty = P;
    narrate_end(&text, &report, 30 * NS_PER_S);
    assert_string_equal(strbuf_text(&text),
                        "Closed, the client first: both ends are CLOSED. Nothing is left: the RST in "
                        "frame 9 cut the client's TIME_WAIT short (RFC 1337).");
    strbuf_done(&text);

    /* It ended when its time was over. */
    cut.certainty = summary.endpoints[CLIENT].state_certainty = I;
    cut.time = 160 * NS_PER_S;
    narrate_end(&text, &report, 30 * NS_PER_S);
    assert_string_equal(strbuf_text(&text),
                        "Closed, the client first: the client is very probably CLOSED; the server "
                        "is CLOSED. If so, nothing is left.");
    strbuf_done(&text);
}

/* Bytes that wait for an acknowledgement are more than "either may send". */
static void open_with_bytes(void **state)
{
    (void)state;
    struct summary summary;
    struct ending ending = { STATE_ESTABLISHED, O, STATE_ESTABLISHED, P, HANDSHAKE_THREE_WAY,
                             CLOSE_OPEN, CLOSER_NONE, NULL };
    summary_make(&summary, &ending);
    summary.endpoints[CLIENT].unacknowledged = 80;
    expect_verdict(&summary, "Still open at both ends, idle for 10 s; 80 B of the client are not "
                             "acknowledged: they or their acknowledgement were lost or on their "
                             "way when the capture ended, or the server does not take them.");
}

/* Ends that hold nothing hold it no longer than until a new connection. */
static void refused_and_reused(void **state)
{
    (void)state;
    static const struct event events[] = {
        { .kind = EVENT_TRANSITION, .endpoint = CLIENT, .to = STATE_CLOSED, .frame = 9 },
        { .kind = EVENT_TRANSITION, .endpoint = SERVER, .from = STATE_CLOSED, .to = STATE_CLOSED,
          .frame = 10 },
    };
    struct summary summary;
    struct ending ending = { STATE_CLOSED, O, STATE_CLOSED, O, HANDSHAKE_REFUSED, CLOSE_RESET,
                             CLOSER_NONE, NULL };
    summary_make(&summary, &ending);
    summary.endpoints[SERVER].port = 80;
    summary.superseded = true;
    struct connection_report report = { .summary = &summary, .events = events, .event_count = 2 };
    struct strbuf text = { 0 };
    narrate_end(&text, &report, 30 * NS_PER_S);
    assert_string_equal(strbuf_text(&text),
                        "Refused, not dropped in silence: a RST answered the SYN. Most often "
                        "nothing listens on port 80 there; a firewall may answer so, too. Nothing "
                        "is left at either end, if the RST arrived.");
    strbuf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs),           cmocka_unit_test(pairs_exchanged),
        cmocka_unit_test(one_sided),       cmocka_unit_test(open_with_bytes),
        cmocka_unit_test(reply_unfit),     cmocka_unit_test(time_wait_cut_short),
        cmocka_unit_test(refused_and_reused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
