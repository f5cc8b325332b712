/*
 * test_space: cells of the sequence space, by hand: 168 are kept, and a map of 56 joins as many of
 * them as it takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/classified.h"
#include "model/mark.h"
#include "report/space.h"

#define COLUMNS 56u
#define WINDOW 65535u

/* What a test plays: the client sends, the server listens. */
struct play {
    struct space space;
    struct summary summary;
    uint64_t sent; /* payload */
};

static void send_from(struct play *play, enum endpoint_id from, uint32_t seq, uint32_t length,
                      uint16_t flags, unsigned marks)
{
    struct segment segment = { .seq = seq, .payload_len = length, .flags = flags };
    space_segment(&play->space, &segment, from, marks, WINDOW);
    play->summary.endpoints[from].segments++;
    play->sent += from == CLIENT ? length : 0;
}

static void send_data(struct play *play, uint32_t seq, uint32_t length)
{
    send_from(play, CLIENT, seq, length, TCP_ACK, 0);
}

/* After SYNs with this number, and `bytes` of payload of which all but some are acknowledged. */
static struct play play_open(uint32_t isn, uint64_t bytes, uint64_t unacknowledged)
{
    struct play play;
    memset(&play, 0, sizeof play);
    send_from(&play, CLIENT, isn, 0, TCP_SYN, 0);
    send_from(&play, SERVER, 7000, 0, TCP_SYN, 0);
    play.summary.endpoints[CLIENT].isn = isn;
    play.summary.endpoints[CLIENT].isn_known = true;
    play.summary.endpoints[CLIENT].payload_bytes = bytes;
    play.summary.endpoints[CLIENT].unacknowledged = unacknowledged;
    return play;
}

static struct space_map map_of(const struct play *play)
{
    struct space_map map;
    space_map(&play->space, &play->summary, CLIENT, COLUMNS, &map);
    return map;
}

static void assert_states(const struct space_map *map, const char *wanted)
{
    static const char letters[] = "as:.o"; /* by enum space_state */
    char text[SPACE_COLUMNS + 1];
    for (unsigned i = 0; i < map->count; i++)
        text[i] = letters[map->cells[i].state];
    text[map->count] = '\0';
    assert_string_equal(text, wanted);
}

static void assert_again(const struct space_map *map, const char *wanted)
{
    static const char letters[] = " n23"; /* by enum space_again */
    char text[SPACE_COLUMNS + 1];
    for (unsigned i = 0; i < map->count; i++)
        text[i] = letters[map->cells[i].again];
    text[map->count] = '\0';
    assert_string_equal(text, wanted);
}

/* Cells hold what was sent, repeats included. */
static void assert_sum(const struct play *play, const struct space_map *map)
{
    uint64_t sum = map->outside;
    for (unsigned i = 0; i < map->count; i++)
        sum += map->cells[i].bytes;
    assert_int_equal(sum, play->sent);
}

static void test_cells(void **state)
{
    (void)state;
    /* 200 bytes: one byte a cell would need 200 of 168, so two; 100 of them; two columns take
     * 112: four bytes a cell of the map, 50 cells. */
    struct play play = play_open(1000, 200, 0);
    send_data(&play, 1001, 100);
    send_data(&play, 1101, 100);
    struct space_map map = map_of(&play);
    assert_int_equal(map.length, 200);
    assert_int_equal(map.width, 4);
    assert_int_equal(map.count, 50);
    for (unsigned i = 0; i < map.count; i++) {
        assert_int_equal(map.cells[i].bytes, 4);
        assert_int_equal(map.cells[i].missing, 0);
        assert_int_equal(map.cells[i].state, SPACE_ACKED);
    }
    assert_sum(&play, &map);
    /* 201: the last cell holds one byte. */
    play = play_open(1000, 201, 0);
    send_data(&play, 1001, 201);
    map = map_of(&play);
    assert_int_equal(map.count, 51);
    assert_int_equal(map.cells[50].bytes, 1);
    assert_int_equal(map.cells[50].state, SPACE_ACKED);
    /* Sent again as a whole: twice the bytes. */
    send_data(&play, 1001, 201);
    map = map_of(&play);
    assert_int_equal(map.cells[0].bytes, 8);
    assert_int_equal(map.cells[50].bytes, 2);
    assert_sum(&play, &map);
}

