/* text_rules: what is broken is always told, remarks and what holds with -v only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "render/text.h"

static struct event rule(enum check_id id, enum endpoint_id end, uint64_t frame,
                         enum check_result result, uint32_t observed, uint32_t expected)
{
    return (struct event){ .kind = EVENT_CHECK,
                           .detail = (uint8_t)id,
                           .endpoint = (uint8_t)end,
                           .frame = frame,
                           .result = (uint8_t)result,
                           .observed = observed,
                           .expected = expected,
                           .addend = CHECK_ADDEND(result == CHECK_FAILS, 0) };
}

static void assert_rules(const struct event *events, size_t count, bool all, const char *wanted)
{
    static const struct summary summary;
    const struct render_options options = { .width = 80 };
    const struct style style = style_make(&options);
    const struct connection_report connection = { .summary = &summary,
                                                  .events = events,
                                                  .event_count = count };
    struct strbuf out = { 0 };
    text_rules(&out, &style, &connection, all);
    assert_string_equal(strbuf_text(&out), wanted);
    strbuf_done(&out);
}

static void broken(void **state)
{
    (void)state;
    const struct event events[] = {
        rule(CHECK_WSCALE_BOUNDS, CLIENT, 1, CHECK_FAILS, 15, 14),
        rule(CHECK_ACK_FLAG_SET, CLIENT, 3, CHECK_HOLDS, 16, 0),
        rule(CHECK_SACK_BLOCKS_DISJOINT, SERVER, 7, CHECK_FAILS, 1101, 1102),
        rule(CHECK_ACK_FLAG_SET, SERVER, 7, CHECK_HOLDS, 16, 0),
        rule(CHECK_SACK_BLOCKS_DISJOINT, SERVER, 12345678, CHECK_FAILS, 4294967295u, 0),
    };
    static const char failures[] =
        "    1 ! window scale <= 14: 15 > 14\n"
        "        client, wscale-bounds: a window scale is 14 at most; a larger one counts\n"
        "        as 14 (RFC 7323 section 2.3)\n"
        "    7 ! left edge >= ack + 1: 1101 < 1102\n"
        "12345678 ! left edge >= ack + 1: 4294967295 < 0 (mod 2^32)\n"
        "        server, sack-blocks-disjoint: SACK blocks leave a hole between each\n"
        "        other and the ACK (RFC 2018 section 4)\n";
    char text[1000];
    snprintf(text, sizeof text, "\nRules       2 broken; -v shows all\n%s", failures);
    assert_rules(events, 5, false, text);
    snprintf(text, sizeof text,
             "\nRules       2 broken, 1 holds\n%s      v both ends: ack-flag-set\n", failures);
    assert_rules(events, 5, true, text);
}

static void remarks(void **state)
{
    (void)state;
    struct event events[] = {
        rule(CHECK_RST_SEQ_EXACT, SERVER, 4, CHECK_FAILS, 10, 20), /* a note by its row */
        rule(CHECK_SACK_RENEGE, SERVER, 5, CHECK_FAILS, 60, 50),
        rule(CHECK_DSACK, CLIENT, 6, CHECK_SKIPPED, 0, REASON_SYN_NOT_CAPTURED),
    };
    events[1].certainty = CERTAINTY_INFERRED; /* a warning by its row */
    assert_rules(events, 3, false, "");
    assert_rules(events, 3, true,
                 "\nRules       2 remarks, 1 could not be checked\n"
                 "    5 - left edge <= that of the block reported before: 60 > 50\n"
                 "        server, sack-renege: what was reported as received stays reported until\n"
                 "        the ACK passes it (RFC 2018 section 4, section 8)\n"
                 "    4 - seq is one of RCV.NXT: 10 != 20\n"
                 "        server, rst-seq-exact: a RST is obeyed only exactly at RCV.NXT (RFC 5961\n"
                 "        section 3.2)\n"
                 "      - not checked, syn-not-captured: dsack\n");
    /* Where one of them is sure, all of that rule stand among the broken ones. */
    events[0] = rule(CHECK_SACK_RENEGE, CLIENT, 4, CHECK_FAILS, 60, 50);
    assert_rules(events, 2, false,
                 "\nRules       1 broken; -v shows all\n"
                 "    4 ! left edge <= that of the block reported before: 60 > 50\n"
                 "        client, sack-renege: what was reported as received stays reported until\n"
                 "        the ACK passes it (RFC 2018 section 4, section 8)\n"
                 "    5 - left edge <= that of the block reported before: 60 > 50\n"
                 "        server, sack-renege: what was reported as received stays reported until\n"
                 "        the ACK passes it (RFC 2018 section 4, section 8)\n");
}

/* Nothing was checked; or what there is, is arithmetic. */
static void nothing(void **state)
{
    (void)state;
    const struct event sum = { .kind = EVENT_CHECK, .detail = CHECK_SYN_SEQ_IS_ISN, .frame = 1,
                               .result = CHECK_FAILS, .observed = 1, .expected = 2 };
    assert_rules(NULL, 0, true, "");
    assert_rules(&sum, 1, true, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken),
        cmocka_unit_test(remarks),
        cmocka_unit_test(nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
