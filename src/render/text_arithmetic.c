/* text_arithmetic: the sums that were checked: those that fail, and a few that teach. */
#include <inttypes.h>
#include <stdio.h>

#include "render/text.h"
#include "report/narrate.h"

#define SUM_WIDTH 41   /* a usual sum; longer ones stand alone on their line */
#define FRAME_WIDTH 5
#define CHECKS_SHOWN 4 /* sums that hold, without -v */

/* How much a check that holds teaches; the most first. 0: not shown without -v. */
static int check_worth(enum check_id id)
{
    switch (id) {
    case CHECK_SYNACK_ACKS_ISN_PLUS_1:
    case CHECK_SIMULTANEOUS_ACKS:
        return 6;
    case CHECK_ACK_OF_FIN:
    case CHECK_SIMULTANEOUS_CLOSE_ACKS:
        return 5;
    case CHECK_HANDSHAKE_ACK_NUMBER:
        return 4;
    case CHECK_SYN_CONSUMES_ONE:
        return 3;
    case CHECK_LAST_ACK_NUMBERS:
        return 2;
    case CHECK_FIN_CONSUMES_ONE:
        return 1;
    default:
        return 0;
    }
}

static bool is_sum(const struct event *event)
{
    return event->kind == EVENT_CHECK && event->detail < CHECK_ARITHMETIC_N &&
           event->result <= CHECK_SKIPPED;
}

/* The same sum again, of a segment that was repeated, teaches nothing new. */
static bool chosen_before(const struct event *events, const size_t *chosen, size_t count,
                          const struct event *check)
{
    for (size_t i = 0; i < count; i++) {
        const struct event *other = &events[chosen[i]];
        if (other->detail == check->detail && other->endpoint == check->endpoint &&
            other->observed == check->observed)
            return true;
    }
    return false;
}

/* Chooses the holding checks to show: the worthiest, of equal ones the earliest. */
static size_t choose_checks(const struct connection_report *connection,
                            size_t ret_chosen[CHECKS_SHOWN])
{
    size_t count = 0;
    for (int worth = 6; worth > 0; worth--)
        for (size_t i = 0; i < connection->event_count && count < CHECKS_SHOWN; i++) {
            const struct event *event = &connection->events[i];
            if (event->kind == EVENT_CHECK && event->result == CHECK_HOLDS &&
                check_worth((enum check_id)event->detail) == worth &&
                !chosen_before(connection->events, ret_chosen, count, event))
                ret_chosen[count++] = i;
        }
    return count;
}

/* What a failed check wanted to see. */
static void add_expected(struct strbuf *text, const struct event *check)
{
    if (checks[check->detail].subject == SUBJECT_SEQ_AND_ACK)
        strbuf_add(text, "; the sum that is marked != is wrong");
    else
        strbuf_printf(text, "; expected %" PRIu32 ", seen %" PRIu32, check->expected,
                      check->observed);
}

/* What the check means; data on a SYN counts too (RFC 9293 §3.4). */
static void add_meaning(struct strbuf *text, const struct event *check)
{
    const struct check *row = &checks[check->detail];
    bool of_syn = row->base == BASE_OWN_ISN || row->base == BASE_PEER_ISN;
    strbuf_add(text, row->meaning);
    if (!of_syn || check->addend < 2 || row->subject == SUBJECT_SEQ_AND_ACK)
        return;
    if (row->subject == SUBJECT_ACK)
        strbuf_printf(text, ", its data %u", (unsigned)check->addend - 1);
    else
        strbuf_add(text, " and its data");
}

/* Makes each equation one word for style_wrap: "ack = x + 1:", "101 = 100 + 1,". */
static void join_equations(struct strbuf *text)
{
    for (size_t i = 1; i < text->length; i++)
        if (text->text[i] == ' ' && text->text[i - 1] != ',')
            text->text[i] = STYLE_JOIN[0];
}

/* The sum at the left, its meaning at the right; both below each other where that is too wide. */
static void add_sum(struct strbuf *out, const struct style *style, const struct summary *summary,
                    const struct event *check, int at, int sum_width)
{
    bool fails = check->result == CHECK_FAILS;
    struct strbuf text = { 0 }, meaning = { 0 };
    add_meaning(&meaning, check);
    bool told = narrate_arithmetic(&text, check, summary, false);
    if (told && !fails && style_width(strbuf_text(&text)) <= sum_width) {
        style_cell(out, style, TINT_PLAIN, strbuf_text(&text), sum_width + 2);
        at += sum_width + 2;
        style_wrap(out, style, TINT_DIM, at, at, strbuf_text(&meaning));
    } else {
        join_equations(&text);
        if (told)
            style_wrap(out, style, fails ? TINT_ERROR : TINT_PLAIN, at, at, strbuf_text(&text));
        if (told)
            style_repeat(out, " ", at);
        if (fails)
            add_expected(&meaning, check);
        style_wrap(out, style, fails ? TINT_PLAIN : TINT_DIM, at, at, strbuf_text(&meaning));
    }
    strbuf_done(&text);
    strbuf_done(&meaning);
}

