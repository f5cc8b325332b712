/* test_points: to whom the capture points, in full and in a few words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/time_text.h"
#include "report/narrate.h"

/* A connection that opened in 30 ms, seen half way, and closed well. */
struct scene {
    struct summary summary;
    struct event events[4];
    struct findings findings;
    struct waits waits;
    struct connection_report report;
};

/* Borrows from itself. */
static void scene_make(struct scene *scene)
{
    memset(scene, 0, sizeof *scene);
    struct summary *summary = &scene->summary;
    summary->id = 1;
    summary->ip_version = 4;
    summary->handshake = HANDSHAKE_THREE_WAY;
    summary->handshake_complete = summary->third_ack_seen = true;
    summary->rtt_ns = 30 * NS_PER_MS;
    summary->synack_ns = summary->ack_ns = 15 * NS_PER_MS;
    summary->close = CLOSE_FOUR_SEGMENT;
    summary->first_closer = CLOSER_CLIENT;
    summary->capture_end = 9 * NS_PER_S;
    for (int id = CLIENT; id <= SERVER; id++) {
        summary->endpoints[id].segments = 10;
        summary->endpoints[id].payload_bytes = 100;
        summary->endpoints[id].port = id == CLIENT ? 5 : 80;
        summary->endpoints[id].state = STATE_CLOSED;
        scene->waits.ends[id].spoke = true;
    }
    scene->report = (struct connection_report){ .summary = summary, .events = scene->events,
                                                .findings = &scene->findings };
    scene->report.rows.waits = &scene->waits;
}

static void add_wait(struct scene *scene, enum endpoint_id who, enum wait_kind kind, int64_t ms)
{
    scene->waits.ends[who].waits[kind] =
        (struct wait){ .count = 1, .longest = ms * NS_PER_MS, .data_frame = 4, .ack_frame = 5,
                       .ack_after = 20 * NS_PER_MS, .end_frame = 9 };
}

static void add_reset(struct scene *scene, enum endpoint_id who, enum reset_origin origin)
{
    scene->events[scene->report.event_count++] =
        (struct event){ .kind = EVENT_RESET, .endpoint = (uint8_t)who, .result = (uint8_t)origin,
                        .frame = 12 };
    scene->summary.endpoints[who].resets++;
    scene->summary.close = CLOSE_RESET;
}

static void expect_points(const struct scene *scene, const char *expected)
{
    struct strbuf text = { 0 };
    narrate_points(&text, &scene->report);
    assert_string_equal(strbuf_text(&text), expected);
    strbuf_done(&text);
}

static void expect_brief(const struct scene *scene, const char *expected)
{
    struct strbuf text = { 0 };
    narrate_brief(&text, &scene->report);
    assert_string_equal(strbuf_text(&text), expected);
    strbuf_done(&text);
}

/* Not opened: what the silence, the RST or the lone SYN-ACK can mean from here. */
static void test_not_opened(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    struct summary *summary = &scene.summary;
    summary->handshake = HANDSHAKE_UNANSWERED;
    summary->endpoints[SERVER].segments = 0;
    summary->endpoints[CLIENT].syns = 4;
    expect_points(&scene, "the network or the server's host; this capture cannot tell which. The "
                          "SYN or its answer was dropped on the way, or the host is down; a "
                          "capture at the server shows whether the SYN arrives");
    expect_brief(&scene, "no reply to 4 SYNs");
    summary->endpoints[CLIENT].syns = 1;
    expect_brief(&scene, "no reply to 1 SYN");
    summary->handshake = HANDSHAKE_REFUSED;
    expect_points(&scene, "the server's host, or a firewall that refuses in its name; not to loss, "
                          "for the SYN was answered");
    expect_brief(&scene, "refused (RST to the SYN)");
    summary->handshake = HANDSHAKE_REJECTED;
    expect_points(&scene, "the device that sent the ICMP error");
    expect_brief(&scene, "SYN rejected by an ICMP error");
    summary->endpoints[SERVER].segments = 1;
    summary->handshake = HANDSHAKE_ABORTED;
    add_reset(&scene, CLIENT, RESET_REACTIVE);
    expect_points(&scene, "the client, or a device that spoke in its name: RST in frame 12");
    expect_brief(&scene, "reset before it was open");
}