static void test_small(void **state)
{
    (void)state;
    struct play play = play_open(1000, 0, 0);
    struct space_map map = map_of(&play);
    assert_int_equal(map.count, 0);
    assert_int_equal(map.length, 0);
    play = play_open(1000, 1, 0);
    send_data(&play, 1001, 1);
    map = map_of(&play);
    assert_int_equal(map.count, 1);
    assert_int_equal(map.width, 1);
    assert_states(&map, "a");
    /* A FIN takes a number and no cell (RFC 9293 §3.4); nor does its acknowledgement. */
    play = play_open(1000, 2, 1);
    play.summary.endpoints[CLIENT].fin_sent = true;
    send_data(&play, 1001, 2);
    send_from(&play, CLIENT, 1003, 0, TCP_FIN | TCP_ACK, 0);
    map = map_of(&play);
    assert_states(&map, "aa");
    play.summary.endpoints[CLIENT].unacknowledged = 2;
    map = map_of(&play);
    assert_states(&map, "ao");
    assert_int_equal(map.open, 1);
    /* Bytes on a SYN begin behind it (RFC 7413). */
    memset(&play, 0, sizeof play);
    send_from(&play, CLIENT, 1000, 3, TCP_SYN, 0);
    send_data(&play, 1004, 1);
    play.summary.endpoints[SERVER].segments = 1;
    map = map_of(&play);
    assert_states(&map, "aaaa");
    assert_sum(&play, &map);
}

/* Numbers wrap: 2^32 - 3 is the SYN's, the first byte has 2^32 - 2, the third 0. */
static void test_wrap(void **state)
{
    (void)state;
    struct play play = play_open(UINT32_MAX - 2, 6, 2);
    send_data(&play, UINT32_MAX - 1, 2);
    send_data(&play, 0, 4);
    struct space_map map = map_of(&play);
    assert_int_equal(map.length, 6);
    assert_states(&map, "aaaaoo");
    assert_int_equal(map.outside, 0);
}

/* Picked up in the middle: the first number seen is the first byte. What lies before is outside. */
static void test_midstream(void **state)
{
    (void)state;
    struct play play;
    memset(&play, 0, sizeof play);
    play.summary.endpoints[SERVER].segments = 1;
    send_data(&play, 5000, 4);
    send_data(&play, 4998, 4); /* two bytes outside, two again */
    send_data(&play, 4000, 10);
    struct space_map map = map_of(&play);
    assert_int_equal(map.length, 4);
    assert_int_equal(map.outside, 12);
    assert_int_equal(map.cells[0].bytes, 2);
    assert_int_equal(map.cells[2].bytes, 1);
    assert_sum(&play, &map);
    /* A SYN-ACK that acknowledges the SYN tells the first byte, which is missing here. */
    memset(&play, 0, sizeof play);
    struct segment answer = { .seq = 7000, .ack = 1001, .flags = TCP_SYN | TCP_ACK };
    space_segment(&play.space, &answer, SERVER, 0, WINDOW);
    play.summary.endpoints[SERVER].segments = 1;
    send_data(&play, 1003, 2);
    map = map_of(&play);
    assert_states(&map, "..aa");
    assert_int_equal(map.missing, 2);
    /* A SYN is surer than the peer's acknowledgement (of another connection before it, say), but
     * not where bytes have a place already. */
    memset(&play, 0, sizeof play);
    answer.flags = TCP_ACK;
    answer.ack = 90001;
    space_segment(&play.space, &answer, SERVER, 0, WINDOW);
    play.summary.endpoints[SERVER].segments = 1;
    send_from(&play, CLIENT, 1000, 0, TCP_SYN, 0);
    send_data(&play, 1001, 4);
    map = map_of(&play);
    assert_states(&map, "aaaa");
    send_from(&play, CLIENT, 40000, 0, TCP_SYN, 0);
    send_data(&play, 1005, 4);
    map = map_of(&play);
    assert_states(&map, "aaaaaaaa");
    space_segment(&play.space, &answer, SERVER, 0, WINDOW);
    map = map_of(&play);
    assert_states(&map, "aaaaaaaa");
    /* A RST's number may be anything: no byte counts from it. */
    memset(&play, 0, sizeof play);
    play.summary.endpoints[SERVER].segments = 1;
    send_from(&play, CLIENT, 99, 0, TCP_RST, 0);
    send_data(&play, 5000, 4);
    send_from(&play, CLIENT, 5004, 9, TCP_RST, 0);
    map = map_of(&play);
    assert_states(&map, "aaaa");
}

