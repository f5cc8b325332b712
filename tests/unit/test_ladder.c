/* test_ladder: rows, labels, and where a state change is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/time_text.h"
#include "report/ladder.h"
#include "report/ladder_label.h"

#define EVENTS 32
#define ROWS 16

/* A connection made by hand: x = 100, y = 300. */
struct scene {
    struct summary summary;
    struct journal_row rows[ROWS];
    struct event events[EVENTS];
    struct connection_report report;
    struct ladder ladder;
};

static void scene_begin(struct scene *scene)
{
    memset(scene, 0, sizeof *scene);
    scene->summary.endpoints[CLIENT].isn = 100;
    scene->summary.endpoints[SERVER].isn = 300;
    scene->summary.endpoints[CLIENT].isn_known = true;
    scene->summary.endpoints[SERVER].isn_known = true;
    scene->report.summary = &scene->summary;
    scene->report.events = scene->events;
}

static struct journal_row *add_row(struct scene *scene, uint64_t frame, enum endpoint_id from,
                                   uint16_t flags, uint32_t seq, uint32_t ack, uint32_t length)
{
    struct journal_row *row = &scene->rows[scene->report.rows.count++];
    *row = (struct journal_row){ .frame = frame, .last_frame = frame,
                                 .time = (int64_t)frame * NS_PER_MS,
                                 .last_time = (int64_t)frame * NS_PER_MS, .from = (uint8_t)from,
                                 .flags = flags, .seq = seq, .ack = ack, .length = length };
    if (flags & TCP_FIN) {
        scene->summary.endpoints[from].fin_sent = true;
        scene->summary.endpoints[from].fin_seq = seq + length;
    }
    scene->report.rows.list = scene->rows;
    return row;
}

static struct event *add_change(struct scene *scene, uint64_t frame, enum endpoint_id end,
                                enum tcp_state from, enum tcp_state to, enum certainty certainty,
                                uint64_t proof)
{
    struct event *event = &scene->events[scene->report.event_count++];
    *event = (struct event){ .kind = EVENT_TRANSITION, .frame = frame,
                             .time = (int64_t)frame * NS_PER_MS, .endpoint = (uint8_t)end,
                             .from = (uint8_t)from, .to = (uint8_t)to,
                             .certainty = (uint8_t)certainty, .evidence = proof };
    return event;
}

static void expect_cell(const struct scene *scene, size_t nth, enum ladder_kind kind,
                        enum tcp_state client, enum tcp_state server, const char *label)
{
    assert_true(nth < scene->ladder.count);
    const struct ladder_cell *cell = &scene->ladder.cells[nth];
    assert_int_equal(cell->kind, kind);
    assert_int_equal(cell->margin[CLIENT].state, client);
    assert_int_equal(cell->margin[SERVER].state, server);
    assert_string_equal(cell->label, label);
}

static void add_handshake(struct scene *scene)
{
    add_row(scene, 1, CLIENT, TCP_SYN, 100, 0, 0);
    add_row(scene, 2, SERVER, TCP_SYN | TCP_ACK, 300, 101, 0);
    add_row(scene, 3, CLIENT, TCP_ACK, 101, 301, 0);
    add_change(scene, 1, CLIENT, STATE_NONE, STATE_SYN_SENT, CERTAINTY_OBSERVED, 0);
    add_change(scene, 1, SERVER, STATE_NONE, STATE_LISTEN, CERTAINTY_INFERRED, 0);
    add_change(scene, 1, SERVER, STATE_LISTEN, STATE_SYN_RCVD, CERTAINTY_PROVED, 2);
    add_change(scene, 3, CLIENT, STATE_SYN_SENT, STATE_ESTABLISHED, CERTAINTY_OBSERVED, 0);
    add_change(scene, 3, SERVER, STATE_SYN_RCVD, STATE_ESTABLISHED, CERTAINTY_PROVED, 5);
}

