/*
 * twin: which of the segments of several inputs are second views. Each case is a table of
 * segments in merged order; expected is the number of the first view, or 0 for a first view.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow/twin.h"
#include "made_segment.h"

#define MS INT64_C(1000000)
#define RANGE 1   /* by_range */
#define SEVERAL 2 /* of_several */

static const struct flow_secret secret = { { 1, 2 } };

static struct twins *fresh(void)
{
    struct twins *twins = twins_new(&secret);
    assert_non_null(twins);
    return twins;
}

struct row {
    int at; /* ms */
    unsigned input;
    uint32_t seq, len;
    uint16_t id;
    uint32_t tsval; /* 0: no timestamps */
    uint64_t first; /* expected: row number of the first view, from 1; 0: this is one */
    unsigned marks;
    uint16_t flags; /* more flags */
    uint32_t more_ack;
};

static void run(const struct row *rows, size_t count, uint32_t shift)
{
    struct twins *twins = fresh();
    uint64_t second = 0;
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];
        struct segment s = made_segment(0, 0);
        struct twin twin = { 0 };
        s.frame = i + 1;
        s.time = row->at * MS;
        s.seq = row->seq + shift;
        s.ack += row->more_ack;
        s.payload_len = row->len;
        s.flags = (uint16_t)(TCP_ACK | row->flags);
        s.ip_id = row->id;
        s.tsval = row->tsval;
        s.options = row->tsval ? OPTION_TIMESTAMPS : 0;
        bool is_second = twins_segment(twins, &s, row->input, &twin);
        if (is_second != (row->first != 0))
            fail_msg("row %zu: %s", i + 1, is_second ? "a second view" : "a first view");
        if (!is_second)
            continue;
        second++;
        const struct row *first = &rows[row->first - 1];
        if (twin.frame != row->first)
            fail_msg("row %zu: a view of %d", i + 1, (int)twin.frame);
        assert_int_equal(twin.input, first->input);
        assert_int_equal(twin.delay_ns, (row->at - first->at) * MS);
        assert_int_equal(twin.by_range, (row->marks & RANGE) != 0);
        if (twin.of_several != ((row->marks & SEVERAL) != 0))
            fail_msg("row %zu: %s", i + 1, twin.of_several ? "of several" : "of one");
    }
    assert_int_equal(twins_count(twins), second);
    twins_free(twins);
}

/* Three times: plain, with the numbers across the wrap, and across half of the space. */
#define RUN(rows)                                                                                \
    do {                                                                                         \
        run(rows, sizeof(rows) / sizeof((rows)[0]), 0);                                          \
        run(rows, sizeof(rows) / sizeof((rows)[0]), UINT32_MAX - 1000 - 149);                    \
        run(rows, sizeof(rows) / sizeof((rows)[0]), UINT32_C(0x80000000) - 1000 - 149);          \
    } while (0)

/* What a router, a card or the capture changes is not compared; all else is. */
static void what_counts(void **state)
{
    (void)state;
    for (unsigned change = 0; change < 25; change++) {
        struct segment a = made_segment(0, 0), b = made_segment(0, 0);
        b.frame = 2;
        switch (change) {
        case 0: b.ttl = 3; break;
        case 1: b.checksum = 3; break;
        case 2: b.vlan_count = 1; b.vlan[0] = 10; break;
        case 3: b.ip_flags = 6; break; /* marked "congestion experienced" on the way */
        case 4: b.payload_captured = 20; b.facts = FACT_PAYLOAD_TRUNCATED; break;
        case 5: b.facts = FACT_CHECKSUM_BAD; break;
        case 6: b.wire_len = 166; break;
        case 7: b.time -= MS; break; /* a clock that is a little late */
        case 8: b.facts = FACT_OPTIONS_TRUNCATED; b.options = 0; b.tsval = b.tsecr = 0; break;
        case 9: a.facts = FACT_OPTIONS_TRUNCATED; a.options = 0; a.tsval = a.tsecr = 0; break;
        case 10: b.source[3] = 9; break;
        case 11: b.destination[15] = 9; break;
        case 12: b.source_port = 9; break;
        case 13: b.destination_port = 9; break;
        case 14: b.seq++; break;
        case 15: b.ack++; break;
        case 16: b.flags ^= TCP_PSH; b.payload_len = a.payload_len = 0; break;
        case 17: b.window++; b.payload_len = a.payload_len = 0; break;
        case 18: b.payload_len++; break;
        case 19: b.ip_id++; break;
        case 20: b.tsval++; break;
        case 21: b.tsecr++; break;
        case 22: b.options = 0; b.tsval = b.tsecr = 0; break; /* known to have none */
        case 23: b.ip_version = 6; break;
        case 24: b.time += 5000 * MS + 1; break;
        }
        struct twins *twins = fresh();
        struct twin twin;
        assert_false(twins_segment(twins, &a, 0, &twin));
        if (twins_segment(twins, &b, 1, &twin) != (change < 10))
            fail_msg("change %u", change);
        twins_free(twins);
    }
}

