/*
 * json: the renderers "json" (one object) and "ndjson" (one object per line), as the JSON
 * contract has them. One connection is built, written and freed at a time, so memory stays
 * bounded by the largest connection.
 */
#include "render/json_connection.h"
#include "render/json_segment.h"
#include "render/json_value.h"
#include "render/json_write.h"
#include "render/renderer.h"

#include <stdlib.h>

#include "model/kinds.h"

#define SCHEMA "tcpflow-explain/1"

struct json_state {
    FILE *out;
    const char *version;
    bool details;   /* connections carry transitions and checks */
    bool segments;  /* connections carry their segments, too */
    bool any;       /* a connection was written */
};

static struct json_state *json_state_new(const struct render_options *options, bool details)
{
    struct json_state *state = malloc(sizeof *state);
    if (state == NULL)
        return NULL;
    *state = (struct json_state){
        .out = options->out,
        .version = options->program_version,
        .details = details,
        .segments = options->segments,
    };
    return state;
}

static void json_member(FILE *out, const char *key, struct json_object *value)
{
    fprintf(out, ",\n\"%s\":", key);
    json_write(out, value);
}

/* What is known of an input before it is read. */
static void fill_input_name(struct json_object *object, const struct input_report *input)
{
    json_add_text(object, "name", input->name);
    json_add_text(object, "format", input->format);
    struct json_object *link_types = json_object_new_array();
    if (input->link_type != NULL)
        json_append(link_types, json_text(input->link_type));
    json_add(object, "link_types", link_types);
}

static struct json_object *inputs_array(const struct capture_report *capture)
{
    struct json_object *array = json_object_new_array();
    for (size_t i = 0; i < capture->input_count && i < REPORT_INPUTS_MAX; i++) {
        const struct input_report *input = &capture->inputs[i];
        struct json_object *object = json_object_new_object();
        fill_input_name(object, input);
        json_add_number(object, "frames", input->frames);
        json_add(object, "clock_shift_s", json_seconds(input->clock_shift));
        json_add_bool(object, "cut_short", input->cut_short);
        json_add_text(object, "error", input->error);
        json_append(array, object);
    }
    return array;
}

static struct json_object *skipped_object(const struct capture_report *capture)
{
    struct json_object *object = json_object_new_object();
    json_add_number(object, "not_ip", capture->not_ip);
    json_add_number(object, "not_tcp", capture->not_tcp);
    json_add_number(object, "fragment", capture->fragment);
    json_add_number(object, "malformed", capture->malformed);
    json_add_number(object, "unsupported_link", capture->unsupported_link);
    json_add_number(object, "cut", capture->cut);
    return object;
}

static struct json_object *limits_array(const struct capture_report *capture)
{
    struct json_object *array = json_object_new_array();
    for (size_t i = 0; i < capture->limit_count && i < REPORT_LIMITS_MAX; i++) {
        struct json_object *object = json_object_new_object();
        json_add_text(object, "what", capture->limits[i].what);
        json_add_number(object, "count", capture->limits[i].count);
        json_add(object, "since",
                 capture->limits[i].since != UNKNOWN_NS ? json_time(capture->limits[i].since)
                                                        : NULL);
        json_append(array, object);
    }
    return array;
}

static struct json_object *capture_object(const struct capture_report *capture)
{
    struct json_object *object = json_object_new_object();
    bool timed = capture->first != UNKNOWN_NS && capture->last != UNKNOWN_NS;
    json_add(object, "inputs", inputs_array(capture));
    json_add_bool(object, "sorted", capture->sorted);
    json_add_number(object, "frames", capture->frames);
    json_add_number(object, "segments", capture->segments);
    json_add_number(object, "bytes", capture->bytes);
    json_add(object, "first", timed ? json_time(capture->first) : NULL);
    json_add(object, "last", timed ? json_time(capture->last) : NULL);
    json_add(object, "duration_s", timed ? json_seconds(capture->last - capture->first) : NULL);
    json_add(object, "skipped", skipped_object(capture));
    json_add_number(object, "icmp_errors", capture->icmp_errors);
    json_add_number(object, "icmp_errors_unmatched", capture->icmp_errors_unmatched);
    json_add_number(object, "options_cut", capture->options_cut);
    if (capture->filtered_unseen)
        json_add_null(object, "filtered_out");
    else
        json_add_number(object, "filtered_out", capture->filtered_out);
    json_add_number(object, "narrowed_out", capture->narrowed_out);
    json_add_number(object, "copies", capture->copies);
    json_add_number(object, "second_views", capture->second_views);
    /* A file does not tell what its recorder lost. */
    if (capture->drops_known)
        json_add_number(object, "dropped_by_kernel", capture->dropped_by_kernel);
    else
        json_add_null(object, "dropped_by_kernel");
    if (capture->losses_known)
        json_add_number(object, "dropped_by_interface", capture->dropped_by_interface);
    else
        json_add_null(object, "dropped_by_interface");
    json_add(object, "limits_hit", limits_array(capture));
    json_add_bool(object, "interrupted", capture->interrupted);
    return object;
}

