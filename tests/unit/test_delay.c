/* test_delay: what took long, whom that points to, and when nobody is to blame. */
#include "points_case.h"

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
    expect_brief(&scene, "client closed first (FIN); server sent no data for 1.5 s");
    /* Seen at the server, there is no way on which it could have been lost. */
    scene.summary.synack_ns = 20000;
    expect_points(&scene, "the program at the server, if it had to answer frame 4: its host "
                          "acknowledged that after 20 ms (frame 5), its data began 1.5 s later "
                          "(frame 9)");
    /* It may have waited for more than the request. */
    scene.waits.ends[SERVER].waits[WAIT_ANSWER].go_frame = 6;
    scene.waits.ends[SERVER].waits[WAIT_ANSWER].go_by_fin = true;
    expect_points(&scene, "the program at the server, if it had to answer frame 4: its host "
                          "acknowledged that after 20 ms (frame 5), its data began 1.5 s after the "
                          "FIN in frame 6 (frame 9)");
    scene.waits.ends[SERVER].waits[WAIT_ANSWER].go_by_fin = false;
    expect_points(&scene, "the program at the server, if it had to answer frame 4: its host "
                          "acknowledged that after 20 ms (frame 5), its data began 1.5 s after its "
                          "window opened in frame 6 (frame 9)");
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
    expect_points(&scene, "the network or the server's host: nothing new passed for 1 s "
                          "(frames 4 to 9) until the client sent again");
    /* Of two inputs only one shows frame 4; that the other went on recording shows with the repeat,
     * frame 9. */
    scene.waits.ends[CLIENT].waits[WAIT_REPEAT].lost_frame = 4;
    scene.waits.ends[CLIENT].viewed_frame = 8;
    expect_points(&scene, "the network or the server's host: nothing new passed for 1 s "
                          "(frames 4 to 9) until the client sent again");
    scene.waits.ends[CLIENT].viewed_frame = 9;
    expect_points(&scene, "the network between the inputs, very probably: frame 4 is in one of "
                          "them only, and nothing new passed for 1 s (frames 4 to 9) until the "
                          "client sent again");
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
                          "waiting for 500 ms");
    expect_brief(&scene, "client closed first (FIN); 1 sent again");
    /* A client that takes its time keeps nobody waiting. */
    scene_make(&scene);
    add_wait(&scene, CLIENT, WAIT_ANSWER, 60000);
    expect_points(&scene, "nobody: nothing was sent again, and neither end kept the other waiting "
                          "for 200 ms; the client itself sent no data for 1 min (frames 4 to 9)");
    expect_brief(&scene, "client closed first (FIN)");
    /* A server that goes on by itself after a pause may have been waited for, or not. */
    scene_make(&scene);
    add_wait(&scene, SERVER, WAIT_PAUSE, 5000);
    expect_points(&scene, "nobody: nothing was sent again, and neither end kept the other waiting "
                          "for 200 ms; but after frame 4 the server sent its next data only "
                          "5 s later (frame 9), and the client may have waited for that");
    expect_brief(&scene, "client closed first (FIN)");
    scene_make(&scene);
    add_wait(&scene, CLIENT, WAIT_PAUSE, 300);
    expect_points(&scene, "nobody: nothing was sent again, and neither end kept the other waiting "
                          "for 200 ms; but after frame 4 the client sent its next data only "
                          "300 ms later (frame 9), and may have waited for an answer");
    scene.waits.clock_wrong = true;
    expect_points(&scene, "");
    scene.waits.clock_wrong = false;
    /* That nobody was slow would mislead where something is wrong. */
    findings_add(&scene.findings, TOPIC_CHECKSUM_BAD);
    expect_points(&scene, "");
}

/* Who gave up first: the client, or the server without an answer. */
static void test_gave_up(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    scene.waits.unanswered = (struct wait_question){ .asker = CLIENT, .time = 6 * NS_PER_S,
                                                     .data_frame = 6, .ack_frame = 7,
                                                     .close_frame = 8, .closer = CLIENT };
    scene.summary.endpoints[SERVER].fin_sent = true;
    expect_points(&scene, "the program at the server, if it had to answer frame 6: its host "
                          "acknowledged that (frame 7), nothing followed for 6 s, until the "
                          "client's FIN (frame 8)");
    scene.waits.unanswered.closer = SERVER;
    expect_points(&scene, "the program at the server, if it had to answer frame 6: its host "
                          "acknowledged that (frame 7), nothing followed for 6 s, and then only "
                          "its FIN (frame 8)");
    scene.waits.unanswered.time = 900 * NS_PER_MS;
    expect_points(&scene, "");
}

