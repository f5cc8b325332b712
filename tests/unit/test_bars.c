/*
 * test_bars: how the bar of the sequence space and the time line are drawn: glyphs, scale, legend,
 * what was not kept, and that nothing is wider than the line or told by colour alone.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time_text.h"
#include "model/classified.h"
#include "model/mark.h"
#include "render/text.h"

#define START (INT64_C(1795230764) * NS_PER_S)

/* What a test draws: the client sends, the server acknowledges. */
struct drawing {
    struct space space;
    struct timeline timeline;
    struct summary summary;
    struct classified_chunk chunk;
    struct connection_report connection;
    struct style style;
    struct strbuf out;
};

static void pass(struct drawing *d, int64_t ms, enum endpoint_id from, uint16_t flags, uint32_t seq,
                 uint32_t ack, uint32_t length, uint32_t window)
{
    struct segment s = { .time = START + ms * NS_PER_MS, .flags = flags, .seq = seq, .ack = ack,
                         .payload_len = length };
    space_segment(&d->space, &s, from, 0, window);
    timeline_segment(&d->timeline, &s, from, 0, window);
    d->summary.endpoints[from].segments++;
}

static void again(struct drawing *d, int64_t ms, enum segment_class class, uint32_t seq,
                  uint32_t length, uint32_t tags)
{
    pass(d, ms, CLIENT, TCP_ACK, seq, 5001, length, 9000);
    d->chunk.rows[d->chunk.count++] =
        (struct classified){ .time = START + ms * NS_PER_MS, .class = (uint8_t)class, .seq = seq,
                             .length = length, .tags = tags };
    d->summary.endpoints[CLIENT].retransmitted_segments++;
}

/*
 * 48 bytes of the client, a cell each; in time a cell is 2^20 ns = 1.05 ms, 50 ms are 48 of them.
 * Bytes 0 to 7 were lost once, 8 and 9 twice, 16 to 19 came again needlessly, 24 to 27 were not
 * captured and 40 to 47 are not acknowledged, of which SACK tells of 44 to 47.
 */
static void draw_all(struct drawing *d, bool utf8, bool color, int width)
{
    memset(d, 0, sizeof *d);
    d->style = (struct style){ .utf8 = utf8, .color = color, .width = width };
    d->summary.segments = &d->chunk;
    d->summary.first_time = START;
    d->summary.endpoints[CLIENT] = (struct endpoint_summary){
        .isn = 1000, .isn_known = true, .payload_bytes = 48, .unacknowledged = 8 };
    d->connection = (struct connection_report){
        .summary = &d->summary,
        .rows = { .count = 1, .space = &d->space, .timeline = &d->timeline } };
    pass(d, 0, CLIENT, TCP_SYN, 1000, 0, 0, 9000);
    pass(d, 3, SERVER, TCP_SYN | TCP_ACK, 5000, 1001, 0, 9000);
    pass(d, 3, CLIENT, TCP_ACK, 1001, 5001, 24, 9000);
    pass(d, 4, CLIENT, TCP_ACK, 1029, 5001, 20, 9000);
    again(d, 9, CLASS_RTX_RTO, 1001, 8, 0);
    again(d, 11, CLASS_RTX_RTO, 1009, 2, TAG(TAG_LOST_AGAIN));
    again(d, 13, CLASS_RTX_TIMER, 1017, 4, TAG(TAG_SPURIOUS));
    pass(d, 15, SERVER, TCP_ACK, 5001, 1041, 0, 0);
    pass(d, 18, SERVER, TCP_ACK, 5001, 1041, 0, 9000);
    struct segment sack = { .time = START + 50 * NS_PER_MS, .flags = TCP_ACK, .seq = 5001,
                            .ack = 1041, .options = OPTION_SACK, .sack_count = 1,
                            .sack = { { 1045, 1049 } } };
    space_segment(&d->space, &sack, SERVER, 0, 9000);
    timeline_segment(&d->timeline, &sack, SERVER, 0, 9000);
    text_space(&d->out, &d->style, &d->connection, false);
    text_timeline(&d->out, &d->style, &d->connection);
}

