/* Tests of render/json: a hand-made report is written, parsed back, and its members compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "render/renderer.h"
#include "report_sample.h"

/* Renders so many times the sample's connection. The caller frees the text. */
static char *sample_render(struct report_sample *s, const struct renderer *renderer,
                           int connections)
{
    char *text = NULL;
    size_t size = 0;
    s->options.out = open_memstream(&text, &size);
    assert_non_null(s->options.out);
    void *state = renderer->begin(&s->options);
    assert_non_null(state);
    if (renderer->input != NULL)
        renderer->input(state, &s->capture.inputs[0]);
    for (int i = 0; i < connections; i++)
        renderer->connection(state, &s->connection);
    if (renderer->finding != NULL)
        renderer->finding(state, &s->capture_findings.list[0]);
    renderer->end(state, &s->capture);
    fclose(s->options.out);
    return text;
}

/* Parses one value that fills the whole text. */
static struct json_object *parse(const char *text)
{
    struct json_tokener *tokener = json_tokener_new();
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == '\n')
        length--;
    struct json_object *value = json_tokener_parse_ex(tokener, text, (int)length);
    assert_int_equal(json_tokener_get_error(tokener), json_tokener_success);
    assert_int_equal(json_tokener_get_parse_end(tokener), length);
    json_tokener_free(tokener);
    return value;
}

/* The member at a path like "/endpoints/client/isn"; it must be there. */
static struct json_object *at(struct json_object *root, const char *path)
{
    struct json_object *value = NULL;
    if (json_pointer_get(root, path, &value) != 0)
        fail_msg("no member %s", path);
    return value;
}

/* The member as compact JSON: its value and its type in one. */
static void expect(struct json_object *root, const char *path, const char *json)
{
    const char *got = json_object_to_json_string_ext(at(root, path), JSON_C_TO_STRING_PLAIN |
                                                     JSON_C_TO_STRING_NOSLASHESCAPE);
    if (strcmp(got, json) != 0)
        fail_msg("%s is %s, expected %s", path, got, json);
}

static void expect_absent(struct json_object *root, const char *path)
{
    struct json_object *value = NULL;
    if (json_pointer_get(root, path, &value) == 0)
        fail_msg("%s should not be there", path);
}

struct expected {
    const char *path, *json;
};

static void expect_all(struct json_object *root, const struct expected *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect(root, list[i].path, list[i].json);
}

#define EXPECT_ALL(root, list) expect_all(root, list, sizeof list / sizeof list[0])

static void test_connection(void **unused)
{
    (void)unused;
    static const struct expected list[] = {
        { "/id", "3" },
        { "/incarnation", "2" },
        { "/community_id", "\"1:abc\"" },
        { "/ip_version", "4" },
        { "/vlan", "[17]" },
        { "/tunnel", "[]" },
        { "/client", "{\"address\":\"10.0.0.1\",\"port\":41000}" },
        { "/server", "{\"address\":\"10.9.0.2\",\"port\":80}" },
        { "/role_certainty", "\"observed\"" },
        { "/role_evidence", "\"syn\"" },
        { "/vantage", "\"unknown\"" },
        { "/first", "\"2026-11-21T03:12:44.118000000Z\"" },
        { "/last", "\"2026-11-21T03:12:46.438502000Z\"" }, /* .118 + 2.320502 s */
        { "/duration_s", "2.320502" },
        { "/first_frame", "3" },
        { "/last_frame", "11" },
        { "/handshake", "{\"kind\":\"three-way\",\"complete\":true,\"frames\":[3,4,5],"
                        "\"rtt_s\":0.010731,\"synack_s\":0.01073,\"ack_s\":null}" },
        { "/close", "{\"kind\":\"half-closed\",\"first_closer\":\"client\","
                    "\"frames\":[10,11]}" },
        { "/events_lost", "true" },
        { "/zeek", "{\"conn_state\":\"S2\",\"history\":\"^hADdaF\"}" },
        { "/wireshark", "{\"completeness\":30}" },
    };
    struct report_sample s;
    sample_make(&s);
    char *text = sample_render(&s, &renderer_json, 1);
    struct json_object *root = parse(text);
    EXPECT_ALL(at(root, "/connections/0"), list);
    expect_absent(root, "/connections/0/type");
    json_object_put(root);
    free(text);
}

/* Without a log of the connection nothing was noted. */
static void test_no_neighbours(void **unused)
{
    (void)unused;
    static const struct expected list[] = {
        { "/zeek", "null" },
        { "/wireshark", "null" },
    };
    struct report_sample s;
    sample_make(&s);
    s.summary.neighbours_known = false;
    char *text = sample_render(&s, &renderer_json, 1);
    struct json_object *root = parse(text);
    EXPECT_ALL(at(root, "/connections/0"), list);
    json_object_put(root);
    free(text);
}

