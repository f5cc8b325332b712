/* test_journal: what becomes a row, what is folded, and that rows are bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/journal.h"

static void add(struct journal *journal, uint64_t id, uint64_t frame, enum endpoint_id from,
                uint16_t flags, uint32_t length, unsigned marks, bool notable)
{
    struct segment segment = {
        .frame = frame, .time = (int64_t)frame * 1000, .flags = flags, .payload_len = length,
        .seq = 100 + (uint32_t)frame, .ack = 5 + (uint32_t)frame, /* each acknowledges more */
    };
    journal_segment(journal, id, &segment, from, marks, 1, 4096, notable);
}

static void test_rows_of_their_own(void **state)
{
    (void)state;
    struct journal *journal = journal_new(2);
    assert_true(journal_open(journal, 1));
    add(journal, 1, 1, CLIENT, TCP_SYN, 0, 0, true);
    add(journal, 1, 2, CLIENT, TCP_ACK, 10, 0, false); /* the first payload of the client */
    add(journal, 1, 3, SERVER, TCP_ACK, 20, 0, false); /* and of the server */
    add(journal, 1, 4, CLIENT, TCP_ACK, 10, MARK_REPEATED, false);
    add(journal, 1, 5, CLIENT, TCP_FIN | TCP_ACK, 0, 0, false);
    struct journal_rows rows = journal_rows(journal, 1);
    assert_int_equal(rows.count, 5);
    assert_int_equal(rows.left_out, 0);
    for (size_t i = 0; i < rows.count; i++) {
        assert_int_equal(rows.list[i].frame, i + 1);
        assert_int_equal(rows.list[i].last_frame, i + 1);
        assert_false(rows.list[i].marks & ROW_FOLDED);
    }
    assert_int_equal(rows.list[1].seq, 102);
    assert_int_equal(rows.list[1].ack, 7);
    assert_int_equal(rows.list[1].length, 10);
    assert_int_equal(rows.list[1].window, 4096);
    assert_int_equal(rows.list[3].marks, MARK_REPEATED);
    journal_free(journal);
}

/* A run of plain segments is one row that counts both directions. */
static void test_fold(void **state)
{
    (void)state;
    struct journal *journal = journal_new(1);
    journal_open(journal, 1);
    add(journal, 1, 1, SERVER, TCP_ACK, 1000, 0, false); /* first payload: its own row */
    add(journal, 1, 2, CLIENT, TCP_ACK, 0, 0, false);
    struct journal_rows rows = journal_rows(journal, 1);
    assert_int_equal(rows.count, 2);
    assert_false(rows.list[1].marks & ROW_FOLDED); /* one alone is still itself */
    add(journal, 1, 3, SERVER, TCP_ACK | TCP_PSH, 1000, 0, false);
    add(journal, 1, 4, SERVER, TCP_ACK, 500, 0, false);
    add(journal, 1, 5, CLIENT, TCP_ACK, 0, 0, true); /* notable: ends the run */
    add(journal, 1, 6, CLIENT, TCP_ACK, 0, 0, false);
    rows = journal_rows(journal, 1);
    assert_int_equal(rows.count, 4);
    const struct journal_row *fold = &rows.list[1];
    assert_true(fold->marks & ROW_FOLDED);
    assert_int_equal(fold->frame, 2);
    assert_int_equal(fold->last_frame, 4);
    assert_int_equal(fold->time, 2000);
    assert_int_equal(fold->last_time, 4000);
    assert_int_equal(fold->from, CLIENT);
    assert_int_equal(fold->segments[CLIENT], 1);
    assert_int_equal(fold->segments[SERVER], 2);
    assert_int_equal(fold->bytes[CLIENT], 0);
    assert_int_equal(fold->bytes[SERVER], 1500);
    assert_int_equal(fold->acks, 1); /* frame 2 */
    assert_int_equal(rows.list[3].frame, 6);
    assert_false(rows.list[3].marks & ROW_FOLDED);
    journal_free(journal);
}

static void add_ack(struct journal *journal, uint64_t frame, uint32_t ack, uint32_t window,
                    uint32_t length)
{
    struct segment segment = { .frame = frame, .flags = TCP_ACK, .ack = ack,
                               .payload_len = length };
    journal_segment(journal, 1, &segment, SERVER, 0, 0, window, false);
}

/* A duplicate ACK (RFC 5681 §2: same number, same window, no payload) is not plain: it tells of a
 * loss, and stays a row of its own. */
