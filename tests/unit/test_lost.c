/*
 * lost: how much was lost on either side of the capture point, what was sent again for nothing,
 * what the capture itself lacks, and the words for the part of the way.
 *
 * The capture is from the middle, 20 ms to either end and back, unless a case says otherwise.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diagnose/lost_place.h"
#include "diagnose/registry.h"
#include "report/narrate_lost.h"
#include "tracker_case.h"

/* Frames 1 to 3, and one segment of 1000 bytes that is acknowledged (4 and 5). */
#define OPEN                                                                                     \
    "0.00 A S seq=1000 win=64240 mss=1460 sackok\n"                                              \
    "0.02 B SA seq=5000 win=65160 mss=1460 sackok\n"                                             \
    "0.04 A A\n0.05 A A len=1000\n0.07 B A ack=2001\n"
#define OPEN_NO_SACK                                                                             \
    "0.00 A S seq=1000 win=64240 mss=1460\n"                                                     \
    "0.02 B SA seq=5000 win=65160 mss=1460\n"                                                    \
    "0.04 A A\n0.05 A A len=1000\n0.07 B A ack=2001\n"

struct expected_lost {
    const char *lines;
    enum endpoint_id end;
    uint32_t after, before, needless, unknown, overtaken; /* segments */
    uint64_t bytes;  /* of after and before */
    uint64_t missed;
};

/* The same with and without a list of segments. */
static void lost_check(const struct expected_lost *list, size_t count)
{
    static const struct case_options kept = { .segments = true };
    for (size_t i = 0; i < 2 * count; i++) {
        const struct expected_lost *wanted = &list[i / 2];
        struct tracker_case *tracked = case_track(wanted->lines, i % 2 ? &kept : NULL);
        const struct lost *lost = &tracked->connections[0].summary.endpoints[wanted->end].lost;
        assert_int_equal(tracked->count, 1);
        assert_int_equal(lost->part[LOST_AFTER].segments, wanted->after);
        assert_int_equal(lost->part[LOST_BEFORE].segments, wanted->before);
        assert_int_equal(lost->part[LOST_NEVER].segments, wanted->needless);
        assert_int_equal(lost->part[LOST_UNKNOWN].segments, wanted->unknown);
        assert_int_equal(lost->part[LOST_OVERTAKEN].segments, wanted->overtaken);
        assert_int_equal(lost->part[LOST_AFTER].bytes + lost->part[LOST_BEFORE].bytes,
                         wanted->bytes);
        assert_int_equal(lost->missed_bytes, wanted->missed);
        free(tracked);
    }
}

#define LOST_CHECK(list) lost_check(list, sizeof list / sizeof list[0])

static void sides(void **state)
{
    (void)state;
    static const struct expected_lost list[] = {
        /* Nothing was sent again. */
        { OPEN "0.08 A A len=1000\n0.1 B A ack=3001\n", CLIENT, 0, 0, 0, 0, 0, 0, 0 },
        /* Frames 6 and 9 hold the same 1000 bytes: 6 was lost behind this place. */
        { OPEN "0.08 A A len=1000\n0.081 A A len=1000\n0.101 B A ack=2001 sack=3001-4001\n"
               "0.121 A A seq=2001 len=1000\n0.141 B A ack=4001\n",
          CLIENT, 1, 0, 0, 0, 0, 1000, 0 },
        /* It never passed here; what fills the hole a round trip later is the repeat. */
        { OPEN "0.081 A A seq=3001 len=1000\n0.101 B A ack=2001 sack=3001-4001\n"
               "0.121 A A seq=2001 len=1000\n0.141 B A ack=4001\n",
          CLIENT, 0, 1, 0, 0, 0, 1000, 0 },
        /* It comes 1 ms late, with the older IP ID. */
        { OPEN "0.08 A A seq=2001 len=10\n0.081 A A len=10\n0.082 A A len=10\n"
               "0.083 A A len=10 id=0x2000\n0.084 A A seq=2051 len=10 id=0x2002\n"
               "0.085 A A seq=2041 len=10 id=0x2001\n0.105 B A ack=2061\n",
          CLIENT, 0, 0, 0, 0, 1, 0, 0 },
        /* Lost again: the repeat passed here too, so two were lost behind this place. */
        { OPEN "0.08 A A len=1000\n0.081 A A len=1000\n0.101 B A ack=2001 sack=3001-4001\n"
               "0.121 A A seq=2001 len=1000\n0.45 A A seq=2001 len=1000\n0.47 B A ack=4001\n",
          CLIENT, 2, 0, 0, 0, 0, 2000, 0 },
    };
    LOST_CHECK(list);
}

