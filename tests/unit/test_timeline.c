/*
 * test_timeline: cells of time, by hand: 168 are kept, and a map of 56 joins as many of them as it
 * takes. Times are in ns; a cell lasts 1 ns until the connection lasts 168.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/classified.h"
#include "model/mark.h"
#include "report/timeline.h"

#define COLUMNS 56u
#define START INT64_C(1795230764118000000)
#define OPEN_WINDOW 65535u

/* What a test plays: SYNs with the numbers 1000 and 5000. */
struct play {
    struct timeline timeline;
    struct summary summary;
};

static void send_at(struct play *play, int64_t at, enum endpoint_id from, uint16_t flags,
                    uint32_t seq, uint32_t ack, uint32_t length)
{
    struct segment segment = { .time = START + at, .flags = flags, .seq = seq, .ack = ack,
                               .payload_len = length };
    timeline_segment(&play->timeline, &segment, from, 0, OPEN_WINDOW);
}

static void say_window(struct play *play, int64_t at, uint32_t ack, uint32_t window)
{
    struct segment segment = { .time = START + at, .flags = TCP_ACK, .seq = 5001, .ack = ack };
    timeline_segment(&play->timeline, &segment, SERVER, 0, window);
}

static struct timeline_map map_of(const struct play *play)
{
    struct timeline_map map;
    timeline_map(&play->timeline, &play->summary, COLUMNS, &map);
    return map;
}

/* A letter for each cell that has the flag. */
static void assert_flag(const struct timeline_map *map, int id, unsigned flag, const char *wanted)
{
    char text[TIMELINE_COLUMNS + 1];
    for (unsigned i = 0; i < map->count; i++)
        text[i] = map->cells[id][i].flags & flag ? 'x' : '.';
    text[map->count] = '\0';
    assert_string_equal(text, wanted);
}

static void test_cells(void **state)
{
    (void)state;
    struct play play;
    memset(&play, 0, sizeof play);
    assert_int_equal(map_of(&play).count, 0);
    send_at(&play, 0, CLIENT, TCP_SYN, 1000, 0, 0);
    struct timeline_map map = map_of(&play);
    assert_int_equal(map.count, 1);
    assert_int_equal(map.last, 0);
    send_at(&play, 3, SERVER, TCP_SYN | TCP_ACK, 5000, 1001, 0);
    send_at(&play, 6, CLIENT, TCP_ACK, 1001, 5001, 0);
    send_at(&play, 6, CLIENT, TCP_ACK, 1001, 5001, 100);
    send_at(&play, 7, CLIENT, TCP_ACK, 1101, 5001, 40);
    send_at(&play, 9, SERVER, TCP_FIN | TCP_ACK, 5001, 1141, 7);
    map = map_of(&play);
    assert_int_equal(map.count, 10);
    assert_int_equal(map.width, 1);
    assert_int_equal(map.last, 9);
    assert_int_equal(map.most[CLIENT], 100);
    assert_int_equal(map.most[SERVER], 7);
    assert_int_equal(map.cells[CLIENT][6].bytes, 100);
    assert_int_equal(map.cells[CLIENT][6].segments, 2);
    assert_int_equal(map.cells[CLIENT][7].bytes, 40);
    assert_int_equal(map.cells[SERVER][9].bytes, 7);
    assert_flag(&map, CLIENT, TIMELINE_SYN, "x.........");
    assert_flag(&map, SERVER, TIMELINE_SYN, "...x......");
    assert_flag(&map, SERVER, TIMELINE_FIN, ".........x");
    assert_flag(&map, CLIENT, TIMELINE_FIN, "..........");
}