static void test_same_ack(void **state)
{
    (void)state;
    struct journal *journal = journal_new(1);
    journal_open(journal, 1);
    add_ack(journal, 1, 10, 500, 20); /* the first payload: a row of its own */
    add_ack(journal, 2, 20, 500, 0);
    add_ack(journal, 3, 30, 500, 0); /* folded with frame 2 */
    add_ack(journal, 4, 30, 500, 0); /* says it again */
    add_ack(journal, 5, 30, 500, 0);
    add_ack(journal, 6, 30, 600, 0); /* tells a new window */
    add_ack(journal, 7, 30, 600, 20); /* payload: no duplicate */
    struct journal_rows rows = journal_rows(journal, 1);
    assert_int_equal(rows.count, 5);
    assert_int_equal(rows.list[1].last_frame, 3);
    assert_int_equal(rows.list[1].acks, 2);
    assert_int_equal(rows.list[2].frame, 4);
    assert_int_equal(rows.list[3].frame, 5);
    assert_false(rows.list[3].marks & ROW_FOLDED);
    assert_int_equal(rows.list[4].frame, 6);
    assert_int_equal(rows.list[4].last_frame, 7);
    assert_int_equal(rows.list[4].acks, 1);
    journal_free(journal);
}

/* Plain segments more than a second apart are two rows: a pause lies between them. */
static void test_fold_gap(void **state)
{
    (void)state;
    struct journal *journal = journal_new(1);
    journal_open(journal, 1);
    add(journal, 1, 1, CLIENT, TCP_ACK, 0, 0, false);
    add(journal, 1, 1000001, CLIENT, TCP_ACK, 0, 0, false); /* 1 s later: frames are 1 us apart */
    add(journal, 1, 2000002, CLIENT, TCP_ACK, 0, 0, false); /* 1.000001 s later */
    struct journal_rows rows = journal_rows(journal, 1);
    assert_int_equal(rows.count, 2);
    assert_int_equal(rows.list[0].last_frame, 1000001);
    assert_int_equal(rows.list[1].frame, 2000002);
    journal_free(journal);
}

/* Ten thousand notable rows: the first and the last stay, and no segment is lost from the
 * counts. */
static void test_bounds(void **state)
{
    (void)state;
    struct journal *journal = journal_new(1);
    journal_open(journal, 1);
    for (uint64_t frame = 1; frame <= 10000; frame++)
        add(journal, 1, frame, CLIENT, TCP_ACK, 3, MARK_REPEATED, true);
    struct journal_rows rows = journal_rows(journal, 1);
    assert_in_range(rows.count, 100, 256);
    assert_int_equal(rows.list[0].frame, 1);
    assert_int_equal(rows.list[rows.count - 1].frame, 10000);
    uint64_t segments = 0, bytes = 0, folded = 0;
    uint64_t next = 1;
    for (size_t i = 0; i < rows.count; i++) {
        const struct journal_row *row = &rows.list[i];
        assert_int_equal(row->frame, next); /* no gap and no overlap */
        next = row->last_frame + 1;
        if (row->marks & ROW_FOLDED) {
            segments += row->segments[CLIENT];
            bytes += row->bytes[CLIENT];
            folded += row->segments[CLIENT];
        } else {
            segments++;
            bytes += row->length;
        }
    }
    assert_int_equal(segments, 10000);
    assert_int_equal(bytes, 30000);
    assert_int_equal(rows.left_out, folded);
    journal_free(journal);
}

static void test_connections(void **state)
{
    (void)state;
    struct journal *journal = journal_new(2);
    assert_true(journal_open(journal, 5));
    assert_true(journal_open(journal, 6));
    assert_false(journal_open(journal, 7)); /* no more than two */
    add(journal, 6, 6, CLIENT, TCP_SYN, 0, 0, true);
    add(journal, 7, 7, CLIENT, TCP_SYN, 0, 0, true); /* not kept */
    assert_int_equal(journal_rows(journal, 5).count, 0);
    assert_int_equal(journal_rows(journal, 6).count, 1);
    assert_int_equal(journal_rows(journal, 7).count, 0);
    journal_close(journal, 6);
    assert_int_equal(journal_rows(journal, 6).count, 0);
    assert_true(journal_open(journal, 7)); /* the room is free again */
    journal_free(journal);
    journal_free(NULL);
}

static void test_swap(void **state)
{
    (void)state;
    struct journal *journal = journal_new(1);
    journal_open(journal, 1);
    add(journal, 1, 1, CLIENT, TCP_ACK, 0, 0, false);
    add(journal, 1, 2, CLIENT, TCP_ACK, 0, 0, false);
    add(journal, 1, 3, SERVER, TCP_ACK, 0, 0, false);
    add(journal, 1, 4, CLIENT, TCP_ACK, 9, 0, false);
    journal_swap(journal, 1);
    struct journal_rows rows = journal_rows(journal, 1);
    assert_int_equal(rows.list[0].segments[SERVER], 2);
    assert_int_equal(rows.list[0].segments[CLIENT], 1);
    assert_int_equal(rows.list[1].from, SERVER);
    /* The server's payload was seen, the client's is still the first. */
    add(journal, 1, 5, SERVER, TCP_ACK, 9, 0, false);
    add(journal, 1, 6, CLIENT, TCP_ACK, 9, 0, false);
    rows = journal_rows(journal, 1);
    assert_int_equal(rows.count, 4);
    assert_int_equal(rows.list[3].frame, 6);
    journal_free(journal);
}

/* The fact of the segment becomes a mark, and is counted for the connection; the waits of all
 * segments are handed out with the rows, and change ends with them. */