int text_check_head(struct strbuf *out, const struct style *style, uint64_t number,
                    const char *mark, enum tint tint)
{
    char frame[32];
    int at = snprintf(frame, sizeof frame, "%" PRIu64, number);
    style_cell(out, style, TINT_PLAIN, frame, -FRAME_WIDTH);
    strbuf_add_char(out, ' ');
    style_add(out, style, tint, mark);
    strbuf_add_char(out, ' ');
    return (at < FRAME_WIDTH ? FRAME_WIDTH : at) + 3;
}

/* One sum, from the frame's number on; in a column of so many. */
static void add_check(struct strbuf *out, const struct style *style,
                      const struct summary *summary, const struct event *check, int sum_width)
{
    static const enum glyph marks[] = { [CHECK_HOLDS] = GLYPH_HOLDS, [CHECK_FAILS] = GLYPH_FAILS,
                                        [CHECK_SKIPPED] = GLYPH_SKIPPED };
    static const enum tint colors[] = { [CHECK_HOLDS] = TINT_GOOD, [CHECK_FAILS] = TINT_ERROR,
                                        [CHECK_SKIPPED] = TINT_DIM };
    int at = text_check_head(out, style, check->frame, style_glyph(style, marks[check->result]),
                             colors[check->result]);
    if (check->result == CHECK_SKIPPED) {
        const char *reason = check_reason_name((enum check_reason)check->expected);
        struct strbuf text = { 0 };
        strbuf_printf(&text, "%s: not checked: %s", checks[check->detail].name,
                      reason != NULL ? reason : "the reason is not known");
        style_wrap(out, style, TINT_DIM, at, at, strbuf_text(&text));
        strbuf_done(&text);
    } else {
        add_sum(out, style, summary, check, at, sum_width);
    }
}

/* The widest usual sum of those that hold. */
static int sums_width(const struct connection_report *connection)
{
    int widest = 0;
    struct strbuf text = { 0 };
    for (size_t i = 0; i < connection->event_count; i++) {
        strbuf_clear(&text);
        if (!is_sum(&connection->events[i]) ||
            !narrate_arithmetic(&text, &connection->events[i], connection->summary, false))
            continue;
        int width = style_width(strbuf_text(&text));
        if (width <= SUM_WIDTH && width > widest)
            widest = width;
    }
    strbuf_done(&text);
    return widest;
}

static void add_checks(struct strbuf *out, const struct style *style,
                       const struct connection_report *connection, bool all)
{
    size_t chosen[CHECKS_SHOWN];
    size_t chosen_count = choose_checks(connection, chosen);
    int sum_width = sums_width(connection);
    for (size_t i = 0; i < connection->event_count; i++) {
        const struct event *event = &connection->events[i];
        if (!is_sum(event))
            continue;
        bool shown = all || event->result == CHECK_FAILS;
        for (size_t k = 0; k < chosen_count && !shown; k++)
            shown = chosen[k] == i;
        if (shown)
            add_check(out, style, connection->summary, event, sum_width);
    }
}

void text_arithmetic(struct strbuf *out, const struct style *style,
                     const struct connection_report *connection, bool all)
{
    size_t results[CHECK_SKIPPED + 1] = { 0 };
    size_t chosen[CHECKS_SHOWN];
    for (size_t i = 0; i < connection->event_count; i++)
        if (is_sum(&connection->events[i]))
            results[connection->events[i].result]++;
    size_t made = results[CHECK_HOLDS] + results[CHECK_FAILS];
    size_t shown = results[CHECK_FAILS] + choose_checks(connection, chosen);
    if (made + results[CHECK_SKIPPED] == 0)
        return;
    struct strbuf text = { 0 };
    strbuf_printf(&text, "%zu of %zu sums hold", results[CHECK_HOLDS], made);
    strbuf_add_char(out, '\n');
    style_cell(out, style, TINT_TITLE, "Arithmetic", TEXT_LABEL_WIDTH + 2);
    style_add(out, style, results[CHECK_FAILS] ? TINT_ERROR : TINT_PLAIN, strbuf_text(&text));
    if (results[CHECK_SKIPPED] > 0)
        strbuf_printf(out, ", %zu could not be checked", results[CHECK_SKIPPED]);
    if (!all && shown < made + results[CHECK_SKIPPED])
        strbuf_add(out, "; -v shows all");
    strbuf_add_char(out, '\n');
    strbuf_done(&text);
    add_checks(out, style, connection, all);
}
