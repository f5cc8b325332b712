/*
 * test_first_screen: the answers of the first screen, from settled connections to text: who
 * closed first, refused or not answered, servers, clients or network.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time_text.h"
#include "render/text.h"
#include "report/builder.h"

static struct summary make_summary(uint64_t id, enum handshake_kind handshake,
                                   enum close_kind close, enum closer first)
{
    struct summary summary = { .id = id, .ip_version = 4, .handshake = (uint8_t)handshake,
                               .close = (uint8_t)close, .first_closer = (uint8_t)first,
                               .rtt_ns = UNKNOWN_NS, .synack_ns = UNKNOWN_NS,
                               .ack_ns = UNKNOWN_NS };
    for (int i = CLIENT; i <= SERVER; i++) {
        summary.endpoints[i].address[0] = 10;
        summary.endpoints[i].address[3] = (uint8_t)(i + 1);
        summary.endpoints[i].port = i == CLIENT ? (uint16_t)(40000 + id) : 80;
        summary.endpoints[i].segments = 5;
        summary.endpoints[i].state = STATE_CLOSED;
    }
    return summary;
}

static void count(struct builder *builder, const struct summary *summary, int times)
{
    while (times-- > 0)
        builder_count(builder, summary, NULL, 0, true);
}

/* As many of each kind as its id says, but of the first. */
static void count_all(struct builder *builder)
{
    struct summary s = make_summary(1, HANDSHAKE_THREE_WAY, CLOSE_FOUR_SEGMENT, CLOSER_CLIENT);
    s.endpoints[CLIENT].repeated_segments = 2;
    s.endpoints[SERVER].repeated_segments = 1;
    count(builder, &s, 3);
    /* The client's RST. */
    s = make_summary(2, HANDSHAKE_THREE_WAY, CLOSE_RESET, CLOSER_CLIENT);
    s.endpoints[CLIENT].resets = 1;
    count(builder, &s, 2);
    /* The server's FIN, then the client's RST: the server closed first, with a FIN. */
    s = make_summary(3, HANDSHAKE_NOT_CAPTURED, CLOSE_RESET, CLOSER_SERVER);
    s.endpoints[SERVER].fin_sent = true;
    s.endpoints[CLIENT].resets = 1;
    count(builder, &s, 1);
    s = make_summary(4, HANDSHAKE_THREE_WAY, CLOSE_SIMULTANEOUS, CLOSER_BOTH);
    count(builder, &s, 4);
    s = make_summary(5, HANDSHAKE_THREE_WAY, CLOSE_HALF_CLOSED, CLOSER_CLIENT);
    s.endpoints[SERVER].state = STATE_CLOSE_WAIT;
    count(builder, &s, 5);
    s = make_summary(6, HANDSHAKE_THREE_WAY, CLOSE_OPEN, CLOSER_NONE);
    s.third_ack_seen = true;
    s.endpoints[SERVER].syns = 2; /* its SYN-ACK came again */
    s.endpoints[SERVER].state = STATE_SYN_RCVD;
    count(builder, &s, 6);
    /* These never opened; that a refused SYN came again is no loss. */
    s = make_summary(7, HANDSHAKE_REFUSED, CLOSE_RESET, CLOSER_NONE);
    s.endpoints[CLIENT].repeated_segments = 2;
    s.endpoints[SERVER].resets = 3;
    count(builder, &s, 7);
    s = make_summary(8, HANDSHAKE_UNANSWERED, CLOSE_OPEN, CLOSER_NONE);
    s.endpoints[CLIENT].repeated_segments = 3;
    count(builder, &s, 8);
    s = make_summary(9, HANDSHAKE_HALF_OPEN, CLOSE_OPEN, CLOSER_NONE);
    count(builder, &s, 9);
}

static void test_counts(void **state)
{
    (void)state;
    struct style style = { .width = 200 };
    struct strbuf text = { 0 };
    struct builder *builder = builder_new(false);
    assert_non_null(builder);
    count_all(builder);
    struct capture_report *capture = builder_capture(builder);
    capture->segments = 1000;
    text_counts(&text, &style, capture);
    assert_string_equal(
        strbuf_text(&text),
        /* 3 + 2 + 4 + 5 + 6 = 20 three-way */
        "Opened    1 before the capture began, 20 three-way, 7 refused (RST to the SYN), 9 "
        "half-open (nothing acknowledged the SYN-ACK), 8 unanswered (no reply to the SYN)\n"
        /* FIN of the client: 3 + 5; never opened: 7 + 8 + 9 */
        "Closed    by the client first: 8 with a FIN, 2 with a RST; by the server first: 1 with a "
        "FIN; by both at once: 4 with a FIN; 6 not closed; 24 never opened. Of these, 5 closed "
        "from one side only\n"
        "Servers   7 refused (the first is 7), 6 not taken up after the SYN-ACK, 5 not closed after the client's "
        "FIN (CLOSE_WAIT)\n"
        "Clients   3 ended by their RST, 9 without an ACK of the SYN-ACK: lost, or the SYN's "
        "source was made up (the first is 9)\n"
        /* 3 connections with 3 repeats each */
        "Network   8 without a reply to the SYN: filtered, lost, or no host there (the first is "
        "8); 3 in which segments were sent again (9 of all 1,000)\n"
        "Fine      7 of 45 connections: nothing wrong in the opening and the close\n"
        "Answers   not timed here: -C tells of one connection who kept whom waiting\n");
    strbuf_done(&text);
    builder_free(builder);
}