static void test_handshake(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    add_handshake(&scene);
    add_row(&scene, 4, CLIENT, TCP_ACK | TCP_PSH, 101, 301, 80);
    add_row(&scene, 5, SERVER, TCP_ACK, 301, 181, 0);
    assert_true(ladder_build(&scene.ladder, &scene.report));
    assert_int_equal(scene.ladder.count, 6);
    expect_cell(&scene, 0, LADDER_START, STATE_CLOSED, STATE_LISTEN, "");
    assert_int_equal(scene.ladder.cells[0].margin[CLIENT].certainty, CERTAINTY_ASSUMED);
    assert_int_equal(scene.ladder.cells[0].margin[SERVER].certainty, CERTAINTY_INFERRED);
    expect_cell(&scene, 1, LADDER_SEGMENT, STATE_SYN_SENT, STATE_SYN_RCVD, "SYN seq=x");
    assert_int_equal(scene.ladder.cells[1].margin[SERVER].proof, 2);
    expect_cell(&scene, 2, LADDER_SEGMENT, STATE_NONE, STATE_NONE, "SYN,ACK seq=y ack=x+1");
    expect_cell(&scene, 3, LADDER_SEGMENT, STATE_ESTABLISHED, STATE_ESTABLISHED,
                "ACK ack=y+1 seq=x+1");
    expect_cell(&scene, 4, LADDER_SEGMENT, STATE_NONE, STATE_NONE, "80 B seq=x+1");
    expect_cell(&scene, 5, LADDER_SEGMENT, STATE_NONE, STATE_NONE, "ACK ack=x+81");
    ladder_done(&scene.ladder);
}

/* Mid-stream: nothing was CLOSED before, and numbers stay as they are. */
static void test_mid_stream(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene.summary.endpoints[CLIENT].isn_known = scene.summary.endpoints[SERVER].isn_known = false;
    add_row(&scene, 7, CLIENT, TCP_ACK, 4000000000u, 5, 10);
    add_change(&scene, 7, CLIENT, STATE_NONE, STATE_ESTABLISHED, CERTAINTY_ASSUMED, 0);
    assert_true(ladder_build(&scene.ladder, &scene.report));
    assert_int_equal(scene.ladder.count, 2);
    expect_cell(&scene, 0, LADDER_START, STATE_ESTABLISHED, STATE_NONE, "");
    expect_cell(&scene, 1, LADDER_SEGMENT, STATE_NONE, STATE_NONE, "10 B seq=4000000000 ack=5");
    ladder_done(&scene.ladder);
}

/* Two changes of one end in one frame, and one of a frame inside a folded row. */
static void test_more_changes(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    add_row(&scene, 7, CLIENT, TCP_ACK, 101, 301, 10);
    add_change(&scene, 7, SERVER, STATE_ESTABLISHED, STATE_CLOSE_WAIT, CERTAINTY_OBSERVED, 0);
    add_change(&scene, 7, SERVER, STATE_CLOSE_WAIT, STATE_LAST_ACK, CERTAINTY_OBSERVED, 0);
    struct journal_row *row = add_row(&scene, 8, CLIENT, TCP_ACK, 101, 301, 0);
    row->marks = ROW_FOLDED;
    row->last_frame = 12;
    row->last_time = 12 * NS_PER_MS;
    row->segments[CLIENT] = row->segments[SERVER] = 2;
    row->bytes[SERVER] = 14080;
    add_change(&scene, 10, CLIENT, STATE_ESTABLISHED, STATE_FIN_WAIT_1, CERTAINTY_INFERRED, 0);
    /* Frame 13 has no row at all. */
    add_change(&scene, 13, CLIENT, STATE_FIN_WAIT_1, STATE_FIN_WAIT_2, CERTAINTY_INFERRED, 0);
    add_row(&scene, 14, SERVER, TCP_ACK, 301, 111, 0);
    assert_true(ladder_build(&scene.ladder, &scene.report));
    assert_int_equal(scene.ladder.count, 5);
    expect_cell(&scene, 0, LADDER_SEGMENT, STATE_NONE, STATE_CLOSE_WAIT, "10 B seq=x+1 ack=y+1");
    expect_cell(&scene, 1, LADDER_STATE, STATE_NONE, STATE_LAST_ACK, "");
    expect_cell(&scene, 2, LADDER_FOLD, STATE_FIN_WAIT_1, STATE_NONE, "14.1 kB to the client");
    expect_cell(&scene, 3, LADDER_STATE, STATE_FIN_WAIT_2, STATE_NONE, "");
    expect_cell(&scene, 4, LADDER_SEGMENT, STATE_NONE, STATE_NONE, "ACK ack=x+11");
    ladder_done(&scene.ladder);
}