/* 168 ns need cells of 2 ns, two of them a column (85 of them in 56): 4 ns. */
static void test_fold(void **state)
{
    (void)state;
    struct play play;
    memset(&play, 0, sizeof play);
    for (unsigned i = 0; i <= 168; i++)
        send_at(&play, i, CLIENT, TCP_ACK, 1001 + i, 5001, 1);
    struct timeline_map map = map_of(&play);
    assert_int_equal(map.width, 4);
    assert_int_equal(map.count, 43);
    for (unsigned i = 0; i < 42; i++) {
        assert_int_equal(map.cells[CLIENT][i].bytes, 4);
        assert_int_equal(map.cells[CLIENT][i].segments, 4);
    }
    assert_int_equal(map.cells[CLIENT][42].bytes, 1);
    /* A year later: 2^48 ns a cell (168 of them are 1.5 years; of 2^47, nine months), which needs
     * 113 of them: three a column. */
    send_at(&play, INT64_C(31536000000000000), CLIENT, TCP_ACK, 1170, 5001, 1);
    map = map_of(&play);
    assert_int_equal(map.width, INT64_C(3) << 48);
    assert_int_equal(map.count, INT64_C(31536000000000000) / (INT64_C(3) << 48) + 1);
    assert_int_equal(map.cells[CLIENT][0].bytes, 169);
    assert_int_equal(map.cells[CLIENT][map.count - 1].bytes, 1);
    /* Any clock: before the first segment, and as far behind it as numbers go. */
    send_at(&play, -5, CLIENT, TCP_ACK, 1171, 5001, 1);
    struct segment wild = { .time = INT64_MAX, .flags = TCP_ACK };
    timeline_segment(&play.timeline, &wild, CLIENT, 0, 0);
    wild.time = INT64_MIN;
    timeline_segment(&play.timeline, &wild, CLIENT, 0, 0);
    map = map_of(&play);
    assert_int_equal(map.cells[CLIENT][0].bytes, 171);
    assert_int_equal(map.cells[CLIENT][map.count - 1].segments, 1);
}

/* An end waits while nothing passes and something that it sent is not acknowledged. */
static void test_waits(void **state)
{
    (void)state;
    struct play play;
    memset(&play, 0, sizeof play);
    send_at(&play, 0, CLIENT, TCP_SYN, 1000, 0, 0);
    send_at(&play, 3, CLIENT, TCP_SYN, 1000, 0, 0);
    send_at(&play, 6, SERVER, TCP_SYN | TCP_ACK, 5000, 1001, 0);
    send_at(&play, 8, CLIENT, TCP_ACK, 1001, 5001, 0);
    /* Nothing is to be waited for: an idle connection. */
    send_at(&play, 11, CLIENT, TCP_ACK, 1001, 5001, 10);
    send_at(&play, 14, SERVER, TCP_ACK, 5001, 1006, 0); /* five of them */
    send_at(&play, 16, SERVER, TCP_ACK, 5001, 1011, 0);
    send_at(&play, 19, CLIENT, TCP_FIN | TCP_ACK, 1011, 5001, 0);
    send_at(&play, 21, SERVER, TCP_ACK, 5001, 1012, 0);
    struct timeline_map map = map_of(&play);
    assert_flag(&map, CLIENT, TIMELINE_WAITS, ".xx.xx......xx.x....x.");
    assert_flag(&map, SERVER, TIMELINE_WAITS, ".......x..............");
    /* After a RST nobody waits. */
    send_at(&play, 22, SERVER, TCP_ACK, 5001, 1012, 10);
    send_at(&play, 24, CLIENT, TCP_RST, 1012, 0, 0);
    send_at(&play, 27, CLIENT, TCP_RST, 1012, 0, 0);
    map = map_of(&play);
    assert_flag(&map, SERVER, TIMELINE_WAITS, ".......x...............x....");
    assert_flag(&map, CLIENT, TIMELINE_RST, "........................x..x");
}

/* A peer that was not captured answers unseen: only the SYN surely waits. */
static void test_one_direction(void **state)
{
    (void)state;
    struct play play;
    memset(&play, 0, sizeof play);
    send_at(&play, 0, CLIENT, TCP_SYN, 1000, 0, 0);
    send_at(&play, 3, CLIENT, TCP_ACK, 1001, 5001, 10);
    send_at(&play, 6, CLIENT, TCP_ACK, 1011, 5011, 10);
    struct timeline_map map = map_of(&play);
    assert_flag(&map, CLIENT, TIMELINE_WAITS, ".xx....");
    assert_flag(&map, SERVER, TIMELINE_WAITS, ".......");
}