static void needless(void **state)
{
    (void)state;
    static const struct expected_lost list[] = {
        /* The receiver says that it has it twice (RFC 2883). */
        { OPEN "0.08 A A len=1000\n0.35 A A seq=2001 len=1000\n0.37 B A ack=3001\n"
               "0.371 B A ack=3001 sack=2001-3001\n",
          CLIENT, 0, 0, 1, 0, 0, 0, 0 },
        /* A repeat of two segments in one: the D-SACK block names both. It is one segment. */
        { OPEN "0.08 A A len=500\n0.081 A A len=500\n0.35 A A seq=2001 len=1000\n"
               "0.37 B A ack=3001\n0.371 B A ack=3001 sack=2001-3001\n",
          CLIENT, 0, 0, 1, 0, 0, 0, 0 },
        /* The acknowledgement passed here before the repeat, and reached A too late. */
        { OPEN "0.08 A A len=1000\n0.345 B A ack=3001\n0.35 A A seq=2001 len=1000\n",
          CLIENT, 0, 0, 1, 0, 0, 0, 0 },
        /* RFC 5682: the timeout was in vain. */
        { OPEN_NO_SACK "0.08 A A len=10\n0.081 A A len=10\n0.082 A A len=10\n"
                       "0.35 A A seq=2001 len=10\n0.38 B A ack=2011\n0.381 B A ack=2021\n",
          CLIENT, 0, 0, 1, 0, 0, 0, 0 },
    };
    LOST_CHECK(list);
}

/* Bytes that somebody else put under the numbers of A's (RFC 9293 §3.4: a number names a byte). */
static void other_bytes(void **state)
{
    (void)state;
    static const struct expected_lost list[] = {
        /* The same bytes, 300 ms later: a repeat. One is another: none, and nothing to take back. */
        { CASE_OPEN "0.03 A PA data=\"GET\"\n0.33 A PA seq=1001 data=\"GET\"\n", CLIENT,
          0, 0, 0, 1, 0, 0, 0 },
        { CASE_OPEN "0.03 A PA data=\"GET\"\n0.33 A PA seq=1001 data=\"PUT\"\n", CLIENT,
          0, 0, 0, 0, 0, 0, 0 },
        { CASE_OPEN "0.03 A PA data=\"GET\"\n0.33 A PA seq=1001 data=\"PUT\"\n"
                    "0.34 B A ack=1004\n",
          CLIENT, 0, 0, 0, 0, 0, 0, 0 },
    };
    LOST_CHECK(list);
}

/*
 * What a list of segments knows from before the first repeat, and from behind the end, is not
 * counted with it: nobody knows it without.
 */
static void unlisted(void **state)
{
    (void)state;
    static const struct expected_lost list[] = {
        /* A RST answers each SYN: it came, and its repeats were not needed. */
        { "0.0 A S seq=1000 win=64240\n0.01 B RA seq=0 ack=1001\n0.5 A S seq=1000 win=64240\n"
          "0.51 B RA seq=0 ack=1001\n1.0 A S seq=1000 win=64240\n1.01 B RA seq=0 ack=1001\n",
          CLIENT, 0, 0, 2, 0, 0, 0, 0 },
        /* B is silent from here on, and A gives up with a RST: whether they came is not known. */
        { OPEN "0.08 A A len=1000\n0.35 A A seq=2001 len=1000\n0.9 A A seq=2001 len=1000\n"
               "2.0 A RA seq=3001\n",
          CLIENT, 0, 0, 0, 2, 0, 0, 0 },
    };
    LOST_CHECK(list);
}