static void test_half_open(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    scene.summary.handshake = HANDSHAKE_HALF_OPEN;
    expect_points(&scene, "the client or the way to it: the SYN-ACK passed here, and nothing "
                          "acknowledged it");
    expect_brief(&scene, "SYN-ACK not acknowledged");
    /* The SYN-ACK passed, then the SYN came again: it did not get there. */
    scene.events[0] = (struct event){ .kind = EVENT_CHECK, .endpoint = SERVER,
                                      .detail = CHECK_SYNACK_ACKS_ISN_PLUS_1,
                                      .result = CHECK_HOLDS };
    scene.events[1] = (struct event){ .kind = EVENT_SYN_REPEATED, .endpoint = CLIENT };
    scene.report.event_count = 2;
    expect_points(&scene, "the way from the server to the client, very probably: the SYN-ACK "
                          "passed here, yet the client went on with its SYN");
    scene.events[0].result = CHECK_FAILS;
    expect_points(&scene, "whoever sent the SYN-ACK: its number does not fit the SYN");
    /* The client's frames are not in the capture: nothing can be missed. */
    scene.summary.endpoints[CLIENT].segments = 0;
    expect_points(&scene, "");
    scene_make(&scene);
    scene.summary.endpoints[SERVER].state = STATE_SYN_RCVD;
    scene.summary.close = CLOSE_OPEN;
    /* The capture ends with the client's data: the server had no time to acknowledge it. */
    scene.summary.endpoints[CLIENT].unacknowledged = 19;
    scene.summary.last_time = scene.summary.capture_end;
    scene.waits.ends[SERVER].spoke = false;
    expect_points(&scene, "");
    expect_brief(&scene, "close not seen");
    scene.summary.last_time = scene.summary.capture_end - NS_PER_S;
    expect_points(&scene, "the server: it answered the SYN but took nothing that followed (a full "
                          "accept queue looks so), unless that was lost behind this point");
    expect_brief(&scene, "server does not take it up");
}

static void test_reset(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    scene.summary.first_closer = CLOSER_SERVER;
    add_reset(&scene, SERVER, RESET_ACTIVE);
    expect_points(&scene, "the program at the server, or a device that spoke in its name (RST in "
                          "frame 12)");
    expect_brief(&scene, "server reset it (RST)");
    /* A shape that tells nothing: of the program nothing is said. */
    scene.events[0].result = RESET_OTHER;
    expect_points(&scene, "the server, or a device that spoke in its name (RST in frame 12)");
    scene.events[0].result = RESET_REACTIVE;
    expect_points(&scene, "the server's host, which no longer knew the connection, or a device on "
                          "the way that forgot it and spoke in its name (RST in frame 12)");
    scene.summary.endpoints[SERVER].segments = 2;
    scene.summary.endpoints[SERVER].syns = 1;
    expect_points(&scene, "the server's host, which answered the SYN and then refused (a full "
                          "accept queue, or a listener that closed), or a device that spoke in its "
                          "name (RST in frame 12)");
    scene.summary.handshake = HANDSHAKE_NOT_CAPTURED;
    scene.summary.endpoints[SERVER].syns = 0;
    scene.summary.endpoints[SERVER].segments = 1;
    expect_points(&scene, "the server's host, which did not know the connection, or a device on "
                          "the way that forgot it and spoke in its name (RST in frame 12)");
    scene.summary.endpoints[SERVER].fin_sent = true;
    expect_points(&scene, "the server, which had closed and took nothing more (RST in frame 12)");
    expect_brief(&scene, "server closed first (FIN), then RST");
    scene.summary.first_closer = CLOSER_BOTH;
    expect_brief(&scene, "both closed (FINs), then RST");
    scene.summary.endpoints[CLIENT].resets = 1;
    expect_points(&scene, "a device between the ends, or the server, whose RST came first (RST in "
                          "frame 12)");
}

/* Nothing failed, but it took long: what was outstanding tells whom to ask. */
static void test_delay(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    add_wait(&scene, SERVER, WAIT_ANSWER, 1500);
    expect_points(&scene, "the program at the server, if it had to answer frame 4: its host "
                          "acknowledged that after 20 ms (frame 5), its data began 1.5 s later "
                          "(frame 9), unless it was first lost before it came here");
    expect_brief(&scene, "client closed first (FIN); server silent for 1.5 s");
    /* Seen at the server, there is no way on which it could have been lost. */
    scene.summary.synack_ns = 20000;
    expect_points(&scene, "the program at the server, if it had to answer frame 4: its host "
                          "acknowledged that after 20 ms (frame 5), its data began 1.5 s later "
                          "(frame 9)");
    scene_make(&scene);
    add_wait(&scene, SERVER, WAIT_TOGETHER, 1500);
    expect_points(&scene, "the network or the server: after frame 4 its next data came 1.5 s "
                          "later (frame 9), and no acknowledgement before it is in this capture");
    scene_make(&scene);
    add_wait(&scene, SERVER, WAIT_WINDOW, 2900);
    expect_points(&scene, "the program at the server, which did not read: its receive window was "
                          "closed for 2.9 s (frames 4 to 9)");
    scene_make(&scene);
    add_wait(&scene, CLIENT, WAIT_REPEAT, 1000);
    expect_points(&scene, "the network or the server's host: nothing moved for 1 s until the "
                          "client sent again (frame 9)");
    scene_make(&scene);
    add_wait(&scene, SERVER, WAIT_ACK, 700);
    expect_points(&scene, "the network or the server's host: its acknowledgement of frame 4 came "
                          "700 ms later (frame 9)");
}

