/* How a rejected SYN is told: sentences, the diagram, JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "base/time_text.h"
#include "render/json_connection.h"
#include "report/journal.h"
#include "report/ladder.h"
#include "report/narrate.h"

/* A client 192.0.2.10 whose SYN (frame 1) a server 192.0.2.20 never saw; and one ICMP error. */
struct scene {
    struct summary summary;
    struct event events[4];
    struct findings findings;
    struct connection_report report;
};

static void scene_make(struct scene *scene, enum notice_reporter reporter, enum tcp_state client,
                       enum certainty certainty)
{
    static const uint8_t router[16] = { 203, 0, 113, 9 };
    *scene = (struct scene){
        .summary = { .id = 1, .incarnation = 1, .ip_version = 4, .role_evidence = ROLE_SYN,
                     .handshake = HANDSHAKE_REJECTED, .close = CLOSE_OPEN, .first_frame = 1,
                     .last_frame = 2, .last_time = 100 * NS_PER_MS, .rtt_ns = UNKNOWN_NS,
                     .synack_ns = UNKNOWN_NS, .ack_ns = UNKNOWN_NS },
        .events = { { .kind = EVENT_TRANSITION, .to = STATE_SYN_SENT, .frame = 1 },
                    { .kind = EVENT_ICMP_ERROR, .endpoint = CLIENT, .detail = 3, .result = 13,
                      .addend = (uint16_t)reporter, .frame = 2, .time = 100 * NS_PER_MS },
                    { .kind = EVENT_ICMP_REPORTER, .frame = 2 } },
    };
    event_put_address(&scene->events[2], router);
    memcpy(scene->summary.endpoints[CLIENT].address, "\xc0\0\x02\x0a", 4);
    memcpy(scene->summary.endpoints[SERVER].address, "\xc0\0\x02\x14", 4);
    scene->summary.endpoints[CLIENT].segments = scene->summary.endpoints[CLIENT].syns = 1;
    scene->summary.endpoints[CLIENT].state = (uint8_t)client;
    scene->summary.endpoints[CLIENT].state_certainty = (uint8_t)certainty;
    scene->report.summary = &scene->summary;
    scene->report.events = scene->events;
    scene->report.event_count = 3;
    scene->report.findings = &scene->findings;
}

static void sentences(void **state)
{
    (void)state;
    static const struct {
        enum notice_reporter reporter;
        enum tcp_state client;
        enum certainty certainty;
        const char *verdict;
    } rows[] = {
        { REPORTER_ON_WAY, STATE_CLOSED, CERTAINTY_INFERRED,
          "Rejected by an ICMP error: neither silence nor a RST. It came from 203.0.113.9, on the "
          "way, and says: communication administratively prohibited. The client is very probably "
          "CLOSED. The move of whoever sent the error." },
        { REPORTER_PEER, STATE_CLOSED, CERTAINTY_ASSUMED,
          "Rejected by an ICMP error: neither silence nor a RST. It came from 192.0.2.20, the "
          "server's address, and says: communication administratively prohibited. The client is, "
          "we assume, CLOSED. The move of whoever sent the error." },
        { REPORTER_SENDER, STATE_SYN_SENT, CERTAINTY_OBSERVED,
          "Rejected by an ICMP error: neither silence nor a RST. It came from 192.0.2.10, the "
          "client's address, and says: communication administratively prohibited. The client is "
          "in SYN_SENT and goes on trying. The move of whoever sent the error." },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scene scene;
        struct strbuf text = { 0 };
        scene_make(&scene, rows[i].reporter, rows[i].client, rows[i].certainty);
        narrate_end(&text, &scene.report, 30 * NS_PER_S);
        assert_string_equal(strbuf_text(&text), rows[i].verdict);
        strbuf_clear(&text);
        narrate_opening(&text, &scene.report);
        assert_string_equal(strbuf_text(&text),
                            "rejected: an ICMP error came back for the SYN, 100 ms later: "
                            "communication administratively prohibited");
        strbuf_clear(&text);
        narrate_close(&text, &scene.report);
        assert_string_equal(strbuf_text(&text), "it never opened");
        strbuf_done(&text);
    }
}

