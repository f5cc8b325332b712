/*
 * test_shards: a tracker that is full tells the same with any number of threads, in the same order:
 * which connections made room, when, and what became of all of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time_text.h"
#include "tcp/tracker.h"

#define ROOM (16 * 1024u) /* the least that is divided: 1,024 connections a shard */
#define MANY (2 * ROOM)
#define ROUNDS 2u

/* What a tracker told: each connection as one number, in the order of telling. */
struct told {
    uint64_t sum, count, early;
    uint64_t last_frame; /* of a segment */
    uint64_t asked;      /* connections whose segments might be wanted */
    uint64_t damaged, believed;
    bool ended;          /* the input */
    bool unordered;
};

static void told_add(struct told *told, uint64_t number)
{
    told->sum = (told->sum ^ number) * UINT64_C(0x100000001b3); /* FNV-1a */
}

static void connection_told(void *context, const struct summary *summary,
                            const struct event *events, size_t count)
{
    struct told *told = context;
    (void)events;
    told->count++;
    told->early += !told->ended;
    told_add(told, summary->id);
    told_add(told, summary->incarnation);
    told_add(told, (uint64_t)summary->endpoints[0].state << 8 | summary->endpoints[1].state);
    told_add(told, summary->endpoints[0].segments);
    told_add(told, count);
}

static void segment_told(void *context, const struct segment *s, const struct tracked *tracked)
{
    struct told *told = context;
    told->unordered |= s->frame != told->last_frame + 1;
    told->last_frame = s->frame;
    told_add(told, tracked->id);
    told_add(told, tracked->opened);
}

/* Clients of one server, each with a SYN, an answer, data and a reset, in turn; many more at a time
 * than there is room for. Every 97th segment has a wrong checksum. */
static struct segment segment_made(uint64_t frame)
{
    uint64_t of_round = (frame - 1) % (4 * (uint64_t)MANY), step = of_round / MANY;
    uint32_t client = (uint32_t)(of_round % MANY);
    bool answers = step == 1;
    struct segment s = { .frame = frame, .time = (int64_t)frame * 20000, .ip_version = 4,
                         .window = 1000, .ip_id = (uint16_t)(frame | 1), .ttl = 64,
                         .facts = frame % 97 == 0 ? FACT_CHECKSUM_BAD : FACT_CHECKSUM_GOOD };
    uint8_t address[16] = { 10, 0, (uint8_t)(client >> 16), (uint8_t)(client >> 8) };
    const uint8_t server[16] = { 192, 0, 2, 1 };
    uint16_t port = (uint16_t)(1024 + client % 256);
    static const uint16_t flags[] = { TCP_SYN, TCP_SYN | TCP_ACK, TCP_ACK | TCP_PSH,
                                      TCP_RST | TCP_ACK };
    memcpy(answers ? s.destination : s.source, address, sizeof address);
    memcpy(answers ? s.source : s.destination, server, sizeof server);
    s.source_port = answers ? 80 : port;
    s.destination_port = answers ? port : 80;
    s.flags = flags[step];
    s.seq = answers ? 5000 : step == 0 ? 1000 : step == 2 ? 1001 : 1011;
    s.ack = answers ? 1001 : step == 0 ? 0 : 5001;
    s.payload_len = step == 2 ? 10 : 0;
    return s;
}