/* What no frame tells must not be told. */
static void not_known(void **state)
{
    (void)state;
    static const struct expected_lost list[] = {
        /* Nobody ever answers: the SYN may have been lost, or nobody is there. */
        { "0 A S seq=1000\n1 A S seq=1000\n3 A S seq=1000\n", CLIENT, 0, 0, 0, 2, 0, 0, 0 },
        /* The second SYN is answered: the first one was lost. */
        { "0 A S seq=1000\n1 A S seq=1000\n1.02 B SA seq=5000\n1.04 A A\n",
          CLIENT, 1, 0, 0, 0, 0, 1, 0 },
        /* The SYN-ACK had passed before the SYN came again. */
        { "0 A S seq=1000\n0.02 B SA seq=5000\n1 A S seq=1000\n1.02 B SA seq=5000\n1.04 A A\n",
          CLIENT, 0, 0, 1, 0, 0, 0, 0 },
        { "0 A S seq=1000\n0.02 B SA seq=5000\n1 A S seq=1000\n1.02 B SA seq=5000\n1.04 A A\n",
          SERVER, 1, 0, 0, 0, 0, 1, 0 },
        /* B fell silent: its host may be gone. */
        { OPEN "0.08 A A len=1000\n0.3 A A seq=2001 len=1000\n0.8 A A seq=2001 len=1000\n",
          CLIENT, 0, 0, 0, 2, 0, 0, 0 },
        /* It speaks, and lacks them: they were lost. */
        { OPEN "0.08 A A len=1000\n0.3 A A seq=2001 len=1000\n0.8 A A seq=2001 len=1000\n"
               "0.9 B A seq=5001 ack=2001 len=10\n",
          CLIENT, 2, 0, 0, 0, 0, 2000, 0 },
        /* Without SACK what follows a timeout is sent again, whether it had arrived or not. */
        { OPEN_NO_SACK "0.08 A A len=10\n0.081 A A len=10\n0.35 A A seq=2001 len=10\n"
                       "0.37 B A ack=2011\n0.371 A A seq=2011 len=10\n0.391 B A ack=2021\n",
          CLIENT, 1, 0, 0, 1, 0, 10, 0 },
        /* Bytes on the SYN need not be taken (RFC 7413 §4.2). */
        { "0 A S seq=1000 len=10\n0.02 B SA seq=5000 ack=1001\n0.04 A A seq=1001 len=10\n"
          "0.06 B A ack=1011\n", CLIENT, 0, 0, 0, 1, 0, 0, 0 },
        /* First sent before the capture began. */
        { "0 A A seq=9001 ack=1 len=1000\n0.02 B A seq=1 ack=8001 sack=9001-10001\n"
          "0.04 A A seq=8001 ack=1 len=1000\n0.06 B A ack=10001\n",
          CLIENT, 0, 0, 0, 1, 0, 0, 0 },
    };
    LOST_CHECK(list);
}

/* Acknowledged, and not in the capture: the recorder lost it, nobody else. */
static void missed(void **state)
{
    (void)state;
    static const struct expected_lost list[] = {
        { OPEN "0.1 B A ack=3001\n", CLIENT, 0, 0, 0, 0, 0, 0, 1000 },
        /* A hole among what was seen. */
        { OPEN "0.08 A A seq=2501 len=1000\n0.1 B A ack=3501\n", CLIENT, 0, 0, 0, 0, 0, 0, 500 },
        /* A SACK block is a receipt, too. */
        { OPEN "0.08 A A len=10\n0.081 A A seq=3011 len=10\n0.1 B A ack=2001 sack=2511-3021\n"
               "0.12 A A seq=2001 len=10\n0.14 B A ack=2011 sack=2511-3021\n",
          CLIENT, 1, 0, 0, 0, 0, 10, 500 },
        /* It stands behind its acknowledgement: nothing is missing. */
        { OPEN "0.1 B A ack=3001\n0.10001 A A len=1000\n", CLIENT, 0, 0, 0, 0, 0, 0, 0 },
        /* Its first sending is missing, and had arrived; the repeat was not needed. */
        { OPEN "0.1 B A ack=3001\n0.3 A A seq=2001 len=1000\n", CLIENT, 0, 0, 1, 0, 0, 0, 1000 },
        /* The capture began too late for it. */
        { "0 B A seq=5001 ack=2001\n0.01 A A seq=3001 ack=5001 len=10\n0.03 B A ack=3011\n",
          CLIENT, 0, 0, 0, 0, 0, 0, 0 },
        /* One direction only: that is not told as a gap. */
        { "0 B A seq=5001 ack=2001\n0.01 B A ack=3001\n0.02 B A ack=4001\n",
          CLIENT, 0, 0, 0, 0, 0, 0, 0 },
    };
    LOST_CHECK(list);
}

