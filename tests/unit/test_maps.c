/*
 * test_maps: the maps of every connection in pcaps/ add up to what the tracker counted: all payload
 * that was sent is in a cell of the sequence space, and in one of the time line.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "capture/capture.h"
#include "cli/keeper.h"
#include "decode/decode.h"

#define CONNECTIONS 64

/* One capture, and what its maps hold. */
struct account {
    const char *name;
    struct journal *journal;
    struct keeper keeper;
    uint64_t connections, bytes, repeats;
};

static void end_check(struct account *account, const struct summary *summary,
                      enum endpoint_id id, const struct journal_rows *rows)
{
    const struct endpoint_summary *end = &summary->endpoints[id];
    struct space_map space;
    struct timeline_map timeline;
    space_map(rows->space, summary, id, 56, &space);
    timeline_map(rows->timeline, summary, 56, &timeline);
    uint64_t in_space = space.outside, in_time = 0, held = 0;
    for (unsigned i = 0; i < space.count; i++) {
        in_space += space.cells[i].bytes;
        held += i + 1 < space.count ? space.width : space.length - i * space.width;
    }
    for (unsigned i = 0; i < timeline.count; i++)
        in_time += timeline.cells[id][i].bytes;
    if (in_space != end->payload_bytes_sent || in_time != end->payload_bytes_sent ||
        held != end->payload_bytes)
        fail_msg("%s, connection %llu, end %d", account->name, (unsigned long long)summary->id, id);
    account->bytes += in_space;
    account->repeats += space.repeats;
    assert_int_equal(space.repeats, end->retransmitted_segments);
}

static void connection_check(void *context, const struct summary *summary,
                             const struct event *events, size_t count)
{
    struct account *account = context;
    (void)events;
    (void)count;
    if (summary->roles_settled_anew)
        journal_swap(account->journal, summary->id);
    struct journal_rows rows = journal_rows(account->journal, summary->id);
    assert_non_null(rows.space);
    end_check(account, summary, CLIENT, &rows);
    end_check(account, summary, SERVER, &rows);
    account->connections++;
}

static void segment_keep(void *context, const struct segment *segment,
                         const struct tracked *tracked)
{
    struct account *account = context;
    keeper_segment(&account->keeper, segment, tracked);
}

static void capture_check(struct account *account)
{
    const struct selector all = { .kind = SELECT_ALL };
    const struct tracker_options options = { .max_connections = 1000, .keep_log = true,
                                             .segments_max = 100000, .taken = segment_keep,
                                             .context = account };
    char error[256];
    struct frame frame;
    struct segment segment;
    struct notice notice;
    struct capture *capture = capture_open(account->name, NULL, error, sizeof error);
    struct tracker *tracker = tracker_new(&options);
    account->journal = journal_new(CONNECTIONS);
    assert_true(capture != NULL && tracker != NULL && account->journal != NULL);
    journal_keep_maps(account->journal);
    account->keeper = (struct keeper){ .selector = &all, .journal = account->journal,
                                       .drawn_max = CONNECTIONS };
    while (capture_next(capture, &frame) == CAPTURE_FRAME) {
        if (decode_frame(&frame, &segment, &notice) != DECODE_SEGMENT)
            continue;
        tracker_segment(tracker, &segment, decode_payload(&frame, &segment));
    }
    assert_true(tracker_finish(tracker));
    tracker_each(tracker, connection_check, account);
    tracker_free(tracker);
    journal_free(account->journal);
    capture_free(capture);
}

static void test_captures(void **state)
{
    (void)state;
    const char *top = getenv("abs_srcdir");
    char pattern[4096];
    glob_t files;
    struct account account = { .connections = 0 };
    snprintf(pattern, sizeof pattern, "%s/pcaps/*.pcap*", top != NULL ? top : ".");
    assert_int_equal(glob(pattern, 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        account.name = files.gl_pathv[i];
        capture_check(&account);
    }
    assert_true(files.gl_pathc > 50 && account.connections > files.gl_pathc);
    assert_true(account.bytes > 0 && account.repeats > 0);
    globfree(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_captures) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