/* Within one input a repeat is a repeat, with or without the means to tell. */
static void one_input(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { 0, 0, 1000, 100, 7, 5, 0, 0, 0, 0 },   { 0, 0, 1000, 100, 7, 5, 0, 0, 0, 0 },
        { 300, 0, 1000, 100, 0, 0, 0, 0, 0, 0 }, { 600, 0, 1000, 100, 0, 0, 0, 0, 0, 0 },
        { 601, 0, 1100, 0, 0, 0, 0, 0, 0, 0 },   { 602, 0, 1100, 0, 0, 0, 0, 0, 0, 0 },
    };
    RUN(rows);
}

/* The original is lost between the two: the retransmission is the one that both hold. */
static void retransmission_told(void **state)
{
    (void)state;
    static const struct row by_id[] = {
        { 0, 0, 1000, 100, 7, 0, 0, 0, 0, 0 },
        { 200, 0, 1000, 100, 8, 0, 0, 0, 0, 0 },
        { 210, 1, 1000, 100, 8, 0, 2, 0, 0, 0 },
    };
    static const struct row by_timestamp[] = {
        { 0, 0, 1000, 100, 0, 5, 0, 0, 0, 0 },
        { 200, 0, 1000, 100, 0, 205, 0, 0, 0, 0 },
        { 210, 1, 1000, 100, 0, 205, 2, 0, 0, 0 },
    };
    /* Input 1's clock is late by more than the way: its own view comes first, and is no view
     * of the original. */
    static const struct row late_clock[] = {
        { 0, 0, 1000, 100, 7, 0, 0, 0, 0, 0 },
        { 199, 1, 1000, 100, 8, 0, 0, 0, 0, 0 },
        { 200, 0, 1000, 100, 8, 0, 2, 0, 0, 0 },
    };
    RUN(by_id);
    RUN(by_timestamp);
    RUN(late_clock);
}