/* What there is none of is not mentioned. */
static void test_counts_little(void **state)
{
    (void)state;
    struct style style = { .width = 80 };
    struct strbuf text = { 0 };
    struct builder *builder = builder_new(false);
    assert_non_null(builder);
    struct summary s = make_summary(1, HANDSHAKE_THREE_WAY, CLOSE_RESET, CLOSER_SERVER);
    s.endpoints[SERVER].resets = 1;
    count(builder, &s, 1);
    text_counts(&text, &style, builder_capture(builder));
    assert_string_equal(strbuf_text(&text), "Opened    1 three-way\n"
                                            "Closed    by the server first: 1 with a RST\n"
                                            "Servers   1 ended by their RST\n"
                                            "Fine      0 of 1 connection\n"
                                            "Answers   not timed here: -C tells of one "
                                            "connection who kept whom waiting\n");
    strbuf_done(&text);
    builder_free(builder);
}

/* A scan of closed ports with FINs: no connections, and nobody closed or reset any. */
static void test_strays(void **state)
{
    (void)state;
    struct style style = { .width = 200 };
    struct strbuf text = { 0 };
    struct builder *builder = builder_new(false);
    assert_non_null(builder);
    struct summary s = make_summary(3, HANDSHAKE_NOT_CAPTURED, CLOSE_RESET, CLOSER_CLIENT);
    const struct event reset = { .kind = EVENT_RESET, .endpoint = SERVER,
                                 .result = RESET_REACTIVE, .frame = 4 };
    s.endpoints[SERVER].resets = s.endpoints[SERVER].segments = 1;
    s.endpoints[CLIENT].segments = 1;
    s.no_connection = true;
    for (int i = 0; i < 14; i++)
        builder_count(builder, &s, &reset, 1, true);
    text_counts(&text, &style, builder_capture(builder));
    assert_string_equal(strbuf_text(&text),
                        "Opened    14 not at all\n"
                        "Closed    14 were no connections\n"
                        "Strays    14 times a segment with neither SYN nor ACK, answered by the RST "
                        "of a closed port: no connection was there\n"
                        "Fine      none of the 14 connections\n");
    strbuf_clear(&text);
    builder_count(builder, &s, &reset, 1, true);
    text_counts(&text, &style, builder_capture(builder));
    assert_non_null(strstr(strbuf_text(&text), "; so many are a port scan (FIN, NULL, XMAS), very "
                                               "probably\n"));
    strbuf_clear(&text);
    /* Where nothing was found, the first that did not open is the one to look at. */
    builder_capture(builder)->first_of[HANDSHAKE_HALF_OPEN] = 17;
    struct render_options options = { .command_file = "a.pcap" };
    text_hints(&text, &style, &options, builder_capture(builder));
    assert_non_null(strstr(strbuf_text(&text), "tcpflow-explain -C 17 a.pcap"));
    assert_null(strstr(strbuf_text(&text), "-w FILE"));
    strbuf_clear(&text);
    /* Of an interface nothing is left to look at, unless -w kept it. */
    struct capture_report *capture = builder_capture(builder);
    capture->input_count = 1;
    capture->inputs[0].format = "live";
    options.command_file = NULL;
    text_hints(&text, &style, &options, capture);
    assert_non_null(strstr(strbuf_text(&text), "tcpflow-explain -C 17 FILE"));
    assert_non_null(strstr(strbuf_text(&text), "FILE is what -w FILE wrote"));
    strbuf_done(&text);
    builder_free(builder);
}

