#include "class_case.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tracker_case.h"

#define OPENINGS 16
#define WANTS 24 /* of a vector */
#define LINES_ROOM 3000
#define FACTS_ROOM 8192
#define REASON_MIN 20 /* letters */

enum column { COLUMN_SHOWS, COLUMN_UNLIKE, COLUMN_N };

static const char *const column_names[COLUMN_N] = { "shows", "unlike" };

/* Added to the numbers of A and B: its first byte, 1001 and 5001 in most vectors, is 0 then; 0 is
 * inside the first segment; behind it; and the sign bit turns. */
static const struct {
    uint32_t a, b;
} shifts[] = {
    { UINT32_C(0) - 1001, UINT32_C(0) - 5001 },
    { UINT32_C(0) - 1005, UINT32_C(0) - 5003 },
    { UINT32_C(0) - 2461, UINT32_C(0) - 5002 },
    { UINT32_C(0x80000000) - 1011, UINT32_C(0x80000000) - 5001 },
};

struct want {
    unsigned line;
    bool denied;
    char text[160];
};

struct opening {
    char name[24];
    char lines[LINES_ROOM];
};

struct reading {
    struct classes_checked *checked;
    const char *const *ids;
    size_t count;
    unsigned line;
    struct opening openings[OPENINGS];
    size_t opening_count;
    bool in_opening;

    char id[40];
    unsigned case_line;
    bool in_case;
    unsigned in[COLUMN_N];
    bool none[COLUMN_N];

    bool in_vector;
    unsigned vector_line;
    char lines[LINES_ROOM];
    struct want wants[WANTS];
    size_t want_count;
};

