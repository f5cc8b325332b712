/*
 * SACK rules: RFC 2018, RFC 2883. The client's numbers begin at x, the server's at y: far from the
 * end of the number space, and so that the wrap falls into the data. The client sends, the server
 * reports: after CASE the client sent 100 bytes at x+1 and 100 at x+201, and x+101 to x+200 are
 * missing. Its window is 65160 bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tracker_case.h"

#define OPEN                                                                                     \
    "0 A S seq=x win=64240 mss=1460 sackok\n"                                                    \
    "0.01 B SA seq=y ack=x+1 win=65160 mss=1460 sackok\n"                                        \
    "0.02 A A\n"
#define HOLE                                                                                     \
    OPEN "0.03 A A seq=x+1 len=100\n"                                                            \
         "0.031 A A seq=x+201 len=100\n"

static const struct {
    uint32_t x, y;
} bases[] = { { 1000, 5000 }, { 4294967086u, 4294967295u } }; /* 2^32 - 210: x+210 is 0 */

/* Numbers in wanted lines: {x+1} becomes that of the base. */
static void line_expand(char *ret, size_t room, const char *wanted, uint32_t x)
{
    size_t used = 0;
    while (*wanted != '\0' && used + 12 < room) {
        int addend, length = 0;
        if (sscanf(wanted, "{x%d}%n", &addend, &length) == 1 && length > 0) {
            used += (size_t)snprintf(ret + used, room - used, "%u", x + (uint32_t)addend);
            wanted += length;
        } else {
            ret[used++] = *wanted++;
        }
    }
    ret[used] = '\0';
}

/* The line is among the checks, at every base; with a '-' before it: no line has this in it. */
static void assert_check(const char *packets, const char *wanted)
{
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        char lines[3000], line[200], text[CASE_TEXT];
        bool absent = wanted[0] == '-';
        snprintf(lines, sizeof lines, "let x=%u\nlet y=%u\n%s", bases[i].x, bases[i].y, packets);
        line_expand(line, sizeof line, wanted + absent, bases[i].x);
        struct tracker_case *tracked =
            case_track(lines, &(struct case_options){ .all_checks = true });
        case_checks(&tracked->connections[0], text);
        if (absent ? strstr(text, line) != NULL : !case_has(text, line))
            fail_msg("base %zu: %s \"%s\" in\n%s", i, absent ? "unwanted" : "missing", line,
                     text);
        free(tracked);
    }
}

/* How sure the failure of this check is. */
static void assert_certainty(const char *packets, enum check_id id, enum certainty certainty)
{
    char lines[3000];
    snprintf(lines, sizeof lines, "let x=%u\nlet y=%u\n%s", bases[0].x, bases[0].y, packets);
    struct tracker_case *tracked = case_track(lines, NULL);
    const struct case_connection *c = &tracked->connections[0];
    const struct event *event = event_find(c->events, c->count,
                                           (struct event_query){ .kind = EVENT_CHECK,
                                                                 .endpoint = EVENT_ANY,
                                                                 .detail = (int)id,
                                                                 .result = CHECK_FAILS });
    assert_non_null(event);
    assert_string_equal(certainty_name((enum certainty)event->certainty),
                        certainty_name(certainty));
    free(tracked);
}

static void sack_without_permission(void **state)
{
    (void)state;
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+201-x+301\n",
                 "6 server sack-without-permission holds 1,0");
    /* The client did not permit it; the server did not. */
    assert_check("0 A S seq=x win=64240\n0.01 B SA seq=y ack=x+1 sackok\n0.02 A A\n"
                 "0.03 A A seq=x+101 len=100\n0.05 B A ack=x+1 sack=x+101-x+201\n",
                 "5 server sack-without-permission fails 1,0");
    assert_check("0 A S seq=x win=64240 sackok\n0.01 B SA seq=y ack=x+1\n0.02 A A\n"
                 "0.03 A A seq=x+101 len=100\n0.05 B A ack=x+1 sack=x+101-x+201\n",
                 "5 server sack-without-permission fails 1,0");
    assert_check("0 A A seq=x+1 ack=y+1 len=100\n0.01 A A seq=x+201 len=100\n"
                 "0.05 B A seq=y+1 ack=x+101 sack=x+201-x+301\n",
                 "3 server sack-without-permission skipped syn-not-captured");
    /* 14 + 20 + 20 bytes: the SYN without its options. */
    assert_check("0 A S seq=x win=64240 sackok snap=54\n0.01 B SA seq=y ack=x+1 sackok\n"
                 "0.02 A A\n0.03 A A seq=x+101 len=100\n0.05 B A ack=x+1 sack=x+101-x+201\n",
                 "5 server sack-without-permission skipped options-unknown");
    assert_check(HOLE "0.05 B A ack=x+301\n", "-sack-without-permission");
}

