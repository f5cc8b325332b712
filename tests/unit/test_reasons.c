/* test_reasons: why each state is known, in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/narrate.h"
#include "tcp/machine.h"

static void expect(const struct event *event, const struct summary *summary, const char *words)
{
    const struct connection_report report = { .summary = summary };
    struct strbuf text = { 0 };
    narrate_reason(&text, &report, event);
    assert_string_equal(strbuf_text(&text), words);
    strbuf_done(&text);
}

static void by_segments(void **state)
{
    (void)state;
    struct summary summary = { .last_frame = 20, .last_time = 200 };
    struct event event = { .kind = EVENT_TRANSITION, .endpoint = SERVER, .frame = 8, .time = 80,
                           .from = STATE_ESTABLISHED, .to = STATE_CLOSE_WAIT,
                           .certainty = CERTAINTY_PROVED, .evidence = 9 };
    summary.endpoints[CLIENT].fin_sent = true;
    expect(&event, &summary, "proved by frame 9: it acknowledges the other FIN (ack=u+1)");
    summary.endpoints[CLIENT].fin_sent = false; /* then u is nowhere on the page */
    expect(&event, &summary, "proved by frame 9: it acknowledges the other FIN");
    event.certainty = CERTAINTY_INFERRED; /* its own FIN may have been waiting: RFC 9293 §3.10.4 */
    expect(&event, &summary, "inferred: it acknowledges the other FIN; whether it had closed "
                             "before does not show");
    event.from = STATE_CLOSE_WAIT;
    event.to = STATE_LAST_ACK;
    expect(&event, &summary, "inferred: it sends its FIN after the other's had come; whether it "
                             "had closed before does not show");
    event = (struct event){ .kind = EVENT_TRANSITION, .endpoint = CLIENT, .frame = 11,
                            .from = STATE_FIN_WAIT_2, .to = STATE_TIME_WAIT };
    summary.endpoints[SERVER].fin_sent = true;
    expect(&event, &summary, "observed: it acknowledges the other FIN (ack=w+1), and its own "
                             "was acknowledged");
    event = (struct event){ .kind = EVENT_TRANSITION, .endpoint = SERVER, .frame = 3,
                            .from = STATE_SYN_RCVD, .to = STATE_ESTABLISHED,
                            .certainty = CERTAINTY_ASSUMED };
    expect(&event, &summary, "assumed: its SYN was acknowledged; no later segment shows that this "
                             "arrived");
}

/* Inferred because another input, next to the end, shows the segment; else by the usual row. */
static void by_arrival(void **state)
{
    (void)state;
    const struct event events[] = {
        { .kind = EVENT_VIEW, .frame = 20, .observed = 0 }, /* the view that was counted */
        { .kind = EVENT_VIEW, .frame = 20, .observed = 2 },
        { .kind = EVENT_TRANSITION, .endpoint = SERVER, .frame = 20, .from = STATE_LAST_ACK,
          .to = STATE_CLOSED, .certainty = CERTAINTY_INFERRED, .evidence = 22 },
    };
    const struct connection_report connection = { .events = events, .event_count = 3 };
    struct event event = events[2];
    struct strbuf text = { 0 };
    assert_true(narrate_reason_arrived(&text, &connection, &event));
    assert_string_equal(strbuf_text(&text), "inferred: another input, taken next to it, shows this "
                                            "segment (frame 22)");
    event.evidence = 20;
    assert_false(narrate_reason_arrived(&text, &connection, &event));
    event.evidence = 0;
    assert_false(narrate_reason_arrived(&text, &connection, &event));
    event.evidence = 22;
    event.certainty = CERTAINTY_PROVED;
    assert_false(narrate_reason_arrived(&text, &connection, &event));
    strbuf_done(&text);
}

