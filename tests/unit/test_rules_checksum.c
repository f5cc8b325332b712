/*
 * The TCP checksum: RFC 9293 §3.1, and what the other checksums of a host tell of a wrong one.
 * The numbers are one's complement sums worked out by hand from the bytes: 0x1081 (4225) for the
 * SYN of CASE_OPEN, 0xc3b6 (50102) for the five bytes behind it, which are the letters "nopqr";
 * a wrong one is that ^ 0x5555.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/sums.h"
#include "tracker_case.h"

#define DAMAGED "4 client checksum-tcp fails 38627,50102 inferred"
#define UNVERIFIED "4 client checksum-tcp skipped checksum-unverified"

static void checksum_tcp(void **state)
{
    (void)state;
    case_assert_rule(CASE_OPEN, "1 client checksum-tcp holds 4225,4225");
    case_assert_rule(CASE_OPEN "1 A PA len=5\n", "-checksum-tcp fails");
    /* It came again, right, and was not acknowledged before: it was wrong on the wire. */
    case_assert_rule(CASE_OPEN "1 A PA len=5 badsum\n1.3 A PA seq=1001 len=5\n", DAMAGED);
    case_assert_rule(CASE_OPEN "1 A PA len=5 badsum\n1.3 A PA seq=1001 len=50\n", DAMAGED);
    /* What its receiver drops changes nothing: these bytes are still to come. */
    case_assert_rule(CASE_OPEN "1 A PA len=5 badsum\n1.3 A PA seq=1001 len=5\n",
                     "5 client syn-consumes-one holds 1001=1001");
}

static void checksum_skipped(void **state)
{
    (void)state;
    case_assert_rule(CASE_OPEN "1 A PA len=5 partialsum\n",
                     "4 client checksum-tcp skipped checksum-offload");
    case_assert_rule(CASE_OPEN "1 A PA len=500 snap=60\n",
                     "4 client checksum-tcp skipped frame-cut-short");
    case_assert_rule(CASE_OPEN "1 A PA len=64 mf\n", "4 client checksum-tcp skipped fragment");
    case_assert_rule("ends A=[2001:db8::1]:40000 B=[2001:db8::2]:80\n"
                     "0 A S seq=1 ext=routeleft badsum\n",
                     "1 client checksum-tcp skipped routed");
    /* The first of a host that is not known. */
    case_assert_rule("0 A S seq=1 badsum\n", "1 client checksum-tcp skipped checksum-unverified");
    /* Left out as damaged, but nothing shows that it was so on the wire: it is never sent again, or
     * other bytes are, or it was acknowledged, so that only the capture is wrong. */
    case_assert_rule(CASE_OPEN "1 A A badsum\n", UNVERIFIED);
    case_assert_rule(CASE_OPEN "1 A PA len=5 badsum\n1.3 A PA seq=1006 len=5\n",
                     "-checksum-tcp fails");
    case_assert_rule(CASE_OPEN "1 A PA len=5 badsum\n1.1 B A ack=1006\n"
                               "1.3 A PA seq=1001 len=5\n",
                     UNVERIFIED);
    case_assert_rule(CASE_OPEN "1 A PA len=5 badsum\n1.1 B A ack=1006\n"
                               "1.3 A PA seq=1001 len=5\n",
                     "-checksum-tcp fails");
    /* 1461 bytes where 1460 are allowed: a card put them together. */
    case_assert_rule(CASE_OPEN "1 A PA len=1461 badsum\n",
                     "4 client checksum-tcp skipped checksum-offload");
    case_assert_rule(CASE_OPEN "1 A PA len=1461 badsum\n", "-checksum-tcp fails");
}

/* A connection in which B sends `count` segments of one byte, with this behind each, and A
 * acknowledges each; then one between the same hosts, from port 40001. */
static char *two_connections(unsigned count, const char *words, const char *second)
{
    size_t room = 65536, used = 0;
    char *lines = malloc(room);
    assert_non_null(lines);
    used += (size_t)snprintf(lines, room,
                             "0 A S seq=1000 mss=1460\n"
                             "0.01 B SA seq=5000 win=65160 mss=1460 %s\n0.02 A A\n",
                             words);
    for (unsigned i = 0; i < count; i++)
        used += (size_t)snprintf(lines + used, room - used, "+0.1 B PA len=1 %s\n+0.01 A A\n",
                                 words);
    snprintf(lines + used, room - used, "ends A=192.0.2.1:40001 B=198.51.100.7:80\n%s", second);
    return lines;
}