static void test_endpoints(void **unused)
{
    (void)unused;
    static const struct expected list[] = {
        { "/client/state", "\"FIN_WAIT_2\"" },
        { "/client/state_certainty", "\"inferred\"" },
        { "/client/isn", "2984134451" },
        { "/client/segments", "5" },
        { "/client/payload_bytes", "80" },
        { "/client/payload_bytes_sent", "160" },
        { "/client/repeated_segments", "1" },
        { "/client/retransmitted_segments", "2" },
        { "/client/retransmitted_bytes", "1448" },
        { "/client/mss", "1460" },
        { "/client/window_scale", "7" },
        { "/client/sack_permitted", "true" },
        { "/client/timestamps", "false" },
        { "/client/rtt_min_s", "0.010731" }, /* the handshake's */
        { "/client/metrics", "null" },
        { "/client/loss", "null" },
        /* Nothing known is null, and an assumed base is no ISN. */
        { "/server/state", "null" },
        { "/server/state_certainty", "null" },
        { "/server/isn", "null" },
        { "/server/payload_bytes", "5000000000" },
        { "/server/payload_bytes_sent", "5000000001" },
        { "/server/mss", "null" },
        { "/server/window_scale", "null" },
        { "/server/sack_permitted", "null" },
        { "/server/timestamps", "null" },
    };
    struct report_sample s;
    sample_make(&s);
    char *text = sample_render(&s, &renderer_json, 1);
    struct json_object *root = parse(text);
    EXPECT_ALL(at(root, "/connections/0/endpoints"), list);
    json_object_put(root);

    /* Known as a base only: still none. Known and 0: 0. */
    s.summary.endpoints[SERVER].isn_certainty = CERTAINTY_PROVED;
    s.summary.endpoints[SERVER].isn_known = false;
    s.summary.endpoints[CLIENT].isn = 0;
    /* An end without a frame: what it sent is not known, whatever its peer acknowledged. */
    s.summary.endpoints[SERVER].segments = 0;
    free(text);
    text = sample_render(&s, &renderer_json, 1);
    root = parse(text);
    expect(root, "/connections/0/endpoints/server/payload_bytes", "null");
    expect(root, "/connections/0/endpoints/server/payload_bytes_sent", "null");
    expect(root, "/connections/0/endpoints/server/segments", "0");
    expect(root, "/connections/0/endpoints/server/isn", "null");
    expect(root, "/connections/0/endpoints/client/isn", "0");
    json_object_put(root);
    free(text);
}

static void test_transitions_and_checks(void **unused)
{
    (void)unused;
    static const struct expected list[] = {
        { "/transitions/0",
          "{\"frame\":3,\"time\":\"2026-11-21T03:12:44.118000000Z\",\"endpoint\":\"client\","
          "\"from\":null,\"to\":\"SYN_SENT\",\"certainty\":\"observed\","
          "\"evidence_frame\":null}" },
        { "/transitions/1",
          "{\"frame\":5,\"time\":\"2026-11-21T03:12:45.118000000Z\",\"endpoint\":\"client\","
          "\"from\":\"SYN_SENT\",\"to\":\"ESTABLISHED\",\"certainty\":\"proved\","
          "\"evidence_frame\":7}" },
        { "/checks/0",
          "{\"id\":\"syn-ack-field-zero\",\"frame\":3,\"endpoint\":\"client\","
          "\"result\":\"skipped\",\"reason\":\"syn-not-captured\",\"observed\":null,"
          "\"expected\":null,\"arithmetic\":null,"
          "\"arithmetic_relative\":null,\"certainty\":\"observed\"}" },
        { "/checks/1",
          "{\"id\":\"synack-acks-isn-plus-1\",\"frame\":4,\"endpoint\":\"server\","
          "\"result\":\"holds\",\"reason\":null,\"observed\":2984134452,"
          "\"expected\":2984134452,"
          "\"arithmetic\":\"ack = x + 1: 2984134452 = 2984134451 + 1\","
          "\"arithmetic_relative\":\"ack = x + 1: 1 = 0 + 1\",\"certainty\":\"observed\"}" },
        { "/checks/2/id", "\"syn-seq-is-isn\"" },
        { "/checks/2/result", "\"fails\"" },
        { "/checks/2/reason", "null" },
        { "/checks/2/observed", "2984134453" }, /* x + 2 */
        { "/checks/2/expected", "2984134451" }, /* x */
    };
    struct report_sample s;
    sample_make(&s);
    char *text = sample_render(&s, &renderer_json, 1);
    struct json_object *root = parse(text);
    EXPECT_ALL(at(root, "/connections/0"), list);
    /* Two transitions and three checks among six events. */
    assert_int_equal(json_object_array_length(at(root, "/connections/0/transitions")), 2);
    assert_int_equal(json_object_array_length(at(root, "/connections/0/checks")), 3);
    json_object_put(root);
    free(text);
}