static void test_utf8(void **state)
{
    (void)state;
    struct drawing d;
    draw_all(&d, true, false, 80);
    assert_string_equal(strbuf_text(&d.out),
        "Sequence space  a cell is 1 B of the client\n"
        "  client  ████████████████████████····████████████░░░░▒▒▒▒  48 B\n"
        "          2222222233      nnnn                              3 again\n"
        "          0 B                 20 B                40 B\n"
        "  █ acknowledged   ▒ told of by SACK only   · missing in this capture\n"
        "  ░ not acknowledged in this capture   n sent again needlessly   2 sent twice\n"
        "  3 three times or more\n"
        "\n"
        "Time line  a cell is 1.05 ms\n"
        "  client  ·╌█▇╌╌╌╌▃╌▁╌▂╌ ╌╌ ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌   █ 24 B\n"
        "          S       a a n\n"
        "  server    ·           ·  ·                             ·\n"
        "            S           zzzz\n"
        "          0 s                20 ms              40 ms\n"
        "  · no payload   ╌ waits for an acknowledgement   S SYN   a sent again\n"
        "  n again, needlessly   z its window was closed\n"
        "\n");
    strbuf_done(&d.out);
}

/* The same in ASCII, glyph for glyph. */
static void test_ascii(void **state)
{
    (void)state;
    struct drawing d;
    draw_all(&d, false, false, 80);
    assert_string_equal(strbuf_text(&d.out),
        "Sequence space  a cell is 1 B of the client\n"
        "  client  ########################....############----++++  48 B\n"
        "          2222222233      nnnn                              3 again\n"
        "          0 B                 20 B                40 B\n"
        "  # acknowledged   + told of by SACK only   . missing in this capture\n"
        "  - not acknowledged in this capture   n sent again needlessly   2 sent twice\n"
        "  3 three times or more\n"
        "\n"
        "Time line  a cell is 1.05 ms\n"
        "  client  .-87----3-1-2- -- -----------------------------   8 24 B\n"
        "          S       a a n\n"
        "  server    .           .  .                             .\n"
        "            S           zzzz\n"
        "          0 s                20 ms              40 ms\n"
        "  . no payload   - waits for an acknowledgement   S SYN   a sent again\n"
        "  n again, needlessly   z its window was closed\n"
        "\n");
    strbuf_done(&d.out);
}

/* The text without what colours it. */
static char *without_colors(const char *text)
{
    char *plain = calloc(1, strlen(text) + 1), *to = plain;
    assert_non_null(plain);
    while (*text != '\0') {
        if (*text == '\033')
            text = strchr(text, 'm') + 1;
        else
            *to++ = *text++;
    }
    return plain;
}

/* Colours add nothing but colours; each is ended on its line. */
static void test_color(void **state)
{
    (void)state;
    for (int utf8 = 0; utf8 < 2; utf8++) {
        struct drawing plain, colored;
        draw_all(&plain, utf8, false, 80);
        draw_all(&colored, utf8, true, 80);
        assert_null(strchr(strbuf_text(&plain.out), '\033'));
        assert_non_null(strstr(strbuf_text(&colored.out), "\033[33m2222222233\033[0m"));
        char *text = without_colors(strbuf_text(&colored.out));
        assert_string_equal(text, strbuf_text(&plain.out));
        free(text);
        bool open = false;
        for (const char *at = strbuf_text(&colored.out); *at != '\0'; at++) {
            if (*at == '\033')
                open = strncmp(at, "\033[0m", 4) != 0;
            assert_false(*at == '\n' && open);
        }
        strbuf_done(&plain.out);
        strbuf_done(&colored.out);
    }
}

