/* test_narrate: sums written out, templates filled in, sentences with the right words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/time_text.h"
#include "report/narrate.h"

/* 10.0.0.1:5 and 10.0.0.2:80, with these initial numbers. */
static struct summary make_summary(uint32_t x, uint32_t y)
{
    struct summary summary = { .id = 1, .ip_version = 4, .rtt_ns = UNKNOWN_NS,
                               .synack_ns = UNKNOWN_NS, .ack_ns = UNKNOWN_NS };
    memcpy(summary.endpoints[CLIENT].address, "\x0a\0\0\x01", 4);
    memcpy(summary.endpoints[SERVER].address, "\x0a\0\0\x02", 4);
    summary.endpoints[CLIENT].port = 5;
    summary.endpoints[SERVER].port = 80;
    summary.endpoints[CLIENT].isn = x;
    summary.endpoints[SERVER].isn = y;
    summary.endpoints[CLIENT].isn_known = summary.endpoints[SERVER].isn_known = true;
    return summary;
}

static struct event make_check(enum check_id id, enum endpoint_id sender,
                               enum check_result result, uint32_t observed, uint32_t expected,
                               uint16_t addend)
{
    return (struct event){ .kind = EVENT_CHECK, .detail = (uint8_t)id,
                           .endpoint = (uint8_t)sender, .result = (uint8_t)result,
                           .observed = observed, .expected = expected, .addend = addend };
}

static void expect_sum(const struct event *check, const struct summary *summary, bool relative,
                       const char *expected)
{
    struct strbuf text = { 0 };
    assert_true(narrate_arithmetic(&text, check, summary, relative));
    assert_string_equal(strbuf_text(&text), expected);
    strbuf_done(&text);
}

static void test_sum(void **state)
{
    (void)state;
    struct summary summary = make_summary(1000, 5000);
    /* RFC 9293 §3.5, figure 6: SYN-ACK.ACK = x + 1, third.ACK = y + 1. */
    struct event check = make_check(CHECK_SYNACK_ACKS_ISN_PLUS_1, SERVER, CHECK_HOLDS, 1001,
                                    1001, 1);
    expect_sum(&check, &summary, false, "ack = x + 1: 1001 = 1000 + 1");
    expect_sum(&check, &summary, true, "ack = x + 1: 1 = 0 + 1");
    check = make_check(CHECK_HANDSHAKE_ACK_NUMBER, CLIENT, CHECK_HOLDS, 5001, 5001, 1);
    expect_sum(&check, &summary, false, "ack = y + 1: 5001 = 5000 + 1");
    check = make_check(CHECK_SYN_SEQ_IS_ISN, CLIENT, CHECK_HOLDS, 1000, 1000, 0);
    expect_sum(&check, &summary, false, "seq = x: 1000 = 1000");
    check = make_check(CHECK_SYN_ACK_FIELD_ZERO, CLIENT, CHECK_HOLDS, 0, 0, 0);
    expect_sum(&check, &summary, true, "ack = 0: 0 = 0");
    /* The FIN of the server, w = 5101, acknowledged by the client. */
    check = make_check(CHECK_ACK_OF_FIN, CLIENT, CHECK_HOLDS, 5102, 5102, 1);
    expect_sum(&check, &summary, false, "ack = w + 1: 5102 = 5101 + 1");
    expect_sum(&check, &summary, true, "ack = w + 1: 102 = 101 + 1");
}

/* ISN 2^32 - 1: the SYN takes the last number and the first byte is 0 (RFC 9293 §3.4). */
static void test_wrap(void **state)
{
    (void)state;
    struct summary summary = make_summary(4294967295u, 5);
    struct event check = make_check(CHECK_SYNACK_ACKS_ISN_PLUS_1, SERVER, CHECK_HOLDS, 0, 0, 1);
    expect_sum(&check, &summary, false, "ack = x + 1: 0 = 4294967295 + 1 (mod 2^32)");
    expect_sum(&check, &summary, true, "ack = x + 1: 1 = 0 + 1");
    /* A FIN at 4294967295 + 101 = 100 (mod 2^32), and its ACK 101: relative 101 and 102. */
    check = make_check(CHECK_ACK_OF_FIN, SERVER, CHECK_HOLDS, 101, 101, 1);
    expect_sum(&check, &summary, false, "ack = u + 1: 101 = 100 + 1");
    expect_sum(&check, &summary, true, "ack = u + 1: 102 = 101 + 1");
}

static void test_failing_and_skipped(void **state)
{
    (void)state;
    struct summary summary = make_summary(2984134451u, 5);
    struct event check = make_check(CHECK_SYNACK_ACKS_ISN_PLUS_1, SERVER, CHECK_FAILS,
                                    2984134453u, 2984134452u, 1);
    expect_sum(&check, &summary, false, "ack = x + 1: 2984134453 != 2984134451 + 1");
    expect_sum(&check, &summary, true, "ack = x + 1: 2 != 0 + 1");
    struct strbuf text = { 0 };
    check.result = CHECK_SKIPPED;
    check.expected = REASON_GAP;
    assert_false(narrate_arithmetic(&text, &check, &summary, false));
    /* No SYN: there is nothing that the numbers could be relative to. */
    check = make_check(CHECK_FIN_CONSUMES_ONE, CLIENT, CHECK_HOLDS, 11, 11, 1);
    summary.endpoints[CLIENT].isn_known = false;
    assert_false(narrate_arithmetic(&text, &check, &summary, true));
    assert_string_equal(strbuf_text(&text), "");
    expect_sum(&check, &summary, false, "seq = u + 1: 11 = 10 + 1");
    strbuf_done(&text);
}

