/*
 * text_rules: the checks beyond arithmetic. Those that fail are told one by one; what is no more
 * than a remark, what holds and what could not be checked only with -v.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "render/text.h"
#include "report/narrate.h"

#define NAMES_AT 8 /* column of the names of checks */

/* What became of each check, a bit per endpoint. */
struct rules {
    unsigned held[CHECK_N], failed[CHECK_N], skipped[CHECK_N];
    enum check_reason reason[CHECK_N]; /* the last one */
    enum severity worst[CHECK_N];      /* of its failures */
    unsigned hold, broken, remarks, unchecked; /* checks: of both ends together */
};

static bool is_rule(const struct event *event)
{
    return event->kind == EVENT_CHECK && event->detail >= CHECK_ARITHMETIC_N &&
           event->detail < CHECK_N && event->result <= CHECK_SKIPPED;
}

static void rules_count(struct rules *rules)
{
    for (unsigned id = CHECK_ARITHMETIC_N; id < CHECK_N; id++) {
        rules->held[id] &= ~rules->failed[id];
        rules->skipped[id] &= ~(rules->failed[id] | rules->held[id]);
        bool remark = rules->worst[id] == SEVERITY_NOTE;
        rules->broken += rules->failed[id] != 0 && !remark;
        rules->remarks += rules->failed[id] != 0 && remark;
        rules->hold += rules->failed[id] == 0 && rules->held[id] != 0;
        rules->unchecked += (rules->failed[id] | rules->held[id]) == 0 && rules->skipped[id] != 0;
    }
}

static void rules_read(struct rules *rules, const struct connection_report *connection)
{
    *rules = (struct rules){ .hold = 0 };
    for (size_t i = 0; i < connection->event_count; i++) {
        const struct event *event = &connection->events[i];
        if (!is_rule(event))
            continue;
        unsigned *of[] = { [CHECK_HOLDS] = rules->held, [CHECK_FAILS] = rules->failed,
                           [CHECK_SKIPPED] = rules->skipped };
        of[event->result][event->detail] |= 1u << event->endpoint;
        if (event->result == CHECK_SKIPPED)
            rules->reason[event->detail] = (enum check_reason)event->expected;
        if (event->result == CHECK_FAILS && event_severity(event) > rules->worst[event->detail])
            rules->worst[event->detail] = event_severity(event);
    }
    rules_count(rules);
}

/* "    9 x right edge <= SND.NXT of the other end: 3287459365 > 3000006793", the numbers in one. */
static void add_failure(struct strbuf *out, const struct style *style,
                        const struct summary *summary, const struct event *event)
{
    bool remark = event_severity(event) == SEVERITY_NOTE;
    const char *mark = remark ? style_severity_glyph(style, SEVERITY_NOTE)
                              : style_glyph(style, GLYPH_FAILS);
    int at = text_check_head(out, style, event->frame, mark, remark ? TINT_NOTE : TINT_ERROR);
    struct strbuf text = { 0 };
    narrate_arithmetic(&text, event, summary, false);
    char *numbers = text.length > 0 ? strstr(text.text, ": ") : NULL;
    for (char *c = numbers != NULL ? numbers + 2 : NULL; c != NULL && *c != '\0'; c++)
        if (*c == ' ')
            *c = STYLE_JOIN[0];
    style_wrap(out, style, remark ? TINT_PLAIN : TINT_ERROR, at, at, strbuf_text(&text));
    strbuf_done(&text);
}

/* What one end broke of one rule, and under it which rule that is. */
static void add_failures(struct strbuf *out, const struct style *style,
                         const struct connection_report *connection, unsigned id, unsigned end)
{
    struct strbuf text = { 0 };
    for (size_t i = 0; i < connection->event_count; i++) {
        const struct event *event = &connection->events[i];
        if (is_rule(event) && event->result == CHECK_FAILS && event->detail == id &&
            event->endpoint == end)
            add_failure(out, style, connection->summary, event);
    }
    strbuf_printf(&text, "%s, %s: %s (%s)", endpoint_name((enum endpoint_id)end), checks[id].name,
                  checks[id].meaning, checks[id].reference);
    style_repeat(out, " ", NAMES_AT);
    style_wrap(out, style, TINT_DIM, NAMES_AT, NAMES_AT, strbuf_text(&text));
    strbuf_done(&text);
}