/* Nothing is known of the error but that there was one. */
static void without_a_log(void **state)
{
    (void)state;
    struct scene scene;
    struct strbuf text = { 0 };
    scene_make(&scene, REPORTER_ON_WAY, STATE_CLOSED, CERTAINTY_INFERRED);
    scene.report.event_count = 1;
    narrate_opening(&text, &scene.report);
    assert_string_equal(strbuf_text(&text), "rejected: an ICMP error came back for the SYN");
    strbuf_clear(&text);
    narrate_end(&text, &scene.report, 30 * NS_PER_S);
    assert_string_equal(strbuf_text(&text),
                        "Rejected by an ICMP error: neither silence nor a RST. The client is very "
                        "probably CLOSED. The move of whoever sent the error.");
    strbuf_clear(&text);
    scene.report.event_count = 2; /* the address had no room */
    narrate_end(&text, &scene.report, 30 * NS_PER_S);
    assert_non_null(strstr(strbuf_text(&text), "It came from an unknown host, and says: comm"));
    strbuf_done(&text);
}

static void placeholders(void **state)
{
    (void)state;
    struct scene scene;
    struct strbuf text = { 0 };
    struct finding finding = { .error = finding_error(6, 1, 4), .host_ip_version = 6,
                               .host = { 0x20, 1, 0x0d, 0xb8, [15] = 9 } };
    scene_make(&scene, REPORTER_ON_WAY, STATE_CLOSED, CERTAINTY_INFERRED);
    narrate_template(&text, "{host}: {error}", &finding, &scene.summary);
    assert_string_equal(strbuf_text(&text), "2001:db8::9, on the way: port unreachable");
    strbuf_clear(&text);
    narrate_template(&text, "{host}", &finding, NULL);
    assert_string_equal(strbuf_text(&text), "2001:db8::9");
    finding_evidence(&finding, 7, "icmp", EVIDENCE_ERROR, finding_error(4, 11, 0));
    strbuf_clear(&text);
    narrate_evidence(&text, &finding.evidence[0]);
    assert_string_equal(strbuf_text(&text), "7 icmp=time to live exceeded on the way");
    strbuf_done(&text);
}

static void add_syn(struct journal *journal, uint64_t frame)
{
    struct segment syn = { .frame = frame, .time = (int64_t)frame * NS_PER_MS, .flags = TCP_SYN };
    journal_segment(journal, 1, &syn, CLIENT, 0, 1, 0, true);
}

/* A row of its own, never folded away as a segment, toward the end that is told. */
static void rows_of_errors(void **state)
{
    (void)state;
    struct notice notice = { .frame = 2, .time = 2 * NS_PER_MS, .ip_version = 4, .type = 3,
                             .code = 3, .seq = 77 };
    struct journal *journal = journal_new(1);
    assert_non_null(journal);
    assert_true(journal_open(journal, 1));
    add_syn(journal, 1);
    journal_notice(journal, 1, &notice, CLIENT);
    journal_notice(journal, 5, &notice, CLIENT); /* no such connection */
    struct journal_rows rows = journal_rows(journal, 1);
    assert_int_equal(rows.count, 2);
    assert_int_equal(rows.list[1].marks, ROW_NOTICE);
    assert_int_equal(rows.list[1].from, SERVER);
    assert_int_equal(rows.list[1].frame, 2);
    assert_int_equal(rows.list[1].seq, 77);
    assert_string_equal(row_error(&rows.list[1])->words, "port unreachable");

    struct scene scene;
    struct ladder ladder;
    scene_make(&scene, REPORTER_PEER, STATE_CLOSED, CERTAINTY_ASSUMED);
    scene.events[3] = (struct event){ .kind = EVENT_TRANSITION, .frame = 2, .time = 2 * NS_PER_MS,
                                      .from = STATE_SYN_SENT, .to = STATE_CLOSED,
                                      .certainty = CERTAINTY_ASSUMED };
    scene.report.event_count = 4;
    scene.report.rows = rows;
    assert_true(ladder_build(&ladder, &scene.report));
    assert_int_equal(ladder.count, 3); /* the states before, the SYN, the error */
    assert_int_equal(ladder.cells[2].kind, LADDER_NOTICE);
    assert_string_equal(ladder.cells[2].label, "ICMP port unreachable");
    assert_int_equal(ladder.cells[2].margin[CLIENT].state, STATE_CLOSED);
    assert_int_equal(ladder.cells[2].margin[SERVER].state, STATE_NONE);
    ladder_done(&ladder);
    journal_free(journal);
}

