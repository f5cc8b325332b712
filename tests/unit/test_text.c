/*
 * test_text: the text renderer. Whatever is told, no line is wider than the page, nothing but
 * the chosen characters is written, and a stranger's bytes do no harm.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/time_text.h"
#include "render/renderer.h"
#include "render/style.h"

/* 2026-11-21 03:12:44.118 UTC. */
#define START (INT64_C(1795230764) * NS_PER_S + 118 * NS_PER_MS)

/* A connection that opened, sent data, and was half-closed, with a finding. */
struct scene {
    struct summary summary;
    struct event events[32];
    struct findings findings;
    struct journal *journal;
    struct connection_report report;
};

static void add_segment(struct scene *scene, uint64_t frame, enum endpoint_id from, uint16_t flags,
                        uint32_t seq, uint32_t ack, uint32_t length, unsigned marks)
{
    struct segment segment = { .frame = scene->summary.id + frame,
                               .time = START + (int64_t)frame * NS_PER_S, .flags = flags,
                               .seq = seq, .ack = ack, .payload_len = length };
    journal_segment(scene->journal, scene->summary.id, &segment, from, marks, 2, 1000, true);
    scene->summary.last_time = segment.time;
    scene->summary.endpoints[from].segments++;
}

static void add_change(struct scene *scene, uint64_t frame, enum endpoint_id end,
                       enum tcp_state from, enum tcp_state to, enum certainty certainty)
{
    scene->events[scene->report.event_count++] = (struct event){
        .kind = EVENT_TRANSITION, .frame = scene->summary.id + frame,
        .time = START + (int64_t)frame * NS_PER_S, .endpoint = (uint8_t)end,
        .from = (uint8_t)from, .to = (uint8_t)to, .certainty = (uint8_t)certainty,
        .evidence = scene->summary.id + frame + 1,
    };
    scene->summary.endpoints[end].state = (uint8_t)to;
}

static void add_check(struct scene *scene, uint64_t frame, enum check_id id,
                      enum endpoint_id end, enum check_result result, uint32_t observed,
                      uint32_t expected)
{
    scene->events[scene->report.event_count++] = (struct event){
        .kind = EVENT_CHECK, .frame = scene->summary.id + frame, .detail = (uint8_t)id,
        .endpoint = (uint8_t)end, .result = (uint8_t)result, .observed = observed,
        .expected = expected, .addend = 1,
    };
}

static void add_traffic(struct scene *scene)
{
    const uint32_t x = 4294967295u, y = 2984134451u; /* the client's numbers wrap at once */
    add_segment(scene, 0, CLIENT, TCP_SYN, x, 0, 0, 0);
    add_segment(scene, 1, SERVER, TCP_SYN | TCP_ACK, y, x + 1, 0, 0);
    add_segment(scene, 2, SERVER, TCP_SYN | TCP_ACK, y, x + 1, 0, MARK_REPEATED);
    add_segment(scene, 3, CLIENT, TCP_ACK, x + 1, y + 1, 0, 0);
    add_segment(scene, 4, SERVER, TCP_ACK, y + 1, x + 1, 12345678, MARK_REPEATED);
    add_segment(scene, 5, CLIENT, TCP_RST, 77, 0, 0, MARK_NOT_BELIEVED);
    add_segment(scene, 6, CLIENT, TCP_FIN | TCP_ACK, x + 1, y + 12345679, 0, 0);
    add_segment(scene, 7, SERVER, TCP_FIN | TCP_ACK, y + 12345679, x + 1, 0, 0);
    add_change(scene, 0, CLIENT, STATE_NONE, STATE_SYN_SENT, CERTAINTY_OBSERVED);
    add_change(scene, 0, SERVER, STATE_NONE, STATE_LISTEN, CERTAINTY_INFERRED);
    add_change(scene, 0, SERVER, STATE_LISTEN, STATE_SYN_RCVD, CERTAINTY_PROVED);
    add_check(scene, 1, CHECK_SYNACK_ACKS_ISN_PLUS_1, SERVER, CHECK_HOLDS, 0, 0);
    add_change(scene, 3, CLIENT, STATE_SYN_SENT, STATE_ESTABLISHED, CERTAINTY_OBSERVED);
    add_change(scene, 3, SERVER, STATE_SYN_RCVD, STATE_ESTABLISHED, CERTAINTY_PROVED);
    add_check(scene, 3, CHECK_HANDSHAKE_ACK_NUMBER, CLIENT, CHECK_FAILS, y + 2, y + 1);
    add_check(scene, 3, CHECK_HANDSHAKE_THIRD_SEQ, CLIENT, CHECK_SKIPPED, 0, REASON_GAP);
    add_change(scene, 6, CLIENT, STATE_ESTABLISHED, STATE_FIN_WAIT_1, CERTAINTY_OBSERVED);
    add_change(scene, 6, SERVER, STATE_ESTABLISHED, STATE_CLOSE_WAIT, CERTAINTY_ASSUMED);
}