static struct told told_by(unsigned threads, uint16_t batch, bool expire, uint64_t secret)
{
    struct told told = { .sum = 1 };
    const struct tracker_options options = { .max_connections = ROOM,
                                             .keep_log = true,
                                             .expire = expire,
                                             .msl_ns = NS_PER_S / 4,
                                             .threads = threads,
                                             .batch = batch,
                                             .secret = { .key = { secret, 7 } },
                                             .settled = connection_told,
                                             .taken = segment_told,
                                             .context = &told };
    struct tracker *tracker = tracker_new(&options);
    struct tracker_counts counts;
    assert_non_null(tracker);
    for (uint64_t frame = 1; frame <= (uint64_t)ROUNDS * 4 * MANY; frame++) {
        const struct segment s = segment_made(frame);
        tracker_segment(tracker, &s, cursor_init(NULL, 0));
    }
    assert_true(tracker_finish(tracker));
    told.ended = true;
    tracker_each(tracker, connection_told, &told);
    tracker_counts(tracker, &counts);
    assert_int_equal(counts.connections, told.count);
    assert_int_equal(counts.facts.segments, (uint64_t)ROUNDS * 4 * MANY);
    tracker_free(tracker);
    assert_false(told.unordered);
    return told;
}

static void same_for_all(bool expire)
{
    const struct told plain = told_by(1, 0, expire, 1);
    /* Twice as many as there is room for: most of them make room for others. */
    assert_true(plain.early > MANY);
    const struct told others[] = { told_by(2, 0, expire, 1), told_by(3, 37, expire, 2),
                                   told_by(1, 5, expire, 3) };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_int_equal(others[i].count, plain.count);
        assert_int_equal(others[i].early, plain.early);
        assert_true(others[i].sum == plain.sum);
    }
}

static void full(void **state)
{
    (void)state;
    same_for_all(false);
}

/* They also time out: closed ones after two MSL, half a second. */
static void full_and_expiring(void **state)
{
    (void)state;
    same_for_all(true);
}

/* The first connections are chosen, in the order in which they begin. */
static bool segments_wanted(void *context, const struct segment *first)
{
    struct told *told = context;
    told->unordered |= first->frame != told->last_frame + 1; /* nothing behind it is known yet */
    return told->asked++ < 500;
}

static void notice_told(void *context, const struct notice *notice, const struct noticed *noticed)
{
    struct told *told = context;
    told->last_frame = notice->frame;
    told->believed += noticed->believed;
    told_add(told, noticed->id * 2 + noticed->believed);
}

static void endpoints_told(void *context, const struct summary *summary,
                           const struct event *events, size_t count)
{
    struct told *told = context;
    connection_told(context, summary, events, count);
    told->damaged += summary->endpoints[SERVER].segments == 0;
    told_add(told, summary->segments != NULL);
}

/* What a crowd is made of: a tracker, and where its frames stand. */
struct crowd {
    struct tracker *tracker;
    uint64_t frame;
};

static struct segment crowd_segment(struct crowd *crowd, unsigned group, unsigned client,
                                    bool answers)
{
    struct segment s = { .frame = ++crowd->frame, .time = (int64_t)crowd->frame * 20000,
                         .ip_version = 4, .window = 1000, .ip_id = (uint16_t)(crowd->frame | 1),
                         .ttl = 64, .facts = FACT_CHECKSUM_GOOD };
    const uint8_t one[16] = { 10, 1, (uint8_t)group, (uint8_t)client };
    const uint8_t server[16] = { 10, 2, (uint8_t)group, 1 };
    memcpy(answers ? s.destination : s.source, one, sizeof one);
    memcpy(answers ? s.source : s.destination, server, sizeof server);
    s.source_port = answers ? 80 : 4000;
    s.destination_port = answers ? 4000 : 80;
    s.flags = answers ? TCP_SYN | TCP_ACK : TCP_SYN;
    s.seq = answers ? 5000 : 1000;
    s.ack = answers ? 1001 : 0;
    return s;
}

static void crowd_take(struct crowd *crowd, const struct segment *s)
{
    tracker_segment(crowd->tracker, s, cursor_init(NULL, 0));
}

/* SYN, SYN-ACK and one more of the server: the second one of its end is a sample of a right sum. */
static void crowd_open(struct crowd *crowd, unsigned group, unsigned client)
{
    struct segment s = crowd_segment(crowd, group, client, false);
    crowd_take(crowd, &s);
    s = crowd_segment(crowd, group, client, true);
    crowd_take(crowd, &s);
    s = crowd_segment(crowd, group, client, true);
    s.flags = TCP_ACK;
    s.seq = 5001;
    crowd_take(crowd, &s);
}

