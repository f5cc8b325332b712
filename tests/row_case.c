#include "row_case.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tracker_case.h"

#define VECTORS 24 /* of a row */
#define WANTS 24   /* of a vector */
#define LINES_ROOM 2000
#define FACTS_ROOM 8192
#define REASON_MIN 20 /* letters */

enum column { COLUMN_PROOF, COLUMN_WITHOUT, COLUMN_REFUTED, COLUMN_N };

static const char *const column_names[COLUMN_N] = { "proof", "without", "refuted" };

struct want {
    unsigned line, connection; /* connection from 0 */
    bool denied;
    char text[120];
};

struct vector {
    unsigned line;
    enum column column;
    unsigned quiet; /* connections that only let time pass */
    char lines[LINES_ROOM];
    struct want wants[WANTS];
    size_t want_count;
    char facts[CASE_CONNECTIONS][FACTS_ROOM];
};

struct row {
    unsigned line;
    char id[40], claim[80];
    bool none[COLUMN_N];
    struct vector *vectors[VECTORS];
    size_t vector_count;
};

struct reading {
    struct rows_checked *checked;
    struct row row;
    bool in_row;
    unsigned line;
    const char *const *ids;
    size_t count;
};

static void report(struct rows_checked *checked, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void report(struct rows_checked *checked, unsigned line, const char *format, ...)
{
    size_t used = strlen(checked->errors);
    if (used + 1200 > sizeof checked->errors)
        return;
    used += (size_t)sprintf(checked->errors + used, "line %u: ", line);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(checked->errors + used, 1000, format, arguments);
    va_end(arguments);
    strcat(checked->errors, "\n");
}

static void text_add(char *text, size_t room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void text_add(char *text, size_t room, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(text + used, room - used, format, arguments);
    va_end(arguments);
    assert_true(n >= 0 && (size_t)n < room - used);
}

static void event_text(const struct event *e, char *facts)
{
    static const char *const names[EVENT_KIND_N] = {
        [EVENT_SYN_REPEATED] = "syn-repeated",
        [EVENT_SYN_DUPLICATED] = "syn-duplicated",
        [EVENT_SYN_RETRIED] = "syn-retried",
        [EVENT_ISN_CHANGED] = "isn-changed",
        [EVENT_FAST_OPEN] = "fast-open",
        [EVENT_FIN_REPEATED] = "fin-repeated",
        [EVENT_RESET] = "reset",
        [EVENT_RESET_NOT_BELIEVED] = "reset-not-believed",
        [EVENT_PORT_REUSED] = "port-reused",
        [EVENT_SYN_CHALLENGED] = "syn-challenged",
        [EVENT_PAYLOAD_AFTER_FIN] = "payload-after-fin",
        [EVENT_ICMP_ERROR] = "icmp-error",
        [EVENT_KEEP_ALIVE_UNANSWERED] = "keep-alive-unanswered",
    };
    static const char *const verdicts[RESET_VERDICT_N] = { "exact", "in-window", "outside" };
    static const char *const origins[RESET_ORIGIN_N] = { "active", "reactive", "refused",
                                                         "other" };
    static const char *const fates[] = { "refused", "taken", "unheard", "unclear" };

    if (e->kind >= EVENT_KIND_N || names[e->kind] == NULL)
        return;
    text_add(facts, FACTS_ROOM, "%" PRIu64 " %s %s", e->frame,
             endpoint_name((enum endpoint_id)e->endpoint), names[e->kind]);
    if (e->kind == EVENT_RESET)
        text_add(facts, FACTS_ROOM, " %s %s", verdicts[e->detail], origins[e->result]);
    else if (e->kind == EVENT_FAST_OPEN)
        text_add(facts, FACTS_ROOM, " %s", fates[e->detail]);
    else if (e->kind == EVENT_PORT_REUSED)
        text_add(facts, FACTS_ROOM, " %s,%s after %g s", tcp_state_name((enum tcp_state)e->from),
                 tcp_state_name((enum tcp_state)e->to), e->observed / 1e4);
    text_add(facts, FACTS_ROOM, "\n");
}

/* All that is known of a connection, a line each. */
static void row_facts(const struct case_connection *c, char *facts)
{
    char text[CASE_TEXT];
    const struct summary *s = &c->summary;
    const char *closer = closer_name((enum closer)s->first_closer);

    text_add(facts, FACTS_ROOM, "%s", case_transitions(c, text));
    text_add(facts, FACTS_ROOM, "%s", case_checks(c, text));
    for (size_t i = 0; i < c->count; i++)
        event_text(&c->events[i], facts);
    for (int i = 0; i < 2; i++)
        text_add(facts, FACTS_ROOM, "state %s %s %s\n", endpoint_name((enum endpoint_id)i),
                 tcp_state_name((enum tcp_state)s->endpoints[i].state),
                 certainty_name((enum certainty)s->endpoints[i].state_certainty));
    text_add(facts, FACTS_ROOM, "handshake %s %s\n",
             handshake_kind_name((enum handshake_kind)s->handshake),
             s->handshake_complete ? "complete" : "incomplete");
    text_add(facts, FACTS_ROOM, "close %s by %s\n", close_kind_name((enum close_kind)s->close),
             closer != NULL ? closer : "nobody");
    text_add(facts, FACTS_ROOM, "role %s\nid %" PRIu64 "\nincarnation %u\n",
             role_evidence_name((enum role_evidence)s->role_evidence), s->id, s->incarnation);
}

/* True when a line begins with this after its frame number, and goes on with the word. */
static bool facts_claim(const char *facts, const char *claim, const char *word)
{
    char wanted[120];
    snprintf(wanted, sizeof wanted, " %s %s", claim, word);
    return strstr(facts, wanted) != NULL;
}

static bool facts_are_sure(const char *facts, const char *claim)
{
    return facts_claim(facts, claim, "observed") || facts_claim(facts, claim, "proved");
}

static void vector_run(struct vector *v)
{
    struct tracker_case *tracked = case_track(v->lines, NULL);
    assert_true(tracked->count >= 1);
    for (size_t i = 0; i < tracked->count; i++) {
        case_assert_chain(&tracked->connections[i]);
        row_facts(&tracked->connections[i], v->facts[i]);
    }
    text_add(v->facts[0], FACTS_ROOM, "connections %zu\n", tracked->count - v->quiet);
    free(tracked);
}

/* Whether another vector of the row says what this one denies. */
static bool row_says(const struct row *row, const struct vector *but, const char *text)
{
    for (size_t i = 0; i < row->vector_count; i++)
        for (size_t k = 0; row->vectors[i] != but && k < CASE_CONNECTIONS; k++)
            if (strstr(row->vectors[i]->facts[k], text) != NULL)
                return true;
    return false;
}

static void want_check(struct rows_checked *checked, const struct row *row,
                       const struct vector *v, const struct want *w)
{
    const char *facts = v->facts[w->connection];
    if (!w->denied && !case_has(facts, w->text))
        report(checked, w->line, "%s: missing \"%s\" in\n%s", row->id, w->text, facts);
    else if (w->denied && strstr(facts, w->text) != NULL)
        report(checked, w->line, "%s: should not be: \"%s\" in\n%s", row->id, w->text, facts);
    else if (w->denied && !row_says(row, v, w->text))
        report(checked, w->line, "%s: no other vector says \"%s\"", row->id, w->text);
}

/* What the vector's column says of the row's claim. */
static void claim_check(struct rows_checked *checked, const struct row *row,
                        const struct vector *v)
{
    const char *facts = v->facts[0];
    bool sure = facts_are_sure(facts, row->claim);

    if (row->claim[0] == '\0')
        return;
    if (v->column == COLUMN_PROOF && !sure)
        report(checked, v->line, "%s: not proved: \"%s\" in\n%s", row->id, row->claim, facts);
    if (v->column == COLUMN_WITHOUT && sure)
        report(checked, v->line, "%s: sure without proof: \"%s\" in\n%s", row->id, row->claim,
               facts);
    if (v->column == COLUMN_REFUTED && facts_claim(facts, row->claim, ""))
        report(checked, v->line, "%s: not taken back: \"%s\" in\n%s", row->id, row->claim, facts);
}

static void columns_check(struct rows_checked *checked, const struct row *row)
{
    unsigned in[COLUMN_N] = { 0 };
    bool only_inferred = false;

    for (size_t i = 0; i < row->vector_count; i++) {
        const struct vector *v = row->vectors[i];
        in[v->column]++;
        only_inferred = only_inferred || (v->column == COLUMN_WITHOUT &&
                                          facts_claim(v->facts[0], row->claim, ""));
    }
    for (int i = 0; i < COLUMN_N; i++)
        if ((in[i] > 0) == row->none[i])
            report(checked, row->line, "%s: %s: %s", row->id, column_names[i],
                   row->none[i] ? "there is one after all" : "no vector, and no reason");
    if (row->claim[0] != '\0' && in[COLUMN_PROOF] == 0 && !only_inferred)
        report(checked, row->line, "%s: nothing proves it, and nothing infers it: \"%s\"",
               row->id, row->claim);
}

static void row_end(struct reading *r)
{
    struct row *row = &r->row;
    if (!r->in_row)
        return;
    for (size_t i = 0; i < row->vector_count; i++)
        vector_run(row->vectors[i]);
    for (size_t i = 0; i < row->vector_count; i++) {
        const struct vector *v = row->vectors[i];
        if (v->want_count == 0)
            report(r->checked, v->line, "%s: a vector that says nothing", row->id);
        for (size_t k = 0; k < v->want_count; k++)
            want_check(r->checked, row, v, &v->wants[k]);
        claim_check(r->checked, row, v);
    }
    columns_check(r->checked, row);
    r->checked->vectors += (unsigned)row->vector_count;
    for (size_t i = 0; i < row->vector_count; i++)
        free(row->vectors[i]);
    r->in_row = false;
}

static void row_begin(struct reading *r, const char *text)
{
    unsigned nth = r->checked->rows++;
    row_end(r);
    memset(&r->row, 0, sizeof r->row);
    r->row.line = r->line;
    r->in_row = true;
    if (sscanf(text, "%39s", r->row.id) != 1 || strlen(text) < strlen(r->row.id) + 5)
        report(r->checked, r->line, "a row has a name and says what it is");
    if (nth >= r->count || strcmp(r->row.id, r->ids[nth]) != 0)
        report(r->checked, r->line, "row %s, where %s is due", r->row.id,
               nth < r->count ? r->ids[nth] : "none");
}

static struct vector *vector_now(const struct reading *r)
{
    return r->row.vector_count > 0 ? r->row.vectors[r->row.vector_count - 1] : NULL;
}

static void column_read(struct reading *r, enum column column, const char *rest)
{
    static const char none[] = " none:";
    struct row *row = &r->row;

    if (strncmp(rest, none, strlen(none)) == 0) {
        row->none[column] = true;
        if (strlen(rest) < strlen(none) + REASON_MIN)
            report(r->checked, r->line, "%s: why is there none?", row->id);
        return;
    }
    assert_true(row->vector_count < VECTORS);
    struct vector *v = calloc(1, sizeof *v);
    assert_non_null(v);
    v->line = r->line;
    v->column = column;
    row->vectors[row->vector_count++] = v;
}

/* "has TEXT", "not TEXT", or either behind "second" or "third". */
static bool want_read(struct reading *r, struct vector *v, const char *text)
{
    unsigned connection = 0;
    if (strncmp(text, "second ", 7) == 0)
        connection = 1;
    else if (strncmp(text, "third ", 6) == 0)
        connection = 2;
    const char *word = connection == 0 ? text : strchr(text, ' ') + 1;
    bool denied = strncmp(word, "not ", 4) == 0;

    if (!denied && strncmp(word, "has ", 4) != 0)
        return false;
    assert_true(v->want_count < WANTS);
    struct want *w = &v->wants[v->want_count++];
    *w = (struct want){ .line = r->line, .connection = connection, .denied = denied };
    snprintf(w->text, sizeof w->text, "%s", word + 4);
    return true;
}

static void vector_line_read(struct reading *r, const char *text)
{
    struct vector *v = vector_now(r);
    unsigned seconds;

    if (v == NULL) {
        report(r->checked, r->line, "belongs to no vector: %s", text);
        return;
    }
    if (want_read(r, v, text))
        return;
    if (strcmp(text, "open") == 0)
        text_add(v->lines, LINES_ROOM, "%s", CASE_OPEN);
    else if (sscanf(text, "quiet %u", &seconds) == 1)
        text_add(v->lines, LINES_ROOM,
                 "ends A=192.0.2.9:%u B=192.0.2.10:22\n+%u A S seq=1 ack=0\n", 999 + v->quiet++,
                 seconds);
    else
        text_add(v->lines, LINES_ROOM, "%s\n", text);
}

static void line_read(struct reading *r, const char *text)
{
    text += strspn(text, " ");
    if (text[0] == '\0' || text[0] == '#')
        return;
    if (strncmp(text, "row ", 4) == 0) {
        row_begin(r, text + 4);
        return;
    }
    if (!r->in_row) {
        report(r->checked, r->line, "belongs to no row: %s", text);
        return;
    }
    if (strncmp(text, "claims ", 7) == 0) {
        snprintf(r->row.claim, sizeof r->row.claim, "%s", text + 7);
        return;
    }
    for (int i = 0; i < COLUMN_N; i++) {
        size_t length = strlen(column_names[i]);
        if (strncmp(text, column_names[i], length) == 0) {
            column_read(r, (enum column)i, text + length);
            return;
        }
    }
    vector_line_read(r, text);
}

bool rows_check(const char *text, const char *const *ids, size_t count,
                struct rows_checked *ret_checked)
{
    struct reading r = { .checked = ret_checked, .ids = ids, .count = count };

    memset(ret_checked, 0, sizeof *ret_checked);
    while (*text != '\0') {
        char line[400];
        size_t length = strcspn(text, "\n");
        assert_true(length < sizeof line);
        memcpy(line, text, length);
        line[length] = '\0';
        r.line++;
        line_read(&r, line);
        text += length + (text[length] == '\n');
    }
    row_end(&r);
    for (size_t i = ret_checked->rows; i < count; i++)
        report(ret_checked, r.line, "no row %s", ids[i]);
    return ret_checked->errors[0] == '\0';
}
