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

static void checksum_tcp(void **state)
{
    (void)state;
    case_assert_rule(CASE_OPEN, "1 client checksum-tcp holds 4225,4225");
    case_assert_rule(CASE_OPEN "1 A PA len=5\n", "-checksum-tcp fails");
    case_assert_rule(CASE_OPEN "1 A PA len=5 badsum\n", DAMAGED);
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
    case_assert_rule(CASE_OPEN "1 A PA len=64 mf\n",
                     "4 client checksum-tcp skipped fragment");
    case_assert_rule("ends A=[2001:db8::1]:40000 B=[2001:db8::2]:80\n0 A S seq=1 ext=routeleft badsum\n",
                     "1 client checksum-tcp skipped routed");
    /* The first of a host that is not known. */
    case_assert_rule("0 A S seq=1 badsum\n",
                     "1 client checksum-tcp skipped checksum-unverified");
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

static void assert_second(unsigned count, const char *words, const char *second,
                          const char *wanted)
{
    char text[CASE_TEXT];
    char *lines = two_connections(count, words, second);
    struct tracker_case *tracked =
        case_track(lines, &(struct case_options){ .all_checks = true });
    assert_int_equal(tracked->count, 2);
    case_checks(&tracked->connections[1], text);
    if (!case_has(text, wanted))
        fail_msg("missing \"%s\" in\n%s", wanted, text);
    free(tracked);
    free(lines);
}

/*
 * Of B 1 + 31 right checksums: its samples stand for 1 + 2 + 4 + 8 + 16 = 31 of them, and 16 are
 * enough. So its SYN-ACK is damaged. It came as frame 3 + 2 * 31 + 2 = 67, and holds 0xf94e (63822)
 * ^ 0x5555 = 44059. With 15 + 1 of them the samples are 1 + 2 + 4 + 8 = 15: nothing is known.
 */
static void host_is_right(void **state)
{
    (void)state;
    assert_second(31, "", SECOND "+0.01 B SA seq=5000 win=65160 mss=1460 badsum\n",
                  "67 server checksum-tcp fails 44059,63822");
    assert_second(15, "", SECOND "+0.01 B SA seq=5000 win=65160 mss=1460 badsum\n",
                  "35 server checksum-tcp skipped checksum-unverified");
    /* That a host has right ones says nothing of the segment that begins a connection: there is
     * nobody else to tell of. */
    assert_second(31, "", "+1 B S seq=1 badsum\n",
                  "66 client checksum-tcp skipped checksum-unverified");
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
    assert_second(8, "badsum", MIXED, "24 server checksum-tcp skipped checksum-offload");
    char text[CASE_TEXT];
    char *lines = two_connections(3, "badsum", MIXED);
    struct tracker_case *tracked = case_track(lines, NULL);
    assert_non_null(strstr(case_checks(&tracked->connections[1], text),
                           "14 server checksum-tcp fails"));
    free(tracked);
    free(lines);
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
        int64_t since = 0;
        assert_non_null(sums);
        c.end[CLIENT].segments = 32; /* a sample that stands for 16 */
        for (uint32_t i = 0; i <= SUMS_MAX; i++) {
            memcpy(s.source, &i, sizeof i);
            sums_step(sums, &step);
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