static void assert_lines_fit(const char *text, int width)
{
    while (*text != '\0') {
        char line[512];
        size_t length = strcspn(text, "\n");
        assert_true(length < sizeof line);
        memcpy(line, text, length);
        line[length] = '\0';
        if (style_width(line) > width || (length > 0 && line[length - 1] == ' '))
            fail_msg("%d columns: '%s'", width, line);
        text += length + 1;
    }
}

/* The longest bars with the longest numbers behind them. */
static void draw_long(struct drawing *d, bool utf8, int width, unsigned round)
{
    draw_all(d, utf8, false, width);
    strbuf_clear(&d->out);
    uint32_t seq = 1049;
    d->summary.endpoints[CLIENT].payload_bytes = 0;
    for (unsigned i = 0; i < 167; i++, seq += 60000 + round)
        pass(d, 50 + i * (3 + round), CLIENT, TCP_ACK, seq, 5001, 60000 + round, 9000);
    d->summary.endpoints[CLIENT].retransmitted_segments = UINT32_MAX - 1;
    d->space.ends[CLIENT].outside = UINT64_C(999900000000);
    text_space(&d->out, &d->style, &d->connection, false);
    text_timeline(&d->out, &d->style, &d->connection);
}

static void test_widths(void **state)
{
    (void)state;
    static const int widths[] = { 80, 100, 126, 200, 1000 };
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        for (unsigned round = 0; round < 400; round++) {
            struct drawing d;
            draw_long(&d, round & 1, widths[i], 97 * round);
            assert_lines_fit(strbuf_text(&d.out), widths[i]);
            strbuf_done(&d.out);
        }
    }
    /* A bar is longer where there is room. */
    struct drawing narrow, wide;
    draw_long(&narrow, false, 80, 0);
    draw_long(&wide, false, 200, 0);
    assert_true(strcspn(strstr(strbuf_text(&wide.out), "  client  "), "\n") >
                strcspn(strstr(strbuf_text(&narrow.out), "  client  "), "\n"));
    strbuf_done(&narrow.out);
    strbuf_done(&wide.out);
}

/* What could not be shown is said. */
static void test_lacks(void **state)
{
    (void)state;
    struct drawing d;
    draw_all(&d, false, false, 80);
    assert_null(strstr(strbuf_text(&d.out), "not kept"));
    strbuf_clear(&d.out);
    d.summary.segments = NULL;
    d.space.ends[CLIENT].outside = 1448;
    text_space(&d.out, &d.style, &d.connection, false);
    assert_null(strstr(strbuf_text(&d.out), "222"));
    assert_non_null(strstr(strbuf_text(&d.out),
                           "  client: 3 of its segments that were sent again are not marked: they "
                           "were not\n          kept; 1448 B that it sent lie before the first "
                           "byte or far behind the\n          last\n"));
    strbuf_clear(&d.out);
    d.space.ends[CLIENT].outside = 0;
    d.summary.endpoints[CLIENT].retransmitted_segments = 1;
    text_space(&d.out, &d.style, &d.connection, false);
    assert_non_null(strstr(strbuf_text(&d.out),
                           "  client: 1 of its segments that were sent again is not marked: it was "
                           "not kept\n"));
    strbuf_clear(&d.out);
    d.summary.segments_left_out = 1;
    text_again(&d.out, &d.style, &d.connection);
    assert_string_equal(strbuf_text(&d.out),
                        "  1 segment has no place in the list of 0 that is kept.\n");
    strbuf_done(&d.out);
}

/* Where all of it was sent once and acknowledged, the bar is there when all is wanted. */
static void test_well(void **state)
{
    (void)state;
    struct drawing d;
    draw_all(&d, false, false, 80);
    strbuf_clear(&d.out);
    memset(&d.space, 0, sizeof d.space);
    d.summary.endpoints[CLIENT].unacknowledged = 0;
    d.summary.endpoints[CLIENT].retransmitted_segments = 0;
    d.chunk.count = 0;
    pass(&d, 0, CLIENT, TCP_ACK, 1001, 5001, 48, 9000);
    text_space(&d.out, &d.style, &d.connection, false);
    assert_string_equal(strbuf_text(&d.out), "");
    text_space(&d.out, &d.style, &d.connection, true);
    assert_string_equal(strbuf_text(&d.out),
        "Sequence space  a cell is 1 B of the client\n"
        "  client  ################################################  48 B\n"
        "          0 B                 20 B                40 B\n"
        "  # acknowledged\n\n");
    strbuf_done(&d.out);
}