/* Windows: one that did not open again, and many short closings. */
static void test_window(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    add_wait(&scene, CLIENT, WAIT_WINDOW, 23700);
    scene.waits.ends[CLIENT].window_closed = true;
    scene.waits.ends[CLIENT].closings = 1;
    expect_points(&scene, "the program at the client, which did not read: its receive window was "
                          "closed for 23.7 s (frames 4 to 9), and did not open again");
    scene_make(&scene);
    scene.summary.last_time = 3 * NS_PER_S;
    struct wait_end *end = &scene.waits.ends[SERVER];
    end->closings = 15;
    end->closed_before = 550 * NS_PER_MS;
    end->closed_first = 289;
    end->closed_last = 612;
    expect_points(&scene, "the program at the server, which did not read: its receive window was "
                          "closed 15 times, for 550 ms together (frames 289 to 612)");
    expect_brief(&scene, "client closed first (FIN); server did not read for 550 ms");
    /* Half a second of a minute is no cause. */
    scene.summary.last_time = 60 * NS_PER_S;
    expect_points(&scene, "nobody: nothing was sent again, and neither end kept the other waiting "
                          "for 200 ms");
}

/* The second FIN: named from a second on, told where it is less. */
static void test_second_fin(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    add_wait(&scene, SERVER, WAIT_FIN, 4958);
    scene.waits.ends[CLIENT].fin_sent = scene.waits.ends[SERVER].fin_sent = true;
    scene.waits.ends[CLIENT].fin_frame = 4;
    expect_points(&scene, "the program at the server: its FIN came 4.958 s later than the client's "
                          "(frame 4)");
    /* On a slow way less is no delay: three round trips of 1.7 s, and 4.938 s of silence. */
    scene.summary.rtt_ns = 1700 * NS_PER_MS;
    expect_points(&scene, "nobody: nothing was sent again, and neither end kept the other waiting "
                          "for three round trips (5.1 s)");
    scene.summary.rtt_ns = 30 * NS_PER_MS;
    scene.waits.ends[CLIENT].fin_frame = 3;
    expect_points(&scene, "the program at the server: its FIN came 4.958 s later than its last "
                          "data (frame 4)");
    scene.waits.ends[SERVER].waits[WAIT_FIN].ack_frame = 0;
    scene.waits.ends[CLIENT].fin_frame = 4;
    expect_points(&scene, "the network or the program at the server: its FIN came 4.958 s later "
                          "than the client's (frame 4)");
    scene.waits.ends[SERVER].waits[WAIT_FIN].longest = 250 * NS_PER_MS;
    expect_points(&scene, "nobody: nothing was sent again, and neither end kept the other waiting "
                          "for 200 ms, but for the close: the server's FIN came 250 ms after the "
                          "client's");
    /* Not there when the capture ends, at 9 s. */
    scene.waits.ends[SERVER].waits[WAIT_FIN] = (struct wait){ 0 };
    scene.waits.ends[SERVER].fin_sent = false;
    scene.waits.ends[CLIENT].fin_acked = true;
    scene.waits.ends[CLIENT].fin_ack_frame = 5;
    scene.waits.ends[CLIENT].fin_time = scene.waits.ends[CLIENT].fin_ack_time = 6 * NS_PER_S;
    expect_points(&scene, "the program at the server, if it has nothing more to send: its FIN did "
                          "not come for 3 s after the client's (frame 4)");
    scene.waits.ends[CLIENT].fin_time = scene.waits.ends[CLIENT].fin_ack_time = 8700 * NS_PER_MS;
    expect_points(&scene, "");
}

/* Sent again in part, or perhaps, is not "nothing". */
static void test_in_part(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    scene.waits.ends[CLIENT].late = 1;
    expect_points(&scene, "nobody: nothing is known to have been sent again (1 segment came after "
                          "later ones), and neither end kept the other waiting for 200 ms");
    scene.waits.ends[CLIENT].bytes = 151; /* of 100 in the stream */
    expect_points(&scene, "nobody: only 51 B were sent again, and neither end kept the other "
                          "waiting for 200 ms");
    /* An answer so late that its acknowledgement must be missing: nothing is clear. */
    scene.waits.answer_unclear = true;
    expect_points(&scene, "");
    scene.waits.answer_unclear = false;
    scene.waits.ends[SERVER].acked = false;
    expect_points(&scene, "");
    scene.waits.ends[SERVER].acked = true;
    scene.summary.endpoints[SERVER].fin_sent = true;
    scene.waits.ends[SERVER].fin_time = 9 * NS_PER_S - 200 * NS_PER_MS;
    expect_points(&scene, ""); /* a FIN that nobody acknowledged for 200 ms */
    scene.waits.ends[SERVER].fin_time++;
    expect_points(&scene, "nobody: only 51 B were sent again, and neither end kept the other "
                          "waiting for 200 ms");
}