static void report(struct reading *r, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void report(struct reading *r, unsigned line, const char *format, ...)
{
    char *errors = r->checked->errors;
    size_t used = strlen(errors);
    if (used + 1200 > CLASSES_ERRORS)
        return;
    used += (size_t)sprintf(errors + used, "line %u: %s: ", line, r->id);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(errors + used, 1000, format, arguments);
    va_end(arguments);
    strcat(errors, "\n");
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

/* A segment as case_segments() has it, and how sure that is before its rules. */
static void segment_fact(const struct classified *row, char *facts)
{
    struct case_connection one = { .segment_count = 1, .segments = { *row } };
    char text[CASE_TEXT];
    case_segments(&one, text);
    size_t head = strcspn(text, ":");
    text_add(facts, FACTS_ROOM, "%.*s %s%s", (int)head, text,
             certainty_name((enum certainty)row->certainty), text + head);
}

static void counts_fact(const struct case_connection *connection, char *facts)
{
    for (int i = 0; i < 2; i++) {
        const struct endpoint_summary *end = &connection->summary.endpoints[i];
        text_add(facts, FACTS_ROOM, "again %s %" PRIu32 " %" PRIu64 "\n",
                 endpoint_name((enum endpoint_id)i), end->retransmitted_segments,
                 end->retransmitted_bytes);
    }
}

/* What is known of all connections of these lines: what was sent again, and their segments. */
static void facts_find(const char *lines, const struct case_options *options, char *facts)
{
    struct tracker_case *tracked = case_track(lines, options);
    facts[0] = '\0';
    for (size_t i = 0; i < tracked->count; i++)
        counts_fact(&tracked->connections[i], facts);
    for (size_t i = 0; i < tracked->count; i++)
        for (size_t k = 0; k < tracked->connections[i].segment_count; k++)
            segment_fact(&tracked->connections[i].segments[k], facts);
    free(tracked);
}

/* The line of the first connection that begins with this; NULL without. */
static const char *fact_of(const char *facts, const char *head)
{
    size_t length = strlen(head);
    for (const char *at = facts; *at != '\0'; at += strcspn(at, "\n") + 1)
        if (strncmp(at, head, length) == 0)
            return at;
    return NULL;
}

static bool is_class_or_tag(const char *word)
{
    for (unsigned i = 0; i < CLASS_N; i++)
        if (strcmp(word, segment_class_name((enum segment_class)i)) == 0)
            return true;
    for (unsigned i = 0; i < TAG_N; i++)
        if (strcmp(word, segment_tag_name((enum segment_tag)i)) == 0)
            return true;
    return false;
}

/* Whether the words before the rules have this one. */
static bool fact_has(const char *fact, const char *word)
{
    size_t head = strcspn(fact, ":"), length = strlen(word);
    for (size_t i = 1; i + length <= head; i++)
        if (strchr(" (", fact[i - 1]) != NULL && strncmp(fact + i, word, length) == 0 &&
            strchr(" ):", fact[i + length]) != NULL)
            return true;
    return false;
}

/* "not 9 reordered" */
static void denial_check(struct reading *r, const struct want *w, const char *facts)
{
    unsigned frame;
    char word[40], head[24];

    if (sscanf(w->text, "%u %39s", &frame, word) != 2 || !is_class_or_tag(word)) {
        report(r, w->line, "neither a class nor a tag: \"%s\"", w->text);
        return;
    }
    snprintf(head, sizeof head, "%u ", frame);
    const char *fact = fact_of(facts, head);
    if (fact == NULL)
        report(r, w->line, "no frame %u in\n%s", frame, facts);
    else if (fact_has(fact, word))
        report(r, w->line, "should not be: \"%s\" in\n%s", w->text, facts);
}

static void vector_end(struct reading *r)
{
    static const struct case_options kept = { .segments = true };
    char facts[FACTS_ROOM], other[FACTS_ROOM];

    if (!r->in_vector)
        return;
    r->in_vector = false;
    r->checked->vectors++;
    facts_find(r->lines, &kept, facts);
    for (size_t i = 0; i < r->want_count; i++) {
        const struct want *w = &r->wants[i];
        if (w->denied)
            denial_check(r, w, facts);
        else if (!case_has(facts, w->text))
            report(r, w->line, "missing \"%s\" in\n%s", w->text, facts);
    }
    if (r->want_count == 0)
        report(r, r->vector_line, "a vector that says nothing");
    for (size_t i = 0; i < sizeof shifts / sizeof *shifts; i++) {
        facts_find(r->lines,
                   &(struct case_options){
                       .segments = true, .shift_a = shifts[i].a, .shift_b = shifts[i].b },
                   other);
        if (strcmp(facts, other) != 0)
            report(r, r->vector_line, "with numbers moved (%zu):\n%s", i, other);
    }
    facts_find(r->lines, NULL, other);
    if (strncmp(facts, other, strlen(other)) != 0)
        report(r, r->vector_line, "without keeping segments:\n%s", other);
}

static void case_end(struct reading *r)
{
    vector_end(r);
    if (!r->in_case)
        return;
    for (int i = 0; i < COLUMN_N; i++)
        if ((r->in[i] > 0) == r->none[i])
            report(r, r->case_line, "%s: %s", column_names[i],
                   r->none[i] ? "there is one after all" : "no vector, and no reason");
    r->in_case = false;
}

static void case_begin(struct reading *r, const char *text)
{
    unsigned nth = r->checked->cases++;
    case_end(r);
    memset(r->in, 0, sizeof r->in);
    memset(r->none, 0, sizeof r->none);
    r->in_case = true;
    r->in_opening = false;
    r->case_line = r->line;
    if (sscanf(text, "%39s", r->id) != 1 || strlen(text) < strlen(r->id) + 5)
        report(r, r->line, "a case has a name and says what it is");
    if (nth >= r->count || strcmp(r->id, r->ids[nth]) != 0)
        report(r, r->line, "where %s is due", nth < r->count ? r->ids[nth] : "none");
}

static void opening_begin(struct reading *r, const char *name)
{
    case_end(r);
    assert_true(r->opening_count < OPENINGS);
    snprintf(r->openings[r->opening_count++].name, sizeof r->openings->name, "%s", name);
    r->in_opening = true;
}

static void column_read(struct reading *r, enum column column, const char *rest)
{
    static const char none[] = " none:";

    vector_end(r);
    if (strncmp(rest, none, strlen(none)) == 0) {
        r->none[column] = true;
        if (strlen(rest) < strlen(none) + REASON_MIN)
            report(r, r->line, "why is there none?");
        return;
    }
    r->in[column]++;
    r->in_vector = true;
    r->vector_line = r->line;
    r->lines[0] = '\0';
    r->want_count = 0;
}

static void opening_use(struct reading *r, char *lines, const char *name)
{
    for (size_t i = 0; i < r->opening_count; i++) {
        if (strcmp(r->openings[i].name, name) == 0) {
            text_add(lines, LINES_ROOM, "%s", r->openings[i].lines);
            return;
        }
    }
    report(r, r->line, "no opening %s", name);
}

static void want_read(struct reading *r, const char *text, bool denied)
{
    assert_true(r->want_count < WANTS);
    struct want *w = &r->wants[r->want_count++];
    *w = (struct want){ .line = r->line, .denied = denied };
    assert_true(strlen(text) < sizeof w->text);
    strcpy(w->text, text);
}

static void vector_line_read(struct reading *r, const char *text)
{
    if (strncmp(text, "after ", 6) == 0)
        opening_use(r, r->lines, text + 6);
    else if (strncmp(text, "is ", 3) == 0)
        want_read(r, text + 3, false);
    else if (strncmp(text, "not ", 4) == 0)
        want_read(r, text + 4, true);
    else if (strncmp(text, "again ", 6) == 0)
        want_read(r, text, false);
    else
        text_add(r->lines, LINES_ROOM, "%s\n", text);
}

static void line_read(struct reading *r, const char *text)
{
    text += strspn(text, " ");
    if (text[0] == '\0' || text[0] == '#')
        return;
    if (strncmp(text, "opening ", 8) == 0) {
        opening_begin(r, text + 8);
        return;
    }
    if (strncmp(text, "case ", 5) == 0) {
        case_begin(r, text + 5);
        return;
    }
    for (int i = 0; i < COLUMN_N && r->in_case; i++) {
        size_t length = strlen(column_names[i]);
        if (strncmp(text, column_names[i], length) == 0) {
            column_read(r, (enum column)i, text + length);
            return;
        }
    }
    char *opening = r->in_opening ? r->openings[r->opening_count - 1].lines : NULL;
    if (opening != NULL && strncmp(text, "after ", 6) == 0)
        opening_use(r, opening, text + 6);
    else if (opening != NULL)
        text_add(opening, LINES_ROOM, "%s\n", text);
    else if (r->in_vector)
        vector_line_read(r, text);
    else
        report(r, r->line, "belongs to no vector: %s", text);
}

static void text_read(struct reading *r, const char *text)
{
    r->line = 0;
    while (*text != '\0') {
        char line[400];
        size_t length = strcspn(text, "\n");
        assert_true(length < sizeof line);
        memcpy(line, text, length);
        line[length] = '\0';
        r->line++;
        line_read(r, line);
        text += length + (text[length] == '\n');
    }
}

bool classes_check(const char *openings, const char *text, const char *const *ids, size_t count,
                   struct classes_checked *ret_checked)
{
    struct reading *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->checked = ret_checked;
    r->ids = ids;
    r->count = count;
    memset(ret_checked, 0, sizeof *ret_checked);
    text_read(r, openings);
    text_read(r, text);
    case_end(r);
    for (size_t i = ret_checked->cases; i < count; i++)
        report(r, r->line, "no case %s", ids[i]);
    free(r);
    return ret_checked->errors[0] == '\0';
}