/* A card cuts up what stands in the capture as one: the repeat of a part of it is one segment. */
static void offload(void **state)
{
    (void)state;
    static const struct expected_lost list[] = {
        { OPEN "0.08 A A len=14600\n0.1 B A ack=4921 sack=6381-16601\n"
               "0.12 A A seq=4921 len=1460\n0.14 B A ack=16601\n",
          CLIENT, 1, 0, 0, 0, 0, 1460, 0 },
        /* Ten segments of 1460 sent again as one. */
        { OPEN "0.08 A A len=14600\n0.081 A A len=1460\n0.101 B A ack=2001 sack=16601-18061\n"
               "0.121 A A seq=2001 len=14600\n0.141 B A ack=18061\n",
          CLIENT, 1, 0, 0, 0, 0, 14600, 0 },
        /* At the receiver two came as one (GRO): no gap, no repeat, no overlap. */
        { OPEN "0.08 A A len=1460\n0.081 A A len=2920\n0.1 B A ack=6381\n",
          CLIENT, 0, 0, 0, 0, 0, 0, 0 },
        /* A segment so large that its IP length is 0. */
        { OPEN "0.08 A A len=20000 totlen=0\n0.081 A A len=1460\n0.1 B A ack=23461\n",
          CLIENT, 0, 0, 0, 0, 0, 0, 0 },
    };
    LOST_CHECK(list);
}

/* Every place is a sentence that names the part of the way. */
static void table(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind <= LOST_MISSED; kind++)
        for (unsigned view = 0; view < VIEW_N; view++) {
            const struct lost_place *place = &lost_places[kind][view];
            assert_non_null(place->id);
            assert_non_null(place->words);
            /* Nobody sees it happen at one place. */
            assert_true(place->certainty >= (kind == LOST_BETWEEN ? CERTAINTY_PROVED
                                                                  : CERTAINTY_INFERRED));
            if (kind == LOST_AFTER || kind == LOST_NEVER || kind == LOST_MISSED)
                assert_non_null(strstr(place->words, "{receiver}"));
            if (kind == LOST_BEFORE || kind == LOST_OVERTAKEN)
                assert_non_null(strstr(place->words, "{sender}"));
        }
    assert_int_equal(lost_view_of(VANTAGE_CLIENT, CLIENT), VIEW_AT_SENDER);
    assert_int_equal(lost_view_of(VANTAGE_CLIENT, SERVER), VIEW_AT_RECEIVER);
    assert_int_equal(lost_view_of(VANTAGE_NEAR_CLIENT, SERVER), VIEW_NEAR_RECEIVER);
    assert_int_equal(lost_view_of(VANTAGE_MIDDLE, SERVER), VIEW_BETWEEN);
    assert_int_equal(lost_view_of(VANTAGE_NEAR_SERVER, CLIENT), VIEW_NEAR_RECEIVER);
    assert_int_equal(lost_view_of(VANTAGE_SERVER, SERVER), VIEW_AT_SENDER);
    assert_int_equal(lost_view_of(VANTAGE_UNKNOWN, CLIENT), VIEW_ANYWHERE);
}