/* FINs cross: what an end did by sending stands above what it did by receiving, although the
 * frame that it received is the earlier one. */
static void test_crossing(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    add_row(&scene, 5, CLIENT, TCP_FIN | TCP_ACK, 101, 301, 0);
    add_row(&scene, 6, SERVER, TCP_FIN | TCP_ACK, 301, 101, 0);
    add_row(&scene, 7, CLIENT, TCP_ACK, 102, 302, 0);
    add_change(&scene, 5, CLIENT, STATE_ESTABLISHED, STATE_FIN_WAIT_1, CERTAINTY_OBSERVED, 0);
    add_change(&scene, 5, SERVER, STATE_FIN_WAIT_1, STATE_CLOSING, CERTAINTY_PROVED, 8);
    add_change(&scene, 6, SERVER, STATE_ESTABLISHED, STATE_FIN_WAIT_1, CERTAINTY_OBSERVED, 0);
    add_change(&scene, 6, CLIENT, STATE_FIN_WAIT_1, STATE_CLOSING, CERTAINTY_PROVED, 7);
    assert_true(ladder_build(&scene.ladder, &scene.report));
    assert_int_equal(scene.ladder.count, 3);
    expect_cell(&scene, 0, LADDER_SEGMENT, STATE_FIN_WAIT_1, STATE_FIN_WAIT_1,
                "FIN,ACK seq=u ack=w");
    expect_cell(&scene, 1, LADDER_SEGMENT, STATE_CLOSING, STATE_CLOSING, "FIN,ACK seq=w ack=u");
    expect_cell(&scene, 2, LADDER_SEGMENT, STATE_NONE, STATE_NONE, "ACK ack=w+1 seq=u+1");
    assert_int_equal(scene.ladder.cells[0].crossing, 1);
    assert_int_equal(scene.ladder.cells[1].crossing, 2);
    assert_int_equal(scene.ladder.cells[2].crossing, 0);
    ladder_done(&scene.ladder);
    /* The second FIN acknowledges the first: they did not cross. */
    scene.rows[1].ack = 102;
    assert_true(ladder_build(&scene.ladder, &scene.report));
    assert_int_equal(scene.ladder.cells[0].crossing, 0);
    ladder_done(&scene.ladder);
}

/* Two SYNs in a row cross, but not where the second answers the first. */
static void test_crossing_syns(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    add_row(&scene, 1, CLIENT, TCP_SYN, 100, 0, 0);
    add_row(&scene, 2, SERVER, TCP_SYN, 300, 0, 0);
    scene.summary.handshake = HANDSHAKE_SIMULTANEOUS;
    assert_true(ladder_build(&scene.ladder, &scene.report));
    expect_cell(&scene, 0, LADDER_START, STATE_CLOSED, STATE_CLOSED, "");
    assert_int_equal(scene.ladder.cells[1].crossing, 1);
    assert_int_equal(scene.ladder.cells[2].crossing, 2);
    ladder_done(&scene.ladder);
    scene.summary.handshake = HANDSHAKE_SPLIT;
    assert_true(ladder_build(&scene.ladder, &scene.report));
    assert_int_equal(scene.ladder.cells[1].crossing, 0);
    ladder_done(&scene.ladder);
}

