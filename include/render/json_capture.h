/*
 * json_capture: the capture as a whole, and its inputs. Written once a run, so trees of json-c.
 */
#ifndef RENDER_JSON_CAPTURE_H
#define RENDER_JSON_CAPTURE_H

#include "render/json_tree.h"
#include "report/report.h"

/* Adds what is known of an input before it is read. */
void json_input_fill(struct json_object *object, const struct input_report *input);

struct json_object *json_capture(const struct capture_report *capture);
struct json_object *json_totals(const struct capture_report *capture);

#endif