static void test_each(void **state)
{
    (void)state;
    struct style style = { .width = 80 };
    struct strbuf text = { 0 };
    struct text_each each = { 0 };
    struct summary first = make_summary(1, HANDSHAKE_REFUSED, CLOSE_RESET, CLOSER_NONE);
    struct summary second = make_summary(1234, HANDSHAKE_THREE_WAY, CLOSE_OPEN, CLOSER_NONE);
    second.endpoints[CLIENT].repeated_segments = 12;
    struct connection_report report = { .summary = &first };
    assert_true(text_each_add(&each, &report));
    report.summary = &second;
    assert_true(text_each_add(&each, &report));
    text_each(&text, &style, &each);
    assert_string_equal(strbuf_text(&text),
                        "   1  10.0.0.1:40001 -> 10.0.0.2:80  refused (RST to the SYN)\n"
                        "1234  10.0.0.1:41234 -> 10.0.0.2:80  close not seen; 12 sent again\n");
    strbuf_clear(&text);
    /* Where the addresses leave no room, the words stand below them. */
    first.ip_version = second.ip_version = 6;
    memset(first.endpoints[CLIENT].address, 0x22, 16);
    memset(first.endpoints[SERVER].address, 0x33, 16);
    each.count = 0;
    report.summary = &first;
    assert_true(text_each_add(&each, &report));
    text_each(&text, &style, &each);
    assert_string_equal(strbuf_text(&text),
                        " 1  [2222:2222:2222:2222:2222:2222:2222:2222]:40001\n"
                        "    -> [3333:3333:3333:3333:3333:3333:3333:3333]:80\n"
                        "      refused (RST to the SYN)\n");
    strbuf_clear(&text);
    style.width = 110;
    text_each(&text, &style, &each);
    assert_string_equal(strbuf_text(&text),
                        " 1  [2222:2222:2222:2222:2222:2222:2222:2222]:40001 -> "
                        "[3333:3333:3333:3333:3333:3333:3333:3333]:80\n"
                        "      refused (RST to the SYN)\n");
    strbuf_done(&text);
    /* There is room for eight; the ninth is only counted. */
    each.count = 0;
    for (int i = 0; i < TEXT_EACH_MAX; i++)
        assert_true(text_each_add(&each, &report));
    assert_false(text_each_add(&each, &report));
    assert_int_equal(each.count, TEXT_EACH_MAX + 1);
}

/* Of several inputs, -v names the one that holds the frame, once for what it says of one frame;
 * a name is escaped like all that comes from outside. */
static void test_origins(void **state)
{
    (void)state;
    struct style style = { .width = 200 };
    struct strbuf text = { 0 };
    struct finding finding = { .topic = TOPIC_CLOSE_RST_ABORT, .caused_by = -1 };
    finding_evidence(&finding, 7, "seq", EVIDENCE_NUMBER, 5);
    finding_evidence(&finding, 7, "ack", EVIDENCE_NUMBER, 6);
    finding_evidence(&finding, 9, "seq", EVIDENCE_NUMBER, 8);
    for (size_t i = 0; i < 3; i++) {
        finding.evidence[i].input = i < 2 ? "a.pcap" : "b\033.pcap";
        finding.evidence[i].input_frame = i < 2 ? 4 : 5;
    }
    text_finding(&text, &style, &finding, NULL, true);
    assert_non_null(strstr(strbuf_text(&text), "Evidence  frame 7 seq=5 ack=6 (frame 4 of a.pcap) "));
    assert_non_null(strstr(strbuf_text(&text), "frame 9 seq=8 (frame 5 of b"));
    assert_null(strchr(strbuf_text(&text), '\033'));
    strbuf_clear(&text);
    text_finding(&text, &style, &finding, NULL, false);
    assert_null(strstr(strbuf_text(&text), "a.pcap"));
    strbuf_done(&text);
}

/* Marks of the ASCII diagram that mean different things must look different. */
static void test_ascii_marks(void **state)
{
    (void)state;
    static const enum glyph marks[] = { GLYPH_LINE, GLYPH_LINE_AGAIN, GLYPH_HOLDS, GLYPH_FAILS,
                                        GLYPH_CROSS, GLYPH_FOLD, GLYPH_BAR, GLYPH_BAR_IDLE };
    for (int utf8 = 0; utf8 < 2; utf8++) {
        struct style style = { .width = 80, .utf8 = utf8 };
        for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
            for (size_t j = 0; j < i; j++)
                assert_string_not_equal(style_glyph(&style, marks[i]),
                                        style_glyph(&style, marks[j]));
    }
}

/* How sure a state is shows in its colour as well as in its mark: no two look the same. */
static void test_certainties(void **state)
{
    (void)state;
    struct style style = { .width = 80, .color = true };
    struct strbuf text[CERTAINTY_N] = { { 0 } };
    for (int i = 0; i < CERTAINTY_N; i++) {
        style_add(&text[i], &style, style_certainty_tint((enum certainty)i), "LISTEN");
        for (int j = 0; j < i; j++)
            assert_string_not_equal(strbuf_text(&text[i]), strbuf_text(&text[j]));
    }
    style.color = false;
    for (int i = 0; i < CERTAINTY_N; i++) {
        strbuf_clear(&text[i]);
        style_add(&text[i], &style, style_certainty_tint((enum certainty)i), "LISTEN");
        assert_string_equal(strbuf_text(&text[i]), "LISTEN");
        strbuf_done(&text[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts), cmocka_unit_test(test_counts_little),
        cmocka_unit_test(test_certainties),
        cmocka_unit_test(test_each), cmocka_unit_test(test_strays),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_ascii_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