/* Both numbers in one check: SEQ is in `observed`, ACK in `expected`. */
static void test_both(void **state)
{
    (void)state;
    struct summary summary = make_summary(100, 300);
    /* RFC 9293 §3.5, figure 7: SEQ = own ISN again, ACK = the other's plus one. */
    struct event check = make_check(CHECK_SIMULTANEOUS_ACKS, SERVER, CHECK_HOLDS, 300, 101, 0);
    expect_sum(&check, &summary, false, "seq = y: 300 = 300, ack = x + 1: 101 = 100 + 1");
    struct strbuf text = { 0 };
    check = make_check(CHECK_LAST_ACK_NUMBERS, CLIENT, CHECK_FAILS, 151, 352, 1);
    assert_false(narrate_arithmetic(&text, &check, &summary, false)); /* FINs are not known */
    summary.endpoints[CLIENT].fin_sent = summary.endpoints[SERVER].fin_sent = true;
    summary.endpoints[CLIENT].fin_seq = 150;
    summary.endpoints[SERVER].fin_seq = 350;
    expect_sum(&check, &summary, false, "seq = u + 1: 151 = 150 + 1, ack = w + 1: 352 != 350 + 1");
    expect_sum(&check, &summary, true, "seq = u + 1: 51 = 50 + 1, ack = w + 1: 52 != 50 + 1");
    strbuf_done(&text);
}

static void test_names(void **state)
{
    (void)state;
    char text[80];
    struct summary summary = make_summary(0, 0);
    assert_string_equal(narrate_endpoint(&summary, SERVER, text, sizeof text), "10.0.0.2:80");
    /* What has no room is cut. */
    assert_string_equal(narrate_endpoint(&summary, SERVER, text, sizeof "10.0.0.2"), "10.0.0.2");
    assert_string_equal(narrate_address(summary.endpoints[SERVER].address, 4, text, 5), "10.0");
    summary.ip_version = 6;
    memset(summary.endpoints[CLIENT].address, 0, 16);
    memcpy(summary.endpoints[CLIENT].address, "\x20\x01\x0d\xb8", 4);
    summary.endpoints[CLIENT].address[15] = 1;
    assert_string_equal(narrate_endpoint(&summary, CLIENT, text, sizeof text),
                        "[2001:db8::1]:5");
    assert_string_equal(narrate_flags(TCP_ACK | TCP_SYN, text, sizeof text), "SYN,ACK");
    assert_string_equal(narrate_flags(0x1ff, text, sizeof text),
                        "FIN,SYN,RST,PSH,ACK,URG,ECE,CWR,AE");
    assert_string_equal(narrate_flags(0, text, sizeof text), "");
}

static void test_template(void **state)
{
    (void)state;
    struct summary summary = make_summary(0, 0);
    struct finding finding = { .endpoint = SERVER, .state = STATE_CLOSE_WAIT,
                               .peer_state = STATE_FIN_WAIT_2, .n = 4, .m = -1,
                               .time = 184 * NS_PER_S };
    finding_evidence(&finding, 42, "seq", EVIDENCE_NUMBER, 7);
    struct strbuf text = { 0 };
    narrate_template(&text, "{who} ({state}) and {peer} ({peer_state}), {n} {m} {f1} {f2}",
                     &finding, &summary);
    assert_string_equal(strbuf_text(&text), "Server 10.0.0.2:80 (CLOSE_WAIT) and client 10.0.0.1:5 "
                                            "(FIN_WAIT_2), 4 -1 42 ?");
    strbuf_clear(&text);
    narrate_template(&text, "for {time}: {client} {server} {x} {", &finding, &summary);
    assert_string_equal(strbuf_text(&text), "for 3 min 4 s: 10.0.0.1:5 10.0.0.2:80 {x} {");
    strbuf_clear(&text);
    narrate_template(&text, "to {who}", &finding, NULL);
    assert_string_equal(strbuf_text(&text), "to server");
    strbuf_done(&text);
}

static void test_evidence(void **state)
{
    (void)state;
    struct evidence evidence = { .frame = 8, .field = "seq", .format = EVIDENCE_NUMBER,
                                 .value = 2984134532 };
    struct strbuf text = { 0 };
    narrate_evidence(&text, &evidence);
    strbuf_add_char(&text, '|');
    evidence = (struct evidence){ .frame = 9, .field = "flags", .format = EVIDENCE_FLAGS,
                                  .value = TCP_FIN | TCP_ACK };
    narrate_evidence(&text, &evidence);
    strbuf_add_char(&text, '|');
    evidence = (struct evidence){ .frame = 10, .field = "gap", .format = EVIDENCE_DURATION,
                                  .value = 1014 * NS_PER_MS };
    narrate_evidence(&text, &evidence);
    strbuf_add_char(&text, '|');
    evidence = (struct evidence){ .frame = 11, .field = "flags", .format = EVIDENCE_FLAGS };
    narrate_evidence(&text, &evidence);
    assert_string_equal(strbuf_text(&text), "8 seq=2984134532|9 FIN,ACK|10 gap=1.014 s|11 none");
    strbuf_done(&text);
}