/* Nothing tells them apart: one by one, oldest first, and never one too few or too many. */
static void repeats(void **state)
{
    (void)state;
    static const struct row one_lost[] = {
        { 0, 0, 1000, 100, 0, 0, 0, 0, 0, 0 },
        { 200, 0, 1000, 100, 0, 0, 0, 0, 0, 0 },
        { 210, 1, 1000, 100, 0, 0, 1, SEVERAL, 0, 0 },
    };
    static const struct row acks[] = {
        { 0, 0, 1000, 0, 0, 0, 0, 0, 0, 0 },        { 1, 0, 1000, 0, 0, 0, 0, 0, 0, 0 },
        { 10, 1, 1000, 0, 0, 0, 1, SEVERAL, 0, 0 }, { 11, 1, 1000, 0, 0, 0, 2, 0, 0, 0 },
        { 12, 1, 1000, 0, 0, 0, 0, 0, 0, 0 }, /* a third that input 0 has not shown */
        { 13, 0, 1000, 0, 0, 0, 5, 0, 0, 0 },       { 14, 0, 1000, 0, 0, 0, 0, 0, 0, 0 },
    };
    static const struct row third_input[] = {
        { 0, 0, 1000, 0, 0, 0, 0, 0, 0, 0 },       { 1, 1, 1000, 0, 0, 0, 1, 0, 0, 0 },
        { 2, 1, 1000, 0, 0, 0, 0, 0, 0, 0 },       { 3, 2, 1000, 0, 0, 0, 1, SEVERAL, 0, 0 },
        { 4, 2, 1000, 0, 0, 0, 3, 0, 0, 0 },       { 5, 0, 1000, 0, 0, 0, 3, 0, 0, 0 },
        { 6, 2, 1000, 0, 0, 0, 0, 0, 0, 0 },
    };
    /* Input 0 shows each frame twice, as a mirror of both ports does: the copy stays a copy. */
    static const struct row mirror[] = {
        { 0, 0, 1000, 100, 7, 5, 0, 0, 0, 0 },  { 0, 0, 1000, 100, 7, 5, 0, 0, 0, 0 },
        { 10, 1, 1000, 100, 7, 5, 1, SEVERAL, 0, 0 },
    };
    /* Keep-alives, 2 s apart: the first is too old when the fourth comes. */
    static const struct row keepalives[] = {
        { 0, 0, 1000, 0, 0, 0, 0, 0, 0, 0 },    { 2000, 0, 1000, 0, 0, 0, 0, 0, 0, 0 },
        { 6000, 0, 1000, 0, 0, 0, 0, 0, 0, 0 }, { 6010, 1, 1000, 0, 0, 0, 2, SEVERAL, 0, 0 },
        { 8000, 0, 1000, 0, 0, 0, 0, 0, 0, 0 }, { 8010, 1, 1000, 0, 0, 0, 3, SEVERAL, 0, 0 },
    };
    RUN(one_lost);
    RUN(acks);
    RUN(third_input);
    RUN(mirror);
    RUN(keepalives);
}

/* Timestamps that a short snapshot length cut off: own group first, then any. */
static void cut_off(void **state)
{
    (void)state;
    struct twins *twins = fresh();
    struct twin twin;
    struct segment s = made_segment(0, 0);
    s.frame = 1;
    assert_false(twins_segment(twins, &s, 0, &twin));
    s.frame = 2;
    s.tsval = 300; /* sent again */
    s.time += 300 * MS;
    assert_false(twins_segment(twins, &s, 0, &twin));
    struct segment cut = s;
    cut.options = 0;
    cut.facts = FACT_OPTIONS_TRUNCATED;
    cut.tsval = cut.tsecr = 0;
    cut.time += MS;
    cut.frame = 3;
    assert_true(twins_segment(twins, &cut, 1, &twin));
    assert_int_equal(twin.frame, 1); /* the oldest, */
    assert_true(twin.of_several);    /* and that is assumed */
    assert_true(twins_segment(twins, &cut, 1, &twin));
    assert_int_equal(twin.frame, 2);
    assert_false(twin.of_several);
    assert_false(twins_segment(twins, &cut, 1, &twin));
    s.frame = 4;
    assert_true(twins_segment(twins, &s, 2, &twin)); /* knows its timestamps */
    assert_int_equal(twin.frame, 2);
    twins_free(twins);
}

static void sixteen_inputs(void **state)
{
    (void)state;
    struct twins *twins = fresh();
    struct twin twin;
    struct segment s = made_segment(0, 0);
    for (unsigned round = 0; round < 2; round++)
        for (unsigned input = 0; input < 16; input++) {
            s.frame = round * 16 + input + 1;
            assert_true(twins_segment(twins, &s, input, &twin) == (input > 0));
            if (input > 0)
                assert_int_equal(twin.frame, round * 16 + 1);
        }
    assert_int_equal(twins_count(twins), 30);
    assert_false(twins_segment(twins, &s, 16, &twin)); /* there is no such input */
    assert_false(twins_segment(twins, &s, UINT32_MAX, &twin));
    assert_int_equal(twins_count(twins), 30);
    twins_free(twins);
}