/* The last ACK's receiver is CLOSED by inference later: no row of its own, so at the end. */
static void test_timer(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    add_row(&scene, 7, CLIENT, TCP_ACK, 101, 301, 0);
    struct event *event = add_change(&scene, 7, SERVER, STATE_LAST_ACK, STATE_CLOSED,
                                     CERTAINTY_INFERRED, 0);
    event->time += NS_PER_S;
    assert_true(ladder_build(&scene.ladder, &scene.report));
    assert_int_equal(scene.ladder.count, 2);
    expect_cell(&scene, 0, LADDER_SEGMENT, STATE_NONE, STATE_NONE, "ACK ack=y+1 seq=x+1");
    expect_cell(&scene, 1, LADDER_END, STATE_NONE, STATE_CLOSED, "");
    ladder_done(&scene.ladder);
}

/* What ends by the first segment of the next connection on the same ports has no row either. */
static void test_reused(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene.summary.superseded = true;
    scene.summary.last_frame = 7;
    add_row(&scene, 7, CLIENT, TCP_ACK, 101, 301, 0);
    add_change(&scene, 9, CLIENT, STATE_TIME_WAIT, STATE_CLOSED, CERTAINTY_OBSERVED, 0);
    struct event *event = add_change(&scene, 7, SERVER, STATE_LAST_ACK, STATE_CLOSED,
                                     CERTAINTY_INFERRED, 0);
    event->time += NS_PER_S;
    assert_true(ladder_build(&scene.ladder, &scene.report));
    assert_int_equal(scene.ladder.count, 3);
    expect_cell(&scene, 1, LADDER_END, STATE_NONE, STATE_CLOSED, "");
    expect_cell(&scene, 2, LADDER_REUSED, STATE_CLOSED, STATE_NONE, "");
    ladder_done(&scene.ladder);
}

/* 2 s after gaps of 1 ms is a pause; SYNs 1, 2 and 4 s apart have none: that is their rhythm. */
static void test_pause(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    for (uint64_t frame = 1; frame <= 4; frame++)
        add_row(&scene, frame, CLIENT, TCP_ACK, 101, 301, 0);
    add_row(&scene, 2004, CLIENT, TCP_ACK, 101, 301, 0);
    assert_true(ladder_build(&scene.ladder, &scene.report));
    assert_int_equal(scene.ladder.count, 6);
    expect_cell(&scene, 4, LADDER_PAUSE, STATE_NONE, STATE_NONE, "");
    assert_true(scene.ladder.cells[4].pause == 2 * NS_PER_S);
    ladder_done(&scene.ladder);

    scene_begin(&scene);
    add_row(&scene, 1, CLIENT, TCP_SYN, 100, 0, 0);
    add_row(&scene, 1001, CLIENT, TCP_SYN, 100, 0, 0);
    add_row(&scene, 3001, CLIENT, TCP_SYN, 100, 0, 0);
    add_row(&scene, 7001, CLIENT, TCP_SYN, 100, 0, 0);
    assert_true(ladder_build(&scene.ladder, &scene.report));
    for (size_t i = 0; i < scene.ladder.count; i++)
        assert_int_not_equal(scene.ladder.cells[i].kind, LADDER_PAUSE);
    ladder_done(&scene.ladder);
}

static void test_checks(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    for (uint64_t frame = 1; frame <= 3; frame++) {
        add_row(&scene, frame, CLIENT, TCP_ACK, 101, 301, 0);
        for (uint64_t n = 1; n <= 2; n++) {
            struct event *event = &scene.events[scene.report.event_count++];
            *event = (struct event){ .kind = EVENT_CHECK, .frame = frame, .result = CHECK_SKIPPED };
            if (frame == 2 || (frame == 3 && n == 2))
                event->result = frame == 2 ? CHECK_HOLDS : CHECK_FAILS;
        }
    }
    assert_true(ladder_build(&scene.ladder, &scene.report));
    assert_int_equal(scene.ladder.cells[0].checks, 0);
    assert_int_equal(scene.ladder.cells[1].checks, 1);
    assert_int_equal(scene.ladder.cells[2].checks, -1);
    ladder_done(&scene.ladder);
}

