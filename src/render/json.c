/*
 * json: the renderers "json" (one object) and "ndjson" (one object per line), as the JSON
 * contract has them. A connection is written as it comes and nothing of it is kept, so memory does
 * not grow with those that were written.
 */
#include "render/json_capture.h"
#include "render/json_connection.h"
#include "render/json_finding.h"
#include "render/json_segment.h"
#include "render/renderer.h"

#include <stdlib.h>

#define SCHEMA "tcpflow-explain/1"

struct json_state {
    const char *version;
    bool details;   /* connections carry transitions and checks */
    bool segments;  /* connections carry their segments, too */
    bool at_once;   /* somebody may wait for what is written */
    bool any;       /* a connection was written */
    struct json_writer writer;
};

/* Lines of NDJSON are lean. */
static struct json_state *json_state_new(const struct render_options *options, bool lines)
{
    struct json_state *state = malloc(sizeof *state);
    if (state == NULL)
        return NULL;
    state->version = options->program_version;
    state->details = options->verbose || !lines;
    state->segments = options->segments;
    state->at_once = options->at_once;
    state->any = false;
    json_writer_init(&state->writer, options->out, lines);
    return state;
}

static void json_state_free(struct json_state *state)
{
    json_writer_done(&state->writer);
    free(state);
}

/* --json: one object; each of its members, and each connection, on a line. */

static void *json_begin(const struct render_options *options)
{
    struct json_state *state = json_state_new(options, false);
    if (state == NULL)
        return NULL;
    struct json_writer *w = &state->writer;
    json_open_object(w, NULL);
    json_put_text(w, "schema", SCHEMA);
    json_writer_break(w);
    json_put_text(w, "version", state->version);
    json_writer_break(w);
    json_open_array(w, "connections");
    return state;
}

static void json_connection(void *private, const struct connection_report *connection)
{
    struct json_state *state = private;
    struct json_writer *w = &state->writer;
    json_writer_break(w);
    json_open_object(w, NULL);
    json_connection_fill(w, connection, state->details);
    if (state->segments)
        json_put_segments(w, "segments", connection->summary);
    json_close_object(w);
    state->any = true;
    if (state->at_once)
        json_writer_flush(w);
}

static void json_end(void *private, const struct capture_report *capture)
{
    struct json_state *state = private;
    struct json_writer *w = &state->writer;
    if (state->any)
        json_writer_end_line(w);
    json_close_array(w);
    json_writer_break(w);
    json_put_tree(w, "capture", json_capture(capture));
    json_writer_break(w);
    json_put_tree(w, "totals", json_totals(capture));
    json_writer_break(w);
    json_open_array(w, "hosts");
    json_close_array(w);
    json_writer_break(w);
    json_put_findings(w, "findings", capture->findings, capture->ranks, NULL);
    json_close_object(w);
    json_writer_end_line(w);
    json_state_free(state);
}

/* --ndjson. */

/* Whoever reads the pipe sees what was written now. Not for each line of a file that is read at
 * once anyway: a system call would cost more than the line. */
static void lines_show(struct json_state *state)
{
    if (!state->at_once)
        return;
    json_writer_flush(&state->writer);
    fflush(state->writer.out);
}

/* A line that is written for each connection. */
static struct json_writer *line_begin(struct json_state *state, const char *type)
{
    json_open_object(&state->writer, NULL);
    json_put_text(&state->writer, "type", type);
    return &state->writer;
}

static void line_end(struct json_state *state)
{
    json_close_object(&state->writer);
    json_writer_end_line(&state->writer);
}

/* A line that is written once. */
static struct json_object *ndjson_line(const char *type)
{
    struct json_object *object = json_object_new_object();
    json_add_text(object, "type", type);
    return object;
}

static void ndjson_write(struct json_state *state, struct json_object *line)
{
    json_put_tree(&state->writer, NULL, line);
    json_writer_end_line(&state->writer);
    lines_show(state);
}

static void *ndjson_begin(const struct render_options *options)
{
    return json_state_new(options, true);
}

/* An input that is just opened: how many frames it has is not known, so nothing says 0. */
static void ndjson_input(void *private, const struct input_report *input)
{
    struct json_state *state = private;
    struct json_object *line = ndjson_line("capture");
    json_add_text(line, "schema", SCHEMA);
    json_add_text(line, "version", state->version);
    json_input_fill(line, input);
    json_add_text(line, "error", input->error);
    ndjson_write(state, line);
}

static void ndjson_segment(struct json_state *state, const struct summary *summary,
                           const struct classified *segment)
{
    if (segment->class == CLASS_NONE)
        return;
    struct json_writer *w = line_begin(state, "segment");
    json_put_number(w, "connection", summary->id);
    json_segment_fill(w, summary, segment);
    line_end(state);
}

static void ndjson_connection(void *private, const struct connection_report *connection)
{
    struct json_state *state = private;
    json_connection_fill(line_begin(state, "connection"), connection, state->details);
    line_end(state);
    const struct classified_chunk *chunk = connection->summary->segments;
    for (; state->segments && chunk != NULL; chunk = chunk->next)
        for (uint32_t i = 0; i < chunk->count; i++)
            ndjson_segment(state, connection->summary, &chunk->rows[i]);
    lines_show(state);
}

static void ndjson_finding(void *private, const struct finding *finding)
{
    struct json_state *state = private;
    /* Its rank is among findings that may still come. */
    json_finding_fill(line_begin(state, "finding"), finding, 0, NULL);
    line_end(state);
    lines_show(state);
}

static void ndjson_end(void *private, const struct capture_report *capture)
{
    struct json_state *state = private;
    struct json_object *line = ndjson_line("summary");
    json_add(line, "capture", json_capture(capture));
    json_add(line, "totals", json_totals(capture));
    json_add(line, "hosts", json_object_new_array());
    ndjson_write(state, line);
    json_state_free(state);
}

const struct renderer renderer_json = {
    .name = "json",
    .begin = json_begin,
    .connection = json_connection,
    .end = json_end,
};

const struct renderer renderer_ndjson = {
    .name = "ndjson",
    .begin = ndjson_begin,
    .input = ndjson_input,
    .connection = ndjson_connection,
    .finding = ndjson_finding,
    .end = ndjson_end,
};