/* The card of input 0's host cuts 300 bytes into three; input 1 is on the wire. */
static void cut_up(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { 0, 0, 1000, 300, 7, 5, 0, 0, 0, 0 },
        { 1, 1, 1000, 100, 7, 5, 1, RANGE, 0, 0 },
        { 2, 1, 1200, 100, 9, 5, 1, RANGE, 0, 0 }, /* overtakes */
        { 3, 1, 1100, 100, 8, 5, 1, RANGE, 0, 0 },
        { 4, 2, 1100, 100, 8, 5, 1, RANGE, 0, 0 }, /* further down the wire: equal to row 4 */
        { 5, 1, 1200, 100, 9, 5, 0, 0, 0, 0 },     /* a copy that the network made */
        { 6, 1, 1250, 100, 9, 5, 0, 0, 0, 0 },     /* half of it nobody has shown */
        { 7, 3, 1000, 300, 7, 5, 1, 0, 0, 0 },     /* another capture of that host */
    };
    static const struct row joined[] = {
        { 0, 1, 1000, 100, 7, 5, 0, 0, 0, 0 }, { 1, 1, 1100, 100, 8, 5, 0, 0, 0, 0 },
        { 2, 1, 1200, 50, 9, 5, 0, 0, 0, 0 },  { 3, 0, 1000, 250, 7, 5, 1, RANGE, 0, 0 },
        { 4, 0, 1000, 250, 7, 5, 0, 0, 0, 0 }, /* shown once by input 1 */
    };
    static const struct row hole[] = {
        { 0, 1, 1000, 100, 7, 5, 0, 0, 0, 0 },
        { 1, 1, 1200, 50, 9, 5, 0, 0, 0, 0 },
        { 2, 0, 1000, 250, 7, 5, 0, 0, 0, 0 }, /* bytes 1100 to 1199 are news */
    };
    /* Cut up by one card and joined in other places by the other. */
    static const struct row both[] = {
        { 0, 0, 1000, 300, 7, 5, 0, 0, 0, 0 },
        { 1, 1, 1000, 200, 7, 5, 1, RANGE, 0, 0 },
        { 2, 0, 1300, 300, 10, 5, 0, 0, 0, 0 },
        { 3, 1, 1200, 200, 9, 5, 1, RANGE, 0, 0 }, /* the end of one, the start of the next */
        { 4, 1, 1400, 200, 11, 5, 3, RANGE, 0, 0 },
    };
    RUN(rows);
    RUN(joined);
    RUN(hole);
    RUN(both);
}

/* Pieces of one frame have its timestamps and its ACK number; what has others was sent apart. */
static void cut_up_otherwise(void **state)
{
    (void)state;
    static const struct row other[] = {
        { 0, 0, 1000, 300, 7, 5, 0, 0, 0, 0 },
        { 1, 1, 1000, 100, 7, 6, 0, 0, 0, 0 },
        { 2, 1, 1000, 100, 7, 5, 0, 0, 0, 1 },
        { 3, 1, 1000, 100, 7, 0, 0, 0, 0, 0 },
        { 4, 1, 1000, 100, 7, 5, 0, 0, TCP_SYN, 0 },
        { 5, 1, 1000, 100, 7, 5, 0, 0, TCP_RST, 0 },
        { 6, 1, 1000, 0, 7, 5, 0, 0, 0, 0 },
        { 5001, 1, 1000, 100, 7, 5, 0, 0, 0, 0 },
    };
    /* The FIN takes a number: it goes with the last piece, and is no piece itself. */
    static const struct row fin[] = {
        { 0, 0, 1000, 200, 7, 5, 0, 0, TCP_FIN, 0 },
        { 1, 1, 1000, 100, 7, 5, 1, RANGE, 0, 0 },
        { 2, 1, 1100, 100, 8, 5, 1, RANGE, TCP_FIN | TCP_PSH, 0 },
        { 3, 0, 1300, 200, 10, 5, 0, 0, 0, 0 },
        { 4, 1, 1400, 100, 11, 5, 0, 0, TCP_FIN, 0 },
        { 5, 1, 1500, 0, 12, 5, 0, 0, TCP_FIN, 0 },
    };
    RUN(other);
    RUN(fin);
}

