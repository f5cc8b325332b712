/* test_points: to whom the capture points, in full and in a few words. */
#include "points_case.h"

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
    /* Two captures: what both hold got as far as the second. */
    scene.report.some_twice = true;
    expect_points(&scene, "the network or the server's host; this capture cannot tell which. The "
                          "SYN or its answer was dropped on the way, or the host is down; whether "
                          "the SYN is in the input from nearer the server shows how far it got");
    scene.report.all_twice = true;
    expect_points(&scene, "the server's host, or the way to it behind the second capture point: "
                          "all 4 SYNs are in both inputs, so they got as far as that, and no "
                          "answer came back to there");
    summary->endpoints[CLIENT].syns = 1;
    expect_points(&scene, "the server's host, or the way to it behind the second capture point: "
                          "the SYN is in both inputs, so it got as far as that, and no answer "
                          "came back to there");
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
    struct endpoint_summary *client = &scene.summary.endpoints[CLIENT];
    client->lost_known = true;
    client->lost.part[LOST_NEVER].segments = 2;
    expect_points(&scene, "the network, very probably: 3 of 300 segments of the client were sent "
                          "again after they had passed here; 2 without need");
    client->lost.part[LOST_NEVER].segments = 3;
    expect_points(&scene, "the network, very probably: 3 of 300 segments of the client were sent "
                          "again after they had passed here, all of them without need");
    client->lost.part[LOST_NEVER].segments = 0;
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

static void expect_limits(const struct scene *scene, const char *expected)
{
    struct strbuf text = { 0 };
    narrate_limits(&text, &scene->report);
    assert_string_equal(strbuf_text(&text), expected);
    strbuf_done(&text);
}

/* A share is that of the words beside it: of 1 s, loss took 930 ms, its timer 510 ms of them. */
static void test_limits(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    struct endpoint_summary *client = &scene.summary.endpoints[CLIENT];
    client->limits = (struct limits){ .known = true, .certainty = CERTAINTY_INFERRED };
    client->limits.parts[SHARE_TIMEOUT] = 510 * NS_PER_MS;
    client->limits.parts[SHARE_REPAIR] = 420 * NS_PER_MS;
    client->limits.parts[SHARE_PROGRAM] = 70 * NS_PER_MS;
    limits_judge(&client->limits);
    expect_limits(&scene, "the upload was limited by loss 93 % of 1 s (51 % because the sender "
                          "waited for its timer), we infer");
    /* Time is lost also where segments were not, and only late. */
    client->lost_known = true;
    client->lost.part[LOST_NEVER].segments = 1;
    expect_limits(&scene, "the upload was limited by repeats without need 93 % of 1 s (51 % "
                          "because the sender waited for its timer), we infer");
    client->lost.part[LOST_UNKNOWN].segments = 1; /* may have been lost */
    expect_limits(&scene, "the upload was limited by loss 93 % of 1 s (51 % because the sender "
                          "waited for its timer), we infer");
    client->limits.parts[SHARE_REPAIR] = 0;
    client->limits.parts[SHARE_TIMEOUT] = 930 * NS_PER_MS;
    expect_limits(&scene, "the upload was limited by loss: the sender waited for its timer 93 % of "
                          "1 s, we infer");
    expect_points(&scene, "nobody: nothing was sent again, and neither end kept the other waiting "
                          "for 200 ms");
    client->lost_known = false;
    client->limits.parts[SHARE_TIMEOUT] = 0;
    client->limits.parts[SHARE_QUEUE] = 510 * NS_PER_MS;
    client->limits.parts[SHARE_SLOW_START] = 420 * NS_PER_MS;
    limits_judge(&client->limits);
    expect_limits(&scene, "the upload was limited by the network 93 % of 1 s (51 % because round "
                          "trips had grown, as in a queue on the way), we infer");
    expect_points(&scene, "nobody: nothing was sent again, and neither end kept the other waiting "
                          "for 200 ms; but round trips of the client's data had grown most of the "
                          "time");
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

/* The server acknowledged a request and never sent a byte, or not another one. */
static void test_unanswered(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    scene.summary.close = CLOSE_OPEN;
    scene.waits.closed = false;
    scene.waits.last_talker = CLIENT;
    scene.waits.ends[SERVER].spoke = false;
    scene.waits.ends[CLIENT].data_frame = 6;
    scene.waits.ends[CLIENT].ack_frame = 7;
    scene.waits.ends[CLIENT].go_time = 2 * NS_PER_S; /* the capture ends at 9 s */
    expect_points(&scene, "the program at the server, if it had to answer frame 6: its host "
                          "acknowledged that (frame 7), nothing followed for 7 s, to the end of "
                          "the capture");
    expect_brief(&scene, "close not seen; server sent no data for 7 s");
    scene.summary.superseded = true;
    expect_points(&scene, "the program at the server, if it had to answer frame 6: its host "
                          "acknowledged that (frame 7), nothing followed for 7 s, until its ports "
                          "served a new connection");
    scene.summary.superseded = false;
    scene.waits.ends[SERVER].spoke = true;
    expect_points(&scene, "the program at the server, if it had to answer frame 6: its host "
                          "acknowledged that (frame 7), nothing followed for 7 s, to the end of "
                          "the capture");
    /* Less than a second is not told, but nor is that nobody was slow. */
    scene.waits.ends[CLIENT].go_time = 8200 * NS_PER_MS;
    expect_points(&scene, "");
    scene.waits.ends[CLIENT].go_time = 8900 * NS_PER_MS;
    expect_points(&scene, "nobody: nothing was sent again, and neither end kept the other waiting "
                          "for 200 ms");
    /* What the server has to say, the client need not answer. */
    scene.waits.last_talker = SERVER;
    expect_points(&scene, "nobody: nothing was sent again, and neither end kept the other waiting "
                          "for 200 ms");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_not_opened), cmocka_unit_test(test_half_open),
        cmocka_unit_test(test_reset),      cmocka_unit_test(test_loss),
        cmocka_unit_test(test_limits),     cmocka_unit_test(test_ending),
        cmocka_unit_test(test_slow_opening),
        cmocka_unit_test(test_one_sided),  cmocka_unit_test(test_unanswered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