static void expect_end(struct summary *summary, enum tcp_state client, enum tcp_state server,
                       enum certainty server_certainty, const char *part)
{
    struct connection_report report = { .summary = summary };
    struct strbuf text = { 0 };
    summary->endpoints[CLIENT].state = (uint8_t)client;
    summary->endpoints[SERVER].state = (uint8_t)server;
    summary->endpoints[SERVER].state_certainty = (uint8_t)server_certainty;
    narrate_end(&text, &report, 30 * NS_PER_S);
    if (strstr(strbuf_text(&text), part) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", part, strbuf_text(&text));
    strbuf_done(&text);
}

/* The recorder may have missed the FIN of the end that did not close: nobody's move is certain. */
static void fin_not_recorded(void **state)
{
    (void)state;
    struct summary summary = { .handshake = HANDSHAKE_THREE_WAY, .third_ack_seen = true,
                               .close = CLOSE_HALF_CLOSED, .first_closer = CLOSER_CLIENT };
    struct connection_report report = { .summary = &summary };
    struct strbuf text = { 0 };
    summary.endpoints[CLIENT].fin_sent = summary.endpoints[CLIENT].fin_acked = true;
    expect_end(&summary, STATE_FIN_WAIT_2, STATE_CLOSE_WAIT, CERTAINTY_PROVED,
               "The server's move, when it has sent all it has.");
    summary.endpoints[SERVER].fin_may_be_missing = true;
    expect_end(&summary, STATE_FIN_WAIT_2, STATE_CLOSE_WAIT, CERTAINTY_ASSUMED,
               "The client closed, and acknowledged a number of the server that the recorder did not "
               "get: its FIN, or data. If its FIN, both ends have closed; if not, the next move is "
               "the server's.");
    narrate_close(&text, &report);
    assert_string_equal(strbuf_text(&text), "by the client, with a FIN; whether the recorder missed "
                                            "the server's cannot be seen");
    strbuf_done(&text);
}

/* Told from what the ends held when a new connection took their ports. */
static void test_end_reused(void **state)
{
    (void)state;
    struct summary summary = make_summary(0, 0);
    const struct event events[] = {
        { .kind = EVENT_TRANSITION, .endpoint = CLIENT, .to = STATE_ESTABLISHED, .frame = 3 },
        { .kind = EVENT_TRANSITION, .endpoint = SERVER, .to = STATE_ESTABLISHED,
          .certainty = CERTAINTY_INFERRED, .frame = 3 },
        { .kind = EVENT_TRANSITION, .endpoint = CLIENT, .from = STATE_ESTABLISHED,
          .to = STATE_CLOSED, .frame = 5 },
        { .kind = EVENT_TRANSITION, .endpoint = SERVER, .from = STATE_ESTABLISHED,
          .to = STATE_CLOSED, .certainty = CERTAINTY_INFERRED, .frame = 5 },
    };
    struct connection_report report = { .summary = &summary, .events = events, .event_count = 4 };
    struct strbuf text = { 0 };
    summary.handshake = HANDSHAKE_THREE_WAY;
    summary.close = CLOSE_OPEN;
    summary.superseded = true;
    summary.last_frame = 4;
    summary.endpoints[CLIENT].state = summary.endpoints[SERVER].state = STATE_CLOSED;
    narrate_end(&text, &report, 30 * NS_PER_S);
    assert_string_equal(strbuf_text(&text), "No FIN or RST in this capture, but then a new "
                                            "connection began on the same ports: the ends must "
                                            "have given this one up before.");
    strbuf_done(&text);
    text = (struct strbuf){ 0 };
    summary.superseded = false; /* then frame 5 is its own */
    narrate_end(&text, &report, 30 * NS_PER_S);
    assert_string_equal(strbuf_text(&text), "Both ends are CLOSED. Nothing is left.");
    strbuf_done(&text);
}

static void test_end(void **state)
{
    (void)state;
    struct summary summary = make_summary(0, 0);
    summary.handshake = HANDSHAKE_THREE_WAY;
    summary.close_wait_ns = 184 * NS_PER_S;
    summary.last_time = 100 * NS_PER_S;
    summary.capture_end = 110 * NS_PER_S;
    summary.endpoints[CLIENT].last_time = 100 * NS_PER_S;
    expect_end(&summary, STATE_ESTABLISHED, STATE_ESTABLISHED, CERTAINTY_PROVED,
               "Still open at both ends, idle for 10 s");
    expect_end(&summary, STATE_ESTABLISHED, STATE_ESTABLISHED, CERTAINTY_ASSUMED,
               "Still open at the client, and, we assume, at the server, idle for 10 s");
    expect_end(&summary, STATE_ESTABLISHED, STATE_ESTABLISHED, CERTAINTY_INFERRED,
               "Still open at the client, and very probably at the server, idle for 10 s");
    summary.endpoints[CLIENT].state_certainty = CERTAINTY_INFERRED;
    expect_end(&summary, STATE_ESTABLISHED, STATE_ESTABLISHED, CERTAINTY_PROVED,
               "Still open at the server, and very probably at the client, idle for 10 s");
    expect_end(&summary, STATE_ESTABLISHED, STATE_ESTABLISHED, CERTAINTY_INFERRED,
               "Very probably still open at both ends, idle for 10 s");
    expect_end(&summary, STATE_ESTABLISHED, STATE_ESTABLISHED, CERTAINTY_ASSUMED,
               "We assume that both ends are still open, idle for 10 s");
    summary.endpoints[CLIENT].state_certainty = CERTAINTY_OBSERVED;
    expect_end(&summary, STATE_FIN_WAIT_2, STATE_CLOSE_WAIT, CERTAINTY_PROVED,
               "the server has not closed its side for 3 min 4 s");
    expect_end(&summary, STATE_CLOSE_WAIT, STATE_FIN_WAIT_2, CERTAINTY_PROVED,
               "The client's move");
    /* The last ACK at 100 s and two times 30 s. */
    expect_end(&summary, STATE_TIME_WAIT, STATE_CLOSED, CERTAINTY_INFERRED,
               "The client holds TIME_WAIT until 00:02:40.000 UTC, if it lasts 1 min there, as on "
               "Linux.");
    expect_end(&summary, STATE_TIME_WAIT, STATE_CLOSED, CERTAINTY_INFERRED,
               "the server very probably got the last ACK");
    expect_end(&summary, STATE_ESTABLISHED, STATE_SYN_RCVD, CERTAINTY_OBSERVED, "Half-open");
    /* As sure as each end is, and the doubt said once where they share it. */
    summary.close = CLOSE_OPEN;
    expect_end(&summary, STATE_CLOSED, STATE_LISTEN, CERTAINTY_ASSUMED,
               "The client is CLOSED; the server, we assume, listens again. If so, "
               "nothing is left.");
    expect_end(&summary, STATE_CLOSED, STATE_CLOSED, CERTAINTY_INFERRED,
               "The client is CLOSED; the server is very probably CLOSED");
    expect_end(&summary, STATE_CLOSED, STATE_CLOSED, CERTAINTY_PROVED, "Both ends are CLOSED");
    summary.close = CLOSE_RESET;
    expect_end(&summary, STATE_CLOSED, STATE_CLOSED, CERTAINTY_ASSUMED,
               "Reset: the client is CLOSED; the server is, we assume, CLOSED. If so, nothing");
    summary.close = CLOSE_SIMULTANEOUS;
    summary.endpoints[CLIENT].state_certainty = CERTAINTY_ASSUMED;
    expect_end(&summary, STATE_TIME_WAIT, STATE_TIME_WAIT, CERTAINTY_ASSUMED,
               "same time: both are, we assume, in TIME_WAIT. Nothing to do. Both hold");
    expect_end(&summary, STATE_CLOSING, STATE_TIME_WAIT, CERTAINTY_ASSUMED,
               "the client is, we assume, in CLOSING and the server in TIME_WAIT. The server's "
               "move: the client's FIN is not acknowledged in this capture.");
    summary.superseded = true;
    expect_end(&summary, STATE_TIME_WAIT, STATE_CLOSED, CERTAINTY_INFERRED,
               "The client held TIME_WAIT until the ports served a new connection.");
    summary.superseded = false;
    /* A short wait is no fault. */
    summary.close_wait_ns = 40300000;
    expect_end(&summary, STATE_FIN_WAIT_2, STATE_CLOSE_WAIT, CERTAINTY_PROVED,
               "had not sent its own FIN 40.3 ms after the other's; the client is, we assume, in "
               "FIN_WAIT_2, the server is in CLOSE_WAIT. That is allowed. The server's move, when "
               "it has sent all it has.");
    /* Frames of one end only: nothing is missing for sure. */
    summary.endpoints[CLIENT].segments = 7;
    expect_end(&summary, STATE_FIN_WAIT_1, STATE_ESTABLISHED, CERTAINTY_ASSUMED,
               "No frame of the server is in this capture; whether it answered cannot be seen.");
    summary.handshake = HANDSHAKE_UNANSWERED;
    summary.endpoints[CLIENT].syns = 4;
    expect_end(&summary, STATE_SYN_SENT, STATE_NONE, CERTAINTY_ASSUMED,
               "No reply to 4 SYNs in this capture");
    /* The counters end there. */
    summary.endpoints[CLIENT].syns = 254;
    expect_end(&summary, STATE_SYN_SENT, STATE_NONE, CERTAINTY_ASSUMED, "No reply to 254 SYNs in");
    summary.endpoints[CLIENT].syns = 255;
    expect_end(&summary, STATE_SYN_SENT, STATE_NONE, CERTAINTY_ASSUMED,
               "No reply to 255 or more SYNs in");
    summary.handshake = HANDSHAKE_REFUSED;
    expect_end(&summary, STATE_CLOSED, STATE_CLOSED, CERTAINTY_PROVED,
               "Refused, not dropped in silence: a RST answered the SYN. Most often nothing listens "
               "on port 80 there; a firewall may answer so, too.");
}

static void expect_sentence(void (*tell)(struct strbuf *, const struct connection_report *),
                            const struct summary *summary, const char *expected)
{
    struct connection_report report = { .summary = summary };
    struct strbuf text = { 0 };
    tell(&text, &report);
    assert_string_equal(strbuf_text(&text), expected);
    strbuf_done(&text);
}

/* 255 is where counting ends, so it is never told as the number. */
static void test_counts(void **state)
{
    (void)state;
    struct summary summary = make_summary(0, 0);
    summary.handshake = HANDSHAKE_UNANSWERED;
    summary.endpoints[CLIENT].syns = 255;
    summary.last_time = 90 * NS_PER_S;
    expect_sentence(narrate_opening, &summary, "not at all: 255 or more SYNs in 1 min 30 s and no "
                                               "reply of any kind in this capture");
    summary.handshake = HANDSHAKE_THREE_WAY;
    summary.rtt_ns = UNKNOWN_NS;
    summary.endpoints[CLIENT].segments = summary.endpoints[SERVER].segments = 300;
    summary.endpoints[CLIENT].syns = 1;
    summary.endpoints[SERVER].syns = 255;
    expect_sentence(narrate_opening, &summary,
                    "three-way handshake; the SYN-ACK was sent 255 or more times");
    struct finding finding = { .n = 254, .n_or_more = true };
    struct strbuf text = { 0 };
    narrate_template(&text, "{n} repeats, {m} others", &finding, &summary);
    assert_string_equal(strbuf_text(&text), "254 or more repeats, 0 others");
    strbuf_done(&text);
}

/* The same with events. */
static void expect_told(void (*tell)(struct strbuf *, const struct connection_report *),
                        const struct summary *summary, const struct event *events, size_t count,
                        const char *expected)
{
    struct connection_report report = { .summary = summary, .events = events,
                                        .event_count = count };
    struct strbuf text = { 0 };
    tell(&text, &report);
    assert_string_equal(strbuf_text(&text), expected);
    strbuf_done(&text);
}

static void test_told_by_events(void **state)
{
    (void)state;
    struct summary summary = make_summary(0, 0);
    summary.handshake = HANDSHAKE_THREE_WAY;
    struct event event = { .kind = EVENT_FAST_OPEN, .observed = 23 };
    expect_told(narrate_opening, &summary, &event, 1,
                "three-way handshake; the server did not take the 23 B on the SYN");
    summary.endpoints[CLIENT].payload_bytes = 23;
    summary.endpoints[CLIENT].payload_bytes_sent = 46;
    expect_told(narrate_opening, &summary, &event, 1,
                "three-way handshake; the server did not take the 23 B on the SYN, so they were "
                "sent again");
    event.detail = FAST_OPEN_TAKEN;
    expect_told(narrate_opening, &summary, &event, 1,
                "three-way handshake; the server took the 23 B on the SYN");
    event.detail = FAST_OPEN_UNHEARD;
    expect_told(narrate_opening, &summary, &event, 1,
                "three-way handshake; the SYN-ACK answers a later SYN, not the one with 23 B: that "
                "one was lost or dropped, its data was not refused; they were sent again");
    event.detail = FAST_OPEN_UNCLEAR;
    expect_told(narrate_opening, &summary, &event, 1,
                "three-way handshake; whether the SYN with 23 B was lost, or the server did not "
                "take them, cannot be told; they were sent again");
    /* A half-close: data went on after the first FIN, from the other end. */
    event = (struct event){ .kind = EVENT_PAYLOAD_AFTER_FIN, .endpoint = SERVER };
    summary.close = CLOSE_FOUR_SEGMENT;
    summary.first_closer = CLOSER_CLIENT;
    expect_told(narrate_close, &summary, &event, 1,
                "by the client first, with a FIN, in four segments; the server sent more data in "
                "between");
    summary.first_closer = CLOSER_SERVER;
    expect_told(narrate_close, &summary, &event, 1,
                "by the server first, with a FIN, in four segments");
    /* The first FIN was the other end's: who closed first, then who reset. */
    event = (struct event){ .kind = EVENT_RESET, .endpoint = CLIENT, .result = RESET_ACTIVE };
    summary.close = CLOSE_RESET;
    summary.endpoints[SERVER].fin_sent = true;
    expect_told(narrate_close, &summary, &event, 1,
                "by the server first, with a FIN; then by a RST from the client, which knew the "
                "connection and gave it up");
    summary.first_closer = CLOSER_NONE;
    summary.endpoints[SERVER].fin_sent = false;
    /* A RST by a host that had sent nothing before did not forget the connection. */
    event = (struct event){ .kind = EVENT_RESET, .endpoint = SERVER, .result = RESET_REACTIVE };
    summary.close = CLOSE_RESET;
    summary.endpoints[SERVER].segments = summary.endpoints[SERVER].resets = 1;
    summary.endpoints[CLIENT].segments = 1;
    expect_told(narrate_close, &summary, &event, 1,
                "by a RST from the server, which did not know this connection");
    summary.endpoints[SERVER].segments = 2;
    expect_told(narrate_close, &summary, &event, 1,
                "by a RST from the server, which did not know this connection any more");
    /* It had answered the SYN, and nothing else: it cannot have forgotten what it never took. */
    summary.endpoints[SERVER].syns = 1;
    expect_told(narrate_close, &summary, &event, 1,
                "by a RST from the server, which had answered the SYN and then refused");
    summary.endpoints[SERVER].syns = 0;
    summary.handshake = HANDSHAKE_ABORTED;
    expect_told(narrate_close, &summary, &event, 1, "it never opened");
}

static void expect_end_told(struct summary *summary, const struct event *event, int64_t msl,
                            const char *part)
{
    struct connection_report report = { .summary = summary, .events = event,
                                        .event_count = event != NULL };
    struct strbuf text = { 0 };
    narrate_end(&text, &report, msl);
    if (strstr(strbuf_text(&text), part) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", part, strbuf_text(&text));
    strbuf_done(&text);
}

/* The verdict names who closed first, and how. */
static void test_end_names_first(void **state)
{
    (void)state;
    struct summary summary = make_summary(0, 0);
    struct event reset = { .kind = EVENT_RESET, .endpoint = SERVER };
    summary.handshake = HANDSHAKE_THREE_WAY;
    summary.close = CLOSE_FOUR_SEGMENT;
    summary.first_closer = CLOSER_CLIENT;
    summary.endpoints[CLIENT].state = STATE_TIME_WAIT;
    summary.endpoints[SERVER].state = STATE_CLOSED;
    summary.endpoints[SERVER].state_certainty = CERTAINTY_ASSUMED;
    expect_end_told(&summary, NULL, 30 * NS_PER_S,
                    "Cleanly closed at both ends, the client first; we assume that the server got "
                    "the last ACK. Nothing to do.");
    /* RFC 9293 §3.4.2: an MSL of 2 min; only one of 30 s is Linux's. */
    expect_end_told(&summary, NULL, 120 * NS_PER_S,
                    "The client holds TIME_WAIT until 00:04:00.000 UTC, if 2 MSL are 4 min there.");
    summary.endpoints[SERVER].state = STATE_LAST_ACK;
    expect_end_told(&summary, NULL, 30 * NS_PER_S, "Both ends closed, the client first. Whether");
    summary.endpoints[CLIENT].state = STATE_FIN_WAIT_2;
    expect_end_told(&summary, NULL, 30 * NS_PER_S,
                    "Both ends closed, the client first, but the server's FIN was not "
                    "acknowledged");
    summary.endpoints[CLIENT].state = summary.endpoints[SERVER].state = STATE_CLOSED;
    summary.first_closer = CLOSER_SERVER;
    expect_end_told(&summary, NULL, 30 * NS_PER_S,
                    "Closed, the server first: the client is CLOSED; the server is, we assume, "
                    "CLOSED. If so, nothing is left.");
    summary.close = CLOSE_RESET;
    expect_end_told(&summary, &reset, 30 * NS_PER_S, "Reset by the server: the client is CLOSED");
    summary.endpoints[SERVER].fin_sent = true;
    reset.endpoint = CLIENT;
    expect_end_told(&summary, &reset, 30 * NS_PER_S,
                    "Closed, the server first, then reset by the client: the client is CLOSED");
    summary.endpoints[SERVER].fin_sent = false;
    reset.endpoint = SERVER;
    /* RSTs in both names: which is true can't be told. */
    summary.endpoints[CLIENT].resets = summary.endpoints[SERVER].resets = 1;
    expect_end_told(&summary, &reset, 30 * NS_PER_S, "Reset: the client is CLOSED");
    summary.endpoints[CLIENT].resets = 0;
    summary.endpoints[SERVER].state = STATE_ESTABLISHED;
    expect_end_told(&summary, &reset, 30 * NS_PER_S,
                    "Reset by the server: the client is closed, but that the server knows");
    /* Given up without a trace, shown by the new connection alone. */
    summary.close = CLOSE_OPEN;
    summary.superseded = true;
    summary.endpoints[CLIENT].state = STATE_ESTABLISHED;
    expect_end_told(&summary, NULL, 30 * NS_PER_S,
                    "No FIN or RST in this capture, but then a new connection began on the same "
                    "ports");
    /* The capture ends too soon to blame the server. */
    summary.superseded = false;
    summary.third_ack_seen = true;
    summary.endpoints[SERVER].state = STATE_SYN_RCVD;
    expect_end_told(&summary, NULL, 30 * NS_PER_S,
                    "The capture ends before anything of the server acknowledges what followed its "
                    "SYN-ACK; the client is in ESTABLISHED, the server is, we assume, in "
                    "SYN_RCVD.");
    summary.endpoints[CLIENT].repeated_segments = 1;
    expect_end_told(&summary, NULL, 30 * NS_PER_S, "the server does not take up the connection");
    summary.endpoints[CLIENT].repeated_segments = 0;
    /* The FIN was the last segment of all: no time has passed. */
    summary.superseded = false;
    summary.close = CLOSE_HALF_CLOSED;
    summary.endpoints[CLIENT].state = STATE_FIN_WAIT_2;
    summary.endpoints[SERVER].state = STATE_CLOSE_WAIT;
    expect_end_told(&summary, NULL, 30 * NS_PER_S,
                    "the server had not sent its own FIN; the client is in "
                    "FIN_WAIT_2, the server is, we assume, in CLOSE_WAIT");
}

/* The client repeats its SYN after the SYN-ACK: it has not got it. */
static void test_syn_goes_on(void **state)
{
    (void)state;
    struct summary summary = make_summary(0, 0);
    summary.handshake = HANDSHAKE_HALF_OPEN;
    summary.endpoints[CLIENT].state = STATE_SYN_SENT;
    summary.endpoints[SERVER].state = STATE_SYN_RCVD;
    struct event events[] = {
        { .kind = EVENT_SYN_REPEATED, .endpoint = CLIENT, .frame = 2 },
        { .kind = EVENT_CHECK, .endpoint = SERVER, .detail = CHECK_SYNACK_ACKS_ISN_PLUS_1,
          .frame = 3 },
        { .kind = EVENT_SYN_REPEATED, .endpoint = CLIENT, .frame = 4 },
    };
    struct connection_report report = { .summary = &summary, .events = events, .event_count = 2 };
    struct strbuf text = { 0 };
    narrate_end(&text, &report, 30 * NS_PER_S);
    assert_non_null(strstr(strbuf_text(&text), "its ACK was not sent, or was lost."));
    strbuf_clear(&text);
    report.event_count = 3;
    narrate_end(&text, &report, 30 * NS_PER_S);
    assert_non_null(strstr(strbuf_text(&text), "look at the way from the server to the client."));
    strbuf_done(&text);
}

static void test_one_sided(void **state)
{
    (void)state;
    struct summary summary = make_summary(0, 0);
    summary.handshake = HANDSHAKE_THREE_WAY;
    summary.close = CLOSE_FIN_UNANSWERED;
    summary.first_closer = CLOSER_CLIENT;
    summary.endpoints[CLIENT].segments = 7;
    expect_sentence(narrate_opening, &summary,
                    "three-way handshake; no frame of the server is in this capture");
    expect_sentence(narrate_close, &summary,
                    "by the client, with a FIN; no frame of the server is in this capture, so "
                    "whether it answered that cannot be seen");
    summary.endpoints[SERVER].segments = 1;
    expect_sentence(narrate_close, &summary,
                    "by the client first, but its FIN was never acknowledged");
    summary.endpoints[CLIENT].segments = 0;
    summary.handshake = HANDSHAKE_HALF_OPEN;
    summary.endpoints[SERVER].syns = 2;
    expect_sentence(narrate_opening, &summary,
                    "the server sent a SYN-ACK twice; no frame of the client is in this capture, "
                    "so whether it answered cannot be seen");
}

static void test_open_and_close(void **state)
{
    (void)state;
    struct summary summary = make_summary(0, 0);
    summary.handshake = HANDSHAKE_THREE_WAY;
    summary.handshake_complete = true;
    summary.rtt_ns = 10800 * INT64_C(1000);
    summary.close = CLOSE_THREE_SEGMENT;
    summary.first_closer = CLOSER_SERVER;
    expect_sentence(narrate_opening, &summary, "three-way handshake in 10.8 ms");
    expect_sentence(narrate_close, &summary,
                    "by the server first, with a FIN, in three segments: the client's FIN came "
                    "with its ACK");
    summary.rtt_ns = UNKNOWN_NS;
    summary.endpoints[CLIENT].syns = 3;
    summary.close = CLOSE_OPEN;
    expect_sentence(narrate_opening, &summary, "three-way handshake; the SYN was sent 3 times");
    expect_sentence(narrate_close, &summary, "not in this capture");
    summary.handshake = HANDSHAKE_UNANSWERED;
    summary.handshake_complete = false;
    summary.last_time = 7 * NS_PER_S;
    expect_sentence(narrate_opening, &summary,
                    "not at all: 3 SYNs in 7 s and no reply of any kind in this capture");
    expect_sentence(narrate_close, &summary, "it never opened");
    /* What else the client sent is not hidden. */
    summary.endpoints[CLIENT].segments = 4;
    expect_sentence(narrate_opening, &summary,
                    "not at all: 3 SYNs in 7 s and no reply of any kind in this capture; 1 more "
                    "segment of the client got none either");
    /* The server sent a SYN, too: whether it answers or crossed the other cannot be told. */
    summary.role_evidence = ROLE_SIMULTANEOUS;
    expect_sentence(narrate_opening, &summary,
                    "not at all: each end sent a SYN, and nothing in this capture answers one");
    summary.handshake = HANDSHAKE_HALF_OPEN;
    expect_sentence(narrate_opening, &summary,
                    "half-open: each end sent a SYN; nothing acknowledged a SYN-ACK");
}

static void tell_end_of(struct strbuf *out, const struct connection_report *connection)
{
    narrate_end(out, connection, 30 * NS_PER_S);
}

/*
 * A FIN is not "never acknowledged" when the capture ends before the answer was due: within two
 * retransmission timeouts, here 2 * (20 ms + 200 ms), without a round trip 2 * 1 s (RFC 6298 §2.1).
 */
static void test_fin_just_sent(void **state)
{
    (void)state;
    struct summary summary = make_summary(0, 0);
    struct endpoint_summary *client = &summary.endpoints[CLIENT];
    struct event fin = { .kind = EVENT_TRANSITION, .endpoint = CLIENT, .time = NS_PER_S,
                         .from = STATE_ESTABLISHED, .to = STATE_FIN_WAIT_1 };
    summary.handshake = HANDSHAKE_THREE_WAY;
    summary.close = CLOSE_FIN_UNANSWERED;
    summary.first_closer = CLOSER_CLIENT;
    summary.rtt_ns = 20 * NS_PER_MS;
    summary.capture_end = NS_PER_S;
    summary.endpoints[SERVER].segments = client->segments = 3;
    summary.endpoints[SERVER].state = STATE_ESTABLISHED;
    client->state = STATE_FIN_WAIT_1;
    client->fin_sent = true;
    client->fins = 1;
    expect_told(narrate_close, &summary, &fin, 1,
                "by the client first; its FIN is not acknowledged in this capture, which ends with "
                "it");
    summary.capture_end = NS_PER_S + 439 * NS_PER_MS;
    expect_told(narrate_close, &summary, &fin, 1,
                "by the client first; its FIN is not acknowledged in this capture, which ends "
                "439 ms later");
    expect_told(tell_end_of, &summary, &fin, 1,
                "The capture ends 439 ms after the client's FIN, too early to see it acknowledged; "
                "the client is in FIN_WAIT_1.");
    static const char never[] = "by the client first, but its FIN was never acknowledged";
    summary.capture_end = NS_PER_S + 440 * NS_PER_MS;
    expect_told(narrate_close, &summary, &fin, 1, never);
    summary.rtt_ns = UNKNOWN_NS;
    summary.capture_end = 3 * NS_PER_S;
    expect_told(narrate_close, &summary, &fin, 1, never);
    summary.capture_end = 3 * NS_PER_S - 1;
    assert_true(narrate_fin_just_sent(&(struct connection_report){ .summary = &summary,
                                                                   .events = &fin,
                                                                   .event_count = 1 },
                                      CLIENT) == 2 * NS_PER_S - 1);
    /* Sent again: the first one had its time. */
    client->fins = 2;
    expect_told(narrate_close, &summary, &fin, 1,
                "by the client first, but its FIN, sent twice, was never acknowledged");
}

/* The one FIN of a connection picked up in the middle may answer another one, unseen. */
static void test_fin_may_be_second(void **state)
{
    (void)state;
    struct summary summary = make_summary(0, 0);
    summary.handshake = HANDSHAKE_NOT_CAPTURED;
    summary.close = CLOSE_HALF_CLOSED;
    summary.first_closer = CLOSER_NONE;
    summary.endpoints[SERVER].fin_sent = summary.endpoints[SERVER].fin_acked = true;
    summary.endpoints[SERVER].fins = 1;
    summary.endpoints[SERVER].state = STATE_FIN_WAIT_2;
    summary.endpoints[CLIENT].state = STATE_CLOSE_WAIT;
    summary.endpoints[CLIENT].state_certainty = CERTAINTY_ASSUMED;
    summary.endpoints[CLIENT].segments = summary.endpoints[SERVER].segments = 1;
    expect_sentence(narrate_close, &summary,
                    "by the server, with a FIN that was acknowledged; whether the client had closed "
                    "before the capture began cannot be seen");
    expect_sentence(tell_end_of, &summary,
                    "The server's FIN was acknowledged. Whether the client had closed before cannot "
                    "be seen: if so, both ends have closed; if not, the client is in CLOSE_WAIT, "
                    "and the next move is its own.");
    expect_sentence(narrate_brief, &summary, "server closed (FIN), client perhaps before");
    summary.first_closer = CLOSER_SERVER;
    expect_sentence(narrate_brief, &summary, "server closed (FIN), client not");
}

/* A RST that answers a segment without ACK: there was nothing to open or to close. */
static void test_no_connection(void **state)
{
    (void)state;
    struct summary summary = make_summary(0, 0);
    summary.handshake = HANDSHAKE_NOT_CAPTURED;
    summary.close = CLOSE_RESET;
    summary.no_connection = true;
    summary.endpoints[SERVER].resets = summary.endpoints[SERVER].segments = 1;
    summary.endpoints[SERVER].state = STATE_CLOSED;
    expect_sentence(narrate_opening, &summary,
                    "not at all in this capture: no SYN was seen, and no segment of a connection");
    expect_sentence(narrate_close, &summary, "there was no connection to close");
    expect_sentence(tell_end_of, &summary,
                    "The server had no connection on these ports: its RST answers a segment without "
                    "ACK that is not in this capture, as a SYN is, sent by the client or in its "
                    "name. Most often it means that nothing listens on port 80 there.");
    summary.endpoints[CLIENT].segments = 1;
    expect_sentence(tell_end_of, &summary,
                    "The server had no connection on these ports: its RST answers a segment of the "
                    "client without ACK, which belongs to no connection; scans send such. Most "
                    "often it means that nothing listens on port 80 there.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fin_not_recorded),
        cmocka_unit_test(test_sum), cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_failing_and_skipped), cmocka_unit_test(test_both),
        cmocka_unit_test(test_names), cmocka_unit_test(test_template),
        cmocka_unit_test(test_evidence), cmocka_unit_test(test_end),
        cmocka_unit_test(test_end_reused), cmocka_unit_test(test_counts),
        cmocka_unit_test(test_open_and_close), cmocka_unit_test(test_told_by_events),
        cmocka_unit_test(test_end_names_first), cmocka_unit_test(test_syn_goes_on),
        cmocka_unit_test(test_one_sided), cmocka_unit_test(test_fin_just_sent),
        cmocka_unit_test(test_fin_may_be_second), cmocka_unit_test(test_no_connection),
    };
    setenv("TZ", "UTC0", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