/* Of one direction alone nothing says that bytes arrived. */
static void test_one_direction(void **state)
{
    (void)state;
    struct play play = play_open(1000, 3, 0);
    send_data(&play, 1001, 3);
    play.summary.endpoints[SERVER].segments = 0;
    struct space_map map = map_of(&play);
    assert_states(&map, "ooo");
    /* And of the other one, what it acknowledged was sent, and is missing. */
    play = play_open(1000, 3, 0);
    map = map_of(&play);
    assert_states(&map, "...");
    assert_int_equal(map.missing, 3);
    assert_sum(&play, &map);
}

/* Nothing of the client was captured, but an acknowledgement of one number behind its SYN: that is
 * a byte or its FIN. Two numbers hold a byte at least. */
static void test_unseen_fin(void **state)
{
    (void)state;
    struct play play = { 0 };
    send_from(&play, SERVER, 7001, 0, TCP_ACK, 0);
    play.space.ends[CLIENT].based = true;
    play.space.ends[CLIENT].origin = 1001;
    play.summary.endpoints[CLIENT].isn = 1000;
    play.summary.endpoints[CLIENT].isn_known = true;
    play.summary.endpoints[CLIENT].payload_bytes = 1;
    assert_int_equal(map_of(&play).count, 0);
    play.summary.endpoints[CLIENT].payload_bytes = 2;
    assert_int_equal(map_of(&play).missing, 2);
    play.summary.endpoints[CLIENT].segments = 1;
    play.summary.endpoints[CLIENT].payload_bytes = 1;
    assert_int_equal(map_of(&play).missing, 1);
}

static void test_gaps(void **state)
{
    (void)state;
    /* 300 bytes: 150 cells of two, three columns: six bytes a cell of the map, 50 of them. */
    struct play play = play_open(1000, 300, 0);
    send_data(&play, 1001, 100);
    send_data(&play, 1201, 100);
    struct space_map map = map_of(&play);
    assert_int_equal(map.count, 50);
    assert_int_equal(map.missing, 100);
    /* Offset 100 is in cell 16 (96 to 101), 200 in cell 33 (198 to 203): both partly. */
    assert_states(&map, "aaaaaaaaaaaaaaaa:................:aaaaaaaaaaaaaaaa");
    assert_int_equal(map.cells[16].missing, 2);
    assert_int_equal(map.cells[20].missing, 6);
    assert_int_equal(map.cells[33].missing, 2);
    /* From the middle, from the left, from the right; then all of it. */
    send_data(&play, 1141, 20);
    assert_int_equal(map_of(&play).missing, 80);
    send_data(&play, 1091, 20);
    assert_int_equal(map_of(&play).missing, 70);
    send_data(&play, 1195, 20);
    assert_int_equal(map_of(&play).missing, 64);
    send_data(&play, 1001, 300);
    map = map_of(&play);
    assert_int_equal(map.missing, 0);
    assert_int_equal(map.cells[49].state, SPACE_ACKED);
    assert_sum(&play, &map);
}