static void expect_label(const struct journal_row *row, const struct summary *summary,
                         const char *expected)
{
    char text[96];
    struct label_memory memory = { 0 };
    ladder_label(text, sizeof text, row, summary, &memory);
    assert_string_equal(text, expected);
    assert_true(strlen(text) <= LADDER_LABEL_WIDTH);
}

static void test_labels(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    struct journal_row row = { .from = SERVER, .flags = TCP_SYN | TCP_ACK, .seq = 300, .ack = 101,
                               .marks = MARK_REPEATED, .nth = 2 };
    expect_label(&row, &scene.summary, "SYN,ACK seq=y (2nd time)");
    row.nth = 13;
    expect_label(&row, &scene.summary, "SYN,ACK seq=y (13th time)");
    row.nth = 101; /* the mark gives way before the number does */
    expect_label(&row, &scene.summary, "SYN,ACK seq=y (101st)");
    row = (struct journal_row){ .flags = TCP_RST | TCP_ACK, .seq = 0, .ack = 301 };
    expect_label(&row, &scene.summary, "RST,ACK seq=0 ack=y+1");
    row = (struct journal_row){ .flags = TCP_ACK, .seq = 100, .ack = 301,
                                .marks = MARK_KEEP_ALIVE };
    expect_label(&row, &scene.summary, "ACK seq=x (keep-alive)");
    row.marks = MARK_CHALLENGE;
    /* With "seq=x" it would be 29 characters long. */
    expect_label(&row, &scene.summary, "ACK ack=y+1 (challenge)");
    row = (struct journal_row){ .flags = TCP_RST, .seq = 3000000000u, .marks = MARK_NOT_BELIEVED };
    expect_label(&row, &scene.summary, "RST (not believed)");
    row = (struct journal_row){ .flags = TCP_ACK | TCP_PSH, .seq = 101, .ack = 301,
                                .length = 1448 };
    expect_label(&row, &scene.summary, "1448 B seq=x+1 ack=y+1");
    row = (struct journal_row){ .flags = 0, .seq = 101 };
    expect_label(&row, &scene.summary, "no flags seq=x+1");
    /* The first fragment of an IP packet does not hold all of its bytes. */
    row = (struct journal_row){ .from = CLIENT, .flags = TCP_ACK, .seq = 101, .ack = 301,
                                .length = 1396, .marks = MARK_FRAGMENT };
    expect_label(&row, &scene.summary, "1396 B seq=x+1 (fragment)");
    /* The mark is shortened before the number is left out. */
    row = (struct journal_row){ .from = CLIENT, .flags = TCP_ACK, .seq = 13133, .ack = 301,
                                .length = 1448, .marks = MARK_REPEATED };
    expect_label(&row, &scene.summary, "1448 B seq=x+13033 again");
    row.marks = MARK_GAP;
    expect_label(&row, &scene.summary, "1448 B seq=x+13033 (gap)");
    row.marks = MARK_WINDOW_PROBE;
    row.length = 0;
    expect_label(&row, &scene.summary, "ACK seq=x+13033 (probe)");
    /* A closed window is the news of its segment. */
    row = (struct journal_row){ .from = SERVER, .flags = TCP_ACK, .seq = 301, .ack = 4445,
                                .marks = MARK_WINDOW_CLOSED };
    expect_label(&row, &scene.summary, "ACK ack=x+4345 win=0");
}