/* An ICMP error about what had to be sent again names the way; any other one names nothing. */
static void test_icmp(void **state)
{
    (void)state;
    static const uint8_t router[16] = { 203, 0, 113, 9 };
    struct scene scene;
    scene_make(&scene);
    add_wait(&scene, CLIENT, WAIT_REPEAT, 1000); /* frames 4 to 9 */
    scene.events[0] = (struct event){ .kind = EVENT_ICMP_ERROR, .endpoint = CLIENT, .detail = 3,
                                      .result = 1, .addend = REPORTER_ON_WAY, .frame = 6 };
    scene.events[1] = (struct event){ .kind = EVENT_ICMP_REPORTER, .frame = 6 };
    event_put_address(&scene.events[1], router);
    scene.report.event_count = 2;
    expect_points(&scene, "the way to the server (ICMP error in frame 6 from 203.0.113.9: host "
                          "unreachable): nothing new passed for 1 s (frames 4 to 9) until the "
                          "client sent again");
    scene.events[0].addend = REPORTER_PEER;
    expect_points(&scene, "the server's host, or a device that spoke in its name (ICMP error in "
                          "frame 6: host unreachable): nothing new passed for 1 s (frames 4 to 9) "
                          "until the client sent again");
    scene.events[0].addend = REPORTER_SENDER;
    expect_points(&scene, "the client's own host (ICMP error in frame 6: host unreachable): "
                          "nothing new passed for 1 s (frames 4 to 9) until the client sent again");
    static const char silent[] = "the network or the server's host: nothing new passed for 1 s "
                                 "(frames 4 to 9) until the client sent again";
    scene.events[0].frame = 4; /* about something before */
    expect_points(&scene, silent);
    scene.events[0].frame = 9;
    expect_points(&scene, silent);
    scene.events[0].frame = 6;
    scene.events[0].endpoint = SERVER;
    expect_points(&scene, silent);
    scene.events[0].endpoint = CLIENT;
    scene.events[0].detail = 4; /* source quench: the segment went on (RFC 792) */
    scene.events[0].result = 0;
    expect_points(&scene, silent);
    scene.events[0].detail = 3; /* too big, so it did not */
    scene.events[0].result = 4;
    scene.events[0].observed = 1400;
    scene.report.event_count = 1; /* and the log had no room for the address */
    scene.events[0].addend = REPORTER_ON_WAY;
    expect_points(&scene, "the way to the server (ICMP error in frame 6: packet too big and not to "
                          "be fragmented): nothing new passed for 1 s (frames 4 to 9) until the "
                          "client sent again");
}

/* Of SYNs, only errors about all that went unanswered tell. */
static void test_icmp_syn(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    struct finding *finding = findings_add(&scene.findings, TOPIC_SYN_RETRANSMISSION);
    finding->time = 3 * NS_PER_S;
    scene.events[0] = (struct event){ .kind = EVENT_ICMP_ERROR, .endpoint = CLIENT, .detail = 3,
                                      .result = 0, .addend = REPORTER_ON_WAY, .frame = 2 };
    scene.events[1] = (struct event){ .kind = EVENT_SYN_REPEATED, .endpoint = CLIENT, .frame = 3 };
    scene.report.event_count = 2;
    expect_points(&scene, "the way to the server (ICMP error in frame 2: network unreachable): the "
                          "SYN had to be repeated, which took 3 s");
    scene.events[2] = (struct event){ .kind = EVENT_SYN_REPEATED, .endpoint = CLIENT, .frame = 5 };
    scene.report.event_count = 3; /* nothing came back for the second SYN */
    expect_points(&scene, "the network or a busy server: the SYN had to be repeated, which took "
                          "3 s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delay),   cmocka_unit_test(test_no_delay),
        cmocka_unit_test(test_gave_up), cmocka_unit_test(test_window),
        cmocka_unit_test(test_second_fin), cmocka_unit_test(test_in_part),
        cmocka_unit_test(test_icmp),    cmocka_unit_test(test_icmp_syn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