/* The numbers are those of the page: x and y of the SYNs, u and w of the FINs. */
static void with_numbers(void **state)
{
    (void)state;
    struct summary summary = { .last_frame = 20, .last_time = 200 };
    struct event event = { .kind = EVENT_TRANSITION, .endpoint = SERVER, .frame = 3, .time = 30,
                           .from = STATE_SYN_RCVD, .to = STATE_ESTABLISHED,
                           .certainty = CERTAINTY_PROVED, .evidence = 5 };
    summary.endpoints[CLIENT].isn_known = true;
    expect(&event, &summary, "proved by frame 5: it could not be sent before its SYN was "
                             "acknowledged"); /* y is nowhere on the page */
    summary.endpoints[SERVER].isn_known = true;
    expect(&event, &summary, "proved by frame 5: it could not be sent before its SYN was "
                             "acknowledged (ack=y+1)");
    event = (struct event){ .kind = EVENT_TRANSITION, .endpoint = CLIENT, .frame = 3,
                            .from = STATE_SYN_SENT, .to = STATE_ESTABLISHED };
    expect(&event, &summary, "observed: it acknowledges the other SYN (ack=y+1)");
    event.endpoint = SERVER;
    expect(&event, &summary, "observed: it acknowledges the other SYN (ack=x+1)");
    event = (struct event){ .kind = EVENT_TRANSITION, .endpoint = CLIENT, .frame = 9,
                            .from = STATE_FIN_WAIT_1, .to = STATE_FIN_WAIT_2,
                            .certainty = CERTAINTY_INFERRED };
    summary.endpoints[CLIENT].fin_sent = true;
    expect(&event, &summary, "inferred: its FIN was acknowledged (ack=u+1), and it did not "
                             "repeat it");
}

/* CLOSED has many reasons: its own RST, another's, a timer, a new connection on the ports. */
static void closed(void **state)
{
    (void)state;
    struct summary summary = { .last_frame = 20, .last_time = 200, .superseded = true };
    struct event event = { .kind = EVENT_TRANSITION, .endpoint = SERVER, .frame = 20,
                           .time = 200, .from = STATE_ESTABLISHED, .to = STATE_CLOSED };
    expect(&event, &summary, "observed: it sends a RST");
    event.certainty = CERTAINTY_INFERRED;
    expect(&event, &summary, "inferred: a RST passed toward it, and it sent no more");
    event.from = STATE_LAST_ACK;
    expect(&event, &summary, "inferred: the last ACK passed toward it, and it did not repeat its "
                             "FIN");
    event.from = STATE_TIME_WAIT;
    event.time = 201;
    expect(&event, &summary, "inferred: two maximum segment lifetimes are over");
    event.frame = 21;
    expect(&event, &summary, "inferred: its ports serve a new connection");
    event.certainty = CERTAINTY_OBSERVED;
    expect(&event, &summary, "observed: it opens a new connection on these ports");
}

/* A RST in an end's name that another host may have sent: known by its TTL (tcp/machine). */
static void by_a_reset(void **state)
{
    (void)state;
    struct summary summary = { .last_frame = 20, .last_time = 200 };
    const struct event events[] = {
        { .kind = EVENT_RESET, .endpoint = SERVER, .frame = 8 },
        { .kind = EVENT_TRANSITION, .endpoint = SERVER, .frame = 8, .time = 80,
          .from = STATE_ESTABLISHED, .to = STATE_CLOSED, .certainty = CERTAINTY_INFERRED },
        { .kind = EVENT_TRANSITION, .endpoint = CLIENT, .frame = 8, .time = 80,
          .from = STATE_ESTABLISHED, .to = STATE_CLOSED, .certainty = CERTAINTY_INFERRED },
        { .kind = EVENT_TRANSITION, .endpoint = SERVER, .frame = 8, .time = 80,
          .from = STATE_ESTABLISHED, .to = STATE_CLOSED },
    };
    static const char *const words[] = {
        "", "inferred: a RST in its name, but with another TTL than its segments before",
        "inferred: a RST passed toward it, and it sent no more", "observed: it sends a RST",
    };
    const struct connection_report report = { .summary = &summary, .events = events,
                                              .event_count = 4 };
    for (size_t i = 1; i < 4; i++) {
        struct strbuf text = { 0 };
        narrate_reason(&text, &report, &events[i]);
        assert_string_equal(strbuf_text(&text), words[i]);
        strbuf_done(&text);
    }
}

