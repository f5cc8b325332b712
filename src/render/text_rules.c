/* text_rules: the checks beyond arithmetic: those that fail, with -v also which ones hold. */
#include <stdio.h>

#include "render/text.h"
#include "report/narrate.h"

#define NAMES_AT 8 /* column of the names of checks */

/* What became of each check, a bit per endpoint. */
struct rules {
    unsigned held[CHECK_N], failed[CHECK_N], skipped[CHECK_N];
    enum check_reason reason[CHECK_N]; /* the last one */
    unsigned hold, broken, unchecked;  /* checks: of both ends together */
};

static bool is_rule(const struct event *event)
{
    return event->kind == EVENT_CHECK && event->detail >= CHECK_ARITHMETIC_N &&
           event->detail < CHECK_N && event->result <= CHECK_SKIPPED;
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
    }
    for (unsigned id = CHECK_ARITHMETIC_N; id < CHECK_N; id++) {
        rules->held[id] &= ~rules->failed[id];
        rules->skipped[id] &= ~(rules->failed[id] | rules->held[id]);
        rules->broken += rules->failed[id] != 0;
        rules->hold += rules->failed[id] == 0 && rules->held[id] != 0;
        rules->unchecked += (rules->failed[id] | rules->held[id]) == 0 && rules->skipped[id] != 0;
    }
}

/* One paragraph: "✓ both ends: flags-legal, wscale-bounds". Nothing when the list is empty. */
static void add_names(struct strbuf *out, const struct style *style, enum glyph glyph,
                      enum tint tint, const char *title, const struct strbuf *names)
{
    struct strbuf text = { 0 };
    if (names->length == 0)
        return;
    strbuf_add(out, "      ");
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

static void add_heading(struct strbuf *out, const struct style *style, const struct rules *rules,
                        bool all)
{
    char text[64];
    strbuf_add_char(out, '\n');
    style_cell(out, style, TINT_TITLE, "Rules", TEXT_LABEL_WIDTH + 2);
    if (rules->broken > 0) {
        snprintf(text, sizeof text, "%u broken", rules->broken);
        style_add(out, style, TINT_ERROR, text);
    }
    if (all && rules->hold > 0)
        strbuf_printf(out, "%s%u hold", rules->broken > 0 ? ", " : "", rules->hold);
    if (all && rules->unchecked > 0)
        strbuf_printf(out, "%s%u could not be checked",
                      rules->broken + rules->hold > 0 ? ", " : "", rules->unchecked);
    strbuf_add_char(out, '\n');
}

void text_rules(struct strbuf *out, const struct style *style,
                const struct connection_report *connection, bool all)
{
    struct rules rules;
    rules_read(&rules, connection);
    if (rules.broken == 0 && (!all || rules.hold + rules.unchecked == 0))
        return;
    add_heading(out, style, &rules, all);
    for (size_t i = 0; i < connection->event_count; i++)
        if (is_rule(&connection->events[i]) && connection->events[i].result == CHECK_FAILS)
            text_check(out, style, connection->summary, &connection->events[i], 0);
    if (!all)
        return;
    add_held(out, style, &rules);
    add_skipped(out, style, &rules);
}