/* A map of as many bytes as fit, with a byte left out behind each that is sent. */
static void play_holes(struct play *play, unsigned holes)
{
    *play = play_open(1000, 2 * holes + 1, 0);
    for (unsigned i = 0; i <= holes; i++)
        send_data(play, 1001 + 2 * i, 1);
}

/* The bound: of more gaps than are kept the oldest count as never filled, also when they are. */
static void test_gaps_bound(void **state)
{
    (void)state;
    struct play play;
    play_holes(&play, SPACE_GAPS);
    assert_int_equal(map_of(&play).missing, SPACE_GAPS);
    send_data(&play, 1001, 2 * SPACE_GAPS + 1);
    assert_int_equal(map_of(&play).missing, 0);
    play_holes(&play, SPACE_GAPS + 3);
    assert_int_equal(map_of(&play).missing, SPACE_GAPS + 3);
    send_data(&play, 1001, 2 * SPACE_GAPS + 7);
    struct space_map map = map_of(&play);
    assert_int_equal(map.missing, 3);
    assert_int_equal(map.cells[0].missing, 1); /* offset 1; cells hold 3 bytes: 0, 1, 2 */
    assert_int_equal(map.cells[1].missing, 2); /* offsets 3 and 5 */
    assert_sum(&play, &map);
    /* A gap that is split while there is no room for one more. */
    play_holes(&play, SPACE_GAPS);
    send_data(&play, 1001 + 2 * SPACE_GAPS + 11, 1);
    send_data(&play, 1001 + 2 * SPACE_GAPS + 5, 1);
    play.summary.endpoints[CLIENT].payload_bytes = 0;
    assert_int_equal(map_of(&play).missing, SPACE_GAPS + 9);
}

/* What lies beyond the acknowledgement may be told of by SACK (RFC 2018): a whole cell only. */
static void test_sacked(void **state)
{
    (void)state;
    struct play play = play_open(1000, 8, 6);
    send_data(&play, 1001, 8);
    struct segment ack = { .seq = 7001, .ack = 1003, .flags = TCP_ACK, .options = OPTION_SACK,
                           .sack_count = 1, .sack = { { 1005, 1007 } } };
    space_segment(&play.space, &ack, SERVER, 0, WINDOW);
    struct space_map map = map_of(&play);
    assert_states(&map, "aaoossoo");
    ack.sack[0].right = 1009;
    space_segment(&play.space, &ack, SERVER, 0, WINDOW);
    map = map_of(&play);
    assert_states(&map, "aaoossss");
    /* Blocks that no segment can have meant say nothing. */
    ack.sack[0].left = 1003;
    ack.sack[0].right = 1010;
    space_segment(&play.space, &ack, SERVER, 0, WINDOW);
    ack.sack[0].left = 1007;
    ack.sack[0].right = 1003;
    space_segment(&play.space, &ack, SERVER, 0, WINDOW);
    map = map_of(&play);
    assert_states(&map, "aaoossss");
    /* Where the last cell holds less than others: of 201 bytes, two in each that is kept, one. */
    play = play_open(1000, 201, 101);
    send_data(&play, 1001, 201);
    ack.sack[0].left = 1105;
    ack.sack[0].right = 1202;
    space_segment(&play.space, &ack, SERVER, 0, WINDOW);
    map = map_of(&play);
    assert_int_equal(map.cells[25].state, SPACE_OPEN);
    assert_int_equal(map.cells[26].state, SPACE_SACKED);
    assert_int_equal(map.cells[50].state, SPACE_SACKED);
    ack.sack[0].right = 1109; /* a lower block changes nothing, */
    space_segment(&play.space, &ack, SERVER, 0, WINDOW);
    assert_int_equal(map_of(&play).cells[50].state, SPACE_SACKED);
    send_data(&play, 1202, 2); /* and bytes behind it are not told of */
    play.summary.endpoints[CLIENT].payload_bytes += 2;
    play.summary.endpoints[CLIENT].unacknowledged += 2;
    assert_int_equal(map_of(&play).cells[50].state, SPACE_OPEN);
    ack.sack[0].right = 1204;
    space_segment(&play.space, &ack, SERVER, 0, WINDOW);
    assert_int_equal(map_of(&play).cells[50].state, SPACE_SACKED);
    /* 200 bytes, four a cell of the map, made of two: a block of 2 + 4 bytes at 100 covers one
     * cell and a half. */
    play = play_open(1000, 200, 200);
    send_data(&play, 1001, 200);
    ack.sack[0].left = 1102; /* one byte too late for a cell */
    ack.sack[0].right = 1107;
    space_segment(&play.space, &ack, SERVER, 0, WINDOW);
    assert_int_equal(map_of(&play).cells[25].state, SPACE_OPEN);
    ack.sack[0].left = 1101;
    space_segment(&play.space, &ack, SERVER, 0, WINDOW);
    map = map_of(&play);
    assert_int_equal(map.cells[24].state, SPACE_OPEN);
    assert_int_equal(map.cells[25].state, SPACE_SACKED);
    assert_int_equal(map.cells[26].state, SPACE_OPEN);
}