static void sack_block_valid(void **state)
{
    (void)state;
    /* The highest right edge against SND.NXT: 301. */
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+201-x+301\n",
                 "6 server sack-block-valid holds {x+301},{x+301}");
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+201-x+251\n",
                 "6 server sack-block-valid holds {x+251},{x+301}");
    /* Empty, and upside down: left <= right - 1 is wrong. */
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+201-x+201\n",
                 "6 server sack-block-valid fails {x+201},{x+200}");
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+301-x+201\n",
                 "6 server sack-block-valid fails {x+301},{x+200}");
    /* It begins below the ACK and ends above. */
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+51-x+301\n",
                 "6 server sack-block-valid fails {x+51},{x+101}");
    /* A second block below the ACK is no D-SACK. */
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+201-x+301,x+1-x+51\n",
                 "6 server sack-block-valid fails {x+1},{x+101}");
    /* The window ends at x+101+65160 = x+65261, and a probe may lie behind it: to x+65262. */
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+201-x+65262\n",
                 "6 server sack-block-valid skipped gap-in-capture");
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+201-x+65263\n",
                 "6 server sack-block-valid fails {x+65263},{x+301}");
    assert_certainty(HOLE "0.05 B A ack=x+101 sack=x+201-x+65263\n", CHECK_SACK_BLOCK_VALID,
                     CERTAINTY_INFERRED); /* bytes of the client are missing here */
    assert_certainty(OPEN "0.03 A A seq=x+1 len=100\n"
                          "0.05 B A ack=x+1 sack=x+200001-x+200101\n",
                     CHECK_SACK_BLOCK_VALID, CERTAINTY_OBSERVED);
    /* Bodies of 0 and of 9 bytes. */
    assert_check(HOLE "0.05 B A ack=x+101 opt=01010502\n",
                 "6 server sack-block-valid fails 0,0");
    assert_check(HOLE "0.05 B A ack=x+101 opt=01050b000000000000000000\n",
                 "6 server sack-block-valid fails 0,0");
}

/* The reasons for which a block behind all that was seen is no failure. */
static void sack_block_unseen(void **state)
{
    (void)state;
    assert_check("0 B A seq=y+1 ack=x+101 win=65160 sack=x+200001-x+200101\n",
                 "1 server sack-block-valid skipped other-end-not-captured");
    assert_check("0 A A seq=x+1 ack=y+1 len=100\n"
                 "0.05 B A seq=y+1 ack=x+101 win=65160 sack=x+200001-x+200101\n",
                 "2 server sack-block-valid skipped unknown-scale");
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+200001-x+200101 opt=1e040000\n",
                 "6 server sack-block-valid skipped mptcp");
    /* An ACK far beyond what was sent: what the capture missed is not known. */
    assert_check(HOLE "0.05 B A ack=x+9000101 sack=x+9000201-x+9000301\n",
                 "6 server sack-block-valid skipped gap-in-capture");
}

static void sack_blocks_disjoint(void **state)
{
    (void)state;
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+201-x+301\n",
                 "6 server sack-blocks-disjoint holds {x+201},{x+102}");
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+251-x+301,x+201-x+249\n",
                 "6 server sack-blocks-disjoint holds {x+251},{x+102}");
    /* What comes right behind the ACK is to be acknowledged. */
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+101-x+301\n",
                 "6 server sack-blocks-disjoint fails {x+101},{x+102}");
    /* They touch, in either order; they overlap. */
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+251-x+301,x+201-x+251\n",
                 "6 server sack-blocks-disjoint fails {x+251},{x+252}");
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+201-x+251,x+251-x+301\n",
                 "6 server sack-blocks-disjoint fails {x+251},{x+252}");
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+201-x+261,x+251-x+301\n",
                 "6 server sack-blocks-disjoint fails {x+251},{x+262}");
    /* A D-SACK is in the second block, as it has to be; and alone it is no block above the ACK. */
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+201-x+251,x+201-x+301\n",
                 "6 server sack-blocks-disjoint holds {x+201},{x+102}");
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+1-x+101\n", "-sack-blocks-disjoint");
}

static void sack_first_is_newest(void **state)
{
    (void)state;
#define TWO_HOLES                                                                                \
    HOLE "0.05 B A ack=x+101 sack=x+201-x+301\n"                                                 \
         "0.06 A A seq=x+401 len=100\n"
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+201-x+301\n",
                 "6 server sack-first-is-newest holds {x+301},{x+301}");
    assert_check(TWO_HOLES "0.08 B A ack=x+101 sack=x+401-x+501,x+201-x+301\n",
                 "-sack-first-is-newest fails");
    /* Only x+401 came since the option before, and the block before is still first. */
    assert_check(TWO_HOLES "0.08 B A ack=x+101 sack=x+201-x+301,x+401-x+501\n",
                 "8 server sack-first-is-newest fails {x+301},{x+501}");
    /* The first block grew by what came through late: which came last cannot be told. */
    assert_check(TWO_HOLES "0.08 B A ack=x+101 sack=x+151-x+301,x+401-x+501\n",
                 "8 server sack-first-is-newest skipped unknown-cause");
    /* Bytes of the first block came twice: it may be answering those. */
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+201-x+301\n"
                      "0.06 A A seq=x+201 len=100\n0.061 A A seq=x+401 len=100\n"
                      "0.08 B A ack=x+101 sack=x+201-x+301,x+401-x+501\n",
                 "9 server sack-first-is-newest skipped unknown-cause");
    /* x+401 passed here last but was reported before: the last ACK answers something older. */
    assert_check(OPEN "0.03 A A seq=x+1 len=100\n0.031 A A seq=x+201 len=100 id=9\n"
                      "0.032 A A seq=x+151 len=50 id=8\n0.033 A A seq=x+401 len=100\n"
                      "0.05 B A ack=x+101 sack=x+201-x+301\n"
                      "0.051 B A ack=x+101 sack=x+401-x+501,x+201-x+301\n"
                      "0.052 B A ack=x+101 sack=x+151-x+301,x+401-x+501\n"
                      "0.053 B A ack=x+101 sack=x+151-x+301,x+401-x+501\n",
                 "-sack-first-is-newest fails");
    /* The newest one has not come. */
    assert_check(TWO_HOLES "0.08 B A ack=x+101 sack=x+201-x+301\n",
                 "8 server sack-first-is-newest skipped unknown-cause");
}