static void sentence_is(const char *lines, enum vantage vantage, bool details, const char *wanted)
{
    struct tracker_case *tracked = case_track(lines, NULL);
    struct connection_report report = { .summary = &tracked->connections[0].summary,
                                        .vantage = { .vantage = (uint8_t)vantage } };
    struct strbuf text = { 0 };
    narrate_lost(&text, &report, details);
    assert_string_equal(strbuf_text(&text), wanted);
    strbuf_done(&text);
    free(tracked);
}

static void sentences(void **state)
{
    (void)state;
#define ENDS "ends A=10.0.0.1:40000 B=10.0.0.2:80\n"
#define LOST_BEHIND                                                                              \
    ENDS OPEN "0.08 A A len=1000\n0.081 A A len=1000\n0.101 B A ack=2001 sack=3001-4001\n"       \
              "0.121 A A seq=2001 len=1000\n0.141 B A ack=4001\n"
#define LOST_AHEAD                                                                               \
    ENDS OPEN "0.081 A A seq=3001 len=1000\n0.101 B A ack=2001 sack=3001-4001\n"                 \
              "0.121 A A seq=2001 len=1000\n0.141 B A ack=4001\n"
    sentence_is(LOST_BEHIND, VANTAGE_CLIENT, false,
                "1 segment of the client lost between the capture point and 10.0.0.2 (inferred)");
    sentence_is(LOST_BEHIND, VANTAGE_SERVER, true,
                "1 segment of the client, 1000 B, dropped by 10.0.0.2 itself behind the capture "
                "point, or sent again because an acknowledgement was lost (assumed)");
    sentence_is(LOST_AHEAD, VANTAGE_MIDDLE, true,
                "1 segment of the client, 1000 B, lost between 10.0.0.1 and the capture point "
                "(inferred)");
    sentence_is(LOST_AHEAD, VANTAGE_CLIENT, false,
                "1 segment of the client missing in the capture, which was taken on 10.0.0.1: lost "
                "by the capture, or in a queue of that host (assumed)");
    /* Nothing of B was captured: what it lacked is a guess. */
    sentence_is(ENDS "0 A S seq=1000\n0.02 A A seq=1001 ack=5001\n0.03 A A len=1000\n"
                     "0.031 A A len=1000\n0.3 A A seq=1001 len=1000\n",
                VANTAGE_UNKNOWN, false,
                "1 segment of the client lost between the capture point and 10.0.0.2 (assumed)");
    /* Where the capture lacks other bytes it may lack these, too. */
    sentence_is(LOST_AHEAD "0.2 B A ack=5001\n", VANTAGE_MIDDLE, true,
                "1 segment of the client, 1000 B, lost between 10.0.0.1 and the capture point "
                "(assumed); 1000 B of the client lost by the capture, or passed on another way, "
                "for 10.0.0.2 acknowledged it (inferred)");
    sentence_is(ENDS OPEN, VANTAGE_MIDDLE, true, "");
    /* A D-SACK block (RFC 2883) tells that frame 6 had arrived before frame 7. */
#define NEEDLESS                                                                                 \
    ENDS OPEN "0.08 A A len=1000\n0.4 A A seq=2001 len=1000\n0.42 B A ack=3001 sack=2001-3001\n"
    sentence_is(NEEDLESS, VANTAGE_MIDDLE, false,
                "no data, as far as it shows; 1 segment of the client sent again without need");
    sentence_is(NEEDLESS, VANTAGE_MIDDLE, true,
                "no data, as far as it shows; 1 segment of the client sent again without need: what "
                "was sent first had arrived at 10.0.0.2 (inferred)");
    /* Where something was lost, too, that comes first. */
    sentence_is(NEEDLESS "0.5 A A len=1000\n0.501 A A len=1000\n"
                         "0.521 B A ack=3001 sack=4001-5001\n0.541 A A seq=3001 len=1000\n"
                         "0.561 B A ack=5001\n",
                VANTAGE_MIDDLE, false,
                "1 segment of the client lost between the capture point and 10.0.0.2 (inferred); 1 "
                "segment of the client sent again without need");
}