/*
 * Numbers of a scale are round, in time as people count it. Cells are 2^k ns, as many as make 56
 * or fewer at 80 columns (168 are kept), and steps are at least 11 cells.
 */
static void test_scale(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        const char *wanted;
    } cases[] = {
        /* 2 * 2^35 ns = 68.7 s a cell: 10 min are 8.7, 30 min 26.2 of them. */
        { 3600, "          0 s                       30 min                    1 h\n" },
        /* 2 * 2^30 ns = 2.15 s a cell: 20 s are 9.3, 30 s 14.0 (13.97). */
        { 100, "          0 s          30 s          1 min         1 min 30 s\n" },
        /* 2 * 2^28 ns = 537 ms a cell: 5 s are 9.3, 10 s 18.6. */
        { 25, "          0 s               10 s               20 s\n" },
        /* 2 * 2^40 ns = 36.65 min a cell: 6 h are 9.8, 12 h 19.6. */
        { 100000, "          0 s                12 h                1 d\n" },
        /* 2 * 2^44 ns = 9.77 h a cell: 4 d are 9.8, 8 d 19.65: doubled from a day on. */
        { 1600000, "          0 s                8 d                 16 d\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct drawing d;
        memset(&d, 0, sizeof d);
        d.style.width = 80;
        d.connection.summary = &d.summary;
        d.connection.rows.timeline = &d.timeline;
        pass(&d, 0, CLIENT, TCP_ACK, 1001, 5001, 0, 9000);
        pass(&d, cases[i].seconds * 1000, CLIENT, TCP_ACK, 1001, 5001, 0, 9000);
        text_timeline(&d.out, &d.style, &d.connection);
        if (strstr(strbuf_text(&d.out), cases[i].wanted) == NULL)
            fail_msg("%lld s: %s", (long long)cases[i].seconds, strbuf_text(&d.out));
        strbuf_done(&d.out);
    }
}

static void test_nothing(void **state)
{
    (void)state;
    struct drawing d;
    memset(&d, 0, sizeof d);
    d.style.width = 80;
    d.connection.summary = &d.summary;
    text_space(&d.out, &d.style, &d.connection, false); /* no rows were kept */
    text_timeline(&d.out, &d.style, &d.connection);
    d.connection.rows.space = &d.space;
    d.connection.rows.timeline = &d.timeline;
    text_space(&d.out, &d.style, &d.connection, false); /* nothing was sent */
    text_timeline(&d.out, &d.style, &d.connection);
    pass(&d, 0, CLIENT, TCP_SYN, 1000, 0, 0, 9000);
    text_space(&d.out, &d.style, &d.connection, false); /* a SYN has no byte, and lasts no time */
    text_timeline(&d.out, &d.style, &d.connection);
    assert_string_equal(strbuf_text(&d.out), "");
    /* So little that it needs no scale. */
    pass(&d, 0, CLIENT, TCP_ACK, 1001, 0, 1, 9000);
    text_space(&d.out, &d.style, &d.connection, false);
    assert_string_equal(strbuf_text(&d.out), "Sequence space  a cell is 1 B of the client\n"
                                             "  client  -  1 B\n"
                                             "  - not acknowledged in this capture\n\n");
    strbuf_done(&d.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8),  cmocka_unit_test(test_ascii),
        cmocka_unit_test(test_color), cmocka_unit_test(test_widths),
        cmocka_unit_test(test_lacks), cmocka_unit_test(test_scale), cmocka_unit_test(test_well),
        cmocka_unit_test(test_nothing),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