/* An ICMP error about the SYN of a client, 10 us after the one before. */
static void crowd_object(struct crowd *crowd, unsigned group, unsigned client)
{
    const struct segment s = crowd_segment(crowd, group, client, false);
    struct notice notice = { .frame = s.frame, .time = s.time, .source_port = s.source_port,
                             .destination_port = s.destination_port, .seq = s.seq,
                             .ip_version = 4, .type = 3, .code = 13,
                             .facts = NOTICE_CHECKSUM_GOOD };
    memcpy(notice.source, s.source, sizeof notice.source);
    memcpy(notice.destination, s.destination, sizeof notice.destination);
    memcpy(notice.receiver, s.source, sizeof notice.receiver);
    notice.reporter[0] = 9;
    tracker_notice(crowd->tracker, &notice);
}

/*
 * Each group has a server of its own. After `group` % 24 of its connections a SYN-ACK of it has a
 * wrong checksum: damaged where 16 right ones were sampled before it (tcp/sums), that is in groups
 * 16 to 23 of 24; a wrong one before that would be taken for the card's. Then errors about two SYNs
 * come in turn: none is a copy of the one right before it.
 */
static struct told crowd_told(unsigned threads, uint16_t batch, uint64_t secret)
{
    enum { GROUPS = 96, CLIENTS = 24 };
    struct told told = { .sum = 1 };
    const struct tracker_options options = { .max_connections = ROOM,
                                             .keep_log = true,
                                             .segments_max = 100000,
                                             .segments_each = 1000,
                                             .segments_of = segments_wanted,
                                             .msl_ns = 30 * NS_PER_S,
                                             .threads = threads,
                                             .batch = batch,
                                             .secret = { .key = { secret, 7 } },
                                             .taken = segment_told,
                                             .noticed = notice_told,
                                             .context = &told };
    struct crowd crowd = { .tracker = tracker_new(&options) };
    assert_non_null(crowd.tracker);
    for (unsigned group = 0; group < GROUPS; group++) {
        for (unsigned client = 0; client < CLIENTS; client++) {
            crowd_open(&crowd, group, client);
            if (client + 1 != group % CLIENTS)
                continue;
            struct segment s = crowd_segment(&crowd, group, 100, false);
            crowd_take(&crowd, &s);
            s = crowd_segment(&crowd, group, 100, true);
            s.facts = FACT_CHECKSUM_BAD;
            crowd_take(&crowd, &s);
        }
        for (unsigned client = 101; client < 103; client++) {
            const struct segment s = crowd_segment(&crowd, group, client, false);
            crowd_take(&crowd, &s);
        }
        for (unsigned i = 0; i < 6; i++)
            crowd_object(&crowd, group, 101 + i % 2);
    }
    assert_true(tracker_finish(crowd.tracker));
    told.ended = true;
    tracker_each(crowd.tracker, endpoints_told, &told);
    tracker_free(crowd.tracker);
    assert_false(told.unordered);
    /* Four times 24 groups: 8 of 24 have a damaged answer; two clients of each group have none. */
    assert_int_equal(told.damaged, 4 * 8 + 2 * GROUPS);
    assert_int_equal(told.believed, 6 * GROUPS);
    return told;
}

static void what_must_wait(void **state)
{
    (void)state;
    const struct told plain = crowd_told(1, 0, 1);
    const struct told others[] = { crowd_told(2, 0, 1), crowd_told(3, 50, 2),
                                   crowd_told(5, 700, 3), crowd_told(1, 5, 4) };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_true(others[i].sum == plain.sum && others[i].count == plain.count);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(full),
                                        cmocka_unit_test(full_and_expiring),
                                        cmocka_unit_test(what_must_wait) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
