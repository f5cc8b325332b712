/*
 * overlap: payload under numbers that were used before, and other payload: what systems keep of it
 * (Ptacek and Newsham, 1998; section 4.11 of the reference), what is told, and what is harmless.
 */
#include <stdio.h>
#include <stdlib.h>

#include "diagnose_case.h"
#include "model/overlap.h"
#include "tracker_case.h"

/* The old bytes are 100..200. */
static void kinds(void **state)
{
    (void)state;
    static const struct {
        int64_t from, end;
        enum overlap wanted;
    } cases[] = {
        { 100, 199, OVERLAP_HEAD },   { 100, 200, OVERLAP_WHOLE }, { 100, 201, OVERLAP_HEAD_AND_MORE },
        { 99, 199, OVERLAP_FRONT },   { 99, 200, OVERLAP_AROUND }, { 99, 201, OVERLAP_AROUND },
        { 101, 199, OVERLAP_INSIDE }, { 101, 200, OVERLAP_INSIDE }, { 101, 201, OVERLAP_BACK },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(overlap_kind(cases[i].from, cases[i].end, 100, 200), cases[i].wanted);
}

/* Each cell, as a table of its own: + keeps the new bytes. */
static void cells(void **state)
{
    (void)state;
    static const char *const systems = "first last BSD HP-UX 10 HP-UX 11 IRIX old Linux Linux macOS "
                                       "Solaris Windows ";
    static const char *const table[OVERLAP_N] = {
        /*                           F L B 10 11 I o L m S W */
        [OVERLAP_HEAD] = /*         */ "-+---------",
        [OVERLAP_WHOLE] = /*        */ "-+--+-+--+-",
        [OVERLAP_HEAD_AND_MORE] = /**/ "-+--+-++-+-",
        [OVERLAP_FRONT] = /*        */ "-+++-++++-+",
        [OVERLAP_AROUND] = /*       */ "-++++++++++",
        [OVERLAP_INSIDE] = /*       */ "-+---------",
        [OVERLAP_BACK] = /*         */ "-+--+----+-",
    };
    char named[128] = "";
    for (unsigned system = 0; system < REASSEMBLY_N; system++) {
        size_t length = strlen(named);
        snprintf(named + length, sizeof named - length, "%s ",
                 reassembly_name((enum reassembly)system));
        for (unsigned kind = 0; kind < OVERLAP_N; kind++)
            assert_int_equal(overlap_keeps_new((enum overlap)kind, (enum reassembly)system),
                             table[kind][system] == '+');
    }
    assert_string_equal(named, systems);
    assert_false(overlap_keeps_new(OVERLAP_N, REASSEMBLY_LAST));
    assert_false(overlap_keeps_new(OVERLAP_WHOLE, REASSEMBLY_N));
    assert_string_equal(reassembly_name(REASSEMBLY_N), "?");
}

/* The only overlap of a case, with and without --segments: "5: offset 3 of 4, kind 1". Empty: there
 * is none. */
static void assert_overlap(const char *lines, const char *wanted)
{
    for (int i = 0; i < 2; i++) {
        const struct case_options options = { .segments = i == 1 };
        struct tracker_case *tracked = case_track(lines, &options);
        const struct case_connection *c = &tracked->connections[0];
        const struct event *e = event_first(c->events, c->count, EVENT_OVERLAP, EVENT_ANY);
        unsigned count = c->summary.endpoints[CLIENT].overlaps +
                         c->summary.endpoints[SERVER].overlaps;
        char text[80] = "";
        if (e != NULL)
            snprintf(text, sizeof text, "%u: offset %u of %u, kind %u", (unsigned)e->frame,
                     e->addend, (unsigned)e->evidence, e->detail);
        assert_string_equal(text, wanted);
        assert_int_equal(count, e != NULL);
        assert_int_equal(case_events(c, EVENT_OVERLAP), e != NULL);
        free(tracked);
    }
}

/* x + 1 is 1001. The first of the two may not reach the server: its TTL is too low. */
#define GOOD CASE_OPEN "0.03 A PA data=\"GET /good\" ttl=3\n"

static void told(void **state)
{
    (void)state;
    /* Byte 1006 is 'g' and then 'b'. */
    assert_overlap(GOOD "0.031 A PA seq=1001 data=\"GET /bad!\"\n", "5: offset 5 of 4, kind 1");
    assert_overlap(GOOD "0.031 A PA seq=1001 data=\"GET /g00d and more\"\n",
                   "5: offset 6 of 4, kind 2");
    assert_overlap(GOOD "0.031 A PA seq=1001 data=\"PUT\"\n", "5: offset 0 of 4, kind 0");
    assert_overlap(GOOD "0.031 A PA seq=1005 data=\"/bad\"\n", "5: offset 1 of 4, kind 5");
    assert_overlap(GOOD "0.031 A PA seq=1005 data=\"/bad and more\"\n", "5: offset 1 of 4, kind 6");
    /* Behind a hole: the new one begins before it. */
    assert_overlap(CASE_OPEN "0.03 A PA seq=1011 data=\"world\"\n"
                             "0.031 A PA seq=1006 data=\"hellowonder\"\n",
                   "5: offset 7 of 4, kind 4");
    assert_overlap(CASE_OPEN "0.03 A PA seq=1011 data=\"world\"\n"
                             "0.031 A PA seq=1006 data=\"hellowo..\"\n",
                   "5: offset 7 of 4, kind 3");
    /* The server is told apart from the client, and an acknowledgement hides nothing. */
    assert_overlap(CASE_OPEN "0.03 B PA data=\"yes\"\n0.05 A A\n0.3 B PA seq=5001 data=\"yet\"\n",
                   "6: offset 2 of 4, kind 1");
    /* It has the same header and the same sum: bytes 1 and 3 changed places. */
    assert_overlap(CASE_OPEN "0.03 A PA data=\"abcd\" id=9\n0.031 A PA seq=1001 data=\"cbad\" id=9\n",
                   "5: offset 0 of 4, kind 1");
}

/* Equal bytes, wherever segments begin and end. */
static void equal(void **state)
{
    (void)state;
    assert_overlap(GOOD "0.031 A PA seq=1001 data=\"GET /good\"\n", "");
    assert_overlap(GOOD "0.031 A PA seq=1001 data=\"GET /good and more\"\n", "");
    assert_overlap(GOOD "0.031 A PA seq=1003 data=\"T /g\"\n", "");
    /* A large frame of a card that cuts it up, then one of its parts again, then all of it. */
    assert_overlap(CASE_OPEN "0.03 A PA len=4000\n0.3 A PA seq=2001 len=1000\n"
                             "0.6 A PA seq=1001 len=4000\n",
                   "");
    /* Three small ones, sent again as one. */
    assert_overlap(CASE_OPEN "0.03 A PA len=5\n0.031 A PA len=6\n0.032 A PA len=7\n"
                             "0.4 A PA seq=1001 len=18\n",
                   "");
    /* What fills a hole has nothing to be compared with. */
    assert_overlap(CASE_OPEN "0.03 A PA seq=1011 data=\"world\"\n0.031 A PA seq=1001 data=\"0123456789\"\n",
                   "");
}

/* The causes that mean nothing. */
static void harmless(void **state)
{
    (void)state;
#define ANSWERED CASE_OPEN "0.03 A PA data=\"last\"\n0.05 B A\n"
    /* A keep-alive has any byte one below the next number (RFC 9293 §3.8.4). */
    assert_overlap(ANSWERED "1.5 A A seq=1004 data=\"\\x00\"\n", "");
    assert_overlap(ANSWERED "0.2 A A seq=1004 data=\"\\x00\"\n", "");
    /* While it is outstanding that is the last byte. */
    assert_overlap(CASE_OPEN "0.03 A PA data=\"last\"\n0.3 A A seq=1004 data=\"X\"\n",
                   "5: offset 0 of 4, kind 5");
    /* A probe of a closed window, refused; then what was to be sent. */
    assert_overlap(CASE_OPEN "0.03 A PA data=\"last\"\n0.05 B A win=0\n0.3 A A seq=1005 data=\"?\"\n"
                             "0.32 B A ack=1005 win=0\n0.5 B A ack=1005 win=500\n"
                             "0.51 A PA seq=1005 data=\"more\"\n",
                   "");
    /* Damage: its receiver dropped it. */
    assert_overlap(CASE_OPEN "0.03 A PA data=\"one\"\n0.05 B A\n0.06 A PA data=\"two\"\n"
                             "0.061 A PA seq=1004 data=\"tw0\" badsum\n",
                   "");
    /* Not recorded whole. */
    assert_overlap(GOOD "0.031 A PA seq=1001 data=\"GET /bad!\" snap=60\n", "");
    /* A RST may say why. */
    assert_overlap(GOOD "0.031 A RA seq=1001 data=\"go away\"\n", "");
    /* Padding of a short frame that a device counts as payload: zeros, 8 is OVERLAP_PADDING. */
    assert_overlap(CASE_OPEN "0.03 A A data=\"\\x00\\x00\"\n0.031 A PA seq=1001 data=\"GET /\"\n",
                   "5: offset 0 of 4, kind 10");
    assert_overlap(CASE_OPEN "0.03 A A data=\"\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"\n"
                             "0.031 A PA seq=1001 data=\"GET / HTTP\"\n",
                   "5: offset 0 of 4, kind 2");
}

/* Other connections with the same numbers have nothing to do with it. */
static void strangers(void **state)
{
    (void)state;
    struct tracker_case *tracked = case_track(
        GOOD "0.04 B RA\nends A=192.0.2.1:40001 B=198.51.100.7:80\n"
             "1.0 A S seq=1000 win=64240 mss=1460\n1.01 B SA seq=5000\n1.02 A A\n"
             "1.03 A PA data=\"GET /bad!\"\n1.04 B PA data=\"GET /what\"\n",
        NULL);
    assert_int_equal(tracked->count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(case_events(&tracked->connections[i], EVENT_OVERLAP), 0);
    free(tracked);
}

/* Eight are noted, all are counted. */
static void many(void **state)
{
    (void)state;
    char lines[4000] = GOOD;
    for (int i = 0; i < 20; i++) {
        size_t length = strlen(lines);
        snprintf(lines + length, sizeof lines - length,
                 "+0.01 A PA seq=1001 data=\"GET /%c\"\n", 'a' + i);
    }
    struct tracker_case *tracked = case_track(lines, NULL);
    /* Each differs from what came last. */
    assert_int_equal(tracked->connections[0].summary.endpoints[CLIENT].overlaps, 20);
    assert_int_equal(case_events(&tracked->connections[0], EVENT_OVERLAP), 8);
    free(tracked);
}

static struct event *add_overlap(struct diagnose_case *c, uint64_t frame, unsigned detail,
                                 enum certainty certainty)
{
    struct event *e = add(c, EVENT_OVERLAP, CLIENT, frame, 50);
    e->detail = (uint8_t)detail;
    e->certainty = (uint8_t)certainty;
    e->addend = 5;
    e->evidence = 4;
    c->summary.endpoints[CLIENT].overlaps++;
    return e;
}

/* An attack where checksums show that nothing was damaged; a note where it may be padding. */
static void finding(void **state)
{
    (void)state;
    struct diagnose_case c = case_open();
    add_overlap(&c, 6, OVERLAP_WHOLE | OVERLAP_PADDING, CERTAINTY_OBSERVED)->evidence = 0;
    const struct finding *f =
        expect_only(&c, TOPIC_OVERLAP_DIFFERENT_DATA, SEVERITY_NOTE, CERTAINTY_INFERRED);
    assert_int_equal(f->evidence_count, 2);
    add_overlap(&c, 7, OVERLAP_BACK, CERTAINTY_INFERRED);
    expect_only(&c, TOPIC_OVERLAP_DIFFERENT_DATA, SEVERITY_WARNING, CERTAINTY_INFERRED);
    add_overlap(&c, 8, OVERLAP_WHOLE, CERTAINTY_OBSERVED);
    f = expect_only(&c, TOPIC_OVERLAP_DIFFERENT_DATA, SEVERITY_ATTACK, CERTAINTY_OBSERVED);
    assert_int_equal(f->endpoint, CLIENT);
    assert_int_equal(f->n, 3);
    assert_int_equal(f->m, OVERLAP_WHOLE);
    assert_int_equal(f->evidence_count, 6);
    assert_int_equal(f->evidence[0].frame, 8);
    assert_string_equal(f->evidence[0].field, "offset");
    assert_int_equal(f->evidence[0].value, 5);
    assert_int_equal(f->evidence[1].frame, 4);
    assert_int_equal(f->evidence[2].format, EVIDENCE_KEEPERS);
    assert_int_equal(f->evidence[3].frame, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),     cmocka_unit_test(cells), cmocka_unit_test(told),
        cmocka_unit_test(equal),     cmocka_unit_test(harmless), cmocka_unit_test(strangers),
        cmocka_unit_test(many),      cmocka_unit_test(finding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