static void test_window(void **state)
{
    (void)state;
    struct play play;
    memset(&play, 0, sizeof play);
    send_at(&play, 0, CLIENT, TCP_ACK, 1001, 5001, 10);
    say_window(&play, 2, 1011, 0);
    struct segment probe = { .time = START + 4, .flags = TCP_ACK, .seq = 1010, .ack = 5001 };
    timeline_segment(&play.timeline, &probe, CLIENT, MARK_WINDOW_PROBE, OPEN_WINDOW);
    say_window(&play, 5, 1011, 0);
    say_window(&play, 7, 1011, 100);
    send_at(&play, 9, CLIENT, TCP_ACK, 1011, 5001, 10);
    struct timeline_map map = map_of(&play);
    assert_flag(&map, SERVER, TIMELINE_CLOSED, "..xxxxxx..");
    assert_flag(&map, CLIENT, TIMELINE_CLOSED, "..........");
    assert_flag(&map, CLIENT, TIMELINE_PROBE, "....x.....");
    /* A keep-alive carries no payload of the stream; what was damaged says nothing. */
    struct segment alive = { .time = START + 10, .flags = TCP_ACK, .seq = 1020, .payload_len = 1 };
    timeline_segment(&play.timeline, &alive, CLIENT, MARK_KEEP_ALIVE, OPEN_WINDOW);
    alive.flags = TCP_FIN;
    timeline_segment(&play.timeline, &alive, CLIENT, MARK_DAMAGED, OPEN_WINDOW);
    map = map_of(&play);
    assert_int_equal(map.cells[CLIENT][10].bytes, 0);
    assert_int_equal(map.cells[CLIENT][10].segments, 2);
    assert_flag(&map, CLIENT, TIMELINE_KEEP_ALIVE, "..........x");
    assert_flag(&map, CLIENT, TIMELINE_FIN, "...........");
    /* Closed by the newest segment of all. */
    say_window(&play, 12, 1021, 0);
    map = map_of(&play);
    assert_flag(&map, SERVER, TIMELINE_CLOSED, "..xxxxxx....x");
    /* Neither a SYN's nor a RST's nor a FIN's window is meant. */
    memset(&play, 0, sizeof play);
    struct segment reset = { .time = START, .flags = TCP_SYN, .seq = 5000 };
    timeline_segment(&play.timeline, &reset, SERVER, 0, 0);
    reset.time = START + 1;
    reset.flags = TCP_RST | TCP_ACK;
    timeline_segment(&play.timeline, &reset, SERVER, 0, 0);
    play.timeline.reset = false;
    reset.time = START + 2;
    reset.flags = TCP_FIN | TCP_ACK;
    timeline_segment(&play.timeline, &reset, SERVER, 0, 0);
    map = map_of(&play);
    assert_flag(&map, SERVER, TIMELINE_CLOSED, "...");
}

static void test_again(void **state)
{
    (void)state;
    struct play play;
    memset(&play, 0, sizeof play);
    send_at(&play, 0, CLIENT, TCP_ACK, 1001, 5001, 10);
    send_at(&play, 5, SERVER, TCP_ACK, 5001, 1011, 0);
    struct classified_chunk more = { .count = 2, .rows = {
        { .class = CLASS_RTX_UNNEEDED, .time = START + 2, .from = CLIENT },
        { .class = CLASS_RTX_FAST, .time = START + 99, .from = CLIENT } /* no such cell */
    } };
    struct classified_chunk chunk = { .count = 5, .next = &more, .rows = {
        { .class = CLASS_ORIGINAL, .time = START, .from = CLIENT },
        { .class = CLASS_RTX_FAST, .time = START + 1, .from = CLIENT },
        { .class = CLASS_RTX_RTO, .time = START + 3, .from = SERVER },
        { .class = CLASS_RTX_RTO, .time = START + 4, .from = CLIENT, .tags = TAG(TAG_SPURIOUS) },
        { .class = CLASS_NETWORK_DUPLICATE, .time = START + 4, .from = SERVER },
    } };
    play.summary.segments = &chunk;
    struct timeline_map map = map_of(&play);
    assert_flag(&map, CLIENT, TIMELINE_AGAIN, ".x....");
    assert_flag(&map, CLIENT, TIMELINE_NEEDLESS, "..x.x.");
    assert_flag(&map, SERVER, TIMELINE_AGAIN, "...x..");
    assert_flag(&map, SERVER, TIMELINE_NEEDLESS, "......");
}