/* Without timestamps and IP ids: bytes that one input has shown once more often. */
static void cut_up_and_sent_again(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { 0, 0, 1000, 300, 0, 0, 0, 0, 0, 0 },
        { 1, 1, 1000, 100, 0, 0, 1, RANGE, 0, 0 },
        { 2, 1, 1100, 100, 0, 0, 1, RANGE, 0, 0 }, /* the third is lost before input 1 */
        { 300, 0, 1200, 100, 0, 0, 0, 0, 0, 0 },   /* and sent again */
        { 301, 1, 1200, 100, 0, 0, 4, 0, 0, 0 },
        { 600, 0, 1000, 300, 0, 0, 0, 0, 0, 0 }, /* all again, in one piece */
        { 601, 1, 1000, 100, 0, 0, 6, RANGE | SEVERAL, 0, 0 },
        { 602, 1, 1100, 100, 0, 0, 6, RANGE | SEVERAL, 0, 0 },
    };
    /* What input 1 showed as a piece is not taken for input 0's retransmission of that piece. */
    static const struct row piece[] = {
        { 0, 0, 1000, 300, 0, 0, 0, 0, 0, 0 },
        { 1, 1, 1000, 100, 0, 0, 1, RANGE, 0, 0 },
        { 300, 0, 1000, 100, 0, 0, 0, 0, 0, 0 },
        { 301, 1, 1000, 100, 0, 0, 3, 0, 0, 0 },
    };
    /* Which of two equal frames was lost can't be told: the older one is taken. */
    static const struct row one_lost[] = {
        { 0, 0, 1000, 300, 0, 0, 0, 0, 0, 0 },
        { 300, 0, 1000, 300, 0, 0, 0, 0, 0, 0 },
        { 301, 1, 1000, 100, 0, 0, 1, RANGE | SEVERAL, 0, 0 },
    };
    RUN(rows);
    RUN(piece);
    RUN(one_lost);
}

/* A frame of the largest size, in 45 pieces of 1448 bytes, across places and the wrap. */
static void largest(void **state)
{
    (void)state;
    for (uint32_t start = UINT32_MAX - 70000; start < UINT32_MAX - 10000; start += 9999) {
        struct twins *twins = fresh();
        struct twin twin;
        struct segment s = made_segment(0, 0);
        s.seq = start;
        s.payload_len = 65160;
        s.frame = 1;
        assert_false(twins_segment(twins, &s, 0, &twin));
        s.payload_len = 1448;
        for (unsigned i = 0; i < 45; i++) {
            unsigned piece = i * 7 % 45; /* in no order */
            s.seq = start + piece * 1448;
            s.ip_id = (uint16_t)(77 + piece);
            assert_true(twins_segment(twins, &s, 1, &twin));
            assert_int_equal(twin.frame, 1);
        }
        assert_false(twins_segment(twins, &s, 1, &twin));
        s.seq = start; /* and the other way round: joined again by a third */
        s.payload_len = 65160;
        s.ip_id = 77; /* of its first piece */
        s.flags ^= TCP_PSH; /* not equal to the first */
        assert_true(twins_segment(twins, &s, 2, &twin));
        s.payload_len = UINT32_MAX; /* claimed by a broken header */
        assert_false(twins_segment(twins, &s, 3, &twin));
        twins_free(twins);
    }
}