/* One of five segments of 1000 bytes was sent again: 1000 of 6000 and the SYN. */
static void rate(void **state)
{
    (void)state;
    struct tracker_case *tracked =
        case_track(OPEN "0.08 A A len=1000\n0.081 A A len=1000\n0.082 A A len=1000\n"
                        "0.083 A A len=1000\n0.101 B A ack=2001 sack=3001-6001\n"
                        "0.121 A A seq=2001 len=1000\n0.141 B A ack=6001\n", NULL);
    double told = lost_rate(&tracked->connections[0].summary.endpoints[CLIENT]);
    assert_true(told > 1000.0 / 6001 - 1e-9 && told < 1000.0 / 6001 + 1e-9);
    free(tracked);
    /* 40 bytes sent once, and 10 + 20 + 30 of them lost somewhere: 60 of 100. */
    struct endpoint_summary end = { .payload_bytes = 40 };
    end.lost.part[LOST_AFTER].bytes = 10;
    end.lost.part[LOST_BETWEEN].bytes = 20;
    end.lost.part[LOST_BEFORE].bytes = 30;
    end.lost.part[LOST_NEVER].bytes = end.lost.part[LOST_UNKNOWN].bytes = 50;
    told = lost_rate(&end);
    assert_true(told > 0.6 - 1e-9 && told < 0.6 + 1e-9);
}

/* 1000 bytes and one more for each repeat: 3 / 1003 = 0.3 %, 9000 / 10,000 = 90 %, 999,000 /
 * 1,000,000 = 99.9 %. */