static void scene_begin(struct scene *scene, uint64_t id, uint8_t ip_version)
{
    memset(scene, 0, sizeof *scene);
    scene->summary = (struct summary){
        .id = id, .first_frame = id, .incarnation = 2, .ip_version = ip_version,
        .role_certainty = CERTAINTY_INFERRED, .role_evidence = ROLE_KNOWN_SERVICE,
        .handshake = HANDSHAKE_THREE_WAY, .handshake_complete = true,
        .close = CLOSE_HALF_CLOSED, .first_closer = CLOSER_CLIENT,
        .first_time = START, .capture_end = START + 200 * NS_PER_S, .rtt_ns = UNKNOWN_NS,
        .synack_ns = UNKNOWN_NS, .ack_ns = UNKNOWN_NS, .close_wait_ns = 184 * NS_PER_S,
        .vlan_count = 1, .vlan = { 4094 },
    };
    for (int end = 0; end < 2; end++) {
        struct endpoint_summary *summary = &scene->summary.endpoints[end];
        memset(summary->address, 0xee + end, sizeof summary->address);
        summary->port = (uint16_t)(65000 + end);
        summary->isn = end == CLIENT ? 4294967295u : 2984134451u;
        summary->isn_known = true;
    }
    scene->journal = journal_new(1);
    assert_non_null(scene->journal);
    journal_open(scene->journal, id);
    add_traffic(scene);
    struct finding *finding = findings_add(&scene->findings, TOPIC_CLOSE_WAIT_STUCK);
    finding->endpoint = SERVER;
    finding->time = 184 * NS_PER_S;
    finding->certainty = CERTAINTY_INFERRED;
    finding_evidence(finding, id + 6, "seq", EVIDENCE_NUMBER, 0);
    scene->report.summary = &scene->summary;
    scene->report.events = scene->events;
    scene->report.findings = &scene->findings;
    scene->report.rows = journal_rows(scene->journal, id);
}

static void capture_begin(struct capture_report *capture, const struct scene *scene)
{
    *capture = (struct capture_report){
        .input_count = 1,
        .inputs = { { .name = "a\033[31m\r\n\xff\xe2\x80\xae\xc2\x9b.pcap", .format = "pcap",
                      .link_type = "EN10MB", .frames = 10, .cut_short = true,
                      .error = "the file ends inside a record, at a byte far away from here" } },
        .frames = 48211, .segments = 48000, .first = START, .last = START + 90 * NS_PER_S,
        .not_ip = 200, .not_tcp = 11, .connections = 912, .listed = 912, .clean = 871,
        .limit_count = 1, .limits = { { "connections", 12345, START } },
    };
    capture->by_handshake[HANDSHAKE_THREE_WAY] = 912;
    capture->by_close[CLOSE_HALF_CLOSED] = 41;
    struct topic_report *topic = &capture->topics[TOPIC_CLOSE_WAIT_STUCK];
    topic->count = 41;
    topic->severity = SEVERITY_ERROR;
    topic->worst[0] = scene->summary.id;
    topic->worst[1] = 7;
    topic->example = scene->findings.list[0];
    topic->example_summary = scene->summary;
}

