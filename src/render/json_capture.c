/* json_capture: docs/schema.json describes the same. */
#include "render/json_capture.h"

#include "model/kinds.h"

void json_input_fill(struct json_object *object, const struct input_report *input)
{
    json_add_text(object, "name", input->name);
    json_add_text(object, "format", input->format);
    struct json_object *link_types = json_object_new_array();
    if (input->link_type != NULL)
        json_append(link_types, json_object_new_string(input->link_type));
    json_add(object, "link_types", link_types);
}

static struct json_object *inputs_array(const struct capture_report *capture)
{
    struct json_object *array = json_object_new_array();
    for (size_t i = 0; i < capture->input_count && i < REPORT_INPUTS_MAX; i++) {
        const struct input_report *input = &capture->inputs[i];
        struct json_object *object = json_object_new_object();
        json_input_fill(object, input);
        json_add_number(object, "frames", input->frames);
        json_add_seconds(object, "clock_shift_s", input->clock_shift);
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
        json_add_time(object, "since", capture->limits[i].since);
        json_append(array, object);
    }
    return array;
}

struct json_object *json_capture(const struct capture_report *capture)
{
    struct json_object *object = json_object_new_object();
    bool timed = capture->first != UNKNOWN_NS && capture->last != UNKNOWN_NS;
    json_add(object, "inputs", inputs_array(capture));
    json_add_bool(object, "sorted", capture->sorted);
    json_add_number(object, "frames", capture->frames);
    json_add_number(object, "segments", capture->segments);
    json_add_number(object, "bytes", capture->bytes);
    json_add_time(object, "first", timed ? capture->first : UNKNOWN_NS);
    json_add_time(object, "last", timed ? capture->last : UNKNOWN_NS);
    if (timed)
        json_add_seconds(object, "duration_s", capture->last - capture->first);
    else
        json_add(object, "duration_s", NULL);
    json_add(object, "skipped", skipped_object(capture));
    json_add_number(object, "icmp_errors", capture->icmp_errors);
    json_add_number(object, "icmp_errors_unmatched", capture->icmp_errors_unmatched);
    json_add_number(object, "options_cut", capture->options_cut);
    if (capture->filtered_unseen)
        json_add(object, "filtered_out", NULL);
    else
        json_add_number(object, "filtered_out", capture->filtered_out);
    json_add_number(object, "narrowed_out", capture->narrowed_out);
    json_add_number(object, "copies", capture->copies);
    json_add_number(object, "second_views", capture->second_views);
    /* A file does not tell what its recorder lost. */
    if (capture->drops_known)
        json_add_number(object, "dropped_by_kernel", capture->dropped_by_kernel);
    else
        json_add(object, "dropped_by_kernel", NULL);
    if (capture->losses_known)
        json_add_number(object, "dropped_by_interface", capture->dropped_by_interface);
    else
        json_add(object, "dropped_by_interface", NULL);
    json_add(object, "limits_hit", limits_array(capture));
    json_add_bool(object, "interrupted", capture->interrupted);
    return object;
}

struct json_object *json_totals(const struct capture_report *capture)
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