static void test_findings(void **unused)
{
    (void)unused;
    static const struct expected list[] = {
        { "/connections/0/findings/0/id", "\"close-wait-stuck\"" },
        { "/connections/0/findings/0/scope", "\"connection\"" },
        { "/connections/0/findings/0/certainty", "\"inferred\"" },
        { "/connections/0/findings/0/rank", "2" },
        { "/connections/0/findings/0/evidence/0",
          "{\"frame\":3,\"field\":\"seq\",\"value\":\"2984134532\"}" },
        { "/connections/0/findings/0/evidence/1",
          "{\"frame\":4,\"field\":\"flags\",\"value\":\"FIN,ACK\"}" },
        { "/connections/0/findings/0/evidence/2",
          "{\"frame\":5,\"field\":\"seq\",\"value\":\"seen\"}" },
        { "/connections/0/findings/0/evidence/3",
          "{\"frame\":6,\"field\":\"waited_s\",\"value\":\"1.012706\"}" },
        { "/connections/0/findings/0/alternatives", "[]" },
        { "/connections/0/findings/0/caused_by", "\"end-half-closed\"" },
        { "/connections/0/findings/0/connection", "3" },
        { "/connections/0/findings/0/host", "null" },
        { "/findings/0/id", "\"checksum-offload\"" },
        { "/findings/0/scope", "\"capture\"" },
        { "/findings/0/rank", "5" },
        { "/findings/0/caused_by", "null" },
        { "/findings/0/connection", "null" },
        { "/findings/0/evidence", "[]" },
        { "/findings/0/host", "{\"address\":\"10.9.0.2\",\"port\":null}" },
    };
    struct report_sample s;
    sample_make(&s);
    char *text = sample_render(&s, &renderer_json, 1);
    struct json_object *root = parse(text);
    EXPECT_ALL(root, list);
    struct json_object *finding = at(root, "/connections/0/findings/0");
    assert_int_equal(json_object_array_length(at(finding, "/evidence")), FINDING_EVIDENCE_MAX);
    static const char *const sentences[] = { "/title", "/text", "/advice", "/reference" };
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
        const char *sentence = json_object_get_string(at(finding, sentences[i]));
        assert_non_null(sentence);
        assert_string_not_equal(sentence, "");
        assert_null(strchr(sentence, '{')); /* every brace of the template was filled */
        assert_in_range(sentence[0], 'A', 'Z');
    }
    json_object_put(root);
    free(text);

    s.connection.ranks = NULL;
    text = sample_render(&s, &renderer_json, 1);
    root = parse(text);
    expect(root, "/connections/0/findings/0/rank", "null");
    json_object_put(root);
    free(text);
}

static void test_capture(void **unused)
{
    (void)unused;
    static const struct expected list[] = {
        { "/schema", "\"tcpflow-explain/1\"" },
        { "/version", "\"0.1\"" },
        { "/hosts", "[]" },
        { "/capture/inputs",
          "[{\"name\":\"a\xef\xbf\xbd" "b.pcap\",\"format\":\"pcapng\","
          "\"link_types\":[\"EN10MB\"],\"frames\":48,"
          "\"clock_shift_s\":0.0,\"cut_short\":true,\"error\":\"cut short\"}]" },
        { "/capture/sorted", "true" },
        { "/capture/frames", "48" },
        { "/capture/segments", "44" },
        { "/capture/bytes", "9001" },
        { "/capture/first", "\"2026-11-21T03:12:44.118000000Z\"" },
        { "/capture/last", "\"2026-11-21T03:12:44.618000000Z\"" },
        { "/capture/duration_s", "0.5" },
        { "/capture/skipped", "{\"not_ip\":1,\"not_tcp\":2,\"fragment\":3,\"malformed\":4,"
                              "\"unsupported_link\":5,\"cut\":3}" },
        { "/capture/options_cut", "7" },
        { "/capture/dropped_by_kernel", "null" },
        { "/capture/dropped_by_interface", "null" },
        { "/capture/limits_hit", "[{\"what\":\"connections\",\"count\":12,"
                                 "\"since\":\"2026-11-21T03:12:44.118000000Z\"}]" },
        { "/capture/interrupted", "true" },
        { "/totals/connections", "7" },
        { "/totals/listed", "6" },
        { "/totals/by_handshake/refused", "3" },
        { "/totals/by_handshake/three-way", "0" },
        { "/totals/by_close/open", "4" },
        { "/totals/by_close/reset", "0" },
    };
    struct report_sample s;
    sample_make(&s);
    char *text = sample_render(&s, &renderer_json, 1);
    struct json_object *root = parse(text);
    EXPECT_ALL(root, list);
    json_object_put(root);
    free(text);
}