/* Renders the scene once and returns what was written; the caller frees it. */
static char *render(const struct render_options *wanted, uint64_t id, uint8_t ip_version)
{
    char *text = NULL;
    size_t size = 0;
    struct scene scene;
    struct capture_report capture;
    struct render_options options = *wanted;
    scene_begin(&scene, id, ip_version);
    capture_begin(&capture, &scene);
    options.out = open_memstream(&text, &size);
    options.msl_ns = 30 * NS_PER_S;
    assert_non_null(options.out);
    void *state = renderer_text.begin(&options);
    assert_non_null(state);
    renderer_text.connection(state, &scene.report);
    renderer_text.end(state, &capture);
    fclose(options.out);
    journal_free(scene.journal);
    return text;
}

static void expect_tidy(const char *text, const struct render_options *options)
{
    char line[4096];
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        assert_true(length < sizeof line);
        memcpy(line, text, length);
        line[length] = '\0';
        if (style_width(line) > options->width)
            fail_msg("%d columns: %s", style_width(line), line);
        for (size_t i = 0; i < length; i++)
            if ((unsigned char)line[i] < 0x20 || (unsigned char)line[i] == 0x7f ||
                (!options->utf8 && (unsigned char)line[i] >= 0x80))
                fail_msg("byte %02x in: %s", (unsigned)(unsigned char)line[i], line);
        if (length > 0 && line[length - 1] == ' ')
            fail_msg("blank at the end: %s", line);
        text += length + (text[length] == '\n');
    }
}

/* Every way to render, IPv4 and IPv6, small and large frame numbers. */
static void test_width(void **state)
{
    (void)state;
    static const int widths[] = { 80, 81, 100, 112, 132, 200 };
    static const uint64_t ids[] = { 1, 98765, 1234567890123 };
    static const enum detail details[] = { DETAIL_SUMMARY, DETAIL_LIST, DETAIL_AUTO,
                                           DETAIL_FULL };
    for (size_t i = 0; i < 6 * 3 * 4 * 16; i++) {
        struct render_options options = {
            .width = widths[i % 6], .detail = details[i / 18 % 4], .utf8 = i / 72 & 1,
            .verbose = i / 144 & 1, .many = i / 288 & 1, .command_file = "a b",
        };
        char *text = render(&options, ids[i / 6 % 3], i / 576 & 1 ? 6 : 4);
        assert_true(strlen(text) > 100);
        expect_tidy(text, &options);
        free(text);
    }
}