static void test_waits_and_fragments(void **state)
{
    (void)state;
    struct journal *journal = journal_new(1);
    journal_open(journal, 1);
    struct segment segment = { .frame = 1, .flags = TCP_ACK, .payload_len = 1396,
                               .facts = FACT_FRAGMENT_FIRST };
    journal_segment(journal, 1, &segment, SERVER, 0, 0, 4096, false);
    add(journal, 1, 2, SERVER, TCP_ACK, 10, MARK_REPEATED, false);
    struct journal_rows rows = journal_rows(journal, 1);
    assert_true(rows.list[0].marks & MARK_FRAGMENT);
    assert_false(rows.list[1].marks & MARK_FRAGMENT);
    assert_int_equal(rows.waits->ends[SERVER].fragments, 1);
    assert_int_equal(rows.waits->ends[SERVER].repeats, 1);
    journal_swap(journal, 1);
    rows = journal_rows(journal, 1);
    assert_int_equal(rows.waits->ends[CLIENT].fragments, 1);
    assert_int_equal(rows.waits->ends[SERVER].fragments, 0);
    assert_null(journal_rows(journal, 2).waits);
    journal_free(journal);
}

/* A RST without ACK answers the segment before it: that is shown by itself, with its own time. */
static void test_answered_by_reset(void **state)
{
    (void)state;
    static const struct {
        enum endpoint_id from; /* of the RST in frame 6 */
        uint16_t flags;
        size_t rows;
    } cases[] = {
        { SERVER, TCP_RST, 5 },
        { SERVER, TCP_RST | TCP_ACK, 4 }, /* an abort answers nothing */
        { CLIENT, TCP_RST, 4 },           /* nor does one its own segment */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct journal *journal = journal_new(1);
        journal_open(journal, 1);
        add(journal, 1, 1, CLIENT, TCP_ACK, 9, 0, false); /* first payload: its own row */
        add(journal, 1, 2, SERVER, TCP_ACK, 9, 0, false);
        add(journal, 1, 3, CLIENT, TCP_ACK, 0, 0, false);
        add(journal, 1, 4, SERVER, TCP_ACK, 5, 0, false);
        add(journal, 1, 5, CLIENT, TCP_ACK, 7, 0, false);
        add(journal, 1, 6, cases[i].from, cases[i].flags, 0, 0, true);
        struct journal_rows rows = journal_rows(journal, 1);
        assert_int_equal(rows.count, cases[i].rows);
        assert_int_equal(rows.list[2].frame, 3);
        assert_int_equal(rows.list[2].last_frame, cases[i].rows == 5 ? 4 : 5);
        assert_int_equal(rows.list[2].bytes[SERVER], 5);
        assert_int_equal(rows.list[2].bytes[CLIENT], cases[i].rows == 5 ? 0 : 7);
        assert_int_equal(rows.list[rows.count - 1].frame, 6);
        if (cases[i].rows == 5) {
            assert_int_equal(rows.list[3].frame, 5);
            assert_int_equal(rows.list[3].length, 7);
            assert_false(rows.list[3].marks & ROW_FOLDED);
        }
        journal_free(journal);
    }
}

/* The sequence space and the time line of all segments come with the rows, of the right end. */
static void test_maps(void **state)
{
    (void)state;
    struct journal *journal = journal_new(1);
    journal_open(journal, 1);
    add(journal, 1, 1, CLIENT, TCP_ACK, 9, 0, false);
    journal_swap(journal, 1);
    assert_null(journal_rows(journal, 1).space);
    assert_null(journal_rows(journal, 1).timeline);
    journal_close(journal, 1);
    journal_keep_maps(journal);
    journal_open(journal, 1);
    add(journal, 1, 1, CLIENT, TCP_ACK, 9, 0, false);
    add(journal, 1, 10, SERVER, TCP_ACK, 30, 0, false); /* another 9 us later */
    struct journal_rows rows = journal_rows(journal, 1);
    assert_int_equal(rows.space->ends[CLIENT].next, 9);
    /* The client acknowledged 6, and the server sends from 110 on: 104 bytes are not here. */
    assert_int_equal(rows.space->ends[SERVER].next, 134);
    assert_int_equal(rows.timeline->last, 9000);
    assert_int_equal(rows.timeline->ends[CLIENT].cells[0].bytes, 9);
    journal_swap(journal, 1);
    rows = journal_rows(journal, 1);
    assert_int_equal(rows.space->ends[CLIENT].next, 134);
    assert_int_equal(rows.timeline->ends[SERVER].cells[0].bytes, 9);
    journal_free(journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_of_their_own),
        cmocka_unit_test(test_waits_and_fragments), cmocka_unit_test(test_fold),
        cmocka_unit_test(test_same_ack), cmocka_unit_test(test_fold_gap),
        cmocka_unit_test(test_bounds), cmocka_unit_test(test_connections),
        cmocka_unit_test(test_swap), cmocka_unit_test(test_answered_by_reset),
        cmocka_unit_test(test_maps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