/* Labels of rows that follow each other. */
static void test_labels_in_order(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    /* Data on the SYN, taken by half; the first SYN-ACK acknowledged too much. */
    add_row(&scene, 1, CLIENT, TCP_SYN, 100, 0, 23);
    add_row(&scene, 2, SERVER, TCP_SYN | TCP_ACK, 300, 102, 0);
    struct journal_row *row = add_row(&scene, 3, SERVER, TCP_SYN | TCP_ACK, 300, 124, 0);
    row->marks = MARK_REPEATED;
    row->nth = 2;
    row = add_row(&scene, 4, SERVER, TCP_SYN | TCP_ACK, 300, 124, 0);
    row->marks = MARK_REPEATED;
    row->nth = 3;
    add_row(&scene, 5, CLIENT, TCP_ACK, 124, 301, 0);
    /* w = 301; the client acknowledges one too many, then right. */
    add_row(&scene, 6, SERVER, TCP_FIN | TCP_ACK, 301, 124, 0);
    add_row(&scene, 7, CLIENT, TCP_ACK, 124, 303, 0);
    add_row(&scene, 8, CLIENT, TCP_ACK, 124, 302, 0);
    static const char *const expected[] = {
        "SYN 23 B seq=x", "SYN,ACK seq=y ack=x+2", "SYN,ACK ack=x+24 (2nd)",
        "SYN,ACK seq=y (3rd time)", "ACK ack=y+1 seq=x+24", "FIN,ACK seq=w ack=x+24",
        "ACK ack=w+2 seq=x+24", "ACK ack=w+1 seq=x+24",
    };
    char text[96];
    struct label_memory memory = { 0 };
    for (size_t i = 0; i < scene.report.rows.count; i++) {
        ladder_label(text, sizeof text, &scene.rows[i], &scene.summary, &memory);
        assert_string_equal(text, expected[i]);
    }
}

/* A folded row: bytes and ACKs, in words as far as they fit a ladder of 80 columns. */
static void test_fold_labels(void **state)
{
    (void)state;
    static const struct {
        uint64_t up, down;
        uint32_t acks;
        const char *label;
    } cases[] = {
        { 7240, 0, 7, "7240 B to the server, 7 ACKs" },
        { 7240, 0, 0, "7240 B to the server" },
        { 18600, 0, 13, "-> 18.6 kB, 13 ACKs" },
        { 0, 1448, 1, "1448 B to the client, 1 ACK" },
        { 80, 999, 3, "-> 80 B  <- 999 B, 3 ACKs" },
        { 14100, 14100000, 1000, "-> 14.1 kB  <- 14.1 MB" },
        { 0, 0, 4, "4 ACKs" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[96];
        struct label_memory memory = { 0 };
        struct summary summary = { 0 };
        struct journal_row row = { .marks = ROW_FOLDED, .acks = cases[i].acks,
                                   .segments = { 4, 0 }, .bytes = { cases[i].up, cases[i].down } };
        ladder_label(text, sizeof text, &row, &summary, &memory);
        assert_string_equal(text, cases[i].label);
        assert_true(strlen(text) <= LADDER_LABEL_WIDTH + 3);
    }
}

static void test_bytes(void **state)
{
    (void)state;
    char text[32];
    assert_string_equal(ladder_bytes(9999, text, sizeof text), "9999 B");
    assert_string_equal(ladder_bytes(10000, text, sizeof text), "10.0 kB");
    assert_string_equal(ladder_bytes(999949, text, sizeof text), "999.9 kB");
    assert_string_equal(ladder_bytes(999950, text, sizeof text), "1.0 MB");
    assert_string_equal(ladder_bytes(UINT64_MAX, text, sizeof text), "18.4 EB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshake), cmocka_unit_test(test_mid_stream),
        cmocka_unit_test(test_more_changes), cmocka_unit_test(test_crossing),
        cmocka_unit_test(test_crossing_syns),
        cmocka_unit_test(test_timer), cmocka_unit_test(test_reused), cmocka_unit_test(test_pause),
        cmocka_unit_test(test_checks), cmocka_unit_test(test_labels),
        cmocka_unit_test(test_labels_in_order), cmocka_unit_test(test_fold_labels),
        cmocka_unit_test(test_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