/* When two cells become one, both must have been told of. */
static void test_sacked_fold(void **state)
{
    (void)state;
    struct play play = play_open(1000, 168, 168);
    send_data(&play, 1001, 168); /* a byte a cell, three of them a cell of the map */
    struct segment ack = { .seq = 7001, .ack = 1001, .flags = TCP_ACK, .options = OPTION_SACK,
                           .sack_count = 3,
                           .sack = { { 1012, 1021 }, { 1101, 1102 }, { 1103, 1104 } } };
    space_segment(&play.space, &ack, SERVER, 0, WINDOW);
    send_data(&play, 1169, 32);
    play.summary.endpoints[CLIENT].payload_bytes = 200;
    play.summary.endpoints[CLIENT].unacknowledged = 200;
    struct space_map map = map_of(&play);
    /* Four bytes a cell: offsets 11 to 19 cover 12 to 15 and 16 to 19; 100 and 102 cover
     * half of each cell that is kept. */
    assert_int_equal(map.width, 4);
    assert_int_equal(map.cells[2].state, SPACE_OPEN);
    assert_int_equal(map.cells[3].state, SPACE_SACKED);
    assert_int_equal(map.cells[4].state, SPACE_SACKED);
    assert_int_equal(map.cells[5].state, SPACE_OPEN);
    assert_int_equal(map.cells[25].state, SPACE_OPEN);
    for (unsigned i = 28; i < map.count; i++)
        assert_int_equal(map.cells[i].state, SPACE_OPEN);
    /* Both halves alone are enough. */
    ack.sack[0].left = 1101;
    ack.sack[0].right = 1105;
    play = play_open(1000, 168, 168);
    send_data(&play, 1001, 168);
    space_segment(&play.space, &ack, SERVER, 0, WINDOW);
    send_data(&play, 1169, 32);
    play.summary.endpoints[CLIENT].payload_bytes = 200;
    play.summary.endpoints[CLIENT].unacknowledged = 200;
    assert_int_equal(map_of(&play).cells[25].state, SPACE_SACKED);
}