/* An error before the SYN of the end that it did not come to: that end was CLOSED all the same. */
static void error_before_a_crossing_syn(void **state)
{
    (void)state;
    struct notice notice = { .frame = 2, .time = 2 * NS_PER_MS, .ip_version = 4, .type = 3 };
    struct segment syn = { .frame = 3, .time = 3 * NS_PER_MS, .flags = TCP_SYN };
    struct journal *journal = journal_new(1);
    struct scene scene;
    struct ladder ladder;
    assert_non_null(journal);
    assert_true(journal_open(journal, 1));
    add_syn(journal, 1);
    journal_notice(journal, 1, &notice, CLIENT);
    journal_segment(journal, 1, &syn, SERVER, 0, 1, 0, true);
    scene_make(&scene, REPORTER_ON_WAY, STATE_SYN_SENT, CERTAINTY_OBSERVED);
    scene.report.rows = journal_rows(journal, 1);
    assert_true(ladder_build(&ladder, &scene.report));
    assert_int_equal(ladder.cells[0].kind, LADDER_START);
    assert_int_equal(ladder.cells[0].margin[SERVER].state, STATE_CLOSED);
    ladder_done(&ladder);
    journal_free(journal);
}

/* Of rows that are squeezed together for lack of room, errors count as no segments. */
static void squeezed(void **state)
{
    (void)state;
    struct journal *journal = journal_new(1);
    assert_non_null(journal);
    assert_true(journal_open(journal, 1));
    uint32_t syns = 0;
    for (uint64_t frame = 1; frame <= 1000; frame++) {
        struct notice notice = { .frame = frame, .ip_version = 4, .type = 3 };
        if (frame % 2 == 0) {
            journal_notice(journal, 1, &notice, CLIENT);
            continue;
        }
        add_syn(journal, frame);
        syns++;
    }
    struct journal_rows rows = journal_rows(journal, 1);
    uint32_t counted = 0;
    for (size_t i = 0; i < rows.count; i++) {
        const struct journal_row *row = &rows.list[i];
        if (row->marks & ROW_FOLDED)
            counted += row->segments[CLIENT] + row->segments[SERVER];
        else
            counted += !(row->marks & ROW_NOTICE);
    }
    assert_true(rows.left_out > 0);
    assert_int_equal(counted, syns);
    journal_free(journal);
}

/* The scene's connection as JSON, parsed. */
static struct json_object *scene_parse(struct scene *scene)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct json_writer *w = malloc(sizeof *w);
    assert_non_null(out);
    assert_non_null(w);
    json_writer_init(w, out, false);
    json_open_object(w, NULL);
    json_connection_fill(w, &scene->report, false);
    json_close_object(w);
    json_writer_done(w);
    free(w);
    fclose(out);
    struct json_object *object = json_tokener_parse(text);
    assert_non_null(object);
    free(text);
    return object;
}

static void json(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene, REPORTER_ON_WAY, STATE_CLOSED, CERTAINTY_INFERRED);
    scene.events[1].observed = 1400;
    struct json_object *object = scene_parse(&scene);
    struct json_object *errors, *first;
    assert_true(json_object_object_get_ex(object, "icmp_errors", &errors));
    assert_int_equal(json_object_array_length(errors), 1);
    first = json_object_array_get_idx(errors, 0);
    assert_string_equal(json_object_to_json_string_ext(first, JSON_C_TO_STRING_PLAIN),
                        "{\"frame\":2,\"time\":\"1970-01-01T00:00:00.100000000Z\","
                        "\"endpoint\":\"client\",\"reporter\":\"203.0.113.9\",\"type\":3,"
                        "\"code\":13,\"meaning\":\"communication administratively prohibited\","
                        "\"mtu\":1400}");
    json_object_put(object);
    scene.events[1].observed = 0;
    scene.report.event_count = 2;
    object = scene_parse(&scene);
    json_object_object_get_ex(object, "icmp_errors", &errors);
    first = json_object_array_get_idx(errors, 0);
    assert_null(json_object_object_get(first, "mtu"));
    assert_null(json_object_object_get(first, "reporter"));
    json_object_put(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences), cmocka_unit_test(without_a_log),
        cmocka_unit_test(placeholders), cmocka_unit_test(rows_of_errors),
        cmocka_unit_test(error_before_a_crossing_syn), cmocka_unit_test(squeezed),
        cmocka_unit_test(json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