/* What is no delay: within three round trips; a delayed ACK (RFC 9293 §3.8.6.3: under 0.5 s). */
static void test_no_delay(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    expect_points(&scene, "nobody: nothing was sent again, and neither end kept the other waiting "
                          "for 200 ms");
    scene.summary.rtt_ns = 600 * NS_PER_MS;
    scene.summary.synack_ns = scene.summary.ack_ns = 300 * NS_PER_MS;
    add_wait(&scene, SERVER, WAIT_ANSWER, 1500);
    expect_points(&scene, "nobody: nothing was sent again, and neither end kept the other waiting "
                          "for three round trips (1.8 s)");
    scene_make(&scene);
    add_wait(&scene, CLIENT, WAIT_ACK, 210);
    scene.waits.ends[CLIENT].repeats = 1;
    scene.summary.endpoints[CLIENT].repeated_segments = 1;
    expect_points(&scene, "nobody: only 1 segment was sent again, and neither end kept the other "
                          "waiting for 200 ms");
    expect_brief(&scene, "client closed first (FIN); 1 sent again");
    /* A client that takes its time keeps nobody waiting. */
    scene_make(&scene);
    add_wait(&scene, CLIENT, WAIT_ANSWER, 60000);
    expect_points(&scene, "nobody: nothing was sent again, and neither end kept the other waiting "
                          "for 200 ms; the client itself was silent for 1 min (frames 4 to 9)");
    expect_brief(&scene, "client closed first (FIN)");
    /* Nor does a server that goes on by itself after a pause: nothing had asked for it. */
    scene_make(&scene);
    add_wait(&scene, SERVER, WAIT_PAUSE, 5000);
    expect_points(&scene, "nobody: nothing was sent again, and neither end kept the other waiting "
                          "for 200 ms; the server itself was silent for 5 s (frames 4 to 9)");
    expect_brief(&scene, "client closed first (FIN)");
    scene.waits.clock_wrong = true;
    expect_points(&scene, "");
    scene.waits.clock_wrong = false;
    /* That nobody was slow would mislead where something is wrong. */
    findings_add(&scene.findings, TOPIC_CHECKSUM_BAD);
    expect_points(&scene, "");
}

static void test_loss(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    scene.summary.endpoints[CLIENT].segments = 300;
    scene.waits.ends[CLIENT].repeats = 3;
    expect_points(&scene, "the network, very probably: 3 of 300 segments of the client were sent "
                          "again after they had passed here");
    scene.waits.ends[CLIENT].unseen = 2;
    expect_points(&scene, "the network, very probably: 3 of 300 segments of the client were sent "
                          "again; of 2 the first sending is not in this capture");
    scene.waits.ends[CLIENT].unseen = 3;
    expect_points(&scene, "the network, very probably: 3 of 300 segments of the client were sent "
                          "again; their first sending is not in this capture");
    scene.waits.ends[CLIENT].unseen = 0;
    scene.summary.endpoints[CLIENT].segments = 301; /* less than one in a hundred */
    expect_points(&scene, "nobody: only 3 segments were sent again, and neither end kept the "
                          "other waiting for 200 ms");
    scene.waits.ends[CLIENT].repeats = 0;
    scene.waits.ends[SERVER].late = 4;
    expect_points(&scene, "the network or the recorder: 4 of 10 segments of the server came after "
                          "later ones: sent again, overtaken, or recorded out of order");
    /* Two parts are enough. */
    scene.waits.ends[CLIENT].repeats = 30;
    scene.waits.ends[CLIENT].late = 40;
    expect_points(&scene, "the network, very probably: 30 of 301 segments of the client were sent "
                          "again after they had passed here; the network or the recorder: 40 of "
                          "301 segments of the client came after later ones: sent again, "
                          "overtaken, or recorded out of order");
}