/* Final classes tell what was sent again; the worst of a cell counts. */
static void test_again(void **state)
{
    (void)state;
    struct play play = play_open(UINT32_MAX - 3, 8, 0);
    send_data(&play, UINT32_MAX - 2, 8);
    struct classified_chunk chunk = { .count = 6, .rows = {
        { .class = CLASS_RTX_SYN, .seq = UINT32_MAX - 3, .flags = TCP_SYN },
        { .class = CLASS_ORIGINAL, .seq = UINT32_MAX - 2, .length = 8 },
        { .class = CLASS_RTX_FAST, .seq = UINT32_MAX - 2, .length = 3 },
        { .class = CLASS_RTX_UNNEEDED, .seq = UINT32_MAX, .length = 2 }, /* offsets 2, 3 */
        { .class = CLASS_RTX_RTO, .seq = 2, .length = 1, .tags = TAG(TAG_LOST_AGAIN) },
        { .class = CLASS_RTX_RTO, .seq = 3, .length = 2,
          .tags = TAG(TAG_LOST_AGAIN) | TAG(TAG_SPURIOUS) },
    } };
    play.summary.segments = &chunk;
    struct space_map map = map_of(&play);
    assert_again(&map, "222n 3nn");
    assert_int_equal(map.repeats, 5);
    /* Those of the other end, copies and what was not accepted are none of it. */
    for (unsigned i = 1; i < chunk.count; i++) {
        chunk.rows[i].from = i == 2 ? SERVER : CLIENT;
        chunk.rows[i].class = i == 2 ? CLASS_RTX_FAST : i == 3 ? CLASS_NOT_ACCEPTED : CLASS_NONE;
    }
    chunk.rows[4].class = CLASS_NETWORK_DUPLICATE;
    map = map_of(&play);
    assert_again(&map, "        ");
    assert_int_equal(map.repeats, 1);
    /* Nor is what lies outside, whatever a row says. */
    chunk.rows[2] = (struct classified){ .class = CLASS_RTX_FAST, .seq = 5, .length = 1 };
    chunk.rows[3] = (struct classified){ .class = CLASS_RTX_FAST, .seq = 3, .length = 4000000 };
    map = map_of(&play);
    assert_again(&map, "        ");
}

/* Also of an end that sent no payload. */
static void test_again_empty(void **state)
{
    (void)state;
    struct play play = play_open(1000, 0, 0);
    struct classified_chunk chunk = { .count = 2, .rows = {
        { .class = CLASS_RTX_SYN, .seq = 1000, .flags = TCP_SYN },
        { .class = CLASS_RTX_FAST, .seq = 1001, .length = 4 },
    } };
    play.summary.segments = &chunk;
    struct space_map map = map_of(&play);
    assert_int_equal(map.repeats, 2);
    assert_int_equal(map.count, 0);
}

/* 70,000 segments of 65,000 bytes are 4,550,000,000: more than the numbers that there are. */
static void test_long(void **state)
{
    (void)state;
    uint32_t seq = 1001;
    struct play play = play_open(1000, UINT64_C(4550000000), 0);
    for (unsigned i = 0; i < 70000; i++, seq += 65000)
        send_data(&play, seq, 65000);
    struct space_map map = map_of(&play);
    /* 2^24 bytes a cell would need 272; 2^25 need 136: three to a column, 46 columns. */
    assert_int_equal(map.length, UINT64_C(4550000000));
    assert_int_equal(map.width, 3u << 25);
    assert_int_equal(map.count, 46);
    for (unsigned i = 0; i < 45; i++)
        assert_int_equal(map.cells[i].bytes, 3u << 25);
    assert_int_equal(map.cells[45].bytes, UINT64_C(4550000000) - 45 * (UINT64_C(3) << 25));
    assert_int_equal(map.missing, 0);
    assert_sum(&play, &map);
    /* Rows behind each other find their place beyond the wrap: these are its last bytes. */
    struct classified_chunk chunk = { .count = 4, .rows = {
        { .class = CLASS_ORIGINAL, .seq = 1001u + 1000000000u, .length = 1 },
        { .class = CLASS_ORIGINAL, .seq = 1001u + 2500000000u, .length = 1 },
        { .class = CLASS_ORIGINAL, .seq = 1001u + 4000000000u, .length = 1 },
        { .class = CLASS_RTX_FAST, .seq = (uint32_t)(UINT64_C(1001) + 4549999999u), .length = 1 },
    } };
    play.summary.segments = &chunk;
    map = map_of(&play);
    assert_int_equal(map.cells[45].again, SPACE_AGAIN);
    assert_int_equal(map.cells[0].again, SPACE_ONCE);
}