static void test_swap(void **state)
{
    (void)state;
    struct play play;
    memset(&play, 0, sizeof play);
    send_at(&play, 0, CLIENT, TCP_ACK, 1001, 5001, 10);
    timeline_swap(&play.timeline);
    struct timeline_map map = map_of(&play);
    assert_int_equal(map.most[SERVER], 10);
    assert_int_equal(map.most[CLIENT], 0);
}

/* An acknowledgement that was overtaken by a newer one takes nothing back. */
static void test_overtaken(void **state)
{
    (void)state;
    struct play play;
    memset(&play, 0, sizeof play);
    send_at(&play, 0, CLIENT, TCP_ACK, 1001, 5001, 10);
    send_at(&play, 1, SERVER, TCP_ACK, 5001, 1011, 0);
    send_at(&play, 2, SERVER, TCP_ACK, 5001, 1005, 0);
    send_at(&play, 5, SERVER, TCP_ACK, 5001, 1011, 0);
    send_at(&play, 6, CLIENT, TCP_ACK, 1005, 5001, 2);
    send_at(&play, 9, CLIENT, TCP_ACK, 1011, 5001, 0);
    struct timeline_map map = map_of(&play);
    assert_flag(&map, CLIENT, TIMELINE_WAITS, "..........");
}

/* More segments than are counted. */
static void test_count(void **state)
{
    (void)state;
    struct play play;
    memset(&play, 0, sizeof play);
    for (unsigned i = 0; i < 112; i++)
        send_at(&play, i, CLIENT, TCP_ACK, 1001, 5001, 0);
    play.timeline.ends[CLIENT].cells[110].segments = UINT32_MAX;
    send_at(&play, 110, CLIENT, TCP_ACK, 1001, 5001, 0);
    struct timeline_map map = map_of(&play);
    assert_int_equal(map.cells[CLIENT][54].segments, 2);
    assert_int_equal(map.cells[CLIENT][55].segments, UINT32_MAX);
}

/* Numbers wrap: 2^32 - 4 and 10 bytes are acknowledged with 6. */
static void test_wrap(void **state)
{
    (void)state;
    struct play play;
    memset(&play, 0, sizeof play);
    send_at(&play, 0, SERVER, TCP_ACK, 5001, UINT32_MAX - 3, 0);
    send_at(&play, 0, CLIENT, TCP_ACK, UINT32_MAX - 3, 5001, 10);
    send_at(&play, 3, SERVER, TCP_ACK, 5001, 6, 0);
    send_at(&play, 6, SERVER, TCP_ACK, 5001, 6, 0);
    struct timeline_map map = map_of(&play);
    assert_flag(&map, CLIENT, TIMELINE_WAITS, ".xx....");
}

/* However the times lie, all payload is in some cell. */
static void test_sums(void **state)
{
    (void)state;
    uint32_t seed = 11;
    for (unsigned round = 0; round < 200; round++) {
        struct play play;
        struct timeline_map map;
        uint64_t sent[2] = { 0 }, found[2] = { 0 }, segments = 0;
        memset(&play, 0, sizeof play);
        unsigned columns = 1 + round, scale = round % 40;
        for (unsigned i = 0; i < 150; i++) {
            seed = seed * 1664525u + 1013904223u;
            enum endpoint_id from = seed >> 31 ? SERVER : CLIENT;
            uint32_t length = seed >> 8 & 0xfff;
            send_at(&play, (int64_t)(seed >> 10) << scale, from, TCP_ACK, seed, seed, length);
            sent[from] += length;
        }
        timeline_map(&play.timeline, &play.summary, columns, &map);
        assert_true(map.count <= columns && map.count <= TIMELINE_COLUMNS);
        assert_true(map.last / map.width == map.count - 1);
        for (int id = CLIENT; id <= SERVER; id++) {
            for (unsigned i = 0; i < map.count; i++) {
                found[id] += map.cells[id][i].bytes;
                segments += map.cells[id][i].segments;
                assert_true(map.cells[id][i].bytes <= map.most[id]);
            }
            assert_int_equal(found[id], sent[id]);
        }
        assert_int_equal(segments, 150);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells), cmocka_unit_test(test_fold),
        cmocka_unit_test(test_waits), cmocka_unit_test(test_one_direction),
        cmocka_unit_test(test_window), cmocka_unit_test(test_again),
        cmocka_unit_test(test_swap),  cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_overtaken), cmocka_unit_test(test_count),
        cmocka_unit_test(test_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
