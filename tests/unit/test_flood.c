/* Floods inside the tracker: when SYNs become embryos, and that what was kept comes back as it
 * was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time_text.h"
#include "tcp/flood.h"
#include "tcp/waiting.h"

#define START (INT64_C(1790000000) * NS_PER_S)
#define WAITING 10
#define BYTES (1 << 20)
#define SERVER_PORT 443

static const struct flow_secret secret = { .key = { 11, 12 } };

/* A SYN of the nth client, as Linux sends it; its frame is n + 1, its time n us. */
static struct segment syn_of(uint32_t n)
{
    return (struct segment){ .frame = n + 1,
                             .time = START + (int64_t)n * 1000,
                             .source = { 10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n },
                             .destination = { 192, 0, 2, 20 },
                             .source_port = (uint16_t)(1024 + n % 50000),
                             .destination_port = SERVER_PORT,
                             .seq = n * 2654435761u,
                             .flags = TCP_SYN,
                             .window = (uint16_t)(64240 - n % 3),
                             .checksum = (uint16_t)(n * 40503),
                             .facts = FACT_CHECKSUM_GOOD,
                             .options = OPTION_MSS | OPTION_SACK_PERMITTED | OPTION_TIMESTAMPS |
                                        OPTION_WINDOW_SCALE,
                             .mss = (uint16_t)(1460 - n % 2 * 20),
                             .window_scale = 7,
                             .ip_version = 4,
                             .tsval = n * 7,
                             .ip_id = (uint16_t)(n * 31),
                             .ttl = (uint8_t)(64 - n % 20),
                             .ip_flags = 1,
                             .header_len = 40,
                             .wire_len = 74,
                             .payload_at = 74 };
}

/* The server's answer, so many ns later. */
static struct segment answer_to(const struct segment *syn, uint64_t frame, int64_t after)
{
    struct segment s = *syn;
    memcpy(s.source, syn->destination, 16);
    memcpy(s.destination, syn->source, 16);
    s.source_port = syn->destination_port;
    s.destination_port = syn->source_port;
    s.frame = frame;
    s.time += after;
    s.flags = TCP_SYN | TCP_ACK;
    s.seq = syn->seq ^ 0x5a5a5a5a;
    s.ack = syn->seq + 1;
    s.tsval = 4000000000u + (uint32_t)frame;
    s.tsecr = syn->tsval;
    s.ip_id = 0;
    s.ttl = 64;
    s.window = 65160;
    return s;
}

static struct segment ack_of(const struct segment *answer, uint64_t frame, int64_t after)
{
    struct segment s = answer_to(answer, frame, after);
    s.flags = TCP_ACK;
    s.seq = answer->ack;
    s.ack = answer->seq + 1;
    return s;
}

static struct segment reset_by_server(const struct segment *syn, uint64_t frame)
{
    struct segment s = answer_to(syn, frame, 1000);
    s.flags = TCP_RST | TCP_ACK;
    s.seq = 0;
    s.tsval = s.tsecr = 0;
    s.options = 0;
    return s;
}

static struct flood *flood_make(uint32_t waiting, uint64_t bytes)
{
    const struct flood_options options = { .waiting_max = waiting, .bytes = bytes,
                                           .secret = secret };
    struct flood *flood = flood_new(&options);
    assert_non_null(flood);
    return flood;
}