static struct json_object *totals_object(const struct capture_report *capture)
{
    struct json_object *object = json_object_new_object();
    struct json_object *by_handshake = json_object_new_object();
    struct json_object *by_close = json_object_new_object();
    json_add_number(object, "connections", capture->connections);
    json_add_number(object, "listed", capture->listed);
    for (unsigned i = 0; i < HANDSHAKE_N; i++)
        json_add_number(by_handshake, handshake_kind_name(i), capture->by_handshake[i]);
    json_add(object, "by_handshake", by_handshake);
    for (unsigned i = 0; i < CLOSE_N; i++)
        json_add_number(by_close, close_kind_name(i), capture->by_close[i]);
    json_add(object, "by_close", by_close);
    return object;
}

/* --json. The brackets around the connections are written by hand; all else by json-c. */

static void *json_begin(const struct render_options *options)
{
    struct json_state *state = json_state_new(options, true);
    if (state == NULL)
        return NULL;
    fprintf(state->out, "{\"schema\":\"%s\"", SCHEMA);
    json_member(state->out, "version", json_text(state->version));
    fprintf(state->out, ",\n\"connections\":[");
    return state;
}

static void json_connection(void *private, const struct connection_report *connection)
{
    struct json_state *state = private;
    struct json_object *object = json_object_new_object();
    json_connection_fill(object, connection, state->details);
    if (state->segments)
        json_add(object, "segments", json_segments(connection->summary));
    fputs(state->any ? ",\n" : "\n", state->out);
    state->any = true;
    json_write(state->out, object);
}

static void json_end(void *private, const struct capture_report *capture)
{
    struct json_state *state = private;
    fputs(state->any ? "\n]" : "]", state->out);
    json_member(state->out, "capture", capture_object(capture));
    json_member(state->out, "totals", totals_object(capture));
    json_member(state->out, "hosts", json_object_new_array());
    json_member(state->out, "findings", json_findings(capture->findings, capture->ranks, NULL));
    fputs("}\n", state->out);
    free(state);
}

/* --ndjson. Each line is flushed: whoever reads the pipe sees it when it is known. */

static struct json_object *ndjson_line(const char *type)
{
    struct json_object *object = json_object_new_object();
    json_add_text(object, "type", type);
    return object;
}

static void ndjson_write(const struct json_state *state, struct json_object *line)
{
    json_write(state->out, line);
    fputc('\n', state->out);
    fflush(state->out);
}

static void *ndjson_begin(const struct render_options *options)
{
    return json_state_new(options, options->verbose);
}

/* An input that is just opened: how many frames it has is not known, so nothing says 0. */
static void ndjson_input(void *private, const struct input_report *input)
{
    struct json_state *state = private;
    struct json_object *line = ndjson_line("capture");
    json_add_text(line, "schema", SCHEMA);
    json_add_text(line, "version", state->version);
    fill_input_name(line, input);
    json_add_text(line, "error", input->error);
    ndjson_write(state, line);
}

static void ndjson_segment(const struct json_state *state, const struct summary *summary,
                           const struct classified *segment)
{
    if (segment->class == CLASS_NONE)
        return;
    struct json_object *line = ndjson_line("segment");
    json_add_number(line, "connection", summary->id);
    json_segment_fill(line, summary, segment);
    json_write(state->out, line);
    fputc('\n', state->out);
}

static void ndjson_connection(void *private, const struct connection_report *connection)
{
    struct json_state *state = private;
    struct json_object *line = ndjson_line("connection");
    json_connection_fill(line, connection, state->details);
    ndjson_write(state, line);
    if (!state->segments)
        return;
    for (const struct classified_chunk *chunk = connection->summary->segments; chunk != NULL;
         chunk = chunk->next)
        for (uint32_t i = 0; i < chunk->count; i++)
            ndjson_segment(state, connection->summary, &chunk->rows[i]);
}

static void ndjson_finding(void *private, const struct finding *finding)
{
    struct json_state *state = private;
    struct json_object *line = ndjson_line("finding");
    /* Its rank is among findings that may still come. */
    json_finding_fill(line, finding, 0, NULL);
    ndjson_write(state, line);
}

static void ndjson_end(void *private, const struct capture_report *capture)
{
    struct json_state *state = private;
    struct json_object *line = ndjson_line("summary");
    json_add(line, "capture", capture_object(capture));
    json_add(line, "totals", totals_object(capture));
    json_add(line, "hosts", json_object_new_array());
    ndjson_write(state, line);
    free(state);
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