/* Payload far outside is believed when the next agrees, as the tracker does. */
static void test_far(void **state)
{
    (void)state;
    struct play play = play_open(1000, 0, 0);
    uint32_t far = 1001 + (1u << 20) + WINDOW; /* the farthest at first */
    send_data(&play, 1001, 10);
    send_data(&play, far + 11, 10);
    struct space_map map = map_of(&play);
    assert_int_equal(map.length, 10);
    assert_int_equal(map.outside, 10);
    send_data(&play, 1011, 10);
    send_data(&play, far + 31, 10);
    assert_int_equal(map_of(&play).length, 20);
    send_data(&play, far + 41, 10);
    map = map_of(&play);
    assert_int_equal(map.length, (1u << 20) + WINDOW + 51);
    assert_int_equal(map.outside, 20);
    assert_sum(&play, &map);
    /* Right at the limit. */
    play = play_open(1000, 0, 0);
    send_data(&play, far, 1);
    assert_int_equal(map_of(&play).length, (1u << 20) + WINDOW + 1);
}

/* Probes and what was damaged carry no bytes of the stream. */
static void test_ignored(void **state)
{
    (void)state;
    static const unsigned marks[] = { MARK_DAMAGED, MARK_NOT_BELIEVED, MARK_KEEP_ALIVE,
                                      MARK_WINDOW_PROBE };
    struct play play = play_open(1000, 0, 0);
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        send_from(&play, CLIENT, 1001, 5, TCP_ACK, marks[i]);
    assert_int_equal(map_of(&play).count, 0);
    send_from(&play, CLIENT, 1001, 5, TCP_ACK, MARK_REPEATED);
    assert_int_equal(map_of(&play).length, 5);
}

static void test_swap(void **state)
{
    (void)state;
    struct play play = play_open(1000, 5, 0);
    struct space_map map;
    send_data(&play, 1001, 5);
    space_swap(&play.space);
    space_map(&play.space, &play.summary, SERVER, COLUMNS, &map);
    assert_int_equal(map.length, 5);
    play.summary.endpoints[CLIENT].payload_bytes = 0;
    space_map(&play.space, &play.summary, CLIENT, COLUMNS, &map);
    assert_int_equal(map.count, 0);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Whatever is sent in whatever order, nothing is lost or counted twice. */
static void test_sums(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (unsigned round = 0; round < 300; round++) {
        uint32_t isn = next_random(&seed) << 8, most = 1u << (1 + next_random(&seed) % 20);
        struct play play = play_open(isn, 0, 0);
        unsigned columns = 1 + next_random(&seed) % (2 * SPACE_COLUMNS);
        for (unsigned i = 0; i < 200; i++)
            send_data(&play, isn + 1 - 50 + next_random(&seed) % most,
                      next_random(&seed) % (most / 8 + 2));
        struct space_map map;
        space_map(&play.space, &play.summary, CLIENT, columns, &map);
        assert_sum(&play, &map);
        assert_true(map.count <= columns && map.count <= SPACE_COLUMNS);
        uint64_t held = 0;
        for (unsigned i = 0; i < map.count; i++) {
            uint64_t size = i + 1 < map.count ? map.width : map.length - i * map.width;
            assert_true(map.cells[i].missing <= size && size > 0);
            assert_true(map.cells[i].bytes >= size - map.cells[i].missing);
            held += size;
        }
        assert_int_equal(held, map.length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells),      cmocka_unit_test(test_small),
        cmocka_unit_test(test_wrap),       cmocka_unit_test(test_midstream),
        cmocka_unit_test(test_one_direction), cmocka_unit_test(test_unseen_fin),
        cmocka_unit_test(test_gaps),       cmocka_unit_test(test_gaps_bound),
        cmocka_unit_test(test_sacked),
        cmocka_unit_test(test_sacked_fold),
        cmocka_unit_test(test_again),      cmocka_unit_test(test_again_empty),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_far),        cmocka_unit_test(test_ignored),
        cmocka_unit_test(test_swap),       cmocka_unit_test(test_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