/* Rules that were broken, or else remarks. */
static void add_broken(struct strbuf *out, const struct style *style,
                       const struct connection_report *connection, const struct rules *rules,
                       bool remarks)
{
    for (unsigned id = CHECK_ARITHMETIC_N; id < CHECK_N; id++)
        for (unsigned end = CLIENT; end <= SERVER; end++)
            if ((rules->failed[id] & 1u << end) &&
                (rules->worst[id] == SEVERITY_NOTE) == remarks)
                add_failures(out, style, connection, id, end);
}

/* One paragraph: "both ends: flags-legal, wscale-bounds". Nothing when the list is empty. */
static void add_names(struct strbuf *out, const struct style *style, enum glyph glyph,
                      enum tint tint, const char *title, const struct strbuf *names)
{
    struct strbuf text = { 0 };
    if (names->length == 0)
        return;
    style_repeat(out, " ", NAMES_AT - 2);
    style_add(out, style, tint, style_glyph(style, glyph));
    strbuf_add_char(out, ' ');
    strbuf_printf(&text, "%s: %s", title, strbuf_text(names));
    style_wrap(out, style, TINT_DIM, NAMES_AT, NAMES_AT, strbuf_text(&text));
    strbuf_done(&text);
}

static void name_add(struct strbuf *names, unsigned id)
{
    if (names->length > 0)
        strbuf_add(names, ", ");
    strbuf_add(names, checks[id].name);
}

static void add_held(struct strbuf *out, const struct style *style, const struct rules *rules)
{
    static const struct {
        unsigned ends;
        const char *title;
    } groups[] = { { 3, "both ends" }, { 1u << CLIENT, "client" }, { 1u << SERVER, "server" } };
    struct strbuf names = { 0 };
    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
        strbuf_clear(&names);
        for (unsigned id = CHECK_ARITHMETIC_N; id < CHECK_N; id++)
            if (rules->held[id] == groups[g].ends)
                name_add(&names, id);
        add_names(out, style, GLYPH_HOLDS, TINT_GOOD, groups[g].title, &names);
    }
    strbuf_done(&names);
}

static void add_skipped(struct strbuf *out, const struct style *style, const struct rules *rules)
{
    struct strbuf names = { 0 }, title = { 0 };
    for (unsigned reason = REASON_NONE + 1; reason < REASON_N; reason++) {
        strbuf_clear(&names);
        strbuf_clear(&title);
        for (unsigned id = CHECK_ARITHMETIC_N; id < CHECK_N; id++)
            if (rules->skipped[id] != 0 && rules->reason[id] == reason)
                name_add(&names, id);
        strbuf_printf(&title, "not checked, %s", check_reason_name((enum check_reason)reason));
        add_names(out, style, GLYPH_SKIPPED, TINT_DIM, strbuf_text(&title), &names);
    }
    strbuf_done(&title);
    strbuf_done(&names);
}

/* ", 6 hold"; nothing for none. */
static void add_tally(struct strbuf *text, unsigned n, const char *what)
{
    if (n > 0)
        strbuf_printf(text, "%s%u %s", text->length > 0 ? ", " : "", n, what);
}

static void add_heading(struct strbuf *out, const struct style *style, const struct rules *rules,
                        bool all)
{
    struct strbuf text = { 0 };
    strbuf_add_char(out, '\n');
    style_cell(out, style, TINT_TITLE, "Rules", TEXT_LABEL_WIDTH + 2);
    add_tally(&text, rules->broken, "broken");
    style_add(out, style, TINT_ERROR, strbuf_text(&text));
    size_t told = text.length;
    if (all) {
        add_tally(&text, rules->remarks, rules->remarks == 1 ? "remark" : "remarks");
        add_tally(&text, rules->hold, rules->hold == 1 ? "holds" : "hold");
        add_tally(&text, rules->unchecked, "could not be checked");
    } else {
        strbuf_add(&text, "; -v shows all");
    }
    strbuf_add(out, strbuf_text(&text) + told);
    strbuf_add_char(out, '\n');
    strbuf_done(&text);
}

void text_rules(struct strbuf *out, const struct style *style,
                const struct connection_report *connection, bool all)
{
    struct rules rules;
    rules_read(&rules, connection);
    if (rules.broken == 0 && (!all || rules.remarks + rules.hold + rules.unchecked == 0))
        return;
    add_heading(out, style, &rules, all);
    add_broken(out, style, connection, &rules, false);
    if (!all)
        return;
    add_broken(out, style, connection, &rules, true);
    add_held(out, style, &rules);
    add_skipped(out, style, &rules);
}