static void dsack(void **state)
{
    (void)state;
    /* RFC 2883 §4: below the ACK; in the second block. */
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+1-x+101\n",
                 "6 server dsack holds {x+101},{x+301}");
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+201-x+251,x+201-x+301\n",
                 "6 server dsack holds {x+251},{x+301}");
    /* The SYN itself has a number; below it there is none. */
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+0-x+101\n",
                 "6 server dsack holds {x+101},{x+301}");
    assert_check("let low=x-9\n" HOLE "0.05 B A ack=x+101 sack=low-x+101\n",
                 "6 server dsack fails {x-9},{x+0}");
    assert_check("let low=x-9\n0 A A seq=x+1 ack=y+1 len=100\n"
                 "0.05 B A seq=y+1 ack=x+101 sack=low-x+101\n",
                 "2 server dsack skipped syn-not-captured");
    assert_check("0 A A seq=x+1 ack=y+1 len=100\n"
                 "0.05 B A seq=y+1 ack=x+101 sack=x+0-x+101\n",
                 "2 server dsack holds {x+101},{x+101}");
    assert_check(HOLE "0.05 B A ack=x+101 sack=x+201-x+251\n", "-dsack");
}

static void sack_renege(void **state)
{
    (void)state;
#define REPORTED                                                                                 \
    HOLE "0.05 B A ack=x+101 sack=x+201-x+301\n"                                                 \
         "0.06 A A seq=x+401 len=100\n"
    assert_check(REPORTED "0.08 B A ack=x+101 sack=x+401-x+501,x+201-x+301\n",
                 "8 server sack-renege holds {x+201},{x+201}");
    /* It grew. */
    assert_check(REPORTED "0.08 B A ack=x+101 sack=x+151-x+301,x+401-x+501\n",
                 "8 server sack-renege holds {x+151},{x+201}");
    /* It is gone, although another one is told; ACK 101 has not passed its end, 301. */
    assert_check(REPORTED "0.08 B A ack=x+101 sack=x+401-x+501\n",
                 "8 server sack-renege fails {x+101},{x+301}");
    assert_certainty(REPORTED "0.08 B A ack=x+101 sack=x+401-x+501\n", CHECK_SACK_RENEGE,
                     CERTAINTY_INFERRED);
    /* Nothing is told, and the ACK moved on below it. */
    assert_check(REPORTED "0.08 B A ack=x+151\n", "8 server sack-renege fails {x+151},{x+301}");
    /* The ACK reached it, and should have passed it. */
    assert_check(REPORTED "0.08 B A ack=x+201\n", "8 server sack-renege fails {x+201},{x+301}");
    /* The ACK passed it. */
    assert_check(REPORTED "0.08 B A ack=x+301 sack=x+401-x+501\n", "-sack-renege");
    /* An ACK without blocks, and without news: it may be an older one. */
    assert_check(REPORTED "0.08 B A ack=x+101\n",
                 "8 server sack-renege skipped unknown-order");
    /* 14 + 20 + 20 bytes: without the options. */
    assert_check(REPORTED "0.08 B A ack=x+151 sack=x+201-x+301 snap=54\n",
                 "8 server sack-renege skipped frame-cut-short");
    /* Who sends payload may need the room: nothing is said. */
    assert_check(REPORTED "0.08 B PA ack=x+151 len=5\n", "-sack-renege");
    /* 10 + 2 of timestamps and 4 + 24 of blocks fill the header. */
    assert_check(REPORTED "0.07 A A seq=x+601 len=100\n0.071 A A seq=x+801 len=100\n"
                          "0.08 B A ack=x+101 ts=1,1 sack=x+801-x+901,x+601-x+701,x+401-x+501\n",
                 "-sack-renege");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sack_without_permission), cmocka_unit_test(sack_block_valid),
        cmocka_unit_test(sack_block_unseen),       cmocka_unit_test(sack_blocks_disjoint),
        cmocka_unit_test(sack_first_is_newest),    cmocka_unit_test(dsack),
        cmocka_unit_test(sack_renege),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