#define SECOND "+1 A S seq=1000 win=64240 mss=1460\n"

/* Which frame of the second connection is left out as damaged; 0: none. */
static void assert_damaged(unsigned count, const char *words, const char *second, uint64_t frame)
{
    char *lines = two_connections(count, words, second);
    struct tracker_case *tracked =
        case_track(lines, &(struct case_options){ .all_checks = true });
    assert_int_equal(tracked->count, 2);
    const struct case_connection *c = &tracked->connections[1];
    const struct event *event = event_find(
        c->events, c->count, (struct event_query){ .kind = EVENT_CHECKSUM_BAD,
                                                   .endpoint = EVENT_ANY, .detail = EVENT_ANY,
                                                   .result = EVENT_ANY });
    assert_int_equal(event != NULL ? event->frame : 0, frame);
    free(tracked);
    free(lines);
}

/*
 * Of B 1 + 31 right checksums: its samples stand for 1 + 2 + 4 + 8 + 16 = 31 of them, and 16 are
 * enough. So its SYN-ACK is damaged, and nobody takes it. It is frame 3 + 2 * 31 + 2 = 67. With
 * 15 + 1 of them the samples are 1 + 2 + 4 + 8 = 15: nothing is known, and it is tracked.
 */
static void host_is_right(void **state)
{
    (void)state;
    assert_damaged(31, "", SECOND "+0.01 B SA seq=5000 win=65160 mss=1460 badsum\n", 67);
    assert_damaged(15, "", SECOND "+0.01 B SA seq=5000 win=65160 mss=1460 badsum\n", 0);
    /* That a host has right ones says nothing of the segment that begins a connection: there is
     * nobody else to tell of. */
    assert_damaged(31, "", "+1 B S seq=1 badsum\n", 0);
}

/*
 * Of B 1 + 8 wrong ones, all acknowledged, and one sample of a right one: 9 of 10 are left to its
 * card. 1 + 3 are too few: then one among two right ones is damage, (0 + 1) * 2 <= 2.
 */
static void host_leaves_them(void **state)
{
    (void)state;
#define MIXED                                                                                    \
    SECOND "+0.01 B SA seq=5000 mss=1460\n+0.01 A A\n+0.01 B A\n+0.01 B PA len=1 badsum\n"
    assert_damaged(8, "badsum", MIXED, 0);
    assert_damaged(3, "badsum", MIXED, 14);
}

/* As many hosts as there is room for stay, whatever the secret; others are counted. */
static void hosts_are_bounded(void **state)
{
    (void)state;
    for (unsigned secret = 0; secret < 2; secret++) {
        struct flow_secret of_run = { .key = { secret } };
        struct sums *sums = sums_new(&of_run);
        struct connection c = { .first_frame = 1 };
        struct segment s = { .facts = FACT_CHECKSUM_GOOD, .ip_version = 4, .time = 77 };
        struct step step = { .c = &c, .s = &s, .x = &c.end[CLIENT], .y = &c.end[SERVER] };
        struct sums_sample sample;
        int64_t since = 0;
        assert_non_null(sums);
        c.end[CLIENT].segments = 32; /* a sample that stands for 16 */
        for (uint32_t i = 0; i <= SUMS_MAX; i++) {
            memcpy(s.source, &i, sizeof i);
            assert_true(sums_sample(&step, true, &sample));
            sums_add(sums, &s, sample);
        }
        assert_int_equal(sums_refused(sums, &since), 1);
        assert_int_equal(since, 77);
        s.facts = FACT_CHECKSUM_BAD;
        assert_int_equal(sums_facts(sums, &c, CLIENT, &s), 0); /* the one without room */
        memset(s.source, 0, sizeof s.source);
        assert_int_equal(sums_facts(sums, &c, CLIENT, &s), FACT_CHECKSUMS_RIGHT);
        s.input = 1; /* another place */
        assert_int_equal(sums_facts(sums, &c, CLIENT, &s), 0);
        sums_free(sums);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checksum_tcp),     cmocka_unit_test(checksum_skipped),
        cmocka_unit_test(host_is_right),    cmocka_unit_test(host_leaves_them),
        cmocka_unit_test(hosts_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