static void percents(void **state)
{
    static const struct {
        uint64_t again;
        const char *wanted;
    } list[] = {
        { 3, "3 segments of the client (0.3 % of its bytes) lost between the capture point and "
             "0.0.0.0 (inferred)" },
        { 9000, "9000 segments of the client (90 % of its bytes) lost between the capture point and "
                "0.0.0.0 (inferred)" },
        { 999000, "999000 segments of the client (100 % of its bytes) lost between the capture point "
                  "and 0.0.0.0 (inferred)" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        struct summary summary = { .ip_version = 4 };
        struct endpoint_summary *end = &summary.endpoints[CLIENT];
        struct connection_report report = { .summary = &summary,
                                            .vantage = { .vantage = VANTAGE_UNKNOWN } };
        struct strbuf text = { 0 };
        summary.endpoints[SERVER].segments = 1;
        end->lost_known = true;
        end->payload_bytes = 1000;
        end->lost.part[LOST_AFTER] = (struct lost_part){ list[i].again, (uint32_t)list[i].again };
        narrate_lost(&text, &report, false);
        assert_string_equal(strbuf_text(&text), list[i].wanted);
        strbuf_done(&text);
    }
}

/* The finding of this topic at the end of a capture; false: none. */
static bool capture_says(const struct summary *summaries, size_t count, uint64_t dropped,
                         enum topic_id topic, struct finding *ret)
{
    struct registry *registry = registry_new();
    struct findings findings = { .count = 0 };
    const struct capture_facts facts = { .segments = 100, .dropped = dropped };
    bool found = false;
    assert_non_null(registry);
    for (size_t i = 0; i < count; i++) {
        const struct facts one = facts_read(&summaries[i], NULL, 0);
        registry_connection(registry, &one, &findings);
    }
    findings = (struct findings){ .count = 0 };
    registry_end(registry, &facts, &findings);
    registry_free(registry);
    for (size_t i = 0; i < findings.count; i++)
        if (findings.list[i].topic == topic) {
            *ret = findings.list[i];
            found = true;
        }
    return found;
}

/* A connection of which the capture lacks so many bytes of its client, told by this frame. */
static struct summary gappy(uint8_t host, uint64_t bytes, uint64_t missed, uint64_t frame)
{
    struct summary s = { .ip_version = 4, .handshake = HANDSHAKE_THREE_WAY, .first_frame = 1 };
    for (int id = CLIENT; id <= SERVER; id++)
        s.endpoints[id] = (struct endpoint_summary){ .segments = 20, .syns = 1 };
    s.endpoints[CLIENT].address[0] = host;
    s.endpoints[CLIENT].payload_bytes = bytes;
    s.endpoints[CLIENT].lost = (struct lost){ .missed_bytes = missed, .missed_frame = frame };
    return s;
}

static void capture_lacks(void **state)
{
    (void)state;
    struct finding f;
    struct summary one = gappy(10, 1000000, 1000, 7);
    assert_true(capture_says(&one, 1, 0, TOPIC_CAPTURE_DROPS, &f));
    assert_int_equal(f.severity, SEVERITY_WARNING);
    assert_int_equal(f.certainty, CERTAINTY_INFERRED);
    assert_true(f.n == 1000 && f.m == 1000000 && f.host[0] == 10);
    assert_int_equal(f.evidence_count, 1);
    assert_true(f.evidence[0].frame == 7 && f.evidence[0].value == 1000);
    /* One of thousand bytes is worth a warning, less is not. */
    one = gappy(10, 1000000, 999, 7);
    assert_true(capture_says(&one, 1, 0, TOPIC_CAPTURE_DROPS, &f));
    assert_int_equal(f.severity, SEVERITY_NOTE);
    /* The recorder says so itself. */
    assert_true(capture_says(&one, 1, 3, TOPIC_CAPTURE_DROPS, &f));
    assert_int_equal(f.certainty, CERTAINTY_PROVED);
    /* One number may be a FIN; and a recorder may lose what is no TCP. */
    one = gappy(10, 1000, 1, 7);
    assert_false(capture_says(&one, 1, 3, TOPIC_CAPTURE_DROPS, &f));
    /* Of two hosts none is named; the first frame that tells is. */
    struct summary two[2] = { gappy(10, 1000, 20, 9), gappy(11, 1000, 30, 4) };
    assert_true(capture_says(two, 2, 0, TOPIC_CAPTURE_DROPS, &f));
    assert_true(f.n == 50 && f.m == 2000 && f.host_ip_version == 0);
    assert_true(f.evidence[0].frame == 4 && f.evidence[0].value == 50);
}

static void one_direction(void **state)
{
    (void)state;
    struct finding f;
    struct summary list[5];
    for (unsigned i = 0; i < 5; i++)
        list[i] = gappy(10, 1000, 0, 0);
    for (unsigned i = 0; i < 4; i++)
        list[i].endpoints[SERVER] = (struct endpoint_summary){ .segments = 0 };
    list[0].first_frame = 30;
    list[1].first_frame = 12;
    list[2].first_frame = list[3].first_frame = 40;
    assert_true(capture_says(list, 5, 0, TOPIC_ASYMMETRIC_CAPTURE, &f)); /* four of five */
    assert_true(f.n == 4 && f.m == 5);
    assert_int_equal(f.severity, SEVERITY_ERROR);
    assert_int_equal(f.evidence[0].frame, 12);
    assert_false(capture_says(list + 1, 4, 0, TOPIC_ASYMMETRIC_CAPTURE, &f)); /* three of four */
    /* Five SYNs that nobody answered show nothing of the other direction; so do four segments. */
    list[0].endpoints[CLIENT].segments = list[0].endpoints[CLIENT].syns = 5;
    assert_false(capture_says(list, 1, 0, TOPIC_ASYMMETRIC_CAPTURE, &f));
    list[0].endpoints[CLIENT].segments = 9;
    assert_false(capture_says(list, 1, 0, TOPIC_ASYMMETRIC_CAPTURE, &f));
    list[0].endpoints[CLIENT].segments = 10;
    assert_true(capture_says(list, 1, 0, TOPIC_ASYMMETRIC_CAPTURE, &f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sides),   cmocka_unit_test(needless), cmocka_unit_test(not_known),
        cmocka_unit_test(missed),  cmocka_unit_test(offload),  cmocka_unit_test(table),
        cmocka_unit_test(sentences), cmocka_unit_test(rate), cmocka_unit_test(percents),
        cmocka_unit_test(other_bytes), cmocka_unit_test(unlisted),
        cmocka_unit_test(capture_lacks), cmocka_unit_test(one_direction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