/* What is known of losses is a number, and what is not is none. */
static void test_losses(void **unused)
{
    (void)unused;
    static const struct {
        bool drops_known, losses_known, filtered_unseen;
        const char *kernel, *interface, *filtered;
    } cases[] = {
        { false, false, false, "null", "null", "6" },
        { true, false, false, "5", "null", "6" },
        { false, true, false, "null", "4", "6" },
        { true, true, true, "5", "4", "null" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct report_sample s;
        sample_make(&s);
        s.capture.drops_known = cases[i].drops_known;
        s.capture.dropped_by_kernel = 5;
        s.capture.losses_known = cases[i].losses_known;
        s.capture.dropped_by_interface = 4;
        s.capture.filtered_unseen = cases[i].filtered_unseen;
        s.capture.filtered_out = 6;
        char *text = sample_render(&s, &renderer_json, 0);
        struct json_object *root = parse(text);
        expect(root, "/capture/dropped_by_kernel", cases[i].kernel);
        expect(root, "/capture/dropped_by_interface", cases[i].interface);
        expect(root, "/capture/filtered_out", cases[i].filtered);
        json_object_put(root);
        free(text);
    }
}

/* A capture without frames has no times; without connections the list is empty. */
static void test_nothing(void **unused)
{
    (void)unused;
    struct report_sample s;
    sample_make(&s);
    s.capture.first = UNKNOWN_NS;
    s.capture.last = UNKNOWN_NS;
    s.capture.findings = NULL;
    s.capture.inputs[0].link_type = NULL;
    s.capture.inputs[0].error = NULL;
    char *text = sample_render(&s, &renderer_json, 0);
    struct json_object *root = parse(text);
    expect(root, "/connections", "[]");
    expect(root, "/findings", "[]");
    expect(root, "/capture/first", "null");
    expect(root, "/capture/last", "null");
    expect(root, "/capture/duration_s", "null");
    expect(root, "/capture/inputs/0/link_types", "[]");
    expect(root, "/capture/inputs/0/error", "null");
    json_object_put(root);
    free(text);
}

/* Several connections: still one value, and each on a line of its own. */
static void test_several_connections(void **unused)
{
    (void)unused;
    struct report_sample s;
    sample_make(&s);
    char *text = sample_render(&s, &renderer_json, 3);
    struct json_object *root = parse(text);
    assert_int_equal(json_object_array_length(at(root, "/connections")), 3);
    int lines = 0;
    for (const char *line = text; (line = strstr(line, "\n{\"id\":3,")) != NULL; line++)
        lines++;
    assert_int_equal(lines, 3);
    json_object_put(root);
    free(text);
}

/* Takes the next line apart; NULL after the last. */
static struct json_object *next_line(char **rest)
{
    char *line = strsep(rest, "\n");
    if (line == NULL || *line == '\0')
        return NULL;
    return parse(line);
}

static void test_ndjson(void **unused)
{
    (void)unused;
    static const struct expected opened[] = {
        { "/type", "\"capture\"" },
        { "/schema", "\"tcpflow-explain/1\"" },
        { "/version", "\"0.1\"" },
        { "/name", "\"a\xef\xbf\xbd" "b.pcap\"" },
        { "/format", "\"pcapng\"" },
        { "/link_types", "[\"EN10MB\"]" },
    };
    struct report_sample s;
    sample_make(&s);
    char *text = sample_render(&s, &renderer_ndjson, 1);
    char *rest = text;
    struct json_object *line = next_line(&rest);
    EXPECT_ALL(line, opened);
    expect_absent(line, "/frames"); /* not known yet */
    json_object_put(line);

    line = next_line(&rest);
    expect(line, "/type", "\"connection\"");
    expect(line, "/id", "3");
    expect(line, "/findings/0/rank", "2");
    expect_absent(line, "/transitions");
    expect_absent(line, "/checks");
    expect(line, "/events_lost", "true");
    expect(line, "/endpoints/client/repeated_segments", "1");
    json_object_put(line);

    line = next_line(&rest);
    expect(line, "/type", "\"finding\"");
    expect(line, "/id", "\"checksum-offload\"");
    expect(line, "/rank", "null");
    json_object_put(line);

    line = next_line(&rest);
    expect(line, "/type", "\"summary\"");
    expect(line, "/capture/frames", "48");
    expect(line, "/totals/listed", "6");
    expect(line, "/hosts", "[]");
    json_object_put(line);
    assert_null(next_line(&rest));
    free(text);
}

static void test_ndjson_verbose(void **unused)
{
    (void)unused;
    struct report_sample s;
    sample_make(&s);
    s.options.verbose = true;
    char *text = sample_render(&s, &renderer_ndjson, 1);
    char *rest = text;
    json_object_put(next_line(&rest));
    struct json_object *line = next_line(&rest);
    expect(line, "/transitions/1/to", "\"ESTABLISHED\"");
    expect(line, "/checks/1/id", "\"synack-acks-isn-plus-1\"");
    json_object_put(line);
    free(text);
}

/* A line leaves out what is ours and says nothing; what is unknown, though it could be 0, stays. */
static void test_lean_line(void **unused)
{
    (void)unused;
    static const struct expected kept[] = {
        { "/tunnel", "[]" },
        { "/vantage", "\"unknown\"" },
        { "/handshake/ack_s", "null" },
        { "/second_views", "null" },
        { "/zeek", "null" },
        { "/wireshark", "null" },
        { "/endpoints/server/state", "null" },
        { "/endpoints/server/mss", "null" },
        { "/endpoints/client/retransmitted_segments", "2" },
    };
    static const char *const absent[] = {
        "/vantage_certainty", "/vantage_evidence", "/exchanges", "/icmp_errors", "/events_lost",
        "/endpoints/client/repeated_segments", "/endpoints/client/metrics",
        "/endpoints/client/loss", "/endpoints/client/limited_by",
    };
    struct report_sample s;
    sample_make(&s);
    s.summary.neighbours_known = false;
    s.summary.events_lost = false;
    s.summary.endpoints[CLIENT].repeated_segments = 0;
    char *text = sample_render(&s, &renderer_ndjson, 1);
    char *rest = text;
    json_object_put(next_line(&rest));
    struct json_object *line = next_line(&rest);
    EXPECT_ALL(line, kept);
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        expect_absent(line, absent[i]);
    json_object_put(line);
    free(text);

    /* No frame of another input, where a log was kept, is 0. */
    s.summary.neighbours_known = true;
    s.summary.second_views = 0;
    text = sample_render(&s, &renderer_ndjson, 1);
    rest = text;
    json_object_put(next_line(&rest));
    line = next_line(&rest);
    expect_absent(line, "/second_views");
    json_object_put(line);
    free(text);

    /* One object leaves out nothing. */
    text = sample_render(&s, &renderer_json, 1);
    struct json_object *root = parse(text);
    expect(root, "/connections/0/second_views", "0");
    expect(root, "/connections/0/events_lost", "false");
    expect(root, "/connections/0/icmp_errors", "[]");
    expect(root, "/connections/0/exchanges", "null");
    expect(root, "/connections/0/vantage_certainty", "null");
    expect(root, "/connections/0/endpoints/client/repeated_segments", "0");
    expect(root, "/connections/0/endpoints/client/loss", "null");
    json_object_put(root);
    free(text);
}

/* Lines of what passes now are not kept back; those of a file may be, until the end. */
static void test_at_once(void **unused)
{
    (void)unused;
    for (int at_once = 0; at_once < 2; at_once++) {
        struct report_sample s;
        char *text = NULL;
        size_t size = 0;
        sample_make(&s);
        s.options.at_once = at_once;
        s.options.out = open_memstream(&text, &size);
        assert_non_null(s.options.out);
        void *state = renderer_ndjson.begin(&s.options);
        renderer_ndjson.input(state, &s.capture.inputs[0]);
        renderer_ndjson.connection(state, &s.connection);
        bool there = size > 0 && strstr(text, "\"connection\"") != NULL;
        assert_int_equal(there, at_once);
        renderer_ndjson.end(state, &s.capture);
        fclose(s.options.out);
        assert_non_null(strstr(text, "\"connection\""));
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connection),
        cmocka_unit_test(test_no_neighbours),
        cmocka_unit_test(test_endpoints),
        cmocka_unit_test(test_transitions_and_checks),
        cmocka_unit_test(test_findings),
        cmocka_unit_test(test_capture),
        cmocka_unit_test(test_losses),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_several_connections),
        cmocka_unit_test(test_ndjson),
        cmocka_unit_test(test_ndjson_verbose),
        cmocka_unit_test(test_lean_line),
        cmocka_unit_test(test_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