/* A flood fills the ring and not the memory; what is recent is found, what was lost is told. */
static void flood(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 3; kind++) {
        struct twins *twins = fresh();
        struct twin twin;
        struct segment s = made_segment(0, 0);
        for (uint32_t i = 0; i < 200000; i++) {
            s.time += 1000;
            s.frame = i + 1;
            s.seq = kind == 0 ? i * 100 : 1000; /* data, one segment again and again, */
            s.tsval = kind == 2 ? i : 0;        /* or with other timestamps each time */
            s.payload_len = kind == 0 ? 100 : 0;
            assert_false(twins_segment(twins, &s, 3, &twin));
        }
        /* 65,535 are remembered; all others went after 65.5 ms. */
        assert_int_equal(twins_forgotten(twins), 200000 - 65535);
        assert_true(twins_segment(twins, &s, 4, &twin));
        assert_int_equal(twin.frame, kind == 1 ? 200000 - 65535 + 1 : 200000);
        twins_free(twins);
    }
}

/* What both inputs have shown is not missed. */
static void flood_of_pairs(void **state)
{
    (void)state;
    struct twins *twins = fresh();
    struct twin twin;
    struct segment s = made_segment(0, 0);
    for (uint32_t i = 0; i < 200000; i++) {
        s.time += 1000;
        s.seq = i / 2 * 100;
        assert_true(twins_segment(twins, &s, i % 2, &twin) == (i % 2 == 1));
    }
    assert_int_equal(twins_count(twins), 100000);
    assert_int_equal(twins_forgotten(twins), 0);
    twins_free(twins);
}

/*
 * A long random life against a plain list: few numbers, three inputs, no data, so that equal
 * segments are frequent. A fixed generator, so that a failure comes again.
 */
static void random_life(void **state)
{
    (void)state;
    enum { ROUNDS = 20000, KEYS = 5, INPUTS = 3 };
    struct twins *twins = fresh();
    uint32_t random = 12345;
    unsigned shown[KEYS][INPUTS] = { { 0 } };
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        random = random * 1664525u + 1013904223u;
        unsigned key = (random >> 8) % KEYS, input = (random >> 20) % INPUTS;
        struct segment s = made_segment(0, 0);
        struct twin twin;
        s.frame = round;
        s.time = (int64_t)round;
        s.seq = key;
        s.payload_len = 0;
        /* The n-th of an input is a second view when another input has shown n of them. */
        unsigned most = 0;
        for (unsigned i = 0; i < INPUTS; i++)
            most = shown[key][i] > most ? shown[key][i] : most;
        bool second = shown[key][input]++ < most;
        assert_true(twins_segment(twins, &s, input, &twin) == second);
        if (second)
            assert_true(twin.input != input && twin.frame < round);
    }
    twins_free(twins);
}

/* Times come from the file. */
static void wild_times(void **state)
{
    (void)state;
    static const int64_t times[] = { INT64_MIN, INT64_MAX, 0, INT64_MIN, -1, INT64_MAX };
    struct twins *twins = fresh();
    struct twin twin;
    struct segment s = made_segment(0, 0);
    for (unsigned i = 0; i < 6; i++) {
        s.time = times[i];
        twins_segment(twins, &s, i % 2, &twin);
        s.seq += 50; /* overlaps */
    }
    s = made_segment(0, 0);
    s.time = INT64_MIN;
    assert_true(twins_segment(twins, &s, 4, &twin)); /* row 0 is still there */
    twins_free(twins);
    twins_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_counts),
        cmocka_unit_test(one_input),
        cmocka_unit_test(retransmission_told),
        cmocka_unit_test(repeats),
        cmocka_unit_test(cut_off),
        cmocka_unit_test(sixteen_inputs),
        cmocka_unit_test(cut_up),
        cmocka_unit_test(cut_up_otherwise),
        cmocka_unit_test(cut_up_and_sent_again),
        cmocka_unit_test(largest),
        cmocka_unit_test(flood),
        cmocka_unit_test(flood_of_pairs),
        cmocka_unit_test(random_life),
        cmocka_unit_test(wild_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