static enum flood_action judge(struct flood *flood, const struct segment *s)
{
    struct flow_key key;
    bool second = flow_key_make(s, &key);
    enum flood_action action = flood_judge(flood, &key, s, second);
    if (action == FLOOD_TRACK && (s->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
        flood_begun(flood, &key, second ? 0 : 1);
    return action;
}

/* So many SYNs, from the first client on. */
static void fill(struct flood *flood, uint32_t count)
{
    for (uint32_t n = 0; n < count; n++) {
        const struct segment s = syn_of(n);
        assert_int_equal(judge(flood, &s), n < WAITING ? FLOOD_TRACK : FLOOD_TAKE);
    }
}

/* What came back is these segments, in this order and in every member. */
static void assert_restored(const struct flood *flood, const struct segment *wanted,
                            uint32_t wanted_count)
{
    uint32_t count;
    const struct segment *list = flood_restored(flood, &count);
    assert_int_equal(count, wanted_count);
    for (uint32_t i = 0; i < count; i++) {
        struct segment got = list[i], want = wanted[i];
        assert_memory_equal(&got, &want, offsetof(struct segment, reserved));
        assert_int_equal(got.reserved, want.reserved);
        assert_int_equal(got.payload_at, want.payload_at);
    }
}

/* Ten wait; the next ones are counted, and a third ACK brings its handshake back. */
static void handshake(void **state)
{
    (void)state;
    struct flood *flood = flood_make(WAITING, BYTES);
    fill(flood, 1000);
    assert_true(flood_aggregated(flood).hits == 990);
    assert_true(flood_aggregated(flood).since == START + 10000);
    const struct segment syn = syn_of(500), answer = answer_to(&syn, 2000, 5 * NS_PER_MS);
    const struct segment ack = ack_of(&answer, 3000, 5 * NS_PER_MS);
    assert_int_equal(judge(flood, &answer), FLOOD_TAKE);
    assert_int_equal(judge(flood, &ack), FLOOD_RESTORE);
    assert_restored(flood, (struct segment[]){ syn, answer }, 2);
    assert_true(flood_aggregated(flood).hits == 989);
    assert_int_equal(judge(flood, &ack), FLOOD_TRACK); /* once */
    size_t count;
    const struct victim *victim = flood_victims(flood, &count)[0];
    assert_int_equal(count, 1);
    assert_true(victim->begun == 989 && victim->answered == 1 && victim->opened == 0);
    assert_true(victim->first_frame == 11);
    flood_free(flood);
}

/* Repeats of both come back too, each with its own time, number and timestamp. */
static void repeats(void **state)
{
    (void)state;
    struct flood *flood = flood_make(WAITING, BYTES);
    fill(flood, 20);
    struct segment list[5];
    list[0] = syn_of(15);
    for (int i = 1; i < 3; i++) {
        list[i] = list[0];
        list[i].frame = 1000 + (uint64_t)i;
        list[i].time += i * NS_PER_S;
        list[i].tsval += (uint32_t)i * 1000;
        list[i].ip_id = (uint16_t)(list[0].ip_id + i);
    }
    list[3] = answer_to(&list[2], 2000, NS_PER_MS);
    list[4] = answer_to(&list[2], 2001, NS_PER_S);
    list[4].tsecr = 77; /* echoes another one */
    for (int i = 1; i < 5; i++)
        assert_int_equal(judge(flood, &list[i]), FLOOD_TAKE);
    const struct segment ack = ack_of(&list[4], 3000, 1000);
    assert_int_equal(judge(flood, &ack), FLOOD_RESTORE);
    assert_restored(flood, list, 5);
    assert_true(flood_aggregated(flood).hits == 9);
    flood_free(flood);
}

/* Beyond eight the oldest eight are kept; nothing is lost but those. */
static void many_repeats(void **state)
{
    (void)state;
    struct flood *flood = flood_make(WAITING, BYTES);
    fill(flood, 11);
    struct segment list[EMBRYO_SEGMENTS_MAX];
    list[0] = syn_of(10);
    for (uint32_t i = 1; i < 100; i++) {
        struct segment again = list[0];
        again.frame = 100 + i;
        again.time += i * NS_PER_MS;
        if (i < EMBRYO_SEGMENTS_MAX)
            list[i] = again;
        assert_int_equal(judge(flood, &again), FLOOD_TAKE);
    }
    const struct segment answer = answer_to(&list[0], 500, NS_PER_S);
    const struct segment ack = ack_of(&answer, 501, NS_PER_S);
    assert_int_equal(judge(flood, &answer), FLOOD_TAKE);
    assert_int_equal(judge(flood, &ack), FLOOD_RESTORE);
    assert_restored(flood, list, EMBRYO_SEGMENTS_MAX);
    flood_free(flood);
}

/* Refused, and sent again: the RST belongs to the connection that opens in the end. */
static void refused(void **state)
{
    (void)state;
    struct flood *flood = flood_make(WAITING, BYTES);
    fill(flood, 30);
    const struct segment syn = syn_of(20), reset = reset_by_server(&syn, 100);
    assert_int_equal(judge(flood, &reset), FLOOD_TAKE);
    size_t count;
    const struct victim *victim = flood_victims(flood, &count)[0];
    assert_true(victim->refused == 1 && victim->meant == 0);
    struct segment again = syn;
    again.frame = 101;
    again.time += 500 * NS_PER_MS;
    const struct segment answer = answer_to(&again, 102, NS_PER_MS);
    const struct segment ack = ack_of(&answer, 103, NS_PER_MS);
    assert_int_equal(judge(flood, &again), FLOOD_TAKE);
    assert_int_equal(judge(flood, &answer), FLOOD_TAKE);
    assert_int_equal(judge(flood, &ack), FLOOD_RESTORE);
    assert_restored(flood, (struct segment[]){ syn, reset, again, answer }, 4);
    assert_true(victim->refused == 0 && victim->begun == 19);
    flood_free(flood);
}

/* What does not fit an opening shows that it is something else: it comes back at once. */
static void misfits(void **state)
{
    (void)state;
    struct flood *flood = flood_make(WAITING, BYTES);
    fill(flood, 30);
    const struct segment syn = syn_of(20);
    struct segment list[5];
    for (int i = 0; i < 5; i++)
        list[i] = answer_to(&syn, 100, NS_PER_MS);
    list[0].ack++;                          /* a SYN-ACK of another SYN */
    list[1] = reset_by_server(&syn, 100);   /* a RST of another */
    list[1].ack++;
    list[2].flags = TCP_SYN;                /* a SYN of the other end: simultaneous */
    list[3].flags = TCP_ACK;                /* a bare ACK, as a challenge is */
    list[4] = syn;
    list[4].flags = TCP_FIN | TCP_ACK;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(judge(flood, &list[i]), FLOOD_RESTORE);
        assert_restored(flood, &syn, 1);
        assert_int_equal(judge(flood, &syn), FLOOD_TAKE); /* as it was */
    }
    flood_free(flood);
}

/* A SYN-ACK whose SYN was not captured waits for its ACK as well; late RSTs are of the flood. */
static void syn_unseen(void **state)
{
    (void)state;
    struct flood *flood = flood_make(WAITING, BYTES);
    fill(flood, 30);
    const struct segment syn = syn_of(5000), answer = answer_to(&syn, 100, 0);
    const struct segment ack = ack_of(&answer, 101, NS_PER_MS);
    assert_int_equal(judge(flood, &answer), FLOOD_TAKE);
    assert_true(flood_aggregated(flood).hits == 20);
    assert_int_equal(judge(flood, &ack), FLOOD_RESTORE);
    assert_restored(flood, &answer, 1);
    assert_true(flood_aggregated(flood).hits == 20);
    const struct segment reset = reset_by_server(&syn, 102);
    assert_int_equal(judge(flood, &reset), FLOOD_TAKE);
    /* Of any other service, and of this one when the flood is long over, they are tracked. */
    struct segment other = answer;
    other.source_port++;
    assert_int_equal(judge(flood, &other), FLOOD_TRACK);
    other = reset;
    other.time += 200 * NS_PER_S;
    assert_int_equal(judge(flood, &other), FLOOD_TAKE); /* one such time may be a wild clock */
    assert_int_equal(judge(flood, &other), FLOOD_TRACK);
    flood_free(flood);
}

/* Another attempt on the same ports: the one before was left. */
static void other_attempt(void **state)
{
    (void)state;
    struct flood *flood = flood_make(WAITING, BYTES);
    fill(flood, 30);
    struct segment syn = syn_of(20);
    syn.seq += 1000000;
    syn.frame = 100;
    const struct segment answer = answer_to(&syn, 101, 0), ack = ack_of(&answer, 102, 0);
    assert_int_equal(judge(flood, &syn), FLOOD_TAKE);
    assert_true(flood_aggregated(flood).hits == 21);
    assert_int_equal(judge(flood, &answer), FLOOD_TAKE);
    assert_int_equal(judge(flood, &ack), FLOOD_RESTORE);
    assert_restored(flood, (struct segment[]){ syn, answer }, 2);
    flood_free(flood);
}

/* The oldest go first, whatever their hash: how many are kept, to one block of 1,024. */
static void oldest_go(void **state)
{
    (void)state;
    struct flood *flood = flood_make(WAITING, BYTES);
    fill(flood, 200000);
    uint32_t kept = 0, first = 0;
    for (uint32_t n = WAITING; n < 200000; n++) {
        const struct segment syn = syn_of(n), answer = answer_to(&syn, 0, 0);
        struct segment ack = ack_of(&answer, 300000, 0);
        ack.time = START + 200 * NS_PER_MS;
        bool known = judge(flood, &ack) == FLOOD_RESTORE;
        assert_true(known || kept == 0); /* none is lost among those that are kept */
        if (known && kept++ == 0)
            first = n;
    }
    assert_int_equal(kept, 200000 - first);
    /* 1 MiB less 16,384 places of the index (64 KiB) and the shapes, 32 bytes each and some. */
    assert_in_range(kept, 24 * 1024, 28 * 1024);
    flood_free(flood);
}

/* At the rate that fills all places in a second, each segment of a handshake may come 0.9 s after
 * the one before: a SYN whose answer comes late is carried along. */
static void slow_handshake(void **state)
{
    (void)state;
    struct flood *flood = flood_make(WAITING, BYTES);
    enum { PLACES = 24 * 1024 };
    uint32_t n = 0;
    for (; n < WAITING + 1; n++) {
        const struct segment s = syn_of(n);
        judge(flood, &s);
    }
    const struct segment syn = syn_of(WAITING);
    const struct segment answer = answer_to(&syn, 100000, 24 * NS_PER_MS);
    const struct segment ack = ack_of(&answer, 200000, 24 * NS_PER_MS);
    for (; n < PLACES * 9 / 10; n++) {
        const struct segment s = syn_of(n);
        assert_int_equal(judge(flood, &s), FLOOD_TAKE);
    }
    assert_int_equal(judge(flood, &answer), FLOOD_TAKE);
    for (; n < 2 * (PLACES * 9 / 10); n++) {
        const struct segment s = syn_of(n);
        assert_int_equal(judge(flood, &s), FLOOD_TAKE);
    }
    assert_int_equal(judge(flood, &ack), FLOOD_RESTORE);
    assert_restored(flood, (struct segment[]){ syn, answer }, 2);
    flood_free(flood);
}

/* Times and frames far apart, and clocks that go back, come back exactly. */
static void wide_times(void **state)
{
    (void)state;
    static const int64_t times[] = { 0, 2147483647, 2147483648, -5, INT64_C(1) << 40,
                                     -(INT64_C(1) << 50) };
    struct flood *flood = flood_make(1, BYTES);
    struct segment list[6];
    struct segment first = syn_of(0);
    judge(flood, &first);
    for (uint32_t i = 0; i < 6; i++) {
        list[i] = syn_of(100 + i);
        list[i].time = START + times[i];
        list[i].frame = 1 + (uint64_t)i * ((1 << 23) - 3);
        /* A wild clock may hide that others wait; then it has a record. */
        while (judge(flood, &list[i]) == FLOOD_TRACK)
            ;
    }
    for (uint32_t i = 0; i < 6; i++) {
        struct segment answer = answer_to(&list[i], 1, 0), ack = ack_of(&answer, 2, 0);
        if (judge(flood, &ack) == FLOOD_RESTORE)
            assert_restored(flood, &list[i], 1);
        else
            fail_msg("segment %u is lost", i);
    }
    flood_free(flood);
}

/* A flood of SYNs with no two shapes alike fills no memory, and ordinary ones are kept again as soon as those are gone. */
static void shapes(void **state)
{
    (void)state;
    struct flood *flood = flood_make(WAITING, BYTES);
    uint32_t lost = 0;
    for (uint32_t n = 0; n < 100000; n++) {
        struct segment s = syn_of(n);
        s.urgent = (uint16_t)n;
        judge(flood, &s);
    }
    assert_true(flood_aggregated(flood).hits == 100000 - WAITING);
    for (uint32_t n = 100000; n < 200000; n++) { /* ordinary ones again, two seconds later */
        struct segment s = syn_of(n);
        s.time += 2 * NS_PER_S;
        judge(flood, &s);
    }
    for (uint32_t n = 199000; n < 200000; n++) {
        const struct segment syn = syn_of(n), answer = answer_to(&syn, 0, 2 * NS_PER_S);
        const struct segment ack = ack_of(&answer, 0, 0);
        lost += judge(flood, &ack) != FLOOD_RESTORE;
    }
    assert_int_equal(lost, 0);
    flood_free(flood);
}

/* Two halves of a flood, merged, are the whole. */
static void merged(void **state)
{
    (void)state;
    struct flood *whole = flood_make(WAITING, BYTES);
    struct flood *half[2] = { flood_make(WAITING / 2, BYTES), flood_make(WAITING / 2, BYTES) };
    for (uint32_t n = 0; n < 5000; n++) {
        const struct segment s = syn_of(n);
        judge(whole, &s);
        judge(half[n % 2], &s);
    }
    flood_merge(half[0], half[1]);
    assert_true(flood_aggregated(half[0]).hits == flood_aggregated(whole).hits);
    assert_true(flood_aggregated(half[0]).since == flood_aggregated(whole).since);
    size_t count;
    const struct victim *a = flood_victims(whole, &count)[0], *b = flood_victims(half[0], &count)[0];
    assert_int_equal(count, 1);
    assert_memory_equal(a, b, sizeof *a);
    flood_free(whole);
    flood_free(half[0]);
    flood_free(half[1]);
}

/* One waits for 137 s at least, 155 s at most; what ended counts no longer, and never below 0. */
static void waiting_times(void **state)
{
    (void)state;
    struct waiting *waiting = calloc(1, sizeof *waiting);
    assert_non_null(waiting);
    for (int i = 0; i < 100; i++)
        waiting_begun(waiting, 5, START + i * NS_PER_S);
    assert_int_equal(waiting_count(waiting, 5, START + 100 * NS_PER_S), 100);
    assert_int_equal(waiting_count(waiting, 6, START), 0);
    waiting_ended(waiting, 5, START);
    waiting_ended(waiting, 6, START);
    assert_int_equal(waiting_count(waiting, 5, START + 136 * NS_PER_S), 99);
    uint32_t left = waiting_count(waiting, 5, START + 180 * NS_PER_S);
    assert_in_range(left, 100 - (180 - 137), 100 - (180 - 155));
    assert_int_equal(waiting_count(waiting, 5, START + 255 * NS_PER_S), 0);
    for (int i = 0; i < 100; i++)
        waiting_ended(waiting, 5, START + i * NS_PER_S);
    assert_int_equal(waiting_count(waiting, 5, START + 255 * NS_PER_S), 0);
    waiting_begun(waiting, 5, START); /* the clock was set back */
    assert_int_equal(waiting_count(waiting, 5, START), 1);
    waiting_begun(waiting, 5, INT64_MIN);
    waiting_begun(waiting, 5, INT64_MAX);
    assert_int_equal(waiting_count(waiting, 5, INT64_MAX), 1);
    free(waiting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshake),     cmocka_unit_test(repeats),
        cmocka_unit_test(many_repeats),  cmocka_unit_test(refused),
        cmocka_unit_test(misfits),       cmocka_unit_test(syn_unseen),
        cmocka_unit_test(other_attempt), cmocka_unit_test(oldest_go),
        cmocka_unit_test(slow_handshake), cmocka_unit_test(wide_times),
        cmocka_unit_test(shapes),        cmocka_unit_test(merged),
        cmocka_unit_test(waiting_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