/* No row fits: the certainty alone is told. */
static void unknown(void **state)
{
    (void)state;
    struct summary summary = { .last_frame = 20 };
    struct event event = { .kind = EVENT_TRANSITION, .frame = 5, .from = STATE_NONE,
                           .to = STATE_TIME_WAIT, .certainty = CERTAINTY_ASSUMED };
    expect(&event, &summary, "assumed");
}

/* A SYN that was rejected by an ICMP error was not refused. */
static void by_an_icmp_error(void **state)
{
    (void)state;
    struct summary summary = { .last_frame = 2, .last_time = 20,
                               .handshake = HANDSHAKE_REJECTED };
    struct event event = { .kind = EVENT_TRANSITION, .endpoint = CLIENT, .frame = 2, .time = 20,
                           .from = STATE_SYN_SENT, .to = STATE_CLOSED,
                           .certainty = CERTAINTY_INFERRED };
    expect(&event, &summary,
           "inferred: an ICMP error came back for its SYN, and it sent no more");
    event.certainty = CERTAINTY_ASSUMED;
    expect(&event, &summary, "assumed: an ICMP error came back for its SYN; too little time is "
                             "left to see it again");
    summary.handshake = HANDSHAKE_REFUSED;
    expect(&event, &summary, "assumed: its SYN was refused, and it sent no more");
}

/* The words for a change, or a failure that names it. */
static void expect_words(const char *id, unsigned from, enum tcp_state to,
                         enum certainty certainty)
{
    struct summary summary = { .last_frame = 20, .last_time = 200 };
    struct event event = { .kind = EVENT_TRANSITION, .frame = 8, .time = 80,
                           .from = (uint8_t)from, .to = (uint8_t)to,
                           .certainty = (uint8_t)certainty, .evidence = 9 };
    const struct connection_report report = { .summary = &summary };
    struct strbuf text = { 0 };
    narrate_reason(&text, &report, &event);
    if (strstr(strbuf_text(&text), ": ") == NULL)
        fail_msg("%s: no words for %s -> %s, %s", id, tcp_state_name((enum tcp_state)from),
                 tcp_state_name(to), certainty_name(certainty));
    strbuf_done(&text);
}

/* Whatever the machine can enter has a reason, as sure as its row or, by a timer, less. */
static void each_row_has_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < machine_tx_count; i++)
        for (unsigned from = 0; from < STATE_N; from++)
            if (machine_tx[i].before >> from & 1)
                expect_words(machine_tx[i].id, from, machine_tx[i].after,
                             machine_tx[i].certainty);
    /* R9 after an active opening ends in CLOSED (machine_decide()); an acknowledgement that stands
     * before its FIN in the capture is inferred at most (tcp/passage). */
    expect_words("R9", STATE_SYN_RCVD, STATE_CLOSED, CERTAINTY_INFERRED);
    expect_words("R9", STATE_SYN_RCVD, STATE_CLOSED, CERTAINTY_ASSUMED);
    for (size_t i = 0; i < machine_tx_count; i++)
        for (unsigned from = 0; from < STATE_N; from++)
            if (machine_tx[i].before >> from & 1 && machine_tx[i].when & WHEN_ACKS_FIN &&
                machine_tx[i].certainty < CERTAINTY_INFERRED)
                expect_words(machine_tx[i].id, from, machine_tx[i].after, CERTAINTY_INFERRED);
    for (size_t i = 0; i < machine_rx_count; i++)
        for (unsigned from = 0; from < STATE_N; from++)
            for (int sure = CERTAINTY_INFERRED; sure <= CERTAINTY_ASSUMED; sure++)
                if (machine_rx[i].before >> from & 1)
                    expect_words(machine_rx[i].id, from, machine_rx[i].after,
                                 (enum certainty)sure);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_segments), cmocka_unit_test(by_an_icmp_error),
        cmocka_unit_test(by_arrival), cmocka_unit_test(closed),
        cmocka_unit_test(by_a_reset), cmocka_unit_test(with_numbers),
        cmocka_unit_test(unknown), cmocka_unit_test(each_row_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