static void expect_part(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void test_full(void **state)
{
    (void)state;
    struct render_options options = { .width = 80, .detail = DETAIL_AUTO };
    char *text = render(&options, 1, 4);
    expect_part(text, "-- Connection 1 ---");
    expect_part(text, "238.238.238.238:65000");
    expect_part(text, "2026-11-21 03:12:44.118 UTC");
    expect_part(text, "Closed    by the client only");
    expect_part(text, "|-- SYN seq=x ----");
    expect_part(text, "==== SYN,ACK seq=y (2nd time) ==|");
    expect_part(text, "SYN_RCVD+2");
    expect_part(text, "LISTEN~");
    expect_part(text, "CLOSE_WAIT?");
    expect_part(text, "+2 proved by frame 2");
    expect_part(text, "ack = x + 1: 0 = 4294967295 + 1 (mod 2^32)");
    /* A sum that fails is always shown, with what was expected: y + 1. */
    expect_part(text, "ack = y + 1: 2984134453 != 2984134451 + 1");
    expect_part(text, "expected 2984134452, seen 2984134453");
    expect_part(text, "close-wait-stuck");
    expect_part(text, "cut short after frame 10; ");
    assert_null(strstr(text, "gap-in-capture")); /* only with -v */
    free(text);
    options.verbose = true;
    text = render(&options, 1, 4);
    expect_part(text, "not checked: gap-in-capture");
    free(text);
}

static void test_summary(void **state)
{
    (void)state;
    struct render_options options = { .width = 80, .detail = DETAIL_AUTO, .many = true,
                                      .command_file = "api.pcap" };
    char *text = render(&options, 17, 4);
    expect_part(text, "x error    41 connections like 17:");
    expect_part(text, "48,211 frames, 48,000 TCP segments, 912 connections");
    expect_part(text, "871 of 912 connections: nothing wrong in the opening and the close");
    expect_part(text, "tcpflow-explain -C 17 api.pcap");
    expect_part(text, "200 not IP, 11 IP but not TCP");
    assert_null(strstr(text, "-- Connection"));
    free(text);
    options.many = false;
    options.quiet = true;
    text = render(&options, 17, 4);
    assert_null(strstr(text, "-- Connection"));
    free(text);
    /* A file that a shell would take apart is not put into a command. */
    options.command_file = "$(reboot)";
    text = render(&options, 17, 4);
    expect_part(text, "tcpflow-explain -l FILE");
    assert_null(strstr(text, "reboot"));
    free(text);
}

static void test_list(void **state)
{
    (void)state;
    struct render_options options = { .width = 80, .detail = DETAIL_LIST };
    char *text = render(&options, 17, 4);
    assert_ptr_equal(text, strstr(text, "id client"));
    expect_part(text, "\n17 238.238.238.238:65000 239.239.239.239:65001 3-way    c half   F1/CW");
    free(text);
    options.width = 160;
    text = render(&options, 17, 4);
    expect_part(text, "three-way client, half-closed FIN_WAIT_1/CLOSE_WAIT");
    free(text);
}

/* More lines than wait for the columns; the later ones need more room than the first. */
static void test_long_list(void **state)
{
    (void)state;
    for (int width = 80; width <= 160; width += 40) {
        char *text = NULL;
        size_t size = 0;
        struct scene scene;
        struct capture_report capture;
        struct render_options options = { .width = width, .detail = DETAIL_LIST };
        scene_begin(&scene, 1, 4);
        capture_begin(&capture, &scene);
        options.out = open_memstream(&text, &size);
        void *renderer = renderer_text.begin(&options);
        for (uint64_t i = 1; i <= 1200; i++) {
            bool late = i > 600;
            scene.summary.id = late ? 999999000 + i - 600 : i;
            memset(scene.summary.endpoints[CLIENT].address, late ? 222 : 1, 4);
            scene.summary.rtt_ns = late ? 3600 * NS_PER_S : 5 * NS_PER_MS;
            scene.summary.close = late ? CLOSE_FIN_UNANSWERED : CLOSE_OPEN;
            scene.summary.first_closer = late ? CLOSER_CLIENT : CLOSER_NONE;
            renderer_text.connection(renderer, &scene.report);
        }
        renderer_text.end(renderer, &capture);
        fclose(options.out);
        journal_free(scene.journal);
        expect_tidy(text, &options);
        /* The id stays whole; the client's address gives way where there is no room. */
        expect_part(text, width == 80    ? "\n999999600 222.222.22..2:65000 239.239.239.239:65001 "
                          : width == 120 ? "\n999999600 222.222."
                                         : " 999999600 222.222.222.222:65000 ");
        size_t lines = 0;
        for (const char *at = text; (at = strchr(at, '\n')) != NULL && at[1] != '\n'; at++)
            lines++;
        assert_int_equal(lines, 1200); /* newlines after the heading and all lines but the last */
        free(text);
    }
}

static void test_color(void **state)
{
    (void)state;
    struct render_options options = { .width = 80, .detail = DETAIL_AUTO, .color = true };
    char *text = render(&options, 1, 4);
    expect_part(text, "\033[");
    /* The only escapes are ours: each is ESC [ digits m. */
    for (const char *at = text; (at = strchr(at, '\033')) != NULL; at++) {
        assert_int_equal(at[1], '[');
        assert_int_equal(at[2 + strspn(at + 2, "0123456789;")], 'm');
    }
    /* Red is what fails, and nothing beside it. */
    expect_part(text, "\033[1;31m1 of 2 sums hold\033[0m, 1 could not be checked");
    expect_part(text, "\033[0m (pcap, EN10MB)\n");
    expect_part(text, "\033[1;31m!\033[0m\033[2m a sum or a rule fails\033[0m");
    /* A name cannot colour anything. */
    expect_part(text, "a\\x1b[31m\\x0d\\x0a\\xff");
    free(text);
}

static void test_empty(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    struct render_options options = { .width = 80 };
    options.out = open_memstream(&text, &size);
    struct capture_report capture = { .frames = 5, .not_tcp = 5, .first = START,
                                      .last = START + 1 };
    void *renderer = renderer_text.begin(&options);
    renderer_text.end(renderer, &capture);
    fclose(options.out);
    /* What is not TCP may hold it inside. */
    expect_part(text, "There is no TCP connection in this capture that could be looked at.");
    expect_part(text, "5 IP but not TCP");
    free(text);
}

static char *render_capture(const struct capture_report *capture);

/* The link type is told as the reason only where it is the only one. */
static void test_link_type(void **state)
{
    (void)state;
    struct capture_report capture = { .frames = 27, .unsupported_link = 27, .first = START,
                                      .last = START + 1 };
    char *text = render_capture(&capture);
    expect_part(text, "Frames of this link type cannot be read; those of Ethernet");
    free(text);
    capture.unsupported_link = 26;
    text = render_capture(&capture);
    assert_null(strstr(text, "Frames of this link type"));
    free(text);
}

/* Renders a capture without connections. */
static char *render_capture(const struct capture_report *capture)
{
    char *text = NULL;
    size_t size = 0;
    struct render_options options = { .width = 80 };
    options.out = open_memstream(&text, &size);
    void *renderer = renderer_text.begin(&options);
    renderer_text.end(renderer, capture);
    fclose(options.out);
    expect_tidy(text, &options);
    return text;
}

/* What the recorder cut off is told apart from what is malformed, with what to do. */
static void test_cut(void **state)
{
    (void)state;
    struct capture_report capture = { .frames = 12, .malformed = 12, .cut = 10, .options_cut = 1,
                                      .fragment = 2, .first = START, .last = START + 1 };
    char *text = render_capture(&capture);
    expect_part(text, "2 IP fragments without a whole TCP header, 2 malformed, 10 cut by the\n");
    expect_part(text, "(tcpdump -s 0)");
    expect_part(text, "Cut       the recorder cut the TCP options of 1 segment: window scale");
    expect_part(text, "No connection can be told: the recorder cut the TCP headers off.");
    assert_null(strstr(text, "There is no TCP connection"));
    free(text);
    /* Live there is no recorder but this program. */
    capture.input_count = 1;
    capture.inputs[0] = (struct input_report){ .name = "eth0", .format = "live" };
    text = render_capture(&capture);
    expect_part(text, "a larger -s, or none");
    expect_part(text, "No connection can be told: -s cut the TCP headers off.");
    assert_null(strstr(text, "tcpdump"));
    free(text);
}

/* What was lost, and what nobody counted. */
static void test_losses(void **state)
{
    (void)state;
    static const struct {
        struct capture_report capture;
        const char *text;
    } cases[] = {
        { { .drops_known = true, .losses_known = true },
          "\nLost      nothing: neither kernel nor interface dropped a frame\n" },
        { { .drops_known = true, .dropped_by_interface = 9 },
          "\nLost      nothing by the kernel; what the interface lost is not known\n" },
        { { .drops_known = true, .dropped_by_kernel = 1 },
          "so what looks lost may not be: 1 frame dropped by the\n"
          "          kernel (a larger buffer with -B helps), by the interface not known\n" },
        { { .drops_known = true, .losses_known = true, .dropped_by_interface = 2 },
          "so what looks lost may not be: 0 frames dropped by the\n"
          "          kernel (a larger buffer with -B helps), 2 frames by the interface\n" },
        { { .filter = "port 80", .filtered_out = 3 },
          "\nFilter    port 80; it left out 3 frames\n" },
        { { .filter = "port 80", .filtered_unseen = true },
          "\nFilter    port 80; the kernel applies it and does not count what it leaves out\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = render_capture(&cases[i].capture);
        expect_part(text, cases[i].text);
        if (!cases[i].capture.drops_known)
            assert_null(strstr(text, "Lost"));
        free(text);
    }
}

/* How many are fine: nothing is claimed that was not seen. */
static void test_fine(void **state)
{
    (void)state;
    static const struct {
        uint64_t clean, listed;
        const char *text;
    } cases[] = {
        { 0, 3, "Fine      none of the 3 connections\n" },
        { 1, 3, "Fine      1 of 3 connections: nothing wrong in the opening and the close\n" },
        { 3, 3, "Fine      all 3 connections: nothing wrong in the opening and the close\n" },
        { 1, 1, "Fine      1 connection: nothing wrong in the opening and the close\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct capture_report capture = { .frames = 5, .segments = 5, .first = START,
                                          .last = START + 1, .connections = cases[i].listed,
                                          .listed = cases[i].listed, .clean = cases[i].clean };
        char *text = render_capture(&capture);
        expect_part(text, cases[i].text);
        free(text);
        capture.clean_unknown = true;
        text = render_capture(&capture);
        assert_null(strstr(text, "Fine"));
        free(text);
    }
}

/* The scene as text after a change to its summary, without findings. */
static char *render_unfound(void (*change)(struct summary *))
{
    char *text = NULL;
    size_t size = 0;
    struct scene scene;
    struct capture_report capture = { .connections = 1, .listed = 1, .frames = 8 };
    struct render_options options = { .width = 80, .msl_ns = 30 * NS_PER_S,
                                      .detail = DETAIL_AUTO };
    scene_begin(&scene, 1, 4);
    scene.findings.count = 0;
    scene.summary.close = CLOSE_FOUR_SEGMENT;
    change(&scene.summary);
    options.out = open_memstream(&text, &size);
    void *renderer = renderer_text.begin(&options);
    renderer_text.connection(renderer, &scene.report);
    renderer_text.end(renderer, &capture);
    fclose(options.out);
    journal_free(scene.journal);
    expect_tidy(text, &options);
    return text;
}

static void make_nothing(struct summary *summary)
{
    (void)summary;
}

static void make_open(struct summary *summary)
{
    summary->close = CLOSE_OPEN;
}

static void make_half_open(struct summary *summary)
{
    summary->handshake = HANDSHAKE_HALF_OPEN;
    summary->close = CLOSE_OPEN;
    summary->endpoints[CLIENT].repeated_segments = 5;
    summary->endpoints[SERVER].repeated_segments = 6;
}

static void make_repeated(struct summary *summary)
{
    summary->endpoints[SERVER].repeated_segments = 1;
}

static void make_one_sided(struct summary *summary)
{
    summary->close = CLOSE_FIN_UNANSWERED;
    summary->endpoints[SERVER].segments = 0;
    summary->endpoints[SERVER].payload_bytes = 0;
}

static void make_unanswered(struct summary *summary)
{
    summary->handshake = HANDSHAKE_UNANSWERED;
    summary->close = CLOSE_OPEN;
    summary->endpoints[SERVER].segments = 0;
}

/* Without a finding, "nothing unusual" is said only of what opened and closed as usual. */
static void test_found(void **state)
{
    (void)state;
    static const struct {
        void (*change)(struct summary *);
        const char *text;
    } cases[] = {
        { make_nothing, "Found     nothing unusual in how it opened and closed\n" },
        { make_open, "Found     nothing unusual in how it opened\n" },
        { make_half_open, "Found     no finding; the handshake was not completed; 11 segments were "
                          "sent\n          again\n" },
        { make_repeated, "Found     no finding; 1 segment was sent again\n" },
        { make_one_sided, "Found     no finding; no frame of the server is in this capture\n" },
        { make_unanswered, "Found     no finding; nothing answered the SYN in this capture\n" },
        { make_one_sided, "in 4 segments; no frame of the server was captured\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = render_unfound(cases[i].change);
        expect_part(text, cases[i].text);
        free(text);
    }
}

static void test_escape(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *utf8, *ascii;
    } cases[] = {
        { "plain.pcap", "plain.pcap", "plain.pcap" },
        { "\033]0;x\007", "\\x1b]0;x\\x07", "\\x1b]0;x\\x07" },
        { "\xe6\x97\xa5", "\xe6\x97\xa5", "\\xe6\\x97\\xa5" },
        { "\xe2\x80\xae", "\\xe2\\x80\\xae", "\\xe2\\x80\\xae" }, /* turns the direction */
        { "\xc2\x9b", "\\xc2\\x9b", "\\xc2\\x9b" },               /* CSI as one character */
        { "\xc0\xaf\xed\xa0\x80", "\\xc0\\xaf\\xed\\xa0\\x80", "\\xc0\\xaf\\xed\\xa0\\x80" },
        { "\xe6\x97", "\\xe6\\x97", "\\xe6\\x97" },               /* cut short */
        { "a\\b", "a\\\\b", "a\\\\b" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int utf8 = 0; utf8 < 2; utf8++) {
            struct style style = { .utf8 = utf8, .width = 80 };
            struct strbuf text = { 0 };
            style_escape(&text, &style, cases[i].bytes);
            assert_string_equal(strbuf_text(&text), utf8 ? cases[i].utf8 : cases[i].ascii);
            strbuf_done(&text);
        }
    }
}

static void test_wrap(void **state)
{
    (void)state;
    struct style style = { .utf8 = true, .width = 10 };
    struct strbuf text = { 0 };
    style_wrap(&text, &style, TINT_PLAIN, 0, 2,
               "one two three abcdefghijklmno \xe6\x97\xa5\xe6\x9c\xac");
    /* Two ideographs take four columns. */
    assert_string_equal(strbuf_text(&text),
                        "one two\n  three\n  abcdefgh\n  ijklmno\n  \xe6\x97\xa5\xe6\x9c\xac\n");
    assert_int_equal(style_width("\xe6\x97\xa5\xe6\x9c\xac"), 4);
    strbuf_clear(&text);
    style.utf8 = false;
    style.width = 80;
    style_wrap(&text, &style, TINT_PLAIN, 0, 0, "RFC 9293 \xc2\xa7" "3.6");
    assert_string_equal(strbuf_text(&text), "RFC 9293 section 3.6\n");
    /* A number stays with its unit, and what is joined stays together where it fits. */
    strbuf_clear(&text);
    style.width = 12;
    style_wrap(&text, &style, TINT_PLAIN, 0, 2, "it took 10 ms (5 us) or 10 msb");
    assert_string_equal(strbuf_text(&text), "it took\n  10 ms\n  (5 us) or\n  10 msb\n");
    strbuf_clear(&text);
    style_wrap(&text, &style, TINT_PLAIN, 0, 2,
               "as a" STYLE_JOIN "=" STYLE_JOIN "b" STYLE_JOIN "+" STYLE_JOIN "1");
    assert_string_equal(strbuf_text(&text), "as a = b + 1\n");
    strbuf_clear(&text);
    style_wrap(&text, &style, TINT_PLAIN, 0, 2,
               "seen a" STYLE_JOIN "=" STYLE_JOIN "b" STYLE_JOIN "+" STYLE_JOIN "1 c");
    assert_string_equal(strbuf_text(&text), "seen\n  a = b + 1\n  c\n");
    strbuf_clear(&text);
    style_wrap(&text, &style, TINT_PLAIN, 0, 2, "1" STYLE_JOIN "=" STYLE_JOIN "123456789");
    assert_string_equal(strbuf_text(&text), "1 =\n  123456789\n"); /* too wide for any line */
    /* Colours end with the line and do not run into the indent. */
    strbuf_clear(&text);
    style.color = true;
    style_wrap(&text, &style, TINT_TITLE, 0, 2, "one two three four");
    assert_string_equal(strbuf_text(&text),
                        "\033[1mone two\033[0m\n  \033[1mthree four\033[0m\n");
    strbuf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_width),   cmocka_unit_test(test_full),
        cmocka_unit_test(test_summary), cmocka_unit_test(test_list),
        cmocka_unit_test(test_long_list),
        cmocka_unit_test(test_color),   cmocka_unit_test(test_empty), cmocka_unit_test(test_link_type),
        cmocka_unit_test(test_cut),     cmocka_unit_test(test_fine),
        cmocka_unit_test(test_losses),  cmocka_unit_test(test_found),
        cmocka_unit_test(test_escape),  cmocka_unit_test(test_wrap),
    };
    setlocale(LC_ALL, "C.UTF-8");
    setenv("TZ", "UTC0", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
