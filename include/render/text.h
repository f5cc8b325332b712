/*
 * text: the parts of the text renderer. Each writes lines, none wider than the style allows,
 * and ends them.
 */
#ifndef RENDER_TEXT_H
#define RENDER_TEXT_H

#include "base/strbuf.h"
#include "render/renderer.h"
#include "render/style.h"

/* Columns of the labels at the left: "Opened    ". */
#define TEXT_LABEL_WIDTH 10

/* "Opened    three-way handshake in 10.8 ms". */
void text_field(struct strbuf *out, const struct style *style, const char *label,
                const char *text);

/* One connection with everything that is known about it. */
void text_connection(struct strbuf *out, const struct style *style,
                     const struct render_options *options,
                     const struct connection_report *connection);

/* The diagram and its legend; nothing when no rows were kept. */
void text_ladder(struct strbuf *out, const struct style *style,
                 const struct connection_report *connection);

/* How much passed when, and what happened then. */
void text_timeline(struct strbuf *out, const struct style *style,
                   const struct connection_report *connection);

/* What each end sent, byte for byte, as a bar: how it stands at the end, and what was sent again;
 * with `all` also where all of it was sent once and acknowledged. */
void text_space(struct strbuf *out, const struct style *style,
                const struct connection_report *connection, bool all);

/* With -v: the states that both ends passed, and how each is known. */
void text_states(struct strbuf *out, const struct style *style,
                 const struct connection_report *connection);

/* With -v: all that was measured of the data of both directions. */
void text_metrics(struct strbuf *out, const struct style *style,
                  const struct connection_report *connection);

/* With -v: why segments were sent again, came late or twice. */
void text_again(struct strbuf *out, const struct style *style,
                const struct connection_report *connection);

/* Each segment that was kept, with its class. */
void text_segments(struct strbuf *out, const struct style *style,
                   const struct connection_report *connection);

/* The arithmetic checks: those that fail, those that teach most, with `all` every one. */
void text_arithmetic(struct strbuf *out, const struct style *style,
                     const struct connection_report *connection, bool all);

/* How a line about a check begins: "    9 x ". Returns the column behind it. */
int text_check_head(struct strbuf *out, const struct style *style, uint64_t frame,
                    const char *mark, enum tint tint);

/* The checks beyond arithmetic: rules that were broken; with `all` also remarks, and which rules
 * hold or could not be checked. */
void text_rules(struct strbuf *out, const struct style *style,
                const struct connection_report *connection, bool all);

/* A finding with evidence, certainty and advice. summary: of its connection, or NULL. With
 * `origins`, evidence of several inputs names the input and the frame's number there. */
void text_finding(struct strbuf *out, const struct style *style, const struct finding *finding,
                  const struct summary *summary, bool origins);

/* Whether it was read from an interface: there is no file to look into again. */
bool text_is_live(const struct capture_report *capture);

/* What was read: files, times, frames, and everything that was lost or left out. */
void text_capture(struct strbuf *out, const struct style *style,
                  const struct render_options *options, const struct capture_report *capture);

/* One line for each kind of finding, worst first. */
void text_verdicts(struct strbuf *out, const struct style *style,
                   const struct capture_report *capture);

/* How connections opened, who closed first, what speaks against whom, in numbers. */
void text_counts(struct strbuf *out, const struct style *style,
                 const struct capture_report *capture);

/* How many connections are fine. */
void text_fine(struct strbuf *out, const struct style *style,
               const struct capture_report *capture);

/* The first connections, a line each. Plain data. */
#define TEXT_EACH_MAX 8

struct text_each_row {
    uint64_t id;
    char ends[2][56];
    char brief[160];
};

struct text_each {
    size_t count; /* also of those that have no row */
    struct text_each_row rows[TEXT_EACH_MAX];
};

/* False when there was no room, or no memory. */
bool text_each_add(struct text_each *each, const struct connection_report *connection);
void text_each(struct strbuf *out, const struct style *style, const struct text_each *each);

/* Commands that show more. */
void text_hints(struct strbuf *out, const struct style *style,
                const struct render_options *options, const struct capture_report *capture);

/*
 * One line per connection. Lines wait until enough of them are known to choose the columns;
 * after that, and in the end, they are written to `out`.
 */
struct text_list;

struct text_list *text_list_new(void);
void text_list_add(struct text_list *list, struct strbuf *out, const struct style *style,
                   const struct connection_report *connection);
void text_list_end(struct text_list *list, struct strbuf *out, const struct style *style);
void text_list_free(struct text_list *list);

#endif
