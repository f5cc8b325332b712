/*
 * renderer: one way to write the report. Each renderer is one const struct; a new one is a file
 * and a line in the list.
 */
#ifndef RENDER_RENDERER_H
#define RENDER_RENDERER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "report/report.h"

enum detail { DETAIL_SUMMARY, DETAIL_LIST, DETAIL_AUTO, DETAIL_FULL };

struct render_options {
    FILE *out;
    int width;             /* columns; at least 80 */
    bool color;
    bool utf8;             /* false: ASCII only */
    bool verbose;          /* -v */
    bool segments;         /* --segments: connections carry theirs */
    bool quiet;            /* -q: no connections */
    bool at_once;          /* frames come as they pass: what is known is written, not kept back */
    enum detail detail;    /* -l: LIST; -C: FULL; else AUTO */
    bool many;             /* DETAIL_AUTO: too many connections to draw each in full */
    int64_t msl_ns;
    const char *program_version;
    const char *command_file; /* the first operand, for "then run" hints; may be NULL */
};

/*
 * Calls come in this order: begin, connection for each selected one (none with -q), end.
 * `shows` tells whether connections are of any use with these options; NULL: always. Where it
 * says no they may be left out.
 * Each gets a private pointer that begin returns and end frees (NULL from begin: out of
 * memory). Output errors are left in the FILE's error flag.
 *
 * `input` is called when an input is opened, before its first connection (NDJSON's capture
 * line); it may be NULL. `finding` is called for findings of scope host and capture when they
 * arise, before end, which gets all of them in the capture report too; it may be NULL.
 */
struct renderer {
    const char *name;
    bool (*shows)(const struct render_options *options);
    void *(*begin)(const struct render_options *options);
    void (*input)(void *state, const struct input_report *input);
    void (*connection)(void *state, const struct connection_report *connection);
    void (*finding)(void *state, const struct finding *finding);
    void (*end)(void *state, const struct capture_report *capture);
};

extern const struct renderer renderer_text;
extern const struct renderer renderer_json;
extern const struct renderer renderer_ndjson;

/* Whether it has to be given connections. */
bool renderer_shows(const struct renderer *renderer, const struct render_options *options);

/* By name ("text"); NULL when there is none. */
const struct renderer *renderer_find(const char *name);

#endif