static void test_ending(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    struct finding *finding = findings_add(&scene.findings, TOPIC_CLOSE_WAIT_STUCK);
    finding->endpoint = SERVER;
    finding->time = 184 * NS_PER_S;
    scene.summary.close = CLOSE_HALF_CLOSED;
    expect_points(&scene, "the program at the server: the other end's FIN was acknowledged, its "
                          "own did not come for 3 min 4 s");
    expect_brief(&scene, "client closed (FIN), server not");
    scene_make(&scene);
    scene.summary.close = CLOSE_FIN_UNANSWERED;
    scene.summary.endpoints[CLIENT].fin_sent = true;
    scene.summary.endpoints[CLIENT].fins = 2;
    expect_points(&scene, "the network or the server's host: the client's FIN was sent twice and "
                          "got no answer");
    expect_brief(&scene, "client's FIN not acknowledged");
    scene_make(&scene);
    scene.summary.close = CLOSE_OPEN;
    scene.summary.endpoints[SERVER].unacknowledged = 1400;
    scene.summary.endpoints[SERVER].repeated_segments = 4;
    expect_points(&scene, "the network or the client's host: data of the server was sent again and "
                          "still not acknowledged");
    expect_brief(&scene, "close not seen; 4 sent again");
    /* That it was sent again is said once. */
    add_wait(&scene, SERVER, WAIT_REPEAT, 1700);
    scene.waits.ends[SERVER].repeats = 4;
    expect_points(&scene, "the network or the client's host: data of the server was sent again and "
                          "still not acknowledged");
    scene.waits.ends[SERVER] = (struct wait_end){ .spoke = true };
    scene.summary.superseded = true;
    expect_brief(&scene, "close not seen, ports used anew; 4 sent again");
    scene.summary.close = CLOSE_SIMULTANEOUS;
    expect_brief(&scene, "both closed at once (FINs); 4 sent again");
}

/* The opening took long: the SYN came again, or its answer was slow. */
static void test_slow_opening(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    struct finding *finding = findings_add(&scene.findings, TOPIC_SYN_RETRANSMISSION);
    finding->time = 3 * NS_PER_S;
    expect_points(&scene, "the network or a busy server: the SYN had to be repeated, which took "
                          "3 s");
    scene.events[0] = (struct event){ .kind = EVENT_CHECK, .endpoint = SERVER,
                                      .detail = CHECK_SYNACK_ACKS_ISN_PLUS_1 };
    scene.events[1] = (struct event){ .kind = EVENT_SYN_REPEATED, .endpoint = CLIENT };
    scene.report.event_count = 2;
    expect_points(&scene, "the network, very probably: the SYN-ACK passed here, yet the SYN was "
                          "sent again, which took 3 s");
    scene_make(&scene);
    scene.summary.synack_ns = 1380 * NS_PER_MS;
    scene.summary.rtt_ns = 1380 * NS_PER_MS;
    scene.summary.ack_ns = 0;
    expect_points(&scene, "the network or the server's host: its SYN-ACK took 1.38 s");
    /* Nobody waits for years: the clock jumped. */
    scene.summary.synack_ns = scene.summary.rtt_ns = INT64_C(17808) * 86400 * NS_PER_S;
    scene.summary.close = CLOSE_OPEN;
    scene.waits.ends[SERVER].spoke = false;
    expect_points(&scene, "");
}

/* Frames of one end only: the other is neither blamed nor cleared. */
static void test_one_sided(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    scene.summary.endpoints[SERVER].segments = 0;
    scene.summary.close = CLOSE_OPEN;
    add_wait(&scene, CLIENT, WAIT_REPEAT, 5000);
    expect_points(&scene, "");
    expect_brief(&scene, "close not seen; no frame of the server");
}

/* The server acknowledged a request and never sent a byte. */
static void test_unanswered(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    scene.summary.close = CLOSE_OPEN;
    scene.waits.ends[SERVER].spoke = false;
    scene.waits.ends[CLIENT].acked = true;
    scene.waits.ends[CLIENT].ack_frame = 7;
    scene.waits.ends[CLIENT].go_time = 2 * NS_PER_S; /* the capture ends at 9 s */
    expect_points(&scene, "the program at the server, if it had to answer: its host acknowledged "
                          "the client's data (frame 7), nothing followed for 7 s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_not_opened), cmocka_unit_test(test_half_open),
        cmocka_unit_test(test_reset),      cmocka_unit_test(test_delay),
        cmocka_unit_test(test_no_delay),   cmocka_unit_test(test_loss),
        cmocka_unit_test(test_ending),     cmocka_unit_test(test_slow_opening),
        cmocka_unit_test(test_one_sided),  cmocka_unit_test(test_unanswered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
